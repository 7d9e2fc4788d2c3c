package advisory

import (
	"net/url"
	"strings"
	"time"
)

// Problem is a fault of the model itself, whatever the format. It holds no text of
// the advisory.
type Problem struct {
	Path   string // JSON pointer into the model
	Reason string // what is wrong, one of a fixed set of sentences
}

// String returns the path and the reason.
func (p Problem) String() string { return p.Path + ": " + p.Reason }

// Check returns the faults that no format could mend, in the order of the model: what
// every advisory needs, references to products that do not exist, contradictory
// states, malformed identifiers, a history out of order, times that cannot be
// written. It returns nil for an advisory without faults. It does not replace the
// validation of a format.
func (a *Advisory) Check() []Problem {
	c := &checker{}
	c.document(a)
	c.tracking(&a.Tracking)
	known := c.products(a.Products)
	for i, n := range a.Notes {
		c.known(known, At("notes", i, "products"), n.Products)
		c.need(At("notes", i, "text"), n.Text)
	}
	names := map[string]bool{}
	for i := range a.Vulnerabilities {
		v := &a.Vulnerabilities[i]
		path := At("vulnerabilities", i)
		if name := v.Name(); name != "" && names[name] {
			c.add(path, "another vulnerability has the same identifier")
		} else {
			names[name] = true
		}
		c.vulnerability(path, v)
		v.eachProducts(path, func(p string, ids []string) { c.known(known, p, ids) })
	}
	return c.problems
}

type checker struct{ problems []Problem }

func (c *checker) add(path, reason string) {
	c.problems = append(c.problems, Problem{path, reason})
}

func (c *checker) need(path, s string) {
	if strings.TrimSpace(s) == "" {
		c.add(path, "it is empty")
	}
}

func (c *checker) document(a *Advisory) {
	c.need("/id", a.ID)
	c.need("/title", a.Title)
	if a.TLP != 0 && !a.TLP.Valid() {
		c.add("/tlp", "not a TLP label")
	}
	c.need("/publisher/name", a.Publisher.Name)
	if u, err := url.Parse(a.Publisher.Namespace); err != nil || u.Scheme == "" || u.Host == "" {
		c.add("/publisher/namespace", "not a URL")
	}
	for i, r := range a.References {
		c.reference(At("references", i), r)
	}
}

func (c *checker) reference(path string, r Reference) {
	if u, err := url.Parse(r.URL); err != nil || u.Scheme == "" || strings.ContainsAny(r.URL, " \t\r\n") {
		c.add(path+"/url", "not a URL")
	}
}

func (c *checker) tracking(t *Tracking) {
	switch t.Status {
	case Draft, Interim, Final:
	default:
		c.add("/tracking/status", "neither draft, interim nor final")
	}
	c.time("/tracking/released", t.Released, true)
	c.time("/tracking/updated", t.Updated, true)
	c.time("/tracking/withdrawn", t.Withdrawn, false)
	if len(t.Revisions) == 0 {
		c.add("/tracking/revisions", "there is none")
		return
	}
	for i, r := range t.Revisions {
		path := At("tracking", "revisions", i)
		c.time(path+"/date", r.Date, true)
		c.need(path+"/summary", r.Summary)
		v, err := parseVersion(r.Version)
		if err != nil {
			c.add(path+"/version", "neither an integer nor a semantic version")
		} else if first, err := parseVersion(t.Revisions[0].Version); err == nil && v.semantic != first.semantic {
			c.add(path+"/version", "integer and semantic versions are mixed")
		}
		if i > 0 && r.Date.Before(t.Revisions[i-1].Date) {
			c.add(path+"/date", "before the revision above it")
		}
	}
	if last := t.Revisions[len(t.Revisions)-1]; last.Version != t.Version {
		c.add("/tracking/version", "not the version of the last revision")
	}
}

func (c *checker) time(path string, t time.Time, needed bool) {
	switch {
	case t.IsZero() && needed:
		c.add(path, "it is missing")
	case t.UTC().Year() < 1 || t.UTC().Year() > 9999:
		c.add(path, "the time cannot be written")
	}
}

func (c *checker) products(ps []Product) map[string]bool {
	known := map[string]bool{}
	for i, p := range ps {
		path := At("products", i)
		c.need(path+"/id", p.ID)
		if known[p.ID] {
			c.add(path+"/id", "another product has the same ID")
		}
		known[p.ID] = true
		if p.Version != "" && !p.Range.IsZero() {
			c.add(path+"/range", "the product has both a version and a range")
		}
		for j, v := range p.Range.Intervals {
			if v.Before != "" && v.Through != "" {
				c.add(path+At("range", "intervals", j), "an interval ends once")
			}
		}
		if (p.Of == "") != (len(p.Steps) == 0) {
			c.add(path+"/steps", "a combination needs a product to begin with and a step")
		}
	}
	for i, p := range ps {
		path := At("products", i)
		if p.Of != "" && !known[p.Of] {
			c.add(path+"/of", "no such product")
		}
		for j, s := range p.Steps {
			if !known[s.Product] {
				c.add(path+At("steps", j, "product"), "no such product")
			}
		}
	}
	return known
}

func (c *checker) known(known map[string]bool, path string, ids []string) {
	for i, id := range ids {
		if !known[id] {
			c.add(path+At(i), "no such product")
		}
	}
}

func (c *checker) vulnerability(path string, v *Vulnerability) {
	if v.CVE != "" && !ValidCVE(v.CVE) {
		c.add(path+"/cve", "not a CVE ID")
	}
	for i, w := range v.Weaknesses {
		if !validNumbered(w.ID, "CWE-") {
			c.add(path+At("weaknesses", i, "id"), "not a CWE ID")
		}
	}
	for i, n := range v.Notes {
		c.need(path+At("notes", i, "text"), n.Text)
	}
	for i, r := range v.References {
		c.reference(path+At("references", i), r)
	}
	c.time(path+"/discovered", v.Discovered, false)
	c.time(path+"/disclosed", v.Disclosed, false)
	for i, e := range v.Timeline {
		c.time(path+At("timeline", i, "at"), e.At, true)
		if i > 0 && e.At.Before(v.Timeline[i-1].At) {
			c.add(path+At("timeline", i, "at"), "before the event above it")
		}
	}
	c.status(path, v.Status)
	for i, s := range v.Scores {
		n := 0
		for _, set := range []bool{!s.CVSS.IsZero(), s.EPSS != nil, s.SSVC != nil, s.Rating != ""} {
			if set {
				n++
			}
		}
		if n != 1 {
			c.add(path+At("scores", i), "a score is exactly one of CVSS, EPSS, SSVC and rating")
		}
	}
}

// class groups the states that contradict each other: CSAF 2.0, test 6.1.6.
func (s State) class() string {
	switch s {
	case FirstAffected, Affected, LastAffected:
		return "affected"
	case FirstFixed, Fixed:
		return "fixed"
	case NotAffected, UnderInvestigation, Unknown:
		return string(s)
	}
	return ""
}

func (c *checker) status(path string, list []ProductStatus) {
	seen := map[State]bool{}
	class := map[string]string{}
	for i, s := range list {
		at := path + At("status", i)
		switch {
		case s.State.class() == "" && s.State != Recommended:
			c.add(at+"/state", "not a state")
		case seen[s.State]:
			c.add(at+"/state", "the state is listed twice")
		}
		seen[s.State] = true
		if s.State == Recommended {
			continue
		}
		for j, id := range s.Products {
			if had, ok := class[id]; ok && had != s.State.class() {
				c.add(at+At("products", j), "the product is in two states that contradict each other")
			}
			class[id] = s.State.class()
		}
	}
}

// ValidCVE reports whether s has the form of a CVE ID: CVE-, a year of four digits,
// and at least four and at most 19 more digits.
func ValidCVE(s string) bool {
	const year = len("CVE-2026")
	if !strings.HasPrefix(s, "CVE-") || len(s) < year+5 || s[year] != '-' || len(s) > year+20 {
		return false
	}
	return digits(s[4:year]) && digits(s[year+1:])
}

func validNumbered(s, prefix string) bool {
	n, ok := strings.CutPrefix(s, prefix)
	return ok && digits(n) && n[0] != '0' && len(n) <= 6
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
