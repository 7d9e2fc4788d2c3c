package caselog

import (
	"context"
	"fmt"
	"slices"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// Rebuild does what Service.Rebuild promises.
func (s *Book) Rebuild(ctx context.Context, id cvd.CaseID) (storage.Change, error) {
	for try := 0; ; try++ {
		c, ch, l := NewCase(id), storage.Change{ID: id}, s.NewLedger()
		err := s.read(ctx, c, true, func(x Entry, e *Envelope, r *storage.Record) error {
			ch.Records = append(ch.Records, *r)
			err := s.decodePrivate(ctx, c, x, e, r)
			if err == nil {
				l.note(c, x, e)
			}
			return err
		})
		if err != nil {
			return storage.Change{}, err
		}
		if c.stale { // a text was erased while we read
			if try == 10 {
				return storage.Change{}, fmt.Errorf("case %s: %w", id, Tampered(c.Seq, "what was erased is still there"))
			}
			continue
		}
		ch.Head = s.Head(c, storage.MillisOf(s.Cfg.Now()))
		ch.Take, ch.Tag = l.Pick(func(Hold) bool { return true }), slices.Concat(c.terms(), s.Marks(), s.TitleTerms(l.title))
		slices.Sort(ch.Tag)
		ch.Enqueue = queued(&c.Case)
		return ch, nil
	}
}

// Blobs does what Service.Blobs promises.
func (s *Book) Blobs(ctx context.Context, id cvd.CaseID) ([]storage.BlobID, error) {
	blobs := map[cvd.Seq][]storage.BlobID{}
	var order []cvd.Seq
	err := s.read(ctx, NewCase(id), false, func(x Entry, e *Envelope, _ *storage.Record) error {
		switch x := x.(type) {
		case *FileAttached:
			blobs[e.Seq], order = []storage.BlobID{x.Blob}, append(order, e.Seq)
		case *SubmissionReceived:
			for _, f := range x.Files {
				blobs[e.Seq] = append(blobs[e.Seq], f.Blob)
			}
			order = append(order, e.Seq)
		case *PrivateErased:
			for _, seq := range x.Records {
				delete(blobs, seq)
			}
		}
		return nil
	})
	var out []storage.BlobID
	for _, seq := range order {
		out = append(out, blobs[seq]...)
	}
	return out, err
}

// queued are the deliveries whose outcome is not recorded.
func queued(c *cvd.Case) (out []storage.Delivery) {
	for i := range c.Messages {
		m := &c.Messages[i]
		for _, d := range m.Deliveries {
			if d.State == cvd.DeliveryQueued {
				out = append(out, storage.Delivery{Case: c.ID, Lane: Lane(c.ID, d.Party), Ref: m.Seq, At: storage.MillisOf(m.Posted)})
			}
		}
	}
	return out
}
