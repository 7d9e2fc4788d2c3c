package timeline

import (
	"github.com/cvdkit/cvdkit/cvd/internal/plain"
	"github.com/cvdkit/cvdkit/cvd/internal/svg"
	"html"
	"strings"
)

func (d *drawing) render(left int) string {
	height := d.bottom + 62
	d.Open(d.ids(), d.t.heading(), strings.TrimSpace(d.summary(left)), height)
	sub := "times in " + d.t.loc().String()
	if !d.t.Now.IsZero() {
		sub += ", as of " + d.t.when(d.t.Now)
	}
	if left > 0 {
		sub += ", " + strings.TrimSuffix(leftOut(left), ".\n")
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
	d.drawLegend(d.bottom + 36)
	d.Put("</svg>\n")
	return d.String()
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
		if l.name != "" {
			name := plain.Line(l.name)
			d.Put("<g><title>%s</title>\n", html.EscapeString(name))
			d.Text(svg.Margin+10, l.top+lanePad+rowHeight/2+4.5, "c-name", "", svg.Shorten(name, labelSize*svg.Bold, 150))
			d.Put("</g>\n")
		}
	}
	for _, b := range d.bands {
		d.Put(`<g><title>%s: %s to %s</title>`+"\n", html.EscapeString(plain.Line(b.Label)), d.t.when(b.From), d.t.when(b.To))
		width := svg.Px(max(2, b.x1-b.x0))
		d.Put(`<rect class="c-strip" x="%s" y="%s" width="%s" height="%s" rx="3"/>`+"\n",
			svg.Px(b.x0), svg.Px(b.y), width, svg.Px(bandRow-3))
		d.Put(`<rect class="c-band" x="%s" y="%s" width="%s" height="%s"/>`+"\n",
			svg.Px(b.x0), svg.Px(d.body), width, svg.Px(d.bottom-d.body))
		edge := "c-edge"
		if b.open {
			edge = "c-edge c-open"
		}
		d.Put(`<path class="c-edge" d="M%s %sV%s"/><path class="%s" d="M%s %sV%s"/>`+"\n",
			svg.Px(b.x0), svg.Px(d.body), svg.Px(d.bottom), edge, svg.Px(b.x1), svg.Px(d.body), svg.Px(d.bottom))
		d.Text(b.labelX, b.y+13.5, "c-bandname", b.anchor, b.label)
		d.Put("</g>\n")
	}
}

func (d *drawing) drawAxis() {
	group, groupX := "", -1e9
	for _, t := range d.axis.ticks() {
		d.Put(`<path class="c-grid" d="M%s %sV%s"/>`+"\n", svg.Px(t.x), svg.Px(d.top+36), svg.Px(d.bottom))
		if t.x > d.axis.left+4 && t.x+56 < svg.Width {
			d.Text(t.x, d.top+33, "c-tick", "middle", t.label)
		}
		if t.group != group && t.x >= groupX {
			x, w := max(t.x-18, d.axis.left), svg.TextWidth(t.group, dateSize)
			if x+w < svg.Width-svg.Margin {
				d.Text(x, d.top+16, "c-group", "", t.group)
			}
			group, groupX = t.group, x+w+12
		}
	}
	d.Put(`<path class="c-axis" d="M%s %sH%s"/>`+"\n", svg.Px(svg.Margin), svg.Px(d.body), svg.Px(svg.Width-svg.Margin))
	d.Put(`<path class="c-axis" d="M%s %sH%s"/>`+"\n", svg.Px(svg.Margin), svg.Px(d.bottom), svg.Px(svg.Width-svg.Margin))
}

func (d *drawing) drawNow() {
	if d.t.Now.IsZero() {
		return
	}
	x := d.axis.x(d.t.Now)
	d.Put(`<path class="c-now" d="M%s %sV%s"/>`+"\n", svg.Px(x), svg.Px(d.body-6), svg.Px(d.bottom+8))
	d.Text(x, d.bottom+20, "c-nowname", "middle", "now")
}

func (d *drawing) drawMark(m drawnMark) {
	e := m.e
	about := d.t.when(e.At) + ", " + e.status() + ": " + plain.Line(e.Label)
	for _, s := range d.t.about(e) {
		about += "\n" + s
	}
	d.Put("<g><title>%s</title>\n", html.EscapeString(about))
	if m.due != m.x {
		d.Put(`<path class="c-due" d="M%[1]s %[2]sH%[3]sm0 -4v8"/>`+"\n", svg.Px(m.x), svg.Px(m.y+10.5), svg.Px(m.due))
	}
	d.glyph(m.x, m.y, e.status())
	class := "c-label"
	if e.Overdue {
		class += " c-late"
	}
	d.Text(m.dateX, m.y+4.5, "c-date", m.anchor, m.date)
	d.Text(m.textX, m.y+4.5, class, m.anchor, m.label)
	d.Put("</g>\n")
}

// glyph draws a mark whose shape tells the state without colour.
func (d *drawing) glyph(x, y float64, status string) {
	switch status {
	case "overdue":
		d.Put(`<path class="g-overdue" d="M%s %sl7.5 7.5-7.5 7.5-7.5-7.5z"/>`, svg.Px(x), svg.Px(y-7.5))
		d.Put(`<path class="g-tick" d="M%s %sv4.4m0 1.9v.2"/>`+"\n", svg.Px(x), svg.Px(y-3.4))
	case "met":
		d.Put(`<circle class="g-met" cx="%s" cy="%s" r="6.5"/>`, svg.Px(x), svg.Px(y))
		d.Put(`<path class="g-tick" d="M%s %sl2.2 2.3 3.9-4.6"/>`+"\n", svg.Px(x-3), svg.Px(y+.3))
	case "planned":
		d.Put(`<circle class="g-planned" cx="%s" cy="%s" r="5.4"/>`+"\n", svg.Px(x), svg.Px(y))
	default:
		d.Put(`<circle class="g-done" cx="%s" cy="%s" r="5.6"/>`+"\n", svg.Px(x), svg.Px(y))
	}
}

func (d *drawing) drawLegend(y float64) {
	x := svg.Margin + 8
	for _, s := range []struct{ status, label string }{
		{"done", "happened"}, {"met", "deadline met"}, {"planned", "planned"}, {"overdue", "overdue"},
	} {
		d.glyph(x, y, s.status)
		d.Text(x+13, y+4, "c-sub", "", s.label)
		x += 13 + svg.TextWidth(s.label, dateSize) + 30
	}
	if len(d.bands) > 0 {
		d.Put(`<rect class="c-band" x="%s" y="%s" width="22" height="13"/><path class="c-edge" d="M%s %sv13"/>`+"\n",
			svg.Px(x-6), svg.Px(y-6.5), svg.Px(x-6), svg.Px(y-6.5))
		d.Text(x+23, y+4, "c-sub", "", "embargo")
		x += 23 + svg.TextWidth("embargo", dateSize) + 30
	}
	if d.hasDue {
		d.Put(`<path class="c-due" d="M%s %sh22m0 -4v8"/>`+"\n", svg.Px(x-6), svg.Px(y))
		d.Text(x+25, y+4, "c-sub", "", "to the date that was due")
	}
}
