package caselog

import (
	"slices"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/policy"
)

// PauseCarried is a time in which the team waited for a reporter, in the case that
// this one comes from.
type PauseCarried struct {
	structural
	From, To time.Time
}

func (*PauseCarried) RecordName() string { return "pause.carried/1" }

func (x *PauseCarried) Body(w *Wire) {
	w.Instant(&x.From)
	w.Instant(&x.To)
}

func (x *PauseCarried) apply(c *Folded, e *Envelope) {
	c.Waits = append(slices.Clone(c.Waits), policy.Pause{From: x.From, To: x.To, Reason: "information is missing"})
	event(&c.Case, e, cvd.Event{When: x.From})
}
