package rfc2350

import (
	_ "embed" // the list of zone names
	"fmt"
	"slices"
	"strings"
	"sync"
)

// TimeZone is one zone that the team works in. IANA is set only if the document
// names a zone such as "Europe/Berlin"; an offset never becomes a name. Std and DST
// are offsets such as "+01:00".
type TimeZone struct {
	IANA string `json:"iana,omitempty"` // such as "Europe/Berlin"
	Std  string `json:"std,omitempty"`  // the offset in winter
	DST  string `json:"dst,omitempty"`  // the offset in summer; empty: the same, or not stated
	Raw  string `json:"raw,omitempty"`  // as printed
}

//go:embed zones.txt
var zoneList string

type zoneOffsets struct {
	name     string
	std, dst int // minutes
}

// zoneNames maps folded names to the zones of the IANA database.
var zoneNames = sync.OnceValue(func() map[string]zoneOffsets {
	m := map[string]zoneOffsets{}
	for l := range strings.Lines(zoneList) {
		f := strings.Fields(l)
		if len(f) < 3 || f[0] == "#" {
			continue
		}
		std, dst := signed(f[0]), signed(f[1])
		for _, n := range f[2:] {
			m[fold(n)] = zoneOffsets{n, std, dst}
		}
	}
	return m
})

func signed(s string) int {
	if t := strings.TrimPrefix(s, "-"); t != s {
		return -atoi(t)
	}
	return atoi(s)
}

// zoneAreas maps the first part of a zone name as other languages write it.
var zoneAreas = map[string]string{
	"afrika": "africa", "afrique": "africa", "amerika": "america", "amerique": "america",
	"asien": "asia", "asie": "asia", "azja": "asia", "azie": "asia", "europa": "europe", "evropa": "europe", "eurooppa": "europe",
}

// ambiguousZone marks an abbreviation that several zones use.
const ambiguousZone = 32767

type offset struct {
	from, to int // tokens
	minutes  int
	joined   bool // by a slash to the one before
	summer   bool
	winter   bool
	named    int  // minutes of the abbreviation beside it
	bare     bool // "UTC" alone
}

// zonesFound is what a section says about time zones.
type zonesFound struct {
	zones    []TimeZone
	at       [][2]int // bytes of each
	conflict bool     // an offset is not that of the zone or abbreviation beside it
	unsigned bool     // an offset has no sign
}

// findZones reads the time zones of a section.
func (x *lexed) findZones() (out zonesFound) {
	raw := squeeze(clip(x.s, 300))
	var names []zoneOffsets
	var nameAt [][2]int
	taken := map[int]bool{} // tokens of names
	for i := range x.toks {
		z, to := x.zoneName(i)
		if to < 0 || taken[i] {
			continue
		}
		for k := i; k < to; k++ {
			taken[k] = true
		}
		double := false
		for _, n := range names {
			double = double || n.name == z.name
		}
		if !double && len(names) < 20 {
			names = append(names, z)
			nameAt = append(nameAt, [2]int{int(x.toks[i].start), int(x.toks[to-1].end)})
		}
	}
	offsets, unsigned := x.findOffsets(taken)
	out.unsigned = unsigned
	var kept []offset
	for _, o := range offsets {
		if o.contradicted(offsets) {
			out.conflict = true
			continue
		}
		kept = append(kept, o)
	}
	offsets = kept
	m := x.meaningsOf(0, len(x.toks))
	summer := m.any(mSummer, mWinter, mMonth) || x.summerZone()
	for i := 0; i < len(offsets); i++ {
		o := offsets[i]
		z := TimeZone{Std: formatOffset(o.minutes), Raw: raw}
		end := o.to
		if i+1 < len(offsets) && (summer || offsets[i+1].joined || x.daylightPair(o, offsets[i+1])) {
			n := offsets[i+1]
			switch n.minutes - o.minutes {
			case 60, 30:
				z.DST = formatOffset(n.minutes)
				i, end = i+1, n.to
			case -60, -30: // summer first
				z.Std, z.DST = formatOffset(n.minutes), z.Std
				i, end = i+1, n.to
			}
		}
		out.zones = append(out.zones, z)
		out.at = append(out.at, [2]int{int(x.toks[o.from].start), int(x.toks[end-1].end)})
	}
	for i, n := range names {
		at := -1
		switch {
		case i < len(out.zones) && len(names) == len(out.zones):
			at = i
		case i == 0 && len(out.zones) > 0 && len(names) == 1:
			at = 0
		}
		if at < 0 {
			out.zones = append(out.zones, TimeZone{IANA: n.name, Raw: raw})
			out.at = append(out.at, nameAt[i])
			continue
		}
		z := &out.zones[at]
		z.IANA = n.name
		std, dst := formatOffset(n.std), formatOffset(n.dst)
		if z.Std != std && z.Std != dst || z.DST != "" && z.DST != dst && z.DST != std {
			// The name counts: an offset is what people get wrong.
			out.conflict = true
			z.Std, z.DST = "", ""
		}
	}
	if len(out.zones) == 0 && raw != "" {
		out.zones = []TimeZone{{Raw: raw}}
		out.at = [][2]int{{0, len(x.s)}}
	}
	return out
}

// contradicted: the abbreviation beside the offset has another one, which is not
// stated either ("WEST (GMT+0, GMT+1 in summer)" states it).
func (o offset) contradicted(all []offset) bool {
	if o.bare || o.named == ambiguousZone || o.named == o.minutes {
		return false
	}
	for _, x := range all {
		if x.minutes == o.named {
			return false
		}
	}
	return true
}

// daylightPair: the abbreviations before two offsets are standard and daylight time
// of one zone, whether we know it or not: CHAST and CHADT, AZOT and AZOST.
func (x *lexed) daylightPair(a, b offset) bool {
	s, d := x.capitalsBefore(a), x.capitalsBefore(b)
	if len(s) > len(d) || len(s) == len(d) && !strings.HasSuffix(d, "DT") {
		s, d = d, s
	}
	if len(s) < 3 || !strings.HasSuffix(s, "T") {
		return false
	}
	stem := s[:len(s)-1]
	return d == stem+"ST" || strings.HasSuffix(stem, "S") && d == stem[:len(stem)-1]+"DT"
}

// capitalsBefore is the abbreviation before an offset, in parentheses or not.
func (x *lexed) capitalsBefore(o offset) string {
	k := o.from - 1
	for n := 0; n < 2 && (x.is(k, '(') || x.is(k, '=') || x.is(k, ':') || x.is(k, ',')); n++ {
		k--
	}
	if k < 0 || x.toks[k].kind != kWord || x.toks[k].upper != 2 {
		return ""
	}
	return x.text(k, k+1)
}

func (x *lexed) summerZone() bool {
	for i := range x.toks {
		if x.has(i, mSummerZone) {
			return true
		}
	}
	return false
}

// zoneName reads a name such as "America/Argentina/Buenos_Aires" or "Etc/GMT+5" at
// token i. Only names of the IANA database count.
func (x *lexed) zoneName(i int) (z zoneOffsets, to int) {
	if x.toks[i].kind != kWord || !x.is(i+1, '/') || !x.glued(i+1) || !x.glued(i+2) || i > 0 && x.glued(i) && (x.is(i-1, '/') || x.is(i-1, '_')) {
		return z, -1
	}
	area := fold(x.text(i, i+1))
	if a := zoneAreas[area]; a != "" {
		area = a
	}
	if area == "etc" && x.has(i+2, mUTC) {
		return x.etcName(i)
	}
	j := i + 3
	for j < len(x.toks) && x.glued(j) && (x.toks[j].kind == kWord && !x.glued(j+0) || x.is(j, '/') || x.is(j, '_') || x.is(j, '-') || x.toks[j].kind == kWord) {
		j++
	}
	for j > i+2 {
		name := area + fold(x.text(i+1, j))
		if z, ok := zoneNames()[name]; ok {
			if (x.is(j, '-') || x.is(j, '_')) && x.glued(j) && x.glued(j+1) && x.toks[j+1].kind == kWord {
				return z, -1 // "Europe/Kyiv-City" is none
			}
			return z, j
		}
		j--
		for j > i+2 && x.toks[j-1].kind == kSign {
			j--
		}
	}
	return z, -1
}

// etcName: the sign of "Etc/GMT+5" is inverted, so it is no offset.
func (x *lexed) etcName(i int) (z zoneOffsets, to int) {
	to = i + 3
	name := "Etc/" + strings.ToUpper(x.text(i+2, i+3))
	n := 0
	if (x.is(to, '+') || x.is(to, '-')) && x.glued(to) && x.glued(to+1) && x.num(to+1) >= 0 {
		if n = x.num(to+1) * 60; n > 14*60 {
			return z, -1
		}
		if x.toks[to].sign() == '+' {
			n = -n
		}
		name += string(x.toks[to].sign()) + itoaInt(x.num(to+1))
		to += 2
	}
	return zoneOffsets{name, n, n}, to
}

func itoaInt(n int) string { return fmt.Sprint(n) }

// findOffsets lists the offsets: after UTC or GMT, or written "+01:00" or "+0100".
// unsigned reports one without a sign that is not joined to its UTC or GMT.
func (x *lexed) findOffsets(taken map[int]bool) (out []offset, unsigned bool) {
	add := func(o offset) {
		x.season(&o)
		o.named = x.abbreviated(o)
		for k := range out {
			if out[k].minutes == o.minutes {
				return
			}
		}
		if len(out) < 20 {
			out = append(out, o)
		}
	}
	var bare []offset
	last := -1 // the token after the last offset
	for i := 0; i < len(x.toks); i++ {
		if taken[i] {
			continue
		}
		t := &x.toks[i]
		switch {
		case t.kind == kWord && t.means.has(mUTC) && t.upper > 0:
			if m, to := x.offsetAfter(i + 1); to > 0 {
				if x.halfAfter(to) {
					unsigned = true // "plus five and a half": not read
					i = to
					continue
				}
				add(offset{from: i, to: to, minutes: m, joined: x.slashed(last, i)})
				i, last = to-1, to
				continue
			}
			if n := x.num(i + 1); n >= 0 && n <= 14 && x.digits(i+1) <= 2 && x.toks[i+1].gap <= gapBlank && !x.is(i+2, ':') {
				if x.glued(i+1) && x.digits(i+1) == 2 && !(i+2 < len(x.toks) && x.glued(i+2) && x.toks[i+2].kind != kSign) { // "GMT01"
					add(offset{from: i, to: i + 2, minutes: n * 60, joined: x.slashed(last, i)})
					i, last = i+1, i+2
					continue
				}
				unsigned = true
				i++
				continue
			} else if n >= 0 && x.toks[i+1].gap <= gapBlank {
				unsigned = true
				continue
			}
			if (x.is(i+1, '+') || x.is(i+1, '-')) && x.glued(i+1) && x.glued(i+2) && x.num(i+2) >= 0 {
				unsigned = true // "UTC+25" is no offset
				continue
			}
			bare = append(bare, offset{from: i, to: i + 1, bare: true})
		case t.kind == kWord && last > 0 && t.means.any(mPlus, mMinus) && i-last <= 3: // "plus two hours in summer"
			if m, to := x.offsetAfter(i); to > 0 {
				add(offset{from: i, to: to, minutes: m})
				i, last = to-1, to
			}
		case t.kind == kSign && (t.sign() == '+' || t.sign() == '-') && !taken[i+1]:
			m, to, full := x.signedOffset(i)
			if to < 0 {
				continue
			}
			if full && !x.inNumber(i) || last > 0 && x.near(last, i) {
				add(offset{from: i, to: to, minutes: m, joined: x.slashed(last, i)})
				i, last = to-1, to
			}
		}
	}
	if len(out) >= 2 {
		for _, b := range bare { // "Lagos (UTC+1), London (UTC), Lima (UTC-5)"
			if x.is(b.from-1, '(') && x.is(b.to, ')') && b.from >= 2 && x.toks[b.from-2].kind == kWord && !x.toks[b.from-2].means.any(mZone, mUTC) {
				add(b)
			}
		}
		slices.SortStableFunc(out, func(a, b offset) int { return a.from - b.from })
	}
	if len(out) <= 1 {
		for k := range bare { // "UTC" alone, or "GMT (GMT+1 in summer)"
			x.season(&bare[k])
			b := bare[k]
			switch {
			case x.meaningsOf(max(0, b.from-2), b.from).has(mRelative): // "two hours ahead of UTC"
			case x.has(b.from-1, mBut) || x.is(b.to, '/') && x.has(b.to+1, mUTC):
			case len(out) == 0 && !unsigned && (x.abbreviated(b) == ambiguousZone || x.abbreviated(b) == 0):
				return []offset{b}, unsigned
			case len(out) == 1 && out[0].minutes == 60 && (b.winter || out[0].summer):
				return []offset{b, out[0]}, unsigned
			}
		}
	}
	return out, unsigned
}

// halfAfter: "and a half".
func (x *lexed) halfAfter(i int) bool {
	return x.has(i, mAnd) && (x.has(i+1, mHalf) || x.has(i+2, mHalf))
}

// slashed reports that only a slash stands between the tokens.
func (x *lexed) slashed(last, i int) bool {
	return last > 0 && i == last+1 && x.is(last, '/')
}

// near: a second offset without its own UTC stands close to the first.
func (x *lexed) near(last, i int) bool {
	if i-last > 8 || !x.glued(i+1) {
		return false
	}
	for k := last; k <= i; k++ {
		if x.toks[k].gap == gapParagraph || x.toks[k].kind == kNumber {
			return false
		}
	}
	return i == last || x.toks[i].gap != gapNone || x.is(i-1, '/') || x.is(i-1, '(')
}

// inNumber: the sign stands inside a date, a range or a telephone number.
func (x *lexed) inNumber(i int) bool {
	return i > 0 && x.toks[i-1].kind == kNumber && x.toks[i].gap == gapNone
}

// offsetAfter reads the offset after UTC or GMT: "+1", " + 1h", "(+01:00)", "/GMT-5",
// "plus 2 hours".
func (x *lexed) offsetAfter(i int) (minutes, to int) {
	if x.is(i, '/') && x.has(i+1, mUTC) {
		i += 2
	}
	for k := 0; k < 2 && (x.is(i, '(') || x.is(i, ':') || x.is(i, '=')); k++ {
		i++
	}
	if i >= len(x.toks) || x.toks[i].gap >= gapLine {
		return 0, -1
	}
	if x.toks[i].kind == kWord && x.toks[i].means.any(mPlus, mMinus) && (x.num(i+1) >= 0 || x.has(i+1, mNumber)) {
		m, to := x.hoursOf(i + 1)
		if n, end := x.quantity(i + 1); x.has(i+1, mNumber) && n <= 14 {
			m, to = n*60, end
		}
		if to < 0 {
			return 0, -1
		}
		if x.has(i, mMinus) {
			m = -m
		}
		return m, to
	}
	m, to, _ := x.signedOffset(i)
	return m, to
}

// signedOffset reads a sign and hours. full: the hours have two digits and minutes.
func (x *lexed) signedOffset(i int) (minutes, to int, full bool) {
	if !x.is(i, '+') && !x.is(i, '-') || x.num(i+1) < 0 || x.toks[i+1].gap > gapBlank {
		return 0, -1, false
	}
	m, to := x.hoursOf(i + 1)
	if to < 0 {
		return 0, -1, false
	}
	full = x.digits(i+1) == 4 || x.digits(i+1) == 2 && to > i+2
	if x.digits(i+1) == 4 && x.is(to, '-') && x.glued(to) || to < len(x.toks) && x.toks[to].kind == kNumber && x.toks[to].gap <= gapBlank && full {
		return 0, -1, false // a telephone number or hours
	}
	if x.toks[i].sign() == '-' {
		m = -m
	}
	return m, to, full
}

// hoursOf reads 1, 01, 0100, 530, 1:00, 1h, 5.30.
func (x *lexed) hoursOf(i int) (minutes, to int) {
	n, h, m := x.digits(i), x.num(i), 0
	to = i + 1
	switch n {
	case 1, 2:
		if (x.is(to, ':') || x.is(to, '.')) && x.glued(to) && x.glued(to+1) && x.digits(to+1) == 2 {
			m, to = x.num(to+1), to+2
		} else if to < len(x.toks) && x.toks[to].kind == kWord && x.glued(to) && fold(x.text(to, to+1)) == "h" {
			to++
			if x.glued(to) && x.digits(to) == 2 {
				m, to = x.num(to), to+1
			}
		}
	case 3, 4:
		h, m = h/100, h%100
	default:
		return 0, -1
	}
	if n <= 2 && m == 0 && to == i+1 && x.is(to, '.') && x.glued(to) && x.glued(to+1) && x.digits(to+1) == 1 { // 3.5
		if x.num(to+1) != 5 {
			return 0, -1
		}
		m, to = 30, to+2
	}
	if h > 14 || m > 59 || m%15 != 0 {
		return 0, -1
	}
	return h*60 + m, to
}

// season looks for summer and winter beside an offset.
func (x *lexed) season(o *offset) {
	for k := max(0, o.from-4); k < min(len(x.toks), o.to+5); k++ {
		if k >= o.to && (x.is(k, ',') || x.is(k, ';')) {
			break
		}
		o.summer = o.summer || x.toks[k].means.any(mSummer, mSummerZone)
		o.winter = o.winter || x.has(k, mWinter)
	}
}

// abbreviated is the offset of the abbreviation to which this one belongs: "EET
// (UTC+2)", "CET = UTC+1", "UTC+1 (CET)".
func (x *lexed) abbreviated(o offset) int {
	k := o.from - 1
	for n := 0; n < 2 && (x.is(k, '(') || x.is(k, '=') || x.is(k, '-') || x.is(k, ',') || x.is(k, ':')); n++ {
		k--
	}
	if k >= 0 && x.has(k, mZone) && x.toks[k].upper == 2 && x.toks[k].word() != nil {
		return int(x.toks[k].word().minutes)
	}
	if x.is(o.to, '(') && x.has(o.to+1, mZone) && x.toks[o.to+1].upper == 2 && x.is(o.to+2, ')') && x.toks[o.to+1].word() != nil {
		return int(x.toks[o.to+1].word().minutes)
	}
	return ambiguousZone
}

func formatOffset(minutes int) string {
	sign := "+"
	if minutes < 0 {
		sign, minutes = "-", -minutes
	}
	return fmt.Sprintf("%s%02d:%02d", sign, minutes/60, minutes%60)
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}
