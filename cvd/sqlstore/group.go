package sqlstore

import (
	"context"
	"slices"

	"github.com/cvdkit/cvdkit/cvd/storage"
)

// maxGroup bounds how many appends share a transaction, and so how long the
// first of them waits for the last.
const maxGroup = 256

// member is an Append that waits for its result or for its turn to lead.
type member struct {
	changes []storage.Change
	result  chan error
	lead    chan struct{}
}

// Append implements storage.Store. With SQLite concurrent callers share a transaction: the
// first leads and writes for all that came meanwhile, then hands the lead on.
//
// With SQLite, if ctx ends while nobody has taken the change, ctx.Err is returned
// and nothing was written; afterwards Append waits for the result. With PostgreSQL
// each caller writes by one statement of its own, and ctx that ends meanwhile
// leaves the outcome unknown.
func (s *Store) Append(ctx context.Context, changes []storage.Change) error {
	if err := ctx.Err(); err != nil {
		return wrap("append", err)
	}
	if len(changes) == 0 {
		return nil
	}
	if s.d.shared {
		return wrap("append", s.single(ctx, func(ctx context.Context, t *session) error { return call(ctx, t, changes, true) }))
	}
	m := &member{changes, make(chan error, 1), make(chan struct{}, 1)}
	s.mu.Lock()
	s.queue = append(s.queue, m)
	first := !s.leading
	s.leading = true
	s.mu.Unlock()
	if first {
		return wrap("append", s.lead(ctx, m))
	}
	select {
	case <-m.lead:
		return wrap("append", s.lead(ctx, m))
	case err := <-m.result:
		return wrap("append", err)
	case <-ctx.Done():
	}
	if s.leave(m) {
		return wrap("append", ctx.Err())
	}
	return wrap("append", <-m.result)
}

// leave removes a member whose context has ended, unless its change was taken.
func (s *Store) leave(m *member) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.Index(s.queue, m)
	if i < 0 {
		return false
	}
	s.queue = slices.Delete(s.queue, i, i+1)
	if len(m.lead) > 0 {
		s.passLead()
	}
	return true
}

// passLead makes the first in the queue the leader; s.mu is held.
func (s *Store) passLead() {
	if s.leading = len(s.queue) > 0; s.leading {
		s.queue[0].lead <- struct{}{}
	}
}

// lead writes for the whole queue, once the write lock is held: until then its
// members may leave, and more may come. m is first in the queue.
func (s *Store) lead(ctx context.Context, m *member) error {
	w, err := s.begin(ctx)
	if err != nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.queue = s.queue[1:]
		s.passLead()
		return err
	}
	s.mu.Lock()
	n := min(len(s.queue), maxGroup)
	group := s.queue[:n:n]
	s.queue = slices.Clone(s.queue[n:])
	s.mu.Unlock()

	results := w.appendAll(group)
	w.close()
	for i, g := range group[1:] {
		g.result <- results[i+1]
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.passLead()
	return results[0]
}

// appendAll applies and commits the changes of a group. A refusal concerns one
// member; any other failure all that were not refused, with unknown outcome.
//
// At first nothing is kept to undo a single member by: a savepoint costs a copy of
// each page that is touched. If one is refused, all are done again with savepoints.
func (w *writer) appendAll(group []*member) []error {
	results := make([]error, len(group))
	failure := w.together(group)
	switch {
	case failure == nil:
		failure = w.tx.Commit()
	case len(group) == 1:
		results[0], failure = failure, nil // whatever it was, close undoes it
	default:
		failure = w.apart(group, results)
	}
	for i := range results {
		if failure != nil && results[i] == nil {
			results[i] = failure
		}
	}
	return results
}

// together writes the rows of one kind of many members together.
func (w *writer) together(group []*member) error {
	for _, changes := range batches(group) {
		if err := apply(w.ctx, &w.session, changes); err != nil {
			return err
		}
	}
	return nil
}

// batches joins the changes of members that follow each other, as long as they are of
// distinct cases. Who drops keys is by itself: those before it still find the keys, and
// those after it do not.
func batches(group []*member) (out [][]storage.Change) {
	var some []storage.Change
	seen := map[storage.CaseID]bool{}
	end := func() {
		if len(some) > 0 {
			out = append(out, some)
		}
		some = nil
		clear(seen)
	}
	for _, g := range group {
		alone := slices.ContainsFunc(g.changes, func(c storage.Change) bool { return len(c.Drop) > 0 })
		if alone || slices.ContainsFunc(g.changes, func(c storage.Change) bool { return seen[c.ID] }) {
			end()
		}
		some = append(some, g.changes...)
		for i := range g.changes {
			seen[g.changes[i].ID] = true
		}
		if alone {
			end()
		}
	}
	end()
	return out
}

// apart begins a new transaction, and undoes each member alone that is refused.
func (w *writer) apart(group []*member, results []error) (failure error) {
	if failure = w.tx.Rollback(); failure != nil {
		return failure
	}
	w.tx, w.bound = nil, statements{}
	if failure = w.d.retry(w.ctx, func() error { return w.lock() }); failure != nil {
		return failure
	}
	for i, g := range group {
		results[i], failure = w.within(w.ctx, func(ctx context.Context) error {
			return apply(ctx, &w.session, g.changes)
		})
		if failure != nil {
			return failure
		}
	}
	return w.tx.Commit()
}
