package cvd

import (
	"context"
	"slices"

	"github.com/cvdkit/cvdkit/advisory/tlp"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// EveryGroup in Viewer.Groups stands for all groups: who has it sees every case.
const EveryGroup Private = "*"

// SetGroups says which groups of the team may see a case, or one of its product
// streams: need-to-know inside the team. Without groups it is open to the whole team
// again, as every case is at first. A viewer needs one of the groups; it needs one of
// the case's to see anything, and also one of the stream's to see that stream, what
// was said of it, and the topics about it. Nothing else of a case is about one stream
// alone: what is to be hidden must not stand in a report or a description.
//
// Groups are names in the host's terms, for example of its directory; as with
// By.Actor, case and blanks do not matter. The index and the bodies of records hold
// keyed hashes of them.
//
// A case into which another is merged is open to who may see both, and one that
// comes from another to who may see that: nobody gains sight by it. The team's own
// routes, Config.Team.Routes, get notices without details of a case that is not open
// to the whole team. Who may act is for the host to decide: see Service.MaySee.
type SetGroups struct {
	Stream StreamID  // 0: the case
	Groups []Private // none: the whole team
	Reason Private   // for the team; may be empty
}

func (x SetGroups) decide(d *decision) error {
	k := d.check().text("Reason", x.Reason).count("Groups", len(x.Groups), d.s.cfg.Limits.Items)
	y := &groupsSet{Stream: x.Stream, Reason: x.Reason}
	var tags []storage.Term
	var names []Private
	for _, g := range x.Groups {
		k.line("Groups", g).needed("Groups", sameName(g) == "")
		if sameName(g) == sameName(EveryGroup) {
			k.fail("Groups", "it stands for all groups; without any the whole team sees it", nil)
		}
		if t := d.s.groupTag(g); !slices.Contains(tags, t) {
			tags, names = append(tags, t), append(names, g)
		}
	}
	if k.err != nil {
		return k.err
	}
	was := d.c.GroupTags
	if x.Stream != 0 {
		st := at(d.c.Streams, x.Stream)
		if st == nil {
			return d.refuse(RuleKnown, "product stream %d of %d", x.Stream, len(d.c.Streams))
		}
		was = st.groups
	}
	if len(tags) > 0 {
		y.Tags, y.Names = [][]storage.Term{tags}, [][]Private{names}
	}
	if slices.EqualFunc(was, y.Tags, sameGroups) {
		return d.refuse(RuleOnce, "it is open to these already")
	}
	d.emit(y)
	return nil
}

func (s *Service) groupTag(g Private) storage.Term { return s.shortTag("group", sameName(g)) }

// sameGroups compares two sets.
func sameGroups(a, b []storage.Term) bool { return len(without(a, b)) == 0 && len(without(b, a)) == 0 }

// knowing returns a viewer by the keyed hashes of its groups, which cases hold.
func (s *Service) knowing(v Viewer) Viewer {
	v.tags = nil
	for _, g := range v.Groups {
		v.every = v.every || g == EveryGroup
		v.tags = append(v.tags, s.groupTag(g))
	}
	return v
}

// wholeTeam is whose eyes the library itself has.
func wholeTeam() Viewer {
	v := Viewer{Team: true}
	v.every = true
	return v
}

// in reports whether a viewer of the team has one group of each set: what is decided
// here is need-to-know inside the team.
func (v *Viewer) in(groups [][]storage.Term) bool {
	for _, set := range groups {
		if !v.every && !slices.ContainsFunc(set, func(t storage.Term) bool { return slices.Contains(v.tags, t) }) {
			return false
		}
	}
	return true
}

// MaySee reports whether a viewer may learn of the case at all: as View does, and for
// Config.Authorize, where the Service must not be called for the same case otherwise.
// With it a host lets those act only who may see, which the core does not: it takes
// every command that Authorize allows. It does not know Viewer.Identity.
func (s *Service) MaySee(c *Case, v Viewer) bool {
	f := &folded{Case: *c}  // of which see takes no more than what is in the Case
	if c.GroupTags == nil { // View shows the names instead
		for _, set := range c.Groups {
			f.GroupTags = append(f.GroupTags, s.knowing(Viewer{Groups: set}).tags)
		}
	}
	return s.maySee(f, v)
}

func (s *Service) maySee(c *folded, v Viewer) bool {
	_, ok := c.see(s.knowing(v), storage.MillisOf(s.cfg.Now()), s.cfg.Floor)
	return ok
}

// ofTeam tells whom groups limit: also who comes as the owner's participant.
func (v *Viewer) ofTeam() bool { return v.Team || v.Party == Owner }

// grouped reports whether a product stream that an object is of is open to the
// viewer's groups.
func (s sight) grouped(o object) bool {
	if t := at(s.c.Topics, o.topic); t != nil && t.Stream != 0 {
		o.stream = t.Stream
	}
	x := at(s.c.Streams, o.stream)
	return x == nil || !s.v.ofTeam() || s.v.in(x.groups)
}

// narrowed reports whether a viewer of the team does not see all of a case that it
// may see.
func (s sight) narrowed() bool {
	return s.v.Over != ProtectNone || s.v.Clearance != tlp.Unset ||
		slices.ContainsFunc(s.c.Streams, func(x Stream) bool { return !s.v.in(x.groups) })
}

// inGroups leaves out what tells of product streams that are not open to the groups of
// a viewer of the team.
func (s sight) inGroups(w *Case) {
	for i := range w.Messages {
		m := &w.Messages[i]
		m.Statements = pick(m.Statements, func(x *Statement) bool { return s.grouped(object{stream: x.Stream}) })
	}
}

// ofHiddenTopic reports whether a file came with messages all of which are of topics
// that are not open to the viewer's groups.
func (s sight) ofHiddenTopic(id AttachmentID) (hidden bool) {
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
func (s sight) seesOwnEvent(e *Event) bool {
	var o object
	switch e.Kind {
	case EventStreamAdded, EventStatusRecorded, EventGroupsSet:
		o.stream = StreamID(e.ref)
	case EventTopicSet:
		o.topic = TopicID(e.ref)
	case EventClaimMade, EventClaimAdopted, EventClaimRetracted:
		if x := at(s.c.Claims, ClaimID(e.ref)); x != nil {
			o.stream = x.Stream
		}
	case EventMessagePosted, EventMessageAdmitted, EventStatementsAdopted:
		if m := at(s.c.Messages, MessageID(e.ref)); m != nil {
			o.topic = m.Topic
		}
	}
	return s.grouped(o)
}

// withoutOthers takes from a case that a viewer of the team got what tells of other
// cases that are not open to it.
func (s *Service) withoutOthers(ctx context.Context, w *Case, v Viewer) error {
	if v.every || !v.Team {
		return nil
	}
	seen := map[CaseID]bool{{}: true, w.ID: true}
	look := func(id CaseID) bool {
		if ok, known := seen[id]; known {
			return ok
		}
		o, err := s.load(ctx, id)
		seen[id] = err == nil && v.in(o.GroupTags)
		return seen[id]
	}
	hidden := map[uint32]bool{}
	for i := range w.Links {
		hidden[uint32(i+1)] = !look(w.Links[i].Case)
	}
	w.Events = slices.DeleteFunc(w.Events, func(e Event) bool { return e.Kind == EventCaseLinked && hidden[e.ref] })
	w.Links = pick(w.Links, func(l *Link) bool { return look(l.Case) })
	w.RelatedEnds = pick(w.RelatedEnds, func(e *RelatedEnd) bool { return look(e.Case) })
	for i := range w.Reports {
		if r := &w.Reports[i]; !look(r.DuplicateOf) {
			r.DuplicateOf = CaseID{}
		}
	}
	if !look(w.Submission.DuplicateOf) {
		w.Submission.DuplicateOf = CaseID{}
	}
	return ctx.Err()
}

// groups narrows a case to those who may see the one that comes into it as well.
func (k *carrier) groups() {
	tags, names := slices.Clone(k.to.c.GroupTags), slices.Clone(k.to.c.Groups)
	if k.into != nil {
		names = slices.Clone(k.into.Groups)
	}
	for i, set := range k.from.GroupTags {
		if !slices.ContainsFunc(tags, func(t []storage.Term) bool { return sameGroups(t, set) }) {
			tags, names = append(tags, set), append(names, k.from.Groups[i])
		}
	}
	if len(tags) > len(k.to.c.GroupTags) {
		k.to.emit(&groupsSet{Tags: tags, Names: names})
	}
}

type groupsSet struct {
	Stream StreamID
	Tags   [][]storage.Term // keyed hashes: a viewer needs one of each set

	Names  [][]Private
	Reason Private
}

func wireSets[T ~string](w *wire, sets *[][]T) {
	many(w, sets, func(w *wire, set *[]T) {
		many(w, set, func(w *wire, t *T) { text(w, t) })
	})
}

func (*groupsSet) name() string { return "groups.set/1" }
func (x *groupsSet) body(w *wire) {
	num(w, &x.Stream)
	wireSets(w, &x.Tags)
}
func (x *groupsSet) private(w *wire) {
	wireSets(w, &x.Names)
	text(w, &x.Reason)
}
func (x *groupsSet) apply(c *folded, e *envelope) {
	c.event(e, Event{}.With(uint32(x.Stream), 0))
	if x.Stream == 0 {
		c.GroupTags, c.Groups = x.Tags, x.nameless()
		return
	}
	c.Streams = slices.Clone(c.Streams) // snapshots share them
	if s := at(c.Streams, x.Stream); s != nil {
		s.groups, s.Groups = x.Tags, x.nameless()
	}
}

// nameless is as many names, so that it shows without them, too, that there are some.
func (x *groupsSet) nameless() (out [][]Private) {
	for _, set := range x.Tags {
		out = append(out, make([]Private, len(set)))
	}
	return out
}
func (x *groupsSet) reveal(c *folded, _ *envelope) {
	if x.Stream == 0 {
		c.Groups = x.Names
	} else if s := at(c.Streams, x.Stream); s != nil {
		s.Groups = x.Names
	}
}
