package cvd

import (
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
)

// Restored returns a case whose exported fields a decoder has read from a published
// form of it, see package cvdjson. It answers what View's answers, from what is
// there: it has no log, and no Service takes it.
func (c Case) Restored() *Case {
	c.Participants = inner.Copies(c.Participants)
	c.Reindex(inner.Only{})
	return &c
}

// With returns the event with what it is about and became, by their numbers. A
// decoder finds them by comparing About and Became.
func (e Event) With(about uint32, became uint16) Event {
	e.kept.Ref, e.kept.Detail = about, became
	return e
}
