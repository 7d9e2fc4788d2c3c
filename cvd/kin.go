package cvd

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/cvdkit/cvdkit/cvd/policy"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// RelatedEnd is the early end of the embargo of a case that this one was split from
// or merged with, or that was split from it: what is secret here may be so no longer.
type RelatedEnd struct {
	Case   CaseID    // whose embargo ended
	Number string    // its number, for people
	Why    EndReason // it ended
	At     time.Time `json:",omitzero"` // when it ended
}

// kinEnd is an early end, of this case or a related one, and whether those beyond
// were told. It is a record of each case that owes it to the next, so that a crash
// on the way loses nothing, and nobody is told twice.
type kinEnd struct {
	RelatedEnd
	from CaseID // who told it
	told bool
}

// relatedEnds are those of other cases.
func (c *folded) relatedEnds() (out []RelatedEnd) {
	for _, k := range c.kin {
		if k.Case != c.ID {
			out = append(out, k.RelatedEnd)
		}
	}
	return out
}

// family are the cases that a case has matter in common with.
func (c *Case) family() (out []CaseID) {
	for _, l := range c.Links {
		switch l.Kind {
		case LinkSplitInto, LinkSplitFrom, LinkMergedInto, LinkMergedFrom, LinkContinuedBy, LinkContinues:
			out = append(out, l.Case)
		}
	}
	return out
}

// beyond are those that are to be told of an end.
func (c *Case) beyond(k *kinEnd) []CaseID {
	return slices.DeleteFunc(c.family(), func(id CaseID) bool { return id == k.from || id == k.Case })
}

// owes reports whether a related case is to be told of something.
func (c *folded) owes() bool {
	return slices.ContainsFunc(c.kin, func(k kinEnd) bool { return !k.told && len(c.beyond(&k)) > 0 })
}

// tellKin works off what a case owes to related ones. One that cannot be written
// holds up no other, and is tried again.
func (s *Service) tellKin(ctx context.Context, c *folded, out *Ticked) (err error) {
	for i := range c.kin {
		k := &c.kin[i]
		if k.told || len(c.beyond(k)) == 0 {
			continue
		}
		var failed error
		for _, id := range c.beyond(k) {
			if e := s.tellOfEnd(ctx, id, c.ID, k, out); e != nil && !errors.Is(e, ErrNotFound) {
				failed = fmt.Errorf("cvd: telling case %s of an early end: %w", id, e)
			}
		}
		if failed != nil {
			err = failed
			continue
		}
		_, _, e := s.change(ctx, c.ID, By{ID: derivedID("kin told %s %s %d", c.ID, k.Case, k.At.UnixMilli())}, false, nil, func(d *decision) error {
			d.append(&kinTold{Origin: k.Case, At: k.At})
			return nil
		})
		err = errors.Join(err, e)
	}
	return err
}

func (s *Service) tellOfEnd(ctx context.Context, id, from CaseID, k *kinEnd, out *Ticked) error {
	var alerts []Alert
	by := By{ID: derivedID("kin %s %s %s %d", id, from, k.Case, k.At.UnixMilli())}
	c, _, err := s.change(ctx, id, by, false, nil, func(d *decision) error {
		alerts = nil
		if d.c.knowsOf(k.Case, k.At) {
			return errRepeated
		}
		d.append(&kinEnded{Origin: k.Case, Number: k.Number, From: from, Why: k.Why, At: k.At})
		if em := d.c.Embargo.State; !d.c.Open() || !em.InForce() && em != vultron.EMProposed {
			return nil // nothing is secret here by agreement
		}
		a := Alert{Case: d.c.ID, Number: d.c.Number, Kind: policy.ReminderDue, Deadline: policy.Deadline{
			ID: "related-embargo/" + k.Number, Clock: "related-embargo", State: policy.DeadlineOverdue, Due: k.At,
			Title: fmt.Sprintf("The embargo of case %s ended early: %s", k.Number, k.Why),
		}}
		var to uint32
		to, a.To = d.onDuty(a.Kind)
		a.Assignee = to != 0 && a.To == ""
		if d.c.Participants[0].Routable {
			d.tell(PurposeRelated, uint32(len(d.c.relatedEnds())), "", Owner)
		}
		alerts = []Alert{a}
		return nil
	})
	if err == nil && !c.Repeated {
		out.Reminders = append(out.Reminders, alerts...)
	}
	return err
}

func (c *folded) knowsOf(origin CaseID, at time.Time) bool {
	return slices.ContainsFunc(c.kin, func(k kinEnd) bool { return k.Case == origin && k.At.Equal(at) })
}

func (c *folded) addKin(k kinEnd) { c.kin = append(slices.Clone(c.kin), k) }

// kinEnded says that the embargo of a related case ended early.
type kinEnded struct {
	structural
	Origin CaseID // whose it was
	Number string
	From   CaseID // the related case that told it
	Why    EndReason
	At     time.Time
}

func (*kinEnded) name() string { return "kin.ended/1" }
func (x *kinEnded) body(w *wire) {
	w.fixed(x.Origin[:])
	text(w, &x.Number)
	w.fixed(x.From[:])
	num(w, &x.Why)
	w.instant(&x.At)
}
func (x *kinEnded) apply(c *folded, e *envelope) {
	c.addKin(kinEnd{RelatedEnd: RelatedEnd{x.Origin, x.Number, x.Why, x.At}, from: x.From})
	c.event(e, Event{When: x.At}.With(0, uint16(x.Why)))
}

// kinTold says that those beyond were told.
type kinTold struct {
	structural
	Origin CaseID
	At     time.Time
}

func (*kinTold) name() string { return "kin.told/1" }
func (x *kinTold) body(w *wire) {
	w.fixed(x.Origin[:])
	w.instant(&x.At)
}
func (x *kinTold) apply(c *folded, e *envelope) {
	c.kin = slices.Clone(c.kin)
	for i := range c.kin {
		if k := &c.kin[i]; k.Case == x.Origin && k.At.Equal(x.At) {
			k.told = true
		}
	}
	c.event(e, Event{})
}
