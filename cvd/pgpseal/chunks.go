package pgpseal

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"slices"

	"github.com/cvdkit/cvdkit/cvd/storage"
)

// A sealed text, format 1:
//
//	format  1 byte: 1
//	key     8 bytes: which key of the case
//	salt    16 bytes, random
//	chunks  64 KiB of text each, the last one shorter or as long, and never empty
//	        unless it is the only one; each AES-256-GCM with a tag of 16 bytes
//
// The key of a text is HKDF-SHA-256 of the case's key, with the salt, and a label
// with the case's ID. A nonce is the number of the chunk, 11 bytes, and 1 in the
// last byte of the last chunk. This is the STREAM construction of Hoang, Reyhanitabar,
// Rogaway and Vizár (2015), as age has it.
const (
	format    = 1
	chunkSize = 64 << 10
	tagSize   = 16
	saltSize  = 16
	label     = "cvdkit pgpseal/1 "
)

type keyID [8]byte

type header struct {
	key  keyID
	salt [saltSize]byte
}

const headerSize = 1 + len(keyID{}) + saltSize

func readHeader(src io.Reader) (h header, err error) {
	var b [headerSize]byte
	if _, err := io.ReadFull(src, b[:]); err == io.EOF || err == io.ErrUnexpectedEOF {
		return h, ErrSealed
	} else if err != nil {
		return h, err
	}
	if b[0] != format {
		return h, fmt.Errorf("%w: it has format %d", ErrSealed, b[0])
	}
	copy(h.key[:], b[1:])
	copy(h.salt[:], b[1+len(h.key):])
	return h, nil
}

func (h header) aead(k caseKey, id storage.CaseID) (cipher.AEAD, error) {
	key, err := hkdf.Key(sha256.New, k[:], h.salt[:], label+string(id[:]), len(k))
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

func nonce(n uint64, last bool) []byte {
	var b [12]byte
	binary.BigEndian.PutUint64(b[3:], n)
	if last {
		b[11] = 1
	}
	return b[:]
}

func seal(ctx context.Context, random io.Reader, k caseKey, id storage.CaseID, dst io.Writer, src io.Reader) error {
	h := header{key: k.id()}
	if _, err := io.ReadFull(random, h.salt[:]); err != nil {
		return fmt.Errorf("pgpseal: reading random bytes: %w", err)
	}
	aead, err := h.aead(k, id)
	if err != nil {
		return err
	}
	if _, err := dst.Write(slices.Concat([]byte{format}, h.key[:], h.salt[:])); err != nil {
		return err
	}
	var out []byte
	return chunks(ctx, src, chunkSize, func(n uint64, chunk []byte, last bool) error {
		out = aead.Seal(out[:0], nonce(n, last), chunk, nil)
		_, err := dst.Write(out)
		return err
	})
}

func open(ctx context.Context, k caseKey, h header, id storage.CaseID, dst io.Writer, src io.Reader) error {
	aead, err := h.aead(k, id)
	if err != nil {
		return err
	}
	var out []byte
	return chunks(ctx, src, chunkSize+tagSize, func(n uint64, chunk []byte, last bool) error {
		var err error
		if out, err = aead.Open(out[:0], nonce(n, last), chunk, nil); err != nil {
			return ErrSealed
		}
		if n > 0 && len(out) == 0 {
			return ErrSealed // no writer makes one
		}
		_, err = dst.Write(out)
		return err
	})
}

// chunks calls f for each piece of size bytes, and tells which is the last. Most
// texts are short, so the memory grows with what there is.
func chunks(ctx context.Context, src io.Reader, size int, f func(n uint64, chunk []byte, last bool) error) error {
	buf := make([]byte, 0, 512)
	for n, idle := uint64(0), 0; ; {
		if err := ctx.Err(); err != nil {
			return err
		}
		if len(buf) == size+1 { // one more is there, so this piece is not the last
			if err := f(n, buf[:size], false); err != nil {
				return err
			}
			n, buf[0], buf = n+1, buf[size], buf[:1]
		}
		if len(buf) == cap(buf) {
			buf = slices.Grow(buf, min(len(buf), size+1-len(buf)))
		}
		m, err := src.Read(buf[len(buf):min(cap(buf), size+1)])
		buf = buf[:len(buf)+m]
		if idle++; m > 0 {
			idle = 0
		}
		switch {
		case err == io.EOF && len(buf) <= size:
			return f(n, buf, true)
		case err != nil && err != io.EOF:
			return err
		case idle == 100:
			return io.ErrNoProgress
		}
	}
}
