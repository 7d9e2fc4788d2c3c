package policy

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func law(t testing.TB, name string) Policy {
	t.Helper()
	p, ok := ByName(name)
	require.True(t, ok)
	return p
}

// Both limits stand in the text: Art. 14(2) and (4).
func TestCRASaysWithoutUndueDelay(t *testing.T) {
	for _, p := range []Policy{law(t, "cra-vulnerability"), law(t, "cra-incident")} {
		for _, name := range []string{"early-warning", "notification"} {
			k, ok := p.Clock(name)
			require.True(t, ok)
			require.Contains(t, k.Rules[0].Say, "without undue delay and in any event within ")
		}
	}
}

// The duty began on 2026-09-11 (Art. 71(2)): what was known before is not overdue.
func TestAwarenessBeforeTheDutyBegan(t *testing.T) {
	cal := Calendar{Zone: berlin(t)}
	for _, tt := range []struct {
		policy string
		fact   Fact
	}{{"cra-vulnerability", FactExploitAware}, {"cra-incident", FactIncidentAware}} {
		p := law(t, tt.policy)
		var f Facts
		f.Add(tt.fact, instant(t, "2026-09-10 23:59", cal.Zone))
		f.Add(FactWorkaround, instant(t, "2026-09-20 10:00", cal.Zone))
		f.Add(FactNotified, instant(t, "2026-09-20 10:00", cal.Zone))
		now := instant(t, "2026-12-01 10:00", cal.Zone)
		for _, d := range p.Deadlines(f, cal, now) {
			require.Equal(t, DeadlineNotOwed, d.State, d.ID)
			require.True(t, d.Due.IsZero() && !d.Missed && !d.Open(), d.ID)
			require.Empty(t, d.Reminders())
			require.Contains(t, d.Explain(), "not owed: the duty began on 2026-09-11; awareness of a")
		}
		// By the local day of the team, and not by that of UTC.
		f.Times[tt.fact] = []time.Time{instant(t, "2026-09-11 00:01", cal.Zone)}
		f.Times[FactNotified] = nil
		require.Equal(t, DeadlineOverdue, deadline(t, p.Deadlines(f, cal, now), tt.policy+"/early-warning").State)
		// A case that had dates before the fact was corrected says why they are gone.
		a := Adopt(p, f, cal, now)
		f.Times[tt.fact] = []time.Time{instant(t, "2026-09-01 00:01", cal.Zone)}
		next, changes, err := a.Readopt(f, cal, now)
		require.NoError(t, err)
		require.Empty(t, next.Dates)
		require.Contains(t, changes[0].Reason, "the duty began on 2026-09-11")
	}
}

// Art. 14(7), third subparagraph: the order for manufacturers outside the Union.
func TestCRAFallbackOutsideTheUnion(t *testing.T) {
	for _, name := range []string{"cra-vulnerability", "cra-incident"} {
		notes := strings.Join(law(t, name).Notes, "\n")
		at := -1
		for _, want := range []string{"authorised representative", "importer", "distributor", "most users"} {
			i := strings.Index(notes, want)
			require.Greater(t, i, at, want)
			at = i
		}
	}
}

// Attacks that were adopted suggest awareness: a clock asks for the decision, and
// no legal clock starts (Art. 3(42): reliable evidence).
func TestAttacksSuggestAwareness(t *testing.T) {
	p := law(t, "cra-vulnerability")
	seen := time.Date(2026, 11, 6, 10, 0, 0, 0, time.UTC)
	var f Facts
	f.Add(FactExploitObserved, seen)
	ds := p.Deadlines(f, Calendar{}, seen.Add(time.Hour))
	d := deadline(t, ds, "cra-vulnerability/assessment")
	require.Equal(t, DeadlineRunning, d.State)
	require.Equal(t, "decide whether this is awareness of active exploitation", d.Title)
	for _, name := range []string{"early-warning", "notification", "final-report", "inform-users"} {
		require.True(t, deadline(t, ds, "cra-vulnerability/"+name).Due.IsZero(), name)
	}
	// Both answers end it; only one starts the others.
	f.Add(FactExploitDismissed, seen.Add(2*time.Hour))
	ds = p.Deadlines(f, Calendar{}, seen.Add(3*time.Hour))
	require.Equal(t, DeadlineMet, deadline(t, ds, "cra-vulnerability/assessment").State)
	require.True(t, deadline(t, ds, "cra-vulnerability/early-warning").Due.IsZero())
	f.Times[FactExploitDismissed] = nil
	f.Add(FactExploitAware, seen.Add(2*time.Hour))
	ds = p.Deadlines(f, Calendar{}, seen.Add(3*time.Hour))
	require.Equal(t, DeadlineMet, deadline(t, ds, "cra-vulnerability/assessment").State)
	require.Equal(t, seen.Add(26*time.Hour), deadline(t, ds, "cra-vulnerability/early-warning").Due)
}

// Art. 14(2)(c) does not say whose measure: the earliest, or the one the team named.
func TestWhoseMeasureStartsTheFinalReport(t *testing.T) {
	p := law(t, "cra-vulnerability")
	aware := time.Date(2026, 11, 2, 8, 0, 0, 0, time.UTC)
	day := func(n int) time.Time { return aware.AddDate(0, 0, n) }
	final := func(f Facts) Deadline {
		return deadline(t, p.Deadlines(f, Calendar{}, day(30)), "cra-vulnerability/final-report")
	}
	var f Facts
	f.Add(FactExploitAware, aware)
	f.Add(FactFixAvailable, day(21))
	f.Add(FactWorkaround, day(3))
	require.Equal(t, day(17), final(f).Due)
	require.Contains(t, final(f).Rule, "unless the team names another")
	f.Add(FactMeasureNamed, day(21))
	require.Equal(t, day(35), final(f).Due)
	require.Contains(t, final(f).Explain(), "the measure that the team named")
	// One that is older than awareness: the time counts from awareness, and says so.
	var old Facts
	old.Add(FactExploitAware, aware)
	old.Add(FactFixAvailable, day(-100))
	require.Equal(t, day(14), final(old).Due)
	require.Contains(t, final(old).Explain(), "a fix that users can get is older (Sat 2026-07-25 08:00 UTC): the time counts from awareness of active exploitation")
}

// A later stage serves the earlier ones ("unless the relevant information has
// already been provided").
func TestOneSubmissionServesEarlierStages(t *testing.T) {
	at := time.Date(2026, 11, 2, 8, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		policy string
		aware  Fact
	}{{"cra-vulnerability", FactExploitAware}, {"cra-incident", FactIncidentAware}, {"nis2", FactNIS2Aware}} {
		stages := []Fact{FactWarned, FactNotified, FactFinalReported}
		if tt.policy == "nis2" {
			stages = []Fact{FactNIS2Warned, FactNIS2Notified, FactNIS2Reported}
		}
		for n, fact := range stages {
			var f Facts
			f.Add(tt.aware, at)
			f.Add(fact, at.Add(20*time.Hour))
			ds := law(t, tt.policy).Deadlines(f, Calendar{}, at.AddDate(0, 6, 0))
			for i, name := range []string{"early-warning", "notification", "final-report"} {
				d := deadline(t, ds, tt.policy+"/"+name)
				require.Equal(t, i <= n, d.State == DeadlineMet, "%s after %s: %s", d.ID, fact, d.State)
				require.False(t, i <= n && d.Missed, d.ID)
			}
		}
	}
}

// Art. 14(4)(c): a month from the submission of the notification. While that is
// missing the date is a projection: nothing is overdue by it.
func TestIncidentFinalReportIsProjected(t *testing.T) {
	p := law(t, "cra-incident")
	aware := time.Date(2026, 11, 7, 10, 0, 0, 0, time.UTC)
	final := func(f Facts, now time.Time) Deadline {
		return deadline(t, p.Deadlines(f, Calendar{}, now), "cra-incident/final-report")
	}
	var f Facts
	f.Add(FactIncidentAware, aware)
	for _, now := range []time.Time{aware, aware.AddDate(0, 2, 0)} {
		d := final(f, now)
		require.True(t, d.Projected && d.Open() && !d.Missed && d.LegalLast.IsZero())
		require.Equal(t, DeadlineWaiting, d.State)
		require.Equal(t, time.Date(2026, 12, 10, 10, 0, 0, 0, time.UTC), d.Due)
		require.Empty(t, d.Reminders())
		require.Contains(t, d.Explain(), "waiting for the notification; the date is projected")
	}
	a := Adopt(p, f, Calendar{}, aware)
	f.Add(FactNotified, aware.Add(30*time.Hour))
	d := final(f, aware.AddDate(0, 0, 20))
	require.False(t, d.Projected)
	require.Equal(t, time.Date(2026, 12, 8, 16, 0, 0, 0, time.UTC), d.Due)
	_, changes, err := a.Readopt(f, Calendar{}, aware.AddDate(0, 0, 2))
	require.NoError(t, err)
	require.Equal(t, "cra-incident/final-report", changes[len(changes)-1].ID)
	require.True(t, changes[len(changes)-1].Earlier)
	// Reported in one piece: it never had a date of its own.
	f.Times[FactNotified] = nil
	f.Add(FactFinalReported, aware.Add(30*time.Hour))
	d = final(f, aware.AddDate(0, 3, 0))
	require.True(t, d.State == DeadlineMet && !d.Missed && d.Due.IsZero())
}

// disclose.io names no number: nothing follows from it but a promise.
func TestDiscloseIOHasNoClock(t *testing.T) {
	p := law(t, "disclose.io")
	require.Empty(t, p.Clocks)
	require.Contains(t, p.Notes[0], "promptly")
	b, err := p.MarshalJSON()
	require.NoError(t, err)
	require.NotContains(t, string(b), "72")
	require.Error(t, Policy{Name: "x", Version: 1, Title: "x", Source: "x"}.Validate(), "a policy says something")
}

// What was found with AI has no embargo at the kernel since 7.1.
func TestKernelAndAI(t *testing.T) {
	p := law(t, "linux-kernel")
	at := time.Date(2026, 6, 1, 9, 0, 0, 0, time.UTC)
	var f Facts
	f.Add(FactFixReady, at)
	_, ok := p.EmbargoDates(f, Calendar{})
	require.True(t, ok)
	f.Add(FactAIAssisted, at.Add(-time.Hour))
	_, ok = p.EmbargoDates(f, Calendar{})
	require.False(t, ok)
	require.Equal(t, at, deadline(t, p.Deadlines(f, Calendar{}, at), "linux-kernel/release").Due)
}

// CNA rules 4.2.0 and Project Zero's trial are said where people read.
func TestNotesOfPolicies(t *testing.T) {
	cna := law(t, "cna-rules")
	require.Equal(t, "2026-08-25", cna.Effective)
	require.Contains(t, cna.Source, "4.2.0")
	for _, want := range []string{"(CNA rules 5.3.1)", "at the same time is allowed", "(CNA rules 4.3.3)", "(CNA rules 4.2.16.6)"} {
		require.Contains(t, strings.Join(cna.Notes, "\n"), want)
	}
	zero := law(t, "project-zero")
	k, _ := zero.Clock("existence")
	require.Contains(t, k.Rules[0].Say, "a trial since July 2025")
	require.Contains(t, zero.Notes[0], "29 July 2025")
}

// Federal holidays as OPM publishes them, and the business days of Form 8-K.
func TestUSCalendar(t *testing.T) {
	ny := zone(t, "America/New_York")
	cal, err := USCalendar(ny, 2021, 2028)
	require.NoError(t, err)
	require.NoError(t, cal.Validate())
	days := map[string]bool{}
	for _, h := range cal.Holidays {
		days[time.Date(h.Year, h.Month, h.Day, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)] = true
	}
	for _, day := range strings.Fields(`2021-01-01 2021-06-18 2021-07-05 2021-10-11 2021-11-11 2021-11-25 2021-12-24 2021-12-31
		2024-01-15 2024-02-19 2024-05-27 2024-09-02 2024-11-28 2026-01-19 2026-02-16 2026-05-25 2026-06-19 2026-07-03 2026-09-07
		2026-10-12 2026-11-11 2026-11-26 2026-12-25 2027-06-18 2027-07-05 2027-12-24 2027-12-31 2028-05-29`) {
		require.True(t, days[day], day)
	}
	require.Len(t, cal.Holidays, 8*11)
	for _, tt := range []struct{ decided, due string }{
		{"2026-11-23 09:00", "2026-11-30 17:30"}, // 24, 25, 27, 30: Thanksgiving is on the 26th
		{"2026-11-21 09:00", "2026-11-27 17:30"}, // a Saturday: 23, 24, 25, 27
		{"2026-12-31 23:00", "2027-01-07 17:30"}, // New Year's Day is on a Friday
	} {
		var f Facts
		f.Add(FactMaterial, instant(t, tt.decided, ny))
		d := law(t, "sec-8k").Deadlines(f, cal, instant(t, tt.decided, ny))[0]
		require.Equal(t, instant(t, tt.due, ny).String(), d.Due.String())
	}
	_, err = USCalendar(nil, 2026, 2026)
	require.Error(t, err)
	_, err = USCalendar(ny, 2020, 2026)
	require.Error(t, err)
}

// Of two limits the earlier counts, also where one is in business days.
func TestEarlierOfTwoLimits(t *testing.T) {
	rule := Rule{From: []Fact{"classified"}, Limit: Span{4, Hours}, Say: "4 hours after it is classified, at the latest 2 business days after it was detected",
		Caps: []Cap{{Fact: "detected", Limit: Span{2, BusinessDays}, Say: "at the latest 2 business days after it was detected"}}}
	detected := time.Date(2026, 11, 6, 10, 0, 0, 0, time.UTC) // a Friday
	var f Facts
	f.Add("detected", detected)
	f.Add("classified", detected.Add(time.Hour))
	require.Equal(t, detected.Add(5*time.Hour), ruleDue(rule, f, Calendar{}, detected.Add(time.Hour)).Due)
	f.Times["classified"][0] = detected.AddDate(0, 0, 5)
	d := ruleDue(rule, f, Calendar{}, detected.AddDate(0, 0, 5))
	require.Equal(t, time.Date(2026, 11, 10, 23, 59, 59, 0, time.UTC), d.Due)
	require.Contains(t, d.Explain(), "at the latest 2 business days after it was detected: ")
	// The Attorney General may delay Form 8-K.
	f = Facts{}
	f.Add(FactMaterial, detected)
	plain := law(t, "sec-8k").Deadlines(f, Calendar{}, detected)[0].Due
	f.Add(FactSECDelay, detected.Add(time.Hour))
	require.Equal(t, plain.AddDate(0, 0, 30), law(t, "sec-8k").Deadlines(f, Calendar{}, detected.Add(2*time.Hour))[0].Due)
}

// Nobody reads a raw name of a fact.
func TestFactsHaveWords(t *testing.T) {
	for _, p := range append(All(), OptIns()...) {
		for _, f := range p.Facts() {
			require.NotEqual(t, string(f), f.Words())
			require.NotContains(t, f.Words(), ".", f)
			require.Contains(t, factWords, f)
		}
		for _, d := range p.Deadlines(Facts{}, Calendar{}, time.Time{}) {
			require.NotRegexp(t, `[a-z]\.[a-z]`, strings.ReplaceAll(d.Waiting, p.Source, ""))
		}
	}
	require.Equal(t, "host s own fact", Fact("host.s-own_fact").Words())
}
