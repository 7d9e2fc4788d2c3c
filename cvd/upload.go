package cvd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/cvdkit/cvdkit/cvd/storage"
)

// Upload is a file that Service.Upload has stored and that no record names yet. It
// is given to a command of its case where that takes a file:
//
//	cvd.Attach{Name: "poc.c", Content: upload}
//
// It serves for one command. A call of Do that failed may be repeated with it.
type Upload struct {
	Case   CaseID         // that it was stored for, and sealed for
	Blob   storage.BlobID // where it lies
	Size   int64          // of the content, before sealing
	SHA256 Private        // of the content, hexadecimal
	made   storage.Millis
}

// Read returns an error: an Upload is given to Do, which does not read it.
func (Upload) Read([]byte) (int, error) {
	return 0, errors.New("cvd: an Upload is no file to be read, but given to Service.Do")
}

const (
	uploadLife = 12 * time.Hour // then it is too late to name it: Sweep may be at it
	sweepAge   = 24 * time.Hour
)

// Upload streams a file to Config.Blobs, sealed where a Sealer is configured, before
// the command that names it: a form of several files, one of which breaks off, is
// then taken in as a whole or not at all. The zero CaseID is for a case that is yet
// to be started: Do with the zero CaseID starts it under the ID that the first
// Upload was given, and the next ones of the same form are uploaded for that ID.
//
// Nothing of a file that could not be stored as a whole remains. One that no record
// names is deleted by Discard, else by Sweep a day later; within 12 hours it is to
// be named.
func (s *Service) Upload(ctx context.Context, id CaseID, src io.Reader) (u Upload, err error) {
	if s.cfg.Blobs == nil {
		return u, &InputError{"Upload", "src", "Config.Blobs is not set: there is no place for files", nil}
	}
	if id == (CaseID{}) {
		if id, err = s.newCaseID(); err != nil {
			return u, err
		}
	}
	now := storage.MillisOf(s.cfg.Now())
	f, err := s.storeFile(ctx, id, "Upload", "src", src)
	if err != nil {
		return u, err
	}
	u = Upload{Case: id, Blob: f.id, Size: f.size, SHA256: f.sum}
	u.made = now
	return u, nil
}

// Discard deletes uploads that no record names, of a form that was given up.
func (s *Service) Discard(ctx context.Context, uploads ...Upload) error {
	for _, u := range uploads {
		if s.cfg.Blobs == nil || u.made == 0 {
			continue
		}
		_, err := s.cfg.Store.Lookup(ctx, s.key("blob", string(u.Blob[:])))
		if errors.Is(err, ErrNotFound) {
			err = s.cfg.Blobs.Delete(ctx, u.Blob)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// uploadOf returns what a command was given as a file, if that is an Upload.
func uploadOf(src io.Reader) (Upload, bool) {
	switch u := src.(type) {
	case Upload:
		return u, true
	case *Upload:
		if u != nil {
			return *u, true
		}
	}
	return Upload{}, false
}

// uploadedFor returns the case that the first Upload of the commands is for.
func uploadedFor(cmds []Command) CaseID {
	for _, cmd := range cmds {
		for _, src := range sources(cmd) {
			if u, ok := uploadOf(src); ok {
				return u.Case
			}
		}
	}
	return CaseID{}
}

// sources are the files that a command brings along.
func sources(cmd Command) []io.Reader {
	var out []io.Reader
	for _, f := range brought(cmd) {
		out = append(out, f.src)
	}
	return out
}

// uploaded is what an Upload has stored, if a command of the case may still name it.
func (s *Service) uploaded(u Upload, id CaseID, cmd, field string) (storedFile, error) {
	problem := ""
	switch age := time.Duration(storage.MillisOf(s.cfg.Now())-u.made) * time.Millisecond; {
	case u.made == 0:
		problem = "it was not made by Service.Upload"
	case u.Case != id:
		problem = "it was uploaded for another case"
	case age > uploadLife:
		problem = fmt.Sprintf("it was uploaded more than %d hours ago: upload it again", uploadLife/time.Hour)
	}
	if problem != "" {
		return storedFile{}, &InputError{cmd, field, problem, nil}
	}
	return storedFile{id: u.Blob, size: u.Size, sum: u.SHA256, uploaded: true}, nil
}

// newUploads refuses an Upload that is named twice: erasing one file would take the
// content of the other.
func (d *decision) newUploads(files []storedFile) error {
	for i, f := range files {
		same := func(g storedFile) bool { return g.uploaded && g.id == f.id }
		if f.uploaded && (slices.ContainsFunc(files[:i], same) || slices.ContainsFunc(d.c.Attachments, func(a Attachment) bool { return a.Blob == f.id })) {
			return &InputError{"Do", "Content", "an Upload serves for one file, and this one has been used", nil}
		}
	}
	return nil
}

// begun is the answer to commands that were to start a case under the ID of an
// Upload, which has become one.
func (s *Service) begun(ctx context.Context, id CaseID, by By) (*folded, error) {
	c, known, err := s.knows(ctx, id, by)
	if err == nil && !known {
		err = &Refusal{RuleOnce, "Do", "its uploads have begun a case"}
	}
	if err != nil {
		return nil, err
	}
	return repeated(c), nil
}

// errBegun: there is a case under the ID of the one to be started.
var errBegun = errors.New("the case has begun")
