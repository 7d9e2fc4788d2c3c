package pages_test

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/memstore"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/sqlstore"
	"github.com/cvdkit/cvdkit/cvd/storage"
	"github.com/cvdkit/cvdkit/examples/desk/internal/pages"
)

// The cases of a scale test begin within three years before now; of three, two are
// closed as noise, and of the others half are assigned.
var (
	scaleSecret = cvd.Secret(bytes.Repeat([]byte("s"), 32))
	scaleNow    = time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
)

// fill puts n cases into an empty store. They are made in memory, and appended as the
// changes that follow from their logs, many at once.
func fill(tb testing.TB, to storage.Store, n int) (numbers []string) {
	ctx := context.Background()
	const chunk = 500
	now := scaleNow
	taken := map[storage.Key]bool{} // the key by which a Service knows its Secret is one case's only
	config := func(s storage.Store) *service.Service {
		svc, err := service.New(cvd.Config{Store: s, Secret: scaleSecret, Now: func() time.Time { return now }, Team: cvd.Team{Name: "Example PSIRT"}})
		require.NoError(tb, err)
		return svc
	}
	for from := 0; from < n; from += chunk {
		svc := config(memstore.New())
		var changes []storage.Change
		for i := from; i < min(n, from+chunk); i++ {
			now = scaleNow.Add(-time.Duration(n-i) * 3 * 365 * 24 * time.Hour / time.Duration(n))
			cmds := []cvd.Command{cvd.Receive{
				Title: words(n+i, 5), Summary: words(i, 100), Reporter: cvd.Contact{Name: "Rita", Email: cvd.Private(fmt.Sprintf("r%d@finder.example", i%5000))},
			}, cvd.Acknowledge{}, cvd.PostMessage{Text: "A note of the team."}}
			switch i % 6 {
			case 0:
				cmds = append(cmds, cvd.Triage{Outcome: cvd.OutcomeValid}, cvd.SetSeverity{Rating: cvd.RatingHigh}, cvd.Accept{}, cvd.Assign{To: "ana"},
					cvd.Invite{Roles: cvd.RoleVendor, Contact: cvd.Contact{Organization: "Aurora", Email: "psirt@aurora.example"}})
			case 1:
			default:
				cmds = append(cmds, cvd.Triage{Outcome: cvd.OutcomeInvalid}, cvd.Close{})
			}
			c, err := svc.Do(ctx, cvd.CaseID{}, cvd.By{Actor: "ana"}, cmds...)
			require.NoError(tb, err)
			x, err := svc.Rebuild(ctx, c.ID)
			require.NoError(tb, err)
			x.Take = slices.DeleteFunc(x.Take, func(k storage.Key) bool { return taken[k] })
			for _, k := range x.Take {
				taken[k] = true
			}
			changes = append(changes, x)
			if i%6 == 0 {
				numbers = append(numbers, c.Number)
			}
		}
		require.NoError(tb, to.Append(ctx, changes))
	}
	now = scaleNow
	_, err := config(to).Find(ctx, cvd.Viewer{Team: true}, service.Filter{}, "", 1) // it is under the right secret
	require.NoError(tb, err)
	return numbers
}

// vocabulary is of made words.
var vocabulary = func() []string {
	r := rand.New(rand.NewPCG(1, 2))
	out := make([]string, 20_000)
	for i := range out {
		b := make([]byte, 4+r.IntN(7))
		for j := range b {
			b[j] = "abcdefghijklmnoprstuvwz"[r.IntN(23)]
		}
		out[i] = string(b)
	}
	return out
}()

// words is a text of a case's own, which takes some words much more often than others, as
// people do (Zipf's law): with few words, each as often as any other, all texts resemble
// one another, which reports do not.
func words(seed, n int) cvd.Private {
	r := rand.New(rand.NewPCG(uint64(seed), 1))
	z := rand.NewZipf(r, 1.1, 20, uint64(len(vocabulary)-1))
	out := make([]string, n)
	for i := range out {
		out[i] = vocabulary[z.Uint64()]
	}
	return cvd.Private(strings.Join(out, " "))
}

// deskOn is a desk on a store, whose cases nothing caches.
func deskOn(tb testing.TB, s storage.Store) *pages.Desk {
	clock := func() time.Time { return scaleNow }
	state := memstore.NewState()
	svc, err := service.New(cvd.Config{Store: s, Secret: scaleSecret, State: state, Now: clock, Cached: -1, Team: cvd.Team{Name: "Example PSIRT"}})
	require.NoError(tb, err)
	d, err := pages.New(pages.Config{
		Service: svc, State: state, Now: clock, Staff: func(*http.Request) (pages.Staff, bool) { return pages.Staff{Name: "ana"}, true },
		OnError: func(_ context.Context, err error) { tb.Error(err) },
	})
	require.NoError(tb, err)
	return d
}

func visit(tb testing.TB, d *pages.Desk, path string) {
	w := httptest.NewRecorder()
	d.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
	require.Equal(tb, 200, w.Code, path)
}

// counting counts what a Store is asked, and what it gives.
type counting struct {
	storage.Store
	calls, heads, records atomic.Int64
}

func (c *counting) Load(ctx context.Context, id cvd.CaseID, after cvd.Seq, max int, private bool) ([]storage.Record, error) {
	out, err := c.Store.Load(ctx, id, after, max, private)
	c.calls.Add(1)
	c.records.Add(int64(len(out)))
	return out, err
}

func (c *counting) Heads(ctx context.Context, q storage.Query) ([]storage.Head, error) {
	out, err := c.Store.Heads(ctx, q)
	c.calls.Add(1)
	c.heads.Add(int64(len(out)))
	return out, err
}

func (c *counting) Lookup(ctx context.Context, k storage.Key) (cvd.CaseID, error) {
	c.calls.Add(1)
	return c.Store.Lookup(ctx, k)
}

// What a page reads does not grow with the cases that there are.
func TestPagesReadNoMoreOfMoreCases(t *testing.T) {
	read := func(n int) map[string][3]int64 {
		s := &counting{Store: memstore.New()}
		numbers := fill(t, s, n)
		d := deskOn(t, s)
		out := map[string][3]int64{}
		for name, path := range map[string]string{"list": "/", "mine": "/?view=mine", "closed": "/?view=closed", "case": "/cases/" + numbers[len(numbers)/2]} {
			before := [3]int64{s.calls.Load(), s.heads.Load(), s.records.Load()}
			visit(t, d, path)
			out[name] = [3]int64{s.calls.Load() - before[0], s.heads.Load() - before[1], s.records.Load() - before[2]}
		}
		return out
	}
	few, many := read(400), read(1000)
	t.Log(few, many)
	for page := range few {
		for i, what := range []string{"calls", "heads", "records"} {
			most := 1.5*float64(few[page][i]) + 2
			switch {
			case what != "heads":
			case page == "case":
				most = 600 // Similar looks at the 64 newest for each of a few words, and at who shares a band
			case page != "closed":
				most = 15 * 51 // a list by date asks for one more than a page: in years, months and days, by halves
			}
			require.LessOrEqual(t, float64(many[page][i]), most, "%s: %s", page, what)
		}
	}
}

// BenchmarkGrowth compares the pages at 100,000 cases, or CVD_BENCH_CASES, with those at
// 1,000, in turns: the times as list-ms and case-ms, and how they grow as list-ratio and
// case-ratio. The databases are kept in the folder CVD_BENCH_DIR, if it is set, and used
// again: empty it when the index of cases has changed.
func BenchmarkGrowth(b *testing.B) {
	n := 100_000
	if s := os.Getenv("CVD_BENCH_CASES"); s != "" {
		var err error
		n, err = strconv.Atoi(s)
		require.NoError(b, err)
	}
	var desks []*pages.Desk
	var numbers [][]string
	dir := os.Getenv("CVD_BENCH_DIR")
	if dir == "" {
		dir = b.TempDir()
	}
	for _, n := range []int{1000, n} {
		s, list := scaleStore(b, dir, n)
		numbers = append(numbers, list)
		desks = append(desks, deskOn(b, s))
	}
	took := map[string][2][]time.Duration{}
	i := 0
	for b.Loop() {
		for which, d := range desks {
			for name, path := range map[string]string{"list": "/", "mine": "/?view=mine", "case": "/cases/" + numbers[which][i*7919%len(numbers[which])]} {
				begin := time.Now()
				visit(b, d, path)
				x := took[name]
				x[which] = append(x[which], time.Since(begin))
				took[name] = x
			}
		}
		i++
	}
	for name, x := range took {
		few, many := median(x[0]), median(x[1])
		b.ReportMetric(float64(many)/float64(few), name+"-ratio")
		b.ReportMetric(float64(many)/1e6, name+"-ms")
	}
}

// scaleStore is a database of n cases in a folder, where it is made if it is not there
// whole. The numbers of the assigned cases lie beside it.
func scaleStore(b *testing.B, dir string, n int) (*sqlstore.Store, []string) {
	name := filepath.Join(dir, fmt.Sprintf("cases-%d.db", n))
	text, err := os.ReadFile(name + ".numbers")
	whole := err == nil
	if !whole {
		for _, end := range []string{"", "-wal", "-shm"} { // what was left half made
			if err := os.Remove(name + end); !errors.Is(err, fs.ErrNotExist) {
				require.NoError(b, err)
			}
		}
	}
	db, err := sql.Open("sqlite", "file:"+name+"?_pragma=busy_timeout(5000)")
	require.NoError(b, err)
	b.Cleanup(func() { db.Close() })
	s, err := sqlstore.Open(db, sqlstore.Options{})
	require.NoError(b, err)
	require.NoError(b, s.Migrate(b.Context()))
	if whole {
		return s, strings.Fields(string(text))
	}
	begin := time.Now()
	numbers := fill(b, s, n)
	b.Logf("%d cases were loaded in %v", n, time.Since(begin).Round(time.Second))
	require.NoError(b, os.WriteFile(name+".numbers", []byte(strings.Join(numbers, "\n")), 0o600))
	return s, numbers
}

func median(d []time.Duration) time.Duration {
	slices.SortFunc(d, cmp.Compare[time.Duration])
	return d[len(d)/2]
}
