package sqltest

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// TestGroupMixes has callers at the same time open cases, go on with one, move keys to
// others and want the same keys, so that the rows of many are written together: each
// append has happened whole, or has been refused and left nothing.
func TestGroupMixes(t *testing.T) {
	_, s := openTemp(t)
	const callers, each = 24, 15
	open := func(w, n, kind int) storage.Change {
		c := step(storage.Head{ID: cvd.CaseID{byte(w), byte(n), byte(kind)}}, fmt.Sprint(w))
		c.Tip = storage.Hash{}
		c.Tag = []storage.Term{"open", storage.Term(fmt.Sprint("worker:", w))}
		return c
	}
	contested := func(n int) storage.Key { return storage.Key{9, byte(n)} }
	moving := func(w, n int) storage.Key { return storage.Key{8, byte(w), byte(n)} }
	won := make([][each]bool, callers)
	var group sync.WaitGroup
	for w := range callers {
		group.Go(func() {
			long := open(w, 0, 1)
			long.Take = []storage.Key{moving(w, 0)}
			if err := s.Append(t.Context(), []storage.Change{long}); err != nil {
				t.Error(err)
			}
			for n := range each {
				next := step(long.Head, fmt.Sprint(w))
				next.Drop, next.Take = []storage.Key{moving(w, n)}, []storage.Key{moving(w, n+1)}
				next.Untag, next.Tag = []storage.Term{"open"}, []storage.Term{"closed"}
				taker := open(w, n, 2) // has the key that the other gives away
				taker.Take = []storage.Key{moving(w, n)}
				if err := s.Append(t.Context(), []storage.Change{next, taker}); err != nil {
					t.Error(err)
				}
				long = next
				wants := open(w, n, 3)
				wants.Take = []storage.Key{contested(n)}
				switch err := s.Append(t.Context(), []storage.Change{wants}); {
				case err == nil:
					won[w][n] = true
				case !errors.As(err, new(*cvd.DuplicateError)):
					t.Error(err)
				}
				if err := s.Append(t.Context(), []storage.Change{open(w, n, 2)}); !errors.Is(err, storage.ErrConflict) {
					t.Errorf("a case was opened twice: %v", err)
				}
			}
		})
	}
	group.Wait()
	winners := 0
	for w := range callers {
		if id, err := s.Lookup(t.Context(), moving(w, each)); err != nil || id != (cvd.CaseID{byte(w), 0, 1}) {
			t.Errorf("the last key of caller %d leads to %v, %v", w, id, err)
		}
		rs, err := s.Load(t.Context(), cvd.CaseID{byte(w), 0, 1}, 0, 1000, true)
		if err != nil || len(rs) != each+1 {
			t.Errorf("caller %d: %d records, %v", w, len(rs), err)
		}
		for n := range each {
			if id, err := s.Lookup(t.Context(), moving(w, n)); err != nil || id != (cvd.CaseID{byte(w), byte(n), 2}) {
				t.Errorf("key %d of caller %d leads to %v, %v", n, w, id, err)
			}
			if won[w][n] {
				winners++
				if id, err := s.Lookup(t.Context(), contested(n)); err != nil || id != (cvd.CaseID{byte(w), byte(n), 3}) {
					t.Errorf("key %d, that caller %d has won, leads to %v, %v", n, w, id, err)
				}
			}
		}
	}
	heads := func(q storage.Query) int {
		q.Limit = 10000
		hs, err := s.Heads(t.Context(), q)
		if err != nil {
			t.Error(err)
		}
		return len(hs)
	}
	cases := callers*(1+each) + each
	if winners != each || heads(storage.Query{}) != cases {
		t.Errorf("%d winners of %d, %d cases of %d", winners, each, heads(storage.Query{}), cases)
	}
	open1, closed := heads(storage.Query{All: []storage.Term{"open"}}), heads(storage.Query{All: []storage.Term{"closed"}})
	if open1 != cases-callers || closed != callers {
		t.Errorf("%d and %d cases are listed as open and closed", open1, closed)
	}
}
