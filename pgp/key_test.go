package pgp_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/pgp"
)

func rules(f []pgp.Finding) (out []pgp.LintRule) {
	for _, x := range f {
		out = append(out, x.Rule)
	}
	return out
}

func TestGeneratedKey(t *testing.T) {
	for _, k := range []key{alice(), carol(), rita()} {
		c := k.Cert()
		require.Equal(t, t0, c.Created())
		require.Equal(t, t0.Add(2*365*day), c.Expires())
		require.Len(t, c.Subkeys(), 1)
		require.True(t, c.Subkeys()[0].Encrypt)
		require.False(t, c.Revoked())
		require.Empty(t, c.Lint(t0.Add(day), c.UserIDs()[0].Address))
		require.Equal(t, []pgp.LintRule{pgp.LintNoAddress}, rules(c.Lint(t0.Add(day), "else@example.org")))
		require.Equal(t, []pgp.LintRule{pgp.LintExpiresSoon}, rules(c.Lint(t0.Add((2*365-59)*day))))
		require.Equal(t, []pgp.LintRule{pgp.LintExpired}, rules(c.Lint(t0.Add((2*365+1)*day))))
		revoked, err := c.Merge(k.revocation.Armor())
		require.NoError(t, err)
		require.Equal(t, []pgp.LintRule{pgp.LintRevoked}, rules(revoked.Lint(t0.Add(day))))
		// Who merges an older copy cannot make the revocation disappear.
		again, err := revoked.Merge(c.Armor())
		require.NoError(t, err)
		require.True(t, again.Revoked())
	}
	require.Equal(t, "ed25519", alice().Cert().Algorithm())
	require.Equal(t, "cv25519", alice().Cert().Subkeys()[0].Algorithm)
	require.Equal(t, "rsa3072", rita().Cert().Algorithm())
	require.Len(t, carol().Fingerprint(), 64)
	for _, spec := range []pgp.KeySpec{{}, {Address: "a@example.org>\x00"}, {Name: "x\nx"}, {Name: "x", RSABits: 1024}} {
		_, _, err := at(t0).Generate(spec)
		require.Error(t, err, "%+v", spec)
	}
}

func TestExtend(t *testing.T) {
	for _, k := range []key{alice(), carol()} {
		// Something signed while the key was good, and read after its first end.
		signed, err := at(t0.Add(day)).SignCleartext(t.Context(), []byte(poem), k.Secret)
		require.NoError(t, err)
		longer, err := at(t0.Add(100*day)).Extend(k.Secret, t0.Add(3000*day))
		require.NoError(t, err)
		require.Equal(t, t0.Add(3000*day), longer.Cert().Expires())
		late := at(t0.Add(2900 * day))
		require.NoError(t, longer.Cert().CanEncrypt(t0.Add(2900*day), ""))
		got, err := late.VerifyCleartext(signed, []pgp.Cert{longer.Cert()})
		require.NoError(t, err)
		require.Equal(t, pgp.Valid, pgp.Best(got.Signatures))

		// The holder of the old certificate learns of it by merging.
		merged, err := k.Cert().Merge(longer.Cert().Bytes())
		require.NoError(t, err)
		require.Equal(t, longer.Cert().Expires(), merged.Expires())
		var b bytes.Buffer
		require.NoError(t, late.Encrypt(t.Context(), &b, strings.NewReader(poem), pgp.Envelope{To: []pgp.Recipient{{Cert: merged}}, From: []pgp.Secret{longer}}))
		r, err := late.Decrypt(t.Context(), io.Discard, &b, pgp.Keyring{Secrets: secrets(k), Certs: []pgp.Cert{merged}})
		require.NoError(t, err)
		require.Equal(t, pgp.Valid, pgp.Best(r.Signatures))
		_, err = at(t0).Extend(k.Secret, t0.Add(-day))
		require.Error(t, err)
	}
}

// keys.openpgp.org serves a certificate without user IDs until the owner
// confirms them.
func TestMergeWithoutUserID(t *testing.T) {
	longer, err := at(t0.Add(day)).Extend(alice().Secret, t0.Add(3000*day))
	require.NoError(t, err)
	ps := packetsOf(t, longer.Cert().Bytes())
	var bare []byte
	for i, p := range ps {
		if p.tag == 13 || i > 0 && p.tag == 2 && ps[i-1].tag != 14 {
			continue
		}
		bare = append(bare, p.raw...)
	}
	got, _, err := pgp.ParseCerts(bytes.NewReader(bare), pgp.ParseOptions{})
	require.NoError(t, err)
	require.Empty(t, got[0].UserIDs())
	require.Contains(t, rules(got[0].Lint(t0.Add(day))), pgp.LintNoUserID)
	require.ErrorIs(t, got[0].CanEncrypt(t0.Add(day), ""), pgp.ErrNoEncryptionKey)
	merged, err := alice().Cert().Merge(bare)
	require.NoError(t, err)
	require.Equal(t, alice().Cert().UserIDs(), merged.UserIDs())
	_, err = alice().Cert().Merge(bob().Cert().Bytes())
	require.ErrorIs(t, err, pgp.ErrNotSame)
	_, err = alice().Cert().Merge(bob().revocation.Armor())
	require.ErrorIs(t, err, pgp.ErrNotSame)
}

// One unusable recipient: nothing is sent, and each reason is named.
func TestUnusableRecipients(t *testing.T) {
	e := at(t0.Add(day))
	short, _, err := at(t0.Add(-40 * day)).Generate(pgp.KeySpec{Address: "short@example.org", Lifetime: 30 * day})
	require.NoError(t, err)
	revoked, err := bob().Cert().Merge(bob().revocation.Armor())
	require.NoError(t, err)
	signOnly := parseOne(t, withoutSubkeys(t, carol().Cert()))
	env := pgp.Envelope{To: []pgp.Recipient{
		{Address: "alice@example.org", Cert: alice().Cert()},
		{Address: "short@example.org", Cert: short.Cert()},
		{Address: "bob@example.org", Cert: revoked},
		{Address: "carol@example.org", Cert: signOnly},
		{Address: "boss@example.org", Cert: dave().Cert()},
		{Address: "nobody@example.org"},
	}}
	var dst counter
	err = e.Encrypt(t.Context(), &dst, strings.NewReader(poem), env)
	require.Zero(t, dst.n)
	var list *pgp.RecipientsError
	require.True(t, errors.As(err, &list))
	want := map[string]error{
		"short@example.org": pgp.ErrExpired, "bob@example.org": pgp.ErrRevoked, "carol@example.org": pgp.ErrNoEncryptionKey,
		"boss@example.org": pgp.ErrWrongAddress, "nobody@example.org": pgp.ErrNoKey,
	}
	require.Len(t, list.Problems, len(want))
	for _, p := range list.Problems {
		require.ErrorIs(t, p.Reason, want[p.Address], p.Address)
		require.ErrorIs(t, err, want[p.Address])
		require.Contains(t, err.Error(), p.Address)
	}
	require.Error(t, e.Encrypt(t.Context(), &dst, strings.NewReader(poem), pgp.Envelope{}))
	require.Error(t, e.Encrypt(t.Context(), &dst, strings.NewReader(poem), pgp.Envelope{Passwords: [][]byte{{}}}))
	require.ErrorIs(t, e.Encrypt(t.Context(), &dst, strings.NewReader(poem), pgp.Envelope{To: to(alice()), From: []pgp.Secret{short}}), pgp.ErrExpired)
	require.Zero(t, dst.n)
}

func withoutSubkeys(t *testing.T, c pgp.Cert) (out []byte) {
	for _, p := range packetsOf(t, c.Bytes()) {
		if p.tag == 14 {
			break
		}
		out = append(out, p.raw...)
	}
	return out
}

func TestSecretsDoNotPrint(t *testing.T) {
	s := alice().Secret
	material, err := s.ExportUnlocked()
	require.NoError(t, err)
	primary := packetsOf(t, dearmored(t, material))[0]
	require.Equal(t, byte(5), primary.tag)
	inside := struct {
		Name string
		key  pgp.Secret
		ptr  *pgp.Secret
	}{"team", s, &s}
	var out bytes.Buffer
	log := slog.New(slog.NewTextHandler(&out, nil))
	for _, v := range []any{s, &s, inside, &inside, []pgp.Secret{s}, map[string]pgp.Secret{"k": s}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			fmt.Fprintf(&out, verb, v)
		}
		log.Info("key", "secret", v)
	}
	fragment := primary.body[len(primary.body)-30:]
	printed := out.String()
	for _, form := range []string{string(fragment), fmt.Sprintf("%x", fragment), strings.Trim(fmt.Sprint(fragment), "[]"),
		base64.StdEncoding.EncodeToString(fragment[:30])} {
		require.NotContains(t, printed, form)
	}
	require.Contains(t, printed, "[secret key "+s.Fingerprint()+"]")
	_, err = json.Marshal(s)
	require.ErrorIs(t, err, pgp.ErrSecretMaterial)
	_, err = s.MarshalText()
	require.ErrorIs(t, err, pgp.ErrSecretMaterial)
}

// A secret key anywhere in an outgoing message is refused.
func TestSecretMaterialIsRefused(t *testing.T) {
	e := at(t0.Add(day))
	for _, k := range []key{alice(), carol(), rita()} {
		unlocked, err := k.ExportUnlocked()
		require.NoError(t, err)
		locked, err := k.Export([]byte("sesame"))
		require.NoError(t, err)
		for _, armored := range [][]byte{unlocked, locked} {
			binary := dearmored(t, armored)
			for _, form := range [][]byte{armored, binary, oldFormat(t, binary), bytes.ReplaceAll(armored, []byte("\n"), []byte("\r\n> "))} {
				for _, before := range []int{0, 1, 1000, 64<<10 - 20, 64<<10 - 1, 64 << 10, 200_001} {
					text := append(append(random(before), form...), random(100_000)...)
					for _, dst := range []pgp.Form{{}, {Binary: true}} {
						var out counter
						err := e.Encrypt(t.Context(), &out, bytes.NewReader(text), pgp.Envelope{To: to(bob()), Form: dst})
						require.ErrorIs(t, err, pgp.ErrSecretMaterial, "%s at %d", k.Cert().Algorithm(), before)
					}
				}
			}
		}
		// The certificate may go.
		require.NoError(t, e.Encrypt(t.Context(), io.Discard, bytes.NewReader(k.Cert().Bytes()), pgp.Envelope{To: to(bob())}))
		require.NoError(t, e.Encrypt(t.Context(), io.Discard, bytes.NewReader(k.Cert().Armor()), pgp.Envelope{To: to(bob())}))
	}
	// Chance makes no secret key.
	var scan pgp.SecretScanner
	for range 32 {
		_, err := scan.Write(random(1 << 20))
		require.NoError(t, err)
	}
}

func dearmored(t *testing.T, armored []byte) []byte {
	t.Helper()
	s := string(armored)
	start, end := strings.Index(s, "\n\n")+2, strings.Index(s, "\n-----END")
	body := s[start:end]
	if i := strings.LastIndex(body, "\n="); i >= 0 && len(body)-i == 6 {
		body = body[:i]
	}
	b, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(body, "\n", ""))
	require.NoError(t, err)
	return b
}

// oldFormat rewrites the first packet with the header of RFC 1991.
func oldFormat(t *testing.T, binary []byte) []byte {
	t.Helper()
	p := packetsOf(t, binary)[0]
	return append([]byte{0x80 | p.tag<<2 | 1, byte(len(p.body) >> 8), byte(len(p.body))}, p.body...)
}
