package pgp_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/pgp"
)

// ours makes keys that are valid by the clock of the machine, which the other
// programs use.
func ours(t testing.TB, name string, spec pgp.KeySpec) pgp.Secret {
	t.Helper()
	spec.Address = name + "@example.org"
	s, _, err := new(pgp.Engine).Generate(spec)
	require.NoError(t, err)
	return s
}

func parseOne(t testing.TB, data []byte) pgp.Cert {
	t.Helper()
	got, repairs, err := pgp.ParseCerts(bytes.NewReader(data), pgp.ParseOptions{})
	require.NoError(t, err)
	require.Empty(t, repairs)
	require.Len(t, got, 1)
	return got[0]
}

var interopTexts = []string{"", "hello", poem, "\xff\xfe\x00binary\r\n", strings.Repeat("0123456789abcdef", 20_000)}

func TestInteropGPG(t *testing.T) {
	g := newGPG(t)
	e := new(pgp.Engine)
	us := ours(t, "us", pgp.KeySpec{Name: "Us"})
	usRSA := ours(t, "us-rsa", pgp.KeySpec{RSABits: 3072})
	for _, s := range []pgp.Secret{us, usRSA} {
		g.run(s.Cert().Armor(), "--import")
	}
	for _, algo := range []struct{ sign, encrypt, name string }{
		{"rsa2048", "rsa2048", "rsa2048"}, {"rsa4096", "rsa4096", "rsa4096"},
		{"ed25519", "cv25519", "ed25519"}, {"nistp256", "nistp256", "nistp256"}, {"nistp384", "nistp384", "nistp384"},
		{"nistp521", "nistp521", "nistp521"}, {"brainpoolP256r1", "brainpoolP256r1", "brainpoolP256r1"},
		{"brainpoolP384r1", "brainpoolP384r1", "brainpoolP384r1"}, {"brainpoolP512r1", "brainpoolP512r1", "brainpoolP512r1"},
	} {
		t.Run(algo.name, func(t *testing.T) {
			g.t = t
			if testing.Short() && algo.name == "rsa4096" {
				t.Skip("making an RSA-4096 key is slow")
			}
			addr := algo.name + "@example.net"
			g.run(nil, "--quick-gen-key", addr, algo.sign, "cert,sign", "1y")
			list := string(g.run(nil, "--with-colons", "--list-keys", addr))
			fpr := strings.SplitN(list[strings.Index(list, "\nfpr:")+5:], ":", 10)[8]
			g.run(nil, "--quick-add-key", fpr, algo.encrypt, "encr", "1y")

			them := parseOne(t, g.run(nil, "--armor", "--export", addr))
			require.Equal(t, fpr, them.Fingerprint())
			require.Equal(t, algo.name, them.Algorithm())
			require.Empty(t, them.Lint(time.Now(), addr))
			theirs, err := pgp.ParseSecrets(bytes.NewReader(g.run(nil, "--export-secret-keys", addr)), nil)
			require.NoError(t, err)
			require.Len(t, theirs, 1)

			texts := interopTexts
			if raceEnabled {
				texts = texts[1:4] // the other program's part is what takes time
			}
			for i, text := range texts {
				from := []pgp.Secret{us, usRSA}[i%2]
				// From us to them, and what their own key gives here.
				msg := encrypt(t, e, []byte(text), pgp.Envelope{
					To: []pgp.Recipient{{Address: addr, Cert: them, Hidden: i == 2}}, From: []pgp.Secret{from}, Form: pgp.Form{Binary: i%2 == 0}})
				out, status, err := g.try(msg, "--status-fd", "2", "--decrypt")
				require.NoError(t, err, string(status))
				require.Equal(t, text, string(out))
				require.Contains(t, string(status), "GOODSIG "+from.Cert().KeyID())
				require.Contains(t, string(status), "DECRYPTION_OKAY")

				// From them to us, compressed as gpg does by itself.
				to := []string{"--recipient", "--hidden-recipient"}[i%2]
				reply := g.run([]byte(text), "--armor", "--local-user", addr, "--sign", "--encrypt", to, "us@example.org", "-r", "us-rsa@example.org")
				for _, mine := range []pgp.Secret{us, usRSA} {
					var got bytes.Buffer
					r, err := e.Decrypt(t.Context(), &got, bytes.NewReader(reply), pgp.Keyring{Secrets: []pgp.Secret{mine}, Certs: []pgp.Cert{them}})
					require.NoError(t, err)
					require.Equal(t, text, got.String())
					require.Equal(t, pgp.Valid, pgp.Best(r.Signatures), "%+v", r)
				}

				// Signatures, both ways, by our and by their key.
				for _, s := range []pgp.Secret{from, theirs[0]} {
					var sig bytes.Buffer
					_, err = e.SignDetached(t.Context(), &sig, strings.NewReader(text), s, pgp.Form{})
					require.NoError(t, err)
					g.run(nil, "--verify", g.file("sig", sig.Bytes()), g.file("doc", []byte(text)))
				}
				sig := g.run([]byte(text), "--local-user", addr, "--detach-sign")
				got, err := e.VerifyDetached(t.Context(), strings.NewReader(text), bytes.NewReader(sig), []pgp.Cert{them})
				require.NoError(t, err)
				require.Equal(t, pgp.Valid, got[0].Status, "%+v", got)
			}

			clear := g.run([]byte(poem), "--local-user", addr, "--clear-sign")
			signed, err := e.VerifyCleartext(clear, []pgp.Cert{them})
			require.NoError(t, err, string(clear))
			require.Equal(t, pgp.Valid, pgp.Best(signed.Signatures))
			clear, err = e.SignCleartext(t.Context(), []byte(poem), theirs[0])
			require.NoError(t, err)
			g.run(clear, "--verify")
		})
	}
	g.t = t

	t.Run("password", func(t *testing.T) {
		g.t = t
		out, errs, err := g.try(encrypt(t, e, []byte(poem), pgp.Envelope{Passwords: [][]byte{[]byte("horse")}}), "--passphrase", "horse", "--decrypt")
		require.NoError(t, err, string(errs))
		require.Equal(t, poem, string(out))
		var got bytes.Buffer
		_, err = e.Decrypt(t.Context(), &got, bytes.NewReader(g.run([]byte(poem), "--passphrase", "horse", "--symmetric")),
			pgp.Keyring{Passwords: [][]byte{[]byte("wrong"), []byte("horse")}})
		require.NoError(t, err)
		require.Equal(t, poem, got.String())
	})

	t.Run("locked keys", func(t *testing.T) {
		g.t = t
		locked, err := us.Export([]byte("sesame"))
		require.NoError(t, err)
		other := newGPG(t)
		other.run(locked, "--passphrase", "sesame", "--import")
		out, errs, err := other.try(encrypt(t, e, []byte(poem), pgp.Envelope{To: []pgp.Recipient{{Cert: us.Cert()}}}), "--passphrase", "sesame", "--decrypt")
		require.NoError(t, err, string(errs))
		require.Equal(t, poem, string(out))
		back := other.run(nil, "--passphrase", "sesame", "--armor", "--export-secret-keys")
		got, err := pgp.ParseSecrets(bytes.NewReader(back), func(string) ([]byte, error) { return []byte("sesame"), nil })
		require.NoError(t, err)
		require.Equal(t, us.Fingerprint(), got[0].Fingerprint())
		// The primary key stays at home.
		stub := other.run(nil, "--passphrase", "sesame", "--armor", "--export-secret-subkeys")
		got, err = pgp.ParseSecrets(bytes.NewReader(stub), func(string) ([]byte, error) { return []byte("sesame"), nil })
		require.NoError(t, err)
		var plain bytes.Buffer
		_, err = e.Decrypt(t.Context(), &plain, bytes.NewReader(encrypt(t, e, []byte(poem), pgp.Envelope{To: []pgp.Recipient{{Cert: us.Cert()}}})), pgp.Keyring{Secrets: got})
		require.NoError(t, err)
		_, err = e.SignCleartext(t.Context(), []byte("x"), got[0])
		require.ErrorIs(t, err, pgp.ErrUnsupported)
	})

	t.Run("revocation", func(t *testing.T) {
		g.t = t
		s, rev, err := e.Generate(pgp.KeySpec{Address: "short@example.org"})
		require.NoError(t, err)
		g.run(s.Cert().Armor(), "--import")
		g.run(rev.Armor(), "--import")
		require.Contains(t, string(g.run(nil, "--with-colons", "--list-keys", "short@example.org")), "pub:r:")
		c := parseOne(t, g.run(nil, "--armor", "--export", "short@example.org"))
		require.True(t, c.Revoked())
	})

	t.Run("changed", func(t *testing.T) {
		g.t = t
		s, _, err := e.Generate(pgp.KeySpec{Address: "rotating@example.org"})
		require.NoError(t, err)
		s, err = e.AddAddress(s, "Second", "second@example.org")
		require.NoError(t, err)
		s, err = e.AddAddress(s, "", "third@example.org")
		require.NoError(t, err)
		s, err = e.RevokeAddress(s, "third@example.org", "left")
		require.NoError(t, err)
		s, err = e.AddSubkey(s, pgp.SubkeySpec{Sign: true, Lifetime: 30 * day})
		require.NoError(t, err)
		s, err = e.Rotate(s, pgp.SubkeySpec{Lifetime: 30 * day})
		require.NoError(t, err)
		g.run(s.Cert().Armor(), "--import")
		list := string(g.run(nil, "--with-colons", "--list-keys", "second@example.org"))
		require.Regexp(t, `(?m)^uid:[^r].*second@example.org`, list)
		require.Regexp(t, `(?m)^uid:r.*third@example.org`, list)
		require.Regexp(t, `(?m)^sub:r:.*:e:`, list)
		require.Regexp(t, `(?m)^sub:[^r].*:s:`, list)
		msg := g.run([]byte(poem), "-r", "second@example.org", "--encrypt")
		opens(t, e, s, msg)
		var sig bytes.Buffer
		_, err = e.SignDetached(t.Context(), &sig, strings.NewReader(poem), s, pgp.Form{})
		require.NoError(t, err)
		g.run(nil, "--verify", g.file("sig", sig.Bytes()), g.file("doc", []byte(poem)))
		k, err := pgp.ParseSessionKey(sessionKeyOf(t, g, encrypt(t, e, []byte(poem), pgp.Envelope{To: []pgp.Recipient{{Cert: us.Cert()}}, Passwords: [][]byte{[]byte("horse")}})))
		require.NoError(t, err)
		require.False(t, k.IsZero())
	})

	t.Run("extended", func(t *testing.T) {
		g.t = t
		longer, err := e.Extend(us, time.Now().Add(5000*day))
		require.NoError(t, err)
		g.run(longer.Cert().Armor(), "--import")
		c := parseOne(t, g.run(nil, "--armor", "--export", "us@example.org"))
		require.WithinDuration(t, time.Now().Add(5000*day), c.Expires(), 2*day)
	})
}

func TestInteropSqop(t *testing.T) {
	s := newSqop(t)
	e := new(pgp.Engine)
	us := ours(t, "us", pgp.KeySpec{})
	ourCert := s.file("us.cert", us.Cert().Armor())
	exported, err := us.ExportUnlocked()
	require.NoError(t, err)
	ourKey := s.file("us.key", exported)

	theirKey := s.run(nil, "generate-key", "them@example.net")
	theirs, err := pgp.ParseSecrets(bytes.NewReader(theirKey), nil)
	require.NoError(t, err)
	them := parseOne(t, s.run(theirKey, "extract-cert"))
	require.Equal(t, theirs[0].Fingerprint(), them.Fingerprint())
	keyFile, certFile := s.file("them.key", theirKey), s.file("them.cert", them.Armor())

	for i, text := range interopTexts {
		msg := encrypt(t, e, []byte(text), pgp.Envelope{To: []pgp.Recipient{{Address: "them@example.net", Cert: them}}, From: []pgp.Secret{us}})
		verdict := filepath.Join(s.dir, fmt.Sprint("verdict", i))
		require.Equal(t, text, string(s.run(msg, "decrypt", "--verify-with", ourCert, "--verify-out", verdict, keyFile)))
		line, err := os.ReadFile(verdict)
		require.NoError(t, err)
		require.Contains(t, string(line), us.Fingerprint())

		reply := s.run([]byte(text), "encrypt", "--sign-with", keyFile, ourCert)
		var got bytes.Buffer
		r, err := e.Decrypt(t.Context(), &got, bytes.NewReader(reply), pgp.Keyring{Secrets: []pgp.Secret{us}, Certs: []pgp.Cert{them}})
		require.NoError(t, err)
		require.Equal(t, text, got.String())
		require.Equal(t, pgp.Valid, pgp.Best(r.Signatures), "%+v", r)

		var sig bytes.Buffer
		_, err = e.SignDetached(t.Context(), &sig, strings.NewReader(text), theirs[0], pgp.Form{})
		require.NoError(t, err)
		s.run([]byte(text), "verify", s.file("sig", sig.Bytes()), certFile)
		theirSig := s.run([]byte(text), "sign", keyFile)
		statuses, err := e.VerifyDetached(t.Context(), strings.NewReader(text), bytes.NewReader(theirSig), []pgp.Cert{them})
		require.NoError(t, err)
		require.Equal(t, pgp.Valid, statuses[0].Status)
		s.run([]byte(text), "verify", s.file("sig", s.run([]byte(text), "sign", ourKey)), ourCert)
	}
	clear, err := e.SignCleartext(t.Context(), []byte(poem), us)
	require.NoError(t, err)
	s.run(clear, "inline-verify", ourCert)
	inline := s.run([]byte("- text\n"), "inline-sign", "--as=clearsigned", keyFile)
	signed, err := e.VerifyCleartext(inline, []pgp.Cert{them})
	require.NoError(t, err)
	require.Equal(t, pgp.Valid, pgp.Best(signed.Signatures))

	pass := s.file("pass", []byte("horse"))
	require.Equal(t, poem, string(s.run(encrypt(t, e, []byte(poem), pgp.Envelope{Passwords: [][]byte{[]byte("horse")}}), "decrypt", "--with-password", pass)))
	var got bytes.Buffer
	_, err = e.Decrypt(t.Context(), &got, bytes.NewReader(s.run([]byte(poem), "encrypt", "--with-password", pass)), pgp.Keyring{Passwords: [][]byte{[]byte("horse")}})
	require.NoError(t, err)
	require.Equal(t, poem, got.String())
}

// sessionKeyOf asks gpg for the session key of a message with a password.
func sessionKeyOf(t testing.TB, g *gpg, msg []byte) string {
	t.Helper()
	out, status, err := g.try(msg, "--passphrase", "horse", "--status-fd", "1", "--show-session-key", "--decrypt")
	require.NoError(t, err, string(status))
	_, after, ok := strings.Cut(string(out), "SESSION_KEY ")
	require.True(t, ok, string(out))
	line, _, _ := strings.Cut(after, "\n")
	return line
}
