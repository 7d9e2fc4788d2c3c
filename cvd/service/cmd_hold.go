package service

import (
	"context"
	"fmt"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// Retain applies Config.Retention to at most n closed cases, the newest first,
// after the one that the call before returned; the zero CaseID starts. It is
// safe to call from many processes: each erasure happens once.
func (s *Service) Retain(ctx context.Context, after cvd.CaseID, n int) (cvd.Retained, error) {
	var out cvd.Retained
	if n < 1 || len(s.e.Cfg.Retention) == 0 {
		return out, nil
	}
	heads, err := s.e.Cfg.Store.Heads(ctx, storage.Query{All: []storage.Term{"closed"}, Before: storage.Cursor{ID: after}, Limit: n})
	if err != nil {
		return out, err
	}
	for _, h := range heads {
		if err := s.e.RetainCase(ctx, h.ID, &out); err != nil {
			return out, fmt.Errorf("cvd: retention of case %s: %w", h.ID, err)
		}
		out.Cases, out.Next = out.Cases+1, h.ID
	}
	if len(heads) < n {
		out.Next = cvd.CaseID{}
	}
	return out, nil
}
