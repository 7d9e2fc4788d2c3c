package cvd

import (
	"context"
	"fmt"
	"github.com/cvdkit/cvdkit/cvd/storage"
	"github.com/cvdkit/cvdkit/cvd/vultron"
	"time"
)

// LegalHold forbids every erasure in the case, by request or by retention, until
// LiftHold.
type LegalHold struct {
	Reason Private // required; for the team
}

func (x LegalHold) decide(d *decision) error {
	if err := d.check().needed("Reason", x.Reason == "").text("Reason", x.Reason).err; err != nil {
		return err
	}
	if d.c.Held {
		return d.refuse(RuleOnce, "there is a hold")
	}
	d.emit(&holdPlaced{Reason: x.Reason})
	return nil
}

// LiftHold ends a LegalHold. It erases nothing.
type LiftHold struct {
	Reason Private // required; for the team
}

func (x LiftHold) decide(d *decision) error {
	if err := d.check().needed("Reason", x.Reason == "").text("Reason", x.Reason).err; err != nil {
		return err
	}
	if !d.c.Held {
		return d.refuse(RuleOnce, "there is no hold")
	}
	d.emit(&holdReleased{Reason: x.Reason})
	return nil
}

// Retention is a rule for how long a closed case keeps personal data.
type Retention struct {
	After time.Duration // since the case was closed last
	What  Erasable      // is erased then
}

// Erasable is a set of what a rule of retention removes.
type Erasable uint8

// What can be removed. They can be combined.
const (
	EraseReporters Erasable = 1 << iota // reporters and finders, as ErasePerson does
	EraseParties                        // all participants but the owner, likewise
	EraseStaff                          // the names of actors
	EraseTexts                          // every private part of the case, and every file
)

// Retained is what one call of Retain did.
type Retained struct {
	Cases  int      // looked at
	Erased []Erased // what each erasure removed
	Held   int      // kept by a legal hold
	Next   CaseID   // gives the next call; zero at the end
}

// Retain applies Config.Retention to at most n closed cases, the newest first,
// after the one that the call before returned; the zero CaseID starts. It is
// safe to call from many processes: each erasure happens once.
func (s *Service) Retain(ctx context.Context, after CaseID, n int) (Retained, error) {
	var out Retained
	if n < 1 || len(s.cfg.Retention) == 0 {
		return out, nil
	}
	heads, err := s.cfg.Store.Heads(ctx, storage.Query{All: []storage.Term{"closed"}, Before: storage.Cursor{ID: after}, Limit: n})
	if err != nil {
		return out, err
	}
	for _, h := range heads {
		if err := s.retainCase(ctx, h.ID, &out); err != nil {
			return out, fmt.Errorf("cvd: retention of case %s: %w", h.ID, err)
		}
		out.Cases, out.Next = out.Cases+1, h.ID
	}
	if len(heads) < n {
		out.Next = CaseID{}
	}
	return out, nil
}

func (s *Service) retainCase(ctx context.Context, id CaseID, out *Retained) error {
	c, err := s.load(ctx, id)
	if err != nil {
		return err
	}
	what := s.retained(c)
	if what == 0 || c.spent(what) {
		return nil
	}
	if c.Held {
		out.Held++
		return nil
	}
	by := By{ID: retention(c, what)}
	e, err := s.erase(ctx, id, by, ErasePerson{Basis: EraseRetention}, nil, func(d *decision) (erasure, error) {
		return d.c.expired(what), nil
	})
	if len(e.Records) > 0 {
		out.Erased = append(out.Erased, e)
	}
	return err
}

// retained returns what may no longer be kept.
func (s *Service) retained(c *folded) (what Erasable) {
	if c.Open() {
		return 0
	}
	closed := c.lastClosed()
	for _, r := range s.cfg.Retention {
		if !s.cfg.Now().Before(closed.Add(r.After)) {
			what |= r.What
		}
	}
	return what
}

func (c *Case) lastClosed() (t time.Time) {
	if c.Submission.Stage == StageDismissed {
		t = c.Submission.Decided
	}
	for i := range c.Events {
		if e := &c.Events[i]; e.Kind == EventPartyRM && e.Party == Owner && vultron.RM(e.detail) == vultron.RMClosed {
			t = e.At
		}
	}
	return t
}

// expired is the erasure that a rule demands.
func (c *folded) expired(what Erasable) erasure {
	e := erasure{basis: EraseRetention, all: what&EraseTexts != 0}
	for _, p := range c.Participants {
		reporter := p.Roles&(RoleReporter|RoleFinder) != 0
		if p.ID != Owner && (what&(EraseParties|EraseTexts) != 0 || reporter && what&EraseReporters != 0) {
			e.parties = append(e.parties, p.ID)
		}
	}
	if what&(EraseStaff|EraseTexts) != 0 {
		for i := range c.actorTags {
			e.actors = append(e.actors, uint32(i+1))
		}
	}
	return e
}

// spent reports that a rule was applied and nothing was written since but
// erasures, so that Retain need not read the whole log again.
func (c *folded) spent(what Erasable) bool {
	last := len(c.Events)
	for last > 0 && c.Events[last-1].Kind != EventPrivateErased {
		last--
	}
	if last == 0 || last != len(c.Events) {
		return false
	}
	e := c.expired(what)
	if e.all && c.emptied != c.Seq {
		return false
	}
	for _, p := range e.parties {
		if !c.Participants[p-1].Erased {
			return false
		}
	}
	for _, n := range e.actors {
		if c.actorTags[n-1] != "" {
			return false
		}
	}
	return true
}

func retention(c *folded, what Erasable) CommandID {
	return derivedID("retain %s %d %d", c.ID, c.Seq, what)
}
