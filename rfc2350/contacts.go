package rfc2350

import (
	"slices"
	"strings"
)

// deriveContacts reads addresses, zones, phones, e-mail, lists and places.
func (r *reader) deriveContacts() {
	if len(r.secs) > 0 {
		r.deriveAddress()
		r.deriveZones()
	}
	r.derivePhones()
	r.deriveEmails()
	if len(r.secs) == 0 {
		return
	}
	for _, p := range r.parts(SecDistribution) {
		list, at := p.x.emailsOf()
		for i, e := range list {
			if !contains(r.d.Distribution, e.Address) {
				r.d.Distribution = append(r.d.Distribution, e.Address)
				r.mark("distribution", e.Address, p, at[i].start, at[i].end, Certain)
			}
		}
	}
	for _, p := range r.parts(SecDistribution) {
		r.urls("distribution", p, &r.d.Distribution)
	}
	for _, p := range r.parts(SecLocations) {
		r.urls("locations", p, &r.d.Locations)
	}
}

func (r *reader) urls(field string, p part, out *[]string) {
	for _, u := range findURLs(p.x.s) {
		if !contains(*out, u.url) && len(*out) < 200 {
			*out = append(*out, u.url)
			r.mark(field, u.url, p, u.start, u.end, Certain)
		}
	}
}

func (r *reader) deriveAddress() {
	var lines []string
	country, certain := "", false
	for _, p := range r.parts(SecAddress) {
		if p.x.statesAbsence() {
			continue
		}
		before := len(lines)
		lines = slices.Grow(lines, min(strings.Count(p.x.s, "\n")+1, 40-before))
		for l := range strings.SplitSeq(p.x.s, "\n") {
			if l = squeeze(l); l != "" && len(lines) < 40 {
				lines = append(lines, clip(l, 500))
			}
		}
		if len(lines) == before {
			continue
		}
		code, from, to := p.x.country()
		if code != "" && !certain {
			country, certain = code, true
			r.mark("team.addresses.country", code, p, int(p.x.toks[from].start), int(p.x.toks[to-1].end), Certain)
		}
	}
	if len(lines) > 0 {
		r.d.Team.Addresses = []Address{{Lines: lines, Country: country}}
	}
}

// country finds the last country that the address names: as a whole line or a whole
// part of one, else at the end of a line after a town or a post code. A street named
// after a country is none.
func (x *lexed) country() (code string, from, to int) {
	if !x.means.has(mCountry) {
		return "", 0, 0
	}
	best := 0
	for i := 0; i < len(x.toks); i++ {
		t := &x.toks[i]
		if !t.means.has(mCountry) || t.kind != kWord || t.upper == 0 && !ideographic(x.s[t.start:t.end]) {
			continue
		}
		c, width := "", 1
		switch {
		case t.phrase().has(mCountry):
			c, width = t.phrase().named(), x.width(i)
		case t.word().has(mCountry):
			c = t.word().named()
		default:
			continue
		}
		end := i + width
		for x.is(end, '.') || x.is(end, ')') {
			end++
		}
		ends := end >= len(x.toks) || x.toks[end].gap >= gapLine || x.is(end, ',') || x.is(end, ';') || x.is(end, '(') || x.is(end, '/') || x.is(end, '|') || t.gap >= gapLine && x.postcode(end)
		if !ends {
			i = end - 1
			continue
		}
		score := 0
		begins := t.gap >= gapLine || i > 0 && (x.is(i-1, ',') || x.is(i-1, '(') || x.is(i-1, '-') && (t.gap == gapBlank || i > 1 && x.has(i-2, mCountry)) || x.is(i-1, '/') || x.is(i-1, '|') || x.is(i-1, ':') || x.is(i-1, ';') || x.is(i-1, '•'))
		switch {
		case begins:
			score = 2
		case i > 0 && (x.toks[i-1].kind == kNumber || x.toks[i-1].kind == kWord && x.toks[i-1].upper > 0 && !x.toks[i-1].means.any(mOf) || x.is(i-1, '.')):
			score = 1
		}
		if score > 0 && score >= best {
			best, code, from, to = score, c, i, i+width
		}
		i = end - 1
	}
	return code, from, to
}

// postcode: what is left of the line is a post code, as in "Singapore 018989".
func (x *lexed) postcode(i int) bool {
	digits := 0
	for n := 0; i < len(x.toks) && x.toks[i].gap < gapLine; i, n = i+1, n+1 {
		t := &x.toks[i]
		if n >= 4 || t.kind == kSign && t.sign() != '-' || t.kind == kWord && (t.upper == 0 || t.end-t.start > 3) {
			return false
		}
		digits += x.digits(i)
	}
	return digits >= 2
}

func ideographic(s string) bool {
	for _, r := range s {
		return ideograph(r)
	}
	return false
}

func (r *reader) deriveZones() {
	for _, p := range r.parts(SecTimeZone) {
		if len(p.x.toks) == 0 || p.x.statesAbsence() && !p.x.namesZone() {
			continue
		}
		f := p.x.findZones()
		for i, z := range f.zones {
			if len(f.zones) == 1 && z.IANA == "" && z.Std == "" && len(r.d.Team.TimeZones) > 0 {
				continue
			}
			r.d.Team.TimeZones = append(r.d.Team.TimeZones, z)
			r.mark("team.time_zones", firstOf(z.IANA, z.Std, z.Raw), p, f.at[i][0], f.at[i][1], Certain)
		}
		if f.conflict {
			r.d.add("timezone-conflict", Warning, SecTimeZone, p.line, "the offset is not that of the named zone")
		}
		if f.unsigned {
			r.d.add("timezone-no-sign", Warning, SecTimeZone, p.line, "an offset has no sign, so it was not read")
		}
	}
}

func (x *lexed) namesZone() bool {
	for i := range x.toks {
		if x.toks[i].means.has(mUTC) && x.toks[i].upper == 2 {
			return true
		}
	}
	return false
}

func firstOf(list ...string) string {
	for _, s := range list {
		if s != "" {
			return s
		}
	}
	return ""
}

func (r *reader) derivePhones() {
	doubled, national := false, false
	take := func(p part, list []foundPhone, keep func(foundPhone) bool, fax bool) {
		for _, f := range list {
			if !keep(f) {
				continue
			}
			to, field := &r.d.Team.Phones, "team.phones"
			if f.fax || fax {
				to, field = &r.d.Team.Fax, "team.fax"
			}
			double := false
			for _, have := range *to {
				double = double || f.E164 != "" && have.E164 == f.E164 || f.E164 == "" && (have.Raw == f.Raw || have.E164 != "")
			}
			if double || len(*to) >= 100 {
				continue
			}
			*to = append(*to, f.Phone)
			r.mark(field, firstOf(f.E164, f.Raw), p, f.start, f.end, Certain)
			doubled = doubled || f.doubled
			national = national || f.E164 == "" && !fax
		}
	}
	// Numbers with a country code count first: beside one, a national number is
	// mostly the same one again.
	full := func(f foundPhone) bool { return f.E164 != "" }
	short := func(f foundPhone) bool { return f.E164 == "" }
	var own []part
	if len(r.secs) > 0 {
		own = r.parts(SecPhone)
	}
	for _, keep := range []func(foundPhone) bool{full, short} {
		for _, p := range own {
			take(p, p.x.findPhones(), keep, false)
		}
	}
	if len(r.d.Team.Fax) == 0 && len(r.secs) > 0 {
		for _, keep := range []func(foundPhone) bool{full, short} {
			for _, p := range r.parts(SecFax) {
				n := 0
				labelled := slices.ContainsFunc(p.x.findPhones(), func(f foundPhone) bool { return f.fax })
				take(p, p.x.findPhones(), func(f foundPhone) bool {
					n++
					absent := len(p.x.toks) > 0 && (p.x.toks[0].means.has(mNone) || f.called && (p.x.toks[0].means.has(mNot) || p.x.meaningsOf(0, p.x.find(f.start)).has(mNone)))
					other := !f.fax && (absent || f.called && (n > 1 || labelled))
					return keep(f) && !other // "…, call +49 … first", "None, call +49 …"
				}, true)
			}
		}
	}
	if len(r.d.Team.Phones) == 0 {
		// No section of its own, or nothing in it: the numbers of the other ways of
		// contact. Elsewhere only what is called a telephone number.
		national = false
		for _, p := range r.parts(SecContact, SecPoints, SecHours, SecTelecom, SecOther, SecAddress) {
			called := p.id != SecPoints && p.id != SecHours && p.id != SecContact
			take(p, p.x.findPhones(), func(f foundPhone) bool {
				return f.E164 != "" && (f.called || !called) && !(f.fax && len(r.d.Team.Fax) > 0)
			}, false)
		}
	}
	line := r.d.lineOf(SecPhone)
	if doubled {
		r.d.add("phone-doubled-plus", Info, SecPhone, line, `a number is printed with "++"`)
	}
	if national {
		r.d.add("phone-no-country", Warning, SecPhone, line, "a telephone number has no country code")
	}
}

func (r *reader) deriveEmails() {
	add := func(ids ...SectionID) {
		for _, p := range r.parts(ids...) {
			list, at := p.x.emailsOf()
			for i, e := range list {
				if hasAddress(r.d.Team.Emails, e.Address) || len(r.d.Team.Emails) >= 200 {
					continue
				}
				r.d.Team.Emails = append(r.d.Team.Emails, e)
				sure := Certain
				if e.Raw != "" {
					sure = Likely
				}
				r.mark("team.emails", e.Address, p, at[i].start, at[i].end, sure)
			}
			if p.x.hiddenMail() {
				r.d.add("email-hidden", Warning, p.id, p.line, "an address was taken out of the page that this text was copied from")
			}
		}
	}
	add(SecEmail)
	if len(r.secs) == 0 {
		return
	}
	add(SecPoints) // more addresses of the team, sometimes the only one
	if len(r.d.Team.Emails) == 0 {
		add(SecContact)
	}
	if len(r.d.Team.Emails) == 0 {
		add(SecForms)
	}
	if len(r.d.Team.Emails) == 0 && !r.d.has(SecEmail) {
		// Only the list for changes of the document names the team's address: it counts
		// if the sentence says that it is the team's.
		r.contactOfDistribution()
	}
}

// contactOfDistribution takes an address of section 1.2 that readers are asked to
// write to.
func (r *reader) contactOfDistribution() {
	for _, p := range r.parts(SecDistribution) {
		list, at := p.x.emailsOf()
		for i, e := range list {
			r.d.Team.Emails = append(r.d.Team.Emails, e)
			r.mark("team.emails", e.Address, p, at[i].start, at[i].end, Settled)
		}
	}
}

func (d *Document) has(id SectionID) bool {
	_, ok := d.Section(id)
	return ok
}

func hasAddress(list []Email, address string) bool {
	for _, e := range list {
		if e.Address == address {
			return true
		}
	}
	return false
}

func (r *reader) deriveDisclosure() {
	if len(r.secs) == 0 {
		return
	}
	var f foundWindow
	var at part
	for _, p := range r.parts(SecDisclosure) {
		if w := p.x.findDisclosure(); f.IsZero() && !w.IsZero() || w.ambiguous {
			f, at = w, p
		}
	}
	if f.IsZero() {
		for _, p := range r.secs {
			if c := chapterOf(p.id); p.id == SecDisclosure || c == "document" || c == "contact" || c == "disclaimers" {
				continue
			}
			if w := p.x.findDisclosure(); !w.IsZero() {
				f, at = w, p
				break
			}
		}
	}
	r.d.Disclosure = f.Disclosure
	if !f.IsZero() {
		r.mark("disclosure", f.Raw, at, f.start, f.end, Likely)
	}
	if f.ambiguous {
		r.d.add("disclosure-ambiguous", Info, at.id, at.line, "the document states several times for disclosure; the first was taken")
	}
}

func (r *reader) deriveHours() {
	if len(r.secs) == 0 {
		return
	}
	for _, id := range []SectionID{SecHours, SecPoints, SecTimeZone, SecPhone, SecEmail, SecOther} {
		for _, p := range r.parts(id) {
			for _, h := range p.x.findHours() {
				if !contains(r.d.Hours, h.value) && !saidWithDays(r.d.Hours, h.value) && len(r.d.Hours) < 50 {
					r.d.Hours = append(r.d.Hours, h.value)
					r.mark("hours", h.value, p, h.start, h.end, Likely)
				}
			}
		}
	}
}

// saidWithDays: the times stand already, with the days that they belong to.
func saidWithDays(list []string, v string) bool {
	if strings.Contains(v, " ") {
		return false
	}
	for _, h := range list {
		if strings.HasSuffix(h, " "+v) {
			return true
		}
	}
	return false
}
