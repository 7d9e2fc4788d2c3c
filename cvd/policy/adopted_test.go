package policy

import (
	"encoding/json"
	"math/rand"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestReadopt(t *testing.T) {
	p, _ := ByName("project-zero")
	start := time.Date(2026, 1, 5, 12, 0, 0, 0, time.UTC)
	day := func(n int) time.Time { return start.AddDate(0, 0, n) }
	var f Facts
	f.Add(FactVendorNotified, start)
	a := Adopt(p, f, Calendar{}, start)
	require.Len(t, a.Dates, 3)
	require.Nil(t, a.Own, "the table holds it")

	same, changes, err := a.Readopt(f, Calendar{}, day(20))
	require.NoError(t, err)
	require.Empty(t, changes)
	require.Equal(t, a, same, "nothing to record")

	// A fix moves the details to a later day.
	f.Add(FactFixAvailable, day(80))
	b, changes, err := a.Readopt(f, Calendar{}, day(80))
	require.NoError(t, err)
	require.Equal(t, []DateChange{{ID: "project-zero/details", From: day(90), To: day(110),
		Reason: "its start moved from Mon 2026-01-05 12:00 UTC to Thu 2026-03-26 12:00 UTC"}}, changes)

	// The notice turns out to have been earlier: dates move back, and say so. Until
	// that is recorded the adopted ones hold.
	f.Times[FactVendorNotified] = []time.Time{day(-10)}
	ds, err := b.Deadlines(f, Calendar{}, day(81))
	require.NoError(t, err)
	d := deadline(t, ds, "project-zero/fix")
	require.Equal(t, day(90), d.Due)
	require.Contains(t, d.Explain(), "held at Sun 2026-04-05 12:00 UTC, as adopted on Thu 2026-03-26 12:00 UTC")
	c, changes, err := b.Readopt(f, Calendar{}, day(81))
	require.NoError(t, err)
	require.Len(t, changes, 2, "the fix was in time either way")
	for _, ch := range changes {
		require.True(t, ch.Earlier, ch.ID)
	}
	ds, err = c.Deadlines(f, Calendar{}, day(81))
	require.NoError(t, err)
	require.Equal(t, day(80), deadline(t, ds, "project-zero/fix").Due)

	// A start that was wrong is taken back.
	f.Times[FactVendorNotified], f.Times[FactFixAvailable] = nil, nil
	e, changes, err := c.Readopt(f, Calendar{}, day(82))
	require.NoError(t, err)
	require.Len(t, changes, 3)
	require.True(t, changes[0].To.IsZero())
	require.Equal(t, "waits for the notice to the vendor", changes[0].Reason)
	require.Empty(t, e.Dates)

	a.Version = 99
	_, err = a.Deadlines(f, Calendar{}, start)
	require.ErrorIs(t, err, ErrUnknown)
	_, _, err = a.Readopt(f, Calendar{}, start)
	require.ErrorIs(t, err, ErrUnknown)
}

// New data of a zone is no reason to move a date that was given to somebody.
func TestZoneDataDoesNotMoveDates(t *testing.T) {
	p, _ := ByName("cra-incident")
	before := time.FixedZone("Land", 3600)
	after := time.FixedZone("Land", 7200)
	var f Facts
	f.Add(FactIncidentAware, time.Date(2027, 1, 29, 10, 0, 0, 0, time.UTC))
	f.Add(FactNotified, time.Date(2027, 1, 31, 15, 0, 0, 0, time.UTC))
	now := time.Date(2027, 2, 1, 0, 0, 0, 0, time.UTC)
	a := Adopt(p, f, Calendar{Zone: before}, now)
	computed := deadline(t, p.Deadlines(f, Calendar{Zone: after}, now), "cra-incident/final-report")
	ds, err := a.Deadlines(f, Calendar{Zone: after}, now)
	require.NoError(t, err)
	held := deadline(t, ds, computed.ID)
	require.NotEqual(t, computed.LegalLast.UnixMilli(), held.LegalLast.UnixMilli())
	_, changes, err := a.Readopt(f, Calendar{Zone: after}, now)
	require.NoError(t, err)
	require.Empty(t, changes)

	// A calendar with another holiday is.
	_, changes, err = a.Readopt(f, Calendar{Zone: before, Holidays: []Holiday{{2027, 3, 1, "new"}}}, now)
	require.NoError(t, err)
	require.Len(t, changes, 1)
	require.Equal(t, "the calendar changed", changes[0].Reason)
}

// Whatever arrives, in whatever order, a date is earlier than the adopted one
// only together with a change that says so.
func TestNoDateMovesEarlierUnsaid(t *testing.T) {
	r := rand.New(rand.NewSource(4))
	facts := []Fact{FactReceived, FactVendorNotified, FactVendorReplied, FactFixAvailable, FactExploitObserved,
		FactGrace, FactExtended, FactWorkaround, FactExploitAware, FactNotified, FactAcknowledged, FactReporterUpdated}
	policies := All()
	start := time.Date(2026, 1, 5, 12, 0, 0, 0, time.UTC)
	earlier := 0
	for range 400 {
		p := policies[r.Intn(len(policies))]
		c := randomCalendar(t, r)
		var f Facts
		a := Adopt(p, f, c, start)
		now := start
		for range 12 {
			now = now.Add(time.Duration(r.Intn(400)) * time.Hour)
			fact := facts[r.Intn(len(facts))]
			at := now.Add(-time.Duration(r.Intn(600)) * time.Hour)
			if r.Intn(3) == 0 {
				if f.Times == nil {
					f.Times = map[Fact][]time.Time{}
				}
				f.Times[fact] = []time.Time{at}
			} else {
				f.Add(fact, at)
			}
			held, err := a.Deadlines(f, c, now)
			require.NoError(t, err)
			for _, d := range held {
				if old, ok := a.date(d.ID); ok && !d.Due.IsZero() {
					require.True(t, old.Due.Equal(milli(d.Due)), "held until it is recorded")
				}
			}
			next, changes, err := a.Readopt(f, c, now)
			require.NoError(t, err)
			said := map[string]bool{}
			for _, ch := range changes {
				said[ch.ID] = ch.Earlier
			}
			for _, d := range next.Dates {
				old, ok := a.date(d.ID)
				if ok && (d.Due.Before(old.Due) || d.LegalLast.Before(old.LegalLast)) {
					require.True(t, said[d.ID], d.ID)
					earlier++
				}
			}
			b, err := next.MarshalBinary()
			require.NoError(t, err)
			a = Adopted{}
			require.NoError(t, a.UnmarshalBinary(b))
			require.Equal(t, len(next.Dates), len(a.Dates))
		}
	}
	require.Greater(t, earlier, 20, "the property was put to the test")
}

// What a released version wrote must be read for ever.
func TestAdoptedGolden(t *testing.T) {
	b, err := os.ReadFile("testdata/adopted_v1.json")
	require.NoError(t, err)
	b = []byte(strings.TrimSpace(string(b)))
	var a Adopted
	require.NoError(t, a.UnmarshalBinary(b))
	out, err := a.MarshalBinary()
	require.NoError(t, err)
	require.Equal(t, string(b), string(out), "the form is stable")
	var f Facts
	f.Add(FactReceived, time.Date(2026, 10, 5, 7, 0, 0, 0, time.UTC))
	_, changes, err := a.Readopt(f, Calendar{Name: "ours", Zone: berlin(t)}, time.Date(2026, 10, 6, 7, 0, 0, 0, time.UTC))
	require.NoError(t, err)
	require.Empty(t, changes, "the digests of inputs and calendar are stable")

	for _, bad := range []string{"", "{}", `{"v":2}`, `{"v":1,"new":1}`, `[]`} {
		require.Error(t, a.UnmarshalBinary([]byte(bad)), bad)
	}
	require.Error(t, a.UnmarshalBinary(make([]byte, maxAdopted+1)))
}

func TestAdoptOwnPolicy(t *testing.T) {
	p := ForWindow("ours", 45, 60)
	var f Facts
	f.Add(FactReceived, time.Date(2026, 10, 5, 7, 0, 0, 0, time.UTC))
	a := Adopt(p, f, Calendar{}, time.Date(2026, 10, 5, 8, 0, 0, 0, time.UTC))
	b, err := a.MarshalBinary()
	require.NoError(t, err)
	var back Adopted
	require.NoError(t, back.UnmarshalBinary(b))
	got, ok := back.Rules()
	require.True(t, ok)
	x, _ := json.Marshal(p)
	y, _ := json.Marshal(got)
	require.JSONEq(t, string(x), string(y))
	// A policy that takes the name of one in the table is not mistaken for it.
	q := ForWindow("cert-cc", 45, 45)
	require.NotNil(t, Adopt(q, f, Calendar{}, time.Time{}).Own)
}
