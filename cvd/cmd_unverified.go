package cvd

import (
	"cmp"
	"io"

	"github.com/cvdkit/cvdkit/advisory/tlp"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// PostUnverified keeps a message that came in and of which nobody has shown from
// whom it is. Only the team sees it, and it changes no state: nobody counts as
// heard of, no pause ends, nothing is sent. Admit takes it for real.
//
// A message whose IDs the case has is not kept again: Do returns the case with
// Repeated set.
type PostUnverified struct {
	Claimed    PartyID    // the participant from whom it says it is; 0: somebody else
	Reason     Private    // why it is not taken for that
	Subject    Private    // as it came
	Text       Private    // as it came, at most Limits.Text
	TLP        tlp.Label  // unset: TLP:AMBER
	InReplyTo  MessageID  // the message that it answers
	Provenance Provenance // how it came in

	// Original is the message as it came. It is streamed to Config.Blobs.
	Original     io.Reader `json:"-"`
	OriginalType Private   // its media type, for example message/rfc822
	Files        []File    // that came along
}

func (x PostUnverified) decide(d *decision) error {
	k := d.check().needed("Reason", x.Reason == "").text("Reason", x.Reason).
		line("Subject", x.Subject).text("Text", x.Text).label("TLP", x.TLP).
		provenance(x.Provenance).line("OriginalType", x.OriginalType).files(x.Files)
	if k.err != nil {
		return k.err
	}
	if x.Claimed != 0 && d.c.member(x.Claimed) == nil { // also one that was removed
		return d.refuse(RuleKnown, "participant %d of %d", x.Claimed, len(d.c.Participants))
	}
	m := &messagePosted{
		Purpose: PurposeUnverified, Claimed: x.Claimed, TLP: orAmber(x.TLP), Subject: x.Subject, Text: x.Text,
		Reason: x.Reason, InReplyTo: x.InReplyTo, Provenance: x.Provenance,
	}
	if err := d.checkReply(m, nil); err != nil {
		return err
	}
	return d.bring(m, x.Original != nil, x.OriginalType, x.Files)
}

// Admit takes for real what came in. A submission becomes a case by it: also one
// that was dismissed, or is in quarantine. Into a case that exists it goes by
// Service.Merge.
//
// An unverified message becomes a message of a participant to the team, or a report:
// the team knows by other ways from whom it is, for example because it asked.
type Admit struct {
	Message MessageID // 0: the submission
	Party   PartyID   // whose it is; 0: the one from whom it says it is
	// AsReport makes a report of it: of Party, or of Reporter where that is not zero.
	AsReport bool
	Reporter Contact // with AsReport: whose report it is, if not of Party
}

func (x Admit) decide(d *decision) error {
	if x.Message == 0 && d.c.Submission.Stage.early() {
		return x.admit(d)
	}
	m, texts, err := d.mustMessage(x.Message)
	if err != nil {
		return err
	}
	if x.AsReport && d.c.Submission.Stage.early() {
		return d.refuse(RuleSubmission, "it has one report")
	}
	k := d.check()
	if !x.Reporter.empty() && (!x.AsReport || x.Party != 0) {
		k.fail("Reporter", "it goes with AsReport, and without Party", nil)
	}
	if k.contact("Reporter", x.Reporter); k.err != nil {
		return k.err
	}
	switch {
	case !m.Admitted.IsZero():
		return d.refuse(RuleOnce, "message %d was admitted", m.ID)
	case m.Purpose != PurposeUnverified:
		return d.refuse(RuleAdmit, "message %d is of participant %d", m.ID, m.From)
	}
	from := cmp.Or(x.Party, m.Claimed)
	if x.Reporter.empty() {
		if _, err := d.must(from); err != nil {
			return err
		}
	}
	if !x.AsReport {
		d.emit(&messageAdmitted{Message: m.ID, Party: from})
		return nil
	}
	if err := d.mustBeOpen(); err != nil {
		return err
	}
	if !x.Reporter.empty() {
		if from = d.knownReporter(x.Reporter); from == 0 {
			from = d.addReporter(x.Reporter, false)
		}
	}
	p := m.Provenance
	r := Receive{Title: texts.Subject, Summary: texts.Text}
	y := &reportReceived{
		Reporter: from, Channel: p.Channel, Received: p.Received, Protection: p.Protection, Signature: p.Signature, KnownBy: p.KnownBy,
		TLP: m.TLP, Original: m.Original, Files: m.Attachments, Title: texts.Subject, Summary: texts.Text,
		Fingerprint: texts.Provenance.Fingerprint, Mail: mailID(texts.Provenance.IDs),
	}
	y.Sketch, y.Marks = d.s.likenessOf(r)
	y.Sealed = d.s.cfg.Sealer != nil
	if y.Received.IsZero() {
		y.Received = m.Posted
	}
	d.emit(y)
	d.emit(&messageAdmitted{Message: m.ID, Party: from, Report: ReportID(len(d.c.Reports))})
	return d.tacit(from, false)
}

// addReporter brings in whoever reports: it knows of the matter, and has judged it.
func (d *decision) addReporter(c Contact, began bool) PartyID {
	id := d.addParty(c, partyAdded{Roles: RoleReporter | RoleFinder, Began: began})
	d.emit(&partyRM{Party: id, State: vultron.RMAccepted, Reported: true})
	return id
}

// messageAdmitted says whose an unverified message is, and what it became.
type messageAdmitted struct {
	structural
	Message MessageID
	Party   PartyID
	Report  ReportID // 0: it is a message of the party to the team
}

func (*messageAdmitted) name() string { return "message.admitted/1" }
func (x *messageAdmitted) body(w *wire) {
	num(w, &x.Message)
	num(w, &x.Party)
	num(w, &x.Report)
}
func (x *messageAdmitted) apply(c *folded, e *envelope) {
	c.event(e, Event{Party: x.Party}.With(uint32(x.Message), 0))
	m := c.message(x.Message)
	if m == nil {
		return
	}
	m.Admitted, m.Report, m.Claimed = e.at.Time(), x.Report, x.Party
	if x.Report == 0 {
		m.Purpose, m.From, m.To = PurposeMessage, x.Party, []PartyID{Owner}
		m.Deliveries = []DeliveryState{{Party: Owner, State: DeliveryHeld, At: m.Admitted}} // the team has it
		c.heard(x.Party, e)
		if c.isReporter(x.Party) {
			c.waits(false, m.Admitted)
		}
	}
	c.adoptFiles(m, x.Party)
}

// adoptFiles makes the files of a message those of a participant. Snapshots share
// the list.
func (c *Case) adoptFiles(m *Message, of PartyID) {
	all := make([]Attachment, len(c.Attachments), cap(c.Attachments))
	copy(all, c.Attachments)
	for _, id := range append([]AttachmentID{m.Original}, m.Attachments...) {
		if f := at(all, id); f != nil && f.Unverified {
			f.From, f.Unverified = of, false
		}
	}
	c.Attachments = all
}

// RecordBounce records that a message came back, or is late. It marks the
// recipient, whom the team can then ask for another address; it never removes
// anybody, and whoever is heard of again is no longer marked.
type RecordBounce struct {
	Delivery  string  // Outgoing.ID, as the Message-ID in the report of the bounce holds it
	Permanent bool    // it came back for good; else its way tries on
	Detail    Private // what the report says, for example the status code and the address
}

func (x RecordBounce) decide(d *decision) error {
	if err := d.check().needed("Delivery", x.Delivery == "").line("Delivery", Private(x.Delivery)).text("Detail", x.Detail).err; err != nil {
		return err
	}
	m, to, ok := d.s.delivered(&d.c.Case, x.Delivery)
	if !ok {
		return d.refuse(RuleKnown, "no message was sent under this ID")
	}
	y := &deliveryBounced{Message: m, Party: to, Permanent: x.Permanent, Detail: x.Detail}
	for _, s := range d.c.Messages[m-1].Deliveries {
		if s.Party == to && (s.State == DeliveryBounced || s.State == y.state()) {
			return d.refuse(RuleOnce, "the delivery to participant %d is %s", to, s.State)
		}
	}
	d.emit(y)
	return nil
}

type deliveryBounced struct {
	Message   MessageID
	Party     PartyID
	Permanent bool

	Detail Private
}

func (x *deliveryBounced) state() Delivered {
	if x.Permanent {
		return DeliveryBounced
	}
	return DeliveryDelayed
}

func (*deliveryBounced) name() string { return "delivery.bounced/1" }
func (x *deliveryBounced) body(w *wire) {
	num(w, &x.Message)
	num(w, &x.Party)
	w.flag(&x.Permanent)
}
func (x *deliveryBounced) private(w *wire) { text(w, &x.Detail) }
func (x *deliveryBounced) reveal(c *folded, _ *envelope) {
	c.delivery(x.Message, x.Party, func(s *DeliveryState) { s.Detail = x.Detail })
}
func (x *deliveryBounced) apply(c *folded, e *envelope) {
	c.delivery(x.Message, x.Party, func(s *DeliveryState) { s.State, s.At = x.state(), e.at.Time() })
	if p := c.party(x.Party); p != nil && x.Permanent {
		p.Bounced = e.at.Time()
	}
	c.event(e, Event{Party: x.Party}.With(uint32(x.Message), uint16(x.state())))
}

// delivery changes the state of one delivery. Snapshots share the old ones.
func (c *folded) delivery(id MessageID, to PartyID, f func(*DeliveryState)) {
	m := c.message(id)
	if m == nil {
		return
	}
	all := append([]DeliveryState(nil), m.Deliveries...)
	for i := range all {
		if all[i].Party == to {
			f(&all[i])
		}
	}
	m.Deliveries = all
}
