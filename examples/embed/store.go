package main

import (
	"cmp"
	"context"
	"encoding/gob"
	"errors"
	"io/fs"
	"maps"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/cvdkit/cvdkit/cvd/storage"
)

// FileStore keeps all cases of one process in one file, which each call reads and
// each change writes anew; so it shares no memory with its callers.
type FileStore struct {
	path string
	mu   sync.Mutex
}

type content struct {
	Cases map[storage.CaseID]entry
	Keys  map[storage.Key]storage.CaseID
	Queue []storage.Delivery // in the order in which they were enqueued
}
type entry struct {
	Head  storage.Head
	Log   []storage.Record
	Terms []storage.Term
}

func (s *FileStore) read(ctx context.Context) (content, error) {
	d := content{Cases: map[storage.CaseID]entry{}, Keys: map[storage.Key]storage.CaseID{}}
	f, err := os.Open(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		return d, ctx.Err()
	} else if err != nil {
		return d, err
	}
	defer f.Close()
	return d, errors.Join(ctx.Err(), gob.NewDecoder(f).Decode(&d))
}

// change replaces the file in one step: if edit or the disk fails, nothing has happened.
func (s *FileStore) change(ctx context.Context, edit func(d *content) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	d, err := s.read(ctx)
	if err = cmp.Or(err, edit(&d)); err != nil {
		return err
	}
	f, err := os.Create(s.path + ".new")
	if err != nil {
		return err
	}
	if err := errors.Join(gob.NewEncoder(f).Encode(d), f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), s.path)
}

func (s *FileStore) Append(ctx context.Context, changes []storage.Change) error {
	return s.change(ctx, func(d *content) error {
		for _, c := range changes { // every guard before anything else
			if e, ok := d.Cases[c.ID]; e.Head.Seq != c.After || e.Head.Tip != c.Tip || ok && c.After == 0 {
				return storage.ErrConflict
			}
		}
		for _, c := range changes { // every drop before any take
			maps.DeleteFunc(d.Keys, func(k storage.Key, id storage.CaseID) bool { return id == c.ID && slices.Contains(c.Drop, k) })
		}
		var err error
		for i := 0; i < len(changes) && err == nil; i++ {
			err = d.apply(changes[i])
		}
		return err
	})
}

func (d *content) apply(c storage.Change) error {
	for _, k := range c.Take {
		if owner, ok := d.Keys[k]; ok && owner != c.ID {
			return &storage.DuplicateError{Key: k, Owner: owner}
		}
		d.Keys[k] = c.ID
	}
	e := d.Cases[c.ID]
	if c.Head.Seq != 0 { // else the head stays
		e.Head = c.Head
	}
	for _, r := range c.Records {
		r.HasPrivate = r.Private != nil
		e.Log = append(e.Log, r)
	}
	for i, r := range e.Log {
		if slices.Contains(c.Erase, r.Seq) {
			e.Log[i].Private, e.Log[i].HasPrivate = nil, false
		}
	}
	e.Terms = slices.DeleteFunc(e.Terms, func(t storage.Term) bool { return slices.Contains(c.Untag, t) })
	e.Terms = append(e.Terms, c.Tag...)
	d.Cases[c.ID] = e
	for _, done := range c.Settle {
		i := d.find(done)
		if i < 0 || d.Queue[i].Token != done.Token {
			return storage.ErrLeaseLost
		}
		d.Queue = slices.Delete(d.Queue, i, i+1)
	}
	for _, n := range c.Enqueue {
		if d.find(n) >= 0 {
			return errors.New("the delivery is queued already")
		}
		d.Queue = append(d.Queue, n)
	}
	return nil
}

func (d *content) find(want storage.Delivery) int {
	return slices.IndexFunc(d.Queue, func(q storage.Delivery) bool { return q.Lane == want.Lane && q.Ref == want.Ref })
}

func (s *FileStore) Load(ctx context.Context, id storage.CaseID, after storage.Seq, max int, private bool) (out []storage.Record, err error) {
	d, err := s.read(ctx)
	for _, r := range d.Cases[id].Log {
		if !private {
			r.Private = nil
		} else if r.HasPrivate && r.Private == nil {
			r.Private = []byte{} // gob leaves out what is empty
		}
		if r.Seq > after && len(out) < max {
			out = append(out, r)
		}
	}
	return out, err
}

func (s *FileStore) Heads(ctx context.Context, q storage.Query) (out []storage.Head, err error) {
	d, err := s.read(ctx)
	order := func(a, b storage.Head) int {
		switch {
		case q.To != "":
			return cmp.Or(cmp.Compare(a.Under, b.Under), slices.Compare(a.ID[:], b.ID[:]))
		case q.DueBy != 0:
			return cmp.Or(cmp.Compare(a.Due, b.Due), slices.Compare(a.ID[:], b.ID[:]))
		}
		return slices.Compare(b.ID[:], a.ID[:])
	}
	list := func(h storage.Head) {
		if q.Before == (storage.Cursor{}) || order(h, storage.Head{Under: q.Before.Under, Due: q.Before.Due, ID: q.Before.ID}) > 0 {
			out = append(out, h)
		}
	}
	for _, e := range d.Cases {
		has := func(t storage.Term) bool { return slices.Contains(e.Terms, t) }
		if slices.ContainsFunc(q.All, func(t storage.Term) bool { return !has(t) }) || len(q.Any) > 0 && !slices.ContainsFunc(q.Any, has) {
			continue
		}
		switch h := e.Head; {
		case q.To != "":
			for _, t := range e.Terms {
				if h.Under = t; q.From <= t && t < q.To {
					list(h)
				}
			}
		case q.DueBy == 0 || h.Due != 0 && h.Due <= q.DueBy:
			list(h)
		}
	}
	slices.SortFunc(out, order)
	return out[:max(0, min(q.Limit, len(out)))], err
}

func (s *FileStore) Lookup(ctx context.Context, k storage.Key) (storage.CaseID, error) {
	d, err := s.read(ctx)
	id, ok := d.Keys[k]
	if err == nil && !ok {
		err = storage.ErrNotFound
	}
	return id, err
}

func (s *FileStore) Claim(ctx context.Context, now storage.Millis, lease time.Duration, n int) (out []storage.Delivery, err error) {
	err = s.change(ctx, func(d *content) error {
		lanes, ready := map[storage.LaneID]bool{}, []*storage.Delivery{}
		for i := range d.Queue { // the first of each lane, and of these the earliest
			q := &d.Queue[i]
			if !lanes[q.Lane] && q.At <= now {
				ready = append(ready, q)
			}
			lanes[q.Lane] = true
		}
		slices.SortStableFunc(ready, func(a, b *storage.Delivery) int { return cmp.Compare(a.At, b.At) })
		for _, q := range ready[:max(0, min(n, len(ready)))] {
			q.At, q.Token = now+storage.Millis(lease.Milliseconds()), q.Token+1
			out = append(out, *q)
		}
		return nil
	})
	return out, err
}

func (s *FileStore) Postpone(ctx context.Context, d storage.Delivery, retry storage.Millis) error {
	return s.change(ctx, func(c *content) error {
		i := c.find(d)
		if i < 0 || c.Queue[i].Token != d.Token {
			return storage.ErrLeaseLost
		}
		c.Queue[i].At, c.Queue[i].Tries = retry, d.Tries
		return nil
	})
}
