package sqltest

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
)

// childWorks calls Tick and Relay until its input ends, by a clock that is off by
// some hours, and prints what it sent and what it was reminded of.
func childWorks(t *testing.T, schema string) {
	_, s := openUnmigrated(t, postgresURL(t), schema)
	hours, err := strconv.Atoi(os.Getenv("CVD_CHILD_HOURS"))
	if err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	svc := newService(t, s, func(cfg *cvd.Config) {
		cfg.Now = func() time.Time { return tickTime.Add(time.Since(begin) + time.Duration(hours)*time.Hour) }
		cfg.Lease = time.Second
		cfg.Transports[cvd.TransportMail] = cvd.TransportFunc(func(_ context.Context, m cvd.Outgoing) (cvd.Sent, error) {
			fmt.Println("sent", m.ID)
			time.Sleep(2 * time.Millisecond)
			return cvd.Sent{Protection: cvd.ProtectSealed}, nil
		})
	})
	fmt.Println("ready")
	in := bufio.NewScanner(os.Stdin)
	in.Scan()
	ended := make(chan struct{})
	go func() {
		in.Scan()
		close(ended)
	}()
	for {
		select {
		case <-ended:
			return
		default:
		}
		out, err := svc.Tick(t.Context(), 10)
		if err != nil {
			t.Error(err)
			return
		}
		for _, a := range out.Reminders {
			fmt.Println("reminded", a.Case, a.Deadline.ID, a.Kind)
		}
		if _, err := svc.Relay(t.Context(), 10); err != nil {
			t.Error(err)
			return
		}
	}
}

// TestPostgresProcesses has 16 processes call Tick and Relay on the same cases. The
// clocks of some are off by hours, and some are stopped until after their leases have
// ended, and go on. Each reminder comes once; each message at least once, under one ID.
func TestPostgresProcesses(t *testing.T) {
	url := postgresURL(t)
	for _, seed := range seeds(t) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			const processes, cases = 16, 80
			random := rand.New(rand.NewPCG(seed, 5))
			schema := newSchema(t, url)
			db, s := openSchema(t, url, schema)
			svc := newService(t, s, func(cfg *cvd.Config) { cfg.Now = func() time.Time { return tickTime.AddDate(0, 0, -35) } })
			var ids []cvd.CaseID
			for n := range cases {
				cmds := []cvd.Command{report(n)}
				if n%2 == 0 {
					cmds = append(cmds, cvd.Acknowledge{})
				}
				id := do(t, svc, cvd.CaseID{}, cmds...).ID
				do(t, svc, id, cvd.PostMessage{To: []cvd.PartyID{2}, Text: "first"}, cvd.PostMessage{To: []cvd.PartyID{2}, Text: "second"})
				ids = append(ids, id)
			}
			var mu sync.Mutex
			said := map[string]int{}
			var wg sync.WaitGroup
			var goOn, end []func()
			for i := range processes {
				hours := 0
				if i%4 == 3 {
					hours = random.IntN(12) - 6
				}
				cmd, in, out := serviceChild(t, "service-work", schema, fmt.Sprint("CVD_CHILD_HOURS=", hours))
				started(t, out)
				goOn = append(goOn, func() { fmt.Fprintln(in) })
				end = append(end, func() { in.Close() })
				stopAt := 0
				if i%4 == 0 {
					stopAt = 1 + random.IntN(5)
				}
				wg.Go(func() {
					n := 0
					for out.Scan() {
						if line := out.Text(); strings.HasPrefix(line, "sent ") || strings.HasPrefix(line, "reminded ") {
							mu.Lock()
							said[line]++
							mu.Unlock()
							if n++; n == stopAt {
								cmd.Process.Signal(syscall.SIGSTOP)
								time.Sleep(1500 * time.Millisecond)
								cmd.Process.Signal(syscall.SIGCONT)
							}
						}
					}
					if err := cmd.Wait(); err != nil {
						t.Errorf("seed %d: a process ended with %v", seed, err)
					}
				})
			}
			for _, f := range goOn {
				f()
			}
			left := func() int { return number(t, db, `SELECT count(*) FROM "`+schema+`".cvd_outbox`) }
			for i := 0; left() > 0; i++ {
				if i == 3000 {
					t.Errorf("seed %d: %d deliveries are left after five minutes", seed, left())
					break
				}
				time.Sleep(100 * time.Millisecond)
			}
			time.Sleep(2 * time.Second) // those that were stopped go on
			for _, f := range end {
				f()
			}
			wg.Wait()

			sent, repeats, reminders := 0, 0, 0
			for line, n := range said {
				if strings.HasPrefix(line, "sent ") {
					sent++
					repeats += n - 1
				} else if reminders++; n != 1 {
					t.Errorf("seed %d: %q came %d times", seed, line, n)
				}
			}
			recorded, messages := 0, 0
			look := newService(t, s, tickConfig)
			for _, id := range ids {
				c := view(t, look, id)
				for _, r := range c.Reminded {
					recorded++
					if said[fmt.Sprintf("reminded %v %v %v", id, r.Deadline, r.Kind)] != 1 {
						t.Errorf("seed %d: case %v records a reminder that nobody got", seed, id)
					}
				}
				for i := range c.Messages {
					if len(c.Messages[i].To) > 0 {
						messages++
					}
				}
			}
			if recorded != reminders || reminders == 0 {
				t.Errorf("seed %d: %d reminders are recorded, and %d came", seed, recorded, reminders)
			}
			if sent != messages || messages < 2*cases {
				t.Errorf("seed %d: %d messages, and %d were sent", seed, messages, sent)
			}
			t.Logf("%d messages under one ID each, %d sent again, %d reminders once each", sent, repeats, reminders)
		})
	}
}
