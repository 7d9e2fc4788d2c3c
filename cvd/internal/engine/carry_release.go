package engine

import (
	"slices"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/caselog"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// release takes a planned release along, without its approvals: two people have
// approved something else. What both cases have planned becomes one plan, at the
// later instant, with the outputs of both. Holds stay holds.
func (k *carrier) release() {
	d := k.to
	theirs, ours := &k.from.Release, d.c.Release
	if _, more := theirs.Next(); !theirs.IsPlanned() || !more {
		theirs = &cvd.Release{} // nothing is left of it
	}
	switch {
	case !theirs.IsPlanned() && (len(ours.Approvals) == 0 || len(k.vulns) == 0):
		return
	case !ours.Emergency.IsZero():
		return
	}
	k.end()
	x := &caselog.ReleasePlanned{Ends: inner.Later(theirs.At, ours.At)}
	outs := slices.Clone(ours.Outputs)
	for _, o := range theirs.Outputs {
		if !slices.ContainsFunc(outs, func(p cvd.ReleaseOutput) bool { return p.Name == o.Name }) {
			outs = append(outs, o)
		}
	}
	for _, o := range outs {
		x.Outputs = append(x.Outputs, o.Name)
	}
	d.emit(x)
	for i, o := range outs {
		if !o.Done.IsZero() {
			d.emit(&caselog.ReleaseOutput{Output: uint32(i + 1), Ref: o.Ref, Done: o.Done})
		}
	}
	answered := map[cvd.PartyID]bool{}
	answer := func(to cvd.PartyID, a cvd.ReleaseAnswer) {
		if !answered[to] || a.Hold {
			d.emit(&caselog.ReleaseAnswered{Party: to, Hold: a.Hold, At: a.At, Reason: a.Reason})
			answered[to] = true
		}
	}
	if k.into != nil { // ours, with their texts
		for _, a := range k.into.Release.Answers {
			answer(a.Party, a)
		}
	}
	for _, a := range theirs.Answers {
		if to, ok := k.parties[a.Party]; ok {
			answer(to, a)
		}
	}
}

// lists takes along the lists that were not told. Those who were told of the other
// case were told of that.
func (k *carrier) lists() {
	d := k.to
	k.end()
	for _, l := range k.from.Lists {
		if !l.Told.IsZero() {
			continue
		}
		x := &caselog.ListPlanned{Name: l.Name, Lead: storage.Millis(l.Lead.Milliseconds()), Agreement: l.Agreement}
		for _, p := range l.Parties {
			if to, ok := k.parties[p]; ok {
				x.Parties = append(x.Parties, to)
			}
		}
		for i := 0; i < len(d.c.Lists); i++ {
			if o := &d.c.Lists[i]; o.Name == x.Name {
				if !o.Told.IsZero() {
					x.Name, i = x.Name+".again", -1
					continue
				}
				x.Lead = min(x.Lead, storage.Millis(o.Lead.Milliseconds()))
				x.Parties = slices.Concat(o.Parties, x.Parties)
				x.Agreement = joined(k.agreement(o.Name), x.Agreement)
			}
		}
		if x.Parties = sorted(x.Parties); len(x.Parties) > 0 {
			d.emit(x)
		}
	}
}

// agreement is that of a list of the case that the other goes into.
func (k *carrier) agreement(list string) (text cvd.Private) {
	if k.into != nil {
		for _, l := range k.into.Lists {
			if l.Name == list {
				text = l.Agreement
			}
		}
	}
	return text
}

func joined(a, b cvd.Private) cvd.Private {
	if a == "" || a == b {
		return b
	}
	return a + "\n\n" + b
}
