package caselog

import (
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// Marks are the terms that every change sets: a case is on the list of each
// subscriber from then on.
func (s *Book) Marks() []storage.Term {
	t := make([]storage.Term, len(s.Cfg.Subscribers))
	for i, sub := range s.Cfg.Subscribers {
		t[i] = SubTerm(sub)
	}
	return t
}

func SubTerm(sub string) storage.Term { return storage.Term(SubPrefix + sub) }

const SubPrefix = "sub:"
