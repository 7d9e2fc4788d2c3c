package cvd

import (
	"fmt"
	"time"

	"github.com/cvdkit/cvdkit/advisory"
	"github.com/cvdkit/cvdkit/advisory/cvss"
	"github.com/cvdkit/cvdkit/advisory/tlp"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// Advisory drafts an advisory from the case: its products and their states, the
// severity, the timeline that may be told in public, and credits as their owners
// wish. It takes what the team wrote, and nothing of what a report says; what it
// holds is text to be read by people, and prints. id is the publisher's number for it.
// The number of the case is not in it: append an Identifier where it should be.
//
// Its reference to itself is where the tree of a provider at the publisher's namespace
// would have it; change it if yours is elsewhere.
//
// The draft is labelled TLP:AMBER while an embargo is in force or proposed, and
// TLP:CLEAR otherwise. Use a case that View gave to the team: in others the texts
// are missing. It names the products of all vendors and what each said of them, also
// what was not shared: have it read, and take out what is not for everybody. To
// publish it, set TLP to TLP:CLEAR and call its Release.
func (c *Case) Advisory(id string, p advisory.Publisher, now time.Time) *advisory.Advisory {
	a := &advisory.Advisory{
		ID: id, Publisher: p, TLP: tlp.Clear, Language: "en", Credits: c.credits(),
		Tracking: advisory.Tracking{
			Status: advisory.Draft, Version: "0.1.0", Released: now, Updated: now,
			Revisions: []advisory.Revision{{Version: "0.1.0", Date: now, Summary: "Draft."}},
		},
	}
	if s := c.Embargo.State; s != vultron.EMNone && s != vultron.EMExited {
		a.TLP = tlp.Amber
	}
	products := newAdvisoryProducts(c)
	for i := range c.Vulnerabilities {
		a.Vulnerabilities = append(a.Vulnerabilities, c.advisoryVulnerability(&c.Vulnerabilities[i], products))
	}
	a.Products = products.all
	if len(a.Vulnerabilities) > 0 {
		a.Title = a.Vulnerabilities[0].Title
	}
	if a.Title == "" {
		a.Title = "Vulnerability in products of " + p.Name
	}
	a.Notes = []advisory.Note{{Category: advisory.NoteSummary, Title: "Summary", Text: c.summary(a)}}
	if url := selfURL(id, p, now); url != "" {
		a.References = []advisory.Reference{{URL: url, Summary: "This advisory", Self: true}}
	}
	a.Severity = c.Rating().String()
	return a
}

func (c *Case) advisoryVulnerability(v *Vulnerability, products *advisoryProducts) advisory.Vulnerability {
	out := advisory.Vulnerability{
		CVE: string(v.CVE), Title: v.Title.Display(), Timeline: c.publicTimeline(v.ID),
		Notes: []advisory.Note{{Category: advisory.NoteDescription, Title: "Description", Text: v.description()}},
	}
	for _, r := range v.References {
		out.References = append(out.References, advisory.Reference{URL: string(r), Summary: string(r)})
	}
	if v.CWE != "" {
		out.Weaknesses = []advisory.Weakness{{ID: string(v.CWE)}}
	}
	for _, x := range c.Claims {
		if x.Vuln == v.ID && !x.Adopted.IsZero() && x.What == vultron.PublicAware {
			out.Disclosed = x.Observed
		}
	}
	products.status(v.ID, &out)
	if ids := products.affected(v.ID); v.Workaround != "" && len(ids) > 0 {
		out.Remediations = append(out.Remediations, advisory.Remediation{Category: advisory.Workaround, Details: string(v.Workaround), Products: ids})
	}
	for _, s := range v.Severity {
		score := advisory.Score{Products: products.affected(v.ID)}
		if vector, err := cvss.Parse(string(s.Vector)); err == nil {
			score.CVSS = vector
		} else {
			score.Rating = s.Rating.String()
		}
		out.Scores = append(out.Scores, score)
		if s.Justification != "" {
			out.Notes = append(out.Notes, advisory.Note{Category: advisory.NoteDetails, Title: "Justification of the score", Text: string(s.Justification)})
		}
	}
	return out
}

// advisoryProducts turns product streams into products: what is affected is a
// range of versions, what is fixed is a version.
type advisoryProducts struct {
	c   *Case
	all []advisory.Product
	ids map[string]bool
}

func newAdvisoryProducts(c *Case) *advisoryProducts {
	return &advisoryProducts{c: c, ids: map[string]bool{}}
}

func (p *advisoryProducts) add(x advisory.Product) string {
	if !p.ids[x.ID] {
		p.ids[x.ID] = true
		p.all = append(p.all, x)
	}
	return x.ID
}

func streamProduct(s Status) string { return fmt.Sprintf("V%d-S%d", s.Vendor, s.Stream) }

func (p *advisoryProducts) product(s Status) advisory.Product {
	x := advisory.Product{Vendor: p.c.PartyName(s.Vendor), Name: "products that this advisory is about"}
	if st := inner.At(p.c.Streams, s.Stream); st != nil {
		x.Name = st.Name.Display()
		if st.PURL != "" {
			x.PURLs = []string{string(st.PURL)}
		}
	}
	return x
}

// stream adds the product as it was before a fix.
func (p *advisoryProducts) stream(s Status) string {
	x := p.product(s)
	x.ID = streamProduct(s)
	if st := inner.At(p.c.Streams, s.Stream); st != nil && st.Versions != "" {
		x.Range = advisory.ParseRange(string(st.Versions))
	}
	return p.add(x)
}

func (p *advisoryProducts) fixed(s Status) string {
	x := p.product(s)
	x.ID, x.Version = streamProduct(s)+"-fixed", string(s.Fixed)
	for i := range x.PURLs { // of this version, and not of the product as a whole
		x.PURLs[i] = advisory.VersionedPURL(advisory.UnversionedPURL(x.PURLs[i]), x.Version)
	}
	return p.add(x)
}

// statuses are those of a vulnerability as they are told: what a vendor says of all
// its products is said of its product streams in the case, and of no other.
func (p *advisoryProducts) statuses(v VulnID) (out []Status) {
	for _, s := range p.c.Statuses {
		if s.Vuln != v {
			continue
		}
		if s.Affected = p.c.standing(&s); s.Stream != 0 {
			out = append(out, s)
			continue
		}
		for _, id := range p.c.StreamsOf(s.Vendor) {
			if own := p.c.Status(v, s.Vendor, id); id == 0 || own.Recorded.IsZero() && own.State == 0 {
				t := s
				t.Stream = id
				out = append(out, t)
			}
		}
	}
	return out
}

func (p *advisoryProducts) affected(v VulnID) (ids []string) {
	for _, s := range p.statuses(v) {
		if s.Affected == IsAffected || s.Affected == IsFixed {
			ids = append(ids, streamProduct(s))
		}
	}
	return ids
}

// status sorts the vendors' statements. Silence stays silence: a vendor without a
// statement is not named.
func (p *advisoryProducts) status(v VulnID, out *advisory.Vulnerability) {
	by := map[advisory.State][]string{}
	for _, s := range p.statuses(v) {
		switch s.Affected {
		case IsAffected:
			id := p.stream(s)
			by[advisory.Affected] = append(by[advisory.Affected], id)
			out.Remediations = append(out.Remediations, advisory.Remediation{
				Category: advisory.NoneAvailable, Details: "There is no fix yet.", Products: []string{id},
			})
		case IsFixed:
			id := p.stream(s)
			by[advisory.Affected] = append(by[advisory.Affected], id)
			details := "Update to a fixed version."
			if s.Fixed != "" {
				by[advisory.Fixed] = append(by[advisory.Fixed], p.fixed(s))
				details = "Update to " + string(s.Fixed) + "."
			}
			out.Remediations = append(out.Remediations, advisory.Remediation{
				Category: advisory.VendorFix, Details: details, Products: []string{id},
			})
		case NotAffected:
			id := p.stream(s)
			by[advisory.NotAffected] = append(by[advisory.NotAffected], id)
			text := string(s.Statement)
			if text == "" {
				text = "The vendor states that the product is not affected."
			}
			out.Threats = append(out.Threats, advisory.Threat{Category: advisory.ThreatImpact, Details: text, Products: []string{id}})
		case UnderInvestigation:
			by[advisory.UnderInvestigation] = append(by[advisory.UnderInvestigation], p.stream(s))
		}
	}
	for _, st := range advisory.States() {
		if len(by[st]) > 0 {
			out.Status = append(out.Status, advisory.ProductStatus{State: st, Products: by[st]})
		}
	}
}
