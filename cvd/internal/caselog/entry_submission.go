package caselog

import (
	"time"

	"github.com/cvdkit/cvdkit/advisory/tlp"
	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// SubmissionReceived is a whole submission in one record: its case number, its
// sender, its report and files, the receipt that goes out, and the team's own clock.
type SubmissionReceived struct {
	Number      string
	Kind        cvd.Kind
	Check       SecretCheck
	Owner       PartyAdded
	Sender      PartyAdded
	Report      ReportReceived
	Files       []SubmittedFile
	PublishOn   time.Time
	Policies    []PolicyAdopted
	Quarantined bool
	Receipt     bool

	Title  cvd.Private
	Named  []SubmittedName // of Files
	Reason cvd.Private     // of the quarantine
}

// SubmittedFile and SubmittedName are the two parts of a file of the sender's.
type SubmittedFile struct {
	Blob storage.BlobID
	Size int64
	TLP  tlp.Label
}

type SubmittedName struct{ Name, Type, SHA256 cvd.Private }

// part is a record within a record. It has its length, so that it can grow.
func (w *Wire) part(f func(*Wire)) {
	in := Wire{Reading: w.Reading}
	if w.Reading {
		w.bytes(&in.Buf)
	}
	f(&in)
	if w.bad = w.bad || in.bad; !w.Reading {
		w.bytes(&in.Buf)
	}
}

func (*SubmissionReceived) RecordName() string { return "submission.received/1" }

func (x *SubmissionReceived) Body(w *Wire) {
	text(w, &x.Number)
	num(w, &x.Kind)
	w.fixed(x.Check[:])
	w.part(x.Owner.Body)
	w.part(x.Sender.Body)
	w.part(x.Report.Body)
	many(w, &x.Files, func(w *Wire, f *SubmittedFile) {
		w.fixed(f.Blob[:])
		Signed(w, &f.Size)
		label(w, &f.TLP)
	})
	w.zoned(&x.PublishOn)
	many(w, &x.Policies, func(w *Wire, p *PolicyAdopted) { w.part(p.Body) })
	w.flag(&x.Quarantined)
	w.flag(&x.Receipt)
}

// Private begins as that of CaseTitled: lists read the title alone.
func (x *SubmissionReceived) Private(w *Wire) {
	text(w, &x.Title)
	w.part(x.Owner.Private)
	w.part(x.Sender.Private)
	w.part(x.Report.Private)
	many(w, &x.Named, func(w *Wire, f *SubmittedName) {
		text(w, &f.Name)
		text(w, &f.Type)
		text(w, &f.SHA256)
	})
	text(w, &x.Reason)
}

// apply does what the records within would do one after the other, as one event. It
// is the first of its case but for the name of who entered it, so no snapshot
// shares the events that are taken back here.
func (x *SubmissionReceived) apply(c *Folded, e *Envelope) {
	n := len(c.Events)
	(&CaseOpened{Number: x.Number, Kind: x.Kind, Origin: cvd.OriginReport, Check: x.Check}).apply(c, e)
	x.Owner.apply(c, e)
	x.Sender.apply(c, e)
	x.Report.Reporter = cvd.PartyID(len(c.Participants)) // whatever a log of somebody else says
	for _, f := range x.Files {
		(&FileAttached{Blob: f.Blob, Size: f.Size, TLP: f.TLP, From: x.Report.Reporter}).apply(c, e)
	}
	x.Report.apply(c, e)
	if !x.PublishOn.IsZero() {
		(&DeadlineAnnounced{By: x.Report.Reporter, Ends: x.PublishOn}).apply(c, e)
	}
	for i := range x.Policies {
		x.Policies[i].apply(c, e)
	}
	if x.Receipt {
		(&ReportAcknowledged{Report: 1}).apply(c, e)
		x.receipt().apply(c, e)
	}
	c.Submission.Stage, c.Submission.Quarantined = cvd.StageSubmission, x.Quarantined
	if x.Quarantined {
		c.Submission.Stage = cvd.StageQuarantine
	}
	c.Events = c.Events[:n]
	event(&c.Case, e, cvd.Event{Party: x.Report.Reporter, When: x.Report.Received}.With(1, 0))
}

// receipt is the message that tells the sender that the report arrived.
func (x *SubmissionReceived) receipt() *MessagePosted {
	return &MessagePosted{Purpose: cvd.PurposeAcknowledgement, From: cvd.Owner, To: []cvd.PartyID{x.Report.Reporter}, TLP: cvd.NoticeLabel, About: 1}
}

func (x *SubmissionReceived) reveal(c *Folded, e *Envelope) {
	c.Title = x.Title
	x.Sender.reveal(c, e) // whom the event is about
	owner := c.party(cvd.Owner)
	owner.Organization, owner.Kept(inner.Only{}).Threads = x.Owner.Organization, x.Owner.Threads
	x.Report.reveal(c, e)
	for i := range min(len(x.Named), len(c.Attachments)) {
		f := &x.Named[i]
		c.Attachments[i].Name, c.Attachments[i].Type, c.Attachments[i].SHA256 = f.Name, f.Type, f.SHA256
	}
	c.Submission.Quarantine = x.Reason
}

// SubmissionLifted says that a submission is no longer in quarantine.
type SubmissionLifted struct{ structural }

func (*SubmissionLifted) RecordName() string { return "submission.lifted/1" }
func (*SubmissionLifted) Body(*Wire)         {}

func (*SubmissionLifted) apply(c *Folded, e *Envelope) {
	x := &c.Submission
	if x.Quarantined = false; x.Stage == cvd.StageQuarantine {
		x.Stage = cvd.StageSubmission
	}
	event(&c.Case, e, cvd.Event{})
}

// SubmissionDecided says that a submission became a case, or is taken no further.
type SubmissionDecided struct {
	Admitted  bool
	Dismissal cvd.Dismissal
	Same      cvd.CaseID // with DismissalDuplicate

	Reason cvd.Private
}

func (*SubmissionDecided) RecordName() string { return "submission.decided/1" }

func (x *SubmissionDecided) Body(w *Wire) {
	w.flag(&x.Admitted)
	num(w, &x.Dismissal)
	w.fixed(x.Same[:])
}

func (x *SubmissionDecided) Private(w *Wire)           { text(w, &x.Reason) }
func (x *SubmissionDecided) reveal(*Folded, *Envelope) {}

func (x *SubmissionDecided) apply(c *Folded, e *Envelope) {
	s := &c.Submission
	s.Decided, s.Dismissal, s.DuplicateOf = e.At.Time(), x.Dismissal, x.Same
	if x.Admitted {
		s.Stage, s.Quarantined = cvd.StageCase, false
	} else {
		s.Stage = cvd.StageDismissed
		s.Kept(inner.Only{}).By = append(s.Kept(inner.Only{}).By[:len(s.Kept(inner.Only{}).By):len(s.Kept(inner.Only{}).By)], e.Actor)
	}
	event(&c.Case, e, cvd.Event{}.With(0, uint16(x.Dismissal)))
}

// SubmissionAppealed asks for another look by another person.
type SubmissionAppealed struct {
	structural
	Party cvd.PartyID
}

func (*SubmissionAppealed) RecordName() string { return "submission.appealed/1" }
func (x *SubmissionAppealed) Body(w *Wire)     { num(w, &x.Party) }

func (x *SubmissionAppealed) apply(c *Folded, e *Envelope) {
	s := &c.Submission
	s.Appealed, s.Decided, s.Dismissal, s.DuplicateOf, s.Stage = e.At.Time(), time.Time{}, 0, cvd.CaseID{}, cvd.StageSubmission
	if s.Quarantined {
		s.Stage = cvd.StageQuarantine
	}
	c.heard(x.Party, e)
	event(&c.Case, e, cvd.Event{Party: x.Party})
}

// Early tells the stages before the case, in which nobody has begun to work.
func Early(s cvd.Stage) bool { return s != cvd.StageCase }

// Submitter is the sender of a submission, in its case.
const Submitter = cvd.Owner + 1

// blankSubmission leaves of the stage what its sender may know of it: others know
// the case only.
func (s Sight) blankSubmission(w *cvd.Case) {
	x := &w.Submission
	if s.p == nil || s.p.ID != Submitter {
		w.Submission = cvd.Submission{}
		return
	}
	x.Quarantined, x.Quarantine, x.Dismissal, x.DuplicateOf, x.Kept(inner.Only{}).By = false, "", 0, cvd.CaseID{}, nil
	if x.Stage == cvd.StageQuarantine {
		x.Stage = cvd.StageSubmission
	}
}
