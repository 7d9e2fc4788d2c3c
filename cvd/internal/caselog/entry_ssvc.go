package caselog

import (
	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

type SsvcDecided struct {
	Vuln      cvd.VulnID
	Table     string
	Suggested vultron.RMEvent

	Outcome, Vector cvd.Private
}

func (*SsvcDecided) RecordName() string { return "ssvc.decided/1" }

func (x *SsvcDecided) Body(w *Wire) {
	num(w, &x.Vuln)
	text(w, &x.Table)
	num(w, &x.Suggested)
}

func (x *SsvcDecided) Private(w *Wire) {
	text(w, &x.Outcome)
	text(w, &x.Vector)
}

func (x *SsvcDecided) apply(c *Folded, e *Envelope) {
	event(&c.Case, e, cvd.Event{Vuln: x.Vuln}.With(0, uint16(x.Suggested)))
	if inner.At(c.Vulnerabilities, x.Vuln) == nil {
		return
	}
	y := cvd.SSVCDecision{Vuln: x.Vuln, At: e.At.Time(), Table: x.Table, Suggested: x.Suggested}
	y.Kept(inner.Only{}).Seq = e.Seq
	// Full slice expression: snapshots share the array and must not see this.
	c.Decisions = append(c.Decisions[:len(c.Decisions):len(c.Decisions)], y)
}

func (x *SsvcDecided) reveal(c *Folded, e *Envelope) {
	for i := range c.Decisions {
		if y := &c.Decisions[i]; y.Kept(inner.Only{}).Seq == e.Seq {
			y.Outcome, y.Vector = x.Outcome, x.Vector
		}
	}
}
