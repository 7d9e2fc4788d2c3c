package policy

import (
	"math/rand"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// remindAt runs a team's scheduler at the given instants and returns the IDs of
// what it records.
func remindAt(f Facts, at []time.Time) (ids []string) {
	done := map[string]bool{}
	for _, now := range at {
		for _, r := range PendingReminders(allDeadlines(f, now), now, func(id string) bool { return done[id] }) {
			done[r.ID] = true
			ids = append(ids, r.ID)
		}
	}
	return ids
}

func allDeadlines(f Facts, now time.Time) (ds []Deadline) {
	for _, p := range All() {
		ds = append(ds, p.Deadlines(f, Calendar{}, now)...)
	}
	return ds
}

func caseFacts(start time.Time) Facts {
	var f Facts
	f.Add(FactReceived, start)
	f.Add(FactVendorNotified, start.AddDate(0, 0, 2))
	f.Add(FactEmbargoEnds, start.AddDate(0, 0, 40))
	f.Add(FactExploitAware, start.AddDate(0, 0, 3))
	return f
}

func TestRemindersFireOnce(t *testing.T) {
	start := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	f := caseFacts(start)
	var hourly []time.Time
	for h := range 24 * 150 {
		hourly = append(hourly, start.Add(time.Duration(h)*time.Hour))
	}
	all := remindAt(f, hourly)
	seen := map[string]bool{}
	for _, id := range all {
		require.False(t, seen[id], id)
		seen[id] = true
	}
	require.Greater(t, len(all), 30)

	// Looking only when NextDue says so finds the same.
	done := map[string]bool{}
	var sparse []string
	now, looks := start, 0
	for {
		ds := allDeadlines(f, now)
		isDone := func(id string) bool { return done[id] }
		for _, r := range PendingReminders(ds, now, isDone) {
			done[r.ID] = true
			sparse = append(sparse, r.ID)
		}
		next := NextDue(ds, now, isDone)
		if next.IsZero() || next.After(hourly[len(hourly)-1]) {
			break
		}
		require.True(t, next.After(now), "everything due was taken")
		now = next
		looks++
	}
	slices.Sort(all)
	slices.Sort(sparse)
	// Two reminders of one deadline within the same hour are one when looking hourly.
	for _, id := range all {
		require.Contains(t, sparse, id)
	}
	require.LessOrEqual(t, looks, len(sparse)+1, "cost follows what is due")

	// A scheduler that was down sends for each deadline the latest only.
	r := rand.New(rand.NewSource(5))
	late := remindAt(f, []time.Time{hourly[len(hourly)-1], hourly[len(hourly)-1].Add(time.Duration(r.Intn(9)) * time.Second)})
	byDeadline := map[string]int{}
	for _, d := range allDeadlines(f, hourly[len(hourly)-1]) {
		for _, x := range d.Reminders() {
			if slices.Contains(late, x.ID) {
				byDeadline[d.ID]++
			}
		}
	}
	require.NotEmpty(t, byDeadline)
	for id, n := range byDeadline {
		require.Equal(t, 1, n, id)
	}
}

func TestReminderOfMovedDate(t *testing.T) {
	p, _ := ByName("contact-software")
	start := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	var f Facts
	f.Add(FactReceived, start)
	d := p.Deadlines(f, Calendar{}, start)[0]
	rs := d.Reminders()
	require.Len(t, rs, 4)
	require.Equal(t, []ReminderKind{ReminderSoon, ReminderSoon, ReminderDue, ReminderEscalate},
		[]ReminderKind{rs[0].Kind, rs[1].Kind, rs[2].Kind, rs[3].Kind})
	require.Equal(t, start.AddDate(0, 0, 16), rs[0].At)
	require.Equal(t, start.AddDate(0, 0, 31), rs[3].At)
	require.Equal(t, DeadlineRunning, p.Deadlines(f, Calendar{}, rs[0].At.Add(-1))[0].State)
	require.Equal(t, DeadlineDueSoon, p.Deadlines(f, Calendar{}, rs[0].At)[0].State)
	f.Add(FactExtended, start.AddDate(0, 0, 20))
	moved := p.Deadlines(f, Calendar{}, start.AddDate(0, 0, 20))[0]
	require.NotEqual(t, rs[2].ID, moved.Reminders()[2].ID, "a new date reminds again")
	f.Add(FactDisclosed, start.AddDate(0, 0, 21))
	require.Empty(t, p.Deadlines(f, Calendar{}, start.AddDate(0, 0, 22))[0].Reminders())
}

func TestFirstPresent(t *testing.T) {
	at := func(d int) time.Time { return time.Date(2026, 3, d, 0, 0, 0, 0, time.UTC) }
	away := []Absence{{"a", at(2), at(5)}, {"b", at(4), time.Time{}}}
	for _, tt := range []struct {
		day  int
		want string
	}{{1, "a"}, {2, "b"}, {3, "b"}, {4, ""}, {5, "a"}} {
		got, ok := FirstPresent([]string{"a", "b"}, away, at(tt.day))
		require.Equal(t, tt.want, got, tt.day)
		require.Equal(t, tt.want != "", ok)
	}
}

func TestSilentVendorIsRemindedUntilItAnswers(t *testing.T) {
	p, _ := ByName("team")
	start := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC) // a Monday
	day := func(n int) time.Time { return start.AddDate(0, 0, n) }
	f := Facts{Subject: "v2"}
	f.Add(FactVendorNotified, start)
	ds := p.Deadlines(f, Calendar{}, day(1))
	require.Equal(t, day(14), deadline(t, ds, "team/vendor-silent@v2#1").Due)
	f.Add(FactVendorReminded, day(14))
	f.Add(FactVendorReminded, day(30))
	ds = p.Deadlines(f, Calendar{}, day(31))
	first, second := deadline(t, ds, "team/vendor-silent@v2#1"), deadline(t, ds, "team/vendor-silent@v2#2")
	require.Equal(t, DeadlineMet, first.State)
	require.False(t, first.Missed)
	require.True(t, second.Missed, "reminded two days late")
	require.Equal(t, day(44), deadline(t, ds, "team/vendor-silent@v2#3").Due)
	f.Add(FactVendorReplied, day(35))
	ds = p.Deadlines(f, Calendar{}, day(36))
	require.Equal(t, DeadlineCancelled, deadline(t, ds, "team/vendor-silent@v2#3").State)
}
