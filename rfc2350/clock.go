package rfc2350

import (
	"fmt"
	"strconv"
)

// clockRange is a range of times of day in a text.
type clockRange struct {
	from, to int    // tokens
	time     string // "09:00-17:00"
	start    int    // minute of the day
	mins     int    // how long
	sure     bool   // minutes or a word say that these are times
	spoken   bool   // a word of time stands at one end
	quarter  bool   // four digits: "0900-1700"
	loose    bool   // only "hours" after whole hours says that these are times
}

type clockTime struct {
	h, m       int
	exact      bool // minutes are printed
	unit, four bool // "h", "Uhr", "am"; four digits
	pm, am     bool
	from, to   int
}

// clockAt reads a time of day at token i: 9, 9:00, 9.30, 9h, 9h30, 0900, 9 am, 9 Uhr.
func (x *lexed) clockAt(i int) (c clockTime, ok bool) {
	if i < len(x.toks) && x.toks[i].kind == kWord && x.toks[i].means.any(mNoon, mMidnight) {
		c = clockTime{h: 12, exact: true, unit: true, from: i, to: i + x.width(i)}
		if x.has(i, mMidnight) {
			c.h = 0
		}
		return c, true
	}
	n := x.digits(i)
	if n == 0 || n > 4 || n == 3 {
		return c, false
	}
	c.from, c.to = i, i+1
	v := x.num(i)
	switch {
	case n == 4:
		c.h, c.m, c.four = v/100, v%100, true
	case n <= 2:
		c.h = v
		j := i + 1
		switch {
		case (x.is(j, ':') || x.is(j, '.')) && x.glued(j) && x.glued(j+1) && x.digits(j+1) == 2:
			c.m, c.exact, c.to = x.num(j+1), true, j+2
			if x.is(c.to, ':') && x.glued(c.to) && x.digits(c.to+1) == 2 { // seconds
				c.to += 2
			}
		case j < len(x.toks) && x.toks[j].kind == kWord && x.glued(j) && (x.lone(j, 'h') || x.lone(j, 'u') && x.glued(j+1)):
			c.unit, c.to = true, j+1
			if x.glued(j+1) && x.digits(j+1) == 2 {
				c.m, c.exact, c.to = x.num(j+1), true, j+2
			}
		case x.minutesApart(j):
			c.m, c.unit, c.exact, c.to = x.num(j+1), true, true, j+2
		}
	}
	if i > 0 && x.glued(i) && x.toks[i-1].kind == kWord && x.toks[i-1].end-x.toks[i-1].start == 6 { // 午後5時
		c.am, c.pm = x.has(i-1, mAM), x.has(i-1, mPM)
		c.unit = c.am || c.pm
	}
	x.clockUnit(&c)
	if c.h > 24 || c.m > 59 || c.h == 24 && c.m > 0 {
		return c, false
	}
	if c.am || c.pm {
		if c.h > 12 || c.h == 0 {
			c.am, c.pm = false, false
		}
	}
	return c, true
}

// minutesApart: "8 h 30", but not "8 h 30 min" or "8 h 17 h".
func (x *lexed) minutesApart(j int) bool {
	return j+1 < len(x.toks) && x.toks[j].kind == kWord && x.toks[j].gap == gapBlank && fold(x.text(j, j+1)) == "h" &&
		x.toks[j+1].gap == gapBlank && x.digits(j+1) == 2 && x.num(j+1) < 60 &&
		(j+2 >= len(x.toks) || x.toks[j+2].kind != kWord || !x.toks[j+2].means.any(mClock, mHours, mUnit) && x.toks[j+2].end-x.toks[j+2].start != 3)
}

// clockUnit reads "am", "p.m.", "Uhr", "hrs" after a time.
func (x *lexed) clockUnit(c *clockTime) {
	j := c.to
	if j >= len(x.toks) || x.toks[j].gap > gapBlank {
		return
	}
	t := &x.toks[j]
	if t.kind != kWord {
		return
	}
	switch {
	case t.means.has(mAM):
		c.am, c.unit, c.to = true, true, j+1
	case t.means.has(mPM):
		c.pm, c.unit, c.to = true, true, j+1
	case x.letters(j, "a", "m"):
		c.am, c.unit, c.to = true, true, j+3
	case x.letters(j, "p", "m"):
		c.pm, c.unit, c.to = true, true, j+3
	case t.means.has(mClock) && t.means[0] != 0:
		c.unit, c.to = true, j+x.width(j)
	default:
		return
	}
	if x.is(c.to, '.') && x.glued(c.to) && c.to+1 < len(x.toks) && x.toks[c.to-1].end-x.toks[c.to-1].start <= 4 && (x.toks[c.to+1].kind != kWord || x.toks[c.to+1].upper == 0) {
		c.to++
	}
}

// letters reads "a.m".
func (x *lexed) letters(j int, a, b string) bool {
	return j >= 0 && x.is(j+1, '.') && j+2 < len(x.toks) && x.glued(j+2) && fold(x.text(j, j+1)) == a && fold(x.text(j+2, j+3)) == b
}

// clockRangeAt reads a range of times that begins at token i.
func (x *lexed) clockRangeAt(i int) (r clockRange, to int) {
	a, ok := x.clockAt(i)
	if !ok {
		return r, -1
	}
	j := a.to
	// "09:00 CET - 17:00 CET"
	if x.has(j, mZone) || x.has(j, mUTC) {
		j++
	}
	sep := false
	for n := 0; n < 3 && j < len(x.toks) && x.toks[j].gap < gapParagraph; n++ {
		switch {
		case x.is(j, '-') || x.is(j, '~'):
			sep = true
			j++
			continue
		case x.toks[j].kind == kWord && x.has(j, mTo):
			sep = true
			if j += x.width(j); x.is(j, '.') && x.glued(j) { // "s.d."
				j++
			}
			continue
		case sep && x.toks[j].kind == kWord && x.has(j, mClock) && x.digits(j+1) > 0: // "bis um", "do godz."
			j++
			continue
		case sep && x.toks[j].kind == kWord && x.toks[j].means.any(mAM, mPM) && x.glued(j+1) && x.digits(j+1) > 0:
			j++
			continue
		case sep && x.is(j, '.') && x.has(j-1, mClock):
			j++
			continue
		}
		break
	}
	if !sep {
		return r, -1
	}
	b, ok := x.clockAt(j)
	if !ok || a.four != b.four && !(a.exact || b.exact) {
		return r, -1
	}
	if x.has(j-1, mAnd) && !x.lone(j-1, 'a') && !x.between(i) {
		return r, -1
	}
	if b.pm && !a.am && !a.pm && a.h < 12 && b.h < 12 && a.h > b.h { // 9 to 5pm
		a.am = true
	} else if b.pm && !a.am && !a.pm && a.h <= 12 {
		a.pm = a.h <= b.h && a.h != 12 && b.h != 12
		if !a.pm {
			a.am = true
		}
	}
	if !a.am && !a.pm && !b.am && !b.pm && !a.exact && !b.exact && !a.four && !a.unit && !b.unit && 6 <= a.h && a.h <= 12 && 1 <= b.h && b.h <= 8 && b.h < a.h { // 9-5
		b.h += 12
	}
	start, end := a.minutes(), b.minutes()
	if end == 0 {
		end = 24 * 60
	}
	if start == end {
		return r, -1
	}
	r = clockRange{from: i, to: b.to, time: string(appendClock(append(appendClock(make([]byte, 0, 16), start), '-'), end))}
	r.start, r.mins = start, end-start
	r.spoken = a.unit || b.unit
	r.quarter = a.four && b.four
	r.loose = !a.exact && !b.exact && !r.quarter && !a.unit && b.unit && !b.am && !b.pm && x.has(b.to-1, mHours)
	r.sure = (a.exact && b.exact) || r.spoken && !r.quarter || r.quarter && r.spoken
	if a.exact && b.exact && !r.spoken && x.is(i+1, '.') && x.dotted(i, j) { // 01.04-30.09 may be days
		r.sure = a.h >= 6 || b.h > 12
	}
	return r, b.to
}

func (x *lexed) dotted(i, j int) bool { return x.is(i+1, '.') && x.is(j+1, '.') }

// between: "between 9 and 17".
func (x *lexed) between(i int) bool {
	return x.tells(i-1, bBetween)
}

func (c clockTime) minutes() int {
	h := c.h
	if c.pm && h < 12 {
		h += 12
	}
	if c.am && h == 12 {
		h = 0
	}
	return h*60 + c.m
}

// appendClock appends minutes as "09:30".
func appendClock(b []byte, minutes int) []byte {
	return appendPadded(append(appendPadded(b, minutes/60, 2), ':'), minutes%60, 2)
}

// appendPadded appends a number with zeros before it.
func appendPadded(b []byte, n, width int) []byte {
	if n < 0 {
		return fmt.Appendf(b, "%0*d", width, n)
	}
	var digits [20]byte
	s := strconv.AppendInt(digits[:0], int64(n), 10)
	for k := len(s); k < width; k++ {
		b = append(b, '0')
	}
	return append(b, s...)
}
