package measure

import (
	"fmt"
	"github.com/cvdkit/cvdkit/cvd/internal/civil"
	"github.com/cvdkit/cvdkit/cvd/internal/plain"
	"github.com/cvdkit/cvdkit/cvd/internal/svg"
	"math"
	"slices"
	"strconv"
	"time"
)

// SVG draws the figures: how long the stages took, how old the open cases are,
// and how often things happened in the order that good disclosure strives for, with
// a mark at the chance that a random history has. What has no data is not drawn,
// and of a single case nothing is judged. It has the properties of Timeline.SVG.
func (m Team) SVG(title string) string {
	var c svg.Canvas
	title = plain.Line(title)
	about := fmt.Sprintf("%s, %d open; %d deadlines met, %d missed.", plural(m.Cases, "case"), m.Open, m.Met, m.Missed)
	for _, s := range m.Stages {
		if s.Cases > 0 {
			about += fmt.Sprintf(" Median to %s: %s.", s.Stage, roughly(s.Median))
		}
	}
	var body svg.Canvas
	m.drawTiles(&body, 104)
	left := m.drawStages(&body, svg.Margin, 176)
	right := m.drawBacklog(&body, svg.Margin+548, 176)
	bottom := m.drawOrders(&body, max(left, right))
	c.Open("cvd-measures", title, about, bottom)
	c.Text(svg.Margin, 60, "c-sub", "", "as of "+civil.Format(m.Now))
	c.Put("%s</svg>\n", body.String())
	return c.String()
}

func (m Team) drawTiles(c *svg.Canvas, y float64) {
	tiles := [][2]string{{strconv.Itoa(m.Cases), "cases"}, {strconv.Itoa(m.Open), "open"}}
	if n := m.Met + m.Missed; n > 0 {
		tiles = append(tiles, [2]string{fmt.Sprintf("%d of %d", m.Met, n), "deadlines met in time"})
	}
	if m.aged() {
		tiles = append(tiles, [2]string{roughly(m.MedianAge), "median age of open cases"}, [2]string{roughly(m.OldestAge), "oldest open case"})
	}
	for i, t := range tiles {
		x := svg.Margin + float64(i)*206
		c.Text(x, y, "m-big", "", t[0])
		c.Text(x, y+18, "c-sub", "", t[1])
	}
}

// drawStages returns the y below what it drew.
func (m Team) drawStages(c *svg.Canvas, x, y float64) float64 {
	longest, rows := time.Duration(1), 0
	for _, s := range m.Stages {
		longest = max(longest, s.P90)
		rows += min(1, s.Cases)
	}
	if rows == 0 {
		return y
	}
	c.Text(x, y, "c-name", "", "Time from the report")
	c.Text(x+172, y, "c-sub", "", "bar: median, pale: 90th percentile")
	const left, room = 96.0, 240.0
	at := y + 16
	for _, s := range m.Stages {
		if s.Cases == 0 {
			continue
		}
		c.Text(x, at+14, "c-label", "", string(s.Stage))
		scale := func(d time.Duration) float64 { return max(2, room*float64(d)/float64(longest)) }
		c.Put(`<rect class="m-rest" x="%s" y="%s" width="%s" height="18" rx="2"/>`+"\n", svg.Px(x+left), svg.Px(at), svg.Px(scale(s.P90)))
		c.Put(`<rect class="m-bar" x="%s" y="%s" width="%s" height="18" rx="2"/>`+"\n", svg.Px(x+left), svg.Px(at), svg.Px(scale(s.Median)))
		c.Text(x+left+scale(s.P90)+8, at+13.5, "c-date", "", roughly(s.Median)+", "+roughly(s.P90)+" ("+plural(s.Cases, "case")+")")
		at += 30
	}
	return at + 22
}

func (m Team) drawBacklog(c *svg.Canvas, x, y float64) float64 {
	if !m.aged() {
		return y
	}
	c.Text(x, y, "c-name", "", "Open cases by age")
	most := 1
	for _, b := range m.Backlog {
		most = max(most, b.Cases)
	}
	const left, room = 140.0, 290.0
	at := y + 16
	for _, b := range m.Backlog {
		if b.Cases == 0 {
			continue
		}
		c.Text(x, at+14, "c-label", "", b.Label)
		w := room * float64(b.Cases) / float64(most)
		c.Put(`<rect class="m-bar" x="%s" y="%s" width="%s" height="18" rx="2"/>`+"\n", svg.Px(x+left), svg.Px(at), svg.Px(w))
		c.Text(x+left+w+8, at+13.5, "c-date", "", strconv.Itoa(b.Cases))
		at += 26
	}
	return at + 22
}

// drawOrders shows the orders of which something is known.
func (m Team) drawOrders(c *svg.Canvas, y float64) float64 {
	rows := slices.DeleteFunc(slices.Clone(m.Desiderata), func(d DesideratumFigures) bool { return d.Met+d.Missed == 0 })
	if len(rows) == 0 {
		return y + 10
	}
	c.Text(svg.Margin, y, "c-name", "", "What happened in the order that good disclosure strives for")
	const left, room = 376.0, 380.0
	at := y + 16
	for _, d := range rows {
		c.Text(svg.Margin, at+14, "c-label", "", OrderWords(d.Desideratum))
		if m.Cases == 1 {
			word := "no"
			if d.Met > 0 {
				word = "yes"
			}
			c.Text(svg.Margin+left, at+14, "c-label", "", word)
			at += 26
			continue
		}
		from, all := svg.Margin+left, float64(d.Met+d.Missed)
		for _, part := range []struct {
			n     int
			class string
		}{{d.Met, "m-met"}, {d.Missed, "m-missed"}} {
			w := room * float64(part.n) / all
			if part.n > 0 {
				c.Put(`<rect class="%s" x="%s" y="%s" width="%s" height="18"/>`+"\n", part.class, svg.Px(from), svg.Px(at), svg.Px(w))
			}
			from += w
		}
		chance := svg.Margin + left + room*float64(d.Chance.Num)/float64(d.Chance.Den)
		c.Put(`<path class="m-mark" d="M%s %sv24"/>`+"\n", svg.Px(chance), svg.Px(at-3))
		c.Text(svg.Margin+left+room+12, at+13.5, "c-date", "", fmt.Sprintf("%d of %d cases in which it can be told", d.Met, d.Met+d.Missed))
		at += 26
	}
	if m.Cases == 1 {
		return at + 14
	}
	at += 20
	x := svg.Margin
	for _, l := range []struct{ class, label string }{{"m-met", "in this order"}, {"m-missed", "the other way round"}} {
		c.Put(`<rect class="%s" x="%s" y="%s" width="14" height="12"/>`+"\n", l.class, svg.Px(x), svg.Px(at-10))
		c.Text(x+20, at, "c-sub", "", l.label)
		x += 20 + svg.TextWidth(l.label, 11.5) + 26
	}
	c.Put(`<path class="m-mark" d="M%s %sv18"/>`+"\n", svg.Px(x+4), svg.Px(at-14))
	c.Text(x+14, at, "c-sub", "", "as often as by chance")
	return at + 24
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
