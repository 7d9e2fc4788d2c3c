package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/caselog"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

const uploadLife = 12 * time.Hour // then it is too late to name it: Sweep may be at it

// uploadOf returns what a command was given as a file, if that is an Upload.
func uploadOf(src io.Reader) (cvd.Upload, bool) {
	switch u := src.(type) {
	case cvd.Upload:
		return u, true
	case *cvd.Upload:
		if u != nil {
			return *u, true
		}
	}
	return cvd.Upload{}, false
}

// uploadedFor returns the case that the first Upload of the commands is for.
func uploadedFor(cmds []cvd.Command) cvd.CaseID {
	for _, cmd := range cmds {
		for _, src := range sources(cmd) {
			if u, ok := uploadOf(src); ok {
				return u.Case
			}
		}
	}
	return cvd.CaseID{}
}

// sources are the files that a command brings along.
func sources(cmd cvd.Command) []io.Reader {
	var out []io.Reader
	for _, f := range brought(cmd) {
		out = append(out, f.src)
	}
	return out
}

// uploaded is what an Upload has stored, if a command of the case may still name it.
func (s *Engine) uploaded(u cvd.Upload, id cvd.CaseID, cmd, field string) (storedFile, error) {
	problem := ""
	switch age := time.Duration(storage.MillisOf(s.Cfg.Now())-u.Kept(inner.Only{}).Made) * time.Millisecond; {
	case u.Kept(inner.Only{}).Made == 0:
		problem = "it was not made by Service.Upload"
	case u.Case != id:
		problem = "it was uploaded for another case"
	case age > uploadLife:
		problem = fmt.Sprintf("it was uploaded more than %d hours ago: upload it again", uploadLife/time.Hour)
	}
	if problem != "" {
		return storedFile{}, &cvd.InputError{Command: cmd, Field: field, Problem: problem, Err: nil}
	}
	return storedFile{Id: u.Blob, Size: u.Size, Sum: u.SHA256, uploaded: true}, nil
}

// newUploads refuses an Upload that is named twice: erasing one file would take the
// content of the other.
func (d *Decision) newUploads(files []storedFile) error {
	for i, f := range files {
		same := func(g storedFile) bool { return g.uploaded && g.Id == f.Id }
		if f.uploaded && (slices.ContainsFunc(files[:i], same) || slices.ContainsFunc(d.c.Attachments, func(a cvd.Attachment) bool { return a.Blob == f.Id })) {
			return &cvd.InputError{Command: "Do", Field: "Content", Problem: "an Upload serves for one file, and this one has been used", Err: nil}
		}
	}
	return nil
}

// begun is the answer to commands that were to start a case under the ID of an
// Upload, which has become one.
func (s *Engine) begun(ctx context.Context, id cvd.CaseID, by cvd.By) (*caselog.Folded, error) {
	c, known, err := s.knows(ctx, id, by)
	if err == nil && !known {
		err = &cvd.Refusal{Rule: cvd.RuleOnce, Command: "Do", Detail: "its uploads have begun a case"}
	}
	if err != nil {
		return nil, err
	}
	return repeated(c), nil
}

// errBegun: there is a case under the ID of the one to be started.
var errBegun = errors.New("the case has begun")
