package cvd

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

// SVG draws the figures: how long the stages took, how old the open cases are,
// and how often each of the twelve orders was met, with a mark at the chance that
// a random history has. It has the properties of Timeline.SVG.
func (m Measures) SVG(title string) string {
	var c svgCanvas
	title = lineOf(title)
	about := fmt.Sprintf("%d cases, %d open; %d deadlines met, %d missed.", m.Cases, m.Open, m.Met, m.Missed)
	for _, s := range m.Stages {
		if s.Cases > 0 {
			about += fmt.Sprintf(" Median to %s: %s.", s.Stage, roughly(s.Median))
		}
	}
	c.open("cvd-measures", title, about, 566)
	c.text(svgMargin, 60, "c-sub", "", "as of "+formatInstant(m.Now))
	m.drawTiles(&c, 104)
	m.drawStages(&c, svgMargin, 176)
	m.drawBacklog(&c, svgMargin+548, 176)
	m.drawDesiderata(&c, 362)
	c.put("</svg>\n")
	return c.b.String()
}

func (m Measures) drawTiles(c *svgCanvas, y float64) {
	kept := "none yet"
	if n := m.Met + m.Missed; n > 0 {
		kept = fmt.Sprintf("%d of %d", m.Met, n)
	}
	oldest, median := "none", "none"
	if m.Open > 0 {
		oldest, median = roughly(m.OldestAge), roughly(m.MedianAge)
	}
	for i, t := range [][2]string{{strconv.Itoa(m.Cases), "cases"}, {strconv.Itoa(m.Open), "open"}, {kept, "deadlines met"},
		{median, "median age of open cases"}, {oldest, "oldest open case"}} {
		x := svgMargin + float64(i)*206
		c.text(x, y, "m-big", "", t[0])
		c.text(x, y+18, "c-sub", "", t[1])
	}
}

func (m Measures) drawStages(c *svgCanvas, x, y float64) {
	c.text(x, y, "c-name", "", "Time from the report")
	c.text(x+172, y, "c-sub", "", "bar: median, pale: 90th percentile")
	longest := time.Duration(1)
	for _, s := range m.Stages {
		longest = max(longest, s.P90)
	}
	const left, room = 96.0, 240.0
	for i, s := range m.Stages {
		at := y + 16 + float64(i)*30
		c.text(x, at+14, "c-label", "", string(s.Stage))
		if s.Cases == 0 {
			c.text(x+left, at+14, "c-sub", "", "no case yet")
			continue
		}
		scale := func(d time.Duration) float64 { return max(2, room*float64(d)/float64(longest)) }
		c.put(`<rect class="m-rest" x="%s" y="%s" width="%s" height="18" rx="2"/>`+"\n", px(x+left), px(at), px(scale(s.P90)))
		c.put(`<rect class="m-bar" x="%s" y="%s" width="%s" height="18" rx="2"/>`+"\n", px(x+left), px(at), px(scale(s.Median)))
		c.text(x+left+scale(s.P90)+8, at+13.5, "c-date", "", roughly(s.Median)+", "+roughly(s.P90)+" ("+plural(s.Cases, "case")+")")
	}
}

func (m Measures) drawBacklog(c *svgCanvas, x, y float64) {
	c.text(x, y, "c-name", "", "Open cases by age")
	most := 1
	for _, b := range m.Backlog {
		most = max(most, b.Cases)
	}
	const left, room = 140.0, 290.0
	for i, b := range m.Backlog {
		at := y + 16 + float64(i)*26
		c.text(x, at+14, "c-label", "", b.Label)
		w := room * float64(b.Cases) / float64(most)
		if b.Cases > 0 {
			c.put(`<rect class="m-bar" x="%s" y="%s" width="%s" height="18" rx="2"/>`+"\n", px(x+left), px(at), px(w))
		}
		c.text(x+left+w+8, at+13.5, "c-date", "", strconv.Itoa(b.Cases))
	}
}

func (m Measures) drawDesiderata(c *svgCanvas, y float64) {
	c.text(svgMargin, y, "c-name", "", "Order of events")
	c.text(svgMargin+150, y, "c-sub", "", "V vendor aware, F fix ready, D deployed, P public, X exploit, A attacks; the line marks the chance of a random history")
	const left, room = 56.0, 300.0
	for i, d := range m.Desiderata {
		x, at := svgMargin+float64(i/6)*548, y+16+float64(i%6)*26
		c.text(x, at+14, "c-label", "", d.String())
		all := float64(d.Met + d.Missed + d.Open)
		if all == 0 {
			c.text(x+left, at+14, "c-sub", "", "no case yet")
			continue
		}
		from := x + left
		for _, part := range []struct {
			n     int
			class string
		}{{d.Met, "m-met"}, {d.Missed, "m-missed"}, {d.Open, "m-open"}} {
			w := room * float64(part.n) / all
			if part.n > 0 {
				c.put(`<rect class="%s" x="%s" y="%s" width="%s" height="18"/>`+"\n", part.class, px(from), px(at), px(w))
			}
			from += w
		}
		chance := x + left + room*float64(d.Chance.Num)/float64(d.Chance.Den)
		c.put(`<path class="m-mark" d="M%s %sv24"/>`+"\n", px(chance), px(at-3))
		c.text(x+left+room+10, at+13.5, "c-date", "", fmt.Sprintf("%d met, %d missed", d.Met, d.Missed))
	}
	at := y + 16 + 6*26 + 14
	x := svgMargin
	for _, l := range []struct{ class, label string }{{"m-met", "met"}, {"m-missed", "missed"}, {"m-open", "open"}} {
		c.put(`<rect class="%s" x="%s" y="%s" width="14" height="12"/>`+"\n", l.class, px(x), px(at-10))
		c.text(x+20, at, "c-sub", "", l.label)
		x += 84
	}
}

// roughly shows a duration in the unit that a reader would choose.
func roughly(d time.Duration) string {
	switch h := d.Hours(); {
	case h < 1:
		return strconv.Itoa(int(math.Round(d.Minutes()))) + " min"
	case h < 48:
		return strconv.Itoa(int(math.Round(h))) + " h"
	default:
		return strconv.Itoa(int(math.Round(h/24))) + " days"
	}
}

func plural(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return strconv.Itoa(n) + " " + noun
}
