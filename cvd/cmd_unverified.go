package cvd

import (
	"io"

	"github.com/cvdkit/cvdkit/advisory/tlp"
)

// PostUnverified keeps a message that came in and of which nobody has shown from
// whom it is. Only the team sees it, and it changes no state: nobody counts as
// heard of, no pause ends, nothing is sent. Admit takes it for real.
//
// A message whose IDs the case has is not kept again: Do returns the case with
// Repeated set.
type PostUnverified struct {
	Claimed    PartyID    // the participant from whom it says it is; 0: somebody else
	Reason     Private    // why it is not taken for that
	Subject    Private    // as it came
	Text       Private    // as it came, at most Limits.Text
	TLP        tlp.Label  // unset: TLP:AMBER
	InReplyTo  MessageID  // the message that it answers
	Provenance Provenance // how it came in

	// Original is the message as it came. It is streamed to Config.Blobs.
	Original     io.Reader `json:"-"`
	OriginalType Private   // its media type, for example message/rfc822
	Files        []File    // that came along
}

// Admit takes for real what came in. A submission becomes a case by it: also one
// that was dismissed, or is in quarantine. Into a case that exists it goes by
// Service.Merge.
//
// An unverified message becomes a message of a participant to the team, or a report:
// the team knows by other ways from whom it is, for example because it asked.
type Admit struct {
	Message MessageID // 0: the submission
	Party   PartyID   // whose it is; 0: the one from whom it says it is
	// AsReport makes a report of it: of Party, or of Reporter where that is not zero.
	AsReport bool
	Reporter Contact // with AsReport: whose report it is, if not of Party
}

// RecordBounce records that a message came back, or is late. It marks the
// recipient, whom the team can then ask for another address; it never removes
// anybody, and whoever is heard of again is no longer marked.
type RecordBounce struct {
	Delivery  string  // Outgoing.ID, as the Message-ID in the report of the bounce holds it
	Permanent bool    // it came back for good; else its way tries on
	Detail    Private // what the report says, for example the status code and the address
}
