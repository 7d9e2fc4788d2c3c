package cvd

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/cvdkit/cvdkit/cvd/storage"
)

// Match is an open case whose reports resemble those of another.
type Match struct {
	Case   CaseID // the other case
	Number string // its number, for people
	// Score, 0 to 1, is about the share of words that the two reports most alike
	// have in common, in steps of 1/32. A product in common adds a tenth; a CVE ID
	// in common makes it 1.
	Score       float64
	SameCVE     bool // a CVE ID in common
	SameProduct bool // a word of Receive.Products in common
}

const (
	similarMost    = 100 // matches of one call, and cases that it opens
	similarTerms   = 256 // index terms that it looks up …
	similarPerTerm = 250 // … and the newest cases of each
)

// Similar lists at most n (1 to 100) open cases whose reports resemble those of
// this case, the nearest first. Of near copies it finds all; with a tenth of the
// words replaced, a sentence left out and the others in another order, 98 of 100
// (TestSimilarOfRealDescriptions). The index holds keyed hashes only. Whether two
// reports are duplicates is for a human to say: it is for the team, and tells of the
// cases that are open to Viewer.Groups; for other viewers the error is ErrDenied.
//
// It looks at the newest 250 cases for each of 8 bands of a report's sketch and of
// a few rare words, products and CVE IDs, ranks them by the sketches in their
// heads, and opens the best.
func (s *Service) Similar(ctx context.Context, id CaseID, v Viewer, n int) ([]Match, error) {
	if n < 1 || n > similarMost {
		return nil, &InputError{"Similar", "n", fmt.Sprintf("it is 1 to %d, not %d", similarMost, n), nil}
	}
	if v = s.knowing(v); !v.Team {
		return nil, ErrDenied
	}
	c, err := s.load(ctx, id)
	if err == nil && !v.in(c.GroupTags) {
		err = ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	near, err := s.nearby(ctx, &c.Case, v, min(max(2*n, 20), similarMost))
	if err != nil {
		return nil, err
	}
	var out []Match
	for _, x := range near {
		o, err := s.load(ctx, x.id)
		if errors.Is(err, ErrTampered) {
			continue // Find names it as a problem
		}
		if err != nil {
			return nil, err
		}
		if m := resemblance(&c.Case, &o.Case); m.Score > 0 && o.indexed() && v.in(o.GroupTags) {
			out = append(out, m)
		}
	}
	slices.SortStableFunc(out, func(a, b Match) int { return cmp.Compare(b.Score, a.Score) })
	return out[:min(n, len(out))], nil
}

type candidate struct {
	id    CaseID
	score float64
	bands int
}

// nearby returns the cases that share an index term with a case, the likeliest
// first, no more than are to be opened.
func (s *Service) nearby(ctx context.Context, c *Case, v Viewer, most int) ([]*candidate, error) {
	found := map[CaseID]*candidate{}
	mine := c.sketches()
	terms := c.likeness()
	for _, t := range terms[:min(len(terms), similarTerms)] {
		heads, err := s.cfg.Store.Heads(ctx, storage.Query{All: []storage.Term{t}, Limit: similarPerTerm})
		if err != nil {
			return nil, err
		}
		for _, h := range heads {
			x := found[h.ID]
			if x == nil && h.ID != c.ID {
				sum, err := s.openHead(h)
				if err != nil || !v.in(sum.groups) {
					continue // likewise
				}
				x = &candidate{id: h.ID, score: nearest(mine, sum.sketches)}
				found[h.ID] = x
			}
			switch {
			case x == nil: // the case itself
			case t[0] == bandTerm[0]:
				x.bands++
			case markOf(t)&markKind == markCVE:
				x.score++
			case markOf(t)&markKind == markProduct:
				x.score += 0.1
			}
		}
	}
	var all []*candidate
	for _, x := range found {
		// A head holds the sketches of few reports; an equal band tells of the others.
		x.score = max(x.score, math.Sqrt(math.Sqrt(float64(x.bands)/sketchBands)))
		all = append(all, x)
	}
	slices.SortFunc(all, func(a, b *candidate) int {
		return cmp.Or(cmp.Compare(b.score, a.score), slices.Compare(b.id[:], a.id[:]))
	})
	return all[:min(len(all), most)], nil
}

// resemblance of two cases: that of the reports that are most alike, with what
// else they have in common.
func resemblance(a, o *Case) Match {
	m := Match{Case: o.ID, Number: o.Number}
	for i := range a.Reports {
		for j := range o.Reports {
			x, y, same := a.Reports[i].sketch, o.Reports[j].sketch, 0
			if len(x) != sketchSize || len(y) != sketchSize {
				continue
			}
			for k := range x {
				if x[k] == y[k] {
					same++
				}
			}
			m.Score = max(m.Score, float64(same)/sketchSize)
		}
	}
	theirs := map[uint64]bool{}
	for t := range o.marks() {
		theirs[t] = true
	}
	for t := range a.marks() {
		if theirs[t] {
			m.SameCVE = m.SameCVE || t&markKind == markCVE
			m.SameProduct = m.SameProduct || t&markKind == markProduct
		}
	}
	if m.SameProduct {
		m.Score = min(1, m.Score+0.1)
	}
	if m.SameCVE {
		m.Score = 1
	}
	return m
}

// A head holds of the newest reports one byte of each place of their sketches:
// enough to rank candidates without opening them.
const headSketches = 8

func (c *Case) sketches() (b []byte) {
	for i := len(c.Reports) - 1; i >= 0 && len(b) < headSketches*sketchSize; i-- {
		if x := c.Reports[i].sketch; len(x) == sketchSize {
			for _, h := range x {
				b = append(b, byte(h))
			}
		}
	}
	return b
}

// nearest is the resemblance of the two reports that are most alike, by those bytes.
func nearest(a, b []byte) (best float64) {
	for x := range slices.Chunk(a, sketchSize) {
		for y := range slices.Chunk(b, sketchSize) {
			same := 0
			for k := range min(len(x), len(y)) {
				if x[k] == y[k] {
					same++
				}
			}
			best = max(best, float64(same)/sketchSize)
		}
	}
	return best
}

const (
	bandTerm = "sim:"
	markTerm = "mark:"
)

// bands are the index terms of a sketch: reports that agree in all places of one
// band share its term.
func bands(sketch []uint32) []storage.Term {
	if len(sketch) != sketchSize {
		return nil
	}
	t := make([]storage.Term, sketchBands)
	for i := range t {
		h := uint64(i)
		for _, n := range sketch[i*bandRows : (i+1)*bandRows] {
			h = mix(h ^ uint64(n))
		}
		t[i] = bandTerm + term64(h)
	}
	return t
}

func term64(h uint64) storage.Term {
	return storage.Term(base64.RawURLEncoding.EncodeToString(binary.BigEndian.AppendUint64(nil, h)))
}

// markOf returns the mark of a term, 0 if it is none.
func markOf(t storage.Term) uint64 {
	b, err := base64.RawURLEncoding.DecodeString(string(t[len(markTerm):]))
	if err != nil || len(b) != 8 {
		return 0
	}
	return binary.BigEndian.Uint64(b)
}

// marks yields those of the reports and vulnerabilities of a case.
func (c *Case) marks() func(func(uint64) bool) {
	return func(yield func(uint64) bool) {
		for i := range c.Reports {
			for _, m := range c.Reports[i].marks {
				if !yield(m) {
					return
				}
			}
		}
		for i := range c.Vulnerabilities {
			if v := &c.Vulnerabilities[i]; v.mark != 0 && v.MovedTo == (CaseID{}) && !yield(v.mark) {
				return
			}
		}
	}
}

// likeness are the index terms by which similar cases find each other: those of
// the newest report first, each once.
func (c *Case) likeness() (t []storage.Term) {
	for i := len(c.Reports) - 1; i >= 0; i-- {
		t = append(t, bands(c.Reports[i].sketch)...)
	}
	for m := range c.marks() {
		t = append(t, markTerm+term64(m))
	}
	return without(t, nil)
}
