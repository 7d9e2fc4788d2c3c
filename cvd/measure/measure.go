package measure

import (
	"github.com/cvdkit/cvdkit/cvd/policy"
	"github.com/cvdkit/cvdkit/cvd/vultron"
	"slices"
	"time"
)

// Case is what is measured of one case. It names nobody. Zero times have
// not happened.
type Case struct {
	Number    string    // the case's public number
	Received  time.Time `json:",omitzero"` // the first report came
	Acked     time.Time `json:",omitzero"` // the reporter was answered
	Assessed  time.Time `json:",omitzero"` // the first report was triaged
	Fixed     time.Time `json:",omitzero"` // users can get the fix
	Published time.Time `json:",omitzero"` // the team published
	Closed    time.Time `json:",omitzero"` // the team was done
	// Met and Missed count the deadlines that ended or passed; see CountDeadlines.
	Met, Missed int
	// History is the order of events, for the desiderata.
	History vultron.CSHistory
}

// CountDeadlines counts the deadlines that were met in time and those that were
// missed, whether or not they were met later. Dates that only allow something
// (May) are not counted.
func CountDeadlines(ds []policy.Deadline) (met, missed int) {
	for _, d := range ds {
		switch {
		case d.Force == policy.May:
		case d.Missed:
			missed++
		case d.State == policy.DeadlineMet:
			met++
		}
	}
	return met, missed
}

// Stage is a part of a case's way, counted from the report.
type Stage string

// The stages.
const (
	StageAcknowledge Stage = "acknowledge"
	StageAssess      Stage = "assess"
	StageFix         Stage = "fix"
	StagePublish     Stage = "publish"
)

// Stages returns the stages in their usual order.
func Stages() []Stage { return []Stage{StageAcknowledge, StageAssess, StageFix, StagePublish} }

// Took returns the time from the report to the end of a stage. It reports false
// where there was no report, where the stage has not ended, or where it ended
// before the report.
func (m Case) Took(s Stage) (time.Duration, bool) {
	var end time.Time
	switch s {
	case StageAcknowledge:
		end = m.Acked
	case StageAssess:
		end = m.Assessed
	case StageFix:
		end = m.Fixed
	case StagePublish:
		end = m.Published
	}
	if m.Received.IsZero() || end.IsZero() || end.Before(m.Received) {
		return 0, false
	}
	return end.Sub(m.Received), true
}

// Age returns how long an open case has been open. It reports false for one that
// is closed or has no report.
func (m Case) Age(now time.Time) (time.Duration, bool) {
	if m.Received.IsZero() || !m.open(now) {
		return 0, false
	}
	return now.Sub(m.Received), true
}

// open reports whether a case is: also one that began without a report.
func (m Case) open(now time.Time) bool {
	return (m.Closed.IsZero() || m.Closed.After(now)) && !m.Received.After(now)
}

// Team holds the figures of a team.
type Team struct {
	Now         time.Time      `json:",omitzero"` // as of when the figures are
	Cases, Open int            // all of them, and those that are not closed
	Stages      []StageFigures // in the order of the stages
	// Met and Missed count deadlines over all cases.
	Met, Missed int
	Desiderata  []DesideratumFigures // of the twelve orders, in the order of package vultron
	Backlog     []AgeBand            // open cases by the age of their report, the youngest first
	MedianAge   time.Duration        // of open cases with a report
	OldestAge   time.Duration        // of open cases with a report
}

// StageFigures is the time that a stage took, over the cases that ended it.
// Percentiles are by nearest rank: a value that did occur.
type StageFigures struct {
	Stage            Stage         // which one
	Cases            int           // that ended it
	Median, P90, Max time.Duration // 50th and 90th percentile, and the longest
}

// DesideratumFigures counts how the cases did in one of the twelve orders.
type DesideratumFigures struct {
	vultron.Desideratum
	Met, Missed, Open int // in how many cases it was met, missed, or is not decided
}

// AgeBand counts the open cases of an age of at least Over.
type AgeBand struct {
	Label string        // in words
	Over  time.Duration // the least age in it
	Cases int           // how many are in it
}

const oneDay = 24 * time.Hour

// Of computes the figures of a set of cases at an instant.
func Of(cases []Case, now time.Time) Team {
	m := Team{Now: now, Cases: len(cases), Backlog: []AgeBand{
		{Label: "under 7 days"}, {Label: "7 to 29 days", Over: 7 * oneDay}, {Label: "30 to 89 days", Over: 30 * oneDay},
		{Label: "90 to 179 days", Over: 90 * oneDay}, {Label: "180 days and more", Over: 180 * oneDay},
	}}
	for _, s := range Stages() {
		var took []time.Duration
		for _, c := range cases {
			if d, ok := c.Took(s); ok {
				took = append(took, d)
			}
		}
		slices.Sort(took)
		m.Stages = append(m.Stages, StageFigures{
			Stage: s, Cases: len(took),
			Median: percentile(took, 50), P90: percentile(took, 90), Max: percentile(took, 100),
		})
	}
	for _, d := range vultron.Desiderata() {
		x := DesideratumFigures{Desideratum: d}
		for _, c := range cases {
			switch c.History.Order(d) {
			case vultron.OrderMet:
				x.Met++
			case vultron.OrderMissed:
				x.Missed++
			default:
				x.Open++
			}
		}
		m.Desiderata = append(m.Desiderata, x)
	}
	var ages []time.Duration
	for _, c := range cases {
		m.Met += c.Met
		m.Missed += c.Missed
		if c.open(now) {
			m.Open++
		}
		age, ok := c.Age(now)
		if !ok {
			continue
		}
		ages = append(ages, age)
		for i := len(m.Backlog) - 1; i >= 0; i-- {
			if age >= m.Backlog[i].Over {
				m.Backlog[i].Cases++
				break
			}
		}
	}
	slices.Sort(ages)
	m.MedianAge, m.OldestAge = percentile(ages, 50), percentile(ages, 100)
	return m
}

// percentile is by nearest rank over sorted values; none give 0.
func percentile(sorted []time.Duration, p int) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	rank := (p*len(sorted) + 99) / 100
	return sorted[max(rank, 1)-1]
}

// aged reports whether there is an age to tell: an open case with a report.
func (m Team) aged() bool {
	return slices.ContainsFunc(m.Backlog, func(b AgeBand) bool { return b.Cases > 0 })
}
