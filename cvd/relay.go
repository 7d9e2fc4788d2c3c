package cvd

import (
	"time"
)

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
