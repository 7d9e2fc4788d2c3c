package rfc2350

import (
	"slices"
	"strings"
	"time"
)

// Date is a day of the Gregorian calendar. The zero Date means unknown.
type Date struct {
	Year  int        // such as 2026
	Month time.Month // from 1
	Day   int        // of the month, from 1
}

// IsZero reports whether the date is unknown.
func (d Date) IsZero() bool { return d == Date{} }

// String gives YYYY-MM-DD, and "" for the zero Date.
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	b := appendPadded(make([]byte, 0, 10), d.Year, 4)
	b = appendPadded(append(b, '-'), int(d.Month), 2)
	return string(appendPadded(append(b, '-'), d.Day, 2))
}

// MarshalText gives String.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// Time is the beginning of the day in UTC.
func (d Date) Time() time.Time { return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC) }

// DateOf is the day of t in UTC.
func DateOf(t time.Time) Date {
	if t.IsZero() {
		return Date{}
	}
	y, m, d := t.UTC().Date()
	return Date{y, m, d}
}

func makeDate(y, m, d int) (Date, bool) {
	if y < 1985 || y > 2199 || m < 1 || m > 12 || d < 1 || d > 31 {
		return Date{}, false
	}
	out := Date{y, time.Month(m), d}
	return out, out.Time().Day() == d
}

// foundDate is a date in a text, or what looks like one.
type foundDate struct {
	start, end int
	date       Date // zero if ambiguous
	other      Date // the second reading of an ambiguous one, with first the first
	first      Date
	slashed    int  // 1 day first for certain, 2 month first for certain
	weekday    bool // a weekday stands before it and does not fit
	until      bool // the text says that it lies ahead: "valid until", "next review"
	from, to   int  // tokens
}

// months are told by words of the vocabulary; see the language files.

// findDates lists the dates of a text in order. It looks only where a number of four
// digits, or a month, stands beside other numbers.
func (x *lexed) findDates() []foundDate {
	if !x.numbers {
		return nil
	}
	var out []foundDate
	for i := range x.toks {
		if x.toks[i].kind != kNumber && !x.toks[i].means.has(mMonth) || len(out) > 0 && i < out[len(out)-1].to {
			continue
		}
		f, to := x.dateAt(i)
		if to < 0 {
			if f, to = x.compactDate(i); to < 0 {
				continue
			}
		}
		f.start, f.end = int(x.toks[i].start), int(x.toks[to-1].end)
		f.from, f.to = i, to
		f.until = x.ahead(i)
		if w := x.weekdayBefore(i); w > 0 && !f.date.IsZero() && int(f.date.Time().Weekday()) != w-1 {
			f.weekday = true
		}
		if out = append(out, f); len(out) >= maxDates {
			break
		}
	}
	return out
}

// compactDate: 20240607 (ISO 8601, basic format).
func (x *lexed) compactDate(i int) (f foundDate, to int) {
	n := x.num(i)
	if n < 0 || x.digits(i) != 8 || x.glued(i) && i > 0 || x.is(i-1, '+') || i+1 < len(x.toks) && x.glued(i+1) && (x.toks[i+1].kind == kWord && x.text(i+1, i+2) != "T" || x.is(i+1, '-') || x.is(i+1, '/')) {
		return f, -1
	}
	return x.made(f, n/10000, n/100%100, n%100, i+1)
}

const maxDates = 2000

// dateAt reads a date that begins at token i; to is the token after it, -1 if there
// is none.
func (x *lexed) dateAt(i int) (f foundDate, to int) {
	t := &x.toks[i]
	if t.kind == kWord {
		if t.means.has(mMonth) {
			return x.monthFirst(i)
		}
		return f, -1
	}
	if t.kind != kNumber || i > 0 && x.glued(i) && (x.toks[i-1].kind == kWord && !x.has(i-1, mVersion) || x.is(i-1, '/') || x.is(i-1, '.') && x.num(i-2) >= 0) {
		return f, -1
	}
	switch x.digits(i) {
	case 4:
		return x.yearFirst(i)
	case 1, 2:
		return x.dayFirst(i)
	}
	return f, -1
}

func (x *lexed) yearFirst(i int) (f foundDate, to int) {
	if x.ideogram(i+1, "年") && x.num(i+2) >= 0 && x.ideogram(i+3, "月") && x.num(i+4) >= 0 && x.ideogram(i+5, "日") {
		return x.made(f, x.num(i), x.num(i+2), x.num(i+4), i+6)
	}
	j, sep := x.separator(i + 1)
	if sep == 0 {
		if x.has(i+1, mMonth) && x.toks[i+1].gap <= gapBlank { // 2025 January 2
			j = i + 2
			for x.is(j, '.') {
				j++
			}
			if n := x.digits(j); n >= 1 && n <= 2 && x.toks[j].gap == gapBlank {
				return x.made(f, x.num(i), x.month(i+1), x.num(j), j+1)
			}
		}
		return f, -1
	}
	if x.has(j, mMonth) { // 2025-Jan-02
		if k, s := x.separator(j + 1); s == sep && x.digits(k) >= 1 && x.digits(k) <= 2 {
			return x.made(f, x.num(i), x.month(j), x.num(k), k+1)
		}
		return f, -1
	}
	if n := x.digits(j); n < 1 || n > 2 {
		return f, -1
	}
	k, second := x.separator(j + 1)
	if n := x.digits(k); second == 0 || n < 1 || n > 2 {
		return f, -1
	}
	return x.made(f, x.num(i), x.num(j), x.num(k), k+1)
}

func (x *lexed) dayFirst(i int) (f foundDate, to int) {
	if j, sep := x.separator(i + 1); sep != 0 {
		if n := x.digits(j); n == 1 || n == 2 {
			if k, second := x.separator(j + 1); second != 0 && x.digits(k) == 4 && !x.moreDigits(k) {
				f, ok := numericDate(f, string(sep), x.num(i), x.num(j), x.num(k))
				if ok {
					return f, k + 1
				}
			}
		}
	}
	j := i + 1
	// "2nd", "1er", "1º", "2."
	if x.has(j, mOrdinal) && x.glued(j) || x.is(j, '.') || x.is(j, 'º') || x.text(j, j+1) == "º" || x.text(j, j+1) == "ª" {
		j++
	}
	for n := 0; n < 3 && j < len(x.toks) && (x.is(j, '-') || x.is(j, ',') || x.is(j, '\'') || x.has(j, mOf) || x.is(j, '/')) && !x.has(j, mMonth); n++ {
		j += x.width(j)
	}
	if !x.has(j, mMonth) || x.toks[j].gap >= gapParagraph || x.month(j) == 0 {
		return f, -1
	}
	month := x.month(j)
	j++
	for n := 0; n < 4 && j < len(x.toks) && (x.is(j, '.') || x.is(j, ',') || x.is(j, '-') || x.is(j, '/') || x.has(j, mOf)); n++ {
		j += x.width(j)
	}
	if x.digits(j) != 4 {
		return f, -1
	}
	return x.made(f, x.num(j), month, x.num(i), j+1)
}

func (x *lexed) monthFirst(i int) (f foundDate, to int) {
	if x.month(i) == 0 {
		return f, -1
	}
	j := i + 1
	for n := 0; n < 3 && j < len(x.toks) && (x.is(j, '.') || x.is(j, ',') || x.is(j, '-') || x.has(j, mOf)); n++ {
		j += x.width(j)
	}
	if n := x.digits(j); n < 1 || n > 2 || x.toks[j].gap >= gapParagraph {
		return f, -1
	}
	day := x.num(j)
	j++
	if x.has(j, mOrdinal) && x.glued(j) {
		j++
	}
	for n := 0; n < 3 && j < len(x.toks) && (x.is(j, ',') || x.is(j, '.') || x.is(j, '-') || x.has(j, mOf)); n++ {
		j += x.width(j)
	}
	if x.digits(j) != 4 {
		return f, -1
	}
	return x.made(f, x.num(j), x.month(i), day, j+1)
}

// month is the month that token i names, 0 if none. A word that names two months
// counts only in a document of one of its languages.
func (x *lexed) month(i int) int {
	t := x.toks[i].word()
	switch {
	case t == nil:
		return 0
	case t.month2 == 0:
		return int(t.month)
	}
	if x.is(i-1, '.') && x.glued(i-1) && x.num(i-2) > 0 && x.digits(i+1) == 4 && x.is(i+2, '.') && x.glued(i+2) && x.lang != "cs" && x.lang != "sk" && x.lang != "pl" {
		// "15. listopada 2024.": points after the day and the year are Croatian, not Polish.
		if k := slices.Index(words().langs, "hr"); t.langs1&(1<<k) != 0 {
			return int(t.month)
		} else if t.langs2&(1<<k) != 0 {
			return int(t.month2)
		}
	}
	for k, l := range words().langs {
		switch {
		case l != x.lang:
		case t.langs1&(1<<k) != 0:
			return int(t.month)
		case t.langs2&(1<<k) != 0:
			return int(t.month2)
		}
	}
	return 0
}

func (x *lexed) made(f foundDate, y, m, d, to int) (foundDate, int) {
	var ok bool
	if f.date, ok = makeDate(y, m, d); !ok {
		return f, -1
	}
	return f, to
}

// separator reads "-", "/" or "." between the parts of a date; after a point or
// around a slash there may be a blank.
func (x *lexed) separator(i int) (next int, sep rune) {
	if i+1 >= len(x.toks) || x.toks[i].kind != kSign || x.toks[i+1].gap > gapBlank {
		return 0, 0
	}
	t := &x.toks[i]
	switch t.sign() {
	case '-':
		if t.gap != x.toks[i+1].gap || t.gap > gapBlank {
			return 0, 0
		}
	case '.':
		if t.gap != gapNone {
			return 0, 0
		}
	case '/':
		if t.gap > gapBlank {
			return 0, 0
		}
	default:
		return 0, 0
	}
	return i + 1, t.sign()
}

// moreDigits reports whether a date-like run goes on, as phone numbers do.
func (x *lexed) moreDigits(i int) bool {
	return (x.is(i+1, '.') || x.is(i+1, '-') || x.is(i+1, '/')) && x.glued(i+1) && x.glued(i+2) && x.digits(i+2) > 0
}

func (x *lexed) ideogram(i int, s string) bool {
	return i < len(x.toks) && x.toks[i].kind == kWord && strings.HasPrefix(x.s[x.toks[i].start:], s)
}

// ahead reports whether the words before a date say that it lies ahead.
func (x *lexed) ahead(i int) bool {
	for j, n := i-1, 0; j >= 0 && n < 5; j, n = j-1, n+1 {
		t := &x.toks[j]
		if x.toks[j+1].gap >= gapLine || t.kind == kSign && (t.sign() == '.' || t.sign() == ';' || t.sign() == ',') || t.kind == kNumber && t.n > 31 {
			return false
		}
		if t.means.has(mAhead) && !(x.has(j-1, mDated) && !x.has(j-1, mAhead)) { // but "last reviewed"
			return true
		}
	}
	return false
}

func (x *lexed) weekdayBefore(i int) int {
	for j := i - 1; j >= 0 && j >= i-3; j-- {
		if t := &x.toks[j]; t.means.has(mWeekday) {
			if t.word() == nil || x.toks[j+1].gap >= gapLine {
				return 0
			}
			return int(t.word().weekday)
		}
		if x.toks[j].kind == kNumber {
			return 0
		}
	}
	return 0
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// numericDate reads a/b/year. With points and hyphens the day comes first, as
// everywhere where they are used; with slashes it depends.
func numericDate(f foundDate, sep string, a, b, year int) (foundDate, bool) {
	dayFirst, ok1 := makeDate(year, b, a)
	monthFirst, ok2 := makeDate(year, a, b)
	switch {
	case sep != "/" && ok1:
		f.date = dayFirst
	case ok1 && ok2 && a != b:
		f.first, f.other = dayFirst, monthFirst
	case ok1:
		f.date = dayFirst
		if a != b {
			f.slashed = 1
		}
	case ok2:
		f.date = monthFirst
		if sep == "/" {
			f.slashed = 2
		}
	default:
		return f, false
	}
	return f, true
}

// dateOrder is what the rest of the document tells about slash dates.
type dateOrder struct {
	sure  map[Date]bool // unambiguous dates
	order int           // 1 day first, 2 month first, 0 not known
}

// learn takes the dates of one text.
func (o *dateOrder) learn(x *lexed) {
	day, month := o.order == 1, o.order == 2
	for _, f := range x.dates {
		if !f.date.IsZero() && len(o.sure) < maxDates {
			if o.sure == nil {
				o.sure = map[Date]bool{}
			}
			o.sure[f.date] = true
		}
		day, month = day || f.slashed == 1, month || f.slashed == 2
	}
	for i := range x.toks { // "dd/mm/yyyy"
		if !x.holds('/') {
			break
		}
		if t := &x.toks[i]; t.kind == kWord && t.end-t.start == 2 && i+4 < len(x.toks) && x.is(i+1, '/') && x.is(i+3, '/') {
			day = day || x.tells(i, bBlankDay) && x.tells(i+2, bBlankMonth)
			month = month || x.tells(i, bBlankMonth) && x.tells(i+2, bBlankDay)
		}
	}
	// Two ambiguous dates in order: created, then updated. If only one reading keeps
	// the order, it is the right one.
	for i := 1; i < len(x.dates); i++ {
		a, b := x.dates[i-1], x.dates[i]
		if a.first.IsZero() || b.first.IsZero() || !x.createdThenUpdated(a, b) {
			continue
		}
		up, down := !b.first.Time().Before(a.first.Time()), !b.other.Time().Before(a.other.Time())
		day, month = day || up && !down, month || down && !up
	}
	switch {
	case day && !month:
		o.order = 1
	case month && !day:
		o.order = 2
	case day && month:
		o.order = 3
	}
}

func (x *lexed) createdThenUpdated(a, b foundDate) bool {
	return x.meaningsOf(max(0, a.from-5), a.from).has(mCreated) && x.meaningsOf(a.to, b.from).has(mDated)
}

// settle reads an ambiguous date as another date of the document says, or not.
func (o dateOrder) settle(f foundDate) Date {
	switch {
	case !f.date.IsZero():
		return f.date
	case o.sure[f.first] && !o.sure[f.other]:
		return f.first
	case o.sure[f.other] && !o.sure[f.first]:
		return f.other
	case o.order == 1:
		return f.first
	case o.order == 2:
		return f.other
	}
	return Date{}
}
