package rfc2350

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestHeadsAgreeWithAutomaton reads words with the table and without it.
func TestHeadsAgreeWithAutomaton(t *testing.T) {
	v := words()
	files, err := languageFiles.ReadDir("lang")
	require.NoError(t, err)
	seen, known := map[string]bool{}, 0
	check := func(w string) {
		if w == "" || seen[w] || !isLetterByte(w[0]) {
			return
		}
		seen[w] = true
		fast, slow := &lexed{s: w}, &lexed{s: w}
		for i := 0; i < len(w) && isLetterByte(w[i]); {
			i = fast.plainWords(i, gapNone, v)
			require.Equal(t, i, slow.anyWord(int(fast.toks[len(fast.toks)-1].start), gapNone, v), w)
		}
		require.Equal(t, slow, fast, w)
		if fast.toks[0].termOf > 0 {
			known++
		}
	}
	for _, f := range files {
		data, err := languageFiles.ReadFile("lang/" + f.Name())
		require.NoError(t, err)
		for _, w := range strings.FieldsFunc(string(data), func(r rune) bool { return strings.ContainsRune(" |*\n:", r) }) {
			for n := range w {
				check(w[:n])
			}
			for _, end := range []string{"", "s", "X", "ing", "é", "ß", "longer-than-that", "é\u0301"} {
				check(w + end)
				check(strings.ToUpper(w + end))
				check(strings.ToUpper(w[:1]) + w[1:] + end)
			}
		}
	}
	require.Greater(t, known, 10_000)
}

// TestHeadAt reads what is a letter and what is none at every place.
func TestHeadAt(t *testing.T) {
	for c := range 256 {
		for n := range headLetters + 1 {
			h := headAt(strings.Repeat("a", n)+string([]byte{byte(c)})+"bb", 0)
			want := n
			if n < headLetters && isLetterByte(byte(c)) {
				want = min(n+3, headLetters)
			}
			require.Equal(t, want, h.n, "%q after %d", c, n)
			require.Zero(t, h.letters>>(5*h.n))
		}
	}
}

// TestHintsHideNothing reads the language files with the hints and with ones that let
// everything through.
func TestHintsHideNothing(t *testing.T) {
	v := words()
	open, heads := *v, *v.heads
	every := hints{^uint64(0)}
	open.seconds, open.besides, heads.known, heads.stems = every, every, every, every
	open.heads = &heads
	files, err := languageFiles.ReadDir("lang")
	require.NoError(t, err)
	phrases, said := 0, 0
	check := func(text string) {
		fast, slow := lex(text, v), lex(text, &open)
		require.Equal(t, len(slow.toks), len(fast.toks), text)
		for i := range slow.toks {
			a, b := fast.toks[i], slow.toks[i]
			if a.kind == kWord {
				a.n, b.n = 0, 0 // only of words that may begin a phrase
			}
			require.Equal(t, b, a, text)
			if a.phraseOf > 0 {
				phrases++
			}
			for told := range beside(64) {
				says := open.says(slow.text(i, i+1), told)
				require.Equal(t, says, v.says(fast.text(i, i+1), told), text)
				if says {
					said++
				}
			}
		}
	}
	for _, f := range files {
		data, err := languageFiles.ReadFile("lang/" + f.Name())
		require.NoError(t, err)
		for l := range strings.Lines(string(data)) {
			for _, entry := range strings.FieldsFunc(l, func(r rune) bool { return strings.ContainsRune("|*:\n", r) }) {
				check(entry)
				check(strings.ToUpper(entry) + "s, " + strings.ReplaceAll(entry, " ", "\n"))
			}
		}
	}
	require.Greater(t, phrases, 1_000)
	require.Greater(t, said, 1_000)
}
