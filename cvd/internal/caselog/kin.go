package caselog

import (
	"slices"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
)

// KinEnd is an early end, of this case or a related one, and whether those beyond
// were told. It is a record of each case that owes it to the next, so that a crash
// on the way loses nothing, and nobody is told twice.
type KinEnd struct {
	cvd.RelatedEnd
	from cvd.CaseID // who told it
	Told bool
}

// RelatedEndsAfter are those of other cases.
func (c *Folded) RelatedEndsAfter() (out []cvd.RelatedEnd) {
	for _, k := range c.Kin {
		if k.Case != c.ID {
			out = append(out, k.RelatedEnd)
		}
	}
	return out
}

// family are the cases that a case has matter in common with.
func family(c *cvd.Case) (out []cvd.CaseID) {
	for _, l := range c.Links {
		switch l.Kind {
		case cvd.LinkSplitInto, cvd.LinkSplitFrom, cvd.LinkMergedInto, cvd.LinkMergedFrom, cvd.LinkContinuedBy, cvd.LinkContinues:
			out = append(out, l.Case)
		}
	}
	return out
}

// GoesBeyond are those that are to be told of an end.
func GoesBeyond(c *cvd.Case, k *KinEnd) []cvd.CaseID {
	return slices.DeleteFunc(family(c), func(id cvd.CaseID) bool { return id == k.from || id == k.Case })
}

// Owes reports whether a related case is to be told of something.
func (c *Folded) Owes() bool {
	return slices.ContainsFunc(c.Kin, func(k KinEnd) bool { return !k.Told && len(GoesBeyond(&c.Case, &k)) > 0 })
}

func (c *Folded) KnowsOf(origin cvd.CaseID, at time.Time) bool {
	return slices.ContainsFunc(c.Kin, func(k KinEnd) bool { return k.Case == origin && k.At.Equal(at) })
}

func (c *Folded) addKin(k KinEnd) { c.Kin = append(slices.Clone(c.Kin), k) }

// KinEnded says that the embargo of a related case ended early.
type KinEnded struct {
	structural
	Origin cvd.CaseID // whose it was
	Number string
	From   cvd.CaseID // the related case that told it
	Why    cvd.EndReason
	At     time.Time
}

func (*KinEnded) RecordName() string { return "kin.ended/1" }

func (x *KinEnded) Body(w *Wire) {
	w.fixed(x.Origin[:])
	text(w, &x.Number)
	w.fixed(x.From[:])
	num(w, &x.Why)
	w.Instant(&x.At)
}

func (x *KinEnded) apply(c *Folded, e *Envelope) {
	c.addKin(KinEnd{RelatedEnd: cvd.RelatedEnd{Case: x.Origin, Number: x.Number, Why: x.Why, At: x.At}, from: x.From})
	event(&c.Case, e, cvd.Event{When: x.At}.With(0, uint16(x.Why)))
}

// KinTold says that those beyond were told.
type KinTold struct {
	structural
	Origin cvd.CaseID
	At     time.Time
}

func (*KinTold) RecordName() string { return "kin.told/1" }

func (x *KinTold) Body(w *Wire) {
	w.fixed(x.Origin[:])
	w.Instant(&x.At)
}

func (x *KinTold) apply(c *Folded, e *Envelope) {
	c.Kin = slices.Clone(c.Kin)
	for i := range c.Kin {
		if k := &c.Kin[i]; k.Case == x.Origin && k.At.Equal(x.At) {
			k.Told = true
		}
	}
	event(&c.Case, e, cvd.Event{})
}
