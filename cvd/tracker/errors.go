package tracker

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// The errors on which a Sync branches.
var (
	// ErrGone: there is no such ticket, or the account may not see it.
	ErrGone = errors.New("tracker: there is no such ticket")
	// ErrStale: the ticket has changed since it was read. Nothing was written.
	ErrStale = errors.New("tracker: the ticket has changed since it was read")
	// ErrReadOnly: the Sync or the adapter writes nothing.
	ErrReadOnly = errors.New("tracker: it is read only")
)

// NotAppliedError says that a tracker answered a write as if all was well, and the
// ticket, read again, does not show it.
type NotAppliedError struct {
	Ref    string   // of the ticket
	Fields []string // names of fields of Fields, for example "Status"
}

// Error names the ticket and what it does not show.
func (e *NotAppliedError) Error() string {
	return fmt.Sprintf("tracker: ticket %s: the tracker ignored %s: does the value exist there, and may the account set it?", e.Ref, strings.Join(e.Fields, ", "))
}

// NotApplied compares what was written with the ticket as it was read back, and
// returns a *NotAppliedError, or nil. Adapters call it after each write. Fields
// that the tracker does not hold are named in except.
func NotApplied(f Fields, t Ticket, except ...string) error {
	var ignored []string
	for _, x := range []struct{ name, want, got string }{
		{"Marker", f.Marker, t.Marker}, {"Project", f.Project, t.Project}, {"Title", f.Title, string(t.Title)},
		{"Body", f.Body, string(t.Body)}, {"Status", f.Status, t.Status}, {"Priority", f.Priority, t.Priority},
	} {
		if x.want != "" && settled(x.want) != settled(x.got) && !contains(except, x.name) {
			ignored = append(ignored, x.name)
		}
	}
	if ignored == nil {
		return nil
	}
	return &NotAppliedError{t.Ref, ignored}
}

// settled is a text without what trackers change in passing: line ends, and blanks
// around it.
func settled(s string) string {
	return strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n"))
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

// Error is a request that failed. It holds nothing of what was sent or answered.
type Error struct {
	Op     string // for example "create"
	Status int    // of HTTP; 0: there was no answer
	// Refused: the tracker surely wrote nothing.
	Refused bool
	// Retry: the same request may succeed later, not before After where that is set.
	Retry bool
	After time.Duration // from now
	Hint  string        // what to do about it
	Err   error         // why there was no answer, or it was not understood
}

// Error says what was asked of the tracker, and how it failed.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "tracker: %s", e.Op)
	if e.Status != 0 {
		fmt.Fprintf(&b, ": %d %s", e.Status, http.StatusText(e.Status))
	}
	if e.Err != nil {
		fmt.Fprintf(&b, ": %v", e.Err)
	}
	if e.Hint != "" {
		fmt.Fprintf(&b, ": %s", e.Hint)
	}
	if e.After > 0 {
		fmt.Fprintf(&b, " (not before %v)", e.After)
	}
	return b.String()
}

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }

// refused reports whether an error says that surely nothing was written.
func refused(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Refused || errors.Is(err, ErrStale) || errors.Is(err, ErrGone) || errors.Is(err, ErrReadOnly)
}
