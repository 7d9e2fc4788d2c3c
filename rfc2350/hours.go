package rfc2350

import (
	"fmt"
)

var dayCodes = [...]string{"Su", "Mo", "Tu", "We", "Th", "Fr", "Sa"}

// clockRange is a range of times of day in a text.
type clockRange struct {
	from, to int    // tokens
	time     string // "09:00-17:00"
	sure     bool   // minutes or a word say that these are times
	spoken   bool   // a word of time stands at one end
	quarter  bool   // four digits: "0900-1700"
}

type clockTime struct {
	h, m         int
	exact        bool // minutes are printed
	unit, four   bool // "h", "Uhr", "am"; four digits
	pm, am       bool
	from, to     int
	leadingSpace bool
}

// clockAt reads a time of day at token i: 9, 9:00, 9.30, 9h, 9h30, 0900, 9 am, 9 Uhr.
func (x *lexed) clockAt(i int) (c clockTime, ok bool) {
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
		case j < len(x.toks) && x.toks[j].kind == kWord && x.glued(j) && fold(x.text(j, j+1)) == "h":
			c.unit, c.to = true, j+1
			if x.glued(j+1) && x.digits(j+1) == 2 {
				c.m, c.exact, c.to = x.num(j+1), true, j+2
			}
		}
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
	return x.is(j+1, '.') && j+2 < len(x.toks) && x.glued(j+2) && fold(x.text(j, j+1)) == a && fold(x.text(j+2, j+3)) == b
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
		case x.is(j, '-'):
			sep = true
			j++
			continue
		case x.toks[j].kind == kWord && x.has(j, mTo):
			sep = true
			j += x.width(j)
			continue
		case sep && x.toks[j].kind == kWord && x.has(j, mClock) && x.digits(j+1) > 0: // "bis um", "do godz."
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
	start, end := a.minutes(), b.minutes()
	if end == 0 {
		end = 24 * 60
	}
	if start == end {
		return r, -1
	}
	r = clockRange{from: i, to: b.to, time: fmt.Sprintf("%02d:%02d-%02d:%02d", start/60, start%60, end/60, end%60)}
	r.spoken = a.unit || b.unit
	r.quarter = a.four && b.four
	r.sure = (a.exact && b.exact) || r.spoken && !r.quarter || r.quarter && r.spoken
	if a.exact && b.exact && !r.spoken && x.is(i+1, '.') && x.dotted(i, j) { // 01.04-30.09 may be days
		r.sure = a.h >= 6 || b.h > 12
	}
	return r, b.to
}

func (x *lexed) dotted(i, j int) bool { return x.is(i+1, '.') && x.is(j+1, '.') }

// between: "between 9 and 17".
func (x *lexed) between(i int) bool {
	if i == 0 || x.toks[i-1].kind != kWord {
		return false
	}
	switch fold(x.text(i-1, i)) {
	case "between", "zwischen", "entre", "tra", "fra", "tussen", "miedzy", "mezi", "antara", "mellan", "izmedu", "между", "las":
		return true
	}
	return false
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

// daySpan is a list or range of days.
type daySpan struct {
	from, to int
	days     string // "Mo-Fr"
	cut      bool   // "Monday to" and no more
}

// dayAt is the weekday that token i names, from 1, or 0.
func (x *lexed) dayAt(i int) int {
	if i < 0 || i >= len(x.toks) {
		return 0
	}
	t := &x.toks[i]
	if t.kind != kWord || t.t == nil && t.p == nil {
		return 0
	}
	switch {
	case t.p != nil && t.p.weekday > 0:
		return int(t.p.weekday)
	case t.t == nil:
		return 0
	case t.t.means.has(mWeekday):
		return int(t.t.weekday)
	case t.t.means.has(mDayShort) && t.upper > 0:
		return int(t.t.weekday)
	}
	return 0
}

func (x *lexed) dayWidth(i int) int {
	if t := &x.toks[i]; t.p != nil && t.p.weekday > 0 {
		return x.width(i)
	}
	return 1
}

// daysAt reads the days that begin at token i.
func (x *lexed) daysAt(i int) (d daySpan, ok bool) {
	n := x.dayAt(i)
	if n == 0 {
		switch {
		case x.has(i, mWeekdays):
			return daySpan{from: i, to: i + x.width(i), days: "Mo-Fr"}, true
		case x.has(i, mWeekend):
			return daySpan{from: i, to: i + x.width(i), days: "Sa,Su"}, true
		}
		return d, false
	}
	d = daySpan{from: i, to: i + x.dayWidth(i), days: dayCodes[n-1]}
	for {
		j := d.to
		if x.is(j, '.') && x.glued(j) {
			j++
		}
		if x.ideogram(j, "から") {
			if m := x.dayAt(j + 1); m > 0 {
				d.days += "-" + dayCodes[m-1]
				d.to = j + 2
				continue
			}
		}
		rng, list := false, false
		for k := 0; k < 4 && j < len(x.toks) && x.toks[j].gap < gapParagraph && x.dayAt(j) == 0; k++ {
			switch {
			case x.is(j, '-') || x.is(j, '/') && x.toks[j].gap == gapNone:
				rng = true
				j++
			case x.is(j, ',') || x.is(j, '&') || x.is(j, '+'):
				list = true
				j++
			case x.toks[j].kind == kWord && x.has(j, mThrough):
				rng = true
				j += x.phraseWidth(j, mThrough)
			case x.toks[j].kind == kWord && x.has(j, mAnd):
				list = true
				j++
			case x.toks[j].kind == kWord && x.has(j, mOf) && (rng || list):
				j++
			default:
				k = 4
			}
		}
		m := x.dayAt(j)
		switch {
		case m == 0:
			if rng && x.num(j) < 0 && (j >= len(x.toks) || !x.is(j-1, '-') && x.endsHere(j)) {
				d.cut = true
				d.to = j
			}
			return d, true
		case rng && !list:
			d.days += "-" + dayCodes[m-1]
		case list:
			d.days += "," + dayCodes[m-1]
		default:
			return d, true
		}
		d.to = j + x.dayWidth(j)
	}
}

// phraseWidth is the width of the phrase if it has the meaning, else of the word.
func (x *lexed) phraseWidth(i int, m meaning) int {
	if t := &x.toks[i]; t.p != nil && t.p.means.has(m) {
		return int(t.span)
	}
	return 1
}

func (x *lexed) endsHere(j int) bool {
	return j >= len(x.toks) || x.toks[j].gap >= gapParagraph || x.is(j, ')')
}

// foundHours is an entry of the hours with its place.
type foundHours struct {
	value      string
	start, end int
}

// findHours reads the opening hours of a section: ranges of times with the days that
// belong to them, written like "Mo-Fr 09:00-17:00".
func (x *lexed) findHours() []foundHours {
	var out []foundHours
	for _, s := range x.sentences() {
		out = append(out, x.sentenceHours(s)...)
		if len(out) > 20 {
			return out[:20]
		}
	}
	return out
}

type hourEvent struct {
	days   daySpan
	time   clockRange
	isTime bool
	used   bool
}

func (x *lexed) sentenceHours(s sentence) (out []foundHours) {
	var ev []hourEvent
	add := func(v string, from, to int) {
		out = append(out, foundHours{v, int(x.toks[from].start), int(x.toks[min(to, len(x.toks))-1].end)})
	}
	m := x.meaningsOf(s.from, s.to)
	if x.changesClock(s, m) {
		return nil
	}
	for i := s.from; i < s.to; i++ {
		if d, ok := x.daysAt(i); ok {
			ev = append(ev, hourEvent{days: d})
			i = d.to - 1
			continue
		}
		if to := x.alwaysAt(i); to > 0 {
			if !x.denied(s, i, to) {
				switch days := lastDays(ev); {
				case x.num(i) == 24 && days != "" && !m.has(mDaily) && !x.is(i+1, '/') && !x.is(i+1, 'x'):
					add(days+" 00:00-24:00", i, to)
				default:
					add("24/7", i, to)
				}
			}
			i = to - 1
			continue
		}
		if to := x.dayLongAt(i); to > 0 {
			if !x.denied(s, i, to) {
				switch days := lastDays(ev); {
				case m.has(mDaily) || m.has(mAlways):
					add("24/7", i, to)
				case days != "":
					add(days+" 00:00-24:00", i, to)
				default:
					add("00:00-24:00", i, to)
				}
			}
			i = to - 1
			continue
		}
		if x.toks[i].kind != kNumber {
			if x.toks[i].p != nil {
				i += x.width(i) - 1
			}
			continue
		}
		if r, to := x.clockRangeAt(i); to > 0 {
			if (r.sure || x.afterDays(ev, i) || x.beforeDays(to)) && !x.withinBefore(i) {
				ev = append(ev, hourEvent{time: r, isTime: true})
				i = to - 1
				continue
			}
		}
		// A number that is no time ends what days may refer to.
		if _, to := x.dateAt(i); to > 0 {
			i = to - 1
		}
	}
	return append(out, x.pairHours(s, ev)...)
}

// changesClock: "DST starts at 02:00 on the last Sunday in March" tells no hours.
func (x *lexed) changesClock(s sentence, m meanings) bool {
	return m.has(mMonth) && m.any(mSummer, mWinter) && m.has(mWeekday) || m.has(mSummer) && m.has(mWeekday) && x.lastWord(s)
}

func (x *lexed) lastWord(s sentence) bool {
	for i := s.from; i < s.to; i++ {
		if x.toks[i].kind == kWord {
			switch fold(x.text(i, i+1)) {
			case "last", "letzten", "dernier", "ultimo", "laatste", "ostatnia", "posledni", "starts", "begins", "ends":
				return true
			}
		}
	}
	return false
}

func lastDays(ev []hourEvent) string {
	if n := len(ev); n > 0 && !ev[n-1].isTime && !ev[n-1].days.cut {
		return ev[n-1].days.days
	}
	return ""
}

// afterDays: whole hours count where days stand right before ("Mo-Th 8-17") or other
// times of the same day do.
func (x *lexed) afterDays(ev []hourEvent, i int) bool {
	if len(ev) == 0 {
		return false
	}
	last := ev[len(ev)-1]
	end := last.days.to
	if last.isTime {
		end = last.time.to
	}
	for j := end; j < i; j++ {
		t := &x.toks[j]
		switch {
		case t.kind == kSign && (t.sign == ',' || t.sign == ':' || t.sign == '.' || t.sign == '(' || t.sign == '&' || t.sign == '\'' || t.sign == ')' || t.sign == '|' || t.sign == '-' || t.sign == '/'):
		case t.kind == kWord && (t.means.any(mOf, mAnd, mClock, mHours, mZone, mUTC) || t.end-t.start <= 5 && t.upper == 0 && !t.means.any(mNot, mNotPhone)):
		default:
			return false
		}
	}
	return i-end <= 4
}

func (x *lexed) beforeDays(to int) bool {
	j := to
	for j < len(x.toks) && j < to+3 && (x.is(j, ',') || x.is(j, '(') || x.has(j, mZone) || x.has(j, mOf) || x.is(j, '/')) {
		j++
	}
	_, ok := x.daysAt(j)
	return ok && j < len(x.toks) && x.toks[j].gap < gapParagraph
}

// alwaysAt reads "24/7", "24x7x365", "around the clock", "24 hours a day, 7 days a
// week" at token i.
func (x *lexed) alwaysAt(i int) int {
	t := &x.toks[i]
	if t.p != nil && t.p.means.has(mAlways) || t.t != nil && t.t.means.has(mAlways) {
		to := i + 1
		if t.p != nil && t.p.means.has(mAlways) {
			to = i + x.width(i)
		}
		return to
	}
	n := x.num(i)
	if n != 24 && n != 7 || x.glued(i) && i > 0 && x.toks[i-1].kind != kSign {
		return 0
	}
	other := 31 - n
	j := i + 1
	if n == 24 && j < len(x.toks) && x.toks[j].kind == kWord && x.toks[j].means.any(mHours, mClock) && x.toks[j].gap <= gapBlank {
		j++
	}
	if j < len(x.toks) && (x.is(j, '/') || x.is(j, 'x') || x.is(j, '*') || x.is(j, '-') || x.toks[j].kind == kWord && fold(x.text(j, j+1)) == "x") && x.num(j+1) == other && x.toks[j+1].gap <= gapBlank {
		to := j + 2
		for (x.is(to, '/') || x.is(to, 'x') || to < len(x.toks) && x.toks[to].kind == kWord && fold(x.text(to, to+1)) == "x") && x.num(to+1) >= 360 && x.num(to+1) <= 366 {
			to += 2
		}
		return to
	}
	return 0
}

// dayLongAt reads "24 hours", "24-hour", "24h" at token i, unless it is a time to answer.
func (x *lexed) dayLongAt(i int) int {
	if x.num(i) != 24 || x.glued(i) && i > 0 && x.toks[i-1].kind != kSign {
		return 0
	}
	j := i + 1
	if x.is(j, '-') && x.glued(j) {
		j++
	}
	if j >= len(x.toks) || x.toks[j].kind != kWord || !x.toks[j].means.any(mHours, mClock) || x.toks[j].gap > gapBlank {
		return 0
	}
	if x.withinBefore(i) {
		return 0
	}
	for k := i - 1; k >= max(0, i-3); k-- {
		if x.toks[k].kind == kWord {
			switch fold(x.text(k, k+1)) {
			case "within", "innerhalb", "binnen", "dans", "dentro", "sous", "entro", "en", "ciagu", "w", "do", "dalam", "after", "nach", "next", "under", "less", "than", "inom", "kuluessa", "every", "em", "of", "last", "previous", "first", "least", "delai", "plazo":
				return 0
			}
		}
	}
	if m := x.meaningsOf(max(0, i-6), min(len(x.toks), i+6)); m.any(mAnswer, mMost) && !m.has(mDaily) {
		return 0
	}
	return j + 1
}

// withinBefore: "within 2-4 hours" is a time to answer.
func (x *lexed) withinBefore(i int) bool {
	for k := i - 1; k >= max(0, i-2); k-- {
		if x.toks[k].kind == kWord {
			switch fold(x.text(k, k+1)) {
			case "within", "innerhalb", "binnen", "sous", "inom", "kuluessa", "entro", "ciagu", "after":
				return true
			}
		}
	}
	return false
}

// denied: "not 24/7", "24/7? No", "no 24/7 service".
func (x *lexed) denied(s sentence, i, to int) bool {
	for j := i - 1; j >= s.from && j >= i-7; j-- {
		if x.is(j, ':') || x.has(j, mBut) || x.is(j, ',') && j < i-1 {
			break
		}
		if x.has(j, mNot) {
			return true
		}
	}
	for j := to; j < s.to && j < to+5; j++ {
		if x.has(j, mBut) || x.is(j, ',') || x.is(j, ';') {
			break
		}
		if x.toks[j].means.any(mNot, mNone) {
			return true
		}
	}
	// The answer stands in the next sentence: "24/7? No."
	if s.to < len(x.toks) && x.is(s.to-1, '?') && x.toks[s.to].means.any(mNot, mNone) {
		return true
	}
	return false
}

// pairHours gives each time the days before it, or, if there are none, those right
// after it. Days that are closed get nothing.
func (x *lexed) pairHours(s sentence, ev []hourEvent) (out []foundHours) {
	days, at := "", -1
	for i := range ev {
		e := &ev[i]
		if !e.isTime {
			if e.used {
				continue
			}
			days, at = e.days.days, e.days.from
			if e.days.cut {
				days = ""
			}
			continue
		}
		d, from := days, at
		next := i + 1
		if next < len(ev) && !ev[next].isTime && !ev[next].days.cut && (d == "" || ev[next].used) && x.close(e.time.to, ev[next].days.from) && !x.timeFollows(ev, next) {
			d = ev[next].days.days
			ev[next].used = true
		}
		v := e.time.time
		if d != "" {
			v = d + " " + v
		} else if x.meaningsOf(s.from, s.to).has(mDaily) {
			v = "Mo-Su " + v
		}
		if from < 0 || from > e.time.from {
			from = e.time.from
		}
		if x.deniedTime(s, e.time) {
			continue
		}
		out = append(out, foundHours{v, int(x.toks[from].start), int(x.toks[e.time.to-1].end)})
	}
	// "9-12 and 13-17, Monday to Friday": the times before share the days after.
	return out
}

func (x *lexed) deniedTime(s sentence, r clockRange) bool {
	for j := r.from - 1; j >= s.from && j >= r.from-4; j-- {
		if x.is(j, ':') || x.is(j, ',') {
			return false
		}
		if x.has(j, mNot) || x.has(j, mClosed) {
			return true
		}
	}
	return false
}

// timeFollows: the days after a time have times of their own.
func (x *lexed) timeFollows(ev []hourEvent, i int) bool {
	return i+1 < len(ev) && ev[i+1].isTime && ev[i+1].time.from-ev[i].days.to <= 4 && i > 1 && ev[0].isTime == false
}

func (x *lexed) close(a, b int) bool { return b-a <= 5 }
