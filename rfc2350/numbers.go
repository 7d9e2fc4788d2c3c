package rfc2350

import (
	"slices"
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"
)

// splitNumber takes a section number such as "2.1.", "2 .1" or "3.2:" off a heading.
func splitNumber(s string) (number, rest string) {
	i, n := numberAt(s, 0)
	if n == "" {
		return "", s
	}
	return n, strings.TrimSpace(s[i:])
}

// numberAt reads a section number at i: up to four components of one or two digits.
// It returns the end of the number with its final mark, and "" if there is none.
func numberAt(s string, i int) (end int, number string) {
	if i >= len(s) || !isDigit(s[i]) {
		return 0, ""
	}
	start, plain := i, true // plain: as printed
	var list [5]string
	parts := list[:0]
	for len(parts) < 5 {
		j := i
		for j < len(s) && s[j] >= '0' && s[j] <= '9' {
			j++
		}
		if j == i || j-i > 2 {
			break
		}
		parts = append(parts, strings.TrimLeft(s[i:j], "0"))
		plain = plain && s[i] != '0' && i == start+printedLen(parts[:len(parts)-1])
		end = j
		k := j
		if k < len(s) && s[k] == ' ' {
			k++
		}
		if k >= len(s) || s[k] != '.' {
			break
		}
		end = k + 1
		k++
		if k < len(s) && s[k] == ' ' && k+1 < len(s) && s[k+1] >= '0' && s[k+1] <= '9' && k+3 < len(s) && !digitRun(s[k+1:], 3) {
			k++
		}
		i = k
	}
	for len(parts) > 1 && parts[len(parts)-1] == "" {
		parts = parts[:len(parts)-1] // "1.0" is chapter 1
	}
	if len(parts) == 0 || len(parts) > 4 || parts[0] == "" || slices.Contains(parts, "") {
		return 0, ""
	}
	if end < len(s) && (s[end] == ':' || s[end] == ')') {
		end++
	}
	// A number is followed by a blank or by the title's first letter.
	if end < len(s) {
		r, _ := utf8.DecodeRuneInString(s[end:])
		if !unicode.IsSpace(r) && !(s[end-1] == '.' && unicode.IsUpper(r)) {
			return 0, ""
		}
	}
	if plain {
		return end, s[start : start+printedLen(parts)-1]
	}
	return end, strings.Join(parts, ".")
}

// printedLen is the length of the parts, each with a point after it.
func printedLen(parts []string) (n int) {
	for _, p := range parts {
		n += len(p) + 1
	}
	return n
}

func digitRun(s string, n int) bool {
	for i := 0; i < n; i++ {
		if i >= len(s) || s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// increasing marks the longest run of numbers that never goes back (patience
// sorting, n log n), so that one reference in running text cannot hide the
// headings that follow it. Candidates without a number are not judged.
func increasing(hs []heading, keep []bool) {
	var tails []int // indexes into hs, by the length of the run that they end
	prev := make([]int, len(hs))
	for i, h := range hs {
		prev[i] = -1
		if h.number == "" {
			continue
		}
		k := sort.Search(len(tails), func(k int) bool { return compareNumbers(hs[tails[k]].number, h.number) > 0 })
		if k > 0 {
			prev[i] = tails[k-1]
		}
		if k == len(tails) {
			tails = append(tails, i)
		} else {
			tails[k] = i
		}
	}
	if len(tails) > 0 {
		for i := tails[len(tails)-1]; i >= 0; i = prev[i] {
			keep[i] = true
		}
	}
}

// compareNumbers orders dotted numbers component by component.
func compareNumbers(a, b string) int {
	for a != "" || b != "" {
		var x, y string
		x, a, _ = strings.Cut(a, ".")
		y, b, _ = strings.Cut(b, ".")
		if c := len(x) - len(y); c != 0 {
			return c
		}
		if c := strings.Compare(x, y); c != 0 {
			return c
		}
	}
	return 0
}
