package cvdjson

import (
	"encoding"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
)

// writer builds a JSON text. Members come in the order of the fields.
type writer struct {
	buf []byte
	you cvd.PartyID // for whom a case was viewed; 0: the team, or the public
}

func (w *writer) name(first *bool, name string) {
	if !*first {
		w.buf = append(w.buf, ',')
	}
	*first = false
	w.buf = append(strconv.AppendQuote(w.buf, name), ':')
}

func (w *writer) text(s string) error {
	b, err := json.Marshal(s)
	w.buf = append(w.buf, b...)
	return err
}

// value writes a value. bare leaves out the words of values that are zero: of what
// a viewer sees only in part they would say something that is not so.
func (w *writer) value(v reflect.Value, bare bool) error {
	switch formOf(v.Type()) {
	case formStruct:
		w.buf = append(w.buf, '{')
		first := true
		if err := w.fields(&first, v, bare); err != nil {
			return err
		}
		w.buf = append(w.buf, '}')
	case formList:
		w.buf = append(w.buf, '[')
		for i := range v.Len() {
			if i > 0 {
				w.buf = append(w.buf, ',')
			}
			if err := w.value(v.Index(i), bare || w.hidden(v.Index(i))); err != nil {
				return err
			}
		}
		w.buf = append(w.buf, ']')
	case formMap:
		w.buf = append(w.buf, '{')
		first := true
		keys := v.MapKeys()
		slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
		for _, k := range keys {
			name, err := json.Marshal(k.String())
			if err != nil {
				return err
			}
			if !first {
				w.buf = append(w.buf, ',')
			}
			first = false
			w.buf = append(append(w.buf, name...), ':')
			if err := w.value(v.MapIndex(k), bare); err != nil {
				return err
			}
		}
		w.buf = append(w.buf, '}')
	case formPointer:
		if v.IsNil() {
			w.buf = append(w.buf, "null"...)
			return nil
		}
		return w.value(v.Elem(), bare)
	case formFile:
		return w.file(v)
	default:
		return w.leaf(v)
	}
	return nil
}

func (w *writer) leaf(v reflect.Value) error {
	switch formOf(v.Type()) {
	case formTime:
		s, err := formatTime(v.Interface().(time.Time))
		if err != nil {
			return err
		}
		return w.text(s)
	case formDuration:
		return w.text(formatDuration(time.Duration(v.Int())))
	case formPolicy:
		b, err := json.Marshal(v.Interface())
		w.buf = append(w.buf, b...)
		return err
	case formSet:
		w.buf = append(w.buf, '[')
		one := reflect.New(v.Type()).Elem()
		first := true
		for bit := range v.Type().Bits() {
			if v.Uint()&(1<<bit) == 0 {
				continue
			}
			one.SetUint(1 << bit)
			s, err := word(one)
			if err != nil {
				return err
			}
			if !first {
				w.buf = append(w.buf, ',')
			}
			first = false
			if err := w.text(s); err != nil {
				return err
			}
		}
		w.buf = append(w.buf, ']')
	case formText:
		if v.Kind() == reflect.String { // also a cvd.Private: the caller asked for its text
			return w.text(v.String())
		}
		fallthrough
	case formWord:
		b, err := v.Interface().(encoding.TextMarshaler).MarshalText()
		if err != nil {
			return err
		}
		return w.text(string(b))
	case formInt:
		w.buf = strconv.AppendInt(w.buf, v.Int(), 10)
	case formUint:
		w.buf = strconv.AppendUint(w.buf, v.Uint(), 10)
	case formFloat:
		b, err := json.Marshal(v.Float())
		w.buf = append(w.buf, b...)
		return err
	case formBool:
		w.buf = strconv.AppendBool(w.buf, v.Bool())
	default:
		return fmt.Errorf("cvdjson: %s has no JSON form", v.Type())
	}
	return nil
}

// hidden tells of an element of a case of which the viewer sees only that it is
// there, or in which role: cvd blanks the rest.
func (w *writer) hidden(v reflect.Value) bool {
	if v = reflect.Indirect(v); !v.IsValid() {
		return false
	}
	if v.Type() == partyType {
		return w.you != 0 && v.FieldByName("ID").Uint() != uint64(w.you)
	}
	if v.Kind() != reflect.Struct || !v.FieldByName("ID").IsValid() {
		return false
	}
	rest := reflect.New(v.Type()).Elem()
	rest.Set(v)
	rest.FieldByName("ID").SetZero()
	return exportedZero(rest)
}

func exportedZero(v reflect.Value) bool {
	for i := range v.NumField() {
		if v.Type().Field(i).IsExported() && !zero(v.Field(i)) {
			return false
		}
	}
	return true
}

// zero tells of a value that is absent: nothing is known of it. Lists are absent
// where they are empty.
func zero(v reflect.Value) bool {
	switch formOf(v.Type()) {
	case formList, formMap:
		return v.Len() == 0
	case formStruct:
		return exportedZero(v)
	case formTime:
		return v.Interface().(time.Time).IsZero()
	}
	return v.IsZero()
}

// fields writes the exported fields of a struct as members.
func (w *writer) fields(first *bool, v reflect.Value, bare bool) error {
	t := v.Type()
	for i := range t.NumField() {
		f := t.Field(i)
		x := v.Field(i)
		always := !bare && (formOf(f.Type) == formWord && saysSomething(f.Type) || f.Type == embargoType)
		if !f.IsExported() || zero(x) && !always {
			continue
		}
		w.name(first, snake(f.Name))
		inner := bare
		if t == messageType && f.Name == "Deliveries" && w.you != 0 && v.FieldByName("From").Uint() != uint64(w.you) {
			inner = true // how a message of another got on is not seen
		}
		if err := w.value(x, inner); err != nil {
			return err
		}
	}
	return w.derived(first, v)
}

// derived writes what follows from other fields, for readers that have no Go.
func (w *writer) derived(first *bool, v reflect.Value) error {
	var members []derivation
	switch v.Type() {
	case eventType:
		e := v.Interface().(cvd.Event)
		if about := e.About(); about != nil && !reflect.ValueOf(about).IsZero() {
			members = append(members, derivation{"about", reflect.ValueOf(about)})
		}
		if became := e.Became(); became != nil {
			members = append(members, derivation{"became", reflect.ValueOf(became.String())})
		}
	case embargoType:
		e := v.Interface().(cvd.Embargo)
		if ends, ok := e.Ends(); ok {
			members = append(members, derivation{"ends", reflect.ValueOf(ends)})
		}
	case caseType:
		c := v.Addr().Interface().(*cvd.Case)
		if len(c.Participants) > 0 {
			members = append(members, derivation{"rm", reflect.ValueOf(c.RM())})
		}
		if r := c.Rating(); r != cvd.RatingUnknown {
			members = append(members, derivation{"rating", reflect.ValueOf(r)})
		}
	}
	for _, m := range members {
		w.name(first, m.name)
		if err := w.value(m.value, false); err != nil {
			return err
		}
	}
	return nil
}

type derivation struct {
	name  string
	value reflect.Value
}

// saysSomething tells of an enumeration whose zero is a word, and not for what is
// unknown or has not come to pass.
func saysSomething(t reflect.Type) bool {
	if t == reflect.TypeFor[cvd.EndReason]() || t == reflect.TypeFor[cvd.Dismissal]() {
		return false
	}
	s, err := word(reflect.New(t).Elem())
	return err == nil && s != ""
}

func (w *writer) file(v reflect.Value) error {
	r, _ := v.Interface().(io.Reader)
	switch r.(type) {
	case cvd.Upload, *cvd.Upload:
		return errors.New("cvdjson: an Upload has no JSON form: it is of one Service; see Decoder.File")
	}
	b, err := io.ReadAll(r)
	if err != nil {
		return fmt.Errorf("cvdjson: reading a file: %w", err)
	}
	w.buf = append(w.buf, '"')
	w.buf = base64.StdEncoding.AppendEncode(w.buf, b)
	w.buf = append(w.buf, '"')
	return nil
}
