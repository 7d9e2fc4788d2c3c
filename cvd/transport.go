package cvd

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/cvdkit/cvdkit/advisory/tlp"
)

// TransportMail is the name in Config.Transports that a Contact without Routes
// is reached by.
const TransportMail = "mail"

// Transport carries messages to participants.
//
// Send must not send a message whose Require it cannot meet: it returns
// ErrUnprotected, and the core sends a notice without details instead. An error
// that is ErrUndeliverable means that this route never works for this message,
// for example because the mailbox does not exist (an SMTP reply of 550): the
// next route is tried, and if all say so the delivery is given up at once. Any
// other error means that the message may or may not have gone out; it is tried
// again later, under the same ID, so that a repeat can be recognised. A
// *RetryError says when.
//
// Send is called concurrently, keeps nothing of what it is given, and puts no
// text or address into an error. It honours its context, which ends after
// Config.SendTimeout; one that does not is left alone, and its message is tried
// again. A panic is the error of that one delivery.
type Transport interface {
	// Send sends one message over one route.
	Send(ctx context.Context, m Outgoing) (Sent, error)
}

// TransportFunc is a function that is a Transport.
type TransportFunc func(ctx context.Context, m Outgoing) (Sent, error)

// Send calls the function.
func (f TransportFunc) Send(ctx context.Context, m Outgoing) (Sent, error) { return f(ctx, m) }

// RetryError is returned by a Transport that knows when to try again, for
// example from a Retry-After. It stands in for the growing wait between tries,
// up to a day; it counts as a try.
type RetryError struct {
	After time.Duration // from now; negative: at once
	Err   error         // why; not nil
}

// Error says why, and when to try again; Unwrap returns Err.
func (e *RetryError) Error() string { return fmt.Sprintf("%v (try again after %s)", e.Err, e.After) }
func (e *RetryError) Unwrap() error { return e.Err }

// PanicError is the error of a delivery in which code of the host panicked: a
// Transport, or Config.Render. It does not hold the value of the panic, in which
// anything may stand.
type PanicError struct {
	Where string // for example "Transport mail"
	Type  string // of the value that it panicked with
	Stack []byte // as runtime/debug.Stack prints it
}

// Error says that a panic came, without its value.
func (e *PanicError) Error() string {
	return fmt.Sprintf("cvd: %s panicked with a %s", e.Where, e.Type)
}

// Outgoing is a message for one recipient, rendered at the moment of sending.
type Outgoing struct {
	// ID names the delivery: the same for each try. 32 hexadecimal digits; a mail
	// transport makes a Message-ID of it.
	ID string
	// Thread is a token that is the same for all messages of a case to this
	// recipient, also after a merge. Service.Thread leads back; a mail transport
	// puts it into the Message-ID and the address for answers.
	Thread string
	// InReplyTo is the message that this answers, and References are those before
	// it that the recipient knows, the oldest first, InReplyTo last: at most ten.
	// Each is the ID of one that was sent to it, or in angle brackets the Message-ID
	// of one that came from it.
	InReplyTo  Private
	References []Private // see InReplyTo
	// Auto is set if the library wrote this, and no human: nothing is to answer it
	// automatically (RFC 3834).
	Auto    bool
	Number  string     // of the case
	To      Route      // the route to take, which names the Transport and the address
	Name    Private    // of the recipient
	Key     Private    // OpenPGP fingerprint of the recipient, if known
	TLP     tlp.Label  // of the text
	Require Protection // at least this protection, else ErrUnprotected
	// Notice is set if this says only that there is something to read elsewhere.
	Notice bool
	// Subject is safe to be read by everybody on the way.
	Subject string
	// Text starts with the TLP label.
	Text  Private
	Files []OutgoingFile // that go with it
}

// OutgoingFile is an attachment of a message.
type OutgoingFile struct {
	Name, Type Private // Name is without a path, Type the media type as claimed
	Size       int64   // in bytes
	// Open returns the content; the caller closes it.
	Open func(ctx context.Context) (io.ReadCloser, error)
}

// Sent says how a message went out.
type Sent struct {
	Protection Protection // that it really had, on the whole way that is known
}

// Floor is the protection that a message needs by its TLP label, on top
// of what it requires itself: none for CLEAR and GREEN; AMBER and AMBER+STRICT
// must not rest readable on servers between, so a portal or sealed mail; RED is
// for named individuals, so sealed.
func (m *Message) Floor() Protection {
	switch m.TLP {
	case tlp.Clear, tlp.Green:
		return ProtectNone
	case tlp.Amber, tlp.AmberStrict:
		return ProtectPortal
	}
	return ProtectSealed
}

// Relayed is what one call of Relay did.
type Relayed struct {
	Sent    int // whole messages
	Noticed int // notices without details, because no transport could protect the message
	Held    int // no longer sent: the recipient may not see it, has no route, or another message says the same
	Failed  int // given up after Config.Attempts
	Retried int // given back, to be tried again
	// Problems holds the errors of transports, and of cases that cannot be read
	// or written, for the host's log.
	Problems []DeliveryProblem
	// Next is when to call again: now if there may be more to send already, the
	// first retry if there is one, else the zero time.
	Next time.Time `json:",omitzero"`
}

// DeliveryProblem is the error of one delivery. If Message is zero the case could
// not be read or written, and nothing was tried.
type DeliveryProblem struct {
	Case    CaseID    // whose message it is
	Message MessageID // that was not delivered
	Party   PartyID   // to whom it was to go
	Attempt int64     // the number of the try that failed; 0: it was none
	Err     error     // of the Transport or the Store; holds no text and no address
}
