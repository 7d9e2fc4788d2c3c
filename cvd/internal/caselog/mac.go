package caselog

import (
	"crypto/hmac"
	"crypto/sha256"
	"hash"
	"sync"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// macs keeps states of HMAC-SHA-256 that were set up with a Secret. A report needs some
// fifty values, most of a short word, for which the set-up takes longer than the rest. It
// is safe for concurrent use. The zero value is ready.
type macs struct{ idle sync.Pool }

// keyed is one such state, with room for what goes in and comes out.
type keyed struct {
	hash.Hash
	text []byte
}

const longText = 4096 // is not kept

// of returns the value of a kind and a text, parted by a zero byte.
func (m *macs) of(secret cvd.Secret, kind, text string) (k storage.Key) {
	x, _ := m.idle.Get().(*keyed)
	if x == nil {
		x = &keyed{Hash: hmac.New(sha256.New, secret)}
	}
	x.text = append(append(append(x.text[:0], kind...), 0), text...)
	x.Reset()
	x.Write(x.text)
	clear(x.text) // of a report that nobody has read yet
	x.text = x.Sum(x.text[:0])
	copy(k[:], x.text)
	if cap(x.text) <= longText {
		m.idle.Put(x)
	}
	return k
}
