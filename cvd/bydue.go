package cvd

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"slices"
	"time"

	"github.com/cvdkit/cvdkit/cvd/policy"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// A list by date reads the index from its oldest entry on: years, then one year by its
// months, then one month by its days. Each is asked for no more cases than the page has
// room for; one that has more is asked in parts. So a page costs what it shows, however
// many cases there are.

// firstDue and lastDue are the years in which the index has dates. What lies before or
// after is at the beginning or the end.
const firstDue, lastDue = 2000, 2063

// termUndated marks open cases without a date.
const termUndated storage.Term = "due:none"

// undated reports whether a list by date has the case after those with one.
func (c *folded) undated() bool { return c.Seq != 0 && c.dueDate.IsZero() && c.Open() }

// span is a year, a month or a day, by its first day in UTC.
type span struct {
	day  time.Time
	unit string // a layout of package time
}

const (
	dueYear  = "2006"
	dueMonth = "2006-01"
	dueDay   = time.DateOnly
)

func (x span) term() storage.Term { return storage.Term("due:" + x.day.Format(x.unit)) }

// parts are the shorter spans that are the same together; none of a day.
func (x span) parts() (out []span) {
	switch x.unit {
	case dueYear:
		for m := range 12 {
			out = append(out, span{x.day.AddDate(0, m, 0), dueMonth})
		}
	case dueMonth:
		for d := range x.day.AddDate(0, 1, -1).Day() {
			out = append(out, span{x.day.AddDate(0, 0, d), dueDay})
		}
	}
	return out
}

// dayOf is the day under which the index has a date.
func dayOf(t time.Time) time.Time {
	t = t.UTC()
	switch y := t.Year(); {
	case y < firstDue:
		return time.Date(firstDue, 1, 1, 0, 0, 0, 0, time.UTC)
	case y > lastDue:
		return time.Date(lastDue, 12, 31, 0, 0, 0, 0, time.UTC)
	}
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
}

// dueTerms are the index entries of a date.
func dueTerms(t time.Time) (out []storage.Term) {
	for _, unit := range []string{dueYear, dueMonth, dueDay} {
		out = append(out, span{dayOf(t), unit}.term())
	}
	return out
}

// datesOf are the index entries that dates can have, whichever of them comes next.
func datesOf(ds []policy.Deadline) (out []storage.Term) {
	for i := range ds {
		if !ds[i].Due.IsZero() {
			out = append(out, dueTerms(ds[i].Due)...)
		}
	}
	return without(out, nil)
}

// dueUntil are the entries of all dates up to an instant: of years, of months of its
// year, of days of its month.
func dueUntil(until time.Time) (out []storage.Term) {
	last := dayOf(until)
	for y := firstDue; y < last.Year(); y++ {
		out = append(out, span{time.Date(y, 1, 1, 0, 0, 0, 0, time.UTC), dueYear}.term())
	}
	for m := time.January; m < last.Month(); m++ {
		out = append(out, span{time.Date(last.Year(), m, 1, 0, 0, 0, 0, time.UTC), dueMonth}.term())
	}
	for d := 1; d <= last.Day(); d++ {
		out = append(out, span{time.Date(last.Year(), last.Month(), d, 0, 0, 0, 0, time.UTC), dueDay}.term())
	}
	return out
}

// spansFrom are those from the day of an instant on, in groups that are asked for
// together: most dates are near. The zero Time gives all.
func spansFrom(from, now time.Time) (out [][]span) {
	if from.IsZero() {
		return yearsFrom(firstDue, now)
	}
	begin := dayOf(from)
	for d := begin; d.Month() == begin.Month(); d = d.AddDate(0, 0, 1) {
		if len(out) < 2 { // its own day, and the rest of its month
			out = append(out, nil)
		}
		out[len(out)-1] = append(out[len(out)-1], span{d, dueDay})
	}
	var months []span
	for m := begin.Month() + 1; m <= time.December; m++ {
		months = append(months, span{time.Date(begin.Year(), m, 1, 0, 0, 0, 0, time.UTC), dueMonth})
	}
	if out = append(out, months); len(months) == 0 {
		out = out[:len(out)-1]
	}
	return append(out, yearsFrom(begin.Year()+1, now)...)
}

func yearsFrom(first int, now time.Time) (out [][]span) {
	var years []span
	for y := first; y <= lastDue; y++ {
		if near := y - now.UTC().Year(); len(years) > 0 && near >= -2 && near <= 2 {
			out, years = append(out, years), nil
		}
		years = append(years, span{time.Date(y, 1, 1, 0, 0, 0, 0, time.UTC), dueYear})
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
	id  CaseID
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
		return x, &InputError{"Find", "page", "it is not a token of a page before", nil}
	}
	if len(b) > len(x.id) {
		x.due, b = time.UnixMilli(int64(binary.BigEndian.Uint64(b))).UTC(), b[8:]
		if x.due.Year() < 1 || x.due.Year() > 9999 {
			return x, &InputError{"Find", "page", "it is not a token of a page before", nil}
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
func (s *Service) byDue(ctx context.Context, v Viewer, f Filter, page string, n int) (out Page, err error) {
	if !f.Open || f.CVE != "" || f.Text != "" || f.Party != "" {
		return Page{}, &InputError{"Find", "ByDue", "only open cases have dates, and a list by date has no CVE, Text or Party", nil}
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
	p := &duePage{Service: s, v: v, f: f, q: q, n: n, after: after, before: before, names: map[storage.Term]Private{}}
	if page == "" || !after.due.IsZero() {
		for _, x := range spansFrom(after.due, s.cfg.Now()) {
			if !before.IsZero() && x[0].day.After(before) {
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
	v             Viewer
	f             Filter
	q             storage.Query // without a date
	n             int
	after, last   dueCursor // last: that was listed
	before        time.Time // zero: no end
	names         map[storage.Term]Private
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
func (p *duePage) heads(ctx context.Context, terms []storage.Term, before CaseID, limit int) ([]storage.Head, error) {
	q := storage.Query{All: slices.Clone(p.q.All), Limit: limit}
	if q.Before.ID = before; len(terms) == 1 {
		// First, so that it leads in a Store that takes two wide terms for equal: the
		// newest of the other terms have no old dates, and would all be looked at.
		q.All = slices.Insert(q.All, 0, terms[0])
	} else {
		q.Any = terms
	}
	return p.cfg.Store.Heads(ctx, q)
}

// read lists the cases of spans in a row.
func (p *duePage) read(ctx context.Context, xs []span) error {
	var terms []storage.Term
	for _, x := range xs {
		terms = append(terms, x.term())
	}
	room := p.n - p.known + 1 // one more tells that others follow
	heads, err := p.heads(ctx, terms, CaseID{}, room)
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
	case xs[0].unit != dueDay:
		return p.read(ctx, xs[0].parts())
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
		if x, err := p.openHead(h); err == nil {
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
	case errors.Is(err, ErrNotFound):
		return nil // it is not for this viewer's eyes
	case ctx.Err() != nil:
		return ctx.Err()
	case p.known == p.n:
		p.more = true
		return nil
	case err != nil:
		p.out.Problems = append(p.out.Problems, CaseProblem{h.ID, err})
	}
	if x.ID != (CaseID{}) {
		p.out.Cases = append(p.out.Cases, x)
	}
	p.known, p.last = p.known+1, at
	return nil
}

// undated lists the cases without a date, the newest first.
func (p *duePage) undated(ctx context.Context) error {
	last := CaseID{}
	if p.after.due.IsZero() {
		last = p.after.id
	}
	for looked := 0; looked < mostPassed; {
		limit := p.n - p.known + 1
		heads, err := p.heads(ctx, []storage.Term{termUndated}, last, limit)
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
