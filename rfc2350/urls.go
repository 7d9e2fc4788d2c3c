package rfc2350

import (
	"strings"
)

// foundURL is a web address with its place.
type foundURL struct {
	url        string
	start, end int
}

// findURLs lists the web addresses of a text without the punctuation after them,
// each once.
func findURLs(text string) []foundURL {
	var out []foundURL
	var seen map[string]bool
	for at := 0; at < len(text) && len(out) < 200; {
		start, from := nextURL(text, at)
		if start < 0 {
			return out
		}
		end := from
		for end < len(text) && end-start < 500 && urlByte(text[end]) && !strings.HasPrefix(text[end:], "“") && !strings.HasPrefix(text[end:], "”") {
			end++
		}
		at = max(end, start+4)
		u := trimURL(text[start:end])
		if strings.Contains(u, "[at]") || seen[u] || len(u) < 8 || !strings.Contains(u, ".") {
			continue
		}
		if seen == nil {
			seen = map[string]bool{}
		}
		seen[u] = true
		out = append(out, foundURL{u, start, start + len(u)})
	}
	return out
}

// nextURL finds "http://", "https://", "ftp://" or "www." at or after at; from is
// where its free part begins.
func nextURL(s string, at int) (start, from int) {
	for i := at; i < len(s); i++ {
		switch s[i] {
		case ':':
			if !strings.HasPrefix(s[i:], "://") {
				continue
			}
			for _, scheme := range [...]string{"https", "http", "ftp"} {
				if k := i - len(scheme); k >= at && strings.EqualFold(s[k:i], scheme) && (k == 0 || !isLetterByte(s[k-1])) {
					return k, i + 3
				}
			}
		case 'w', 'W':
			if i+4 < len(s) && s[i+3] == '.' && strings.EqualFold(s[i:i+3], "www") && wordByte(s[i+4]) && (i == 0 || !wordByte(s[i-1]) && s[i-1] != '.' && s[i-1] != '/' && s[i-1] != '@') {
				return i, i + 4
			}
		}
	}
	return -1, -1
}

func isLetterByte(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

func urlByte(c byte) bool {
	return c > ' ' && strings.IndexByte("<>\"'`|\\^{}", c) < 0
}

// trimURL takes off what ends the sentence, and a closing parenthesis that was not
// opened inside.
func trimURL(u string) string {
	for u != "" {
		switch c := u[len(u)-1]; {
		case strings.IndexByte(".,;:!?*_", c) >= 0:
		case c == ')' && strings.Count(u, "(") < strings.Count(u, ")"):
		case c == ']' && strings.Count(u, "[") < strings.Count(u, "]"):
		default:
			if t := strings.TrimSuffix(u, "…"); t != u {
				u = t
				continue
			}
			return u
		}
		u = u[:len(u)-1]
	}
	return u
}
