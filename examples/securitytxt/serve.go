package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/cvdkit/cvdkit/examples/internal/anywhere"
	"github.com/cvdkit/cvdkit/securitytxt"
)

// serve serves a file over http, to stand behind a server that speaks https. With
// a key, or with -days, it writes the file's fields anew before they expire;
// else it reads FILE again.
func (a app) serve(ctx context.Context, fs *flag.FlagSet, args []string) error {
	addr := fs.String("addr", "127.0.0.1:8080", "listen at this `address`")
	key := fs.String("key", "", "renew and sign with the OpenPGP secret key in `FILE`")
	pass := fs.String("passphrase-file", "", "the first line of `FILE` unlocks the key")
	days := fs.Int("days", 0, "renew for this many `days` at a time (with -key: 90 if not given)")
	if err := anywhere.Parse(fs, args); err != nil {
		return err
	}
	d, err := a.readOne(fs)
	if err != nil {
		return err
	}
	var src securitytxt.Source = securitytxt.SourceFunc(func(context.Context) ([]byte, error) { return a.read(fs.Arg(0)) })
	if fs.Arg(0) == "-" {
		src = securitytxt.Static(d.Bytes())
	}
	if *days < 0 {
		return errors.New("-days must not be less than 0")
	}
	if *key != "" || *days > 0 {
		t := securitytxt.Template{Document: d, Validity: time.Duration(*days) * 24 * time.Hour, Now: a.now}
		if *key != "" {
			s, err := openSigner(*key, *pass, a.now)
			if err != nil {
				return err
			}
			t.Signer = s
		}
		src = t
	}
	h, err := securitytxt.NewHandler(ctx, src, securitytxt.HandlerOptions{
		Now:     a.now,
		OnError: func(err error) { fmt.Fprintf(a.stderr, "renewal failed, the file before stays: %v\n", err) },
	})
	if err != nil {
		return fmt.Errorf("%w (see securitytxt check)", err)
	}
	l, err := net.Listen("tcp", *addr)
	if err != nil {
		return err
	}
	fmt.Fprintf(a.stderr, "serving http://%s%s\n", l.Addr(), securitytxt.WellKnownPath)
	srv := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	stop := context.AfterFunc(ctx, func() {
		// The interrupt has come; give answers under way a moment.
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		_ = srv.Shutdown(last)
	})
	defer stop()
	if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
