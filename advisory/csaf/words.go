package csaf

import (
	"slices"
	"strings"
	"unicode"
)

func hasWord(list, word string) bool {
	for w := range strings.FieldsSeq(list) {
		if w == word {
			return true
		}
	}
	return false
}

func hasString(list []string, s string) bool { return slices.Contains(list, s) }

// squeeze removes dashes, hyphens, underscores and white space of all kinds and
// folds case, as test 6.1.26 compares names.
func squeeze(s string) string {
	return strings.Map(func(c rune) rune {
		// Pd and Pc are the dashes and the connectors such as low lines; the
		// minus signs and the soft hyphen are in other categories.
		if unicode.Is(unicode.Pd, c) || unicode.Is(unicode.Pc, c) || unicode.IsSpace(c) || unicode.Is(unicode.Zs, c) ||
			strings.ContainsRune("−⁻₋\u00ad\u0332\u0320\u2043\u02d7", c) {
			return -1
		}
		return unicode.ToLower(c)
	}, s)
}
