package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	_ "modernc.org/sqlite"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/portal"
	"github.com/cvdkit/cvdkit/cvd/sqlstore"
	"github.com/cvdkit/cvdkit/examples/desk/internal/pages"
	"github.com/cvdkit/cvdkit/pgp"
)

// desk is all that the program works with.
type desk struct {
	o      options
	dir    string // temporary, of a demonstration; "": there is none
	db     *sql.DB
	store  *sqlstore.Store
	svc    *cvd.Service
	secret cvd.Secret
	portal *portal.Portal
	pages  *pages.Desk
}

func open(ctx context.Context, o options) (_ *desk, err error) {
	d := &desk{o: o}
	defer func() {
		if err != nil {
			d.close()
		}
	}()
	if o.db == "" {
		if d.dir, err = os.MkdirTemp("", "desk"); err != nil {
			return nil, err
		}
		o.db = filepath.Join(d.dir, "demonstration.db")
	}
	if d.secret, err = readSecret(o.db + ".secret"); err != nil {
		return nil, err
	}
	path, err := filepath.Abs(o.db)
	if err != nil {
		return nil, err
	}
	if d.db, err = sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(5000)"); err != nil {
		return nil, err
	}
	if d.store, err = sqlstore.Open(d.db, sqlstore.Options{}); err != nil {
		return nil, err
	}
	if err = d.store.Migrate(ctx); err != nil {
		return nil, err
	}
	d.svc, err = cvd.New(cvd.Config{
		Store: d.store, Blobs: d.store.Blobs(), State: d.store.State(), Secret: d.secret[:32],
		Team: cvd.Team{Name: team},
	})
	if err != nil {
		return nil, err
	}
	d.portal, err = portal.New(portal.Config{
		Service: d.svc, State: d.store.State(), Secret: d.secret[32:64], Team: team, Fingerprint: fingerprints, OnError: d.problem("portal"),
	})
	if err != nil {
		return nil, err
	}
	d.pages, err = pages.New(pages.Config{
		Service: d.svc, State: d.store.State(), Team: team, OnError: d.problem("desk"),
		Staff: func(*http.Request) (pages.Staff, bool) {
			return pages.Staff{Name: "you", Groups: []cvd.Private{cvd.EveryGroup}}, true
		},
	})
	return d, err
}

const team = "Example PSIRT"

func (d *desk) problem(part string) func(context.Context, error) {
	return func(_ context.Context, err error) { fmt.Fprintf(os.Stderr, "desk: %s: %v\n", part, err) }
}

func (d *desk) close() {
	if d.db != nil {
		d.db.Close()
	}
	if d.dir != "" {
		os.RemoveAll(d.dir)
	}
}

func (d *desk) serve(ctx context.Context, w io.Writer) error {
	public := http.NewServeMux()
	public.Handle("/report/", http.StripPrefix("/report", d.portal))
	public.Handle("/{$}", http.RedirectHandler("/report/", http.StatusSeeOther))
	servers := []struct {
		name, addr string
		handler    http.Handler
	}{{"The form for reporters", d.o.listen, public}, {"The desk of the team", d.o.teamListen, d.pages}}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	done := make(chan error, len(servers))
	for _, s := range servers {
		l, err := net.Listen("tcp", s.addr)
		if err != nil {
			return err
		}
		srv := &http.Server{Handler: s.handler, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10}
		fmt.Fprintf(w, "%s is at http://%s/\n", s.name, l.Addr())
		context.AfterFunc(ctx, func() {
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
			defer cancel()
			done <- srv.Shutdown(last)
		})
		go func() {
			if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
				stop()
				done <- err
			}
		}()
	}
	var errs []error
	for range servers {
		errs = append(errs, <-done)
		stop()
	}
	return errors.Join(errs...)
}

// fingerprints reads the OpenPGP keys in a file.
func fingerprints(key []byte) (out []string, err error) {
	certs, _, err := pgp.ParseCerts(bytes.NewReader(key), pgp.ParseOptions{})
	for _, c := range certs {
		out = append(out, c.Fingerprint())
	}
	return out, err
}

// readSecret reads the secret beside the database, or makes one.
func readSecret(file string) ([]byte, error) {
	b, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		b = make([]byte, 96)
		if _, err = rand.Read(b); err == nil {
			err = os.WriteFile(file, b, 0o600)
		}
	}
	if err == nil && len(b) != 96 {
		err = fmt.Errorf("%s does not hold 96 bytes", file)
	}
	return b, err
}
