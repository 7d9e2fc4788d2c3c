package cvd

import (
	"html"
	"strings"
)

func (d *drawing) render(left int) string {
	height := d.bottom + 62
	d.open(d.ids(), d.t.heading(), strings.TrimSpace(d.summary(left)), height)
	sub := "times in " + d.t.loc().String()
	if !d.t.Now.IsZero() {
		sub += ", as of " + d.t.when(d.t.Now)
	}
	if left > 0 {
		sub += ", " + strings.TrimSuffix(leftOut(left), ".\n")
	}
	d.text(svgMargin, 60, "c-sub", "", sub)
	d.drawGround()
	d.drawAxis()
	d.drawNow()
	for _, l := range d.lanes {
		for _, m := range l.marks {
			d.drawMark(m)
		}
	}
	d.drawLegend(d.bottom + 36)
	d.put("</svg>\n")
	return d.b.String()
}

// drawGround draws lanes and bands.
func (d *drawing) drawGround() {
	for i, l := range d.lanes {
		class := "c-lane"
		if i%2 == 1 {
			class = "c-lane c-odd"
		}
		d.put(`<rect class="%s" x="%s" y="%s" width="%s" height="%s"/>`+"\n", class,
			px(svgMargin), px(l.top), px(svgWidth-2*svgMargin), px(l.h))
		if l.name != "" {
			name := lineOf(l.name)
			d.put("<g><title>%s</title>\n", html.EscapeString(name))
			d.text(svgMargin+10, l.top+svgLanePad+svgRow/2+4.5, "c-name", "", shorten(name, labelSize*bold, 150))
			d.put("</g>\n")
		}
	}
	for _, b := range d.bands {
		d.put(`<g><title>%s: %s to %s</title>`+"\n", html.EscapeString(lineOf(b.Label)), d.t.when(b.From), d.t.when(b.To))
		width := px(max(2, b.x1-b.x0))
		d.put(`<rect class="c-strip" x="%s" y="%s" width="%s" height="%s" rx="3"/>`+"\n",
			px(b.x0), px(b.y), width, px(svgBandRow-3))
		d.put(`<rect class="c-band" x="%s" y="%s" width="%s" height="%s"/>`+"\n",
			px(b.x0), px(d.body), width, px(d.bottom-d.body))
		edge := "c-edge"
		if b.open {
			edge = "c-edge c-open"
		}
		d.put(`<path class="c-edge" d="M%s %sV%s"/><path class="%s" d="M%s %sV%s"/>`+"\n",
			px(b.x0), px(d.body), px(d.bottom), edge, px(b.x1), px(d.body), px(d.bottom))
		d.text(b.labelX, b.y+13.5, "c-bandname", b.anchor, b.label)
		d.put("</g>\n")
	}
}

func (d *drawing) drawAxis() {
	group, groupX := "", -1e9
	for _, t := range d.axis.ticks() {
		d.put(`<path class="c-grid" d="M%s %sV%s"/>`+"\n", px(t.x), px(d.top+36), px(d.bottom))
		if t.x > d.axis.left+4 && t.x+56 < svgWidth {
			d.text(t.x, d.top+33, "c-tick", "middle", t.label)
		}
		if t.group != group && t.x >= groupX {
			x, w := max(t.x-18, d.axis.left), textWidth(t.group, dateSize)
			if x+w < svgWidth-svgMargin {
				d.text(x, d.top+16, "c-group", "", t.group)
			}
			group, groupX = t.group, x+w+12
		}
	}
	d.put(`<path class="c-axis" d="M%s %sH%s"/>`+"\n", px(svgMargin), px(d.body), px(svgWidth-svgMargin))
	d.put(`<path class="c-axis" d="M%s %sH%s"/>`+"\n", px(svgMargin), px(d.bottom), px(svgWidth-svgMargin))
}

func (d *drawing) drawNow() {
	if d.t.Now.IsZero() {
		return
	}
	x := d.axis.x(d.t.Now)
	d.put(`<path class="c-now" d="M%s %sV%s"/>`+"\n", px(x), px(d.body-6), px(d.bottom+8))
	d.text(x, d.bottom+20, "c-nowname", "middle", "now")
}

func (d *drawing) drawMark(m drawnMark) {
	e := m.e
	about := d.t.when(e.At) + ", " + e.status() + ": " + lineOf(e.Label)
	for _, s := range d.t.about(e) {
		about += "\n" + s
	}
	d.put("<g><title>%s</title>\n", html.EscapeString(about))
	if m.due != m.x {
		d.put(`<path class="c-due" d="M%[1]s %[2]sH%[3]sm0 -4v8"/>`+"\n", px(m.x), px(m.y+10.5), px(m.due))
	}
	d.glyph(m.x, m.y, e.status())
	class := "c-label"
	if e.Overdue {
		class += " c-late"
	}
	d.text(m.dateX, m.y+4.5, "c-date", m.anchor, m.date)
	d.text(m.textX, m.y+4.5, class, m.anchor, m.label)
	d.put("</g>\n")
}

// glyph draws a mark whose shape tells the state without colour.
func (d *drawing) glyph(x, y float64, status string) {
	switch status {
	case "overdue":
		d.put(`<path class="g-overdue" d="M%s %sl7.5 7.5-7.5 7.5-7.5-7.5z"/>`, px(x), px(y-7.5))
		d.put(`<path class="g-tick" d="M%s %sv4.4m0 1.9v.2"/>`+"\n", px(x), px(y-3.4))
	case "met":
		d.put(`<circle class="g-met" cx="%s" cy="%s" r="6.5"/>`, px(x), px(y))
		d.put(`<path class="g-tick" d="M%s %sl2.2 2.3 3.9-4.6"/>`+"\n", px(x-3), px(y+.3))
	case "planned":
		d.put(`<circle class="g-planned" cx="%s" cy="%s" r="5.4"/>`+"\n", px(x), px(y))
	default:
		d.put(`<circle class="g-done" cx="%s" cy="%s" r="5.6"/>`+"\n", px(x), px(y))
	}
}

func (d *drawing) drawLegend(y float64) {
	x := svgMargin + 8
	for _, s := range []struct{ status, label string }{
		{"done", "happened"}, {"met", "deadline met"}, {"planned", "planned"}, {"overdue", "overdue"},
	} {
		d.glyph(x, y, s.status)
		d.text(x+13, y+4, "c-sub", "", s.label)
		x += 13 + textWidth(s.label, dateSize) + 30
	}
	if len(d.bands) > 0 {
		d.put(`<rect class="c-band" x="%s" y="%s" width="22" height="13"/><path class="c-edge" d="M%s %sv13"/>`+"\n",
			px(x-6), px(y-6.5), px(x-6), px(y-6.5))
		d.text(x+23, y+4, "c-sub", "", "embargo")
		x += 23 + textWidth("embargo", dateSize) + 30
	}
	if d.hasDue {
		d.put(`<path class="c-due" d="M%s %sh22m0 -4v8"/>`+"\n", px(x-6), px(y))
		d.text(x+25, y+4, "c-sub", "", "to the date that was due")
	}
}

// svgStyle repeats plain colours instead of CSS variables, which some viewers of
// SVG do not know.
const svgStyle = `
text{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,"Noto Sans",sans-serif;fill:#1f2328}
.c-bg{fill:#fff}.c-lane{fill:#fff}.c-odd{fill:#f6f8fa}
.c-h1{font-size:19px;font-weight:600}.c-sub{font-size:11.5px;fill:#59636e}
.c-name{font-size:13px;font-weight:600}.c-group{font-size:11.5px;font-weight:600;fill:#424a53}
.c-tick{font-size:11px;fill:#59636e}.c-grid{stroke:#d9dee4;stroke-width:1;fill:none}
.c-axis{stroke:#8c959f;stroke-width:1;fill:none}
.c-label{font-size:13px}.c-late{fill:#b3141f;font-weight:600}
.c-date{font-size:11.5px;fill:#59636e;font-variant-numeric:tabular-nums}
.c-label,.c-date{paint-order:stroke;stroke:#fff;stroke-width:3px;stroke-opacity:.8;stroke-linejoin:round}
.c-band{fill:#6e56cf;fill-opacity:.10}.c-edge{stroke:#6e56cf;stroke-width:1.5;fill:none}
.c-strip{fill:#6e56cf;fill-opacity:.16}.c-due{stroke:#59636e;stroke-width:1.2;stroke-opacity:.75;fill:none}
.c-open{stroke-dasharray:5 4}.c-bandname{font-size:11.5px;font-weight:600;fill:#5b43b8}
.c-now{stroke:#bc4c00;stroke-width:1.5;stroke-dasharray:2 3;fill:none}.c-nowname{font-size:11.5px;font-weight:600;fill:#bc4c00}
.g-done{fill:#0969da;stroke:#fff;stroke-width:1.5}.g-met{fill:#1a7f37;stroke:#fff;stroke-width:1}
.g-planned{fill:#fff;stroke:#59636e;stroke-width:2}.g-overdue{fill:#cf222e;stroke:#fff;stroke-width:1}
.g-tick{stroke:#fff;stroke-width:1.8;fill:none;stroke-linecap:round;stroke-linejoin:round}
.m-met{fill:#2da44e}.m-missed{fill:#cf222e}.m-open{fill:#d0d7de}.m-bar{fill:#0969da}.m-rest{fill:#0969da;fill-opacity:.28}
.m-big{font-size:26px;font-weight:600}.m-mark{stroke:#1f2328;stroke-width:2;fill:none}
@media screen and (prefers-color-scheme:dark){
text{fill:#e6edf3}.c-bg,.c-lane{fill:#0d1117}.c-odd{fill:#131920}
.c-sub,.c-tick,.c-date{fill:#9198a1}.c-group{fill:#b9c1ca}.c-grid{stroke:#2a3038}.c-axis{stroke:#656c76}
.c-late{fill:#ff8a80}.c-label,.c-date{stroke:#0d1117}
.c-band{fill:#a78bfa;fill-opacity:.13}.c-edge{stroke:#a78bfa}.c-strip{fill:#a78bfa;fill-opacity:.2}.c-due{stroke:#9198a1}.c-bandname{fill:#c4b5fd}
.c-now{stroke:#f0883e}.c-nowname{fill:#f0883e}
.g-done{fill:#4493f8;stroke:#0d1117}.g-met{fill:#2ea043;stroke:#0d1117}
.g-planned{fill:#0d1117;stroke:#9198a1}.g-overdue{fill:#f0474b;stroke:#0d1117}}
@media screen and (prefers-color-scheme:dark){.m-met{fill:#2ea043}.m-missed{fill:#f0474b}.m-open{fill:#3a414a}.m-bar,.m-rest{fill:#4493f8}.m-mark{stroke:#e6edf3}}
@media print{.c-bg,.c-lane,.c-odd{fill:none}}
`
