package caselog

import (
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// The body of a record, format 1:
//
//	format   1 byte
//	flags    1 byte
//	at       zigzag varint, milliseconds
//	name     text, for example "report.received/1"
//	actor    uvarint: which actor of the case (see ActorSeen), 0 is the library
//	command  16 and 4 bytes and a uvarint, only with FlagFirst: the command's
//	         ID, its sum, and the number of records that were appended together
//	digest   32 bytes, only with FlagPrivate: SHA-256 of the private part
//	payload  the entry's own fields
//	link     32 bytes: SHA-256 of the previous link and all of the above
//
// The private part is a salt of 16 bytes and the entry's private fields, sealed
// where a Sealer is configured. The chain commits to it through a digest that
// cannot be guessed, so it can be erased and the chain still verifies.
const (
	RecordFormat = 1

	FlagCritical = 1 << 0 // whoever does not know this name must not write to the case
	FlagPrivate  = 1 << 1
	FlagFirst    = 1 << 2

	SaltSize = 16
)

type Envelope struct {
	Seq     cvd.Seq
	Name    string
	At      storage.Millis
	Actor   uint32
	Command cvd.CommandID // set in the first record of a batch
	Sum     inner.Sum     // likewise
	Batch   uint32        // likewise: how many records follow it, itself included
	Flags   uint8
	Digest  storage.Hash
	Payload []byte
}

// Genesis is what the first record links to, so that the log of one case does
// not verify as the log of another.
func Genesis(id cvd.CaseID) storage.Hash {
	return sha256.Sum256(append([]byte("cvdkit case log\x00"), id[:]...))
}

func Link(prev storage.Hash, content []byte) storage.Hash {
	h := sha256.New()
	h.Write(prev[:])
	h.Write(content)
	var out storage.Hash
	h.Sum(out[:0])
	return out
}

func (e *Envelope) Wire(w *Wire) {
	num(w, &e.Flags)
	Signed(w, &e.At)
	e.wireName(w)
	num(w, &e.Actor)
	if e.Flags&FlagFirst != 0 {
		w.fixed(e.Command[:])
		w.fixed(e.Sum[:])
		num(w, &e.Batch)
	}
	if e.Flags&FlagPrivate != 0 {
		w.fixed(e.Digest[:])
	}
}

// wireName reads a known name without a copy of it for each record.
func (e *Envelope) wireName(w *Wire) {
	if w.Reading && len(w.Buf) > 0 && w.Buf[0] < 0x80 && int(w.Buf[0]) < len(w.Buf) {
		n := int(w.Buf[0])
		if name, ok := kindNames[string(w.Buf[1:1+n])]; ok {
			e.Name, w.Buf = name, w.Buf[1+n:]
			return
		}
	}
	text(w, &e.Name)
}

// decodeBody verifies the link to prev and reads the envelope.
func decodeBody(prev storage.Hash, r *storage.Record) (Envelope, storage.Hash, error) {
	e := Envelope{Seq: r.Seq}
	n := len(r.Body) - len(storage.Hash{})
	if n < 1 {
		return e, prev, Tampered(r.Seq, "its body is cut short")
	}
	tip := Link(prev, r.Body[:n])
	if tip != storage.Hash(r.Body[n:]) {
		return e, prev, Tampered(r.Seq, "it does not link to the one before it")
	}
	if r.Body[0] != RecordFormat {
		return e, prev, fmt.Errorf("%w: record %d has format %d", cvd.ErrNewer, r.Seq, r.Body[0])
	}
	w := Wire{Buf: r.Body[1:n], Reading: true}
	e.Wire(&w)
	if w.bad {
		return e, prev, Tampered(r.Seq, "its envelope cannot be read")
	}
	e.Payload = w.Buf
	private := e.Flags&FlagPrivate != 0
	if r.HasPrivate && !private {
		return e, prev, Tampered(r.Seq, "a private part was added to it")
	}
	if r.Private != nil && sha256.Sum256(r.Private) != e.Digest {
		return e, prev, Tampered(r.Seq, "its private part was altered")
	}
	return e, tip, nil
}

// or is an instant, or else when the record was made.
func (e *Envelope) or(t time.Time) time.Time {
	if t.IsZero() {
		return e.At.Time()
	}
	return t
}

func Tampered(seq cvd.Seq, what string) error {
	return fmt.Errorf("%w: record %d: %s", cvd.ErrTampered, seq, what)
}

// Entry is what a record says. Names carry a version and are never reused.
type Entry interface {
	RecordName() string
	Body(w *Wire)                  // holds nothing personal and no free text
	Private(w *Wire)               // everything else
	apply(c *Folded, e *Envelope)  // folds it into the case; never refuses
	reveal(c *Folded, e *Envelope) // fills in the texts, where the private part is at hand
}

// structural is embedded by entries that have no private part.
type structural struct{}

func (structural) Private(*Wire)             {}
func (structural) reveal(*Folded, *Envelope) {}

// unknown is a record of a newer version. It stays in the log as it is.
type unknown struct {
	structural
	title string
}

func (u *unknown) RecordName() string       { return u.title }
func (u *unknown) Body(*Wire)               {}
func (u *unknown) apply(*Folded, *Envelope) {}

func decodeEntry(e *Envelope) (Entry, error) {
	make, ok := Kinds[e.Name]
	if !ok {
		return &unknown{title: e.Name}, nil
	}
	x := make()
	w := Wire{Buf: e.Payload, Reading: true}
	if x.Body(&w); w.bad {
		return nil, Tampered(e.Seq, "its fields cannot be read")
	}
	return x, nil
}

// EncodeBody returns the body of a record and the new tip.
func EncodeBody(prev storage.Hash, e *Envelope) ([]byte, storage.Hash) {
	w := Wire{Buf: make([]byte, 1, 160)}
	w.Buf[0] = RecordFormat
	e.Wire(&w)
	body := append(w.Buf, e.Payload...)
	tip := Link(prev, body)
	return append(body, tip[:]...), tip
}
