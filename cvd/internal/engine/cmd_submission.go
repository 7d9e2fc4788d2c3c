package engine

import (
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/caselog"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
	"github.com/cvdkit/cvdkit/cvd/policy"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// submit takes a report as a submission: see Receive.Submission.
func submit(r cvd.Receive, d *Decision) error {
	x := &caselog.SubmissionReceived{
		Number: d.newCase(), Kind: r.Kind, Title: r.Title, Check: d.secretCheck(),
		Owner: d.ownParty(), Sender: d.newParty(r.Reporter, caselog.PartyAdded{Roles: cvd.RoleReporter | cvd.RoleFinder, Began: true}),
		Report: d.newReport(r), PublishOn: r.PublishOn, Quarantined: r.Quarantine != "", Reason: r.Quarantine,
	}
	x.Receipt = !x.Quarantined && !r.Quiet && !d.by.Silent
	x.Report.Reporter = caselog.Submitter
	from := caselog.FileAttached{From: x.Report.Reporter, TLP: x.Report.TLP}
	add := func(f caselog.FileAttached) cvd.AttachmentID {
		f = d.nextFile(f)
		x.Files = append(x.Files, caselog.SubmittedFile{Blob: f.Blob, Size: f.Size, TLP: f.TLP})
		x.Named = append(x.Named, caselog.SubmittedName{Name: f.Name, Type: f.Type, SHA256: f.SHA256})
		return cvd.AttachmentID(len(x.Files))
	}
	if r.Original != nil {
		f := from
		f.Name, f.Type = "original", r.OriginalType
		x.Report.Original = add(f)
	}
	for _, f := range r.Files {
		x.Report.Files = append(x.Report.Files, add(from.Of(f)))
	}
	var err error
	if x.Policies, err = d.submissionPolicies(x); err != nil {
		return err
	}
	d.emit(x)
	if x.Receipt {
		d.enqueue(d.c.Seq, x.Report.Reporter)
	}
	return nil
}

// submissionPolicies computes the dates that a submission begins with.
func (d *Decision) submissionPolicies(x *caselog.SubmissionReceived) (out []caselog.PolicyAdopted, err error) {
	var f policy.Facts
	f.Add(policy.FactReceived, x.Report.Received)
	if x.Report.Exploited {
		f.Add(policy.FactExploitAlleged, x.Report.Received)
	}
	for _, p := range d.s.Cfg.Submissions {
		b, err := policy.Adopt(p, f, d.s.Calendar(p.Name), d.now.Time()).MarshalBinary()
		if err != nil {
			return nil, err
		}
		out = append(out, caselog.PolicyAdopted{Adopted: b})
	}
	return out, nil
}

// admit makes a case of the submission, as Receive would have done at once.
func admit(x cvd.Admit, d *Decision) error {
	k := d.check()
	if x.Party != 0 || x.AsReport || !empty(x.Reporter) {
		k.fail("Message", "Party, AsReport and Reporter go with a message", nil)
	}
	if k.err != nil {
		return k.err
	}
	if d.c.Submission.Stage == cvd.StageMerged {
		return d.refuse(cvd.RuleMoved, "%s went into another case", d.c.Number)
	}
	r := d.c.Reports[0]
	title := d.submittedTitle()
	d.emit(&caselog.SubmissionDecided{Admitted: true})
	if err := d.moveOwn(vultron.RMReceive); err != nil {
		return err
	}
	if e := d.s.Cfg.Embargo; e != (cvd.EmbargoRules{}) {
		d.emit(&caselog.EmbargoRuled{Resolve: e.Resolve, Quorum: e.Quorum})
	}
	d.emit(&caselog.VulnAdded{Title: title, TLP: r.TLP})
	d.emit(&caselog.PartyRM{Party: r.Reporter, State: vultron.RMAccepted, Reported: true})
	d.standing(r.Received)
	var own time.Time
	if n := len(d.c.Announced); n > 0 {
		own = d.c.Announced[n-1].At
	}
	if err := d.proposeOwn(r.Reporter, own); err != nil {
		return err
	}
	if err := d.tacit(r.Reporter, !own.IsZero()); err != nil {
		return err
	}
	return d.adoptDefaults()
}

// submittedTitle reads the title of the submission, which its record holds.
func (d *Decision) submittedTitle() cvd.Private {
	for i := range d.fresh {
		if x, ok := d.fresh[i].x.(*caselog.SubmissionReceived); ok {
			return x.Title
		}
	}
	for _, r := range d.log().records {
		if x, ok := r.x.(*caselog.SubmissionReceived); ok {
			return x.Title
		}
	}
	return ""
}

func (d *Decision) decideDismiss(x cvd.Dismiss) error {
	k := d.check().enum("Why", uint8(x.Why), uint8(cvd.DismissalTest)).needed("Why", x.Why == cvd.DismissalUnstated).
		text("Reason", x.Reason).text("Reply", x.Reply)
	if x.DuplicateOf != (cvd.CaseID{}) && (x.Why != cvd.DismissalDuplicate || x.DuplicateOf == d.c.ID) {
		k.fail("DuplicateOf", "it names another case, with DismissalDuplicate only", nil)
	}
	if k.err != nil {
		return k.err
	}
	s := d.c.Submission
	if !pending(&s) {
		return d.refuse(cvd.RuleSubmission, "%s is a %s", d.c.Number, s.Stage)
	}
	if sameName(d.by.Actor) == "" {
		return d.refuse(cvd.RulePerson, "By.Actor is empty")
	}
	if err := d.mustExist(x.DuplicateOf); err != nil {
		return err
	}
	d.introduce()
	for _, before := range s.Kept(inner.Only{}).By {
		if d.c.SamePerson(before, d.actor) {
			return d.refuse(cvd.RuleAppeal, "actor %d has dismissed it", before)
		}
	}
	d.emit(&caselog.SubmissionDecided{Dismissal: x.Why, Same: x.DuplicateOf, Reason: x.Reason})
	if !x.Quiet && !s.Quarantined {
		d.tell(cvd.PurposeDismissed, 1, x.Reply, d.c.Reports[0].Reporter)
	}
	return nil
}

func (d *Decision) decideAppeal(x cvd.Appeal) error {
	if err := d.check().needed("Text", x.Text == "").text("Text", x.Text).provenance(x.Provenance).err; err != nil {
		return err
	}
	s := d.c.Submission
	switch {
	case s.Stage != cvd.StageDismissed:
		return d.refuse(cvd.RuleAppeal, "%s is a %s", d.c.Number, s.Stage)
	case !s.Appealed.IsZero():
		return d.refuse(cvd.RuleAppeal, "there was an appeal")
	}
	from := d.c.Reports[0].Reporter
	d.emit(&caselog.SubmissionAppealed{Party: from})
	if inner.At(d.c.ActorTags, d.c.AssigneeNumber) != nil && d.c.SamePerson(d.c.AssigneeNumber, s.Kept(inner.Only{}).By[len(s.Kept(inner.Only{}).By)-1]) {
		d.emit(&caselog.CaseAssigned{})
	}
	return d.bring(&caselog.MessagePosted{
		Purpose: cvd.PurposeMessage, From: from, To: []cvd.PartyID{cvd.Owner}, TLP: caselog.OrAmber(0), Text: x.Text, Provenance: x.Provenance,
	}, false, "", nil)
}
