package memstore

import (
	"cmp"
	"iter"
	"slices"
	"strings"

	"github.com/cvdkit/cvdkit/cvd/storage"
)

// lists are the orders in which cases are listed, so that a page costs what it
// shows and not what is stored.
type lists struct {
	all   sorted[storage.CaseID]
	due   sorted[storage.Cursor] // the cases whose Due is set
	terms map[storage.Term]*sorted[storage.CaseID]
	// names are the terms in order, by their kind, once a listing has asked for it: most
	// terms are never listed in a range, and to keep all in order costs with each new one.
	names map[storage.Term]*sorted[storage.Term]
}

func newLists() lists {
	return lists{
		all:   sorted[storage.CaseID]{cmp: compareIDs},
		due:   sorted[storage.Cursor]{cmp: compareDue},
		terms: map[storage.Term]*sorted[storage.CaseID]{},
		names: map[storage.Term]*sorted[storage.Term]{},
	}
}

// kindOf is the beginning of a term, to its first colon; "" if it has none.
func kindOf(t storage.Term) storage.Term {
	return t[:strings.IndexByte(string(t), ':')+1]
}

// ordered returns the terms of a kind in order; "" is all.
func (l *lists) ordered(kind storage.Term) *sorted[storage.Term] {
	s := l.names[kind]
	if s == nil {
		s = &sorted[storage.Term]{cmp: cmp.Compare[storage.Term]}
		for t := range l.terms {
			if kind == "" || kindOf(t) == kind {
				s.items = append(s.items, t)
			}
		}
		slices.Sort(s.items)
		l.names[kind] = s
	}
	return s
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
		for _, kind := range []storage.Term{"", kindOf(t)} {
			if s := l.names[kind]; s != nil {
				s.add(t)
			}
		}
	}
	l.terms[t].add(id)
}

func (l *lists) untag(id storage.CaseID, t storage.Term) {
	ids := l.terms[t]
	if ids.remove(id); len(ids.items) == 0 {
		delete(l.terms, t)
		for _, kind := range []storage.Term{"", kindOf(t)} {
			if s := l.names[kind]; s != nil {
				s.remove(t)
			}
		}
	}
}

// walk yields the cases that q may list, in its order and after its cursor, each with
// the term that it is listed under. They still have to be matched with its terms.
func (l *lists) walk(q storage.Query) iter.Seq2[storage.CaseID, storage.Term] {
	if q.To != "" {
		return l.walkTerms(q)
	}
	ids := descend(l.candidates(q), q.Before.ID)
	if q.DueBy != 0 {
		ids = l.walkDue(q)
	}
	return func(yield func(storage.CaseID, storage.Term) bool) {
		for id := range ids {
			if !yield(id, "") {
				return
			}
		}
	}
}

func (l *lists) walkTerms(q storage.Query) iter.Seq2[storage.CaseID, storage.Term] {
	return func(yield func(storage.CaseID, storage.Term) bool) {
		kind := kindOf(q.From)
		if kindOf(q.To) != kind {
			kind = ""
		}
		names := l.ordered(kind)
		i, _ := names.find(max(q.From, q.Before.Under))
		for ; i < len(names.items) && names.items[i] < q.To; i++ {
			t := names.items[i]
			ids := l.terms[t]
			j := 0
			if t == q.Before.Under {
				at, found := ids.find(q.Before.ID)
				if j = at; found {
					j++
				}
			}
			for ; j < len(ids.items); j++ {
				if !yield(ids.items[j], t) {
					return
				}
			}
		}
	}
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
