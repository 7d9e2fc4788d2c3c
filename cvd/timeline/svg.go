package timeline

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"github.com/cvdkit/cvdkit/cvd/internal/plain"
	"github.com/cvdkit/cvdkit/cvd/internal/svg"
	"strings"
	"time"
)

const (
	rowHeight = 25.0
	lanePad   = 11.0
	bandRow   = 22.0
)

// SVG renders the timeline as a picture: time to the right and true to scale, one
// lane for each party, an embargo as a band behind them. It follows the reader's
// light or dark scheme, prints on white, needs no script, font or other file,
// and describes itself to screen readers. All text is escaped.
func (t Timeline) SVG() string {
	es, left := t.sorted()
	d := drawing{t: t, es: es, loc: t.loc()}
	d.layout()
	return d.render(left)
}

type drawing struct {
	t      Timeline
	es     []Entry
	loc    *time.Location
	axis   axis
	gutter float64
	bands  []drawnBand
	lanes  []drawnLane
	top    float64 // of the axis
	body   float64 // top of the lanes
	bottom float64 // of the lanes
	hasDue bool
	svg.Canvas
}

type drawnBand struct {
	Band
	x0, x1, y, labelX float64
	label, anchor     string
	open              bool
}

type drawnLane struct {
	name   string
	top, h float64
	marks  []drawnMark
}

type drawnMark struct {
	e                  Entry
	x, y, textX, dateX float64
	due                float64 // x of the date that was due, or x
	anchor             string
	date, label        string
}

const (
	labelSize = 13.0
	dateSize  = 11.5
)

func (d *drawing) layout() {
	lanes := d.t.lanes(d.es)
	for _, l := range lanes {
		d.gutter = max(d.gutter, min(150, svg.TextWidth(plain.Line(l), labelSize*svg.Bold))+22)
	}
	var ts []time.Time
	for _, e := range d.es {
		ts = append(ts, e.At)
		if !e.Due.IsZero() {
			ts = append(ts, e.Due)
		}
	}
	if !d.t.Now.IsZero() {
		ts = append(ts, d.t.Now)
	}
	for _, b := range d.t.Bands {
		for _, x := range []time.Time{b.From, b.To} {
			if !x.IsZero() {
				ts = append(ts, x)
			}
		}
	}
	d.axis = newAxis(ts, svg.Margin+d.gutter, svg.Width-svg.Margin, d.loc)
	d.layoutBands(84)
	d.body = d.top + 44
	y := d.body
	for _, name := range append([]string{""}, lanes...) {
		l := drawnLane{name: name, top: y}
		var r rows
		for _, e := range d.es {
			if e.Lane == name {
				l.marks = append(l.marks, d.mark(e, &r, y))
			}
		}
		if name == "" && len(l.marks) == 0 && len(lanes) > 0 {
			continue
		}
		l.h = float64(max(1, len(r.taken)))*rowHeight + 2*lanePad
		y += l.h
		d.lanes = append(d.lanes, l)
	}
	d.bottom = y
}

// layoutBands puts the labels of bands in rows above the axis.
func (d *drawing) layoutBands(y float64) {
	var r rows
	for _, b := range d.t.Bands {
		x := drawnBand{Band: b, x0: d.axis.left, x1: d.axis.right, anchor: "start"}
		if !b.From.IsZero() {
			x.x0 = d.axis.x(b.From)
		}
		if !b.To.IsZero() {
			x.x1 = d.axis.x(b.To)
		}
		x.open = b.To.IsZero() || !d.t.Now.IsZero() && b.To.After(d.t.Now)
		full := plain.Line(b.Label)
		if !b.To.IsZero() {
			full += ", until " + d.t.when(b.To)
		}
		x.label = svg.Shorten(full, dateSize*svg.Bold, d.axis.right-d.axis.left-16)
		w := svg.TextWidth(x.label, dateSize*svg.Bold) + 16
		x.labelX = x.x0 + 8
		if x.x0+w > d.axis.right {
			x.labelX = max(d.axis.left+8, d.axis.right-w)
		}
		row := r.place(min(x.x0, x.labelX-8), max(x.x1, x.labelX+w))
		x.y = y + float64(row)*bandRow
		d.bands = append(d.bands, x)
	}
	d.top = y + float64(len(r.taken))*bandRow
}

// mark places an entry: its text goes to the right, or to the left where there
// is no room, and is cut where neither side has enough.
func (d *drawing) mark(e Entry, r *rows, laneTop float64) drawnMark {
	m := drawnMark{e: e, x: d.axis.x(e.At), anchor: "start", date: d.shortDate(e.At), label: plain.Line(e.Label)}
	dw := svg.TextWidth(m.date, dateSize) + 8
	const gap = 13.0
	if m.due = m.x; !e.Due.IsZero() {
		m.due, d.hasDue = d.axis.x(e.Due), true
	}
	size := labelSize
	if e.Overdue {
		size *= svg.Bold
	}
	rightRoom := d.axis.right - 4 - (m.x + gap + dw)
	leftRoom := m.x - gap - dw - d.axis.left
	m.label = svg.Shorten(m.label, size, max(rightRoom, min(leftRoom, 420)))
	lw := svg.TextWidth(m.label, size)
	var from, to float64
	if lw <= rightRoom {
		m.dateX, m.textX = m.x+gap, m.x+gap+dw
		from, to = m.x-10, m.x+gap+dw+lw+10
	} else {
		m.anchor = "end"
		m.textX, m.dateX = m.x-gap-dw, m.x-gap
		from, to = m.x-gap-dw-lw-10, m.x+10
	}
	m.y = laneTop + lanePad + (float64(r.place(min(from, m.due-6), max(to, m.due+6)))+0.5)*rowHeight
	return m
}

// shortDate is precise to the minute; the zone stands above the picture.
func (d *drawing) shortDate(at time.Time) string {
	layout := "2 Jan 15:04"
	if d.axis.to-d.axis.from > 300*86400 {
		layout = "2 Jan 2006 15:04"
	}
	return at.In(d.t.loc()).Format(layout)
}

// ids makes the IDs of several pictures in one page distinct.
func (d *drawing) ids() string {
	sum := sha256.Sum256([]byte(d.t.Number + "\x00" + d.t.Title))
	return "cvd-" + hex.EncodeToString(sum[:4])
}

// summary describes the picture in a sentence.
func (d *drawing) summary(left int) string {
	planned, overdue := 0, 0
	for _, e := range d.es {
		if e.Overdue {
			overdue++
		} else if e.Planned {
			planned++
		}
	}
	s := fmt.Sprintf("%d milestones, %d planned, %d overdue.", len(d.es), planned, overdue)
	for _, b := range d.t.Bands {
		s += fmt.Sprintf(" %s from %s to %s.", plain.Line(b.Label), d.t.when(b.From), d.t.when(b.To))
	}
	return s + strings.TrimSuffix(" "+leftOut(left), "\n")
}
