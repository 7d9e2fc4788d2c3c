package cvd

import (
	"time"
)

// Overdue reports whether a date of the case has passed and is not met.
func (x *Summary) Overdue(now time.Time) bool { return !x.Due.IsZero() && now.After(x.Due) }

// EmbargoOver reports whether the embargo has run out and nobody has ended it: it
// holds up nothing any more, and is to be ended or followed by a publication.
func (x *Summary) EmbargoOver(now time.Time) bool {
	return x.EM.InForce() && !x.Ends.IsZero() && !now.Before(x.Ends)
}
