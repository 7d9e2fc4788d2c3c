package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/storage"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// read is one that is measured.
type read struct {
	what  string
	list  bool // must not grow, but for what it shows
	times int
	do    func(context.Context, *site) (shown int, err error)

	prepare func(context.Context, *site) error // not measured

	most   func(*site) int // of times; nil: all
	recall func() float64  // in the larger
	said   func() string
}

func (r read) timesIn(s *site) int {
	if r.most == nil {
		return r.times
	}
	return min(r.times, r.most(s))
}

func some[T any](v T) *T { return &v }

// filters are those of Find, the wide ones and some of which few cases match.
func filters() []struct {
	what string
	f    service.Filter
} {
	return []struct {
		what string
		f    service.Filter
	}{
		{"all", service.Filter{}},
		{"open", service.Filter{Open: true}},
		{"closed", service.Filter{Closed: true}},
		{"received", service.Filter{RM: some(vultron.RMReceived)}},
		{"embargo active (none)", service.Filter{EM: some(vultron.EMActive)}},
		{"critical", service.Filter{Rating: some(cvd.RatingCritical)}},
		{"open, unassigned", service.Filter{Open: true, Unassigned: true}},
		{"assignee", service.Filter{Assignee: "member3@psirt.example"}},
		{"assignee, valid, high (none)", service.Filter{Assignee: "member3@psirt.example", RM: some(vultron.RMValid), Rating: some(cvd.RatingHigh)}},
		{"open, critical, no embargo", service.Filter{Open: true, Rating: some(cvd.RatingCritical), EM: some(vultron.EMNone)}},
		{"received, critical (none)", service.Filter{RM: some(vultron.RMReceived), Rating: some(cvd.RatingCritical)}},
		{"received, embargo active (none)", service.Filter{RM: some(vultron.RMReceived), EM: some(vultron.EMActive)}},
		{"received, unassigned", service.Filter{RM: some(vultron.RMReceived), Unassigned: true}},
		{"closed and received (contradiction)", service.Filter{Closed: true, RM: some(vultron.RMReceived)}},
		{"party", service.Filter{Party: "r77@finder.example"}},
		{"party, open", service.Filter{Party: "r77@finder.example", Open: true}},
		{"text, a common word", service.Filter{Text: cvd.Private(vocabulary[0])}},
		{"text, two common words, open", service.Filter{Text: cvd.Private(vocabulary[0] + " " + vocabulary[1]), Open: true}},
		{"text, a rare word", service.Filter{Text: cvd.Private(vocabulary[3000])}},
	}
}

// pick chooses the next case to open.
func pick(ctx context.Context, s *site) error {
	s.next = s.rand.IntN(s.n)
	_, err := s.id(ctx, s.next)
	return err
}

func reads(small, large *site) []read {
	team := cvd.Viewer{Team: true}
	rs := []read{
		{what: "open, not cached, with texts", times: 200, prepare: pick, do: func(ctx context.Context, s *site) (int, error) {
			_, err := s.svc.View(ctx, s.ids[s.next], team)
			return 0, err
		}},
		{what: "lookup", list: true, times: 200, do: func(ctx context.Context, s *site) (int, error) {
			_, err := s.svc.Lookup(ctx, messageID(s.rand.IntN(s.n)))
			return 0, err
		}},
	}
	for _, f := range filters() {
		rs = append(rs, read{what: "find 50: " + f.what, list: true, times: 60, do: func(ctx context.Context, s *site) (int, error) {
			page, err := s.svc.Find(ctx, team, f.f, "", 50)
			return len(page.Cases), err
		}})
	}
	rs = append(rs,
		read{what: "due 50", list: true, times: 60, do: func(ctx context.Context, s *site) (int, error) {
			hs, err := s.db.store.Heads(ctx, storage.Query{DueBy: storage.MillisOf(late), Limit: 50})
			return len(hs), err
		}},
		read{what: "claim 50", list: true, times: 60, do: func(ctx context.Context, s *site) (int, error) {
			s.turn += 10 // the leases of the turn before are over
			ds, err := s.db.store.Claim(ctx, s.turn, time.Millisecond, 50)
			return len(ds), err
		}},
		read{what: "changed 50", list: true, times: 60, do: func(ctx context.Context, s *site) (int, error) {
			ds, err := s.svc.Changed(ctx, "bench", cvd.CaseID{}, 50)
			return len(ds), err
		}},
		read{what: "similar 10", times: 100, most: func(s *site) int { return s.similar.times }, prepare: pickCopy, do: askSimilar,
			recall: func() float64 { return large.similar.recall() },
			said: func() string {
				return fmt.Sprintf("recall %.3f and %.3f of %d and %d, %d and %d candidates", small.similar.recall(), large.similar.recall(),
					small.similar.asked, large.similar.asked, small.similar.heads/max(1, small.similar.asked), large.similar.heads/max(1, large.similar.asked))
			}},
	)
	// Last, because what comes after it would find nothing in memory, too.
	if small.db.forget != nil {
		rs = append(rs, read{what: "open, caches dropped", times: 40, prepare: func(ctx context.Context, s *site) error { return errors.Join(pick(ctx, s), s.forget(ctx)) }, do: rs[0].do})
	}
	return rs
}

// similar counts what askSimilar found in one database.
type similar struct{ times, asked, found, heads int }

func (m similar) recall() float64 { return float64(m.found) / float64(max(1, m.asked)) }

// copies is how many planted copies there are.
func (s *site) copies() int { return (s.n - copyAt - 1) / copyEvery }

// pickCopy chooses the next planted copy.
func pickCopy(ctx context.Context, s *site) error {
	m := &s.similar
	s.next = m.asked*s.copies()/max(1, m.times-1)*copyEvery + copyAt
	_, err := s.id(ctx, s.next)
	_, err2 := s.id(ctx, s.next-copyOf)
	return errors.Join(err, err2)
}

// askSimilar asks for the original of that copy.
func askSimilar(ctx context.Context, s *site) (int, error) {
	m := &s.similar
	m.asked++
	s.seen.heads.Store(0)
	got, err := s.svc.Similar(ctx, s.ids[s.next], cvd.Viewer{Team: true}, 10)
	m.heads += int(s.seen.heads.Load())
	if slices.ContainsFunc(got, func(x service.Match) bool { return x.Case == s.ids[s.next-copyOf] }) {
		m.found++
	}
	return 0, err
}
