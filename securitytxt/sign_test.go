package securitytxt

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSignAndVerify(t *testing.T) {
	text := base + "Canonical: " + wellKnown + "\n# trailing blanks \t\n#\n# end\n"
	key := fakePGP{key: "k"}
	msg, err := Sign(t.Context(), []byte(text), key, SignOptions{Now: now})
	require.NoError(t, err)
	for name, file := range map[string]string{"as signed": string(msg), "CRLF": strings.ReplaceAll(string(msg), "\n", "\r\n"),
		"blanks at line ends": strings.ReplaceAll(string(msg), "Z\n", "Z \t\n")} {
		d, err := Parse([]byte(file))
		require.NoError(t, err)
		v, err := d.Verify(t.Context(), key)
		require.NoError(t, err)
		require.Equal(t, StatusValid, v.Signature.Status, name)
		require.Equal(t, "6B", v.Signature.Fingerprint)
		require.Equal(t, d.File, v.File)
		require.Empty(t, v.Findings)
		require.Empty(t, d.Check(CheckOptions{Now: now, RetrievedFrom: []string{wellKnown}}))
	}
}

// Whoever changes one byte of the signed text gets no field through.
func TestVerifyTampered(t *testing.T) {
	msg := signed(t, base)
	start, end := strings.Index(msg, "\n\n")+2, strings.Index(msg, "\n"+beginSignature)
	for i := start; i < end; i++ {
		b := []byte(msg)
		b[i] ^= 1
		d, err := Parse(b)
		require.NoError(t, err)
		v, err := d.Verify(t.Context(), fakePGP{key: "k"})
		require.NoError(t, err)
		require.Equal(t, StatusBad, v.Signature.Status, "byte %d", i)
		require.Zero(t, v.File)
	}
}

func TestVerifyStatuses(t *testing.T) {
	d, err := Parse([]byte(signed(t, base)))
	require.NoError(t, err)
	for status, c := range map[SignatureStatus]Code{
		StatusUnknownKey: CodeSigUnknownKey, StatusNotValidAtTime: CodeSigExpired, StatusRevoked: CodeSigRevoked,
		StatusUnsupported: CodeSigUnsupported, StatusBad: CodeSigBad,
	} {
		v, err := d.Verify(t.Context(), VerifierFunc(func(context.Context, []byte) ([]byte, Signature, error) {
			return []byte(base), Signature{Status: status}, nil
		}))
		require.NoError(t, err)
		require.Equal(t, status, v.Signature.Status)
		require.Zero(t, v.File, "fields of %s", status)
		wantCode(t, v.Findings, c)
	}
	v, err := d.Verify(t.Context(), VerifierFunc(func(context.Context, []byte) ([]byte, Signature, error) { return nil, Signature{}, nil }))
	require.NoError(t, err)
	require.Equal(t, StatusUnverified, v.Signature.Status, "the zero value is not good")
	require.Zero(t, v.File)

	v, err = d.Verify(t.Context(), VerifierFunc(func(context.Context, []byte) ([]byte, Signature, error) {
		return []byte(base + "Contact: mailto:other@example.com\n"), Signature{Status: StatusValid}, nil
	}))
	require.NoError(t, err)
	require.Equal(t, StatusBad, v.Signature.Status, "a verifier that saw another text")
	wantCode(t, v.Findings, CodeSigBad)

	_, err = d.Verify(t.Context(), VerifierFunc(func(context.Context, []byte) ([]byte, Signature, error) { return nil, Signature{}, errors.New("disk") }))
	require.ErrorContains(t, err, "disk")

	plain, err := Parse([]byte(base))
	require.NoError(t, err)
	_, err = plain.Verify(t.Context(), fakePGP{})
	require.ErrorIs(t, err, ErrNotSigned)
}

// The verifier sees the envelope alone, so that it cannot take anything else.
func TestVerifierGetsTheEnvelope(t *testing.T) {
	msg := signed(t, base)
	d, err := Parse([]byte("\ufeff" + msg + "\n\n"))
	require.NoError(t, err)
	_, err = d.Verify(t.Context(), VerifierFunc(func(_ context.Context, m []byte) ([]byte, Signature, error) {
		require.Equal(t, msg, string(m))
		return nil, Signature{}, nil
	}))
	require.NoError(t, err)
}

func TestSignRefuses(t *testing.T) {
	key := fakePGP{key: "k"}
	_, err := Sign(t.Context(), []byte(signed(t, base)), key, SignOptions{Now: now})
	require.ErrorIs(t, err, ErrSigned)
	_, err = Sign(t.Context(), []byte("Contact: http://example.com\n"), key, SignOptions{Now: now})
	var rule *RuleError
	require.ErrorAs(t, err, &rule)
	require.Equal(t, CodeNoHTTPS, rule.Finding.Code)
	require.NotContains(t, err.Error(), "example")
	_, err = Sign(t.Context(), []byte(strings.Repeat("\n", 1001)), key, SignOptions{Now: now})
	require.ErrorIs(t, err, ErrLimit)

	for name, s := range map[string]SignerFunc{
		"fails":        func(context.Context, []byte) ([]byte, error) { return nil, errors.New("no key") },
		"does nothing": func(ctx context.Context, b []byte) ([]byte, error) { return b, nil },
		"adds a field": func(ctx context.Context, b []byte) ([]byte, error) {
			return key.SignCleartext(ctx, append([]byte("X: 1\n"), b...))
		},
		"weak hash":         fakePGP{key: "k", hash: 2}.SignCleartext,
		"lies about a hash": fakePGP{key: "k", header: "Hash: SHA256\n"}.SignCleartext,
		"adds an armor key": fakePGP{key: "k", header: "Version: 1\nHash: SHA512\n"}.SignCleartext,
		"is too long":       func(ctx context.Context, b []byte) ([]byte, error) { return make([]byte, DefaultMaxBytes+1), nil },
	} {
		_, err := Sign(t.Context(), []byte(base), s, SignOptions{Now: now})
		require.Error(t, err, name)
	}
}

func TestPackets(t *testing.T) {
	sig := []byte{4, 1, 22, 10, 0, 0, 0, 0, 0, 0}
	long := append([]byte{4, 1, 22, 8}, make([]byte, 300)...)
	for name, raw := range map[string][]byte{
		"new, one octet":   append([]byte{0xc2, 10}, sig...),
		"new, two octets":  append([]byte{0xc2, 192, 304 - 192}, long...),
		"new, five octets": append([]byte{0xc2, 255, 0, 0, 1, 48}, long...),
		"old, one octet":   append([]byte{0x88, 10}, sig...),
		"old, two octets":  append([]byte{0x89, 1, 48}, long...),
		"old, four octets": append([]byte{0x8a, 0, 0, 1, 48}, long...),
		"two":              append(append([]byte{0xc2, 10}, sig...), append([]byte{0x88, 10}, sig...)...),
	} {
		sigs, ok := readSignatures(raw)
		require.True(t, ok, name)
		require.NotEmpty(t, sigs, name)
	}
	for name, raw := range map[string][]byte{
		"no packet":            {0x42, 10},
		"header alone":         {0xc2},
		"cut length":           {0xc2, 200},
		"cut long length":      {0xc2, 255, 0, 0},
		"partial":              append([]byte{0xc2, 0xe3}, make([]byte, 20)...),
		"indeterminate":        append([]byte{0x8b}, sig...),
		"cut old length":       {0x89, 1},
		"longer than there is": append([]byte{0xc2, 11}, sig...),
		"not a signature":      append([]byte{0xc6, 10}, sig...),
		"empty":                {0xc2, 0},
		"short":                {0xc2, 4, 4, 1, 22, 10},
		"unknown version":      append([]byte{0xc2, 10, 9}, sig[1:]...),
		"of a key, not a text": append([]byte{0xc2, 10, 4, 0x13}, sig[2:]...),
		"huge":                 {0xc2, 255, 255, 255, 255, 255, 4},
	} {
		_, ok := readSignatures(raw)
		require.False(t, ok, name)
	}
}
