package cvd

import (
	"slices"

	"github.com/cvdkit/cvdkit/cvd/storage"
)

// AddID makes identifiers lead to the case: Lookup finds it by them. Examples are
// the number of a ticket that mirrors it, and the Marker that the ticket carries.
// Those that the case has change nothing. One that leads to another case is a
// *DuplicateError with its owner. They are seen by the team only, and a merge
// takes them along.
type AddID struct {
	IDs []ExternalID // at least one
}

func (x AddID) decide(d *decision) error {
	k := d.check().needed("IDs", len(x.IDs) == 0)
	if k.ids("IDs", x.IDs); k.err != nil {
		return k.err
	}
	e := &idsAdded{}
	for _, id := range x.IDs {
		key := d.s.externalKey(id)
		if slices.Contains(e.Keys, key) || slices.ContainsFunc(d.fresh, func(f draft) bool { return slices.Contains(d.s.leads(f.x), key) }) {
			continue
		}
		switch owner := d.owner(key); {
		case owner == d.c.ID && !slices.Contains(d.change.Drop, key):
			continue
		case owner != d.c.ID && owner != (CaseID{}):
			return &DuplicateError{Key: key, Owner: owner}
		}
		e.Keys, e.Kinds, e.Values = append(e.Keys, key), append(e.Kinds, id.Kind), append(e.Values, id.Value)
	}
	if len(e.Keys) > 0 {
		d.emit(e)
	}
	return nil
}

// idsAdded keeps identifiers that AddID gave. The keys are in private like those
// of a report, so that they can be erased.
type idsAdded struct {
	Kinds []string

	Values []Private
	Keys   []storage.Key
}

func (*idsAdded) name() string { return "ids.added/1" }
func (x *idsAdded) body(w *wire) {
	many(w, &x.Kinds, func(w *wire, s *string) { text(w, s) })
}
func (x *idsAdded) private(w *wire) {
	many(w, &x.Values, func(w *wire, s *Private) { text(w, s) })
	many(w, &x.Keys, func(w *wire, k *storage.Key) { w.fixed(k[:]) })
}
func (x *idsAdded) apply(c *folded, e *envelope) {
	// Full slice expression: snapshots share the array and must not see this.
	c.IDs = c.IDs[:len(c.IDs):len(c.IDs)]
	for _, kind := range x.Kinds {
		c.IDs = append(c.IDs, ExternalID{Kind: kind})
	}
	c.event(e, Event{}.With(uint32(len(c.IDs)), 0))
}
func (x *idsAdded) reveal(c *folded, e *envelope) {
	first := int(c.Events[e.seq-1].ref) - len(x.Kinds)
	for i := range x.Kinds {
		if i < len(x.Values) {
			c.IDs[first+i].Value = x.Values[i]
		}
	}
}

// ids carries the identifiers of a merged case; its link has their keys.
func (k *carrier) ids() {
	e := &idsAdded{}
	for _, id := range k.from.IDs {
		if id.Value != "" { // it was not erased
			e.Kinds, e.Values = append(e.Kinds, id.Kind), append(e.Values, id.Value)
		}
	}
	if len(e.Kinds) > 0 {
		k.to.emit(e)
	}
}
