package pgp_test

import (
	"fmt"
	"html"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/pgp"
)

// damages are what documents, mails and web pages do to a key block.
var damages = map[string]struct {
	do   func(block string) string
	want pgp.RepairKind
}{
	"intact":      {func(s string) string { return s }, ""},
	"crlf":        {func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }, ""},
	"indented":    {func(s string) string { return "  " + strings.ReplaceAll(s, "\n", "\n  ") }, ""},
	"flattened":   {func(s string) string { return strings.ReplaceAll(s, "\n", " ") }, pgp.RepairFlattened},
	"no blanks":   {func(s string) string { return strings.ReplaceAll(s, "\n", "") }, pgp.RepairFlattened},
	"quoted":      {func(s string) string { return "> " + strings.ReplaceAll(s, "\n", "\n> ") }, pgp.RepairQuoted},
	"twice":       {func(s string) string { return "> > " + strings.ReplaceAll(s, "\n", "\n> > ") }, pgp.RepairQuoted},
	"four dashes": {func(s string) string { return strings.ReplaceAll(s, "-----", "----") }, pgp.RepairDashes},
	"typographic": {func(s string) string { return strings.ReplaceAll(s, "-----", "\u2014\u2014\u2013") }, pgp.RepairDashes},
	"spaced":      {func(s string) string { return strings.ReplaceAll(s, "-----BEGIN", "----- BEGIN") }, pgp.RepairDashes},
	"html": {func(s string) string {
		return "<p>" + strings.ReplaceAll(html.EscapeString(s), "\n", "<br/>\n") + "</p>"
	}, pgp.RepairMarkup},
	"html on a line": {func(s string) string {
		return strings.ReplaceAll(strings.ReplaceAll(s, "+", "&#43;"), "\n", "<br>")
	}, pgp.RepairMarkup},
	"non-breaking": {func(s string) string { return strings.ReplaceAll(s, "\n", "\n\u00a0\u200b") }, ""},
	"page number":  {func(s string) string { return insertLine(s, 5, "Page 3 of 12") }, pgp.RepairJunk},
	"bare number":  {func(s string) string { return insertLine(s, 5, "17") }, pgp.RepairJunk},
	"running head": {func(s string) string { return insertLine(insertLine(s, 4, "Example CSIRT"), 7, "RFC 2350") }, pgp.RepairJunk},
	"double space": {func(s string) string { return strings.ReplaceAll(s, "\n", "\n\n") }, ""},
	"quoted-printable": {func(s string) string {
		return strings.ReplaceAll(strings.ReplaceAll(s, "=", "=3D"), "\n", "=\r\n\n")
	}, pgp.RepairEncoded},
	"headers": {func(s string) string {
		return strings.Replace(s, "-----\n\n", "-----\nVersion: GnuPG v2\nComment: of the team\n\n", 1)
	}, ""},
	"markup in a header": {func(s string) string {
		return strings.Replace(s, "-----\n\n", "-----\nComment: 0C6E <alice@example.org>\n\n", 1)
	}, ""},
	"flattened headers": {func(s string) string {
		return strings.ReplaceAll(strings.Replace(s, "-----\n\n", "-----\nVersion: GnuPG v2\n\n", 1), "\n", " ")
	}, pgp.RepairFlattened},
	"no end": {func(s string) string { return s[:strings.Index(s, "-----END")] }, pgp.RepairNoEnd},
	"in prose": {func(s string) string {
		return "Our key is a PGP PUBLIC KEY BLOCK, see below.\n" + s + "\nBEGIN with PGP.\n"
	}, ""},
}

func insertLine(s string, at int, line string) string {
	lines := strings.Split(s, "\n")
	return strings.Join(append(lines[:at:at], append([]string{line}, lines[at:]...)...), "\n")
}

func TestRepair(t *testing.T) {
	for _, k := range []key{alice(), rita(), carol()} {
		for name, d := range damages {
			text := d.do(string(k.Cert().Armor()))
			t.Run(name+" "+k.Cert().Algorithm(), func(t *testing.T) {
				got, repairs, err := pgp.ParseCerts(strings.NewReader(text), pgp.ParseOptions{})
				require.NoError(t, err, text)
				require.Len(t, got, 1)
				require.Equal(t, k.Cert().Bytes(), got[0].Bytes())
				if d.want == "" {
					require.Empty(t, repairs, text)
				} else {
					require.Contains(t, kinds(repairs), d.want)
					require.NotContains(t, kinds(repairs), pgp.RepairChecksum)
					_, _, err = pgp.ParseCerts(strings.NewReader(text), pgp.ParseOptions{Strict: true})
					require.ErrorIs(t, err, pgp.ErrDamaged)
				}
			})
		}
	}
}

// A wrong character in the block must never give a key that is not the key.
func TestDamagedBeyondRepair(t *testing.T) {
	block := string(alice().Cert().Armor())
	body := strings.Index(block, "\n\n") + 2
	end := strings.LastIndex(block, "\n=")
	good := alice().Cert()
	checksums := 0
	for i := body; i < end; i++ {
		if block[i] == '\n' {
			continue
		}
		other := byte('A')
		if block[i] == other {
			other = 'B'
		}
		got, repairs, err := pgp.ParseCerts(strings.NewReader(block[:i]+string(other)+block[i+1:]), pgp.ParseOptions{})
		if err == nil {
			require.Contains(t, kinds(repairs), pgp.RepairChecksum)
			checksums++
		}
		for _, c := range got {
			require.Equal(t, good.Fingerprint(), c.Fingerprint(), "position %d", i)
			for _, s := range c.Subkeys() {
				require.Equal(t, good.Subkeys()[0].Fingerprint, s.Fingerprint)
			}
		}
	}
	require.NotZero(t, checksums)
}

func TestSeveralBlocksAndLines(t *testing.T) {
	text := "one\n" + string(alice().Cert().Armor()) + "two\n> " +
		strings.ReplaceAll(strings.TrimSpace(string(bob().Cert().Armor())), "\n", "\n> ") + "\n" + string(alice().Cert().Armor())
	got, repairs, err := pgp.ParseCerts(strings.NewReader(text), pgp.ParseOptions{})
	require.NoError(t, err)
	require.Len(t, got, 2)
	require.Len(t, repairs, 1)
	require.Equal(t, pgp.RepairQuoted, repairs[0].Kind)
	require.Equal(t, "> -----BEGIN PGP PUBLIC KEY BLOCK-----", strings.Split(text, "\n")[repairs[0].Line-1])
}

func TestParseCertsErrors(t *testing.T) {
	unlocked, err := alice().ExportUnlocked()
	require.NoError(t, err)
	for text, want := range map[string]error{
		"":                   pgp.ErrNoKey,
		"no key here":        pgp.ErrNoKey,
		"üöä":                pgp.ErrNoKey,
		string(unlocked):     pgp.ErrSecretMaterial,
		"\xc6\x33 too short": pgp.ErrDamaged,
		"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n-----END PGP PUBLIC KEY BLOCK-----": pgp.ErrDamaged,
	} {
		got, _, err := pgp.ParseCerts(strings.NewReader(text), pgp.ParseOptions{})
		require.ErrorIs(t, err, want, text)
		require.Empty(t, got)
	}
}

// The cost of repair is linear: twice the text, about twice the work. What is
// counted is that hostile forms of 4 MiB do not hang.
func TestRepairIsBounded(t *testing.T) {
	const size = 4<<20 - 100
	for name, unit := range map[string]string{
		"begins": "-----BEGIN PGP PUBLIC KEY BLOCK-----\n", "words": "BEGIN PGP PUBLIC KEY ", "tags": "<",
		"dashes": "-", "quotes": "> ", "base64": "mQINBFpq", "equals": "=", "nbsp": "\u00a0",
	} {
		text := "-----BEGIN PGP PUBLIC KEY BLOCK-----\n" + strings.Repeat(unit, size/len(unit))
		start := time.Now()
		pgp.ParseCerts(strings.NewReader(text), pgp.ParseOptions{})
		require.Less(t, time.Since(start), 20*time.Second, fmt.Sprint(name))
	}
}
