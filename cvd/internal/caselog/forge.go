package caselog

import (
	"context"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// What follows makes records and cases as a host could that has our code and access
// to its database. Only tests call it, here and in the packages above.

// Forge returns a case of these entries, with their texts, that no Store has.
func Forge(id cvd.CaseID, entries ...Entry) *Folded {
	c := NewCase(id)
	for _, x := range entries {
		e := Envelope{Seq: c.Seq + 1, Name: x.RecordName(), At: 1}
		c.Take(x, &e, storage.Hash{byte(e.Seq)})
		x.reveal(c, &e)
	}
	return c
}

// NameIn returns the record name in a body, "" if it cannot be read.
func NameIn(body []byte) string {
	w := Wire{Buf: append([]byte(nil), body[1:]...), Reading: true}
	var e Envelope
	if e.Wire(&w); w.bad {
		return ""
	}
	return e.Name
}

// IsReasoned tells whether the reason of a record is shown with its event.
func IsReasoned(x Entry) bool { _, ok := x.(reasoned); return ok }

// FoldForged folds a record as it comes from a Store, with its texts, and reads what
// the indexes take of the case. It returns what reads the texts as the team does.
func (s *Book) FoldForged(ctx context.Context, c *Folded, r *storage.Record) (*Folded, error) {
	x, e, err := c.fold(r)
	if err != nil {
		return nil, err
	}
	if err := s.decodePrivate(ctx, c, x, e, r); err != nil {
		return nil, err
	}
	if _, err := ReadHead(c.Head()); err != nil {
		panic(err)
	}
	c.terms()
	return c.copied(WholeTeam()), nil
}
