package pgp_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/pgp"
)

// shared returns a file of the project's shared folder, or skips.
func shared(t testing.TB, name string) []byte {
	t.Helper()
	dir := os.Getenv("CVD_TEST_SHARED")
	if dir == "" {
		dir = filepath.Join("..", "..", "shared")
	}
	data, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Skipf("needs %s of ../shared (or CVD_TEST_SHARED)", name)
	}
	return data
}

func TestFlattenedKeyOfARealDocument(t *testing.T) {
	doc := shared(t, "data/contact-software-rfc2350.txt")
	certs, repairs, err := pgp.ParseCerts(bytes.NewReader(doc), pgp.ParseOptions{})
	require.NoError(t, err)
	require.Len(t, certs, 1)
	c := certs[0]
	require.Equal(t, "0C6E1B7E82ED84AC615CF7A54DE7CEDDDF4AC1D8", c.Fingerprint())
	require.Equal(t, "4DE7CEDDDF4AC1D8", c.KeyID())
	require.Equal(t, "rsa4096", c.Algorithm())
	require.Len(t, c.Subkeys(), 2)
	require.True(t, c.Subkeys()[0].Encrypt)
	require.True(t, c.Subkeys()[1].Authenticate)
	require.Equal(t, "security@contact-software.com", c.UserIDs()[0].Address)
	require.Equal(t, "2025-01-25", c.Expires().Format(time.DateOnly))
	require.Contains(t, kinds(repairs), pgp.RepairFlattened)
	require.NotContains(t, kinds(repairs), pgp.RepairChecksum)

	now := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	findings := c.Lint(now, "security@contact-software.com")
	require.Len(t, findings, 1)
	require.Equal(t, pgp.LintExpired, findings[0].Rule)
	require.Equal(t, "2025-01-25", findings[0].At.Format(time.DateOnly))
	require.ErrorIs(t, c.CanEncrypt(now, ""), pgp.ErrExpired)

	soon := c.Lint(time.Date(2024, 12, 25, 0, 0, 0, 0, time.UTC))
	require.Len(t, soon, 1)
	require.Equal(t, pgp.LintExpiresSoon, soon[0].Rule)
	require.Empty(t, c.Lint(time.Date(2024, 6, 1, 0, 0, 0, 0, time.UTC)))
}

func kinds(repairs []pgp.Repair) (out []pgp.RepairKind) {
	for _, r := range repairs {
		out = append(out, r.Kind)
	}
	return out
}
