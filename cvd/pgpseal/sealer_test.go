package pgpseal_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/cvdtest"
	"github.com/cvdkit/cvdkit/cvd/memstore"
	"github.com/cvdkit/cvdkit/cvd/pgpseal"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/storage"
	"github.com/cvdkit/cvdkit/pgp"
)

var start = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// people are the keys of these tests: made once, because that takes time.
var people = sync.OnceValue(func() (out []pgp.Secret) {
	e := &pgp.Engine{Now: func() time.Time { return start.AddDate(0, 0, -1) }}
	for i := range 5 {
		k, _, err := e.Generate(pgp.KeySpec{Name: fmt.Sprint("m", i), Address: fmt.Sprintf("m%d@psirt.example", i)})
		if err != nil {
			panic(err)
		}
		out = append(out, k)
	}
	return out
})

func certs(n ...int) (out []pgp.Cert) {
	for _, i := range n {
		out = append(out, people()[i].Cert())
	}
	return out
}

type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

func config(state storage.State, c *clock, own int, team ...int) pgpseal.Config {
	return pgpseal.Config{State: state, Own: people()[own : own+1], Team: certs(team...), Signers: certs(0), Now: c.now}
}

func fresh(t testing.TB, cfg pgpseal.Config) *pgpseal.Sealer {
	t.Helper()
	s, err := pgpseal.New(cfg)
	require.NoError(t, err)
	return s
}

var ctx = context.Background()

func sealed(t testing.TB, s *pgpseal.Sealer, id storage.CaseID, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, s.Seal(ctx, id, &b, strings.NewReader(text)))
	return b.Bytes()
}

func opened(s *pgpseal.Sealer, id storage.CaseID, b []byte) (string, error) {
	var out bytes.Buffer
	err := s.Open(ctx, id, &out, bytes.NewReader(b))
	return out.String(), err
}

func caseID(n int) storage.CaseID {
	return storage.CaseID{0: 1, 6: 0x70, 8: 0x80, 14: byte(n >> 8), 15: byte(n)}
}

func TestConformance(t *testing.T) {
	cvdtest.TestSealer(t, func(t *testing.T) storage.Sealer { return fresh(t, config(newState(), &clock{t: start}, 0, 1, 2)) })
}

// Issue 13, line 10: a member who was added opens what was sealed before, once the
// keys were wrapped again; one who was removed opens no key that is wrapped from
// then on, and nothing that is written after a rotation, whatever it kept.
func TestMembers(t *testing.T) {
	state, c := newState(), &clock{t: start}
	s := fresh(t, config(state, c, 0, 1))
	const cases = 7
	var old [cases][]byte
	for i := range cases {
		old[i] = sealed(t, s, caseID(i), "before")
	}
	as := func(n int) *pgpseal.Sealer { return fresh(t, config(state, c, n)) }
	text, err := opened(as(1), caseID(1), old[1])
	require.NoError(t, err)
	require.Equal(t, "before", text)
	_, err = opened(as(2), caseID(1), old[1])
	require.ErrorIs(t, err, pgpseal.ErrNotOurs)

	require.NoError(t, s.SetTeam(certs(2)))
	kept := map[string][]byte{} // what the one who leaves has copied
	for k, v := range state.values {
		kept[k] = v
	}
	done, calls := 0, 0
	for after := (storage.CaseID{}); ; calls++ {
		r, err := s.Rewrap(ctx, after, 3)
		require.NoError(t, err)
		require.Empty(t, r.Problems)
		require.Empty(t, r.Left)
		done += r.Done
		if after = r.Next; after == (storage.CaseID{}) {
			break
		}
	}
	require.Equal(t, cases, done)
	require.Equal(t, 2, calls)
	r, err := s.Rewrap(ctx, storage.CaseID{}, 100)
	require.NoError(t, err)
	require.Equal(t, pgpseal.Rewrapped{Current: cases}, r, "a second round has nothing to do")
	for i := range cases {
		text, err := opened(as(2), caseID(i), old[i])
		require.NoError(t, err)
		require.Equal(t, "before", text)
		_, err = opened(as(1), caseID(i), old[i])
		require.ErrorIs(t, err, pgpseal.ErrNotOurs)
	}
	// What re-wrapping cannot take back: a copy of the State opens the old and, until
	// the key is rotated, the new.
	leaver := fresh(t, config(&memState{values: kept, versions: state.versions}, c, 1))
	text, err = opened(leaver, caseID(3), sealed(t, s, caseID(3), "after"))
	require.NoError(t, err)
	require.Equal(t, "after", text)
	require.NoError(t, s.Rotate(ctx, caseID(3)))
	after := sealed(t, s, caseID(3), "rotated")
	_, err = opened(leaver, caseID(3), after)
	require.ErrorIs(t, err, pgpseal.ErrNoKey)
	for _, b := range [][]byte{old[3], after} {
		_, err = opened(as(2), caseID(3), b)
		require.NoError(t, err, "the team reads the old and the new")
	}
}

func TestProcessesAgree(t *testing.T) {
	state, c := newState(), &clock{t: start}
	a, b := fresh(t, config(state, c, 0, 1)), fresh(t, config(state, c, 0, 1))
	id := caseID(1)
	one := sealed(t, a, id, "one")
	text, err := opened(b, id, one)
	require.NoError(t, err)
	require.Equal(t, "one", text)
	require.NoError(t, a.Rotate(ctx, id))
	text, err = opened(b, id, sealed(t, a, id, "two"))
	require.NoError(t, err, "a key that is not in the cache is looked for")
	require.Equal(t, "two", text)
	require.NoError(t, a.Destroy(ctx, id))
	require.NoError(t, a.Destroy(ctx, id))
	_, err = opened(a, id, one)
	require.ErrorIs(t, err, pgpseal.ErrNoKey)
	_, err = opened(b, id, one)
	require.NoError(t, err, "within Config.Fresh")
	c.pass(2 * time.Minute)
	_, err = opened(b, id, one)
	require.ErrorIs(t, err, pgpseal.ErrNoKey)
	require.ErrorIs(t, a.Rotate(ctx, id), pgpseal.ErrNoKey)

	// Two processes that seal for a new case at once have one key.
	var wg sync.WaitGroup
	var out [8]bytes.Buffer
	for i := range out {
		wg.Go(func() {
			s := fresh(t, config(state, c, 0))
			if err := s.Seal(ctx, caseID(2), &out[i], strings.NewReader("x")); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for i := range out {
		_, err := opened(a, caseID(2), out[i].Bytes())
		require.NoError(t, err)
	}
}

// Whoever can write to the State cannot have content sealed under a key of his.
func TestForgedKeys(t *testing.T) {
	c := &clock{t: start}
	state, forged := newState(), newState()
	id := caseID(1)
	s := fresh(t, config(state, c, 0, 1))
	sealed(t, s, id, "x")
	// A stranger wraps a key of his to the team's public certificates.
	stranger := fresh(t, config(forged, c, 4, 0, 1))
	sealed(t, stranger, id, "x")
	good := state.values[pgpseal.StateKey(id)]
	state.values[pgpseal.StateKey(id)] = forged.values[pgpseal.StateKey(id)]
	again := fresh(t, config(state, c, 0, 1))
	require.ErrorIs(t, again.Seal(ctx, id, io.Discard, strings.NewReader("x")), pgpseal.ErrForged)
	// The key of another case in its place.
	state.values[pgpseal.StateKey(caseID(2))], state.versions[pgpseal.StateKey(caseID(2))] = good, 1
	require.ErrorIs(t, again.Seal(ctx, caseID(2), io.Discard, strings.NewReader("x")), pgpseal.ErrForged)
	// Not encrypted, or garbage.
	for _, b := range [][]byte{{}, []byte("x"), good[:len(good)/2], bytes.Repeat([]byte{0xff}, 100)} {
		state.values[pgpseal.StateKey(id)] = b
		require.Error(t, again.Seal(ctx, id, io.Discard, strings.NewReader("x")))
	}
	r, err := again.Rewrap(ctx, storage.CaseID{}, 10)
	require.NoError(t, err)
	require.Len(t, r.Problems, 2, "what cannot be opened is told, and left")
}

// A certificate that expires keeps no report from coming in.
func TestMemberExpires(t *testing.T) {
	state, c := newState(), &clock{t: start}
	e := &pgp.Engine{Now: c.now}
	short, _, err := e.Generate(pgp.KeySpec{Name: "short", Lifetime: 24 * time.Hour})
	require.NoError(t, err)
	cfg := config(state, c, 0)
	cfg.Team = []pgp.Cert{short.Cert()}
	s := fresh(t, cfg)
	sealed(t, s, caseID(1), "x")
	c.pass(48 * time.Hour)
	sealed(t, s, caseID(2), "x")
	r, err := s.Rewrap(ctx, storage.CaseID{}, 10)
	require.NoError(t, err)
	require.Len(t, r.Left, 1)
	require.ErrorIs(t, r.Left[0], pgp.ErrExpired)
	require.Equal(t, 1, r.Done)
	require.Error(t, s.SetTeam(cfg.Team), "and nobody adds it so")
	longer, err := e.Extend(short, c.now().AddDate(1, 0, 0))
	require.NoError(t, err)
	require.NoError(t, s.SetTeam([]pgp.Cert{longer.Cert()}))
	r, err = s.Rewrap(ctx, storage.CaseID{}, 10)
	require.NoError(t, err)
	require.Equal(t, 2, r.Done)
	c.pass(3 * 365 * 24 * time.Hour)
	require.ErrorContains(t, s.Seal(ctx, caseID(3), io.Discard, strings.NewReader("x")), "certificate of this process")
	_, err = opened(s, caseID(1), nil)
	require.ErrorIs(t, err, pgpseal.ErrSealed)
}

// Issue 13: a crash at every step of a re-wrapping or a rotation loses nothing,
// and the next call finishes.
func TestRewrapCrashes(t *testing.T) {
	for _, after := range []bool{false, true} {
		for at := 1; ; at++ {
			state, c := newState(), &clock{t: start}
			s := fresh(t, config(state, c, 0, 1))
			var old [3][]byte
			for i := range old {
				old[i] = sealed(t, s, caseID(i), "before")
			}
			require.NoError(t, s.SetTeam(certs(2)))
			state.calls, state.failAt, state.after = 0, at, after
			r, err := s.Rewrap(ctx, storage.CaseID{}, 10)
			rotated := s.Rotate(ctx, caseID(0))
			hit := state.calls >= at
			state.failAt = 0
			require.Equal(t, hit, err != nil || len(r.Problems) > 0 || rotated != nil)
			next := fresh(t, config(state, c, 0, 2)) // the process begins anew
			r, err = next.Rewrap(ctx, storage.CaseID{}, 10)
			require.NoError(t, err)
			require.Empty(t, r.Problems)
			require.Equal(t, len(old), r.Done+r.Current)
			for i := range old {
				for _, who := range []int{0, 2} {
					text, err := opened(fresh(t, config(state, c, who)), caseID(i), old[i])
					require.NoError(t, err)
					require.Equal(t, "before", text)
				}
				_, err := opened(fresh(t, config(state, c, 1)), caseID(i), old[i])
				require.ErrorIs(t, err, pgpseal.ErrNotOurs)
			}
			if !hit {
				require.Greater(t, at, 8)
				break
			}
		}
	}
}

// A removal that meets the making of a key: the new key is not left wrapped to the
// one who was removed.
func TestTeamChangesWhileAKeyIsMade(t *testing.T) {
	state, c := newState(), &clock{t: start}
	var s *pgpseal.Sealer
	cfg := config(putHook{state, func() { require.NoError(t, s.SetTeam(certs(2))) }}, c, 0, 1)
	s = fresh(t, cfg)
	b := sealed(t, s, caseID(1), "x")
	_, err := opened(fresh(t, config(state, c, 1)), caseID(1), b)
	require.ErrorIs(t, err, pgpseal.ErrNotOurs)
	_, err = opened(fresh(t, config(state, c, 2)), caseID(1), b)
	require.NoError(t, err)
}

type putHook struct {
	*memState
	f func()
}

func (p putHook) Put(ctx context.Context, key string, version int64, value []byte) (int64, error) {
	p.f()
	return p.memState.Put(ctx, key, version, value)
}

// Nothing is released that was not verified, however it comes in.
func TestStreams(t *testing.T) {
	s := fresh(t, config(newState(), &clock{t: start}, 0))
	id := caseID(1)
	for _, n := range []int{0, 1, 511, 512, 513, 64<<10 - 1, 64 << 10, 64<<10 + 1, 128 << 10, 300_000} {
		text := bytes.Repeat([]byte("0123456789abcdef"), n/16+1)[:n]
		var b, out bytes.Buffer
		require.NoError(t, s.Seal(ctx, id, &b, oneByOne{bytes.NewReader(text)}))
		require.NoError(t, s.Open(ctx, id, &out, oneByOne{bytes.NewReader(b.Bytes())}))
		require.True(t, bytes.Equal(text, out.Bytes()), n)
		for cut := 0; cut < b.Len(); cut += max(1, b.Len()/11) {
			out.Reset()
			require.ErrorIs(t, s.Open(ctx, id, &out, bytes.NewReader(b.Bytes()[:cut])), pgpseal.ErrSealed)
			require.True(t, bytes.HasPrefix(text, out.Bytes()))
			bad := bytes.Clone(b.Bytes())
			bad[cut] ^= 0x40
			out.Reset()
			require.Error(t, s.Open(ctx, id, &out, bytes.NewReader(bad)))
			require.True(t, bytes.HasPrefix(text, out.Bytes()))
		}
	}
	require.ErrorIs(t, s.Seal(ctx, id, io.Discard, idle{}), io.ErrNoProgress)
}

// oneByOne gives little at a time, the end with the last byte.
type oneByOne struct{ r *bytes.Reader }

func (o oneByOne) Read(p []byte) (int, error) {
	n, err := o.r.Read(p[:min(len(p), 7777)])
	if err == nil && o.r.Len() == 0 {
		err = io.EOF
	}
	return n, err
}

type idle struct{}

func (idle) Read([]byte) (int, error) { return 0, nil }

// A whole case, and nothing of it in the clear.
func TestService(t *testing.T) {
	state, c := newState(), &clock{t: start}
	store := memstore.New()
	svc := func(who int) *service.Service {
		s, err := service.New(cvd.Config{Store: store, Sealer: fresh(t, config(state, c, who, 1)), Secret: make([]byte, 32), Now: c.now})
		require.NoError(t, err)
		return s
	}
	x, err := svc(0).Do(ctx, storage.CaseID{}, cvd.By{Actor: "alice"}, cvd.Receive{Title: "overflow in frobd"})
	require.NoError(t, err)
	for _, who := range []int{0, 1} {
		v, err := svc(who).View(ctx, x.ID, cvd.Viewer{Team: true})
		require.NoError(t, err)
		require.Equal(t, "overflow in frobd", string(v.Title))
	}
	_, err = svc(3).View(ctx, x.ID, cvd.Viewer{Team: true})
	require.ErrorIs(t, err, pgpseal.ErrNotOurs)
	require.NotErrorIs(t, err, cvd.ErrTampered)
	rs, err := store.Load(ctx, x.ID, 0, 100, true)
	require.NoError(t, err)
	for _, r := range rs {
		require.NotContains(t, string(r.Body)+string(r.Private), "frobd")
	}
}

func TestNewAsksForWhatItNeeds(t *testing.T) {
	_, err := pgpseal.New(pgpseal.Config{})
	require.Error(t, err)
	_, err = pgpseal.New(pgpseal.Config{State: newState(), Own: make([]pgp.Secret, 1)})
	require.Error(t, err)
	_, err = fresh(t, config(newState(), &clock{t: start}, 0)).Rewrap(ctx, storage.CaseID{}, 0)
	require.Error(t, err)
	cfg := config(newState(), &clock{t: start}, 0, 1)
	cfg.Hidden = true
	s := fresh(t, cfg)
	b := sealed(t, s, caseID(1), "x")
	_, err = opened(fresh(t, config(cfg.State, &clock{t: start}, 1)), caseID(1), b)
	require.NoError(t, err)
	ended, cancel := context.WithCancel(ctx)
	cancel()
	_, err = s.Rewrap(ended, storage.CaseID{}, 1)
	require.True(t, errors.Is(err, context.Canceled))
}
