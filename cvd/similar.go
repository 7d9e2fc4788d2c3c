package cvd

import (
	"cmp"
	"context"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// A sketch is a min-hash of the words of a report: of 32 orders of all words,
// which come from a keyed hash, the first word that the report has. Two reports
// agree in about as many places as the share of words that they have in common.
// Bands of two places are index terms, so that only reports that agree in one
// are looked at. Without Config.Secret nobody can tell a word from it.
const (
	sketchSize  = 32
	sketchBands = 8
	bandRows    = 2
	sketchWords = 2000 // of a report that are looked at
	fewWords    = 4    // too few to compare
)

func (s *Service) sketch(r Receive) []uint32 {
	seen := map[string]bool{}
	var out []uint32
	for _, t := range []Private{r.Title, r.Products, r.Summary, r.Observations} {
		for word := range strings.FieldsFuncSeq(string(t), func(c rune) bool { return !unicode.IsLetter(c) && !unicode.IsDigit(c) }) {
			word = strings.ToLower(word)
			if len(word) < 3 || seen[word] || len(seen) == sketchWords {
				continue
			}
			seen[word] = true
			k := s.key("word", word)
			out = lower(out, binary.BigEndian.Uint64(k[:]))
		}
	}
	if len(seen) < fewWords {
		return nil
	}
	return out
}

func lower(sketch []uint32, h uint64) []uint32 {
	if sketch == nil {
		sketch = slices.Repeat([]uint32{1<<32 - 1}, sketchSize)
	}
	for i := range sketch {
		h += 0x9e3779b97f4a7c15 // the steps of splitmix64: each gives another order
		z := (h ^ h>>30) * 0xbf58476d1ce4e5b9
		z = (z ^ z>>27) * 0x94d049bb133111eb
		sketch[i] = min(sketch[i], uint32((z^z>>31)>>32))
	}
	return sketch
}

func bands(sketch []uint32) []Term {
	if len(sketch) < sketchBands*bandRows {
		return nil
	}
	t := make([]Term, sketchBands)
	for i := range t {
		b := []byte{byte(i)}
		for _, n := range sketch[i*bandRows : (i+1)*bandRows] {
			b = binary.BigEndian.AppendUint32(b, n)
		}
		t[i] = "sim:" + Term(hex.EncodeToString(b))
	}
	return t
}

// Match is an open case whose reports resemble those of another.
type Match struct {
	Case   CaseID
	Number string
	Score  float64 // about the share of words in common, 0 to 1, in steps of 1/32
}

// similarCandidates bounds the cases that one call of Similar opens.
const similarCandidates = 100

// Similar lists at most n open cases whose reports resemble those of this case,
// the nearest first. Reports with half of their words in common are found nine
// times of ten, near copies always. It looks at 100 candidates, the newest; the
// index holds keyed hashes only. Whether two reports are duplicates is for a
// human to say: it is for the team, not for other viewers.
func (s *Service) Similar(ctx context.Context, id CaseID, n int) ([]Match, error) {
	if n < 1 || n > similarCandidates {
		return nil, &InputError{"Similar", "n", fmt.Sprintf("it is 1 to %d, not %d", similarCandidates, n), nil}
	}
	c, err := s.load(ctx, id)
	if err != nil {
		return nil, err
	}
	var q Query
	for i := range c.Reports {
		q.Any = append(q.Any, bands(c.Reports[i].sketch)...)
	}
	if len(q.Any) == 0 {
		return nil, nil
	}
	q.All, q.Limit = []Term{"open"}, similarCandidates+1
	heads, err := s.cfg.Store.Heads(ctx, q)
	if err != nil {
		return nil, err
	}
	var out []Match
	for _, h := range heads {
		if h.ID == id {
			continue
		}
		o, err := s.load(ctx, h.ID)
		if err != nil {
			return nil, err
		}
		if score := resemblance(c, o); score > 0 {
			out = append(out, Match{o.ID, o.Number, score})
		}
	}
	slices.SortStableFunc(out, func(a, b Match) int { return cmp.Compare(b.Score, a.Score) })
	return out[:min(n, len(out))], nil
}

// resemblance is that of the two reports that are most alike.
func resemblance(a, b *Case) (best float64) {
	for i := range a.Reports {
		for j := range b.Reports {
			x, y, same := a.Reports[i].sketch, b.Reports[j].sketch, 0
			if len(x) != sketchSize || len(y) != sketchSize {
				continue
			}
			for k := range x {
				if x[k] == y[k] {
					same++
				}
			}
			best = max(best, float64(same)/sketchSize)
		}
	}
	return best
}
