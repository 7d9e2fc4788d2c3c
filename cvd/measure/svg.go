package measure

import (
	"fmt"
	"github.com/cvdkit/cvdkit/cvd/internal/civil"
	"github.com/cvdkit/cvdkit/cvd/internal/plain"
	"github.com/cvdkit/cvdkit/cvd/internal/svg"
	"math"
	"strconv"
	"time"
)

// SVG draws the figures: how long the stages took, how old the open cases are,
// and how often each of the twelve orders was met, with a mark at the chance that
// a random history has. It has the properties of Timeline.SVG.
func (m Team) SVG(title string) string {
	var c svg.Canvas
	title = plain.Line(title)
	about := fmt.Sprintf("%d cases, %d open; %d deadlines met, %d missed.", m.Cases, m.Open, m.Met, m.Missed)
	for _, s := range m.Stages {
		if s.Cases > 0 {
			about += fmt.Sprintf(" Median to %s: %s.", s.Stage, roughly(s.Median))
		}
	}
	c.Open("cvd-measures", title, about, 566)
	c.Text(svg.Margin, 60, "c-sub", "", "as of "+civil.Format(m.Now))
	m.drawTiles(&c, 104)
	m.drawStages(&c, svg.Margin, 176)
	m.drawBacklog(&c, svg.Margin+548, 176)
	m.drawDesiderata(&c, 362)
	c.Put("</svg>\n")
	return c.String()
}

func (m Team) drawTiles(c *svg.Canvas, y float64) {
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
		x := svg.Margin + float64(i)*206
		c.Text(x, y, "m-big", "", t[0])
		c.Text(x, y+18, "c-sub", "", t[1])
	}
}

func (m Team) drawStages(c *svg.Canvas, x, y float64) {
	c.Text(x, y, "c-name", "", "Time from the report")
	c.Text(x+172, y, "c-sub", "", "bar: median, pale: 90th percentile")
	longest := time.Duration(1)
	for _, s := range m.Stages {
		longest = max(longest, s.P90)
	}
	const left, room = 96.0, 240.0
	for i, s := range m.Stages {
		at := y + 16 + float64(i)*30
		c.Text(x, at+14, "c-label", "", string(s.Stage))
		if s.Cases == 0 {
			c.Text(x+left, at+14, "c-sub", "", "no case yet")
			continue
		}
		scale := func(d time.Duration) float64 { return max(2, room*float64(d)/float64(longest)) }
		c.Put(`<rect class="m-rest" x="%s" y="%s" width="%s" height="18" rx="2"/>`+"\n", svg.Px(x+left), svg.Px(at), svg.Px(scale(s.P90)))
		c.Put(`<rect class="m-bar" x="%s" y="%s" width="%s" height="18" rx="2"/>`+"\n", svg.Px(x+left), svg.Px(at), svg.Px(scale(s.Median)))
		c.Text(x+left+scale(s.P90)+8, at+13.5, "c-date", "", roughly(s.Median)+", "+roughly(s.P90)+" ("+plural(s.Cases, "case")+")")
	}
}

func (m Team) drawBacklog(c *svg.Canvas, x, y float64) {
	c.Text(x, y, "c-name", "", "Open cases by age")
	most := 1
	for _, b := range m.Backlog {
		most = max(most, b.Cases)
	}
	const left, room = 140.0, 290.0
	for i, b := range m.Backlog {
		at := y + 16 + float64(i)*26
		c.Text(x, at+14, "c-label", "", b.Label)
		w := room * float64(b.Cases) / float64(most)
		if b.Cases > 0 {
			c.Put(`<rect class="m-bar" x="%s" y="%s" width="%s" height="18" rx="2"/>`+"\n", svg.Px(x+left), svg.Px(at), svg.Px(w))
		}
		c.Text(x+left+w+8, at+13.5, "c-date", "", strconv.Itoa(b.Cases))
	}
}

func (m Team) drawDesiderata(c *svg.Canvas, y float64) {
	c.Text(svg.Margin, y, "c-name", "", "Order of events")
	c.Text(svg.Margin+150, y, "c-sub", "", "V vendor aware, F fix ready, D deployed, P public, X exploit, A attacks; the line marks the chance of a random history")
	const left, room = 56.0, 300.0
	for i, d := range m.Desiderata {
		x, at := svg.Margin+float64(i/6)*548, y+16+float64(i%6)*26
		c.Text(x, at+14, "c-label", "", d.String())
		all := float64(d.Met + d.Missed + d.Open)
		if all == 0 {
			c.Text(x+left, at+14, "c-sub", "", "no case yet")
			continue
		}
		from := x + left
		for _, part := range []struct {
			n     int
			class string
		}{{d.Met, "m-met"}, {d.Missed, "m-missed"}, {d.Open, "m-open"}} {
			w := room * float64(part.n) / all
			if part.n > 0 {
				c.Put(`<rect class="%s" x="%s" y="%s" width="%s" height="18"/>`+"\n", part.class, svg.Px(from), svg.Px(at), svg.Px(w))
			}
			from += w
		}
		chance := x + left + room*float64(d.Chance.Num)/float64(d.Chance.Den)
		c.Put(`<path class="m-mark" d="M%s %sv24"/>`+"\n", svg.Px(chance), svg.Px(at-3))
		c.Text(x+left+room+10, at+13.5, "c-date", "", fmt.Sprintf("%d met, %d missed", d.Met, d.Missed))
	}
	at := y + 16 + 6*26 + 14
	x := svg.Margin
	for _, l := range []struct{ class, label string }{{"m-met", "met"}, {"m-missed", "missed"}, {"m-open", "open"}} {
		c.Put(`<rect class="%s" x="%s" y="%s" width="14" height="12"/>`+"\n", l.class, svg.Px(x), svg.Px(at-10))
		c.Text(x+20, at, "c-sub", "", l.label)
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
