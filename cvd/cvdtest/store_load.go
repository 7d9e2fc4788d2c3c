package cvdtest

import (
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// logOf appends a case of n records, of which those with even Seq have a
// private part, in two Changes.
func (s stored) logOf(number, n int) storage.Change {
	s.Helper()
	a := opening(number)
	b := following(a)
	for seq := storage.Seq(3); seq <= storage.Seq(n); seq++ {
		b.Records = append(b.Records, storage.Record{Seq: seq, Body: []byte("body")})
	}
	for i := range b.Records {
		if b.Records[i].Seq%2 == 0 {
			b.Records[i].Private = []byte("private")
		}
	}
	b.Head.Seq = storage.Seq(n)
	s.append(a)
	s.append(b)
	return b
}

var loadRules = []rule[storage.Store]{
	{"load/order-and-bounds", "Load returns at most max records of a case with Seq > after, in order.", inLoad, onStore(func(s stored) {
		const n = 25
		c := s.logOf(2, n)
		s.logOf(1, 3)
		s.logOf(3, 3)
		for _, max := range []int{-1, 0, 1, 7, n, 1000} {
			for _, after := range []storage.Seq{0, 1, 7, n - 1, n, n + 1, 1 << 40} {
				got, err := s.Load(s.Context(), c.ID, after, max, true)
				s.ok(err, "Load after %d, at most %d", after, max)
				seqs, want := []storage.Seq{}, []storage.Seq{}
				for _, r := range got {
					seqs = append(seqs, r.Seq)
				}
				for seq := after + 1; seq <= n && len(want) < max; seq++ {
					want = append(want, seq)
				}
				s.equal(seqs, want, "records after %d, at most %d", after, max)
			}
		}
	})},
	{"load/unknown-case", "An unknown case has no records and is no error.", inLoad, onStore(func(s stored) {
		s.append(opening(1))
		s.equal(len(s.load(caseID(2), true)), 0, "records of an unknown case")
		s.equal(len(s.load(caseID(1), true)), 1, "records of a case")
	})},
	{"load/private-if-asked", "With private, Load returns Private of the records that have it.", inLoad, onStore(func(s stored) {
		c := s.logOf(1, 4)
		for _, r := range s.load(c.ID, true) {
			if has := r.Seq%2 == 0; (string(r.Private) == "private") != has || r.HasPrivate != has {
				s.failf("record %s", describeOne(r))
			}
		}
	})},
	{"load/no-private-unasked", "Without private, Load leaves Private nil.", inLoad, onStore(func(s stored) {
		for _, r := range s.load(s.logOf(1, 4).ID, false) {
			if r.Private != nil {
				s.failf("record %s", describeOne(r))
			}
		}
	})},
	{"load/has-private", "Without private, Load still sets HasPrivate.", inLoad, onStore(func(s stored) {
		for _, r := range s.load(s.logOf(1, 4).ID, false) {
			if r.HasPrivate != (r.Seq%2 == 0) {
				s.failf("record %s; those with even Seq have a private part", describeOne(r))
			}
		}
	})},
}
