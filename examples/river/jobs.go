package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivertype"

	"github.com/cvdkit/cvdkit/cvd/service"
)

// limit is how long one job may take. Each call does a bounded piece, and a job makes a
// bounded number of calls: the next job goes on where this one stopped.
const (
	limit = time.Minute
	calls = 10
	piece = 100
)

// once says that no second job of a kind is made while one waits or runs. Relay and Tick
// are safe from any number of processes; this only saves work for nothing.
//
// One attempt: the next period is the next try. With more of them a job that failed would
// wait for its retry, for longer each time, and keep others out meanwhile.
func once() river.InsertOpts {
	return river.InsertOpts{MaxAttempts: 1, UniqueOpts: river.UniqueOpts{ByState: []rivertype.JobState{
		rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateScheduled,
		rivertype.JobStateRetryable, rivertype.JobStateRunning,
	}}}
}

type relayArgs struct{}

func (relayArgs) Kind() string                 { return "cvd_relay" }
func (relayArgs) InsertOpts() river.InsertOpts { return once() }

type tickArgs struct{}

func (tickArgs) Kind() string                 { return "cvd_tick" }
func (tickArgs) InsertOpts() river.InsertOpts { return once() }

// relayWorker sends what is due.
type relayWorker struct {
	river.WorkerDefaults[relayArgs]
	svc *service.Service
}

func (w *relayWorker) Work(ctx context.Context, _ *river.Job[relayArgs]) error {
	var failed []error
	for range calls {
		out, err := w.svc.Relay(ctx, piece)
		for _, p := range out.Problems { // they hold no text and no address
			failed = append(failed, p.Err)
		}
		if err != nil || out.Sent == 0 {
			return errors.Join(append(failed, err)...)
		}
	}
	return errors.Join(failed...)
}

// tickWorker records reminders and escalations. What they say is sent by the next relay.
type tickWorker struct {
	river.WorkerDefaults[tickArgs]
	svc *service.Service
}

func (w *tickWorker) Work(ctx context.Context, _ *river.Job[tickArgs]) error {
	var failed []error
	for range calls {
		out, err := w.svc.Tick(ctx, piece)
		for _, p := range out.Problems {
			failed = append(failed, p.Err)
		}
		if err != nil || out.Cases < piece {
			return errors.Join(append(failed, err)...)
		}
	}
	return errors.Join(failed...)
}

// client works on the jobs of all processes; the one that River elects makes the
// periodic ones.
func client(pool *pgxpool.Pool, schema string, svc *service.Service, every time.Duration) (*river.Client[pgx.Tx], error) {
	workers := river.NewWorkers()
	river.AddWorker(workers, &relayWorker{svc: svc})
	river.AddWorker(workers, &tickWorker{svc: svc})
	return river.NewClient(riverpgxv5.New(pool), &river.Config{
		Schema: schema, Workers: workers, Logger: quiet(),
		Queues: map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: 4}},
		PeriodicJobs: []*river.PeriodicJob{
			river.NewPeriodicJob(river.PeriodicInterval(every), func() (river.JobArgs, *river.InsertOpts) { return relayArgs{}, nil }, &river.PeriodicJobOpts{ID: "cvd_relay", RunOnStart: true}),
			river.NewPeriodicJob(river.PeriodicInterval(every), func() (river.JobArgs, *river.InsertOpts) { return tickArgs{}, nil }, &river.PeriodicJobOpts{ID: "cvd_tick", RunOnStart: true}),
		},
		JobTimeout: limit,
		// The job of a process that died counts as running until it is rescued, and keeps
		// its kind from running: by default for an hour.
		RescueStuckJobsAfter: limit + 5*time.Second,
	})
}

func quiet() *slog.Logger {
	return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError}))
}
