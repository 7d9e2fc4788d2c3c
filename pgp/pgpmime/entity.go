package pgpmime

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/quotedprintable"
	"strings"
)

// Errors that a host branches on, besides those of package pgp.
var (
	// ErrMalformed means a structure that no reader should guess at.
	ErrMalformed = errors.New("pgpmime: malformed mail")
	// ErrLimit means that a mail exceeds a limit.
	ErrLimit = errors.New("pgpmime: limit exceeded")
)

// The limits of a mail.
const (
	maxMail   = 64 << 20
	maxHeader = 256 << 10
	maxFields = 1000
	maxDepth  = 16
	maxParts  = 500
)

// entity is a MIME entity as it came, so that signed bytes stay untouched.
type entity struct {
	raw    []byte // header and body
	fields []Field
	body   []byte
	media  string // lower case, "text/plain" if not stated
	params map[string]string
}

// A Field is one header field.
type Field struct{ Name, Value string }

func get(fields []Field, name string) string {
	for _, f := range fields {
		if strings.EqualFold(f.Name, name) {
			return f.Value
		}
	}
	return ""
}

// parseEntity splits header and body. Only structure is an error; a field that
// is not one is skipped.
func parseEntity(raw []byte) (*entity, error) {
	e := &entity{raw: raw}
	rest := raw
	for {
		line, next, more := cutLine(rest)
		if !more || len(line) == 0 {
			e.body = next
			break
		}
		if len(raw)-len(next) > maxHeader || len(e.fields) > maxFields {
			return nil, fmt.Errorf("%w: header", ErrLimit)
		}
		rest = next
		if line[0] == ' ' || line[0] == '\t' {
			if n := len(e.fields); n > 0 {
				e.fields[n-1].Value += " " + string(bytes.TrimSpace(line))
			}
			continue
		}
		name, value, ok := bytes.Cut(line, []byte(":"))
		if ok && isFieldName(name) {
			e.fields = append(e.fields, Field{string(name), string(bytes.TrimSpace(value))})
		}
	}
	types := 0
	for _, f := range e.fields {
		if strings.EqualFold(f.Name, "Content-Type") {
			types++
		}
	}
	if types > 1 {
		return nil, fmt.Errorf("%w: two Content-Type fields", ErrMalformed)
	}
	e.media = "text/plain"
	if v := get(e.fields, "Content-Type"); v != "" {
		if m, p, err := mime.ParseMediaType(v); err == nil {
			e.media, e.params = m, p
		} else {
			e.media = "application/octet-stream"
		}
	}
	return e, nil
}

func isFieldName(name []byte) bool {
	for _, c := range name {
		if c <= ' ' || c >= 0x7f {
			return false
		}
	}
	return len(name) > 0
}

// cutLine splits off a line without its LF or CRLF.
func cutLine(b []byte) (line, rest []byte, more bool) {
	if len(b) == 0 {
		return nil, nil, false
	}
	line, rest, _ = bytes.Cut(b, []byte("\n"))
	return bytes.TrimSuffix(line, []byte("\r")), rest, true
}

// split returns the raw parts of a multipart body (RFC 2046, section 5.1). The
// line end before a delimiter belongs to the delimiter.
func (e *entity) split() ([][]byte, error) {
	boundary := e.params["boundary"]
	if boundary == "" || len(boundary) > 200 {
		return nil, fmt.Errorf("%w: multipart without boundary", ErrMalformed)
	}
	delimiter := []byte("--" + boundary)
	var parts [][]byte
	start := -1
	for at := 0; at < len(e.body); {
		line, rest, _ := cutLine(e.body[at:])
		next := len(e.body) - len(rest)
		if tail, ok := bytes.CutPrefix(line, delimiter); ok {
			last := bytes.HasPrefix(tail, []byte("--"))
			if tail = bytes.TrimSpace(bytes.TrimPrefix(tail, []byte("--"))); len(tail) == 0 {
				if start >= 0 {
					parts = append(parts, trimLineEnd(e.body[start:at]))
				}
				if len(parts) > maxParts {
					return nil, fmt.Errorf("%w: more than %d parts", ErrLimit, maxParts)
				}
				if start = next; last {
					return parts, nil
				}
			}
		}
		at = next
	}
	if start < 0 {
		return nil, fmt.Errorf("%w: multipart without parts", ErrMalformed)
	}
	return append(parts, e.body[min(start, len(e.body)):]), nil // cut short: the last part has no end
}

func trimLineEnd(b []byte) []byte {
	b = bytes.TrimSuffix(b, []byte("\n"))
	return bytes.TrimSuffix(b, []byte("\r"))
}

// children parses the parts of a multipart.
func (e *entity) children() ([]*entity, error) {
	raw, err := e.split()
	if err != nil {
		return nil, err
	}
	out := make([]*entity, len(raw))
	for i, r := range raw {
		if out[i], err = parseEntity(r); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// content decodes the transfer encoding of a leaf. Damage gives what could be
// decoded.
func (e *entity) content() []byte {
	switch strings.ToLower(strings.TrimSpace(get(e.fields, "Content-Transfer-Encoding"))) {
	case "base64":
		clean := bytes.Map(func(r rune) rune {
			if r < 0x80 && (r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '+' || r == '/') {
				return r
			}
			return -1
		}, e.body)
		if len(clean)%4 == 1 {
			clean = clean[:len(clean)-1] // one character is no octet
		}
		out := make([]byte, base64.RawStdEncoding.DecodedLen(len(clean)))
		n, _ := base64.RawStdEncoding.Decode(out, clean)
		return out[:n]
	case "quoted-printable":
		out, _ := io.ReadAll(quotedprintable.NewReader(bytes.NewReader(e.body)))
		return out
	}
	return e.body
}

// fileName is the name that the sender gave, as a label and not a path.
func (e *entity) fileName() string {
	name := ""
	if _, p, err := mime.ParseMediaType(get(e.fields, "Content-Disposition")); err == nil {
		name = p["filename"]
	}
	if name == "" {
		name = e.params["name"]
	}
	if decoded, err := new(mime.WordDecoder).DecodeHeader(name); err == nil {
		name = decoded
	}
	if i := strings.LastIndexAny(name, `/\`); i >= 0 {
		name = name[i+1:]
	}
	return name
}

// crlf makes all line ends CRLF, as RFC 3156, section 5, signs them: mail that
// was stored with LF verifies.
func crlf(b []byte) []byte {
	b = bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n"))
	return bytes.ReplaceAll(b, []byte("\n"), []byte("\r\n"))
}
