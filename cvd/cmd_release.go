package cvd

import (
	"slices"
	"time"

	"github.com/cvdkit/cvdkit/advisory/tlp"
	"github.com/cvdkit/cvdkit/cvd/internal/plain"
	"github.com/cvdkit/cvdkit/cvd/storage"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// PlanRelease plans a staged release: the instant for all parties, and the
// outputs in their order. Until it is approved and its instant has come, Publish
// is refused. It publishes nothing itself.
type PlanRelease struct {
	At time.Time `json:",omitzero"` // an exact instant, not before the end of the embargo
	// Outputs are names of lower-case words with dots, such as "csaf" or
	// "cve-record", in the order in which they are to be done.
	Outputs []string
}

func (x PlanRelease) decide(d *decision) error {
	k := d.check().needed("At", x.At.IsZero()).instant("At", x.At).
		needed("Outputs", len(x.Outputs) == 0).count("Outputs", len(x.Outputs), d.s.cfg.Limits.Items)
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
		return d.refuse(RuleReleaseInstant, "the instant has passed")
	}
	if ends, ok := d.c.Embargo.Ends(); ok && x.At.Before(ends) {
		return d.refuse(RuleReleaseInstant, "the embargo ends at %s", ends.Format(time.RFC3339))
	}
	if d.c.Release.begun() {
		return d.refuse(RuleOnce, "the release has begun; CancelRelease ends its plan")
	}
	d.emit(&releasePlanned{Ends: x.At, Outputs: x.Outputs})
	return nil
}

// AnswerRelease records whether a vendor is ready for the planned release, go,
// or holds it. A later answer replaces an earlier one.
type AnswerRelease struct {
	Party  PartyID // the vendor who answers
	Hold   bool    // it holds the release, with a Reason; false: go
	Reason Private // required with Hold
}

func (x AnswerRelease) decide(d *decision) error {
	if err := d.check().text("Reason", x.Reason).needed("Reason", x.Hold && x.Reason == "").err; err != nil {
		return err
	}
	if err := d.mustAnswerRelease(x.Party); err != nil {
		return err
	}
	d.emit(&releaseAnswered{Party: x.Party, Hold: x.Hold, Reason: x.Reason})
	return nil
}

func (d *decision) mustAnswerRelease(by PartyID) error {
	p, err := d.must(by)
	if err != nil {
		return err
	}
	if err := d.mustBePlanned(); err != nil {
		return err
	}
	if p.Roles&RoleVendor == 0 {
		return d.refuse(RuleCaseState, "participant %d is no vendor", p.ID)
	}
	return nil
}

func (d *decision) mustBePlanned() error {
	if !d.c.Release.planned() {
		return d.refuse(RuleKnown, "no release is planned")
	}
	return nil
}

// ApproveRelease records that By.Actor approves the planned release. It takes
// two people.
type ApproveRelease struct {
	// DespiteHold approves although a vendor holds the release, with a Reason. A
	// hold is overruled only if both approvals say so.
	DespiteHold bool
	Reason      Private // required with DespiteHold
}

func (x ApproveRelease) decide(d *decision) error {
	if err := d.check().text("Reason", x.Reason).needed("Reason", x.DespiteHold && x.Reason == "").err; err != nil {
		return err
	}
	if err := d.mustBePlanned(); err != nil {
		return err
	}
	if sameName(d.by.Actor) == "" {
		return d.refuse(RuleReleaseTwo, "By.Actor is empty")
	}
	me := d.actorNumber(d.by.Actor, d.by.Person)
	for _, a := range d.c.Release.Approvals {
		if d.c.samePerson(a.Actor, me) {
			return d.refuse(RuleReleaseTwo, "actor %d has approved", a.Actor)
		}
	}
	d.emit(&releaseApproved{Actor: me, DespiteHold: x.DespiteHold, Reason: x.Reason})
	return nil
}

// CancelRelease ends the planned release, also one of which some outputs are out:
// those stay out, and the rest can be planned anew. Lists that were not told wait
// for the next plan.
type CancelRelease struct {
	Reason Private // required
}

func (x CancelRelease) decide(d *decision) error {
	if err := d.check().text("Reason", x.Reason).needed("Reason", x.Reason == "").err; err != nil {
		return err
	}
	if err := d.mustBePlanned(); err != nil {
		return err
	}
	d.emit(&releaseCancelled{Reason: x.Reason})
	return nil
}

// emergency refuses a publication past the plan of what is still secret, or by
// nobody.
func (d *decision) emergency(vulns []VulnID) error {
	if sameName(d.by.Actor) == "" {
		return d.refuse(RuleReleaseEmergency, "By.Actor is empty")
	}
	for _, id := range vulns {
		if v := &d.c.Vulnerabilities[id-1]; v.covered() && !v.State.Has(vultron.CSAttacksObserved) {
			return d.refuse(RuleReleaseEmergency, "vulnerability %d is %s", id, v.State)
		}
	}
	return nil
}

// released refuses what belongs to a release that may not go ahead yet.
func (d *decision) released() error {
	r := &d.c.Release
	if !r.Emergency.IsZero() {
		return nil
	}
	if err := d.approved(); err != nil {
		return err
	}
	if storage.MillisOf(r.At) > d.now {
		return d.refuse(RuleReleaseInstant, "it is %s", r.At.Format(time.RFC3339))
	}
	if ends, ok := d.c.Embargo.Ends(); ok && storage.MillisOf(ends) > d.now {
		return d.refuse(RuleReleaseInstant, "the embargo ends at %s", ends.Format(time.RFC3339))
	}
	return nil
}

func (d *decision) approved() error {
	r := &d.c.Release
	if n := len(r.Approvals); n < 2 {
		return d.refuse(RuleReleaseTwo, "%d approvals", n)
	}
	overruled := 0
	for _, a := range r.Approvals {
		if a.DespiteHold {
			overruled++
		}
	}
	if held := r.Held(); len(held) > 0 && overruled < 2 {
		return d.refuse(RuleReleaseHold, "%d vendors hold it, the first is participant %d", len(held), held[0])
	}
	return nil
}

// RecordOutput records that one output of the release is out. Recording it again
// changes nothing.
type RecordOutput struct {
	Output string // as in PlanRelease
	Ref    string // where it is: a public address or number
}

func (x RecordOutput) decide(d *decision) error {
	if err := d.check().line("Ref", Private(x.Ref)).err; err != nil {
		return err
	}
	if err := d.mustBePlanned(); err != nil {
		return err
	}
	outs := d.c.Release.Outputs
	i := slices.IndexFunc(outs, func(o ReleaseOutput) bool { return o.Name == x.Output })
	switch {
	case i < 0:
		return d.refuse(RuleKnown, "the release has no such output, it has %d", len(outs))
	case !outs[i].Done.IsZero():
		return nil
	}
	if err := d.released(); err != nil {
		return err
	}
	if i > 0 && outs[i-1].Done.IsZero() {
		return d.refuse(RuleReleaseOrder, "output %d is not done", i)
	}
	d.emit(&releaseOutput{Output: uint32(i + 1), Ref: x.Ref})
	return nil
}

// PlanNotification plans that the parties of a list are told of the release
// ahead. They have agreed to the list's rules, which counts as consent to the
// embargo.
type PlanNotification struct {
	List      string        // its name, of lower-case words with dots
	Parties   []PartyID     // who is on the list
	Lead      time.Duration // how long ahead at most
	Agreement Private       // the rules that they have agreed to; required
}

func (x PlanNotification) decide(d *decision) error {
	k := d.check().needed("Agreement", x.Agreement == "").text("Agreement", x.Agreement).
		needed("Parties", len(x.Parties) == 0).count("Parties", len(x.Parties), d.s.cfg.Limits.Recipients)
	if !plain.Name(x.List, ".-") || len(x.List) > 64 {
		k.fail("List", "it is not of lower-case words with dots, at most 64 bytes", nil)
	}
	if x.Lead < time.Millisecond || x.Lead > d.s.cfg.Limits.Future {
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
			return d.refuse(RuleOnce, "the list is planned")
		}
	}
	for _, id := range x.Parties {
		if _, err := d.must(id); err != nil {
			return err
		}
	}
	d.emit(&listPlanned{Name: x.List, Parties: x.Parties, Lead: storage.Millis(x.Lead / time.Millisecond), Agreement: x.Agreement})
	return nil
}

// NotifyList gives the parties of a list the details, once the release is
// approved and within the list's lead time. Who has declined the embargo is left
// out.
type NotifyList struct {
	List string  // its name, as planned
	Text Private // what the parties are told
}

func (x NotifyList) decide(d *decision) error {
	if err := d.check().needed("Text", x.Text == "").text("Text", x.Text).err; err != nil {
		return err
	}
	i := slices.IndexFunc(d.c.Lists, func(l NotificationList) bool { return l.Name == x.List })
	if i < 0 {
		return d.refuse(RuleKnown, "the case has no such list, it has %d", len(d.c.Lists))
	}
	l := d.c.Lists[i]
	if !l.Told.IsZero() {
		return d.refuse(RuleOnce, "list %d was told", i+1)
	}
	if err := d.mustBePlanned(); err != nil {
		return err
	}
	if err := d.approved(); err != nil {
		return err
	}
	if from := d.c.Release.At.Add(-l.Lead); storage.MillisOf(from) > d.now {
		return d.refuse(RuleListLead, "not before %s", from.Format(time.RFC3339))
	}
	var to []PartyID
	for _, id := range l.Parties {
		p := d.c.Participants[id-1]
		if p.Consent == vultron.Declined || id == Owner {
			continue
		}
		if d.c.Embargo.State.InForce() && p.Consent != vultron.Signatory {
			if err := d.moveConsent(id, vultron.ConsentAccept); err != nil {
				return err
			}
		}
		to = append(to, id)
	}
	d.emit(&listTold{List: uint32(i + 1)})
	if len(to) > 0 {
		d.post(&messagePosted{Purpose: PurposeMessage, From: Owner, To: to, TLP: tlp.AmberStrict, Text: x.Text})
	}
	return nil
}
