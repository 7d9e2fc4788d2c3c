package engine

import (
	"fmt"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// backdate lets a decision be made as of By.At.
func (d *Decision) backdate() error {
	at, problem := d.by.At, ""
	switch {
	case at.IsZero():
		return nil
	case !d.by.Silent:
		problem = "it goes with By.Silent only"
	case storage.MillisOf(at) > d.clock:
		problem = "the date lies ahead"
	case at.Before(d.clock.Time().Add(-d.s.Cfg.Limits.Past)) || storage.MillisOf(at) == 0:
		problem = "the date is too long ago"
	case d.c.Seq > 0 && storage.MillisOf(at) < storage.MillisOf(d.c.At):
		problem = fmt.Sprintf("the newest record of the case is of %s, and records are in order", d.c.At.UTC().Format(time.RFC3339))
	default:
		d.now, d.at = storage.MillisOf(at), storage.MillisOf(at)
		return nil
	}
	return &cvd.InputError{Command: "Do", Field: "by.At", Problem: problem, Err: nil}
}
