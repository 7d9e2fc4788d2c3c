// Command cluster runs several processes on one database, each of which opens cases,
// writes to the same ones, relays messages and looks at clocks. At the end it proves
// that nothing was lost. With -kill one of them is killed at half time.
//
//	go run ./examples/cluster -db postgres://… -processes 8 -for 1m
//
// examples/river does the same with relaying and clocks left to a job engine.
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
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver of PostgreSQL
	_ "modernc.org/sqlite"             // the driver of SQLite

	"github.com/cvdkit/cvdkit/cvd/sqlstore"
	"github.com/cvdkit/cvdkit/examples/internal/load"
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
	kill       bool
	time       time.Duration
	worker     int // 0: the process that starts the others
}

func run(ctx context.Context, args []string, w io.Writer) error {
	var c cluster
	flags := flag.NewFlagSet("cluster", flag.ContinueOnError)
	flags.StringVar(&c.db, "db", os.Getenv("CVD_TEST_POSTGRES"), "postgres://…, or the file of an SQLite database")
	flags.IntVar(&c.processes, "processes", 4, "how many processes")
	flags.DurationVar(&c.time, "for", 5*time.Second, "how long they work")
	flags.BoolVar(&c.kill, "kill", false, "kill one of them at half time")
	flags.IntVar(&c.worker, "worker", 0, "the number of a process; it is started by the first one")
	flags.StringVar(&c.schema, "schema", "", "the schema in PostgreSQL; without it a new one, which is dropped at the end")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 || c.processes < 1 {
		return fmt.Errorf("usage: cluster [-db DB] [-processes N] [-for TIME] [-kill]")
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

// work is one of the processes.
func (c *cluster) work(ctx context.Context, w io.Writer) error {
	db, store, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	k := load.Worker{Number: c.worker, Time: c.time, Store: store, Blobs: store.Blobs(), Out: w}
	svc, err := k.Service()
	if err != nil {
		return err
	}
	turn := 0
	return k.Work(ctx, svc, func(context.Context) error { return nil }, func(ctx context.Context) error {
		turn++
		if turn%2 == 0 {
			_, err := svc.Tick(ctx, 20)
			return err
		}
		_, err := svc.Relay(ctx, 20)
		return err
	})
}

// lead starts the processes, waits for them, and compares what they said with what is
// stored.
func (c *cluster) lead(ctx context.Context, w io.Writer) error {
	own := c.schema == ""
	if own {
		c.schema = fmt.Sprintf("cluster_%d", time.Now().UnixNano())
	}
	if c.db == "" {
		dir, err := os.MkdirTemp("", "cluster")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		c.db = filepath.Join(dir, "cases.db")
	}
	db, store, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	if own && c.postgres() {
		defer func() {
			if _, err := db.ExecContext(context.WithoutCancel(ctx), "DROP SCHEMA "+c.schema+" CASCADE"); err != nil {
				fmt.Fprintln(w, "the schema", c.schema, "is left:", err)
			}
		}()
	}
	program, err := os.Executable()
	if err != nil {
		return err
	}
	processes := make([]*exec.Cmd, c.processes)
	for i := range processes {
		cmd := exec.CommandContext(ctx, program, "-worker", fmt.Sprint(i+1), "-schema", c.schema, "-for", c.time.String())
		cmd.Env = append(os.Environ(), "CVD_TEST_POSTGRES="+c.db) // not an argument: others see those
		cmd.Stderr = os.Stderr
		processes[i] = cmd
	}
	k, begin, kill := load.NewLedger(), time.Now(), time.Duration(0)
	if c.kill {
		kill = c.time / 2
	}
	if err := k.Start(processes, kill); err != nil {
		return err
	}
	fmt.Fprintln(w, k.Summary(c.processes, time.Since(begin)))
	if err := k.Finish(ctx, store, store.Blobs(), w); err != nil {
		return err
	}
	fmt.Fprintln(w, "nothing was lost")
	return nil
}
