package cvd

import (
	"time"

	"github.com/cvdkit/cvdkit/advisory/tlp"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

type reportReceived struct {
	Reporter   PartyID
	Channel    Channel
	Received   time.Time
	Protection Protection
	Signature  Signature
	Credit     Credit
	TLP        tlp.Label
	Original   AttachmentID
	Sketch     []uint32 // keyed hashes of its words
	Marks      []uint64 // likewise
	KnownBy    KnownBy
	Files      []AttachmentID
	Exploited  bool
	Sealed     bool // both are in private, so that they are sealed and erased with it

	Title, Summary, Products, Observations, Wish, CreditName, Fingerprint Private

	Keys []storage.Key // that lead to it; in private, so that they can be erased
	Mail Private       // its Message-ID, for answers
}

func (*reportReceived) name() string { return "report.received/1" }
func (x *reportReceived) body(w *wire) {
	num(w, &x.Reporter)
	num(w, &x.Channel)
	w.instant(&x.Received)
	num(w, &x.Protection)
	num(w, &x.Signature)
	num(w, &x.Credit)
	label(w, &x.TLP)
	num(w, &x.Original)
	var none reportReceived
	y := x
	if x.Sealed {
		y = &none
	}
	y.likeness(w)
	w.flag(&x.Sealed)
}
func (x *reportReceived) likeness(w *wire) {
	many(w, &x.Sketch, func(w *wire, n *uint32) { num(w, n) })
	many(w, &x.Marks, func(w *wire, n *uint64) { num(w, n) })
	num(w, &x.KnownBy)
	many(w, &x.Files, func(w *wire, a *AttachmentID) { num(w, a) })
	w.flag(&x.Exploited)
}
func (x *reportReceived) private(w *wire) {
	text(w, &x.Title)
	text(w, &x.Summary)
	text(w, &x.Products)
	text(w, &x.Observations)
	text(w, &x.Wish)
	text(w, &x.CreditName)
	text(w, &x.Fingerprint)
	many(w, &x.Keys, func(w *wire, k *storage.Key) { w.fixed(k[:]) })
	text(w, &x.Mail)
	if x.Sealed {
		x.likeness(w)
	}
}
func (x *reportReceived) apply(c *folded, e *envelope) {
	rs := mutable(c, ownReports, &c.Reports)
	id := ReportID(len(rs) + 1)
	r := Report{
		ID: id, Reporter: x.Reporter, Channel: x.Channel, Received: x.Received, Recorded: e.at.Time(),
		Protection: x.Protection, Signature: x.Signature, Credit: x.Credit, TLP: x.TLP, Original: x.Original, KnownBy: x.KnownBy, Files: x.Files, Exploited: x.Exploited,
	}
	r.seq, r.part = e.seq, c.part
	r.sketch, r.marks, r.veiled = x.Sketch, x.Marks, x.Sealed && x.Sketch == nil
	c.Reports = append(rs, r)
	c.unread++
	c.waits(false, e.at.Time())
	c.event(e, Event{Party: x.Reporter, When: x.Received}.With(uint32(id), 0))
}
func (x *reportReceived) reveal(c *folded, e *envelope) {
	r := c.report(ReportID(c.Events[e.seq-1].ref))
	r.Title, r.Summary, r.Products, r.Observations = x.Title, x.Summary, x.Products, x.Observations
	r.Wish, r.CreditName, r.Fingerprint, r.keys = x.Wish, x.CreditName, x.Fingerprint, x.Keys
	r.Mail = x.Mail
	r.sketch, r.marks = x.Sketch, x.Marks
}

type reportAcknowledged struct {
	structural
	Report ReportID
	At     time.Time // where it was in another case; zero: now
}

func (*reportAcknowledged) name() string { return "report.acknowledged/1" }
func (x *reportAcknowledged) body(w *wire) {
	num(w, &x.Report)
	w.instant(&x.At)
}
func (x *reportAcknowledged) apply(c *folded, e *envelope) {
	if r := c.report(x.Report); r != nil {
		r.Acknowledged = e.or(x.At)
	}
	c.event(e, Event{}.With(uint32(x.Report), 0))
}

type reportTriaged struct {
	Report      ReportID
	Outcome     Outcome
	DuplicateOf CaseID
	SameAs      ReportID
	At          time.Time // as in reportAcknowledged

	Reason, Forwarded Private
}

func (*reportTriaged) name() string { return "report.triaged/1" }
func (x *reportTriaged) body(w *wire) {
	num(w, &x.Report)
	num(w, &x.Outcome)
	w.fixed(x.DuplicateOf[:])
	num(w, &x.SameAs)
	w.instant(&x.At)
}
func (x *reportTriaged) private(w *wire) {
	text(w, &x.Reason)
	text(w, &x.Forwarded)
}
func (x *reportTriaged) apply(c *folded, e *envelope) {
	if r := c.report(x.Report); r != nil {
		r.Outcome, r.Triaged, r.DuplicateOf, r.SameAs = x.Outcome, e.or(x.At), x.DuplicateOf, x.SameAs
	}
	if c.Submission.Stage.early() {
		c.Submission.Asked = e.or(x.At)
	}
	c.waits(x.Outcome == OutcomeNeedsInformation, e.or(x.At))
	c.event(e, Event{When: x.At}.With(uint32(x.Report), uint16(x.Outcome)))
}
func (x *reportTriaged) reveal(c *folded, _ *envelope) {
	if r := c.report(x.Report); r != nil {
		r.Reason, r.ForwardedTo = x.Reason, x.Forwarded
	}
}

// fileAttached names a blob. Its content never passes through the log.
type fileAttached struct {
	Blob storage.BlobID
	Size int64
	From PartyID
	TLP  tlp.Label
	// Unverified: it came with what has not been shown to be of From.
	Unverified bool

	Name, Type, SHA256 Private
}

func (*fileAttached) name() string { return "file.attached/1" }
func (x *fileAttached) body(w *wire) {
	w.fixed(x.Blob[:])
	signed(w, &x.Size)
	num(w, &x.From)
	label(w, &x.TLP)
	w.flag(&x.Unverified)
}
func (x *fileAttached) private(w *wire) {
	text(w, &x.Name)
	text(w, &x.Type)
	text(w, &x.SHA256)
}
func (x *fileAttached) apply(c *folded, e *envelope) {
	id := AttachmentID(len(c.Attachments) + 1)
	a := Attachment{
		ID: id, Blob: x.Blob, Size: x.Size, From: x.From, Added: e.at.Time(), TLP: x.TLP, Unverified: x.Unverified,
	}
	a.seq, a.part = e.seq, c.part
	c.Attachments = append(c.Attachments, a)
	c.event(e, Event{Party: x.From}.With(uint32(id), 0))
}
func (x *fileAttached) reveal(c *folded, e *envelope) {
	a := &c.Attachments[c.Events[e.seq-1].ref-1]
	a.Name, a.Type, a.SHA256 = x.Name, x.Type, x.SHA256
}
