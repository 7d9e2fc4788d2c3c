package sqltest

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/sqlstore"
	"github.com/cvdkit/cvdkit/cvd/storage"
	"github.com/cvdkit/cvdkit/cvd/storecheck"
)

// power is a team on a disk whose power is cut again and again, and what was
// acknowledged to it.
type power struct {
	t        testing.TB
	seed     uint64
	random   *rand.Rand
	messages int          // of the first case, acknowledged
	reports  map[int]bool // tried; true: acknowledged
	next     int          // report
	dir      string       // what is on the disk
}

// TestPowerLoss cuts the power of a disk at random moments, also while tables are
// made. What was not synced is lost, or a part of it stays: everything that was
// acknowledged is there, all or nothing of what was not, and every row is what the
// logs say.
func TestPowerLoss(t *testing.T) {
	t.Parallel() // most of the time is spent in other processes
	mountable(t)
	cuts := 8
	if os.Getenv("CVD_TEST_SEEDS") != "" {
		cuts = 24
	}
	for _, seed := range seeds(t) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			p := newPower(t, seed)
			acked, syncs := 0, 0
			for n := range cuts {
				left := 1 + p.random.IntN(700)
				if n < 4 { // while there is little yet
					left = 1 + p.random.IntN(120)
				}
				d := p.work(t, left, nil)
				syncs += d.syncs
				p.check(t)
				if t.Failed() {
					t.Fatalf("after %d cuts", n+1)
				}
			}
			for _, ok := range p.reports {
				if ok {
					acked++
				}
			}
			if p.messages < cuts/2 || acked < cuts/2 || syncs < 10*cuts {
				t.Errorf("the test tries nothing: %d messages, %d reports, %d syncs", p.messages, acked, syncs)
			}
			t.Logf("%d cuts: %d messages and %d of %d reports were acknowledged, %d syncs", cuts, p.messages, acked, len(p.reports), syncs)
		})
	}
}

// TestPowerLossIsFound has losses that the test of power loss is to find: a host that
// commits without syncing, and a disk that says that it has synced and has not.
func TestPowerLossIsFound(t *testing.T) {
	t.Parallel()
	mountable(t)
	for name, args := range map[string][]string{"synchronous=OFF": {"CVD_CHILD_SYNC=OFF"}, "a disk that lies": nil, "none": {}} {
		t.Run(name, func(t *testing.T) {
			p := newPower(t, 1)
			p.work(t, 1<<30, func(d *powerDisk, acked int) { // so that there are tables
				if acked == 5 {
					d.cutNow()
				}
			})
			said := &recorder{TB: t}
			p.work(t, 1<<30, func(d *powerDisk, acked int) {
				d.mu.Lock()
				d.lies = name == "a disk that lies"
				d.mu.Unlock()
				if acked == 10 {
					d.cutNow()
				}
			}, args...)
			said.run(func() { p.check(said) })
			if found := said.text.Len() > 0; found != (name != "none") {
				t.Errorf("it is said: %.300q", said.text.String())
			}
		})
	}
}

// mountable skips where no file system of the test's own can be mounted.
func mountable(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("mounting a file system needs root")
	}
	f, err := os.OpenFile("/dev/fuse", os.O_RDWR, 0)
	if err != nil {
		t.Skipf("no FUSE here: %v", err)
	}
	f.Close()
	cmd := exec.Command("/bin/true")
	cmd.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS}
	if err := cmd.Run(); err != nil {
		t.Skipf("mounting is not allowed here: %v", err)
	}
}

func newPower(t *testing.T, seed uint64) *power {
	return &power{t: t, seed: seed, random: rand.New(rand.NewPCG(seed, 31)), reports: map[int]bool{}, next: 1, dir: t.TempDir()}
}

// work has another process write to the disk until its power is cut, which ends the
// process too. after is told how much was acknowledged in this round.
func (p *power) work(t *testing.T, left int, after func(*powerDisk, int), args ...string) *powerDisk {
	t.Helper()
	d := loadDisk(t, p.dir, p.random, left)
	device, err := os.OpenFile("/dev/fuse", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer device.Close()
	cmd := exec.Command(os.Args[0], "-test.run=^TestPowerChild$", "-test.timeout=600s")
	cmd.Env = append(os.Environ(), "CVD_POWER_MOUNT="+t.TempDir(), "CVD_POWER_NEXT="+strconv.Itoa(p.next))
	cmd.Env = append(cmd.Env, args...)
	cmd.ExtraFiles = []*os.File{device}
	// What is mounted in a namespace of its own is gone with the process.
	cmd.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS, Pdeathsig: syscall.SIGKILL}
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	out := bufio.NewScanner(pipe)
	if !out.Scan() || out.Text() != "mounted" {
		cmd.Process.Kill()
		cmd.Wait()
		t.Skipf("mounting is not allowed here: %s", out.Text())
	}
	server, err := d.serve(device)
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		<-d.cut
		cmd.Process.Kill()
	}()
	acked, unexpected := 0, ""
	for out.Scan() {
		what, number, _ := strings.Cut(out.Text(), " ")
		n, err := strconv.Atoi(number)
		switch {
		case err != nil: // what has failed
			unexpected = out.Text()
			continue
		case what == "try":
			if _, known := p.reports[n]; !known {
				p.reports[n] = false
			}
			p.next = max(p.next, n+1)
			continue
		case what == "report":
			p.reports[n] = true
		case what == "message":
			p.messages = max(p.messages, n)
		}
		if acked++; after != nil {
			after(d, acked)
		}
	}
	cmd.Wait()
	select {
	case <-d.cut:
	default:
		t.Fatalf("seed %d: the process ended before the power was cut: %s", p.seed, unexpected)
	}
	server.Wait()
	p.dir = t.TempDir()
	d.save(t, p.dir)
	return d
}

// check looks at what is on the disk, and lets go on with it.
func (p *power) check(t testing.TB) {
	t.Helper()
	db, s := openFile(t, filepath.Join(p.dir, "cases.db"))
	defer db.Close()
	svc := newService(t, s)
	cases := 0
	if id, err := svc.Lookup(t.Context(), report(0).IDs[0]); err == nil {
		cases++
		c := view(t, svc, id)
		done := written(c)
		if done < p.messages {
			t.Errorf("seed %d: message %d was acknowledged and %d is the last", p.seed, p.messages, done)
		}
		checkMessages(t, c, done)
		if got := number(t, db, "SELECT count(*) FROM cvd_outbox WHERE case_id = ?", id[:]); got != done {
			t.Errorf("seed %d: %d deliveries of %d messages", p.seed, got, done)
		}
		p.messages = done
	} else if !errors.Is(err, cvd.ErrNotFound) || p.messages > 0 {
		t.Errorf("seed %d: the first case: %v; message %d was acknowledged", p.seed, err, p.messages)
	}
	for n, acked := range p.reports {
		id, err := svc.Lookup(t.Context(), report(n).IDs[0])
		if err != nil {
			if acked || !errors.Is(err, cvd.ErrNotFound) {
				t.Errorf("seed %d: report %d: acknowledged: %v: %v", p.seed, n, acked, err)
			}
			continue
		}
		cases++
		p.reports[n] = true
		c := view(t, svc, id)
		if len(c.Reports) != 1 || c.Reports[0].Acknowledged.IsZero() || len(c.Messages) != 1 {
			t.Errorf("seed %d: report %d is half there", p.seed, n)
		}
	}
	if got := number(t, db, "SELECT count(*) FROM cvd_heads"); got != cases {
		t.Errorf("seed %d: %d cases, and %d are known", p.seed, got, cases)
	}
	var sound string
	if err := db.QueryRow("PRAGMA integrity_check").Scan(&sound); err != nil || sound != "ok" {
		t.Errorf("seed %d: the database: %s, %v", p.seed, sound, err)
	}
	r, err := storecheck.Verify(t.Context(), svc, s, storecheck.Options{Blobs: s.Blobs(), Contents: true})
	if err != nil || !r.OK() || r.Cases != cases {
		t.Errorf("seed %d: %d of %d cases, %v, %v", p.seed, r.Cases, cases, r.Findings, err)
	}
}

// TestPowerChild is the process that writes.
func TestPowerChild(t *testing.T) {
	mount := os.Getenv("CVD_POWER_MOUNT")
	if mount == "" {
		t.Skip("started by other tests")
	}
	if err := syscall.Mount("power", mount, "fuse.power", syscall.MS_NOSUID|syscall.MS_NODEV, "fd=3,rootmode=40000,user_id=0,group_id=0,max_read=131072"); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("mounted")
	path := filepath.Join(mount, "cases.db")
	openFile(t, path) // makes the tables
	// Checkpoints, too, are to be cut.
	db, err := sql.Open("sqlite", dsn(path)+"?_pragma=wal_autocheckpoint(40)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	s, err := sqlstore.Open(db, sqlstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	off := os.Getenv("CVD_CHILD_SYNC") == "OFF"
	svc := newService(t, s, func(cfg *cvd.Config) {
		if off {
			cfg.Store = openUnsynced(t, path)
		}
	})
	id, err := svc.Lookup(t.Context(), report(0).IDs[0])
	if errors.Is(err, cvd.ErrNotFound) {
		id = do(t, svc, cvd.CaseID{}, report(0)).ID
	} else if err != nil {
		t.Fatal(err)
	}
	next, err := strconv.Atoi(os.Getenv("CVD_POWER_NEXT"))
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	failed := make(chan struct{}) // without power
	var once sync.Once
	each := func(f func(n int) error, from int) {
		wg.Go(func() {
			for n := from; ; n++ {
				select {
				case <-failed:
					return
				default:
				}
				if err := f(n); err != nil {
					once.Do(func() { fmt.Println(err); close(failed) })
					return
				}
			}
		})
	}
	run := func(id cvd.CaseID, cmds ...cvd.Command) error {
		_, err := svc.Do(t.Context(), id, cvd.By{Actor: "staff"}, cmds...)
		return err
	}
	each(func(n int) error {
		err := run(id, cvd.PostMessage{To: []cvd.PartyID{2}, Text: cvd.Private(fmt.Sprint("message ", n))},
			cvd.PostMessage{Text: cvd.Private(fmt.Sprint("note ", n))})
		if err == nil {
			fmt.Println("message", n)
		}
		return err
	}, written(view(t, svc, id))+1)
	const reporters = 2
	for w := range reporters {
		each(func(n int) error {
			n = next + reporters*n + w
			fmt.Println("try", n)
			cmds := []cvd.Command{report(n), cvd.Acknowledge{}}
			if !off {
				cmds = append(cmds, cvd.Attach{Name: "crash.bin", Content: strings.NewReader(strings.Repeat("crash", 2000))})
			}
			err := run(cvd.CaseID{}, cmds...)
			if err == nil {
				fmt.Println("report", n)
			}
			return err
		}, 0)
	}
	wg.Wait()
	time.Sleep(time.Hour) // until it is killed: the power is gone
}

// unsynced appends in transactions of a host that does not sync.
type unsynced struct {
	*sqlstore.Store
	db *sql.DB
}

func openUnsynced(t *testing.T, path string) storage.Store {
	t.Helper()
	db, err := sql.Open("sqlite", dsn(path)+"?_pragma=synchronous(OFF)&_txlock=immediate&_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	s, err := sqlstore.Open(db, sqlstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return &unsynced{s, db}
}

func (s *unsynced) Append(ctx context.Context, changes []storage.Change) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := s.WithTx(tx).Append(ctx, changes); err != nil {
		return err
	}
	return tx.Commit()
}
