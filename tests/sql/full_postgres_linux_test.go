package sqltest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/cvdkit/cvdkit/cvd/storage"
)

// TestPostgresFull has the disk of the tables full under load: what is refused says so,
// what was acknowledged stays, and work goes on once there is room.
func TestPostgresFull(t *testing.T) {
	t.Parallel() // with servers of its own
	for _, seed := range seeds(t) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			server, _ := ownServer(t)
			disk := newSmallDisk(t, "6m")
			db, _ := openUnmigrated(t, server, "cases")
			for _, q := range []string{
				"CREATE TABLESPACE small LOCATION '" + disk.folder("tables", "postgres") + "'",
				"ALTER DATABASE postgres SET default_tablespace = small",
			} {
				if _, err := db.Exec(q); err != nil {
					t.Fatal(err)
				}
			}
			db.Close()
			db, s := openSchema(t, server, "cases") // on connections that know it
			if n := number(t, db, "SELECT count(*) FROM pg_class c JOIN pg_tablespace s ON s.oid = c.reltablespace WHERE s.spcname = 'small' AND c.relname = 'cvd_records'"); n != 1 {
				t.Fatal("the tables are not on the small disk")
			}
			refusals := &refused{reasons: []string{"No space left on device"}}
			l := newLoad(t, seed, 8)
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			var wg sync.WaitGroup
			wg.Go(func() { l.run(ctx, func() storage.Store { return refusals.by(s) }, 2) })
			l.wait(10 + rand.New(rand.NewPCG(seed, 5)).IntN(40))
			disk.take()
			l.until(func() bool { return refusals.count() >= 20 })
			disk.room()
			l.wait(100)
			stop()
			wg.Wait()
			records := l.check(s)
			for _, text := range refusals.strange {
				t.Errorf("refused with %s", text)
			}
			t.Logf("%d records, %d calls refused for want of room", records, refusals.n)
		})
	}
}

// TestPostgresLogFull has the disk of the write-ahead log full under load. The server
// then ends itself, and its recovery too as long as there is no room: what was
// acknowledged is there once it could start again. Every second server tries by itself
// while there is still no room.
func TestPostgresLogFull(t *testing.T) {
	t.Parallel() // with servers of its own
	for _, seed := range seeds(t) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			server, dir, control := startServer(t, "start")
			disk := newSmallDisk(t, "100m")
			data := filepath.Join(dir, "server", "data")
			control("stop")
			moveLog(t, data, disk)
			restarts, ends := "off", 1
			if seed%2 == 0 {
				restarts, ends = "on", 2
			}
			conf, err := os.OpenFile(filepath.Join(data, "postgresql.conf"), os.O_WRONLY|os.O_APPEND, 0)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := fmt.Fprintf(conf, "restart_after_crash = %s\n", restarts); err != nil {
				t.Fatal(err)
			}
			conf.Close()
			control("again")

			db, s := openSchema(t, server, "cases")
			l := newLoad(t, seed, 8)
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			var wg sync.WaitGroup
			wg.Go(func() {
				l.run(ctx, func() storage.Store {
					_, s := openUnmigrated(t, server, "cases")
					return s
				}, 2)
			})
			l.wait(20 + rand.New(rand.NewPCG(seed, 6)).IntN(100))
			disk.take()
			log := filepath.Join(dir, "server", "log")
			full := func() int {
				text, err := os.ReadFile(log)
				if err != nil {
					t.Error(err)
				}
				n := 0
				for line := range bytes.Lines(text) {
					if bytes.Contains(line, []byte("PANIC:")) && bytes.Contains(line, []byte("No space left on device")) {
						n++
					}
				}
				return n
			}
			for full() < ends && !gone(data) { // somebody else writes a lot
				if _, err := db.ExecContext(ctx, "SELECT pg_logical_emit_message(false, 'other', 'x'), pg_switch_wal()"); err != nil {
					time.Sleep(50 * time.Millisecond) // it is down
				}
			}
			l.until(func() bool { return l.doubts >= 1 && (restarts == "on" || gone(data)) })
			disk.room()
			for db.PingContext(ctx) != nil {
				if gone(data) {
					control("again")
				}
				time.Sleep(20 * time.Millisecond)
			}
			l.wait(100)
			stop()
			wg.Wait()
			records := l.check(s)
			if l.doubts == 0 {
				t.Error("the test tries nothing: no append was in doubt")
			}
			t.Logf("%d records, the server ended itself %d times, %d appends of unknown outcome, of which %d were written, %d leases lost", records, full(), l.doubts, l.late, l.leases)
		})
	}
}

// moveLog has a server that is stopped keep its write-ahead log on another disk.
func moveLog(t *testing.T, data string, disk *smallDisk) {
	t.Helper()
	from, to := filepath.Join(data, "pg_wal"), disk.folder("wal", "postgres")
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	err := filepath.WalkDir(to, func(path string, d os.DirEntry, err error) error {
		if err == nil {
			give(t, path, "postgres")
		}
		if err == nil && d.Type().IsRegular() {
			err = os.Chmod(path, 0o600)
		} else if err == nil {
			err = os.Chmod(path, 0o700)
		}
		return err
	})
	if err := errors.Join(err, os.RemoveAll(from), os.Symlink(to, from)); err != nil {
		t.Fatal(err)
	}
}

// gone tells that the server has ended.
func gone(data string) bool {
	text, err := os.ReadFile(filepath.Join(data, "postmaster.pid"))
	if err != nil {
		return true
	}
	first, _, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(first))
	return err == nil && errors.Is(syscall.Kill(pid, 0), syscall.ESRCH)
}
