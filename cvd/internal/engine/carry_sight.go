package engine

import (
	"slices"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/caselog"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
	"github.com/cvdkit/cvdkit/cvd/storage"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// sights gives those who come along to a new case what they may see there: of
// what came along, what they could see before.
func (k *carrier) sights() {
	k.end()
	for _, p := range k.from.Participants {
		to, ok := k.parties[p.ID]
		if !ok || to == cvd.Owner || p.Gone() {
			continue
		}
		x := sightOf(p)
		x.Party, x.Scope = to, k.scope(p.Scope)
		// A no holds in the new case too, also where there are no terms any more.
		x.Shut = x.Shut || p.Consent == vultron.Declined || p.Consent == vultron.Lapsed && !caselog.Consents(p, k.to.now)
		k.to.see(x)
	}
}

// sightOf is what a participant may see, but for details that were given to it
// first: that permission was for one case, and is asked for again.
func sightOf(p *cvd.Participant) *caselog.PartySight {
	return &caselog.PartySight{
		Party: p.ID, Began: p.Kept(inner.Only{}).Began, Agreed: p.Kept(inner.Only{}).Agreed, Shut: p.Kept(inner.Only{}).Shut,
		Limited: p.Limited, Scope: p.Scope, Hidden: slices.Clone(p.Kept(inner.Only{}).Hidden), Bare: slices.Clone(p.Kept(inner.Only{}).Bare),
	}
}

// see records what a participant may see, if that is new.
func (d *Decision) see(x *caselog.PartySight) {
	p := d.c.Participants[x.Party-1]
	if !slices.Equal(x.Hidden, p.Kept(inner.Only{}).Hidden) || !slices.Equal(x.Bare, p.Kept(inner.Only{}).Bare) || !slices.Equal(x.Scope, p.Scope) || x.Limited != p.Limited ||
		x.Began != p.Kept(inner.Only{}).Began || x.Agreed != p.Kept(inner.Only{}).Agreed || x.Shut != p.Kept(inner.Only{}).Shut {
		d.emit(x)
	}
}

// scope is that of the other case, as far as it came along.
func (k *carrier) scope(of []cvd.VulnID) (out []cvd.VulnID) {
	for _, v := range of {
		if to, ok := k.vulns[v]; ok && !slices.Contains(out, to) {
			out = append(out, to)
		}
	}
	return out
}

// meeting is what both cases of a merge know of one participant.
type meeting struct {
	a, b *cvd.Participant // as they were before; nil: it took no part there
}

// mergeSights sees to it that nobody learns by a merge what it could not read
// before: of each case it sees on what it saw, and the rest once it agrees.
func (k *carrier) mergeSights(who map[cvd.PartyID]meeting, vulnsBefore int) {
	k.end()
	d := k.to
	for i := range d.c.Participants {
		id := d.c.Participants[i].ID
		m := who[id]
		if id == cvd.Owner || d.c.Participants[i].Gone() {
			continue
		}
		x := &caselog.PartySight{Party: id}
		old := parts(0, k.base)          // the parts of this case
		brought := parts(k.base, k.home) // the parts of the other
		switch {
		case m.b == nil || !caselog.Knows(m.b, d.now):
			x.Hidden = append(x.Hidden, old...)
		case m.b.Kept(inner.Only{}).Agreed || m.b.Details:
			x.Hidden, x.Bare = append(x.Hidden, m.b.Kept(inner.Only{}).Hidden...), append(x.Bare, m.b.Kept(inner.Only{}).Bare...)
		default:
			x.Hidden, x.Bare = append(x.Hidden, m.b.Kept(inner.Only{}).Hidden...), append(x.Bare, old...)
		}
		switch {
		case m.a == nil || !agrees(m.a, d.now):
			x.Hidden = append(x.Hidden, brought...)
		case m.a.Kept(inner.Only{}).Agreed:
			x.Hidden, x.Bare = append(x.Hidden, k.moved(m.a.Kept(inner.Only{}).Hidden)...), append(x.Bare, k.moved(m.a.Kept(inner.Only{}).Bare)...)
		default:
			x.Hidden, x.Bare = append(x.Hidden, k.moved(m.a.Kept(inner.Only{}).Hidden)...), append(x.Bare, brought...)
		}
		for _, p := range []*cvd.Participant{m.a, m.b} {
			if p != nil && agrees(p, d.now) {
				x.Began, x.Agreed = x.Began || p.Kept(inner.Only{}).Began, x.Agreed || p.Kept(inner.Only{}).Agreed
			}
		}
		x.Shut = (m.a == nil || m.a.Kept(inner.Only{}).Shut || m.a.Consent == vultron.Declined) && (m.b == nil || m.b.Kept(inner.Only{}).Shut || m.b.Consent == vultron.Declined)
		x.Limited, x.Scope = k.narrower(m, vulnsBefore)
		d.see(x)
	}
}

// moved are parts of the other case by the numbers that they have here.
func (k *carrier) moved(from []uint32) (out []uint32) {
	for _, n := range from {
		out = append(out, n+k.base)
	}
	return out
}

// narrower is the scope of who is limited in one of the cases: what it could
// see in both. Without a limit there is none.
func (k *carrier) narrower(m meeting, vulnsBefore int) (limited bool, scope []cvd.VulnID) {
	limited = m.a != nil && m.a.Limited || m.b != nil && m.b.Limited
	if !limited {
		return false, nil
	}
	merged := map[cvd.VulnID]cvd.VulnID{} // of this case, with which of the other
	for from, to := range k.vulns {
		if int(to) <= vulnsBefore {
			merged[to] = from
		}
	}
	inA := func(v cvd.VulnID) bool { return m.a != nil && (!m.a.Limited || slices.Contains(m.a.Scope, v)) }
	inB := func(v cvd.VulnID) bool { return m.b != nil && (!m.b.Limited || slices.Contains(m.b.Scope, v)) }
	for v := cvd.VulnID(1); int(v) <= vulnsBefore; v++ {
		// Of what both cases hold it sees what each lets it see in which it takes part.
		from, both := merged[v]
		if both && m.b == nil && inA(from) || inB(v) && (!both || m.a == nil || inA(from)) {
			scope = append(scope, v)
		}
	}
	for from, to := range k.vulns {
		if int(to) > vulnsBefore && inA(from) {
			scope = append(scope, to)
		}
	}
	slices.Sort(scope)
	return true, scope
}

// parts are from, from+1, … up to and without to.
func parts(from, to uint32) (out []uint32) {
	for n := from; n < to; n++ {
		out = append(out, n)
	}
	return out
}

// partly reports whether a participant is bound by the terms, and does not see all
// that came with another case: a yes of its own is missing.
func partly(p *cvd.Participant) bool {
	return p.Consent == vultron.Signatory && len(p.Kept(inner.Only{}).Hidden)+len(p.Kept(inner.Only{}).Bare) > 0
}

// agrees is knows without what was given to it on purpose.
func agrees(p *cvd.Participant, now storage.Millis) bool {
	q := *p
	q.Details = false
	return caselog.Knows(&q, now)
}
