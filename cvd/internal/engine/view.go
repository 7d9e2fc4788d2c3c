package engine

import (
	"context"
	"io"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// View does what Service.View promises.
func (s *Engine) View(ctx context.Context, id cvd.CaseID, v cvd.Viewer) (*cvd.Case, error) {
	v = s.Knowing(v)
	c, err := s.Viewed(ctx, id, v)
	if err != nil {
		return nil, err
	}
	return c, s.withoutOthers(ctx, c, v)
}

func (s *Engine) Opener(id cvd.CaseID, blob storage.BlobID) func(context.Context) (io.ReadCloser, error) {
	return func(ctx context.Context) (io.ReadCloser, error) {
		if s.Cfg.Blobs == nil {
			return nil, cvd.ErrNotFound
		}
		return s.OpenBlob(ctx, id, blob)
	}
}
