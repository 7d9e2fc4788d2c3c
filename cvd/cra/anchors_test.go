package cra_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/policy"
)

// history is what a test did, kept apart from the case: the second implementation
// sees nothing else.
type history struct {
	aware     []time.Time // corrections replace
	measures  []time.Time // of the manufacturer, for this vulnerability
	named     []time.Time
	submitted map[cvd.ReportStage][]time.Time
}

func earliest(ts ...time.Time) (t time.Time) {
	for _, x := range ts {
		if !x.IsZero() && (t.IsZero() || x.Before(t)) {
			t = x
		}
	}
	return t
}

// regulation computes the end of a stage from the text of Art. 14(2) and (4) and of
// Regulation 1182/71, Art. 3, without the policies: the instant to work towards, and
// the last moment of the period.
func (h *history) regulation(incident bool, stage cvd.ReportStage, cal policy.Calendar) (due, last time.Time, projected bool) {
	aware := earliest(h.aware...)
	if aware.IsZero() || aware.In(cal.Zone).Format(time.DateOnly) < "2026-09-11" {
		return
	}
	if stage != cvd.StageFinal {
		hours := 24
		if stage == cvd.StageNotification {
			hours = 72
		}
		due = aware.Add(time.Duration(hours) * time.Hour)
		// The hour of the event is not counted (Art. 3(1)), and hours do not roll.
		begin := aware.In(cal.Zone)
		begin = begin.Add(-time.Duration(begin.Minute())*time.Minute - time.Duration(begin.Second())*time.Second - time.Duration(begin.Nanosecond())).Add(time.Hour)
		return due, begin.Add(time.Duration(hours)*time.Hour - time.Second), false
	}
	var start time.Time
	if incident {
		start = earliest(h.submitted[cvd.StageNotification]...)
		if start.IsZero() {
			if len(h.submitted[cvd.StageFinal]) > 0 {
				return // one submission served all: there never was a date
			}
			start, projected = aware.Add(72*time.Hour), true
		}
	} else if start = earliest(h.named...); start.IsZero() {
		start = earliest(h.measures...)
	}
	if start.IsZero() {
		return // no measure, no date
	}
	if start.Before(aware) {
		start = aware
	}
	w := start.In(cal.Zone)
	at := func(day int, month time.Month) time.Time {
		x := time.Date(w.Year(), month, day, w.Hour(), w.Minute(), w.Second(), w.Nanosecond(), cal.Zone)
		if y := x.Add(-time.Hour); y.Format(time.DateTime) == x.Format(time.DateTime) {
			return y // the clock shows it twice: the earlier
		}
		return x
	}
	var end time.Time
	if incident {
		end = at(w.Day(), w.Month()+1)
		if end.Day() != w.Day() { // the month is too short: its last day
			end = at(1, w.Month()+2).AddDate(0, 0, -1)
		}
		due = end
	} else {
		end = at(w.Day()+14, w.Month())
		due = earliest(end, start.Add(14*24*time.Hour))
	}
	if projected {
		return due, time.Time{}, true
	}
	for !cal.WorkingDay(end) {
		end = end.AddDate(0, 0, 1)
	}
	return due, time.Date(end.Year(), end.Month(), end.Day(), 23, 59, 59, 0, cal.Zone), false
}

// stopped is when a stage was met: by itself or by a later one.
func (h *history) stopped(stage cvd.ReportStage) time.Time {
	var all []time.Time
	for _, s := range []cvd.ReportStage{cvd.StageEarlyWarning, cvd.StageNotification, cvd.StageFinal} {
		if s >= stage {
			all = append(all, h.submitted[s]...)
		}
	}
	return earliest(all...)
}

// Wrong anchors are impossible: over random histories every due date of a case is
// that of a second implementation, which was written from the Regulation's text.
func TestWrongAnchorsAreImpossible(t *testing.T) {
	histories := 120
	if testing.Short() {
		histories = 20
	}
	counts := map[string]int{}
	for seed := range uint64(histories) {
		r := rand.New(rand.NewPCG(seed, 7))
		d := newDesk(t)
		d.now = time.Date(2026, 9, 8, 6, 0, 0, 0, time.UTC)
		id := d.opened()
		d.do(id, cvd.AddVulnerability{Title: "second"}, cvd.Invite{Roles: cvd.RoleVendor, Contact: cvd.Contact{Name: "Northlink"}})
		ms := []cvd.Matter{{Vuln: 1}, {Vuln: 2}, {Incident: 1}, {Vendor: 3, Vuln: 1}}
		hs := map[string]*history{}
		for _, m := range ms {
			hs[m.String()] = &history{submitted: map[cvd.ReportStage][]time.Time{}}
		}
		fixed := map[string]bool{}
		for step := range 14 {
			d.now = d.now.Add(time.Duration(r.IntN(5*24*60)) * time.Minute).Truncate(time.Second)
			past := d.now.Add(-time.Duration(r.IntN(48*60)) * time.Minute)
			m := ms[r.IntN(len(ms))]
			h := hs[m.String()]
			switch r.IntN(6) {
			case 0, 1:
				instead := len(h.aware) > 0 && r.IntN(2) == 0
				d.do(id, cvd.RecordAssessment{Matter: m, Step: cvd.StepAware, At: past, Instead: instead, Evidence: "e"})
				if instead {
					h.aware = nil
				}
				h.aware = append(h.aware, past)
			case 2:
				if m.Incident != 0 || fixed[m.String()] {
					continue
				}
				fixed[m.String()] = true
				d.do(id, deployed(m.Vuln, m.Vendor, past)...)
				h.measures = append(h.measures, past)
			case 3:
				if m.Incident != 0 {
					continue
				}
				d.do(id, cvd.RecordFact{Fact: policy.FactWorkaround, At: past, Subject: m.String()})
				h.measures = append(h.measures, past)
			case 4:
				if m.Incident != 0 || r.IntN(3) > 0 {
					continue
				}
				d.do(id, cvd.RecordFact{Fact: policy.FactMeasureNamed, At: past, Subject: m.String()})
				h.named = append(h.named, past)
			case 5:
				stages := [][]cvd.ReportStage{{cvd.StageEarlyWarning}, {cvd.StageNotification}, {cvd.StageFinal},
					{cvd.StageEarlyWarning, cvd.StageNotification}, {cvd.StageEarlyWarning, cvd.StageNotification, cvd.StageFinal}}[r.IntN(5)]
				d.do(id, cvd.RecordSubmission{Matter: m, Stages: stages, At: past, Authority: "CSIRT"})
				for _, s := range stages {
					h.submitted[s] = append(h.submitted[s], past)
				}
			}
			for _, m := range ms {
				compareWithRegulation(t, d, id, m, hs[m.String()], fmt.Sprintf("seed %d, step %d, %s", seed, step, m), counts)
			}
		}
	}
	t.Log(counts)
	for _, state := range []string{"met", "met late", "overdue", "running", "waiting", "projected", "not owed"} {
		require.Greater(t, counts[state], 3, "the histories reach each state: %s", state)
	}
}

func compareWithRegulation(t *testing.T, d *desk, id cvd.CaseID, m cvd.Matter, h *history, about string, counts map[string]int) {
	t.Helper()
	name := "cra-vulnerability"
	if m.Incident != 0 {
		name = "cra-incident"
	}
	got := map[string]policy.Deadline{}
	for _, x := range d.deadlines(id) {
		if x.Policy == name {
			got[x.ID] = x
		}
	}
	for stage, clock := range map[cvd.ReportStage]string{cvd.StageEarlyWarning: "early-warning", cvd.StageNotification: "notification", cvd.StageFinal: "final-report"} {
		x, there := got[name+"/"+clock+"@"+m.String()]
		if len(h.aware) == 0 {
			require.True(t, !there || x.Due.IsZero(), "%s: %s before awareness", about, clock)
			continue
		}
		due, last, projected := h.regulation(m.Incident != 0, stage, d.cal)
		if !due.Equal(x.Due) {
			t.Fatalf("%s: %s is due %s, not %s\n%s", about, clock, x.Due, due, x.Explain())
		}
		require.True(t, last.Equal(x.LegalLast), "%s: %s, last moment %s, not %s\n%s", about, clock, x.LegalLast, last, x.Explain())
		require.Equal(t, projected, x.Projected, about)
		stop := h.stopped(stage)
		end := due
		if last.After(due) {
			end = last
		}
		missed := !due.IsZero() && !projected && (!stop.IsZero() && stop.After(end) || stop.IsZero() && d.now.After(end))
		require.Equal(t, missed, x.Missed, "%s: %s missed\n%s", about, clock, x.Explain())
		switch {
		case x.State == policy.DeadlineNotOwed:
			require.True(t, due.IsZero(), about)
			counts["not owed"]++
		case !stop.IsZero() && missed:
			require.Equal(t, policy.DeadlineMet, x.State, about)
			counts["met late"]++
		case !stop.IsZero():
			require.Equal(t, policy.DeadlineMet, x.State, about)
			counts["met"]++
		case missed:
			require.Equal(t, policy.DeadlineOverdue, x.State, about)
			counts["overdue"]++
		case projected:
			counts["projected"]++
		case due.IsZero():
			require.Equal(t, policy.DeadlineWaiting, x.State, about)
			counts["waiting"]++
		default:
			counts["running"]++
		}
	}
}

// The common mistake: 14 days from awareness. Worked by hand from the design page, from
// the Regulation's text and from ENISA's FAQ, question 7: the final report counts from
// the measure, or from the notification. In Berlin.
func TestWorkedExamples(t *testing.T) {
	d := newDesk(t)
	id := d.opened()
	at := func(s string) time.Time {
		x, err := time.ParseInLocation("2006-01-02 15:04", s, d.cal.Zone)
		require.NoError(t, err)
		return x
	}
	due := func(matter, clock string) string {
		p := d.procedure(id, matter)
		x, ok := p.Deadline(clock)
		require.True(t, ok, clock)
		if x.Due.IsZero() {
			return "none"
		}
		return x.Due.In(d.cal.Zone).Format("2006-01-02 15:04")
	}
	d.do(id, cvd.RecordAssessment{Step: cvd.StepAware, At: at("2026-11-06 20:15"), Evidence: "logs"})
	require.Equal(t, "2026-11-07 20:15", due("v1", "early-warning"))
	require.Equal(t, "2026-11-09 20:15", due("v1", "notification"), "a Monday")
	require.Equal(t, "none", due("v1", "final-report"), "no date until a measure is there")
	d.now = at("2026-11-09 12:00")
	d.do(id, cvd.RecordFact{Fact: policy.FactWorkaround, Subject: "v1"})
	require.Equal(t, "2026-11-23 12:00", due("v1", "final-report"), "a published workaround is a measure")
	// Another vendor's fix in between, and our own later: neither moves it.
	d.do(id, cvd.Invite{Roles: cvd.RoleVendor, Contact: cvd.Contact{Name: "Northlink"}})
	d.now = at("2026-11-16 09:00")
	d.do(id, deployed(1, 3, d.now)...)
	require.Equal(t, "2026-11-23 12:00", due("v1", "final-report"))
	d.now = at("2026-11-27 09:00")
	d.do(id, deployed(1, 0, d.now)...)
	require.Equal(t, "2026-11-23 12:00", due("v1", "final-report"))
	// The team decides otherwise, and that is recorded.
	d.do(id, cvd.RecordFact{Fact: policy.FactMeasureNamed, Subject: "v1", Reason: "the workaround stops no attack"})
	require.Equal(t, "2026-12-11 09:00", due("v1", "final-report"))

	// An incident: one month from the submission, and not from its limit.
	d.do(id, cvd.RecordAssessment{Matter: cvd.Matter{Incident: 1}, Step: cvd.StepAware, At: at("2026-11-27 08:00"), Evidence: "build server"})
	require.Equal(t, "2026-12-30 08:00", due("i1", "final-report"), "projected from the 72 hours")
	d.now = at("2026-11-28 10:00")
	d.do(id, cvd.RecordSubmission{Matter: cvd.Matter{Incident: 1}, Stages: []cvd.ReportStage{cvd.StageNotification}, Authority: "CSIRT"})
	require.Equal(t, "2026-12-28 10:00", due("i1", "final-report"))
	p := d.procedure(id, "i1")
	warning, _ := p.Deadline("early-warning")
	require.Equal(t, policy.DeadlineMet, warning.State, "the notification serves the early warning")
}
