package pgp_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/pgp"
)

const poem = "Dear team,\n- a list\n--dashes\nFrom here  \n\ttabs\t\n\nümläut\n"

func TestCleartextRoundTrip(t *testing.T) {
	e := at(t0.Add(day))
	for _, k := range []key{alice(), carol(), rita()} {
		for _, text := range []string{poem, "", "\n", "one line", "crlf\r\nlines\r\n", "a\n\n\n"} {
			signed, err := e.SignCleartext(t.Context(), []byte(text), k.Secret)
			require.NoError(t, err)
			for _, data := range [][]byte{signed, bytes.ReplaceAll(signed, []byte("\n"), []byte("\r\n"))} {
				got, err := e.VerifyCleartext(data, certs(bob(), k))
				require.NoError(t, err, "%q\n%s", text, data)
				require.Equal(t, pgp.Valid, pgp.Best(got.Signatures), "%q: %+v\n%s", text, got.Signatures, data)
				require.Equal(t, k.Fingerprint(), got.Signatures[0].Signer)
				var want []string
				for _, l := range strings.Split(strings.TrimSuffix(strings.ReplaceAll(text, "\r\n", "\n"), "\n"), "\n") {
					want = append(want, strings.TrimRight(l, " \t"))
				}
				require.Equal(t, strings.Join(want, "\n"), string(got.Text))
			}
		}
	}
}

func TestCleartextStatuses(t *testing.T) {
	e := at(t0.Add(day))
	signed, err := e.SignCleartext(t.Context(), []byte(poem), alice().Secret)
	require.NoError(t, err)
	status := func(e *pgp.Engine, data []byte, c ...pgp.Cert) pgp.Status {
		got, err := e.VerifyCleartext(data, c)
		require.NoError(t, err)
		return pgp.Best(got.Signatures)
	}
	own := alice().Cert()
	require.Equal(t, pgp.Valid, status(e, signed, own))
	require.Equal(t, pgp.UnknownKey, status(e, signed, bob().Cert()))
	require.Equal(t, pgp.Bad, status(e, bytes.Replace(signed, []byte("team"), []byte("Team"), 1), own))
	// A key that expired later made good signatures before.
	require.Equal(t, pgp.Valid, status(at(t0.Add(9999*day)), signed, own))
	// A signature of tomorrow.
	require.Equal(t, pgp.KeyNotValidAtTime, status(at(t0), signed, own))
	revoked, err := own.Merge(alice().revocation.Armor())
	require.NoError(t, err)
	require.True(t, revoked.Revoked())
	require.Equal(t, pgp.Revoked, status(e, signed, revoked))
	require.Equal(t, pgp.Unverified, pgp.Best(nil))

	_, err = at(t0.Add(9999*day)).SignCleartext(t.Context(), []byte("x"), alice().Secret)
	require.ErrorIs(t, err, pgp.ErrExpired)
}

// Danger 11: whatever a reader would take for signed and is not.
func TestDanger11CleartextEnvelope(t *testing.T) {
	e := at(t0.Add(time.Hour))
	b, err := e.SignCleartext(t.Context(), []byte(poem), alice().Secret)
	require.NoError(t, err)
	signed := string(b)
	swap := func(old, new string) string {
		require.Contains(t, signed, old)
		return strings.Replace(signed, old, new, 1)
	}
	for name, data := range map[string]string{
		"text before":          "Pay at once.\n" + signed,
		"text after":           signed + "Pay at once.\n",
		"second envelope":      signed + signed,
		"other hash":           swap("Hash: SHA512", "Hash: SHA256"),
		"unknown hash":         swap("Hash: SHA512", "Hash: NONE"),
		"other header":         swap("Hash: SHA512", "Comment: pay"),
		"header behind a tab":  swap("SHA512\n\n", "SHA512\n\t\nPay at once.\n\n"),
		"separator of blanks":  swap("SHA512\n\n", "SHA512\n  \n"),
		"undashed line":        swap("- - a list", "-a list"),
		"undashed armor":       swap("- - a list", "-----BEGIN PGP MESSAGE-----"),
		"flattened":            strings.ReplaceAll(signed, "\n", " "),
		"no signature":         signed[:strings.Index(signed, "-----BEGIN PGP SIGNATURE")],
		"no end":               signed[:strings.Index(signed, "-----END PGP SIGNATURE")],
		"typographic dashes":   swap("-----BEGIN PGP SIGNED", "\u2014\u2014BEGIN PGP SIGNED"),
		"text in signature":    swap("-----END PGP SIG", "Pay at once.\n-----END PGP SIG"),
		"a key as a signature": signed[:strings.Index(signed, "-----BEGIN PGP SIGNATURE")] + string(alice().Cert().Armor()),
	} {
		got, err := e.VerifyCleartext([]byte(data), certs(alice()))
		require.ErrorIs(t, err, pgp.ErrDamaged, name)
		require.Empty(t, got.Text, name)
		require.Empty(t, got.Signatures, name)
	}
	_, err = e.VerifyCleartext([]byte("just text"), nil)
	require.ErrorIs(t, err, pgp.ErrNotSigned)
	require.Equal(t, "a [31m b  c", pgp.Printable("a\x1b[31m b\u202e\u200bc"))
}
