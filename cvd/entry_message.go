package cvd

import (
	"slices"

	"github.com/cvdkit/cvdkit/advisory/tlp"
)

type messagePosted struct {
	Purpose     Purpose
	From        PartyID
	To          []PartyID
	TLP         tlp.Label
	Require     Protection
	About       uint32
	Attachments []AttachmentID
	InReplyTo   MessageID
	Original    AttachmentID
	Claimed     PartyID // from whom it says it is, with PurposeUnverified
	Go, Hold    bool
	Topic       TopicID

	Provenance Provenance // in both parts
	Statements []stated

	Subject, Text, Reason Private
	Said                  []Private // Fixed and Text of each statement
}

// stated is a Statement without its texts.
type stated struct {
	Vuln     VulnID
	Stream   StreamID
	Affected Affected
}

func (*messagePosted) name() string { return "message.posted/1" }
func (x *messagePosted) body(w *wire) {
	num(w, &x.Purpose)
	num(w, &x.From)
	many(w, &x.To, func(w *wire, p *PartyID) { num(w, p) })
	label(w, &x.TLP)
	num(w, &x.Require)
	num(w, &x.About)
	many(w, &x.Attachments, func(w *wire, a *AttachmentID) { num(w, a) })
	num(w, &x.InReplyTo)
	num(w, &x.Original)
	num(w, &x.Claimed)
	w.flag(&x.Go)
	w.flag(&x.Hold)
	x.Provenance.body(w)
	many(w, &x.Statements, func(w *wire, s *stated) {
		num(w, &s.Vuln)
		num(w, &s.Stream)
		num(w, &s.Affected)
	})
	num(w, &x.Topic)
}
func (x *messagePosted) private(w *wire) {
	text(w, &x.Subject)
	text(w, &x.Text)
	text(w, &x.Reason)
	x.Provenance.private(w)
	many(w, &x.Said, func(w *wire, p *Private) { text(w, p) })
}
func (x *messagePosted) apply(c *folded, e *envelope) {
	id := MessageID(len(c.Messages) + 1)
	m := Message{
		ID: id, Seq: e.seq, Purpose: x.Purpose, From: x.From, To: x.To, TLP: x.TLP, Require: x.Require,
		Posted: e.at.Time(), About: x.About, Attachments: x.Attachments, Topic: x.Topic,
		Deliveries: make([]DeliveryState, len(x.To)),
		InReplyTo:  x.InReplyTo, Original: x.Original, Claimed: x.Claimed, Go: x.Go, Hold: x.Hold,
	}
	m.part = c.part
	for _, y := range x.Statements {
		m.Statements = append(m.Statements, Statement{Vuln: y.Vuln, Stream: y.Stream, Affected: y.Affected})
	}
	m.Provenance = x.Provenance
	m.Provenance.IDs, m.Provenance.Fingerprint, m.Provenance.Sender = nil, "", ""
	for i, to := range x.To {
		m.Deliveries[i] = DeliveryState{Party: to, At: m.Posted}
		if p := c.member(to); p == nil || !p.Routable {
			m.Deliveries[i].State = DeliveryHeld
		}
	}
	if n := len(c.Messages); n == cap(c.Messages) {
		c.Messages = slices.Grow(c.Messages, n)
	}
	c.Messages = append(c.Messages, m) // as with events, snapshots share what is before it
	c.messaged(&m)
	c.heard(x.From, e)
	if x.From != Owner {
		c.unread++
	}
	ev := Event{}.With(uint32(id), uint16(x.Purpose))
	if len(x.To) == 1 {
		ev.Party = x.To[0]
	}
	c.event(e, ev)
}
func (x *messagePosted) reveal(c *folded, e *envelope) {
	m := c.message(MessageID(c.Events[e.seq-1].ref))
	m.Subject, m.Text, m.Reason, m.Provenance = x.Subject, x.Text, x.Reason, x.Provenance
	m.Statements = slices.Clone(m.Statements)
	for i := range min(len(m.Statements), len(x.Said)/2) {
		m.Statements[i].Fixed, m.Statements[i].Text = x.Said[2*i], x.Said[2*i+1]
	}
}

// messageDelivered records what became of deliveries, many at a time.
type messageDelivered struct {
	Items []deliveredItem
	texts sentTexts
}

type deliveredItem struct {
	Message    MessageID
	Party      PartyID
	State      Delivered
	Transport  string
	Protection Protection
	frame      *sentFrame // in messageDelivered.texts
}

func (*messageDelivered) name() string                { return "message.delivered/1" }
func (x *messageDelivered) private(w *wire)           { x.texts.private(w) }
func (x *messageDelivered) reveal(*folded, *envelope) {}
func (x *messageDelivered) body(w *wire) {
	many(w, &x.Items, func(w *wire, d *deliveredItem) {
		num(w, &d.Message)
		num(w, &d.Party)
		num(w, &d.State)
		text(w, &d.Transport)
		num(w, &d.Protection)
	})
}
func (x *messageDelivered) apply(c *folded, e *envelope) {
	var own MessageID // whose Deliveries are ours: snapshots share the old ones
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
				m.Deliveries[i] = DeliveryState{Party: it.Party, State: it.State, At: e.at.Time(), Transport: it.Transport, Protection: it.Protection, Fetched: m.Deliveries[i].Fetched}
			}
		}
	}
	ev := Event{}.With(uint32(len(x.Items)), 0)
	if len(x.Items) == 1 {
		ev.Party, ev.detail = x.Items[0].Party, uint16(x.Items[0].State)
	}
	c.event(e, ev)
}
