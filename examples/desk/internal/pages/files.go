package pages

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"path"
	"strings"
	"unicode"

	"github.com/cvdkit/cvdkit/cvd"
)

const (
	mostUpload = 100e6 // bytes of the files of one form, unless Config.Upload says it
	mostFiles  = 20    // of one form
	mostParts  = 200
)

// filesField asks for files. It stands last in a form: what is too large then takes no
// text with it.
func (q *request) filesField(who string) field {
	return field{Name: "files", Label: "Files", Kind: kindFile, Hint: fmt.Sprintf("%s At most %d, of %s together.", who, mostFiles, size(q.uploadLimit()))}
}

func (q *request) uploadLimit() int64 {
	if q.cfg.Upload > 0 {
		return q.cfg.Upload
	}
	return mostUpload
}

// attached are the files of the form, for a command.
func (in *input) attached() []cvd.File {
	if in.unkept != "" {
		in.bad("files", in.unkept)
	}
	return in.files
}

// readParts reads a form with files. Each file goes to the Service as it comes, sealed
// where that seals, and nothing of it rests on a disk here. If takes is false the form
// has no place for files, and they are thrown away.
func (in *input) readParts(takes bool) error {
	q := in.q
	parts, err := q.r.MultipartReader()
	if err != nil {
		return err
	}
	in.values = url.Values{}
	texts, left := int64(mostForm), q.uploadLimit()
	for range mostParts {
		p, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil && isFile(p) {
			err = in.readFile(p, takes, &left)
		} else if err == nil {
			var b []byte
			b, err = io.ReadAll(io.LimitReader(p, texts+1))
			if texts -= int64(len(b)); texts < 0 {
				return errTexts
			}
			in.values.Add(p.FormName(), string(b))
		}
		if large := (*http.MaxBytesError)(nil); errors.As(err, &large) {
			in.tooLarge()
			return nil
		}
		if err != nil {
			return err
		}
	}
	return errTexts
}

var errTexts = errors.New("pages: a form has more than a page asks for")

// isFile tells a file field, also one in which nothing was chosen, from a text.
func isFile(p *multipart.Part) bool {
	_, params, _ := mime.ParseMediaType(p.Header.Get("Content-Disposition"))
	_, ok := params["filename"]
	return ok
}

func (in *input) tooLarge() {
	in.unkept = fmt.Sprintf("The files have more than %s together, and none was kept. Choose fewer, or smaller ones.", size(in.q.uploadLimit()))
}

// readFile stores one file. What comes beyond the limit is read and thrown away, so that
// the browser is there for the answer.
func (in *input) readFile(p *multipart.Part, takes bool, left *int64) error {
	name := fileName(p.FileName())
	if !takes || name == "" || in.unkept != "" {
		_, err := io.Copy(io.Discard, p)
		return err
	}
	if len(in.files) == mostFiles {
		in.unkept = fmt.Sprintf("There are more than %d files, and none was kept. Send the others with another message.", mostFiles)
		return nil
	}
	src := &counted{src: p, left: *left}
	up, err := in.q.svc.Upload(in.q.ctx, in.c.ID, src)
	bad := (*cvd.InputError)(nil)
	switch {
	case src.left < 0, err != nil && src.err == nil && errors.As(err, &bad):
		in.tooLarge()
		_, err = io.Copy(io.Discard, p)
		return err
	case err != nil && src.err != nil:
		return src.err
	case err != nil:
		return err
	}
	*left = src.left
	in.uploads = append(in.uploads, up)
	in.files = append(in.files, cvd.File{Name: cvd.Private(name), Type: "application/octet-stream", Content: up})
	return nil
}

// counted reads at most left bytes, and remembers why its source broke off.
type counted struct {
	src  io.Reader
	left int64
	err  error
}

func (x *counted) Read(b []byte) (int, error) {
	n, err := x.src.Read(b)
	if x.left -= int64(n); x.left < 0 {
		return 0, errTexts
	}
	if err != nil && !errors.Is(err, io.EOF) {
		x.err = err
	}
	return n, err
}

// discard removes the files that no message has. What cannot be removed now, the
// Service's Sweep removes later.
func (in *input) discard() {
	if err := in.q.svc.Discard(context.WithoutCancel(in.q.ctx), in.uploads...); err != nil && in.q.cfg.OnError != nil {
		in.q.cfg.OnError(in.q.ctx, err)
	}
}

// fileName is the name of a file without its folders, on one line, and short.
func fileName(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	s = strings.Join(strings.Fields(s), " ")
	if i := strings.LastIndexAny(s, `/\`); i >= 0 {
		s = s[i+1:]
	}
	const most = 200
	if len(s) > most {
		ext := path.Ext(s)
		if len(ext) > 20 {
			ext = ""
		}
		s = strings.ToValidUTF8(s[:most-len(ext)], "") + ext
	}
	return s
}
