package cvd

import (
	"context"
	"slices"
	"strings"

	"github.com/cvdkit/cvdkit/cvd/storage"
)

// maxConfirmed bounds the cases that Confirmed looks at.
const maxConfirmed = 10_000

// Confirmed returns the open cases, the newest first, in which a reporter has an
// e-mail address that is confirmed: by a mail from it that was taken in that case with
// KnownByResults, or with KnownBySignature by a certificate that the team has checked
// to carry the address. It is for giving a new receipt to who reads mail there.
//
// What was typed confirms nothing: neither an address in a form, nor a thread, which is
// forwarded with every mail, nor a signature by the key that the participant named
// itself, because the address beside it is not signed. What the team admitted as
// somebody's confirms no address either, nor does a report by mail once the contact was
// changed.
//
// A case is left out while its sender is quarantined; where the participant was removed
// or erased, or mail to it has come back; once it goes on elsewhere; and where another
// case has come into it, because by an address alone two people may have been taken for
// one there. It returns at most 64 places, with Grant 0, and looks at the newest 10,000
// cases of the address. A case that cannot be read is a problem and hinders no other.
func (s *Service) Confirmed(ctx context.Context, address Private) (out []Place, problems []CaseProblem, err error) {
	if address == "" {
		return nil, nil, nil
	}
	tag := s.identity(Contact{Email: address})
	q := storage.Query{All: []storage.Term{"party:" + tag + "/open"}, Limit: 100}
	for looked := 0; looked < maxConfirmed; looked += q.Limit {
		heads, err := s.cfg.Store.Heads(ctx, q)
		if err != nil {
			return nil, nil, err
		}
		for _, h := range heads {
			p, err := s.confirmed(ctx, h.ID, tag, address)
			switch {
			case ctx.Err() != nil:
				return nil, nil, ctx.Err()
			case err != nil:
				problems = append(problems, CaseProblem{h.ID, err})
			case p != 0:
				if out = append(out, Place{Case: h.ID, Party: p}); len(out) == maxPlaces {
					return out, problems, nil
				}
			}
		}
		if len(heads) < q.Limit {
			break
		}
		q.Before.ID = heads[len(heads)-1].ID
	}
	return out, problems, nil
}

// confirmed returns whose address it is in a case; 0: nobody's.
func (s *Service) confirmed(ctx context.Context, id CaseID, tag storage.Term, address Private) (PartyID, error) {
	c, err := s.load(ctx, id) // without texts, which costs little: most that is typed ends here
	if err != nil || !c.confirms(tag) {
		return 0, err
	}
	if c, err = s.wholeCase(ctx, id); err != nil || !c.confirms(tag) {
		return 0, err
	}
	for _, p := range c.Participants {
		if p.identity == tag && c.canConfirm(p) && sameASCII(p.Email, address) && c.confirmedBy(p) {
			return p.ID, nil
		}
	}
	return 0, nil
}

// confirms reports whether a case could confirm the address of a participant, as far
// as that is known without its texts.
func (c *folded) confirms(tag storage.Term) bool {
	if _, ok := c.wentOn(); ok || !c.Open() || c.parts > 0 || c.Submission.Quarantined || c.Submission.Stage == StageQuarantine || c.Submission.Stage == StageDismissed {
		return false
	}
	vouched := slices.ContainsFunc(c.Reports, func(r Report) bool { return vouchedFor(r.KnownBy) }) ||
		slices.ContainsFunc(c.Messages, func(m Message) bool { return vouchedFor(m.Provenance.KnownBy) })
	return vouched && slices.ContainsFunc(c.Participants, func(p *Participant) bool { return p.identity == tag && c.canConfirm(p) })
}

func vouchedFor(k KnownBy) bool { return k == KnownByResults || k == KnownBySignature }

// canConfirm tells who may have a confirmed address at all.
func (c *folded) canConfirm(p *Participant) bool {
	return p.ID != Owner && !p.Erased && !p.gone() && p.byMail && p.Bounced.IsZero() && c.reported(p.ID)
}

// confirmedBy looks for the mail that confirms a participant's address.
func (c *folded) confirmedBy(p *Participant) bool {
	changed := slices.ContainsFunc(c.Events, func(e Event) bool { return e.Kind == EventPartyChanged && e.Party == p.ID })
	for i := range c.Reports {
		r := &c.Reports[i]
		admitted := slices.ContainsFunc(c.Messages, func(m Message) bool { return m.Report == r.ID })
		if r.Reporter == p.ID && r.Channel == ChannelMail && vouchedFor(r.KnownBy) && !changed && !admitted {
			return true // the contact is what its mail said
		}
	}
	for i := range c.Messages {
		m := &c.Messages[i]
		x := &m.Provenance
		if m.From != p.ID || x.Channel != ChannelMail || m.Purpose == PurposeUnverified || !m.Admitted.IsZero() || !sameASCII(x.Sender, p.Email) {
			continue
		}
		if x.KnownBy == KnownByResults || x.KnownBy == KnownBySignature && p.Key == "" && !changed {
			return true
		}
	}
	return false
}

// sameASCII reports whether two addresses are the same but for the case of ASCII
// letters. Letters that only Unicode takes for one another are of different mailboxes.
func sameASCII(a, b Private) bool {
	lower := func(p Private) string {
		return strings.Map(func(r rune) rune {
			if 'A' <= r && r <= 'Z' {
				r += 'a' - 'A'
			}
			return r
		}, string(p))
	}
	return lower(a) == lower(b)
}
