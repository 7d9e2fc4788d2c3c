package rfc2350

import (
	"strings"
)

// standing is what a clause says about belonging to a body.
type standing uint8

const (
	standsNowhere standing = iota
	standsIn
	standsOut // denied, planned, ended, or about others
)

// deriveMemberships reads claims of membership: clause by clause, where a list goes on
// with what its introduction says. A denial, a plan, the past and work with members
// are none.
func (r *reader) deriveMemberships() {
	for _, p := range r.all() {
		if p.id == SecDisclaimers || p.id == SecSupport || p.id == SecDistribution || strings.HasPrefix(string(p.id), "services") {
			continue
		}
		x := p.x
		if !x.namesBody() && p.id != SecAffiliation && !x.introducesMembers() {
			continue
		}
		carried := standsNowhere
		for _, s := range x.sentences() {
			if !s.item || s.from > 0 && x.toks[s.from].gap == gapParagraph && !x.is(s.from-1, ':') && carried != standsIn {
				carried = standsNowhere
			}
			carried = r.sentenceMembers(p, s, carried)
		}
	}
}

func (x *lexed) namesBody() bool { return x.means.has(mBody) }

func (x *lexed) introducesMembers() bool {
	if !x.means.has(mMember) {
		return false
	}
	for i := range x.toks {
		if x.toks[i].kind == kWord && x.toks[i].means.has(mMember) && x.tells(i, bMemberNoun) {
			return true
		}
		if x.toks[i].kind == kSign && x.toks[i].gap >= gapLine && i > 1 && x.meaningsOf(max(0, i-4), i).has(mMember) {
			return true
		}
	}
	return false
}

// sentenceMembers reads one sentence; carried is the standing of the list's
// introduction. It returns the standing with which a list would go on.
func (r *reader) sentenceMembers(p part, s sentence, carried standing) standing {
	x := p.x
	state, others := carried, len(r.d.Memberships)
	clauses := x.clauses(s)
	level, past, denied := "", false, false
	for n, c := range clauses {
		m := x.meaningsOf(c.from, c.to)
		now := x.standing(c, m, p.id)
		if n == 0 && now == standsNowhere && !m.has(mBody) && c.to-c.from <= 5 && m.has(mEnded) {
			past = true // "Until 2019, we were …"
		}
		if past && now == standsIn {
			now = standsOut
		}
		switch {
		case now != standsNowhere:
			state, level = now, levelOf(m)
		case m.has(mExchange) && !s.item:
			state = standsOut
		case denied && x.butBody(c, m):
			state = standsIn // "not a member of FIRST, but of TF-CSIRT"
		}
		denied = denied || now == standsOut && m.has(mNot)
		if l := levelOf(m); l != "" {
			level = l
		}
		if now == standsIn && !m.has(mBody) && (p.id == SecAffiliation || p.id == SecOther || p.id == SecMission || p.id == "") {
			r.otherBody(p, c)
		}
		if now == standsNowhere && state == standsIn && n > 0 && !m.has(mBody) {
			r.nextBody(p, c)
		}
		for i := c.from; i < c.to; i++ {
			t := &x.toks[i]
			if !t.means.has(mBody) {
				continue
			}
			name, width := x.bodyAt(i)
			if name == "" {
				continue
			}
			claimed := state == standsIn
			if state == standsNowhere {
				claimed = p.id == SecAffiliation || (p.id == SecOther || p.id == "") && x.aloneOnLine(i, i+width)
			}
			if url := x.memberURL(i); url && state != standsOut {
				claimed = true
			}
			if claimed && (!x.onlyPapers(i, i+width) || m.has(mListed) && strings.HasPrefix(fold(x.text(i+width, i+width+1)), "director")) && !x.answeredNo(i+width) {
				l := ""
				if name == "Trusted Introducer" || name == "TF-CSIRT" {
					if l = x.nearLevel(c, i); l == "" {
						l = level
					}
				}
				r.addMembership(p, name, l, i, i+width)
			}
			i += width - 1
		}
	}
	if s.item && carried == standsNowhere && x.meaningsOf(s.from, s.to).has(mBody) {
		return carried // "- Member of FIRST" says nothing of the next item
	}
	if s.item && carried == standsIn {
		if !x.meaningsOf(s.from, s.to).has(mBody) && len(r.d.Memberships) == others {
			r.unknownBody(p, s)
		}
		return carried
	}
	// An introduction ends with a colon, with "member of", or right before the list.
	return state
}

// butBody: a clause that begins with "but" and says little besides a body.
func (x *lexed) butBody(c sentence, m meanings) bool {
	first := c.from
	for first < c.to && x.toks[first].kind == kSign {
		first++
	}
	return x.has(first, mBut) && m.has(mBody) && !m.any(mExchange, mPlan, mEnded, mNot, mMembers) && c.to-first <= 10
}

// standing reads what a clause says of its own.
func (x *lexed) standing(c sentence, m meanings, id SectionID) standing {
	claim := false
	others := false
	for i := c.from; i < c.to; i++ {
		t := &x.toks[i]
		if t.kind != kWord {
			continue
		}
		switch {
		case t.means.has(mCertified) && x.tells(i, bPaperNoun): // "hold certificates of FIRST"
		case t.means.has(mMember), t.means.any(mAccredited, mCertified):
			if x.ofOthers(c, i) {
				others = true
			} else if !x.ofStaff(i) {
				claim = true
			}
		case t.means.has(mListed) && (m.has(mBody) || id == SecAffiliation):
			if x.ofOthers(c, i) {
				others = true
			} else {
				claim = true
			}
		}
	}
	switch {
	case (claim || others || m.has(mBody)) && x.negative(c, m):
		return standsOut
	case claim:
		return standsIn
	case others:
		return standsOut
	}
	return standsNowhere
}

// negative: not, planned, or over.
func (x *lexed) negative(c sentence, m meanings) bool {
	years := x.yearsOver(c)
	for i := c.from; i < c.to; i++ {
		t := &x.toks[i]
		if t.kind != kWord {
			continue
		}
		if t.means.any(mPlan) || t.means.has(mEnded) && !x.since(i) || t.means.has(mNot) && !x.notOnly(i) {
			return true
		}
		if years && x.tells(i, bWas) {
			return true
		}
	}
	return false
}

// yearsOver: "from 2010 to 2018".
func (x *lexed) yearsOver(c sentence) bool {
	for i := c.from; i+2 < c.to; i++ {
		if x.digits(i) == 4 && (x.has(i+1, mTo) || x.is(i+1, '-')) && x.digits(i+2) == 4 && x.num(i+2) > x.num(i) {
			return true
		}
	}
	return false
}

// since: "until" and "to" only end a membership beside a date or as a phrase.
func (x *lexed) since(i int) bool {
	t := &x.toks[i]
	if t.word() != nil && t.word().means.any(mTo, mThrough, mAhead) && t.phrase() == nil {
		return x.digits(i+1) != 4 && x.digits(i+2) != 4
	}
	return false
}

func (x *lexed) notOnly(i int) bool {
	return i+1 < len(x.toks) && x.toks[i+1].kind == kWord && (fold(x.text(i+1, i+2)) == "only" || fold(x.text(i+1, i+2)) == "nur")
}

// ofOthers: "with members of FIRST", "accredited teams", "teams listed by".
func (x *lexed) ofOthers(c sentence, i int) bool {
	t := &x.toks[i]
	plural := t.means.has(mMembers)
	for k := i - 1; k >= max(c.from, i-6); k-- {
		m := x.toks[k].means
		if m.has(mExchange) {
			return true
		}
		if m.has(mMembers) && !m.has(mMember) && !x.selves(c, k) {
			return true
		}
	}
	for k := i + x.phraseWidth(i, mMember); k < min(c.to, i+4); k++ { // "somos miembros" is one
		if m := x.toks[k].means; m.has(mMembers) && !m.has(mBody) && x.toks[k].kind == kWord {
			return !plural || !x.selves(c, i)
		}
	}
	return plural && !x.selves(c, i)
}

// selves: "we are members of", "both teams are members".
func (x *lexed) selves(c sentence, i int) bool {
	for k := i - 1; k >= max(c.from, i-4); k-- {
		switch {
		case x.tells(k, bAre):
			return k == c.from || !x.tells(k-1, bWho)
		case x.tells(k, bSelves):
			return true
		}
	}
	return false
}

// ofStaff: "a member of staff will answer".
func (x *lexed) ofStaff(i int) bool {
	for k := i + 1; k < len(x.toks) && k < i+5; k++ {
		if x.tells(k, bStaff) {
			return !x.has(k, mBody)
		}
	}
	return false
}

func levelOf(m meanings) string {
	switch {
	case m.has(mCertified):
		return "certified"
	case m.has(mAccredited):
		return "accredited"
	case m.has(mListed):
		return "listed"
	}
	return ""
}

func (x *lexed) nearLevel(c sentence, i int) string {
	if l := levelOf(x.meaningsOf(max(c.from, i-6), i)); l != "" {
		return l
	}
	if l := levelOf(x.meaningsOf(i+1, min(c.to, i+8))); l != "" {
		return l
	}
	if c.to < len(x.toks) && (x.is(c.to, ':') || x.is(c.to, '=')) { // "Trusted Introducer: accredited"
		return levelOf(x.meaningsOf(c.to+1, min(len(x.toks), c.to+3)))
	}
	return ""
}

// bodyAt is the name of the body at token i. "FIRST" counts only in capitals, and not
// in a text that is all capitals.
func (x *lexed) bodyAt(i int) (string, int) {
	t := &x.toks[i]
	if x.is(i-1, '-') && x.glued(i) && x.glued(i-1) && i >= 2 && x.toks[i-2].kind == kWord {
		return "", 1 // "Verwaltungs-CERT-Verbund" is another one
	}
	if t.phrase() != nil && t.phrase().means.has(mBody) {
		return t.phrase().named(), x.width(i)
	}
	if t.word() == nil || !t.word().means.has(mBody) {
		return "", 1
	}
	if t.word().named() == "FIRST" && (t.upper != 2 || x.allCapitals(i)) {
		return "", 1
	}
	return t.word().named(), 1
}

func (x *lexed) allCapitals(i int) bool {
	words, capitals := 0, 0
	for k := max(0, i-6); k < min(len(x.toks), i+7); k++ {
		if k != i && x.toks[k].kind == kWord && x.toks[k].end-x.toks[k].start > 3 {
			words++
			if x.toks[k].upper == 2 {
				capitals++
			}
		}
	}
	return words >= 3 && words == capitals
}

// onlyPapers: what follows the name is one of its papers, or running text.
func (x *lexed) onlyPapers(from, to int) bool {
	if to >= len(x.toks) || x.toks[to].gap >= gapLine || x.toks[to].kind != kWord {
		return false
	}
	return x.toks[to].means.has(mPapers) && (x.toks[to].upper == 0 || x.tells(from-1, bThe) && !x.has(to, mMember)) || x.toks[to].means.has(mPapers) && x.toks[to].upper == 2 && x.toks[to].end-x.toks[to].start <= 4
}

// answeredNo: "TF-CSIRT: no".
func (x *lexed) answeredNo(to int) bool {
	for n := 0; n < 2 && to < len(x.toks) && x.toks[to].kind == kWord && x.toks[to].means.any(mMember, mAccredited); n++ {
		to++ // "FIRST membership: none"
	}
	return (x.is(to, ':') || x.is(to, '-') || x.is(to, '(') || x.is(to, '=')) && to+1 < len(x.toks) && x.toks[to+1].kind == kWord && x.toks[to+1].gap < gapLine && x.toks[to+1].means.any(mNot, mNone, mPlan, mEnded)
}

// aloneOnLine: a line of a list that is only the name, perhaps with a URL or a level.
func (x *lexed) aloneOnLine(i, to int) bool {
	if x.toks[i].gap < gapLine && !(i > 0 && x.toks[i-1].kind == kSign && x.toks[i-1].gap >= gapLine) {
		return false
	}
	if to >= len(x.toks) || x.toks[to].gap >= gapLine {
		return true
	}
	return x.toks[to].kind == kSign && x.toks[to].sign() != '\'' && x.toks[to].sign() != '/'
}

// memberURL: the directory entry of the team at FIRST or the Trusted Introducer.
func (x *lexed) memberURL(i int) bool {
	rest := x.s[x.toks[i].start:min(len(x.s), int(x.toks[i].start)+80)]
	rest = strings.ToLower(rest)
	if j := strings.IndexAny(rest, " \n\t"); j >= 0 {
		rest = rest[:j]
	}
	return strings.HasPrefix(rest, "first.org/members/teams/") || strings.HasPrefix(rest, "first.org/members/liaisons/") ||
		strings.HasPrefix(rest, "trusted-introducer.org/directory/teams/") || strings.HasPrefix(rest, "trusted-introducer.org/teams/") || strings.HasPrefix(rest, "tf-csirt.org/trusted-introducer/directory/teams/")
}

// otherBody keeps a body that is not known, where a clause says "member of the Nordic
// Financial CERT": a name in capitals with a word for an association, or an abbreviation.
func (r *reader) otherBody(p part, c sentence) {
	x := p.x
	for i := c.from; i < c.to; i++ {
		if !x.tells(i, bMemberNoun) {
			continue
		}
		from := i + 1
		for n := 0; n < 3 && from < c.to && x.toks[from].kind == kWord && x.toks[from].upper == 0; n++ {
			from++
		}
		to, association := from, false
		for to < c.to && x.toks[to].gap < gapParagraph {
			t := &x.toks[to]
			small := t.kind == kWord && t.upper == 0 && to+1 < c.to && x.toks[to+1].upper > 0 && t.means.any(mOf, mAnd)
			hyphen := t.kind == kSign && t.sign() == '-' && t.gap == gapNone && x.glued(to+1)
			joined := x.is(to-1, '-') && x.glued(to) && to > from // "CERT-forum"
			if !small && !hyphen && !joined && (t.kind != kWord || t.upper == 0) {
				break
			}
			association = association || x.association(to)
			to++
		}
		if to < len(x.toks) && x.is(to, '.') && x.glued(to+1) { // a domain
			return
		}
		if to > from && association && to-from <= 12 && x.toks[from].upper > 0 {
			r.addMembership(p, squeeze(x.text(from, to)), "", from, to)
		}
		return
	}
}

// association: a word of the name of a body. It is an abbreviation, also one in front of
// or behind other letters, or says what the body is: a network, a forum.
func (x *lexed) association(i int) bool {
	t := &x.toks[i]
	if t.kind != kWord {
		return false
	}
	if t.upper == 2 && t.end-t.start >= 4 || t.means.has(mTeam) || x.tells(i, bAssociation) {
		return true
	}
	run := 0
	for _, c := range []byte(x.text(i, i+1)) {
		if c < 'A' || c > 'Z' {
			run = 0
		} else if run++; run == 3 {
			return t.upper < 2
		}
	}
	return false
}

// nextBody keeps a body that is not known where it is all of a clause after a claim:
// "member of FIRST and of LACNIC-CSIRT".
func (r *reader) nextBody(p part, c sentence) {
	x := p.x
	from := c.from
	for from < c.to && (x.toks[from].kind == kSign || x.toks[from].upper == 0 && (x.toks[from].means.any(mAnd, mOf) || x.tells(from, bThe))) {
		from++
	}
	to, association := from, false
	for ; to < c.to; to++ {
		t := &x.toks[to]
		switch {
		case t.kind == kSign && (t.sign() == '-' && x.glued(to) || t.sign() == '.' && to == c.to-1):
		case t.kind == kWord && (t.upper > 0 || to > from && t.means.any(mOf, mAnd)):
			association = association || x.association(to)
		default:
			return
		}
	}
	if to > from && x.is(to-1, '.') {
		to--
	}
	if association && to-from <= 8 && x.toks[from].kind == kWord && x.toks[from].upper > 0 {
		r.addMembership(p, squeeze(x.text(from, to)), "", from, to)
	}
}

// unknownBody keeps an item of a list of memberships that is no known body as text.
func (r *reader) unknownBody(p part, s sentence) {
	x := p.x
	i := s.from
	for i < s.to && (x.toks[i].kind != kWord || x.toks[i].upper == 0 && x.toks[i].means.has(mOf)) {
		i++
	}
	if i == s.to {
		return
	}
	to := i
	for to < s.to && !(x.toks[to].kind == kSign && strings.ContainsRune(",;:.()", x.toks[to].sign()) && (to+1 >= s.to || x.toks[to+1].gap != gapNone || x.is(to, '('))) && x.toks[to].gap < gapLine {
		to++
	}
	if to == i || to-i > 12 || x.toks[i].kind != kWord || x.toks[i].upper == 0 {
		return
	}
	if m := x.meaningsOf(s.from, s.to); m.any(mNot, mPlan, mEnded) {
		return
	}
	name := squeeze(x.text(i, to))
	if len(name) >= 2 && len(name) <= 100 && !strings.Contains(name, "http") {
		r.addMembership(p, strings.TrimRight(name, "."), "", i, to)
	}
}

func (r *reader) addMembership(p part, body, level string, from, to int) {
	d := r.d
	for i := range d.Memberships {
		if d.Memberships[i].Body == body {
			if d.Memberships[i].Level == "" {
				d.Memberships[i].Level = level
			}
			return
		}
	}
	if len(d.Memberships) < 100 {
		d.Memberships = append(d.Memberships, Membership{body, level})
		r.mark("memberships", body, p, int(p.x.toks[from].start), int(p.x.toks[to-1].end), Likely)
	}
}
