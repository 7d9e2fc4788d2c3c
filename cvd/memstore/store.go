package memstore

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/cvdkit/cvdkit/cvd/storage"
)

// Store is a storage.Store in memory. It is safe for concurrent use.
type Store struct {
	mu    sync.Mutex
	cases map[storage.CaseID]*entry
	keys  map[storage.Key]storage.CaseID
	lists lists
	queue queue
}

var _ storage.Store = (*Store)(nil)

// entry is one case.
type entry struct {
	head  storage.Head
	log   []storage.Record // ascending Seq
	terms map[storage.Term]bool
}

// New returns an empty Store.
func New() *Store {
	return &Store{
		cases: map[storage.CaseID]*entry{},
		keys:  map[storage.Key]storage.CaseID{},
		lists: newLists(),
		queue: newQueue(),
	}
}

// Append implements storage.Store. It checks everything before it changes
// anything, so nothing has to be undone.
func (s *Store) Append(ctx context.Context, changes []storage.Change) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range changes {
		if !s.endsAt(c.ID, c.After, c.Tip) {
			return storage.ErrConflict
		}
	}
	if err := s.checkKeys(changes); err != nil {
		return err
	}
	for _, c := range changes {
		if err := s.queue.check(c); err != nil {
			return err
		}
	}
	for _, c := range changes {
		for _, k := range c.Drop {
			if s.keys[k] == c.ID {
				delete(s.keys, k)
			}
		}
	}
	for _, c := range changes {
		s.apply(c)
	}
	return nil
}

// endsAt tells whether the log of a case ends exactly there. A case that does
// not exist ends at zero; one that exists never does.
func (s *Store) endsAt(id storage.CaseID, after storage.Seq, tip storage.Hash) bool {
	e := s.cases[id]
	if after == 0 {
		return e == nil && tip == storage.Hash{}
	}
	return e != nil && e.head.Seq == after && e.head.Tip == tip
}

// checkKeys finds a key that would have two owners after all drops and takes.
func (s *Store) checkKeys(changes []storage.Change) error {
	dropped := map[storage.Key]bool{}
	for _, c := range changes {
		for _, k := range c.Drop {
			if s.keys[k] == c.ID {
				dropped[k] = true
			}
		}
	}
	taken := map[storage.Key]storage.CaseID{}
	for _, c := range changes {
		for _, k := range c.Take {
			owner, owned := taken[k]
			if !owned && !dropped[k] {
				owner, owned = s.keys[k]
			}
			if owned && owner != c.ID {
				return &storage.DuplicateError{Key: k, Owner: owner}
			}
			taken[k] = c.ID
		}
	}
	return nil
}

func (s *Store) apply(c storage.Change) {
	e := s.cases[c.ID]
	if e == nil {
		e = &entry{terms: map[storage.Term]bool{}}
		s.cases[c.ID] = e
		s.lists.addCase(c.ID)
	}
	if c.Head.Seq != 0 {
		s.lists.setDue(c.ID, e.head.Due, c.Head.Due)
		e.head = cloneHead(c.Head)
		e.head.ID = c.ID
	}
	for _, r := range c.Records {
		r.HasPrivate = r.Private != nil
		e.log = append(e.log, cloneRecord(r, true))
	}
	for _, seq := range c.Erase {
		if i, ok := find(e.log, seq); ok {
			e.log[i].Private, e.log[i].HasPrivate = nil, false
		}
	}
	for _, k := range c.Take {
		s.keys[k] = c.ID
	}
	for _, t := range c.Untag {
		if e.terms[t] {
			delete(e.terms, t)
			s.lists.untag(c.ID, t)
		}
	}
	for _, t := range c.Tag {
		if !e.terms[t] {
			e.terms[t] = true
			s.lists.tag(c.ID, t)
		}
	}
	for _, d := range c.Settle {
		s.queue.settle(d)
	}
	for _, d := range c.Enqueue {
		d.Case = c.ID
		s.queue.add(d)
	}
}

// Load implements storage.Store.
func (s *Store) Load(ctx context.Context, id storage.CaseID, after storage.Seq, max int, private bool) ([]storage.Record, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.cases[id]
	if e == nil {
		return nil, nil
	}
	i, found := find(e.log, after)
	if found {
		i++
	}
	var out []storage.Record
	for _, r := range e.log[i:] {
		if len(out) >= max {
			break
		}
		out = append(out, cloneRecord(r, private))
	}
	return out, nil
}

// Heads implements storage.Store.
func (s *Store) Heads(ctx context.Context, q storage.Query) ([]storage.Head, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []storage.Head
	for id, under := range s.lists.walk(q) {
		if len(out) >= q.Limit {
			break
		}
		if e := s.cases[id]; e.matches(q) {
			h := cloneHead(e.head)
			h.Under = under
			out = append(out, h)
		}
	}
	return out, nil
}

func (e *entry) matches(q storage.Query) bool {
	for _, t := range q.All {
		if !e.terms[t] {
			return false
		}
	}
	has := func(t storage.Term) bool { return e.terms[t] }
	return len(q.Any) == 0 || slices.ContainsFunc(q.Any, has)
}

// Lookup implements storage.Store.
func (s *Store) Lookup(ctx context.Context, k storage.Key) (storage.CaseID, error) {
	if err := ctx.Err(); err != nil {
		return storage.CaseID{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if id, ok := s.keys[k]; ok {
		return id, nil
	}
	return storage.CaseID{}, storage.ErrNotFound
}

// Claim implements storage.Store.
func (s *Store) Claim(ctx context.Context, now storage.Millis, lease time.Duration, n int) ([]storage.Delivery, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	// A lease is never shorter than asked for.
	end := now + storage.Millis((lease+time.Millisecond-1)/time.Millisecond)
	return s.queue.claim(now, end, n), nil
}

// Postpone implements storage.Store.
func (s *Store) Postpone(ctx context.Context, d storage.Delivery, retry storage.Millis) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.queue.release(d, retry)
}
