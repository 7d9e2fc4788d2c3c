package portal

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"
	"unicode"

	"github.com/cvdkit/cvdkit/cvd"
)

// form is what a browser sent. Texts are kept as they are read; files go to the
// Service part by part, and are never held as a whole.
type form struct {
	values map[string]string
	files  []file
	errors []problem

	began  time.Time
	cut    bool          // more came than is read: what stood behind it is missing
	large  bool          // the files are larger than may be
	many   bool          // there are more files than may be
	wait   time.Duration // before the source may send files again; they were not stored
	unkept bool          // there were files, and they were not stored
}

// file is one that the Service has stored, and that no record names yet.
type file struct {
	Name, Type   string
	Upload       cvd.Upload
	Fingerprints []string
}

var errBroken = errors.New("portal: the request broke off")

const (
	maxParts   = 200
	maxKeyFile = 64 << 10 // an OpenPGP key of which the fingerprint is shown
	textParts  = 8        // all texts together, in times of the limit for one
)

// readForm reads a form. Before the first file, store says for which case files are
// to be stored; false: they are read and thrown away, because the form cannot be
// taken as it is. The caller discards what it does not use. An error means that the
// request broke off; nothing of it remains.
func (q *request) readForm(store func(*form) (cvd.CaseID, bool)) (*form, error) {
	l := q.cfg.Limits
	f := &form{values: map[string]string{}, began: q.cfg.Now()}
	body := &drained{src: q.r.Body, limit: l.Upload + int64(textParts*l.Text), drain: l.Drain, time: l.DrainTime, now: q.cfg.Now}
	typ, params, err := mime.ParseMediaType(q.r.Header.Get("Content-Type"))
	switch {
	case err == nil && typ == "application/x-www-form-urlencoded":
		return f, f.readURL(body, l)
	case err != nil || typ != "multipart/form-data" || params["boundary"] == "":
		return f, errBroken
	}
	parts := multipart.NewReader(body, params["boundary"])
	texts := int64(textParts * l.Text)
	var of cvd.CaseID
	stores, asked := false, false
	for n := 0; ; n++ {
		part, err := parts.NextPart()
		if err == io.EOF {
			return f, nil
		}
		if err == nil && n == maxParts {
			f.cut = true
			return f, body.rest()
		}
		if err != nil {
			return f, q.broken(f, body, err)
		}
		name, filename := part.FormName(), baseName(part.FileName())
		switch {
		case filename != "":
			if !asked {
				of, stores = store(f)
				asked = true
			}
			if stores && len(f.files) == 0 && f.wait == 0 {
				f.wait = q.bytes.empty(q.cfg.Source(q.r), f.began)
			}
			if !stores || f.large || f.wait > 0 || body.over {
				f.unkept = true
				break
			}
			if len(f.files) >= l.Files {
				f.many = true
				break
			}
			err = q.storePart(f, part, filename, &of)
		case part.FileName() == "" && !isFile(part):
			err = f.readText(part, name, int64(l.Text), &texts)
		}
		if err != nil {
			return f, q.broken(f, body, err)
		}
	}
}

// isFile tells a file field in which nothing was chosen from a text.
func isFile(p *multipart.Part) bool {
	_, params, _ := mime.ParseMediaType(p.Header.Get("Content-Disposition"))
	_, ok := params["filename"]
	return ok
}

// broken says what an error while reading means: more came than is read, or the
// request broke off, and then nothing of it remains.
func (q *request) broken(f *form, body *drained, err error) error {
	if body.ended {
		f.cut, f.large = true, true
		return nil
	}
	q.discard(f)
	switch {
	case body.err != nil, q.ctx.Err() != nil, errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, multipart.ErrMessageTooLarge):
		return errBroken
	case errors.As(err, new(*storeError)):
		return err
	}
	return errBroken // it is no form
}

// storeError is what the Service said of a file.
type storeError struct{ error }

func (e *storeError) Unwrap() error { return e.error }

// storePart streams a file to the Service.
func (q *request) storePart(f *form, part *multipart.Part, name string, of *cvd.CaseID) error {
	x := file{Name: name, Type: mediaType(part.Header.Get("Content-Type"))}
	left := q.cfg.Limits.Upload
	for _, y := range f.files {
		left -= y.Upload.Size
	}
	src := &limited{src: part, left: left}
	if q.cfg.Fingerprint != nil && isKey(name) {
		src.head = new(bytes.Buffer)
	}
	up, err := q.svc.Upload(q.ctx, *of, src)
	switch {
	case src.over || err != nil && src.err == nil && src.read > 0 && errors.Is(err, cvd.ErrInput):
		f.large = true
		return nil
	case err != nil && src.err != nil:
		return src.err
	case err != nil:
		return &storeError{err}
	}
	*of = up.Case
	x.Upload = up
	if src.head != nil && src.head.Len() <= maxKeyFile {
		x.Fingerprints = q.fingerprints(src.head.Bytes())
	}
	f.files = append(f.files, x)
	q.bytes.add(q.cfg.Source(q.r), f.began, kib(up.Size))
	return nil
}

// kib is a size as Limits.Bytes counts it: a file costs something, however small.
func kib(size int64) int64 { return size>>10 + 1 }

func (p *Portal) fingerprints(key []byte) []string {
	if p.cfg.Fingerprint == nil || len(key) == 0 {
		return nil
	}
	all, err := p.cfg.Fingerprint(key)
	if err != nil {
		return nil // it is no key: kept as a file like any other
	}
	return all[:min(len(all), 5)]
}

func isKey(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".asc", ".pgp", ".gpg", ".key":
		return true
	}
	return false
}

// readText reads a text field. One that is too long keeps what was read.
func (f *form) readText(src io.Reader, name string, limit int64, left *int64) error {
	most := min(2*limit, *left)
	b, err := io.ReadAll(io.LimitReader(src, most))
	if err != nil {
		return err
	}
	*left -= int64(len(b))
	f.put(name, string(b))
	_, err = io.Copy(io.Discard, src)
	return err
}

func (f *form) put(name, value string) {
	if _, twice := f.values[name]; !twice && name != "" && len(name) < 64 {
		f.values[name] = clean(value)
	}
}

func (f *form) readURL(src io.Reader, l Limits) error {
	b, err := io.ReadAll(io.LimitReader(src, int64(textParts*l.Text)))
	if err != nil {
		return errBroken
	}
	v, err := url.ParseQuery(string(b))
	if err != nil && len(v) == 0 {
		return errBroken
	}
	for name := range v {
		f.put(name, v.Get(name))
	}
	return nil
}

// clean makes a text what the Service takes: UTF-8 without control characters, with
// one kind of line break.
func clean(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	s = strings.ReplaceAll(s, "\r\n", "\n")
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case r == '\r':
			return '\n'
		case unicode.IsControl(r):
			return -1
		}
		return r
	}, s)
}

// line is a text on one line.
func line(s string) string { return strings.Join(strings.Fields(s), " ") }

// baseName is the name of a file without its folders, and without what could
// disturb where it is shown.
func baseName(s string) string {
	s = line(clean(s))
	if i := strings.LastIndexAny(s, `/\`); i >= 0 {
		s = s[i+1:]
	}
	for len(s) > 200 {
		ext := path.Ext(s)
		if len(ext) > 20 {
			ext = ""
		}
		s = strings.ToValidUTF8(s[:200-len(ext)], "") + ext
	}
	return s
}

// mediaType is the type that a file claims. Nobody believes it.
func mediaType(s string) string {
	typ, _, err := mime.ParseMediaType(s)
	if err != nil || len(typ) > 100 {
		return "application/octet-stream"
	}
	return typ
}

// discard removes files that are not used. What cannot be removed now, the
// Service's Sweep removes later.
func (q *request) discard(f *form) {
	for _, x := range f.files {
		q.bytes.add(q.cfg.Source(q.r), f.began, -kib(x.Upload.Size))
		if err := q.svc.Discard(context.WithoutCancel(q.ctx), x.Upload); err != nil {
			q.problem(q.ctx, err)
		}
	}
	f.unkept = f.unkept || len(f.files) > 0
	f.files = nil
}

// limited reads at most left bytes of a part, and remembers why it ended.
type limited struct {
	src  io.Reader
	left int64
	read int64
	over bool
	err  error
	head *bytes.Buffer
}

var errOver = errors.New("portal: more was sent than may be")

func (x *limited) Read(b []byte) (int, error) {
	n, err := x.src.Read(b)
	x.read += int64(n)
	if x.left -= int64(n); x.left < 0 {
		x.over = true
		return 0, errOver
	}
	if x.head != nil && x.head.Len() <= maxKeyFile {
		x.head.Write(b[:n])
	}
	if err != nil && err != io.EOF {
		x.err = err
	}
	return n, err
}

// drained reads a request's body to its end even if more comes than may be, so that
// the browser is there for the answer; but not for ever.
type drained struct {
	src          io.Reader
	limit, drain int64
	time         time.Duration
	now          func() time.Time

	since time.Time // when the limit was passed
	over  bool
	ended bool
	err   error
}

func (x *drained) Read(b []byte) (int, error) {
	if x.ended {
		return 0, errOver
	}
	n, err := x.src.Read(b)
	x.limit -= int64(n)
	if x.limit < 0 {
		if !x.over {
			x.over, x.since = true, x.now()
		}
		if -x.limit > x.drain || x.now().Sub(x.since) > x.time {
			x.ended = true
			return 0, errOver
		}
	}
	if err != nil && err != io.EOF {
		x.err = err
	}
	return n, err
}

// rest reads what is left.
func (x *drained) rest() error {
	if _, err := io.Copy(io.Discard, x); err != nil && !x.ended {
		return errBroken
	}
	return nil
}

var _ http.Handler = (*Portal)(nil)
