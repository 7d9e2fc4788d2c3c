package rfc2350

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Email is an address of the team. Role is "incident", "other", or empty if the
// document does not say. Raw is the address as printed, where that is disguised.
type Email struct {
	Address string `json:"address"`
	Role    string `json:"role,omitempty"`
	Raw     string `json:"raw,omitempty"`
}

type foundEmail struct {
	start, end int
	address    string
}

var (
	atMark = regexp.MustCompile(`(?i)\s?[(\[{<]\s?(?:at|@t|@|a|ät|arroba|arobase|chiocciola|zavin\pL{1,2}|małpa)\s?[)\]}>]\s?|@|[ _](?:at|AT)[ _]`)
	// dotMark is a disguised point, in brackets or as a word.
	dotMark = regexp.MustCompile(`(?i)^\s?[(\[{]\s?(?:dot|\.|punkt|punto|ponto|point|tečka|kropka|titik|punt)\s?[)\]}]\s?|^ (?:dot|DOT|punkt|punto) |^ \. |^\.`)
	dotTail = regexp.MustCompile(`(?i)(?:\s?[(\[{]\s?(?:dot|\.|punkt|punto|ponto|point|tečka|kropka|titik|punt)\s?[)\]}]\s?| (?:dot|DOT) |\.)$`)
)

// findEmails lists the addresses of a text, also disguised ones. Each mark for "@"
// is looked at with at most a few hundred bytes around it.
func findEmails(text string) []foundEmail {
	var out []foundEmail
	last := 0
	for _, m := range atMark.FindAllStringIndex(text, 5000) {
		if m[0] < last {
			continue
		}
		mark := text[m[0]:m[1]]
		word := mark[0] == ' ' || mark[0] == '_'
		if strings.ContainsAny(mark, "([{<") {
			word = false
		}
		local, start := localPart(text, m[0], max(last, m[0]-80))
		domain, end, dots := domainPart(text, m[1], mark != "@", word)
		if local == "" || domain == "" || word && dots == 0 {
			continue
		}
		if start >= 2 && text[start-2:start] == "//" || start > 0 && (text[start-1] == '@' || text[start-1] == '/') {
			continue // user of a URL
		}
		out = append(out, foundEmail{start, end, strings.ToLower(local + "@" + domain)})
		last = end
	}
	return out
}

func localByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || isDigit(c) || strings.IndexByte("_%+-", c) >= 0
}

// localPart reads backwards from end.
func localPart(text string, end, floor int) (string, int) {
	i := end
	for i > floor && text[i-1] == ' ' && end-i < 2 {
		i--
	}
	var parts []string
	for len(parts) < 6 {
		j := i
		for j > floor && localByte(text[j-1]) {
			j--
		}
		if j == i {
			break
		}
		parts = append([]string{text[j:i]}, parts...)
		i = j
		m := dotTail.FindStringIndex(text[max(floor, i-10):i])
		if m == nil {
			break
		}
		k := max(floor, i-10) + m[0]
		if k <= floor || !localByte(text[k-1]) {
			break
		}
		i = k
	}
	if len(parts) == 0 {
		return "", end
	}
	if i > 0 {
		if r, _ := utf8.DecodeLastRuneInString(text[:i]); unicode.IsLetter(r) && r >= utf8.RuneSelf {
			return "", end // the word goes on with a letter that no address has
		}
	}
	local := strings.Join(parts, ".")
	if len(local) > 64 || strings.Trim(local, "-_%+") == "" {
		return "", end
	}
	return local, i
}

// domainPart reads forwards. dots counts the disguised points, which make a
// spelled-out "at" credible.
func domainPart(text string, start int, disguised, word bool) (domain string, end, dots int) {
	i := start
	for i < len(text) && text[i] == ' ' && i-start < 2 {
		i++
	}
	var labels []string
	for len(labels) < 10 {
		j := i
		for j < len(text) && j-i < 64 && (localByte(text[j]) && text[j] != '%' && text[j] != '+' && text[j] != '_') {
			j++
		}
		label := strings.Trim(text[i:j], "-")
		if label == "" || j-i > 63 {
			break
		}
		// "it [.] This": a point with blanks before a capitalized word ends a sentence.
		if len(labels) > 0 && label[0] >= 'A' && label[0] <= 'Z' && strings.ToLower(labels[len(labels)-1]) == labels[len(labels)-1] && text[i-1] == ' ' {
			break
		}
		labels = append(labels, label)
		end = j
		m := dotMark.FindStringIndex(text[j:min(len(text), j+12)])
		if m == nil {
			// "<info (a) circl lu>": points left out, inside angle brackets.
			if disguised && !word && j+1 < len(text) && text[j] == ' ' {
				if k := strings.IndexByte(text[j:min(len(text), j+30)], '>'); k > 1 && strings.Trim(text[j:j+k], "abcdefghijklmnopqrstuvwxyz ") == "" {
					i = j + 1
					dots++
					continue
				}
			}
			break
		}
		if text[j:j+m[1]] != "." {
			dots++
		}
		i = j + m[1]
	}
	for len(labels) >= 2 && !tld(labels[len(labels)-1]) {
		return "", start, 0
	}
	if len(labels) < 2 {
		return "", start, 0
	}
	return strings.Join(labels, "."), end, dots
}

func tld(s string) bool {
	if strings.HasPrefix(strings.ToLower(s), "xn--") {
		return true
	}
	if len(s) < 2 || len(s) > 24 {
		return false
	}
	for i := 0; i < len(s); i++ {
		if c := s[i] | 0x20; c < 'a' || c > 'z' {
			return false
		}
	}
	return true
}

var (
	parens     = regexp.MustCompile(`\([^()]{0,200}\)`)
	nonIncWord = regexp.MustCompile(`(?i)non[- ]?(?:security[- ])?incident|not (?:\w+ ){0,3}incident|other than|unrelated to|no relacionad|non li[ée]|tidak terkait|nicht\s+\pL*vorf|não relacionad|niezwiązan|nesouvis`)
	incWord    = regexp.MustCompile(`(?i)incident|\babuse|emergenc|vorf[aä]ll|notfall|insiden|urgen|signal(?:er|ement)|segnala|zgłasz|zgłosz|hlášen|meld(?:en|ung)|report(?:ing|s|ed)? (?:\w+ ){0,4}(?:vulnerab|security|threat|issue)|vulnerabilit|schwachstell|lapor`)
	otherWord  = regexp.MustCompile(`(?i)\bother|general|\binfo\b|information|administrat|inquir|enquir|question|allgemein|sonstig|andere|autres|otros|outros|altr[ei]|overige|pozosta|inne\b|ostatn|umum|lainnya|management|press\b`)
)

// emailRole reads the clause that the address stands in: what lies between the
// address before, or the sentence's start, and it; else what follows.
func emailRole(text string, prev, start, end, next int) string {
	from := max(prev, sentenceStart(text, start))
	if r := clauseRole(parens.ReplaceAllString(text[from:start], " ")); r != "" {
		return r
	}
	to := min(next, sentenceEnd(text, end))
	return clauseRole(text[end:to])
}

func clauseRole(s string) string {
	switch {
	case nonIncWord.MatchString(s):
		return "other"
	case incWord.MatchString(s):
		return "incident"
	case otherWord.MatchString(s):
		return "other"
	}
	return ""
}

const clauseBytes = 300

func sentenceStart(s string, at int) int {
	floor := max(0, at-clauseBytes)
	for i := at - 1; i > floor; i-- {
		if s[i] == '\n' && (s[i-1] == '\n' || s[i-1] == '.') || (s[i] == ' ' && (s[i-1] == '.' || s[i-1] == '!' || s[i-1] == ';') && i+1 < len(s) && !('a' <= s[i+1] && s[i+1] <= 'z')) {
			return i
		}
	}
	return floor
}

func sentenceEnd(s string, at int) int {
	roof := min(len(s), at+clauseBytes/2)
	for i := at; i+1 < roof; i++ {
		if s[i] == '\n' || s[i] == '.' && (s[i+1] == ' ' || s[i+1] == '\n') {
			return i
		}
	}
	return roof
}

// emailsOf lists the addresses of a section with their roles, each once.
func emailsOf(text string) []Email {
	found := findEmails(text)
	var out []Email
	index := map[string]int{}
	for i, f := range found {
		prev, next := 0, len(text)
		if i > 0 {
			prev = found[i-1].end
		}
		if i+1 < len(found) {
			next = found[i+1].start
		}
		role := emailRole(text, prev, f.start, f.end, next)
		if k, ok := index[f.address]; ok {
			if out[k].Role == "" {
				out[k].Role = role
			}
			continue
		}
		e := Email{Address: f.address, Role: role}
		if raw := text[f.start:f.end]; !strings.EqualFold(raw, f.address) {
			e.Raw = squeeze(raw)
		}
		index[f.address] = len(out)
		out = append(out, e)
	}
	return out
}
