package caselog

import (
	"slices"
	"strings"
	"unicode"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// Free text: the words of a case's title are terms, as everything is that Find
// filters by, so every Store offers it and it costs what the list shows. A term is a
// keyed hash: no word of a title stands in the index, and nothing that somebody
// searches for reaches a database. It goes with the title, and with its erasure.

const (
	MostWords   = 32 // of a title that are indexed, and of a filter
	longestWord = 64 // bytes that count
)

// WordsOf splits a text into its words: letters and digits, in lower case, each once.
// A sign of a script that has no spaces between words is a word of its own.
func WordsOf(text cvd.Private) (words []string) {
	var w strings.Builder
	end := func() {
		if w.Len() > 0 && !slices.Contains(words, w.String()) {
			words = append(words, w.String())
		}
		w.Reset()
	}
	for _, r := range string(text) {
		switch {
		case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar):
			end()
			w.WriteRune(r)
			end()
		case unicode.IsLetter(r), unicode.IsDigit(r), unicode.IsMark(r):
			if w.Len() < longestWord {
				w.WriteRune(unicode.ToLower(r))
			}
		default:
			end()
		}
		if len(words) > MostWords {
			return words
		}
	}
	end()
	return words
}

func (s *Book) WordTerms(words []string) (out []storage.Term) {
	for _, w := range words {
		out = append(out, "word:"+s.ShortTag("word", w))
	}
	return out
}

// TitleTerms are those of a title. Sealed titles have none.
func (s *Book) TitleTerms(title cvd.Private) []storage.Term {
	if s.Cfg.Sealer != nil {
		return nil
	}
	words := WordsOf(title)
	return s.WordTerms(words[:min(len(words), MostWords)])
}

// TitleOf returns the title that a record gives to its case.
func TitleOf(x Entry) (title cvd.Private, gives bool) {
	switch x := x.(type) {
	case *CaseOpened:
		return x.Title, true
	case *CaseTitled:
		return x.Title, true
	case *SubmissionReceived:
		return x.Title, true
	}
	return "", false
}
