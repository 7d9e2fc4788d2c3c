package csaf

import (
	"context"
	"slices"

	"github.com/cvdkit/cvdkit/advisory/jsontree"
)

// run is one validation of one document.
type run struct {
	ctx    context.Context
	v      *Validator
	doc    *Document
	root   *jsontree.Node
	spec   Version
	rules  []rule
	rule   *rule // that runs now
	report Report
	index
	err          error
	count        int            // findings of the rule
	size         int            // bytes of all findings
	statuses     map[string]int // of URLs that were requested
	overlaps     []overlap
	overlapsDone bool
	noWords      *rule      // the test whose checker does not know the language
	sound        bool       // the structural check ran and found nothing
	defined      bool       // and no member is without a definition
	revisions    []revision // what history returns
	revisionsOf  bool       // and that it was called
}

func newRun(ctx context.Context, v *Validator, d *Document) *run {
	r := &run{ctx: ctx, v: v, doc: d, root: d.root, spec: d.version, rules: rulesOf(d.version)}
	r.report = Report{Version: d.version, Findings: []Finding{}, NotRun: []string{}}
	r.build(r.root)
	return r
}

// execute runs a test, or notes that it cannot run.
func (r *run) execute(t *rule) error {
	if err := r.ctx.Err(); err != nil {
		return err
	}
	var missing bool
	switch t.needs {
	case needURL:
		missing = r.v.CheckURL == nil
	case needSpelling:
		missing = r.v.CheckSpelling == nil
	case needGrammar:
		missing = r.v.CheckGrammar == nil
	case needClock:
		missing = r.v.Now == nil
	}
	if missing {
		r.report.NotRun = append(r.report.NotRun, t.id)
		return nil
	}
	r.rule, r.count = t, 0
	t.check(r)
	if r.work > maxWork {
		return ErrTooComplex
	}
	return r.err
}

// Bounds on the cost of one validation. Real documents stay far below.
const (
	maxFindings = 1000     // of one test
	maxSize     = 16 << 20 // bytes of all findings
	maxWork     = 20 << 20 // products named through groups, and pairs of versions compared
)

// full reports whether the test that runs may add no more findings, and notes
// it.
func (r *run) full() bool {
	if r.count < maxFindings && r.size < maxSize {
		return false
	}
	if n := len(r.report.Truncated); n == 0 || r.report.Truncated[n-1] != r.rule.id {
		r.report.Truncated = append(r.report.Truncated, r.rule.id)
	}
	return true
}

// add records a finding of the test that runs.
func (r *run) add(path, message string) {
	if r.full() {
		return
	}
	r.count++
	r.size += len(path) + len(message)
	r.report.Findings = append(r.report.Findings, Finding{r.rule.id, r.rule.group.severity(), path, message})
}

// unsupported notes what a test could not judge.
func (r *run) unsupported(what string) {
	if !slices.Contains(r.report.Unsupported, what) {
		r.report.Unsupported = append(r.report.Unsupported, what)
	}
}

// at builds a JSON pointer of strings and ints.
func at(tokens ...any) string {
	p := make([]byte, 0, 160)
	for _, t := range tokens {
		switch t := t.(type) {
		case string:
			p = jsontree.AppendChild(p, t)
		case int:
			p = jsontree.AppendIndex(p, t)
		}
	}
	return string(p)
}

// document returns a member of /document.
func (r *run) document(names ...string) *jsontree.Node { return r.meta.Get(names...) }

// is reports whether the document has one of the categories.
func (r *run) is(categories ...string) bool {
	return slices.Contains(categories, r.meta.Text("category"))
}

func checkSchema(r *run) {
	undefined := r.checkShape(shapeOf(r.doc.version), r.root, func() string { return "" }, false)
	r.sound = r.count == 0
	r.defined = r.sound && undefined == 0
}
