package cvd

import (
	"cmp"
	"context"
	"encoding/hex"
	"fmt"
	"slices"
)

// deliveryID names what is sent of a message to one recipient, the same for each
// try: Outgoing.ID.
func (s *Service) deliveryID(id CaseID, to PartyID, ref Seq, notice bool) string {
	l := lane(id, to)
	k := s.key("delivery", string(id[:])+string(l[:])+fmt.Sprint(ref, notice))
	return hex.EncodeToString(k[:16])
}

// delivered finds the message and the recipient of a delivery.
func (s *Service) delivered(c *Case, delivery string) (MessageID, PartyID, bool) {
	for i := len(c.Messages) - 1; i >= 0; i-- {
		m := &c.Messages[i]
		for _, to := range m.To {
			for _, notice := range []bool{false, true} {
				if s.deliveryID(c.ID, to, m.Seq, notice) == delivery {
					return m.ID, to, true
				}
			}
		}
	}
	return 0, 0, false
}

// Delivery returns the message that was sent under an ID, Outgoing.ID, with its
// case and recipient: in this case, or in those that were merged into it or go on
// in it. ErrNotFound if there is none. It takes time with each delivery of the case.
func (s *Service) Delivery(ctx context.Context, id CaseID, delivery string) (CaseID, MessageID, PartyID, error) {
	seen := map[CaseID]bool{}
	for todo := []CaseID{id}; len(todo) > 0 && len(seen) < 1000; todo = todo[1:] {
		if seen[todo[0]] {
			continue
		}
		seen[todo[0]] = true
		c, err := s.load(ctx, todo[0])
		if err != nil {
			return CaseID{}, 0, 0, err
		}
		if m, to, ok := s.delivered(c, delivery); ok {
			return c.ID, m, to, nil
		}
		for _, l := range c.Links {
			if l.Kind == LinkMergedFrom || l.Kind == LinkContinues || l.Kind == LinkSplitFrom {
				todo = append(todo, l.Case)
			}
		}
	}
	return CaseID{}, 0, 0, ErrNotFound
}

const (
	maxReferences = 10
	referenced    = 50 // messages that are looked back at
)

// references are what a mail says of the ones before it: only of those that the
// recipient has, and by the names under which it has them.
func (s *Service) references(c *Case, m *Message, to PartyID) (inReplyTo Private, refs []Private) {
	name := func(x *Message) Private {
		if x.From == to && x.Purpose != PurposeUnverified {
			return mailID(x.Provenance.IDs)
		}
		for i := range x.Deliveries {
			if d := &x.Deliveries[i]; d.Party == to && (d.State == DeliverySent || d.State == DeliveryNoticed) {
				return Private(s.deliveryID(c.ID, to, x.Seq, d.State == DeliveryNoticed))
			}
		}
		return ""
	}
	if x := at(c.Messages, m.InReplyTo); x != nil {
		inReplyTo = name(x)
	}
	about := c.reportByID(ReportID(m.About))
	if m.Purpose != PurposeAcknowledgement && m.Purpose != PurposeTriage {
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
