package cvdtest

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/cvdkit/cvdkit/cvd/storage"
)

// TestInspector checks the storage.Inspector that a Store is too. open returns an empty
// Store for each rule, as for TestStore.
//
// Its rules:
//   - inspect/rows: Inspect tells all that the Store keeps of a case besides its records, in the stated orders.
//   - inspect/changes: What was dropped, untagged and settled is gone; leases show in At and Token.
//   - inspect/pages: Inspect returns at most n cases above after, ascending, each once.
//   - inspect/context: It honours its context.
func TestInspector(t *testing.T, open func(t *testing.T) storage.Store) {
	t.Helper()
	runAll(t, inspectorRules, open)
}

const inInspector = "storage.Inspector"

// inspect ends the rule if the Store is no Inspector.
func (s stored) inspect(after storage.CaseID, n int) []storage.Rows {
	s.Helper()
	in, ok := s.Store.(storage.Inspector)
	if !ok {
		s.failf("the Store has no method Inspect")
	}
	rows, err := in.Inspect(s.Context(), after, n)
	s.ok(err, "Inspect")
	return rows
}

// described is a change with all kinds of rows.
func described(n int) storage.Change {
	c := opening(n)
	c.Head.Due, c.Head.Private = 70, []byte{0, 0xff}
	c.Records = append(c.Records, storage.Record{Seq: 2, Body: []byte("b"), Private: []byte("p")})
	c.Head.Seq = 2
	c.Take = []storage.Key{keyOf(10*n + 1), keyOf(10 * n)}
	c.Tag = []storage.Term{"b", "a", "\xff"}
	c.Enqueue = []storage.Delivery{delivery(c, 10*n+1, 50), delivery(c, 10*n, 40)}
	return c
}

func (s stored) sameRows(got storage.Rows, c storage.Change, ds ...storage.Delivery) {
	s.Helper()
	if got.ID != c.ID || got.Head == nil {
		s.failf("case %x came as %x, head %v", c.ID, got.ID, got.Head != nil)
	}
	s.sameHead(*got.Head, c.Head)
	s.equal(got.Records, len(c.Records), "the number of records")
	keys, terms := slices.Clone(c.Take), slices.Clone(c.Tag)
	slices.SortFunc(keys, func(a, b storage.Key) int { return slices.Compare(a[:], b[:]) })
	slices.Sort(terms)
	s.equal(got.Keys, keys, "the keys")
	s.equal(got.Terms, terms, "the terms")
	if ds == nil {
		ds = []storage.Delivery{c.Enqueue[1], c.Enqueue[0]}
	}
	s.equal(got.Deliveries, ds, "the deliveries")
}

var inspectorRules = []rule[storage.Store]{
	{"inspect/rows", "Inspect tells all that the Store keeps of a case besides its records, in the stated orders.", inInspector, onStore(func(s stored) {
		c := described(1)
		s.append(c)
		rows := s.inspect(storage.CaseID{}, 10)
		s.equal(len(rows), 1, "cases")
		s.sameRows(rows[0], c)
	})},
	{"inspect/changes", "What was dropped, untagged and settled is gone; leases show in At and Token.", inInspector, onStore(func(s stored) {
		c := described(1)
		s.append(c)
		ds, err := s.Claim(s.Context(), 45, 1_000_000_000, 1)
		s.ok(err, "Claim")
		s.equal(len(ds), 1, "claimed")
		rows := s.inspect(storage.CaseID{}, 10)
		s.sameRows(rows[0], c, ds[0], c.Enqueue[0])
		s.ok(s.Postpone(s.Context(), storage.Delivery{Case: c.ID, Lane: ds[0].Lane, Ref: ds[0].Ref, Token: ds[0].Token, Tries: 3}, 2000), "Postpone")
		late := ds[0]
		late.At, late.Tries = 2000, 3
		s.sameRows(s.inspect(storage.CaseID{}, 10)[0], c, late, c.Enqueue[0])
		next := unchanged(c)
		next.Head.Due = 0
		next.Drop, next.Untag, next.Settle = c.Take[:1], c.Tag[:1], []storage.Delivery{late}
		s.append(next)
		left := c
		left.Head, left.Take, left.Tag = next.Head, c.Take[1:], c.Tag[1:]
		s.sameRows(s.inspect(storage.CaseID{}, 10)[0], left, c.Enqueue[0])
	})},
	{"inspect/pages", "Inspect returns at most n cases above after, ascending, each once.", inInspector, onStore(func(s stored) {
		for _, n := range []int{3, 1, 5, 2, 4} {
			s.append(described(n))
		}
		s.equal(len(s.inspect(storage.CaseID{}, 0)), 0, "cases of n = 0")
		for n := 1; n <= 6; n++ {
			var after storage.CaseID
			for i := 1; ; {
				rows := s.inspect(after, n)
				if len(rows) > n {
					s.failf("%d cases for n = %d", len(rows), n)
				}
				for _, r := range rows {
					s.sameRows(r, described(i))
					i++
				}
				if len(rows) == 0 {
					s.equal(i-1, 5, "cases by %d", n)
					break
				}
				after = rows[len(rows)-1].ID
			}
		}
	})},
	{"inspect/context", "It honours its context.", inInspector, onStore(func(s stored) {
		ctx, cancel := context.WithCancel(s.Context())
		cancel()
		if _, err := s.Store.(storage.Inspector).Inspect(ctx, storage.CaseID{}, 1); !errors.Is(err, context.Canceled) {
			s.failf("Inspect returned %v", err)
		}
	})},
}
