package engine

import (
	"slices"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/caselog"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
)

func (d *Decision) decideSetTopic(x cvd.SetTopic) error {
	if err := d.check().needed("Title", x.Title == "").line("Title", x.Title).
		count("Parties", len(x.Parties), d.s.Cfg.Limits.Recipients).err; err != nil {
		return err
	}
	if x.Topic == 0 {
		x.Topic = cvd.TopicID(len(d.c.Topics) + 1)
	} else if inner.At(d.c.Topics, x.Topic) == nil {
		return d.refuse(cvd.RuleKnown, "topic %d of %d", x.Topic, len(d.c.Topics))
	}
	if x.Stream != 0 && inner.At(d.c.Streams, x.Stream) == nil {
		return d.refuse(cvd.RuleKnown, "product stream %d of %d", x.Stream, len(d.c.Streams))
	}
	members := slices.DeleteFunc(sorted(x.Parties), func(p cvd.PartyID) bool { return p == cvd.Owner })
	for _, p := range members {
		if _, err := d.must(p); err != nil {
			return err
		}
	}
	d.emit(&caselog.TopicSet{Topic: x.Topic, Parties: members, Stream: x.Stream, Title: x.Title})
	return nil
}

// members returns to whom a message in a topic goes: those that are named, who must
// be of it, else all who may be told.
func (d *Decision) members(id cvd.TopicID, from cvd.PartyID, named []cvd.PartyID) ([]cvd.PartyID, error) {
	t := inner.At(d.c.Topics, id)
	if t == nil {
		return nil, d.refuse(cvd.RuleKnown, "topic %d of %d", id, len(d.c.Topics))
	}
	of := func(p cvd.PartyID) bool { return p == cvd.Owner || slices.Contains(t.Parties, p) }
	if !of(from) {
		return nil, d.refuse(cvd.RuleAudience, "participant %d is not of topic %d", from, id)
	}
	for _, p := range named {
		if !of(p) {
			return nil, d.refuse(cvd.RuleAudience, "participant %d is not of topic %d", p, id)
		}
	}
	if len(named) > 0 {
		return named, nil
	}
	var to []cvd.PartyID
	for _, p := range append([]cvd.PartyID{cvd.Owner}, t.Parties...) {
		if p != from && caselog.MayKnow(&d.c.Case, p, d.now) {
			to = append(to, p)
		}
	}
	if len(to) == 0 {
		return nil, d.refuse(cvd.RuleAudience, "nobody of topic %d may be told", id)
	}
	return to, nil
}

// fetched are the messages up to a record that a participant is shown for the first
// time over a way with this protection, and whether it is shown anything else that
// is new to it.
func (d *Decision) fetched(p *cvd.Participant, upto cvd.Seq, over cvd.Protection) (ids []cvd.MessageID, more bool) {
	s, ok := d.c.See(cvd.Viewer{Party: p.ID, Over: over}, d.now, d.s.Cfg.Floor)
	if !ok {
		return nil, false
	}
	for i := range d.c.Messages {
		m := &d.c.Messages[i]
		if m.Seq > upto {
			break
		}
		if m.Unfetched(p.ID) && s.Sees(caselog.ObjectMessage(m)) {
			ids = append(ids, m.ID)
		}
	}
	for i := int(p.Read); i < int(upto); i++ {
		more = more || s.SeesEvent(&d.c.Events[i])
	}
	return ids, more
}
