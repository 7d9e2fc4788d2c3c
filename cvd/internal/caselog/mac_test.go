package caselog

import (
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// TestKeyIsAnHMAC holds values that were made with states used before, by several at
// once, to HMAC as the standard library has it.
func TestKeyIsAnHMAC(t *testing.T) {
	s := &Book{Cfg: cvd.Config{Secret: []byte(strings.Repeat("s", 32))}}
	plain := func(kind, value string) (k storage.Key) {
		m := hmac.New(sha256.New, s.Cfg.Secret)
		m.Write([]byte(kind + "\x00" + value))
		m.Sum(k[:0])
		return k
	}
	var group sync.WaitGroup
	for w := range 4 {
		group.Go(func() {
			for n := range 300 {
				kind, value := fmt.Sprint("kind", w), strings.Repeat("v", n*n%9000)
				assert.Equal(t, plain(kind, value), s.Key(kind, value))
			}
		})
	}
	group.Wait()
	require.NotEqual(t, s.Key("a", "b"), s.Key("ab", ""))
}

func BenchmarkKey(b *testing.B) {
	s := &Book{Cfg: cvd.Config{Secret: make([]byte, 32)}}
	b.ReportAllocs()
	for b.Loop() {
		s.Key("word", "reassembly")
	}
}
