package engine

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/caselog"
	"github.com/cvdkit/cvdkit/cvd/policy"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

func (s *Engine) TickCase(ctx context.Context, h storage.Head, now time.Time, out *cvd.Ticked) error {
	var alerts []cvd.Alert
	var unknown error
	c, _, err := s.change(ctx, h.ID, cvd.By{ID: tickID(h)}, false, nil, func(d *Decision) error {
		alerts = nil
		ds, t, err := s.DatesOf(d.c, storage.MillisOf(now))
		unknown = err
		for _, r := range policy.PendingReminders(ds, t, d.c.RemindedOf(ds)) {
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
	if c.Owes() {
		return errors.Join(s.tellKin(ctx, c, out), unknown)
	}
	if !c.Repeated {
		return unknown
	}
	return errors.Join(s.redue(ctx, h), unknown)
}

// redue corrects the head of a case that was due although there was nothing to
// do, so that it is not looked at again before its time.
func (s *Engine) redue(ctx context.Context, h storage.Head) error {
	c, err := s.Load(ctx, h.ID)
	if err != nil {
		return err
	}
	head := s.Head(c.Working(), storage.MillisOf(s.Cfg.Now())) // others read c meanwhile
	if head.Due == h.Due || c.Seq != h.Seq {
		return nil
	}
	err = s.Cfg.Store.Append(ctx, []storage.Change{{ID: c.ID, After: c.Seq, Tip: c.Tip, Head: head}})
	if errors.Is(err, cvd.ErrConflict) {
		return nil // whoever was first has set it
	}
	return err
}

// tickID makes the same tick of two processes one command.
func tickID(h storage.Head) cvd.CommandID { return derivedID("tick %s %d %d", h.ID, h.Seq, h.Due) }

// remind records one reminder and tells the team; silent vendors are written to.
func (d *Decision) remind(r policy.Reminder, dl policy.Deadline) cvd.Alert {
	a := cvd.Alert{Case: d.c.ID, Number: d.c.Number, Kind: r.Kind, Deadline: dl}
	x := &caselog.ReminderRecorded{Reminder: r.ID, Deadline: r.Deadline, Kind: r.Kind}
	x.To, a.To = d.onDuty(r.Kind)
	a.Assignee = x.To != 0 && a.To == ""
	d.append(x)
	ref := uint32(len(d.c.Reminded))
	if d.c.Participants[0].Routable {
		d.tell(cvd.PurposeReminder, ref, "", cvd.Owner)
	}
	if dl.Clock == ClockVendorSilent && r.Kind == policy.ReminderDue {
		d.remindVendors()
	}
	return a
}

// ClockVendorSilent is the clock of the team policy that vendors are reminded by.
const ClockVendorSilent = "vendor-silent"

func (d *Decision) remindVendors() {
	var to []cvd.PartyID
	for _, p := range d.c.Participants {
		if p.ID != cvd.Owner && p.Roles&cvd.RoleVendor != 0 && p.Answered.IsZero() && p.Routable {
			to = append(to, p.ID)
		}
	}
	if len(to) > 0 {
		d.tell(cvd.PurposeSilence, 0, "", to...)
		d.append(&caselog.FactRecorded{Fact: policy.FactVendorReminded, At: d.now.Time()})
	}
}

// onDuty returns who is told: the assignee if present, and for an escalation, or
// in the assignee's absence, the first of Config.OnCall who is. 0 is everybody.
// The assignee's name is in private; absences are recognised by its keyed hash.
func (d *Decision) onDuty(kind policy.ReminderKind) (uint32, cvd.Private) {
	now := d.now.Time()
	var absences []policy.Absence
	if d.s.Cfg.Absences != nil {
		absences = d.s.Cfg.Absences(now)
	}
	present := d.c.Assigned
	for _, a := range absences {
		if d.s.ActorTag(cvd.Private(a.Person)) == d.c.Who && policy.Absent(a.Person, absences, now) {
			present = false
		}
	}
	if present && kind != policy.ReminderEscalate {
		return d.c.AssigneeNumber, ""
	}
	order := slices.DeleteFunc(slices.Clone(d.s.Cfg.OnCall), func(p string) bool {
		return kind == policy.ReminderEscalate && len(d.s.Cfg.OnCall) > 1 && d.s.ActorTag(cvd.Private(p)) == d.c.Who
	})
	if p, ok := policy.FirstPresent(order, absences, now); ok {
		return d.actorNumber(cvd.Private(p), ""), cvd.Private(p)
	}
	return 0, ""
}
