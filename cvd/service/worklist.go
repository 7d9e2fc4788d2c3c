package service

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/caselog"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
	"github.com/cvdkit/cvdkit/cvd/policy"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// AgendaItem is a date of a case.
type AgendaItem struct {
	Case     cvd.CaseID      // whose date it is
	Number   string          // its number, for people
	Deadline policy.Deadline // as computed at the time that was asked for
}

// Agenda returns the dates of all open cases that are due before an instant and
// not met, the earliest first: what is overdue, and what comes. It is for the team,
// and tells of the cases that are open to Viewer.Groups; for others the error is
// ErrDenied. A case that cannot be read is named in the problems and holds up no other.
func (s *Service) Agenda(ctx context.Context, v cvd.Viewer, until time.Time) ([]AgendaItem, []cvd.CaseProblem, error) {
	if until.IsZero() || until.Year() > 9998 {
		return nil, nil, &cvd.InputError{Command: "Agenda", Field: "until", Problem: "it is no instant", Err: nil}
	}
	if v = s.e.Knowing(v); !v.Team {
		return nil, nil, cvd.ErrDenied
	}
	var out []AgendaItem
	var problems []cvd.CaseProblem
	now := s.e.Cfg.Now()
	var qs []storage.Query
	for _, x := range openStages() {
		qs = append(qs, caselog.DuePaths(x, "")[0].Dated(time.Time{}, upTo(until)))
	}
	for len(qs) > 0 {
		q := &qs[0]
		q.Limit = 500
		heads, err := s.e.Cfg.Store.Heads(ctx, *q)
		if err != nil {
			return nil, nil, err
		}
		for _, h := range heads {
			if x, err := s.e.OpenHead(h); !v.Kept(inner.Only{}).Every && (err != nil || !caselog.In(&v, x.Kept(inner.Only{}).Groups)) {
				continue
			}
			c, err := s.e.Load(ctx, h.ID)
			if ctx.Err() != nil {
				return nil, nil, ctx.Err()
			}
			if err != nil {
				problems = append(problems, cvd.CaseProblem{Case: h.ID, Err: err})
				continue
			}
			ds, err := s.e.Deadlines(&c.Case, c.Facts, now)
			if err != nil {
				problems = append(problems, cvd.CaseProblem{Case: h.ID, Err: err})
			}
			for _, d := range ds {
				if d.Open() && !d.Due.IsZero() && d.Due.Before(until) {
					out = append(out, AgendaItem{c.ID, c.Number, d})
				}
			}
		}
		if len(heads) < q.Limit {
			qs = qs[1:]
			continue
		}
		last := heads[len(heads)-1]
		q.Before = storage.Cursor{Under: last.Under, ID: last.ID}
	}
	slices.SortStableFunc(out, func(a, b AgendaItem) int { return a.Deadline.Due.Compare(b.Deadline.Due) })
	return out, problems, nil
}

// DoView is Do for who needs the texts at once: it returns the case as View shows
// it to the viewer afterwards. A viewer of the team to whose groups the case is not
// open gets ErrNotFound, and nothing is applied. Of all others nobody asks before
// whether they may see the case: ask View or MaySee. If the commands were applied and
// the case cannot be read, the error says so, and may be ErrNotFound for such a viewer;
// a repeat with the same By.ID is safe.
func (s *Service) DoView(ctx context.Context, id cvd.CaseID, by cvd.By, v cvd.Viewer, cmds ...cvd.Command) (*cvd.Case, error) {
	if v.Team && id != (cvd.CaseID{}) {
		if c, err := s.e.Load(ctx, id); err != nil {
			return nil, err
		} else if !s.maySee(c, v) {
			return nil, cvd.ErrNotFound
		}
	}
	c, err := s.e.Do(ctx, id, by, cmds...)
	if err != nil {
		return nil, err
	}
	seen, err := s.e.View(ctx, c.ID, v)
	if err != nil {
		return nil, fmt.Errorf("cvd: the commands were applied, and the case cannot be shown: %w", err)
	}
	seen.Repeated = c.Repeated
	return seen, nil
}

// byCVE is the head of the one case that a CVE ID leads to, if it has the terms.
func (s *Service) byCVE(ctx context.Context, cve cvd.Private, q storage.Query) ([]storage.Head, error) {
	id, err := s.e.Cfg.Store.Lookup(ctx, s.e.ExternalKey(cvd.ExternalID{Kind: cvd.IDCVE, Value: cve}))
	if err != nil || q.Before.ID != (cvd.CaseID{}) && slices.Compare(id[:], q.Before.ID[:]) >= 0 {
		return nil, noCase(err)
	}
	q.Before.ID, q.Limit = id, 1
	for i := len(q.Before.ID) - 1; i >= 0; i-- { // the position just before it
		if q.Before.ID[i]++; q.Before.ID[i] != 0 {
			break
		}
	}
	heads, err := s.e.Cfg.Store.Heads(ctx, q)
	if err != nil || len(heads) == 0 || heads[0].ID != id {
		return nil, err
	}
	return heads, nil
}

// noCase is no error: a list without a line.
func noCase(err error) error {
	if errors.Is(err, cvd.ErrNotFound) {
		return nil
	}
	return err
}
