package securitytxt

import "strings"

// validLangTag reports whether s is a well-formed language tag (RFC 5646 2.1 and
// 2.2.9). Whether its subtags are registered is not asked: the registry grows.
func validLangTag(s string) bool {
	if (len(s) == 2 || len(s) == 3) && allAlpha(s) { // "en", nearly always
		return true
	}
	if grandfathered(s) {
		return true
	}
	rest := s
	next := func() (sub string) {
		sub, rest, _ = strings.Cut(rest, "-")
		return sub
	}
	if strings.HasPrefix(s, "-") || strings.HasSuffix(s, "-") || strings.Contains(s, "--") {
		return false
	}
	sub := next()
	if len(sub) == 1 {
		return strings.EqualFold(sub, "x") && validPrivate(rest)
	}
	if !allAlpha(sub) || len(sub) < 2 || len(sub) > 8 {
		return false
	}
	short := len(sub) <= 3
	sub = next()
	for n := 0; short && n < 3 && len(sub) == 3 && allAlpha(sub); n++ { // extlang
		sub = next()
	}
	if len(sub) == 4 && allAlpha(sub) { // script
		sub = next()
	}
	if len(sub) == 2 && allAlpha(sub) || len(sub) == 3 && digits(sub) >= 0 { // region
		sub = next()
	}
	var seen []string
	for isVariant(sub) {
		if containsFold(seen, sub) {
			return false
		}
		seen = append(seen, sub)
		sub = next()
	}
	return validExtensions(sub, rest)
}

// validExtensions checks singletons with their subtags, then "x" and the rest.
func validExtensions(sub, rest string) bool {
	var singletons [256]bool
	for sub != "" {
		if len(sub) != 1 || !isAlnum(sub[0]) {
			return false
		}
		c := sub[0]
		if isAlpha(c) {
			c |= 0x20
		}
		if c == 'x' {
			return validPrivate(rest)
		}
		if singletons[c] {
			return false
		}
		singletons[c] = true
		n := 0
		for sub, rest, _ = strings.Cut(rest, "-"); len(sub) >= 2; sub, rest, _ = strings.Cut(rest, "-") {
			if len(sub) > 8 || !allAlnum(sub) {
				return false
			}
			n++
		}
		if n == 0 {
			return false
		}
	}
	return true
}

func validPrivate(s string) bool {
	if s == "" {
		return false
	}
	for sub := range strings.SplitSeq(s, "-") {
		if len(sub) < 1 || len(sub) > 8 || !allAlnum(sub) {
			return false
		}
	}
	return true
}

func isVariant(s string) bool {
	return len(s) >= 5 && len(s) <= 8 && allAlnum(s) || len(s) == 4 && isDigit(s[0]) && allAlnum(s)
}

// grandfathered knows the irregular tags of RFC 5646 2.1. The regular ones match
// the grammar anyway.
func grandfathered(s string) bool {
	return containsFold([]string{
		"en-GB-oed", "i-ami", "i-bnn", "i-default", "i-enochian", "i-hak", "i-klingon", "i-lux",
		"i-mingo", "i-navajo", "i-pwn", "i-tao", "i-tay", "i-tsu", "sgn-BE-FR", "sgn-BE-NL", "sgn-CH-DE",
	}, s)
}

func containsFold(list []string, s string) bool {
	for _, x := range list {
		if strings.EqualFold(x, s) {
			return true
		}
	}
	return false
}

func allAlpha(s string) bool {
	for i := range len(s) {
		if !isAlpha(s[i]) {
			return false
		}
	}
	return true
}

func allAlnum(s string) bool {
	for i := range len(s) {
		if !isAlnum(s[i]) {
			return false
		}
	}
	return true
}
