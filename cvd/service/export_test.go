package service

import (
	"io"
	"reflect"
	"slices"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/caselog"
	"github.com/cvdkit/cvdkit/cvd/internal/engine"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// What the tests of package cvd_test see of the inside. They live outside the
// package because memstore imports it.

// KindNames returns the record names that this version caselog.Knows.
func KindNames() []string {
	var out []string
	for name := range caselog.Kinds {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// AppendedBy returns a Change that appends one record to a Case: what another
// version, or a careful forger with access to the database, might write.
func AppendedBy(c *cvd.Case, cmd cvd.CommandID, name string, critical bool, payload, private []byte) storage.Change {
	e := &caselog.Envelope{Seq: c.Seq + 1, Name: name, At: storage.MillisOf(c.At), Flags: caselog.FlagFirst, Command: cmd, Batch: 1, Payload: payload}
	if critical {
		e.Flags |= caselog.FlagCritical
	}
	if private != nil {
		e.Flags |= caselog.FlagPrivate
		e.Digest = caselog.Digest(private)
	}
	prev := c.Tip
	if c.Seq == 0 {
		prev = caselog.Genesis(c.ID)
	}
	body, tip := caselog.EncodeBody(prev, e)
	head := (&caselog.Folded{Case: *c, Due: storage.MillisOf(c.At)}).Head()
	head.Seq, head.Tip = e.Seq, tip
	return storage.Change{
		ID: c.ID, After: c.Seq, Tip: c.Tip, Head: head,
		Records: []storage.Record{{Seq: e.Seq, Body: body, Private: private, HasPrivate: private != nil}},
	}
}

// Erasure returns a Change that removes private parts and says so.
func Erasure(c *cvd.Case, cmd cvd.CommandID, records ...cvd.Seq) storage.Change {
	w := caselog.Wire{}
	(&caselog.PrivateErased{Records: records}).Body(&w)
	ch := AppendedBy(c, cmd, (&caselog.PrivateErased{}).RecordName(), false, w.Buf, nil)
	ch.Erase = records
	return ch
}

// NameIn returns the record name in a body, "" if it cannot be read.
func NameIn(body []byte) string { return caselog.NameIn(body) }

// TipIn returns the caselog.Link at the end of a body.
func TipIn(body []byte) storage.Hash { return storage.Hash(body[len(body)-len(storage.Hash{}):]) }

// PulledFrom is the reader that the Service makes of a function that writes.
func PulledFrom(write func(io.Writer) error) io.ReadCloser { return engine.ReaderOf(write) }

// EntriesWithReason returns the records whose entries have a field Reason.
func EntriesWithReason() []string {
	var out []string
	for name, make := range caselog.Kinds {
		if f, ok := reflect.TypeOf(make()).Elem().FieldByName("Reason"); ok && f.Type == reflect.TypeFor[cvd.Private]() {
			out = append(out, name)
		}
	}
	return out
}

// IsReasoned tells whether the reason of a record is shown with its event.
func IsReasoned(name string) bool { return caselog.IsReasoned(caselog.Kinds[name]()) }

// PolicyAdopted returns the payload of a record that adopts a policy.
func PolicyAdopted(adopted []byte) []byte {
	w := caselog.Wire{}
	(&caselog.PolicyAdopted{Adopted: adopted}).Body(&w)
	return w.Buf
}
