package engine

import (
	"github.com/cvdkit/cvdkit/advisory/tlp"
	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/caselog"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

func (d *Decision) decideAcknowledge(a cvd.Acknowledge) error {
	if err := d.check().text("Text", a.Text).label("TLP", a.TLP).err; err != nil {
		return err
	}
	r, err := d.mustReport(a.Report)
	if err != nil {
		return err
	}
	if s := d.c.Submission; s.Quarantined {
		d.emit(&caselog.SubmissionLifted{})
	}
	if !r.Acknowledged.IsZero() {
		return d.refuse(cvd.RuleOnce, "report %d was acknowledged", r.ID)
	}
	d.emit(&caselog.ReportAcknowledged{Report: r.ID})
	if r.Reporter != 0 {
		label := tlp.Green
		if a.Text != "" {
			label = caselog.OrAmber(a.TLP)
		}
		d.post(&caselog.MessagePosted{Purpose: cvd.PurposeAcknowledgement, From: cvd.Owner, To: []cvd.PartyID{r.Reporter}, TLP: label, About: uint32(r.ID), Text: a.Text})
	}
	return nil
}

func (d *Decision) decideTriage(t cvd.Triage) error {
	k := d.check().
		enum("Outcome", uint8(t.Outcome), uint8(cvd.OutcomeNeedsInformation)).
		needed("Outcome", t.Outcome == cvd.OutcomeNone).
		text("Reason", t.Reason).text("Reply", t.Reply).line("ForwardedTo", t.ForwardedTo)
	switch {
	case t.Outcome == cvd.OutcomeNeedsInformation && t.Reply == "":
		k.fail("Reply", "it is missing: what does the team need to know?", nil)
	case t.Outcome == cvd.OutcomeDuplicate && (t.DuplicateOf == cvd.CaseID{}) == (t.SameAs == 0):
		k.fail("DuplicateOf", "either DuplicateOf or SameAs says of what it is a duplicate", nil)
	case t.Outcome != cvd.OutcomeDuplicate && (t.DuplicateOf != cvd.CaseID{} || t.SameAs != 0):
		k.fail("DuplicateOf", "it goes with OutcomeDuplicate only", nil)
	}
	if k.err != nil {
		return k.err
	}
	if caselog.Early(d.c.Submission.Stage) {
		if err := d.mustWait(); err != nil {
			return err
		}
		if t.Outcome != cvd.OutcomeNeedsInformation {
			return d.refuse(cvd.RuleSubmission, "it is admitted or dismissed")
		}
		if !d.c.Submission.Asked.IsZero() {
			return d.refuse(cvd.RuleOnce, "its sender was asked")
		}
	}
	if len(d.c.Reports) == 0 {
		return d.refuse(cvd.RuleTriage, "case %s", d.c.Number)
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
	d.emit(&caselog.ReportTriaged{
		Report: r.ID, Outcome: t.Outcome, DuplicateOf: t.DuplicateOf, SameAs: t.SameAs,
		Reason: t.Reason, Forwarded: t.ForwardedTo,
	})
	if err := d.triaged(t.Outcome); err != nil {
		return err
	}
	d.aware(cvd.Owner, r.Received)
	if !t.Quiet && r.Reporter != 0 {
		d.tell(cvd.PurposeTriage, uint32(r.ID), t.Reply, r.Reporter)
	}
	return nil
}

func (d *Decision) checkDuplicate(t cvd.Triage, report cvd.ReportID) error {
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
func (d *Decision) triaged(o cvd.Outcome) error {
	rm := d.c.RM()
	switch o {
	case cvd.OutcomeValid:
		if rm == vultron.RMReceived || rm == vultron.RMInvalid {
			return d.moveOwn(vultron.RMValidate)
		}
	case cvd.OutcomeInvalid, cvd.OutcomeDuplicate, cvd.OutcomeOutOfScope:
		for i := range d.c.Reports {
			if o := d.c.Reports[i].Outcome; o == cvd.OutcomeNone || o == cvd.OutcomeValid || o == cvd.OutcomeNeedsInformation {
				return nil
			}
		}
		if rm == vultron.RMReceived {
			return d.moveOwn(vultron.RMInvalidate)
		}
	}
	return nil
}

func (d *Decision) moveOwn(e vultron.RMEvent) error {
	from := d.c.RM()
	to, ok := from.Next(e)
	if !ok {
		return d.refuse(cvd.RuleReportState, "%s in state %s", e, from)
	}
	d.emit(&caselog.PartyRM{Party: cvd.Owner, State: to})
	return nil
}

func (d *Decision) decideAccept(_ cvd.Accept) error { return d.moveOwn(vultron.RMAccept) }

func (d *Decision) decideDefer(x cvd.Defer) error {
	if err := d.check().text("Reason", x.Reason).err; err != nil {
		return err
	}
	if err := d.moveOwn(vultron.RMDefer); err != nil {
		return err
	}
	d.note(x.Reason)
	return nil
}

func (d *Decision) decideClose(x cvd.Close) error {
	if err := d.check().text("Reason", x.Reason).
		needed("Reason", x.Override && x.Reason == "").err; err != nil {
		return err
	}
	active := d.c.Embargo.State.InForce()
	if active && !x.Override {
		return d.refuse(cvd.RuleEmbargoClose, "the embargo is %s", d.c.Embargo.State)
	}
	if err := d.moveOwn(vultron.RMClose); err != nil {
		return err
	}
	d.emit(&caselog.CaseClosed{Override: active, Reason: x.Reason})
	return nil
}

func (d *Decision) decideAssign(a cvd.Assign) error {
	if err := d.check().line("To", a.To).err; err != nil {
		return err
	}
	x := &caselog.CaseAssigned{}
	if a.To != "" {
		x.Actor = d.actorNumber(a.To, "")
		x.Who = d.s.ActorTag(a.To)
	}
	d.emit(x)
	return nil
}

func (d *Decision) decideSetTitle(t cvd.SetTitle) error {
	if err := d.check().needed("Title", t.Title == "").line("Title", t.Title).err; err != nil {
		return err
	}
	d.emit(&caselog.CaseTitled{Title: t.Title})
	return nil
}
