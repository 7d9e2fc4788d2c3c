package caselog

import (
	"slices"
	"strings"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// Confirms reports whether a case could confirm the address of a participant, as far
// as that is known without its texts.
func (c *Folded) Confirms(tag storage.Term) bool {
	if _, ok := c.WentOn(); ok || !c.Open() || c.Parts > 0 || c.Submission.Quarantined || c.Submission.Stage == cvd.StageQuarantine || c.Submission.Stage == cvd.StageDismissed {
		return false
	}
	vouched := slices.ContainsFunc(c.Reports, func(r cvd.Report) bool { return vouchedFor(r.KnownBy) }) ||
		slices.ContainsFunc(c.Messages, func(m cvd.Message) bool { return vouchedFor(m.Provenance.KnownBy) })
	return vouched && slices.ContainsFunc(c.Participants, func(p *cvd.Participant) bool { return p.Kept(inner.Only{}).Identity == tag && c.CanConfirm(p) })
}

func vouchedFor(k cvd.KnownBy) bool { return k == cvd.KnownByResults || k == cvd.KnownBySignature }

// CanConfirm tells who may have a confirmed address at all.
func (c *Folded) CanConfirm(p *cvd.Participant) bool {
	return p.ID != cvd.Owner && !p.Erased && !p.Gone() && p.Kept(inner.Only{}).ByMail && p.Bounced.IsZero() && Reported(&c.Case, p.ID)
}

// ConfirmedBy looks for the mail that confirms a participant's address.
func (c *Folded) ConfirmedBy(p *cvd.Participant) bool {
	changed := slices.ContainsFunc(c.Events, func(e cvd.Event) bool { return e.Kind == cvd.EventPartyChanged && e.Party == p.ID })
	for i := range c.Reports {
		r := &c.Reports[i]
		admitted := slices.ContainsFunc(c.Messages, func(m cvd.Message) bool { return m.Report == r.ID })
		if r.Reporter == p.ID && r.Channel == cvd.ChannelMail && vouchedFor(r.KnownBy) && !changed && !admitted {
			return true // the contact is what its mail said
		}
	}
	for i := range c.Messages {
		m := &c.Messages[i]
		x := &m.Provenance
		if m.From != p.ID || x.Channel != cvd.ChannelMail || m.Purpose == cvd.PurposeUnverified || !m.Admitted.IsZero() || !SameASCII(x.Sender, p.Email) {
			continue
		}
		if x.KnownBy == cvd.KnownByResults || x.KnownBy == cvd.KnownBySignature && p.Key == "" && !changed {
			return true
		}
	}
	return false
}

// SameASCII reports whether two addresses are the same but for the case of ASCII
// letters. Letters that only Unicode takes for one another are of different mailboxes.
func SameASCII(a, b cvd.Private) bool {
	lower := func(p cvd.Private) string {
		return strings.Map(func(r rune) rune {
			if 'A' <= r && r <= 'Z' {
				r += 'a' - 'A'
			}
			return r
		}, string(p))
	}
	return lower(a) == lower(b)
}
