package rfc2350

import (
	"net/netip"
	"strings"
	"unicode"
	"unicode/utf8"
)

// deriveScope reads domains, AS numbers and networks: all in a section for them, and
// in the constituency the domains beside the word "domain", with a wildcard or as an item
// of a list.
func (r *reader) deriveScope() {
	var seen map[string]bool
	for _, p := range r.parts(SecScope, SecConstituency) {
		strict := p.id == SecConstituency
		p.x.networks(func(name string, from, to int) {
			if !p.x.excepted(from) && !p.x.outOfScope(to) && r.once(&seen, name) {
				r.d.Scope.Networks = append(r.d.Scope.Networks, name)
				r.mark("scope.networks", name, p, from, to, Certain)
			}
		})
		ambiguous := p.x.asNumbers(func(name string, from, to int) {
			if !p.x.excepted(from) && !p.x.outOfScope(to) && r.once(&seen, name) {
				r.d.Scope.AS = append(r.d.Scope.AS, name)
				r.mark("scope.as", name, p, from, to, Certain)
			}
		})
		if ambiguous {
			r.d.add("as-ambiguous", Warning, p.id, p.line, "an AS number has a point that can be read in two ways")
		}
		p.x.domains(strict, func(name string, from, to int) {
			if !p.x.excepted(from) && !p.x.outOfScope(to) && r.once(&seen, name) {
				r.d.Scope.Domains = append(r.d.Scope.Domains, name)
				r.mark("scope.domains", name, p, from, to, Likely)
			}
		})
	}
}

// excepted: "example.org except test.example.org" leaves the second out.
func (x *lexed) excepted(at int) bool {
	const far = 16
	toward := false // "not responsible for"
	for i, n := x.find(at)-1, 0; i >= 0 && n < far; i, n = i-1, n+1 {
		t, next := &x.toks[i], &x.toks[i+1]
		switch {
		case x.tells(i, bFor) && n < 4:
			toward = true
		case t.means.has(mApart), t.means.has(mOutOfScope) && (toward || x.is(i+x.phraseWidth(i, mOutOfScope), ':')), t.means.has(mNot) && t.kind == kWord && x.namesDomain(i+1):
			return true
		case next.gap >= gapParagraph, t.kind == kSign && (t.sign() == ';' || (t.sign() == '.' || t.sign() == ')') && next.gap != gapNone):
			return false
		}
	}
	return false
}

// outOfScope: what is said after a value leaves it out: "example.com is not part of our
// constituency". Another value ends what is said of this one.
func (x *lexed) outOfScope(at int) bool {
	const far = 16
	if !x.means.has(mOutOfScope) {
		return false
	}
	for i, n := x.find(at), 0; i < len(x.toks) && n < far; i, n = i+1, n+1 {
		t := &x.toks[i]
		switch {
		case t.means.has(mOutOfScope):
			return !x.is(i+x.phraseWidth(i, mOutOfScope), ':') // "…; not in scope: …" speaks of the next
		case t.gap >= gapParagraph, t.kind == kNumber, x.domainLike(i) && x.is(i+1, '.'), t.kind == kWord && t.means.has(mBut):
			return false
		case t.kind == kSign && (t.sign() == ';' || t.sign() == '.' && (i+1 >= len(x.toks) || x.toks[i+1].gap != gapNone)):
			return false
		}
	}
	return false
}

// namesDomain: right after the word "not", perhaps with "for" or a quote between.
func (x *lexed) namesDomain(i int) bool {
	for n := 0; n < 3 && i < len(x.toks) && (x.is(i, '"') || x.is(i, '*') || x.is(i, '.') || x.toks[i].kind == kWord && x.toks[i].end-x.toks[i].start <= 4 && !x.glued(i+1)); n++ {
		i++
	}
	return x.domainLike(i)
}

const maxScope = 5000

func (r *reader) once(seen *map[string]bool, name string) bool {
	if (*seen)[name] || len(*seen) >= maxScope {
		return false
	}
	if *seen == nil {
		*seen = map[string]bool{}
	}
	(*seen)[name] = true
	return true
}

// asNumbers finds AS64496, "AS 64496", "ASN: 64496", lists of them, and the dotted
// writing of RFC 5396.
func (x *lexed) asNumbers(yield func(name string, from, to int)) (ambiguous bool) {
	for i := 0; i < len(x.toks); i++ {
		t := &x.toks[i]
		if t.kind != kWord || !t.means.has(mAS) && x.text(i, i+1) != "AS" && x.text(i, i+1) != "ASN" && !(x.text(i, i+1) == "as" && x.glued(i+1) && x.digits(i+1) >= 4) || i > 0 && x.glued(i) && x.toks[i-1].kind == kNumber {
			continue
		}
		j := i + 1
		if t.phrase() != nil && t.phrase().means.has(mAS) {
			j = i + x.width(i)
		}
		list := j > i+1 || t.means.has(mAS) // "AS numbers 1, 2 and 3"
		for k := 0; k < 2 && (x.is(j, ':') || x.is(j, '#') || x.is(j, '-') || x.is(j, '(')) || k < 2 && list && j < len(x.toks) && x.toks[j].kind == kWord && x.toks[j].end-x.toks[j].start <= 3 && x.text(j, j+1) != "AS"; k++ {
			j++
		}
		if x.standard(i) {
			continue
		}
		for x.num(j) > 0 || x.digits(j) == 10 || x.num(j) == 0 && x.is(j+1, '.') && x.glued(j+1) && x.num(j+2) > 0 {
			if x.toks[j].gap >= gapParagraph {
				break
			}
			from, n, to := i, x.plain(j, j+1), j+1
			if x.glued(to) && x.toks[to].kind == kWord { // "AS 9100D" is a standard
				break
			}
			if x.is(to, '.') && x.glued(to) && x.glued(to+1) && x.digits(to+1) > 0 {
				hi, lo := x.num(j), x.num(to+1)
				switch {
				case x.toks[j].gap == gapNone && hi < 65536 && lo >= 0 && lo < 65536:
					n = itoaInt(hi*65536 + lo)
				default:
					n, ambiguous = "", true
				}
				to += 2
			} else if x.is(to, ',') && x.glued(to) && x.glued(to+1) && x.digits(to+1) == 3 && x.digits(j) <= 3 {
				n, ambiguous = "", true // "AS 64,500" is one number or two
				to += 2
			}
			n = strings.TrimLeft(n, "0")
			if v := uint64Of(n); n != "" && v <= 4294967295 {
				yield("AS"+n, int(x.toks[from].start), int(x.toks[to-1].end))
			}
			to = x.asRange(to, n, int(x.toks[from].start), yield)
			// the next of a list, without its own AS
			k := to
			for s := 0; s < 2 && (x.is(k, ',') || x.is(k, '&') || x.is(k, '/') || x.has(k, mAnd) && x.toks[k].kind == kWord); s++ {
				k++
			}
			if k == to || x.digits(k) < 2 || x.is(k+1, '.') && x.glued(k+1) && x.glued(k+2) || x.is(k+1, '/') {
				i = to - 1
				break
			}
			i, j = k, k
		}
	}
	return ambiguous
}

// asRange reads the rest of "AS numbers 64496-64500" after its first number. It names
// both ends, as printed.
func (x *lexed) asRange(i int, first string, start int, yield func(name string, from, to int)) int {
	if !x.is(i, '-') && !(x.has(i, mTo) && x.toks[i].kind == kWord && !x.has(i, mAnd)) {
		return i
	}
	j := i + 1
	if first == "" || x.digits(j) != len(first) || x.toks[j].gap >= gapLine || x.is(j+1, '.') && x.glued(j+1) && x.glued(j+2) {
		return i
	}
	if last := x.plain(j, j+1); uint64Of(last) > uint64Of(first) && uint64Of(last) <= 4294967295 {
		yield("AS"+last, start, int(x.toks[j].end))
		return j + 1
	}
	return i
}

func uint64Of(s string) (n uint64) {
	for i := 0; i < len(s) && i < 12; i++ {
		n = n*10 + uint64(s[i]-'0')
	}
	return n
}

// standard: "certified to AS 9100" names a standard.
func (x *lexed) standard(i int) bool {
	const far = 24 // "certified to ISO/IEC 27001:2022 and AS 9100"
	for k, n := i-1, 0; k >= 0 && n < far && x.toks[k+1].gap < gapLine && !(x.is(k, '.') && x.toks[k+1].gap != gapNone); k, n = k-1, n+1 {
		if m := x.toks[k].means; m.any(mStandard, mCertified) && (n < 5 || m.has(mCertified) || x.toks[k].upper == 2) {
			return true
		}
	}
	return false
}

// networks finds prefixes of IPv4 and IPv6.
func (x *lexed) networks(yield func(name string, from, to int)) {
	s := x.s
	for at := strings.IndexByte(s, '/'); at >= 0; {
		from, to := at, at+1
		for from > 0 && at-from < 45 && (isHex(s[from-1]) || s[from-1] == '.' || s[from-1] == ':') {
			from--
		}
		for to < len(s) && to-at < 5 && isDigit(s[to]) {
			to++
		}
		if from < at && to > at+1 {
			from += len(s[from:at]) - len(strings.TrimLeft(s[from:at], ".:"))
			if strings.HasPrefix(s[max(0, from-2):], "::") && from >= 2 {
				from -= 2
			}
			if p, err := netip.ParsePrefix(s[from:to]); err == nil {
				yield(p.String(), from, to)
			}
		}
		next := strings.IndexByte(s[at+1:], '/')
		if next < 0 {
			return
		}
		at += 1 + next
	}
}

// fileEndings end names of files, which look like domains.
var fileEndings = map[string]bool{"txt": true, "pdf": true, "html": true, "htm": true, "asc": true, "md": true, "xml": true, "json": true, "csv": true, "doc": true, "docx": true, "zip": true, "gpg": true, "pgp": true, "xls": true, "xlsx": true, "php": true, "sig": true, "yml": true, "yaml": true, "odt": true, "png": true, "js": true, "exe": true, "dll": true, "java": true, "cpp": true, "log": true, "eml": true, "msg": true, "conf": true, "cfg": true, "ini": true, "jpeg": true, "svg": true, "ics": true, "odp": true, "pptx": true, "ppt": true, "rtf": true, "tex": true, "key": true, "crt": true, "pem": true, "der": true, "tar": true, "gz": true, "bz2": true, "jpg": true}

// scriptEndings end names of files where only one name stands before them: "report.py",
// but "cert.gov.py" and "gov.py" lie in Paraguay.
var scriptEndings = map[string]bool{"py": true, "sh": true, "rb": true, "ps": true}

// domains finds names with points. In running text (strict) only those with a
// wildcard, beside the word "domain" or as an item of a list.
func (x *lexed) domains(strict bool, yield func(name string, from, to int)) {
	if !x.holds('.') {
		return
	}
	for i := 0; i < len(x.toks); i++ {
		if k := x.toks[i].kind; k == kSign || i > 0 && x.glued(i) && !x.domainMayFollow(i) {
			continue
		}
		to := i + 1
		points, last := 0, i
		for to < len(x.toks) && x.glued(to) {
			t := &x.toks[to]
			switch {
			case t.kind != kSign:
				to++
			case (t.sign() == '.' || t.sign() == '-') && to+1 < len(x.toks) && x.glued(to+1) && x.toks[to+1].kind != kSign:
				if t.sign() == '.' {
					points, last = points+1, to+1
				}
				to += 2
			case t.sign() == '-' && x.is(to+1, '-') && x.glued(to+1): // xn--
				to += 2
			default:
				goto end
			}
		}
	end:
		if points == 0 {
			i = to - 1
			continue
		}
		from := i
		wild := i >= 2 && x.is(i-1, '.') && x.is(i-2, '*') && x.glued(i) && x.glued(i-1)
		name := strings.ToLower(x.plain(i, to))
		tld := strings.ToLower(x.plain(last, to))
		ok := tldLike(tld) && !fileEndings[tld] && len(name) <= 253 && x.toks[i].end-x.toks[i].start <= 63
		// a mail address, a URL or a path
		ok = ok && !x.is(to, '@') && !(x.is(to, '/') && x.glued(to) && !(to+1 < len(x.toks) && x.glued(to+1) && x.domainLike(to+1))) && !(x.is(i-1, '@') && x.toks[i].gap == gapNone)
		if ok && strict && !wild {
			ok = (x.domainBeside(i, to) || x.hostsUnder(i) || x.isItem(i, to) || x.onlyNames()) && !(strings.HasPrefix(name, "www."))
		} else if ok && strings.HasPrefix(name, "www.") {
			ok = !x.meaningsOf(max(0, i-4), i).has(mSite)
		}
		if ok && !wild && x.namesProgram(i, last) {
			ok = false
		}
		if ok {
			if wild {
				name, from = "*."+name, i-2
			}
			yield(name, int(x.toks[from].start), int(x.toks[to-1].end))
		}
		i = to - 1
	}
}

// isItem: the name is an item of a list, and all of it.
func (x *lexed) isItem(i, to int) bool {
	return i > 0 && x.bullet(i-1) && (to == len(x.toks) || x.toks[to].gap >= gapLine)
}

// hostsUnder: "all systems under example.org".
func (x *lexed) hostsUnder(i int) bool {
	if !x.tells(i-1, bUnder) {
		return false
	}
	for k := i - 2; k >= max(0, i-6) && x.toks[k+1].gap < gapParagraph; k-- {
		if x.toks[k].kind != kWord || x.has(k, mSite) {
			return false
		}
		if x.tells(k, bHost) {
			return true
		}
	}
	return false
}

// namesProgram: "ASP.NET", "the script report.py".
func (x *lexed) namesProgram(i, last int) bool {
	if last != i+2 {
		return false
	}
	if tld := x.toks[last].end - x.toks[last].start; tld == 2 && scriptEndings[fold(x.text(last, last+1))] && !x.tells(i, bSecondLevel) {
		return true
	}
	if x.tells(i, bSoftware) && !x.has(i-1, mDomain) {
		return true
	}
	for k := i - 1; k >= max(0, i-3) && x.toks[k+1].gap < gapLine && x.toks[k].kind == kWord; k-- {
		if x.has(k, mDomain) {
			return false
		}
		if x.tells(k, bProgram) {
			return true
		}
	}
	return false
}

// onlyNames: the text lists domains and nothing else.
func (x *lexed) onlyNames() bool {
	if x.once(knowsOnlyNames) {
		x.lists.onlyNames = x.listsNames()
	}
	return x.lists.onlyNames
}

func (x *lexed) listsNames() bool {
	if len(x.s) > 4<<10 {
		return false
	}
	names := 0
	for _, f := range strings.FieldsFunc(x.s, func(r rune) bool { return strings.ContainsRune(" \t\n,;|•·-–", r) }) {
		f = strings.TrimSuffix(strings.TrimPrefix(f, "*."), ".")
		dot := strings.IndexByte(f, '.')
		switch {
		case f == "" || f == "*":
		case dot < 1 || dot == len(f)-1 || strings.ContainsAny(f, "@/:()"):
			return false
		default:
			names++
		}
	}
	return names > 0
}

func (x *lexed) domainLike(i int) bool {
	return i+2 < len(x.toks) && x.toks[i].kind == kWord && (x.is(i+1, '.') && x.glued(i+1) || x.is(i+1, '-') && x.glued(i+1))
}

// domainMayFollow: a domain may stand after "*.", a bracket or a quote, but not
// inside a URL or an address.
func (x *lexed) domainMayFollow(i int) bool {
	t := &x.toks[i-1]
	if t.kind != kSign {
		return false
	}
	switch t.sign() {
	case '/':
		return i >= 2 && x.toks[i-2].kind == kWord && !x.is(i-3, '/') && x.glued(i-1) && !x.is(i-2, ':')
	case '.':
		return x.is(i-2, '*') || i < 2 || !x.glued(i-1)
	case '@', ':', '-', '_', '=', '?', '&', '%', '#', '~':
		return false
	}
	return true
}

func tldLike(s string) bool {
	if strings.Contains(s, "xn--") {
		return true
	}
	n := utf8.RuneCountInString(s)
	if n < 2 || n > 24 {
		return false
	}
	for _, r := range s {
		if !unicode.IsLetter(r) {
			return false
		}
	}
	return true
}

// inItem: the line of token i is one of a list.
func (x *lexed) inItem(i int) bool {
	const far = 12
	for k := i; k >= 0 && i-k < far; k-- {
		if x.toks[k].gap >= gapLine {
			return x.bullet(k)
		}
	}
	return false
}

// bullet: the mark of an item of a list.
func (x *lexed) bullet(i int) bool {
	t := &x.toks[i]
	if t.kind != kSign || t.gap < gapLine || i+1 >= len(x.toks) || x.toks[i+1].gap != gapBlank {
		return false
	}
	switch t.sign() {
	case '-', '*', '+', '•', '·', '▪', '‣', '●':
		return true
	}
	return false
}

// domainBeside looks for the word "domain" in the words before on the line, or right
// after.
func (x *lexed) domainBeside(i, to int) bool {
	const near, far = 24, 200
	item := x.inItem(i)
	for k, n := i-1, 0; k >= 0 && n < near && i-k < far; k-- {
		if !item || x.toks[k+1].gap != gapNone { // an item may be one long name
			n++
		}
		if x.toks[k+1].gap == gapParagraph && !(item && (x.is(k, ':') || x.bullet(k+1) && x.inItem(k))) {
			break
		}
		if x.has(k, mDomain) {
			return true
		}
		if x.has(k, mSite) && n < 4 {
			return false
		}
		// a new sentence
		if (x.is(k, '.') || x.is(k, ';')) && x.toks[k+1].gap != gapNone && n > 12 {
			break
		}
	}
	for k, n := to, 0; k < len(x.toks) && n < 8 && x.toks[k].gap < gapLine; k, n = k+1, n+1 {
		if x.has(k, mDomain) {
			return true
		}
		if (x.is(k, '.') || x.is(k, ';')) && k+1 < len(x.toks) && x.toks[k+1].gap != gapNone {
			break
		}
	}
	return false
}
