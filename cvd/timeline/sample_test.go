package timeline

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/cvdkit/cvdkit/cvd/policy"
	"github.com/stretchr/testify/require"
)

func berlin(t testing.TB) *time.Location { return zone(t, "Europe/Berlin") }

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	l, err := time.LoadLocation(name)
	require.NoError(t, err)
	return l
}

// sampleTimeline is a case under an embargo of 30 days, with the deadlines that
// its facts give.
func sampleTimeline(t testing.TB) Timeline {
	cal := policy.Calendar{Zone: berlin(t)}
	at := func(d, h, m int) time.Time { return time.Date(2026, 10, d, h, m, 0, 0, cal.Zone) }
	var f policy.Facts
	f.Add(policy.FactReceived, at(5, 9, 12))
	f.Add(policy.FactAcknowledged, at(5, 14, 40))
	f.Add(policy.FactAssessed, at(13, 11, 5))
	f.Add(policy.FactVendorNotified, at(8, 15, 30))
	f.Add(policy.FactReporterUpdated, at(16, 10, 0))
	f.Add(policy.FactEmbargoEnds, at(5+30, 9, 12))
	now := at(27, 16, 0)
	tl := Timeline{
		Number: "CVD-2026-7K3Q9", Title: "Heap overflow in the archive reader",
		Now: now, Zone: cal.Zone, Lanes: []string{"Reporter", "Team", "Vendor A", "Vendor B Corporation for Industrial Automation and Control Systems"},
		Bands: []Band{{From: at(6, 9, 0), To: at(7, 18, 0), Agreed: at(20, 9, 0), Label: "First embargo"}, {From: at(5, 14, 40), To: at(35, 9, 12), Label: "Embargo"}},
	}
	past := func(at time.Time, lane, label string, public bool) {
		tl.Entries = append(tl.Entries, Entry{ID: fmt.Sprint(len(tl.Entries)), At: at, Lane: lane, Label: label, Public: public})
	}
	past(at(5, 9, 12), "Reporter", "Report received", true)
	past(at(5, 14, 40), "Reporter", "Accepts the embargo", false)
	past(at(8, 15, 30), "Vendor A", "Notified", true)
	past(at(9, 8, 10), "Vendor A", "Confirms: affected", false)
	past(at(8, 15, 30), "Vendor B Corporation for Industrial Automation and Control Systems", "Notified, no answer yet", false)
	past(at(21, 17, 20), "Vendor A", "Fix ready", false)
	past(at(12, 9, 0), "Team", "Release planned for 30 October", false)
	tl.Entries[len(tl.Entries)-1].Void, tl.Entries[len(tl.Entries)-1].Actor = "superseded", "Ada Example"
	past(at(21, 17, 20), "Team", "Release planned for 4 November", false)
	past(at(21, 17, 20), "Team", "Message", false)
	past(at(21, 17, 20), "Team", "Message", false)
	f.Add(policy.FactExploitAware, at(26, 20, 0))
	p, _ := policy.ByName("team")
	q, _ := policy.ByName("contact-software")
	legal, _ := policy.ByName("cra-vulnerability")
	ds := append(p.Deadlines(f, cal, now), legal.Deadlines(f, cal, now)...)
	for _, e := range Deadlines(append(ds, q.Deadlines(f, cal, now)...)) {
		e.Lane = "Team"
		tl.Entries = append(tl.Entries, e)
	}
	tl.Entries[len(tl.Entries)-1].Public = true
	return tl
}

// manyEntries is a long case of several parties.
func manyEntries(t testing.TB, n int) Timeline {
	start := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	tl := Timeline{
		Number: "CVD-2026-M4NY0", Title: "Protocol flaw in several implementations",
		Now: start.AddDate(0, 0, 62), Zone: berlin(t), Lanes: []string{"Reporter", "Team", "Vendor Aurora", "Vendor Borealis", "Coordinator"},
		Bands: []Band{{From: start.AddDate(0, 0, 1), To: start.AddDate(0, 0, 90), Label: "Embargo"}},
	}
	labels := []string{"Report received", "Details sent to the party under embargo", "Answer: affected, versions 2.0 to 4.7 of every product line that embeds the parser", "Status update", "Fix ready for review", "Asks for three more weeks because of a dependency", "Reminder", "CVE ID reserved"}
	for i := range n {
		at := start.Add(time.Duration(i*i) * 37 * time.Minute)
		e := Entry{ID: fmt.Sprint(i), At: at, Lane: tl.Lanes[i*7%5], Label: labels[i%8], Public: i%3 == 0, Reason: "as agreed"}
		e.Planned = at.After(tl.Now)
		e.Overdue = i%17 == 16 && !e.Planned
		e.Met = i%5 == 3 && !e.Planned
		tl.Entries = append(tl.Entries, e)
	}
	return tl
}

func number(t testing.TB, s string) float64 {
	t.Helper()
	f, err := strconv.ParseFloat(s, 64)
	require.NoError(t, err)
	return f
}
