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
		if r.v21 {
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
			if n := s.content.Get(name); n != nil && (r.v21 || name != "cvss_v4") {
				f(s, name, n)
			}
		}
	})
}

func checkMultipleScores(r *run) {
	type key struct {
		vi                       int
		product, source, version string
	}
	seen := map[key]int{}
	reported := map[[2]int]bool{}
	r.eachCVSS(func(s score, name string, n *jsontree.Node) {
		version := n.Text("version")
		if version == "" {
			version = name
		}
		for _, p := range s.item.Get("products").Items() {
			k := key{s.vi, p.Text(), s.item.Text("source"), version}
			was, dup := seen[k]
			if !dup {
				seen[k] = s.i
			} else if was != s.i && !reported[[2]int{s.vi, s.i}] {
				reported[[2]int{s.vi, s.i}] = true
				r.add(s.path(), "the product "+quote(p.Text())+" has another CVSS "+version+" score")
			}
		}
	})
}

func checkInvalidCVSS(r *run) {
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
		base := v.BaseScore()
		if name == "cvss_v4" {
			base = v.Score()
		}
		temporal, ok := v.TemporalScore()
		if !ok {
			temporal = base
		}
		// The environmental formula of 3.1 gives another score than the base formula even
		// where no environmental metric is set, if the scope changes.
		environmental, _ := v.EnvironmentalScore()
		for _, of := range []struct {
			member string
			want   float64
		}{{"base", base}, {"temporal", temporal}, {"environmental", environmental}} {
			if name == "cvss_v4" && of.member != "base" {
				continue
			}
			want := strconv.FormatFloat(of.want, 'f', 1, 64)
			if l := n.Get(of.member + "Score").Literal(); l != "" && shape.CompareDecimals(l, want) != 0 {
				r.add(s.path(name, of.member+"Score"), "the vector gives the score "+want)
			}
			severity := strings.ToUpper(string(cvss.Rate(of.want)))
			if t := n.Text(of.member + "Severity"); name != "cvss_v2" && t != "" && t != severity {
				r.add(s.path(name, of.member+"Severity"), "the vector gives the severity "+severity)
			}
		}
	})
}

func checkInconsistentCVSS(r *run) {
	r.eachCVSS(func(s score, name string, n *jsontree.Node) {
		vector := vectorMetrics(n.Text("vectorString"))
		if len(vector) == 0 {
			return
		}
		if v := vector["CVSS"]; name != "cvss_v2" && v != "" && n.Has("version") && n.Text("version") != v {
			r.add(s.path(name, "version"), "contradicts the vector")
		}
		properties := cvssProperties()[name]
		for _, m := range n.Members() {
			p, ok := properties[m.Name]
			if !ok {
				continue
			}
			want, known := p.values[m.Value.Text()]
			got := vector[p.metric]
			if got == "" {
				got = p.unset
			}
			if known && want != got {
				r.add(s.path(name, m.Name), "contradicts the vector")
			}
		}
	})
}

// vectorMetrics splits a vector without judging it.
func vectorMetrics(s string) map[string]string {
	out := map[string]string{}
	for part := range strings.SplitSeq(s, "/") {
		if k, v, ok := strings.Cut(part, ":"); ok {
			out[k] = v
		}
	}
	return out
}
