package rfc2350

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestHTMLGroupsFingerprints: people compare fingerprints four digits at a time; who
// copies one, or reads the page by program, gets what the document says.
func TestHTMLGroupsFingerprints(t *testing.T) {
	const print = "1C7D18B1B2987622DAF68347CE45D819A395ECAB"
	d := sample(t, map[SectionID]string{SecKeys: "Fingerprint: " + print + " <b>\nhttps://keys.example/" + print + ".asc"})
	page := string(d.HTML())
	require.Contains(t, page, `Fingerprint: <span class="fp"><span>1C7D</span><wbr><span>18B1</span><wbr>`)
	require.Contains(t, page, "</span> &lt;b&gt;")
	require.Contains(t, page, `<a href="https://keys.example/`+print+`.asc"`) // an address stays whole
	back, err := Parse([]byte(page), Options{})
	require.NoError(t, err)
	require.Equal(t, print, back.Keys()[0].Fingerprint)
	require.Equal(t, len(d.Sections), len(back.Sections)) // the number does not stick to the title
	require.Equal(t, d.Team, back.Team)
	s, _ := back.Section(SecKeys)
	require.Contains(t, s.Body, "Fingerprint: "+print+" <b>")
	for _, text := range []string{"1C7D18B1B2987622DAF68347CE45D819A395ECAB0", "1C7D18B1", "x1C7D18B1B2987622DAF68347CE45D819A395ECAB"} {
		require.Equal(t, text, groupPrints(text))
	}
	require.Contains(t, groupPrints("0x"+print), `0x<span class="fp"><span>1C7D</span>`)
}

// TestHTMLKeepsColumns: a table in plain text stays one; the contents of pages that are
// no more do not.
func TestHTMLKeepsColumns(t *testing.T) {
	d := sample(t, map[SectionID]string{SecUpdated: "Version   Date         Reason\n1.0       2019-06-30   first issue\n2.0       2025-02-17   new <key>"})
	page := string(d.HTML())
	require.Contains(t, page, "<pre class=\"cols\">Version   Date         Reason\n1.0       2019-06-30   first issue\n2.0       2025-02-17   new &lt;key&gt;</pre>")
	back, err := Parse([]byte(page), Options{})
	require.NoError(t, err)
	require.Equal(t, d.Version, back.Version)
	require.Equal(t, "2.0", back.Version)
	d.Preamble = []string{d.Title, "Charity of Example", "1. Document Information ............ 1"}
	page = string(d.HTML())
	require.Contains(t, page, "<p>Charity of Example</p>")
	require.NotContains(t, page, "........")
}

// TestHTMLPreamble: what stands before the sections stays, inside the header of the
// page, which must not hold another one (HTML, 4.3.8).
func TestHTMLPreamble(t *testing.T) {
	d := sample(t, nil)
	d.Preamble = []string{d.Title, "", "This page is for everybody."}
	page := string(d.HTML())
	require.Equal(t, 1, strings.Count(page, "<header>"))
	head, _, ok := strings.Cut(page, "</header>")
	require.True(t, ok)
	require.Contains(t, head, "<p>This page is for everybody.</p>")
}
