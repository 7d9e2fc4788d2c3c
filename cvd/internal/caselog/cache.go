package caselog

import (
	"bytes"
	"container/list"
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"sync"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// Cache keeps folded cases. A slot is used by one caller at a time; for a case
// that was evicted while in use there may be two, which only costs a conflict
// that the Store settles.
type Cache struct {
	mu    sync.Mutex
	max   int // negative: keep nothing
	slots map[cvd.CaseID]*slot
	order *list.List // of *slot, the last used first
}

type slot struct {
	id       cvd.CaseID
	busy     chan struct{} // holds one token while the slot is in use
	elem     *list.Element
	Plain    *Folded                     // without texts; handed out, so never changed
	Commands map[cvd.CommandID]inner.Sum // those applied to plain
	Full     *Folded                     // with texts; never handed out
}

func NewCache(max int) *Cache {
	return &Cache{max: max, slots: map[cvd.CaseID]*slot{}, order: list.New()}
}

// Take waits for the case's slot.
func (k *Cache) Take(ctx context.Context, id cvd.CaseID) (*slot, error) {
	k.mu.Lock()
	sl := k.slots[id]
	if sl == nil {
		sl = &slot{id: id, busy: make(chan struct{}, 1)}
		if k.max > 0 {
			k.slots[id] = sl
			sl.elem = k.order.PushFront(sl)
			if k.order.Len() > k.max {
				last := k.order.Remove(k.order.Back()).(*slot)
				delete(k.slots, last.id)
			}
		}
	} else {
		k.order.MoveToFront(sl.elem)
	}
	k.mu.Unlock()
	select {
	case sl.busy <- struct{}{}:
		return sl, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (k *Cache) Put(sl *slot) { <-sl.busy }

const loadPage = 1000

// CatchUp folds what was appended since into the plain case.
func (s *Book) CatchUp(ctx context.Context, sl *slot) error {
	c, known := NewCase(sl.id), map[cvd.CommandID]inner.Sum{}
	if sl.Plain != nil {
		c, known = sl.Plain.Working(), sl.Commands
	}
	err := s.read(ctx, c, false, func(_ Entry, e *Envelope, _ *storage.Record) error {
		c.DueKnown = false // others have moved the clocks
		if e.Flags&FlagFirst != 0 {
			known[e.Command] = e.Sum
		}
		return nil
	})
	if err == nil {
		err = s.unveil(ctx, c)
	}
	if err != nil {
		sl.Plain, sl.Commands = nil, nil
		return err
	}
	sl.Plain, sl.Commands = c, known
	return nil
}

// unveil looks up the likeness of reports of a sealed case: the index and the head
// show it, and every command writes them. Where the key is not at hand there is none,
// and what the index holds of it stays.
func (s *Book) unveil(ctx context.Context, c *Folded) error {
	for i := range c.Reports {
		if r := &c.Reports[i]; !r.Kept(inner.Only{}).Veiled || r.MovedTo != (cvd.CaseID{}) || c.Erased[r.Kept(inner.Only{}).Seq] {
			continue
		}
		rs, err := s.Cfg.Store.Load(ctx, c.ID, c.Reports[i].Kept(inner.Only{}).Seq-1, 1, true)
		if err != nil {
			return err
		}
		r, x := c.report(cvd.ReportID(i+1)), &ReportReceived{Sealed: true}
		in := Entry(x)
		if c.Events[r.Kept(inner.Only{}).Seq-1].Kind == cvd.EventSubmissionReceived {
			y := &SubmissionReceived{Report: *x}
			in, x = y, &y.Report
		}
		if r.Kept(inner.Only{}).Veiled = false; len(rs) == 1 {
			if _, err := s.readPrivate(ctx, c.ID, in, &rs[0]); err == nil {
				r.Kept(inner.Only{}).Sketch, r.Kept(inner.Only{}).Marks = x.Sketch, x.Marks
			} else if ctx.Err() != nil {
				return ctx.Err()
			}
		}
	}
	return nil
}

// catchUpFull does the same for the case with its texts, and verifies all
// private parts on the way.
func (s *Book) catchUpFull(ctx context.Context, sl *slot) error {
	for try := 0; ; try++ {
		c := sl.Full
		if sl.Full = nil; c == nil {
			c = NewCase(sl.id)
		}
		err := s.read(ctx, c, true, func(x Entry, e *Envelope, r *storage.Record) error {
			return s.decodePrivate(ctx, c, x, e, r)
		})
		if err != nil {
			return err
		}
		if !c.stale { // else a text was erased that is already in c
			sl.Full = c
			return nil
		}
		if try == 10 { // each try read the whole log anew, and no writer erases that often
			return fmt.Errorf("case %s: %w", sl.id, Tampered(c.Seq, "what was erased is still there"))
		}
	}
}

// read folds the records after c.Seq.
func (s *Book) read(ctx context.Context, c *Folded, private bool, each func(Entry, *Envelope, *storage.Record) error) error {
	for {
		rs, err := s.Cfg.Store.Load(ctx, c.ID, c.Seq, loadPage, private)
		if err != nil {
			return err
		}
		if len(rs) == loadPage {
			c.Events = slices.Grow(c.Events, max(len(rs), len(c.Events))) // there will be more
		}
		for i := range rs {
			x, e, err := c.fold(&rs[i])
			if err != nil {
				return fmt.Errorf("case %s: %w", c.ID, err)
			}
			if err := each(x, e, &rs[i]); err != nil {
				return fmt.Errorf("case %s: %w", c.ID, err)
			}
		}
		if len(rs) < loadPage {
			break
		}
	}
	if c.Seq == 0 {
		return cvd.ErrNotFound
	}
	if c.pending != 0 {
		return fmt.Errorf("case %s: %w", c.ID, Tampered(c.Seq, "the records that belong to it are missing"))
	}
	return c.whole()
}

// Load returns the newest plain case.
func (s *Book) Load(ctx context.Context, id cvd.CaseID) (*Folded, error) {
	sl, err := s.Cache.Take(ctx, id)
	if err != nil {
		return nil, err
	}
	defer s.Cache.Put(sl)
	if err := s.CatchUp(ctx, sl); err != nil {
		return nil, err
	}
	return sl.Plain, nil
}

func Digest(b []byte) storage.Hash { return sha256.Sum256(b) }

func (s *Book) decodePrivate(ctx context.Context, c *Folded, x Entry, e *Envelope, r *storage.Record) error {
	ok, err := s.readPrivate(ctx, c.ID, x, r)
	if ok {
		x.reveal(c, e)
		if x, ok := x.(reasoned); ok {
			c.Events[e.Seq-1].Reason = x.reason()
		}
		c.revealed[r.Seq] = true
	}
	return err
}

// readPrivate fills in the private fields of an entry. It reports false if the
// record has no private part.
func (s *Book) readPrivate(ctx context.Context, id cvd.CaseID, x Entry, r *storage.Record) (bool, error) {
	if len(r.Private) < SaltSize {
		if r.HasPrivate {
			return false, Tampered(r.Seq, "its private part is cut short")
		}
		return false, nil
	}
	data := r.Private[SaltSize:]
	if s.Cfg.Sealer != nil {
		var open bytes.Buffer
		if err := s.Cfg.Sealer.Open(ctx, id, &open, bytes.NewReader(data)); err != nil {
			return false, fmt.Errorf("cvd: record %d cannot be unsealed: %w", r.Seq, err)
		}
		data = open.Bytes()
	}
	w := Wire{Buf: data, Reading: true}
	if x.Private(&w); w.bad {
		return false, Tampered(r.Seq, "its private fields cannot be read")
	}
	return true, nil
}

// OneText reads one record: the title of a case, or the name of an actor. Lists keep
// no copy, so that an erasure reaches them too.
func (s *Book) OneText(ctx context.Context, id cvd.CaseID, seq cvd.Seq, hash storage.Hash) (cvd.Private, error) {
	if seq == 0 {
		return "", nil
	}
	rs, err := s.Cfg.Store.Load(ctx, id, seq-1, 1, true)
	if err != nil || len(rs) == 0 || len(rs[0].Private) == 0 {
		return "", err
	}
	if Digest(rs[0].Private) != hash {
		return "", fmt.Errorf("case %s: %w", id, Tampered(seq, "its private part was altered"))
	}
	c := NewCase(id)
	t := &CaseTitled{} // the names of actors have the same form
	e := Envelope{Seq: rs[0].Seq}
	if err := s.decodePrivate(ctx, c, t, &e, &rs[0]); err != nil {
		return "", err
	}
	return t.Title, nil
}
