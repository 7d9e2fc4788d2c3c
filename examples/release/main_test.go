package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/advisory/cve/cveservices"
	"github.com/cvdkit/cvdkit/advisory/cve/cveservices/replay"
	"github.com/cvdkit/cvdkit/advisory/provider"
	"github.com/cvdkit/cvdkit/advisory/provider/notify"
	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/memstore"
	"github.com/cvdkit/cvdkit/cvd/policy"
	"github.com/cvdkit/cvdkit/cvd/storage"
	"github.com/cvdkit/cvdkit/pgp"
)

func TestStory(t *testing.T) {
	var b bytes.Buffer
	o := options{dir: t.TempDir(), org: "gateway", user: "cna@gateway.example"}
	require.NoError(t, run(t.Context(), &b, o))
	for _, want := range []string{"nothing more before Thu 5 Mar 14:00:00", "3 outputs are out", page, "PUBLISHED at CVE Services", "3 mails", "clock cna-rules/record-must: met", "v2.0/white/2026/gw-2026-0003.json and "} {
		require.Contains(t, b.String(), want)
	}
	require.ErrorContains(t, run(t.Context(), &b, o), "take a new folder", "the server inside has forgotten")
}

// world is what outlives a host: its database, its folder, CVE Services, and the
// readers' mailboxes.
type world struct {
	t      testing.TB
	dir    string
	store  *memstore.Store
	state  *memstore.State
	srv    *httptest.Server
	signer signer

	mu      sync.Mutex
	created int                 // records that CVE Services made
	written int                 // how often one was written
	mails   map[string][]string // texts, by recipient
	early   []string            // what came out before the advisory
}

func newWorld(t testing.TB, dir string, s signer) *world {
	w := &world{t: t, dir: dir, store: memstore.New(), state: memstore.NewState(), signer: s, mails: map[string][]string{}}
	cves := &replay.Server{Org: "gateway", User: "cna@gateway.example", Key: "k", Quota: 100, Now: func() time.Time { return planned }}
	w.srv = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/cna") {
			w.mu.Lock()
			w.written++
			if r.Method == http.MethodPost {
				w.created++
			}
			if !w.public() {
				w.early = append(w.early, "the CVE record")
			}
			w.mu.Unlock()
		}
		cves.ServeHTTP(rw, r)
	}))
	t.Cleanup(w.srv.Close)
	return w
}

// public tells whether the advisory is out, as a reader of the folder sees it.
func (w *world) public() bool {
	for _, f := range []string{"v2.0/white/2026/gw-2026-0003.json", "v2.1/clear/2026/gw-2026-0003.json.asc", "advisories/gw-2026-0003.html"} {
		if _, err := os.Stat(filepath.Join(w.dir, "public", f)); err != nil {
			return false
		}
	}
	return true
}

func (w *world) Send(_ context.Context, m notify.Mail) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.public() {
		w.early = append(w.early, "a mail")
	}
	w.mails[m.To] = append(w.mails[m.To], m.ID+"\n"+m.Text)
	return nil
}

var errDead = errors.New("the process is dead")

// fuse kills a host at its n-th use of the world: before it, or after it, when its
// answer is lost. 0 does not.
type fuse struct{ left, at int }

func (f *fuse) use(do func() error) error {
	f.at++
	if f.left > 0 && f.at > (f.left+1)/2 {
		return errDead
	}
	if f.left > 0 && f.at == (f.left+1)/2 {
		if f.left%2 == 1 {
			return errDead
		}
		if err := do(); err != nil {
			return err
		}
		return errDead
	}
	return do()
}

type fusedStore struct {
	storage.Store
	f *fuse
}

func (s fusedStore) Append(ctx context.Context, c []storage.Change) error {
	return s.f.use(func() error { return s.Store.Append(ctx, c) })
}
func (s fusedStore) Load(ctx context.Context, id cvd.CaseID, after cvd.Seq, n int, private bool) (r []storage.Record, err error) {
	err = s.f.use(func() error { r, err = s.Store.Load(ctx, id, after, n, private); return err })
	return r, err
}

type fusedState struct {
	storage.State
	f *fuse
}

func (s fusedState) Get(ctx context.Context, k string) (v []byte, n int64, err error) {
	err = s.f.use(func() error { v, n, err = s.State.Get(ctx, k); return err })
	return v, n, err
}
func (s fusedState) Put(ctx context.Context, k string, version int64, v []byte) (n int64, err error) {
	err = s.f.use(func() error { n, err = s.State.Put(ctx, k, version, v); return err })
	return n, err
}

type fusedHTTP struct{ f *fuse }

func (h fusedHTTP) RoundTrip(r *http.Request) (a *http.Response, err error) {
	err = h.f.use(func() error { a, err = http.DefaultTransport.RoundTrip(r); return err })
	if err != nil && a != nil {
		a.Body.Close()
		a = nil
	}
	return a, err
}

type fusedSender struct {
	s notify.Sender
	f *fuse
}

func (s fusedSender) Send(ctx context.Context, m notify.Mail) error {
	return s.f.use(func() error { return s.s.Send(ctx, m) })
}

type fusedSigner struct {
	provider.Signer
	f *fuse
}

func (s fusedSigner) SignDetached(ctx context.Context, dst io.Writer, src io.Reader) error {
	return s.f.use(func() error { return s.Signer.SignDetached(ctx, dst, src) })
}

// host is a new process on the world.
func (w *world) host(f *fuse) *desk {
	d := &desk{w: io.Discard, dir: w.dir, now: planned.Add(-72 * time.Hour), secret: []byte(strings.Repeat("s", 32)),
		store: fusedStore{w.store, f}, state: fusedState{w.state, f}, sender: fusedSender{w, f}, signer: fusedSigner{w.signer, f}}
	c, err := cveservices.New(cveservices.Config{URL: w.srv.URL + "/api", Org: "gateway", User: "cna@gateway.example", Key: "k",
		HTTP: &http.Client{Transport: fusedHTTP{f}}, Now: d.clock})
	require.NoError(w.t, err)
	require.NoError(w.t, d.open(c))
	return d
}

// all holds what a release that came to its end leaves, however often it was killed.
func (w *world) all(d *desk) {
	t := w.t
	c, err := d.svc.View(context.Background(), d.id, cvd.Viewer{Team: true})
	require.NoError(t, err)
	_, left := c.Release.Next()
	require.False(t, left)
	require.Len(t, c.Publications, 1, "published once")
	ds, err := d.svc.Deadlines(c, d.now)
	require.NoError(t, err)
	met := 0
	for _, x := range ds {
		if x.Policy == "cna-rules" && !x.Due.IsZero() && x.State == policy.DeadlineMet {
			met++
		}
	}
	require.Equal(t, 2, met, "the clocks of the CNA rules know the record")
	require.Equal(t, []string{string(draft(c, csaf20).SHA256), string(draft(c, csaf21).SHA256)}, c.Publications[0].SHA256)
	for _, f := range []string{"v2.0/white/2026", "v2.1/clear/2026"} {
		got, err := os.ReadFile(filepath.Join(w.dir, "public", f, "gw-2026-0003.json"))
		require.NoError(t, err)
		name := csaf20
		if strings.HasPrefix(f, "v2.1") {
			name = csaf21
		}
		require.Equal(t, string(draft(c, name).Content), string(got), "what was approved came out, byte by byte")
	}
	require.Empty(t, w.early)
	require.Equal(t, 1, w.created)
	require.Equal(t, 1, w.written, "the record is written once")
	places, err := d.pool.Places(context.Background(), planned.Year())
	require.NoError(t, err)
	for _, p := range places {
		if p.ID == string(c.Vulnerabilities[0].CVE) {
			require.Equal(t, cveservices.Published, p.State)
		}
	}
	require.Len(t, w.mails, len(readers))
	for to, mails := range w.mails {
		for _, m := range mails {
			require.Equal(t, mails[0], m, "%s: a mail that is sent again is the same, under the same Message-ID", to)
		}
	}
}

// A host that dies before or after any single use of its database, of CVE Services, of
// its key or of its mail server leaves a release that the next one finishes.
func TestReleaseSurvivesEveryDeath(t *testing.T) {
	key, _, err := (&pgp.Engine{Now: func() time.Time { return planned.AddDate(0, -1, 0) }}).Generate(pgp.KeySpec{Name: "Gateway", Address: "security@gateway.example"})
	require.NoError(t, err)
	sign := signer{&pgp.Engine{Now: func() time.Time { return planned }}, key}
	step := 1
	if testing.Short() {
		step = 7
	}
	deaths, again := 0, 0
	for left := 1; ; left += step {
		w := newWorld(t, t.TempDir(), sign)
		first := w.host(&fuse{})
		for _, part := range []func(context.Context) error{first.subscribe, first.prepare, first.approve} {
			require.NoError(t, part(t.Context()))
		}
		f := &fuse{left: left}
		d := w.host(f)
		d.id, d.now = first.id, planned
		run, err := d.svc.RunReleases(t.Context(), 10)
		died := f.at >= (left+1)/2
		if !died {
			require.NoError(t, err)
			require.Equal(t, 3, run.Done)
		} else {
			deaths++
		}
		next := w.host(&fuse{})
		next.id, next.now = first.id, planned
		require.NoError(t, next.release(t.Context()), "death %d", left)
		w.all(next)
		for _, mails := range w.mails {
			again += len(mails) - 1
		}
		w.srv.Close()
		if !died {
			break
		}
	}
	t.Logf("%d deaths; %d mails went out twice, under the same Message-ID", deaths, again)
	require.Greater(t, deaths, 50/step)
}

// A real process that is killed at any moment, again and again.
func TestReleaseIsKilled(t *testing.T) {
	if dir := os.Getenv("RELEASE_DIR"); dir != "" {
		if err := run(context.Background(), os.Stdout, options{dir: dir, url: os.Getenv("RELEASE_URL"), org: "gateway", user: "cna@gateway.example", key: "k"}); err != nil {
			fmt.Println(err)
			os.Exit(3)
		}
		return
	}
	rounds := 3
	if testing.Short() {
		rounds = 1
	}
	self, err := os.Executable()
	require.NoError(t, err)
	// start runs the program on a world, and kills it after a time; 0 does not.
	start := func(w *world, after time.Duration) (killed bool) {
		cmd := exec.Command(self, "-test.run=^TestReleaseIsKilled$", "-test.v")
		cmd.Env = append(os.Environ(), "RELEASE_DIR="+w.dir, "RELEASE_URL="+w.srv.URL+"/api")
		var out bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &out
		require.NoError(t, cmd.Start())
		if after > 0 {
			timer := time.AfterFunc(after, func() { _ = cmd.Process.Kill() })
			defer timer.Stop()
		}
		var exit *exec.ExitError
		err := cmd.Wait()
		if err == nil {
			return false
		}
		require.ErrorAs(t, err, &exit)
		require.Equal(t, -1, exit.ExitCode(), "it was killed, and did not fail: %s", out.String())
		return true
	}
	whole := newWorld(t, t.TempDir(), signer{})
	began := time.Now()
	require.False(t, start(whole, 0))
	took := time.Since(began)
	whole.finished()
	kills := 0
	for round := range rounds {
		w := newWorld(t, t.TempDir(), signer{})
		r := rand.New(rand.NewPCG(uint64(round), 23))
		w.subscribe()
		for k := range 6 { // each a little later than the one before
			if !start(w, took*time.Duration(1+2*k)/12+time.Duration(r.Int64N(int64(took/6)))) {
				break
			}
			kills++
		}
		require.False(t, start(w, 0))
		w.finished()
	}
	t.Logf("%d kills in %d releases, a whole one took %v", kills, rounds, took.Round(time.Millisecond))
	require.Positive(t, kills)
}

// subscribe lets the readers subscribe before anything is killed: who loses the mail of
// a confirmation asks again after 48 hours.
func (w *world) subscribe() {
	d := &desk{w: io.Discard, dir: w.dir, now: planned.AddDate(0, 0, -3)}
	done, err := d.openFiles(w.t.Context())
	require.NoError(w.t, err)
	defer done()
	c, err := cveservices.New(cveservices.Config{URL: w.srv.URL + "/api", Org: "gateway", User: "cna@gateway.example", Key: "k", HTTP: http.DefaultClient, Now: d.clock})
	require.NoError(w.t, err)
	require.NoError(w.t, d.open(c))
	require.NoError(w.t, d.subscribe(w.t.Context()))
}

// finished holds what files and the server show.
func (w *world) finished() {
	t := w.t
	require.True(t, w.public())
	require.Empty(t, w.early)
	require.Equal(t, 1, w.created)
	require.Equal(t, 1, w.written)
	mails, err := filepath.Glob(filepath.Join(w.dir, "mails", "*.eml"))
	require.NoError(t, err)
	require.Len(t, mails, len(readers), "each reader has one mail")
	var feed struct {
		Feed struct {
			Entry []json.RawMessage `json:"entry"`
		} `json:"feed"`
	}
	text, err := os.ReadFile(filepath.Join(w.dir, "public", "v2.0", "white", "csaf-feed-tlp-white.json"))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &feed))
	require.Len(t, feed.Feed.Entry, 1)
}

// What was saved after the approvals does not come out.
func TestOnlyWhatWasApprovedComesOut(t *testing.T) {
	key, _, err := (&pgp.Engine{Now: func() time.Time { return planned.AddDate(0, -1, 0) }}).Generate(pgp.KeySpec{Name: "Gateway", Address: "security@gateway.example"})
	require.NoError(t, err)
	w := newWorld(t, t.TempDir(), signer{&pgp.Engine{Now: func() time.Time { return planned }}, key})
	d := w.host(&fuse{})
	for _, part := range []func(context.Context) error{d.subscribe, d.prepare, d.approve} {
		require.NoError(t, part(t.Context()))
	}
	d.now = d.now.Add(time.Minute)
	c, err := d.svc.View(t.Context(), d.id, cvd.Viewer{Team: true})
	require.NoError(t, err)
	x := draft(c, csaf21)
	_, err = d.do(t.Context(), "late", "eve", cvd.SaveDraft{Name: x.Name, Type: x.Type, Content: x.Content + " "})
	require.NoError(t, err)
	d.now = planned
	run, err := d.svc.RunReleases(t.Context(), 10)
	require.NoError(t, err)
	require.Zero(t, run.Done)
	require.ErrorContains(t, run.Problems[0].Err, "was saved after it was approved")
	require.False(t, w.public())
}
