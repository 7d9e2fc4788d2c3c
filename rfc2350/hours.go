package rfc2350

import (
	"fmt"
	"regexp"
	"sort"
	"strings"
)

const clock = `(\d{1,2})(?:[:.h](\d{2}))?\s?(a\.?m\.?|p\.?m\.?|uhr|hrs?|h)?`

var (
	timeRange = regexp.MustCompile(`(?i)\b` + clock + `(?:\s?(?:CES?T|UTC|GMT|[A-Z]{3,4}))?\s*(?:-|\x{2013}|\x{2014}|\bto\b|\bbis\b|\buntil\b|\btill\b|à|\ba\b|\bao\b|\bàs\b|\bas\b|\balle\b|\bal\b|\bdo\b|\baž\b|\btot\b|\bs/d\b|\bsampai\b|\bhingga\b|\band\b|\bund\b)\s*` + clock)
	always    = regexp.MustCompile(`(?i)\b24\s?[/x×*]\s?7\b|\b24\s?hours?(?: a day)?,? ?(?:and |/)?\s?7 days|\brund um die uhr\b`)
	dayRange  = regexp.MustCompile(`(?i)^\s*(?:-|\x{2013}|\x{2014}|to|bis|through|thru|till|until|à|a|au|al|até|hingga|sampai|do|až|tot en met|t/m|s/d|tot|-feira a|-feira à)\s*$`)
	dayList   = regexp.MustCompile(`(?i)^\s*(?:,|and|und|et|y|e|en|i|a|dan|&|,\s*and)\s*$`)
	wordForm  = regexp.MustCompile(`\p{L}+`)
)

var dayCodes = [...]string{"Su", "Mo", "Tu", "We", "Th", "Fr", "Sa"}

// dayWords adds the abbreviations that only make sense in hours.
var dayWords = func() map[string]int {
	m := monthTable("so zo", "mo", "di", "mi", "do", "fr", "")
	delete(m, "do")
	for w, d := range weekdayNames {
		m[w] = d
	}
	for i, s := range []string{"sundays", "mondays", "tuesdays", "wednesdays", "thursdays", "fridays", "saturdays"} {
		m[s] = i + 1
	}
	for w, d := range map[string]int{"sextafeira": 6, "segundafeira": 2, "piatku": 6, "poniedzialku": 2, "patku": 6} {
		m[w] = d
	}
	delete(m, "set")
	return m
}()

type hourToken struct {
	start, end int
	days       string // "Mo-Fr"
	time       string // "09:00-17:00"
}

// findHours reads the opening hours of a section: ranges of times with the days that
// belong to them, written like "Mo-Fr 09:00-17:00".
func findHours(text string) []string {
	var out []string
	add := func(s string) {
		if !contains(out, s) && len(out) < 20 {
			out = append(out, s)
		}
	}
	for _, p := range paragraphs(text) {
		days, times := findDays(p), findTimes(p)
		for _, h := range pair(days, times) {
			add(h)
		}
		if always.MatchString(p) {
			add("24/7")
		}
	}
	return out
}

// paragraphs splits at blank lines and full stops that end a sentence, but not after
// "a.m.".
func paragraphs(text string) []string {
	var out []string
	for _, p := range strings.Split(text, "\n\n") {
		start := 0
		for i := 0; i+2 < len(p) && len(out) < maxSentences; i++ {
			if p[i] == '.' && (p[i+1] == ' ' || p[i+1] == '\n') && p[i+2] >= 'A' && p[i+2] <= 'Z' && !(i >= 2 && p[i-2] == '.') {
				out = append(out, p[start:i])
				start = i + 1
			}
		}
		out = append(out, p[start:])
	}
	return out
}

// pair gives each time its days. Whether the days come before the times or after
// them shows in which comes first.
func pair(days, times []hourToken) []string {
	if len(times) == 0 {
		return nil
	}
	var out []string
	first := len(days) > 0 && days[0].start < times[0].start
	for _, t := range times {
		var d string
		k := sort.Search(len(days), func(i int) bool { return days[i].start >= t.start })
		switch {
		case first && k > 0:
			d = days[k-1].days
		case !first && k < len(days):
			d = days[k].days
		case len(days) > 0:
			d = days[len(days)-1].days
		}
		out = append(out, strings.TrimSpace(d+" "+t.time))
	}
	return out
}

func findTimes(s string) []hourToken {
	var out []hourToken
	for _, m := range timeRange.FindAllStringSubmatchIndex(s, 50) {
		g := func(i int) string {
			if m[2*i] < 0 {
				return ""
			}
			return s[m[2*i]:m[2*i+1]]
		}
		// Minutes or a unit make it a time; "1 - 2" alone is not, nor is a date.
		if g(2) == "" && g(5) == "" && g(3) == "" && g(6) == "" || m[0] > 0 && strings.IndexByte("+:.-/", s[m[0]-1]) >= 0 || m[1] < len(s) && isDigit(s[m[1]]) {
			continue
		}
		if g(2) == "" && g(3) == "" && g(5) == "" && !strings.HasPrefix(strings.ToLower(g(6)), "h") && !strings.EqualFold(g(6), "uhr") && !strings.ContainsAny(strings.ToLower(g(6)), "ap") {
			continue
		}
		half := g(3)
		if half == "" && g(6) != "" && strings.ContainsAny(strings.ToLower(g(6)), "p") && atoi(g(1)) > atoi(g(4)) {
			half = "am"
		}
		a, ok1 := clockTime(g(1), g(2), half)
		b, ok2 := clockTime(g(4), g(5), g(6))
		if ok1 && ok2 && a != b {
			out = append(out, hourToken{start: m[0], end: m[1], time: a + "-" + b})
		}
	}
	return out
}

func clockTime(h, m, unit string) (string, bool) {
	hour, minute := atoi(h), 0
	if m != "" {
		minute = atoi(m)
	}
	u := strings.ReplaceAll(strings.ToLower(unit), ".", "")
	if u == "pm" && hour < 12 {
		hour += 12
	}
	if u == "am" && hour == 12 {
		hour = 0
	}
	return fmt.Sprintf("%02d:%02d", hour, minute), hour <= 24 && minute < 60
}

// findDays lists ranges ("Mo-Fr"), lists ("Mo,We") and single days in order.
func findDays(s string) []hourToken {
	type day struct{ start, end, n int }
	var found []day
	for _, m := range wordForm.FindAllStringIndex(s, 5000) {
		w := fold(s[m[0]:m[1]])
		if len(w) == 2 && s[m[0]] >= 'a' { // "so" is a word, "So" may be a day
			continue
		}
		if n := dayWords[w]; n > 0 {
			found = append(found, day{m[0], m[1], n - 1})
		}
	}
	var out []hourToken
	for i := 0; i < len(found); i++ {
		t := hourToken{start: found[i].start, end: found[i].end, days: dayCodes[found[i].n]}
		for i+1 < len(found) {
			between := strings.Trim(s[t.end:found[i+1].start], ".")
			switch {
			case dayRange.MatchString(between) || strings.TrimSpace(between) == "-feira a" || between == "":
				if strings.Contains(t.days, "-") || found[i+1].n == found[i].n {
					between = "x"
				} else {
					t.days += "-" + dayCodes[found[i+1].n]
				}
			case dayList.MatchString(between):
				t.days += "," + dayCodes[found[i+1].n]
			default:
				between = "x"
			}
			if between == "x" {
				break
			}
			i++
			t.end = found[i].end
		}
		out = append(out, t)
	}
	return out
}
