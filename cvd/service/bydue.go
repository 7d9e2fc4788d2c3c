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

// mostSorted is how many cases a list by date sorts itself: more are picked from the
// index of dates.
const mostSorted = 500

// upTo is the first instant of an index of milliseconds that is not before t.
func upTo(t time.Time) time.Time {
	if x := t.Truncate(time.Millisecond); !x.Equal(t) {
		return x.Add(time.Millisecond)
	}
	return t
}

// openStages are those in which a case can be open.
func openStages() (out []cvd.Stage) {
	for _, x := range standings {
		if x.Open() && !slices.Contains(out, x.Stage) {
			out = append(out, x.Stage)
		}
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

// before reports whether a case stands before another: by their dates, and of the same
// date by age. Those without a date are the last, the newest of them first.
func (x dueCursor) before(y dueCursor) bool {
	switch {
	case x.due.IsZero() != y.due.IsZero():
		return y.due.IsZero()
	case x.due.IsZero():
		return slices.Compare(x.id[:], y.id[:]) > 0
	}
	return cmp.Or(x.due.Compare(y.due), slices.Compare(x.id[:], y.id[:])) < 0
}

// byDue is Find with Filter.ByDue, or with DueBefore.
func (s *Service) byDue(ctx context.Context, v cvd.Viewer, f Filter, page string, n int) (out Page, err error) {
	if f.ByDue && (!f.Open || f.CVE != "" || f.Text != "" || f.Party != "") {
		return Page{}, &cvd.InputError{Command: "Find", Field: "ByDue", Problem: "only open cases have dates, and a list by date has no CVE, Text or Party", Err: nil}
	}
	p := &duePage{Service: s, v: v, f: f, n: n, names: map[storage.Term]cvd.Private{}}
	if page != "" {
		if p.last, err = readDueCursor(page); err != nil {
			return Page{}, err
		}
	}
	f.Open = true
	q, paths, some := s.dueQuery(f)
	if f.Closed || !some {
		return Page{}, nil
	}
	if len(q.All)+len(q.Any) > 0 {
		if all, err := s.fewDue(ctx, f); err != nil || len(all) < mostSorted {
			if err == nil {
				err = p.list(ctx, all)
			}
			return p.done(), err
		}
	}
	var dated, undated []*dueStream
	for _, path := range paths {
		x := path.Dated(p.last.due, upTo(f.DueBefore))
		x.All, x.Any = q.All, q.Any
		if !p.last.due.IsZero() {
			x.Before = storage.Cursor{Under: x.From, ID: p.last.id}
		}
		dated = append(dated, &dueStream{q: x})
		x = storage.Query{All: append([]storage.Term{path.At(time.Time{})}, q.All...), Any: q.Any}
		if p.last.due.IsZero() {
			x.Before.ID = p.last.id
		}
		undated = append(undated, &dueStream{q: x})
	}
	if p.last == (dueCursor{}) || !p.last.due.IsZero() {
		if err = p.merge(ctx, dated); err != nil || p.more {
			return p.done(), err
		}
	}
	if f.DueBefore.IsZero() {
		err = p.merge(ctx, undated)
	}
	return p.done(), err
}

// dueQuery turns a filter into the paths that together hold its cases, and what of it
// is to be looked up for each case on them.
func (s *Service) dueQuery(f Filter) (q storage.Query, paths []caselog.DuePath, some bool) {
	stages, who := openStages(), 0
	if f.Stage != nil {
		stages = slices.DeleteFunc(stages, func(x cvd.Stage) bool { return x != *f.Stage })
	}
	assignee := storage.Term("")
	if f.Assignee != "" {
		assignee, who = s.e.ActorTag(f.Assignee), 1
	} else if f.Unassigned {
		who = 1
	}
	for _, x := range stages {
		paths = append(paths, caselog.DuePaths(x, assignee)[who])
	}
	rest := f
	rest.Stage, rest.Assignee, rest.Unassigned, rest.Open, rest.DueBefore = nil, "", false, false, time.Time{}
	q, some = s.filterQuery(rest)
	if _, ok := s.filterQuery(f); !ok {
		some = false // it contradicts itself
	}
	return q, paths, some
}

// fewDue are the cases of a filter; of many only as many as are too many to sort.
func (s *Service) fewDue(ctx context.Context, f Filter) ([]storage.Head, error) {
	f.ByDue, f.DueBefore = false, time.Time{}
	q, _ := s.filterQuery(f)
	q.Limit = mostSorted
	return s.e.Cfg.Store.Heads(ctx, q)
}

// duePage is a page by date that is being read.
type duePage struct {
	*Service
	v             cvd.Viewer
	f             Filter
	n             int
	last          dueCursor // that was listed
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

// dueStream is one of the lists that are merged into a page.
type dueStream struct {
	q     storage.Query
	heads []storage.Head // that were read and not yet listed
	ended bool
}

// at is the place of its next case.
func (x *dueStream) at() dueCursor { return dueCursor{caselog.DateOf(x.heads[0].Under), x.heads[0].ID} }

// fill reads more of it if nothing is left.
func (p *duePage) fill(ctx context.Context, x *dueStream) (err error) {
	if len(x.heads) > 0 || x.ended {
		return nil
	}
	first := x.q.Limit == 0
	if x.q.Limit = 1000; first { // those of others make no page shorter
		x.q.Limit = p.n - p.known + 1 // one more tells that others follow
	}
	if x.heads, err = p.e.Cfg.Store.Heads(ctx, x.q); err != nil {
		return err
	}
	if x.ended = len(x.heads) < x.q.Limit; len(x.heads) > 0 {
		last := x.heads[len(x.heads)-1]
		x.q.Before = storage.Cursor{Under: last.Under, ID: last.ID}
	}
	return nil
}

// merge lists cases of several streams, each of which is in the order of the page.
func (p *duePage) merge(ctx context.Context, xs []*dueStream) error {
	for {
		var next *dueStream
		for _, x := range xs {
			if err := p.fill(ctx, x); err != nil {
				return err
			}
			if len(x.heads) > 0 && (next == nil || x.at().before(next.at())) {
				next = x
			}
		}
		if next == nil {
			return nil
		}
		at, h := next.at(), next.heads[0]
		next.heads = next.heads[1:]
		if err := p.add(ctx, at, h); err != nil || p.more {
			return err
		}
		if p.looked++; p.looked >= mostPassed {
			p.more, p.last = true, at
			return nil
		}
	}
}

// list puts heads in order, and as many of them on the page as it has room for.
func (p *duePage) list(ctx context.Context, heads []storage.Head) error {
	type place struct {
		at   dueCursor
		head storage.Head
	}
	var all []place
	for _, h := range heads {
		at := dueCursor{id: h.ID}
		if x, err := p.e.OpenHead(h); err == nil && !x.Due.IsZero() {
			at.due = x.Due.Truncate(time.Millisecond).UTC()
		}
		if p.last == (dueCursor{}) || p.last.before(at) {
			all = append(all, place{at, h})
		}
	}
	slices.SortFunc(all, func(a, b place) int {
		if a.at.before(b.at) {
			return -1
		}
		return 1 // no two are the same
	})
	for _, x := range all {
		if err := p.add(ctx, x.at, x.head); err != nil || p.more {
			return err
		}
	}
	return nil
}

// add puts a case on the page, if it is for the viewer's eyes.
func (p *duePage) add(ctx context.Context, at dueCursor, h storage.Head) error {
	if !p.f.DueBefore.IsZero() && (at.due.IsZero() || !at.due.Before(p.f.DueBefore)) {
		return nil
	}
	x, err := p.line(ctx, h, p.v, p.f, p.names)
	switch {
	case errors.Is(err, cvd.ErrNotFound):
		return nil
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
