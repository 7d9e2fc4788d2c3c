package caselog

import (
	"slices"

	"github.com/cvdkit/cvdkit/advisory/tlp"
	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// WholeTeam is whose eyes the library itself has.
func WholeTeam() cvd.Viewer {
	v := cvd.Viewer{Team: true}
	v.Kept(inner.Only{}).Every = true
	return v
}

// In reports whether a viewer of the team has one group of each set: what is decided
// here is need-to-know inside the team.
func In(v *cvd.Viewer, groups [][]storage.Term) bool {
	for _, set := range groups {
		if !v.Kept(inner.Only{}).Every && !slices.ContainsFunc(set, func(t storage.Term) bool { return slices.Contains(v.Kept(inner.Only{}).Tags, t) }) {
			return false
		}
	}
	return true
}

// ofTeam tells whom groups limit: also who comes as the owner's participant.
func ofTeam(v *cvd.Viewer) bool { return v.Team || v.Party == cvd.Owner }

// grouped reports whether a product stream that an object is of is open to the
// viewer's groups.
func (s Sight) grouped(o object) bool {
	if t := inner.At(s.c.Topics, o.topic); t != nil && t.Stream != 0 {
		o.stream = t.Stream
	}
	x := inner.At(s.c.Streams, o.stream)
	return x == nil || !ofTeam(&s.v) || In(&s.v, x.Kept(inner.Only{}).Groups)
}

// narrowed reports whether a viewer of the team does not see all of a case that it
// may see.
func (s Sight) narrowed() bool {
	return s.v.Over != cvd.ProtectNone || s.v.Clearance != tlp.Unset ||
		slices.ContainsFunc(s.c.Streams, func(x cvd.Stream) bool { return !In(&s.v, x.Kept(inner.Only{}).Groups) })
}

// inGroups leaves out what tells of product streams that are not open to the groups of
// a viewer of the team.
func (s Sight) inGroups(w *cvd.Case) {
	for i := range w.Messages {
		m := &w.Messages[i]
		m.Statements = Pick(m.Statements, func(x *cvd.Statement) bool { return s.grouped(object{stream: x.Stream}) })
	}
}

// ofHiddenTopic reports whether a file came with messages all of which are of topics
// that are not open to the viewer's groups.
func (s Sight) ofHiddenTopic(id cvd.AttachmentID) (hidden bool) {
	for i := range s.c.Messages {
		if m := &s.c.Messages[i]; m.Original == id || slices.Contains(m.Attachments, id) {
			if s.grouped(object{topic: m.Topic}) {
				return false
			}
			hidden = true
		}
	}
	return hidden
}

// seesOwnEvent judges an event for a viewer of the team.
func (s Sight) seesOwnEvent(e *cvd.Event) bool {
	var o object
	switch e.Kind {
	case cvd.EventStreamAdded, cvd.EventStatusRecorded, cvd.EventGroupsSet:
		o.stream = cvd.StreamID(e.Kept(inner.Only{}).Ref)
	case cvd.EventTopicSet:
		o.topic = cvd.TopicID(e.Kept(inner.Only{}).Ref)
	case cvd.EventClaimMade, cvd.EventClaimAdopted, cvd.EventClaimRetracted:
		if x := inner.At(s.c.Claims, cvd.ClaimID(e.Kept(inner.Only{}).Ref)); x != nil {
			o.stream = x.Stream
		}
	case cvd.EventMessagePosted, cvd.EventMessageAdmitted, cvd.EventStatementsAdopted:
		if m := inner.At(s.c.Messages, cvd.MessageID(e.Kept(inner.Only{}).Ref)); m != nil {
			o.topic = m.Topic
		}
	}
	return s.grouped(o)
}

type GroupsSet struct {
	Stream cvd.StreamID
	Tags   [][]storage.Term // keyed hashes: a viewer needs one of each set

	Names  [][]cvd.Private
	Reason cvd.Private
}

func wireSets[T ~string](w *Wire, sets *[][]T) {
	many(w, sets, func(w *Wire, set *[]T) {
		many(w, set, func(w *Wire, t *T) { text(w, t) })
	})
}

func (*GroupsSet) RecordName() string { return "groups.set/1" }

func (x *GroupsSet) Body(w *Wire) {
	num(w, &x.Stream)
	wireSets(w, &x.Tags)
}

func (x *GroupsSet) Private(w *Wire) {
	wireSets(w, &x.Names)
	text(w, &x.Reason)
}

func (x *GroupsSet) apply(c *Folded, e *Envelope) {
	event(&c.Case, e, cvd.Event{}.With(uint32(x.Stream), 0))
	if x.Stream == 0 {
		c.GroupTags, c.Groups = x.Tags, x.nameless()
		return
	}
	c.Streams = slices.Clone(c.Streams) // snapshots share them
	if s := inner.At(c.Streams, x.Stream); s != nil {
		s.Kept(inner.Only{}).Groups, s.Groups = x.Tags, x.nameless()
	}
}

// nameless is as many names, so that it shows without them, too, that there are some.
func (x *GroupsSet) nameless() (out [][]cvd.Private) {
	for _, set := range x.Tags {
		out = append(out, make([]cvd.Private, len(set)))
	}
	return out
}

func (x *GroupsSet) reveal(c *Folded, _ *Envelope) {
	if x.Stream == 0 {
		c.Groups = x.Names
	} else if s := inner.At(c.Streams, x.Stream); s != nil {
		s.Groups = x.Names
	}
}
