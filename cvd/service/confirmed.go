package service

import (
	"context"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/caselog"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
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
func (s *Service) Confirmed(ctx context.Context, address cvd.Private) (out []Place, problems []cvd.CaseProblem, err error) {
	if address == "" {
		return nil, nil, nil
	}
	tag := s.e.Identity(cvd.Contact{Email: address})
	q := storage.Query{All: []storage.Term{"party:" + tag + "/open"}, Limit: 100}
	for looked := 0; looked < maxConfirmed; looked += q.Limit {
		heads, err := s.e.Cfg.Store.Heads(ctx, q)
		if err != nil {
			return nil, nil, err
		}
		for _, h := range heads {
			p, err := s.confirmed(ctx, h.ID, tag, address)
			switch {
			case ctx.Err() != nil:
				return nil, nil, ctx.Err()
			case err != nil:
				problems = append(problems, cvd.CaseProblem{Case: h.ID, Err: err})
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
func (s *Service) confirmed(ctx context.Context, id cvd.CaseID, tag storage.Term, address cvd.Private) (cvd.PartyID, error) {
	c, err := s.e.Load(ctx, id) // without texts, which costs little: most that is typed ends here
	if err != nil || !c.Confirms(tag) {
		return 0, err
	}
	if c, err = s.e.WholeCase(ctx, id); err != nil || !c.Confirms(tag) {
		return 0, err
	}
	for _, p := range c.Participants {
		if p.Kept(inner.Only{}).Identity == tag && c.CanConfirm(p) && caselog.SameASCII(p.Email, address) && c.ConfirmedBy(p) {
			return p.ID, nil
		}
	}
	return 0, nil
}
