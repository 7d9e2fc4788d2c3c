package measure

import (
	"encoding/csv"
	"github.com/cvdkit/cvdkit/cvd/internal/plain"
	"strconv"
	"strings"
	"time"
)

// CasesCSV writes one row for each case (RFC 4180): instants in UTC by RFC 3339,
// durations in hours, empty where something has not happened.
func CasesCSV(cases []Case, now time.Time) string {
	head := []string{"case", "received", "acknowledged", "assessed", "fixed", "published", "closed"}
	for _, s := range Stages() {
		head = append(head, "hours to "+string(s))
	}
	head = append(head, "age in hours", "deadlines met", "deadlines missed", "desiderata met", "desiderata missed")
	rows := [][]string{head}
	for _, c := range cases {
		row := []string{c.Number}
		for _, t := range []time.Time{c.Received, c.Acked, c.Assessed, c.Fixed, c.Published, c.Closed} {
			row = append(row, csvTime(t))
		}
		for _, s := range Stages() {
			d, ok := c.Took(s)
			row = append(row, csvHours(d, ok))
		}
		age, open := c.Age(now)
		met, missed := c.History.Quality()
		rows = append(rows, append(row, csvHours(age, open), strconv.Itoa(c.Met), strconv.Itoa(c.Missed),
			strconv.Itoa(met), strconv.Itoa(missed)))
	}
	return csvText(rows)
}

// CSV writes the figures as rows of name, value and unit.
func (m Team) CSV() string {
	rows := [][]string{{"measure", "value", "unit"},
		{"as of", csvTime(m.Now), ""},
		{"cases", strconv.Itoa(m.Cases), "cases"},
		{"open cases", strconv.Itoa(m.Open), "cases"},
		{"median age of open cases", csvHours(m.MedianAge, m.aged()), "hours"},
		{"oldest open case", csvHours(m.OldestAge, m.aged()), "hours"},
		{"deadlines met", strconv.Itoa(m.Met), "deadlines"},
		{"deadlines missed", strconv.Itoa(m.Missed), "deadlines"},
	}
	for _, s := range m.Stages {
		name := "time to " + string(s.Stage)
		rows = append(rows,
			[]string{name + ", cases", strconv.Itoa(s.Cases), "cases"},
			[]string{name + ", median", csvHours(s.Median, s.Cases > 0), "hours"},
			[]string{name + ", 90th percentile", csvHours(s.P90, s.Cases > 0), "hours"},
			[]string{name + ", longest", csvHours(s.Max, s.Cases > 0), "hours"})
	}
	for _, b := range m.Backlog {
		rows = append(rows, []string{"open " + b.Label, strconv.Itoa(b.Cases), "cases"})
	}
	for _, d := range m.Desiderata {
		rows = append(rows,
			[]string{OrderWords(d.Desideratum) + ", met", strconv.Itoa(d.Met), "cases"},
			[]string{OrderWords(d.Desideratum) + ", missed", strconv.Itoa(d.Missed), "cases"})
	}
	return csvText(rows)
}

func csvTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

func csvHours(d time.Duration, ok bool) string {
	if !ok {
		return ""
	}
	return strconv.FormatFloat(d.Hours(), 'f', 1, 64)
}

// csvText writes rows with the line ends of RFC 4180. A cell that a spreadsheet
// would take for a formula gets an apostrophe in front.
func csvText(rows [][]string) string {
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
		// A Builder does not fail.
		_ = w.Write(r)
	}
	w.Flush()
	return b.String()
}
