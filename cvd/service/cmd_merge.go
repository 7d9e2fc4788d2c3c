package service

import (
	"context"
	"fmt"

	"github.com/cvdkit/cvdkit/cvd"
)

// Follow returns the case in which a case goes on after Merge or Reopen, however
// often; the case itself if it was neither merged nor reopened.
func (s *Service) Follow(ctx context.Context, id cvd.CaseID) (cvd.CaseID, error) {
	for range 1000 {
		c, err := s.e.Load(ctx, id)
		if err != nil {
			return id, err
		}
		to, ok := c.WentOn()
		if !ok {
			return id, nil
		}
		id = to
	}
	return id, fmt.Errorf("%w: the links of case %s do not end", cvd.ErrTampered, id)
}
