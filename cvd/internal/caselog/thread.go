package caselog

import (
	"encoding/hex"
	"fmt"
	"slices"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

func (s *Book) ThreadKey(t cvd.Private) storage.Key { return s.Key("thread", string(t)) }

func (s *Book) ThreadKeys(tokens []cvd.Private) (keys []storage.Key) {
	for _, t := range tokens {
		keys = append(keys, s.ThreadKey(t))
	}
	return keys
}

// PartyThread adds tokens to a participant: those that came with it from another
// case, or a new one instead of those that went away.
type PartyThread struct {
	Party   cvd.PartyID
	Instead bool

	Threads []cvd.Private
}

func (*PartyThread) RecordName() string { return "party.thread/1" }

func (x *PartyThread) Body(w *Wire) {
	num(w, &x.Party)
	w.flag(&x.Instead)
}

func (x *PartyThread) Private(w *Wire) {
	many(w, &x.Threads, func(w *Wire, t *cvd.Private) { text(w, t) })
}

func (x *PartyThread) apply(c *Folded, e *Envelope) { event(&c.Case, e, cvd.Event{Party: x.Party}) }

func (x *PartyThread) reveal(c *Folded, _ *Envelope) {
	p := c.party(x.Party)
	switch {
	case p == nil:
	case x.Instead:
		p.Kept(inner.Only{}).Threads = x.Threads
	default:
		p.Kept(inner.Only{}).Threads = append(slices.Clip(p.Kept(inner.Only{}).Threads), x.Threads...)
	}
}

// DeliveryID names what is sent of a message to one recipient, the same for each
// try: Outgoing.ID.
func (s *Book) DeliveryID(id cvd.CaseID, to cvd.PartyID, ref cvd.Seq, notice bool) string {
	l := Lane(id, to)
	k := s.Key("delivery", string(id[:])+string(l[:])+fmt.Sprint(ref, notice))
	return hex.EncodeToString(k[:16])
}

// Delivered finds the message and the recipient of a delivery.
func (s *Book) Delivered(c *cvd.Case, delivery string) (cvd.MessageID, cvd.PartyID, bool) {
	for i := len(c.Messages) - 1; i >= 0; i-- {
		m := &c.Messages[i]
		for _, to := range m.To {
			for _, notice := range []bool{false, true} {
				if s.DeliveryID(c.ID, to, m.Seq, notice) == delivery {
					return m.ID, to, true
				}
			}
		}
	}
	return 0, 0, false
}
