package csaf

import (
	"strconv"

	"github.com/cvdkit/cvdkit/advisory"
)

// InvalidError is the error for a document that was made and does not pass the
// structural check or the mandatory tests of its version (section 6.1).
type InvalidError struct {
	// Findings has at least one item. Its paths are places in the document that was
	// made. If the structure is not sound, the mandatory tests did not run.
	Findings []Finding
}

// Error names the first finding with its place, and how many there are.
func (e *InvalidError) Error() string {
	f := e.Findings[0]
	s := "csaf: the result is not valid: " + f.String()
	if n := len(e.Findings) - 1; n > 0 {
		s += " (and " + strconv.Itoa(n) + " more)"
	}
	return s
}

// Unwrap returns an [*advisory.Error] of the rule [advisory.ErrInvalid] with the place
// of the first finding.
func (e *InvalidError) Unwrap() error {
	f := e.Findings[0]
	return &advisory.Error{Rule: advisory.ErrInvalid, Path: f.Path, Reason: because(&f)}
}
