package cvdjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"unicode/utf8"
)

// Error says what in a JSON text is not as it must be, and where. It never quotes a
// value of it.
type Error struct {
	Pointer string // RFC 6901; "" is the whole
	Problem string // what must be there instead
}

// Error says where, and what must be there.
func (e *Error) Error() string {
	if e.Pointer == "" {
		return "cvdjson: " + e.Problem
	}
	return "cvdjson: " + e.Pointer + ": " + e.Problem
}

func fault(at *place, format string, args ...any) error {
	p := at.pointer()
	if len(p) > 256 {
		p = p[:256] + "…" // the name of a member is of any length
	}
	return &Error{p, fmt.Sprintf(format, args...)}
}

// place is where a value stands. Its pointer is written only where it is asked for:
// names may be long, and lists too.
type place struct {
	up    *place // nil: the whole
	name  string
	index int
	list  bool // it is an element, by its index
}

func (p *place) member(name string) *place { return &place{up: p, name: name} }
func (p *place) element(i int) *place      { return &place{up: p, index: i, list: true} }

func (p *place) pointer() string {
	if p == nil {
		return ""
	}
	step := strconv.Itoa(p.index)
	if !p.list {
		step = escape(p.name)
	}
	return p.up.pointer() + "/" + step
}

// maxDepth bounds the nesting; what we write is not deeper than eight.
const maxDepth = 32

// node is a JSON value that was read: a string, json.Number, bool, nil, []node or object.
type node struct {
	at    *place
	value any
}

type object struct {
	names []string
	of    map[string]node
}

// member returns a member and whether it is there.
func (o object) member(name string) (node, bool) { n, ok := o.of[name]; return n, ok }

func parse(data []byte) (node, error) {
	if !utf8.Valid(data) {
		return node{}, fault(nil, "it is not UTF-8 at byte %d", invalidAt(data))
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	n, err := parseValue(d, nil, 0)
	if err == nil {
		if _, more := d.Token(); !errors.Is(more, io.EOF) {
			err = fault(nil, "there is something behind its end at byte %d", d.InputOffset())
		}
	}
	return n, err
}

func invalidAt(data []byte) int {
	for i := 0; i < len(data); {
		r, n := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return len(data)
}

func parseValue(d *json.Decoder, at *place, depth int) (node, error) {
	n := node{at: at}
	if depth > maxDepth {
		return n, fault(at, "it is nested deeper than %d", maxDepth)
	}
	t, err := d.Token()
	if err != nil {
		return n, notJSON(d, at, err)
	}
	switch t {
	case json.Delim('{'):
		o := object{of: map[string]node{}}
		for d.More() {
			t, err := d.Token()
			if err != nil {
				return n, notJSON(d, at, err)
			}
			name, _ := t.(string)
			here := at.member(name)
			if _, twice := o.of[name]; twice {
				return n, fault(here, "it is there twice")
			}
			v, err := parseValue(d, here, depth+1)
			if err != nil {
				return n, err
			}
			o.of[name] = v
			o.names = append(o.names, name)
		}
		n.value = o
	case json.Delim('['):
		list := []node{}
		for d.More() {
			v, err := parseValue(d, at.element(len(list)), depth+1)
			if err != nil {
				return n, err
			}
			list = append(list, v)
		}
		n.value = list
	default:
		n.value = t
		return n, nil
	}
	if _, err := d.Token(); err != nil { // the end of the list or object
		return n, notJSON(d, at, err)
	}
	return n, nil
}

func notJSON(d *json.Decoder, at *place, err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fault(at, "it ends too early")
	}
	return fault(at, "it is not JSON at byte %d", d.InputOffset())
}

// object returns the members, whatever they are.
func (n node) object() (object, error) {
	o, ok := n.value.(object)
	if !ok {
		return o, fault(n.at, "it is %s, an object is needed", n.kind())
	}
	return o, nil
}

// of returns the members, of which there may be only these.
func (n node) of(known []string) (object, error) {
	o, err := n.object()
	if err != nil {
		return o, err
	}
	for _, name := range o.names {
		if !slices.Contains(known, name) {
			return o, fault(n.at.member(name), "there is no such member; there are: %s", listed(known))
		}
	}
	return o, nil
}

// kind says what a value is, without saying which.
func (n node) kind() string {
	switch n.value.(type) {
	case object:
		return "an object"
	case []node:
		return "a list"
	case string:
		return "a text"
	case json.Number:
		return "a number"
	case bool:
		return "true or false"
	}
	return "null"
}

// listed names what there is, some of it where that is much.
func listed(words []string) string {
	var b bytes.Buffer
	for i, w := range words {
		if i == 40 {
			b.WriteString(", …")
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(w)
	}
	return b.String()
}
