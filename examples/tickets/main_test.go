package main

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestStory(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, run(context.Background(), &out, options{}))
	for _, want := range []string{
		"Coordinated disclosure case", "to the reporter: Thank you, we can reproduce it.", "note of the team: reproduced on 1.2.3",
		"claim, not adopted: ", "1 tickets became cases", "ticket 1 [open]", "ticket 2 [new] Weak default password in widgetd",
	} {
		require.Contains(t, out.String(), want)
	}
	require.NotContains(t, out.String(), "problem:")
	require.Zero(t, strings.Count(out.String(), "Overflow in frobd"), "the title is above the clearance of the tracker")
}
