package engine

import (
	"slices"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/caselog"
)

func (d *Decision) decideAddID(x cvd.AddID) error {
	k := d.check().needed("IDs", len(x.IDs) == 0)
	if k.ids("IDs", x.IDs); k.err != nil {
		return k.err
	}
	e := &caselog.IdsAdded{}
	for _, id := range x.IDs {
		key := d.s.ExternalKey(id)
		if slices.Contains(e.Keys, key) || slices.ContainsFunc(d.fresh, func(f draft) bool { return slices.Contains(d.s.Leads(f.x), key) }) {
			continue
		}
		switch owner := d.owner(key); {
		case owner == d.c.ID && !slices.Contains(d.change.Drop, key):
			continue
		case owner != d.c.ID && owner != (cvd.CaseID{}):
			return &cvd.DuplicateError{Key: key, Owner: owner}
		}
		e.Keys, e.Kinds, e.Values = append(e.Keys, key), append(e.Kinds, id.Kind), append(e.Values, id.Value)
	}
	if len(e.Keys) > 0 {
		d.emit(e)
	}
	return nil
}

// ids carries the identifiers of a merged case; its link has their keys.
func (k *carrier) ids() {
	e := &caselog.IdsAdded{}
	for _, id := range k.from.IDs {
		if id.Value != "" { // it was not erased
			e.Kinds, e.Values = append(e.Kinds, id.Kind), append(e.Values, id.Value)
		}
	}
	if len(e.Kinds) > 0 {
		k.to.emit(e)
	}
}
