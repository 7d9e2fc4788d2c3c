package caselog

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// Book reads the logs of a Store, and knows the keys by which a case is found.
type Book struct {
	Cfg   cvd.Config
	Guard *GuardedStore // is Cfg.Store
	Cache *Cache
	macs  macs
}

// Key is the unique key of a value that leads to a case.
func (s *Book) Key(kind, value string) storage.Key {
	return s.macs.of(s.Cfg.Secret, kind, value)
}

// ShortTag is a keyed hash for terms: 64 bits suffice where a collision only
// adds a line to a list.
func (s *Book) ShortTag(kind, value string) storage.Term {
	k := s.Key(kind, value)
	return storage.Term(hex.EncodeToString(k[:8]))
}

func (s *Book) ExternalKey(x cvd.ExternalID) storage.Key { return s.Key("id:"+x.Kind, string(x.Value)) }

// Lane returns the queue of one recipient in one case.
func Lane(id cvd.CaseID, to cvd.PartyID) (l storage.LaneID) {
	h := sha256.Sum256(binary.BigEndian.AppendUint32(append([]byte("lane"), id[:]...), uint32(to)))
	copy(l[:], h[:])
	return l
}

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
