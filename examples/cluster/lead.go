package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/storage"
	"github.com/cvdkit/cvdkit/cvd/storecheck"
)

// told is what the processes said.
type told struct {
	mu        sync.Mutex
	cases     map[string]string // their message IDs
	notes     map[string]string // the case of each
	sent      map[string]int
	conflicts int
}

func (k *told) line(s string) {
	f := strings.Fields(s)
	k.mu.Lock()
	defer k.mu.Unlock()
	switch {
	case len(f) == 3 && f[0] == "case":
		k.cases[f[1]] = f[2]
	case len(f) == 3 && f[0] == "note":
		k.notes[f[2]] = f[1]
	case len(f) == 2 && f[0] == "sent":
		k.sent[f[1]]++
	case s == "conflict":
		k.conflicts++
	}
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
	k := &told{cases: map[string]string{}, notes: map[string]string{}, sent: map[string]int{}}
	svc, err := service(store, store.Blobs(), func(id string) { k.line("sent " + id) })
	if err != nil {
		return err
	}
	begin := time.Now()
	if err := c.start(ctx, k); err != nil {
		return err
	}
	seconds := time.Since(begin).Seconds()
	fmt.Fprintf(w, "%d processes, %.0f s: %d cases opened and %d notes and messages written (%.0f/s), %d conflicts, %d deliveries\n",
		c.processes, seconds, len(k.cases), len(k.notes), float64(len(k.cases)+len(k.notes))/seconds, k.conflicts, len(k.sent))
	for { // what nobody came to send
		out, err := svc.Relay(ctx, 100)
		if err != nil {
			return err
		}
		if out.Sent == 0 {
			break
		}
	}
	if err := k.prove(ctx, svc, store, w); err != nil {
		return err
	}
	fmt.Fprintln(w, "nothing was lost")
	return nil
}

// start runs the processes to their end.
func (c *cluster) start(ctx context.Context, k *told) error {
	program, err := os.Executable()
	if err != nil {
		return err
	}
	errs := make([]error, c.processes)
	var wg sync.WaitGroup
	for i := range c.processes {
		wg.Go(func() {
			cmd := exec.CommandContext(ctx, program, "-worker", fmt.Sprint(i+1), "-schema", c.schema, "-for", c.time.String())
			cmd.Env = append(os.Environ(), "CVD_TEST_POSTGRES="+c.db) // not an argument: others see those
			cmd.Stderr = os.Stderr
			out, err := cmd.StdoutPipe()
			if err == nil {
				err = cmd.Start()
			}
			if err != nil {
				errs[i] = err
				return
			}
			for in := bufio.NewScanner(out); in.Scan(); {
				k.line(in.Text())
			}
			errs[i] = cmd.Wait()
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// prove returns an error unless all that was acknowledged is there, once, and nothing
// else; every message has gone out; and every log and row verifies.
func (k *told) prove(ctx context.Context, svc *cvd.Service, store storage.Store, w io.Writer) error {
	var lost []error
	fail := func(format string, args ...any) { lost = append(lost, fmt.Errorf(format, args...)) }
	found, messages := map[string]int{}, 0
	seen := 0
	for q := (storage.Query{Limit: 200}); ; {
		heads, err := store.Heads(ctx, q)
		if err != nil {
			return err
		}
		if len(heads) == 0 {
			break
		}
		for _, h := range heads {
			v, err := svc.View(ctx, h.ID, cvd.Viewer{Team: true})
			if err != nil {
				return err
			}
			seen++
			if k.cases[h.ID.String()] == "" {
				fail("case %v was never acknowledged", h.ID)
			}
			for i := range v.Messages {
				m := &v.Messages[i]
				if len(m.To) > 0 {
					messages++
				}
				if at, ok := k.notes[string(m.Text)]; ok {
					found[string(m.Text)]++
					if at != h.ID.String() {
						fail("note %s is in case %v instead of %s", m.Text, h.ID, at)
					}
				}
			}
		}
		q.Before.ID = heads[len(heads)-1].ID
	}
	if seen != len(k.cases) {
		fail("%d cases are there, and %d were acknowledged", seen, len(k.cases))
	}
	for id, message := range k.cases {
		got, err := svc.Lookup(ctx, cvd.ExternalID{Kind: cvd.IDMessage, Value: cvd.Private(message)})
		if err != nil || got.String() != id {
			fail("the message of case %s leads to %v: %v", id, got, err)
		}
	}
	for text := range k.notes {
		if found[text] != 1 {
			fail("note %s is there %d times", text, found[text])
		}
	}
	if messages != len(k.sent) {
		fail("%d messages were written, and %d were sent", messages, len(k.sent))
	}
	report, err := storecheck.Verify(ctx, svc, store, storecheck.Options{})
	if err != nil {
		return err
	}
	for _, f := range report.Findings {
		fail("%v", f)
	}
	fmt.Fprintf(w, "%d cases with %d records verified, %d notes and messages found, %d messages sent\n", report.Cases, report.Records, len(found), messages)
	return errors.Join(lost...)
}
