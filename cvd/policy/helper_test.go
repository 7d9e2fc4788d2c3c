package policy

import (
	"flag"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/internal/testonly/golden"
)

var updatePolicies = flag.Bool("update-policies", false, "write the digests of released policies anew")

func check(t *testing.T, path, got string) {
	t.Helper()
	golden.Check(t, *updatePolicies, "-update-policies", path, got)
}

func berlin(t testing.TB) *time.Location { return zone(t, "Europe/Berlin") }

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	l, err := time.LoadLocation(name)
	require.NoError(t, err)
	return l
}
