package rfc2350

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestMarkedHeadingWithValue: a heading by markup that holds a value too is read as the
// same line without marks, where the document has no other sections.
func TestMarkedHeadingWithValue(t *testing.T) {
	for _, text := range []string{
		"RFC 2350\n\n2.1 Name of it: EX-CERT 24 cert@team.example\n",
		"# RFC 2350\n\n## 2.1 Name of it: EX-CERT 24 cert@team.example\n",
		"<html><body><p>RFC 2350</p><h2>2.1 Name of it: EX-CERT 24 cert@team.example</h2></body></html>",
	} {
		d, err := Parse([]byte(text), Options{})
		require.NoError(t, err, text)
		require.Len(t, d.Sections, 1, text)
		require.Equal(t, SecName, d.Sections[0].ID)
		again, err := Parse(d.Text(), Options{})
		require.NoError(t, err, text)
		require.True(t, d.Equal(again), text)
	}
}

func parseFile(t *testing.T, name string) *Document {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "docs", name))
	require.NoError(t, err)
	d, err := Parse(data, Options{})
	require.NoError(t, err)
	return d
}

// TestHeadingsAfterAGap: sections that a team adds, numbered higher than the outline.
// Lines that only look numbered are none.
func TestHeadingsAfterAGap(t *testing.T) {
	d := parseFile(t, "gap.txt")
	var numbers []string
	for _, s := range d.Sections {
		numbers = append(numbers, s.Number)
	}
	require.Equal(t, []string{"1", "1.1", "1.5", "2", "2.1", "2.4", "2.7", "2.12", "2.20", "3", "3.1", "3.2", "3.7", "4", "4.1", "4.9", "5", "5.1", "5.1.5", "5.4"}, numbers)
	require.Len(t, d.Team.Phones, 1) // the number in 2.12 belongs to another section
	require.Contains(t, d.Sections[11].Body, "3.9 Million")
	require.True(t, afterGap("2.7", "2.12", "3"))
	require.False(t, afterGap("2.7", "2.12", "2.8"))
	require.False(t, afterGap("2.7", "4.12", "5"))
	require.False(t, afterGap("2.7", "2.99", ""))
}

// TestOutlineOfTheRFC: documents that number their sections as RFC 2350 describes them,
// in its section 3.
func TestOutlineOfTheRFC(t *testing.T) {
	d := parseFile(t, "body.txt")
	for id, number := range map[SectionID]string{SecUpdated: "3.1.1", SecName: "3.2.1", SecMission: "3.3.1", SecAuthority: "3.3.4", SecDisclosure: "3.4.2", SecTriage: "3.5.1.1", SecDisclaimers: "3.7"} {
		s, ok := d.Section(id)
		require.True(t, ok, id)
		require.Equal(t, number, s.Number)
	}
	require.Equal(t, "2025-03-04", d.Updated.String())
	require.Equal(t, "EX-CERT", d.Team.Name)
	require.NotContains(t, codes(d.Findings), "number-not-canonical")
}

// TestChaptersWithOtherTitles: a chapter whose title is not known is one if its first
// section follows, or if it stands alone, also after a gap. The items of lists are none.
func TestChaptersWithOtherTitles(t *testing.T) {
	d := parseFile(t, "chapters.txt")
	var numbers []string
	for _, s := range d.Sections {
		numbers = append(numbers, s.Number)
	}
	require.Equal(t, []string{"1", "1.1", "2", "2.1", "2.4", "3", "3.1", "4", "4.1", "7", "9"}, numbers)
	require.Equal(t, "Information and Procedures of the House", d.Sections[5].Title)
	require.Equal(t, "A map of the house.", d.Sections[10].Body)
	require.Contains(t, d.Sections[8].Body, "6. Open the window")
	require.Contains(t, d.Sections[6].Body, "4. Learn")

	body, err := Parse([]byte("RFC 2350\n\n2. Scope\n\nNone.\n\n3. Information, Policies and Procedures\n\n3.1 Obtaining the Document\n\nhttps://team.test/\n\n3.2 Contact Information\n\n3.2.1 Name of the Team\n\nEX-CERT\n\n3.2.5 Telephone Number\n\n+353 1 555 0100\n"), Options{})
	require.NoError(t, err)
	require.Equal(t, "3", body.Sections[0].Number)
	require.Equal(t, "Information, Policies and Procedures", body.Sections[0].Title)
}
