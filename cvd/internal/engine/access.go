package engine

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// codeEnded reports whether a key is of a code that has ended or leads elsewhere.
func codeEnded(c *cvd.Case, k storage.Key) bool {
	return slices.ContainsFunc(c.Grants, func(g cvd.Grant) bool {
		return g.Kept(inner.Only{}).Key == k && (!g.Kept(inner.Only{}).Leads || !g.Ended.IsZero())
	})
}

func (s *Engine) CodeKey(bits [16]byte) storage.Key { return s.Key("access", string(bits[:])) }

const (
	CodeDigits = 26   // of base 32 for 128 bits
	codePrime  = 1021 // the check that follows them finds each wrong digit and each swap of two neighbours
)

func CodeCheck(digits []byte) (v uint) {
	for _, d := range digits {
		v = (v*32 + uint(d)) % codePrime
	}
	return v
}

// ParseCode reads a code as people write it, or says what is wrong with it.
func ParseCode(s string) (bits [16]byte, problem string) {
	if len(s) > 200 {
		return bits, "it is too long for a code"
	}
	var digits []byte
	for _, r := range strings.ToUpper(s) {
		switch r {
		case ' ', '\t', '\r', '\n', '\u00a0', '\u202f', '-', '\u2010', '\u2011', '\u2012', '\u2013', '\u2212':
			continue
		case 'O':
			r = '0'
		case 'I', 'L':
			r = '1'
		}
		d := strings.IndexRune(Crockford, r)
		if d < 0 {
			return bits, "it has a character that no code has"
		}
		digits = append(digits, byte(d))
	}
	if len(digits) != CodeDigits+2 {
		return bits, fmt.Sprintf("it has %d digits, a code has %d", len(digits), CodeDigits+2)
	}
	check := CodeCheck(digits[:CodeDigits])
	if digits[0] > 7 || uint(digits[CodeDigits])<<5|uint(digits[CodeDigits+1]) != check {
		return bits, "its last two digits do not fit the others: one is mistyped"
	}
	var acc, n uint
	at := len(bits)
	for i := CodeDigits - 1; i >= 0; i-- {
		for acc, n = acc|uint(digits[i])<<n, n+5; n >= 8; acc, n = acc>>8, n-8 {
			at--
			bits[at] = byte(acc)
		}
	}
	return bits, ""
}
