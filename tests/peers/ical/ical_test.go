package ical

import (
	"bytes"
	"strings"
	"testing"
	"time"

	ical "github.com/emersion/go-ical"
	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd/policy"
	"github.com/cvdkit/cvdkit/cvd/timeline"
)

func decode(t *testing.T, text string) *ical.Calendar {
	t.Helper()
	dec := ical.NewDecoder(strings.NewReader(text))
	cal, err := dec.Decode()
	require.NoError(t, err)
	// The encoder checks what RFC 5545 asks of each component.
	require.NoError(t, ical.NewEncoder(new(bytes.Buffer)).Encode(cal))
	_, err = dec.Decode()
	require.Error(t, err, "one calendar")
	return cal
}

// Every deadline of every policy arrives in the other implementation with its
// instant, and every text as it was.
func TestDeadlinesInCalendar(t *testing.T) {
	loc, err := time.LoadLocation("Australia/Lord_Howe")
	require.NoError(t, err)
	start := time.Date(2026, 9, 28, 9, 15, 0, 0, loc) // the clocks change on 4 October
	now := start.AddDate(0, 0, 10)
	var f policy.Facts
	for _, fact := range []policy.Fact{policy.FactReceived, policy.FactVendorContacted, policy.FactVendorNotified, policy.FactListPosted,
		policy.FactExploitAware, policy.FactIncidentAware, policy.FactWorkaround, policy.FactDisclosed, policy.FactKnown} {
		f.Add(fact, start)
	}
	var ds []policy.Deadline
	for _, p := range append(policy.All(), policy.OptIns()...) {
		ds = append(ds, p.Deadlines(f, policy.Calendar{Zone: loc}, now)...)
	}
	tl := timeline.Timeline{Number: "CVD-2026-7K3Q9", Title: "Überlauf; mit, Komma", Now: now, Zone: loc, Entries: timeline.Deadlines(ds)}
	tl.Entries = append(tl.Entries, timeline.Entry{ID: "long", At: now, Kind: "a;b,c", Label: strings.Repeat(`ä\n;, "€😀" `, 40)})
	tl.Bands = []timeline.Band{{From: start, To: start.AddDate(0, 0, 30), Label: "Embargo"}}
	require.Greater(t, len(tl.Entries), 20)

	cal := decode(t, tl.ICalendar())
	events := cal.Events()
	require.Len(t, events, len(tl.Entries)+1)
	type seen struct {
		at      int64
		summary string
	}
	got := map[seen]int{}
	uids := map[string]bool{}
	alarms := 0
	for _, e := range events {
		at, err := e.DateTimeStart(time.UTC)
		require.NoError(t, err)
		s, err := e.Props.Text(ical.PropSummary)
		require.NoError(t, err)
		got[seen{at.Unix(), s}]++
		uid, err := e.Props.Text(ical.PropUID)
		require.NoError(t, err)
		require.False(t, uids[uid], "a UID is used once")
		uids[uid] = true
		for _, c := range e.Children {
			require.Equal(t, ical.CompAlarm, c.Name)
			trigger, err := c.Props.Get(ical.PropTrigger).Duration()
			require.NoError(t, err)
			require.Equal(t, -24*time.Hour, trigger)
			alarms++
		}
	}
	planned := 0
	for _, e := range tl.Entries {
		label := strings.Join(strings.Fields(e.Label), " ")
		if e.Planned && !e.Overdue {
			planned++
		}
		switch {
		case e.Overdue:
			label = "overdue: " + label
		case e.Late:
			label = "met late: " + label
		case e.Planned && e.Soon && e.Force == policy.Must:
			label = "due soon: " + label
		}
		k := seen{e.At.Unix(), "CVD-2026-7K3Q9 " + label}
		require.Positive(t, got[k], "%s at %s", k.summary, e.At)
		got[k]--
	}
	require.Equal(t, planned, alarms)
	for _, e := range events {
		if s, _ := e.Props.Text(ical.PropSummary); strings.HasSuffix(s, "Embargo") {
			end, err := e.DateTimeEnd(time.UTC)
			require.NoError(t, err)
			require.True(t, end.Equal(tl.Bands[0].To))
		}
		if s, _ := e.Props.Text(ical.PropSummary); strings.Contains(s, "ä") {
			cats, err := e.Props.Get(ical.PropCategories).TextList()
			require.NoError(t, err)
			require.Equal(t, []string{"done", "a;b,c"}, cats)
		}
	}
}

// Text of others adds no property and no component.
func TestHostileText(t *testing.T) {
	bad := "x\r\nEND:VEVENT\r\nBEGIN:VEVENT\nATTACH:https://example.com\rDTEND:20260101T000000Z\u2028\x00"
	tl := timeline.Timeline{Number: bad, Title: bad, Now: time.Unix(1e9, 0), Entries: []timeline.Entry{
		{ID: bad, At: time.Unix(1e9, 0), Kind: bad, Label: bad, Detail: bad, Lane: bad, Reason: bad},
	}}
	cal := decode(t, tl.ICalendar())
	require.Len(t, cal.Events(), 1)
	for name := range cal.Events()[0].Props {
		require.Contains(t, []string{"UID", "DTSTAMP", "DTSTART", "SUMMARY", "DESCRIPTION", "CATEGORIES", "STATUS", "CLASS", "TRANSP"}, name)
	}
}
