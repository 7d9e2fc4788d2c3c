package csaf

import (
	"strconv"
	"strings"

	"github.com/cvdkit/cvdkit/advisory/cvss"
	"github.com/cvdkit/cvdkit/advisory/internal/shape"
	"github.com/cvdkit/cvdkit/advisory/jsontree"
)

// score is an item of scores (2.0) or metrics (2.1).
type score struct {
	vi, i   int
	item    *jsontree.Node
	content *jsontree.Node
	list    string
}

func (r *run) eachScore(f func(s score)) {
	for vi, v := range r.vulns {
		if r.spec.AtLeast(V21) {
			for i, n := range v.Get("metrics").Items() {
				f(score{vi, i, n, n.Get("content"), "metrics"})
			}
			continue
		}
		for i, n := range v.Get("scores").Items() {
			f(score{vi, i, n, n, "scores"})
		}
	}
}

// path is the pointer of the item with members of its content below.
func (s score) path(names ...any) string {
	p := at("vulnerabilities", s.vi, s.list, s.i)
	if s.list == "metrics" && len(names) > 0 {
		p += "/content"
	}
	return p + at(names...)
}

var cvssNames = []string{"cvss_v2", "cvss_v3", "cvss_v4"}

// eachCVSS calls f for each CVSS object that the version allows.
func (r *run) eachCVSS(f func(s score, name string, n *jsontree.Node)) {
	r.eachScore(func(s score) {
		for _, name := range cvssNames {
			if n := s.content.Get(name); n != nil && (r.spec.AtLeast(V21) || name != "cvss_v4") {
				f(s, name, n)
			}
		}
	})
}

func checkMultipleScores(r *run) {
	type key struct {
		vi              int
		source, version string
	}
	// Most vulnerabilities have one score of a version; only of several are the products
	// compared.
	items := map[key][]score{}
	var order []key
	r.eachCVSS(func(s score, name string, n *jsontree.Node) {
		version := n.Text("version")
		if version == "" {
			version = name
		}
		k := key{s.vi, s.item.Text("source"), version}
		if items[k] == nil {
			order = append(order, k)
		}
		items[k] = append(items[k], s)
	})
	for _, k := range order {
		if len(items[k]) < 2 {
			continue
		}
		seen := map[string]int{}
		for _, s := range items[k] {
			reported := false
			for _, p := range s.item.Get("products").Items() {
				was, dup := seen[p.Text()]
				if !dup {
					seen[p.Text()] = s.i
				} else if was != s.i && !reported {
					reported = true
					r.add(s.path(), "the product "+quote(p.Text())+" has another CVSS "+k.version+" score")
				}
			}
		}
	}
}

func checkInvalidCVSS(r *run) {
	if r.sound {
		return // their shapes are part of the document's
	}
	shapes := map[string]func() *shape.Shape{"cvss_v2": cvss2, "cvss_v3": cvss3, "cvss_v4": cvss4}
	r.eachCVSS(func(s score, name string, n *jsontree.Node) {
		r.checkShape(shapes[name](), n, func() string { return s.path(name) }, false)
	})
}

func checkCVSSComputation(r *run) {
	r.eachCVSS(func(s score, name string, n *jsontree.Node) {
		v, err := cvss.Parse(n.Text("vectorString"))
		if err != nil {
			return // test 6.1.8
		}
		for _, part := range []string{"base", "temporal", "environmental"} {
			score, severity := n.Get(part+"Score"), n.Text(part+"Severity")
			if name == "cvss_v4" && part != "base" || score == nil && severity == "" {
				continue
			}
			computed := computedScore(v, part)
			want := strconv.FormatFloat(computed, 'f', 1, 64)
			if l := score.Literal(); l != "" && shape.CompareDecimals(l, want) != 0 {
				r.add(s.path(name, part+"Score"), "the vector gives the score "+want)
			}
			wanted := strings.ToUpper(string(cvss.Rate(computed)))
			if name != "cvss_v2" && severity != "" && severity != wanted {
				r.add(s.path(name, part+"Severity"), "the vector gives the severity "+wanted)
			}
		}
	})
}

// computedScore is the base, temporal or environmental score. In 4.0 the one score
// stands as baseScore.
func computedScore(v cvss.Vector, part string) float64 {
	switch part {
	case "temporal":
		if s, ok := v.TemporalScore(); ok {
			return s
		}
	case "environmental":
		// The environmental formula of 3.1 gives another score than the base formula even
		// where no environmental metric is set, if the scope changes.
		s, _ := v.EnvironmentalScore()
		return s
	}
	if v.Version() == "4.0" {
		return v.Score()
	}
	return v.BaseScore()
}

func checkInconsistentCVSS(r *run) {
	r.eachCVSS(func(s score, name string, n *jsontree.Node) {
		vector := n.Text("vectorString")
		if !strings.Contains(vector, ":") {
			return
		}
		if v := vectorMetric(vector, "CVSS"); name != "cvss_v2" && v != "" && n.Has("version") && n.Text("version") != v {
			r.add(s.path(name, "version"), "contradicts the vector")
		}
		properties := cvssProperties()[name]
		for _, m := range n.Members() {
			p, ok := properties[m.Name]
			if !ok {
				continue
			}
			want, known := p.values[m.Value.Text()]
			got := vectorMetric(vector, p.metric)
			if got == "" {
				got = p.unset
			}
			if known && want != got {
				r.add(s.path(name, m.Name), "contradicts the vector")
			}
		}
	})
}

// vectorMetric returns the value of a metric in a vector, without judging it; the last
// if there are several, and "" if there is none.
func vectorMetric(vector, name string) string {
	value := ""
	for part := range strings.SplitSeq(vector, "/") {
		if len(part) > len(name) && part[len(name)] == ':' && part[:len(name)] == name {
			value = part[len(name)+1:]
		}
	}
	return value
}
