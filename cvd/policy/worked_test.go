package policy

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// instant reads "2026-11-02 09:30" in a zone.
func instant(t testing.TB, s string, loc *time.Location) time.Time {
	t.Helper()
	layout := "2006-01-02 15:04"
	if len(s) > len(layout) {
		layout += ":05"
	}
	x, err := time.ParseInLocation(layout, s, loc)
	require.NoError(t, err)
	return x
}

// Each row of the table, counted by hand on a paper calendar, in Berlin. The
// clocks went back on 2026-10-25 and forward on 2026-03-29.
func TestWorkedExamples(t *testing.T) {
	loc := berlin(t)
	shown := map[string]bool{}
	cal := Calendar{Zone: loc, Holidays: []Holiday{
		{2026, 5, 1, "Labour Day"}, {2026, 5, 14, "Ascension Day"}, {2026, 12, 25, "Christmas Day"}, {2026, 12, 26, "Boxing Day"},
	}}
	for _, tt := range []struct {
		id    string
		facts map[Fact]string
		due   string
		last  string // empty: none
	}{
		// 30 days of 24 hours across the end of summer time: one hour earlier by the clock.
		{"contact-software/disclosure", map[Fact]string{FactReceived: "2026-10-05 09:00"}, "2026-11-04 08:00", ""},
		{"contact-software/disclosure", map[Fact]string{FactReceived: "2026-06-01 09:00", FactExtended: "2026-06-20 10:00"}, "2026-08-30 09:00", ""},
		{"cert-cc/disclosure", map[Fact]string{FactVendorContacted: "2026-06-01 09:00", FactVendorNotified: "2026-06-05 09:00"}, "2026-07-16 09:00", ""},
		{"cert-cc/exploited", map[Fact]string{FactVendorContacted: "2026-06-01 09:00", FactExploitObserved: "2026-06-10 07:00"}, "2026-06-10 07:00", ""},
		{"project-zero/existence", map[Fact]string{FactVendorNotified: "2026-06-01 09:00"}, "2026-06-08 09:00", ""},
		{"project-zero/fix", map[Fact]string{FactVendorNotified: "2026-06-01 09:00"}, "2026-08-30 09:00", ""},
		{"project-zero/fix", map[Fact]string{FactVendorNotified: "2026-06-01 09:00", FactGrace: "2026-06-20 09:00"}, "2026-09-13 09:00", ""},
		{"zdi/disclosure", map[Fact]string{FactVendorReplied: "2026-06-01 09:00"}, "2026-09-29 09:00", ""},
		// From Mon 27 April: 28, 29, 30 | 4 to 8 May | 11, 12, 13, 15 | 18, 19, 20 are 15.
		{"zdi/vendor-silent", map[Fact]string{FactVendorContacted: "2026-04-27 09:00"}, "2026-05-20 23:59:59", ""},
		// 5 business days without 1 May; the intermediary 5 after the second contact, or after its date.
		{"zdi/second-contact", map[Fact]string{FactVendorContacted: "2026-04-27 09:00"}, "2026-05-05 23:59:59", ""},
		{"zdi/intermediary", map[Fact]string{FactVendorContacted: "2026-04-27 09:00"}, "2026-05-12 23:59:59", ""},
		{"zdi/intermediary", map[Fact]string{FactVendorContacted: "2026-04-27 09:00", FactVendorReminded: "2026-04-30 09:00"}, "2026-05-08 23:59:59", ""},
		{"linux-distros/preferred", map[Fact]string{FactListPosted: "2026-06-01 09:00"}, "2026-06-08 09:00", ""},
		{"linux-distros/maximum", map[Fact]string{FactListPosted: "2026-06-01 09:00"}, "2026-06-15 09:00", ""},
		{"linux-kernel/release", map[Fact]string{FactFixReady: "2026-06-01 09:00"}, "2026-06-08 09:00", ""},
		{"linux-kernel/release", map[Fact]string{FactFixReady: "2026-06-01 09:00", FactAIAssisted: "2026-05-20 09:00"}, "2026-06-01 09:00", ""},
		{"linux-kernel/release", map[Fact]string{FactFixReady: "2026-06-01 09:00", FactExtended: "2026-06-02 09:00"}, "2026-06-15 09:00", ""},
		{"cna-rules/record-should", map[Fact]string{FactDisclosed: "2026-06-05 18:00"}, "2026-06-06 18:00", ""},
		{"cna-rules/record-must", map[Fact]string{FactDisclosed: "2026-06-05 18:00"}, "2026-06-08 18:00", ""},
		{"cna-rules/record-other", map[Fact]string{FactDisclosedByOther: "2026-06-05 18:00"}, "2026-06-08 18:00", ""},
		{"china-2021/miit-report", map[Fact]string{FactKnown: "2026-06-05 18:00"}, "2026-06-07 18:00", ""},
		// Aware on Saturday at 10:20. Hours do not roll; the hour from 10 to 11 is not counted.
		{"cra-vulnerability/early-warning", map[Fact]string{FactExploitAware: "2026-11-07 10:20"}, "2026-11-08 10:20", "2026-11-08 10:59:59"},
		{"cra-vulnerability/notification", map[Fact]string{FactExploitAware: "2026-11-07 10:20"}, "2026-11-10 10:20", "2026-11-10 10:59:59"},
		// A workaround on Sat 28 November: 14 days end on Sat 12 December, by Art. 3(4) on Monday.
		{"cra-vulnerability/final-report", map[Fact]string{FactExploitAware: "2026-11-07 10:20", FactWorkaround: "2026-11-28 16:00"}, "2026-12-12 16:00", "2026-12-14 23:59:59"},
		// A fix before awareness: the 14 days run from awareness; Christmas is a Friday.
		{"cra-vulnerability/final-report", map[Fact]string{FactFixAvailable: "2026-12-01 10:00", FactExploitAware: "2026-12-11 10:00"}, "2026-12-25 10:00", "2026-12-28 23:59:59"},
		{"cra-incident/early-warning", map[Fact]string{FactIncidentAware: "2026-11-07 10:00"}, "2026-11-08 10:00", "2026-11-08 10:59:59"},
		{"cra-incident/notification", map[Fact]string{FactIncidentAware: "2026-11-07 10:00"}, "2026-11-10 10:00", "2026-11-10 10:59:59"},
		// Notified on 31 January: one month is 28 February, a Sunday in 2027.
		{"cra-incident/final-report", map[Fact]string{FactIncidentAware: "2027-01-29 10:00", FactNotified: "2027-01-31 15:00"}, "2027-02-28 15:00", "2027-03-01 23:59:59"},
		// The notification is missing: projected from its limit, a month after Tue 10 November.
		{"cra-incident/final-report", map[Fact]string{FactIncidentAware: "2026-11-07 10:00"}, "2026-12-10 10:00", ""},
		{"cra-vulnerability/assessment", map[Fact]string{FactExploitObserved: "2026-11-06 10:00"}, "2026-11-07 10:00", ""},
		{"cra-incident/assessment", map[Fact]string{FactIncidentSuspected: "2026-11-06 10:00"}, "2026-11-07 10:00", ""},
		{"cra-vulnerability/inform-users", map[Fact]string{FactExploitAware: "2026-11-07 10:20"}, "2026-11-10 10:20", ""},
		{"cra-incident/inform-users", map[Fact]string{FactIncidentAware: "2026-11-07 10:20"}, "2026-11-10 10:20", ""},
		{"cra-vulnerability/intermediate-report", map[Fact]string{FactIntermediateDue: "2026-11-20 12:00"}, "2026-11-20 12:00", ""},
		{"cra-incident/intermediate-report", map[Fact]string{FactIntermediateDue: "2026-11-20 12:00"}, "2026-11-20 12:00", ""},
		// The measure that the team named, not the earlier workaround.
		{"cra-vulnerability/final-report", map[Fact]string{FactExploitAware: "2026-11-07 10:20", FactWorkaround: "2026-11-09 16:00",
			FactMeasureNamed: "2026-11-26 16:00"}, "2026-12-10 16:00", "2026-12-10 23:59:59"},
		{"nis2/early-warning", map[Fact]string{FactNIS2Aware: "2026-11-07 10:20"}, "2026-11-08 10:20", ""},
		{"nis2/notification", map[Fact]string{FactNIS2Aware: "2026-11-07 10:20"}, "2026-11-10 10:20", ""},
		{"nis2/final-report", map[Fact]string{FactNIS2Aware: "2027-01-29 10:00", FactNIS2Notified: "2027-01-31 15:00"}, "2027-02-28 15:00", ""},
		{"nis2/final-report", map[Fact]string{FactNIS2Aware: "2026-11-07 10:00"}, "2026-12-10 10:00", ""},
		{"cert-in/report", map[Fact]string{FactCERTInNoticed: "2026-11-07 22:20"}, "2026-11-08 04:20", ""},
		// 1 May is a holiday in Berlin: 30 April, 4, 5 and 6 May.
		{"sec-8k/form-8k", map[Fact]string{FactMaterial: "2026-04-29 10:00"}, "2026-05-06 23:59:59", ""},
		{"team/acknowledge", map[Fact]string{FactReceived: "2026-06-05 18:00"}, "2026-06-09 23:59:59", ""},
		{"team/assess", map[Fact]string{FactReceived: "2026-05-08 18:00"}, "2026-05-18 23:59:59", ""},
		// 14 days end on Saturday; the update is due on Monday at the same time.
		{"team/status-update#1", map[Fact]string{FactAcknowledged: "2026-06-06 09:00"}, "2026-06-22 09:00", ""},
		{"team/vendor-silent#1", map[Fact]string{FactVendorNotified: "2026-06-01 09:00"}, "2026-06-15 09:00", ""},
		{"team/embargo-end", map[Fact]string{FactEmbargoEnds: "2027-06-01 09:00"}, "2027-06-01 09:00", ""},
	} {
		var f Facts
		now := time.Time{}
		for fact, s := range tt.facts {
			at := instant(t, s, loc)
			f.Add(fact, at)
			if at.After(now) && fact != FactEmbargoEnds && fact != FactIntermediateDue {
				now = at
			}
		}
		var ds []Deadline
		for _, p := range append(All(), OptIns()...) {
			ds = append(ds, p.Deadlines(f, cal, now)...)
		}
		d := deadline(t, ds, tt.id)
		require.Equal(t, instant(t, tt.due, loc).String(), d.Due.String(), d.Explain())
		last := time.Time{}
		if tt.last != "" {
			last = instant(t, tt.last, loc)
		}
		require.True(t, last.Equal(d.LegalLast), d.Explain())
		shown[tt.id] = true
	}
	// No clock of the table is without an example; Project Zero's details have a
	// test of their own.
	for _, p := range append(All(), OptIns()...) {
		for _, k := range p.Clocks {
			id := p.Name + "/" + k.Name
			if len(k.Repeat) > 0 {
				id += "#1"
			}
			require.True(t, shown[id] || id == "project-zero/details", id)
		}
	}
}

func TestCRAWithoutMeasure(t *testing.T) {
	p, _ := ByName("cra-vulnerability")
	aware := time.Date(2026, 11, 2, 8, 30, 0, 0, time.UTC)
	var f Facts
	f.Add(FactExploitAware, aware)
	d := deadline(t, p.Deadlines(f, Calendar{}, aware.AddDate(0, 3, 0)), "cra-vulnerability/final-report")
	require.Equal(t, DeadlineWaiting, d.State)
	require.True(t, d.Due.IsZero() && d.LegalLast.IsZero() && !d.Missed)
	require.Empty(t, d.Reminders())
	require.Contains(t, d.Explain(), "waiting for a corrective or mitigating measure, a fix that users can get or a published workaround; no date until then")

	f.Add(FactWorkaround, aware.AddDate(0, 0, 3))
	d = deadline(t, p.Deadlines(f, Calendar{}, aware.AddDate(0, 0, 4)), "cra-vulnerability/final-report")
	require.Equal(t, aware.AddDate(0, 0, 17), d.Due)
	// A later fix does not move it: the earliest measure counts.
	f.Add(FactFixAvailable, aware.AddDate(0, 0, 9))
	require.Equal(t, d.Due, deadline(t, p.Deadlines(f, Calendar{}, aware.AddDate(0, 0, 10)), d.ID).Due)
	// Between the cautious instant and the last moment nothing is overdue yet.
	d = deadline(t, p.Deadlines(f, Calendar{}, d.Due.Add(time.Minute)), d.ID)
	require.Equal(t, DeadlineDueSoon, d.State)
	d = deadline(t, p.Deadlines(f, Calendar{}, d.LegalLast.Add(time.Second)), d.ID)
	require.Equal(t, DeadlineOverdue, d.State)
	require.True(t, d.Missed)
}

// Regulation 1182/71, Art. 3(5), by hand.
func TestTwoWorkingDays(t *testing.T) {
	cal := Calendar{Holidays: []Holiday{{2026, 12, 25, "Christmas Day"}, {2026, 12, 28, "bridge"}}}
	for _, tt := range []struct {
		start string
		limit Span
		last  string
		steps string
	}{
		// Friday and two days: Sunday rolls to Monday, the first working day, so Tuesday.
		{"2026-06-05 10:00", Span{2, Days}, "2026-06-09 23:59:59", "Art. 3(5)"},
		{"2026-06-05 10:00", Span{1, Days}, "2026-06-08 23:59:59", "Art. 3(4)"},
		{"2026-06-01 10:00", Span{2, Days}, "2026-06-03 23:59:59", ""},
		{"2026-12-24 10:00", Span{3, Days}, "2026-12-30 23:59:59", "Art. 3(5)"},
		{"2028-01-31 10:00", Span{1, Months}, "2028-02-29 23:59:59", ""}, // leap year
		{"2026-06-05 10:00", Span{48, Hours}, "2026-06-07 10:59:59", "do not roll"},
		{"2026-06-05 10:59:59", Span{1, Hours}, "2026-06-05 11:59:59", ""},
		{"2026-06-05 11:00", Span{1, Hours}, "2026-06-05 12:59:59", ""},
	} {
		r := clockRun{cal: cal, words: true}
		start := instant(t, tt.start, time.UTC)
		cautious, last := r.eu(start, tt.limit, r.add(start, tt.limit))
		require.Equal(t, instant(t, tt.last, time.UTC), last, r.steps)
		require.False(t, cautious.After(last))
		if tt.steps != "" {
			require.Contains(t, r.steps[len(r.steps)-2]+r.steps[len(r.steps)-1], tt.steps)
		}
	}
}
