package service

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/caselog"
	"github.com/cvdkit/cvdkit/cvd/internal/engine"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// Match is an open case whose reports resemble those of another.
type Match struct {
	Case   cvd.CaseID // the other case
	Number string     // its number, for people
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
	similarPerTerm = 250 // … and the newest cases of each band and CVE ID,
	similarPerWord = 64  // and of each word: one that more have tells little

	sameProduct = 0.1 // what a product in common adds
)

// Similar lists at most n (1 to 100) open cases whose reports resemble those of
// this case, the nearest first. Of near copies it finds all; with a tenth of the
// words replaced, a sentence left out and the others in another order, 98 of 100
// (TestSimilarOfRealDescriptions). The index holds keyed hashes only. Whether two
// reports are duplicates is for a human to say: it is for the team, and tells of the
// cases that are open to Viewer.Groups; for other viewers the error is ErrDenied.
//
// It looks at the newest 250 cases for each of 8 bands of a report's sketch and each
// CVE ID, and at the newest 64 for each of a few rare words and products, ranks them
// by the sketches in their heads, and opens the best, until no other can be nearer.
func (s *Service) Similar(ctx context.Context, id cvd.CaseID, v cvd.Viewer, n int) ([]Match, error) {
	if n < 1 || n > similarMost {
		return nil, &cvd.InputError{Command: "Similar", Field: "n", Problem: fmt.Sprintf("it is 1 to %d, not %d", similarMost, n), Err: nil}
	}
	if v = s.e.Knowing(v); !v.Team {
		return nil, cvd.ErrDenied
	}
	c, err := s.e.Load(ctx, id)
	if err == nil && !caselog.In(&v, c.GroupTags) {
		err = cvd.ErrNotFound
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
		if len(out) >= n && out[n-1].Score >= x.most {
			continue // those that are nearer are found
		}
		o, err := s.e.Load(ctx, x.id)
		if errors.Is(err, cvd.ErrTampered) {
			continue // Find names it as a problem
		}
		if err != nil {
			return nil, err
		}
		if m := resemblance(&c.Case, &o.Case); m.Score > 0 && caselog.Indexed(&o.Case) && caselog.In(&v, o.GroupTags) {
			out = append(out, m)
			slices.SortStableFunc(out, func(a, b Match) int { return cmp.Compare(b.Score, a.Score) })
		}
	}
	return out[:min(n, len(out))], nil
}

type candidate struct {
	id      cvd.CaseID
	score   float64 // about how near it is
	most    float64 // how near it is at most
	words   float64 // by the sketches in its head
	bands   int
	product bool
	cve     bool
	whole   bool // its head has the sketches of all its reports
}

// nearby returns the cases that share an index term with a case, the likeliest
// first, no more than are to be opened.
func (s *Service) nearby(ctx context.Context, c *cvd.Case, v cvd.Viewer, most int) ([]*candidate, error) {
	found := map[cvd.CaseID]*candidate{}
	mine := caselog.Sketches(c)
	terms := caselog.Likeness(c)
	whole := len(terms) <= similarTerms && len(c.Reports) <= caselog.HeadSketches
	slack := 0.0 // what somebody may have in common that was not looked at
	for _, t := range terms[:min(len(terms), similarTerms)] {
		band := t[0] == caselog.BandTerm[0]
		cve := !band && markOf(t)&engine.MarkKind == engine.MarkCVE
		product := !band && markOf(t)&engine.MarkKind == engine.MarkProduct
		limit := similarPerWord
		if band || cve {
			limit = similarPerTerm
		}
		heads, err := s.e.Cfg.Store.Heads(ctx, storage.Query{All: []storage.Term{t}, Limit: limit})
		if err != nil {
			return nil, err
		}
		if len(heads) == limit && product {
			slack = sameProduct
		}
		if len(heads) == limit && cve {
			slack = 1
		}
		for _, h := range heads {
			x := found[h.ID]
			if x == nil && h.ID != c.ID {
				sum, err := s.e.OpenHead(h)
				if err != nil || !caselog.In(&v, sum.Kept(inner.Only{}).Groups) {
					continue // likewise
				}
				x = &candidate{id: h.ID, words: nearest(mine, sum.Kept(inner.Only{}).Sketches), whole: sum.Reports <= caselog.HeadSketches}
				found[h.ID] = x
			}
			if x == nil {
				continue // the case itself
			}
			x.cve, x.product = x.cve || cve, x.product || product
			if band {
				x.bands++
			}
		}
	}
	var all []*candidate
	for _, x := range found {
		x.whole = x.whole && whole
		x.rate(slack)
		all = append(all, x)
	}
	slices.SortFunc(all, func(a, b *candidate) int {
		return cmp.Or(cmp.Compare(b.score, a.score), slices.Compare(b.id[:], a.id[:]))
	})
	return all[:min(len(all), most)], nil
}

// rate says how near a candidate is, as far as its head and the terms tell.
func (x *candidate) rate(slack float64) {
	x.score = x.words
	if !x.whole { // an equal band tells of the other reports
		x.score = max(x.score, math.Sqrt(math.Sqrt(float64(x.bands)/caselog.SketchBands)))
	}
	if x.product {
		x.score += sameProduct
	}
	if x.most = 1; x.whole && !x.cve {
		x.most = min(1, x.score+slack) // a head has one byte of each place: never less than are equal
	}
	if x.cve {
		x.score++
	}
}

// resemblance of two cases: that of the reports that are most alike, with what
// else they have in common.
func resemblance(a, o *cvd.Case) Match {
	m := Match{Case: o.ID, Number: o.Number}
	for i := range a.Reports {
		for j := range o.Reports {
			x, y, same := a.Reports[i].Kept(inner.Only{}).Sketch, o.Reports[j].Kept(inner.Only{}).Sketch, 0
			if len(x) != caselog.SketchSize || len(y) != caselog.SketchSize {
				continue
			}
			for k := range x {
				if x[k] == y[k] {
					same++
				}
			}
			m.Score = max(m.Score, float64(same)/caselog.SketchSize)
		}
	}
	theirs := map[uint64]bool{}
	for t := range caselog.Marks(o) {
		theirs[t] = true
	}
	for t := range caselog.Marks(a) {
		if theirs[t] {
			m.SameCVE = m.SameCVE || t&engine.MarkKind == engine.MarkCVE
			m.SameProduct = m.SameProduct || t&engine.MarkKind == engine.MarkProduct
		}
	}
	if m.SameProduct {
		m.Score = min(1, m.Score+sameProduct)
	}
	if m.SameCVE {
		m.Score = 1
	}
	return m
}

// nearest is the resemblance of the two reports that are most alike, by those bytes.
func nearest(a, b []byte) (best float64) {
	for x := range slices.Chunk(a, caselog.SketchSize) {
		for y := range slices.Chunk(b, caselog.SketchSize) {
			same := 0
			for k := range min(len(x), len(y)) {
				if x[k] == y[k] {
					same++
				}
			}
			best = max(best, float64(same)/caselog.SketchSize)
		}
	}
	return best
}

// markOf returns the mark of a term, 0 if it is none.
func markOf(t storage.Term) uint64 {
	b, err := base64.RawURLEncoding.DecodeString(string(t[len(caselog.MarkTerm):]))
	if err != nil || len(b) != 8 {
		return 0
	}
	return binary.BigEndian.Uint64(b)
}
