package cvd

import (
	"cmp"
	"context"
	"encoding/hex"
	"fmt"
	"slices"

	"github.com/cvdkit/cvdkit/cvd/storage"
)

// Each participant has a thread, the owner too: a random token that goes out with
// what is sent to it, and leads back. It is kept with the participant's contact,
// so that it goes along when the case is merged, and ends when the person is
// erased. It says where an answer belongs; who wrote that, it does not prove.

// newThread makes a token of a participant. Its record claims the key.
func (d *decision) newThread() []Private {
	var b [16]byte
	d.random(b[:])
	return []Private{Private(hex.EncodeToString(b[:]))}
}

func (s *Service) threadKey(t Private) storage.Key { return s.key("thread", string(t)) }

func (s *Service) threadKeys(tokens []Private) (keys []storage.Key) {
	for _, t := range tokens {
		keys = append(keys, s.threadKey(t))
	}
	return keys
}

// Thread returns the case and the participant to whom a token leads that went out
// with a message, as Outgoing.Thread: also after merges, splits and reopening, to
// where the participant is now. ErrNotFound if it leads nowhere, or no more, since
// the person was erased. It tells where an answer belongs, and not who wrote it.
func (s *Service) Thread(ctx context.Context, token string) (CaseID, PartyID, error) {
	id, err := s.cfg.Store.Lookup(ctx, s.threadKey(Private(token)))
	if err != nil {
		return CaseID{}, 0, err
	}
	c, err := s.View(ctx, id, wholeTeam())
	if err != nil {
		return CaseID{}, 0, err
	}
	for _, p := range c.Participants {
		if !p.Erased && slices.Contains(p.threads, Private(token)) {
			return id, p.ID, nil
		}
	}
	return CaseID{}, 0, ErrNotFound
}

// partyThread adds tokens to a participant: those that came with it from another
// case, or a new one instead of those that went away.
type partyThread struct {
	Party   PartyID
	Instead bool

	Threads []Private
}

func (*partyThread) name() string { return "party.thread/1" }
func (x *partyThread) body(w *wire) {
	num(w, &x.Party)
	w.flag(&x.Instead)
}
func (x *partyThread) private(w *wire) {
	many(w, &x.Threads, func(w *wire, t *Private) { text(w, t) })
}
func (x *partyThread) apply(c *folded, e *envelope) { c.event(e, Event{Party: x.Party}) }
func (x *partyThread) reveal(c *folded, _ *envelope) {
	p := c.party(x.Party)
	switch {
	case p == nil:
	case x.Instead:
		p.threads = x.Threads
	default:
		p.threads = append(slices.Clip(p.threads), x.Threads...)
	}
}

// threads returns the tokens of a participant that is new in the other case: its
// own, if its thread goes along, else one that leads there.
func (k *carrier) threads(p *Participant) []Private {
	switch {
	case p.Erased:
		return nil
	case k.gives == nil || !k.goes(p):
		return k.to.newThread()
	}
	k.gives.change.Drop = append(k.gives.change.Drop, k.to.s.threadKeys(p.threads)...)
	return p.threads
}

// thread moves the tokens of a participant to the one that it is in the other case.
func (k *carrier) thread(p *Participant, to PartyID) {
	if k.gives == nil || len(p.threads) == 0 || !k.goes(p) {
		return
	}
	k.gives.change.Drop = append(k.gives.change.Drop, k.to.s.threadKeys(p.threads)...)
	k.to.emit(&partyThread{Party: to, Threads: p.threads})
}

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
		if m, to, ok := s.delivered(&c.Case, delivery); ok {
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
