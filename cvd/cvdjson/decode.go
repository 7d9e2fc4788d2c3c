package cvdjson

import (
	"bytes"
	"encoding"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"strconv"
	"strings"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/policy"
)

// reader fills Go values from a tree.
type reader struct {
	strict bool // an unknown member is an error
	refs   Decoder
	events []eventDetail // what the events of a case were about and became
}

type eventDetail struct {
	about  uint32
	became uint16
}

func (r *reader) value(n node, v reflect.Value) error {
	t := v.Type()
	if t == caseIDType && r.refs.Case != nil {
		if s, ok := n.value.(string); ok {
			if id, ok := r.refs.Case(s); ok {
				v.Set(reflect.ValueOf(id))
				return nil
			}
		}
	}
	switch formOf(t) {
	case formStruct:
		return r.fields(n, v)
	case formList:
		list, ok := n.value.([]node)
		if !ok {
			return fault(n.at, "it is %s, a list is needed", n.kind())
		}
		if len(list) == 0 {
			return nil
		}
		out := reflect.MakeSlice(t, len(list), len(list))
		for i := range list {
			if err := r.value(list[i], out.Index(i)); err != nil {
				return err
			}
		}
		v.Set(out)
	case formMap:
		o, err := n.object()
		if err != nil {
			return err
		}
		if len(o.names) == 0 {
			return nil
		}
		out := reflect.MakeMapWithSize(t, len(o.names))
		for _, name := range o.names {
			x := reflect.New(t.Elem()).Elem()
			if err := r.value(o.of[name], x); err != nil {
				return err
			}
			out.SetMapIndex(reflect.ValueOf(name).Convert(t.Key()), x)
		}
		v.Set(out)
	case formPointer:
		x := reflect.New(t.Elem())
		if err := r.value(n, x.Elem()); err != nil {
			return err
		}
		v.Set(x)
	case formFile:
		return r.file(n, v)
	case formPolicy:
		return r.policy(n, v)
	case formSet:
		return r.set(n, v)
	default:
		return r.leaf(n, v)
	}
	return nil
}

func (r *reader) leaf(n node, v reflect.Value) error {
	switch f := formOf(v.Type()); f {
	case formBool:
		b, ok := n.value.(bool)
		if !ok {
			return fault(n.at, "it is %s, true or false is needed", n.kind())
		}
		v.SetBool(b)
	case formInt, formUint, formFloat:
		x, ok := n.value.(json.Number)
		if !ok {
			return fault(n.at, "it is %s, a number is needed", n.kind())
		}
		return number(n, f, x.String(), v)
	default:
		s, ok := n.value.(string)
		if !ok {
			return fault(n.at, "it is %s, a text is needed", n.kind())
		}
		return readText(n, f, s, v)
	}
	return nil
}

func number(n node, f form, s string, v reflect.Value) error {
	bits := v.Type().Bits()
	switch f {
	case formInt:
		x, err := strconv.ParseInt(s, 10, bits)
		if err != nil {
			return fault(n.at, "it is no whole number of %d bits", bits)
		}
		v.SetInt(x)
	case formUint:
		x, err := strconv.ParseUint(s, 10, bits)
		if err != nil {
			return fault(n.at, "it is no whole number from 0 of %d bits", bits)
		}
		v.SetUint(x)
	default:
		x, err := strconv.ParseFloat(s, bits)
		if err != nil {
			return fault(n.at, "it is no number that can be kept")
		}
		v.SetFloat(x)
	}
	return nil
}

func readText(n node, f form, s string, v reflect.Value) error {
	switch f {
	case formTime:
		t, err := ParseTime(s)
		if err != nil {
			return fault(n.at, "%v", err)
		}
		v.Set(reflect.ValueOf(t))
	case formDuration:
		d, err := parseDuration(s)
		if err != nil {
			return fault(n.at, "%v", err)
		}
		v.SetInt(int64(d))
	case formWord:
		if err := readWord(v, s); err != nil {
			return fault(n.at, "%v", err)
		}
	case formText:
		if v.Kind() == reflect.String {
			v.SetString(s)
			return nil
		}
		if err := v.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(s)); err != nil {
			return fault(n.at, "%s", unquoted(v.Type()))
		}
	default:
		return fault(n.at, "it has no JSON form")
	}
	return nil
}

// unquoted says what a text must be, because the parser's own error may quote it.
func unquoted(t reflect.Type) string {
	if t.Size() == 16 && t.Kind() == reflect.Array {
		return "it is no UUID, for example 01890a5d-ac96-774b-bcce-b302099a8057"
	}
	return "it is not a " + strings.ToLower(t.Name())
}

func (r *reader) set(n node, v reflect.Value) error {
	list, ok := n.value.([]node)
	if s, text := n.value.(string); text {
		for w := range strings.SplitSeq(s, ",") {
			list = append(list, node{n.at, strings.TrimSpace(w)})
		}
		ok = true
	}
	if !ok {
		return fault(n.at, "it is %s, a list of words is needed", n.kind())
	}
	bits := uint64(0)
	for _, x := range list {
		s, ok := x.value.(string)
		if !ok {
			return fault(x.at, "it is %s, a word is needed", x.kind())
		}
		bit, err := setBit(v.Type(), s)
		if err != nil {
			return fault(x.at, "%v", err)
		}
		bits |= bit
	}
	v.SetUint(bits)
	return nil
}

func setBit(t reflect.Type, s string) (uint64, error) {
	v := reflect.New(t).Elem()
	for bit := range t.Bits() {
		v.SetUint(1 << bit)
		if w, err := word(v); err == nil && plain(w) == plain(s) {
			return 1 << bit, nil
		}
	}
	return 0, wordsAre(t)
}

// policy reads one in its own form, or by the name of one of the table.
func (r *reader) policy(n node, v reflect.Value) error {
	if name, ok := n.value.(string); ok {
		p, ok := policy.ByName(name)
		if !ok {
			return fault(n.at, "there is no policy of this name; give one as an object")
		}
		v.Set(reflect.ValueOf(p))
		return nil
	}
	if _, err := n.object(); err != nil {
		return err
	}
	p, err := policy.Parse(n.json(nil))
	if err != nil {
		return &Error{n.at.pointer(), strings.TrimPrefix(err.Error(), "policy: ")}
	}
	v.Set(reflect.ValueOf(p))
	return nil
}

// json writes a tree again.
func (n node) json(b []byte) []byte {
	switch x := n.value.(type) {
	case object:
		b = append(b, '{')
		for i, name := range x.names {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(append(b, quoted(name)...), ':')
			b = x.of[name].json(b)
		}
		return append(b, '}')
	case []node:
		b = append(b, '[')
		for i := range x {
			if i > 0 {
				b = append(b, ',')
			}
			b = x[i].json(b)
		}
		return append(b, ']')
	case string:
		return append(b, quoted(x)...)
	case json.Number:
		return append(b, x...)
	case bool:
		return strconv.AppendBool(b, x)
	}
	return append(b, "null"...)
}

func quoted(s string) []byte {
	b, _ := json.Marshal(s) // a string always has a form
	return b
}

// file reads the content of a file: base64 as a text, or an object that holds it
// as text, or names it.
func (r *reader) file(n node, v reflect.Value) error {
	if s, ok := n.value.(string); ok {
		return setFile(n, s, v)
	}
	o, err := n.of([]string{"base64", "text", "file"})
	if err != nil || len(o.names) != 1 {
		return fault(n.at, "a file is its content as base64, or an object with one member of base64, text and file")
	}
	name := o.names[0]
	m := o.of[name]
	s, ok := m.value.(string)
	if !ok {
		return fault(m.at, "it is %s, a text is needed", m.kind())
	}
	switch name {
	case "base64":
		return setFile(m, s, v)
	case "text":
		v.Set(reflect.ValueOf(io.Reader(strings.NewReader(s))))
		return nil
	}
	if r.refs.File == nil {
		return fault(m.at, "files cannot be named here: give the content")
	}
	src, err := r.refs.File(s)
	if err != nil {
		return fault(m.at, "there is no file of this name")
	}
	v.Set(reflect.ValueOf(&src).Elem())
	return nil
}

func setFile(n node, s string, v reflect.Value) error {
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		return fault(n.at, "it is no base64; text goes into an object as text")
	}
	v.Set(reflect.ValueOf(io.Reader(bytes.NewReader(b))))
	return nil
}

// fields fills a struct.
func (r *reader) fields(n node, v reflect.Value) error {
	t := v.Type()
	o, err := n.object()
	if r.strict {
		o, err = n.of(memberNames(t))
	}
	if err != nil {
		return err
	}
	for i := range t.NumField() {
		f := t.Field(i)
		if m, ok := o.member(snake(f.Name)); ok && f.IsExported() {
			if err := r.value(m, v.Field(i)); err != nil {
				return err
			}
		}
	}
	if t == eventType {
		return r.event(o, v)
	}
	return nil
}

// event reads what the event is about and became, for cvd.RestoreCase.
func (r *reader) event(o object, v reflect.Value) error {
	e := v.Interface().(cvd.Event)
	var d eventDetail
	if m, ok := o.member("about"); ok {
		if err := r.value(m, reflect.ValueOf(&d.about).Elem()); err != nil {
			return err
		}
	}
	if m, ok := o.member("became"); ok {
		s, ok := m.value.(string)
		if !ok {
			return fault(m.at, "it is %s, a text is needed", m.kind())
		}
		var err error
		if d.became, err = becameOf(e, s); err != nil {
			return fault(m.at, "%v", err)
		}
	}
	r.events = append(r.events, d)
	return nil
}

// becameOf finds the number of a word that Became returns for such an event.
func becameOf(e cvd.Event, s string) (uint16, error) {
	for n := range uint16(1 << 10) {
		x := e.With(0, n)
		is := x.Became()
		if is == nil {
			return 0, errors.New("such an event leads to nothing")
		}
		if is.String() == s {
			return n, nil
		}
	}
	return 0, errors.New("such an event does not lead to this")
}

// memberNames are those of a struct's exported fields.
func memberNames(t reflect.Type) (out []string) {
	for i := range t.NumField() {
		if f := t.Field(i); f.IsExported() {
			out = append(out, snake(f.Name))
		}
	}
	return out
}
