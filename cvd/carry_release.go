package cvd

import (
	"slices"

	"github.com/cvdkit/cvdkit/cvd/storage"
)

// release takes a planned release along, without its approvals: two people have
// approved something else. What both cases have planned becomes one plan, at the
// later instant, with the outputs of both. Holds stay holds.
func (k *carrier) release() {
	d := k.to
	theirs, ours := &k.from.Release, d.c.Release
	if _, more := theirs.Next(); !theirs.planned() || !more {
		theirs = &Release{} // nothing is left of it
	}
	switch {
	case !theirs.planned() && (len(ours.Approvals) == 0 || len(k.vulns) == 0):
		return
	case !ours.Emergency.IsZero():
		return
	}
	k.end()
	x := &releasePlanned{Ends: later(theirs.At, ours.At)}
	outs := slices.Clone(ours.Outputs)
	for _, o := range theirs.Outputs {
		if !slices.ContainsFunc(outs, func(p ReleaseOutput) bool { return p.Name == o.Name }) {
			outs = append(outs, o)
		}
	}
	for _, o := range outs {
		x.Outputs = append(x.Outputs, o.Name)
	}
	d.emit(x)
	for i, o := range outs {
		if !o.Done.IsZero() {
			d.emit(&releaseOutput{Output: uint32(i + 1), Ref: o.Ref, Done: o.Done})
		}
	}
	answered := map[PartyID]bool{}
	answer := func(to PartyID, a ReleaseAnswer) {
		if !answered[to] || a.Hold {
			d.emit(&releaseAnswered{Party: to, Hold: a.Hold, At: a.At, Reason: a.Reason})
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
		x := &listPlanned{Name: l.Name, Lead: storage.Millis(l.Lead.Milliseconds()), Agreement: l.Agreement}
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
func (k *carrier) agreement(list string) (text Private) {
	if k.into != nil {
		for _, l := range k.into.Lists {
			if l.Name == list {
				text = l.Agreement
			}
		}
	}
	return text
}

func joined(a, b Private) Private {
	if a == "" || a == b {
		return b
	}
	return a + "\n\n" + b
}
