package cvd

import (
	"time"

	"github.com/cvdkit/cvdkit/advisory/tlp"
	"github.com/cvdkit/cvdkit/cvd/policy"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// submissionReceived is a whole submission in one record: its case number, its
// sender, its report and files, the receipt that goes out, and the team's own clock.
type submissionReceived struct {
	Number      string
	Kind        Kind
	Check       secretCheck
	Owner       partyAdded
	Sender      partyAdded
	Report      reportReceived
	Files       []submittedFile
	PublishOn   time.Time
	Policies    []policyAdopted
	Quarantined bool
	Receipt     bool

	Title  Private
	Named  []submittedName // of Files
	Reason Private         // of the quarantine
}

// submittedFile and submittedName are the two parts of a file of the sender's.
type submittedFile struct {
	Blob storage.BlobID
	Size int64
	TLP  tlp.Label
}

type submittedName struct{ Name, Type, SHA256 Private }

// part is a record within a record. It has its length, so that it can grow.
func (w *wire) part(f func(*wire)) {
	in := wire{reading: w.reading}
	if w.reading {
		w.bytes(&in.buf)
	}
	f(&in)
	if w.bad = w.bad || in.bad; !w.reading {
		w.bytes(&in.buf)
	}
}

func (*submissionReceived) name() string { return "submission.received/1" }
func (x *submissionReceived) body(w *wire) {
	text(w, &x.Number)
	num(w, &x.Kind)
	w.fixed(x.Check[:])
	w.part(x.Owner.body)
	w.part(x.Sender.body)
	w.part(x.Report.body)
	many(w, &x.Files, func(w *wire, f *submittedFile) {
		w.fixed(f.Blob[:])
		signed(w, &f.Size)
		label(w, &f.TLP)
	})
	w.zoned(&x.PublishOn)
	many(w, &x.Policies, func(w *wire, p *policyAdopted) { w.part(p.body) })
	w.flag(&x.Quarantined)
	w.flag(&x.Receipt)
}

// private begins as that of caseTitled: lists read the title alone.
func (x *submissionReceived) private(w *wire) {
	text(w, &x.Title)
	w.part(x.Owner.private)
	w.part(x.Sender.private)
	w.part(x.Report.private)
	many(w, &x.Named, func(w *wire, f *submittedName) {
		text(w, &f.Name)
		text(w, &f.Type)
		text(w, &f.SHA256)
	})
	text(w, &x.Reason)
}

// apply does what the records within would do one after the other, as one event. It
// is the first of its case but for the name of who entered it, so no snapshot
// shares the events that are taken back here.
func (x *submissionReceived) apply(c *folded, e *envelope) {
	n := len(c.Events)
	(&caseOpened{Number: x.Number, Kind: x.Kind, Origin: OriginReport, Check: x.Check}).apply(c, e)
	x.Owner.apply(c, e)
	x.Sender.apply(c, e)
	x.Report.Reporter = PartyID(len(c.Participants)) // whatever a log of somebody else says
	for _, f := range x.Files {
		(&fileAttached{Blob: f.Blob, Size: f.Size, TLP: f.TLP, From: x.Report.Reporter}).apply(c, e)
	}
	x.Report.apply(c, e)
	if !x.PublishOn.IsZero() {
		(&deadlineAnnounced{By: x.Report.Reporter, Ends: x.PublishOn}).apply(c, e)
	}
	for i := range x.Policies {
		x.Policies[i].apply(c, e)
	}
	if x.Receipt {
		(&reportAcknowledged{Report: 1}).apply(c, e)
		x.receipt().apply(c, e)
	}
	c.Submission.Stage, c.Submission.Quarantined = StageSubmission, x.Quarantined
	if x.Quarantined {
		c.Submission.Stage = StageQuarantine
	}
	c.Events = c.Events[:n]
	c.event(e, Event{Party: x.Report.Reporter, When: x.Report.Received}.With(1, 0))
}

// receipt is the message that tells the sender that the report arrived.
func (x *submissionReceived) receipt() *messagePosted {
	return &messagePosted{Purpose: PurposeAcknowledgement, From: Owner, To: []PartyID{x.Report.Reporter}, TLP: noticeLabel, About: 1}
}

func (x *submissionReceived) reveal(c *folded, e *envelope) {
	c.Title = x.Title
	x.Sender.reveal(c, e) // whom the event is about
	owner := c.party(Owner)
	owner.Organization, owner.threads = x.Owner.Organization, x.Owner.Threads
	x.Report.reveal(c, e)
	for i := range min(len(x.Named), len(c.Attachments)) {
		f := &x.Named[i]
		c.Attachments[i].Name, c.Attachments[i].Type, c.Attachments[i].SHA256 = f.Name, f.Type, f.SHA256
	}
	c.Submission.Quarantine = x.Reason
}

// submissionLifted says that a submission is no longer in quarantine.
type submissionLifted struct{ structural }

func (*submissionLifted) name() string { return "submission.lifted/1" }
func (*submissionLifted) body(*wire)   {}
func (*submissionLifted) apply(c *folded, e *envelope) {
	x := &c.Submission
	if x.Quarantined = false; x.Stage == StageQuarantine {
		x.Stage = StageSubmission
	}
	c.event(e, Event{})
}

// submissionDecided says that a submission became a case, or is taken no further.
type submissionDecided struct {
	Admitted  bool
	Dismissal Dismissal
	Same      CaseID // with DismissalDuplicate

	Reason Private
}

func (*submissionDecided) name() string { return "submission.decided/1" }
func (x *submissionDecided) body(w *wire) {
	w.flag(&x.Admitted)
	num(w, &x.Dismissal)
	w.fixed(x.Same[:])
}
func (x *submissionDecided) private(w *wire)           { text(w, &x.Reason) }
func (x *submissionDecided) reveal(*folded, *envelope) {}
func (x *submissionDecided) apply(c *folded, e *envelope) {
	s := &c.Submission
	s.Decided, s.Dismissal, s.DuplicateOf = e.at.Time(), x.Dismissal, x.Same
	if x.Admitted {
		s.Stage, s.Quarantined = StageCase, false
	} else {
		s.Stage = StageDismissed
		s.by = append(s.by[:len(s.by):len(s.by)], e.actor)
	}
	c.event(e, Event{}.With(0, uint16(x.Dismissal)))
}

// submissionAppealed asks for another look by another person.
type submissionAppealed struct {
	structural
	Party PartyID
}

func (*submissionAppealed) name() string   { return "submission.appealed/1" }
func (x *submissionAppealed) body(w *wire) { num(w, &x.Party) }
func (x *submissionAppealed) apply(c *folded, e *envelope) {
	s := &c.Submission
	s.Appealed, s.Decided, s.Dismissal, s.DuplicateOf, s.Stage = e.at.Time(), time.Time{}, 0, CaseID{}, StageSubmission
	if s.Quarantined {
		s.Stage = StageQuarantine
	}
	c.heard(x.Party, e)
	c.event(e, Event{Party: x.Party})
}

// submissionFacts are what the clock of the stage runs by.
func (c *Case) submissionFacts(f *policy.Facts) {
	f.Add(policy.FactDecided, c.Submission.Decided)
	f.Add(policy.FactAppealed, c.Submission.Appealed)
}
