// Package enum gives small enumerations their text form: the word that String
// returns, read back.
package enum

import (
	"fmt"
	"strconv"
	"strings"
)

// Word returns the name of a value, or its number where it has none: a later
// version may know it.
func Word(words []string, n uint8) string {
	if int(n) < len(words) {
		return words[n]
	}
	return "unknown(" + strconv.Itoa(int(n)) + ")"
}

// Unmarshal sets e to the value whose String is text. The error names the words
// that there are, and not what was there instead.
func Unmarshal[E interface {
	~uint8
	String() string
}](e *E, text []byte) error {
	var known []string
	for n := range 256 {
		word := E(n).String()
		if word == string(text) {
			*e = E(n)
			return nil
		}
		if !strings.HasSuffix(word, ")") {
			known = append(known, word)
		}
	}
	if len(known) > 16 {
		known = append(known[:15], "…")
	}
	return fmt.Errorf("the words are: %s", strings.Join(known, ", "))
}

// Set returns the words of the bits that are set, separated by commas.
func Set(words []string, bits uint16) string {
	var have []string
	for i := range 16 {
		if bits&(1<<i) != 0 {
			have = append(have, Word(words, uint8(i)))
		}
	}
	return strings.Join(have, ", ")
}

// UnmarshalSet reads what Set wrote.
func UnmarshalSet[E ~uint8 | ~uint16](e *E, words []string, text []byte) error {
	var bits uint16
	for word := range strings.SplitSeq(string(text), ",") {
		word = strings.TrimSpace(word)
		if word == "" && len(text) == 0 {
			break
		}
		i := 0
		for i < 16 && Word(words, uint8(i)) != word {
			i++
		}
		if i == 16 || uint16(E(1)<<i) == 0 {
			return fmt.Errorf("the words are: %s", strings.Join(words, ", "))
		}
		bits |= 1 << i
	}
	*e = E(bits)
	return nil
}
