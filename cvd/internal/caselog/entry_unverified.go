package caselog

import (
	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
)

// MessageAdmitted says whose an unverified message is, and what it became.
type MessageAdmitted struct {
	structural
	Message cvd.MessageID
	Party   cvd.PartyID
	Report  cvd.ReportID // 0: it is a message of the party to the team
}

func (*MessageAdmitted) RecordName() string { return "message.admitted/1" }

func (x *MessageAdmitted) Body(w *Wire) {
	num(w, &x.Message)
	num(w, &x.Party)
	num(w, &x.Report)
}

func (x *MessageAdmitted) apply(c *Folded, e *Envelope) {
	event(&c.Case, e, cvd.Event{Party: x.Party}.With(uint32(x.Message), 0))
	m := c.message(x.Message)
	if m == nil {
		return
	}
	m.Admitted, m.Report, m.Claimed = e.At.Time(), x.Report, x.Party
	if x.Report == 0 {
		m.Purpose, m.From, m.To = cvd.PurposeMessage, x.Party, []cvd.PartyID{cvd.Owner}
		m.Deliveries = []cvd.DeliveryState{{Party: cvd.Owner, State: cvd.DeliveryHeld, At: m.Admitted}} // the team has it
		c.heard(x.Party, e)
		if isReporter(&c.Case, x.Party) {
			waits(&c.Case, false, m.Admitted)
		}
	}
	adoptFiles(&c.Case, m, x.Party)
}

// adoptFiles makes the files of a message those of a participant. Snapshots share
// the list.
func adoptFiles(c *cvd.Case, m *cvd.Message, of cvd.PartyID) {
	all := make([]cvd.Attachment, len(c.Attachments), cap(c.Attachments))
	copy(all, c.Attachments)
	for _, id := range append([]cvd.AttachmentID{m.Original}, m.Attachments...) {
		if f := inner.At(all, id); f != nil && f.Unverified {
			f.From, f.Unverified = of, false
		}
	}
	c.Attachments = all
}

type DeliveryBounced struct {
	Message   cvd.MessageID
	Party     cvd.PartyID
	Permanent bool

	Detail cvd.Private
}

func (x *DeliveryBounced) State() cvd.Delivered {
	if x.Permanent {
		return cvd.DeliveryBounced
	}
	return cvd.DeliveryDelayed
}

func (*DeliveryBounced) RecordName() string { return "delivery.bounced/1" }

func (x *DeliveryBounced) Body(w *Wire) {
	num(w, &x.Message)
	num(w, &x.Party)
	w.flag(&x.Permanent)
}

func (x *DeliveryBounced) Private(w *Wire) { text(w, &x.Detail) }

func (x *DeliveryBounced) reveal(c *Folded, _ *Envelope) {
	c.delivery(x.Message, x.Party, func(s *cvd.DeliveryState) { s.Detail = x.Detail })
}

func (x *DeliveryBounced) apply(c *Folded, e *Envelope) {
	c.delivery(x.Message, x.Party, func(s *cvd.DeliveryState) { s.State, s.At = x.State(), e.At.Time() })
	if p := c.party(x.Party); p != nil && x.Permanent {
		p.Bounced = e.At.Time()
	}
	event(&c.Case, e, cvd.Event{Party: x.Party}.With(uint32(x.Message), uint16(x.State())))
}

// delivery changes the state of one delivery. Snapshots share the old ones.
func (c *Folded) delivery(id cvd.MessageID, to cvd.PartyID, f func(*cvd.DeliveryState)) {
	m := c.message(id)
	if m == nil {
		return
	}
	all := append([]cvd.DeliveryState(nil), m.Deliveries...)
	for i := range all {
		if all[i].Party == to {
			f(&all[i])
		}
	}
	m.Deliveries = all
}
