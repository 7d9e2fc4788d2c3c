package caselog

import (
	"slices"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

const TermReleasing storage.Term = "releasing"

// releasing reports whether outputs of an approved release are still to come.
func releasing(c *cvd.Case) bool {
	_, left := c.Release.Next()
	_, gone := c.WentOn()
	return left && !gone && (len(c.Release.Approvals) > 1 || !c.Release.Emergency.IsZero())
}

// StepBegun says that a step is being tried.
type StepBegun struct {
	structural
	Output uint32 // counted from 1
	Try    uint32
	Until  time.Time // nobody else tries it before
}

func (*StepBegun) RecordName() string { return "release.begun/1" }

func (x *StepBegun) Body(w *Wire) {
	num(w, &x.Output)
	num(w, &x.Try)
	w.Instant(&x.Until)
}

func (x *StepBegun) apply(c *Folded, e *Envelope) {
	c.Release.Outputs = slices.Clone(c.Release.Outputs)
	if o := inner.At(c.Release.Outputs, x.Output); o != nil {
		o.Tries, o.Begun, o.Failed, o.Kept(inner.Only{}).Until = int(x.Try), e.At.Time(), time.Time{}, x.Until
	}
	event(&c.Case, e, cvd.Event{When: x.Until}.With(x.Output, 0))
}

// StepFailed says why a try came to nothing.
type StepFailed struct {
	Output uint32
	Try    uint32

	Problem cvd.Private
}

func (*StepFailed) RecordName() string { return "release.failed/1" }

func (x *StepFailed) Body(w *Wire) {
	num(w, &x.Output)
	num(w, &x.Try)
}

func (x *StepFailed) Private(w *Wire) { text(w, &x.Problem) }

func (x *StepFailed) apply(c *Folded, e *Envelope) {
	c.Release.Outputs = slices.Clone(c.Release.Outputs)
	if o := inner.At(c.Release.Outputs, x.Output); o != nil {
		o.Failed, o.Problem = e.At.Time(), ""
	}
	event(&c.Case, e, cvd.Event{}.With(x.Output, 0))
}

func (x *StepFailed) reveal(c *Folded, _ *Envelope) {
	if o := inner.At(c.Release.Outputs, x.Output); o != nil {
		o.Problem = x.Problem
	}
}
