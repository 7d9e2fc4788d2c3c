package numbers_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/examples/desk/internal/numbers"
)

func TestForms(t *testing.T) {
	now := time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)
	for text, want := range map[string][]string{
		"CVD-2026-4XK7B":     {"CVD-2026-4XK7B"},
		" [cvd-2026-4xk7b] ": {"CVD-2026-4XK7B"},
		"2025-4xk7b":         {"CVD-2025-4XK7B"},
		"Frobnicator X":      {"FR0BN1CAT0R X"},
		"":                   {""},
	} {
		require.Equal(t, want, numbers.Forms(text, now), text)
	}
	short := numbers.Forms("4xkol", now)
	require.Equal(t, []string{"4XK01", "CVD-2026-4XK01", "CVD-2025-4XK01"}, short[:3])
	require.Len(t, short, 11)
}
