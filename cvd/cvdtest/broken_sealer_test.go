package cvdtest

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"io"
	"sync"
	"testing"
	"time"

	"github.com/cvdkit/cvdkit/cvd/storage"
)

// boxes is a Sealer for this test: it holds a text in memory at a time, which
// a real one must not. Its fields are faults.
type boxes struct {
	plain, sameNonce, unchecked, anyCase, partial, ignoresErrors, ignoresContext, shared bool
	mu                                                                                   sync.Mutex
	text                                                                                 []byte
}

func (b *boxes) aead(id storage.CaseID) cipher.AEAD {
	if b.anyCase {
		id = storage.CaseID{}
	}
	block, err := aes.NewCipher(id[:])
	if err != nil {
		panic(err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic(err)
	}
	return aead
}

func (b *boxes) read(ctx context.Context, src io.Reader) ([]byte, error) {
	if err := ctx.Err(); err != nil && !b.ignoresContext {
		return nil, err
	}
	text, err := io.ReadAll(src)
	if b.ignoresErrors {
		err = nil
	}
	if b.shared { // a buffer that all callers use
		b.mu.Lock()
		b.text = text
		b.mu.Unlock()
		time.Sleep(50 * time.Microsecond)
		b.mu.Lock()
		text = b.text
		b.mu.Unlock()
	}
	return text, err
}

func (b *boxes) write(dst io.Writer, text []byte) error {
	_, err := dst.Write(text)
	if b.ignoresErrors {
		return nil
	}
	return err
}

func (b *boxes) Seal(ctx context.Context, id storage.CaseID, dst io.Writer, src io.Reader) error {
	text, err := b.read(ctx, src)
	if err != nil {
		return err
	}
	if b.plain {
		return b.write(dst, text)
	}
	nonce := make([]byte, 12)
	if !b.sameNonce {
		rand.Read(nonce)
	}
	return b.write(dst, b.aead(id).Seal(nonce, nonce, text, nil))
}

func (b *boxes) Open(ctx context.Context, id storage.CaseID, dst io.Writer, src io.Reader) error {
	sealed, err := b.read(ctx, src)
	if err != nil {
		return err
	}
	if b.plain {
		return b.write(dst, sealed)
	}
	if len(sealed) < 12 {
		return errors.New("cut short")
	}
	text, err := b.aead(id).Open(nil, sealed[:12], sealed[12:], nil)
	if err != nil && b.unchecked {
		return nil
	}
	if err == nil && b.partial {
		text = bytes.TrimRight(text, "\r\n")
	}
	if err != nil {
		return err
	}
	return b.write(dst, text)
}

func TestSealerRulesHold(t *testing.T) {
	TestSealer(t, func(*testing.T) storage.Sealer { return &boxes{} })
}

func TestSealerRulesCanFail(t *testing.T) {
	with := func(b *boxes) func() storage.Sealer { return func() storage.Sealer { return b } }
	testBroken(t, sealerRules, []broken[storage.Sealer]{
		{"nothing is sealed", with(&boxes{plain: true}), []string{"seal/hides", "seal/changed", "seal/other-case", "seal/cut-short"}},
		{"sealing is the same each time", with(&boxes{sameNonce: true}), []string{"seal/hides"}},
		{"nothing is verified", with(&boxes{unchecked: true}), []string{"seal/changed", "seal/other-case", "seal/cut-short"}},
		{"all cases share a key", with(&boxes{anyCase: true}), []string{"seal/other-case"}},
		{"line ends are cut", with(&boxes{partial: true}), []string{"seal/bytes"}},
		{"errors are swallowed", with(&boxes{ignoresErrors: true}), []string{"seal/errors"}},
		{"contexts are swallowed", with(&boxes{ignoresContext: true}), []string{"seal/context"}},
		{"callers share a buffer", with(&boxes{shared: true}), []string{"seal/concurrent"}},
	})
}
