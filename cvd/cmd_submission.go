package cvd

import (
	"time"

	"github.com/cvdkit/cvdkit/cvd/policy"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// submit takes a report as a submission: see Receive.Submission.
func (r Receive) submit(d *decision) error {
	x := &submissionReceived{
		Number: d.newCase(), Kind: r.Kind, Title: r.Title, Check: d.secretCheck(),
		Owner: d.ownParty(), Sender: d.newParty(r.Reporter, partyAdded{Roles: RoleReporter | RoleFinder, Began: true}),
		Report: d.newReport(r), PublishOn: r.PublishOn, Quarantined: r.Quarantine != "", Reason: r.Quarantine,
	}
	x.Receipt = !x.Quarantined && !r.Quiet && !d.by.Silent
	x.Report.Reporter = submitter
	from := fileAttached{From: x.Report.Reporter, TLP: x.Report.TLP}
	add := func(f fileAttached) AttachmentID {
		f = d.nextFile(f)
		x.Files = append(x.Files, submittedFile{f.Blob, f.Size, f.TLP})
		x.Named = append(x.Named, submittedName{f.Name, f.Type, f.SHA256})
		return AttachmentID(len(x.Files))
	}
	if r.Original != nil {
		f := from
		f.Name, f.Type = "original", r.OriginalType
		x.Report.Original = add(f)
	}
	for _, f := range r.Files {
		x.Report.Files = append(x.Report.Files, add(from.of(f)))
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
func (d *decision) submissionPolicies(x *submissionReceived) (out []policyAdopted, err error) {
	var f policy.Facts
	f.Add(policy.FactReceived, x.Report.Received)
	if x.Report.Exploited {
		f.Add(policy.FactExploitAlleged, x.Report.Received)
	}
	for _, p := range d.s.cfg.Submissions {
		b, err := policy.Adopt(p, f, d.s.calendar(p.Name), d.now.Time()).MarshalBinary()
		if err != nil {
			return nil, err
		}
		out = append(out, policyAdopted{Adopted: b})
	}
	return out, nil
}

// admit makes a case of the submission, as Receive would have done at once.
func (x Admit) admit(d *decision) error {
	k := d.check()
	if x.Party != 0 || x.AsReport || !x.Reporter.empty() {
		k.fail("Message", "Party, AsReport and Reporter go with a message", nil)
	}
	if k.err != nil {
		return k.err
	}
	if d.c.Submission.Stage == StageMerged {
		return d.refuse(RuleMoved, "%s went into another case", d.c.Number)
	}
	r := d.c.Reports[0]
	title := d.submittedTitle()
	d.emit(&submissionDecided{Admitted: true})
	if err := d.moveOwn(vultron.RMReceive); err != nil {
		return err
	}
	if e := d.s.cfg.Embargo; e != (EmbargoRules{}) {
		d.emit(&embargoRuled{Resolve: e.Resolve, Quorum: e.Quorum})
	}
	d.emit(&vulnAdded{Title: title, TLP: r.TLP})
	d.emit(&partyRM{Party: r.Reporter, State: vultron.RMAccepted, Reported: true})
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
func (d *decision) submittedTitle() Private {
	for i := range d.fresh {
		if x, ok := d.fresh[i].x.(*submissionReceived); ok {
			return x.Title
		}
	}
	for _, r := range d.log().records {
		if x, ok := r.x.(*submissionReceived); ok {
			return x.Title
		}
	}
	return ""
}

// Dismiss says that the team takes a submission no further. A person decides that,
// so By.Actor is needed; after an appeal, another person than before. The sender is
// told so in neutral words, without the ground, unless the submission is in
// quarantine; it has one appeal. Admit takes back a dismissal.
type Dismiss struct {
	Why         Dismissal // the ground; required
	DuplicateOf CaseID    // with DismissalDuplicate, if it is known
	Reason      Private   // the team's own; the sender does not see it
	Reply       Private   // added to what the sender is told
	Quiet       bool      // leaves the sender untold
}

func (x Dismiss) decide(d *decision) error {
	k := d.check().enum("Why", uint8(x.Why), uint8(DismissalTest)).needed("Why", x.Why == DismissalUnstated).
		text("Reason", x.Reason).text("Reply", x.Reply)
	if x.DuplicateOf != (CaseID{}) && (x.Why != DismissalDuplicate || x.DuplicateOf == d.c.ID) {
		k.fail("DuplicateOf", "it names another case, with DismissalDuplicate only", nil)
	}
	if k.err != nil {
		return k.err
	}
	s := d.c.Submission
	if !s.pending() {
		return d.refuse(RuleSubmission, "%s is a %s", d.c.Number, s.Stage)
	}
	if sameName(d.by.Actor) == "" {
		return d.refuse(RulePerson, "By.Actor is empty")
	}
	if err := d.mustExist(x.DuplicateOf); err != nil {
		return err
	}
	d.introduce()
	for _, before := range s.by {
		if d.c.samePerson(before, d.actor) {
			return d.refuse(RuleAppeal, "actor %d has dismissed it", before)
		}
	}
	d.emit(&submissionDecided{Dismissal: x.Why, Same: x.DuplicateOf, Reason: x.Reason})
	if !x.Quiet && !s.Quarantined {
		d.tell(PurposeDismissed, 1, x.Reply, d.c.Reports[0].Reporter)
	}
	return nil
}

// Appeal asks for another look at a submission that was dismissed, once, by another
// person. Its text is a message of the sender to the team.
type Appeal struct {
	Text       Private    // why it should be looked at again
	Provenance Provenance // how it came in; zero: it was written here
}

func (x Appeal) decide(d *decision) error {
	if err := d.check().needed("Text", x.Text == "").text("Text", x.Text).provenance(x.Provenance).err; err != nil {
		return err
	}
	s := d.c.Submission
	switch {
	case s.Stage != StageDismissed:
		return d.refuse(RuleAppeal, "%s is a %s", d.c.Number, s.Stage)
	case !s.Appealed.IsZero():
		return d.refuse(RuleAppeal, "there was an appeal")
	}
	from := d.c.Reports[0].Reporter
	d.emit(&submissionAppealed{Party: from})
	if at(d.c.actorTags, d.c.assignee) != nil && d.c.samePerson(d.c.assignee, s.by[len(s.by)-1]) {
		d.emit(&caseAssigned{})
	}
	return d.bring(&messagePosted{
		Purpose: PurposeMessage, From: from, To: []PartyID{Owner}, TLP: orAmber(0), Text: x.Text, Provenance: x.Provenance,
	}, false, "", nil)
}
