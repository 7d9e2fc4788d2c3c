package cvd

import (
	"errors"
	"fmt"

	"github.com/cvdkit/cvdkit/cvd/storage"
)

// The errors on which a host branches. None of their texts holds anything that a
// report, a person or a key said.
var (
	// ErrConflict: another writer was first, and a decision may not be made again:
	// the Service is bound to a transaction. It is [storage.ErrConflict].
	ErrConflict = storage.ErrConflict
	// ErrNotFound: there is no such case, key or file, or the viewer may not know of
	// it. It is [storage.ErrNotFound].
	ErrNotFound = storage.ErrNotFound
	// ErrRefused: a rule forbids the command now. The error is a *Refusal.
	ErrRefused = errors.New("cvd: refused")
	// ErrInput: a command holds a value that cannot be. The error is an *InputError.
	ErrInput = errors.New("cvd: bad input")
	// ErrDenied: Config.Authorize said no, or the viewer may not see the case.
	ErrDenied = errors.New("cvd: not allowed")
	// ErrStale: the case is not at the version that By.If names.
	ErrStale = errors.New("cvd: the case has moved on since it was read")
	// ErrTampered: a log does not verify. Nothing of it is to be trusted. It is
	// [storage.ErrTampered].
	ErrTampered = storage.ErrTampered
	// ErrNewer: the log holds a record that only a newer version understands.
	// The case can be read, not changed.
	ErrNewer = errors.New("cvd: the case needs a newer version")
	// ErrAhead: the newest record of the case lies further ahead of Config.Now than
	// Config.MaxAhead. A clock was or is wrong: correct it. The case can be read.
	ErrAhead = errors.New("cvd: the log is ahead of the clock")
	// ErrUnprotected is returned by a Transport that cannot give the protection
	// that a message requires. It must not have sent anything.
	ErrUnprotected = errors.New("cvd: the transport cannot protect this message")

	// ErrSecret: the Store was filled under another Config.Secret. Under this one no
	// number, Message-ID or name would be found, and known reports would open cases
	// again, so nothing is read or written.
	ErrSecret = errors.New("cvd: Config.Secret is not the one that this Store was filled with")

	// ErrUndeliverable is returned by a Transport, or wrapped, if trying again is of
	// no use.
	ErrUndeliverable = errors.New("cvd: it cannot be delivered by this route")
)

// DuplicateError says that an identifier, or the same report, belongs to another case.
type DuplicateError = storage.DuplicateError

// Refusal says which rule forbids a command. It matches ErrRefused.
type Refusal struct {
	Rule    RuleID // that forbids it
	Command string // the name of the command's type
	Detail  string // what stands against it: states and numbers, never text of a report
}

// Error says which rule forbids it, and where the rule comes from.
func (e *Refusal) Error() string {
	s := fmt.Sprintf("cvd: %s refused by rule %s: %s", e.Command, e.Rule, e.Rule.Text())
	if e.Detail != "" {
		s += " (" + e.Detail + ")"
	}
	return s
}

// Is reports whether target is ErrRefused.
func (e *Refusal) Is(target error) bool { return target == ErrRefused }

// InputError says which field of which command cannot be, and why. It matches
// ErrInput, and Unwrap leads to the error of the parser where there is one.
type InputError struct {
	Command string // the name of its type, for example "Receive"
	Field   string // for example "Reporter.Email"
	Problem string // never quotes the value
	Err     error  // of the parser; may be nil
}

// Error names command and field, and never the value.
func (e *InputError) Error() string {
	return fmt.Sprintf("cvd: %s.%s: %s", e.Command, e.Field, e.Problem)
}

// Is reports whether target is ErrInput.
func (e *InputError) Is(target error) bool { return target == ErrInput }

// Unwrap returns the cause, if another package found the fault.
func (e *InputError) Unwrap() error { return e.Err }
