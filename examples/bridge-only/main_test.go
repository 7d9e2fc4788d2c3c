package main

import (
	"bytes"
	"context"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestBridge(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, run(context.Background(), &out, "team"))
	for _, want := range []string{"Ticket 1: Overflow in frobd", "Ticket 2: Weak default password", "2026-03-02", "commented"} {
		require.Contains(t, out.String(), want)
	}
	require.ErrorContains(t, run(context.Background(), &out, "none"), "there is no policy")
}
