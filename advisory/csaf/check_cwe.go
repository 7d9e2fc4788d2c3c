package csaf

import "github.com/cvdkit/cvdkit/advisory/jsontree"

var (
	cwePlace20 = where("/vulnerabilities[]/cwe")
	cwePlace21 = where("/vulnerabilities[]/cwes[]")
)

// checkCWE20: a document of 2.0 names no version of the catalogue, so the name
// may be that of any version.
func checkCWE20(r *run) {
	r.each(cwePlace20, func(n *jsontree.Node, s *spot) {
		runs := cweCatalogue().runs(n.Text("id"))
		if runs == nil {
			r.add(s.path()+"/id", "the weakness does not exist")
			return
		}
		for _, w := range runs {
			if w.name == n.Text("name") {
				return
			}
		}
		r.add(s.path()+"/name", "is not the name of the weakness")
	})
}

func checkCWE21(r *run) {
	r.each(cwePlace21, func(n *jsontree.Node, s *spot) {
		w, known, exists := cweCatalogue().find(n.Text("id"), n.Text("version"))
		switch {
		case !known:
			r.add(s.path()+"/version", "the version of the catalogue does not exist")
		case !exists:
			r.add(s.path()+"/id", "is no weakness in that version of the catalogue")
		case w.name != n.Text("name"):
			r.add(s.path()+"/name", "is not the name of the weakness in that version of the catalogue")
		}
	})
}

func (r *run) eachWeakness(f func(w weaknessRun, path string)) {
	r.each(cwePlace21, func(n *jsontree.Node, s *spot) {
		if w, _, ok := cweCatalogue().find(n.Text("id"), n.Text("version")); ok {
			f(w, s.path())
		}
	})
}

func checkDeprecatedCWE(r *run) {
	r.eachWeakness(func(w weaknessRun, path string) {
		if w.deprecated {
			r.add(path, "the weakness is deprecated")
		}
	})
}

func checkLatestCWE(r *run) {
	newest, ok := r.newest()
	if !ok {
		return
	}
	want := cweCatalogue().latest(newest.Time().Format("2006-01-02"))
	r.each(cwePlace21, func(n *jsontree.Node, s *spot) {
		v := n.Text("version")
		if cweCatalogue().index(v) != cweCatalogue().index(want) {
			r.add(s.path(), "the newest version of the catalogue at the last revision was "+want)
		}
	})
}

func checkCWENotAllowed(r *run) {
	r.eachWeakness(func(w weaknessRun, path string) {
		if w.usage == 'D' || w.usage == 'P' {
			r.add(path, "the weakness is not meant for the mapping of vulnerabilities")
		}
	})
}

func checkCWEReview(r *run) {
	r.eachWeakness(func(w weaknessRun, path string) {
		if w.usage == 'R' {
			r.add(path, "the mapping to this weakness needs a review")
		}
	})
}
