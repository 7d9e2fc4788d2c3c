package rfc2350

import (
	"strings"
)

func isHex(c byte) bool {
	return isDigit(c) || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

func wordByte(c byte) bool {
	return isDigit(c) || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c >= 0x80 && c != 0xa0 && c != 0xc2
}

// hexWords lists the words that are only hexadecimal digits.
func hexWords(text string) []printed {
	var out []printed
	for i := 0; i < len(text); {
		if !wordByte(text[i]) {
			i++
			continue
		}
		j, hex := i, true
		for j < len(text) && wordByte(text[j]) {
			hex = hex && isHex(text[j])
			j++
		}
		from := i
		if !hex && j-i > 2 && (text[i+1] == 'x' || text[i+1] == 'X') && text[i] == '0' { // 0x…
			hex, from = true, i+2
			for k := from; k < j; k++ {
				hex = hex && isHex(text[k])
			}
		}
		if hex && j-from >= 2 && j-from <= 64 {
			out = append(out, printed{from, j, strings.ToUpper(text[from:j])})
		}
		i = j
	}
	return out
}

// findFingerprints joins hexadecimal words of equal length, separated by blanks,
// line ends or colons, to 40 digits; or to 64 or 32 where the word "fingerprint"
// stands before them.
func findFingerprints(text string) []printed {
	words := hexWords(text)
	var out []printed
	seen := map[string]bool{}
	for i := 0; i < len(words); {
		j, n := i, 0
		for j < len(words) && n < 64 && len(words[j].hex) == len(words[i].hex) && (j == i || joined(text[words[j-1].end:words[j].start])) {
			n += len(words[j].hex)
			j++
			if n == 40 && (len(words[i].hex) == 40 || !goesOn(text, words, i, j)) {
				break
			}
		}
		before := text[max(0, words[i].start-100):words[i].start]
		named := fprWord.MatchString(before)
		ok := n == 40 || named && (n == 32 || n == 64)
		if n == 40 && len(words[i].hex) == 2 && !named && j-i != 20 {
			ok = false
		}
		if !ok || hashWord.MatchString(before) {
			i++
			continue
		}
		p := printed{start: words[i].start, end: words[j-1].end}
		var b strings.Builder
		for _, w := range words[i:j] {
			b.WriteString(w.hex)
		}
		p.hex = b.String()
		if strings.Trim(p.hex, p.hex[:1]) != "" && !seen[p.hex] { // no "0000…" placeholders
			seen[p.hex] = true
			out = append(out, p)
		}
		i = j
		if len(out) >= 100 {
			break
		}
	}
	return out
}

// goesOn reports whether words of the same length follow up to 64 digits: a v6
// fingerprint.
func goesOn(text string, words []printed, i, j int) bool {
	n := 40
	for j < len(words) && n < 64 && len(words[j].hex) == len(words[i].hex) && joined(text[words[j-1].end:words[j].start]) {
		n += len(words[j].hex)
		j++
	}
	return n == 64
}

func joined(between string) bool {
	return len(between) <= 12 && strings.Trim(strings.ReplaceAll(between, "\u00a0", " "), " \t\n:") == ""
}

// findKeyIDs lists the key IDs that are called so, without those of subkeys.
func findKeyIDs(text string) []printed {
	var out []printed
	for _, m := range keyIDForm.FindAllStringSubmatchIndex(text, 100) {
		for g := 1; g <= 4; g++ {
			if m[2*g] < 0 {
				continue
			}
			hex := strings.ToUpper(strings.Map(func(r rune) rune {
				if r < 0x80 && isHex(byte(r)) {
					return r
				}
				return -1
			}, text[m[2*g]:m[2*g+1]]))
			if len(hex) != 8 && len(hex) != 16 || subKeyLine.MatchString(text[max(0, m[2*g]-20):m[2*g]]) {
				continue
			}
			if g == 1 && !strings.ContainsAny(text[m[0]:m[2*g]], "dD") && len(hex) == 8 && len(digitsOf(hex)) == 8 {
				continue // "key 2023 0101": digits alone, and not called an ID
			}
			out = append(out, printed{m[2*g], m[2*g+1], hex})
		}
	}
	return out
}

// placedKey is a key with its place in the text.
type placedKey struct {
	Key
	at int
}

func printedKeys(text string, prints []printed) []placedKey {
	var keys []placedKey
	for _, p := range prints {
		keys = append(keys, placedKey{Key{Fingerprint: p.hex}, p.start})
	}
	return keys
}

// attachIDs gives each key its printed ID. An ID that is the end of no fingerprint
// names a key of its own, unless it stands beside a fingerprint that has none: then
// one of the two is wrong.
func attachIDs(keys *[]placedKey, text string, ids []printed) (mismatched []string) {
	var rest []printed
next:
	for _, id := range ids {
		for i := range *keys {
			k := &(*keys)[i]
			if strings.HasSuffix(k.Fingerprint, id.hex) || k.at <= id.start && id.start < k.at+60 && strings.Contains(k.Fingerprint, id.hex) || strings.HasPrefix(k.Fingerprint, id.hex) && id.start >= k.at && id.start < k.at+80 {
				if strings.HasSuffix(k.Fingerprint, id.hex) && len(id.hex) > len(k.KeyID) {
					k.KeyID = id.hex
				}
				continue next
			}
		}
		rest = append(rest, id)
	}
	for _, id := range rest {
		if i := closest(*keys, id.start, 250); i >= 0 && (*keys)[i].KeyID == "" && (*keys)[i].Fingerprint != "" && len((*keys)[i].Fingerprint) != 32 {
			(*keys)[i].KeyID = id.hex
			mismatched = append(mismatched, id.hex)
			continue
		} else if i >= 0 && len((*keys)[i].Fingerprint) == 32 && (*keys)[i].KeyID == "" {
			(*keys)[i].KeyID = id.hex // the ID of a v3 key is not part of its fingerprint
			continue
		}
		double := false
		for _, k := range *keys {
			double = double || k.KeyID == id.hex || strings.HasSuffix(k.KeyID, id.hex)
		}
		if !double && len(*keys) < 50 {
			*keys = append(*keys, placedKey{Key{KeyID: id.hex}, id.start})
		}
	}
	return mismatched
}

// closest finds the key whose place is nearest, within far bytes.
func closest(keys []placedKey, at, far int) int {
	best, d := -1, far
	for i, k := range keys {
		n := k.at - at
		if n < 0 {
			n = -n
		}
		if n < d {
			best, d = i, n
		}
	}
	return best
}

// attachFacts gives each key the expiry, creation date, user ID and role that are
// printed near it.
func attachFacts(keys []placedKey, text string, order dateOrder) {
	const far = 500
	for _, m := range expiresForm.FindAllStringIndex(text, 100) {
		dates := findDates(text[m[1]:min(len(text), m[1]+40)])
		if len(dates) == 0 || dates[0].start > 12 {
			continue
		}
		if i := closest(keys, m[0], far); i >= 0 && keys[i].Expires.IsZero() {
			keys[i].Expires = order.settle(dates[0])
		}
	}
	for _, m := range pubDate.FindAllStringSubmatchIndex(text, 100) {
		for g := 1; g <= 2; g++ {
			if m[2*g] < 0 {
				continue
			}
			if dates := findDates(text[m[2*g]:m[2*g+1]]); len(dates) > 0 {
				if i := closest(keys, m[0], far); i >= 0 && keys[i].Created.IsZero() {
					keys[i].Created = dates[0].date
				}
			}
		}
	}
	for _, m := range uidForm.FindAllStringSubmatchIndex(text, 100) {
		for g := 1; g <= 2; g++ {
			if m[2*g] < 0 {
				continue
			}
			if i := closest(keys, m[0], far); i >= 0 && len(keys[i].UserIDs) < 20 {
				keys[i].UserIDs = append(keys[i].UserIDs, squeeze(text[m[2*g]:m[2*g+1]]))
			}
		}
	}
	for i := range keys {
		if signingWord.MatchString(text[max(0, keys[i].at-250):keys[i].at]) {
			keys[i].Role = "signing"
			continue
		}
	}
}
