package memstore

import (
	"iter"

	"github.com/cvdkit/cvdkit/cvd/storage"
)

// lists are the orders in which cases are listed, so that a page costs what it
// shows and not what is stored.
type lists struct {
	all   sorted[storage.CaseID]
	due   sorted[storage.Cursor] // the cases whose Due is set
	terms map[storage.Term]*sorted[storage.CaseID]
}

func newLists() lists {
	return lists{
		all:   sorted[storage.CaseID]{cmp: compareIDs},
		due:   sorted[storage.Cursor]{cmp: compareDue},
		terms: map[storage.Term]*sorted[storage.CaseID]{},
	}
}

func (l *lists) addCase(id storage.CaseID) { l.all.add(id) }

func (l *lists) setDue(id storage.CaseID, old, due storage.Millis) {
	if old == due {
		return
	}
	if old != 0 {
		l.due.remove(storage.Cursor{Due: old, ID: id})
	}
	if due != 0 {
		l.due.add(storage.Cursor{Due: due, ID: id})
	}
}

func (l *lists) tag(id storage.CaseID, t storage.Term) {
	if l.terms[t] == nil {
		l.terms[t] = &sorted[storage.CaseID]{cmp: compareIDs}
	}
	l.terms[t].add(id)
}

func (l *lists) untag(id storage.CaseID, t storage.Term) {
	ids := l.terms[t]
	if ids.remove(id); len(ids.items) == 0 {
		delete(l.terms, t)
	}
}

// walk yields the cases that q may list, in its order and after its cursor.
// They still have to be matched with its terms.
func (l *lists) walk(q storage.Query) iter.Seq[storage.CaseID] {
	if q.DueBy != 0 {
		return l.walkDue(q)
	}
	return descend(l.candidates(q), q.Before.ID)
}

func (l *lists) walkDue(q storage.Query) iter.Seq[storage.CaseID] {
	return func(yield func(storage.CaseID) bool) {
		i := 0
		if q.Before != (storage.Cursor{}) {
			at, found := l.due.find(q.Before)
			if i = at; found {
				i++
			}
		}
		for ; i < len(l.due.items) && l.due.items[i].Due <= q.DueBy; i++ {
			if !yield(l.due.items[i].ID) {
				return
			}
		}
	}
}

// candidates returns lists that together hold every case with the terms of q:
// the shortest of All, else all of Any, else everything.
func (l *lists) candidates(q storage.Query) [][]storage.CaseID {
	ids := func(t storage.Term) []storage.CaseID {
		if s := l.terms[t]; s != nil {
			return s.items
		}
		return nil
	}
	var out [][]storage.CaseID
	switch {
	case len(q.All) > 0:
		short := ids(q.All[0])
		for _, t := range q.All[1:] {
			if more := ids(t); len(more) < len(short) {
				short = more
			}
		}
		out = append(out, short)
	case len(q.Any) > 0:
		for _, t := range q.Any {
			out = append(out, ids(t))
		}
	default:
		out = append(out, l.all.items)
	}
	return out
}

// descend merges ascending lists into one descending order without repeats,
// starting below before unless that is zero.
func descend(from [][]storage.CaseID, before storage.CaseID) iter.Seq[storage.CaseID] {
	return func(yield func(storage.CaseID) bool) {
		if before != (storage.CaseID{}) {
			for i := range from {
				s := sorted[storage.CaseID]{items: from[i], cmp: compareIDs}
				at, _ := s.find(before)
				from[i] = from[i][:at]
			}
		}
		for {
			var newest storage.CaseID
			found := false
			for _, ids := range from {
				if n := len(ids); n > 0 && (!found || compareIDs(ids[n-1], newest) > 0) {
					newest, found = ids[n-1], true
				}
			}
			if !found || !yield(newest) {
				return
			}
			for i, ids := range from {
				if n := len(ids); n > 0 && ids[n-1] == newest {
					from[i] = ids[:n-1]
				}
			}
		}
	}
}
