package pgp

import (
	"bufio"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"io"
	"os"
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
)

// holder keeps what is written to it until it is released or closed.
type holder struct {
	spool Spool
	mem   []byte
	file  *os.File
	out   *bufio.Writer
	aead  cipher.AEAD
	chunk []byte // plaintext that does not fill a chunk yet
	box   []byte // scratch for a sealed chunk
	count uint64 // chunks sealed
	size  int64
}

func newHolder(s Spool) *holder {
	if s.Memory <= 0 {
		s.Memory = defaultSpoolMemory
	}
	return &holder{spool: s}
}

func (h *holder) Write(p []byte) (int, error) {
	h.size += int64(len(p))
	if h.file == nil {
		if len(h.mem)+len(p) <= h.spool.Memory {
			h.mem = append(h.mem, p...)
			return len(p), nil
		}
		if err := h.open(); err != nil {
			return 0, err
		}
		err := h.seal(h.mem)
		clear(h.mem)
		h.mem = nil
		if err != nil {
			return 0, err
		}
	}
	return len(p), h.seal(p)
}

func (h *holder) open() error {
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
	h.out = bufio.NewWriterSize(h.file, 4*spoolChunk)
	h.chunk = make([]byte, 0, spoolChunk)
	h.box = make([]byte, 0, spoolChunk+h.aead.Overhead())
	return nil
}

// nonce numbers the chunks; the key is used for one file.
func nonce(n uint64) []byte {
	return binary.BigEndian.AppendUint64(make([]byte, 4, 12), n)
}

func (h *holder) seal(p []byte) error {
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

func (h *holder) flush() error {
	h.box = h.aead.Seal(h.box[:0], nonce(h.count), h.chunk, nil)
	h.count++
	h.chunk = h.chunk[:0]
	_, err := h.out.Write(h.box)
	return err
}

// release copies everything to dst.
func (h *holder) release(dst io.Writer) error {
	if h.file == nil {
		_, err := dst.Write(h.mem)
		return err
	}
	if err := h.flush(); err != nil { // the last chunk is short, maybe empty
		return err
	}
	if err := h.out.Flush(); err != nil {
		return err
	}
	if _, err := h.file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	in := bufio.NewReaderSize(h.file, 4*spoolChunk)
	box := make([]byte, spoolChunk+h.aead.Overhead())
	left := h.size
	for n := uint64(0); n < h.count; n++ {
		part := int(min(left, spoolChunk))
		left -= int64(part)
		sealed := box[:part+h.aead.Overhead()]
		if _, err := io.ReadFull(in, sealed); err != nil {
			return err
		}
		plain, err := h.aead.Open(sealed[:0], nonce(n), sealed, nil)
		if err != nil {
			return errors.New("pgp: the spool file was changed")
		}
		if _, err := dst.Write(plain); err != nil {
			return err
		}
	}
	return nil
}

// Close forgets everything.
func (h *holder) Close() {
	clear(h.mem)
	clear(h.chunk[:cap(h.chunk)])
	if h.file != nil {
		h.file.Close()
		os.Remove(h.file.Name())
	}
}
