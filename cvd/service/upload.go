package service

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

const sweepAge = 24 * time.Hour

// Upload streams a file to Config.Blobs, sealed where a Sealer is configured, before
// the command that names it: a form of several files, one of which breaks off, is
// then taken in as a whole or not at all. The zero CaseID is for a case that is yet
// to be started: Do with the zero CaseID starts it under the ID that the first
// Upload was given, and the next ones of the same form are uploaded for that ID.
//
// Nothing of a file that could not be stored as a whole remains. One that no record
// names is deleted by Discard, else by Sweep a day later; within 12 hours it is to
// be named.
func (s *Service) Upload(ctx context.Context, id cvd.CaseID, src io.Reader) (u cvd.Upload, err error) {
	if s.e.Cfg.Blobs == nil {
		return u, &cvd.InputError{Command: "Upload", Field: "src", Problem: "Config.Blobs is not set: there is no place for files", Err: nil}
	}
	if id == (cvd.CaseID{}) {
		if id, err = s.e.NewCaseID(); err != nil {
			return u, err
		}
	}
	now := storage.MillisOf(s.e.Cfg.Now())
	f, err := s.e.StoreFile(ctx, id, "Upload", "src", src)
	if err != nil {
		return u, err
	}
	u = cvd.Upload{Case: id, Blob: f.Id, Size: f.Size, SHA256: f.Sum}
	u.Kept(inner.Only{}).Made = now
	return u, nil
}

// Discard deletes uploads that no record names, of a form that was given up.
func (s *Service) Discard(ctx context.Context, uploads ...cvd.Upload) error {
	for _, u := range uploads {
		if s.e.Cfg.Blobs == nil || u.Kept(inner.Only{}).Made == 0 {
			continue
		}
		_, err := s.e.Cfg.Store.Lookup(ctx, s.e.Key("blob", string(u.Blob[:])))
		if errors.Is(err, cvd.ErrNotFound) {
			err = s.e.Cfg.Blobs.Delete(ctx, u.Blob)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
