package caselog

import (
	"errors"
	"fmt"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/policy"
)

// Calendar returns the calendar for a policy.
func (s *Book) Calendar(pol string) policy.Calendar {
	if c, ok := s.Cfg.Calendars[pol]; ok {
		return c
	}
	return s.Cfg.Calendar
}

func (s *Book) Deadlines(c *cvd.Case, facts func(subject string) policy.Facts, now time.Time) ([]policy.Deadline, error) {
	var all []policy.Deadline
	var unknown []error
	for _, a := range c.Adopted {
		if m, ok := cvd.ParseMatter(a.Subject); ok && c.Elsewhere(m) {
			continue // its clocks run in the other case
		}
		ds, err := a.Deadlines(facts(a.Subject), s.Calendar(a.Policy), now)
		if err != nil {
			unknown = append(unknown, fmt.Errorf("%w: %s, version %d", err, a.Policy, a.Version))
		}
		all = append(all, ds...)
	}
	return all, errors.Join(unknown...)
}
