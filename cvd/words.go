package cvd

import (
	"context"
	"errors"
	"slices"
	"strings"
	"unicode"

	"github.com/cvdkit/cvdkit/cvd/storage"
)

// Free text: the words of a case's title are terms, as everything is that Find
// filters by, so every Store offers it and it costs what the list shows. A term is a
// keyed hash: no word of a title stands in the index, and nothing that somebody
// searches for reaches a database. It goes with the title, and with its erasure.

const (
	mostWords   = 32 // of a title that are indexed, and of a filter
	longestWord = 64 // bytes that count
)

// wordsOf splits a text into its words: letters and digits, in lower case, each once.
// A sign of a script that has no spaces between words is a word of its own.
func wordsOf(text Private) (words []string) {
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
		if len(words) > mostWords {
			return words
		}
	}
	end()
	return words
}

func (s *Service) wordTerms(words []string) (out []storage.Term) {
	for _, w := range words {
		out = append(out, "word:"+s.shortTag("word", w))
	}
	return out
}

// titleTerms are those of a title. Sealed titles have none.
func (s *Service) titleTerms(title Private) []storage.Term {
	if s.cfg.Sealer != nil {
		return nil
	}
	words := wordsOf(title)
	return s.wordTerms(words[:min(len(words), mostWords)])
}

// titleOf returns the title that a record gives to its case.
func titleOf(x entry) (title Private, gives bool) {
	switch x := x.(type) {
	case *caseOpened:
		return x.Title, true
	case *caseTitled:
		return x.Title, true
	case *submissionReceived:
		return x.Title, true
	}
	return "", false
}

// reworded adds to the change how the words of the title have moved.
func (d *decision) reworded(ctx context.Context) error {
	was, is := d.before.titled, d.c.titled
	if d.s.cfg.Sealer != nil || was == is && !slices.Contains(d.change.Erase, is) {
		return nil
	}
	var now []storage.Term
	for i := range d.fresh {
		if f := &d.fresh[i]; f.e.seq == is {
			title, _ := titleOf(f.x)
			now = d.s.titleTerms(title)
		}
	}
	old, err := d.s.oneText(ctx, d.c.ID, was, d.before.titleHash)
	if err != nil && !errors.Is(err, ErrTampered) { // of a title that cannot be read Reindex removes what is left
		return err
	}
	lost, won := difference(d.s.titleTerms(old), now)
	d.change.Untag, d.change.Tag = append(d.change.Untag, lost...), append(d.change.Tag, won...)
	return nil
}

// hasWords reports whether a title that a viewer sees is one that a filter asks for.
func hasWords(title, text Private) bool {
	words := wordsOf(title)
	for _, w := range wordsOf(text) {
		if !slices.Contains(words[:min(len(words), mostWords)], w) {
			return false
		}
	}
	return true
}
