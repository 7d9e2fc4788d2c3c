package caselog

import (
	"slices"

	"github.com/cvdkit/cvdkit/advisory/tlp"
	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
)

// topics are those of which the viewer is a member.
func (s Sight) topics() []cvd.Topic {
	out := Pick(s.c.Topics, func(t *cvd.Topic) bool {
		return s.Sees(object{matter: matterMessage, source: cvd.Owner, to: t.Parties, label: tlp.Amber, topic: t.ID})
	})
	for i := range out {
		if !s.v.Team {
			out[i].Parties = []cvd.PartyID{s.v.Party}
		}
	}
	return out
}

type TopicSet struct {
	Topic   cvd.TopicID
	Parties []cvd.PartyID
	Stream  cvd.StreamID

	Title cvd.Private
}

func (*TopicSet) RecordName() string { return "topic.set/1" }

func (x *TopicSet) Body(w *Wire) {
	num(w, &x.Topic)
	many(w, &x.Parties, func(w *Wire, p *cvd.PartyID) { num(w, p) })
	num(w, &x.Stream)
}

func (x *TopicSet) Private(w *Wire) { text(w, &x.Title) }

func (x *TopicSet) apply(c *Folded, e *Envelope) {
	all := slices.Clone(c.Topics)
	if int(x.Topic) == len(all)+1 {
		all = append(all, cvd.Topic{ID: x.Topic})
	}
	if t := inner.At(all, x.Topic); t != nil {
		*t = cvd.Topic{ID: x.Topic, Parties: x.Parties, Stream: x.Stream}
	}
	c.Topics = all
	event(&c.Case, e, cvd.Event{}.With(uint32(x.Topic), 0))
}

func (x *TopicSet) reveal(c *Folded, _ *Envelope) {
	if t := inner.At(c.Topics, x.Topic); t != nil {
		t.Title = x.Title
	}
}

// PartyRead says how far a participant has read, and which messages it has fetched.
type PartyRead struct {
	structural
	Party    cvd.PartyID
	Upto     cvd.Seq
	Messages []cvd.MessageID
}

func (*PartyRead) RecordName() string { return "party.read/1" }

func (x *PartyRead) Body(w *Wire) {
	num(w, &x.Party)
	Signed(w, &x.Upto)
	many(w, &x.Messages, func(w *Wire, m *cvd.MessageID) { num(w, m) })
}

func (x *PartyRead) apply(c *Folded, e *Envelope) {
	if p := c.party(x.Party); p != nil {
		p.Read = max(p.Read, x.Upto)
	}
	for _, id := range x.Messages {
		m := c.message(id)
		if m == nil {
			continue
		}
		m.Deliveries = slices.Clone(m.Deliveries)
		for i := range m.Deliveries {
			if m.Deliveries[i].Party == x.Party {
				m.Deliveries[i].Fetched = e.At.Time()
			}
		}
	}
	event(&c.Case, e, cvd.Event{Party: x.Party}.With(uint32(len(x.Messages)), 0))
}
