package engine

import (
	"github.com/cvdkit/cvdkit/cvd/internal/caselog"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// moving are the keys that a case gives to the one in which it goes on, but for
// those of reports and participants, which go with them.
func (d *Decision) moving() []storage.Key {
	return d.log().ledger.Pick(func(h caselog.Hold) bool { return !h.Stays && h.Report == 0 && h.Thread == 0 })
}
