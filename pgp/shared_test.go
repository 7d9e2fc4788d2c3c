package pgp_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/pgp"
)

// RFC 9787, section 6.1: a bad signature is worth as much as none, so a report
// is not lost for it. The caller has to say so.
func TestDespiteBadSignature(t *testing.T) {
	ops, lit, sig := signedBy(t, bob(), "signed")
	other := literal("other")
	for name, payload := range map[string][]byte{
		"changed": bytes.Join([][]byte{ops, other, sig}, nil),
		"missing": bytes.Join([][]byte{ops, lit}, nil),
	} {
		msg := sealRaw(t, alice().Cert(), payload)
		ring := pgp.Keyring{Secrets: secrets(alice()), Certs: certs(bob())}
		e := at(t0.Add(2 * day))
		_, err := e.Decrypt(t.Context(), io.Discard, bytes.NewReader(msg), ring)
		require.ErrorIs(t, err, pgp.ErrBadSignature, name)

		ring.DespiteBadSignature = true
		held, r, err := e.DecryptHeld(t.Context(), bytes.NewReader(msg), ring)
		require.NoError(t, err, name)
		require.Equal(t, pgp.Bad, pgp.Best(r.Signatures), name)
		require.NotEmpty(t, r.Signatures[0].KeyID, name)
		require.NotZero(t, held.Size())
		require.NoError(t, held.Close())

		ring.RequireValid = true
		_, _, err = e.DecryptHeld(t.Context(), bytes.NewReader(msg), ring)
		require.ErrorIs(t, err, pgp.ErrNotVerified, name)

		// Without integrity there is nothing to release.
		ring.RequireValid = false
		msg[len(msg)-30] ^= 1
		held, _, err = e.DecryptHeld(t.Context(), bytes.NewReader(msg), ring)
		require.ErrorIs(t, err, pgp.ErrDamaged, name)
		require.Nil(t, held)
	}
}

func TestSignatureIsBoundToAddresses(t *testing.T) {
	e := at(t0.Add(day))
	clear, err := e.SignCleartext(t.Context(), []byte(poem), alice().Secret)
	require.NoError(t, err)
	good, err := e.VerifyCleartext(clear, certs(alice()))
	require.NoError(t, err)
	s := good.Signatures[0]
	require.Equal(t, []string{"alice@example.org"}, s.Addresses)
	require.True(t, s.BoundTo(" Alice@Example.org"))
	for _, a := range []string{"", "mallory@example.org", "alice@example.org.example", "alice@example"} {
		require.False(t, s.BoundTo(a), a)
	}
	for _, status := range []pgp.Status{pgp.Unverified, pgp.UnknownKey, pgp.KeyNotValidAtTime, pgp.Revoked, pgp.Unsupported, pgp.Bad} {
		s.Status = status
		require.False(t, s.BoundTo("alice@example.org"), status)
	}
}

func TestBestSaysMost(t *testing.T) {
	best := func(s ...pgp.Status) pgp.Status {
		var sigs []pgp.Signature
		for _, x := range s {
			sigs = append(sigs, pgp.Signature{Status: x})
		}
		return pgp.Best(sigs)
	}
	require.Equal(t, pgp.Unverified, best())
	require.Equal(t, pgp.Bad, best(pgp.UnknownKey, pgp.Bad))
	require.Equal(t, pgp.Bad, best(pgp.Bad, pgp.UnknownKey))
	require.Equal(t, pgp.Valid, best(pgp.Bad, pgp.Valid))
	require.Equal(t, pgp.Revoked, best(pgp.Unsupported, pgp.Revoked, pgp.KeyNotValidAtTime))
	require.Equal(t, pgp.UnknownKey, best(pgp.Unverified, pgp.UnknownKey))
}

// Copies of one certificate, one of them with its revocation, in either order.
func TestCopiesOfACertificate(t *testing.T) {
	e := at(t0.Add(day))
	clear, err := e.SignCleartext(t.Context(), []byte(poem), alice().Secret)
	require.NoError(t, err)
	msg := encrypt(t, e, []byte(poem), pgp.Envelope{To: to(bob()), From: secrets(alice())})
	revoked, err := alice().Cert().Merge(alice().revocation.Armor())
	require.NoError(t, err)
	for _, both := range [][]pgp.Cert{{alice().Cert(), revoked}, {revoked, alice().Cert()}} {
		s, err := e.VerifyCleartext(clear, both)
		require.NoError(t, err)
		require.Equal(t, pgp.Revoked, s.Signatures[0].Status)
		r, err := e.Decrypt(t.Context(), io.Discard, bytes.NewReader(msg), pgp.Keyring{Secrets: secrets(bob()), Certs: both})
		require.NoError(t, err)
		require.Equal(t, pgp.Revoked, r.Signatures[0].Status)
		list := []pgp.Recipient{{Cert: both[0]}, {Cert: both[1]}}
		require.ErrorIs(t, e.Check(list), pgp.ErrRevoked)
		err = e.Encrypt(t.Context(), io.Discard, strings.NewReader(poem), pgp.Envelope{To: list})
		var problems *pgp.RecipientsError
		require.ErrorAs(t, err, &problems)
		require.Len(t, problems.Problems, 1, "one reason, once")
	}
}

// A budget is of all operations together; without it each has its own limits.
func TestBudget(t *testing.T) {
	e := at(t0.Add(day))
	e.Spool.Dir = t.TempDir()
	msg := encrypt(t, e, bytes.Repeat([]byte{'a'}, 1000), pgp.Envelope{To: to(alice()), From: secrets(bob())})
	open := func(e *pgp.Engine) error {
		_, err := e.Decrypt(t.Context(), io.Discard, bytes.NewReader(msg), pgp.Keyring{Secrets: secrets(alice()), Certs: certs(bob())})
		return err
	}
	for name, lim := range map[string]pgp.Limits{"trials": {Trials: 3}, "signatures": {Signatures: 3}, "plaintext": {Plaintext: 3999}} {
		shared := e.Within(pgp.NewBudget(lim))
		for range 3 {
			require.NoError(t, open(shared), name)
		}
		require.ErrorIs(t, open(shared), pgp.ErrLimit, name)
		require.NoError(t, open(e), name)
	}
	var none *pgp.Engine
	require.NoError(t, open(none.Within(nil)))

	shared := e.Within(pgp.NewBudget(pgp.Limits{Signatures: 2}))
	clear, err := e.SignCleartext(t.Context(), []byte(poem), alice().Secret)
	require.NoError(t, err)
	for i := range 3 {
		_, err = shared.VerifyCleartext(clear, certs(alice()))
		require.Equal(t, i == 2, errors.Is(err, pgp.ErrLimit))
	}
}

// Sixty small bombs share the floor below which expansion is not judged.
func TestBudgetOfBombs(t *testing.T) {
	bomb := sealRaw(t, alice().Cert(), compress(t, literal(strings.Repeat("a", 4<<20))))
	e := at(t0.Add(day))
	e.Spool.Dir = t.TempDir()
	shared := e.Within(pgp.NewBudget(pgp.Limits{}))
	read := 0
	for range 60 {
		h, _, err := shared.DecryptHeld(t.Context(), bytes.NewReader(bomb), pgp.Keyring{Secrets: secrets(alice())})
		if err != nil {
			require.ErrorIs(t, err, pgp.ErrLimit)
			continue
		}
		read += int(h.Size())
		defer h.Close()
	}
	require.Equal(t, 16<<20, read)
}

func TestHeld(t *testing.T) {
	text := random(300_001)
	for _, memory := range []int{1, 1 << 20} {
		e := &pgp.Engine{Spool: pgp.Spool{Dir: t.TempDir(), Memory: memory}}
		h, err := e.Hold(t.Context(), bytes.NewReader(text), int64(len(text)))
		require.NoError(t, err)
		require.EqualValues(t, len(text), h.Size())
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				got, err := io.ReadAll(h.Open())
				if err != nil || !bytes.Equal(got, text) {
					t.Errorf("read %d bytes: %v", len(got), err)
				}
			})
		}
		wg.Wait()
		got, err := io.ReadAll(h.Section(65_530, 200_000))
		require.NoError(t, err)
		require.True(t, bytes.Equal(text[65_530:265_530], got))
		_, err = h.ReadAt(make([]byte, 2), int64(len(text))-1)
		require.ErrorIs(t, err, io.EOF)
		_, err = h.ReadAt(make([]byte, 2), -1)
		require.Error(t, err)
		require.NoError(t, h.Close())
		require.NoError(t, h.Close())
		_, err = h.ReadAt(make([]byte, 1), 0)
		require.ErrorIs(t, err, os.ErrClosed)

		_, err = e.Hold(t.Context(), bytes.NewReader(text), int64(len(text))-1)
		require.ErrorIs(t, err, pgp.ErrLimit)
		left, err := os.ReadDir(e.Spool.Dir)
		require.NoError(t, err)
		require.Empty(t, left, "a file stays behind")
	}
}
