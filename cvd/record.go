package cvd

import (
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/cvdkit/cvdkit/cvd/storage"
)

// The body of a record, format 1:
//
//	format   1 byte
//	flags    1 byte
//	at       zigzag varint, milliseconds
//	name     text, for example "report.received/1"
//	actor    uvarint: which actor of the case (see actorSeen), 0 is the library
//	command  16 and 4 bytes and a uvarint, only with flagFirst: the command's
//	         ID, its sum, and the number of records that were appended together
//	digest   32 bytes, only with flagPrivate: SHA-256 of the private part
//	payload  the entry's own fields
//	link     32 bytes: SHA-256 of the previous link and all of the above
//
// The private part is a salt of 16 bytes and the entry's private fields, sealed
// where a Sealer is configured. The chain commits to it through a digest that
// cannot be guessed, so it can be erased and the chain still verifies.
const (
	recordFormat = 1

	flagCritical = 1 << 0 // whoever does not know this name must not write to the case
	flagPrivate  = 1 << 1
	flagFirst    = 1 << 2

	saltSize = 16
)

type envelope struct {
	seq     Seq
	name    string
	at      storage.Millis
	actor   uint32
	command CommandID // set in the first record of a batch
	sum     sum       // likewise
	batch   uint32    // likewise: how many records follow it, itself included
	flags   uint8
	digest  storage.Hash
	payload []byte
}

// genesis is what the first record links to, so that the log of one case does
// not verify as the log of another.
func genesis(id CaseID) storage.Hash {
	return sha256.Sum256(append([]byte("cvdkit case log\x00"), id[:]...))
}

func link(prev storage.Hash, content []byte) storage.Hash {
	h := sha256.New()
	h.Write(prev[:])
	h.Write(content)
	var out storage.Hash
	h.Sum(out[:0])
	return out
}

func (e *envelope) wire(w *wire) {
	num(w, &e.flags)
	signed(w, &e.at)
	e.wireName(w)
	num(w, &e.actor)
	if e.flags&flagFirst != 0 {
		w.fixed(e.command[:])
		w.fixed(e.sum[:])
		num(w, &e.batch)
	}
	if e.flags&flagPrivate != 0 {
		w.fixed(e.digest[:])
	}
}

// wireName reads a known name without a copy of it for each record.
func (e *envelope) wireName(w *wire) {
	if w.reading && len(w.buf) > 0 && w.buf[0] < 0x80 && int(w.buf[0]) < len(w.buf) {
		n := int(w.buf[0])
		if name, ok := kindNames[string(w.buf[1:1+n])]; ok {
			e.name, w.buf = name, w.buf[1+n:]
			return
		}
	}
	text(w, &e.name)
}

// encodeBody returns the body of a record and the new tip.
func encodeBody(prev storage.Hash, e *envelope) ([]byte, storage.Hash) {
	w := wire{buf: make([]byte, 1, 160)}
	w.buf[0] = recordFormat
	e.wire(&w)
	body := append(w.buf, e.payload...)
	tip := link(prev, body)
	return append(body, tip[:]...), tip
}

// decodeBody verifies the link to prev and reads the envelope.
func decodeBody(prev storage.Hash, r *storage.Record) (envelope, storage.Hash, error) {
	e := envelope{seq: r.Seq}
	n := len(r.Body) - len(storage.Hash{})
	if n < 1 {
		return e, prev, tampered(r.Seq, "its body is cut short")
	}
	tip := link(prev, r.Body[:n])
	if tip != storage.Hash(r.Body[n:]) {
		return e, prev, tampered(r.Seq, "it does not link to the one before it")
	}
	if r.Body[0] != recordFormat {
		return e, prev, fmt.Errorf("%w: record %d has format %d", ErrNewer, r.Seq, r.Body[0])
	}
	w := wire{buf: r.Body[1:n], reading: true}
	e.wire(&w)
	if w.bad {
		return e, prev, tampered(r.Seq, "its envelope cannot be read")
	}
	e.payload = w.buf
	private := e.flags&flagPrivate != 0
	if r.HasPrivate && !private {
		return e, prev, tampered(r.Seq, "a private part was added to it")
	}
	if r.Private != nil && sha256.Sum256(r.Private) != e.digest {
		return e, prev, tampered(r.Seq, "its private part was altered")
	}
	return e, tip, nil
}

// or is an instant, or else when the record was made.
func (e *envelope) or(t time.Time) time.Time {
	if t.IsZero() {
		return e.at.Time()
	}
	return t
}

func tampered(seq Seq, what string) error {
	return fmt.Errorf("%w: record %d: %s", ErrTampered, seq, what)
}

// entry is what a record says. Names carry a version and are never reused.
type entry interface {
	name() string
	body(w *wire)                  // holds nothing personal and no free text
	private(w *wire)               // everything else
	apply(c *folded, e *envelope)  // folds it into the case; never refuses
	reveal(c *folded, e *envelope) // fills in the texts, where the private part is at hand
}

// structural is embedded by entries that have no private part.
type structural struct{}

func (structural) private(*wire)             {}
func (structural) reveal(*folded, *envelope) {}

// unknown is a record of a newer version. It stays in the log as it is.
type unknown struct {
	structural
	title string
}

func (u *unknown) name() string             { return u.title }
func (u *unknown) body(*wire)               {}
func (u *unknown) apply(*folded, *envelope) {}

func decodeEntry(e *envelope) (entry, error) {
	make, ok := kinds[e.name]
	if !ok {
		return &unknown{title: e.name}, nil
	}
	x := make()
	w := wire{buf: e.payload, reading: true}
	if x.body(&w); w.bad {
		return nil, tampered(e.seq, "its fields cannot be read")
	}
	return x, nil
}
