package timeline

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"github.com/cvdkit/cvdkit/cvd/internal/plain"
	"github.com/cvdkit/cvdkit/cvd/internal/svg"
	"math"
	"strconv"
	"strings"
	"time"
)

const (
	rowHeight  = 25.0
	lineHeight = 16.0 // of further lines of a text
	lanePad    = 11.0
	bandRow    = 22.0
	nameWidth  = 150.0 // of the names of lanes
	nameLines  = 6
	labelWidth = 420.0
	labelLines = 5
)

// SVG renders the timeline as a picture: time to the right and true to scale, one
// lane for each party, an embargo as a band behind them. What one party did within
// a minute is one mark. It follows the reader's light or dark scheme, prints on
// white, needs no script, font or other file, and describes itself to screen
// readers. All text is escaped. On a narrow screen HTML is easier to read.
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
	texts  []box   // that no line may cross
	top    float64 // of the axis
	body   float64 // top of the lanes
	bottom float64 // of the lanes
	hasDue bool
	svg.Canvas
}

type drawnBand struct {
	Band
	x0, x1, y    float64
	label        string // what fits into it; may be empty
	labelX       float64
	open, broken bool
}

type drawnLane struct {
	name   string
	lines  []string
	top, h float64
	marks  []drawnMark
}

// drawnMark is what happened in a lane within a minute, in one state.
type drawnMark struct {
	es                 []Entry
	x, y, textX, dateX float64
	due                []float64 // x of the dates that were due, if others
	dueY               float64
	anchor             string
	date               string
	lines              []string
}

const (
	labelSize = 13.0
	dateSize  = 11.5
)

func (d *drawing) layout() {
	lanes := d.t.lanes(d.es)
	for _, l := range lanes {
		d.gutter = max(d.gutter, min(nameWidth, svg.TextWidth(plain.Line(l), labelSize*svg.Bold))+22)
	}
	d.axis = newAxis(d.instants(), svg.Margin+d.gutter, svg.Width-svg.Margin, d.loc)
	d.layoutBands(84)
	d.body = d.top + 44
	y := d.body
	for _, name := range append([]string{""}, lanes...) {
		l := drawnLane{name: name, top: y}
		var r rows
		for _, g := range grouped(d.es, name) {
			l.marks = append(l.marks, d.mark(g, &r, y))
		}
		if name == "" && len(l.marks) == 0 && len(lanes) > 0 {
			continue
		}
		if name != "" {
			l.lines = svg.Wrap(plain.Line(name), labelSize*svg.Bold, nameWidth, nameLines)
		}
		rows := float64(max(1, len(r.taken))) * rowHeight
		l.h = max(rows, rowHeight+float64(len(l.lines)-1)*lineHeight) + 2*lanePad
		for i := range l.lines {
			at := y + lanePad + rowHeight/2 + float64(i)*lineHeight
			d.texts = append(d.texts, box{svg.Margin, svg.Margin + d.gutter - 4, at - 9, at + 8})
		}
		y += l.h
		d.lanes = append(d.lanes, l)
	}
	d.bottom = y
}

// instants are all that the axis has to span.
func (d *drawing) instants() (ts []time.Time) {
	add := func(t time.Time) {
		if !t.IsZero() {
			ts = append(ts, t)
		}
	}
	for _, e := range d.es {
		add(e.At)
		add(e.Due)
	}
	for _, b := range d.t.Bands {
		add(b.From)
		add(b.To)
	}
	add(d.t.Now)
	return ts
}

// grouped puts together what a lane has within a minute in one state.
func grouped(es []Entry, lane string) (gs [][]Entry) {
	for _, e := range es {
		if e.Lane != lane {
			continue
		}
		found := false
		for i := len(gs) - 1; i >= 0 && sameMinute(gs[i][0].At, e.At) && !found; i-- {
			if g := gs[i][0]; g.status() == e.status() && (g.Force == "") == (e.Force == "") && (g.Force == "must") == (e.Force == "must") {
				gs[i], found = append(gs[i], e), true
			}
		}
		if !found {
			gs = append(gs, []Entry{e})
		}
	}
	return gs
}

func sameMinute(a, b time.Time) bool {
	return a.Unix()-a.Unix()%60 == b.Unix()-b.Unix()%60
}

// mark places a group: its text goes to the right, or to the left where there is
// more room, and is wrapped where neither side has enough.
func (d *drawing) mark(g []Entry, r *rows, laneTop float64) drawnMark {
	const gap = 13.0
	m := drawnMark{es: g, x: d.axis.x(g[0].At), anchor: "start", date: d.shortDate(g[0].At)}
	dw := svg.TextWidth(m.date, dateSize) + 8
	for _, e := range g {
		if !e.Due.IsZero() && !sameMinute(e.Due, e.At) {
			m.due, d.hasDue = append(m.due, d.axis.x(e.Due)), true
		}
	}
	size := labelSize
	if g[0].urgent() {
		size *= svg.Bold
	}
	right := d.axis.right - 4 - (m.x + gap + dw)
	left := m.x - gap - dw - d.axis.left
	text := joined(g)
	room := right
	if svg.TextWidth(text, size) > min(right, labelWidth) && left > right {
		m.anchor, room = "end", left
	}
	m.lines = svg.Wrap(text, size, min(room, labelWidth), labelLines)
	wide := 0.0
	for _, l := range m.lines {
		wide = max(wide, svg.TextWidth(l, size))
	}
	m.dateX, m.textX = m.x+gap, m.x+gap+dw
	from, to := m.x-10, m.textX+wide+10
	if m.anchor == "end" {
		m.dateX, m.textX = m.x-gap, m.x-gap-dw
		from, to = m.textX-wide-10, m.x+10
	}
	for _, x := range m.due {
		from, to = min(from, x-6), max(to, x+6)
	}
	extra := float64(len(m.lines)-1) * lineHeight
	if len(m.due) > 0 {
		extra += 2
	}
	n := int(math.Ceil((rowHeight + extra - 2) / rowHeight))
	m.y = laneTop + lanePad + (float64(r.place(from, to, n))+0.5)*rowHeight
	m.dueY = m.y + 10.5 + float64(len(m.lines)-1)*lineHeight
	d.block(m, size, dw)
	return m
}

// block notes where the text of a mark stands.
func (d *drawing) block(m drawnMark, size, dw float64) {
	for i, l := range m.lines {
		w, y := svg.TextWidth(l, size), m.y+float64(i)*lineHeight
		b := box{m.textX - 3, m.textX + w + 3, y - 9, y + 8}
		if m.anchor == "end" {
			b.x0, b.x1 = m.textX-w-3, m.textX+3
		}
		if i == 0 {
			b.x0, b.x1 = min(b.x0, m.dateX-3), max(b.x1, m.dateX+dw-5)
			if m.anchor == "end" {
				b.x1 = m.dateX + 3
			}
		}
		d.texts = append(d.texts, b)
	}
}

// joined is the text of a group; what is said twice is counted.
func joined(g []Entry) string {
	var labels []string
	count := map[string]int{}
	for _, e := range g {
		l := plain.Line(e.Label)
		if count[l]++; count[l] == 1 {
			labels = append(labels, l)
		}
	}
	for i, l := range labels {
		if n := count[l]; n > 1 {
			labels[i] = fmt.Sprintf("%s (%d)", l, n)
		}
	}
	text := strings.Join(labels, " · ")
	if g[0].Void != "" {
		text += " (" + g[0].status() + ")" // a word of whoever made the entry
	}
	return text
}

// shortDate is precise to the minute; the zone stands above the picture.
func (d *drawing) shortDate(at time.Time) string {
	layout := "2 Jan 15:04"
	if d.axis.to-d.axis.from > 300*86400 {
		layout = "2 Jan 2006 15:04"
	}
	return d.t.format(at.In(d.t.loc()), layout)
}

// ids makes the IDs of several pictures in one page distinct.
func (d *drawing) ids() string {
	sum := sha256.Sum256([]byte(d.t.Number + "\x00" + d.t.Title))
	return "cvd-" + hex.EncodeToString(sum[:4])
}

// summary describes the picture in a sentence.
func (d *drawing) summary(left int) string {
	planned, overdue, late := 0, 0, 0
	for _, e := range d.es {
		switch e.status() {
		case statusOverdue:
			overdue++
		case statusLate:
			late++
		case statusPlanned, statusSoon:
			planned++
		}
	}
	n := strconv.Itoa
	s := d.t.word("{all} milestones, {planned} planned, {overdue} overdue, {late} met late.",
		"all", n(len(d.es)), "planned", n(planned), "overdue", n(overdue), "late", n(late))
	for _, b := range d.t.Bands {
		s += " " + d.t.word("{band} from {from} to {to}", "band", d.t.band(b), "from", d.t.when(b.From), "to", d.t.when(b.To)) + d.t.agreed(b) + "."
	}
	return s + strings.TrimSuffix(" "+d.t.leftOut(left), "\n")
}
