package service

import (
	"cmp"
	"context"
	"slices"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/caselog"
	"github.com/cvdkit/cvdkit/cvd/internal/engine"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
)

// Thread returns the case and the participant to whom a token leads that went out
// with a message, as Outgoing.Thread: also after merges, splits and reopening, to
// where the participant is now. ErrNotFound if it leads nowhere, or no more, since
// the person was erased. It tells where an answer belongs, and not who wrote it.
func (s *Service) Thread(ctx context.Context, token string) (cvd.CaseID, cvd.PartyID, error) {
	id, err := s.e.Cfg.Store.Lookup(ctx, s.e.ThreadKey(cvd.Private(token)))
	if err != nil {
		return cvd.CaseID{}, 0, err
	}
	c, err := s.e.View(ctx, id, caselog.WholeTeam())
	if err != nil {
		return cvd.CaseID{}, 0, err
	}
	for _, p := range c.Participants {
		if !p.Erased && slices.Contains(p.Kept(inner.Only{}).Threads, cvd.Private(token)) {
			return id, p.ID, nil
		}
	}
	return cvd.CaseID{}, 0, cvd.ErrNotFound
}

// Delivery returns the message that was sent under an ID, Outgoing.ID, with its
// case and recipient: in this case, or in those that were merged into it or go on
// in it. ErrNotFound if there is none. It takes time with each delivery of the case.
func (s *Service) Delivery(ctx context.Context, id cvd.CaseID, delivery string) (cvd.CaseID, cvd.MessageID, cvd.PartyID, error) {
	seen := map[cvd.CaseID]bool{}
	for todo := []cvd.CaseID{id}; len(todo) > 0 && len(seen) < 1000; todo = todo[1:] {
		if seen[todo[0]] {
			continue
		}
		seen[todo[0]] = true
		c, err := s.e.Load(ctx, todo[0])
		if err != nil {
			return cvd.CaseID{}, 0, 0, err
		}
		if m, to, ok := s.e.Delivered(&c.Case, delivery); ok {
			return c.ID, m, to, nil
		}
		for _, l := range c.Links {
			if l.Kind == cvd.LinkMergedFrom || l.Kind == cvd.LinkContinues || l.Kind == cvd.LinkSplitFrom {
				todo = append(todo, l.Case)
			}
		}
	}
	return cvd.CaseID{}, 0, 0, cvd.ErrNotFound
}

const (
	maxReferences = 10
	referenced    = 50 // messages that are looked back at
)

// references are what a mail says of the ones before it: only of those that the
// recipient has, and by the names under which it has them.
func (s *Service) references(c *cvd.Case, m *cvd.Message, to cvd.PartyID) (inReplyTo cvd.Private, refs []cvd.Private) {
	name := func(x *cvd.Message) cvd.Private {
		if x.From == to && x.Purpose != cvd.PurposeUnverified {
			return engine.MailID(x.Provenance.IDs)
		}
		for i := range x.Deliveries {
			if d := &x.Deliveries[i]; d.Party == to && (d.State == cvd.DeliverySent || d.State == cvd.DeliveryNoticed) {
				return cvd.Private(s.e.DeliveryID(c.ID, to, x.Seq, d.State == cvd.DeliveryNoticed))
			}
		}
		return ""
	}
	if x := inner.At(c.Messages, m.InReplyTo); x != nil {
		inReplyTo = name(x)
	}
	about := c.ReportByID(cvd.ReportID(m.About))
	if m.Purpose != cvd.PurposeAcknowledgement && m.Purpose != cvd.PurposeTriage {
		about = nil
	}
	if about != nil && about.Reporter == to {
		inReplyTo = cmp.Or(inReplyTo, about.Mail)
	}
	for i := int(m.ID) - 2; i >= 0 && i >= int(m.ID)-1-referenced && len(refs) < maxReferences-1; i-- {
		if n := name(&c.Messages[i]); n != "" && n != inReplyTo {
			refs = append(refs, n)
		}
	}
	for i := range c.Reports {
		if r := &c.Reports[i]; r.Reporter == to && r.Mail != "" && r.Mail != inReplyTo && len(refs) < maxReferences-1 {
			refs = append(refs, r.Mail)
			break
		}
	}
	slices.Reverse(refs)
	if inReplyTo != "" {
		refs = append(refs, inReplyTo)
	}
	return inReplyTo, refs
}
