package sqltest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/url"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cvdkit/cvdkit/cvd/storage"
)

// seeds are those of one run: one, or as many as CVD_TEST_SEEDS says. CVD_TEST_SEED
// repeats one.
func seeds(t *testing.T) (list []uint64) {
	t.Helper()
	if s := os.Getenv("CVD_TEST_SEED"); s != "" {
		n, err := strconv.ParseUint(s, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		return []uint64{n}
	}
	n := 1
	if s := os.Getenv("CVD_TEST_SEEDS"); s != "" {
		var err error
		if n, err = strconv.Atoi(s); err != nil {
			t.Fatal(err)
		}
	}
	for i := range n {
		list = append(list, uint64(i+1))
	}
	return list
}

const serverScript = "../../.ci/services/postgres.sh"

// ownServer starts a PostgreSQL for one test, which may end it.
func ownServer(t *testing.T) (url string, control func(verb string)) {
	t.Helper()
	url, _, control = startServer(t, "start")
	return url, control
}

func startServer(t *testing.T, verb string, of ...string) (url, dir string, control func(verb string)) {
	t.Helper()
	postgresURL(t)                        // where there is none, there is no program either
	dir, err := os.MkdirTemp("", "cvdpg") // t.TempDir is too deep for the user postgres
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	t.Cleanup(func() { exec.Command(serverScript, "stop", dir).Run() })
	out, err := exec.Command(serverScript, append([]string{verb, dir}, of...)...).Output()
	if exit, ok := err.(*exec.ExitError); ok && exit.ExitCode() == 75 {
		t.Skip("no program of a server is installed here")
	}
	if err != nil {
		t.Fatal(err)
	}
	url = strings.TrimSpace(strings.TrimPrefix(string(out), "CVD_TEST_POSTGRES="))
	return url, dir, func(verb string) {
		if out, err := exec.Command(serverScript, verb, dir).CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", verb, err, out)
		}
	}
}

// TestPostgresKilled kills the server under load, as a crash of the machine would, and
// starts it again.
func TestPostgresKilled(t *testing.T) {
	t.Parallel() // with a server of its own
	for _, seed := range seeds(t) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			server, control := ownServer(t)
			_, s := openSchema(t, server, "cases")
			l := newLoad(t, seed, 8)
			random := rand.New(rand.NewPCG(seed, 77))
			ctx, stop := context.WithCancel(t.Context())
			var wg sync.WaitGroup
			wg.Go(func() {
				l.run(ctx, func() storage.Store {
					_, s := openUnmigrated(t, server, "cases")
					return s
				}, 3)
			})
			const kills = 3
			for range kills {
				l.wait(20 + random.IntN(150))
				control("kill")
				control("again")
			}
			l.wait(20)
			stop()
			wg.Wait()
			records := l.check(s)
			if records < 50 || l.doubts == 0 {
				t.Errorf("the test tries nothing: %d records, %d appends of unknown outcome", records, l.doubts)
			}
			t.Logf("%d records, %d kills, %d appends of unknown outcome, of which %d were written, %d leases lost", records, kills, l.doubts, l.late, l.leases)
		})
	}
}

// TestPostgresFailover kills a server under load for good, and has its standby take
// over: commits have waited for it, so nothing that was acknowledged is missing.
func TestPostgresFailover(t *testing.T) {
	t.Parallel() // with servers of its own
	postgresURL(t)
	for _, seed := range seeds(t) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			primary, dir, control := startServer(t, "start")
			openSchema(t, primary, "cases")
			standby, _, controlStandby := startServer(t, "standby", dir)
			// The driver looks for the one that can be written to.
			p, err := url.Parse(primary)
			if err != nil {
				t.Fatal(err)
			}
			s, err := url.Parse(standby)
			if err != nil {
				t.Fatal(err)
			}
			both := strings.Replace(primary, p.Host, p.Host+","+s.Host, 1) + "&target_session_attrs=read-write"
			l := newLoad(t, seed, 8)
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			var wg sync.WaitGroup
			wg.Go(func() {
				l.run(ctx, func() storage.Store {
					_, s := openUnmigrated(t, both, "cases")
					return s
				}, 3)
			})
			l.wait(50 + rand.New(rand.NewPCG(seed, 3)).IntN(250))
			control("kill")
			controlStandby("promote")
			l.wait(30)
			stop()
			wg.Wait()
			_, now := openUnmigrated(t, standby, "cases")
			records := l.check(now)
			if records < 50 || l.doubts == 0 {
				t.Errorf("the test tries nothing: %d records, %d appends of unknown outcome", records, l.doubts)
			}
			t.Logf("%d records, %d appends of unknown outcome, of which %d were written, %d leases lost", records, l.doubts, l.late, l.leases)
		})
	}
}

// TestPostgresCut has connections break after a statement was sent and before its
// answer came, at random: the client does not know whether it was committed.
func TestPostgresCut(t *testing.T) {
	server := postgresURL(t)
	for _, seed := range seeds(t) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			schema := newSchema(t, server)
			db, s := openSchema(t, server, schema)
			through, cuts := cutter(t, server, seed)
			l := newLoad(t, seed, 8)
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			var wg sync.WaitGroup
			wg.Go(func() {
				l.run(ctx, func() storage.Store {
					_, s := openUnmigrated(t, through, schema)
					return s
				}, 3)
			})
			l.until(func() bool { return l.acks >= 300 && l.doubts >= 5 && cuts.Load() >= 10 })
			stop()
			wg.Wait()
			// The server may still be at work for those that were cut.
			for number(t, db, "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND state <> 'idle' AND pid <> pg_backend_pid()") > 0 {
				time.Sleep(10 * time.Millisecond)
			}
			records := l.check(s)
			if records < 50 || cuts.Load() < 5 || l.doubts == 0 {
				t.Errorf("the test tries nothing: %d records, %d cuts, %d appends of unknown outcome", records, cuts.Load(), l.doubts)
			}
			t.Logf("%d records, %d cuts, %d appends of unknown outcome, of which %d were written, %d leases lost", records, cuts.Load(), l.doubts, l.late, l.leases)
		})
	}
}

// cutter passes connections on to a server. Each is cut after a random number of
// messages to the server, once the last of them was passed on.
func cutter(t *testing.T, server string, seed uint64) (through string, cuts *atomic.Int64) {
	t.Helper()
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	target := u.Host
	listen, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	cuts = &atomic.Int64{}
	random := rand.New(rand.NewPCG(seed, 99))
	var wg sync.WaitGroup
	t.Cleanup(func() {
		listen.Close()
		wg.Wait()
	})
	wg.Go(func() {
		for {
			client, err := listen.Accept()
			if err != nil {
				return
			}
			left := 5 + random.IntN(60)
			wg.Go(func() {
				defer client.Close()
				db, err := net.Dial("tcp", target)
				if err != nil {
					return
				}
				defer db.Close()
				var answers atomic.Bool // whether they are passed on
				answers.Store(true)
				answered := make(chan struct{})
				wg.Go(func() {
					defer close(answered)
					defer client.Close()
					buf := make([]byte, 64<<10)
					for {
						n, err := db.Read(buf)
						if err != nil || !answers.Load() {
							return
						}
						if _, err := client.Write(buf[:n]); err != nil {
							return
						}
					}
				})
				buf := make([]byte, 64<<10)
				for ; ; left-- {
					n, err := client.Read(buf)
					if err != nil {
						return
					}
					if left == 0 {
						answers.Store(false)
					}
					if _, err := db.Write(buf[:n]); err != nil {
						return
					}
					if left == 0 {
						cuts.Add(1)
						db.SetReadDeadline(time.Now().Add(2 * time.Second))
						<-answered // so that it has worked, not only received
						return
					}
				}
			})
		}
	})
	u.Host = listen.Addr().String()
	return u.String(), cuts
}
