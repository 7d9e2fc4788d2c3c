package engine

import (
	"context"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/caselog"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

func (d *Decision) decideLegalHold(x cvd.LegalHold) error {
	if err := d.check().needed("Reason", x.Reason == "").text("Reason", x.Reason).err; err != nil {
		return err
	}
	if d.c.Held {
		return d.refuse(cvd.RuleOnce, "there is a hold")
	}
	d.emit(&caselog.HoldPlaced{Reason: x.Reason})
	return nil
}

func (d *Decision) decideLiftHold(x cvd.LiftHold) error {
	if err := d.check().needed("Reason", x.Reason == "").text("Reason", x.Reason).err; err != nil {
		return err
	}
	if !d.c.Held {
		return d.refuse(cvd.RuleOnce, "there is no hold")
	}
	d.emit(&caselog.HoldReleased{Reason: x.Reason})
	return nil
}

func (s *Engine) RetainCase(ctx context.Context, id cvd.CaseID, out *cvd.Retained) error {
	c, err := s.Load(ctx, id)
	if err != nil {
		return err
	}
	what := s.retained(c)
	if what == 0 || c.Spent(what) {
		return nil
	}
	if c.Held {
		out.Held++
		return nil
	}
	by := cvd.By{ID: retention(c, what)}
	e, err := s.erase(ctx, id, by, cvd.ErasePerson{Basis: cvd.EraseRetention}, nil, func(d *Decision) (caselog.Erasure, error) {
		return d.c.Expired(what), nil
	})
	if len(e.Records) > 0 {
		out.Erased = append(out.Erased, e)
	}
	return err
}

// retained returns what may no longer be kept.
func (s *Engine) retained(c *caselog.Folded) (what cvd.Erasable) {
	if c.Open() {
		return 0
	}
	closed := lastClosed(&c.Case)
	for _, r := range s.Cfg.Retention {
		if !s.Cfg.Now().Before(closed.Add(r.After)) {
			what |= r.What
		}
	}
	return what
}

func lastClosed(c *cvd.Case) (t time.Time) {
	if c.Submission.Stage == cvd.StageDismissed {
		t = c.Submission.Decided
	}
	for i := range c.Events {
		if e := &c.Events[i]; e.Kind == cvd.EventPartyRM && e.Party == cvd.Owner && vultron.RM(e.Kept(inner.Only{}).Detail) == vultron.RMClosed {
			t = e.At
		}
	}
	return t
}

func retention(c *caselog.Folded, what cvd.Erasable) cvd.CommandID {
	return derivedID("retain %s %d %d", c.ID, c.Seq, what)
}
