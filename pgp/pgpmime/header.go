package pgpmime

import (
	"io"
	"mime"
	"net/mail"
	"slices"
	"strings"

	"github.com/cvdkit/cvdkit/pgp"
)

// A Field is one header field, unfolded and otherwise as it came.
type Field struct{ Name, Value string }

// OuterHeader is the header that everybody on the way can read and change.
type OuterHeader struct{ fields []Field }

// Get returns the first field of the name, decoded (RFC 2047) and without
// control characters, or an empty string.
func (h OuterHeader) Get(name string) string { return decodeWords(get(h.fields, name)) }

// Fields returns all fields in order, as they came.
func (h OuterHeader) Fields() []Field { return slices.Clone(h.fields) }

// ProtectedHeader is the header inside the encrypted or signed part. Whoever
// wrote the text wrote it; who that is only a Valid signature tells.
type ProtectedHeader struct{ fields []Field }

// Get returns the first field of the name, decoded (RFC 2047) and without
// control characters, or an empty string. A nil header has no field.
func (h *ProtectedHeader) Get(name string) string { return decodeWords(get(h.list(), name)) }

// Fields returns all fields in order, as they came.
func (h *ProtectedHeader) Fields() []Field { return slices.Clone(h.list()) }

func (h *ProtectedHeader) list() []Field {
	if h == nil {
		return nil
	}
	return h.fields
}

func get(fields []Field, name string) string {
	for _, f := range fields {
		if strings.EqualFold(f.Name, name) {
			return f.Value
		}
	}
	return ""
}

func count(fields []Field, name string) (n int) {
	for _, f := range fields {
		if strings.EqualFold(f.Name, name) {
			n++
		}
	}
	return n
}

func wordDecoder() *mime.WordDecoder {
	return &mime.WordDecoder{CharsetReader: func(charset string, in io.Reader) (io.Reader, error) {
		r, _ := charsetReader(charset, in)
		return r, nil
	}}
}

func decodeWords(s string) string {
	if strings.Contains(s, "=?") {
		if out, err := wordDecoder().DecodeHeader(s); err == nil {
			s = out
		}
	}
	return strings.TrimSpace(pgp.Printable(strings.ToValidUTF8(s, "\ufffd")))
}

// addresses reads the addresses in all fields of the names. A list that is not
// well-formed gives those of its members that are.
func addresses(fields []Field, names ...string) (out []*mail.Address) {
	parser := mail.AddressParser{WordDecoder: wordDecoder()}
	for _, f := range fields {
		if !slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, f.Name) }) {
			continue
		}
		if list, err := parser.ParseList(f.Value); err == nil {
			out = append(out, list...)
			continue
		}
		for _, s := range splitAddresses(f.Value) {
			if a, err := parser.Parse(s); err == nil {
				out = append(out, a)
			} else if a := bareAddress(s); a != "" {
				out = append(out, &mail.Address{Address: a})
			}
		}
	}
	return out
}

// splitAddresses splits at commas outside quotes.
func splitAddresses(s string) []string {
	quoted := false
	return strings.FieldsFunc(s, func(r rune) bool {
		if r == '"' {
			quoted = !quoted
		}
		return r == ',' && !quoted
	})
}

// bareAddress finds the address in what is no well-formed mailbox: the one in
// angle brackets, if they stand at the end, or the whole.
func bareAddress(s string) string {
	s = strings.TrimSpace(s)
	if i := strings.LastIndexByte(s, '<'); i >= 0 && strings.HasSuffix(s, ">") {
		s = s[i+1 : len(s)-1]
	}
	if a, err := mail.ParseAddress("<" + strings.Trim(s, "<> ") + ">"); err == nil {
		return a.Address
	}
	return ""
}

func bare(list []*mail.Address) (out []string) {
	for _, a := range list {
		if s := strings.ToLower(a.Address); !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// messageIDs returns the identifiers in a field, without angle brackets.
func messageIDs(s string) (out []string) {
	for len(out) < 100 {
		_, rest, ok := strings.Cut(s, "<")
		id, after, end := strings.Cut(rest, ">")
		if !ok || !end {
			break
		}
		if id = strings.Map(visible, id); id != "" {
			out = append(out, id)
		}
		s = after
	}
	if s = strings.Map(visible, s); len(out) == 0 && s != "" {
		out = append(out, s)
	}
	return out
}

func visible(r rune) rune {
	if r <= ' ' || r == '<' || r == '>' || r >= 0x7f {
		return -1
	}
	return r
}
