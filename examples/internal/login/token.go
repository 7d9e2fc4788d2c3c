package login

import (
	"bytes"
	"crypto/hmac"
	"encoding/base64"
	"encoding/binary"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// A token has three parts: when it was made; a MAC with the session, which says that
// this browser was shown the form; and a MAC with the name, which says that this
// person was, perhaps in a session that has ended. The first lets a form through. The
// second only lets what was typed be shown again, to be sent once more.
const (
	tokenSize = 8 + 16 + 16
	tokenLife = 24 * time.Hour
	maxField  = 1 << 20 // what is kept of a form whose session has ended
)

func (l *Login) token(bound, name string) string {
	made := binary.BigEndian.AppendUint64(nil, uint64(l.cfg.Now().Unix()))
	a, b := keyed(l.cfg.Secret, "form", string(made), bound), keyed(l.cfg.Secret, "shown", string(made), name)
	return base64.RawURLEncoding.EncodeToString(append(append(made, a[:16]...), b[:16]...))
}

func (l *Login) readToken(s string) []byte {
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil || len(b) != tokenSize {
		return nil
	}
	if age := l.cfg.Now().Sub(time.Unix(int64(binary.BigEndian.Uint64(b)), 0)); age < -time.Minute || age > tokenLife {
		return nil
	}
	return b
}

// tokenFits says whether a form was shown in this session.
func (l *Login) tokenFits(s, bound string) bool {
	b := l.readToken(s)
	if b == nil {
		return false
	}
	m := keyed(l.cfg.Secret, "form", string(b[:8]), bound)
	return hmac.Equal(m[:16], b[8:24])
}

// tokenShown says whether a form was shown to somebody, in whichever session.
func (l *Login) tokenShown(s, name string) bool {
	b := l.readToken(s)
	if b == nil {
		return false
	}
	m := keyed(l.cfg.Secret, "shown", string(b[:8]), name)
	return hmac.Equal(m[:16], b[24:])
}

// takeToken reads the token of a request and leaves its body as it was. In a
// form with files it is the first field: nothing of a file is read before.
func takeToken(w http.ResponseWriter, r *http.Request) (string, error) {
	if t := r.Header.Get("X-CSRF-Token"); t != "" {
		return t, nil
	}
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return "", nil
	}
	switch kind {
	case "application/x-www-form-urlencoded":
		r.Body = http.MaxBytesReader(w, r.Body, 10<<20)
		if err := r.ParseForm(); err != nil {
			return "", err
		}
		return r.PostForm.Get("csrf"), nil
	case "multipart/form-data":
		body := r.Body
		var seen bytes.Buffer
		first, err := multipart.NewReader(io.TeeReader(io.LimitReader(body, 64<<10), &seen), params["boundary"]).NextPart()
		token := ""
		if err == nil && first.FormName() == "csrf" && first.FileName() == "" {
			b, _ := io.ReadAll(io.LimitReader(first, 200))
			token = string(b)
		}
		r.Body = struct {
			io.Reader
			io.Closer
		}{io.MultiReader(&seen, body), body}
		return token, nil
	}
	return "", nil
}

// readFields reads what was typed in a form that cannot be taken now. Files are
// not kept: they lie where they lay.
func readFields(w http.ResponseWriter, r *http.Request) []field {
	var out []field
	left := maxField
	add := func(name, value string) {
		if left -= len(name) + len(value); left >= 0 && name != "csrf" {
			out = append(out, field{name, value})
		}
	}
	if r.PostForm == nil {
		kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
		if err != nil || kind != "multipart/form-data" {
			return nil
		}
		all := multipart.NewReader(http.MaxBytesReader(w, r.Body, 64<<20), params["boundary"])
		for {
			p, err := all.NextPart()
			if err != nil {
				return out
			}
			if p.FileName() != "" || left <= 0 {
				continue
			}
			b, err := io.ReadAll(io.LimitReader(p, int64(left)))
			if err != nil {
				return out
			}
			add(p.FormName(), string(b))
		}
	}
	for name, values := range r.PostForm {
		for _, v := range values {
			add(name, v)
		}
	}
	return out
}

// withFiles says whether a form was sent as those with files are.
func withFiles(r *http.Request) bool {
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return kind == "multipart/form-data"
}

type field struct{ Name, Value string }

// local returns a path of this site, or "/" for anything that a browser might take
// for another site's, or a header's end.
func local(next string) string {
	u, err := url.Parse(next)
	if err != nil || len(next) > 4096 || !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") ||
		strings.ContainsFunc(next, func(r rune) bool { return r <= ' ' || r == 0x7f || r == '\\' }) ||
		u.Scheme != "" || u.Host != "" || u.Opaque != "" || strings.HasPrefix(u.Path, "//") || strings.Contains(u.Path, `\`) {
		return "/"
	}
	return u.RequestURI()
}
