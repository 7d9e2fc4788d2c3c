package cvd

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/cvdkit/cvdkit/cvd/internal/plain"
	"github.com/cvdkit/cvdkit/cvd/policy"
)

// AdoptPolicy makes the case follow a policy: its dates are computed, kept, and
// reminded of. The case keeps this version of the policy whatever later versions
// say. Adopting the same policy again for the same subject changes the version.
type AdoptPolicy struct {
	Policy  policy.Policy // with its version, which the case keeps
	Subject string        // tells apart several of one policy, such as a vulnerability's number
}

func (x AdoptPolicy) decide(d *decision) error {
	k := d.check()
	if err := x.Policy.Validate(); err != nil {
		k.fail("Policy", "it is not valid", err)
	}
	k.line("Subject", Private(x.Subject))
	if k.err != nil {
		return k.err
	}
	return d.adoptPolicy(x.Policy, x.Subject)
}

func (d *decision) adoptDefaults() error {
	for _, p := range d.s.cfg.Policies {
		if newlyAdopted(d.c.Adopted, policy.Adopted{Policy: p.Name}) {
			if err := d.adoptPolicy(p, ""); err != nil {
				return err
			}
		}
	}
	return nil
}

func (d *decision) adoptPolicy(p policy.Policy, subject string) error {
	a := policy.Adopt(p, d.c.Facts(subject), d.s.calendar(p.Name), d.now.Time())
	b, err := a.MarshalBinary()
	if err != nil {
		return d.bad("Policy", "it is too large", err)
	}
	d.emit(&policyAdopted{Adopted: b})
	return nil
}

// RecordFact records something that clocks depend on and that does not happen
// in the case: a report to an authority, an extension that was agreed. Dates that
// change by it are recorded with it.
type RecordFact struct {
	Fact    policy.Fact // which one; required
	At      time.Time   `json:",omitzero"` // zero: now
	Subject string      // only for policies adopted for this subject
	Instead bool        // corrects what was recorded or derived of this fact before
	Reason  Private     // for the team
}

func (x RecordFact) decide(d *decision) error {
	k := d.check().instant("At", x.At).text("Reason", x.Reason).line("Subject", Private(x.Subject)).
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
	d.emit(&factRecorded{Fact: x.Fact, At: x.At, Subject: x.Subject, Instead: x.Instead, Reason: x.Reason})
	return nil
}

// redate computes the adopted dates again, if the commands changed a fact.
func (d *decision) redate() error {
	d.dated = !d.before.dueKnown
	d.c.dueKnown = true
	if !slices.ContainsFunc(d.fresh, func(f draft) bool { return !timeless(f.x) }) {
		return nil
	}
	for _, a := range d.c.Adopted {
		f := d.c.Facts(a.Subject)
		if !newlyAdopted(d.before.Adopted, a) && sameFacts(d.before.Facts(a.Subject), f) {
			continue
		}
		d.dated = true
		next, changes, err := a.Readopt(f, d.s.calendar(a.Policy), d.now.Time())
		if err != nil || len(changes) == 0 {
			continue // of a policy that this version does not know: its dates stand
		}
		b, err := next.MarshalBinary()
		if err != nil {
			return err
		}
		d.emit(&policyAdopted{Adopted: b, Changes: changes})
	}
	return nil
}

// timeless tells of an entry that Case.Facts does not depend on: what most
// commands write, after which nothing needs to be computed again.
func timeless(x entry) bool {
	switch x := x.(type) {
	case *actorSeen, *caseTitled, *caseAssigned, *fileAttached, *messageDelivered, *sentKept, *historyImported,
		*privateErased, *reminderRecorded, *severitySet, *vulnIdentified:
		return true
	case *messagePosted:
		return x.Purpose == PurposeUnverified || x.Purpose == PurposeNote && x.From == Owner
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

// calendar returns the calendar for a policy.
func (s *Service) calendar(pol string) policy.Calendar {
	if c, ok := s.cfg.Calendars[pol]; ok {
		return c
	}
	return s.cfg.Calendar
}

// Deadlines returns every date that the case has by the policies it adopted, as
// they stand at now, in the order of the policies. The error is policy.ErrUnknown
// and names each policy that a newer version of this library adopted; its dates
// are missing then, and all others are there. The clocks of a Matter that is
// handled elsewhere run there.
//
// It is for a case that View gave to the team: what others are given has no policies,
// so there are no dates.
func (s *Service) Deadlines(c *Case, now time.Time) ([]policy.Deadline, error) {
	return s.deadlines(c, c.Facts, now)
}

func (s *Service) deadlines(c *Case, facts func(subject string) policy.Facts, now time.Time) ([]policy.Deadline, error) {
	var all []policy.Deadline
	var unknown []error
	for _, a := range c.Adopted {
		if m, ok := ParseMatter(a.Subject); ok && c.Elsewhere(m) {
			continue // its clocks run in the other case
		}
		ds, err := a.Deadlines(facts(a.Subject), s.calendar(a.Policy), now)
		if err != nil {
			unknown = append(unknown, fmt.Errorf("%w: %s, version %d", err, a.Policy, a.Version))
		}
		all = append(all, ds...)
	}
	return all, errors.Join(unknown...)
}
