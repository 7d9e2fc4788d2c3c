// Portal serves the report form and the portal of a team, alone, on an SQLite file:
//
//	go run ./examples/portal -listen 127.0.0.1:8080 -db portal.db
//
// It prints where it listens. Open that in a browser, send a report, keep the
// receipt. Then play the team, while the portal runs or not:
//
//	go run ./examples/portal -db portal.db -answer "We see it too, and work on a fix."
//
// which answers every open report. Come back with the receipt to read it. With
// -invite NAME a vendor is brought in, who comes by a link and a code.
//
// It speaks plain HTTP and listens on loopback, where browsers take that for safe.
// Anywhere else it belongs behind TLS: see docs/hosting.md.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"time"
	_ "time/tzdata"
)

type options struct {
	listen, db, answer, invite, policy string
	upload                             int64
}

func main() {
	var o options
	flag.StringVar(&o.listen, "listen", "127.0.0.1:8080", "`ADDRESS` to listen on")
	flag.StringVar(&o.db, "db", "portal.db", "the SQLite `FILE` that keeps the cases; it is made if it is not there. Its secret lies beside it, in FILE.secret")
	flag.StringVar(&o.answer, "answer", "", "play the team: send `TEXT` to the reporter of every open report, and end")
	flag.StringVar(&o.invite, "invite", "", "play the team: bring the vendor `NAME` into the newest report, propose 90 days of secrecy, print link and code, and end")
	flag.StringVar(&o.policy, "policy", "", "the team's RFC 2350 document in `FILE`, which is served as the page \"policy\"")
	flag.Int64Var(&o.upload, "upload", 100<<20, "how many `BYTES` the files of one form may have together")
	flag.Parse()
	if flag.NArg() > 0 {
		fmt.Fprintln(os.Stderr, "portal takes no arguments, only flags; see -help")
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdout, o); err != nil {
		fmt.Fprintln(os.Stderr, "portal:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, w io.Writer, o options) error {
	d, err := openDesk(ctx, o.db, o.upload)
	if err != nil {
		return err
	}
	defer d.close()
	if strings.TrimSpace(o.answer) != "" {
		n, err := d.answer(ctx, o.answer)
		fmt.Fprintf(w, "answered %d open reports\n", n)
		return err
	}
	if o.invite != "" {
		return d.invite(ctx, w, o.listen, o.invite)
	}
	return serve(ctx, w, o, d)
}

func serve(ctx context.Context, w io.Writer, o options, d *desk) error {
	handler, err := d.portal(o.listen, o.policy)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", o.listen)
	if err != nil {
		return err
	}
	// No limit of time for the whole request: files come slowly over Tor.
	srv := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10}
	fmt.Fprintf(w, "the portal is at http://%s/\n", l.Addr())
	stopped := make(chan error, 1)
	go func() {
		<-ctx.Done()
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		stopped <- srv.Shutdown(last)
	}()
	go d.housekeeping(ctx)
	if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return <-stopped
}
