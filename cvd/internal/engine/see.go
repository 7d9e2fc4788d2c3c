package engine

import (
	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/caselog"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// agrees is knows without what was given to it on purpose.
func agrees(p *cvd.Participant, now storage.Millis) bool {
	q := *p
	q.Details = false
	return caselog.Knows(&q, now)
}
