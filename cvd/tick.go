package cvd

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/cvdkit/cvdkit/cvd/policy"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// Ticked is what one call of Tick did.
type Ticked struct {
	Cases     int     // looked at
	Reminders []Alert // in the order in which they were recorded
	// Problems holds the cases that could not be looked at, for the host's log.
	Problems []CaseProblem
	// Next is when to call again: now if there may be more to do, else when the
	// next case is due, or the zero time if none is.
	Next time.Time `json:",omitzero"`
}

// CaseProblem is the error of one case, in a call that goes on to others.
type CaseProblem struct {
	Case CaseID // that was left out
	Err  error  // for example ErrTampered, ErrNewer
}

// putOff is when a case that could not be looked at has its next turn, and putOffMost
// is by how much at most its date goes back for that: the clock of this process may be
// wrong, by years too, and the others must still look at the case.
const (
	putOff     = 15 * time.Minute
	putOffMost = 24 * time.Hour
)

// Alert is a reminder that was recorded by this call. The team is also sent a
// message about it, if Team.Routes says how.
type Alert struct {
	Case     CaseID              // of which it reminds
	Number   string              // its number, for people
	Kind     policy.ReminderKind // what sort of reminder it is
	Deadline policy.Deadline     // of which it reminds, as computed now
	Assignee bool                // the assignee is to be told; View has the name
	To       Private             // else this one of Config.OnCall; "": everybody
	// Parties are those whose time to answer about the embargo is over, with the
	// Deadline "answer-window".
	Parties []PartyID
}

// Tick looks at no more than n cases whose dates have come, and records the
// reminders and escalations that are due: each once, however many processes
// call. It costs what is due, not what there is. Nothing is ever published by a
// clock.
//
// A case that cannot be read or written holds up no other: it is named in
// Ticked.Problems and has its next turn a quarter of an hour later, at most a day after
// it was due. An error means that the Store cannot list cases, or that ctx ended.
func (s *Service) Tick(ctx context.Context, n int) (Ticked, error) {
	var out Ticked
	now := s.cfg.Now()
	heads, err := s.cfg.Store.Heads(ctx, storage.Query{DueBy: storage.MillisOf(now), Limit: n})
	if err != nil {
		return out, err
	}
	for _, h := range heads {
		err := s.tickCase(ctx, h, now, &out)
		if ctx.Err() != nil {
			return out, ctx.Err()
		}
		if err != nil {
			out.Problems = append(out.Problems, CaseProblem{h.ID, fmt.Errorf("cvd: the clocks of the case: %w", err)})
			if !errors.Is(err, policy.ErrUnknown) { // whose other clocks were looked at
				s.putOff(ctx, h, now)
			}
		}
		out.Cases++
	}
	if len(heads) == n && n > 0 {
		out.Next = now
		return out, nil
	}
	next, err := s.cfg.Store.Heads(ctx, storage.Query{DueBy: storage.MillisOf(now.Add(100 * year)), Limit: 1})
	if err != nil || len(next) == 0 {
		return out, err
	}
	out.Next = next[0].Due.Time()
	return out, nil
}

// putOff gives a case that cannot be looked at a later turn, so that those behind
// it have theirs. Only the head is written, as it was read: no log is needed for
// that, and the Store's guard holds. If that fails too it stays in front.
func (s *Service) putOff(ctx context.Context, h storage.Head, now time.Time) {
	tail := storage.Change{ID: h.ID, After: h.Seq, Tip: h.Tip, Head: h}
	tail.Head.Due = min(storage.MillisOf(now.Add(putOff)), storage.MillisOf(h.Due.Time().Add(putOffMost)))
	_ = s.cfg.Store.Append(ctx, []storage.Change{tail}) // the problem itself is reported
}

func (s *Service) tickCase(ctx context.Context, h storage.Head, now time.Time, out *Ticked) error {
	var alerts []Alert
	var unknown error
	c, _, err := s.change(ctx, h.ID, By{ID: tickID(h)}, false, nil, func(d *decision) error {
		alerts = nil
		ds, t, err := s.datesOf(d.c, storage.MillisOf(now))
		unknown = err
		for _, r := range policy.PendingReminders(ds, t, d.c.remindedOf(ds)) {
			i := slices.IndexFunc(ds, func(x policy.Deadline) bool { return x.ID == r.Deadline })
			alerts = append(alerts, d.remind(r, ds[i]))
		}
		alerts = append(alerts, d.answerWindows()...)
		if len(d.fresh) == 0 {
			return errRepeated
		}
		return nil
	})
	if err != nil {
		return errors.Join(err, unknown)
	}
	if !c.Repeated {
		out.Reminders = append(out.Reminders, alerts...)
	}
	if c.owes() {
		return errors.Join(s.tellKin(ctx, c, out), unknown)
	}
	if !c.Repeated {
		return unknown
	}
	return errors.Join(s.redue(ctx, h), unknown)
}

// redue corrects the head of a case that was due although there was nothing to
// do, so that it is not looked at again before its time.
func (s *Service) redue(ctx context.Context, h storage.Head) error {
	c, err := s.load(ctx, h.ID)
	if err != nil {
		return err
	}
	head := s.head(c.working(), storage.MillisOf(s.cfg.Now())) // others read c meanwhile
	if head.Due == h.Due || c.Seq != h.Seq {
		return nil
	}
	err = s.cfg.Store.Append(ctx, []storage.Change{{ID: c.ID, After: c.Seq, Tip: c.Tip, Head: head}})
	if errors.Is(err, ErrConflict) {
		return nil // whoever was first has set it
	}
	return err
}

// tickID makes the same tick of two processes one command.
func tickID(h storage.Head) CommandID { return derivedID("tick %s %d %d", h.ID, h.Seq, h.Due) }

func (c *Case) reminded(id string) bool {
	return slices.ContainsFunc(c.Reminded, func(r Reminded) bool { return r.ID == id })
}

// remind records one reminder and tells the team; silent vendors are written to.
func (d *decision) remind(r policy.Reminder, dl policy.Deadline) Alert {
	a := Alert{Case: d.c.ID, Number: d.c.Number, Kind: r.Kind, Deadline: dl}
	x := &reminderRecorded{Reminder: r.ID, Deadline: r.Deadline, Kind: r.Kind}
	x.To, a.To = d.onDuty(r.Kind)
	a.Assignee = x.To != 0 && a.To == ""
	d.append(x)
	ref := uint32(len(d.c.Reminded))
	if d.c.Participants[0].Routable {
		d.tell(PurposeReminder, ref, "", Owner)
	}
	if dl.Clock == clockVendorSilent && r.Kind == policy.ReminderDue {
		d.remindVendors()
	}
	return a
}

// clockVendorSilent is the clock of the team policy that vendors are reminded by.
const clockVendorSilent = "vendor-silent"

func (d *decision) remindVendors() {
	var to []PartyID
	for _, p := range d.c.Participants {
		if p.ID != Owner && p.Roles&RoleVendor != 0 && p.Answered.IsZero() && p.Routable {
			to = append(to, p.ID)
		}
	}
	if len(to) > 0 {
		d.tell(PurposeSilence, 0, "", to...)
		d.append(&factRecorded{Fact: policy.FactVendorReminded, At: d.now.Time()})
	}
}

// onDuty returns who is told: the assignee if present, and for an escalation, or
// in the assignee's absence, the first of Config.OnCall who is. 0 is everybody.
// The assignee's name is in private; absences are recognised by its keyed hash.
func (d *decision) onDuty(kind policy.ReminderKind) (uint32, Private) {
	now := d.now.Time()
	var absences []policy.Absence
	if d.s.cfg.Absences != nil {
		absences = d.s.cfg.Absences(now)
	}
	present := d.c.Assigned
	for _, a := range absences {
		if d.s.actorTag(Private(a.Person)) == d.c.who && policy.Absent(a.Person, absences, now) {
			present = false
		}
	}
	if present && kind != policy.ReminderEscalate {
		return d.c.assignee, ""
	}
	order := slices.DeleteFunc(slices.Clone(d.s.cfg.OnCall), func(p string) bool {
		return kind == policy.ReminderEscalate && len(d.s.cfg.OnCall) > 1 && d.s.actorTag(Private(p)) == d.c.who
	})
	if p, ok := policy.FirstPresent(order, absences, now); ok {
		return d.actorNumber(Private(p), ""), Private(p)
	}
	return 0, ""
}
