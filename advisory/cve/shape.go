package cve

import (
	"strings"
	"sync"

	"github.com/cvdkit/cvdkit/advisory"
	"github.com/cvdkit/cvdkit/advisory/cvss"
	"github.com/cvdkit/cvdkit/advisory/internal/shape"
	"github.com/cvdkit/cvdkit/advisory/jsontree"
)

const dataType = "CVE_RECORD"

type members = map[string]*shape.Shape

var (
	isUUID      = shape.Pattern(`^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-4[0-9A-Fa-f]{3}-[89ABab][0-9A-Fa-f]{3}-[0-9A-Fa-f]{12}$`)
	isLanguage  = shape.Pattern(`^[A-Za-z]{2,4}([_-][A-Za-z]{4})?([_-]([A-Za-z]{2}|[0-9]{3}))?$`)
	isEnglish   = shape.Pattern(`^en([_-][A-Za-z]{4})?([_-]([A-Za-z]{2}|[0-9]{3}))?$`)
	isVersion   = shape.Pattern(`^5\.(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*))?$`)
	isCAPEC     = shape.Pattern(`^CAPEC-[1-9][0-9]{0,4}$`)
	isCWE       = shape.Pattern(`^CWE-[1-9][0-9]*$`)
	isPURL      = shape.Pattern(`^pkg:[A-Za-z][A-Za-z0-9.+-]*/.+`)
	hasTimeZone = shape.Pattern(`(Z|[+-][0-9]{2}:[0-9]{2})$`)
)

// isTimestamp: a date and time in which the offset may be missing.
func isTimestamp(s string) bool {
	if !hasTimeZone(s) {
		s += "Z"
	}
	return shape.DateTime(s)
}

func uri() *shape.Shape {
	return &shape.Shape{Kind: jsontree.String, Min: 1, Max: 2048, Match: shape.URI}
}
func uuid() *shape.Shape { return shape.Matching(isUUID) }
func when() *shape.Shape { return shape.Matching(isTimestamp) }
func lang() *shape.Shape { return shape.Matching(isLanguage) }
func name() *shape.Shape { return &shape.Shape{Kind: jsontree.String, Min: 2, Max: 32} }
func id() *shape.Shape   { return shape.Matching(advisory.ValidCVE) }

// recordShape is the record: published or rejected, as its state says.
var recordShape = sync.OnceValue(func() *shape.Shape {
	published, rejected := record("PUBLISHED", publishedCNA()), record("REJECTED", rejectedCNA())
	return &shape.Shape{Kind: jsontree.Object, Extra: func(n *jsontree.Node, fault func(string, string)) {
		s := published
		if n.Text("cveMetadata", "state") == "REJECTED" {
			s = rejected
		}
		for _, p := range shape.Check(s, n) {
			fault(p.Path, p.Reason)
		}
	}}
})

func record(state string, cna *shape.Shape) *shape.Shape {
	metadata := members{
		"cveId": id(), "assignerOrgId": uuid(), "assignerShortName": name(),
		"dateUpdated": when(), "serial": shape.Positive(), "dateReserved": when(),
		"datePublished": when(), "state": shape.One(state),
	}
	containers := members{"cna": cna}
	if state == "PUBLISHED" {
		metadata["requesterUserId"] = uuid()
		containers["adp"] = shape.Set(1, &shape.Shape{Kind: jsontree.Object})
	} else {
		metadata["dateRejected"] = when()
	}
	return shape.Closed("dataType dataVersion cveMetadata containers", members{
		"dataType": shape.One(dataType), "dataVersion": shape.Matching(isVersion),
		"cveMetadata": shape.Closed("cveId assignerOrgId state", metadata),
		"containers":  shape.Closed("cna", containers),
	})
}

func provider() *shape.Shape {
	return shape.Closed("orgId", members{"orgId": uuid(), "shortName": name(), "dateUpdated": when()})
}

func text() *shape.Shape {
	return shape.Closed("lang value", members{
		"lang": lang(), "value": shape.Text(4096),
		"supportingMedia": shape.Set(1, shape.Closed("type value", members{
			"type": shape.Text(256), "base64": {Kind: jsontree.Bool}, "value": shape.Text(16384),
		})),
	})
}

// descriptions are texts of which one at least is in English.
func descriptions() *shape.Shape {
	s := shape.Set(1, text())
	s.Extra = func(n *jsontree.Node, fault func(string, string)) {
		for _, item := range n.Items() {
			if isEnglish(item.Text("lang")) {
				return
			}
		}
		fault("", "none of the texts is in English")
	}
	return s
}

func rejectedCNA() *shape.Shape {
	s := shape.Closed("providerMetadata rejectedReasons", members{
		"providerMetadata": provider(), "rejectedReasons": descriptions(), "replacedBy": shape.Set(1, id()),
	})
	s.Private = true
	return s
}

func publishedCNA() *shape.Shape {
	texts := func() *shape.Shape { return shape.Set(1, text()) }
	s := shape.Closed("providerMetadata descriptions affected references", members{
		"providerMetadata": provider(), "dateAssigned": when(), "datePublic": when(), "title": shape.Text(256),
		"descriptions": descriptions(), "affected": shape.List(1, product()),
		"cpeApplicability": {Kind: jsontree.Array}, "references": references(),
		"problemTypes": shape.Set(1, shape.Closed("descriptions", members{
			"descriptions": shape.Set(1, shape.Closed("lang description", members{
				"lang": lang(), "description": shape.Text(4096), "type": shape.Text(128), "references": references(),
				"cweId": {Kind: jsontree.String, Min: 5, Max: 9, Match: isCWE},
			})),
		})),
		"impacts": shape.Set(1, shape.Closed("descriptions", members{
			"capecId": shape.Matching(isCAPEC), "descriptions": descriptions(),
		})),
		"metrics": shape.Set(1, metric()), "configurations": texts(), "workarounds": texts(),
		"solutions": texts(), "exploits": texts(),
		"timeline": shape.Set(1, shape.Closed("time lang value", members{
			"time": when(), "lang": lang(), "value": shape.Text(4096),
		})),
		"credits": shape.Set(1, shape.Closed("lang value", members{
			"lang": lang(), "value": shape.Text(4096), "user": uuid(), "type": shape.One(advisory.Roles()...),
		})),
		"source": {Kind: jsontree.Object, Min: 1}, "tags": tags("unsupported-when-assigned exclusively-hosted-service disputed"),
		"taxonomyMappings": shape.Set(1, shape.Closed("taxonomyName taxonomyRelations", members{
			"taxonomyName": shape.Text(128), "taxonomyVersion": shape.Text(128),
			"taxonomyRelations": shape.Set(1, shape.Closed("taxonomyId relationshipName relationshipValue", members{
				"taxonomyId": shape.Text(2048), "relationshipName": shape.Text(128), "relationshipValue": shape.Text(2048),
			})),
		})),
	})
	s.Private = true
	return s
}

// tags are words of a list, or private ones.
func tags(words string) *shape.Shape {
	known := map[string]bool{}
	for _, w := range strings.Fields(words) {
		known[w] = true
	}
	return shape.Set(1, shape.Matching(func(s string) bool {
		return known[s] || strings.HasPrefix(s, "x_") && len([]rune(s)) <= 128
	}))
}

func references() *shape.Shape {
	return shape.Set(1, shape.Closed("url", members{
		"url": uri(), "name": shape.Text(512),
		"tags": tags(`broken-link customer-entitlement exploit government-resource issue-tracking mailing-list
			mitigation not-applicable patch permissions-required media-coverage product related release-notes
			signature technical-description third-party-advisory vendor-advisory vdb-entry`),
	}))
}

func product() *shape.Shape {
	status := shape.One("affected", "unaffected", "unknown")
	version := shape.Text(1024)
	versions := shape.Closed("version status", members{
		"version": version, "status": status, "versionType": shape.Text(128),
		"lessThan": version, "lessThanOrEqual": version,
		"changes": shape.Set(1, shape.Closed("at status", members{"at": version, "status": status})),
	})
	versions.Extra = versionRules
	s := shape.Open("", members{
		"vendor": shape.Text(512), "product": shape.Text(2048), "collectionURL": uri(),
		"packageName": shape.Text(2048), "packageURL": {Kind: jsontree.String, Min: 1, Max: 2048, Match: isPURL},
		"cpes": shape.Set(0, shape.Text(2048)), "modules": shape.Set(0, shape.Text(4096)),
		"programFiles":    shape.Set(0, shape.Text(1024)),
		"programRoutines": shape.Set(0, shape.Closed("name", members{"name": shape.Text(4096)})),
		"platforms":       shape.Set(1, &shape.Shape{Kind: jsontree.String, Max: 1024}),
		"repo":            uri(), "defaultStatus": status, "versions": shape.Set(1, versions),
	})
	s.Extra = func(n *jsontree.Node, fault func(string, string)) {
		if !(n.Has("vendor") && n.Has("product")) && !(n.Has("collectionURL") && n.Has("packageName")) {
			fault("", "it has neither vendor and product nor collectionURL and packageName")
		}
		if !n.Has("versions") && !n.Has("defaultStatus") {
			fault("", "it has neither versions nor defaultStatus")
		}
	}
	return s
}

// versionRules: a range has a type and one end; only a range has changes.
func versionRules(n *jsontree.Node, fault func(string, string)) {
	end := n.Has("lessThan") || n.Has("lessThanOrEqual")
	switch {
	case n.Has("lessThan") && n.Has("lessThanOrEqual"):
		fault("", "it has both lessThan and lessThanOrEqual")
	case end && !n.Has("versionType"):
		fault("", "a range needs a versionType")
	case n.Has("changes") && !end:
		fault("", "changes belong to a range")
	}
}

// metric: a CVSS object agrees with its vector in version, and the score is that of
// its severity.
func metric() *shape.Shape {
	m := members{
		"format":    shape.Text(64),
		"scenarios": shape.Set(1, shape.Closed("lang value", members{"lang": lang(), "value": shape.Text(4096)})),
		"other":     shape.Closed("type content", members{"type": shape.Text(128), "content": {Kind: jsontree.Object, Min: 1}}),
	}
	for _, version := range []string{"2.0", "3.0", "3.1", "4.0"} {
		m[cvssName(version)] = score(version)
	}
	s := shape.Closed("", m)
	s.Extra = func(n *jsontree.Node, fault func(string, string)) {
		for _, name := range []string{"cvssV4_0", "cvssV3_1", "cvssV3_0", "cvssV2_0", "other"} {
			if n.Has(name) {
				return
			}
		}
		fault("", "it has no assessment")
	}
	return s
}

func cvssName(version string) string { return "cvssV" + strings.ReplaceAll(version, ".", "_") }

func score(version string) *shape.Shape {
	required := "version vectorString baseScore"
	if version != "2.0" {
		required += " baseSeverity"
	}
	s := shape.Open(required, members{
		"version":      shape.One(version),
		"vectorString": shape.Matching(func(v string) bool { p, err := cvss.Parse(v); return err == nil && p.Version() == version }),
		"baseScore":    {Kind: jsontree.Number},
		"baseSeverity": shape.One("NONE", "LOW", "MEDIUM", "HIGH", "CRITICAL"),
	})
	s.Extra = func(n *jsontree.Node, fault func(string, string)) {
		f, ok := n.Get("baseScore").Float()
		switch {
		case !ok || f < 0 || f > 10:
			fault("/baseScore", "it is not a score")
		case version != "2.0" && strings.ToUpper(string(cvss.Rate(f))) != n.Text("baseSeverity"):
			fault("/baseSeverity", "it is not the severity of the score")
		}
	}
	return s
}
