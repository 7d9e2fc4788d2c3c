package cvdtest

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/cvdkit/cvdkit/cvd/storage"
)

// awkward are bytes that databases and encoders are known to change.
var awkward = [][]byte{
	{0}, []byte("a\x00b\x00"), []byte("\r\n line\r\n\n\r"), []byte(" both ends \t "),
	[]byte("\xff\xfe\x80 not UTF-8 \xc3"), []byte("\xef\xbb\xbfBOM"), []byte("u\u0308 is not \u00fc"),
	[]byte(`{"b":1,"a":2,"a":3.00}`), []byte("\\x41%41&amp;'\"`--;"), []byte("NULL"), []byte("\x00\xed\xa0\x80"),
	bytes.Repeat([]byte("0123456789abcdef"), 1<<16),
}

var contentRules = []rule[storage.Store]{
	{"content/bytes", "It stores bytes exactly.", inStore, onStore(func(s stored) {
		for i, b := range awkward {
			c := opening(i + 1)
			c.Records[0].Body, c.Records[0].Private = b, b
			c.Head.Data, c.Head.Private = b, b
			s.append(c)
			r := s.load(c.ID, true)
			if len(r) != 1 || !bytes.Equal(r[0].Body, b) || !bytes.Equal(r[0].Private, b) {
				s.failf("a record of %s came back as %s", quote(b), describe(r))
			}
			h := s.heads(storage.Query{Limit: 1})
			if len(h) != 1 || !bytes.Equal(h[0].Data, b) || !bytes.Equal(h[0].Private, b) {
				s.failf("a head with Data and Private %s came back otherwise", quote(b))
			}
		}
	})},
	{"content/empty-private", "Private is nil if there was none; an empty one that is not nil is stored.", inRecord, onStore(func(s stored) {
		c := opening(1)
		c.Records = []storage.Record{{Seq: 1, Body: []byte{}}, {Seq: 2, Private: []byte{}}, {Seq: 3, HasPrivate: true}}
		c.Head.Seq = 3
		s.append(c)
		for i, want := range []bool{false, true, false} {
			r := s.load(c.ID, true)[i]
			if r.HasPrivate != want || (r.Private != nil) != want || len(r.Private)+len(r.Body) != 0 {
				s.failf("record %d has Body %q, Private %#v and HasPrivate %v, want HasPrivate %v", i+1, r.Body, r.Private, r.HasPrivate, want)
			}
		}
	})},
	{"content/times", "Due and At are kept to the millisecond, from 1 to the end of the year 9999.", "storage.Millis", onStore(func(s stored) {
		for i, at := range []storage.Millis{1, 999, 1_000_000_001, 1_900_000_000_123, 9_223_372_036_855, late} {
			c := opening(i + 1)
			c.Head.Due = at
			c.Enqueue = []storage.Delivery{delivery(c, i, at)}
			s.append(c)
			s.sameHead(s.heads(storage.Query{Limit: 1})[0], c.Head)
			if at > 1 {
				s.claimNone(at - 1)
			}
			d := s.claimOne(at, 1000000000, c.Enqueue[0])
			s.equal(d.At, at+1000, "the end of a lease")
			done := unchanged(c)
			done.Settle = []storage.Delivery{d}
			s.append(done)
		}
	})},
	{"content/order-of-fields", "Erase, Untag, Tag, Records and Head of one Change all take effect; Untag goes before Tag.", inChange, onStore(func(s stored) {
		a := opening(1)
		a.Records = append(a.Records, storage.Record{Seq: 2, Private: []byte("p2")}, storage.Record{Seq: 3, Private: []byte("p3")})
		a.Head.Seq = 3
		a.Head.Due, a.Head.Private = 77, []byte("name")
		a.Tag = []storage.Term{"x", "y"}
		s.append(a)
		b := following(a)
		b.Erase = []storage.Seq{2}
		b.Untag, b.Tag = []storage.Term{"x", "y", "absent"}, []storage.Term{"y", "z", "z"}
		b.Head.Due, b.Head.Private = 0, nil
		s.append(b)
		s.equal(len(s.load(a.ID, false)), 4, "records")
		s.sameHead(s.heads(storage.Query{Limit: 1})[0], b.Head)
		s.equal(s.listed(storage.Query{All: []storage.Term{"x"}, Limit: 1}), "[]", "cases with a term that was removed")
		s.equal(s.listed(storage.Query{All: []storage.Term{"y", "z"}, Limit: 1}), caseIDs(1), "cases with a term removed and set in one Change, and a new one")
		s.equal(s.listed(storage.Query{DueBy: late, Limit: 1}), "[]", "cases whose Due was unset")
	})},
	{"content/head-stays", "With a Head of Seq 0 the head stays; guard, terms and keys work as ever.", inChange, onStore(func(s stored) {
		a := opening(1)
		a.Head.Due, a.Head.Private, a.Tag = 77, []byte("name"), []storage.Term{"x"}
		s.append(a)
		b := storage.Change{ID: a.ID, After: a.Head.Seq, Tip: a.Head.Tip, Untag: []storage.Term{"x"}, Tag: []storage.Term{"y"}, Take: []storage.Key{keyOf(1)}}
		wrong := b
		wrong.Tip = storage.Hash{1}
		s.refused(storage.ErrConflict, wrong)
		wrong.Tip, wrong.After = b.Tip, b.After+1
		s.refused(storage.ErrConflict, wrong)
		s.append(b)
		s.sameHead(s.heads(storage.Query{DueBy: 77, Limit: 1})[0], a.Head)
		s.equal(s.listed(storage.Query{All: []storage.Term{"y"}, Limit: 1}), caseIDs(1), "cases with the new term")
		s.equal(s.listed(storage.Query{All: []storage.Term{"x"}, Limit: 1}), "[]", "cases with the old term")
		s.owner(keyOf(1), 1)
		s.append(following(a))
	})},
	{"content/erase", "Erase removes Private of these records, and nothing else.", inChange, onStore(func(s stored) {
		a, other := opening(1), opening(2)
		for i := range storage.Seq(3) {
			a.Records = append(a.Records, storage.Record{Seq: i + 2, Body: []byte("body"), Private: []byte("private")})
		}
		a.Head.Seq, a.Head.Private = 4, []byte("kept")
		other.Records = append(other.Records, storage.Record{Seq: 2, Private: []byte("private")}, storage.Record{Seq: 3, Private: []byte("private")})
		other.Head.Seq = 3
		s.append(a, other)
		b := following(a)
		b.Erase = []storage.Seq{1, 3}
		s.append(b)
		for _, private := range []bool{false, true} {
			got := s.load(a.ID, private)
			s.equal(len(got), 5, "records")
			for i, want := range []bool{false, true, false, true, false} {
				r := got[i]
				if r.HasPrivate != want || (r.Private != nil) != (want && private) || len(r.Body) == 0 {
					s.failf("after erasing 1 and 3, Load with private %v returned %s", private, describe(got))
				}
			}
		}
		s.equal(describe(s.load(other.ID, true)[1:]), `2 "" "private" true; 3 "" "private" true`, "records of another case")
		s.equal(string(s.heads(storage.Query{Limit: 2})[1].Private), "kept", "Private of the head")
	})},
	{"content/no-records", "A Change without records replaces the head, its terms, keys and deliveries.", inChange, onStore(func(s stored) {
		a := opening(1)
		s.append(a)
		b := unchanged(a)
		b.Head.Data, b.Head.Due = []byte("rebuilt"), 9
		b.Tag, b.Take, b.Enqueue = []storage.Term{"t"}, []storage.Key{keyOf(1)}, []storage.Delivery{delivery(a, 1, 1)}
		s.append(b)
		s.sameHead(s.heads(storage.Query{All: []storage.Term{"t"}, Limit: 1})[0], b.Head)
		s.owner(keyOf(1), 1)
		s.claimOne(1, 1, b.Enqueue[0])
		s.equal(len(s.load(a.ID, true)), 1, "records")
	})},
	{"content/keeps-no-slice", "A Store neither keeps nor changes a slice that it was given.", inStore, onStore(func(s stored) {
		c := opening(1)
		body, private, data, hidden := []byte("body"), []byte("private"), []byte("data"), []byte("hidden")
		c.Records[0].Body, c.Records[0].Private, c.Head.Data, c.Head.Private = body, private, data, hidden
		s.append(c)
		s.equal(string(body)+string(private)+string(data)+string(hidden), "bodyprivatedatahidden", "the slices after Append")
		for _, b := range [][]byte{body, private, data, hidden} {
			b[0] = '!'
		}
		c.Records[0] = storage.Record{Seq: 9, Body: []byte("other")}
		s.equal(describe(s.load(c.ID, true)), `1 "body" "private" true`, "the record after the caller changed its slices")
		h := s.heads(storage.Query{Limit: 1})[0]
		s.equal(string(h.Data)+" "+string(h.Private), "data hidden", "the head after the caller changed its slices")
	})},
	{"content/shares-no-slice", "A Store returns slices that nobody else holds.", inStore, onStore(func(s stored) {
		c := opening(1)
		c.Records[0].Body, c.Records[0].Private, c.Head.Data, c.Head.Private = []byte("body"), []byte("private"), []byte("data"), []byte("hidden")
		s.append(c)
		for range 2 { // what the first round spoils, the second would see
			r, h := s.load(c.ID, true), s.heads(storage.Query{Limit: 1})[0]
			s.equal(describe(r), `1 "body" "private" true`, "a record after the caller changed what it got")
			s.equal(string(h.Data)+" "+string(h.Private), "data hidden", "a head after the caller changed what it got")
			for _, b := range [][]byte{r[0].Body, r[0].Private, h.Data, h.Private} {
				b[0] = '!'
			}
			r[0].Seq = 7
		}
	})},
}

// describeOne prints what a record holds.
func describeOne(r storage.Record) string {
	return fmt.Sprintf("%d %q %q %v", r.Seq, shorten(string(r.Body)), shorten(string(r.Private)), r.HasPrivate)
}

func quote(b []byte) string { return shorten(string(bytes.ToValidUTF8(b, []byte("?")))) }

func describe(rs []storage.Record) string {
	var out []string
	for _, r := range rs {
		out = append(out, describeOne(r))
	}
	return strings.Join(out, "; ")
}
