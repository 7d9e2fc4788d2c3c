package pgpseal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/cvdkit/cvdkit/cvd/storage"
)

// FuzzOpen: whatever is given to open, it writes nothing but the beginning of what
// was sealed, and says nil only for the whole of it.
func FuzzOpen(f *testing.F) {
	k, id := caseKey{1}, storage.CaseID{2}
	text := bytes.Repeat([]byte("0123456789abcdef"), chunkSize/16+3)
	var whole bytes.Buffer
	if err := seal(context.Background(), strings.NewReader(strings.Repeat("s", 100)), k, id, &whole, bytes.NewReader(text)); err != nil {
		f.Fatal(err)
	}
	f.Add(0, 0, []byte(nil))
	f.Add(0, 30, []byte{1})
	f.Add(headerSize, headerSize+chunkSize+tagSize, []byte(nil))
	f.Add(0, 1<<20, []byte("anything at all that is no sealed text"))
	f.Fuzz(func(t *testing.T, from, to int, by []byte) {
		from, to = max(0, min(from, whole.Len())), max(0, min(to, whole.Len()))
		to = max(from, to)
		b := bytes.Join([][]byte{whole.Bytes()[:from], by, whole.Bytes()[to:]}, nil)
		r := bytes.NewReader(b)
		h, err := readHeader(r)
		if err != nil {
			if !errors.Is(err, ErrSealed) {
				t.Fatal(err)
			}
			return
		}
		var out bytes.Buffer
		err = open(context.Background(), k, h, id, &out, r)
		switch same := bytes.Equal(b[headerSize:], whole.Bytes()[headerSize:]) && h.salt == [saltSize]byte(whole.Bytes()[9:]); {
		case same != (err == nil):
			t.Fatalf("the whole of it: %v, and open says %v", same, err)
		case err != nil && !errors.Is(err, ErrSealed):
			t.Fatal(err)
		case !bytes.HasPrefix(text, out.Bytes()):
			t.Fatal("something else was released")
		}
	})
}

// FuzzRing: a ring that parses is written the same.
func FuzzRing(f *testing.F) {
	f.Add((&ring{id: storage.CaseID{1}, keys: []caseKey{{1}, {2}}, to: []mark{{3}}}).marshal())
	f.Add([]byte(magic))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := parseRing(b)
		if err == nil && !bytes.Equal(r.marshal(), b) {
			t.Fatal("it is written otherwise")
		}
	})
}

func TestKeysDoNotPrint(t *testing.T) {
	r := &ring{keys: []caseKey{{0xab, 0xcd, 0xef}}}
	for _, verb := range []string{"%v", "%+v", "%#v", "%x", "%s", "%d"} {
		for _, v := range []any{r.keys[0], *r, r, r.keys, &Sealer{keys: map[storage.CaseID]cached{{1}: {ring: r}}}} {
			if s := fmt.Sprintf(verb, v); strings.Contains(strings.ToLower(s), "abcdef") || strings.Contains(s, "171 205") || strings.Contains(s, "0xab, 0xcd") {
				t.Errorf("%s of %T prints %s", verb, v, s)
			}
		}
	}
}

// A case has no more keys than a State can keep.
func TestMostKeys(t *testing.T) {
	s := &Sealer{cfg: Config{Rand: strings.NewReader(strings.Repeat("k", 32*most+1))}}
	r := &ring{}
	for range most {
		if err := s.grow(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.grow(r); err == nil {
		t.Error("one more")
	}
}
