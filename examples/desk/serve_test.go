package main

import (
	"context"
	"io"
	"net"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// opened is a desk of real cases with a mailbox whose server is what dial makes of it.
func opened(t *testing.T, dial func(context.Context, string, string) (net.Conn, error)) *desk {
	t.Helper()
	d, err := open(context.Background(), flags(t, "-db", filepath.Join(t.TempDir(), "cases.db"), "-mail", "psirt@psirt.example", "-imap", "imaps://psirt@mail.example/INBOX"))
	require.NoError(t, err)
	t.Cleanup(d.close)
	d.post.folder.Dial = dial
	return d
}

// A desk that stops while it reads mail waits for that to end, which gives the mailbox
// back: another process reads it at once, and not after minutes.
func TestStopGivesMailboxBack(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	var d *desk
	d = opened(t, func(ctx context.Context, _, _ string) (net.Conn, error) {
		mine, err := d.turn(context.Background(), "desk/imap", time.Minute)
		require.NoError(t, err)
		require.False(t, mine, "while one reads, no other does")
		stop()
		<-ctx.Done()
		time.Sleep(100 * time.Millisecond) // long enough that who does not wait is gone
		return nil, ctx.Err()
	})
	d.last = time.Minute
	require.NoError(t, d.serve(ctx, io.Discard))
	mine, err := d.turn(context.Background(), "desk/imap", time.Minute)
	require.NoError(t, err)
	require.True(t, mine)
}

// What never ends does not hold up the end of the program.
func TestStopIsBounded(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	hang, ended := make(chan struct{}), make(chan struct{})
	d := opened(t, func(context.Context, string, string) (net.Conn, error) {
		stop()
		<-hang
		defer close(ended)
		return nil, net.ErrClosed
	})
	d.last = time.Millisecond
	require.NoError(t, d.serve(ctx, io.Discard))
	close(hang)
	<-ended
}

// Where certificates are got, pages are reached by TLS and by name.
func TestAddress(t *testing.T) {
	at := func(port int) net.Addr { return &net.TCPAddr{IP: net.IPv4zero, Port: port} }
	for _, x := range []struct {
		o          options
		form, team string
	}{
		{options{}, "http://0.0.0.0:443", "http://0.0.0.0:8443"},
		{options{autocert: "psirt.example, desk.psirt.example"}, "https://psirt.example", "https://desk.psirt.example:8443"},
		{options{autocert: "psirt.example"}, "https://psirt.example", "https://psirt.example:8443"},
		{options{autocert: "psirt.example", url: "https://www.psirt.example/", teamURL: "https://desk.example"}, "https://www.psirt.example", "https://desk.example"},
	} {
		d := &desk{o: x.o}
		require.Equal(t, x.form, d.address(0, at(443)))
		require.Equal(t, x.team, d.address(1, at(8443)))
	}
}
