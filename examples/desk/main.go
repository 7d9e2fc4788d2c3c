// Desk is a team at work: the form and the portal for reporters and vendors, mail in
// and out, and the team's own pages, in one program.
//
//	go run ./examples/desk
//
// opens on loopback with made-up cases, says where, and with which receipt to try.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata"
)

type options struct {
	listen, teamListen, db string
}

func main() {
	var o options
	flag.StringVar(&o.listen, "listen", "127.0.0.1:8080", "`ADDRESS` of the form and the portal")
	flag.StringVar(&o.teamListen, "team-listen", "127.0.0.1:8081", "`ADDRESS` of the team's pages")
	flag.StringVar(&o.db, "db", "", "the SQLite `FILE` that keeps the cases (default: made-up cases in a temporary folder)")
	flag.Parse()
	if flag.NArg() > 0 {
		fmt.Fprintln(os.Stderr, "desk takes no arguments, only flags; see -help")
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Stdout, o); err != nil {
		fmt.Fprintln(os.Stderr, "desk:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, w io.Writer, o options) error {
	d, err := open(ctx, o)
	if err != nil {
		return err
	}
	defer d.close()
	return d.serve(ctx, w)
}
