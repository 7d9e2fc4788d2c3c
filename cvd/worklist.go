package cvd

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/cvd/policy"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// Overdue reports whether a date of the case has passed and is not met.
func (x *Summary) Overdue(now time.Time) bool { return !x.Due.IsZero() && now.After(x.Due) }

// EmbargoOver reports whether the embargo has run out and nobody has ended it: it
// holds up nothing any more, and is to be ended or followed by a publication.
func (x *Summary) EmbargoOver(now time.Time) bool {
	return x.EM.InForce() && !x.Ends.IsZero() && !now.Before(x.Ends)
}

// score is the highest score that the vulnerabilities have by their latest
// assessments.
func (c *Case) score() (score float64) {
	for i := range c.Vulnerabilities {
		v := &c.Vulnerabilities[i]
		last := 0.0
		for _, s := range v.Severity {
			if s.Rating == v.Rating {
				last = s.Score
			}
		}
		score = max(score, last)
	}
	return score
}

// published counts the vulnerabilities that are handled here, and those of them
// that were published.
func (c *Case) published() (all, out int) {
	for i := range c.Vulnerabilities {
		if v := &c.Vulnerabilities[i]; v.MovedTo == (CaseID{}) {
			all++
			if !v.Published.IsZero() {
				out++
			}
		}
	}
	return all, out
}

// nextDate is the date of the case that comes next, or that is overdue the longest.
func nextDate(ds []policy.Deadline) (next time.Time) {
	for i := range ds {
		if d := &ds[i]; d.Open() && !d.Due.IsZero() && (next.IsZero() || d.Due.Before(next)) {
			next = d.Due
		}
	}
	return next
}

// productTags are the keyed hashes by which Find knows a product: its name, and
// its package URL without a version.
func (s *Service) productTags(name, purl Private) (out []storage.Term) {
	for _, p := range []string{string(name), purlName(string(purl))} {
		if p = strings.ToLower(strings.TrimSpace(p)); p != "" {
			out = append(out, s.shortTag("product", p))
		}
	}
	return out
}

func purlName(purl string) string {
	purl, _, _ = strings.Cut(purl, "#")
	purl, _, _ = strings.Cut(purl, "?")
	if i := strings.LastIndexByte(purl, '@'); i > strings.LastIndexByte(purl, '/') {
		purl = purl[:i]
	}
	return purl
}

func (c *Case) productTerms() (out []storage.Term) {
	for i := range c.Streams {
		for _, t := range c.Streams[i].tags {
			out = append(out, "product:"+t)
		}
	}
	return out
}

// AgendaItem is a date of a case.
type AgendaItem struct {
	Case     CaseID          // whose date it is
	Number   string          // its number, for people
	Deadline policy.Deadline // as computed at the time that was asked for
}

// Agenda returns the dates of all open cases that are due before an instant and
// not met, the earliest first: what is overdue, and what comes. It is for the team,
// and tells of the cases that are open to Viewer.Groups; for others the error is
// ErrDenied. A case that cannot be read is named in the problems and holds up no other.
func (s *Service) Agenda(ctx context.Context, v Viewer, until time.Time) ([]AgendaItem, []CaseProblem, error) {
	if until.IsZero() || until.Year() > 9998 {
		return nil, nil, &InputError{"Agenda", "until", "it is no instant", nil}
	}
	if v = s.knowing(v); !v.Team {
		return nil, nil, ErrDenied
	}
	var out []AgendaItem
	var problems []CaseProblem
	now := s.cfg.Now()
	q := storage.Query{All: []storage.Term{"open"}, Any: dueUntil(until), Limit: 500}
	for {
		heads, err := s.cfg.Store.Heads(ctx, q)
		if err != nil {
			return nil, nil, err
		}
		for _, h := range heads {
			if x, err := s.openHead(h); !v.every && (err != nil || !v.in(x.groups)) {
				continue
			}
			c, err := s.load(ctx, h.ID)
			if ctx.Err() != nil {
				return nil, nil, ctx.Err()
			}
			if err != nil {
				problems = append(problems, CaseProblem{h.ID, err})
				continue
			}
			ds, err := s.deadlines(&c.Case, c.Facts, now)
			if err != nil {
				problems = append(problems, CaseProblem{h.ID, err})
			}
			for _, d := range ds {
				if d.Open() && !d.Due.IsZero() && d.Due.Before(until) {
					out = append(out, AgendaItem{c.ID, c.Number, d})
				}
			}
		}
		if len(heads) < q.Limit {
			break
		}
		q.Before.ID = heads[len(heads)-1].ID
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
func (s *Service) DoView(ctx context.Context, id CaseID, by By, v Viewer, cmds ...Command) (*Case, error) {
	if v.Team && id != (CaseID{}) {
		if c, err := s.load(ctx, id); err != nil {
			return nil, err
		} else if !s.maySee(c, v) {
			return nil, ErrNotFound
		}
	}
	c, err := s.Do(ctx, id, by, cmds...)
	if err != nil {
		return nil, err
	}
	seen, err := s.View(ctx, c.ID, v)
	if err != nil {
		return nil, fmt.Errorf("cvd: the commands were applied, and the case cannot be shown: %w", err)
	}
	seen.Repeated = c.Repeated
	return seen, nil
}

// byCVE is the head of the one case that a CVE ID leads to, if it has the terms.
func (s *Service) byCVE(ctx context.Context, cve Private, q storage.Query) ([]storage.Head, error) {
	id, err := s.cfg.Store.Lookup(ctx, s.externalKey(ExternalID{IDCVE, cve}))
	if err != nil || q.Before.ID != (CaseID{}) && slices.Compare(id[:], q.Before.ID[:]) >= 0 {
		return nil, noCase(err)
	}
	q.Before.ID, q.Limit = id, 1
	for i := len(q.Before.ID) - 1; i >= 0; i-- { // the position just before it
		if q.Before.ID[i]++; q.Before.ID[i] != 0 {
			break
		}
	}
	heads, err := s.cfg.Store.Heads(ctx, q)
	if err != nil || len(heads) == 0 || heads[0].ID != id {
		return nil, err
	}
	return heads, nil
}

// noCase is no error: a list without a line.
func noCase(err error) error {
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}
