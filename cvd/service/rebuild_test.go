package service_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/memstore"
	"github.com/cvdkit/cvdkit/cvd/policy"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/storage"
	"github.com/cvdkit/cvdkit/internal/testonly/cvdmodel"
)

// rebuilt holds all rows of the store against what the logs say.
func (d *desk) rebuilt(what string) {
	d.t.Helper()
	n, err := cvdmodel.Rebuilt(ctx, d.svc, d.store)
	require.NoError(d.t, err, what)
	require.NotZero(d.t, n)
}

// Issue 13, line 8: every row follows from the log: after random commands of the
// model, after every golden story, and after random histories of pairs of cases
// with merges, splits, reopenings and erasures.
func TestRebuildEqualsStore(t *testing.T) {
	for name, o := range map[string]cvdmodel.Options{
		"by default":         {Seed: 11},
		"unanimous":          {Seed: 13, Rules: cvd.EmbargoRules{Resolve: cvd.ResolveUnanimous, Quorum: 50}},
		"a standing embargo": {Seed: 14, Standing: 10},
	} {
		t.Run(name, func(t *testing.T) {
			o.Commands, o.Cases = 3000, 1000
			var svc *service.Service
			store := memstore.New()
			o.New = func(cfg cvd.Config) (s *service.Service, err error) {
				cfg.Store, cfg.Secret, cfg.Rand = store, []byte(strings.Repeat("s", 32)), &seeded{n: 1}
				cfg.Policies = nil // the team's own clocks
				cfg.Team.Routes = []cvd.Route{{Transport: "box", Address: "team"}}
				cfg.Transports = map[string]cvd.Transport{"box": &post{can: cvd.ProtectSealed}}
				svc, err = service.New(cfg)
				return svc, err
			}
			_, err := cvdmodel.Run(ctx, o)
			require.NoError(t, err)
			look := func() {
				n, err := cvdmodel.Rebuilt(ctx, svc, store)
				require.NoError(t, err)
				require.Greater(t, n, 20)
			}
			look()
			_, err = svc.Relay(ctx, 100)
			require.NoError(t, err)
			_, err = svc.Tick(ctx, 1000)
			require.NoError(t, err)
			look()
		})
	}
	t.Run("stories", func(t *testing.T) {
		for name, story := range stories {
			for _, change := range [][]func(*cvd.Config){nil, {sealedBy("right"), subscribers("a", "b")}, {func(c *cvd.Config) { c.Policies = []policy.Policy{} }}} {
				d := newDesk(t, change...)
				id := story(d)
				if name == "erased" { // by a stranger, who made no index
					require.NoError(t, d.svc.Reindex(ctx, id))
				}
				d.rebuilt(name)
				d.relay()
				d.tick()
				d.rebuilt(name + ", relayed")
			}
		}
	})
	t.Run("pairs", func(t *testing.T) {
		merges, splits, reopened, erased := 0, 0, 0, 0
		for seed := range uint64(40) {
			d, ws := pair(t, seed)
			r := rand.New(rand.NewPCG(seed, 8))
			a, b := ws[0].id, ws[1].id
			d.rebuilt(fmt.Sprint("seed ", seed))
			for i, id := range []cvd.CaseID{a, b} {
				_, err := d.svc.Do(ctx, id, staff, cvd.Identify{Vuln: 1, CVE: cvd.Private(fmt.Sprintf("CVE-1900-%d%d1", 1000+seed, i))},
					cvd.Identify{Vuln: 1, CVE: cvd.Private(fmt.Sprintf("CVE-1900-%d%d2", 1000+seed, i))})
				if err != nil {
					require.ErrorIs(t, err, cvd.ErrRefused)
				}
			}
			some := func(id cvd.CaseID) {
				c := d.view(id, team)
				if r.IntN(2) == 0 && len(c.Participants) > 1 {
					if _, err := d.svc.Erase(ctx, id, staff, cvd.ErasePerson{Party: cvd.PartyID(2 + r.IntN(len(c.Participants)-1))}); err == nil {
						erased++
					}
				}
				if r.IntN(3) == 0 {
					if _, err := d.svc.EraseRecords(ctx, id, staff, cvd.EraseMistake, cvd.Seq(1+r.IntN(int(c.Seq))), cvd.Seq(1+r.IntN(int(c.Seq)))); err == nil {
						erased++
					}
				}
			}
			some(a)
			if r.IntN(2) == 0 {
				if c, err := d.svc.Split(ctx, a, staff, cvd.Split{Title: "part", Vulnerabilities: []cvd.VulnID{1}, Reports: []cvd.ReportID{1}}); err == nil {
					splits++
					some(c.ID)
				}
				d.rebuilt(fmt.Sprint("split of seed ", seed))
			}
			if _, err := d.svc.Merge(ctx, a, staff, cvd.Merge{Into: b}); err == nil {
				merges++
				some(b)
			}
			d.rebuilt(fmt.Sprint("merge of seed ", seed))
			_, _ = d.svc.Do(ctx, b, staff, cvd.Close{Override: true, Reason: "enough"})
			if c, err := d.svc.Reopen(ctx, b, staff, cvd.Reopen{Reason: "again"}); err == nil {
				reopened++
				some(c.ID)
			}
			some(b)
			d.relay()
			d.rebuilt(fmt.Sprint("end of seed ", seed))
		}
		t.Log(merges, splits, reopened, erased)
		require.Greater(t, merges, 10)
		require.Greater(t, splits, 5)
		require.Greater(t, reopened, 5)
		require.Greater(t, erased, 30)
	})
}

// A process that has a case in its cache and writes what moves no clock must not
// undo what another process did to the clocks.
func TestDueAfterOthersWrote(t *testing.T) {
	d := newDesk(t, func(c *cvd.Config) { c.Policies = []policy.Policy{} })
	id := d.received().ID
	other := d.another()
	_, err := other.svc.Do(ctx, id, staff, cvd.PostMessage{Text: "now it is in the cache"})
	require.NoError(t, err)
	team, _ := policy.ByName("team")
	d.do(id, cvd.AdoptPolicy{Policy: team})
	_, err = other.svc.Do(ctx, id, staff, cvd.PostMessage{Text: "moves no clock"})
	require.NoError(t, err)
	d.rebuilt("after a note")
	heads, err := d.store.Heads(ctx, storage.Query{Limit: 1})
	require.NoError(t, err)
	require.NotZero(t, heads[0].Due)
}

// Reindex repairs whatever was done to the rows besides the log, in any order,
// also where it is interrupted.
func TestReindexRepairs(t *testing.T) {
	d := newDesk(t)
	id := multiparty(d)
	d.do(id, cvd.PostMessage{To: []cvd.PartyID{2}, Text: "one"}, cvd.PostMessage{To: []cvd.PartyID{2}, Text: "two"})
	rows, err := d.store.(storage.Inspector).Inspect(ctx, cvd.CaseID{}, 100)
	require.NoError(t, err)
	var was storage.Rows
	for _, r := range rows {
		if r.ID == id {
			was = r
		}
	}
	require.Greater(t, len(was.Deliveries), 1)
	bad := *was.Head
	bad.Data, bad.Due = []byte("x"), 1
	broken := storage.Change{ID: id, After: bad.Seq, Tip: bad.Tip, Head: bad, Drop: was.Keys[:1], Take: []storage.Key{{1}},
		Untag: was.Terms[:2], Tag: []storage.Term{"rm:of another time"}, Settle: was.Deliveries[:1],
		Enqueue: []storage.Delivery{{Case: id, Lane: storage.LaneID{9}, Ref: 1}}}
	require.NoError(t, d.store.Append(ctx, []storage.Change{broken}))
	_, err = cvdmodel.Rebuilt(ctx, d.svc, d.store)
	require.Error(t, err)
	half := d.another(func(c *cvd.Config) { c.Store = &appendsOnce{Inspector: d.store.(storage.Inspector), Store: d.store} })
	require.ErrorIs(t, half.svc.Reindex(ctx, id), errBroken, "it dies between its two appends")
	require.NoError(t, d.svc.Reindex(ctx, id))
	d.rebuilt("repaired")
	r, n := d.relay(), len(was.Deliveries)
	require.Empty(t, r.Problems)
	require.Equal(t, n, r.Sent+r.Noticed+r.Held)
}

// appendsOnce fails from the second Append on.
type appendsOnce struct {
	storage.Inspector
	storage.Store
	n int
}

func (s *appendsOnce) Append(ctx context.Context, c []storage.Change) error {
	if s.n++; s.n > 1 {
		return errBroken
	}
	return s.Store.Append(ctx, c)
}

// Issue 13, line 10: the likeness of a report in a sealed case is sealed and erased
// with it, and duplicates are found all the same.
func TestSealedLikeness(t *testing.T) {
	d := newDesk(t, sealedBy("right"))
	words := "the parser of frames in the network daemon frobd_read() of libfrob 2.1.7 overflows the heap when a length field exceeds its buffer size during reassembly"
	receive := func(name string) *cvd.Case {
		r := reportBy(name)
		r.Observations = cvd.Private(words)
		return d.do(cvd.CaseID{}, r)
	}
	a, b := receive("a"), receive("b")
	find := func(d *desk, want ...cvd.CaseID) {
		t.Helper()
		got, err := d.svc.Similar(ctx, a.ID, team, 10)
		require.NoError(t, err)
		var ids []cvd.CaseID
		for _, m := range got {
			ids = append(ids, m.Case)
		}
		require.Equal(t, want, ids)
		d.rebuilt("similar")
	}
	find(d, b.ID)
	find(d.another(), b.ID)
	// Nothing of it stands where nothing is erased: not the hashes of another desk
	// with the same Secret and no Sealer.
	open := newDesk(t)
	clear := func(d *desk, id cvd.CaseID) (out int) {
		for _, r := range d.log(id) {
			if service.NameIn(r.Body) == "report.received/1" {
				out = len(r.Body)
			}
		}
		return out
	}
	r := reportBy("a")
	r.Observations = cvd.Private(words)
	require.Less(t, clear(d, a.ID), clear(open, open.do(cvd.CaseID{}, r).ID)-100, "the sketch is not in the body")
	// Commands of a process that reads the case anew keep it.
	_, err := d.another().svc.Do(ctx, b.ID, staff, cvd.SetTitle{Title: "anew"})
	require.NoError(t, err)
	find(d.another(), b.ID)
	_, err = d.another().svc.Erase(ctx, b.ID, staff, cvd.ErasePerson{Party: 2})
	require.NoError(t, err)
	find(d)
	find(d.another())
	c := receive("c")
	_, err = d.another().svc.Do(ctx, c.ID, staff, cvd.Triage{Outcome: cvd.OutcomeInvalid}, cvd.Close{})
	require.NoError(t, err)
	find(d)
	// Who has no key closes and erases none the less.
	e := receive("e")
	wrong := d.another(sealedBy("wrong"))
	_, err = wrong.svc.Do(ctx, e.ID, staff, cvd.Triage{Outcome: cvd.OutcomeInvalid}, cvd.Close{})
	require.NoError(t, err)
}
