package cvdtest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cvdkit/cvdkit/cvd/storage"
)

// tagged appends an opening with terms.
func (s stored) tagged(n int, terms ...storage.Term) {
	s.Helper()
	c := opening(n)
	c.Tag = terms
	s.append(c)
}

// due appends an opening with a Due.
func (s stored) due(n int, due storage.Millis) storage.Change {
	s.Helper()
	c := opening(n)
	c.Head.Due = due
	s.append(c)
	return c
}

// ranged appends cases of which each has some terms of the kinds r and s.
func (s stored) ranged() {
	s.Helper()
	for n, terms := range [][]storage.Term{{"r:b", "x"}, {"r:a", "x"}, {"r:b"}, {"r:ab", "x", "y"}, {"s:a"}, {"r:a", "r:c"}, {"r:\xff"}, {"r:"}, {"r"}, {"q:z"}} {
		s.tagged(n+1, terms...)
	}
}

// under returns the terms that heads are listed under.
func under(heads []storage.Head) string {
	var out []string
	for _, h := range heads {
		out = append(out, string(h.Under))
	}
	return fmt.Sprintf("%q", out)
}

var headsRules = []rule[storage.Store]{
	{"heads/newest-first", "Without DueBy, Heads lists by descending ID, compared as unsigned bytes.", inHeads, onStore(func(s stored) {
		numbers := []int{150, 2, 260, 1, 200, 100, 3}
		for _, n := range numbers {
			s.append(opening(n))
		}
		slices.Sort(numbers)
		slices.Reverse(numbers)
		s.equal(s.listed(storage.Query{Limit: 100}), caseIDs(numbers...), "cases")
	})},
	{"heads/limit", "Limit: at most so many heads; 0 or less returns none.", inQuery, onStore(func(s stored) {
		for n := range 5 {
			c := opening(n + 1)
			c.Tag, c.Head.Due = []storage.Term{"t", "u", storage.Term(fmt.Sprint("r:", n))}, 7
			s.append(c)
		}
		for _, q := range []storage.Query{{}, {All: []storage.Term{"t"}}, {All: []storage.Term{"t", "u"}}, {Any: []storage.Term{"t", "u"}}, {DueBy: 8}, {From: "r:", To: "r;"}} {
			for _, limit := range []int{-1, 0, 1, 3, 5, 6} {
				q.Limit = limit
				s.equal(len(s.heads(q)), max(0, min(limit, 5)), "heads for %+v", q)
			}
		}
	})},
	{"heads/all", "All: the case has each of these terms.", inQuery, onStore(func(s stored) {
		s.tagged(1, "a")
		s.tagged(2, "a", "b")
		s.tagged(3, "b", "c")
		s.tagged(4, "a", "b", "c")
		s.tagged(5)
		s.equal(s.listed(storage.Query{All: []storage.Term{"a"}, Limit: 9}), caseIDs(4, 2, 1), "cases with a")
		s.equal(s.listed(storage.Query{All: []storage.Term{"a", "b"}, Limit: 9}), caseIDs(4, 2), "cases with a and b")
		s.equal(s.listed(storage.Query{All: []storage.Term{"c", "a", "b", "a"}, Limit: 9}), caseIDs(4), "cases with a, b and c")
		s.equal(s.listed(storage.Query{All: []storage.Term{"a", "none"}, Limit: 9}), "[]", "cases with a term that nobody has")
	})},
	{"heads/any", "Any: if not empty, the case has at least one of these terms, and is listed once.", inQuery, onStore(func(s stored) {
		s.tagged(1, "a")
		s.tagged(2, "a", "b")
		s.tagged(3, "c")
		s.tagged(4, "a", "b", "c")
		s.tagged(5, "b")
		s.equal(s.listed(storage.Query{Any: []storage.Term{"a", "b", "b"}, Limit: 9}), caseIDs(5, 4, 2, 1), "cases with a or b")
		s.equal(s.listed(storage.Query{Any: []storage.Term{"a", "b"}, Limit: 2}), caseIDs(5, 4), "the first two of them")
		s.equal(s.listed(storage.Query{Any: []storage.Term{"a", "b"}, Limit: 9, Before: storage.Cursor{ID: caseID(4)}}), caseIDs(2, 1), "the others")
		s.equal(s.listed(storage.Query{All: []storage.Term{"a"}, Any: []storage.Term{"b", "c"}, Limit: 9}), caseIDs(4, 2), "cases with a, and b or c")
		s.equal(s.listed(storage.Query{All: []storage.Term{"a"}, Any: []storage.Term{"none"}, Limit: 9}), "[]", "cases with a, and a term that nobody has")
	})},
	{"heads/terms-exact", "A Term matches exactly, byte by byte, up to 128 bytes.", "storage.Term", onStore(func(s stored) {
		long := storage.Term(strings.Repeat("x", 127))
		terms := []storage.Term{"state:open", "State:open", "state:open ", " state:open", "state:ope", "state:open\x00", "state:%", "state_open",
			"\xff\x80", "\xff\x81", "\u00fc", "u\u0308", "1", "01", "1.0", long + "a", long + "b", long}
		for i, t := range terms {
			s.tagged(i+1, t)
		}
		for i, t := range terms {
			s.equal(s.listed(storage.Query{All: []storage.Term{t}, Limit: 9}), caseIDs(i+1), "cases with the term %q", t)
			s.equal(s.listed(storage.Query{Any: []storage.Term{t}, Limit: 9}), caseIDs(i+1), "cases with any of the term %q", t)
		}
	})},
	{"heads/terms-of-a-case", "Tag and Untag concern the case of their Change only.", inChange, onStore(func(s stored) {
		a, b := opening(1), opening(2)
		a.Tag, b.Tag = []storage.Term{"both", "one"}, []storage.Term{"both", "two"}
		s.append(a, b)
		c, d := following(a), following(b)
		c.Untag, c.Tag = []storage.Term{"both", "two"}, []storage.Term{"three"}
		s.append(c, d)
		for term, want := range map[storage.Term][]storage.CaseID{"both": caseIDs(2), "one": caseIDs(1), "two": caseIDs(2), "three": caseIDs(1)} {
			s.equal(s.listed(storage.Query{All: []storage.Term{term}, Limit: 9}), want, "cases with %q", term)
		}
	})},
	{"heads/newest-state", "A head is the newest state of its case.", inHeads, onStore(func(s stored) {
		a, b := opening(1), opening(2)
		a.Head.Due = 5
		s.append(a, b)
		c := following(a)
		c.Head.Due, c.Head.Private = 6, []byte("private")
		s.append(c)
		for _, q := range []storage.Query{{Limit: 1, Before: storage.Cursor{ID: b.ID}}, {Limit: 1, DueBy: 6}} {
			got := s.heads(q)
			s.equal(ids(got), caseIDs(1), "cases for %+v", q)
			s.sameHead(got[0], c.Head)
		}
		s.equal(s.listed(storage.Query{Limit: 1, DueBy: 5}), "[]", "cases due before")
	})},
	{"heads/due", "With DueBy: cases whose Due is set and not after it, earliest first, then by ascending ID.", inHeads, onStore(func(s stored) {
		for n, due := range []storage.Millis{0, 30, 10, 20, 10, 0, 31, 10} {
			s.due(n+1, due)
		}
		s.equal(s.listed(storage.Query{DueBy: 30, Limit: 9}), caseIDs(3, 5, 8, 4, 2), "cases due by 30")
		s.equal(s.listed(storage.Query{DueBy: 10, Limit: 2}), caseIDs(3, 5), "the first two due by 10")
		s.equal(s.listed(storage.Query{DueBy: 9, Limit: 9}), "[]", "cases due by 9")
	})},
	{"heads/due-with-terms", "A listing by Due is narrowed by All and Any as well.", inQuery, onStore(func(s stored) {
		for n, terms := range [][]storage.Term{{"a"}, {"a", "b"}, {"b"}, {"a", "c"}, {}} {
			c := opening(n + 1)
			c.Head.Due, c.Tag = storage.Millis(50-n), terms
			s.append(c)
		}
		s.equal(s.listed(storage.Query{DueBy: 60, All: []storage.Term{"a"}, Limit: 9}), caseIDs(4, 2, 1), "due cases with a")
		s.equal(s.listed(storage.Query{DueBy: 60, All: []storage.Term{"a"}, Any: []storage.Term{"b", "c"}, Limit: 9}), caseIDs(4, 2), "due cases with a, and b or c")
	})},
	{"heads/range", "With To: cases with a term from From to before To, in the order of these terms, byte by byte, then by ascending ID, under each of their terms.", inHeads, onStore(func(s stored) {
		s.ranged()
		got := s.heads(storage.Query{From: "r:", To: "r;", Limit: 99})
		s.equal(ids(got), caseIDs(8, 2, 6, 4, 1, 3, 6, 7), "cases with a term of the kind r")
		s.equal(under(got), `["r:" "r:a" "r:a" "r:ab" "r:b" "r:b" "r:c" "r:\xff"]`, "what they are listed under")
		s.equal(s.listed(storage.Query{From: "r:a", To: "r:b", Limit: 99}), caseIDs(2, 6, 4), "cases from a to before b")
		s.equal(s.listed(storage.Query{To: "r:a", Limit: 99}), caseIDs(10, 9, 8), "cases from the first term on")
		s.equal(s.listed(storage.Query{From: "r:b", To: "r:b", Limit: 99}), "[]", "cases of no term")
		s.equal(under(s.heads(storage.Query{Limit: 1})), `[""]`, "what a case is listed under in another listing")
	})},
	{"heads/range-with-terms", "A listing by To is narrowed by All and Any as well, and not by DueBy.", inQuery, onStore(func(s stored) {
		s.ranged()
		s.equal(s.listed(storage.Query{From: "r:", To: "r;", All: []storage.Term{"x"}, Limit: 9, DueBy: 1}), caseIDs(2, 4, 1), "cases with x")
		s.equal(s.listed(storage.Query{From: "r:", To: "r;", All: []storage.Term{"x"}, Any: []storage.Term{"y", "r:a"}, Limit: 9}), caseIDs(2, 4), "cases with x, and y or a")
	})},
}

// pages collects a listing in pages and calls between after each.
func (s stored) pages(q storage.Query, between func(page int)) []storage.CaseID {
	s.Helper()
	var all []storage.CaseID
	for page := 0; ; page++ {
		got := s.heads(q)
		if len(got) == 0 {
			return all
		}
		if len(all) > 1000 {
			s.failf("a listing without end")
		}
		all = append(all, ids(got)...)
		last := got[len(got)-1]
		q.Before = storage.Cursor{ID: last.ID, Under: last.Under}
		if q.DueBy != 0 {
			q.Before.Due = last.Due
		}
		between(page)
	}
}

// once ends the rule unless each of the numbers is listed exactly once.
func (s stored) once(listed []storage.CaseID, numbers []int) {
	s.Helper()
	for _, n := range numbers {
		count := 0
		for _, id := range listed {
			if id == caseID(n) {
				count++
			}
		}
		s.equal(count, 1, "times that case %d, which matched throughout, was listed", n)
	}
}

var pagingRules = []rule[storage.Store]{
	{"paging/newest-first", "Before continues after the last head of the previous page.", inQuery, onStore(func(s stored) {
		for n := range 20 {
			s.tagged(n+1, "t", storage.Term(fmt.Sprint("odd:", n%2)))
		}
		for _, q := range []storage.Query{{}, {All: []storage.Term{"t"}}, {Any: []storage.Term{"odd:0", "odd:1"}}, {All: []storage.Term{"t"}, Any: []storage.Term{"odd:0", "odd:1"}}} {
			q.Limit = 100
			want := s.listed(q)
			q.Limit = 3
			s.equal(s.pages(q, func(int) {}), want, "pages of %+v", q)
		}
	})},
	{"paging/due", "In a listing by Due, Before is both fields of the last head: cases with the same Due are neither lost nor repeated.", inQuery, onStore(func(s stored) {
		for n := range 20 {
			s.due(n+1, storage.Millis(100-n/7))
		}
		want := s.listed(storage.Query{DueBy: 100, Limit: 100})
		s.equal(len(want), 20, "cases due")
		s.equal(s.pages(storage.Query{DueBy: 100, Limit: 3}, func(int) {}), want, "pages")
	})},
	{"paging/range", "In a listing by To, Before is the term and the ID of the last head: cases with the same term are neither lost nor repeated.", inQuery, onStore(func(s stored) {
		for n := range 20 {
			s.tagged(n+1, "t", storage.Term(fmt.Sprint("r:", 9-n/7)))
		}
		q := storage.Query{From: "r:", To: "r;", Limit: 100}
		want := s.listed(q)
		s.equal(len(want), 20, "cases")
		q.Limit = 3
		s.equal(s.pages(q, func(int) {}), want, "pages")
	})},
	{"paging/stable", "A case that matches throughout a listing is listed exactly once, whatever happens to others meanwhile.", inHeads, onStore(func(s stored) {
		var stay []int
		changes := map[int]storage.Change{}
		for n := 100; n < 130; n++ {
			c := opening(n)
			c.Tag = []storage.Term{"t"}
			s.append(c)
			changes[n] = c
			if n%3 != 0 {
				stay = append(stay, n)
			}
		}
		listed := s.pages(storage.Query{All: []storage.Term{"t"}, Limit: 4}, func(page int) {
			s.tagged(200+page, "t")
			s.tagged(50+page, "t")
			for n := 129 - 3*(page%10); n >= 100; n -= 15 {
				if c := following(changes[n]); n%3 == 0 {
					c.Untag = []storage.Term{"t"}
					s.append(c)
					changes[n] = c
				}
			}
			c := following(changes[100+3*page%30+1])
			s.append(c) // a new head, with the same terms
			changes[100+3*page%30+1] = c
		})
		s.once(listed, stay)
	})},
	{"paging/due-stable", "A case whose Due is unchanged throughout a listing is listed exactly once, whatever happens to others meanwhile.", inHeads, onStore(func(s stored) {
		var stay []int
		changes := map[int]storage.Change{}
		for n := 100; n < 130; n++ {
			changes[n] = s.due(n, storage.Millis(1000+n/2))
			if n%3 != 0 {
				stay = append(stay, n)
			}
		}
		listed := s.pages(storage.Query{DueBy: 2000, Limit: 4}, func(page int) {
			if page < 8 {
				s.due(200+page, 1)
				s.due(50+page, 1999)
			}
			if n := 129 - 3*page; n >= 102 {
				c := following(changes[n])
				c.Head.Due = 0
				s.append(c)
			}
		})
		s.once(listed, stay)
	})},
}
