package sqltest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/memstore"
	"github.com/cvdkit/cvdkit/cvd/policy"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// longText is what a report or a message is about: payload bytes.
var longText = cvd.Private(strings.Repeat("A length is not checked. ", payload/25))

// BenchmarkServiceAppend compares commands with raw append and fsync.
func BenchmarkServiceAppend(b *testing.B) {
	cached := func(cmd cvd.Command) func(b *testing.B) {
		return func(b *testing.B) {
			_, s := openTemp(b)
			svc := newService(b, s)
			id := do(b, svc, cvd.CaseID{}, report(1)).ID
			ratio(b, 200, func() {
				for range 200 {
					do(b, svc, id, cmd)
				}
			})
		}
	}
	b.Run("record", cached(cvd.PostMessage{Text: longText}))
	b.Run("record+outbox", cached(cvd.PostMessage{To: []cvd.PartyID{2}, Text: longText}))
	b.Run("receive", func(b *testing.B) {
		_, s := openTemp(b)
		svc := newService(b, s)
		n := 0
		ratio(b, 50, func() {
			for range 50 {
				n++
				r := report(n)
				r.Observations = longText
				do(b, svc, cvd.CaseID{}, r)
			}
		})
	})
}

// BenchmarkServiceCached gives commands beside the disk: on a case in the cache
// and a Store in memory.
func BenchmarkServiceCached(b *testing.B) {
	for name, cmd := range map[string]cvd.Command{
		"note": cvd.PostMessage{Text: longText},
		"fact": cvd.RecordFact{Fact: policy.FactVendorReminded}, // the clocks are computed again
	} {
		b.Run(name, func(b *testing.B) {
			svc, err := service.New(cvd.Config{Store: memstore.New(), Secret: make([]byte, 32)})
			must(b, err)
			var id cvd.CaseID
			n := 0
			for b.Loop() {
				if n%1000 == 0 { // a case does not grow for ever
					b.StopTimer()
					id = do(b, svc, cvd.CaseID{}, report(n)).ID
					b.StartTimer()
				}
				n++
				do(b, svc, id, cmd)
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N), "µs/command")
		})
	}
}

// BenchmarkServiceOpen reads a case that is in no cache and verifies its chain:
// for a command, without the private parts, and for a view, with them.
func BenchmarkServiceOpen(b *testing.B) {
	for _, records := range []int{1000, 10_000} {
		_, s := openTemp(b)
		svc := newService(b, s)
		c := do(b, svc, cvd.CaseID{}, report(1))
		last := cvd.CommandID{1: 1}
		var cmds []cvd.Command
		for n := int(c.Seq); n < records; {
			cmds = nil
			for ; n < records && len(cmds) < 500; n++ {
				switch n % 4 {
				case 0:
					cmds = append(cmds, cvd.PostMessage{To: []cvd.PartyID{2}, Text: longText})
				case 1:
					cmds = append(cmds, cvd.PostMessage{Party: 2, To: []cvd.PartyID{cvd.Owner}, Text: longText})
				case 2:
					cmds = append(cmds, cvd.Observe{What: vultron.ExploitPublic, Party: 2, Evidence: longText})
				default:
					cmds = append(cmds, cvd.PostMessage{Text: longText})
				}
			}
			var err error
			if c, err = svc.Do(b.Context(), c.ID, cvd.By{ID: last}, cmds...); err != nil {
				b.Fatal(err)
			}
			last[0]++
		}
		last[0]--
		for _, view := range []bool{false, true} {
			name := "command"
			if view {
				name = "view"
			}
			b.Run(fmt.Sprintf("%s/records=%d", name, records), func(b *testing.B) {
				best := time.Hour
				for b.Loop() {
					fresh := newService(b, s)
					var err error
					start := time.Now()
					if view {
						c, err = fresh.View(b.Context(), c.ID, team)
					} else {
						// A repeated command reads and verifies, and writes nothing.
						c, err = fresh.Do(b.Context(), c.ID, cvd.By{ID: last}, cmds...)
					}
					if err != nil {
						b.Fatal(err)
					}
					if int(c.Seq) < records {
						b.Fatal(c.Seq)
					}
					best = min(best, time.Since(start))
				}
				b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/1000, "ms/case")
				b.ReportMetric(float64(best.Microseconds())/1000, "ms-best") // on a machine that does other things too
			})
		}
	}
}

// largeStart is when the first case of BenchmarkServiceLarge was opened. A
// hundred more follow each hour, and each has one reminder, ten days later.
var largeStart = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)

const largeGroup = 100

func largePolicy() policy.Policy {
	return policy.Policy{
		Name: "bench", Version: 1, Title: "One reminder", Source: "the benchmark",
		Clocks: []policy.Clock{{
			Name: "answer", Title: "answer", Force: policy.Should,
			Rules: []policy.Rule{{From: []policy.Fact{policy.FactReceived}, Limit: policy.Span{N: 10, Unit: policy.Days}, Say: "ten days after the report"}},
			Stop:  []policy.Fact{policy.FactAcknowledged},
		}},
	}
}

// BenchmarkServiceLarge lists, and ticks, with 100,000 cases.
func BenchmarkServiceLarge(b *testing.B) {
	withPolicy := func(cfg *cvd.Config) { cfg.Policies = []policy.Policy{largePolicy()} }
	open := func(cases int) (*service.Service, *time.Time) {
		_, s := openTemp(b)
		openMany(b, s, cases, func(n int) time.Time {
			return largeStart.Add(time.Duration(n/largeGroup) * time.Hour)
		}, withPolicy)
		now := new(time.Time)
		return newService(b, s, withPolicy, func(cfg *cvd.Config) { cfg.Now = func() time.Time { return *now } }), now
	}
	large, now := open(100_000)
	unrated, received := cvd.RatingUnknown, vultron.RMReceived
	for _, q := range []struct {
		name string
		service.Filter
	}{
		{"open", service.Filter{Open: true}},
		{"rm", service.Filter{RM: &received}},
		{"open+rating", service.Filter{Open: true, Rating: &unrated}},
		{"open+unassigned", service.Filter{Open: true, Unassigned: true}},
		{"party", service.Filter{Party: "ada@example.org"}},
	} {
		b.Run("find50/"+q.name, func(b *testing.B) {
			for b.Loop() {
				p, err := large.Find(b.Context(), team, q.Filter, "", 50)
				if err != nil || len(p.Cases) != 50 || p.Cases[49].Title == "" {
					b.Fatal(len(p.Cases), err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/1000, "ms/list")
		})
	}
	ticked := 0
	b.Run("tick100", func(b *testing.B) {
		tick := func(svc *service.Service, now *time.Time, group int) time.Duration {
			*now = largeStart.Add(time.Duration(group)*time.Hour + 10*24*time.Hour)
			start := time.Now()
			out, err := svc.Tick(b.Context(), 1000)
			took := time.Since(start)
			if err != nil || len(out.Reminders) != largeGroup || out.Cases != largeGroup {
				b.Fatal(out.Cases, len(out.Reminders), err)
			}
			return took
		}
		var ofSmall, ofLarge time.Duration
		rounds := 0
		for b.Loop() {
			b.StopTimer()
			small, smallNow := open(1000)
			b.StartTimer()
			for group := range 1000 / largeGroup {
				ofSmall += tick(small, smallNow, group)
				ofLarge += tick(large, now, ticked)
				ticked++
				rounds++
			}
		}
		b.ReportMetric(float64(ofLarge)/float64(ofSmall), "ratio")
		b.ReportMetric(float64(ofSmall.Microseconds())/float64(rounds)/1000, "ms/of-1000")
		b.ReportMetric(float64(ofLarge.Microseconds())/float64(rounds)/1000, "ms/of-100000")
		b.ReportMetric(0, "ns/op")
	})
}
