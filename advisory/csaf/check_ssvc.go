package csaf

import (
	"strings"

	"github.com/cvdkit/cvdkit/advisory/internal/instant"
	"github.com/cvdkit/cvdkit/advisory/jsontree"
	"github.com/cvdkit/cvdkit/advisory/tlp"
)

func (r *run) eachSSVC(f func(s score, n *jsontree.Node)) {
	r.eachScore(func(s score) {
		if n := s.content.Get("ssvc_v2"); n != nil {
			f(s, n)
		}
	})
}

// eachSelection calls f for each decision point of each SSVC object.
func (r *run) eachSelection(f func(n *jsontree.Node, ns namespace, path func(names ...any) string)) {
	r.eachSSVC(func(s score, n *jsontree.Node) {
		for i, sel := range n.Get("selections").Items() {
			f(sel, parseNamespace(sel.Text("namespace")), func(names ...any) string {
				return s.path("ssvc_v2", "selections", i) + at(names...)
			})
		}
	})
}

func checkInvalidSSVC(r *run) {
	if r.sound {
		return
	}
	r.eachSSVC(func(s score, n *jsontree.Node) {
		r.checkShape(ssvcShape(), n, func() string { return s.path("ssvc_v2") }, false)
	})
}

func checkTargetIDs(r *run) {
	r.eachSSVC(func(s score, n *jsontree.Node) {
		v := r.vulns[s.vi]
		for i, it := range n.Get("target_ids").Items() {
			t := it.Text()
			known := t == v.Text("cve") || some(v.Get("ids"), func(id *jsontree.Node) bool { return id.Text("text") == t })
			if !known || t == r.doc.ID() && len(r.vulns) > 1 {
				r.add(s.path("ssvc_v2", "target_ids", i), "is not an ID of this vulnerability alone")
			}
		}
	})
}

func checkDecisionPoints(r *run) {
	r.eachSelection(func(n *jsontree.Node, ns namespace, path func(...any) string) {
		if ns.invalid() {
			r.add(path("namespace"), "the namespace is reserved and never valid")
			return
		}
		if !ns.registered() {
			return
		}
		points := decisionPoints()[decisionKey{ns.base, n.Text("key")}]
		if points == nil {
			r.add(path("key"), "the namespace has no such decision point")
			return
		}
		for _, p := range points {
			if p.version == n.Text("version") {
				r.checkValues(n.Get("values"), p, path)
				return
			}
		}
		r.add(path("version"), "the decision point has no such version")
	})
}

func (r *run) checkValues(values *jsontree.Node, p decisionPoint, path func(...any) string) {
	last := -1
	for i, v := range values.Items() {
		key := v.Text("key")
		at := -1
		for j, k := range p.values {
			if k == key {
				at = j
			}
		}
		switch {
		case at < 0:
			r.add(path("values", i), "the decision point has no such value")
		case at <= last:
			r.add(path("values", i), "the values are not in the order of their definition")
		}
		last = max(last, at)
	}
}

func checkLatestDecisionPoint(r *run) {
	r.eachSSVC(func(s score, n *jsontree.Node) {
		t, ok := instant.Parse(n.Text("timestamp"))
		if !ok {
			return
		}
		day := t.Time().Format("2006-01-02")
		for i, sel := range n.Get("selections").Items() {
			ns := parseNamespace(sel.Text("namespace"))
			have, ok := parseVersion(sel.Text("version"))
			if !ns.registered() || !ok {
				continue
			}
			var latest docVersion
			for _, p := range decisionPoints()[decisionKey{ns.base, sel.Text("key")}] {
				if v, _ := parseVersion(p.version); p.date <= day && (latest.text == "" || v.compare(latest) > 0) {
					latest = v
				}
			}
			if latest.text != "" && have.compare(latest) != 0 {
				r.add(s.path("ssvc_v2", "selections", i), "the newest version of the decision point at that time was "+latest.text)
			}
		}
	})
}

func checkUnknownNamespace(r *run) {
	r.eachSelection(func(_ *jsontree.Node, ns namespace, path func(...any) string) {
		if !ns.registered() && !ns.example() {
			r.add(path("namespace"), "the base namespace is not registered or not supported")
		}
	})
}

func checkUnregisteredClear(r *run) { r.unregisteredNamespace(r.label() == tlp.Clear) }
func checkUnregisteredOther(r *run) { r.unregisteredNamespace(r.label() != tlp.Clear) }
func (r *run) unregisteredNamespace(applies bool) {
	if !applies {
		return
	}
	r.eachSelection(func(_ *jsontree.Node, ns namespace, path func(...any) string) {
		if ns.unregistered() {
			r.add(path("namespace"), "the base namespace is not registered")
		}
	})
}

func checkExtendedClear(r *run) { r.extendedNamespace(r.label() == tlp.Clear) }
func checkExtendedOther(r *run) { r.extendedNamespace(r.label() != tlp.Clear) }
func (r *run) extendedNamespace(applies bool) {
	if !applies {
		return
	}
	r.eachSelection(func(_ *jsontree.Node, ns namespace, path func(...any) string) {
		if ns.extended && !ns.example() {
			r.add(path("namespace"), "the namespace has an extension")
		}
	})
}

func checkNamespaceResource(r *run) {
	r.eachSSVC(func(s score, n *jsontree.Node) {
		for i, sel := range n.Get("selections").Items() {
			full := sel.Text("namespace")
			ns := parseNamespace(full)
			if ns.example() || ns.registered() && !ns.extended {
				continue
			}
			if !some(n.Get("decision_point_resources"), func(d *jsontree.Node) bool {
				return mentions(d.Text("summary"), full)
			}) {
				r.add(s.path("ssvc_v2", "selections", i, "namespace"), "no decision point resource mentions the namespace")
			}
		}
	})
}

// mentions reports whether a text has a namespace that does not go on: x#a is
// not mentioned by x#a-b.
func mentions(text, ns string) bool {
	for {
		i := strings.Index(text, ns)
		if i < 0 || ns == "" {
			return false
		}
		text = text[i+len(ns):]
		if text == "" || !strings.ContainsAny(text[:1], digits+lower+upper+"-/$#") {
			return true
		}
	}
}
