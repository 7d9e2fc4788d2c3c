package cvd

import (
	"github.com/cvdkit/cvdkit/advisory/tlp"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// Acknowledge tells the reporter that the report has arrived. The message never
// repeats what the report says. A submission leaves the quarantine by it.
type Acknowledge struct {
	Report ReportID // 0: the only one
	Text   Private  // added to the acknowledgement
	// TLP is that of Text; unset: TLP:AMBER, so that it goes protected only. Numbers of
	// cases are TLP:GREEN.
	TLP tlp.Label
}

func (a Acknowledge) decide(d *decision) error {
	if err := d.check().text("Text", a.Text).label("TLP", a.TLP).err; err != nil {
		return err
	}
	r, err := d.mustReport(a.Report)
	if err != nil {
		return err
	}
	if s := d.c.Submission; s.Quarantined {
		d.emit(&submissionLifted{})
	}
	if !r.Acknowledged.IsZero() {
		return d.refuse(RuleOnce, "report %d was acknowledged", r.ID)
	}
	d.emit(&reportAcknowledged{Report: r.ID})
	if r.Reporter != 0 {
		label := tlp.Green
		if a.Text != "" {
			label = orAmber(a.TLP)
		}
		d.post(&messagePosted{Purpose: PurposeAcknowledgement, From: Owner, To: []PartyID{r.Reporter}, TLP: label, About: uint32(r.ID), Text: a.Text})
	}
	return nil
}

// Triage records what became of a report, and tells the reporter. A team that is a
// vendor is aware of the vulnerabilities then, since the report was received. For a
// submission it is the question for what is missing, once: OutcomeNeedsInformation.
type Triage struct {
	Report  ReportID // 0: the only one
	Outcome Outcome  // what became of it; required
	// Reason is the team's own; the reporter does not see it.
	Reason Private
	// Reply is told to the reporter: a question with OutcomeNeedsInformation, an
	// explanation otherwise.
	Reply Private
	// DuplicateOf or SameAs name the other report's case, or the other report of
	// this case, with OutcomeDuplicate.
	DuplicateOf CaseID
	SameAs      ReportID // see DuplicateOf
	// ForwardedTo names who handles it, with OutcomeOutOfScope.
	ForwardedTo Private
	// Quiet leaves the reporter untold.
	Quiet bool
}

func (t Triage) decide(d *decision) error {
	k := d.check().
		enum("Outcome", uint8(t.Outcome), uint8(OutcomeNeedsInformation)).
		needed("Outcome", t.Outcome == OutcomeNone).
		text("Reason", t.Reason).text("Reply", t.Reply).line("ForwardedTo", t.ForwardedTo)
	switch {
	case t.Outcome == OutcomeNeedsInformation && t.Reply == "":
		k.fail("Reply", "it is missing: what does the team need to know?", nil)
	case t.Outcome == OutcomeDuplicate && (t.DuplicateOf == CaseID{}) == (t.SameAs == 0):
		k.fail("DuplicateOf", "either DuplicateOf or SameAs says of what it is a duplicate", nil)
	case t.Outcome != OutcomeDuplicate && (t.DuplicateOf != CaseID{} || t.SameAs != 0):
		k.fail("DuplicateOf", "it goes with OutcomeDuplicate only", nil)
	}
	if k.err != nil {
		return k.err
	}
	if d.c.Submission.Stage.early() {
		if err := d.mustWait(); err != nil {
			return err
		}
		if t.Outcome != OutcomeNeedsInformation {
			return d.refuse(RuleSubmission, "it is admitted or dismissed")
		}
		if !d.c.Submission.Asked.IsZero() {
			return d.refuse(RuleOnce, "its sender was asked")
		}
	}
	if len(d.c.Reports) == 0 {
		return d.refuse(RuleTriage, "case %s", d.c.Number)
	}
	if err := d.mustBeOpen(); err != nil {
		return err
	}
	r, err := d.mustReport(t.Report)
	if err != nil {
		return err
	}
	if err := d.checkDuplicate(t, r.ID); err != nil {
		return err
	}
	d.emit(&reportTriaged{
		Report: r.ID, Outcome: t.Outcome, DuplicateOf: t.DuplicateOf, SameAs: t.SameAs,
		Reason: t.Reason, Forwarded: t.ForwardedTo,
	})
	if err := d.triaged(t.Outcome); err != nil {
		return err
	}
	d.aware(Owner, r.Received)
	if !t.Quiet && r.Reporter != 0 {
		d.tell(PurposeTriage, uint32(r.ID), t.Reply, r.Reporter)
	}
	return nil
}

func (d *decision) checkDuplicate(t Triage, report ReportID) error {
	switch {
	case t.SameAs != 0:
		if _, err := d.mustReport(t.SameAs); err != nil {
			return err
		}
		if t.SameAs == report {
			return d.bad("SameAs", "a report is not its own duplicate", nil)
		}
	case t.DuplicateOf == d.c.ID:
		return d.bad("DuplicateOf", "it names this case; SameAs names a report of it", nil)
	default:
		return d.mustExist(t.DuplicateOf)
	}
	return nil
}

// triaged moves the team's own state. A case is invalid once all its reports
// are; a valid one makes it valid whatever was said before.
func (d *decision) triaged(o Outcome) error {
	rm := d.c.RM()
	switch o {
	case OutcomeValid:
		if rm == vultron.RMReceived || rm == vultron.RMInvalid {
			return d.moveOwn(vultron.RMValidate)
		}
	case OutcomeInvalid, OutcomeDuplicate, OutcomeOutOfScope:
		for i := range d.c.Reports {
			if o := d.c.Reports[i].Outcome; o == OutcomeNone || o == OutcomeValid || o == OutcomeNeedsInformation {
				return nil
			}
		}
		if rm == vultron.RMReceived {
			return d.moveOwn(vultron.RMInvalidate)
		}
	}
	return nil
}

func (d *decision) moveOwn(e vultron.RMEvent) error {
	from := d.c.RM()
	to, ok := from.Next(e)
	if !ok {
		return d.refuse(RuleReportState, "%s in state %s", e, from)
	}
	d.emit(&partyRM{Party: Owner, State: to})
	return nil
}

// Accept says that the team works on the case.
type Accept struct{}

func (Accept) decide(d *decision) error { return d.moveOwn(vultron.RMAccept) }

// Defer says that the case is valid and is not worked on now. An embargo stays
// in force.
type Defer struct {
	Reason Private // becomes a note of the team
}

func (x Defer) decide(d *decision) error {
	if err := d.check().text("Reason", x.Reason).err; err != nil {
		return err
	}
	if err := d.moveOwn(vultron.RMDefer); err != nil {
		return err
	}
	d.note(x.Reason)
	return nil
}

// Close says that the team is done.
type Close struct {
	Reason Private // for the team
	// Override closes although an embargo is active. Reason is then required.
	Override bool
}

func (x Close) decide(d *decision) error {
	if err := d.check().text("Reason", x.Reason).
		needed("Reason", x.Override && x.Reason == "").err; err != nil {
		return err
	}
	active := d.c.Embargo.State.InForce()
	if active && !x.Override {
		return d.refuse(RuleEmbargoClose, "the embargo is %s", d.c.Embargo.State)
	}
	if err := d.moveOwn(vultron.RMClose); err != nil {
		return err
	}
	d.emit(&caseClosed{Override: active, Reason: x.Reason})
	return nil
}

// Assign gives the case to somebody, or to nobody.
type Assign struct {
	To Private // an actor, in the host's terms; "": nobody
}

func (a Assign) decide(d *decision) error {
	if err := d.check().line("To", a.To).err; err != nil {
		return err
	}
	x := &caseAssigned{}
	if a.To != "" {
		x.Actor = d.actorNumber(a.To, "")
		x.Who = d.s.actorTag(a.To)
	}
	d.emit(x)
	return nil
}

// SetTitle changes the title of the case.
type SetTitle struct {
	Title Private // required
}

func (t SetTitle) decide(d *decision) error {
	if err := d.check().needed("Title", t.Title == "").line("Title", t.Title).err; err != nil {
		return err
	}
	d.emit(&caseTitled{Title: t.Title})
	return nil
}
