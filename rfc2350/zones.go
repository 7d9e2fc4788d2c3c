package rfc2350

import (
	_ "embed" // the list of zone names
	"fmt"
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
	var taken map[int]bool // tokens of names
	for i := range x.toks {
		z, to := x.zoneName(i)
		if to < 0 || taken[i] {
			continue
		}
		if taken == nil {
			taken = map[int]bool{}
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
	if t := words().find(area); t != nil && t.beside.has(bArea) {
		area = t.named()
	}
	if area == "etc" && x.has(i+2, mUTC) {
		return x.etcName(i)
	}
	j := i + 3
	for j < len(x.toks) && x.glued(j) && (x.toks[j].kind == kWord && !x.glued(j+0) || x.is(j, '/') || x.is(j, '_') || x.is(j, '-') || x.toks[j].kind == kWord) {
		j++
	}
	if t := x.toks[i+2]; t.kind == kWord && !(x.glued(i+3) && x.is(i+3, '/')) { // "Europa/Wien"
		if w := words().find(x.text(i+2, i+3)); w != nil && w.beside.has(bZoneCity) {
			if z, ok := zoneNames()[area+"/"+w.named()]; ok {
				return z, i + 3
			}
		}
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

func formatOffset(minutes int) string {
	sign := "+"
	if minutes < 0 {
		sign, minutes = "-", -minutes
	}
	return string(appendClock(append(make([]byte, 0, 8), sign...), minutes))
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}
