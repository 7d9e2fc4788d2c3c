package engine

import (
	"bytes"
	"context"
	"fmt"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/caselog"
)

// encodePrivate returns the private part of an entry, or nil if it says nothing.
func (s *Engine) encodePrivate(ctx context.Context, id cvd.CaseID, x caselog.Entry) ([]byte, error) {
	w := caselog.Wire{}
	x.Private(&w)
	if len(bytes.Trim(w.Buf, "\x00")) == 0 {
		return nil, nil // only empty texts: reading nothing gives the same
	}
	out := make([]byte, caselog.SaltSize, caselog.SaltSize+len(w.Buf))
	if err := s.Random(out); err != nil {
		return nil, err
	}
	if s.Cfg.Sealer == nil {
		return append(out, w.Buf...), nil
	}
	sealed := bytes.NewBuffer(out)
	if err := s.Cfg.Sealer.Seal(ctx, id, sealed, bytes.NewReader(w.Buf)); err != nil {
		return nil, fmt.Errorf("cvd: sealing: %w", err)
	}
	return sealed.Bytes(), nil
}
