package securitytxt

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestMisusedLanguages(t *testing.T) {
	for value, want := range map[string]Finding{
		"en, cz":            {Code: CodeMisusedLang, Suggestion: "cs"},
		"English":           {Code: CodeMisusedLang, Suggestion: "en"},
		"Deutsch, en":       {Code: CodeMisusedLang, Suggestion: "de"},
		"jp-JP":             {Code: CodeMisusedLang, Suggestion: "ja-JP"},
		"en-UK":             {Code: CodeMisusedLang, Suggestion: "en-GB"},
		"eng":               {Code: CodeMisusedLang, Suggestion: "en"},
		"us":                {Code: CodeMisusedLang, Suggestion: "en"},
		"portuguese":        {Code: CodeInvalidLang, Suggestion: "pt"},
		"Français":          {Code: CodeInvalidLang, Suggestion: "fr"},
		"日本語":               {Code: CodeInvalidLang, Suggestion: "ja"},
		"en_US":             {Code: CodeInvalidLang, Suggestion: "en-US"},
		"en_US.UTF-8":       {Code: CodeInvalidLang, Suggestion: "en-US"},
		"sr_RS@latin":       {Code: CodeInvalidLang, Suggestion: "sr-RS"},
		"cz_CZ":             {Code: CodeInvalidLang, Suggestion: "cs-CZ"},
		"en; fr":            {Code: CodeInvalidLang, Suggestion: "en, fr"},
		"en fr cz":          {Code: CodeInvalidLang, Suggestion: "en, fr, cs"},
		"en/de":             {Code: CodeInvalidLang, Suggestion: "en, de"},
		"en, , cz":          {Code: CodeInvalidLang, Suggestion: "cs"},
		"*":                 {Code: CodeInvalidLang},
		"e":                 {Code: CodeInvalidLang},
		"we speak English!": {Code: CodeInvalidLang},
	} {
		want.Field, want.Line = fieldNames[fieldPreferredLanguages], 3
		require.Contains(t, check(t, with("Preferred-Languages: "+value)), want, value)
	}
	for _, value := range []string{"en", "pt-BR, zh-Hant-TW", "uk, sv, se, kr, my, br", "tlh, haw, x-a, i-default, de-1996", "sr-Latn-RS", "en-GB-oed", "gsw, nds"} {
		fs := check(t, with("Preferred-Languages: "+value))
		noCode(t, fs, CodeMisusedLang)
		noCode(t, fs, CodeInvalidLang)
	}
	for _, l := range languageNames {
		require.True(t, validLangTag(l.tag))
		require.Empty(t, suggestTag(l.tag), "a tag is no misuse: %s", l.tag)
	}
}

// No field may cost an allocation of its own: the lists grow, nothing else.
func TestAllocations(t *testing.T) {
	for _, line := range []string{"Contact: mailto:security@example.com", "Contcat: x", "Contact: tel:+1-201-555-0123", "X-Unknown: y",
		"Policy: https://example.com/a", "Contact: openpgp4fpr:0123456789abcdef"} {
		in := []byte(base)
		for range 500 {
			in = append(in, line+"\n"...)
		}
		n := testing.AllocsPerRun(5, func() {
			d, _ := Parse(in)
			d.Check(CheckOptions{Now: now})
		})
		require.Less(t, n, 60.0, line)
	}
}
