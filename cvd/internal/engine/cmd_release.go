package engine

import (
	"slices"
	"time"

	"github.com/cvdkit/cvdkit/advisory/tlp"
	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/caselog"
	"github.com/cvdkit/cvdkit/cvd/internal/plain"
	"github.com/cvdkit/cvdkit/cvd/storage"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

func (d *Decision) decidePlanRelease(x cvd.PlanRelease) error {
	k := d.check().needed("At", x.At.IsZero()).instant("At", x.At).
		needed("Outputs", len(x.Outputs) == 0).count("Outputs", len(x.Outputs), d.s.Cfg.Limits.Items)
	for i, o := range x.Outputs {
		if !plain.Name(o, ".-") || len(o) > 64 || slices.Contains(x.Outputs[:i], o) {
			k.fail("Outputs", "one is not of lower-case words with dots, at most 64 bytes, or stands there twice", nil)
		}
	}
	if k.err != nil {
		return k.err
	}
	if err := d.mustBeOpen(); err != nil {
		return err
	}
	if storage.MillisOf(x.At) <= d.now {
		return d.refuse(cvd.RuleReleaseInstant, "the instant has passed")
	}
	if ends, ok := d.c.Embargo.Ends(); ok && x.At.Before(ends) {
		return d.refuse(cvd.RuleReleaseInstant, "the embargo ends at %s", ends.Format(time.RFC3339))
	}
	if begun(&d.c.Release) {
		return d.refuse(cvd.RuleOnce, "the release has begun; CancelRelease ends its plan")
	}
	d.emit(&caselog.ReleasePlanned{Ends: x.At, Outputs: x.Outputs})
	return nil
}

func (d *Decision) decideAnswerRelease(x cvd.AnswerRelease) error {
	if err := d.check().text("Reason", x.Reason).needed("Reason", x.Hold && x.Reason == "").err; err != nil {
		return err
	}
	if err := d.mustAnswerRelease(x.Party); err != nil {
		return err
	}
	d.emit(&caselog.ReleaseAnswered{Party: x.Party, Hold: x.Hold, Reason: x.Reason})
	return nil
}

func (d *Decision) mustAnswerRelease(by cvd.PartyID) error {
	p, err := d.must(by)
	if err != nil {
		return err
	}
	if err := d.mustBePlanned(); err != nil {
		return err
	}
	if p.Roles&cvd.RoleVendor == 0 {
		return d.refuse(cvd.RuleCaseState, "participant %d is no vendor", p.ID)
	}
	return nil
}

func (d *Decision) mustBePlanned() error {
	if !d.c.Release.IsPlanned() {
		return d.refuse(cvd.RuleKnown, "no release is planned")
	}
	return nil
}

func (d *Decision) decideApproveRelease(x cvd.ApproveRelease) error {
	if err := d.check().text("Reason", x.Reason).needed("Reason", x.DespiteHold && x.Reason == "").err; err != nil {
		return err
	}
	if err := d.mustBePlanned(); err != nil {
		return err
	}
	if sameName(d.by.Actor) == "" {
		return d.refuse(cvd.RuleReleaseTwo, "By.Actor is empty")
	}
	me := d.actorNumber(d.by.Actor, d.by.Person)
	for _, a := range d.c.Release.Approvals {
		if d.c.SamePerson(a.Actor, me) {
			return d.refuse(cvd.RuleReleaseTwo, "actor %d has approved", a.Actor)
		}
	}
	d.emit(&caselog.ReleaseApproved{Actor: me, DespiteHold: x.DespiteHold, Reason: x.Reason})
	return nil
}

func (d *Decision) decideCancelRelease(x cvd.CancelRelease) error {
	if err := d.check().text("Reason", x.Reason).needed("Reason", x.Reason == "").err; err != nil {
		return err
	}
	if err := d.mustBePlanned(); err != nil {
		return err
	}
	d.emit(&caselog.ReleaseCancelled{Reason: x.Reason})
	return nil
}

// emergency refuses a publication past the plan of what is still secret, or by
// nobody.
func (d *Decision) emergency(vulns []cvd.VulnID) error {
	if sameName(d.by.Actor) == "" {
		return d.refuse(cvd.RuleReleaseEmergency, "By.Actor is empty")
	}
	for _, id := range vulns {
		if v := &d.c.Vulnerabilities[id-1]; caselog.Covered(v) && !v.State.Has(vultron.CSAttacksObserved) {
			return d.refuse(cvd.RuleReleaseEmergency, "vulnerability %d is %s", id, v.State)
		}
	}
	return nil
}

// released refuses what belongs to a release that may not go ahead yet.
func (d *Decision) released() error {
	r := &d.c.Release
	if !r.Emergency.IsZero() {
		return nil
	}
	if err := d.approved(); err != nil {
		return err
	}
	if storage.MillisOf(r.At) > d.now {
		return d.refuse(cvd.RuleReleaseInstant, "it is %s", r.At.Format(time.RFC3339))
	}
	if ends, ok := d.c.Embargo.Ends(); ok && storage.MillisOf(ends) > d.now {
		return d.refuse(cvd.RuleReleaseInstant, "the embargo ends at %s", ends.Format(time.RFC3339))
	}
	return nil
}

func (d *Decision) approved() error {
	r := &d.c.Release
	if n := len(r.Approvals); n < 2 {
		return d.refuse(cvd.RuleReleaseTwo, "%d approvals", n)
	}
	overruled := 0
	for _, a := range r.Approvals {
		if a.DespiteHold {
			overruled++
		}
	}
	if held := r.Held(); len(held) > 0 && overruled < 2 {
		return d.refuse(cvd.RuleReleaseHold, "%d vendors hold it, the first is participant %d", len(held), held[0])
	}
	return nil
}

func (d *Decision) decideRecordOutput(x cvd.RecordOutput) error {
	if err := d.check().line("Ref", cvd.Private(x.Ref)).err; err != nil {
		return err
	}
	if err := d.mustBePlanned(); err != nil {
		return err
	}
	outs := d.c.Release.Outputs
	i := slices.IndexFunc(outs, func(o cvd.ReleaseOutput) bool { return o.Name == x.Output })
	switch {
	case i < 0:
		return d.refuse(cvd.RuleKnown, "the release has no such output, it has %d", len(outs))
	case !outs[i].Done.IsZero():
		return nil
	}
	if err := d.released(); err != nil {
		return err
	}
	if i > 0 && outs[i-1].Done.IsZero() {
		return d.refuse(cvd.RuleReleaseOrder, "output %d is not done", i)
	}
	d.emit(&caselog.ReleaseOutput{Output: uint32(i + 1), Ref: x.Ref})
	return nil
}

func (d *Decision) decidePlanNotification(x cvd.PlanNotification) error {
	k := d.check().needed("Agreement", x.Agreement == "").text("Agreement", x.Agreement).
		needed("Parties", len(x.Parties) == 0).count("Parties", len(x.Parties), d.s.Cfg.Limits.Recipients)
	if !plain.Name(x.List, ".-") || len(x.List) > 64 {
		k.fail("List", "it is not of lower-case words with dots, at most 64 bytes", nil)
	}
	if x.Lead < time.Millisecond || x.Lead > d.s.Cfg.Limits.Future {
		k.fail("Lead", "it is no time ahead", nil)
	}
	if k.err != nil {
		return k.err
	}
	if err := d.mustBeOpen(); err != nil {
		return err
	}
	for _, l := range d.c.Lists {
		if l.Name == x.List {
			return d.refuse(cvd.RuleOnce, "the list is planned")
		}
	}
	for _, id := range x.Parties {
		if _, err := d.must(id); err != nil {
			return err
		}
	}
	d.emit(&caselog.ListPlanned{Name: x.List, Parties: x.Parties, Lead: storage.Millis(x.Lead / time.Millisecond), Agreement: x.Agreement})
	return nil
}

func (d *Decision) decideNotifyList(x cvd.NotifyList) error {
	if err := d.check().needed("Text", x.Text == "").text("Text", x.Text).err; err != nil {
		return err
	}
	i := slices.IndexFunc(d.c.Lists, func(l cvd.NotificationList) bool { return l.Name == x.List })
	if i < 0 {
		return d.refuse(cvd.RuleKnown, "the case has no such list, it has %d", len(d.c.Lists))
	}
	l := d.c.Lists[i]
	if !l.Told.IsZero() {
		return d.refuse(cvd.RuleOnce, "list %d was told", i+1)
	}
	if err := d.mustBePlanned(); err != nil {
		return err
	}
	if err := d.approved(); err != nil {
		return err
	}
	if from := d.c.Release.At.Add(-l.Lead); storage.MillisOf(from) > d.now {
		return d.refuse(cvd.RuleListLead, "not before %s", from.Format(time.RFC3339))
	}
	var to []cvd.PartyID
	for _, id := range l.Parties {
		p := d.c.Participants[id-1]
		if p.Consent == vultron.Declined || id == cvd.Owner {
			continue
		}
		if d.c.Embargo.State.InForce() && p.Consent != vultron.Signatory {
			if err := d.moveConsent(id, vultron.ConsentAccept); err != nil {
				return err
			}
		}
		to = append(to, id)
	}
	d.emit(&caselog.ListTold{List: uint32(i + 1)})
	if len(to) > 0 {
		d.post(&caselog.MessagePosted{Purpose: cvd.PurposeMessage, From: cvd.Owner, To: to, TLP: tlp.AmberStrict, Text: x.Text})
	}
	return nil
}

// begun reports whether an output is out, or may be.
func begun(r *cvd.Release) bool {
	return slices.ContainsFunc(r.Outputs, func(o cvd.ReleaseOutput) bool { return !o.Done.IsZero() || o.Tries > 0 })
}
