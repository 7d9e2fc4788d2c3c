package service

import (
	"context"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/caselog"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// RunReleases runs the steps of releases that are approved and whose instant has come:
// Config.Steps, in the order of PlanRelease, until about n were run. Each is recorded
// before and after, so that whoever dies in between leaves it to the next call, under
// the same ID. One that fails is tried again, later each time, and the next one never
// runs before it. A hold, an embargo that was prolonged or a cancellation is heeded
// before each step. It may be called from many processes at once.
func (s *Service) RunReleases(ctx context.Context, n int) (cvd.ReleaseRun, error) {
	var out cvd.ReleaseRun
	q := storage.Query{All: []storage.Term{caselog.TermReleasing}, Limit: 100}
	for {
		heads, err := s.e.Cfg.Store.Heads(ctx, q)
		if err != nil {
			return out, err
		}
		for _, h := range heads {
			for out.Done+len(out.Problems) < n {
				again, err := s.e.RunStep(ctx, h.ID, &out)
				if ctx.Err() != nil {
					return out, ctx.Err()
				}
				if err != nil {
					out.Problems = append(out.Problems, cvd.StepProblem{Case: h.ID, Err: err})
				}
				if !again {
					break
				}
			}
		}
		if len(heads) < q.Limit {
			return out, nil
		}
		q.Before.ID = heads[len(heads)-1].ID
	}
}
