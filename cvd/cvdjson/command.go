package cvdjson

import (
	"io"
	"reflect"
	"strings"

	"github.com/cvdkit/cvdkit/cvd"
)

//go:generate go test . -run ^TestActionsAreAll -update
//go:generate go test . -run ^Test(SchemasAreWritten|GoldenCases) -update

const doMember = "do"

// Decoder reads commands. The zero Decoder is ready for use.
type Decoder struct {
	// Case returns the case that a text stands for where a command names one. Where
	// it does not know the text, and where Case is nil, the text is a UUID.
	Case func(name string) (cvd.CaseID, bool)
	// File returns the file that a command names as {"file": "…"}: for example a
	// [cvd.Upload] that the host keeps under that name. nil: files cannot be named.
	File func(name string) (io.Reader, error)
}

// UnmarshalCommand reads a command: an object whose member do has the name of its
// type, and whose other members are the command's fields in snake_case. It is the
// Command of a zero [Decoder].
//
// Errors are of type *[Error]: they tell the JSON pointer of what cannot be, and
// quote no value. A member that the command does not have is one, and so are a
// member that is there twice, null, and a word that is none of the enumeration's. Of words, letter case
// and blanks, hyphens or underscores between their parts do not matter.
func UnmarshalCommand(data []byte) (cvd.Command, error) { return Decoder{}.Command(data) }

// Command reads a command for [service.Service.Do].
func (d Decoder) Command(data []byte) (cvd.Command, error) {
	a, err := d.Action(data)
	if err != nil {
		return nil, err
	}
	c, ok := a.(cvd.Command)
	if !ok {
		return nil, fault((*place)(nil).member(doMember), "it has a method of the Service of its own, and is no command")
	}
	return c, nil
}

// Action reads a command, or one of the actions that have a method of their own:
// [cvd.Merge], [cvd.Split], [cvd.Reopen], [cvd.LinkTo] and [cvd.ErasePerson].
func (d Decoder) Action(data []byte) (cvd.Action, error) {
	n, err := parse(data)
	if err != nil {
		return nil, err
	}
	o, err := n.object()
	if err != nil {
		return nil, err
	}
	m, ok := o.member(doMember)
	if !ok {
		return nil, fault(nil, "the member %s is missing: it names the command", doMember)
	}
	name, ok := m.value.(string)
	if !ok {
		return nil, fault(m.at, "it is %s, the name of a command is needed", m.kind())
	}
	for _, a := range actions() {
		t := reflect.TypeOf(a)
		if t.Name() != name {
			continue
		}
		v := reflect.New(t).Elem()
		delete(o.of, doMember)
		names := o.names
		o.names = nil
		for _, x := range names {
			if x != doMember {
				o.names = append(o.names, x)
			}
		}
		r := &reader{strict: true, refs: d}
		if err := r.value(node{value: o}, v); err != nil {
			return nil, err
		}
		return v.Interface().(cvd.Action), nil
	}
	return nil, fault(m.at, "there is no such command; there are %s", strings.Join(Names(), ", "))
}

// MarshalCommand writes a command, or another action. Files are read to their end,
// and become base64: what is large is better uploaded, see [service.Service.Upload].
// Fields that are zero are absent.
func MarshalCommand(a cvd.Action) ([]byte, error) {
	v := reflect.ValueOf(a)
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	w := &writer{}
	w.buf = append(w.buf, `{"`+doMember+`":`...)
	if err := w.text(v.Type().Name()); err != nil {
		return nil, err
	}
	first := false
	if err := w.fields(&first, v, true); err != nil {
		return nil, err
	}
	return append(w.buf, '}'), nil
}

// Names lists the names of all commands and actions, in alphabetical order.
func Names() (out []string) {
	for _, a := range actions() {
		out = append(out, reflect.TypeOf(a).Name())
	}
	return out
}
