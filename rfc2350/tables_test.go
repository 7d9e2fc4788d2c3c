package rfc2350

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestMarkdownTables: the label cell names what the value cell states.
func TestMarkdownTables(t *testing.T) {
	d, err := Parse([]byte(`# EX-CERT, RFC 2350

## 1. Document Information

| Item | Value |
|------|-------|
| Date of Last Update | 2025-01-02 |
| Review | every year |

## 2. Contact Information

| | |
|:--|--:|
| **Name of the Team** | EX-CERT |
| Address | EX-CERT<br>5 Sample Road<br>Dublin<br>Ireland |
| Time Zone | Europe/Dublin (UTC+0, UTC+1 in summer) |
| Telephone Number | +353 1 555 0100 |
| Electronic Mail Address | `+"`cert@team.example`"+` |
| Pipe | a \| b |

## 3. Charter
### 3.1 Mission Statement
We help.

Name | Task
--- | ---
Address | we look after it
`), Options{})
	require.NoError(t, err)
	require.Equal(t, "2025-01-02", d.Updated.String())
	require.Equal(t, "EX-CERT", d.Team.Name)
	require.Equal(t, "cert@team.example", d.Team.Emails[0].Address)
	require.Equal(t, "+35315550100", d.Team.Phones[0].E164)
	require.Equal(t, "Europe/Dublin", d.Team.TimeZones[0].IANA)
	require.Equal(t, "IE", d.Team.Addresses[0].Country)
	s, ok := d.Section(SecAddress)
	require.True(t, ok)
	require.Equal(t, "EX-CERT\n5 Sample Road\nDublin\nIreland", s.Body)
	require.Equal(t, 15, s.Line)
	text := string(d.Text())
	require.Contains(t, text, "Review: every year")
	require.Contains(t, text, "Pipe: a | b")
	require.Contains(t, text, "Address: we look after it") // in the charter it is no heading
	require.NotContains(t, text, "---")
	back, err := Parse(d.Text(), Options{})
	require.NoError(t, err)
	require.Equal(t, d.Team, back.Team)
}

func TestDelimiterRow(t *testing.T) {
	for _, s := range []string{"|---|---|", "--- | :---:", "| - | - |", "|:--|"} {
		require.True(t, delimiterRow(s), s)
	}
	for _, s := range []string{"", "---", "-----", "| |", "|:|:|", "| a | b |", "|-- --|"} {
		require.False(t, delimiterRow(s), s)
	}
	require.Len(t, cells(strings.Repeat("a|", 1000)), maxCells)
}
