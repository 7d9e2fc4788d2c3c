package caselog

import (
	"github.com/cvdkit/cvdkit/advisory/tlp"
	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// body and private are those of a record that holds a Provenance.
func body(p *cvd.Provenance, w *Wire) {
	w.Instant(&p.Received)
	num(w, &p.Channel)
	num(w, &p.Protection)
	num(w, &p.Signature)
	num(w, &p.KnownBy)
}

func private(p *cvd.Provenance, w *Wire) {
	many(w, &p.IDs, func(w *Wire, x *cvd.ExternalID) {
		text(w, &x.Kind)
		text(w, &x.Value)
	})
	text(w, &p.Fingerprint)
	text(w, &p.Sender)
}

// KeysOf are the keys of identifiers.
func (s *Book) KeysOf(ids []cvd.ExternalID) []storage.Key {
	keys := make([]storage.Key, len(ids))
	for i, x := range ids {
		keys[i] = s.ExternalKey(x)
	}
	return keys
}

// Of is x for one of several files that came with it.
func (x FileAttached) Of(f cvd.File) FileAttached {
	x.Name, x.Type = f.Name, f.Type
	if f.TLP != tlp.Unset {
		x.TLP = f.TLP
	}
	return x
}
