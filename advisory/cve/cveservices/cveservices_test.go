package cveservices

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/advisory/cve"
	"github.com/cvdkit/cvdkit/advisory/cve/cveservices/replay"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// memory is a State with the limits of storage.State. When fail returns an error, the write
// is done or not.
type memory struct {
	mu     sync.Mutex
	values map[string][]byte
	vers   map[string]int64
	last   int64
	fail   func() (done bool, err error)
	before func(key string) // a write, without the lock
}

func newMemory() *memory { return &memory{values: map[string][]byte{}, vers: map[string]int64{}} }

func (m *memory) Get(_ context.Context, key string) ([]byte, int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.values[key], m.vers[key], nil
}

func (m *memory) Put(_ context.Context, key string, version int64, value []byte) (int64, error) {
	if m.before != nil {
		m.before(key)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(key) > 200 || len(value) > 64<<10 || strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return 0, errors.New("the key or the value is not allowed")
	}
	var failed error
	if m.fail != nil {
		done, err := m.fail()
		if err != nil && !done {
			return 0, err
		}
		failed = err
	}
	if m.vers[key] != version {
		return 0, errors.New("conflict")
	}
	if value == nil {
		delete(m.values, key)
		delete(m.vers, key)
		return 0, failed
	}
	m.last++
	m.values[key], m.vers[key] = value, m.last
	return m.last, failed
}

func (m *memory) List(_ context.Context, prefix, after string, n int) ([]string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var keys []string
	for k := range m.values {
		if strings.HasPrefix(k, prefix) && k > after {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	return keys[:min(n, len(keys))], nil
}

func start(t *testing.T) (*replay.Server, *Client, *httptest.Server) {
	s := &replay.Server{Org: "gateway", User: "cna@gateway.example", Key: "TOP-SECRET", Quota: 1000, Now: func() time.Time { return now }, PageSize: 3}
	srv := httptest.NewServer(s)
	t.Cleanup(srv.Close)
	c, err := New(Config{URL: srv.URL + "/api", Org: "gateway", User: "cna@gateway.example", Key: "TOP-SECRET", HTTP: srv.Client(), Now: func() time.Time { return now }})
	require.NoError(t, err)
	return s, c, srv
}

func record(t testing.TB, id, text string) *cve.Record {
	r, err := cve.Parse(fmt.Appendf(nil, `{
  "dataType": "CVE_RECORD", "dataVersion": "5.1",
  "cveMetadata": {"cveId": %q, "assignerOrgId": "7e4b6c2a-0d3f-4a55-9d1c-2f6a8b3e9c01", "state": "PUBLISHED"},
  "containers": {"cna": {
    "providerMetadata": {"orgId": "7e4b6c2a-0d3f-4a55-9d1c-2f6a8b3e9c01"},
    "datePublic": "2026-02-28T12:00:00Z",
    "descriptions": [{"lang": "en", "value": %q}],
    "affected": [{"vendor": "Example", "product": "parser", "versions": [{"version": "1.0", "status": "affected"}]}],
    "references": [{"url": "https://psirt.example/a"}]
  }}}`, id, text))
	require.NoError(t, err)
	require.Empty(t, r.Check())
	return r
}

// A record that the server would refuse for its form is not sent. What a server says
// of such records is in behaves; this is what the replay server does not look at.
func TestInvalidIsNotSent(t *testing.T) {
	_, c, _ := start(t)
	asked := 0
	c.http.Transport = roundTrip(func(*http.Request) (*http.Response, error) {
		asked++
		return nil, errors.New("not expected")
	})
	for name, add := range map[string]string{
		"a name that the database cannot keep": `"x_tool": {"a": [{"$ref": "x"}]}`,
		"a name with a null":                   `"x_tool": {"a\u0000b": 1}`,
		"more bytes than the server takes":     `"x_tool": "` + strings.Repeat("x", maxBody) + `"`,
	} {
		bad := changed(t, record(t, "CVE-2026-10001", "Text."), `"references"`, add+`, "references"`)
		require.Empty(t, bad.Check(), "the schema has nothing against %s", name)
		_, err := c.Publish(t.Context(), bad)
		var invalid *InvalidError
		require.ErrorAs(t, err, &invalid, name)
	}
	require.Zero(t, asked)
}

// A year that runs out gives fewer IDs than were asked for. They are in the pool.
func TestYearRunsOut(t *testing.T) {
	s, c, _ := start(t)
	s.Last = 10_002
	ids, err := c.Reserve(t.Context(), Reservation{Count: 3, Sequential: true})
	require.True(t, IsCode(err, CodePartial), "%v", err)
	require.Len(t, ids, 2)
	s.Last = 10_004
	p := &Pool{Client: c, State: newMemory(), Batch: 3, Sequential: true}
	for i := range 4 {
		_, err := p.Assign(t.Context(), 2026, fmt.Sprint("vuln-", i))
		require.NoError(t, err)
	}
	_, err = p.Assign(t.Context(), 2026, "vuln-4")
	require.True(t, IsCode(err, CodePartial), "%v", err)
	places, err := p.Places(t.Context(), 2026)
	require.NoError(t, err)
	require.Len(t, places, 4, "the two that were reserved beside the pool were taken in")
	require.Len(t, s.Reserved(), 4)
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// No reserved ID is forgotten, wherever the process or the network dies: before or
// after the server reserved, before or after the pool was written.
func TestPoolForgetsNothing(t *testing.T) {
	for seed := range uint64(100) {
		s, c, srv := start(t)
		rng := rand.New(rand.NewPCG(seed, 1))
		m := newMemory()
		died := errors.New("the process died")
		dying := true
		m.fail = func() (bool, error) {
			if dying && rng.IntN(4) == 0 {
				return rng.IntN(2) == 0, died
			}
			return false, nil
		}
		c.http.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
			if dying && rng.IntN(4) == 0 {
				return nil, died // before the server saw it
			}
			res, err := srv.Client().Transport.RoundTrip(r)
			if err == nil && dying && rng.IntN(4) == 0 {
				res.Body.Close()
				return nil, died // after
			}
			return res, err
		})
		p := &Pool{Client: c, State: m, Batch: 3}
		told := map[string]string{}
		for i := range 12 {
			vuln := fmt.Sprint("vuln-", i%5)
			id, err := p.Assign(t.Context(), 2026, vuln)
			if err != nil {
				continue
			}
			require.Contains(t, []string{"", id}, told[vuln], "the same name gets the same ID")
			told[vuln] = id
		}
		dying = false
		_, err := p.Recover(t.Context(), 2026)
		require.NoError(t, err)
		places, err := p.Places(t.Context(), 2026)
		require.NoError(t, err)
		var have []string
		whose := map[string]string{}
		for _, x := range places {
			have = append(have, x.ID)
			if x.For != "" {
				require.Empty(t, whose[x.For], "one ID for one vulnerability")
				whose[x.For] = x.ID
			}
		}
		slices.Sort(have)
		require.Equal(t, s.Reserved(), have, "seed %d", seed)
		for vuln, id := range told {
			require.Equal(t, id, whose[vuln])
			again, err := p.Assign(t.Context(), 2026, vuln)
			require.NoError(t, err)
			require.Equal(t, id, again)
		}
		// At the end of the year nothing stays reserved but what was assigned.
		_, err = p.RejectUnused(t.Context(), 2026, "Not used.")
		require.NoError(t, err)
		for _, id := range s.Reserved() {
			require.Contains(t, whose, vulnOf(whose, id))
		}
		srv.Close()
	}
}

func vulnOf(whose map[string]string, id string) string {
	for v, x := range whose {
		if x == id {
			return v
		}
	}
	return "nobody"
}

// Many callers that share a State get one ID for each vulnerability, however many IDs
// a year has.
func TestPoolShared(t *testing.T) {
	s, _, srv := start(t)
	s.Quota, s.PageSize = 5000, 500
	m := newMemory()
	var wg sync.WaitGroup
	var mu sync.Mutex
	got := map[string]string{}
	for w := range 8 {
		wg.Go(func() {
			c, err := New(Config{URL: srv.URL + "/api", Org: "gateway", User: "cna@gateway.example", Key: "TOP-SECRET", HTTP: srv.Client(), Now: func() time.Time { return now }})
			if err != nil {
				t.Error(err)
				return
			}
			p := &Pool{Client: c, State: m, Batch: 100, Sequential: true}
			for i := range 100 {
				vuln := fmt.Sprint("vulnerability ", (i*7+w*13)%100)
				id, err := p.Assign(t.Context(), 2026, vuln)
				if errors.Is(err, ErrContended) {
					continue
				}
				mu.Lock()
				if was := got[vuln]; err != nil || was != "" && was != id {
					t.Errorf("%s: %s, before %s: %v", vuln, id, was, err)
				}
				got[vuln] = id
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	ids := map[string]string{}
	for v, id := range got {
		require.Empty(t, ids[id], "%s is for %s too", id, v)
		ids[id] = v
	}
	require.Len(t, ids, 100)
	_, c, _ := start(t)
	places, err := (&Pool{Client: c, State: m}).Places(t.Context(), 2026)
	require.NoError(t, err)
	require.Len(t, places, len(s.Reserved()))
}

// Who comes second with the same vulnerability gets the ID of the first, and what it
// claimed is free again; also when it dies before it can say so.
func TestPoolSecondClaim(t *testing.T) {
	for _, dies := range []bool{false, true} {
		_, c, _ := start(t)
		ctx := t.Context()
		m := newMemory()
		p := &Pool{Client: c, State: m, Sequential: true}
		require.NoError(t, p.Fill(ctx, 2026, 2))
		places, err := p.Places(ctx, 2026)
		require.NoError(t, err)
		m.before = func(key string) {
			if !strings.HasPrefix(key, "cve/for/") {
				return
			}
			m.before = nil
			// Another process was between the two writes with the second ID.
			ok, err := p.claim(ctx, 2026, places[1].ID, "vuln")
			require.NoError(t, err)
			require.True(t, ok)
			value, _ := json.Marshal(given{places[1].ID})
			_, err = m.Put(ctx, key, 0, value)
			require.NoError(t, err)
			if dies {
				m.fail = func() (bool, error) { return false, errors.New("the process died") }
			}
		}
		id, err := p.Assign(ctx, 2026, "vuln")
		if dies {
			require.Error(t, err)
			m.fail = nil
			id, err = p.Assign(ctx, 2026, "vuln")
		}
		require.NoError(t, err)
		require.Equal(t, places[1].ID, id)
		id, err = p.Assign(ctx, 2026, "another")
		require.NoError(t, err)
		require.Equal(t, places[0].ID, id)
	}
}

func TestPool(t *testing.T) {
	s, c, _ := start(t)
	ctx := t.Context()
	p := &Pool{Client: c, State: newMemory(), Batch: 3}
	id, err := p.Assign(ctx, 2026, "case-1")
	require.NoError(t, err)
	again, err := p.Assign(ctx, 2026, "case-1")
	require.NoError(t, err)
	require.Equal(t, id, again)
	other, err := p.Assign(ctx, 2026, "case-2")
	require.NoError(t, err)
	require.NotEqual(t, id, other)
	require.Len(t, s.Reserved(), 3)

	public := false
	isPublic := func(context.Context) (bool, error) { return public, nil }
	first := record(t, id, "Text.")
	_, err = p.Release(ctx, "r1", first, isPublic)
	require.ErrorIs(t, err, ErrTooEarly)
	_, err = c.Record(ctx, id)
	require.True(t, IsCode(err, CodeRecordAbsent), "nothing was sent before the advisory")
	public = true
	done, err := p.Release(ctx, "r1", first, isPublic)
	require.NoError(t, err)
	require.Equal(t, Created, done.Outcome)
	// A step that is repeated late takes nothing back.
	_, err = c.Publish(ctx, record(t, id, "Better text."))
	require.NoError(t, err)
	public = false
	for range 2 {
		again, err := p.Release(ctx, "r1", first, isPublic)
		require.NoError(t, err)
		require.Equal(t, done, again)
	}
	got, err := c.Record(ctx, id)
	require.NoError(t, err)
	require.Contains(t, string(got.JSON()), "Better text.")
	_, err = p.Release(ctx, "r1", record(t, id, "Other text."), isPublic)
	require.ErrorIs(t, err, ErrReleased)
	at, err := p.Released(ctx, "r1")
	require.NoError(t, err)
	require.Equal(t, done, at)

	rejected, err := p.RejectUnused(ctx, 2026, "Not used in 2026.")
	require.NoError(t, err)
	require.Len(t, rejected, 1)
	rejected, err = p.RejectUnused(ctx, 2026, "Not used in 2026.")
	require.NoError(t, err)
	require.Empty(t, rejected)
	require.NoError(t, p.Reject(ctx, other, Rejection{Reason: "A duplicate.", ReplacedBy: []string{id}}))
	places, err := p.Places(ctx, 2026)
	require.NoError(t, err)
	states := map[string]string{}
	for _, x := range places {
		states[x.ID] = x.State
	}
	require.Equal(t, map[string]string{id: Published, other: Rejected, rejected0(places, id, other): Rejected}, states)
}

// A release that dies anywhere is done by a later call, and the record is there once.
func TestReleaseResumes(t *testing.T) {
	for seed := range uint64(60) {
		_, c, srv := start(t)
		rng := rand.New(rand.NewPCG(seed, 2))
		m := newMemory()
		died := errors.New("the process died")
		m.fail = func() (bool, error) {
			if rng.IntN(3) == 0 {
				return rng.IntN(2) == 0, died
			}
			return false, nil
		}
		ids, err := c.Reserve(t.Context(), Reservation{Count: 1})
		require.NoError(t, err)
		posts := 0
		c.http.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
			lost := rng.IntN(3)
			if lost == 0 {
				return nil, died // before the server saw it
			}
			res, err := srv.Client().Transport.RoundTrip(r)
			if err == nil && r.Method != http.MethodGet && res.StatusCode == 200 {
				posts++
			}
			if err == nil && lost == 1 {
				res.Body.Close()
				return nil, died // after
			}
			return res, err
		})
		p := &Pool{Client: c, State: m}
		r := record(t, ids[0].ID, "Text.")
		for i := 0; ; i++ {
			require.Less(t, i, 200)
			if _, err := p.Release(t.Context(), "r1", r, func(context.Context) (bool, error) { return true, nil }); err == nil {
				break
			}
		}
		require.Equal(t, 1, posts, "seed %d", seed)
		srv.Close()
	}
}

func rejected0(places []Place, not ...string) string {
	for _, x := range places {
		if !slices.Contains(not, x.ID) {
			return x.ID
		}
	}
	return ""
}

func TestKeyStaysSecret(t *testing.T) {
	_, c, srv := start(t)
	for _, s := range []string{fmt.Sprintf("%v %+v %#v %s %q", c.cfg, c.cfg, c.cfg, c.cfg.Key, c.cfg.Key), slog.AnyValue(c.cfg.Key).Resolve().String()} {
		require.NotContains(t, s, "TOP-SECRET")
	}
	b, err := json.Marshal(c.cfg.Key)
	require.NoError(t, err)
	require.NotContains(t, string(b), "TOP-SECRET")
	// It does not follow a redirect.
	leaked := false
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { leaked = true }))
	defer other.Close()
	srv.Config.Handler = http.RedirectHandler(other.URL, http.StatusTemporaryRedirect)
	_, err = c.Org(t.Context())
	require.Error(t, err)
	require.NotContains(t, err.Error(), "TOP-SECRET")
	require.False(t, leaked)
	for _, u := range []string{"http://cve.example/api", "ftp://x", "https://u:p@cve.example"} {
		cfg := c.cfg
		cfg.URL = u
		_, err := New(cfg)
		require.Error(t, err, u)
	}
}
