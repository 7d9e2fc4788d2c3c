package timeline

import (
	"cmp"
	"github.com/cvdkit/cvdkit/cvd/internal/civil"
	"slices"
	"time"
)

// axis maps instants to a horizontal range, in seconds so that spans of
// centuries do not overflow a Duration.
type axis struct {
	from, to    int64 // unix seconds
	left, right float64
	loc         *time.Location
}

func newAxis(ts []time.Time, left, right float64, loc *time.Location) axis {
	a := axis{left: left, right: right, loc: loc}
	for i, t := range ts {
		u := t.Unix()
		if i == 0 || u < a.from {
			a.from = u
		}
		if i == 0 || u > a.to {
			a.to = u
		}
	}
	pad := (a.to - a.from) / 40
	if pad < 3600 {
		pad = 3600
	}
	a.from, a.to = a.from-pad, a.to+pad
	return a
}

func (a axis) x(t time.Time) float64 {
	f := float64(t.Unix()-a.from) / float64(a.to-a.from)
	return a.left + f*(a.right-a.left)
}

// tick is a mark of the axis. Group is what several ticks have in common, such as
// their month.
type tick struct {
	x            float64
	label, group string
}

// tickStep is a candidate distance of ticks.
type tickStep struct {
	hours, days, months int
	label, group        string // layouts
}

var tickSteps = []tickStep{
	{hours: 1, label: "15:04", group: "Mon 2 January 2006"},
	{hours: 3, label: "15:04", group: "Mon 2 January 2006"},
	{hours: 6, label: "15:04", group: "Mon 2 January 2006"},
	{hours: 12, label: "15:04", group: "Mon 2 January 2006"},
	{days: 1, label: "Mon 2", group: "January 2006"},
	{days: 7, label: "Mon 2", group: "January 2006"},
	{days: 14, label: "Mon 2", group: "January 2006"},
	{months: 1, label: "Jan", group: "2006"},
	{months: 3, label: "Jan", group: "2006"},
	{months: 6, label: "Jan", group: "2006"},
	{months: 12, label: "2006"}, {months: 24, label: "2006"}, {months: 60, label: "2006"},
	{months: 120, label: "2006"}, {months: 600, label: "2006"}, {months: 1200, label: "2006"},
	{months: 12000, label: "2006"}, {months: 120000, label: "2006"},
}

// ticks returns marks at least a label's width apart.
func (a axis) ticks(t Timeline) []tick {
	const width = 60.0
	room := float64(a.to-a.from) * width / (a.right - a.left)
	step := tickSteps[len(tickSteps)-1]
	for _, s := range tickSteps {
		if float64(s.hours*3600+s.days*86400+s.months*28*86400) >= room {
			step = s
			break
		}
	}
	from := time.Unix(a.from, 0).In(a.loc)
	d := civil.DayOf(a.loc, from)
	var ticks []tick
	for i := 0; i < 200; i++ {
		at := a.stepped(d, step, i)
		if at.Unix() > a.to {
			break
		}
		if at.Unix() < a.from {
			continue
		}
		ticks = append(ticks, tick{x: a.x(at), label: t.format(at, step.label), group: t.format(at, step.group)})
	}
	return ticks
}

// stepped is the i-th instant of a step, from one before the axis begins. Weeks
// begin on Monday, and months of a longer step in January.
func (a axis) stepped(d civil.Day, s tickStep, i int) time.Time {
	switch {
	case s.hours > 0:
		n := i * s.hours
		return civil.At(a.loc, d.Add(n/24), time.Duration(n%24)*time.Hour)
	case s.days >= 7:
		monday := d.Add(-(int(d.Weekday()) + 6) % 7)
		return civil.At(a.loc, monday.Add(i*s.days), 0)
	case s.days > 0:
		return civil.At(a.loc, d.Add(i*s.days), 0)
	}
	month := (d.Year*12 + int(d.Month) - 1) / s.months * s.months
	return civil.At(a.loc, civil.Date(0, time.Month(month+i*s.months+1), 1), 0)
}

// rows packs intervals so that none touches another in the same row.
type rows struct{ taken [][][2]float64 }

// place returns the first of n rows, one below the other, with room.
func (r *rows) place(from, to float64, n int) int {
	first := 0
	for i := range r.taken {
		if !r.free(i, from, to) {
			first = i + 1
		}
		if i+1 == first+n {
			break
		}
	}
	for len(r.taken) < first+n {
		r.taken = append(r.taken, nil)
	}
	for i := first; i < first+n; i++ {
		r.taken[i] = append(r.taken[i], [2]float64{from, to})
	}
	return first
}

func (r *rows) free(row int, from, to float64) bool {
	for _, t := range r.taken[row] {
		if from < t[1] && t[0] < to {
			return false
		}
	}
	return true
}

// box is the room of a text.
type box struct{ x0, x1, y0, y1 float64 }

// gaps returns the parts of a vertical line that run through no text.
func gaps(x, y0, y1 float64, texts []box) (parts [][2]float64) {
	var cut [][2]float64
	for _, b := range texts {
		if b.x0 < x && x < b.x1 && b.y0 < y1 && y0 < b.y1 {
			cut = append(cut, [2]float64{b.y0, b.y1})
		}
	}
	slices.SortFunc(cut, func(a, b [2]float64) int { return cmp.Compare(a[0], b[0]) })
	for _, c := range cut {
		if c[0] > y0 {
			parts = append(parts, [2]float64{y0, c[0]})
		}
		y0 = max(y0, c[1])
	}
	if y0 < y1 {
		parts = append(parts, [2]float64{y0, y1})
	}
	return parts
}
