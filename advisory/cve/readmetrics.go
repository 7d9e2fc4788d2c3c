package cve

import (
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/cvdkit/cvdkit/advisory"
	"github.com/cvdkit/cvdkit/advisory/jsontree"
)

var cweInText = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`CWE-[1-9][0-9]{0,4}\b`) })

func sortEvents(list []advisory.Event) {
	slices.SortStableFunc(list, func(a, b advisory.Event) int { return a.At.Compare(b.At) })
}

// adpSource says who assessed what stands in an ADP container.
const adpSource = "https://www.cve.org/ProgramOrganization/ADPs"

func (r *reader) metrics(container *jsontree.Node) {
	for _, n := range container.Get("metrics").Items() {
		for _, version := range []string{"2.0", "3.0", "3.1", "4.0"} {
			if vector, ok := r.CVSS(n.Get(cvssName(version)), version); ok {
				r.score(n, advisory.Score{CVSS: vector})
			}
		}
		other := n.Get("other")
		content := other.Get("content")
		switch kind := strings.ToLower(other.Text("type")); {
		case kind == ssvcType && content.Text("schemaVersion") == "2.0.0":
			r.Text(other, "type")
			r.score(n, advisory.Score{SSVC: r.SSVC(content)})
		case kind == ssvcType:
			r.vulnrichment(n, other, content)
		case kind == "kev":
			r.kev(other, content)
		case strings.Contains(kind, "severity") && r.a.Severity == "":
			for _, name := range []string{"text", "value"} {
				if s := r.Text(content, name); s != "" && r.a.Severity == "" {
					r.Text(other, "type")
					r.a.Severity = s
				}
			}
		}
	}
}

func (r *reader) score(n *jsontree.Node, s advisory.Score) {
	r.Use(n, "format")
	for _, x := range n.Get("scenarios").Items() {
		if x.Text("value") == "GENERAL" { // it says nothing
			r.Use(x)
		}
	}
	if r.adp {
		s.Source = adpSource
	}
	r.v.Scores = append(r.v.Scores, s)
}

// decisionPoints translates the names of CISA's assessments to SSVC's decision points.
var decisionPoints = map[string]struct {
	key, version string
	values       map[string]string
}{
	"exploitation":     {"E", "1.1.0", map[string]string{"none": "N", "poc": "P", "active": "A"}},
	"automatable":      {"A", "2.0.0", map[string]string{"no": "N", "yes": "Y"}},
	"technical impact": {"TI", "1.0.0", map[string]string{"partial": "P", "total": "T"}},
}

// vulnrichment reads an assessment as CISA writes it.
func (r *reader) vulnrichment(n, other, content *jsontree.Node) {
	c := &advisory.Categorization{At: r.TimeGMT(content, "timestamp")}
	for _, o := range content.Get("options").Items() {
		for _, m := range o.Members() {
			p := decisionPoints[strings.ToLower(m.Name)]
			if value := p.values[strings.ToLower(m.Value.Text())]; value != "" {
				r.Use(m.Value)
				c.Selections = append(c.Selections, advisory.Selection{
					Namespace: "ssvc", Key: p.key, Version: p.version, Values: []string{value},
				})
			}
		}
	}
	if len(c.Selections) == 0 {
		return
	}
	r.Text(other, "type")
	if content.Text("id") == r.v.CVE {
		r.Text(content, "id")
	}
	r.score(n, advisory.Score{SSVC: c})
}

// kev reads an entry of the catalogue of known exploited vulnerabilities.
func (r *reader) kev(other, content *jsontree.Node) {
	at, err := time.Parse(time.DateOnly, content.Text("dateAdded"))
	if err != nil {
		return
	}
	r.Text(other, "type")
	r.Text(content, "dateAdded")
	r.v.Exploited = append(r.v.Exploited, advisory.Exploitation{Known: at})
	if url := content.Text("reference"); url != "" {
		r.Text(content, "reference")
		if !r.urls[url] {
			r.urls[url] = true
			r.v.References = append(r.v.References, advisory.Reference{URL: url, Summary: "Known Exploited Vulnerabilities Catalog"})
		}
	}
}
