// Package sample holds advisories for the tests of the formats. Only tests import it.
package sample

import (
	"time"

	"github.com/cvdkit/cvdkit/advisory"
	"github.com/cvdkit/cvdkit/advisory/cvss"
	"github.com/cvdkit/cvdkit/advisory/ssvc"
	"github.com/cvdkit/cvdkit/advisory/tlp"
)

// Date returns midnight UTC of a day in 2026.
func Date(month, day int) time.Time {
	return time.Date(2026, time.Month(month), day, 0, 0, 0, 0, time.UTC)
}

// Vector parses a vector that is known to be good.
func Vector(s string) cvss.Vector {
	v, err := cvss.Parse(s)
	if err != nil {
		panic(err)
	}
	return v
}

// Small returns a released advisory about one vulnerability in one product.
func Small() *advisory.Advisory {
	return &advisory.Advisory{
		ID: "EX-2026-01", Title: "Heap overflow in the Example parser", TLP: tlp.Clear,
		Publisher: advisory.Publisher{
			Name: "Example PSIRT", Category: "vendor", Namespace: "https://psirt.example.com",
			Contact: "psirt@example.com",
		},
		Tracking: advisory.Tracking{
			Status: advisory.Final, Version: "1.0.0", Released: Date(5, 4), Updated: Date(5, 4),
			Revisions: []advisory.Revision{{Version: "1.0.0", Date: Date(5, 4), Summary: "First release."}},
		},
		Notes: []advisory.Note{{
			Category: advisory.NoteSummary, Title: "Summary", Text: "A crafted file makes the parser write past its buffer.",
		}},
		References: []advisory.Reference{{
			URL: "https://psirt.example.com/advisories/ex-2026-01", Summary: "This advisory", Self: true, Type: advisory.RefAdvisory,
		}},
		Products: []advisory.Product{
			{
				ID: "P-OLD", Title: "Example parser before 1.4.2", Vendor: "Example", Name: "parser",
				Range: advisory.Range{Scheme: "npm", Intervals: []advisory.Interval{{From: "1.0.0", Before: "1.4.2"}}},
				PURLs: []string{"pkg:npm/%40example/parser"},
			},
			{
				ID: "P-FIX", Title: "Example parser 1.4.2", Vendor: "Example", Name: "parser", Version: "1.4.2",
				PURLs: []string{"pkg:npm/%40example/parser@1.4.2"},
			},
		},
		Vulnerabilities: []advisory.Vulnerability{{
			CVE: "CVE-2026-11111", Title: "Heap overflow",
			Notes: []advisory.Note{{
				Category: advisory.NoteDescription, Title: "Description",
				Text: "The length of a chunk is not checked before it is copied.",
			}},
			Weaknesses: []advisory.Weakness{{ID: "CWE-122", Name: "Heap-based Buffer Overflow", Version: "4.16"}},
			Disclosed:  Date(5, 4),
			Status: []advisory.ProductStatus{
				{State: advisory.Affected, Products: []string{"P-OLD"}},
				{State: advisory.Fixed, Products: []string{"P-FIX"}},
			},
			Scores: []advisory.Score{{
				CVSS:     Vector("CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:U/C:H/I:H/A:H"),
				Products: []string{"P-OLD"},
			}},
			Remediations: []advisory.Remediation{{
				Category: advisory.VendorFix, Details: "Update to 1.4.2.", Products: []string{"P-OLD"},
				URL: "https://example.com/parser/1.4.2",
			}},
		}},
	}
}

// Full returns an advisory that sets every field that some format can hold.
func Full() *advisory.Advisory {
	a := Small()
	a.Aliases = []string{"VU#123456"}
	a.Language = "en"
	a.Sharing = "Share freely."
	a.Severity = "Important"
	a.License = "CC-BY-4.0"
	a.Publisher.Authority = "Example Inc. is responsible for its own products."
	a.Tracking.Version = "1.1.0"
	a.Tracking.Updated = Date(5, 9)
	a.Tracking.Revisions = append(a.Tracking.Revisions, advisory.Revision{
		Version: "1.1.0", Date: Date(5, 9), Summary: "Named the finder.",
	})
	a.Notes = append(a.Notes, advisory.Note{
		Category: advisory.NoteLegal, Title: "Terms of use", Text: "Provided as is.", Audience: "all",
	})
	a.References = append(a.References, advisory.Reference{
		URL: "https://example.com/blog", Summary: "How it was found", Type: advisory.RefArticle,
	})
	a.Credits = []advisory.Credit{{
		Names: []string{"Ada Example"}, Organization: "Finders", Role: advisory.RoleFinder, URLs: []string{"https://finders.example.org"},
	}}
	a.Products[0].CPE = "cpe:2.3:a:example:parser:*:*:*:*:*:*:*:*"
	a.Products[1].Hashes = []advisory.FileHashes{{
		Filename: "parser.tgz",
		Hashes:   []advisory.Hash{{Algorithm: "sha256", Value: "37df33cb7464da5c7f077f4d56a32bc84987ec1d85b234537c1c1a4d4fc8d09d"}},
	}}
	a.Products[1].SBOMs = []string{"https://example.com/parser/1.4.2/sbom.json"}
	a.Products = append(a.Products,
		advisory.Product{ID: "OS-1", Title: "Example OS 11", Vendor: "Example", Name: "OS", Version: "11", Models: []string{"X-1"}},
		advisory.Product{ID: "P-ON-OS", Title: "Example parser 1.4.2 on Example OS 11", Of: "P-FIX",
			Steps: []advisory.Step{{Category: "installed_on", Product: "OS-1"}}},
		advisory.Product{ID: "APP", Title: "Example app, all versions", Vendor: "Example", Name: "app",
			Range: advisory.Range{Scheme: "semver", Intervals: []advisory.Interval{{}}}},
	)
	v := &a.Vulnerabilities[0]
	v.IDs = []advisory.Identifier{{System: "GitHub Security Advisory", Text: "GHSA-xxxx-yyyy-zzzz"}}
	v.Discovered = Date(1, 12)
	v.Exploited = []advisory.Exploitation{{Known: Date(5, 6), Exploited: Date(5, 5), Products: []string{"P-OLD"}}}
	v.Status = append(v.Status,
		advisory.ProductStatus{State: advisory.NotAffected, Products: []string{"APP"}},
		advisory.ProductStatus{State: advisory.UnderInvestigation, Products: []string{"P-ON-OS"}},
		advisory.ProductStatus{State: advisory.Unknown, Products: []string{"OS-1"}},
	)
	v.Flags = []advisory.Flag{{Label: advisory.CodeNotPresent, Products: []string{"APP"}, Date: Date(5, 4)}}
	v.Threats = []advisory.Threat{
		{Category: advisory.ThreatExploit, Details: "A demonstration is public.", Date: Date(5, 6), Products: []string{"P-OLD"}},
		{Category: advisory.ThreatImpact, Details: "The app has its own parser.", Products: []string{"APP"}},
	}
	decision, err := ssvc.Decide(ssvc.Supplier, map[string]string{"E": "P", "U": "E", "TI": "T", "PSI": "M"})
	if err != nil {
		panic(err)
	}
	v.Scores = append(v.Scores,
		advisory.Score{CVSS: Vector("AV:N/AC:M/Au:N/C:C/I:C/A:C"), Products: []string{"P-OLD"}},
		advisory.Score{CVSS: Vector("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:A/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N"), Products: []string{"P-OLD"}},
		advisory.Score{EPSS: &advisory.EPSS{Probability: "0.01", Percentile: "0.85", At: Date(5, 8)}, Products: []string{"P-OLD"}},
		advisory.Score{SSVC: advisory.Categorize(decision, Date(5, 4)), Products: []string{"P-OLD"}},
		advisory.Score{Rating: "high", Products: []string{"OS-1"}, Source: "https://rater.example.org"},
	)
	v.Remediations[0].Date = Date(5, 4)
	v.Remediations[0].Entitlements = []string{"Open to all."}
	v.Remediations[0].Restart = "service"
	v.Remediations[0].RestartDetails = "Restart what links the parser."
	v.Remediations = append(v.Remediations,
		advisory.Remediation{Category: advisory.Workaround, Details: "Refuse files above 1 MB.", Products: []string{"P-OLD"}},
		advisory.Remediation{Category: advisory.FixPlanned, Details: "A fix follows.", Products: []string{"P-ON-OS"}},
	)
	v.Involvements = []advisory.Involvement{{
		Party: "vendor", Status: "completed", Date: Date(5, 4), Summary: "Fixed.", Contact: "psirt@example.com", Products: []string{"P-OLD"},
	}}
	v.References = []advisory.Reference{
		{URL: "https://example.com/parser/commit/1", Summary: "The fix", Type: advisory.RefFix},
		{URL: "https://example.com/parser/issues/9", Summary: "The report", Type: advisory.RefReport},
	}
	v.Credits = []advisory.Credit{{Names: []string{"Grace Example"}, Role: advisory.RoleCoordinator}}
	v.Timeline = []advisory.Event{
		{At: Date(1, 12), Text: "Reported."}, {At: Date(5, 4), Text: "Fixed and published."},
	}
	return a
}
