package portal_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The course of the case is told in the language of the page, as all of it is.
func TestTheTimelineSpeaksTheLanguageOfThePage(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	receipt := b.report()
	for tag, want := range map[string]string{
		"en": "Report 1 received", "de": "Meldung 1 eingegangen", "fr": "Signalement 1 reçu", "es": "Informe 1 recibido", "pl": "Otrzymano zgłoszenie 1",
	} {
		other := s.browser()
		other.lang = tag
		page := other.enter(receipt)
		require.Contains(t, page.text(), want)
		if tag != "en" {
			require.NotContains(t, strings.ReplaceAll(page.body, `lang="en" hreflang="en"`, ""), `lang="en"`, "but for the switch of languages")
			require.NotContains(t, page.text(), "received")
		}
	}
}
