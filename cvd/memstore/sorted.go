package memstore

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/cvdkit/cvdkit/cvd/storage"
)

// sorted is a set in ascending order. IDs ascend with time, so that most
// insertions are at the end.
type sorted[T any] struct {
	items []T
	cmp   func(a, b T) int
}

func (s *sorted[T]) find(v T) (int, bool) { return slices.BinarySearchFunc(s.items, v, s.cmp) }

func (s *sorted[T]) add(v T) {
	if i, ok := s.find(v); !ok {
		s.items = slices.Insert(s.items, i, v)
	}
}

func (s *sorted[T]) remove(v T) {
	if i, ok := s.find(v); ok {
		s.items = slices.Delete(s.items, i, i+1)
	}
}

func compareIDs(a, b storage.CaseID) int { return bytes.Compare(a[:], b[:]) }

func compareDue(a, b storage.Cursor) int {
	return cmp.Or(cmp.Compare(a.Due, b.Due), compareIDs(a.ID, b.ID))
}

// find returns the place of a record in a log.
func find(log []storage.Record, seq storage.Seq) (int, bool) {
	return slices.BinarySearchFunc(log, seq, func(r storage.Record, seq storage.Seq) int { return cmp.Compare(r.Seq, seq) })
}

// The bytes of callers are copied on their way in and out: a Store shares no
// memory with them.

func cloneRecord(r storage.Record, private bool) storage.Record {
	r.Body = bytes.Clone(r.Body)
	if private {
		r.Private = bytes.Clone(r.Private)
	} else {
		r.Private = nil
	}
	return r
}

func cloneHead(h storage.Head) storage.Head {
	h.Data, h.Private, h.Under = bytes.Clone(h.Data), bytes.Clone(h.Private), ""
	return h
}
