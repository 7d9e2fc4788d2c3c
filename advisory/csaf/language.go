package csaf

import (
	_ "embed" // the list below
	"strings"
	"sync"
)

//go:embed data/lang.txt
var languageData string

// subtags are the subtags of the registry by kind.
var subtags = sync.OnceValue(func() map[string]map[string]bool {
	out := map[string]map[string]bool{}
	for line := range strings.Lines(languageData) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		words := strings.Fields(line)
		set := make(map[string]bool, len(words))
		for _, w := range words[1:] {
			set[w] = true
		}
		out[words[0]] = set
	}
	return out
})

// isSubtag reports whether a subtag in lower case is registered, also as part
// of a private range, which the registry writes as first..last.
func isSubtag(kind, s string) bool {
	return subtags()[kind][s] || privateSubtag(kind, s)
}

// privateSubtag knows the ranges of RFC 5646, section 2.2.
func privateSubtag(kind, s string) bool {
	switch kind {
	case "language":
		return len(s) == 3 && s >= "qaa" && s <= "qtz"
	case "script":
		return len(s) == 4 && s >= "qaaa" && s <= "qabx"
	case "region":
		return len(s) == 2 && (s == "aa" || s >= "qm" && s <= "qz" || s >= "xa" && s <= "xz" || s == "zz")
	}
	return false
}

// languageFault returns what is wrong with a language tag, or "".
func languageFault(tag string) string {
	fault, _ := readLanguage(tag)
	return fault
}

// privateLanguage reports whether a tag has subtags for private use.
func privateLanguage(tag string) bool {
	_, private := readLanguage(tag)
	return private
}

// readLanguage reads a tag of RFC 5646 against the registry.
func readLanguage(tag string) (fault string, private bool) {
	tag = strings.ToLower(tag)
	if subtags()["grandfathered"][tag] {
		return "", false
	}
	parts := strings.Split(tag, "-")
	if parts[0] == "x" {
		return "", true
	}
	take := func(kind string) bool {
		if len(parts) == 0 || !isSubtag(kind, parts[0]) {
			return false
		}
		private = private || privateSubtag(kind, parts[0])
		parts = parts[1:]
		return true
	}
	language := parts[0]
	if !take("language") {
		return "the language subtag is not registered", false
	}
	for len(parts) > 0 && len(parts[0]) == 3 && strings.Trim(parts[0], lower) == "" {
		if !subtags()["extlang-prefix"][parts[0]+"="+language] {
			return "the extended language subtag is not registered for the language", private
		}
		parts = parts[1:]
	}
	if len(parts) > 0 && len(parts[0]) == 4 && strings.Trim(parts[0], lower) == "" && !take("script") {
		return "the script subtag is not registered", private
	}
	if len(parts) > 0 && (len(parts[0]) == 2 || len(parts[0]) == 3) && !take("region") {
		return "the region subtag is not registered", private
	}
	seen := map[string]bool{}
	for len(parts) > 0 && len(parts[0]) > 1 {
		v := parts[0]
		if seen[v] || !take("variant") {
			return "a variant subtag is not registered or is repeated", private
		}
		seen[v] = true
	}
	for len(parts) > 0 {
		if len(parts[0]) != 1 || len(parts) < 2 {
			return "the tag is malformed", private
		}
		if parts[0] == "x" {
			return "", true
		}
		// Extensions are registered for t and u (RFC 6067, RFC 6497).
		if parts[0] != "t" && parts[0] != "u" || seen[parts[0]] || len(parts[1]) < 2 {
			return "the extension is not registered or is repeated", private
		}
		seen[parts[0]] = true
		parts = parts[2:]
		for len(parts) > 0 && len(parts[0]) > 1 {
			parts = parts[1:]
		}
	}
	return "", private
}
