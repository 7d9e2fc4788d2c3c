package engine

import (
	"strings"
)

// IsLanguage tells what can be a language tag of BCP 47 (RFC 5646).
func IsLanguage(tag string) bool {
	if len(tag) > 35 {
		return false
	}
	for i, part := range strings.Split(tag, "-") {
		if len(part) == 0 || len(part) > 8 || i == 0 && len(part) < 2 {
			return false
		}
		for _, r := range part {
			letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
			if !letter && (i == 0 || r < '0' || r > '9') {
				return false
			}
		}
	}
	return true
}
