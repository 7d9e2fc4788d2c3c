package mail

import (
	"context"
	"strings"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/pgp"
)

// voice is whose words a mail is, in a case (rule 6).
type voice struct {
	party cvd.PartyID
	known cvd.KnownBy
	why   string // it is not known
}

// identify finds the participant whose voice this is: by a valid signature of the key
// that the case has of it, or by the word of the host's mail server that the mail is
// from its address. The token that led here only says whom it may be.
func (l *letter) identify(ctx context.Context, t thread, v verdict) (voice, error) {
	c, err := l.in.Service.View(ctx, t.id, cvd.Viewer{Team: true, Groups: []cvd.Private{cvd.EveryGroup}})
	if err != nil {
		return voice{}, err
	}
	out := voice{party: t.party, why: "nothing shows from whom it is"}
	if t.party != 0 {
		out.known = cvd.KnownByToken
	}
	from := cvd.PartyID(0)
	for _, p := range c.Participants {
		if p.ID == cvd.Owner || !p.Removed.IsZero() {
			continue
		}
		if l.signedBy(string(p.Key)) || p.Key == "" && p.Email != "" && strings.EqualFold(string(p.Email), l.from) && l.signedByChecked(l.from) {
			return voice{party: p.ID, known: cvd.KnownBySignature}, nil
		}
		// Of two with one address the one whose thread it is.
		if l.from != "" && strings.EqualFold(string(p.Email), l.from) && (from == 0 || p.ID == t.party) {
			from = p.ID
		}
	}
	switch {
	case l.twoAuthors():
		out.why = "it names several authors"
	case from != 0 && v == passed:
		return voice{party: from, known: cvd.KnownByResults}, nil
	case from != 0:
		out.party = from
	case t.party != 0:
		out.why = "it came from another address than that of the participant"
	default:
		out.why = "its address is not that of a participant"
	}
	if v == failed {
		out.why = "the check of its address failed"
	}
	return out, nil
}

// signedBy reports whether a valid signature covers the text that is of a key.
func (l *letter) signedBy(fingerprint string) bool {
	fingerprint = strings.ToUpper(strings.ReplaceAll(fingerprint, " ", ""))
	for _, s := range l.m.Signatures() {
		if s.Status == pgp.Valid && fingerprint != "" && strings.ToUpper(s.Signer) == fingerprint {
			return true
		}
	}
	return false
}

// signedByChecked reports whether a valid signature covers the text that is of a
// certificate that the team has checked, and that carries the address.
func (l *letter) signedByChecked(address string) bool {
	for _, c := range l.in.Checked {
		if c.HasAddress(address) && l.signedBy(c.Fingerprint()) {
			return true
		}
	}
	return false
}

// provenance is how the mail came.
func (l *letter) provenance(known cvd.KnownBy) cvd.Provenance {
	p := cvd.Provenance{
		IDs: l.ids, Received: l.env.Received, Channel: cvd.ChannelMail, Protection: l.protection(),
		KnownBy: known, Sender: l.r.Sender.Address,
	}
	p.Signature, p.Fingerprint = l.signature()
	return p
}

func (l *letter) protection() cvd.Protection {
	switch {
	case l.m.Encrypted():
		return cvd.ProtectSealed
	case l.env.TLS:
		return cvd.ProtectTLS
	}
	return cvd.ProtectNone
}

func (l *letter) signature() (cvd.Signature, cvd.Private) {
	sigs := l.m.Signatures()
	if len(sigs) == 0 {
		return cvd.SignatureNone, ""
	}
	switch pgp.Best(sigs) {
	case pgp.Valid:
		for _, s := range sigs {
			if s.Status == pgp.Valid {
				return cvd.SignatureValid, cvd.Private(s.Signer)
			}
		}
	case pgp.Bad:
		return cvd.SignatureBad, ""
	}
	return cvd.SignatureUnverified, ""
}
