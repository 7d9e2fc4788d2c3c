package engine

import (
	"cmp"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/caselog"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

func (d *Decision) decidePostUnverified(x cvd.PostUnverified) error {
	k := d.check().needed("Reason", x.Reason == "").text("Reason", x.Reason).
		line("Subject", x.Subject).text("Text", x.Text).label("TLP", x.TLP).
		provenance(x.Provenance).line("OriginalType", x.OriginalType).files(x.Files)
	if k.err != nil {
		return k.err
	}
	if x.Claimed != 0 && d.c.Participant(x.Claimed) == nil { // also one that was removed
		return d.refuse(cvd.RuleKnown, "participant %d of %d", x.Claimed, len(d.c.Participants))
	}
	m := &caselog.MessagePosted{
		Purpose: cvd.PurposeUnverified, Claimed: x.Claimed, TLP: caselog.OrAmber(x.TLP), Subject: x.Subject, Text: x.Text,
		Reason: x.Reason, InReplyTo: x.InReplyTo, Provenance: x.Provenance,
	}
	if err := d.checkReply(m, nil); err != nil {
		return err
	}
	return d.bring(m, x.Original != nil, x.OriginalType, x.Files)
}

func (d *Decision) decideAdmit(x cvd.Admit) error {
	if x.Message == 0 && caselog.Early(d.c.Submission.Stage) {
		return admit(x, d)
	}
	m, texts, err := d.mustMessage(x.Message)
	if err != nil {
		return err
	}
	if x.AsReport && caselog.Early(d.c.Submission.Stage) {
		return d.refuse(cvd.RuleSubmission, "it has one report")
	}
	k := d.check()
	if !empty(x.Reporter) && (!x.AsReport || x.Party != 0) {
		k.fail("Reporter", "it goes with AsReport, and without Party", nil)
	}
	if k.contact("Reporter", x.Reporter); k.err != nil {
		return k.err
	}
	switch {
	case !m.Admitted.IsZero():
		return d.refuse(cvd.RuleOnce, "message %d was admitted", m.ID)
	case m.Purpose != cvd.PurposeUnverified:
		return d.refuse(cvd.RuleAdmit, "message %d is of participant %d", m.ID, m.From)
	}
	from := cmp.Or(x.Party, m.Claimed)
	if empty(x.Reporter) {
		if _, err := d.must(from); err != nil {
			return err
		}
	}
	if !x.AsReport {
		d.emit(&caselog.MessageAdmitted{Message: m.ID, Party: from})
		return nil
	}
	if err := d.mustBeOpen(); err != nil {
		return err
	}
	if !empty(x.Reporter) {
		if from = d.knownReporter(x.Reporter); from == 0 {
			from = d.addReporter(x.Reporter, false)
		}
	}
	p := m.Provenance
	r := cvd.Receive{Title: texts.Subject, Summary: texts.Text}
	y := &caselog.ReportReceived{
		Reporter: from, Channel: p.Channel, Received: p.Received, Protection: p.Protection, Signature: p.Signature, KnownBy: p.KnownBy,
		TLP: m.TLP, Original: m.Original, Files: m.Attachments, Title: texts.Subject, Summary: texts.Text,
		Fingerprint: texts.Provenance.Fingerprint, Mail: MailID(texts.Provenance.IDs),
	}
	y.Sketch, y.Marks = d.s.likenessOf(r)
	y.Sealed = d.s.Cfg.Sealer != nil
	if y.Received.IsZero() {
		y.Received = m.Posted
	}
	d.emit(y)
	d.emit(&caselog.MessageAdmitted{Message: m.ID, Party: from, Report: cvd.ReportID(len(d.c.Reports))})
	return d.tacit(from, false)
}

// addReporter brings in whoever reports: it knows of the matter, and has judged it.
func (d *Decision) addReporter(c cvd.Contact, began bool) cvd.PartyID {
	id := d.addParty(c, caselog.PartyAdded{Roles: cvd.RoleReporter | cvd.RoleFinder, Began: began})
	d.emit(&caselog.PartyRM{Party: id, State: vultron.RMAccepted, Reported: true})
	return id
}

func (d *Decision) decideRecordBounce(x cvd.RecordBounce) error {
	if err := d.check().needed("Delivery", x.Delivery == "").line("Delivery", cvd.Private(x.Delivery)).text("Detail", x.Detail).err; err != nil {
		return err
	}
	m, to, ok := d.s.Delivered(&d.c.Case, x.Delivery)
	if !ok {
		return d.refuse(cvd.RuleKnown, "no message was sent under this ID")
	}
	y := &caselog.DeliveryBounced{Message: m, Party: to, Permanent: x.Permanent, Detail: x.Detail}
	for _, s := range d.c.Messages[m-1].Deliveries {
		if s.Party == to && (s.State == cvd.DeliveryBounced || s.State == y.State()) {
			return d.refuse(cvd.RuleOnce, "the delivery to participant %d is %s", to, s.State)
		}
	}
	d.emit(y)
	return nil
}
