package csaf

import "strings"

// isCPE20 and isCPE21 match the pattern of the cpe member. In the schema of 2.0
// the anchors bind to one alternative each: text may follow a CPE 2.3, and text
// may stand before a CPE 2.2.
func isCPE20(s string) bool {
	if end := cpe23(s); end >= 0 {
		return true
	}
	for i := range len(s) {
		if (s[i] == 'c' || s[i] == 'C') && isCPE22(s[i:]) {
			return true
		}
	}
	return false
}

func isCPE21(s string) bool { return cpe23(s) == len(s) || isCPE22(s) }

// isCPE22 is ^[cC][pP][eE]:/[AHOaho]?(:[A-Za-z0-9\._\-~%]*){0,6}$.
func isCPE22(s string) bool {
	if len(s) < 5 || !strings.EqualFold(s[:3], "cpe") || s[3:5] != ":/" {
		return false
	}
	s = s[5:]
	if s != "" && strings.IndexByte("AHOaho", s[0]) >= 0 {
		s = s[1:]
	}
	if s == "" {
		return true
	}
	return s[0] == ':' && strings.Count(s, ":") <= 6 && allOf(s, lower+upper+digits+"._-~%:")
}

// cpe23 returns the end of the CPE 2.3 formatted string that s begins with, or
// -1. In a 2.0 document a longer text is accepted, so the last component is
// taken as far as it goes.
func cpe23(s string) int {
	const prefix = "cpe:2.3:"
	if !strings.HasPrefix(s, prefix) || len(s) <= len(prefix) || strings.IndexByte("aho*-", s[len(prefix)]) < 0 {
		return -1
	}
	i := len(prefix) + 1
	for component := range 10 {
		if i >= len(s) || s[i] != ':' {
			return -1
		}
		i++
		var end int
		if component == 5 {
			end = cpeLanguage(s, i)
		} else {
			end = cpeComponent(s, i)
		}
		if end < 0 {
			return -1
		}
		i = end
	}
	return i
}

// cpeLanguage is ([a-zA-Z]{2,3}(-([a-zA-Z]{2}|[0-9]{3}))?)|[\*\-].
func cpeLanguage(s string, i int) int {
	if i < len(s) && (s[i] == '*' || s[i] == '-') {
		return i + 1
	}
	rest := s[i:]
	if j := strings.IndexByte(rest, ':'); j >= 0 {
		rest = rest[:j]
	}
	lang, region, cut := strings.Cut(rest, "-")
	letters := lower + upper
	ok := (len(lang) == 2 || len(lang) == 3) && allOf(lang, letters) &&
		(!cut || len(region) == 2 && allOf(region, letters) || len(region) == 3 && allOf(region, digits))
	if !ok {
		return -1
	}
	return i + len(rest)
}

// cpeComponent is (\?*|\*?)([a-zA-Z0-9\-\._]|\\[special])+(\?*|\*?) or one of
// * and -, as far as it goes.
func cpeComponent(s string, i int) int {
	start := i
	wild := func() {
		if i < len(s) && s[i] == '*' {
			i++
			return
		}
		for i < len(s) && s[i] == '?' {
			i++
		}
	}
	wild()
	body := i
	for i < len(s) {
		c := s[i]
		switch {
		case 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '.' || c == '_':
			i++
		case c == '\\' && i+1 < len(s) && strings.IndexByte("\\*?!\"#$%&'()+,/:;<=>@[]^`{|}~", s[i+1]) >= 0:
			i += 2
		default:
			goto end
		}
	}
end:
	if i > body {
		wild()
		return i
	}
	if start < len(s) && s[start] == '*' {
		return start + 1
	}
	return -1
}
