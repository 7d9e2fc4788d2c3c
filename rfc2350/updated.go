package rfc2350

import (
	"strings"
)

// deriveUpdated finds when the document was last changed and its version: in the
// section for it, else in the identification, else beside a word such as
// "published" before or at the start of the sections. In a history the newest
// entry counts.
func (r *reader) deriveUpdated() {
	d := r.d
	type place struct {
		part
		label bool // a date counts only beside a label
	}
	var places []place
	for _, p := range r.secs {
		if p.id == SecUpdated {
			places = append(places, place{p, false})
		}
	}
	own := len(places)
	for _, id := range []SectionID{SecIdentification, SecDocument} {
		for _, p := range r.secs {
			if p.id == id {
				places = append(places, place{p, true})
			}
		}
	}
	if own == 0 { // its section may have a title that is not known
		for _, p := range r.unknownIn(SecDocument) {
			places = append(places, place{p, true})
		}
	}
	places = append(places, place{r.preamble, true})

	trouble := false
	for i, p := range places {
		n := p.x.newest(r.order, p.label)
		if d.Version == "" && n.version != "" {
			d.Version = n.version
			r.mark("version", n.version, p.part, n.versionAt[0], n.versionAt[1], Likely)
		}
		if n.odd.code != "" && (i < own || d.Updated.IsZero() && !trouble) {
			d.add(n.odd.code, Warning, p.id, p.line, n.odd.msg)
			trouble = true
		}
		switch {
		case n.date.IsZero():
			continue
		case d.Updated.IsZero():
			d.Updated = n.date
		case i >= own && n.date != d.Updated:
			d.add("date-conflict", Info, p.id, p.line, "another date of the document is "+n.date.String()+", the last update is "+d.Updated.String())
			continue
		case n.date.Time().After(d.Updated.Time()):
			d.Updated = n.date
		default:
			continue
		}
		r.mark("updated", n.date.String(), p.part, n.at[0], n.at[1], n.sure)
	}
	if own > 0 && d.Updated.IsZero() && !trouble {
		d.add("date-unreadable", Warning, SecUpdated, places[0].line, "the date of the last update could not be read")
	}
}

// unknownIn gives the sections of a chapter whose titles are not known.
func (r *reader) unknownIn(chapter SectionID) (out []part) {
	number := ""
	for _, p := range r.secs {
		n := r.d.Sections[p.index].Number
		switch {
		case p.id == chapter:
			number = n
		case p.id == "" && number != "" && strings.HasPrefix(n, number+"."):
			out = append(out, p)
		}
	}
	return out
}

type oddDate struct{ code, msg string }

type newestDate struct {
	date      Date
	at        [2]int
	sure      Certainty
	version   string
	versionAt [2]int
	odd       oddDate
}

// newest finds the newest date of a text and the version printed before it.
func (x *lexed) newest(order dateOrder, label bool) (n newestDate) {
	versions := x.findVersions()
	var rows []foundVersion
	if x.numbers && x.means.has(mVersion) && len(x.dates) > 0 {
		var table int
		if rows, table = x.history(); len(rows) > 0 {
			for len(versions) > 0 && versions[len(versions)-1].from > table {
				versions = versions[:len(versions)-1]
			}
		}
	}
	take := func(v foundVersion) {
		n.version, n.versionAt = v.text, [2]int{int(x.toks[v.from].start), int(x.toks[v.to-1].end)}
	}
	if len(versions) > 0 {
		take(versions[0])
	}
	from, seen, changed := 0, 0, false // changed: one date is not only that of a review
	for _, f := range x.dates {
		changed = changed || !f.until && !x.looked(f.from)
	}
	for _, f := range x.dates {
		if f.until || x.founded(f.from) || changed && x.looked(f.from) || label && !x.dateLabel(f.from) {
			from = f.to
			continue
		}
		seen++
		date := order.settle(f)
		if date.IsZero() {
			n.odd = oddDate{"date-ambiguous", "the date " + squeeze(x.s[f.start:f.end]) + " can be read in two ways"}
			continue
		}
		if f.weekday {
			n.odd = oddDate{"weekday-mismatch", "the weekday does not fit the date " + date.String()}
		}
		if n.date.IsZero() || date.Time().After(n.date.Time()) {
			n.date, n.at, n.sure = date, [2]int{f.start, f.end}, Certain
			if f.date.IsZero() {
				n.sure = Settled
			}
			for _, v := range versions {
				if v.from >= from && v.to <= f.from {
					take(v)
				}
			}
			for _, v := range rows {
				if x.sameRow(v.from, f.from) {
					take(v)
				}
			}
		}
		from = f.to
	}
	if n.odd.code == "date-ambiguous" && !n.date.IsZero() {
		n.odd = oddDate{}
	}
	if seen == 0 && (!label || strings.Contains(x.s, "…")) {
		if x.placeholder() && (!label || x.meaningsOf(0, len(x.toks)).has(mDated)) {
			n.odd = oddDate{"date-placeholder", "the date is a placeholder"}
		} else if !label && x.hasYear() {
			n.odd = oddDate{"date-incomplete", "the date has no day"}
		}
	}
	return n
}

// founded: "the team was founded on 12 May 2009".
func (x *lexed) founded(i int) bool {
	for k := i - 1; k >= max(0, i-4) && x.toks[k+1].gap < gapLine && x.toks[k].kind == kWord; k-- {
		if x.tells(k, bFounded) {
			return true
		}
	}
	return false
}

// looked: "reviewed on 12 May 2025", which is no change.
func (x *lexed) looked(i int) bool {
	for k := i - 1; k >= max(0, i-3) && x.toks[k+1].gap < gapLine; k-- {
		if x.toks[k].kind == kNumber || x.is(k, ',') || x.is(k, '.') || x.is(k, ';') {
			return false
		}
		if x.tells(k, bLooked) {
			return !(x.has(k-1, mAnd) && x.has(k-2, mDated)) // "changed and reviewed"
		}
		if x.has(k, mDated) {
			return false
		}
	}
	return false
}

// dateLabel looks for a word such as "published" shortly before a date.
func (x *lexed) dateLabel(i int) bool {
	for k := i - 1; k >= 0 && k >= i-12; k-- {
		if x.toks[i].start-x.toks[k].start > 60 {
			break
		}
		if x.toks[k].means.any(mDated, mVersion) {
			return true
		}
	}
	return false
}

func (x *lexed) hasYear() bool {
	for i := range x.toks {
		if y := x.num(i); x.digits(i) == 4 && y >= 1900 && y < 2100 {
			return true
		}
	}
	return false
}

// placeholder recognizes "YYYY-MM-DD", "dd.mm.yyyy", "…", "TBD", "XX", "____".
func (x *lexed) placeholder() bool {
	dots := 0
	for i := range x.toks {
		t := &x.toks[i]
		if t.kind == kSign {
			switch t.sign() {
			case '…':
				return true
			case '.', '_', '?':
				if dots++; dots >= 3 || dots >= 2 && t.sign() == '?' {
					return true
				}
				continue
			}
		}
		dots = 0
		if t.kind != kWord {
			continue
		}
		w := fold(x.text(i, i+1))
		switch {
		case x.tells(i, bBlank):
			return true
		case len(w) >= 2 && strings.Trim(w, "x") == "":
			return true
		case x.is(i-1, '[') && x.is(i+1, ']') || x.is(i-1, '<') && x.is(i+1, '>'):
			if t.means.has(mDated) {
				return true
			}
		}
	}
	return false
}

type foundVersion struct {
	text     string
	from, to int // tokens of the number
}

// findVersions lists the versions of the document itself. The version of another
// thing (GnuPG, TLP, a standard) is none.
func (x *lexed) findVersions() (out []foundVersion) {
	if !x.numbers || !x.means.has(mVersion) {
		return nil
	}
	for i := 0; i < len(x.toks) && len(out) < 500; i++ {
		t := &x.toks[i]
		if t.kind != kWord || !t.means.has(mVersion) || i > 0 && x.glued(i) && x.toks[i-1].kind == kNumber {
			continue
		}
		short := t.end-t.start <= 3 // "v", "ver", "rev": the number follows at once
		j := i + 1
		dated := false // a date stood between: only "number" brings the version then
		for n := 0; n < 14 && j < len(x.toks); n++ {
			u := &x.toks[j]
			if _, to := x.dateAt(j); to > 0 && !short && n < 10 {
				dated, j = true, to
				continue
			}
			if u.kind == kNumber {
				if dated && !x.has(j-1, mNumbered) {
					j = len(x.toks)
				}
				break
			}
			if u.kind == kSign && u.sign() == ',' && !short {
				dated, j = true, j+1 // "the version, published on …, is number 3.2"
				continue
			}
			if u.gap >= gapParagraph || u.kind == kSign && strings.ContainsRune(",;!?@/", u.sign()) || u.kind == kSign && u.sign() == '.' && j+1 < len(x.toks) && x.toks[j+1].gap != gapNone && !short && !(j > 0 && x.toks[j-1].end-x.toks[j-1].start <= 3) {
				j = len(x.toks)
				break
			}
			if u.kind == kWord && (short && !u.means.has(mVersion) || u.means.any(mProduct, mMonth, mTo) && !u.means.has(mVersion)) {
				j = len(x.toks)
				break
			}
			j++
		}
		if x.digits(j) == 0 || x.digits(j) > 4 || x.isDate(j) {
			continue
		}
		if x.product(i) || x.meaningsOf(max(0, i-3), i).has(mReplaces) {
			continue
		}
		to := j + 1
		for n := 0; n < 3 && x.is(to, '.') && x.glued(to) && x.glued(to+1) && x.digits(to+1) > 0 && x.digits(to+1) <= 4; n++ {
			to += 2
		}
		if x.digits(j) == 4 && to == j+1 {
			continue // a year
		}
		// "2.0a", "1.0-draft"
		if to < len(x.toks) && x.glued(to) && x.toks[to].kind == kWord {
			if x.toks[to].end-x.toks[to].start > 1 || x.glued(to+1) && x.digits(to+1) > 0 { // "23H2"
				continue
			}
			to++
		}
		if x.ofProduct(to) {
			continue
		}
		out = append(out, foundVersion{x.plain(j, to), j, to})
		i = to - 1
	}
	return out
}

func (x *lexed) isDate(i int) bool {
	_, to := x.dateAt(i)
	return to > 0
}

// product: "GnuPG version", "TLP version".
func (x *lexed) product(i int) bool {
	for k := i - 1; k >= 0 && k >= i-2; k-- {
		if x.toks[k].kind == kNumber && x.glued(k) && x.toks[k-1].kind == kWord { // "SIM3"
			k--
		}
		if x.is(k, ',') && k == i-1 { // "written with LibreOffice 7, version 7.4.2"
			if k--; x.num(k) >= 0 && x.num(k) != 2350 {
				k--
			}
			return x.has(k, mProduct) && !x.has(k-2, mStandard) && x.tells(k-1, bMadeWith)
		}
		t := &x.toks[k]
		if t.kind != kWord || x.toks[k+1].gap >= gapLine {
			return false
		}
		if t.means.has(mProduct) && !t.means.has(mVersion) {
			return true
		}
		if !t.means.has(mOf) {
			// Another name right before: "OpenPGP Desktop version 3", "the SIM3 model version
			// 2". A title has capitals throughout: "EX-CERT Version 2".
			return k == i-1 && x.toks[i].upper == 0 && t.termOf == 0 && (t.upper > 0 && k > 0 && x.toks[k].gap < gapLine || (x.has(k-1, mProduct) || x.has(k-2, mProduct)) && x.toks[k].gap < gapLine)
		}
	}
	return false
}

// ofProduct: "version 2.0 of the TLP".
func (x *lexed) ofProduct(i int) bool {
	if i >= len(x.toks) || !x.has(i, mOf) || x.toks[i].gap >= gapLine {
		return false
	}
	for k := i + 1; k < len(x.toks) && k < i+4; k++ {
		if x.toks[k].means.has(mProduct) && !x.toks[k].means.has(mVersion) {
			return true
		}
	}
	return false
}
