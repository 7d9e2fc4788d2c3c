package policy

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// ruleDue computes the date of one rule.
func ruleDue(r Rule, f Facts, c Calendar, now time.Time) Deadline {
	p := Policy{Name: "p", Version: 1, Effective: "2026-09-11", Clocks: []Clock{{Name: "k", Force: Must, Rules: []Rule{r}}}}
	return p.Deadlines(f, c, now)[0]
}

func TestChangesOfTheClock(t *testing.T) {
	loc := berlin(t)
	cal := Calendar{Zone: loc, Open: 9 * time.Hour, Close: 17 * time.Hour}
	for _, tt := range []struct {
		start string
		limit Span
		due   string
	}{
		// Forward on 2026-03-29 at 02:00, back on 2026-10-25 at 03:00.
		{"2026-03-28 12:00", Span{24, Hours}, "2026-03-29 13:00 CEST"},
		{"2026-10-24 12:00", Span{24, Hours}, "2026-10-25 11:00 CET"},
		{"2026-03-28 12:00", Span{1, Days}, "2026-03-29 13:00 CEST"},
		{"2026-02-28 12:00", Span{1, Months}, "2026-03-28 12:00 CET"},
		{"2026-01-29 02:30", Span{2, Months}, "2026-03-29 03:00 CEST"}, // 02:30 is skipped
		{"2026-09-25 02:30", Span{1, Months}, "2026-10-25 02:30 CEST"}, // 02:30 comes twice: the earlier
		{"2026-03-27 16:00", Span{2, BusinessHours}, "2026-03-30 10:00 CEST"},
		{"2026-10-23 16:00", Span{2, BusinessHours}, "2026-10-26 10:00 CET"},
		{"2026-10-23 18:00", Span{1, BusinessDays}, "2026-10-26 17:00 CET"},
		// Ends of months, and leap days.
		{"2026-01-31 12:00", Span{1, Months}, "2026-02-28 12:00 CET"},
		{"2028-01-31 12:00", Span{1, Months}, "2028-02-29 12:00 CET"},
		{"2028-02-29 12:00", Span{12, Months}, "2029-02-28 12:00 CET"},
		{"2028-02-29 12:00", Span{48, Months}, "2032-02-29 12:00 CET"},
		{"2100-01-31 12:00", Span{1, Months}, "2100-02-28 12:00 CET"},
		{"2026-12-31 12:00", Span{2, Months}, "2027-02-28 12:00 CET"},
	} {
		got := (&clockRun{cal: cal}).add(instant(t, tt.start, loc), tt.limit)
		require.Equal(t, tt.due, got.In(loc).Format("2006-01-02 15:04 MST"), "%s after %s", tt.limit, tt.start)
	}
}

func TestExtensionAgreementGraceAndCaps(t *testing.T) {
	start := time.Date(2026, 10, 5, 9, 0, 0, 0, time.UTC) // a Monday
	day := func(n int) time.Time { return start.AddDate(0, 0, n) }
	rule := Rule{From: []Fact{"a"}, Limit: Span{10, Days}, Say: "x",
		Extend: &Extension{When: "more", Limit: Span{20, Days}, Say: "extended"},
		Grace:  &Grace{When: "grace", Add: Span{3, Days}, Say: "granted"}}
	var f Facts
	f.Add("a", start)
	due := func() time.Time { return ruleDue(rule, f, Calendar{}, day(5)).Due }
	require.Equal(t, day(10), due())
	f.Agreed = map[string]time.Time{"k": day(14)}
	require.Equal(t, day(14), due(), "agreed")
	f.Agreed["k"] = day(25)
	require.Equal(t, day(20), due(), "bounded by the longest extension")
	f.Agreed = nil
	f.Add("more", day(30))
	require.Equal(t, day(10), due(), "an extension that is not there yet")
	f.Add("more", day(2))
	require.Equal(t, day(20), due())
	f.Add("grace", day(3))
	require.Equal(t, day(23), due())
	rule.Caps = []Cap{{Fact: "a", Limit: Span{14, Days}, Say: "at most 14 days"}}
	d := ruleDue(rule, f, Calendar{}, day(5))
	require.Equal(t, day(14), d.Due)
	for _, want := range []string{"extended (", "3 days of grace, granted: ", "at most 14 days: Mon 2026-10-19 09:00 UTC"} {
		require.Contains(t, d.Explain(), want)
	}
	rule.Caps, rule.Roll = nil, RollNextWorkingDay
	rule.Limit, rule.Extend, rule.Grace = Span{5, Days}, nil, nil
	require.Equal(t, day(7), due(), "Saturday rolls to Monday")
}

func TestStarts(t *testing.T) {
	start := time.Date(2026, 10, 5, 9, 0, 0, 0, time.UTC)
	day := func(n int) time.Time { return start.AddDate(0, 0, n) }
	rule := Rule{From: []Fact{"a", "b"}, Limit: Span{10, Days}, Say: "x"}
	var f Facts
	require.Equal(t, "a or b", ruleDue(rule, f, Calendar{}, start).Waiting)
	f.Add("b", day(4))
	require.Equal(t, day(14), ruleDue(rule, f, Calendar{}, day(5)).Due)
	f.Add("a", day(2)) // arrives late, and is earlier
	require.Equal(t, day(12), ruleDue(rule, f, Calendar{}, day(5)).Due)
	rule.Latest = true
	require.Equal(t, day(14), ruleDue(rule, f, Calendar{}, day(5)).Due)
	rule.From = append(rule.From, "c")
	require.Equal(t, DeadlineWaiting, ruleDue(rule, f, Calendar{}, day(5)).State)
	rule.From, rule.After = []Fact{"a"}, []Fact{"d", "e"}
	require.Equal(t, "d or e", ruleDue(rule, f, Calendar{}, day(5)).Waiting)
	f.Add("e", day(6))
	d := ruleDue(rule, f, Calendar{}, day(7))
	require.Equal(t, day(16), d.Due)
	require.Equal(t, Fact("e"), d.StartBy)
	// A start that is planned.
	require.Equal(t, DeadlineWaiting, ruleDue(rule, f, Calendar{}, day(5)).State)
	// A start before the policy applies.
	early := Facts{}
	early.Add("a", day(-60))
	early.Add("e", day(-60))
	require.Contains(t, ruleDue(rule, early, Calendar{}, day(0)).Explain(), "the policy applies from 2026-09-11; this start is earlier")
}

func TestStates(t *testing.T) {
	start := time.Date(2026, 10, 5, 9, 0, 0, 0, time.UTC)
	day := func(n int) time.Time { return start.AddDate(0, 0, n) }
	p := ForWindow("ours", 30, 30)
	at := func(f Facts, n int) Deadline { return p.Deadlines(f, Calendar{}, day(n))[0] }
	var f Facts
	require.Equal(t, DeadlineWaiting, at(f, 0).State)
	f.Add(FactReceived, start)
	require.Equal(t, DeadlineRunning, at(f, 0).State)
	require.Equal(t, DeadlineDueSoon, at(f, 30).State)
	require.Equal(t, DeadlineOverdue, at(f, 31).State)
	f.Add(FactDisclosed, day(20))
	require.Equal(t, DeadlineRunning, at(f, 10).State, "what has not happened yet ends nothing")
	require.Equal(t, DeadlineMet, at(f, 40).State)
	require.False(t, at(f, 40).Missed)
	f.Times[FactDisclosed] = []time.Time{day(33)}
	require.True(t, at(f, 40).Missed)
	require.Contains(t, at(f, 40).Explain(), "met by our disclosure at Sat 2026-11-07 09:00 UTC, late")
	f.Times[FactDisclosed] = nil
	f.Add(FactClosed, day(5))
	d := at(f, 40)
	require.Equal(t, DeadlineCancelled, d.State)
	require.False(t, d.Missed)
	require.False(t, d.Open())
}

func TestPolicyFacts(t *testing.T) {
	p, _ := ByName("linux-kernel")
	require.Equal(t, []Fact{FactFixReady, FactAIAssisted, FactExtended, FactFixAvailable, FactDisclosed, FactClosed}, p.Facts())
	k, ok := p.Clock("release")
	require.True(t, ok)
	require.Equal(t, Must, k.Force)
	_, ok = p.Clock("none")
	require.False(t, ok)
	_, ok = ByVersion("linux-kernel", 7)
	require.False(t, ok)
}

func TestPausedMonthsAndBusinessTime(t *testing.T) {
	start := time.Date(2026, 6, 1, 9, 0, 0, 0, time.UTC) // a Monday
	day := func(n int) time.Time { return start.AddDate(0, 0, n) }
	var f Facts
	// Wednesday 08:00 to Friday 12:00: Wednesday and Thursday are spared, Friday counts.
	f.Pauses = []Pause{{From: day(2).Add(-time.Hour), To: day(4).Add(3 * time.Hour), Reason: "asked"}, {From: day(3), To: day(3).Add(time.Hour)}}
	closed, _ := f.pauses(day(300))
	cal := Calendar{Open: 9 * time.Hour, Close: 17 * time.Hour}
	run := func() *clockRun { return &clockRun{cal: cal, pauses: closed, words: true} }
	r := run()
	require.Equal(t, start.AddDate(0, 1, 2).Add(4*time.Hour), r.add(start, Span{1, Months}), r.steps)
	r = run()
	require.Equal(t, day(7).Add(8*time.Hour), r.add(start, Span{3, BusinessDays}), "Tuesday, Friday, Monday")
	require.Contains(t, strings.Join(r.steps, "\n"), "does not count Wed 2026-06-03 (paused: asked), Thu 2026-06-04 (paused: asked)")
	r = run()
	// 8 h on Monday, 8 on Tuesday, 5 on Friday from 12:00, 3 on the next Monday.
	require.Equal(t, day(7).Add(3*time.Hour), r.add(start, Span{24, BusinessHours}), r.steps)
}

func FuzzAdopted(f *testing.F) {
	b, err := os.ReadFile("testdata/adopted_v1.json")
	require.NoError(f, err)
	f.Add([]byte(strings.TrimSpace(string(b))))
	f.Fuzz(func(t *testing.T, b []byte) {
		var a Adopted
		if a.UnmarshalBinary(b) != nil {
			return
		}
		out, err := a.MarshalBinary()
		require.NoError(t, err)
		require.NoError(t, a.UnmarshalBinary(out))
		ds, err := a.Deadlines(Facts{}, Calendar{}, time.Unix(1e9, 0))
		if err == nil {
			_ = Explain(ds)
		}
	})
}

func BenchmarkDeadlines(b *testing.B) {
	cal := Calendar{Zone: berlin(b)}
	f := caseFacts(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC))
	now := time.Date(2026, 3, 20, 9, 0, 0, 0, time.UTC)
	b.Run("adopted", func(b *testing.B) {
		p, _ := ByName("team")
		a := Adopt(p, f, cal, now)
		b.ReportAllocs()
		for b.Loop() {
			_, _ = a.Deadlines(f, cal, now)
		}
	})
	for _, name := range []string{"team", "cra-vulnerability", "project-zero"} {
		p, _ := ByName(name)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				p.Deadlines(f, cal, now)
			}
		})
	}
}
