package timeline

import (
	"github.com/cvdkit/cvdkit/cvd/internal/plain"
	"github.com/cvdkit/cvdkit/cvd/internal/svg"
	"github.com/cvdkit/cvdkit/cvd/policy"
	"html"
	"slices"
	"strings"
)

func (d *drawing) render(left int) string {
	height := d.bottom + 62
	d.Open(d.ids(), d.t.heading(), strings.TrimSpace(d.summary(left)), height)
	sub := d.t.word("times in {zone}", "zone", d.t.loc().String()) + d.t.asOf()
	if left > 0 {
		sub += ", " + strings.TrimSuffix(d.t.leftOut(left), ".\n")
	}
	d.Text(svg.Margin, 60, "c-sub", "", sub)
	d.drawGround()
	d.drawAxis()
	d.drawNow()
	for _, l := range d.lanes {
		for _, m := range l.marks {
			d.drawMark(m)
		}
	}
	d.drawLegend(d.bottom + 40)
	d.Put("</svg>\n")
	return d.String()
}

// vertical draws a line from top to bottom that goes through no text.
func (d *drawing) vertical(class string, x, y0, y1 float64) {
	var path strings.Builder
	for _, p := range gaps(x, y0, y1, d.texts) {
		path.WriteString("M" + svg.Px(x) + " " + svg.Px(p[0]) + "V" + svg.Px(p[1]))
	}
	if path.Len() > 0 {
		d.Put(`<path class="%s" d="%s"/>`+"\n", class, path.String())
	}
}

// drawGround draws lanes and bands.
func (d *drawing) drawGround() {
	for i, l := range d.lanes {
		class := "c-lane"
		if i%2 == 1 {
			class = "c-lane c-odd"
		}
		d.Put(`<rect class="%s" x="%s" y="%s" width="%s" height="%s"/>`+"\n", class,
			svg.Px(svg.Margin), svg.Px(l.top), svg.Px(svg.Width-2*svg.Margin), svg.Px(l.h))
		if l.name == "" {
			continue
		}
		d.Put("<g><title>%s</title>\n", html.EscapeString(plain.Line(l.name)))
		for j, line := range l.lines {
			d.Text(svg.Margin+10, l.top+lanePad+rowHeight/2+4.5+float64(j)*lineHeight, "c-name", "", line)
		}
		d.Put("</g>\n")
	}
	for _, b := range d.bands {
		d.Put(`<g><title>%s: %s%s</title>`+"\n", html.EscapeString(d.t.band(b.Band)), html.EscapeString(d.t.span(b.Band)), html.EscapeString(d.t.agreed(b.Band)))
		width := svg.Px(b.x1 - b.x0)
		strip := "c-strip"
		if b.broken {
			strip = "c-strip c-broken"
		}
		d.Put(`<rect class="%s" x="%s" y="%s" width="%s" height="%s" rx="3"/>`+"\n", strip,
			svg.Px(b.x0), svg.Px(b.y), width, svg.Px(bandRow-3))
		d.Put(`<rect class="c-band" x="%s" y="%s" width="%s" height="%s"/>`+"\n",
			svg.Px(b.x0), svg.Px(d.body), width, svg.Px(d.bottom-d.body))
		edge := "c-edge"
		if b.open || b.broken {
			edge = "c-edge c-open"
		}
		d.vertical("c-edge", b.x0, d.body, d.bottom)
		d.vertical(edge, b.x1, d.body, d.bottom)
		if b.label != "" {
			d.Text(b.labelX, b.y+13.5, "c-bandname", "", b.label)
		}
		d.Put("</g>\n")
	}
}

func (d *drawing) drawAxis() {
	ticks := d.axis.ticks(d.t)
	for _, t := range ticks {
		d.vertical("c-grid", t.x, d.top+36, d.bottom)
		if t.x > d.axis.left+4 && t.x+56 < svg.Width {
			d.Text(t.x, d.top+33, "c-tick", "middle", t.label)
		}
	}
	for _, h := range d.headings(ticks) {
		d.Text(h.x, d.top+16, "c-group", "", h.label)
	}
	d.Put(`<path class="c-axis" d="M%s %sH%s"/>`+"\n", svg.Px(svg.Margin), svg.Px(d.body), svg.Px(svg.Width-svg.Margin))
	d.Put(`<path class="c-axis" d="M%s %sH%s"/>`+"\n", svg.Px(svg.Margin), svg.Px(d.bottom), svg.Px(svg.Width-svg.Margin))
}

// headings are the months or days that the ticks belong to, each once, where its
// first tick is. Of two that would overprint, the one that begins in the middle of
// its month gives way.
func (d *drawing) headings(ticks []tick) (hs []tick) {
	for i, t := range ticks {
		if t.group == "" || i > 0 && ticks[i-1].group == t.group {
			continue
		}
		x, w := max(t.x-18, d.axis.left), svg.TextWidth(t.group, dateSize*svg.Bold)
		x = min(x, svg.Width-svg.Margin-w)
		if n := len(hs); n > 0 && x < hs[n-1].x+svg.TextWidth(hs[n-1].label, dateSize*svg.Bold)+12 {
			if n > 1 {
				continue
			}
			hs = hs[:0]
		}
		hs = append(hs, tick{x: x, label: t.group})
	}
	return hs
}

func (d *drawing) drawNow() {
	if d.t.Now.IsZero() {
		return
	}
	x := d.axis.x(d.t.Now)
	d.vertical("c-now", x, d.body-6, d.bottom+8)
	d.Text(x, d.bottom+20, "c-nowname", "middle", d.t.word("now"))
}

func (d *drawing) drawMark(m drawnMark) {
	e := m.es[0]
	var about []string
	for _, e := range m.es {
		about = append(about, d.t.when(e.At)+", "+d.t.word(e.status())+": "+d.t.said(e))
		about = append(about, d.t.about(e)...)
	}
	d.Put("<g><title>%s</title>\n", html.EscapeString(strings.Join(about, "\n")))
	if len(m.due) > 0 {
		far := slices.MaxFunc(m.due, func(a, b float64) int {
			if (a-m.x)*(a-m.x) < (b-m.x)*(b-m.x) {
				return -1
			}
			return 1
		})
		d.Put(`<path class="c-due" d="M%[1]s %[2]sV%[3]sH%[4]s`, svg.Px(m.x), svg.Px(m.y+7), svg.Px(m.dueY), svg.Px(far))
		for _, x := range m.due {
			d.Put("M%s %sv8", svg.Px(x), svg.Px(m.dueY-4))
		}
		d.Put("\"/>\n")
	}
	d.glyph(m.x, m.y, e.status(), e.Force, e.Void != "")
	class := "c-label"
	switch {
	case e.Void != "":
		class += " c-void"
	case e.urgent():
		class += " c-late"
	}
	d.Text(m.dateX, m.y+4.5, "c-date", m.anchor, m.date)
	for i, line := range m.lines {
		d.Text(m.textX, m.y+4.5+float64(i)*lineHeight, class, m.anchor, line)
	}
	d.Put("</g>\n")
}

// glyph draws a mark whose shape tells the state without colour: a duty (must) has
// corners, what should be done is round; what was met has a tick, in time it is
// filled, late it is hollow; what is near or overdue has an exclamation mark.
func (d *drawing) glyph(x, y float64, status string, force policy.Force, void bool) {
	shape := func(class string, r float64) {
		if force == policy.Must {
			d.Put(`<rect class="%s" x="%s" y="%s" width="%s" height="%s" rx="1.5"/>`, class, svg.Px(x-r), svg.Px(y-r), svg.Px(2*r), svg.Px(2*r))
			return
		}
		d.Put(`<circle class="%s" cx="%s" cy="%s" r="%s"/>`, class, svg.Px(x), svg.Px(y), svg.Px(r))
	}
	tick := func(class string) {
		d.Put(`<path class="%s" d="M%s %sl2.2 2.3 3.9-4.6"/>`, class, svg.Px(x-3), svg.Px(y+.3))
	}
	mark := func() { d.Put(`<path class="g-tick" d="M%s %sv4.4m0 1.9v.2"/>`, svg.Px(x), svg.Px(y-3.4)) }
	switch {
	case void:
		shape("g-void", 5)
		d.Put(`<path class="g-strike" d="M%s %sl14 0"/>`, svg.Px(x-7), svg.Px(y))
	case status == statusOverdue:
		d.Put(`<path class="g-overdue" d="M%s %sl7.5 7.5-7.5 7.5-7.5-7.5z"/>`, svg.Px(x), svg.Px(y-7.5))
		mark()
	case status == statusMet:
		shape("g-met", 6.3)
		tick("g-tick")
	case status == statusLate:
		shape("g-late", 6)
		tick("g-latetick")
	case status == statusSoon && force == policy.Must:
		shape("g-soon", 6.5)
		mark()
	case status == statusSoon:
		shape("g-near", 5.2)
	case status == statusPlanned:
		shape("g-planned", 5.2)
	default:
		shape("g-done", 5.6)
	}
	d.Put("\n")
}

// drawLegend explains what the picture has.
func (d *drawing) drawLegend(y float64) {
	x := svg.Margin + 8
	put := func(label string) {
		d.Text(x+13, y+4, "c-sub", "", label)
		x += 13 + svg.TextWidth(label, dateSize) + 26
	}
	for _, s := range []struct {
		status string
		force  policy.Force
		void   bool
		label  string
	}{
		{statusDone, "", false, "happened"}, {statusMet, policy.Should, false, "met"}, {statusMet, policy.Must, false, "duty met"},
		{statusLate, policy.Should, false, "met late"}, {statusLate, policy.Must, false, "duty met late"},
		{statusPlanned, policy.Should, false, "planned"}, {statusPlanned, policy.Must, false, "duty"},
		{statusSoon, policy.Should, false, "due soon"}, {statusSoon, policy.Must, false, "duty due soon"},
		{statusOverdue, "", false, "overdue"}, {"", "", true, "counts no more"},
	} {
		if d.has(s.status, s.force, s.void) {
			d.glyph(x, y, s.status, s.force, s.void)
			put(d.t.word(s.label))
		}
	}
	for i, b := range d.bands {
		label := plain.Line(b.Band.Label)
		if strings.HasPrefix(d.t.tag(), "en") {
			label = strings.ToLower(label)
		}
		if i > 0 && b.Band.Label == d.bands[i-1].Band.Label || x+30+svg.TextWidth(label, dateSize) > svg.Width {
			continue
		}
		d.Put(`<rect class="c-band" x="%s" y="%s" width="22" height="13"/><path class="c-edge" d="M%s %sv13"/>`+"\n",
			svg.Px(x-6), svg.Px(y-6.5), svg.Px(x-6), svg.Px(y-6.5))
		x += 10
		put(label)
	}
	if d.hasDue && x+180 < svg.Width {
		d.Put(`<path class="c-due" d="M%s %sh22m0 -4v8"/>`+"\n", svg.Px(x-6), svg.Px(y))
		x += 12
		put(d.t.word("to the date that was due"))
	}
}

// has tells whether an entry looks so.
func (d *drawing) has(status string, force policy.Force, void bool) bool {
	return slices.ContainsFunc(d.es, func(e Entry) bool {
		if void || e.Void != "" {
			return void && e.Void != ""
		}
		sameForce := force == "" || (e.Force == policy.Must) == (force == policy.Must)
		return e.status() == status && sameForce
	})
}
