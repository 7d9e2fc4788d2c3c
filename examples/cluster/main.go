// Command cluster runs several processes on one database, each of which opens cases,
// writes to the same ones, relays messages and looks at clocks. At the end it proves
// that nothing was lost.
//
//	go run ./examples/cluster -db postgres://… -processes 8 -for 1m
//
// Without -db it takes the server that CVD_TEST_POSTGRES names, and without that an
// SQLite file, which several processes may share, too.
package main

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver of PostgreSQL
	_ "modernc.org/sqlite"             // the driver of SQLite

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/sqlstore"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	switch err := run(ctx, os.Args[1:], os.Stdout); {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		fmt.Fprintln(os.Stderr, "cluster:", err)
		stop()
		os.Exit(1)
	}
}

// cluster is what all processes are told.
type cluster struct {
	db, schema string
	processes  int
	time       time.Duration
	worker     int // 0: the process that starts the others
}

func run(ctx context.Context, args []string, w io.Writer) error {
	var c cluster
	flags := flag.NewFlagSet("cluster", flag.ContinueOnError)
	flags.StringVar(&c.db, "db", os.Getenv("CVD_TEST_POSTGRES"), "postgres://…, or the file of an SQLite database")
	flags.IntVar(&c.processes, "processes", 4, "how many processes")
	flags.DurationVar(&c.time, "for", 5*time.Second, "how long they work")
	flags.IntVar(&c.worker, "worker", 0, "the number of a process; it is started by the first one")
	flags.StringVar(&c.schema, "schema", "", "the schema in PostgreSQL; without it a new one, which is dropped at the end")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 || c.processes < 1 {
		return fmt.Errorf("usage: cluster [-db DB] [-processes N] [-for TIME]")
	}
	if c.worker > 0 {
		return c.work(ctx, w)
	}
	return c.lead(ctx, w)
}

func (c *cluster) postgres() bool {
	return strings.HasPrefix(c.db, "postgres://") || strings.HasPrefix(c.db, "postgresql://")
}

// open opens the database, as every process of a host does.
func (c *cluster) open(ctx context.Context) (*sql.DB, *sqlstore.Store, error) {
	driver, name, o := "sqlite", "", sqlstore.Options{Dialect: sqlstore.SQLite}
	if c.postgres() {
		driver, name, o = "pgx", c.db, sqlstore.Options{Dialect: sqlstore.PostgreSQL, Schema: c.schema}
	} else {
		name = (&url.URL{Scheme: "file", OmitHost: true, Path: filepath.ToSlash(c.db)}).String()
	}
	db, err := sql.Open(driver, name)
	if err != nil {
		return nil, nil, err
	}
	db.SetMaxIdleConns(4)
	store, err := sqlstore.Open(db, o)
	if err == nil {
		err = store.Migrate(ctx)
	}
	if err != nil {
		db.Close()
		return nil, nil, err
	}
	return db, store, nil
}

// service is that of every process. sent is told of each message.
func service(store storage.Store, blobs storage.BlobStore, sent func(id string)) (*cvd.Service, error) {
	return cvd.New(cvd.Config{
		Store: store, Blobs: blobs, Secret: []byte(strings.Repeat("demo", 8)),
		Transports: map[string]cvd.Transport{
			cvd.TransportMail: cvd.TransportFunc(func(_ context.Context, m cvd.Outgoing) (cvd.Sent, error) {
				sent(m.ID)
				return cvd.Sent{Protection: cvd.ProtectSealed}, nil
			}),
		},
	})
}
