package caselog

import (
	"time"

	"github.com/cvdkit/cvdkit/advisory/tlp"
	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

type ReportReceived struct {
	Reporter   cvd.PartyID
	Channel    cvd.Channel
	Received   time.Time
	Protection cvd.Protection
	Signature  cvd.Signature
	Credit     cvd.Credit
	TLP        tlp.Label
	Original   cvd.AttachmentID
	Sketch     []uint32 // keyed hashes of its words
	Marks      []uint64 // likewise
	KnownBy    cvd.KnownBy
	Files      []cvd.AttachmentID
	Exploited  bool
	Sealed     bool // both are in private, so that they are sealed and erased with it

	Title, Summary, Products, Observations, Wish, CreditName, Fingerprint cvd.Private

	Keys []storage.Key // that lead to it; in private, so that they can be erased
	Mail cvd.Private   // its Message-ID, for answers
}

func (*ReportReceived) RecordName() string { return "report.received/1" }

func (x *ReportReceived) Body(w *Wire) {
	num(w, &x.Reporter)
	num(w, &x.Channel)
	w.Instant(&x.Received)
	num(w, &x.Protection)
	num(w, &x.Signature)
	num(w, &x.Credit)
	label(w, &x.TLP)
	num(w, &x.Original)
	var none ReportReceived
	y := x
	if x.Sealed {
		y = &none
	}
	y.likeness(w)
	w.flag(&x.Sealed)
}

func (x *ReportReceived) likeness(w *Wire) {
	many(w, &x.Sketch, func(w *Wire, n *uint32) { num(w, n) })
	many(w, &x.Marks, func(w *Wire, n *uint64) { num(w, n) })
	num(w, &x.KnownBy)
	many(w, &x.Files, func(w *Wire, a *cvd.AttachmentID) { num(w, a) })
	w.flag(&x.Exploited)
}

func (x *ReportReceived) Private(w *Wire) {
	text(w, &x.Title)
	text(w, &x.Summary)
	text(w, &x.Products)
	text(w, &x.Observations)
	text(w, &x.Wish)
	text(w, &x.CreditName)
	text(w, &x.Fingerprint)
	many(w, &x.Keys, func(w *Wire, k *storage.Key) { w.fixed(k[:]) })
	text(w, &x.Mail)
	if x.Sealed {
		x.likeness(w)
	}
}

func (x *ReportReceived) apply(c *Folded, e *Envelope) {
	rs := mutable(c, ownReports, &c.Reports)
	id := cvd.ReportID(len(rs) + 1)
	r := cvd.Report{
		ID: id, Reporter: x.Reporter, Channel: x.Channel, Received: x.Received, Recorded: e.At.Time(),
		Protection: x.Protection, Signature: x.Signature, Credit: x.Credit, TLP: x.TLP, Original: x.Original, KnownBy: x.KnownBy, Files: x.Files, Exploited: x.Exploited,
	}
	r.Kept(inner.Only{}).Seq, r.Kept(inner.Only{}).Part = e.Seq, c.Part
	r.Kept(inner.Only{}).Sketch, r.Kept(inner.Only{}).Marks, r.Kept(inner.Only{}).Veiled = x.Sketch, x.Marks, x.Sealed && x.Sketch == nil
	c.Reports = append(rs, r)
	c.unread++
	waits(&c.Case, false, e.At.Time())
	event(&c.Case, e, cvd.Event{Party: x.Reporter, When: x.Received}.With(uint32(id), 0))
}

func (x *ReportReceived) reveal(c *Folded, e *Envelope) {
	r := c.report(cvd.ReportID(c.Events[e.Seq-1].Kept(inner.Only{}).Ref))
	r.Title, r.Summary, r.Products, r.Observations = x.Title, x.Summary, x.Products, x.Observations
	r.Wish, r.CreditName, r.Fingerprint, r.Kept(inner.Only{}).Keys = x.Wish, x.CreditName, x.Fingerprint, x.Keys
	r.Mail = x.Mail
	r.Kept(inner.Only{}).Sketch, r.Kept(inner.Only{}).Marks = x.Sketch, x.Marks
}

type ReportAcknowledged struct {
	structural
	Report cvd.ReportID
	At     time.Time // where it was in another case; zero: now
}

func (*ReportAcknowledged) RecordName() string { return "report.acknowledged/1" }

func (x *ReportAcknowledged) Body(w *Wire) {
	num(w, &x.Report)
	w.Instant(&x.At)
}

func (x *ReportAcknowledged) apply(c *Folded, e *Envelope) {
	if r := c.report(x.Report); r != nil {
		r.Acknowledged = e.or(x.At)
	}
	event(&c.Case, e, cvd.Event{}.With(uint32(x.Report), 0))
}

type ReportTriaged struct {
	Report      cvd.ReportID
	Outcome     cvd.Outcome
	DuplicateOf cvd.CaseID
	SameAs      cvd.ReportID
	At          time.Time // as in ReportAcknowledged

	Reason, Forwarded cvd.Private
}

func (*ReportTriaged) RecordName() string { return "report.triaged/1" }

func (x *ReportTriaged) Body(w *Wire) {
	num(w, &x.Report)
	num(w, &x.Outcome)
	w.fixed(x.DuplicateOf[:])
	num(w, &x.SameAs)
	w.Instant(&x.At)
}

func (x *ReportTriaged) Private(w *Wire) {
	text(w, &x.Reason)
	text(w, &x.Forwarded)
}

func (x *ReportTriaged) apply(c *Folded, e *Envelope) {
	if r := c.report(x.Report); r != nil {
		r.Outcome, r.Triaged, r.DuplicateOf, r.SameAs = x.Outcome, e.or(x.At), x.DuplicateOf, x.SameAs
	}
	if Early(c.Submission.Stage) {
		c.Submission.Asked = e.or(x.At)
	}
	waits(&c.Case, x.Outcome == cvd.OutcomeNeedsInformation, e.or(x.At))
	event(&c.Case, e, cvd.Event{When: x.At}.With(uint32(x.Report), uint16(x.Outcome)))
}

func (x *ReportTriaged) reveal(c *Folded, _ *Envelope) {
	if r := c.report(x.Report); r != nil {
		r.Reason, r.ForwardedTo = x.Reason, x.Forwarded
	}
}

// FileAttached names a blob. Its content never passes through the log.
type FileAttached struct {
	Blob storage.BlobID
	Size int64
	From cvd.PartyID
	TLP  tlp.Label
	// Unverified: it came with what has not been shown to be of From.
	Unverified bool

	Name, Type, SHA256 cvd.Private
}

func (*FileAttached) RecordName() string { return "file.attached/1" }

func (x *FileAttached) Body(w *Wire) {
	w.fixed(x.Blob[:])
	Signed(w, &x.Size)
	num(w, &x.From)
	label(w, &x.TLP)
	w.flag(&x.Unverified)
}

func (x *FileAttached) Private(w *Wire) {
	text(w, &x.Name)
	text(w, &x.Type)
	text(w, &x.SHA256)
}

func (x *FileAttached) apply(c *Folded, e *Envelope) {
	id := cvd.AttachmentID(len(c.Attachments) + 1)
	a := cvd.Attachment{
		ID: id, Blob: x.Blob, Size: x.Size, From: x.From, Added: e.At.Time(), TLP: x.TLP, Unverified: x.Unverified,
	}
	a.Kept(inner.Only{}).Seq, a.Kept(inner.Only{}).Part = e.Seq, c.Part
	c.Attachments = append(c.Attachments, a)
	event(&c.Case, e, cvd.Event{Party: x.From}.With(uint32(id), 0))
}

func (x *FileAttached) reveal(c *Folded, e *Envelope) {
	a := &c.Attachments[c.Events[e.Seq-1].Kept(inner.Only{}).Ref-1]
	a.Name, a.Type, a.SHA256 = x.Name, x.Type, x.SHA256
}
