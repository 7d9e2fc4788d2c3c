package pgp_test

import (
	"bytes"
	"crypto"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
	"github.com/ProtonMail/go-crypto/openpgp/s2k"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"
	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/pgp"
)

// sha1Key makes a key whose self-signatures use the hash and were made then.
func sha1Key(t testing.TB, made time.Time, uid, sub crypto.Hash) pgp.Secret {
	t.Helper()
	c := &packet.Config{Time: func() time.Time { return made }, Algorithm: packet.PubKeyAlgoEdDSA, Curve: packet.Curve25519,
		NonDeterministicSignaturesViaNotation: packet.BoolPointer(false)}
	e, err := openpgp.NewEntity("", "", "old@example.org", c)
	require.NoError(t, err)
	e.DirectSignatures = nil
	for _, id := range e.Identities {
		sig := *id.SelfCertifications[0].Packet
		sig.Hash, sig.FlagsValid, sig.FlagSign, sig.FlagCertify = uid, true, true, true
		require.NoError(t, sig.SignUserId(id.UserId.Id, e.PrimaryKey, e.PrivateKey, c))
		id.SelfCertifications = []*packet.VerifiableSignature{packet.NewVerifiableSig(&sig)}
	}
	for i := range e.Subkeys {
		k := &e.Subkeys[i]
		sig := *k.Bindings[0].Packet
		sig.Hash = sub
		require.NoError(t, sig.SignKey(k.PublicKey, e.PrivateKey, c))
		k.Bindings = []*packet.VerifiableSignature{packet.NewVerifiableSig(&sig)}
	}
	var b bytes.Buffer
	require.NoError(t, e.SerializePrivateWithoutSigning(&b, nil))
	got, err := pgp.ParseSecrets(&b, nil)
	require.NoError(t, err)
	return got[0]
}

// RFC 9580, section 9.5: nobody makes or believes a SHA-1 signature of today.
func TestSHA1SelfSignatures(t *testing.T) {
	e := at(t0.Add(day))
	lastGood := time.Date(2023, 12, 31, 23, 59, 59, 0, time.UTC)
	for name, c := range map[string]struct {
		made     time.Time
		uid, sub crypto.Hash
		encrypts bool
		status   pgp.Status
	}{
		"SHA-256":              {t0, crypto.SHA256, crypto.SHA256, true, pgp.Valid},
		"old SHA-1":            {lastGood, crypto.SHA1, crypto.SHA1, true, pgp.Valid},
		"first refused second": {lastGood.Add(time.Second), crypto.SHA1, crypto.SHA1, false, pgp.Unsupported},
		"SHA-1 of today":       {t0, crypto.SHA1, crypto.SHA1, false, pgp.Unsupported},
		"only the subkey":      {t0, crypto.SHA256, crypto.SHA1, false, pgp.Valid},
		"only the user ID":     {t0, crypto.SHA1, crypto.SHA256, false, pgp.Unsupported},
	} {
		t.Run(name, func(t *testing.T) {
			s := sha1Key(t, c.made, c.uid, c.sub)
			if err := s.Cert().CanEncrypt(t0.Add(day), ""); c.encrypts {
				require.NoError(t, err)
			} else {
				require.ErrorIs(t, err, pgp.ErrUnsupported)
				require.ErrorContains(t, err, "SHA-1")
				require.Equal(t, pgp.LintSHA1, lintRule(s.Cert(), pgp.LintSHA1).Rule)
				require.True(t, lintRule(s.Cert(), pgp.LintSHA1).Error)
			}
			require.Equal(t, c.status == pgp.Valid, s.Cert().HasAddress("old@example.org"))

			// Signed by a program that does not mind.
			ent, err := openpgp.ReadEntity(packet.NewReader(unlocked(t, s)))
			require.NoError(t, err)
			var sig bytes.Buffer
			require.NoError(t, openpgp.DetachSign(&sig, []*openpgp.Entity{ent}, strings.NewReader(poem), &packet.Config{Time: e.Now}))
			got, err := e.VerifyDetached(t.Context(), strings.NewReader(poem), bytes.NewReader(sig.Bytes()), []pgp.Cert{s.Cert()})
			require.NoError(t, err)
			require.Equal(t, c.status, got[0].Status, got[0].Reason)
			_, err = e.SignCleartext(t.Context(), []byte(poem), s)
			require.Equal(t, c.status == pgp.Valid, err == nil, "%v", err)

			// What was encrypted to it stays readable, and it can be renewed.
			msg := sealTo(t, ent.Subkeys[0].PublicKey, packet.CipherAES256, literal("hello"))
			_, err = e.Decrypt(t.Context(), io.Discard, bytes.NewReader(msg), pgp.Keyring{Secrets: []pgp.Secret{s}})
			require.NoError(t, err)
			longer, err := e.Extend(s, t0.Add(1000*day))
			require.NoError(t, err)
			if c.sub != crypto.SHA1 {
				require.NoError(t, longer.Cert().CanEncrypt(t0.Add(day), "old@example.org"), "renewed by a better hash")
			}
		})
	}
}

func lintRule(c pgp.Cert, r pgp.LintRule) pgp.Finding {
	for _, f := range c.Lint(t0.Add(day)) {
		if f.Rule == r {
			return f
		}
	}
	return pgp.Finding{}
}

func unlocked(t testing.TB, s pgp.Secret) io.Reader {
	t.Helper()
	text, err := s.ExportUnlocked()
	require.NoError(t, err)
	r, _, err := pgp.Dearmor(bytes.NewReader(text))
	require.NoError(t, err)
	return r
}

func sealTo(t testing.TB, k *packet.PublicKey, cipher packet.CipherFunction, payload []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	session := random(32)
	require.NoError(t, packet.SerializeEncryptedKey(&b, k, cipher, session, nil))
	w, err := packet.SerializeSymmetricallyEncrypted(&b, packet.CipherAES256, false, packet.CipherSuite{}, session, nil)
	require.NoError(t, err)
	_, err = w.Write(payload)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.Bytes()
}

// Twofish opens with our key, and is nothing that we can read.
func TestUnsupportedCipher(t *testing.T) {
	e := at(t0.Add(day))
	decrypt := func(msg []byte, k pgp.Keyring) error {
		_, err := e.Decrypt(t.Context(), io.Discard, bytes.NewReader(msg), k)
		return err
	}
	ent, err := openpgp.ReadEntity(packet.NewReader(unlocked(t, alice().Secret)))
	require.NoError(t, err)
	msg := sealTo(t, ent.Subkeys[0].PublicKey, packet.CipherFunction(10), literal("hello"))
	require.ErrorIs(t, decrypt(msg, pgp.Keyring{Secrets: secrets(alice())}), pgp.ErrUnsupported)
	require.ErrorIs(t, decrypt(msg, pgp.Keyring{Secrets: secrets(bob())}), pgp.ErrNotForUs)

	msg = encrypt(t, e, []byte(poem), pgp.Envelope{Passwords: [][]byte{[]byte("horse")}, Form: pgp.Form{Binary: true}})
	other := bytes.Clone(msg)
	require.Equal(t, byte(4), other[2])
	other[3] = 10
	require.ErrorIs(t, decrypt(other, pgp.Keyring{Passwords: [][]byte{[]byte("horse")}}), pgp.ErrUnsupported)
}

// A wrong password is never "damaged", whatever it decrypts to.
func TestWrongPassword(t *testing.T) {
	e := at(t0.Add(day))
	msg := encrypt(t, e, []byte(poem), pgp.Envelope{Passwords: [][]byte{[]byte("horse")}})
	_, err := e.Decrypt(t.Context(), io.Discard, bytes.NewReader(msg), pgp.Keyring{Passwords: [][]byte{[]byte("wrong")}})
	require.ErrorIs(t, err, pgp.ErrNotForUs)
	require.NotErrorIs(t, err, pgp.ErrDamaged)

	// The form without an encrypted session key, as gpg and OpenSSH tools write
	// it: every password gives a key.
	var b bytes.Buffer
	derive := &bytes.Buffer{}
	key := make([]byte, 32)
	require.NoError(t, s2k.Serialize(derive, key, bytes.NewReader(random(64)), []byte("horse"), &s2k.Config{S2KMode: s2k.IteratedSaltedS2K, Hash: crypto.SHA256, S2KCount: 65536}))
	b.Write(rawPacket(3, append([]byte{4, 9}, derive.Bytes()...)))
	w, err := packet.SerializeSymmetricallyEncrypted(&b, packet.CipherAES256, false, packet.CipherSuite{}, key, nil)
	require.NoError(t, err)
	_, err = w.Write(literal("hello"))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	open := func(msg []byte, p string) error {
		_, err := e.Decrypt(t.Context(), io.Discard, bytes.NewReader(msg), pgp.Keyring{Passwords: [][]byte{[]byte(p)}})
		return err
	}
	require.NoError(t, open(b.Bytes(), "horse"))
	changed := bytes.Clone(b.Bytes())
	changed[len(changed)-3] ^= 1
	for _, err := range []error{open(b.Bytes(), "wrong"), open(changed, "horse"), open(changed, "wrong")} {
		require.ErrorIs(t, err, pgp.ErrNotForUs)
		require.NotErrorIs(t, err, pgp.ErrDamaged)
		require.Equal(t, open(b.Bytes(), "wrong").Error(), err.Error(), "an attacker could tell the one from the other")
	}
}

// RFC 9580, section 6.1, forbids the checksum of new content; gpg 2.2 needs it
// of old.
func TestArmorChecksum(t *testing.T) {
	e := at(t0.Add(day))
	form := pgp.Form{Binary: true}
	v1 := encrypt(t, e, []byte(poem), pgp.Envelope{To: to(alice()), Form: form})
	v2 := encrypt(t, e, []byte(poem), pgp.Envelope{To: to(carol()), Form: form})
	password := encrypt(t, e, []byte(poem), pgp.Envelope{Passwords: [][]byte{[]byte("horse")}, Form: form})
	inline := func(k key) []byte {
		var b bytes.Buffer
		require.NoError(t, e.SignInline(t.Context(), &b, strings.NewReader(poem), secrets(k), form))
		return b.Bytes()
	}
	detached := func(k key) []byte {
		var b bytes.Buffer
		_, err := e.SignDetached(t.Context(), &b, strings.NewReader(poem), k.Secret, form)
		require.NoError(t, err)
		return b.Bytes()
	}
	for name, c := range map[string]struct {
		data []byte
		want bool
	}{
		"v4 certificate": {alice().Cert().Bytes(), true}, "v6 certificate": {carol().Cert().Bytes(), false},
		"SEIPD 1": {v1, true}, "SEIPD 2": {v2, false}, "password": {password, true},
		"v4 inline": {inline(alice()), true}, "v6 inline": {inline(carol()), false},
		"v4 signature": {detached(alice()), true}, "v6 signature": {detached(carol()), false},
		"marker first": {append(rawPacket(10, []byte("PGP")), v1...), true},
		"literal":      {literal("x"), true}, "padding first": {append(rawPacket(21, []byte("pad")), v2...), false},
	} {
		text, err := pgp.Armor(c.data)
		require.NoError(t, err, name)
		require.Equal(t, c.want, bytes.Contains(text, []byte("\n=")), name)
	}
	require.Contains(t, string(alice().revocation.Armor()), "\n=")
	require.NotContains(t, string(carol().revocation.Armor()), "\n=")
}

// The clock of whoever made the key runs ahead of ours.
func TestKeyMadeAhead(t *testing.T) {
	e := at(t0)
	for ahead, ok := range map[time.Duration]bool{2 * time.Minute: true, 10 * time.Minute: false} {
		for _, spec := range []pgp.KeySpec{{Address: "ahead@example.org"}, {Address: "ahead@example.org", V6: true}} {
			s, _, err := at(t0.Add(ahead)).Generate(spec)
			require.NoError(t, err)
			require.Equal(t, ok, s.Cert().CanEncrypt(t0, "ahead@example.org") == nil)
			var msg bytes.Buffer
			err = e.Encrypt(t.Context(), &msg, strings.NewReader(poem), pgp.Envelope{To: []pgp.Recipient{{Cert: s.Cert()}}, From: []pgp.Secret{s}})
			require.Equal(t, ok, err == nil, "%v: %v", ahead, err)
			if !ok {
				continue
			}
			r, err := e.Decrypt(t.Context(), io.Discard, &msg, pgp.Keyring{Secrets: []pgp.Secret{s}, Certs: []pgp.Cert{s.Cert()}})
			require.NoError(t, err)
			require.Equal(t, pgp.Valid, pgp.Best(r.Signatures), "%+v", r.Signatures)
		}
	}
}

func TestReasonsStandOnce(t *testing.T) {
	e := at(t0.Add(1000 * day))
	list := []pgp.Recipient{{Cert: alice().Cert()}, {Cert: alice().Cert()}, {Address: "nobody@example.org"}}
	_, signErr := e.SignCleartext(t.Context(), []byte(poem), alice().Secret)
	locked, err := alice().Export([]byte("sesame"))
	require.NoError(t, err)
	_, passErr := pgp.ParseSecrets(bytes.NewReader(locked), func(string) ([]byte, error) { return nil, pgp.ErrPassphrase })
	text, err := alice().ExportUnlocked()
	require.NoError(t, err)
	_, _, certErr := pgp.ParseCerts(bytes.NewReader(append(text, text...)), pgp.ParseOptions{})
	for _, err := range []error{e.Check(list), signErr, passErr, certErr} {
		require.Error(t, err)
		require.Equal(t, 1, strings.Count(err.Error(), "pgp: "), err.Error())
		require.NotContains(t, err.Error(), "  ")
	}
	require.Equal(t, 1, strings.Count(e.Check(list).Error(), "expired"))
}

// Limits reach the unlocking of keys.
func TestArgon2OfKeys(t *testing.T) {
	ent, err := openpgp.ReadEntity(packet.NewReader(unlocked(t, carol().Secret)))
	require.NoError(t, err)
	c := &packet.Config{S2KConfig: &s2k.Config{S2KMode: s2k.Argon2S2K, Argon2Config: &s2k.Argon2Config{Memory: 32 << 10}}, AEADConfig: &packet.AEADConfig{}}
	require.NoError(t, ent.EncryptPrivateKeys([]byte("sesame"), c))
	var b bytes.Buffer
	require.NoError(t, ent.SerializePrivateWithoutSigning(&b, nil))
	pass := func(string) ([]byte, error) { return []byte("sesame"), nil }
	for kib, ok := range map[int]bool{0: true, 32 << 10: true, 16 << 10: false} {
		e := &pgp.Engine{Limits: pgp.Limits{Argon2KiB: kib}}
		_, err := e.ParseSecrets(bytes.NewReader(b.Bytes()), pass)
		if ok {
			require.NoError(t, err, kib)
		} else {
			require.ErrorIs(t, err, pgp.ErrLimit, kib)
		}
	}
	few := &pgp.Engine{Limits: pgp.Limits{Trials: 1}}
	_, err = few.ParseSecrets(bytes.NewReader(b.Bytes()), pass)
	require.ErrorIs(t, err, pgp.ErrLimit)
	_, err = new(pgp.Engine).Within(pgp.NewBudget(pgp.Limits{Trials: 1})).ParseSecrets(bytes.NewReader(b.Bytes()), pass)
	require.ErrorIs(t, err, pgp.ErrLimit)
}
