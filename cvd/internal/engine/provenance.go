package engine

import (
	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/caselog"
)

func (k *checks) provenance(p cvd.Provenance) *checks {
	k.enum("Provenance.Channel", uint8(p.Channel), uint8(cvd.ChannelMeeting)).
		happened("Provenance.Received", p.Received).
		enum("Provenance.Protection", uint8(p.Protection), uint8(cvd.ProtectSealed)).
		enum("Provenance.Signature", uint8(p.Signature), uint8(cvd.SignatureBad)).
		enum("Provenance.KnownBy", uint8(p.KnownBy), uint8(cvd.KnownBySignature)).
		line("Provenance.Fingerprint", p.Fingerprint).
		line("Provenance.Sender", p.Sender)
	return k.ids("Provenance.IDs", p.IDs)
}

// MailID returns the Message-ID among identifiers.
func MailID(ids []cvd.ExternalID) cvd.Private {
	for _, x := range ids {
		if x.Kind == cvd.IDMessage {
			return x.Value
		}
	}
	return ""
}

func (k *checks) files(files []cvd.File) *checks {
	for _, f := range files {
		k.line("Files", f.Name).line("Files", f.Type).label("Files", f.TLP).needed("Files", f.Content == nil)
	}
	return k
}

// attachFiles attaches what came with a report or a message.
func (d *Decision) attachFiles(x caselog.FileAttached, files []cvd.File) (ids []cvd.AttachmentID) {
	for _, f := range files {
		ids = append(ids, d.attachAs(x.Of(f)))
	}
	return ids
}
