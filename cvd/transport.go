package cvd

import (
	"context"
	"io"

	"github.com/cvdkit/cvdkit/advisory/tlp"
)

// TransportMail is the name in Config.Transports that a Contact without Routes
// is reached by.
const TransportMail = "mail"

// Transport carries messages to participants.
//
// Send must not send a message whose Require it cannot meet: it returns
// ErrUnprotected, and the core sends a notice without details instead. Any other
// error means that the message may or may not have gone out; it is tried again
// later, under the same ID, so that a repeat can be recognised. Send is called
// concurrently, honours its context, keeps nothing of what it is given, and puts
// no text or address into an error.
type Transport interface {
	Send(ctx context.Context, m Outgoing) (Sent, error)
}

// TransportFunc is a function that is a Transport.
type TransportFunc func(ctx context.Context, m Outgoing) (Sent, error)

// Send calls the function.
func (f TransportFunc) Send(ctx context.Context, m Outgoing) (Sent, error) { return f(ctx, m) }

// Outgoing is a message for one recipient, rendered at the moment of sending.
type Outgoing struct {
	// ID names the delivery: the same for each try. 32 hexadecimal digits; a mail
	// transport makes a Message-ID of it.
	ID string
	// Thread is the same for all messages of a case to this recipient.
	Thread  string
	Number  string // of the case
	To      Route
	Name    Private // of the recipient
	Key     Private // OpenPGP fingerprint of the recipient, if known
	TLP     tlp.Label
	Require Protection
	// Notice is set if this says only that there is something to read elsewhere.
	Notice bool
	// Subject is safe to be read by everybody on the way.
	Subject string
	// Text starts with the TLP label.
	Text  Private
	Files []OutgoingFile
}

// OutgoingFile is an attachment of a message.
type OutgoingFile struct {
	Name, Type Private
	Size       int64
	// Open returns the content; the caller closes it.
	Open func(ctx context.Context) (io.ReadCloser, error)
}

// Sent says how a message went out.
type Sent struct {
	Protection Protection
}

// DefaultFloor is the protection that a message needs by its TLP label, on top
// of what it requires itself: none for CLEAR and GREEN; AMBER and AMBER+STRICT
// must not rest readable on servers between, so a portal or sealed mail; RED is
// for named individuals, so sealed.
func DefaultFloor(m *Message) Protection {
	switch m.TLP {
	case tlp.Clear, tlp.Green:
		return ProtectNone
	case tlp.Amber, tlp.AmberStrict:
		return ProtectPortal
	}
	return ProtectSealed
}
