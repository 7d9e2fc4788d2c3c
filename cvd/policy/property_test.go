package policy

import (
	"fmt"
	"math/rand"
	"slices"
	"testing"
	"time"

	"github.com/cvdkit/cvdkit/cvd/internal/civil"
	"github.com/stretchr/testify/require"
)

// zones have half-hour changes, offsets of minutes, changes at midnight, and a day
// that never was.
var oddZones = []string{"UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe",
	"Pacific/Chatham", "Pacific/Apia", "America/Sao_Paulo", "America/Santiago", "Africa/Cairo", "Atlantic/Azores"}

func randomCalendar(t *testing.T, r *rand.Rand) Calendar {
	c := Calendar{Zone: zone(t, oddZones[r.Intn(len(oddZones))])}
	for range r.Intn(30) {
		d := civil.Date(2009+r.Intn(21), time.Month(1+r.Intn(12)), 1+r.Intn(28))
		c.Holidays = append(c.Holidays, Holiday{d.Year, d.Month, d.Day, ""})
	}
	switch r.Intn(4) {
	case 0:
		c.Weekend = []time.Weekday{time.Friday, time.Saturday}
	case 1:
		c.Weekend = []time.Weekday{}
	}
	if r.Intn(2) == 0 {
		c.Open, c.Close = 9*time.Hour, 17*time.Hour+30*time.Minute
	}
	require.NoError(t, c.Validate())
	return c
}

// randomStart favours instants near a change of the clock and the ends of months.
func randomStart(r *rand.Rand, c Calendar) time.Time {
	t := time.Date(2009+r.Intn(20), time.Month(1+r.Intn(12)), 1+r.Intn(31), r.Intn(24), r.Intn(60), r.Intn(60), 0, c.loc())
	if _, end := t.ZoneBounds(); r.Intn(3) == 0 && !end.IsZero() && end.Year() < 2035 {
		return end.Add(time.Duration(r.Intn(72*60)-36*60) * time.Minute).In(c.loc())
	}
	return t
}

// A local time is found by looking at every instant there is.
func TestLocalTimes(t *testing.T) {
	for _, name := range oddZones {
		c := Calendar{Zone: zone(t, name)}
		change := time.Date(2010, 1, 1, 0, 0, 0, 0, time.UTC).In(c.Zone)
		for range 8 {
			_, end := change.ZoneBounds()
			if end.IsZero() {
				break
			}
			change = end
			// Every quarter of an hour on the clock, from two days before.
			first := change.Add(-80 * time.Hour).Truncate(15 * time.Minute)
			shown := map[string]time.Time{}
			for m := range 160 * 4 {
				x := first.Add(time.Duration(m) * 15 * time.Minute).In(c.Zone)
				if k := x.Format("2006-01-02 15:04"); shown[k].IsZero() {
					shown[k] = x
				}
			}
			for d := c.day(change).Add(-1); d != c.day(change).Add(2); d = d.Add(1) {
				for q := range 96 {
					since := time.Duration(q) * 15 * time.Minute
					got := c.at(d, since)
					wall := time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC).Add(since).Format("2006-01-02 15:04")
					if want, ok := shown[wall]; ok {
						require.True(t, want.Equal(got), "%s %s: %s, not %s", name, wall, got, want)
					} else {
						require.True(t, change.Equal(got), "%s %s was skipped: %s, not %s", name, wall, got, change)
					}
				}
			}
		}
	}
}

func TestSpanProperties(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	for i := range 4000 {
		c := randomCalendar(t, r)
		start := randomStart(r, c)
		n := r.Intn(40)
		run := func(u Unit) time.Time { return (&clockRun{cal: c}).add(start, Span{n, u}) }
		about := fmt.Sprintf("%d: %d from %s", i, n, start)
		require.Equal(t, time.Duration(n)*time.Hour, run(Hours).Sub(start), about)
		require.Equal(t, time.Duration(n)*24*time.Hour, run(Days).Sub(start), about)

		m := run(Months)
		y, mo, d := start.Date()
		last := time.Date(y, mo+time.Month(n)+1, 0, 0, 0, 0, 0, time.UTC)
		want := civil.Date(last.Year(), last.Month(), min(d, last.Day()))
		if got := c.day(m); got != want {
			require.True(t, !c.at(want, c.clockOf(start)).Before(m), about+" months: a day that was skipped")
			require.Equal(t, want.Add(1), got, about)
		}

		if n > 0 {
			end := run(BusinessDays)
			require.True(t, end.After(start), about)
			days := 0
			for d := c.day(start).Add(1); ; d = d.Add(1) {
				if c.rest(d) == "" {
					days++
				}
				if d == c.day(end) {
					break
				}
				require.Less(t, days, n+1, about)
			}
			require.Equal(t, n, days, about)
			require.True(t, c.WorkingDay(end), about)
		}
		if n > 0 && i%10 == 0 {
			end := run(BusinessHours)
			require.Equal(t, time.Duration(n)*time.Hour, worked(c, start, end), about)
		}
		rolled := (&clockRun{cal: c}).nextWorkingDay(start)
		require.False(t, rolled.Before(start), about)
		require.True(t, c.WorkingDay(rolled), about)
	}
}

// worked counts the working time between two instants minute by minute, edges
// apart.
func worked(c Calendar, from, to time.Time) (d time.Duration) {
	for at := from; at.Before(to); {
		next := at.Truncate(time.Minute).Add(time.Minute)
		if next.After(to) {
			next = to
		}
		day := c.day(at)
		open, end := c.hours(day)
		if c.rest(day) == "" && !at.Before(open) && at.Before(end) {
			d += next.Sub(at)
		}
		at = next
	}
	return d
}

func TestEUProperties(t *testing.T) {
	r := rand.New(rand.NewSource(2))
	for i := range 4000 {
		c := randomCalendar(t, r)
		start := randomStart(r, c)
		s := Span{1 + r.Intn(30), []Unit{Hours, Days, Months}[r.Intn(3)]}
		run := clockRun{cal: c, words: true}
		due, last := run.eu(start, s, run.add(start, s))
		about := fmt.Sprintf("%d: %s from %s: %v", i, s, start, run.steps)
		require.False(t, due.After(last), about)
		require.True(t, due.After(start) || c.day(start) != civil.Date(2011, 12, 29), about)
		if s.Unit == Hours {
			require.Less(t, last.Sub(due), time.Hour, about)
			continue
		}
		require.True(t, c.WorkingDay(last), about)
		require.NotEqual(t, c.day(last), c.day(last.Add(time.Second)), about+": the last second of a day")
		working := 0
		for d := c.day(start); d != c.day(last); {
			if d = d.Add(1); c.rest(d) == "" {
				working++
			}
		}
		if s.N >= 2 || s.Unit == Months {
			require.GreaterOrEqual(t, working, 2, about)
		}
	}
}

func TestPauseProperties(t *testing.T) {
	r := rand.New(rand.NewSource(3))
	for i := range 3000 {
		c := randomCalendar(t, r)
		start := randomStart(r, c)
		var f Facts
		for range r.Intn(6) {
			from := start.Add(time.Duration(r.Intn(3000)-500) * time.Minute)
			f.Pauses = append(f.Pauses, Pause{From: from, To: from.Add(time.Duration(r.Intn(2000)-200) * time.Minute)})
		}
		now := start.Add(5000 * time.Hour)
		closed, open := f.pauses(now)
		require.True(t, open.From.IsZero())
		for i := 1; i < len(closed); i++ {
			require.True(t, closed[i].From.After(closed[i-1].To), "merged")
		}
		n := 1 + r.Intn(60)
		run := clockRun{cal: c, pauses: closed, words: true}
		due := run.add(start, Span{n, Hours})
		// The time that ran, by looking at each minute.
		ran := time.Duration(0)
		for at := start; at.Before(due); at = at.Add(time.Minute) {
			paused := slices.ContainsFunc(f.Pauses, func(p Pause) bool { return !at.Before(p.From) && at.Before(p.To) })
			if !paused {
				ran += time.Minute
			}
		}
		require.Equal(t, time.Duration(n)*time.Hour, ran, "%d: %v", i, run.steps)
		without := (&clockRun{cal: c}).add(start, Span{n, BusinessHours})
		require.False(t, run.add(start, Span{n, BusinessHours}).Before(without))
	}
}

// While a pause lasts the date stands; when it ends the date moves by as long.
func TestLastingPause(t *testing.T) {
	p := ForWindow("ours", 30, 30)
	p.Clocks[0].Pausable = true
	start := time.Date(2026, 6, 1, 9, 0, 0, 0, time.UTC)
	day := func(n int) time.Time { return start.AddDate(0, 0, n) }
	var f Facts
	f.Add(FactReceived, start)
	f.Pauses = []Pause{{From: day(10), Reason: "waits for a test case"}}
	for _, now := range []int{11, 29, 31, 300} {
		d := p.Deadlines(f, Calendar{}, day(now))[0]
		require.Equal(t, DeadlinePaused, d.State)
		require.Equal(t, day(30), d.Due)
		require.False(t, d.Missed)
		require.Empty(t, d.Reminders())
		require.Contains(t, d.Explain(), "paused: waits for a test case")
	}
	require.Equal(t, DeadlineRunning, p.Deadlines(f, Calendar{}, day(9))[0].State, "before the pause")
	f.Pauses[0].To = day(15)
	d := p.Deadlines(f, Calendar{}, day(16))[0]
	require.Equal(t, day(35), d.Due)
	require.Contains(t, d.Explain(), "stands still from Thu 2026-06-11 09:00 UTC to Tue 2026-06-16 09:00 UTC")
	// Overdue before the pause began stays overdue.
	f.Pauses = []Pause{{From: day(40)}}
	require.Equal(t, DeadlineOverdue, p.Deadlines(f, Calendar{}, day(50))[0].State)
}
