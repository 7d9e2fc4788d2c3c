package rfc2350

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestPageNumbers: the number of a page has its word, in the languages that we read.
func TestPageNumbers(t *testing.T) {
	for s, want := range map[string]int{
		"EX-CERT RFC 2350      Page 2 of 4": 22,
		"Seite 3":                           0,
		"x | PÁGINA 3 de 12":                4,
		"Stranica 2 od 3":                   0,
		"Page 2/4":                          0,
		"Homepage 2":                        -1,
		"Page 2":                            0,
		"Room 2":                            -1,
		"Page2":                             -1,
		"page 1234":                         -1,
		"of 4":                              -1,
		"":                                  -1,
	} {
		require.Equal(t, want, pageTail(s), s)
	}
	for s, want := range map[string]bool{"- Page 3 -": true, "| Seite 3 von 4 |": true, "Strona 1 z 2": true, "See page 3": false, "--": false, "7": false, "": false} {
		require.Equal(t, want, s != "" && pageLine(s), s)
	}
}

// TestOutlineBits: each section of the outline has a bit of its own, in its order.
func TestOutlineBits(t *testing.T) {
	for i, o := range Outline() {
		require.Equal(t, uint8(i+1), o.ID.bit(), o.ID)
		require.Equal(t, o.Number, o.ID.canonicalNumber())
	}
	require.Zero(t, SectionID("nonsense").bit())
	require.Zero(t, setOf("", "nonsense"))
}

// TestPagesOfPapers: the foot of a page may name the page in brackets, and the head of
// the next one stands below it, without a form feed.
func TestPagesOfPapers(t *testing.T) {
	head := "EX-CERT            RFC 2350 Profile             May 2025"
	text := head + "\n\nRFC 2350 Profile of EX-CERT\n\n2. Contact Information\n\n2.2 Address\n\n   EX-CERT\n   1 Example Street\n\n\nSmith                  [Page 1]\n\n" + head + "\n\n2.3 Time Zone\n\nUTC\n\nSmith                  [Page 2]\n\n" + head + "\n\n2.4 Telephone Number\n\nNone\n\nSmith                  [Page 3]\n"
	d, err := Parse([]byte(text), Options{})
	require.NoError(t, err)
	require.Equal(t, []string{"EX-CERT", "1 Example Street"}, d.Team.Addresses[0].Lines)
	require.NotContains(t, string(d.Text()), "[Page")
	require.True(t, endsInPage("x [Page 1]") && !endsInPage("]") && !endsInPage(""))
}
