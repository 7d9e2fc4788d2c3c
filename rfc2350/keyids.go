package rfc2350

import "strings"

// findKeyIDs lists the key IDs that are called so, without those of subkeys: after
// "Key ID" or "0x", and in lines such as gpg prints ("pub 4096R/ABCDEF12").
func (x *lexed) findKeyIDs() []printed {
	if x.once(knowsKeyIDs) {
		x.lists.keyIDs = x.readKeyIDs()
	}
	return x.lists.keyIDs
}

func (x *lexed) readKeyIDs() []printed {
	var out []printed
	words := x.hexWords()
	last := 0
	for i := 0; i < len(words) && len(out) < 100; i++ {
		w := words[i]
		j := i + 1
		for digits := 4; len(w.hex) == 4 && j < len(words) && len(words[j].hex) == 4 && digits < 20 && strings.Trim(x.s[words[j-1].end:words[j].start], " \u00a0") == ""; digits += 4 {
			j++
		}
		if digits := len(w.hex) * (j - i); digits != 8 && digits != 16 {
			i = j - 1
			continue
		}
		hex := w.hex
		for _, next := range words[i+1 : j] {
			hex += next.hex
		}
		start := w.start
		prefixed := start >= 2 && (x.s[start-2:start] == "0x" || x.s[start-2:start] == "0X")
		if prefixed {
			start -= 2
		}
		at := x.holding(start)
		called, sub, pub := x.callsKeyID(at)
		slash := start > 0 && x.s[start-1] == '/'
		switch {
		case sub:
		case called && !(len(hex) == 8 && len(digitsOf(hex)) == 8 && !prefixed && !x.meaningsOf(max(0, at-6), at).has(mKeyID)),
			prefixed && len(w.hex) == len(hex), slash && pub:
			if a := x.aboutPrint(printed{start: start, end: words[j-1].end}, last); !a.other {
				out = append(out, printed{start, words[j-1].end, strings.ToUpper(hex), a.revoked})
			}
			last = words[j-1].end
		}
		i = j - 1
	}
	return out
}

// callsKeyID reports whether the words before token at call it a key ID, and whether
// it is in a line of gpg for a subkey or for a key.
func (x *lexed) callsKeyID(at int) (called, sub, pub bool) {
	for k := at - 1; k >= 0 && k >= at-8; k-- {
		t := &x.toks[k]
		if x.toks[k+1].gap >= gapLine && k < at-1 || x.toks[k+1].gap >= gapLine && !x.is(k, ':') {
			return
		}
		if t.kind != kWord {
			continue
		}
		w := fold(x.text(k, k+1))
		if w == "sub" || w == "ssb" {
			sub = true
			return
		}
		if w == "pub" {
			pub = true
			return
		}
		near := x.toks[at].start-t.end <= 14
		if t.means.has(mKeyID) && at-k <= 6 || near && (w == "id" || w == "key" || w == "keyid" || w == "kid") {
			called = true
		}
	}
	return
}
