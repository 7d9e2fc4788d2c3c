package caselog

import (
	"slices"

	"github.com/cvdkit/cvdkit/advisory/tlp"
	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
)

type MessagePosted struct {
	Purpose     cvd.Purpose
	From        cvd.PartyID
	To          []cvd.PartyID
	TLP         tlp.Label
	Require     cvd.Protection
	About       uint32
	Attachments []cvd.AttachmentID
	InReplyTo   cvd.MessageID
	Original    cvd.AttachmentID
	Claimed     cvd.PartyID // from whom it says it is, with PurposeUnverified
	Go, Hold    bool
	Topic       cvd.TopicID

	Provenance cvd.Provenance // in both parts
	Statements []Stated

	Subject, Text, Reason cvd.Private
	Said                  []cvd.Private // Fixed and Text of each statement
}

// Stated is a Statement without its texts.
type Stated struct {
	Vuln     cvd.VulnID
	Stream   cvd.StreamID
	Affected cvd.Affected
}

func (*MessagePosted) RecordName() string { return "message.posted/1" }

func (x *MessagePosted) Body(w *Wire) {
	num(w, &x.Purpose)
	num(w, &x.From)
	many(w, &x.To, func(w *Wire, p *cvd.PartyID) { num(w, p) })
	label(w, &x.TLP)
	num(w, &x.Require)
	num(w, &x.About)
	many(w, &x.Attachments, func(w *Wire, a *cvd.AttachmentID) { num(w, a) })
	num(w, &x.InReplyTo)
	num(w, &x.Original)
	num(w, &x.Claimed)
	w.flag(&x.Go)
	w.flag(&x.Hold)
	body(&x.Provenance, w)
	many(w, &x.Statements, func(w *Wire, s *Stated) {
		num(w, &s.Vuln)
		num(w, &s.Stream)
		num(w, &s.Affected)
	})
	num(w, &x.Topic)
}

func (x *MessagePosted) Private(w *Wire) {
	text(w, &x.Subject)
	text(w, &x.Text)
	text(w, &x.Reason)
	private(&x.Provenance, w)
	many(w, &x.Said, func(w *Wire, p *cvd.Private) { text(w, p) })
}

func (x *MessagePosted) apply(c *Folded, e *Envelope) {
	id := cvd.MessageID(len(c.Messages) + 1)
	m := cvd.Message{
		ID: id, Seq: e.Seq, Purpose: x.Purpose, From: x.From, To: x.To, TLP: x.TLP, Require: x.Require,
		Posted: e.At.Time(), About: x.About, Attachments: x.Attachments, Topic: x.Topic,
		Deliveries: make([]cvd.DeliveryState, len(x.To)),
		InReplyTo:  x.InReplyTo, Original: x.Original, Claimed: x.Claimed, Go: x.Go, Hold: x.Hold,
	}
	m.Kept(inner.Only{}).Part = c.Part
	for _, y := range x.Statements {
		m.Statements = append(m.Statements, cvd.Statement{Vuln: y.Vuln, Stream: y.Stream, Affected: y.Affected})
	}
	m.Provenance = x.Provenance
	m.Provenance.IDs, m.Provenance.Fingerprint, m.Provenance.Sender = nil, "", ""
	for i, to := range x.To {
		m.Deliveries[i] = cvd.DeliveryState{Party: to, At: m.Posted}
		if p := c.Participant(to); p == nil || !p.Routable {
			m.Deliveries[i].State = cvd.DeliveryHeld
		}
	}
	if n := len(c.Messages); n == cap(c.Messages) {
		c.Messages = slices.Grow(c.Messages, n)
	}
	c.Messages = append(c.Messages, m) // as with events, snapshots share what is before it
	messaged(&c.Case, &m)
	c.heard(x.From, e)
	if x.From != cvd.Owner {
		c.unread++
	}
	ev := cvd.Event{}.With(uint32(id), uint16(x.Purpose))
	if len(x.To) == 1 {
		ev.Party = x.To[0]
	}
	event(&c.Case, e, ev)
}

func (x *MessagePosted) reveal(c *Folded, e *Envelope) {
	m := c.message(cvd.MessageID(c.Events[e.Seq-1].Kept(inner.Only{}).Ref))
	m.Subject, m.Text, m.Reason, m.Provenance = x.Subject, x.Text, x.Reason, x.Provenance
	m.Statements = slices.Clone(m.Statements)
	for i := range min(len(m.Statements), len(x.Said)/2) {
		m.Statements[i].Fixed, m.Statements[i].Text = x.Said[2*i], x.Said[2*i+1]
	}
}

// MessageDelivered records what became of deliveries, many at a time.
type MessageDelivered struct {
	Items []DeliveredItem
	Texts sentTexts
}

type DeliveredItem struct {
	Message    cvd.MessageID
	Party      cvd.PartyID
	State      cvd.Delivered
	Transport  string
	Protection cvd.Protection
	Frame      *SentFrame // in MessageDelivered.texts
}

func (*MessageDelivered) RecordName() string          { return "message.delivered/1" }
func (x *MessageDelivered) Private(w *Wire)           { x.Texts.private(w) }
func (x *MessageDelivered) reveal(*Folded, *Envelope) {}

func (x *MessageDelivered) Body(w *Wire) {
	many(w, &x.Items, func(w *Wire, d *DeliveredItem) {
		num(w, &d.Message)
		num(w, &d.Party)
		num(w, &d.State)
		text(w, &d.Transport)
		num(w, &d.Protection)
	})
}

func (x *MessageDelivered) apply(c *Folded, e *Envelope) {
	var own cvd.MessageID // whose Deliveries are ours: snapshots share the old ones
	for _, it := range x.Items {
		m := c.message(it.Message)
		if m == nil {
			continue
		}
		if own != it.Message {
			m.Deliveries, own = slices.Clone(m.Deliveries), it.Message
		}
		for i := range m.Deliveries {
			if m.Deliveries[i].Party == it.Party {
				m.Deliveries[i] = cvd.DeliveryState{Party: it.Party, State: it.State, At: e.At.Time(), Transport: it.Transport, Protection: it.Protection, Fetched: m.Deliveries[i].Fetched}
			}
		}
	}
	ev := cvd.Event{}.With(uint32(len(x.Items)), 0)
	if len(x.Items) == 1 {
		ev.Party, ev.Kept(inner.Only{}).Detail = x.Items[0].Party, uint16(x.Items[0].State)
	}
	event(&c.Case, e, ev)
}
