package caselog

import (
	"encoding/base64"
	"encoding/binary"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// HeadSketches is how many reports a head has the sketches of.
const HeadSketches = 8

// Sketches are what a head holds of the newest reports, one byte of each place of
// their sketches: enough to rank candidates without opening them.
func Sketches(c *cvd.Case) (b []byte) {
	for i := len(c.Reports) - 1; i >= 0 && len(b) < HeadSketches*SketchSize; i-- {
		if x := c.Reports[i].Kept(inner.Only{}).Sketch; len(x) == SketchSize {
			for _, h := range x {
				b = append(b, byte(h))
			}
		}
	}
	return b
}

const (
	BandTerm = "sim:"
	MarkTerm = "mark:"
)

// bands are the index terms of a sketch: reports that agree in all places of one
// band share its term.
func bands(sketch []uint32) []storage.Term {
	if len(sketch) != SketchSize {
		return nil
	}
	t := make([]storage.Term, SketchBands)
	for i := range t {
		h := uint64(i)
		for _, n := range sketch[i*bandRows : (i+1)*bandRows] {
			h = Mix(h ^ uint64(n))
		}
		t[i] = BandTerm + term64(h)
	}
	return t
}

func term64(h uint64) storage.Term {
	return storage.Term(base64.RawURLEncoding.EncodeToString(binary.BigEndian.AppendUint64(nil, h)))
}

// Marks yields those of the reports and vulnerabilities of a case.
func Marks(c *cvd.Case) func(func(uint64) bool) {
	return func(yield func(uint64) bool) {
		for i := range c.Reports {
			for _, m := range c.Reports[i].Kept(inner.Only{}).Marks {
				if !yield(m) {
					return
				}
			}
		}
		for i := range c.Vulnerabilities {
			if v := &c.Vulnerabilities[i]; v.Kept(inner.Only{}).Mark != 0 && v.MovedTo == (cvd.CaseID{}) && !yield(v.Kept(inner.Only{}).Mark) {
				return
			}
		}
	}
}

// Likeness are the index terms by which similar cases find each other: those of
// the newest report first, each once.
func Likeness(c *cvd.Case) (t []storage.Term) {
	for i := len(c.Reports) - 1; i >= 0; i-- {
		t = append(t, bands(c.Reports[i].Kept(inner.Only{}).Sketch)...)
	}
	for m := range Marks(c) {
		t = append(t, MarkTerm+term64(m))
	}
	return Without(t, nil)
}

const SketchSize = 32

const SketchBands = 8

const bandRows = 4

// Mix is the last step of splitmix64.
func Mix(h uint64) uint64 {
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return h ^ h>>31
}
