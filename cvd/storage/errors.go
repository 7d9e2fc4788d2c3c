package storage

import (
	"errors"
	"fmt"
)

// The errors of what is implemented here. Implementations may wrap them.
var (
	// ErrConflict: another writer was first. Nothing was written.
	ErrConflict = errors.New("cvd: the case has changed")
	// ErrNotFound: there is no such case, key or blob.
	ErrNotFound = errors.New("cvd: not found")
	// ErrLeaseLost: the delivery was claimed by another since. Nothing was written.
	ErrLeaseLost = errors.New("cvd: the delivery was claimed by another")
	// ErrTampered: a log is not what was appended. Nothing of it is to be trusted.
	ErrTampered = errors.New("cvd: the log was damaged or altered")
	// ErrInvalid: a State does not take such a key or value, see CheckState. Nothing
	// was written.
	ErrInvalid = errors.New("cvd: a State does not take it")
)

// DuplicateError is returned by Append if a Key belongs to another case.
// Nothing was written.
type DuplicateError struct {
	Key   Key    // that was to be taken
	Owner CaseID // the case that has it
}

// Error names the owner, and not the key.
func (e *DuplicateError) Error() string {
	return fmt.Sprintf("cvd: a unique key belongs to case %s", e.Owner)
}
