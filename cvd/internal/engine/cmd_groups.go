package engine

import (
	"context"
	"slices"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/caselog"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

func (d *Decision) decideSetGroups(x cvd.SetGroups) error {
	k := d.check().text("Reason", x.Reason).count("Groups", len(x.Groups), d.s.Cfg.Limits.Items)
	y := &caselog.GroupsSet{Stream: x.Stream, Reason: x.Reason}
	var tags []storage.Term
	var names []cvd.Private
	for _, g := range x.Groups {
		k.line("Groups", g).needed("Groups", sameName(g) == "")
		if sameName(g) == sameName(cvd.EveryGroup) {
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
		st := inner.At(d.c.Streams, x.Stream)
		if st == nil {
			return d.refuse(cvd.RuleKnown, "product stream %d of %d", x.Stream, len(d.c.Streams))
		}
		was = st.Kept(inner.Only{}).Groups
	}
	if len(tags) > 0 {
		y.Tags, y.Names = [][]storage.Term{tags}, [][]cvd.Private{names}
	}
	if slices.EqualFunc(was, y.Tags, sameGroups) {
		return d.refuse(cvd.RuleOnce, "it is open to these already")
	}
	d.emit(y)
	return nil
}

func (s *Engine) groupTag(g cvd.Private) storage.Term { return s.ShortTag("group", sameName(g)) }

// sameGroups compares two sets.
func sameGroups(a, b []storage.Term) bool {
	return len(caselog.Without(a, b)) == 0 && len(caselog.Without(b, a)) == 0
}

// Knowing returns a viewer by the keyed hashes of its groups, which cases hold.
func (s *Engine) Knowing(v cvd.Viewer) cvd.Viewer {
	v.Kept(inner.Only{}).Tags = nil
	for _, g := range v.Groups {
		v.Kept(inner.Only{}).Every = v.Kept(inner.Only{}).Every || g == cvd.EveryGroup
		v.Kept(inner.Only{}).Tags = append(v.Kept(inner.Only{}).Tags, s.groupTag(g))
	}
	return v
}

// withoutOthers takes from a case that a viewer of the team got what tells of other
// cases that are not open to it.
func (s *Engine) withoutOthers(ctx context.Context, w *cvd.Case, v cvd.Viewer) error {
	if v.Kept(inner.Only{}).Every || !v.Team {
		return nil
	}
	seen := map[cvd.CaseID]bool{{}: true, w.ID: true}
	look := func(id cvd.CaseID) bool {
		if ok, known := seen[id]; known {
			return ok
		}
		o, err := s.Load(ctx, id)
		seen[id] = err == nil && caselog.In(&v, o.GroupTags)
		return seen[id]
	}
	hidden := map[uint32]bool{}
	for i := range w.Links {
		hidden[uint32(i+1)] = !look(w.Links[i].Case)
	}
	w.Events = slices.DeleteFunc(w.Events, func(e cvd.Event) bool { return e.Kind == cvd.EventCaseLinked && hidden[e.Kept(inner.Only{}).Ref] })
	w.Links = caselog.Pick(w.Links, func(l *cvd.Link) bool { return look(l.Case) })
	w.RelatedEnds = caselog.Pick(w.RelatedEnds, func(e *cvd.RelatedEnd) bool { return look(e.Case) })
	for i := range w.Reports {
		if r := &w.Reports[i]; !look(r.DuplicateOf) {
			r.DuplicateOf = cvd.CaseID{}
		}
	}
	if !look(w.Submission.DuplicateOf) {
		w.Submission.DuplicateOf = cvd.CaseID{}
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
		k.to.emit(&caselog.GroupsSet{Tags: tags, Names: names})
	}
}
