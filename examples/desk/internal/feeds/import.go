package feeds

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/archive"
	"github.com/cvdkit/cvdkit/cvd/storecopy"
)

// maxArchive bounds an archive that comes in: it is read into memory, so that nothing of
// it rests on a disk.
const maxArchive = 64 << 20

// takeIn imports an archive: the logs of this team, or a case that another organisation
// handed over.
func (f *Feeds) takeIn(v visit) error {
	v.r.Body = http.MaxBytesReader(v.w, v.r.Body, maxArchive+1<<20)
	x := exchanged{}
	data, err := f.uploaded(v.r, &x.Typed)
	if err != nil {
		x.Failed = "No archive came in, or it is larger than 64 MiB. Nothing was imported."
		return f.exchangeWith(v, x, "", "")
	}
	a, err := archive.Open(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		x.Failed = "This is no archive of cases, or it is damaged. Nothing was imported."
		return f.exchangeWith(v, x, "", "")
	}
	signature := cvd.SignatureNone
	switch err := f.verify(v.r.Context(), a); {
	case err == nil:
		signature = cvd.SignatureValid
	case errors.Is(err, errNotVerified), errors.Is(err, archive.ErrUnsigned):
		signature = cvd.SignatureUnverified
		if errors.Is(err, archive.ErrUnsigned) {
			signature = cvd.SignatureNone
		}
	default:
		x.Failed = "The signature of the archive is not good. Nothing was imported."
		return f.exchangeWith(v, x, "", "")
	}
	if a.Manifest().Form == archive.FormLog {
		err = f.takeLogs(v, a, &x)
	} else {
		err = f.takeView(v, a, signature, &x)
	}
	if err != nil {
		return err
	}
	return f.exchangeWith(v, x, "", "")
}

// errNotVerified: nobody here can judge signatures.
var errNotVerified = errors.New("feeds: signatures are not verified here")

func (f *Feeds) verify(ctx context.Context, a *archive.Archive) error {
	if f.cfg.Verifier == nil {
		return errNotVerified
	}
	return a.Verify(ctx, f.cfg.Verifier)
}

// uploaded reads the form part by part, so that no file of it is put on a disk.
func (f *Feeds) uploaded(r *http.Request, t *typed) (data []byte, err error) {
	parts, err := r.MultipartReader()
	if err != nil {
		return nil, err
	}
	for {
		p, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		max := int64(1000)
		if p.FormName() == "archive" {
			max = maxArchive
		}
		text, err := io.ReadAll(io.LimitReader(p, max+1))
		if err != nil {
			return nil, err
		}
		if int64(len(text)) > max {
			return nil, errors.New("feeds: too large")
		}
		switch p.FormName() {
		case "archive":
			data = text
		case "name":
			t.Name = strings.TrimSpace(string(text))
		case "organization":
			t.Organization = strings.TrimSpace(string(text))
		case "email":
			t.Email = strings.TrimSpace(string(text))
		}
	}
	if len(data) == 0 {
		return nil, errors.New("feeds: no file")
	}
	return data, nil
}

func (f *Feeds) takeLogs(v visit, a *archive.Archive, x *exchanged) error {
	if !v.who.all() || f.cfg.Side.Store == nil {
		x.Failed = "The archive holds whole logs of a team. Only who sees every case takes them in. Nothing was imported."
		return nil
	}
	result, err := archive.Import(v.r.Context(), a, f.cfg.Side, storecopy.Options{})
	switch {
	case errors.Is(err, cvd.ErrSecret):
		x.Failed = "The archive was written under another secret, by another team or before the secret was lost. Nothing was imported."
		return nil
	case errors.Is(err, archive.ErrFormat):
		x.Failed = "The archive is damaged. Cases before the damage may have been imported; importing the whole one again does no harm."
		return nil
	case err != nil:
		return err
	}
	x.Done = "The archive was imported. What was here already stayed as it was."
	x.Details = append(x.Details, counted(result.Copied, "case was new or had more records", "cases were new or had more records"))
	if n := len(result.Problems); n > 0 {
		x.Details = append(x.Details, counted(n, "case was not imported, because it differs from the one here or cannot be read", "cases were not imported, because they differ from those here or cannot be read"))
	}
	return nil
}

func (f *Feeds) takeView(v visit, a *archive.Archive, signature cvd.Signature, x *exchanged) error {
	if x.Typed.Email == "" && x.Typed.Organization == "" {
		x.Failed = "The archive holds a case that was handed over. Say from whom it is: that is the reporter of the case here, and no archive can say so itself. Nothing was imported."
		return nil
	}
	imported, err := archive.ImportView(v.r.Context(), f.svc, a, archive.ImportOptions{
		From:      cvd.Contact{Name: cvd.Private(x.Typed.Name), Organization: cvd.Private(x.Typed.Organization), Email: cvd.Private(x.Typed.Email)},
		By:        cvd.By{Actor: cvd.Private(v.who.Name)},
		Signature: signature,
	})
	var input *cvd.InputError
	switch {
	case errors.Is(err, archive.ErrFormat), errors.Is(err, archive.ErrForm), errors.As(err, &input), errors.Is(err, cvd.ErrRefused):
		x.Failed = "The case was not taken in: the archive is damaged, or a rule of the desk forbids it."
		return nil
	case err != nil:
		return err
	}
	c, err := f.svc.View(v.r.Context(), imported.Case, v.who.viewer())
	if err != nil {
		return err
	}
	x.Done, x.Case, x.Typed = "The case was taken in.", c.Number, typed{}
	x.Details = append(x.Details, counted(imported.New, "part was new", "parts were new"))
	if n := len(imported.Problems); n > 0 {
		x.Details = append(x.Details, counted(n, "part could not be taken in", "parts could not be taken in"))
	}
	return nil
}

func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one + "."
	}
	return strconv.Itoa(n) + " " + many + "."
}
