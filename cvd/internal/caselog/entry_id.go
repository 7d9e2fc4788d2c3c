package caselog

import (
	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// IdsAdded keeps identifiers that AddID gave. The keys are in private like those
// of a report, so that they can be erased.
type IdsAdded struct {
	Kinds []string

	Values []cvd.Private
	Keys   []storage.Key
}

func (*IdsAdded) RecordName() string { return "ids.added/1" }

func (x *IdsAdded) Body(w *Wire) {
	many(w, &x.Kinds, func(w *Wire, s *string) { text(w, s) })
}

func (x *IdsAdded) Private(w *Wire) {
	many(w, &x.Values, func(w *Wire, s *cvd.Private) { text(w, s) })
	many(w, &x.Keys, func(w *Wire, k *storage.Key) { w.fixed(k[:]) })
}

func (x *IdsAdded) apply(c *Folded, e *Envelope) {
	// Full slice expression: snapshots share the array and must not see this.
	c.IDs = c.IDs[:len(c.IDs):len(c.IDs)]
	for _, kind := range x.Kinds {
		c.IDs = append(c.IDs, cvd.ExternalID{Kind: kind})
	}
	event(&c.Case, e, cvd.Event{}.With(uint32(len(c.IDs)), 0))
}

func (x *IdsAdded) reveal(c *Folded, e *Envelope) {
	first := int(c.Events[e.Seq-1].Kept(inner.Only{}).Ref) - len(x.Kinds)
	for i := range x.Kinds {
		if i < len(x.Values) {
			c.IDs[first+i].Value = x.Values[i]
		}
	}
}
