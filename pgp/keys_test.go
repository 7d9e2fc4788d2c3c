package pgp_test

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/pgp"
)

var quantum = generate("quinn", pgp.KeySpec{PostQuantum: true})

// draft-ietf-openpgp-pqc: named, made on demand, used, and kept here.
func TestPostQuantum(t *testing.T) {
	e := at(t0.Add(day))
	c := quantum().Cert()
	require.Equal(t, "mldsa65+ed25519", c.Algorithm())
	require.Equal(t, "mlkem768+x25519", c.Subkeys()[0].Algorithm)
	require.Empty(t, c.Lint(t0.Add(day), "quinn@example.org"))
	for name, to := range map[string][]pgp.Recipient{"alone": to(quantum()), "with an old key": to(quantum(), alice())} {
		msg := encrypt(t, e, []byte(poem), pgp.Envelope{To: to, From: secrets(quantum())})
		var out bytes.Buffer
		r, err := e.Decrypt(t.Context(), &out, bytes.NewReader(msg), pgp.Keyring{Secrets: secrets(quantum()), Certs: certs(quantum())})
		require.NoError(t, err, name)
		require.Equal(t, poem, out.String())
		require.Equal(t, pgp.Valid, pgp.Best(r.Signatures), "%s: %+v", name, r.Signatures)
	}
	clear, err := e.SignCleartext(t.Context(), []byte(poem), quantum().Secret)
	require.NoError(t, err)
	s, err := e.VerifyCleartext(clear, certs(quantum()))
	require.NoError(t, err)
	require.Equal(t, pgp.Valid, pgp.Best(s.Signatures))
	locked, err := quantum().Export([]byte("sesame"))
	require.NoError(t, err)
	back, err := pgp.ParseSecrets(bytes.NewReader(locked), func(string) ([]byte, error) { return []byte("sesame"), nil })
	require.NoError(t, err)
	require.Equal(t, c.Fingerprint(), back[0].Fingerprint())

	for name, data := range hidden(t, quantum().Secret) {
		require.True(t, pgp.HasSecret(data), name)
	}
	require.False(t, pgp.HasSecret(c.Bytes()))
	require.False(t, pgp.HasSecret(c.Armor()))
	_, _, err = e.Generate(pgp.KeySpec{Address: "a@example.org", PostQuantum: true, RSABits: 3072})
	require.ErrorIs(t, err, pgp.ErrUnsupported)
}

func opens(t testing.TB, e *pgp.Engine, s pgp.Secret, msg []byte) {
	t.Helper()
	_, err := e.Decrypt(t.Context(), io.Discard, bytes.NewReader(msg), pgp.Keyring{Secrets: []pgp.Secret{s}})
	require.NoError(t, err)
}

func TestAddressesAndSubkeys(t *testing.T) {
	for _, k := range []key{alice(), rita(), carol(), quantum()} {
		t.Run(k.Cert().Algorithm(), func(t *testing.T) {
			e := at(t0.Add(10 * day))
			before := encrypt(t, e, []byte(poem), pgp.Envelope{To: to(k)})
			s, err := e.AddAddress(k.Secret, "Security Team", "Security@example.org")
			require.NoError(t, err)
			require.True(t, s.Cert().HasAddress("security@example.org"))
			require.True(t, s.Cert().HasAddress(k.Cert().Addresses()[0]))
			require.Equal(t, k.Cert().Expires(), s.Cert().Expires())
			require.NoError(t, s.Cert().CanEncrypt(t0.Add(11*day), "security@example.org"))
			_, err = e.AddAddress(s, "Security Team", "Security@example.org")
			require.Error(t, err, "twice")

			s, err = e.RevokeAddress(s, "security@example.org", "the team moved")
			require.NoError(t, err)
			require.False(t, s.Cert().HasAddress("security@example.org"))
			require.True(t, s.Cert().HasAddress(k.Cert().Addresses()[0]))
			_, err = e.RevokeAddress(s, "security@example.org", "")
			require.ErrorIs(t, err, pgp.ErrWrongAddress)

			// A subkey that signs: what the primary key signed stays valid.
			old, err := e.SignCleartext(t.Context(), []byte(poem), s)
			require.NoError(t, err)
			s, err = e.AddSubkey(s, pgp.SubkeySpec{Sign: true, Lifetime: 100 * day})
			require.NoError(t, err)
			sub := s.Cert().Subkeys()[len(s.Cert().Subkeys())-1]
			require.True(t, sub.Sign)
			require.Equal(t, t0.Add(110*day), sub.Expires)
			fresh, err := at(t0.Add(20*day)).SignCleartext(t.Context(), []byte(poem), s)
			require.NoError(t, err)
			s, err = at(t0.Add(30*day)).RevokeSubkey(s, sub.Fingerprint, pgp.ReasonSuperseded, "")
			require.NoError(t, err)
			later := at(t0.Add(40 * day))
			for _, text := range [][]byte{old, fresh} {
				v, err := later.VerifyCleartext(text, []pgp.Cert{s.Cert()})
				require.NoError(t, err)
				require.Equal(t, pgp.Valid, v.Signatures[0].Status, v.Signatures[0].Reason)
			}
			gone, err := later.RevokeSubkey(s, sub.Fingerprint, pgp.ReasonCompromised, "stolen")
			require.NoError(t, err)
			v, err := later.VerifyCleartext(fresh, []pgp.Cert{gone.Cert()})
			require.NoError(t, err)
			require.Equal(t, pgp.Revoked, v.Signatures[0].Status)

			// A new encryption subkey takes over; the old one still reads.
			s, err = later.Rotate(s, pgp.SubkeySpec{})
			require.NoError(t, err)
			opens(t, later, s, before)
			after := encrypt(t, later, []byte(poem), pgp.Envelope{To: []pgp.Recipient{{Cert: s.Cert()}}})
			opens(t, later, s, after)
			_, err = later.Decrypt(t.Context(), io.Discard, bytes.NewReader(after), pgp.Keyring{Secrets: secrets(k)})
			require.ErrorIs(t, err, pgp.ErrNotForUs, "it was encrypted to the new subkey")
			require.NoError(t, s.Cert().CanEncrypt(t0.Add(40*day), ""))

			_, err = later.RevokeSubkey(s, "00", pgp.ReasonNone, "")
			require.ErrorIs(t, err, pgp.ErrNoKey)
		})
	}
	_, err := at(t0).AddSubkey(alice().Secret, pgp.SubkeySpec{PostQuantum: true})
	require.ErrorIs(t, err, pgp.ErrUnsupported)
	s, err := at(t0).AddSubkey(carol().Secret, pgp.SubkeySpec{PostQuantum: true})
	require.NoError(t, err)
	require.Equal(t, "mlkem768+x25519", s.Cert().Subkeys()[1].Algorithm)
}

func TestRevokeWithReason(t *testing.T) {
	e := at(t0.Add(30 * day))
	clear, err := at(t0.Add(day)).SignCleartext(t.Context(), []byte(poem), alice().Secret)
	require.NoError(t, err)
	for why, want := range map[pgp.Reason]pgp.Status{
		pgp.ReasonNone: pgp.Revoked, pgp.ReasonCompromised: pgp.Revoked, pgp.ReasonSuperseded: pgp.Valid, pgp.ReasonRetired: pgp.Valid,
	} {
		r, err := e.Revoke(alice().Secret, why, "see our page\a")
		require.NoError(t, err)
		c, err := alice().Cert().Merge(r.Armor())
		require.NoError(t, err)
		require.True(t, c.Revoked())
		got, text := c.WhyRevoked()
		require.Equal(t, why, got)
		require.Equal(t, "see our page\a", text)
		v, err := e.VerifyCleartext(clear, []pgp.Cert{c})
		require.NoError(t, err)
		require.Equal(t, want, v.Signatures[0].Status, why)
	}
}

func TestInventory(t *testing.T) {
	short, _, err := at(t0).Generate(pgp.KeySpec{Name: "Short, or; long \U0001f511 " + strings.Repeat("x", 60), Address: "short@example.org", Lifetime: 30 * day})
	require.NoError(t, err)
	ever, _, err := at(t0).Generate(pgp.KeySpec{Address: "ever@example.org", Lifetime: -1})
	require.NoError(t, err)
	gone, err := bob().Cert().Merge(bob().revocation.Armor())
	require.NoError(t, err)
	list := pgp.Inventory([]pgp.Cert{ever.Cert(), bob().Cert(), alice().Cert(), {}, short.Cert(), gone, short.Cert()}, t0.Add(day))
	var got []string
	for _, x := range list {
		got = append(got, x.Cert.Fingerprint())
	}
	require.Equal(t, []string{bob().Fingerprint(), short.Fingerprint(), alice().Fingerprint(), ever.Fingerprint()}, got)
	require.ErrorIs(t, list[0].Reason, pgp.ErrRevoked)
	require.True(t, list[0].Over)
	require.Equal(t, t0.Add(30*day), list[1].At)
	require.True(t, list[3].At.IsZero())

	var b bytes.Buffer
	require.NoError(t, pgp.WriteCalendar(&b, list, t0.Add(day), 14))
	text := b.String()
	require.Equal(t, 2, strings.Count(text, "BEGIN:VEVENT\r\n"), "neither what is over nor what never is")
	for _, want := range []string{"UID:" + short.Fingerprint() + "-20260204@pgp.cvdkit\r\n", "DTSTART;VALUE=DATE:20260204\r\n", "DTSTAMP:20260106T120000Z\r\n", "TRIGGER:-P14D\r\n", "PRODID:"} {
		require.Contains(t, text, want)
	}
	unfolded := strings.ReplaceAll(text, "\r\n ", "")
	require.Contains(t, unfolded, `Short\, or\; long `+"\U0001f511")
	for line := range strings.SplitSeq(text, "\r\n") {
		require.LessOrEqual(t, len(line), 75)
		require.NotContains(t, line, "\n")
	}
	later := pgp.Inventory([]pgp.Cert{short.Cert()}, t0.Add(31*day))
	require.True(t, later[0].Over)
	require.ErrorIs(t, later[0].Reason, pgp.ErrExpired)
	b.Reset()
	require.NoError(t, pgp.WriteCalendar(&b, later, t0, 0))
	require.NotContains(t, b.String(), "VEVENT")
}
