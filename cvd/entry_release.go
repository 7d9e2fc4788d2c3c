package cvd

import (
	"slices"
	"time"

	"github.com/cvdkit/cvdkit/cvd/storage"
)

type releasePlanned struct {
	structural
	Ends    time.Time // the instant, named as the embargo's since it is kept with its zone
	Outputs []string
}

func (*releasePlanned) name() string { return "release.planned/1" }
func (x *releasePlanned) body(w *wire) {
	w.zoned(&x.Ends)
	many(w, &x.Outputs, func(w *wire, s *string) { text(w, s) })
}
func (x *releasePlanned) apply(c *folded, e *envelope) {
	c.Release = Release{At: x.Ends, Planned: e.at.Time()}
	for _, o := range x.Outputs {
		c.Release.Outputs = append(c.Release.Outputs, ReleaseOutput{Name: o})
	}
	c.event(e, Event{When: x.Ends, Party: Owner})
}

type releaseAnswered struct {
	Party PartyID
	Hold  bool
	At    time.Time // where it was given in another case; zero: now

	Reason Private
}

func (*releaseAnswered) name() string { return "release.answered/1" }
func (x *releaseAnswered) body(w *wire) {
	num(w, &x.Party)
	w.flag(&x.Hold)
	w.instant(&x.At)
}
func (x *releaseAnswered) private(w *wire) { text(w, &x.Reason) }
func (x *releaseAnswered) apply(c *folded, e *envelope) {
	all := slices.DeleteFunc(slices.Clone(c.Release.Answers), func(a ReleaseAnswer) bool { return a.Party == x.Party })
	c.Release.Answers = append(all, ReleaseAnswer{Party: x.Party, Hold: x.Hold, At: e.or(x.At)})
	c.heardAt(x.Party, e.or(x.At))
	var d uint16
	if x.Hold {
		d = 1
	}
	c.event(e, Event{Party: x.Party}.With(0, d))
}
func (x *releaseAnswered) reveal(c *folded, _ *envelope) {
	if n := len(c.Release.Answers); n > 0 {
		c.Release.Answers[n-1].Reason = x.Reason
	}
}

type releaseApproved struct {
	Actor       uint32
	DespiteHold bool

	Reason Private
}

func (*releaseApproved) name() string { return "release.approved/1" }
func (x *releaseApproved) body(w *wire) {
	num(w, &x.Actor)
	w.flag(&x.DespiteHold)
}
func (x *releaseApproved) private(w *wire) { text(w, &x.Reason) }
func (x *releaseApproved) apply(c *folded, e *envelope) {
	n := len(c.Release.Approvals)
	c.Release.Approvals = append(c.Release.Approvals[:n:n], ReleaseApproval{Actor: x.Actor, At: e.at.Time(), DespiteHold: x.DespiteHold})
	c.event(e, Event{}.With(uint32(n+1), 0))
}
func (x *releaseApproved) reveal(c *folded, _ *envelope) {
	if n := len(c.Release.Approvals); n > 0 {
		c.Release.Approvals[n-1].Reason = x.Reason
	}
}

// releaseCancelled ends the plan.
type releaseCancelled struct {
	Reason Private
}

func (*releaseCancelled) name() string                { return "release.cancelled/1" }
func (*releaseCancelled) body(*wire)                  {}
func (x *releaseCancelled) private(w *wire)           { text(w, &x.Reason) }
func (x *releaseCancelled) reveal(*folded, *envelope) {}
func (x *releaseCancelled) apply(c *folded, e *envelope) {
	c.Release = Release{}
	c.event(e, Event{Party: Owner})
}

// releaseOutput says that one output is out.
type releaseOutput struct {
	structural
	Output uint32 // counted from 1
	Ref    string
	Done   time.Time // where that was in another case; zero: now
}

func (*releaseOutput) name() string { return "release.output/1" }
func (x *releaseOutput) body(w *wire) {
	num(w, &x.Output)
	text(w, &x.Ref)
	w.instant(&x.Done)
}
func (x *releaseOutput) apply(c *folded, e *envelope) {
	all := slices.Clone(c.Release.Outputs)
	if o := at(all, x.Output); o != nil {
		if o.Done, o.Ref = e.at.Time(), x.Ref; !x.Done.IsZero() {
			o.Done = x.Done
		}
	}
	c.Release.Outputs = all
	c.event(e, Event{}.With(x.Output, 0))
}

type listPlanned struct {
	Name    string
	Parties []PartyID
	Lead    storage.Millis

	Agreement Private
}

func (*listPlanned) name() string { return "list.planned/1" }
func (x *listPlanned) body(w *wire) {
	text(w, &x.Name)
	many(w, &x.Parties, func(w *wire, p *PartyID) { num(w, p) })
	signed(w, &x.Lead)
}
func (x *listPlanned) private(w *wire) { text(w, &x.Agreement) }
func (x *listPlanned) apply(c *folded, e *envelope) {
	n := slices.IndexFunc(c.Lists, func(l NotificationList) bool { return l.Name == x.Name })
	all := slices.Clone(c.Lists)
	if n < 0 {
		n, all = len(all), append(all, NotificationList{})
	}
	all[n] = NotificationList{Name: x.Name, Parties: x.Parties, Lead: time.Duration(x.Lead) * time.Millisecond}
	c.Lists = all
	c.event(e, Event{}.With(uint32(n+1), 0))
}
func (x *listPlanned) reveal(c *folded, e *envelope) {
	c.Lists[c.Events[e.seq-1].ref-1].Agreement = x.Agreement
}

// listTold says that the parties of a list were given the details.
type listTold struct {
	structural
	List uint32 // counted from 1
}

func (*listTold) name() string   { return "list.told/1" }
func (x *listTold) body(w *wire) { num(w, &x.List) }
func (x *listTold) apply(c *folded, e *envelope) {
	all := slices.Clone(c.Lists)
	if l := at(all, x.List); l != nil {
		l.Told = e.at.Time()
		for _, id := range l.Parties {
			if p := c.party(id); p != nil {
				p.Details = true
			}
		}
	}
	c.Lists = all
	c.event(e, Event{}.With(x.List, 0))
}
