package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/url"
	"time"

	_ "modernc.org/sqlite"

	"github.com/cvdkit/cvdkit/advisory"
	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/policy"
	"github.com/cvdkit/cvdkit/cvd/sqlstore"
	"github.com/cvdkit/cvdkit/pgp"
)

// desk is the host of this example: a database, a clock, a transport and the
// Service that joins them.
type desk struct {
	w     io.Writer
	db    *sql.DB
	svc   *cvd.Service
	clock *clock
	zone  *time.Location
	post  *post
	// released is the advisory that this run published.
	released *advisory.Advisory
	// readers are the parties whose keys this example holds, to show what they
	// can read.
	readers []reader
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
	d := &desk{w: w, db: db, clock: &clock{start.Add(20 * time.Minute)}, zone: zone}
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
	secret, err := d.secret(ctx)
	if err != nil {
		return err
	}
	if d.post, err = newPost(d.clock); err != nil {
		return err
	}
	d.svc, err = cvd.New(cvd.Config{
		Store: store, Blobs: store.Blobs(), Secret: secret, Now: d.clock.now,
		CheckAdvisory: checkAdvisory,
		Team:          cvd.Team{Name: "Gateway Security Team"}, Calendar: policy.Calendar{Zone: d.zone},
		Transports: map[string]cvd.Transport{
			cvd.TransportMail: d.post,
		},
	})
	return err
}

// secret keeps the Service's secret beside the cases, so that one file is all
// that this example needs. A host keeps it where its other secrets are.
func (d *desk) secret(ctx context.Context) ([]byte, error) {
	if _, err := d.db.ExecContext(ctx, "CREATE TABLE IF NOT EXISTS quickstart_secret(s BLOB NOT NULL)"); err != nil {
		return nil, err
	}
	var s []byte
	err := d.db.QueryRowContext(ctx, "SELECT s FROM quickstart_secret").Scan(&s)
	if !errors.Is(err, sql.ErrNoRows) {
		return s, err
	}
	s = make([]byte, 32)
	if _, err := rand.Read(s); err != nil {
		return nil, err
	}
	_, err = d.db.ExecContext(ctx, "INSERT INTO quickstart_secret VALUES(?)", s)
	return s, err
}

func (d *desk) close() { d.db.Close() }
