package rfc2350

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestLines: one value of one line in a small document, in the languages that we
// read; see testdata/lines.tsv, and variants.tsv, which was written before its kinds
// were mended.
func TestLines(t *testing.T) {
	for _, r := range slices.Concat(readTSV(t, "testdata/lines.tsv"), readTSV(t, "testdata/variants.tsv"), readTSV(t, "testdata/teams.tsv"), readTSV(t, "testdata/kinds.tsv")) {
		for len(r) < 4 {
			r = append(r, "")
		}
		path, section, text, want := r[0], r[1], strings.ReplaceAll(r[2], `\n`, "\n"), r[3]
		d, err := Parse([]byte(lineDocument(section, text)), Options{})
		require.NoError(t, err)
		assert.Equal(t, want, jsonAt(t, d, path), "%s: %s: %s", path, section, text)
		for _, o := range d.Origins {
			body := strings.Join(d.Preamble, "\n")
			if o.Index >= 0 {
				body = d.Sections[o.Index].Body
			}
			require.LessOrEqual(t, o.End, len(body), text)
			require.Less(t, o.Start, o.End, text)
			require.Equal(t, o.Section, sectionOf(d, o), text)
		}
	}
}

func sectionOf(d *Document, o Origin) SectionID {
	if o.Index < 0 {
		return ""
	}
	return d.Sections[o.Index].ID
}

// lineDocument puts a text into the section of a document that says little else.
func lineDocument(section, text string) string {
	number, title, _ := strings.Cut(section, " ")
	pre := "RFC 2350 description\n\n"
	if number == "0" {
		return pre + text + "\n\n1. Document Information\n1.1 Date of Last Update\n2025-01-02\n\n2. Contact Information\n2.1 Name of the Team\nEX-CERT\n\n3. Charter\n3.1 Mission Statement\nWe help.\n"
	}
	var b strings.Builder
	b.WriteString(pre)
	done := false
	for _, s := range [][3]string{{"1", "Document Information", ""}, {"1.1", "Date of Last Update", "2025-01-02"}, {"2", "Contact Information", ""}, {"2.1", "Name of the Team", "EX-CERT"}, {"3", "Charter", ""}, {"3.1", "Mission Statement", "We help."}, {"4", "Policies", ""}, {"4.1", "Types of Incidents and Level of Support", "All kinds."}, {"5", "Services", ""}, {"5.1", "Incident Response", "We help."}, {"7", "Disclaimers", "None."}} {
		if !done && compareNumbers(number, s[0]) <= 0 {
			b.WriteString(number + " " + title + "\n" + text + "\n\n")
			done = true
			if number == s[0] {
				continue
			}
		}
		b.WriteString(s[0] + " " + s[1] + "\n" + s[2] + "\n\n")
	}
	return b.String()
}

// TestWordsOfLanguages: the vocabulary is read, and a language is one file.
func TestWordsOfLanguages(t *testing.T) {
	require.Equal(t, strings.Fields("cs de en es fi fr hr id it ja nl pl pt ru sh sk sv"), words().langs)
	require.Greater(t, len(words().terms), 3000)
	require.Panics(t, func() { newBuilder().language("xx", "nonsense: word") })
}

// TestOrigins: a value is where its origin says.
func TestOrigins(t *testing.T) {
	d, err := Parse([]byte(lineDocument("2.4 Telephone Number", "Call +49 30 23125 000 now")), Options{})
	require.NoError(t, err)
	for _, o := range d.Origins {
		if o.Field == "team.phones" {
			require.Equal(t, "+49 30 23125 000", d.Sections[o.Index].Body[o.Start:o.End])
			require.Equal(t, SecPhone, o.Section)
			require.Equal(t, 16, o.Line)
			return
		}
	}
	require.Fail(t, "the number has no origin")
}

// TestCutTexts: no recognizer looks past the ends of a text, wherever it is cut.
func TestCutTexts(t *testing.T) {
	ignore := func(string, int, int) {}
	for n, r := range slices.Concat(readTSV(t, "testdata/lines.tsv"), readTSV(t, "testdata/variants.tsv"), readTSV(t, "testdata/teams.tsv"), readTSV(t, "testdata/kinds.tsv")) {
		s := strings.ReplaceAll(r[2], `\n`, "\n")
		if n%12 != 0 || len(s) > 300 {
			continue
		}
		for i := range s {
			for _, cut := range []string{s[:i], s[i:]} {
				require.NotPanics(t, func() {
					x := lex(cut, words())
					x.dates = x.findDates()
					x.readFingerprints()
					x.readKeyIDs()
					x.findHours()
					x.findPhones()
					x.emailsOf()
					x.findZones()
					x.findDisclosure()
					x.newest(dateOrder{}, false)
					x.country()
					x.domains(true, ignore)
					x.networks(func(_ string, from, to int) { _ = x.excepted(from) || x.outOfScope(to) })
					x.asNumbers(func(_ string, from, to int) { _ = x.excepted(from) || x.outOfScope(to) })
					splitLabels(cut)
					shortName(cut)
					saidName(cut)
				}, cut)
			}
		}
	}
}
