package rfc2350

import (
	"regexp"
	"strings"
)

var urlForm = regexp.MustCompile(`(?i)\b(?:https?|ftp)://[^\s<>"'\x60|\\^{}“”]{3,500}|\bwww\.[a-z0-9-]+(?:\.[a-z0-9-]+)+(?:/[^\s<>"'\x60|\\^{}“”]{0,400})?`)

// findURLs lists the web addresses of a text without the punctuation after them,
// each once.
func findURLs(text string) []string {
	var out []string
	seen := map[string]bool{}
	for _, m := range urlForm.FindAllString(text, 200) {
		u := trimURL(m)
		if strings.ContainsAny(u, "[]") && strings.Contains(u, "[at]") || seen[u] || len(u) < 8 {
			continue
		}
		seen[u] = true
		out = append(out, u)
	}
	return out
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
