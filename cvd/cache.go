package cvd

import (
	"bytes"
	"container/list"
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"sync"

	"github.com/cvdkit/cvdkit/cvd/storage"
)

// cache keeps folded cases. A slot is used by one caller at a time; for a case
// that was evicted while in use there may be two, which only costs a conflict
// that the Store settles.
type cache struct {
	mu    sync.Mutex
	max   int // negative: keep nothing
	slots map[CaseID]*slot
	order *list.List // of *slot, the last used first
}

type slot struct {
	id       CaseID
	busy     chan struct{} // holds one token while the slot is in use
	elem     *list.Element
	plain    *folded           // without texts; handed out, so never changed
	commands map[CommandID]sum // those applied to plain
	full     *folded           // with texts; never handed out
}

func newCache(max int) *cache {
	return &cache{max: max, slots: map[CaseID]*slot{}, order: list.New()}
}

// take waits for the case's slot.
func (k *cache) take(ctx context.Context, id CaseID) (*slot, error) {
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

func (k *cache) put(sl *slot) { <-sl.busy }

const loadPage = 1000

// catchUp folds what was appended since into the plain case.
func (s *Service) catchUp(ctx context.Context, sl *slot) error {
	c, known := newCase(sl.id), map[CommandID]sum{}
	if sl.plain != nil {
		c, known = sl.plain.working(), sl.commands
	}
	err := s.read(ctx, c, false, func(_ entry, e *envelope, _ *storage.Record) error {
		c.dueKnown = false // others have moved the clocks
		if e.flags&flagFirst != 0 {
			known[e.command] = e.sum
		}
		return nil
	})
	if err == nil {
		err = s.unveil(ctx, c)
	}
	if err != nil {
		sl.plain, sl.commands = nil, nil
		return err
	}
	sl.plain, sl.commands = c, known
	return nil
}

// unveil looks up the likeness of reports of a sealed case: the index and the head
// show it, and every command writes them. Where the key is not at hand there is none,
// and what the index holds of it stays.
func (s *Service) unveil(ctx context.Context, c *folded) error {
	for i := range c.Reports {
		if r := &c.Reports[i]; !r.veiled || r.MovedTo != (CaseID{}) || c.erased[r.seq] {
			continue
		}
		rs, err := s.cfg.Store.Load(ctx, c.ID, c.Reports[i].seq-1, 1, true)
		if err != nil {
			return err
		}
		r, x := c.report(ReportID(i+1)), &reportReceived{Sealed: true}
		in := entry(x)
		if c.Events[r.seq-1].Kind == EventSubmissionReceived {
			y := &submissionReceived{Report: *x}
			in, x = y, &y.Report
		}
		if r.veiled = false; len(rs) == 1 {
			if _, err := s.readPrivate(ctx, c.ID, in, &rs[0]); err == nil {
				r.sketch, r.marks = x.Sketch, x.Marks
			} else if ctx.Err() != nil {
				return ctx.Err()
			}
		}
	}
	return nil
}

// catchUpFull does the same for the case with its texts, and verifies all
// private parts on the way.
func (s *Service) catchUpFull(ctx context.Context, sl *slot) error {
	for try := 0; ; try++ {
		c := sl.full
		if sl.full = nil; c == nil {
			c = newCase(sl.id)
		}
		err := s.read(ctx, c, true, func(x entry, e *envelope, r *storage.Record) error {
			return s.decodePrivate(ctx, c, x, e, r)
		})
		if err != nil {
			return err
		}
		if !c.stale { // else a text was erased that is already in c
			sl.full = c
			return nil
		}
		if try == 10 { // each try read the whole log anew, and no writer erases that often
			return fmt.Errorf("case %s: %w", sl.id, tampered(c.Seq, "what was erased is still there"))
		}
	}
}

// read folds the records after c.Seq.
func (s *Service) read(ctx context.Context, c *folded, private bool, each func(entry, *envelope, *storage.Record) error) error {
	for {
		rs, err := s.cfg.Store.Load(ctx, c.ID, c.Seq, loadPage, private)
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
		return ErrNotFound
	}
	if c.pending != 0 {
		return fmt.Errorf("case %s: %w", c.ID, tampered(c.Seq, "the records that belong to it are missing"))
	}
	return c.whole()
}

// load returns the newest plain case.
func (s *Service) load(ctx context.Context, id CaseID) (*folded, error) {
	sl, err := s.cache.take(ctx, id)
	if err != nil {
		return nil, err
	}
	defer s.cache.put(sl)
	if err := s.catchUp(ctx, sl); err != nil {
		return nil, err
	}
	return sl.plain, nil
}

func digest(b []byte) storage.Hash { return sha256.Sum256(b) }

// encodePrivate returns the private part of an entry, or nil if it says nothing.
func (s *Service) encodePrivate(ctx context.Context, id CaseID, x entry) ([]byte, error) {
	w := wire{}
	x.private(&w)
	if len(bytes.Trim(w.buf, "\x00")) == 0 {
		return nil, nil // only empty texts: reading nothing gives the same
	}
	out := make([]byte, saltSize, saltSize+len(w.buf))
	if err := s.random(out); err != nil {
		return nil, err
	}
	if s.cfg.Sealer == nil {
		return append(out, w.buf...), nil
	}
	sealed := bytes.NewBuffer(out)
	if err := s.cfg.Sealer.Seal(ctx, id, sealed, bytes.NewReader(w.buf)); err != nil {
		return nil, fmt.Errorf("cvd: sealing: %w", err)
	}
	return sealed.Bytes(), nil
}

func (s *Service) decodePrivate(ctx context.Context, c *folded, x entry, e *envelope, r *storage.Record) error {
	ok, err := s.readPrivate(ctx, c.ID, x, r)
	if ok {
		x.reveal(c, e)
		if x, ok := x.(reasoned); ok {
			c.Events[e.seq-1].Reason = x.reason()
		}
		c.revealed[r.Seq] = true
	}
	return err
}

// readPrivate fills in the private fields of an entry. It reports false if the
// record has no private part.
func (s *Service) readPrivate(ctx context.Context, id CaseID, x entry, r *storage.Record) (bool, error) {
	if len(r.Private) < saltSize {
		if r.HasPrivate {
			return false, tampered(r.Seq, "its private part is cut short")
		}
		return false, nil
	}
	data := r.Private[saltSize:]
	if s.cfg.Sealer != nil {
		var open bytes.Buffer
		if err := s.cfg.Sealer.Open(ctx, id, &open, bytes.NewReader(data)); err != nil {
			return false, fmt.Errorf("cvd: record %d cannot be unsealed: %w", r.Seq, err)
		}
		data = open.Bytes()
	}
	w := wire{buf: data, reading: true}
	if x.private(&w); w.bad {
		return false, tampered(r.Seq, "its private fields cannot be read")
	}
	return true, nil
}
