package rfc2350

import (
	"strings"
	"unicode/utf8"
)

// placedKey is a key with its place in the text.
type placedKey struct {
	Key
	at, end int
}

func printedKeys(prints []printed) []placedKey {
	var keys []placedKey
	for _, p := range prints {
		keys = append(keys, placedKey{Key{Fingerprint: p.hex, Revoked: p.revoked}, p.start, p.end})
	}
	return keys
}

// attachIDs gives each key its printed ID. An ID that is the end of no fingerprint
// names a key of its own, unless it stands beside a fingerprint that has none: then
// one of the two is wrong.
func attachIDs(keys *[]placedKey, ids []printed) (mismatched []string) {
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
		for i, k := range *keys {
			if k.Fingerprint == "" && len(k.KeyID) == 8 && strings.HasSuffix(id.hex, k.KeyID) {
				(*keys)[i].KeyID, double = id.hex, true // the short ID, then the long one
			}
			double = double || k.KeyID == id.hex || strings.HasSuffix(k.KeyID, id.hex)
		}
		if !double && len(*keys) < 50 {
			*keys = append(*keys, placedKey{Key{KeyID: id.hex, Revoked: id.revoked}, id.start, id.end})
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
func (x *lexed) attachFacts(keys []placedKey, order dateOrder) {
	const far = 500
	if len(keys) == 0 {
		return
	}
	for _, f := range x.dates {
		expiry, created := x.dateFact(f)
		if !expiry && !created {
			continue
		}
		i := closest(keys, f.start, far)
		switch {
		case i < 0:
		case expiry && keys[i].Expires.IsZero():
			keys[i].Expires = order.settle(f)
		case created && keys[i].Created.IsZero():
			keys[i].Created = order.settle(f)
		}
	}
	for i := range x.toks {
		if t := &x.toks[i]; t.kind != kWord || t.end-t.start > 4 {
			continue
		}
		if c := x.s[x.toks[i].start]; c|0x20 != 'u' && c < utf8.RuneSelf {
			continue
		}
		uid, at := x.userID(i)
		if uid == "" {
			continue
		}
		if k := closest(keys, at, far); k >= 0 && len(keys[k].UserIDs) < 20 {
			keys[k].UserIDs = append(keys[k].UserIDs, uid)
		}
	}
	for i := range keys {
		for k := x.find(keys[i].at) - 1; k >= 0 && keys[i].at-int(x.toks[k].start) < 250; k-- {
			if x.has(k, mSigning) {
				keys[i].Role = "signing"
				break
			}
		}
	}
}

// dateFact tells whether a date is when a key expires or was made, by the words right
// before it.
func (x *lexed) dateFact(f foundDate) (expiry, created bool) {
	for k := f.from - 1; k >= 0 && k >= f.from-6; k-- {
		t := &x.toks[k]
		if t.kind == kSign && t.sign() == '.' || t.gap == gapParagraph && k < f.from-1 {
			return
		}
		if t.kind != kWord {
			continue
		}
		if t.means.has(mExpires) {
			return true, false
		}
		if w := fold(x.text(k, k+1)); w == "pub" || w == "created" || w == "creation" {
			return false, true
		}
		if x.toks[f.from].start-t.end > 14 {
			return
		}
	}
	return
}

// userID reads "uid  Name <address>" and "User ID: Name" at token i.
func (x *lexed) userID(i int) (string, int) {
	w := fold(x.text(i, i+1))
	end := int(x.toks[i].end)
	switch {
	case w == "uid":
	case w == "user" && (fold(x.text(i+1, min(i+2, len(x.toks)))) == "id" || x.is(i+1, '-') && fold(x.text(i+2, min(i+3, len(x.toks)))) == "id"):
		k := i + 1
		if x.is(k, '-') {
			k++
		}
		if !x.is(k+1, ':') && !x.is(k+1, '=') {
			return "", 0
		}
		end = int(x.toks[k+1].end)
		line, _, _ := strings.Cut(x.s[end:], "\n")
		if line = squeeze(clip(line, 150)); len(line) < 3 {
			return "", 0
		}
		return line, int(x.toks[i].start)
	default:
		return "", 0
	}
	line, _, _ := strings.Cut(clip(x.s[end:], 220), "\n")
	line = strings.TrimLeft(line, ": ")
	if strings.HasPrefix(line, "[") {
		if k := strings.IndexByte(line, ']'); k > 0 {
			line = strings.TrimSpace(line[k+1:])
		}
	}
	open := strings.IndexByte(line, '<')
	to := strings.IndexByte(line, '>')
	if open < 1 || open > 100 || to < open+4 {
		return "", 0
	}
	return squeeze(line[:to+1]), int(x.toks[i].start)
}
