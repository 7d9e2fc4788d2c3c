package securitytxt

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// The project's own file is one that the package writes. That it has not expired
// is for its maintainers, not for a test that must pass in later years.
func TestOwnFile(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join("..", "docs", "security.txt"))
	require.NoError(t, err)
	d, err := Parse(raw)
	require.NoError(t, err)
	fs := slices.DeleteFunc(d.Check(CheckOptions{Now: now}), func(f Finding) bool {
		return f.Code == CodeExpired || f.Code == CodeLongExpiry
	})
	require.Equal(t, []Code{CodeNotSigned}, codes(fs))
	require.Equal(t, []string{"https://github.com/cvdkit/cvdkit/security/advisories/new"}, d.File.Contact)
	again, err := d.File.MarshalText()
	require.NoError(t, err)
	require.Equal(t, string(raw), string(again))
}
