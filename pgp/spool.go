package pgp

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
)

// Spool says where plaintext waits until it is verified: in memory first, then
// in a file that is encrypted and authenticated with a key that is never
// stored, and that has no name where the system allows it.
type Spool struct {
	// Dir is the directory of the file. Empty means os.TempDir.
	Dir string
	// Memory is how many bytes stay in memory; 4 MiB if zero.
	Memory int
}

const (
	defaultSpoolMemory = 4 << 20
	spoolChunk         = 64 << 10
	sealedChunk        = spoolChunk + 16 // with the tag of AES-GCM
)

// Held is data that waits in a Spool. It can be read as often and in what order
// one likes, by several goroutines at once, until it is closed.
type Held struct {
	spool  Spool
	budget *Budget
	mem    [][]byte // in memory, all but the last of spoolChunk bytes
	taken  int      // of the budget's memory
	file   *os.File
	aead   cipher.AEAD
	chunk  []byte // plaintext that does not fill a chunk yet
	box    []byte // scratch for a sealed chunk
	count  int64  // chunks sealed
	size   int64

	mu     sync.Mutex
	closed bool
	cached int64  // the chunk in plain, counted from 1; 0 for none
	plain  []byte // the chunk that was read last
}

// Hold takes all of r into the spool. More than max bytes are ErrLimit. Close
// the result.
func (e *Engine) Hold(ctx context.Context, r io.Reader, max int64) (*Held, error) {
	h := e.newHeld()
	buf := make([]byte, 32<<10)
	for in := (ctxReader{ctx, r}); ; {
		n, err := in.Read(buf)
		if h.size+int64(n) > max {
			err = fmt.Errorf("%w: more than %d bytes", ErrLimit, max)
		} else if writeErr := h.write(buf[:n]); writeErr != nil {
			err = writeErr
		}
		if err == io.EOF {
			err = h.finish()
			if err == nil {
				return h, nil
			}
		}
		if err != nil {
			h.Close()
			return nil, err
		}
	}
}

func (e *Engine) newHeld() *Held {
	h := &Held{budget: e.shared()}
	if e != nil {
		h.spool = e.Spool
	}
	if h.spool.Memory <= 0 {
		h.spool.Memory = defaultSpoolMemory
	}
	return h
}

func (h *Held) write(p []byte) error {
	h.size += int64(len(p))
	if h.file == nil {
		if h.size <= int64(h.spool.Memory) && h.budget.take(len(p), h.spool.Memory) {
			h.taken += len(p)
			h.remember(p)
			return nil
		}
		if err := h.open(); err != nil {
			return err
		}
		var err error
		for _, m := range h.mem {
			err = errors.Join(err, h.seal(m))
		}
		h.forgetMemory()
		if err != nil {
			return err
		}
	}
	return h.seal(p)
}

// remember appends p in pieces: one growing slice would be copied again and
// again, and leave plaintext behind each time.
func (h *Held) remember(p []byte) {
	for len(p) > 0 {
		n := len(h.mem)
		if n == 0 || len(h.mem[n-1]) == spoolChunk {
			h.mem = append(h.mem, nil)
			if n++; n > 1 {
				h.mem[n-1] = make([]byte, 0, spoolChunk)
			}
		}
		m := min(len(p), spoolChunk-len(h.mem[n-1]))
		h.mem[n-1] = append(h.mem[n-1], p[:m]...)
		p = p[m:]
	}
}

func (h *Held) forgetMemory() {
	h.budget.giveBack(h.taken)
	for _, m := range h.mem {
		clear(m[:cap(m)])
	}
	h.mem, h.taken = nil, 0
}

func (h *Held) open() error {
	var key [32]byte
	if _, err := rand.Read(key[:]); err != nil {
		return err
	}
	block, err := aes.NewCipher(key[:])
	if err != nil {
		return err
	}
	if h.aead, err = cipher.NewGCM(block); err != nil {
		return err
	}
	if h.file, err = os.CreateTemp(h.spool.Dir, "pgp-spool-*"); err != nil {
		return err
	}
	os.Remove(h.file.Name()) // fails on some systems; Close tries again
	h.chunk = make([]byte, 0, spoolChunk)
	h.box = make([]byte, 0, sealedChunk)
	return nil
}

// nonce numbers the chunks; the key is used for one file.
func nonce(n int64) []byte {
	return binary.BigEndian.AppendUint64(make([]byte, 4, 12), uint64(n))
}

func (h *Held) seal(p []byte) error {
	for len(p) > 0 {
		n := min(len(p), spoolChunk-len(h.chunk))
		h.chunk = append(h.chunk, p[:n]...)
		p = p[n:]
		if len(h.chunk) == spoolChunk {
			if err := h.flush(); err != nil {
				return err
			}
		}
	}
	return nil
}

func (h *Held) flush() error {
	h.box = h.aead.Seal(h.box[:0], nonce(h.count), h.chunk, nil)
	h.count++
	h.chunk = h.chunk[:0]
	_, err := h.file.Write(h.box)
	return err
}

// finish ends the writing.
func (h *Held) finish() error {
	if h.file == nil {
		return nil
	}
	if len(h.chunk) > 0 {
		if err := h.flush(); err != nil {
			return err
		}
	}
	clear(h.chunk[:cap(h.chunk)])
	h.chunk, h.box = nil, nil
	return nil
}

// Size is the number of bytes.
func (h *Held) Size() int64 { return h.size }

// Open returns a reader of everything, from the start.
func (h *Held) Open() *io.SectionReader { return h.Section(0, h.size) }

// Section returns a reader of n bytes from off on.
func (h *Held) Section(off, n int64) *io.SectionReader { return io.NewSectionReader(h, off, n) }

// ReadAt implements io.ReaderAt. An error other than io.EOF means that the file
// of the spool cannot be read or was changed, or that h is closed.
func (h *Held) ReadAt(p []byte, off int64) (n int, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.closed:
		return 0, os.ErrClosed
	case off < 0:
		return 0, errors.New("pgp: read before the start")
	}
	for n < len(p) {
		at := off + int64(n)
		if at >= h.size {
			return n, io.EOF
		}
		if h.file == nil {
			n += copy(p[n:], h.mem[at/spoolChunk][at%spoolChunk:])
			continue
		}
		if err := h.load(at / spoolChunk); err != nil {
			return n, err
		}
		n += copy(p[n:], h.plain[at%spoolChunk:])
	}
	return n, nil
}

// load makes chunk i the one in h.plain.
func (h *Held) load(i int64) error {
	if h.cached == i+1 {
		return nil
	}
	h.cached = 0
	if h.plain == nil {
		h.plain = make([]byte, 0, sealedChunk)
	}
	size := min(h.size-i*spoolChunk, spoolChunk)
	sealed := h.plain[:size+int64(h.aead.Overhead())]
	if _, err := h.file.ReadAt(sealed, i*sealedChunk); err != nil {
		return fmt.Errorf("pgp: the spool file is cut: %w", err)
	}
	plain, err := h.aead.Open(sealed[:0], nonce(i), sealed, nil)
	if err != nil {
		return errors.New("pgp: the spool file was changed")
	}
	h.plain, h.cached = plain, i+1
	return nil
}

// release copies everything to dst.
func (h *Held) release(dst io.Writer) error {
	if h.file == nil {
		for _, m := range h.mem {
			if _, err := dst.Write(m); err != nil {
				return err
			}
		}
		return nil
	}
	for i := range h.count {
		if err := h.load(i); err != nil {
			return err
		}
		if _, err := dst.Write(h.plain); err != nil {
			return err
		}
	}
	return nil
}

// Close forgets everything; later reads fail. It may be called again.
func (h *Held) Close() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return nil
	}
	h.closed, h.cached = true, 0
	h.forgetMemory()
	clear(h.chunk[:cap(h.chunk)])
	clear(h.plain[:cap(h.plain)])
	h.chunk, h.plain = nil, nil
	if h.file == nil {
		return nil
	}
	err := h.file.Close()
	os.Remove(h.file.Name())
	return err
}
