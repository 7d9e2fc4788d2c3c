package cvd

import (
	"time"
)

// RelatedEnd is the early end of the embargo of a case that this one was split from
// or merged with, or that was split from it: what is secret here may be so no longer.
type RelatedEnd struct {
	Case   CaseID    // whose embargo ended
	Number string    // its number, for people
	Why    EndReason // it ended
	At     time.Time `json:",omitzero"` // when it ended
}
