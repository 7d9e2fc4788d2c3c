package load

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/storage"
	"github.com/cvdkit/cvdkit/cvd/storecheck"
)

// Start runs the processes to their end and notes what they say. If kill is not zero,
// the first of them is killed after so long, in the middle of whatever it does.
func (k *Ledger) Start(processes []*exec.Cmd, kill time.Duration) error {
	begin := time.Now()
	errs := make([]error, len(processes))
	var wg sync.WaitGroup
	for i, cmd := range processes {
		wg.Go(func() {
			out, err := cmd.StdoutPipe()
			if err == nil {
				err = cmd.Start()
			}
			if err != nil {
				errs[i] = err
				return
			}
			var killed atomic.Bool
			if i == 0 && kill > 0 {
				defer time.AfterFunc(kill, func() { killed.Store(cmd.Process.Kill() == nil) }).Stop()
			}
			for in := bufio.NewScanner(out); in.Scan(); {
				k.Line(in.Text())
			}
			if err := cmd.Wait(); !killed.Load() {
				errs[i] = err
				return
			}
			k.mu.Lock()
			k.killed = true
			k.mu.Unlock()
		})
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	if k.killed { // else it had ended before
		time.Sleep(time.Until(begin.Add(kill + Lease))) // what it held
	}
	return nil
}

// Summary is what was done in so long a time.
func (k *Ledger) Summary(processes int, took time.Duration) string {
	seconds := took.Seconds()
	return fmt.Sprintf("%d processes, %.0f s: %d cases opened and %d notes and messages written (%.0f/s), %d conflicts, %d deliveries",
		processes, seconds, len(k.cases), len(k.notes), float64(len(k.cases)+len(k.notes))/seconds, k.conflicts, len(k.sent))
}

// Finish sends what nobody came to send, and proves that nothing was lost.
func (k *Ledger) Finish(ctx context.Context, store storage.Store, blobs storage.BlobStore, w io.Writer) error {
	svc, err := Service(store, blobs, func(id string) { k.Line("sent " + id) })
	if err != nil {
		return err
	}
	for {
		out, err := svc.Relay(ctx, 100)
		if err != nil {
			return err
		}
		if out.Sent == 0 {
			break
		}
	}
	return k.prove(ctx, svc, store, w)
}

// prove returns an error unless all that was acknowledged is there, once, and nothing
// else; every message has gone out; and every log and row verifies.
func (k *Ledger) prove(ctx context.Context, svc *service.Service, store storage.Store, w io.Writer) error {
	var lost []error
	fail := func(format string, args ...any) { lost = append(lost, fmt.Errorf(format, args...)) }
	begun, err := k.begun(ctx, svc)
	if err != nil {
		return err
	}
	found, messages, seen, doubt := map[string]int{}, 0, 0, 0
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
			switch {
			case k.cases[h.ID.String()] != "":
				seen++
			case begun[h.ID.String()]:
				doubt++
			default:
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
	if doubt > 0 {
		fmt.Fprintf(w, "%d cases of the killed process are there that it could not acknowledge any more\n", doubt)
	}
	return errors.Join(lost...)
}

// begun returns the cases of messages that processes had begun to receive, if one was
// killed: it may have written what it could not acknowledge any more.
func (k *Ledger) begun(ctx context.Context, svc *service.Service) (map[string]bool, error) {
	cases := map[string]bool{}
	for message := range k.tried {
		if !k.killed || !strings.HasPrefix(message, "<") {
			continue
		}
		id, err := svc.Lookup(ctx, cvd.ExternalID{Kind: cvd.IDMessage, Value: cvd.Private(message)})
		if err != nil && !errors.Is(err, cvd.ErrNotFound) {
			return nil, err
		}
		if err == nil {
			cases[id.String()] = true
		}
	}
	return cases, nil
}
