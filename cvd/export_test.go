package cvd

import (
	"bytes"
	"io"
	"reflect"
	"slices"

	"github.com/cvdkit/cvdkit/cvd/storage"
)

// What the tests of package cvd_test see of the inside. They live outside the
// package because memstore imports it.

// KindNames returns the record names that this version knows.
func KindNames() []string {
	var out []string
	for name := range kinds {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// RuleIDs returns the rules of refusals.
func RuleIDs() []RuleID {
	var out []RuleID
	for id := range rules {
		out = append(out, id)
	}
	slices.Sort(out)
	return out
}

// AppendedBy returns a Change that appends one record to a case: what another
// version, or a careful forger with access to the database, might write.
func AppendedBy(c *Case, cmd CommandID, name string, critical bool, payload, private []byte) storage.Change {
	e := &envelope{seq: c.Seq + 1, name: name, at: storage.MillisOf(c.At), flags: flagFirst, command: cmd, batch: 1, payload: payload}
	if critical {
		e.flags |= flagCritical
	}
	if private != nil {
		e.flags |= flagPrivate
		e.digest = digest(private)
	}
	prev := c.Tip
	if c.Seq == 0 {
		prev = genesis(c.ID)
	}
	body, tip := encodeBody(prev, e)
	head := (&folded{Case: *c, due: storage.MillisOf(c.At)}).head()
	head.Seq, head.Tip = e.seq, tip
	return storage.Change{
		ID: c.ID, After: c.Seq, Tip: c.Tip, Head: head,
		Records: []storage.Record{{Seq: e.seq, Body: body, Private: private, HasPrivate: private != nil}},
	}
}

// Erasure returns a Change that removes private parts and says so.
func Erasure(c *Case, cmd CommandID, records ...Seq) storage.Change {
	w := wire{}
	(&privateErased{Records: records}).body(&w)
	ch := AppendedBy(c, cmd, (&privateErased{}).name(), false, w.buf, nil)
	ch.Erase = records
	return ch
}

// NameIn returns the record name in a body, "" if it cannot be read.
func NameIn(body []byte) string {
	w := wire{buf: bytes.Clone(body[1:]), reading: true}
	var e envelope
	if e.wire(&w); w.bad {
		return ""
	}
	return e.name
}

// TipIn returns the link at the end of a body.
func TipIn(body []byte) storage.Hash { return storage.Hash(body[len(body)-len(storage.Hash{}):]) }

// PulledFrom is the reader that the Service makes of a function that writes.
func PulledFrom(write func(io.Writer) error) io.ReadCloser { return readerOf(write) }

// EntriesWithReason returns the records whose entries have a field Reason.
func EntriesWithReason() []string {
	var out []string
	for name, make := range kinds {
		if f, ok := reflect.TypeOf(make()).Elem().FieldByName("Reason"); ok && f.Type == reflect.TypeFor[Private]() {
			out = append(out, name)
		}
	}
	return out
}

// IsReasoned tells whether the reason of a record is shown with its event.
func IsReasoned(name string) bool { _, ok := kinds[name]().(reasoned); return ok }

// PolicyAdopted returns the payload of a record that adopts a policy.
func PolicyAdopted(adopted []byte) []byte {
	w := wire{}
	(&policyAdopted{Adopted: adopted}).body(&w)
	return w.buf
}
