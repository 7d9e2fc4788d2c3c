package csaf

import (
	"context"
	"strings"

	"github.com/cvdkit/cvdkit/advisory"
	"github.com/cvdkit/cvdkit/advisory/jsontree"
)

// maxRounds bounds how often a document is built and tested: each round but the last
// leaves something out or chooses a lesser form.
const maxRounds = 8

// valid builds the document, tests it, and mends it until it passes.
func (w *writer) valid(v Version) (*Document, []advisory.Loss, error) {
	var extra []advisory.Loss
	d := w.build(v)
	for range maxRounds {
		findings, err := mandatory(d)
		if err != nil {
			return nil, nil, &advisory.Error{Rule: advisory.ErrInvalid, Reason: "the document is too complex to be checked"}
		}
		if len(findings) == 0 {
			w.losses = append(w.losses, extra...)
			return d, w.losses, nil
		}
		if w.lesserForm(findings) {
			d, extra = w.build(v), nil
			continue
		}
		losses, rest := w.leaveOut(d, findings)
		extra = append(extra, losses...)
		if rest != nil {
			return nil, nil, refusal(*rest, v)
		}
	}
	return nil, nil, &advisory.Error{Rule: advisory.ErrInvalid, Reason: "the document does not become valid"}
}

// mandatory returns what the structural check and the mandatory tests find. Tests run
// on a document that has passed the structural check, as the others would repeat it.
func mandatory(d *Document) ([]Finding, error) {
	for _, group := range []Group{GroupSchema, Mandatory} {
		r := newRun(background{}, &Validator{}, d)
		for i := range r.rules {
			if r.rules[i].group == group {
				if err := r.execute(&r.rules[i]); err != nil {
					return nil, err
				}
			}
		}
		if len(r.report.Findings) > 0 {
			return r.report.Findings, nil
		}
	}
	return nil, nil
}

// background is a context that never ends: writing a document is bounded.
type background struct{ context.Context }

func (background) Err() error { return nil }

// lesserForm chooses a form with fewer rules, and reports whether it did.
func (w *writer) lesserForm(findings []Finding) bool {
	changed, profiled := false, false
	for _, f := range findings {
		switch {
		case strings.HasPrefix(f.Test, "6.1.27.") || f.Test == "6.1.26":
			if !profiled && w.lesser < 2 && mayLessen(w.a.Category) {
				w.lesser, changed, profiled = w.lesser+1, true, true
			}
		case f.Test == "6.1.50" || f.Test == "6.1.31" || f.Test == "6.1.57" || f.Test == "6.1.58" || f.Test == "6.1.59":
			if !w.words {
				w.words, changed = true, true
			}
		}
	}
	return changed
}

// mayLessen reports whether a document keeps its meaning without the category.
func mayLessen(category string) bool {
	switch category {
	case "", "csaf_security_advisory", "csaf_vex":
		return true
	}
	return false
}

// leaveOut removes what the findings are about, as far as it can be left out, and
// returns the first finding that is about something else.
func (w *writer) leaveOut(d *Document, findings []Finding) (losses []advisory.Loss, rest *Finding) {
	drop := map[*jsontree.Node]bool{}
	for i := range findings {
		f := &findings[i]
		at := f.Path
		for {
			n := d.root.Find(at)
			if path, ok := w.from[n]; ok && n != nil && !isVulnerability(at) {
				if !drop[n] {
					drop[n] = true
					losses = append(losses, advisory.Loss{Path: path, Kind: advisory.Contradicts, Reason: "CSAF does not allow it here: " + because(f)})
				}
				break
			}
			cut := strings.LastIndexByte(at, '/')
			if cut < 0 {
				return losses, f
			}
			at = at[:cut]
		}
	}
	w.sweep(d.root, drop, &losses)
	return losses, nil
}

// isVulnerability reports whether a pointer is that of a whole vulnerability, which is
// never left out for a fault inside of it.
func isVulnerability(at string) bool {
	rest, ok := strings.CutPrefix(at, "/vulnerabilities/")
	return ok && !strings.Contains(rest, "/")
}

func because(f *Finding) string {
	if f.Test == TestSchema {
		return "the schema"
	}
	return "test " + f.Test
}

// sweep removes nodes, and arrays and objects that become empty by it, which it lists.
func (w *writer) sweep(n *jsontree.Node, drop map[*jsontree.Node]bool, losses *[]advisory.Loss) (empty bool) {
	gone := func(child *jsontree.Node) bool {
		if drop[child] {
			return true
		}
		if !w.sweep(child, drop, losses) {
			return false
		}
		if path, ok := w.from[child]; ok {
			*losses = append(*losses, advisory.Loss{Path: path, Reason: "CSAF allows nothing of what it says"})
		}
		return true
	}
	items := n.Items()
	for i := len(items) - 1; i >= 0; i-- {
		if gone(items[i]) {
			n.RemoveItem(i)
			empty = true
		}
	}
	n.DeleteFunc(func(m jsontree.Member) bool {
		g := gone(m.Value)
		empty = empty || g
		return g
	})
	return empty && n.Len() == 0
}

// refusal is the error for a finding. It names the test and quotes nothing.
func refusal(f Finding, v Version) error {
	e := &advisory.Error{Rule: advisory.ErrInvalid, Path: f.Path, Reason: f.Message}
	for _, r := range rulesOf(v) {
		if r.id == f.Test && f.Test != TestSchema {
			e.Reason = "test " + r.id + ", " + r.title
		}
	}
	return e
}
