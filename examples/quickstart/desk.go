package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"time"

	_ "modernc.org/sqlite"

	"github.com/cvdkit/cvdkit/advisory"
	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/mail"
	"github.com/cvdkit/cvdkit/cvd/policy"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/sqlstore"
	"github.com/cvdkit/cvdkit/pgp"
)

// desk is the host of this example: a database, a clock, a transport and the
// Service that joins them.
type desk struct {
	w     io.Writer
	file  string
	db    *sql.DB
	svc   *service.Service
	clock *clock
	zone  *time.Location
	post  *post
	// released is the advisory that this run published.
	released *advisory.Advisory
	// readers are the parties whose keys this example holds, to show what they
	// can read.
	readers []reader
	// proposed are the keys that the mail brought along.
	proposed []mail.Key
	// cveID and advisoryID are what the script gives to the case.
	cveID      cvd.Private
	advisoryID string
	// window is how many days the embargo has.
	window int
}

type reader struct {
	name   string
	secret pgp.Secret
}

// clock is moved by the story instead of by time.
type clock struct{ t time.Time }

func (c *clock) now() time.Time { return c.t }

func openDesk(ctx context.Context, w io.Writer, file string, start time.Time) (*desk, error) {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		return nil, err
	}
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", OmitHost: true, Path: file}).String())
	if err != nil {
		return nil, err
	}
	d := &desk{w: w, file: file, db: db, clock: &clock{start.Add(20 * time.Minute)}, zone: zone}
	if err := d.connect(ctx); err != nil {
		db.Close()
		return nil, fmt.Errorf("the database %s: %w", file, err)
	}
	return d, nil
}

func (d *desk) connect(ctx context.Context) error {
	store, err := sqlstore.Open(d.db, sqlstore.Options{Dialect: sqlstore.SQLite, Now: d.clock.now})
	if err != nil {
		return err
	}
	if err := store.Migrate(ctx); err != nil {
		return err
	}
	secret, err := secret(d.file + ".secret")
	if err != nil {
		return err
	}
	if d.post, err = newPost(d.clock); err != nil {
		return err
	}
	d.svc, err = service.New(cvd.Config{
		Store: store, Blobs: store.Blobs(), Secret: secret, Now: d.clock.now,
		CheckAdvisory: checkAdvisory,
		Team:          cvd.Team{Name: "Gateway Security Team"}, Calendar: policy.Calendar{Zone: d.zone},
		Transports: map[string]cvd.Transport{
			cvd.TransportMail: d.post.transport(),
		},
	})
	return err
}

// secret reads the Service's secret from a file beside the database, and makes it
// the first time. It is not in the database: who reads a copy of that must not be
// able to recognise names in its index. Without it nothing is found any more, so
// it belongs in the backup.
func secret(file string) ([]byte, error) {
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) {
		return os.ReadFile(file)
	}
	if err != nil {
		return nil, err
	}
	s := make([]byte, 32)
	if _, err := rand.Read(s); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	_, err = f.Write(s)
	return s, errors.Join(err, f.Sync(), f.Close())
}

func (d *desk) close() { d.db.Close() }
