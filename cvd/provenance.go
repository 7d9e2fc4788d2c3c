package cvd

import (
	"io"
	"time"

	"github.com/cvdkit/cvdkit/advisory/tlp"
	"github.com/cvdkit/cvdkit/cvd/storage"
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

func (k *checks) provenance(p Provenance) *checks {
	k.enum("Provenance.Channel", uint8(p.Channel), uint8(ChannelMeeting)).
		happened("Provenance.Received", p.Received).
		enum("Provenance.Protection", uint8(p.Protection), uint8(ProtectSealed)).
		enum("Provenance.Signature", uint8(p.Signature), uint8(SignatureBad)).
		enum("Provenance.KnownBy", uint8(p.KnownBy), uint8(KnownBySignature)).
		line("Provenance.Fingerprint", p.Fingerprint).
		line("Provenance.Sender", p.Sender)
	return k.ids("Provenance.IDs", p.IDs)
}

// body and private are those of a record that holds a Provenance.
func (p *Provenance) body(w *wire) {
	w.instant(&p.Received)
	num(w, &p.Channel)
	num(w, &p.Protection)
	num(w, &p.Signature)
	num(w, &p.KnownBy)
}

func (p *Provenance) private(w *wire) {
	many(w, &p.IDs, func(w *wire, x *ExternalID) {
		text(w, &x.Kind)
		text(w, &x.Value)
	})
	text(w, &p.Fingerprint)
	text(w, &p.Sender)
}

// keysOf are the keys of identifiers.
func (s *Service) keysOf(ids []ExternalID) []storage.Key {
	keys := make([]storage.Key, len(ids))
	for i, x := range ids {
		keys[i] = s.externalKey(x)
	}
	return keys
}

// mailID returns the Message-ID among identifiers.
func mailID(ids []ExternalID) Private {
	for _, x := range ids {
		if x.Kind == IDMessage {
			return x.Value
		}
	}
	return ""
}

// File is a file that a report or a message brings along.
type File struct {
	Name Private   // without a path
	Type Private   // media type as claimed
	TLP  tlp.Label // unset: that of what it comes with
	// Content is streamed to Config.Blobs and never held in memory as a whole.
	Content io.Reader `json:"-"`
}

func (k *checks) files(files []File) *checks {
	for _, f := range files {
		k.line("Files", f.Name).line("Files", f.Type).label("Files", f.TLP).needed("Files", f.Content == nil)
	}
	return k
}

// attachFiles attaches what came with a report or a message.
func (d *decision) attachFiles(x fileAttached, files []File) (ids []AttachmentID) {
	for _, f := range files {
		ids = append(ids, d.attachAs(x.of(f)))
	}
	return ids
}

// of is x for one of several files that came with it.
func (x fileAttached) of(f File) fileAttached {
	x.Name, x.Type = f.Name, f.Type
	if f.TLP != tlp.Unset {
		x.TLP = f.TLP
	}
	return x
}
