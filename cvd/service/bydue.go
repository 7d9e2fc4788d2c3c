package service

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"slices"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/caselog"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// dueUntil are the entries of all dates up to an instant: of years, of months of its
// year, of days of its month.
func dueUntil(until time.Time) (out []storage.Term) {
	last := caselog.DayOf(until)
	for y := caselog.FirstDue; y < last.Year(); y++ {
		out = append(out, caselog.Span{Day: time.Date(y, 1, 1, 0, 0, 0, 0, time.UTC), Unit: caselog.DueYear}.Term())
	}
	for m := time.January; m < last.Month(); m++ {
		out = append(out, caselog.Span{Day: time.Date(last.Year(), m, 1, 0, 0, 0, 0, time.UTC), Unit: caselog.DueMonth}.Term())
	}
	for d := 1; d <= last.Day(); d++ {
		out = append(out, caselog.Span{Day: time.Date(last.Year(), last.Month(), d, 0, 0, 0, 0, time.UTC), Unit: caselog.DueDay}.Term())
	}
	return out
}

// spansFrom are those from the day of an instant on, in groups that are asked for
// together: most dates are near. The zero Time gives all.
func spansFrom(from, now time.Time) (out [][]caselog.Span) {
	if from.IsZero() {
		return yearsFrom(caselog.FirstDue, now)
	}
	begin := caselog.DayOf(from)
	for d := begin; d.Month() == begin.Month(); d = d.AddDate(0, 0, 1) {
		if len(out) < 2 { // its own day, and the rest of its month
			out = append(out, nil)
		}
		out[len(out)-1] = append(out[len(out)-1], caselog.Span{Day: d, Unit: caselog.DueDay})
	}
	var months []caselog.Span
	for m := begin.Month() + 1; m <= time.December; m++ {
		months = append(months, caselog.Span{Day: time.Date(begin.Year(), m, 1, 0, 0, 0, 0, time.UTC), Unit: caselog.DueMonth})
	}
	if out = append(out, months); len(months) == 0 {
		out = out[:len(out)-1]
	}
	return append(out, yearsFrom(begin.Year()+1, now)...)
}

func yearsFrom(first int, now time.Time) (out [][]caselog.Span) {
	var years []caselog.Span
	for y := first; y <= caselog.LastDue; y++ {
		if near := y - now.UTC().Year(); len(years) > 0 && near >= -2 && near <= 2 {
			out, years = append(out, years), nil
		}
		years = append(years, caselog.Span{Day: time.Date(y, 1, 1, 0, 0, 0, 0, time.UTC), Unit: caselog.DueYear})
	}
	if len(years) > 0 {
		out = append(out, years)
	}
	return out
}

// dueCursor is where a page by date ended. Of the cases without a date it is the ID
// of the last.
type dueCursor struct {
	due time.Time
	id  cvd.CaseID
}

func (x dueCursor) token() string {
	var b []byte
	if !x.due.IsZero() {
		b = binary.BigEndian.AppendUint64(b, uint64(x.due.UnixMilli()))
	}
	return base64.RawURLEncoding.EncodeToString(append(b, x.id[:]...))
}

func readDueCursor(token string) (x dueCursor, err error) {
	b, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(b) != len(x.id) && len(b) != len(x.id)+8 {
		return x, &cvd.InputError{Command: "Find", Field: "page", Problem: "it is not a token of a page before", Err: nil}
	}
	if len(b) > len(x.id) {
		x.due, b = time.UnixMilli(int64(binary.BigEndian.Uint64(b))).UTC(), b[8:]
		if x.due.Year() < 1 || x.due.Year() > 9999 {
			return x, &cvd.InputError{Command: "Find", Field: "page", Problem: "it is not a token of a page before", Err: nil}
		}
	}
	copy(x.id[:], b)
	return x, nil
}

// order compares two places in a list by date.
func (x dueCursor) order(y dueCursor) int {
	return cmp.Or(x.due.Compare(y.due), slices.Compare(x.id[:], y.id[:]))
}

// byDue is Find with Filter.ByDue.
func (s *Service) byDue(ctx context.Context, v cvd.Viewer, f Filter, page string, n int) (out Page, err error) {
	if !f.Open || f.CVE != "" || f.Text != "" || f.Party != "" {
		return Page{}, &cvd.InputError{Command: "Find", Field: "ByDue", Problem: "only open cases have dates, and a list by date has no CVE, Text or Party", Err: nil}
	}
	var after dueCursor
	if page != "" {
		if after, err = readDueCursor(page); err != nil {
			return Page{}, err
		}
	}
	before := f.DueBefore
	f.DueBefore = time.Time{}
	q, some := s.filterQuery(f)
	if !some {
		return Page{}, nil
	}
	p := &duePage{Service: s, v: v, f: f, q: q, n: n, after: after, before: before, names: map[storage.Term]cvd.Private{}}
	if page == "" || !after.due.IsZero() {
		for _, x := range spansFrom(after.due, s.e.Cfg.Now()) {
			if !before.IsZero() && x[0].Day.After(before) {
				break
			}
			if err := p.read(ctx, x); err != nil || p.more {
				return p.done(), err
			}
		}
	}
	if !before.IsZero() {
		return p.done(), nil
	}
	return p.done(), p.undated(ctx)
}

// duePage is a page by date that is being read.
type duePage struct {
	*Service
	v             cvd.Viewer
	f             Filter
	q             storage.Query // without a date
	n             int
	after, last   dueCursor // last: that was listed
	before        time.Time // zero: no end
	names         map[storage.Term]cvd.Private
	out           Page
	looked, known int
	more          bool // the page is full
}

func (p *duePage) done() Page {
	if p.more {
		p.out.Next = p.last.token()
	}
	return p.out
}

// heads are those of cases with one of the terms, the newest first.
func (p *duePage) heads(ctx context.Context, terms []storage.Term, before cvd.CaseID, limit int) ([]storage.Head, error) {
	q := storage.Query{All: slices.Clone(p.q.All), Limit: limit}
	if q.Before.ID = before; len(terms) == 1 {
		// First, so that it leads in a Store that takes two wide terms for equal: the
		// newest of the other terms have no old dates, and would all be looked at.
		q.All = slices.Insert(q.All, 0, terms[0])
	} else {
		q.Any = terms
	}
	return p.e.Cfg.Store.Heads(ctx, q)
}

// read lists the cases of spans in a row.
func (p *duePage) read(ctx context.Context, xs []caselog.Span) error {
	var terms []storage.Term
	for _, x := range xs {
		terms = append(terms, x.Term())
	}
	room := p.n - p.known + 1 // one more tells that others follow
	heads, err := p.heads(ctx, terms, cvd.CaseID{}, room)
	if err != nil {
		return err
	}
	switch {
	case len(heads) < room:
	case len(xs) > 1:
		half := len(xs) / 2
		if err := p.read(ctx, xs[:half]); err != nil || p.more {
			return err
		}
		return p.read(ctx, xs[half:])
	case xs[0].Unit != caselog.DueDay:
		return p.read(ctx, xs[0].Parts())
	default: // all of one day
		for last := heads; len(last) == room; heads = append(heads, last...) {
			if last, err = p.heads(ctx, terms, last[len(last)-1].ID, room); err != nil {
				return err
			}
		}
	}
	return p.list(ctx, heads)
}

// list puts heads in order, and as many of them on the page as it has room for.
func (p *duePage) list(ctx context.Context, heads []storage.Head) error {
	type place struct {
		dueCursor
		head storage.Head
	}
	var all []place
	for _, h := range heads {
		at := dueCursor{id: h.ID}
		if x, err := p.e.OpenHead(h); err == nil {
			at.due = x.Due.Truncate(time.Millisecond).UTC()
		} else {
			at.due = p.last.due // it cannot be read: it stands where it was found
		}
		if (p.after == dueCursor{} || at.order(p.after) > 0) && (p.before.IsZero() || at.due.Before(p.before)) {
			all = append(all, place{at, h})
		}
	}
	slices.SortFunc(all, func(a, b place) int { return a.order(b.dueCursor) })
	for _, x := range all {
		if err := p.add(ctx, x.dueCursor, x.head); err != nil || p.more {
			return err
		}
	}
	if p.looked += len(all); p.looked >= mostPassed {
		p.more, p.last = true, all[len(all)-1].dueCursor
	}
	return nil
}

func (p *duePage) add(ctx context.Context, at dueCursor, h storage.Head) error {
	x, err := p.line(ctx, h, p.v, p.f, p.names)
	switch {
	case errors.Is(err, cvd.ErrNotFound):
		return nil // it is not for this viewer's eyes
	case ctx.Err() != nil:
		return ctx.Err()
	case p.known == p.n:
		p.more = true
		return nil
	case err != nil:
		p.out.Problems = append(p.out.Problems, cvd.CaseProblem{Case: h.ID, Err: err})
	}
	if x.ID != (cvd.CaseID{}) {
		p.out.Cases = append(p.out.Cases, x)
	}
	p.known, p.last = p.known+1, at
	return nil
}

// undated lists the cases without a date, the newest first.
func (p *duePage) undated(ctx context.Context) error {
	last := cvd.CaseID{}
	if p.after.due.IsZero() {
		last = p.after.id
	}
	for looked := 0; looked < mostPassed; {
		limit := p.n - p.known + 1
		heads, err := p.heads(ctx, []storage.Term{caselog.TermUndated}, last, limit)
		if err != nil {
			return err
		}
		for _, h := range heads {
			if err := p.add(ctx, dueCursor{id: h.ID}, h); err != nil || p.more {
				return err
			}
			last = h.ID
		}
		if looked += len(heads); len(heads) < limit {
			return nil
		}
	}
	p.more, p.last = true, dueCursor{id: last}
	return nil
}
