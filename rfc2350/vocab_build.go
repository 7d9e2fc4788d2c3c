package rfc2350

import (
	"slices"
	"strings"
)

// keyMeanings are the keys of a language file whose words have that meaning. Keys
// with values of their own (month, day, number, …) are in [builder.line].
var keyMeanings = map[string]meaning{
	"ordinal": mOrdinal, "of": mOf, "ahead": mAhead, "dated": mDated, "version": mVersion, "product": mProduct, "created": mCreated,
	"phone": mPhone, "fax": mFax, "notphone": mNotPhone,
	"summer": mSummer, "winter": mWinter, "plus": mPlus, "minus": mMinus, "utc": mUTC,
	"am": mAM, "pm": mPM, "clock": mClock, "to": mTo, "and": mAnd, "daily": mDaily, "always": mAlways, "hours": mHours, "allday": mAllDay, "closed": mClosed, "through": mThrough,
	"not": mNot, "none": mNone,
	"every": mEvery, "workday": mWorkday, "calendar": mCalendar, "disclose": mDisclose, "answer": mAnswer, "extend": mExtend, "further": mFurther, "most": mMost, "mostafter": mMostAfter, "least": mLeast, "retain": mRetain, "fix": mFix, "other": mOtherObject, "exception": mException, "but": mBut, "vulnerability": mVuln, "publish": mPublish, "publication": mPublication, "our": mOur, "we": mWe, "during": mDuring,
	"at": mAt, "dot": mDot,
	"fingerprint": mFingerprint, "pgp": mPGP, "otherkey": mOtherKey, "hash": mHash, "revoked": mRevoked, "old": mOld, "signing": mSigning, "expires": mExpires, "keyid": mKeyID,
	"member": mMember, "members": mMembers, "accredited": mAccredited, "listed": mListed, "certified": mCertified, "plan": mPlan, "ended": mEnded, "exchange": mExchange, "papers": mPapers,
	"domain": mDomain, "site": mSite, "standard": mStandard, "as": mAS,
	"fullname": mFullName, "shortname": mShortName, "name": mName, "inlanguage": mInLanguage, "former": mFormer,
	"incident": mIncident, "general": mGeneral, "nonincident": mNonIncident, "placeholder": mPlaceholder, "team": mTeam, "called": mCalled,
	"noon": mNoon, "midnight": mMidnight, "if": mIf, "else": mElse, "keep": mKeep, "secret": mSecret, "replaces": mReplaces, "callsname": mCallsName,
	"over": mOver, "grade": mGrade, "nolocal": mNoLocal, "tlprule": mTLPRule, "apart": mApart, "half": mHalf, "numbered": mNumbered, "labelword": mLabelWord, "future": mFuture, "fromday": mFromDay, "outofscope": mOutOfScope, "grace": mGrace, "relative": mRelative, "before": mBefore, "verb": mVerb, "thistext": mThisText,
}

const (
	mNothing meaning = iota
	mMonth
	mWeekday
	mDayShort // "Mo", "Di": only in hours
	mNumber
	mUnit
	mZone    // abbreviation of a zone
	mCountry // name of a country
	mBody    // an organization of teams
	mOrdinal
	mOf
	mAhead
	mDated
	mCreated
	mVersion
	mProduct
	mPhone
	mFax
	mNotPhone
	mSummer
	mWinter
	mPlus
	mMinus
	mUTC
	mAM
	mPM
	mClock
	mTo
	mThrough
	mAnd
	mDaily
	mAlways
	mHours
	mAllDay
	mClosed
	mNot
	mNone
	mEvery
	mWorkday
	mCalendar
	mDisclose
	mVuln        // a vulnerability, or what is told of one: advisory, details
	mPublish     // of whatever: it wants an object that is a vulnerability
	mPublication // the noun, which may be a subject itself
	mOur
	mWe
	mDuring
	mAnswer
	mExtend
	mFurther
	mMost
	mMostAfter
	mLeast
	mRetain
	mFix
	mOtherObject
	mException
	mBut
	mAt
	mDot
	mFingerprint
	mPGP
	mOtherKey
	mHash
	mRevoked
	mOld
	mSigning
	mExpires
	mKeyID
	mMember
	mMembers
	mAccredited
	mListed
	mCertified
	mPlan
	mEnded
	mExchange
	mPapers
	mDomain
	mSite
	mStandard
	mAS
	mFullName
	mShortName
	mName
	mInLanguage
	mFormer
	mIncident
	mGeneral
	mNonIncident
	mPlaceholder
	mTeam
	mCalled
	mNoon
	mMidnight
	mIf         // begins a condition
	mElse       // "otherwise"
	mKeep       // to keep something …
	mSecret     // … confidential
	mReplaces   // of a key that takes the place of another
	mCallsName  // "is", "is called" between what is named and its name
	mSummerZone // abbreviation of daylight time
	mWeekdays   // "weekdays": Monday to Friday
	mWeekend
	mOver       // what was offered is no longer
	mGrade      // priority, severity: times beside it are times to answer
	mNoLocal    // words before "at" that are no part of an address
	mTLPRule    // words before a TLP label that make it a rule
	mApart      // "except": what follows is left out
	mHalf       // "and a half"
	mLabelWord  // "official", before the label of a name
	mNumbered   // "number", before that of a version
	mFuture     // planned
	mVerb       // "is", "must": after a subject
	mThisText   // this document
	mRelative   // "ahead of": an offset in words follows, or stands before
	mBefore     // "before", after a span of time
	mGrace      // "grace period": it is added to a time
	mOutOfScope // what stands before it is not the team's
	mFromDay    // a weekday in the case that begins a range
)

// beside is what a word says beside a value or a title.
type beside uint8

const (
	bPage        beside = iota // the word for a page, before its number
	bPageOf                    // between the numbers of a page and of all pages
	bReference                 // before the number of a section that a text refers to
	bClockNote                 // between times and the days after them: "local time"
	bOtherTime                 // what else has a time of its own: "maintenance"
	bTimestamp                 // what UTC is said of where it is not the team's zone: "logs"
	bThen                      // begins what happens after a span of time: "thereafter"
	bHost                      // what a domain in the constituency may be said of: "systems"
	bUnder                     // between it and the domain: "under"
	bSoftware                  // names of software that look like domains: "ASP.NET"
	bProgram                   // before the name of a file: "script"
	bBy                        // "by", between a key and the one that replaces it
	bLooked                    // before a date at which a document was looked at, and not changed: "reviewed"
	bSecondLevel               // the second level of a country's names: "gov"
	bMadeWith                  // before the program that made a document: "with"
	bBetween                   // before two times that "and" joins
	bPlace                     // before where something is told, and not what: "in our newsletter"
	bClockChange               // says that summer time begins or ends: "last Sunday", "starts"
	bWithin                    // before a time to answer
	bTimeIn                    // the same, right before it: "in 24 hours"
	bTimeSpan                  // before 24 hours that are no time of service: "every 24 hours"
	bAre                       // "are", between members and what they are members of
	bWho                       // "who", before it: they are others
	bSelves                    // the team speaks of itself: "we"
	bStaff                     // whose member is no body: "a member of staff"
	bMemberNoun                // the noun itself, not "part of", which speaks of a company too
	bAssociation               // in the name of a body: "forum", "network"
	bLabelIs                   // between the label of a short name and the name: "abbreviated as"
	bIs                        // before a name in quotes
	bNew                       // of the key that counts: "new"
	bBlankDay                  // in a pattern of a date: "dd"
	bBlankMonth                // "mm"
	bArea                      // the first part of the name of a zone, in other languages
	bExtension                 // glued between a number and its extension: "0147x22"
	bExample                   // before what is only an example: "such as"
	bWas                       // what follows was so: "was", "until 2019 we were"
	bNoMail                    // before an address of another service: "Jabber:"
	bMessageID                 // the words of "Message-ID"
	bMinutes                   // of an offset: "5 hours 30 minutes"
	bAux                       // between a number or an address and what became of it: "has been"
	bFor                       // "short for": the short name stands before
	bPaperNoun                 // what people hold: "certificates"
	bNamePart                  // in the pattern of an address: "firstname"
	bFounded                   // before the date at which a team began
	bDayToo                    // names a day in another language: "so", "do"
	bAfterThat                 // begins a clause that only marks a time: "after"
	bZoneCity                  // the city in the name of a zone, in other languages
	bKey                       // the word for a key
	bThe                       // an article
	bBlank                     // where a date is still to be filled in: "yyyy", "TBD"
)

// keyBesides are the keys of a language file for them.
var keyBesides = map[string]beside{"page": bPage, "pageof": bPageOf, "reference": bReference,
	"clocknote": bClockNote, "othertime": bOtherTime, "timestamp": bTimestamp, "then": bThen, "host": bHost, "under": bUnder, "software": bSoftware, "program": bProgram, "by": bBy, "looked": bLooked, "secondlevel": bSecondLevel, "madewith": bMadeWith,
	"between": bBetween, "place": bPlace, "clockchange": bClockChange, "within": bWithin, "timein": bTimeIn, "timespan": bTimeSpan, "are": bAre, "who": bWho, "selves": bSelves, "staff": bStaff, "membernoun": bMemberNoun, "association": bAssociation, "labelis": bLabelIs, "is": bIs, "new": bNew, "extension": bExtension, "example": bExample, "was": bWas, "nomail": bNoMail, "messageid": bMessageID, "minutes": bMinutes, "aux": bAux, "for": bFor, "papernoun": bPaperNoun, "namepart": bNamePart, "founded": bFounded, "daytoo": bDayToo, "afterthat": bAfterThat, "key": bKey, "the": bThe, "blankday": bBlankDay, "blankmonth": bBlankMonth, "blank": bBlank}

type bnode struct {
	next []vedge
	term int32
}

type builder struct {
	nodes []bnode
	terms []term
	langs []string
	names []string
}

func newBuilder() *builder { return &builder{nodes: []bnode{{term: -1}}, names: []string{""}} }

// name numbers the code of a country or the name of a body.
func (b *builder) name(s string) uint16 {
	if i := slices.Index(b.names, s); i > 0 {
		return uint16(i)
	}
	b.names = append(b.names, s)
	return uint16(len(b.names) - 1)
}

// language reads one file: lines "key: word|phrase|stem*". "#" begins a comment.
func (b *builder) language(name, data string) {
	b.langs = append(b.langs, name)
	bit := uint32(1) << (len(b.langs) - 1)
	for l := range strings.Lines(data) {
		l = strings.TrimSpace(l)
		if l == "" || l[0] == '#' || strings.HasPrefix(l, "title ") || strings.HasPrefix(l, "telling ") {
			continue
		}
		key, list, ok := strings.Cut(l, ":")
		if !ok {
			panic("rfc2350: " + name + ": " + l)
		}
		for _, w := range strings.Split(list, "|") {
			if w = strings.TrimSpace(w); w != "" {
				b.line(key, w, bit)
			}
		}
	}
}

func (b *builder) line(key, w string, lang uint32) {
	w, stem := strings.CutSuffix(w, "*")
	t := b.at(w)
	t.word = true
	t.stem = t.stem || stem
	have := t.means
	t.means = meanings{}
	defer func() {
		if stem {
			t.stems.join(t.means)
		}
		t.means.join(have)
	}()
	kind, arg, _ := strings.Cut(key, " ")
	switch kind {
	case "month":
		t.means.add(mMonth)
		switch n := int8(atoi(arg)); {
		case t.month == 0 || t.month == n:
			t.month = n
			t.langs1 |= lang
		case t.month2 == 0 || t.month2 == n:
			t.month2 = n
			t.langs2 |= lang
		default:
			panic("rfc2350: " + w + " names three months")
		}
	case "day":
		t.means.add(mWeekday)
		t.weekday = int8(atoi(arg)) + 1
	case "day2":
		t.means.add(mDayShort)
		t.weekday = int8(atoi(arg)) + 1
	case "number":
		t.means.add(mNumber)
		t.number = int16(atoi(arg))
	case "unit":
		t.means.add(mUnit)
		t.unit = int8(atoi(arg))
	case "zone", "summerzone":
		t.means.add(mZone)
		if kind == "summerzone" {
			t.means.add(mSummerZone)
		}
		n := strings.TrimPrefix(arg, "-")
		t.minutes = int16(atoi(n))
		if n != arg {
			t.minutes = -t.minutes
		}
		if arg == "" {
			t.minutes = ambiguousZone
		}
	case "country":
		t.means.add(mCountry)
		t.name = b.name(arg)
	case "body":
		t.means.add(mBody)
		t.name = b.name(arg)
	case "area", "zonecity":
		t.beside |= 1 << bArea
		if kind == "zonecity" {
			t.beside = t.beside&^(1<<bArea) | 1<<bZoneCity
		}
		t.name = b.name(arg)
	case "weekdays":
		t.means.add(mWeekdays)
	case "weekend":
		t.means.add(mWeekend)
	case "common":
		t.langs |= lang
	default:
		if n, ok := keyBesides[kind]; ok {
			t.beside |= 1 << n
			return
		}
		m, ok := keyMeanings[kind]
		if !ok {
			panic("rfc2350: no meaning " + key)
		}
		t.means.add(m)
	}
}

// at gives the term of a word or phrase, folded; a new one if it is not there yet.
func (b *builder) at(w string) *term {
	n := uint32(0)
	step := func(c byte) {
		for _, e := range b.nodes[n].next {
			if e.c == c {
				n = e.to
				return
			}
		}
		b.nodes = append(b.nodes, bnode{term: -1})
		to := uint32(len(b.nodes) - 1)
		b.nodes[n].next = append(b.nodes[n].next, vedge{c, to})
		n = to
	}
	han := false // Han and kana have no blanks between words
	for _, t := range lex(w, nil).toks {
		if t.kind == kSign {
			continue
		}
		before := han
		han = ideographic(w[t.start:t.end])
		if n != 0 && !(before && han) {
			step(' ')
		}
		for _, c := range []byte(fold(w[t.start:t.end])) {
			step(c)
		}
	}
	if b.nodes[n].term < 0 {
		b.terms = append(b.terms, term{})
		b.nodes[n].term = int32(len(b.terms) - 1)
	}
	return &b.terms[b.nodes[n].term]
}

// manyEdges: from here on a table is faster than a search.
const manyEdges = 4

func (b *builder) compile() *vocabulary {
	if len(b.terms) >= 1<<15 {
		panic("rfc2350: too many terms")
	}
	for i := range b.terms {
		b.terms[i].known = b.terms[i].means != (meanings{}) || b.terms[i].langs != 0
	}
	v := &vocabulary{nodes: make([]vnode, 0, len(b.nodes)), terms: b.terms, langs: b.langs, names: b.names}
	v.nodes, v.ends = append(v.nodes, vnode{}), append(v.ends, vend{term: -1})
	for _, e := range b.nodes[0].next {
		v.root[e.c] = b.place(v, e.to)
	}
	v.inherit(0, meanings{})
	v.markSeconds()
	v.besides = make(hints, 1<<9)
	v.markBesides(0, 0, 0)
	v.heads = makeHeads(v)
	v.common = make([]uint32, len(v.terms))
	for i := range v.terms {
		v.common[i] = v.terms[i].langs
	}
	return v
}

// place writes a node and what it leads to, its first way right after it.
func (b *builder) place(v *vocabulary, from uint32) uint32 {
	n := &b.nodes[from]
	at := uint32(len(v.nodes))
	v.nodes, v.ends = append(v.nodes, vnode{}), append(v.ends, vend{term: n.term, long: n.term})
	if n.term >= 0 {
		v.nodes[at].flags |= flagIf(b.terms[n.term].known, fTerm) | flagIf(b.terms[n.term].stem, fStem)
	}
	if v.nodes[at].flags&fStem != 0 && b.terms[n.term].stems != b.terms[n.term].means {
		// In one language it is a word, in another the beginning of words.
		long := b.terms[n.term]
		long.means = long.stems
		v.terms = append(v.terms, long)
		v.ends[at].long = int32(len(v.terms) - 1)
	}
	if len(n.next) == 0 {
		return at
	}
	v.nodes[at].c = n.next[0].c
	b.place(v, n.next[0].to)
	rest := make([]vedge, 0, len(n.next)-1)
	for _, e := range n.next[1:] {
		rest = append(rest, vedge{e.c, b.place(v, e.to)})
	}
	v.nodes[at].flags |= flagIf(slices.ContainsFunc(n.next, func(e vedge) bool { return e.c == ' ' }), fBlank)
	v.nodes[at].from, v.nodes[at].more = uint32(len(v.edges)), uint8(len(rest))
	v.edges = append(v.edges, rest...)
	if len(rest) >= manyEdges && len(v.dense) < 255 {
		var row [32]uint32
		for _, e := range rest {
			if 'a' <= e.c && e.c <= 'z' {
				row[e.c&31] = e.to
			}
		}
		v.dense = append(v.dense, row)
		v.nodes[at].dense = uint8(len(v.dense))
	}
	return at
}

func flagIf(is bool, flag uint8) uint8 {
	if is {
		return flag
	}
	return 0
}

// inherit gives longer words what their stems mean: "exploited" means what "exploit*"
// does, besides what it means itself.
func (v *vocabulary) inherit(state uint32, stem meanings) {
	n := v.nodes[state]
	if e := v.ends[state]; e.term >= 0 {
		t := &v.terms[e.term]
		t.means.join(stem)
		if n.flags&fStem != 0 {
			stem.join(t.stems)
			v.terms[e.long].means.join(stem)
		}
	}
	v.ways(state, func(c byte, to uint32) {
		if c == ' ' {
			v.inherit(to, meanings{})
			return
		}
		v.inherit(to, stem)
	})
}

// ways visits the states that follow one.
func (v *vocabulary) ways(state uint32, follow func(c byte, to uint32)) {
	n := v.nodes[state]
	if state == 0 {
		for c, to := range v.root {
			if to != 0 {
				follow(byte(c), to)
			}
		}
		return
	}
	if n.c != 0 {
		follow(n.c, state+1)
	}
	for _, e := range v.edges[n.from : n.from+uint32(n.more)] {
		follow(e.c, e.to)
	}
}
