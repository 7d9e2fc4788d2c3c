package rfc2350

import "strings"

var dayCodes = [...]string{"Su", "Mo", "Tu", "We", "Th", "Fr", "Sa"}

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
	if x.feira(i) {
		return int(t.n)
	}
	if t.kind != kWord || t.word() == nil && t.phrase() == nil {
		return 0
	}
	switch {
	case t.phrase() != nil && t.phrase().weekday > 0:
		return int(t.phrase().weekday)
	case t.word() == nil:
		return 0
	case t.word().means.has(mWeekday):
		return int(t.word().weekday)
	case t.word().means.has(mDayShort) && (x.beginsClause(i) || x.lang != "cs" && x.lang != "sk" && strings.EqualFold(x.text(i, i+1), "st")):
		return 0 // "St" is a street elsewhere
	case t.word().means.has(mDayShort) && (t.upper > 0 || x.smallDays(i)):
		return int(t.word().weekday)
	}
	return 0
}

// beginsClause: "We expect", "Do not": a word of the sentence, and no Wednesday.
func (x *lexed) beginsClause(i int) bool {
	if i > 0 && x.toks[i].gap < gapLine && !x.is(i-1, '.') || i+1 >= len(x.toks) {
		return false
	}
	n := &x.toks[i+1]
	return n.kind == kWord && n.gap == gapBlank && n.upper == 0 && (n.means.has(mNot) || (x.has(i, mWe) || x.lang != "de" && x.tells(i, bDayToo)) && !n.means.any(mThrough, mTo, mAnd, mOf, mClock, mDayShort))
}

// smallDays: short names of days without a capital count as a range only, "ma-vr".
func (x *lexed) smallDays(i int) bool {
	if x.is(i+1, '.') && x.glued(i+1) && i+2 < len(x.toks) && x.toks[i+2].gap == gapBlank { // "pn. do czw.", "pt. 8:00–15:00"
		if x.toks[i+2].kind == kWord && x.has(i+2, mThrough) && i+3 < len(x.toks) && x.toks[i+3].means.any(mWeekday, mDayShort) {
			return true
		}
		if r, to := x.clockRangeAt(i + 2); to > 0 && r.sure {
			return true
		}
	}
	if r, to := x.clockRangeAt(i + 1); to > 0 && r.sure { // "ma t/m do 8:30-17:00, vr 8:30-16:00"
		for k := i - 1; k >= max(0, i-14) && x.toks[k+1].gap < gapParagraph; k-- {
			if x.toks[k].kind == kWord && x.has(k, mDayShort) && (x.smallRange(k) || x.is(k+1, '-') && x.glued(k+1) && x.glued(k+2) && x.daysDiffer(k, k+2)) {
				return true
			}
		}
	}
	if x.smallRange(i) {
		return true
	}
	for _, k := range []int{i - 3, i} { // "pn.–pt."
		if k >= 0 && k+3 < len(x.toks) && x.is(k+1, '.') && x.is(k+2, '-') && x.glued(k+1) && x.glued(k+2) && x.glued(k+3) && x.daysDiffer(k, k+3) {
			return true
		}
	}
	for _, k := range []int{i - 2, i} {
		if k < 0 || k+2 >= len(x.toks) || x.toks[k].gap == gapNone && k > 0 || !x.is(k+1, '-') || !x.glued(k+1) || !x.glued(k+2) {
			continue
		}
		if x.daysDiffer(k, k+2) {
			return true
		}
	}
	return false
}

// smallRange: token i begins or ends "ma t/m vr".
func (x *lexed) smallRange(i int) bool {
	for _, w := range []int{1, 3} { // "ma t/m vr"
		for _, k := range []int{i - w - 1, i} {
			if k >= 0 && k+1 < len(x.toks) && x.toks[k+1].kind == kWord && x.has(k+1, mThrough) && x.toks[k+1].gap == gapBlank && x.phraseWidth(k+1, mThrough) == w && x.daysDiffer(k, k+1+w) {
				return true
			}
		}
	}
	return false
}

// daysDiffer reports whether two tokens are short names of different days.
func (x *lexed) daysDiffer(i, j int) bool {
	if j >= len(x.toks) || x.toks[i].kind != kWord || x.toks[j].kind != kWord || j+1 < len(x.toks) && x.glued(j+1) && x.toks[j+1].kind == kWord {
		return false
	}
	a, b := x.toks[i].word(), x.toks[j].word()
	return a.has(mDayShort) && b.has(mDayShort) && a.weekday != b.weekday
}

// feira: "2ª a 6ª feira", Portuguese for Monday to Friday.
func (x *lexed) feira(i int) bool {
	if n := x.num(i); n < 2 || n > 6 || x.digits(i) != 1 || !x.glued(i+1) || !x.is(i+1, 'º') && x.text(i+1, i+2) != "ª" && x.text(i+1, i+2) != "a" {
		return false
	}
	for k := i + 2; k < min(len(x.toks), i+9) && x.toks[k].gap < gapLine; k++ {
		if x.toks[k].kind == kWord && (strings.EqualFold(x.text(k, k+1), "feira") || strings.EqualFold(x.text(k, k+1), "feiras")) {
			return true
		}
	}
	return false
}

func (x *lexed) dayWidth(i int) int {
	if x.toks[i].kind == kNumber {
		n := 2
		if x.is(i+2, '-') {
			n++
		}
		if k := i + n; k < len(x.toks) && x.toks[k].kind == kWord && strings.HasPrefix(fold(x.text(k, k+1)), "feira") {
			return n + 1
		}
		return 2
	}
	if t := &x.toks[i]; t.phrase() != nil && t.phrase().weekday > 0 {
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
	slashes := 0
	defer func() {
		if strings.Count(d.days, "-") > 1 { // "Mon-Wed-Fri"
			d.days = strings.ReplaceAll(d.days, "-", ",")
		}
		if slashes > 1 || slashes == 1 && len(d.days) == 5 && !strings.HasPrefix(d.days, "Mo") && !strings.HasPrefix(d.days, "Su") && !strings.HasPrefix(d.days, "Sa") { // "Mon/Wed/Fri", "Tue/Thu", but "Mo/Fr"
			d.days = strings.ReplaceAll(d.days, "-", ",")
		}
	}()
	for {
		j := d.to
		if x.is(j, '.') && x.glued(j) {
			j++
		}
		if m := x.dayAt(j); m > 0 && x.has(j-1, mFromDay) && x.toks[j].gap == gapBlank { // "maanantaista perjantaihin"
			d.days += "-" + dayCodes[m-1]
			d.to = j + 1
			continue
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
			case x.is(j, '-') || x.is(j, '~') || x.is(j, '/') && x.toks[j].gap == gapNone:
				rng = true
				if x.is(j, '/') {
					slashes++
				}
				j++
			case x.is(j, ',') || x.is(j, '&') || x.is(j, '+'):
				list = true
				j++
			case x.toks[j].kind == kWord && x.has(j, mThrough) && !(x.lone(j, 'a') && x.joins(j)):
				rng = true
				j += x.phraseWidth(j, mThrough)
				if x.is(j, '.') && x.glued(j) { // "s.d."
					j++
				}
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
	if t := &x.toks[i]; t.phrase() != nil && t.phrase().means.has(m) {
		return int(t.span)
	}
	return 1
}

func (x *lexed) endsHere(j int) bool {
	return j >= len(x.toks) || x.toks[j].gap >= gapParagraph || x.is(j, ')')
}

// daysWithout takes the days off from days, both written as in "Mo-Fr" or "Mo,We".
func daysWithout(days, off string) string {
	if off == "" || days == "" {
		return days
	}
	left := daySet(days) &^ daySet(off)
	if left == daySet(days) {
		return days
	}
	var out []string
	for d := 0; d < 7; d++ { // Monday first
		if left>>d&1 == 0 {
			continue
		}
		to := d
		for to < 6 && left>>(to+1)&1 != 0 {
			to++
		}
		if to-d >= 2 {
			out = append(out, dayCodes[(d+1)%7]+"-"+dayCodes[(to+1)%7])
			d = to
			continue
		}
		out = append(out, dayCodes[(d+1)%7])
	}
	return strings.Join(out, ",")
}

// daySet has a bit for each day, Monday the lowest.
func daySet(days string) (set uint8) {
	for _, p := range strings.Split(days, ",") {
		from, to, isRange := strings.Cut(p, "-")
		a, b := dayNumber(from), dayNumber(to)
		if !isRange {
			b = a
		}
		for d := a; ; d = (d + 1) % 7 {
			set |= 1 << d
			if d == b {
				break
			}
		}
	}
	return set
}

func dayNumber(code string) int {
	for i, c := range dayCodes {
		if c == code {
			return (i + 6) % 7
		}
	}
	return 0
}
