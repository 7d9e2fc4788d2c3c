package rfc2350

import "strings"

// Phone is a telephone or fax number. E164 is set only if the document prints the
// country code.
type Phone struct {
	E164  string `json:"e164,omitempty"`  // such as "+4930123456"
	Label string `json:"label,omitempty"` // what it is for, as printed
	Raw   string `json:"raw,omitempty"`   // as printed
}

// foundPhone is a number with its place.
type foundPhone struct {
	Phone
	start, end int
	fax        bool
	called     bool // a word calls it a telephone
	doubled    bool // printed with "++"
}

// findPhones lists the numbers of a text with a country code, and those without one
// that begin with a zero and are not called anything else.
func (x *lexed) findPhones() []foundPhone {
	if !x.numbers {
		return nil
	}
	if x.once(knowsPhones) {
		x.lists.phones = x.readPhones()
	}
	return x.lists.phones
}

func (x *lexed) readPhones() []foundPhone {
	var out []foundPhone
	for i := 0; i < len(x.toks) && len(out) < 200; i++ {
		t := &x.toks[i]
		from, first, doubled := i, -1, false
		switch {
		case x.is(i, '+') && !x.offsetBefore(i):
			first = i + 1
			for x.is(first, '+') && first < i+3 {
				first, doubled = first+1, true
			}
			if x.is(first, '(') {
				first++
			}
		case x.is(i, '(') && x.is(i+1, '+'):
			continue
		case t.kind == kNumber && (!x.glued(i) || x.is(i-1, '(') || x.is(i-1, ':') && x.num(i-2) < 0):
			if c := x.digitAt(i, 0); c != '0' || i > 0 && x.is(i-1, '+') {
				continue
			}
			if x.digits(i) >= 3 && x.digitAt(i, 1) == '0' && x.digitAt(i, 2) != '0' || x.digits(i) == 2 && x.digitAt(i, 1) == '0' && (x.num(i+1) > 0 || x.is(i+1, '(') && x.num(i+2) > 0) {
				first = i
			} else if p, to := x.national(i); to > 0 {
				out = append(out, p)
				i = to - 1
				continue
			} else {
				continue
			}
		default:
			continue
		}
		if x.digits(first) == 0 || first > i && x.toks[first].gap > gapBlank {
			continue
		}
		digits, to := x.dial(first)
		if t.kind == kNumber { // 00 is the international prefix written out
			digits = strings.TrimPrefix(digits, "00")
			if len(digits) < 8 || !x.phoneCalled(i) && x.notPhone(i) {
				continue
			}
		}
		if len(digits) < 7 || len(digits) > 15 || digits[0] == '0' {
			continue
		}
		p := foundPhone{start: int(x.toks[from].start), end: int(x.toks[to-1].end), doubled: doubled}
		p.E164, p.Raw = "+"+digits, squeeze(x.s[p.start:p.end])
		p.Label, p.fax, p.called = x.phoneLabel(from, to)
		if !x.overAfter(to) && !x.oldBefore(from) {
			out = append(out, p)
		}
		i = to - 1
	}
	return out
}

// overAfter: what stands before token i is said to be no longer: "+32 2 555 01 09 was
// switched off".
func (x *lexed) overAfter(i int) bool {
	for k := i; k < min(len(x.toks), i+6) && x.toks[k].gap < gapParagraph; k++ {
		t := &x.toks[k]
		aux := x.tells(k, bAux)
		switch {
		case t.phrase().has(mOver), t.kind == kWord && t.word().has(mOver) && !aux:
			return true
		case aux, k == i && (x.is(k, ')') || x.is(k, '(') || x.is(k, '>')):
		default:
			return false
		}
	}
	return false
}

// oldBefore: "our old number", "former fax:".
func (x *lexed) oldBefore(i int) bool {
	for k := i - 2; x.is(i-1, ':') && k >= max(0, i-8) && x.toks[k+1].gap < gapLine && x.toks[k].kind == kWord; k-- {
		if x.toks[k].phrase().has(mOver) { // "No longer in use: …"
			return true
		}
	}
	for k := i - 1; k >= max(0, i-3) && x.toks[k+1].gap < gapLine; k-- {
		if x.has(k, mOld) && !x.toks[k].means.any(mTo, mThrough, mAhead) {
			return true
		}
		if x.toks[k].kind != kWord && !x.is(k, ':') {
			return false
		}
	}
	return false
}

// digitAt is the k-th digit of number i as ASCII.
func (x *lexed) digitAt(i, k int) byte {
	s := x.plain(i, i+1)
	if k < len(s) {
		return s[k]
	}
	return 0
}

// offsetBefore: the "+" after UTC or GMT belongs to an offset.
func (x *lexed) offsetBefore(i int) bool {
	return x.has(i-1, mUTC) || (x.is(i-1, '(') || x.is(i-1, ':')) && x.has(i-2, mUTC)
}

// dial joins groups of digits as long as they belong to one number. What follows
// (hours, a date, a second ending, an extension) does not.
func (x *lexed) dial(i int) (digits string, to int) {
	var b strings.Builder
	b.Grow(20)
	b.WriteString(x.plain(i, i+1))
	to = i + 1
	for to < len(x.toks) {
		j, open, dash := to, false, false
		slash := false
		if x.toks[j].gap >= gapLine {
			break
		}
	separators:
		for ; j < len(x.toks) && x.toks[j].kind == kSign; j++ {
			switch t := &x.toks[j]; {
			case t.gap >= gapLine:
				return b.String(), to
			case t.sign() == '(':
				open = true
			case t.sign() == ')' || t.sign() == '.':
			case t.sign() == '-':
				dash = dash || t.gap == gapBlank && j+1 < len(x.toks) && x.toks[j+1].gap == gapBlank
			case t.sign() == '/':
				slash = true
			default:
				break separators
			}
			if j-to > 3 {
				return b.String(), to
			}
		}
		if j >= len(x.toks) || x.toks[j].kind != kNumber || x.toks[j].gap >= gapLine {
			break
		}
		if x.is(j-1, '.') && x.toks[j].gap != gapNone { // the end of a sentence
			break
		}
		if t := &x.toks[j]; t.gap == gapBlank && t.start-x.toks[j-1].end > 2 && b.Len() >= 7 { // a wide gap
			break
		}
		n := b.Len()
		if open {
			// "(0)" is not dialled from abroad; an area code may stand in parentheses.
			if x.num(j) == 0 && x.digits(j) == 1 && x.is(j+1, ')') {
				if n > 4 {
					break
				}
				to = j + 2
				continue
			}
			if n > 4 {
				break
			}
		}
		if x.stopsDialling(j, n, slash, dash) {
			break
		}
		group := x.plain(j, j+1)
		if open && n <= 3 && group[0] == '0' && b.String() != "39" && b.String() != "0039" {
			group = group[1:]
		}
		if n+len(group) > 17 {
			return "", j + 1
		}
		b.WriteString(group)
		to = j + 1
		if open && x.is(to, ')') {
			to++
		}
	}
	return b.String(), to
}

// stopsDialling reports whether number j, after n digits, begins something else.
func (x *lexed) stopsDialling(j, n int, slash, dash bool) bool {
	next := j + 1
	if next < len(x.toks) && x.toks[next].kind == kWord {
		if x.toks[next].gap == gapNone { // 24h, 9am, 2nd, but "0147x22" and "0147ext22"
			return !(x.tells(next, bExtension) && x.glued(next+1) && x.num(next+1) >= 0) || x.num(j)+x.num(next+1) == 31 // 24x7
		}
		if x.digits(j) <= 2 && x.toks[next].means.any(mUnit, mMonth) || x.num(j) <= 366 && x.toks[next].means.any(mUnit, mAllDay) && x.digitAt(j, 0) != '0' || x.digits(j) != 3 && x.toks[next].means.any(mClock, mHours, mAM, mPM) {
			return true
		}
	}
	if (x.is(next, ':') || x.is(next, 'x')) && x.glued(next) && x.glued(next+1) && x.num(next+1) >= 0 {
		return true
	}
	if x.num(j) == 24 && x.is(next, '/') && x.num(next+1) == 7 || x.num(j) == 7 && x.is(next, '/') && x.num(next+1) == 24 {
		return true
	}
	if _, to := x.dateAt(j); to > 0 && n >= 7 {
		return true
	}
	if r, to := x.clockRangeAt(j); to > 0 && n >= 7 && x.num(j) > 0 && (r.sure || x.digits(j) <= 2 && r.spoken) {
		return true
	}
	if n >= 9 && x.digits(j) <= 2 && x.is(next, '.') && x.glued(next) && next+1 < len(x.toks) && x.toks[next+1].gap == gapBlank && x.toks[next+1].kind == kWord && (x.toks[next+1].upper == 0 || x.has(next+1, mNotPhone)) { // "2. floor"
		return true
	}
	if n >= 9 && x.digits(j) == 1 && x.toks[j].gap == gapBlank && next < len(x.toks) && x.toks[next].kind == kWord && x.toks[next].gap == gapBlank && x.toks[next].upper == 0 && !x.toks[next].means.any(mAnd, mTo, mOf, mPhone, mFax) { // "2 lines"
		return true
	}
	if slash && n >= 8 && x.digits(j) <= 4 { // another ending
		return true
	}
	if y := x.num(j); n >= 10 && x.digits(j) == 4 && y >= 1985 && y <= 2100 {
		return true
	}
	if dash && n >= 9 && x.num(j) > 0 && x.num(j) <= 24 && x.digits(j) <= 2 {
		return true
	}
	if v := x.num(next + 1); n >= 10 && x.is(next, '-') && x.glued(next) && x.toks[j].gap == gapBlank && x.digits(j) <= 2 && x.num(j) > 0 && v > x.num(j) && v <= 24 { // 8-16
		return true
	}
	return n+x.digits(j) > 15 && n >= 10
}

// national reads a number without a country code. It is listed as printed, unless it
// is called something else.
func (x *lexed) national(i int) (p foundPhone, to int) {
	if x.glued(i) && i > 0 && !x.is(i-1, '(') && !x.is(i-1, ':') {
		return p, 0
	}
	digits, to := x.dial(i)
	if x.is(to, ')') && x.is(i-1, '(') && to == i+1 { // (030) 123 456
		more, end := x.dialMore(to + 1)
		digits, to = digits+more, end
	}
	if len(digits) < 6 || len(digits) > 14 || digits[1] == '0' {
		return p, 0
	}
	if _, end := x.dateAt(i); end > 0 {
		return p, 0
	}
	if _, end := x.clockRangeAt(i); end > 0 {
		return p, 0
	}
	if x.notPhone(i) && !x.phoneCalled(i) || x.absentBefore(i) {
		return p, 0
	}
	from := i
	if x.is(i-1, '(') {
		from--
	}
	p = foundPhone{start: int(x.toks[from].start), end: int(x.toks[to-1].end)}
	p.Raw = squeeze(x.s[p.start:p.end])
	p.Label, p.fax, p.called = x.phoneLabel(from, to)
	return p, to
}

func (x *lexed) dialMore(i int) (string, int) {
	if x.digits(i) == 0 {
		return "", i
	}
	return x.dial(i)
}

// lineStart is the first token of the line of token i.
func (x *lexed) lineStart(i int) int {
	for i > 0 && x.toks[i].gap < gapLine {
		i--
	}
	return i
}

// notPhone: the word before says that it is a room, a tax or an account number.
func (x *lexed) notPhone(i int) bool {
	for j, n := i-1, 0; j >= 0 && n < 8 && x.toks[j+1].gap < gapLine; j, n = j-1, n+1 {
		if x.is(j, '.') && x.toks[j+1].gap != gapNone && !x.has(j-1, mNotPhone) && !x.has(j-1, mNumbered) {
			return false
		}
		if x.has(j, mNotPhone) && !x.has(j, mPhone) {
			return true
		}
	}
	return false
}

func (x *lexed) phoneCalled(i int) bool {
	return x.meaningsOf(max(x.lineStart(i), i-4), i).any(mPhone, mFax)
}

// absentBefore: the section says that there is none before it goes on about
// something else.
func (x *lexed) absentBefore(i int) bool {
	return len(x.toks) > 0 && x.toks[0].means.has(mNone) && !x.phoneCalled(i)
}

// phoneLabel is what the document calls the number: the words before it on its line,
// or the parenthesis after it.
func (x *lexed) phoneLabel(from, to int) (label string, fax, called bool) {
	start := x.lineStart(from)
	begin := from
	for begin > start && from-begin < 10 {
		t := &x.toks[begin-1]
		if t.kind == kNumber && x.digits(begin-1) > 3 || t.kind == kSign && strings.ContainsRune("+.;),/", t.sign()) && !(t.sign() == '.' && begin-2 >= start && x.toks[begin-2].means.any(mPhone, mFax)) {
			break
		}
		if t.kind == kSign && strings.ContainsRune("|/•", t.sign()) && begin-2 >= start && x.toks[begin-2].kind == kNumber { // "T +45 … | F +45 …"
			break
		}
		begin--
	}
	// The label may stand on a line of its own.
	if begin == from && from == start && start > 0 && x.is(start-1, ':') && x.toks[start].gap == gapLine {
		begin = x.lineStart(start - 1)
		if start-begin > 5 {
			begin = from
		}
	}
	m := x.meaningsOf(begin, from)
	fax, called = m.has(mFax), m.any(mPhone, mFax)
	if x.letterLabel(begin, from) { // "T: …", "F: …"
		fax, called = x.lone(begin, 'f'), true
	}
	if s := strings.Trim(x.text(begin, from), " \t\n:-–—*•(=|"); s != "" && begin < from && (x.toks[begin].kind == kWord || len(s) > 2) {
		label = squeeze(s)
	}
	if x.is(to, '(') && to+1 < len(x.toks) && x.toks[to].gap < gapLine {
		for k := to + 1; k < len(x.toks) && k < to+12; k++ {
			if x.is(k, ')') {
				if label == "" {
					label = squeeze(x.text(to+1, k))
				}
				after := x.meaningsOf(to+1, min(k, to+3))
				if !called && after.has(mFax) && !after.has(mNot) {
					fax = true
				}
				called = called || after.any(mPhone)
				break
			}
		}
	}
	if len(label) > 60 {
		label = ""
	}
	return label, fax, called
}

// letterLabel: one letter and a colon, as on business cards: T, P, M, F.
func (x *lexed) letterLabel(i, to int) bool {
	return (to == i+2 && x.is(i+1, ':') || to == i+1 && x.is(to, '+')) && x.toks[i].upper > 0 && (x.lone(i, 't') || x.lone(i, 'p') || x.lone(i, 'm') || x.lone(i, 'f'))
}

func digitsOf(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if isDigit(s[i]) {
			b.WriteByte(s[i])
		}
	}
	return b.String()
}
