package service

import (
	"cmp"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/advisory/tlp"
	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/caselog"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
	"github.com/cvdkit/cvdkit/cvd/storage"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// Filter selects cases. Zero fields select everything.
type Filter struct {
	Open, Closed bool        // not both; of submissions too: a dismissed one is closed
	Stage        *cvd.Stage  // for example StageQuarantine
	RM           *vultron.RM // the team's own report management state
	EM           *vultron.EM // the embargo's state
	Rating       *cvd.Rating // the highest rating of the case
	Assignee     cvd.Private // the actor it is assigned to
	Unassigned   bool        // nobody is assigned to it
	Kind         *cvd.Kind   // what sort of matter it is
	CVE          cvd.Private // that a vulnerability has
	Product      cvd.Private // the name of a product stream, in any case, or its package URL without a version
	Unread       bool        // others have sent what the team has not marked as read
	// DueBefore is for open cases with a date before it that is not met, also one that is
	// overdue. They are listed as ByDue lists them, but with CVE, Text or Party.
	DueBefore time.Time   `json:",omitzero"`
	Party     cvd.Private // the Identity of a participant
	// ByDue lists by the next date, and then those without one, the newest first; else
	// a list has the newest first. It goes with Open, and not with CVE, Text or Party.
	ByDue bool
	// Text is words, in any order and case, each of which the title has: whole words
	// of letters and digits, of the first 32. Everything else in it is space, so no
	// sign has a meaning. Who may not see the title does not find by it. Titles that
	// are sealed have no index: with Config.Sealer the error says so.
	Text cvd.Private
}

// forTeam reports whether the filter asks for what only the team sees.
func (f *Filter) forTeam() bool {
	return f.Kind != nil || f.CVE != "" || f.Product != "" || f.Unread || f.ByDue || !f.DueBefore.IsZero()
}

// Page is a part of a list.
type Page struct {
	Cases []cvd.Summary // at most as many as were asked for
	Next  string        // gives the next page; "" at the end
	// Problems holds the cases that belong here and cannot be read. The team sees
	// those in Cases too, without their title, if their head can be read.
	Problems []cvd.CaseProblem
}

// Find lists cases, the newest first or as Filter.ByDue says, at most n (1 to 1,000)
// after the page token, which is Page.Next of the page before or "". A case that
// matches all the while, and with ByDue keeps its date, is listed exactly once,
// whatever else changes between the pages. One
// that cannot be read is named in Page.Problems instead, and counts for n. With
// DueBefore and CVE, Text or Party a page may hold fewer than n, also where others
// follow.
//
// The team lists all cases that are open to Viewer.Groups. A participant, named by Viewer.Identity, lists the
// cases that it takes part in, with what View shows it of them; of the filter it
// may use Open, Closed, EM and Text. Otherwise the error is ErrDenied.
func (s *Service) Find(ctx context.Context, v cvd.Viewer, f Filter, page string, n int) (Page, error) {
	if !v.Team {
		if v.Identity == "" || v.Party != 0 || f.Stage != nil || f.RM != nil || f.Rating != nil || f.Assignee != "" || f.Unassigned || f.Party != "" || f.forTeam() {
			return Page{}, cvd.ErrDenied
		}
		f.Party = v.Identity
	}
	if n < 1 || n > 1000 {
		return Page{}, &cvd.InputError{Command: "Find", Field: "n", Problem: fmt.Sprintf("a page has 1 to 1000 cases, not %d", n), Err: nil}
	}
	if f.Text != "" && s.e.Cfg.Sealer != nil {
		return Page{}, &cvd.InputError{Command: "Find", Field: "Text", Problem: "titles are sealed, and what is sealed cannot be searched", Err: nil}
	}
	v = s.e.Knowing(v)
	if f.ByDue || !f.DueBefore.IsZero() && f.CVE == "" && f.Text == "" && f.Party == "" {
		return s.byDue(ctx, v, f, page, n)
	}
	q, some := s.filterQuery(f)
	q.Limit = n
	if page != "" {
		b, err := base64.RawURLEncoding.DecodeString(page)
		if err != nil || len(b) != len(q.Before.ID) {
			return Page{}, &cvd.InputError{Command: "Find", Field: "page", Problem: "it is not a token of a page before", Err: nil}
		}
		copy(q.Before.ID[:], b)
	}
	if !some {
		return Page{}, nil // the filter contradicts itself
	}
	find := s.e.Cfg.Store.Heads
	if f.CVE != "" {
		find = func(ctx context.Context, q storage.Query) ([]storage.Head, error) { return s.byCVE(ctx, f.CVE, q) }
	}
	heads, err := find(ctx, q)
	if err != nil {
		return Page{}, err
	}
	names := map[storage.Term]cvd.Private{}
	out := Page{Cases: make([]cvd.Summary, 0, len(heads))}
	last := cvd.CaseID{} // that was listed
	for listed, looked := 0, 0; ; {
		for _, h := range heads {
			x, err := s.line(ctx, h, v, f, names)
			switch {
			case errors.Is(err, cvd.ErrNotFound):
				continue // it is not for this viewer's eyes at all
			case ctx.Err() != nil:
				return Page{}, ctx.Err()
			case err != nil:
				out.Problems = append(out.Problems, cvd.CaseProblem{Case: h.ID, Err: err})
			}
			if x.ID != (cvd.CaseID{}) && (f.DueBefore.IsZero() || !x.Due.IsZero() && x.Due.Before(f.DueBefore)) {
				out.Cases = append(out.Cases, x)
			}
			if last, listed = h.ID, listed+1; listed == n {
				break
			}
		}
		more := len(heads) == q.Limit
		if looked += len(heads); more && listed < n && looked < mostPassed {
			// Others' cases make no page shorter, and their number shows nowhere.
			q.Before.ID, q.Limit = heads[len(heads)-1].ID, 1000
			if heads, err = find(ctx, q); err != nil {
				return Page{}, err
			}
			continue
		}
		if more && listed < n {
			last = heads[len(heads)-1].ID
		}
		if more || listed == n {
			out.Next = base64.RawURLEncoding.EncodeToString(last[:])
		}
		return out, nil
	}
}

// mostPassed bounds the cases that one page passes over because they are not for the
// viewer's eyes. Then it is shorter, although others follow.
const mostPassed = 100_000

// line is the line of a list: for the team also where its title cannot be read.
func (s *Service) line(ctx context.Context, h storage.Head, v cvd.Viewer, f Filter, names map[storage.Term]cvd.Private) (cvd.Summary, error) {
	if v.Team && !v.Kept(inner.Only{}).Every {
		y, err := s.e.OpenHead(h)
		if err != nil || !caselog.In(&v, y.Kept(inner.Only{}).Groups) {
			return cvd.Summary{}, cvd.ErrNotFound // nor is it told of one of which nobody knows whose it is
		}
		if f.Product != "" {
			if c, err := s.e.View(ctx, h.ID, v); err != nil || !slices.Contains(caselog.ProductTerms(c), s.productTerm(f.Product)) {
				return cvd.Summary{}, cmp.Or(err, cvd.ErrNotFound)
			}
		}
	}
	if !v.Team || v.Over != cvd.ProtectNone || v.Clearance != tlp.Unset {
		x, err := s.summary(ctx, h.ID, v)
		if f.Text != "" && (err != nil || !hasWords(x.Title, f.Text)) {
			return cvd.Summary{}, cmp.Or(ctx.Err(), cvd.ErrNotFound) // what it may not see it does not find
		}
		if err == nil && v.Team {
			y, err := s.e.OpenHead(h)
			x.Due, x.Unread, x.Score, x.Vulnerabilities, x.Published = y.Due, y.Unread, y.Score, y.Vulnerabilities, y.Published
			return x, err
		}
		return x, err
	}
	x, err := s.e.OpenHead(h)
	if err != nil {
		return cvd.Summary{}, err
	}
	if x.Title, err = s.e.OneText(ctx, x.ID, x.Kept(inner.Only{}).Titled, x.Kept(inner.Only{}).Title); err != nil {
		return x, err
	}
	known := false
	if x.Assignee, known = names[x.Kept(inner.Only{}).Who]; !known && x.Kept(inner.Only{}).Named != 0 {
		if x.Assignee, err = s.e.OneText(ctx, x.ID, x.Kept(inner.Only{}).Named, x.Kept(inner.Only{}).Name); x.Kept(inner.Only{}).Who != "" {
			names[x.Kept(inner.Only{}).Who] = x.Assignee
		}
	}
	return x, err
}

// summary makes the line of a list from what the viewer sees of the case. The
// numbers of reports and participants are those that it sees.
func (s *Service) summary(ctx context.Context, id cvd.CaseID, v cvd.Viewer) (cvd.Summary, error) {
	c, err := s.e.View(ctx, id, v)
	if err != nil {
		return cvd.Summary{}, err
	}
	ends, _ := c.Embargo.Ends()
	x := cvd.Summary{
		ID: c.ID, Number: c.Number, Kind: c.Kind, Stage: c.Submission.Stage, Title: c.Title, RM: c.RM(), EM: c.Embargo.State, Rating: c.Rating(),
		Reports: len(c.Reports), Parties: len(c.Participants), Opened: c.Opened, Changed: c.Opened, Ends: ends, Seq: c.Seq,
	}
	if c.You != 0 {
		x.Unread = len(c.UnreadBy(c.You).Messages)
	}
	if n := len(c.Events); n > 0 {
		x.Changed = c.Events[n-1].At
	}
	return x, nil
}

// Lookup returns the case that an identifier leads to, or ErrNotFound. Numbers
// are normalized first.
func (s *Service) Lookup(ctx context.Context, x cvd.ExternalID) (cvd.CaseID, error) {
	if x.Kind == cvd.IDNumber {
		x.Value = cvd.Private(NormalizeNumber(string(x.Value)))
	}
	return s.e.Cfg.Store.Lookup(ctx, s.e.ExternalKey(x))
}

// hasWords reports whether a title that a viewer sees is one that a filter asks for.
func hasWords(title, text cvd.Private) bool {
	words := caselog.WordsOf(title)
	for _, w := range caselog.WordsOf(text) {
		if !slices.Contains(words[:min(len(words), caselog.MostWords)], w) {
			return false
		}
	}
	return true
}

// NormalizeNumber reads a case number as people write it: in any case, with O
// for 0 and I or L for 1, with or without surrounding space or brackets.
func NormalizeNumber(s string) string {
	s = strings.ToUpper(strings.Trim(s, " \t\r\n[]()#"))
	i := strings.LastIndexByte(s, '-') + 1
	return s[:i] + strings.NewReplacer("O", "0", "I", "1", "L", "1").Replace(s[i:])
}
