package rfc2350

// foundHours is an entry of the hours with its place.
type foundHours struct {
	value      string
	start, end int
}

// findHours reads the opening hours of a section: ranges of times with the days that
// belong to them, written like "Mo-Fr 09:00-17:00".
func (x *lexed) findHours() []foundHours {
	if !x.numbers && !x.means.any(mAlways, mNumber, mNoon, mMidnight) {
		return nil
	}
	var out []foundHours
	for _, s := range x.sentences() {
		if !x.mayTellHours(s) {
			continue
		}
		out = append(out, x.sentenceHours(s)...)
		if len(out) > 20 {
			return out[:20]
		}
	}
	return out
}

// mayTellHours: there is a number, or a word of time that stands for one.
func (x *lexed) mayTellHours(s sentence) bool {
	for i := s.from; i < s.to; i++ {
		if t := &x.toks[i]; t.kind == kNumber || t.means.any(mAlways, mNumber, mNoon, mMidnight) {
			return true
		}
	}
	return false
}

type hourEvent struct {
	days   daySpan
	time   clockRange
	isTime bool
	used   bool
	bare   int // 1 + its place among the hours found, if it has no days
}

// hourWords are what words say of hours alone, without a phrase.
var hourWords = meaningsOf(mWeekday, mDayShort, mWeekdays, mWeekend, mWorkday, mAlways, mNumber, mNoon, mMidnight)

func (x *lexed) sentenceHours(s sentence) (out []foundHours) {
	var ev []hourEvent
	off := "" // days that are left out
	add := func(v string, from, to int) {
		out = append(out, foundHours{v, int(x.toks[from].start), int(x.toks[min(to, len(x.toks))-1].end)})
	}
	m := x.meaningsOf(s.from, s.to)
	if x.changesClock(s, m) {
		return nil
	}
	for i := s.from; i < s.to; i++ {
		if t := &x.toks[i]; t.kind == kSign || t.kind == kWord && t.phraseOf == 0 && !t.means.meet(hourWords) {
			continue // most tokens say nothing of hours
		}
		if d, ok := x.daysAt(i); ok {
			if x.dayOfDate(d) {
				return out // "on Monday, 3 March": an event
			}
			if x.leftOut(s, i) {
				off = d.days
			} else {
				ev = append(ev, hourEvent{days: d})
			}
			i = d.to - 1
			continue
		}
		if n := len(ev); n > 0 && ev[n-1].isTime && x.has(i, mWorkday) && x.toks[i].kind == kWord && x.rangeWithin(i+1, 4) { // "…, other working days 9-15"
			ev = append(ev, hourEvent{days: daySpan{from: i, to: i + 1, cut: true}})
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
				case x.daily(s) || m.has(mAlways):
					add("24/7", i, to)
				case days != "":
					add(days+" 00:00-24:00", i, to)
				case x.daysAfter(s, to) != "":
					add(x.daysAfter(s, to)+" 00:00-24:00", i, to)
				case m.any(mRetain, mKeep) || x.has(i-1, mDuring):
					// "Data is kept for 24 hours"
				default:
					add("00:00-24:00", i, to)
				}
			}
			i = to - 1
			continue
		}
		if x.toks[i].kind != kNumber && !x.toks[i].means.any(mNoon, mMidnight) {
			if x.toks[i].phrase() != nil {
				i += x.width(i) - 1
			}
			continue
		}
		if r, to := x.clockRangeAt(i); to > 0 {
			if r.loose && len(ev) == 0 && !x.beforeDays(to) && (m.any(mAnswer, mGrade) || r.mins < 4*60 || r.start < 6*60) {
				i = to - 1 // "Response time: 2-8 hours", "this takes 2-4 hours"
				continue
			}
			if (r.sure || x.afterDays(ev, i) || x.beforeDays(to) || x.onWorkdays(s, i, to)) && !x.withinBefore(i) {
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
	return append(out, x.pairHours(s, ev, off)...)
}

// rangeWithin reports whether times begin at token i or soon after it.
func (x *lexed) rangeWithin(i, n int) bool {
	for k := i; k < min(len(x.toks), i+n); k++ {
		if x.toks[k].kind == kNumber {
			_, to := x.clockRangeAt(k)
			return to > 0
		}
		if x.toks[k].kind == kSign && !x.is(k, ':') && !x.is(k, '.') {
			return false
		}
	}
	return false
}

// daily: every day, but not "every working day".
func (x *lexed) daily(s sentence) bool {
	for i := s.from; i < s.to; i++ {
		if x.has(i, mDaily) && !x.has(i+x.phraseWidth(i, mDaily), mWorkday) {
			return true
		}
	}
	return false
}

// daysAfter: "24 hours on weekdays".
func (x *lexed) daysAfter(s sentence, to int) string {
	for k := to; k < min(s.to, to+2); k++ {
		if d, ok := x.daysAt(k); ok && !d.cut {
			return d.days
		}
	}
	return ""
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
		case t.kind == kSign && (t.sign() == ',' || t.sign() == ':' || t.sign() == '.' || t.sign() == '(' || t.sign() == '&' || t.sign() == '\'' || t.sign() == ')' || t.sign() == '|' || t.sign() == '-' || t.sign() == '/'):
		case t.kind == kWord && (x.tells(j, bClockNote) || t.means.any(mOf, mAnd, mClock, mHours, mZone, mUTC) || x.between(j+1) || t.end-t.start <= 5 && t.upper == 0 && !t.means.any(mNot, mNotPhone)):
		default:
			return false
		}
	}
	return i-end <= 4
}

// onWorkdays: whole hours count right after "on working days from", or before it.
func (x *lexed) onWorkdays(s sentence, i, to int) bool {
	for k := to; k < min(s.to, to+3); k++ {
		if x.toks[k].kind == kWord && x.has(k, mWorkday) && !x.toks[k].means.any(mHours) {
			return true
		}
		if x.toks[k].kind != kWord {
			break
		}
	}
	for k := i - 1; k >= max(s.from, i-5); k-- {
		if x.toks[k].kind == kWord && x.has(k, mWorkday) {
			return true
		}
		if x.toks[k].kind == kNumber {
			return false
		}
	}
	return false
}

func (x *lexed) beforeDays(to int) bool {
	j := to
	for end := to + 3; j < len(x.toks) && j < end; j++ {
		if x.tells(j, bClockNote) { // "local time"
			end++
			continue
		}
		t := &x.toks[j]
		small := t.kind == kWord && t.end-t.start <= 3 && t.upper == 0 && t.gap == gapBlank && !t.means.any(mNot, mUnit, mDayShort)
		if !small && !x.is(j, ',') && !x.is(j, '(') && !x.is(j, '/') && !t.means.any(mZone, mOf) {
			break
		}
	}
	_, ok := x.daysAt(j)
	return ok && j < len(x.toks) && x.toks[j].gap < gapParagraph
}

// alwaysAt reads "24/7", "24x7x365", "around the clock", "24 hours a day, 7 days a
// week" at token i.
func (x *lexed) alwaysAt(i int) int {
	t := &x.toks[i]
	if t.phrase() != nil && t.phrase().means.has(mAlways) || t.word() != nil && t.word().means.has(mAlways) {
		to := i + 1
		if t.phrase() != nil && t.phrase().means.has(mAlways) {
			to = i + x.width(i)
		}
		return to
	}
	n := x.num(i)
	if n != 24 && n != 7 || x.tells(i-1, bReference) || x.glued(i) && i > 0 && x.toks[i-1].kind != kSign {
		return 0
	}
	other := 31 - n
	j := i + 1
	if n == 24 && j < len(x.toks) && x.toks[j].kind == kWord && x.toks[j].means.any(mHours, mClock) && x.toks[j].gap <= gapBlank {
		j++
	}
	if n == 24 && j > i+1 && x.num(j) >= 360 && x.num(j) <= 366 && x.toks[j].gap <= gapBlank { // 24時間365日
		return j + 1
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
	if x.toks[i].kind != kNumber && !x.has(i, mNumber) || x.glued(i) && i > 0 && x.toks[i-1].kind != kSign {
		return 0
	}
	n, j := x.quantity(i)
	if n != 24 {
		return 0
	}
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
		if x.tells(k, bWithin) || x.tells(k, bTimeSpan) {
			return 0
		}
	}
	if m := x.meaningsOf(max(0, i-6), min(len(x.toks), i+6)); m.any(mAnswer, mMost, mGrade) && !m.has(mDaily) {
		return 0
	}
	return j + 1
}

// pairHours gives each time the days before it, or, if there are none, those right
// after it. Days that are closed get nothing.
func (x *lexed) pairHours(s sentence, ev []hourEvent, off string) (out []foundHours) {
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
		if next < len(ev) && !ev[next].isTime && !ev[next].days.cut && !x.untilTime(ev[next].days.to) && !x.cutShort(ev[next].days) && (d == "" || ev[next].used) && x.close(e.time.to, ev[next].days.from) && !x.timeFollows(ev, next) {
			d = ev[next].days.days
			ev[next].used = true
			// "9-12 and 13-17, Monday to Friday": the times before share the days after.
			for k := i - 1; k >= 0 && days == "" && ev[k].bare > 0 && ev[k+1].time.from-ev[k].time.to <= 3; k-- {
				out[ev[k].bare-1].value = d + " " + ev[k].time.time
			}
		}
		v := e.time.time
		if d == "" && x.daily(s) {
			d = "Mo-Su"
		}
		if d = daysWithout(d, off); d != "" {
			v = d + " " + v
		}
		if from < 0 || from > e.time.from {
			from = e.time.from
		}
		if x.deniedTime(s, e.time) || x.inThePast(s, e.time) || x.ofOther(s, from) {
			continue
		}
		if d == "" || d == "Mo-Su" {
			e.bare = len(out) + 1
		}
		out = append(out, foundHours{v, int(x.toks[from].start), int(x.toks[e.time.to-1].end)})
	}
	return out
}

// untilTime: "…, Fridays until 15": the days have a time of their own, or none.
func (x *lexed) untilTime(i int) bool {
	if x.is(i, ':') {
		i++
	}
	if i >= len(x.toks) || x.toks[i].kind != kWord {
		return false
	}
	return x.toks[i].means.any(mTo, mThrough, mAhead) && x.num(i+1) >= 0
}

// timeFollows: the days after a time have times of their own.
func (x *lexed) timeFollows(ev []hourEvent, i int) bool {
	return i+1 < len(ev) && ev[i+1].isTime && ev[i+1].time.from-ev[i].days.to <= 4 && i > 1 && !ev[0].isTime
}

// close counts the tokens between, without a remark in parentheses.
func (x *lexed) close(a, b int) bool {
	n := 0
	for k := a; k < b && n <= 5; k++ {
		if x.is(k, '(') {
			for end := k; end < b && end < k+12; end++ {
				if x.is(end, ')') {
					k = end
					break
				}
			}
			continue
		}
		n++
	}
	return n <= 5
}
