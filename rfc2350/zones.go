package rfc2350

import (
	"fmt"
	"regexp"
	"strings"
)

// TimeZone is one zone that the team works in. IANA is set only if the document
// names a zone such as "Europe/Berlin"; an offset never becomes a name. Std and DST
// are offsets such as "+01:00".
type TimeZone struct {
	IANA string `json:"iana,omitempty"`
	Std  string `json:"std,omitempty"`
	DST  string `json:"dst,omitempty"`
	Raw  string `json:"raw,omitempty"`
}

var (
	zoneName   = regexp.MustCompile(`\b(\p{L}+)/(\p{Lu}[\p{L}_]+(?:/\p{Lu}[\p{L}_]+)?)`)
	zoneOffset = regexp.MustCompile(`(?i)(?:\b(UTC|GMT)\b\s*(?:/\s*(?:UTC|GMT)\s*)?[(:=]?\s*)?([+\x{2212}\x{2013}-])\s?(\d{1,2})(?:[:.h]?(\d{2}))?\b`)
	bareZero   = regexp.MustCompile(`\b(?:UTC|GMT)\b`)
	summerWord = regexp.MustCompile(`(?i)summer|\bDST\b|day-?light|sommer|été|hiver|winter|invierno|inverno|verano|verão|estate|estiv|zomer|letni|letn[ií]|hora legal|legale|CEST|EEST|WEST|MESZ|EDT|BST|april|avril|abril|aprile|kwiet|dub|march|marzo|mars|märz|maart|octob|oktob|ottobre|outubro`)
	summerNear = regexp.MustCompile(`(?i)^\W{0,4}(?:in|during|im|en|in the|for)?\s*(?:summer|DST|daylight|sommer|été|verano|verão)`)
)

// zoneAreas maps the first part of a zone name, also as other languages write it.
var zoneAreas = map[string]string{
	"africa": "Africa", "afrika": "Africa", "afrique": "Africa",
	"america": "America", "amerika": "America", "amerique": "America",
	"antarctica": "Antarctica", "arctic": "Arctic", "asia": "Asia", "asien": "Asia", "asie": "Asia", "azja": "Asia", "azie": "Asia",
	"atlantic": "Atlantic", "australia": "Australia", "brazil": "Brazil", "canada": "Canada", "chile": "Chile",
	"europe": "Europe", "europa": "Europe", "evropa": "Europe", "indian": "Indian", "mexico": "Mexico", "pacific": "Pacific", "us": "US",
}

// notPlaces stand after a continent without being a zone: "Europe/Central".
var notPlaces = map[string]bool{"central": true, "western": true, "northern": true, "southern": true, "middle": true, "time": true, "asia": true, "europe": true, "africa": true, "utc": true, "gmt": true}

// zoneOffsets are the offsets that zones have kept for many years, in minutes,
// standard and summer, to notice a contradiction. Zones that are not here are not
// judged.
var zoneOffsets = map[string][2]int{
	"Europe/Berlin": {60, 120}, "Europe/Vienna": {60, 120}, "Europe/Zurich": {60, 120}, "Europe/Paris": {60, 120},
	"Europe/Brussels": {60, 120}, "Europe/Amsterdam": {60, 120}, "Europe/Luxembourg": {60, 120}, "Europe/Madrid": {60, 120},
	"Europe/Rome": {60, 120}, "Europe/Prague": {60, 120}, "Europe/Bratislava": {60, 120}, "Europe/Warsaw": {60, 120},
	"Europe/Budapest": {60, 120}, "Europe/Copenhagen": {60, 120}, "Europe/Oslo": {60, 120}, "Europe/Stockholm": {60, 120},
	"Europe/Ljubljana": {60, 120}, "Europe/Zagreb": {60, 120}, "Europe/Belgrade": {60, 120}, "Europe/Malta": {60, 120},
	"Europe/London": {0, 60}, "Europe/Dublin": {0, 60}, "Europe/Lisbon": {0, 60},
	"Europe/Helsinki": {120, 180}, "Europe/Tallinn": {120, 180}, "Europe/Riga": {120, 180}, "Europe/Vilnius": {120, 180},
	"Europe/Athens": {120, 180}, "Europe/Bucharest": {120, 180}, "Europe/Sofia": {120, 180}, "Europe/Kiev": {120, 180}, "Europe/Kyiv": {120, 180},
	"Asia/Jakarta": {420, 420}, "Asia/Tokyo": {540, 540}, "Asia/Singapore": {480, 480}, "Asia/Kolkata": {330, 330},
	"Asia/Colombo": {330, 330}, "Asia/Bangkok": {420, 420}, "Asia/Dubai": {240, 240}, "Asia/Shanghai": {480, 480}, "Asia/Baku": {240, 240},
	"Africa/Johannesburg": {120, 120}, "Africa/Lagos": {60, 60}, "Africa/Nairobi": {180, 180},
	"America/New_York": {-300, -240}, "America/Chicago": {-360, -300}, "America/Denver": {-420, -360},
	"America/Los_Angeles": {-480, -420}, "America/Toronto": {-300, -240}, "America/Sao_Paulo": {-180, -120}, "Canada/Eastern": {-300, -240},
}

type offset struct {
	start, end, minutes int
}

// findZones reads the time zones of a section.
func findZones(text string) (zones []TimeZone, conflict bool) {
	raw := squeeze(clip(text, 300))
	var names []string
	for _, m := range zoneName.FindAllStringSubmatch(text, 50) {
		area := zoneAreas[fold(m[1])]
		if area == "" || notPlaces[fold(m[2])] || fold(m[2]) == "eastern" && area != "Canada" && area != "US" {
			continue
		}
		n := area + "/" + m[2]
		if len(names) == 0 || !contains(names, n) {
			names = append(names, n)
		}
	}
	offsets := findOffsets(text)
	summer := summerWord.MatchString(text)
	for i := 0; i < len(offsets); i++ {
		z := TimeZone{Std: formatOffset(offsets[i].minutes), Raw: raw}
		if i+1 < len(offsets) && summer {
			switch offsets[i+1].minutes - offsets[i].minutes {
			case 60:
				z.DST = formatOffset(offsets[i+1].minutes)
				i++
			case -60: // summer first
				z.Std, z.DST = formatOffset(offsets[i+1].minutes), z.Std
				i++
			}
		}
		zones = append(zones, z)
	}
	for i, n := range names {
		if i < len(zones) && len(names) == len(zones) {
			zones[i].IANA = n
		} else if i == 0 && len(zones) > 0 && len(names) == 1 {
			zones[0].IANA = n
		} else {
			zones = append(zones, TimeZone{IANA: n, Raw: raw})
		}
	}
	for _, z := range zones {
		if w, ok := zoneOffsets[z.IANA]; ok && z.Std != "" {
			std, dst := formatOffset(w[0]), formatOffset(w[1])
			conflict = conflict || z.Std != std && z.Std != dst || z.DST != "" && z.DST != dst
		}
	}
	if len(zones) == 0 && raw != "" {
		zones = []TimeZone{{Raw: raw}}
	}
	return zones, conflict
}

func findOffsets(text string) []offset {
	var out []offset
	add := func(o offset) {
		for _, x := range out {
			if x.minutes == o.minutes {
				return
			}
		}
		out = append(out, o)
	}
	for _, m := range zoneOffset.FindAllStringSubmatchIndex(text, 100) {
		named := m[2] >= 0
		digits := m[7] - m[6]
		hours := atoi(text[m[6]:m[7]])
		minutes := 0
		if m[8] >= 0 {
			minutes = atoi(text[m[8]:m[9]])
		}
		sign := text[m[4]:m[5]]
		// Without UTC or GMT only "+0100" and "+01:00" are offsets, and "-" may be a
		// dash or part of a date or phone number.
		if !named && (digits != 2 || m[8] < 0 || m[4] > 0 && !strings.ContainsAny(text[m[4]-1:m[4]], " \t\n(,/") || m[1] < len(text) && isDigit(text[m[1]])) {
			continue
		}
		if hours > 14 || minutes > 59 || minutes%15 != 0 {
			continue
		}
		n := hours*60 + minutes
		if sign != "+" {
			n = -n
		}
		add(offset{m[0], m[1], n})
	}
	if len(out) <= 1 {
		// "UTC" alone, or "GMT (GMT+0100 in summer)".
		for _, m := range bareZero.FindAllStringIndex(text, 20) {
			switch {
			case len(out) == 0:
				return []offset{{m[0], m[1], 0}}
			case m[1] <= out[0].start && out[0].minutes == 60 && summerNear.MatchString(text[out[0].end:]):
				return []offset{{m[0], m[1], 0}, out[0]}
			}
		}
	}
	return out
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
