package cvd

import (
	"io"
	"time"

	"github.com/cvdkit/cvdkit/advisory/tlp"
)

// KnownBy says by what the sender of a message is known. That it came in by
// somebody's thread says where it belongs, and not who wrote it. The numbers are
// stored.
type KnownBy uint8

// The ways in which a sender is known.
const (
	KnownByNothing   KnownBy = iota
	KnownByToken             // it knew the thread of the participant, which is forwarded with every mail
	KnownByResults           // the host's own mail server vouches for the address (RFC 8601)
	KnownByAccess            // it came through an access of the participant's own, such as the receipt
	KnownBySignature         // a valid signature of the participant's key
)

// Provenance says how a message came in, and how it is known who sent it. The
// zero value is that of what is written here.
type Provenance struct {
	// IDs make it the same message, such as its Message-ID. They lead back to the
	// case, and a message whose IDs the case knows is not taken twice.
	IDs         []ExternalID
	Received    time.Time  `json:",omitzero"` // when it reached the team; zero: now
	Channel     Channel    // by which it came
	Protection  Protection // of the channel, as found
	Signature   Signature  // what was found of one
	Fingerprint Private    // of the key that signed it
	KnownBy     KnownBy    // by what the sender is known
	Sender      Private    // as the message names it, for example the address in From
}

// File is a file that a report or a message brings along.
type File struct {
	Name Private   // without a path
	Type Private   // media type as claimed
	TLP  tlp.Label // unset: that of what it comes with
	// Content is streamed to Config.Blobs and never held in memory as a whole.
	Content io.Reader `json:"-"`
}
