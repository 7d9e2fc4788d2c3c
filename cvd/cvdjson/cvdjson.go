// Package cvdjson is the published JSON form of cases and commands.
//
// [Marshal] writes a case as one viewer sees it, texts included: a host asks for
// them by this package's name, whereas json.Marshal of a [cvd.Case] prints
// [redacted]. What the viewer may not see is not in the case that
// [service.Service.View] returned, and so not in its JSON. APIs, webhooks and exports send it:
//
//	c, err := svc.View(ctx, id, cvd.Viewer{Party: 3})
//	b, err := cvdjson.Marshal(c)
//
// [MarshalCommand] and [UnmarshalCommand] give the same form to commands, so that a
// host serves an API or a queue without a mapping for each:
//
//	{"do": "ProposeEmbargo", "party": 2, "ends": "2026-12-01T09:00:00+01:00"}
//
// # The form
//
// Names are those of the Go fields in snake_case: ReportID is report_id. Times are of RFC 3339, with the offset of
// their zone; durations of ISO 8601; IDs of cases are UUIDs; parts of a case are
// named by their numbers. An enumeration is the word that its String returns, which the
// schemas list and which is not the name of the constant: "fixed" is cvd.IsFixed; a set
// of them, such as roles, is a list of words. What is unknown, zero or empty is
// absent, but for enumerations, whose zero has a word; a boolean that is absent is
// false. Some members follow from others, for readers without Go: rm and rating of
// the case, ends of its embargo, about and became of its events. The content of a file is base64.
//
// A case tells its version in the member cvdjson, now [Version]. Members may be added within a
// version, so a reader ignores those that it does not know; none changes its
// meaning or goes. Commands are read strictly, because a member that is
// overlooked is an instruction that is not followed. [CaseSchema] and [CommandSchema] say
// it as JSON Schema; docs/cvdjson.schema.json and docs/cvdjson-command.schema.json hold them.
//
// All functions are safe for concurrent use. The cost of reading is linear in the
// input, whose size the caller bounds.
package cvdjson

import (
	"errors"
	"fmt"
	"reflect"

	"github.com/cvdkit/cvdkit/cvd"
)

// Version is the version of the form of a case.
const Version = 1

const versionMember = "cvdjson"

// Marshal writes a case as [service.Service.View] returned it, with its texts. Of what
// Do returned it writes the structure. Members have a fixed order: equal cases
// give equal bytes.
func Marshal(c *cvd.Case) ([]byte, error) {
	w := &writer{you: c.You}
	w.buf = fmt.Appendf(w.buf, `{"%s":%d`, versionMember, Version)
	first := false
	if err := w.fields(&first, reflect.ValueOf(c).Elem(), false); err != nil {
		return nil, err
	}
	return append(w.buf, '}'), nil
}

// Unmarshal reads what Marshal wrote. It takes members that it does not know for
// those of a later writer and ignores them. Errors are of type *[Error], and quote
// no value.
//
// The result has all exported fields, and answers as the case did that was written; it is for
// reading, and not for a Service. Zones have only their offset.
func Unmarshal(data []byte) (*cvd.Case, error) {
	n, err := parse(data)
	if err != nil {
		return nil, err
	}
	o, err := n.object()
	if err != nil {
		return nil, err
	}
	m, ok := o.member(versionMember)
	if !ok {
		return nil, fault(nil, "the member %s is missing: it is no case of this form", versionMember)
	}
	version := uint(0)
	r := &reader{}
	if err := r.value(m, reflect.ValueOf(&version).Elem()); err != nil {
		return nil, err
	}
	if version != Version {
		return nil, fault(m.at, "the version is not %d", Version)
	}
	var c cvd.Case
	if err := r.value(n, reflect.ValueOf(&c).Elem()); err != nil {
		return nil, err
	}
	for i := range c.Events {
		c.Events[i] = c.Events[i].With(r.events[i].about, r.events[i].became)
	}
	return c.Restored(), nil
}

// Encode writes any other value of package cvd by the same rules, texts included:
// what Find, Agenda, Deadlines, Tick or Export returned, for example.
func Encode(v any) ([]byte, error) {
	x := reflect.Indirect(reflect.ValueOf(v))
	if !x.IsValid() {
		return nil, errors.New("cvdjson: nil has no JSON form")
	}
	w := &writer{}
	if err := w.value(x, false); err != nil {
		return nil, err
	}
	return w.buf, nil
}

// Decode reads any other value of package cvd as strictly as a command: a
// [service.Filter], a [cvd.Viewer] or a [cvd.By], for example. v is a pointer to it.
func (d Decoder) Decode(data []byte, v any) error {
	x := reflect.ValueOf(v)
	if x.Kind() != reflect.Pointer || x.IsNil() {
		return errors.New("cvdjson: Decode needs a pointer")
	}
	n, err := parse(data)
	if err != nil {
		return err
	}
	r := &reader{strict: true, refs: d}
	return r.value(n, x.Elem())
}
