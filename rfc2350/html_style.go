package rfc2350

import "strings"

// hiddenClasses are the classes that the style sheets of a page hide, by rules such as
// ".note { display: none }". Rules inside "@media" and the like do not count.
func hiddenClasses(page string) (hidden map[string]bool) {
	const most = 256 << 10 // of style sheets
	left := most
	for left > 0 {
		i := indexFold(page, "<style")
		if i < 0 {
			return hidden
		}
		page = page[i:]
		end := indexFold(page, "</style")
		if end < 0 {
			return hidden
		}
		_, sheet, _ := strings.Cut(page[:end], ">")
		if len(sheet) > left {
			return hidden
		}
		left -= len(sheet)
		page = page[end+len("</style"):]
		for _, c := range hiddenBy(sheet) {
			if hidden == nil {
				hidden = map[string]bool{}
			}
			hidden[c] = true
		}
	}
	return hidden
}

// hiddenBy lists the classes that one style sheet hides.
func hiddenBy(sheet string) (out []string) {
	depth, from, selectors := 0, 0, ""
	for i := 0; i < len(sheet); i++ {
		switch sheet[i] {
		case '{':
			if depth == 0 {
				selectors = sheet[from:i]
			}
			depth++
			from = i + 1
		case '}':
			if depth == 1 && !strings.Contains(selectors, "@") && hidingStyle(sheet[from:i]) {
				for _, s := range strings.Split(selectors, ",") {
					s = strings.TrimSpace(s)
					if at := strings.LastIndexByte(s, '.'); at >= 0 && !strings.ContainsAny(s, " >+~:[#") && at+1 < len(s) {
						out = append(out, s[at+1:])
					}
				}
			}
			depth, from = max(0, depth-1), i+1
		}
	}
	return out
}

// indexFold finds an ASCII tag in any case.
func indexFold(s, tag string) int {
	for from := 0; ; {
		i := strings.IndexByte(s[from:], '<')
		if i < 0 || from+i+len(tag) > len(s) {
			return -1
		}
		if i += from; strings.EqualFold(s[i:i+len(tag)], tag) {
			return i
		}
		from = i + 1
	}
}
