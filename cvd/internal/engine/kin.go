package engine

import (
	"context"
	"errors"
	"fmt"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/caselog"
	"github.com/cvdkit/cvdkit/cvd/policy"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// tellKin works off what a case owes to related ones. One that cannot be written
// holds up no other, and is tried again.
func (s *Engine) tellKin(ctx context.Context, c *caselog.Folded, out *cvd.Ticked) (err error) {
	for i := range c.Kin {
		k := &c.Kin[i]
		if k.Told || len(caselog.GoesBeyond(&c.Case, k)) == 0 {
			continue
		}
		var failed error
		for _, id := range caselog.GoesBeyond(&c.Case, k) {
			if e := s.tellOfEnd(ctx, id, c.ID, k, out); e != nil && !errors.Is(e, cvd.ErrNotFound) {
				failed = fmt.Errorf("cvd: telling case %s of an early end: %w", id, e)
			}
		}
		if failed != nil {
			err = failed
			continue
		}
		_, _, e := s.change(ctx, c.ID, cvd.By{ID: derivedID("kin told %s %s %d", c.ID, k.Case, k.At.UnixMilli())}, false, nil, func(d *Decision) error {
			d.append(&caselog.KinTold{Origin: k.Case, At: k.At})
			return nil
		})
		err = errors.Join(err, e)
	}
	return err
}

func (s *Engine) tellOfEnd(ctx context.Context, id, from cvd.CaseID, k *caselog.KinEnd, out *cvd.Ticked) error {
	var alerts []cvd.Alert
	by := cvd.By{ID: derivedID("kin %s %s %s %d", id, from, k.Case, k.At.UnixMilli())}
	c, _, err := s.change(ctx, id, by, false, nil, func(d *Decision) error {
		alerts = nil
		if d.c.KnowsOf(k.Case, k.At) {
			return errRepeated
		}
		d.append(&caselog.KinEnded{Origin: k.Case, Number: k.Number, From: from, Why: k.Why, At: k.At})
		if em := d.c.Embargo.State; !d.c.Open() || !em.InForce() && em != vultron.EMProposed {
			return nil // nothing is secret here by agreement
		}
		a := cvd.Alert{Case: d.c.ID, Number: d.c.Number, Kind: policy.ReminderDue, Deadline: policy.Deadline{
			ID: "related-embargo/" + k.Number, Clock: "related-embargo", State: policy.DeadlineOverdue, Due: k.At,
			Title: fmt.Sprintf("The embargo of case %s ended early: %s", k.Number, k.Why),
		}}
		var to uint32
		to, a.To = d.onDuty(a.Kind)
		a.Assignee = to != 0 && a.To == ""
		if d.c.Participants[0].Routable {
			d.tell(cvd.PurposeRelated, uint32(len(d.c.RelatedEndsAfter())), "", cvd.Owner)
		}
		alerts = []cvd.Alert{a}
		return nil
	})
	if err == nil && !c.Repeated {
		out.Reminders = append(out.Reminders, alerts...)
	}
	return err
}
