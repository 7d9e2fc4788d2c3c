package service

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// Sweep deletes blobs that no case names: those of commands that failed after
// their file was stored. It looks at no more than n blobs after the one that the
// call before returned, and leaves alone what is younger than a day. The zero
// BlobID starts, and is returned at the end.
func (s *Service) Sweep(ctx context.Context, after storage.BlobID, n int) (storage.BlobID, error) {
	if n < 1 {
		return after, &cvd.InputError{Command: "Sweep", Field: "n", Problem: fmt.Sprintf("at least one blob is looked at, not %d", n), Err: nil}
	}
	if s.e.Cfg.Blobs == nil {
		return storage.BlobID{}, nil
	}
	blobs, err := s.e.Cfg.Blobs.List(ctx, after, n)
	if err != nil {
		return after, err
	}
	old := storage.MillisOf(s.e.Cfg.Now().Add(-sweepAge))
	for _, b := range blobs {
		if b.Created <= old {
			_, err := s.e.Cfg.Store.Lookup(ctx, s.e.Key("blob", string(b.ID[:])))
			if errors.Is(err, cvd.ErrNotFound) {
				err = s.e.Cfg.Blobs.Delete(ctx, b.ID)
			}
			if err != nil {
				return after, err
			}
		}
		after = b.ID
	}
	if len(blobs) < n {
		return storage.BlobID{}, nil
	}
	return after, nil
}

// Attachment opens the content of a file, if the viewer may see it. The caller
// closes it. With a Sealer, an error while reading means that what was read so
// far is not to be used.
func (s *Service) Attachment(ctx context.Context, id cvd.CaseID, v cvd.Viewer, a cvd.AttachmentID) (io.ReadCloser, error) {
	c, err := s.e.View(ctx, id, v)
	if err != nil {
		return nil, err
	}
	for i := range c.Attachments {
		if c.Attachments[i].ID == a && s.e.Cfg.Blobs != nil {
			return s.e.OpenBlob(ctx, id, c.Attachments[i].Blob)
		}
	}
	return nil, cvd.ErrNotFound
}
