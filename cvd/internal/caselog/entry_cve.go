package caselog

import (
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
)

type CveRecorded struct {
	Vuln   cvd.VulnID
	State  cvd.CVEState
	At     time.Time
	SHA256 string
	Mark   uint64 // of the ID: see Similar

	CVE, Reason cvd.Private
}

func (*CveRecorded) RecordName() string { return "cve.recorded/1" }

func (x *CveRecorded) Body(w *Wire) {
	num(w, &x.Vuln)
	text(w, &x.State)
	w.Instant(&x.At)
	text(w, &x.SHA256)
	num(w, &x.Mark)
}

func (x *CveRecorded) Private(w *Wire) {
	text(w, &x.CVE)
	text(w, &x.Reason)
}

func (x *CveRecorded) apply(c *Folded, e *Envelope) {
	y := cvd.CVERecord{Vuln: x.Vuln, State: x.State, At: x.At, SHA256: x.SHA256}
	y.Kept(inner.Only{}).Mark, y.Kept(inner.Only{}).Seq = x.Mark, e.Seq
	c.CVEs = append(c.CVEs[:len(c.CVEs):len(c.CVEs)], y)
	event(&c.Case, e, cvd.Event{Vuln: x.Vuln, When: x.At})
}

func (x *CveRecorded) reveal(c *Folded, e *Envelope) {
	for i := range c.CVEs {
		if r := &c.CVEs[i]; r.Kept(inner.Only{}).Seq == e.Seq {
			r.CVE, r.Reason = x.CVE, x.Reason
		}
	}
}
