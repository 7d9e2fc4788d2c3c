package service

import (
	"slices"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/caselog"
)

// hasWords reports whether a title that a viewer sees is one that a filter asks for.
func hasWords(title, text cvd.Private) bool {
	words := caselog.WordsOf(title)
	for _, w := range caselog.WordsOf(text) {
		if !slices.Contains(words[:min(len(words), caselog.MostWords)], w) {
			return false
		}
	}
	return true
}
