package engine

import (
	"maps"
	"slices"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/caselog"
	"github.com/cvdkit/cvdkit/cvd/internal/plain"
	"github.com/cvdkit/cvdkit/cvd/policy"
)

func (d *Decision) decideAdoptPolicy(x cvd.AdoptPolicy) error {
	k := d.check()
	if err := x.Policy.Validate(); err != nil {
		k.fail("Policy", "it is not valid", err)
	}
	k.line("Subject", cvd.Private(x.Subject))
	if k.err != nil {
		return k.err
	}
	return d.adoptPolicy(x.Policy, x.Subject)
}

func (d *Decision) adoptDefaults() error {
	for _, p := range d.s.Cfg.Policies {
		if newlyAdopted(d.c.Adopted, policy.Adopted{Policy: p.Name}) {
			if err := d.adoptPolicy(p, ""); err != nil {
				return err
			}
		}
	}
	return nil
}

func (d *Decision) adoptPolicy(p policy.Policy, subject string) error {
	a := policy.Adopt(p, d.c.Facts(subject), d.s.Calendar(p.Name), d.now.Time())
	b, err := a.MarshalBinary()
	if err != nil {
		return d.bad("Policy", "it is too large", err)
	}
	d.emit(&caselog.PolicyAdopted{Adopted: b})
	return nil
}

func (d *Decision) decideRecordFact(x cvd.RecordFact) error {
	k := d.check().instant("At", x.At).text("Reason", x.Reason).line("Subject", cvd.Private(x.Subject)).
		needed("Reason", x.Instead && x.Reason == "")
	if !plain.Name(string(x.Fact), ".-") || len(x.Fact) > 64 {
		k.fail("Fact", "it is not of lower-case words with dots, at most 64 bytes", nil)
	}
	if k.err != nil {
		return k.err
	}
	if x.At.IsZero() {
		x.At = d.now.Time()
	}
	d.emit(&caselog.FactRecorded{Fact: x.Fact, At: x.At, Subject: x.Subject, Instead: x.Instead, Reason: x.Reason})
	return nil
}

// redate computes the adopted dates again, if the commands changed a fact.
func (d *Decision) redate() error {
	d.dated = !d.before.DueKnown
	d.c.DueKnown = true
	if !slices.ContainsFunc(d.fresh, func(f draft) bool { return !timeless(f.x) }) {
		return nil
	}
	for _, a := range d.c.Adopted {
		f := d.c.Facts(a.Subject)
		if !newlyAdopted(d.before.Adopted, a) && sameFacts(d.before.Facts(a.Subject), f) {
			continue
		}
		d.dated = true
		next, changes, err := a.Readopt(f, d.s.Calendar(a.Policy), d.now.Time())
		if err != nil || len(changes) == 0 {
			continue // of a policy that this version does not know: its dates stand
		}
		b, err := next.MarshalBinary()
		if err != nil {
			return err
		}
		d.emit(&caselog.PolicyAdopted{Adopted: b, Changes: changes})
	}
	return nil
}

// timeless tells of an entry that Case.Facts does not depend on: what most
// commands write, after which nothing needs to be computed again.
func timeless(x caselog.Entry) bool {
	switch x := x.(type) {
	case *caselog.ActorSeen, *caselog.CaseTitled, *caselog.CaseAssigned, *caselog.FileAttached, *caselog.MessageDelivered, *caselog.SentKept, *caselog.HistoryImported,
		*caselog.PrivateErased, *caselog.ReminderRecorded, *caselog.SeveritySet, *caselog.VulnIdentified:
		return true
	case *caselog.MessagePosted:
		return x.Purpose == cvd.PurposeUnverified || x.Purpose == cvd.PurposeNote && x.From == cvd.Owner
	}
	return false
}

func newlyAdopted(before []policy.Adopted, a policy.Adopted) bool {
	return !slices.ContainsFunc(before, func(b policy.Adopted) bool { return b.Policy == a.Policy && b.Subject == a.Subject })
}

func sameFacts(a, b policy.Facts) bool {
	return maps.EqualFunc(a.Times, b.Times, func(x, y []time.Time) bool { return slices.EqualFunc(x, y, time.Time.Equal) }) &&
		slices.EqualFunc(a.Pauses, b.Pauses, func(x, y policy.Pause) bool { return x.From.Equal(y.From) && x.To.Equal(y.To) })
}
