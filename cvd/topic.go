package cvd

import (
	"slices"

	"github.com/cvdkit/cvdkit/advisory/tlp"
)

// SetTopic opens a topic of the conversation, or replaces its title and its members.
// A message in a topic goes to the members, so that vendors who need not know of each
// other share no stream. Who joins later sees later messages only; who leaves keeps
// what it got.
type SetTopic struct {
	Topic   TopicID   // 0: a new one, which gets the next number
	Title   Private   // seen by the members; required
	Parties []PartyID // its members besides the owner
	Stream  StreamID  // the product stream that it is about; 0: none
}

// TopicID numbers the topics of a case, from 1. 0 is what has no topic.
type TopicID uint32

// Topic is a part of the conversation. A participant sees those of which it is a
// member, and of the members itself.
type Topic struct {
	ID      TopicID   // from 1, in the order of their opening
	Title   Private   // seen by the members
	Parties []PartyID // the members, besides the team
	Stream  StreamID  // that it is about; 0: none
}

func (x SetTopic) decide(d *decision) error {
	if err := d.check().needed("Title", x.Title == "").line("Title", x.Title).
		count("Parties", len(x.Parties), d.s.cfg.Limits.Recipients).err; err != nil {
		return err
	}
	if x.Topic == 0 {
		x.Topic = TopicID(len(d.c.Topics) + 1)
	} else if at(d.c.Topics, x.Topic) == nil {
		return d.refuse(RuleKnown, "topic %d of %d", x.Topic, len(d.c.Topics))
	}
	if x.Stream != 0 && at(d.c.Streams, x.Stream) == nil {
		return d.refuse(RuleKnown, "product stream %d of %d", x.Stream, len(d.c.Streams))
	}
	members := slices.DeleteFunc(sorted(x.Parties), func(p PartyID) bool { return p == Owner })
	for _, p := range members {
		if _, err := d.must(p); err != nil {
			return err
		}
	}
	d.emit(&topicSet{Topic: x.Topic, Parties: members, Stream: x.Stream, Title: x.Title})
	return nil
}

// members returns to whom a message in a topic goes: those that are named, who must
// be of it, else all who may be told.
func (d *decision) members(id TopicID, from PartyID, named []PartyID) ([]PartyID, error) {
	t := at(d.c.Topics, id)
	if t == nil {
		return nil, d.refuse(RuleKnown, "topic %d of %d", id, len(d.c.Topics))
	}
	of := func(p PartyID) bool { return p == Owner || slices.Contains(t.Parties, p) }
	if !of(from) {
		return nil, d.refuse(RuleAudience, "participant %d is not of topic %d", from, id)
	}
	for _, p := range named {
		if !of(p) {
			return nil, d.refuse(RuleAudience, "participant %d is not of topic %d", p, id)
		}
	}
	if len(named) > 0 {
		return named, nil
	}
	var to []PartyID
	for _, p := range append([]PartyID{Owner}, t.Parties...) {
		if p != from && d.c.mayKnow(p, d.now) {
			to = append(to, p)
		}
	}
	if len(to) == 0 {
		return nil, d.refuse(RuleAudience, "nobody of topic %d may be told", id)
	}
	return to, nil
}

// topics are those of which the viewer is a member.
func (s sight) topics() []Topic {
	out := pick(s.c.Topics, func(t *Topic) bool {
		return s.sees(object{matter: matterMessage, source: Owner, to: t.Parties, label: tlp.Amber, topic: t.ID})
	})
	for i := range out {
		if !s.v.Team {
			out[i].Parties = []PartyID{s.v.Party}
		}
	}
	return out
}

type topicSet struct {
	Topic   TopicID
	Parties []PartyID
	Stream  StreamID

	Title Private
}

func (*topicSet) name() string { return "topic.set/1" }
func (x *topicSet) body(w *wire) {
	num(w, &x.Topic)
	many(w, &x.Parties, func(w *wire, p *PartyID) { num(w, p) })
	num(w, &x.Stream)
}
func (x *topicSet) private(w *wire) { text(w, &x.Title) }
func (x *topicSet) apply(c *folded, e *envelope) {
	all := slices.Clone(c.Topics)
	if int(x.Topic) == len(all)+1 {
		all = append(all, Topic{ID: x.Topic})
	}
	if t := at(all, x.Topic); t != nil {
		*t = Topic{ID: x.Topic, Parties: x.Parties, Stream: x.Stream}
	}
	c.Topics = all
	c.event(e, Event{}.With(uint32(x.Topic), 0))
}
func (x *topicSet) reveal(c *folded, _ *envelope) {
	if t := at(c.Topics, x.Topic); t != nil {
		t.Title = x.Title
	}
}

// fetched are the messages up to a record that a participant is shown for the first
// time over a way with this protection, and whether it is shown anything else that
// is new to it.
func (d *decision) fetched(p *Participant, upto Seq, over Protection) (ids []MessageID, more bool) {
	s, ok := d.c.see(Viewer{Party: p.ID, Over: over}, d.now, d.s.cfg.Floor)
	if !ok {
		return nil, false
	}
	for i := range d.c.Messages {
		m := &d.c.Messages[i]
		if m.Seq > upto {
			break
		}
		if m.unfetched(p.ID) && s.sees(m.object()) {
			ids = append(ids, m.ID)
		}
	}
	for i := int(p.Read); i < int(upto); i++ {
		more = more || s.seesEvent(&d.c.Events[i])
	}
	return ids, more
}

// unfetched reports whether a message is to a participant that has not fetched it,
// here or where an import comes from.
func (m *Message) unfetched(p PartyID) bool {
	for i := range m.Deliveries {
		if m.Deliveries[i].Party == p {
			return m.Deliveries[i].Fetched.IsZero() && !m.past
		}
	}
	return false
}

// partyRead says how far a participant has read, and which messages it has fetched.
type partyRead struct {
	structural
	Party    PartyID
	Upto     Seq
	Messages []MessageID
}

func (*partyRead) name() string { return "party.read/1" }
func (x *partyRead) body(w *wire) {
	num(w, &x.Party)
	signed(w, &x.Upto)
	many(w, &x.Messages, func(w *wire, m *MessageID) { num(w, m) })
}
func (x *partyRead) apply(c *folded, e *envelope) {
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
				m.Deliveries[i].Fetched = e.at.Time()
			}
		}
	}
	c.event(e, Event{Party: x.Party}.With(uint32(len(x.Messages)), 0))
}
