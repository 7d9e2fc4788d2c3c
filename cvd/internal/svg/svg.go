package svg

import (
	"fmt"
	"html"
	"strconv"
	"strings"
)

// The measures of a picture in pixels.
const (
	Width  = 1080.0
	Margin = 28.0
	Bold   = 1.15 // how much wider than regular
)

// svgCanvas collects elements.
type Canvas struct{ b strings.Builder }

// put writes an element.
func (c *Canvas) Put(format string, a ...any) { fmt.Fprintf(&c.b, format, a...) }

// text writes a text element; class and anchor are ours, s is escaped.
func (c *Canvas) Text(x, y float64, class, anchor, s string) {
	end := ""
	if anchor == "end" || anchor == "middle" {
		end = ` text-anchor="` + anchor + `"`
	}
	c.Put(`<text x="%s" y="%s" class="%s"%s>%s</text>`+"\n", Px(x), Px(y), class, end, html.EscapeString(s))
}

// open begins a picture that names and describes itself.
func (c *Canvas) Open(id, title, about string, height float64) {
	c.Put(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %[1]s %[2]s" width="%[1]s" height="%[2]s" role="img" aria-labelledby="%[3]s-t %[3]s-d">`+"\n",
		Px(Width), Px(height), id)
	c.Put(`<title id="%s-t">%s</title>`+"\n", id, html.EscapeString(title))
	c.Put(`<desc id="%s-d">%s</desc>`+"\n", id, html.EscapeString(about))
	c.Put("<style>%s</style>\n", svgStyle)
	c.Put(`<rect class="c-bg" width="%s" height="%s"/>`+"\n", Px(Width), Px(height))
	c.Text(Margin, 38, "c-h1", "", Shorten(title, 19*Bold, Width-2*Margin))
}

// String returns what was drawn.
func (c *Canvas) String() string { return c.b.String() }

// textWidth estimates the width of text in a common sans-serif font, rather too
// wide than too narrow, since the reader's font is not known.
func TextWidth(s string, size float64) float64 {
	w := 0.0
	for _, r := range s {
		switch {
		case r >= 0x1100 && r < 0xfb00 && r != 0x2026 && !(r >= 0x2000 && r < 0x2100):
			w += 1.05
		case strings.ContainsRune("ijltfr.,:;'|!()[]I ·-", r):
			w += 0.38
		case strings.ContainsRune("mwMW@%…—<>=+~#&", r):
			w += 0.95
		case r >= 'A' && r <= 'Z' || r > 0x7f:
			w += 0.72
		default:
			w += 0.59
		}
	}
	return w * size
}

// shorten cuts text to a width, with an ellipsis.
func Shorten(s string, size, width float64) string {
	if TextWidth(s, size) <= width {
		return s
	}
	left := width - TextWidth("…", size)
	for i, r := range s {
		if left -= TextWidth(string(r), size); left < 0 {
			return strings.TrimRight(s[:i], " ,;:·-") + "…"
		}
	}
	return s
}

// px writes a coordinate with one decimal.
func Px(f float64) string { return strconv.FormatFloat(f, 'f', 1, 64) }
