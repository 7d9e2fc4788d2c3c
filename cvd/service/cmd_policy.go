package service

import (
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/policy"
)

// Deadlines returns every date that the case has by the policies it adopted, as
// they stand at now, in the order of the policies. The error is policy.ErrUnknown
// and names each policy that a newer version of this library adopted; its dates
// are missing then, and all others are there. The clocks of a Matter that is
// handled elsewhere run there.
//
// It is for a case that View gave to the team: what others are given has no policies,
// so there are no dates.
func (s *Service) Deadlines(c *cvd.Case, now time.Time) ([]policy.Deadline, error) {
	return s.e.Deadlines(c, c.Facts, now)
}
