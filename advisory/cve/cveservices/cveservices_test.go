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

// memory is a State. When fail returns an error, the write may or may not be done.
type memory struct {
	mu     sync.Mutex
	values map[string][]byte
	vers   map[string]int64
	fail   func() error
}

func newMemory() *memory { return &memory{values: map[string][]byte{}, vers: map[string]int64{}} }

func (m *memory) Get(_ context.Context, key string) ([]byte, int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.values[key], m.vers[key], nil
}

func (m *memory) Put(_ context.Context, key string, version int64, value []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail != nil {
		if err := m.fail(); err != nil {
			return err
		}
	}
	if m.vers[key] != version {
		return errors.New("conflict")
	}
	m.values[key], m.vers[key] = value, version+1
	return nil
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
		m.fail = func() error {
			if dying && rng.IntN(4) == 0 {
				return died
			}
			return nil
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
		for i := range 12 {
			_, _ = p.Assign(t.Context(), 2026, fmt.Sprint("vuln-", i%5))
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
		srv.Close()
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
	step := Step{Pool: p, Record: record(t, id, "Text."), Public: func(context.Context) (bool, error) { return public, nil }}
	require.ErrorIs(t, step.Run(ctx), ErrTooEarly)
	_, err = c.Record(ctx, id)
	require.True(t, IsCode(err, CodeRecordAbsent), "nothing was sent before the advisory")
	public = true
	require.NoError(t, step.Run(ctx))
	require.NoError(t, step.Run(ctx))

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
