// Command river is examples/cluster for a team that runs its jobs with River
// (https://riverqueue.com) on the same PostgreSQL: several processes open cases and
// write to the same ones, and relaying and clocks are River's jobs: periodic, unique, and
// asked for after each write. At the end it proves that nothing was lost, and that no two
// jobs of a kind ran at once.
//
//	go run ./examples/river -db postgres://… -processes 8 -for 1m -kill
//
// Without -db it takes the server that CVD_TEST_POSTGRES names.
package main

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"

	"github.com/cvdkit/cvdkit/cvd/sqlstore"
	"github.com/cvdkit/cvdkit/examples/internal/load"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	switch err := run(ctx, os.Args[1:], os.Stdout); {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		fmt.Fprintln(os.Stderr, "river:", err)
		stop()
		os.Exit(1)
	}
}

// host is what all processes are told.
type host struct {
	db, schema  string
	processes   int
	time, every time.Duration
	kill        bool
	worker      int // 0: the process that starts the others
}

func run(ctx context.Context, args []string, w io.Writer) error {
	var h host
	flags := flag.NewFlagSet("river", flag.ContinueOnError)
	flags.StringVar(&h.db, "db", os.Getenv("CVD_TEST_POSTGRES"), "postgres://…")
	flags.IntVar(&h.processes, "processes", 4, "how many processes")
	flags.DurationVar(&h.time, "for", 10*time.Second, "how long they work")
	flags.DurationVar(&h.every, "every", time.Second, "the period of the jobs; a host takes a minute")
	flags.BoolVar(&h.kill, "kill", false, "kill one of the processes at half time")
	flags.IntVar(&h.worker, "worker", 0, "the number of a process; it is started by the first one")
	flags.StringVar(&h.schema, "schema", "", "the schema; without it a new one, which is dropped at the end")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 || h.processes < 1 {
		return fmt.Errorf("usage: river [-db DB] [-processes N] [-for TIME] [-every TIME] [-kill]")
	}
	if h.db == "" {
		return errors.New("no database: River needs PostgreSQL, -db postgres://…")
	}
	if h.worker > 0 {
		return h.work(ctx, w)
	}
	return h.lead(ctx, w)
}

// opened is what every process of a host opens: one pool for River and for the cases.
type opened struct {
	pool  *pgxpool.Pool
	db    *sql.DB
	store *sqlstore.Store
}

func (h *host) open(ctx context.Context) (*opened, error) {
	pool, err := pgxpool.New(ctx, h.db)
	if err != nil {
		return nil, err
	}
	o := &opened{pool: pool, db: stdlib.OpenDBFromPool(pool)}
	if o.store, err = sqlstore.Open(o.db, sqlstore.Options{Dialect: sqlstore.PostgreSQL, Schema: h.schema}); err != nil {
		o.close()
		return nil, err
	}
	return o, nil
}

func (o *opened) close() {
	o.db.Close()
	o.pool.Close()
}

// migrate makes the tables of both, as a host does before a new version serves.
func (h *host) migrate(ctx context.Context, o *opened) error {
	if err := o.store.Migrate(ctx); err != nil {
		return err
	}
	migrator, err := rivermigrate.New(riverpgxv5.New(o.pool), &rivermigrate.Config{Schema: h.schema, Logger: quiet()})
	if err != nil {
		return err
	}
	_, err = migrator.Migrate(ctx, rivermigrate.DirectionUp, nil)
	return err
}

// work is one of the processes. It writes; messages and clocks are left to River.
func (h *host) work(ctx context.Context, w io.Writer) error {
	o, err := h.open(ctx)
	if err != nil {
		return err
	}
	defer o.close()
	k := load.Worker{Number: h.worker, Time: h.time, Store: o.store, Blobs: o.store.Blobs(), Out: w}
	svc, err := k.Service()
	if err != nil {
		return err
	}
	jobs, err := client(o.pool, h.schema, svc, h.every)
	if err != nil {
		return err
	}
	if err := jobs.Start(ctx); err != nil {
		return err
	}
	err = k.Work(ctx, svc, func(ctx context.Context) error {
		// Nobody has to wait for the period. If this is lost the period sends.
		_, err := jobs.Insert(ctx, relayArgs{}, nil)
		return err
	}, func(context.Context) error { return nil })
	if err == nil && !h.kill { // the job of a killed process would be waited for
		err = settle(ctx, jobs, o.db, h.schema)
	}
	// Let jobs that run come to their end.
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), limit)
	defer cancel()
	return errors.Join(err, jobs.Stop(stop))
}

// settle waits until a job has sent what is written by now, and periodic jobs have begun.
func settle(ctx context.Context, jobs *river.Client[pgx.Tx], db *sql.DB, schema string) error {
	ctx, cancel := context.WithTimeout(ctx, 2*limit)
	defer cancel()
	var last int64
	for {
		if last == 0 {
			r, err := jobs.Insert(ctx, relayArgs{}, nil)
			if err != nil {
				return err
			}
			if !r.UniqueSkippedAsDuplicate { // one that runs already may not see all
				last = r.Job.ID
			}
		}
		var done int
		if err := db.QueryRowContext(ctx, "SELECT count(DISTINCT kind) FROM "+schema+".river_job WHERE finalized_at IS NOT NULL AND (kind = 'cvd_tick' OR id = $1)", last).Scan(&done); err != nil {
			return err
		}
		if done == 2 {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("jobs do not run: %w", ctx.Err())
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// lead starts the processes, waits for them, and compares what they said with what is
// stored.
func (h *host) lead(ctx context.Context, w io.Writer) error {
	own := h.schema == ""
	if own {
		h.schema = fmt.Sprintf("river_%d", time.Now().UnixNano())
	}
	o, err := h.open(ctx)
	if err != nil {
		return err
	}
	defer o.close()
	if own {
		if _, err := o.db.ExecContext(ctx, "CREATE SCHEMA "+h.schema); err != nil {
			return err
		}
		defer func() {
			if _, err := o.db.ExecContext(context.WithoutCancel(ctx), "DROP SCHEMA "+h.schema+" CASCADE"); err != nil {
				fmt.Fprintln(w, "the schema", h.schema, "is left:", err)
			}
		}()
	}
	if err := h.migrate(ctx, o); err != nil {
		return err
	}
	program, err := os.Executable()
	if err != nil {
		return err
	}
	processes := make([]*exec.Cmd, h.processes)
	for i := range processes {
		cmd := exec.CommandContext(ctx, program, "-worker", fmt.Sprint(i+1), "-schema", h.schema, "-for", h.time.String(), "-every", h.every.String(), fmt.Sprintf("-kill=%t", h.kill))
		cmd.Env = append(os.Environ(), "CVD_TEST_POSTGRES="+h.db) // not an argument: others see those
		cmd.Stderr = os.Stderr
		processes[i] = cmd
	}
	k, begin, kill := load.NewLedger(), time.Now(), time.Duration(0)
	if h.kill {
		kill = h.time / 2
	}
	if err := k.Start(processes, kill); err != nil {
		return err
	}
	fmt.Fprintln(w, k.Summary(h.processes, time.Since(begin)))
	sent := k.Sent()
	if err := k.Finish(ctx, o.store, o.store.Blobs(), w); err != nil {
		return err
	}
	fmt.Fprintf(w, "%d messages were sent by jobs, %d after the last one\n", sent, k.Sent()-sent)
	if err := h.report(ctx, o.db, w); err != nil {
		return err
	}
	fmt.Fprintln(w, "nothing was lost")
	return nil
}

// report prints what River did, and returns an error if two jobs of a kind ran at once:
// a job has its times of the same clock here. One that was never finished ran until its
// process died.
func (h *host) report(ctx context.Context, db *sql.DB, w io.Writer) error {
	rows, err := db.QueryContext(ctx, `
		SELECT kind, count(*), count(DISTINCT attempted_by[1]), count(*) FILTER (WHERE state = 'discarded'),
			coalesce(max(extract(epoch FROM attempted_at - before)), 0), count(*) FILTER (WHERE attempted_at < ended)
		FROM (SELECT *, lag(finalized_at) OVER kinds AS ended, lag(attempted_at) OVER kinds AS before
			FROM `+h.schema+`.river_job WHERE attempted_at IS NOT NULL WINDOW kinds AS (PARTITION BY kind ORDER BY attempted_at)) jobs
		GROUP BY kind ORDER BY kind`)
	if err != nil {
		return err
	}
	defer rows.Close()
	var errs []error
	for rows.Next() {
		var kind string
		var n, by, failed, overlaps int
		var pause float64
		if err := rows.Scan(&kind, &n, &by, &failed, &pause, &overlaps); err != nil {
			return err
		}
		fmt.Fprintf(w, "%s: %d jobs in %d processes, %d failed, at most %.1f s from one to the next\n", kind, n, by, failed, pause)
		if overlaps > 0 {
			errs = append(errs, fmt.Errorf("%d jobs %s began while another ran", overlaps, kind))
		}
	}
	return errors.Join(append(errs, rows.Err())...)
}
