package csaf

import (
	"strings"

	"github.com/cvdkit/cvdkit/advisory/cvss"
	"github.com/cvdkit/cvdkit/advisory/internal/shape"
	"github.com/cvdkit/cvdkit/advisory/jsontree"
)

// Tests about which scores a product has, and which it lacks.

func checkOnlyCVSS2(r *run) {
	if r.spec.AtLeast(V21) {
		checkOnlyCVSS2in21(r)
		return
	}
	r.eachScore(func(s score) {
		if s.content.Has("cvss_v2") && !s.content.Has("cvss_v3") {
			r.add(s.path(), "CVSS v2 is the only scoring system")
		}
	})
}

func checkOnlyCVSS2in21(r *run) {
	other := make([]map[string]bool, len(r.vulns))
	r.eachScore(func(s score) {
		for _, m := range s.content.Members() {
			if m.Name == "cvss_v2" || m.Name == "x_extensions" {
				continue
			}
			if other[s.vi] == nil {
				other[s.vi] = map[string]bool{}
			}
			for _, p := range s.item.Get("products").Items() {
				other[s.vi][p.Text()] = true
			}
		}
	})
	r.eachScore(func(s score) {
		if !s.content.Has("cvss_v2") {
			return
		}
		for _, p := range s.item.Get("products").Items() {
			if !other[s.vi][p.Text()] {
				r.add(s.path(), "CVSS v2 is the only scoring system for the product "+quote(p.Text()))
				return
			}
		}
	})
}

func checkCVSS30(r *run) {
	r.eachCVSS(func(s score, name string, n *jsontree.Node) {
		if name != "cvss_v3" {
			return
		}
		if n.Text("version") == "3.0" {
			r.add(s.path(name, "version"), "is CVSS v3.0")
		}
		if strings.HasPrefix(n.Text("vectorString"), "CVSS:3.0/") {
			r.add(s.path(name, "vectorString"), "is CVSS v3.0")
		}
	})
}

func checkMissingCVSS4(r *run) {
	covered := make([]map[string]bool, len(r.vulns))
	for i := range covered {
		covered[i] = map[string]bool{}
	}
	r.eachScore(func(s score) {
		any := false
		for _, name := range cvssNames {
			any = any || s.content.Has(name)
		}
		if !any {
			return
		}
		if !s.content.Has("cvss_v4") {
			r.add(s.path()+"/content", "there is no CVSS v4.0 score")
		}
		for _, p := range s.item.Get("products").Items() {
			covered[s.vi][p.Text()] = true
		}
	})
	for vi, v := range r.vulns {
		eachStatus(v, []string{"first_affected", "known_affected", "last_affected"}, func(status string, i int, id string) {
			if !covered[vi][id] {
				r.add(at("vulnerabilities", vi, "product_status", status, i), "no CVSS score covers the product "+quote(id))
			}
		})
	}
}

// checkFixedScore: a fixed product that has a score must have the score 0.
func checkFixedScore(r *run) {
	type place struct {
		status string
		i      int
	}
	var fixedOnes map[string]place
	vi := -1
	r.eachCVSS(func(s score, name string, n *jsontree.Node) {
		if s.vi != vi {
			vi, fixedOnes = s.vi, map[string]place{}
			eachStatus(r.vulns[vi], []string{"first_fixed", "fixed"}, func(status string, i int, id string) {
				fixedOnes[id] = place{status, i}
			})
		}
		if len(fixedOnes) == 0 {
			return
		}
		zero, known := false, false
		for _, p := range s.item.Get("products").Items() {
			where, ok := fixedOnes[p.Text()]
			if !ok {
				continue
			}
			if !known {
				zero, known = environmentalZero(name, n), true
			}
			if !zero {
				delete(fixedOnes, p.Text()) // one finding for each product
				r.add(at("vulnerabilities", vi, "product_status", where.status, where.i), "the product "+quote(p.Text())+" is fixed, but has a score above 0")
			}
		}
	})
}

// zeroMetrics are the environmental metrics that make the overall score 0, as
// member, metric and value.
var zeroMetrics = map[string][][3]string{
	"cvss_v2": {{"targetDistribution", "TD", "NONE"}},
	"cvss_v3": {
		{"modifiedAvailabilityImpact", "MA", "NONE"}, {"modifiedConfidentialityImpact", "MC", "NONE"},
		{"modifiedIntegrityImpact", "MI", "NONE"},
	},
	"cvss_v4": {
		{"modifiedVulnAvailabilityImpact", "MVA", "NONE"}, {"modifiedVulnConfidentialityImpact", "MVC", "NONE"},
		{"modifiedVulnIntegrityImpact", "MVI", "NONE"}, {"modifiedSubAvailabilityImpact", "MSA", "NEGLIGIBLE"},
		{"modifiedSubConfidentialityImpact", "MSC", "NEGLIGIBLE"}, {"modifiedSubIntegrityImpact", "MSI", "NEGLIGIBLE"},
	},
}

// environmentalZero reports whether the overall score is 0: by the member
// environmentalScore, by the vector, or by metrics in either place.
func environmentalZero(name string, n *jsontree.Node) bool {
	if l := n.Get("environmentalScore").Literal(); l != "" && name != "cvss_v4" {
		return shape.CompareDecimals(l, "0") == 0
	}
	if v, err := cvss.Parse(n.Text("vectorString")); err == nil && v.Score() == 0 {
		return true
	}
	vector := n.Text("vectorString")
	for _, m := range zeroMetrics[name] {
		if n.Text(m[0]) != m[2] && vectorMetric(vector, m[1]) != "N" {
			return false
		}
	}
	return true
}

func checkCVSSAndQualitative(r *run) {
	type key struct {
		vi              int
		product, source string
	}
	hasCVSS := map[key]bool{}
	r.eachCVSS(func(s score, _ string, _ *jsontree.Node) {
		for _, p := range s.item.Get("products").Items() {
			hasCVSS[key{s.vi, p.Text(), s.item.Text("source")}] = true
		}
	})
	r.eachScore(func(s score) {
		if !s.content.Has("qualitative_severity_rating") {
			return
		}
		for _, p := range s.item.Get("products").Items() {
			if hasCVSS[key{s.vi, p.Text(), s.item.Text("source")}] {
				r.add(s.path(), "the product "+quote(p.Text())+" has a CVSS score from the same source")
				return
			}
		}
	})
}

func checkQualitative(r *run) {
	r.eachScore(func(s score) {
		if s.content.Has("qualitative_severity_rating") {
			r.add(s.path(), "uses a qualitative severity rating")
		}
	})
}

func checkOwnQualitative(r *run) {
	own, _ := r.canonicalURL()
	r.eachScore(func(s score) {
		if s.content.Has("qualitative_severity_rating") && (!s.item.Has("source") || own != "" && s.item.Text("source") == own) {
			r.add(s.path(), "the issuing party uses a qualitative severity rating")
		}
	})
}

func checkMissingCVE(r *run) {
	for i, v := range r.vulns {
		if !v.Has("cve") {
			r.add(at("vulnerabilities", i), "has no CVE number")
		}
	}
}

func checkMissingCWE(r *run) {
	for i, v := range r.vulns {
		if !v.Has("cwe") && !v.Has("cwes") {
			r.add(at("vulnerabilities", i), "has no CWE number")
		}
	}
}

var idPlaces = where("/vulnerabilities[]/ids[]")

func checkCVEInIDs(r *run) {
	r.each(idPlaces, func(n *jsontree.Node, s *spot) {
		if isCVE(n.Text("text")) {
			r.add(s.path(), "is a CVE ID")
		}
	})
}
