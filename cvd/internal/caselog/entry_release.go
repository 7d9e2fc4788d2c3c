package caselog

import (
	"slices"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

type ReleasePlanned struct {
	structural
	Ends    time.Time // the instant, named as the embargo's since it is kept with its zone
	Outputs []string
}

func (*ReleasePlanned) RecordName() string { return "release.planned/1" }

func (x *ReleasePlanned) Body(w *Wire) {
	w.zoned(&x.Ends)
	many(w, &x.Outputs, func(w *Wire, s *string) { text(w, s) })
}

func (x *ReleasePlanned) apply(c *Folded, e *Envelope) {
	c.Release = cvd.Release{At: x.Ends, Planned: e.At.Time()}
	for _, o := range x.Outputs {
		c.Release.Outputs = append(c.Release.Outputs, cvd.ReleaseOutput{Name: o})
	}
	event(&c.Case, e, cvd.Event{When: x.Ends, Party: cvd.Owner})
}

type ReleaseAnswered struct {
	Party cvd.PartyID
	Hold  bool
	At    time.Time // where it was given in another case; zero: now

	Reason cvd.Private
}

func (*ReleaseAnswered) RecordName() string { return "release.answered/1" }

func (x *ReleaseAnswered) Body(w *Wire) {
	num(w, &x.Party)
	w.flag(&x.Hold)
	w.Instant(&x.At)
}

func (x *ReleaseAnswered) Private(w *Wire) { text(w, &x.Reason) }

func (x *ReleaseAnswered) apply(c *Folded, e *Envelope) {
	all := slices.DeleteFunc(slices.Clone(c.Release.Answers), func(a cvd.ReleaseAnswer) bool { return a.Party == x.Party })
	c.Release.Answers = append(all, cvd.ReleaseAnswer{Party: x.Party, Hold: x.Hold, At: e.or(x.At)})
	c.heardAt(x.Party, e.or(x.At))
	var d uint16
	if x.Hold {
		d = 1
	}
	event(&c.Case, e, cvd.Event{Party: x.Party}.With(0, d))
}

func (x *ReleaseAnswered) reveal(c *Folded, _ *Envelope) {
	if n := len(c.Release.Answers); n > 0 {
		c.Release.Answers[n-1].Reason = x.Reason
	}
}

type ReleaseApproved struct {
	Actor       uint32
	DespiteHold bool

	Reason cvd.Private
}

func (*ReleaseApproved) RecordName() string { return "release.approved/1" }

func (x *ReleaseApproved) Body(w *Wire) {
	num(w, &x.Actor)
	w.flag(&x.DespiteHold)
}

func (x *ReleaseApproved) Private(w *Wire) { text(w, &x.Reason) }

func (x *ReleaseApproved) apply(c *Folded, e *Envelope) {
	n := len(c.Release.Approvals)
	c.Release.Approvals = append(c.Release.Approvals[:n:n], cvd.ReleaseApproval{Actor: x.Actor, At: e.At.Time(), DespiteHold: x.DespiteHold})
	event(&c.Case, e, cvd.Event{}.With(uint32(n+1), 0))
}

func (x *ReleaseApproved) reveal(c *Folded, _ *Envelope) {
	if n := len(c.Release.Approvals); n > 0 {
		c.Release.Approvals[n-1].Reason = x.Reason
	}
}

// ReleaseCancelled ends the plan.
type ReleaseCancelled struct {
	Reason cvd.Private
}

func (*ReleaseCancelled) RecordName() string          { return "release.cancelled/1" }
func (*ReleaseCancelled) Body(*Wire)                  {}
func (x *ReleaseCancelled) Private(w *Wire)           { text(w, &x.Reason) }
func (x *ReleaseCancelled) reveal(*Folded, *Envelope) {}

func (x *ReleaseCancelled) apply(c *Folded, e *Envelope) {
	c.Release = cvd.Release{}
	event(&c.Case, e, cvd.Event{Party: cvd.Owner})
}

// ReleaseOutput says that one output is out.
type ReleaseOutput struct {
	structural
	Output uint32 // counted from 1
	Ref    string
	Done   time.Time // where that was in another case; zero: now
}

func (*ReleaseOutput) RecordName() string { return "release.output/1" }

func (x *ReleaseOutput) Body(w *Wire) {
	num(w, &x.Output)
	text(w, &x.Ref)
	w.Instant(&x.Done)
}

func (x *ReleaseOutput) apply(c *Folded, e *Envelope) {
	all := slices.Clone(c.Release.Outputs)
	if o := inner.At(all, x.Output); o != nil {
		if o.Done, o.Ref = e.At.Time(), x.Ref; !x.Done.IsZero() {
			o.Done = x.Done
		}
	}
	c.Release.Outputs = all
	event(&c.Case, e, cvd.Event{}.With(x.Output, 0))
}

type ListPlanned struct {
	Name    string
	Parties []cvd.PartyID
	Lead    storage.Millis

	Agreement cvd.Private
}

func (*ListPlanned) RecordName() string { return "list.planned/1" }

func (x *ListPlanned) Body(w *Wire) {
	text(w, &x.Name)
	many(w, &x.Parties, func(w *Wire, p *cvd.PartyID) { num(w, p) })
	Signed(w, &x.Lead)
}

func (x *ListPlanned) Private(w *Wire) { text(w, &x.Agreement) }

func (x *ListPlanned) apply(c *Folded, e *Envelope) {
	n := slices.IndexFunc(c.Lists, func(l cvd.NotificationList) bool { return l.Name == x.Name })
	all := slices.Clone(c.Lists)
	if n < 0 {
		n, all = len(all), append(all, cvd.NotificationList{})
	}
	all[n] = cvd.NotificationList{Name: x.Name, Parties: x.Parties, Lead: time.Duration(x.Lead) * time.Millisecond}
	c.Lists = all
	event(&c.Case, e, cvd.Event{}.With(uint32(n+1), 0))
}

func (x *ListPlanned) reveal(c *Folded, e *Envelope) {
	c.Lists[c.Events[e.Seq-1].Kept(inner.Only{}).Ref-1].Agreement = x.Agreement
}

// ListTold says that the parties of a list were given the details.
type ListTold struct {
	structural
	List uint32 // counted from 1
}

func (*ListTold) RecordName() string { return "list.told/1" }
func (x *ListTold) Body(w *Wire)     { num(w, &x.List) }

func (x *ListTold) apply(c *Folded, e *Envelope) {
	all := slices.Clone(c.Lists)
	if l := inner.At(all, x.List); l != nil {
		l.Told = e.At.Time()
		for _, id := range l.Parties {
			if p := c.party(id); p != nil {
				p.Details = true
			}
		}
	}
	c.Lists = all
	event(&c.Case, e, cvd.Event{}.With(x.List, 0))
}
