package main

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// until collects what is written, and calls stop once that holds a text.
type until struct {
	strings.Builder
	text string
	stop func()
}

func (u *until) Write(b []byte) (int, error) {
	n, err := u.Builder.Write(b)
	if strings.Contains(u.String(), u.text) {
		u.stop()
	}
	return n, err
}

// The program starts on loopback with a database of its own, says where, and ends.
func TestRun(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	out := until{text: "The desk of the team is at http://127.0.0.1:", stop: stop}
	require.NoError(t, run(ctx, &out, options{listen: "127.0.0.1:0", teamListen: "127.0.0.1:0"}))
	require.Contains(t, out.String(), out.text)
}
