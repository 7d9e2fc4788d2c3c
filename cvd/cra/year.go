package cra

import (
	"encoding/csv"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/plain"
	"github.com/cvdkit/cvdkit/cvd/internal/svg"
	"github.com/cvdkit/cvdkit/cvd/measure"
	"github.com/cvdkit/cvdkit/cvd/policy"
)

// YearCase is what the yearly figures need of a case. It names nobody.
type YearCase struct {
	Measured measure.Case // see Service.Measured
	// Opened decides the year where there was no report: Case.Opened.
	Opened     time.Time         `json:",omitzero"`
	Procedures []Procedure       // all of the case
	Deadlines  []policy.Deadline // all of the case, for those that were missed
	// Reasons say why deadlines were missed, by their ID, in the team's words.
	Reasons map[string]string
}

// Year are the figures of a year, of the cases that were received or opened in it.
type Year struct {
	Year      int                    // in which the cases were received or opened, in Zone
	Zone      string                 // IANA name
	Cases     int                    // how many there were
	Stages    []measure.StageFigures // median and 90th percentile to each stage
	Missed    []MissedClock          // clocks that ran out
	Exploited int                    // procedures of exploited vulnerabilities with awareness
	Incidents int                    // of severe incidents
	Reports   []StageCount           // of each stage
}

// StageCount counts the reports of one stage.
type StageCount struct {
	Stage       cvd.ReportStage // which report
	Due, OnTime int             // how many were owed, and how many of them came in time
}

// MissedClock is a deadline that passed, whether or not it was met later.
type MissedClock struct {
	Case   string       // its public number
	Clock  string       // its title
	Force  policy.Force // must, should or may
	Due    time.Time    `json:",omitzero"` // the last moment
	Ended  time.Time    `json:",omitzero"` // zero: it is still open
	Reason string       // what was recorded of why; may be empty
}

// YearOf computes the figures of the cases received or opened in a year, in a zone;
// nil is UTC. A missed clock has as its reason what the team gives, else what was
// recorded with the submission that ended it.
func YearOf(cases []YearCase, year int, zone *time.Location) Year {
	if zone == nil {
		zone = time.UTC
	}
	y := Year{Year: year, Zone: zone.String(), Reports: []StageCount{{Stage: cvd.StageEarlyWarning}, {Stage: cvd.StageNotification}, {Stage: cvd.StageIntermediate}, {Stage: cvd.StageFinal}}}
	var measured []measure.Case
	for _, c := range cases {
		began := c.Measured.Received
		if began.IsZero() {
			began = c.Opened
		}
		if began.IsZero() || began.In(zone).Year() != year {
			continue
		}
		measured = append(measured, c.Measured)
		for i := range c.Procedures {
			y.count(&c.Procedures[i])
		}
		for _, d := range c.Deadlines {
			if d.Missed && d.Force != policy.May {
				y.Missed = append(y.Missed, MissedClock{Case: c.Measured.Number, Clock: d.Title, Force: d.Force, Due: d.Last(), Ended: d.Ended, Reason: reason(c, d)})
			}
		}
	}
	y.Cases = len(measured)
	y.Stages = measure.Of(measured, time.Time{}).Stages
	return y
}

var stageOf = map[string]int{"early-warning": 0, "notification": 1, "intermediate-report": 2, "final-report": 3}

func (y *Year) count(p *Procedure) {
	if !p.Own || p.State != Aware && p.State != Reported {
		return
	}
	if p.Kind == Incident {
		y.Incidents++
	} else {
		y.Exploited++
	}
	for _, d := range p.Deadlines {
		i, ok := stageOf[d.Clock]
		if !ok || d.Due.IsZero() || d.Projected || d.State == policy.DeadlineNotOwed {
			continue
		}
		if d.State == policy.DeadlineMet || d.Missed {
			y.Reports[i].Due++
			if !d.Missed {
				y.Reports[i].OnTime++
			}
		}
	}
}

// reason is what the submission that ended a clock says.
func reason(c YearCase, d policy.Deadline) string {
	if why := c.Reasons[d.ID]; why != "" {
		return why
	}
	for _, p := range c.Procedures {
		for _, s := range p.Submissions {
			if s.Reason != "" && s.At.Equal(d.Ended) && strings.HasSuffix(d.ID, "@"+p.Matter.String()) {
				return s.Reason.Display()
			}
		}
	}
	if d.Open() {
		return "still open"
	}
	return "no reason is recorded"
}

// CSV writes the figures (RFC 4180) as rows of name, value and unit, then one row for
// each missed clock. A cell that a spreadsheet would take for a formula gets an
// apostrophe in front.
func (y Year) CSV() string {
	hours := func(d time.Duration, n int) string {
		if n == 0 {
			return ""
		}
		return strconv.FormatFloat(d.Hours(), 'f', 1, 64)
	}
	rows := [][]string{{"figure", "value", "unit"}, {"year", strconv.Itoa(y.Year), y.Zone}, {"cases", strconv.Itoa(y.Cases), "cases"},
		{"exploited vulnerabilities reported or to be reported", strconv.Itoa(y.Exploited), "procedures"},
		{"severe incidents reported or to be reported", strconv.Itoa(y.Incidents), "procedures"}}
	for _, s := range y.Stages {
		rows = append(rows, []string{"time to " + string(s.Stage) + ", cases", strconv.Itoa(s.Cases), "cases"},
			[]string{"time to " + string(s.Stage) + ", median", hours(s.Median, s.Cases), "hours"},
			[]string{"time to " + string(s.Stage) + ", 90th percentile", hours(s.P90, s.Cases), "hours"})
	}
	for _, r := range y.Reports {
		rows = append(rows, []string{r.Stage.String() + "s due", strconv.Itoa(r.Due), "reports"}, []string{r.Stage.String() + "s in time", strconv.Itoa(r.OnTime), "reports"})
	}
	rows = append(rows, []string{"missed clocks", strconv.Itoa(len(y.Missed)), "clocks"}, nil,
		[]string{"case", "clock", "force", "due", "ended", "reason"})
	for _, m := range y.Missed {
		rows = append(rows, []string{m.Case, m.Clock, string(m.Force), utc(m.Due), utc(m.Ended), m.Reason})
	}
	var b strings.Builder
	w := csv.NewWriter(&b)
	w.UseCRLF = true
	for _, r := range rows {
		for i, cell := range r {
			cell = plain.Line(cell)
			if cell != "" && strings.ContainsRune("=+-@", rune(cell[0])) {
				cell = "'" + cell
			}
			r[i] = cell
		}
		if r == nil {
			w.Flush()
			b.WriteString("\r\n")
			continue
		}
		_ = w.Write(r) // a Builder does not fail
	}
	w.Flush()
	return b.String()
}

// SVG draws the figures. What has no data is not drawn. It has the properties of
// Timeline.SVG.
func (y Year) SVG(title string) string {
	var body svg.Canvas
	tiles := [][2]string{{strconv.Itoa(y.Cases), strings.TrimPrefix(plural(y.Cases, "case"), strconv.Itoa(y.Cases)+" ")}, {strconv.Itoa(y.Exploited), "exploited vulnerabilities"}, {strconv.Itoa(y.Incidents), "severe incidents"}, {strconv.Itoa(len(y.Missed)), "missed clocks"}}
	for i, t := range tiles {
		x := svg.Margin + float64(i)*256
		body.Text(x, 104, "m-big", "", t[0])
		body.Text(x, 122, "c-sub", "", t[1])
	}
	at := y.drawStages(&body, 166)
	at = y.drawReports(&body, at)
	at = y.drawMissed(&body, at)
	var c svg.Canvas
	about := fmt.Sprintf("%d cases, %d exploited vulnerabilities, %d severe incidents, %d missed clocks.", y.Cases, y.Exploited, y.Incidents, len(y.Missed))
	c.Open("cvd-year", plain.Line(title), about, at)
	c.Text(svg.Margin, 60, "c-sub", "", fmt.Sprintf("cases of %d, days in %s", y.Year, y.Zone))
	c.Put("%s</svg>\n", body.String())
	return c.String()
}

func (y Year) drawStages(c *svg.Canvas, at float64) float64 {
	longest, any := time.Duration(1), false
	for _, s := range y.Stages {
		longest, any = max(longest, s.P90), any || s.Cases > 0
	}
	if !any {
		return at
	}
	c.Text(svg.Margin, at, "c-name", "", "Time from the report")
	c.Text(svg.Margin+172, at, "c-sub", "", "bar: median, pale: 90th percentile")
	at += 14
	for _, s := range y.Stages {
		if s.Cases == 0 {
			continue
		}
		width := func(d time.Duration) string { return svg.Px(max(2, 560*float64(d)/float64(longest))) }
		c.Text(svg.Margin, at+14, "c-label", "", string(s.Stage))
		c.Put(`<rect class="m-rest" x="%s" y="%s" width="%s" height="18" rx="2"/><rect class="m-bar" x="%s" y="%s" width="%s" height="18" rx="2"/>`+"\n",
			svg.Px(svg.Margin+110), svg.Px(at), width(s.P90), svg.Px(svg.Margin+110), svg.Px(at), width(s.Median))
		c.Text(svg.Margin+690, at+14, "c-date", "", fmt.Sprintf("%s, %s (%s)", roughly(s.Median), roughly(s.P90), plural(s.Cases, "case")))
		at += 28
	}
	return at + 26
}

func (y Year) drawReports(c *svg.Canvas, at float64) float64 {
	first := true
	for _, r := range y.Reports {
		if r.Due == 0 {
			continue
		}
		if first {
			c.Text(svg.Margin, at, "c-name", "", "Reports to authorities")
			at, first = at+16, false
		}
		c.Text(svg.Margin, at+12, "c-label", "", capital(r.Stage.String())+"s")
		c.Text(svg.Margin+190, at+12, "c-label", "", fmt.Sprintf("%d of %d in time", r.OnTime, r.Due))
		at += 24
	}
	if !first {
		at += 26
	}
	return at
}

const shownMissed = 20

func (y Year) drawMissed(c *svg.Canvas, at float64) float64 {
	if len(y.Missed) == 0 {
		return at
	}
	c.Text(svg.Margin, at, "c-name", "", "Missed clocks")
	at += 16
	for i, m := range y.Missed {
		if i == shownMissed {
			c.Text(svg.Margin, at+12, "c-sub", "", fmt.Sprintf("and %d more, in the table", len(y.Missed)-i))
			return at + 44
		}
		line := fmt.Sprintf("%s: %s (%s), due %s", m.Case, m.Clock, m.Force, utc(m.Due))
		for _, l := range svg.Wrap(plain.Line(line+"; "+m.Reason), 13, svg.Width-2*svg.Margin, 2) {
			c.Text(svg.Margin, at+12, "c-label", "", l)
			at += 18
		}
		at += 6
	}
	return at + 20
}

func plural(n int, noun string) string {
	word, rest, _ := strings.Cut(noun, " ")
	if n != 1 {
		word += "s"
	}
	return strings.TrimSpace(strconv.Itoa(n) + " " + word + " " + rest)
}

func roughly(d time.Duration) string {
	if h := d.Hours(); h < 48 {
		return strconv.Itoa(int(h+0.5)) + " h"
	}
	return strconv.Itoa(int(d.Hours()/24+0.5)) + " days"
}
