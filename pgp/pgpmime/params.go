package pgpmime

import (
	"bytes"
	"io"
	"net/url"
	"strings"
	"unicode"

	"github.com/cvdkit/cvdkit/pgp"
)

// parseParams reads "value; name=value; …" as Content-Type and
// Content-Disposition have it (RFC 2045, section 5.1, and RFC 2231), and takes
// what programs make of it: a parameter without value, unquoted blanks, comments.
// Names are in lower case. Of a parameter that stands twice the first counts.
func parseParams(s string) (value string, params map[string]string) {
	value, rest := cutParam(s)
	value, _, _ = strings.Cut(value, "(")
	value = strings.ToLower(strings.TrimSpace(value))
	params = map[string]string{}
	pieces := map[string]string{} // RFC 2231: name*0, name*1*, …
	for n := 0; rest != "" && n < maxParams; n++ {
		var p string
		p, rest = cutParam(rest)
		name, v, _ := strings.Cut(p, "=")
		name = strings.ToLower(strings.TrimSpace(name))
		if name == "" {
			continue
		}
		into := params
		if strings.Contains(name, "*") {
			into = pieces
		}
		if _, twice := into[name]; !twice {
			into[name] = unquote(strings.TrimSpace(v))
		}
	}
	for name := range pieces {
		base, _, _ := strings.Cut(name, "*")
		if v, ok := joinPieces(pieces, base); ok {
			params[base] = v // the form with a charset has precedence
		}
	}
	return value, params
}

const maxParams = 100

// cutParam splits at the first semicolon outside quotes.
func cutParam(s string) (first, rest string) {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && quoted:
			i++
		case s[i] == '"':
			quoted = !quoted
		case s[i] == ';' && !quoted:
			return s[:i], s[i+1:]
		}
	}
	return s, ""
}

func unquote(s string) string {
	if !strings.HasPrefix(s, `"`) {
		return s
	}
	var b strings.Builder
	for i := 1; i < len(s) && s[i] != '"'; i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// joinPieces puts together the continuations and charsets of RFC 2231.
func joinPieces(pieces map[string]string, base string) (string, bool) {
	charset := ""
	var raw strings.Builder
	take := func(v string, encoded, first bool) {
		if !encoded {
			raw.WriteString(v)
			return
		}
		if parts := strings.SplitN(v, "'", 3); first && len(parts) == 3 {
			charset, v = parts[0], parts[2]
		}
		if u, err := url.PathUnescape(v); err == nil {
			v = u
		}
		raw.WriteString(v)
	}
	if v, ok := pieces[base+"*"]; ok {
		take(v, true, true)
	} else {
		n := 0
		for ; n < maxParams; n++ {
			key := base + "*" + itoa(n)
			if v, ok := pieces[key+"*"]; ok {
				take(v, true, n == 0)
			} else if v, ok := pieces[key]; ok {
				take(v, false, false)
			} else {
				break
			}
		}
		if n == 0 {
			return "", false
		}
	}
	if charset == "" {
		return raw.String(), true
	}
	r, _ := charsetReader(charset, strings.NewReader(raw.String()))
	var out bytes.Buffer
	io.Copy(&out, r) // decoders do not fail
	return out.String(), true
}

// cleanName makes a file name a label that leads nowhere: without directories,
// control characters and those that reorder text, and never only dots.
func cleanName(name string) string {
	name = decodeWords(name)
	if i := strings.LastIndexAny(name, `/\`); i >= 0 {
		name = name[i+1:]
	}
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || strings.ContainsRune(`:*?"<>|`, r) {
			return '_'
		}
		return r
	}, pgp.Printable(name))
	name = strings.TrimRight(strings.TrimSpace(name), ". ")
	for strings.Contains(name, "..") {
		name = strings.ReplaceAll(name, "..", ".")
	}
	if len(name) > maxName {
		name = strings.ToValidUTF8(name[:maxName/2], "") + "…" + strings.ToValidUTF8(name[len(name)-maxName/2:], "")
	}
	return name
}

const maxName = 200
