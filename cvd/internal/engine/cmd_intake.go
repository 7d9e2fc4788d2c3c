package engine

import (
	"time"

	"github.com/cvdkit/cvdkit/advisory/tlp"
	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/caselog"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
	"github.com/cvdkit/cvdkit/cvd/storage"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

func empty(c cvd.Contact) bool {
	return c.Name == "" && c.Organization == "" && c.Email == "" && c.Phone == "" && c.Address == "" &&
		c.Key == "" && c.Identity == "" && len(c.Routes) == 0
}

func (d *Decision) decideReceive(r cvd.Receive) error {
	k := d.check().
		enum("Channel", uint8(r.Channel), uint8(cvd.ChannelMeeting)).
		happened("Received", r.Received).
		enum("Protection", uint8(r.Protection), uint8(cvd.ProtectSealed)).
		enum("Signature", uint8(r.Signature), uint8(cvd.SignatureBad)).
		enum("KnownBy", uint8(r.KnownBy), uint8(cvd.KnownBySignature)).
		label("TLP", r.TLP).instant("PublishOn", r.PublishOn).
		enum("Kind", uint8(r.Kind), uint8(cvd.KindAdvice)).
		line("Title", r.Title).
		text("Summary", r.Summary).
		text("Products", r.Products).
		text("Observations", r.Observations).
		text("Wish", r.Wish).
		enum("Credit", uint8(r.Credit), uint8(cvd.CreditAnonymous)).
		line("CreditName", r.CreditName).
		line("Fingerprint", r.Fingerprint).
		line("OriginalType", r.OriginalType).
		text("Quarantine", r.Quarantine)
	if !r.PublishOn.IsZero() && storage.MillisOf(r.PublishOn) <= d.now {
		k.fail("PublishOn", "it is not in the future", nil)
	}
	k.ids("IDs", r.IDs).files(r.Files)
	if k.contact("Reporter", r.Reporter); k.err != nil {
		return k.err
	}
	begins, submits := d.c.Seq == 0, r.Submission || r.Quarantine != ""
	if submits && !begins {
		return d.bad("Submission", "it is the stage before a case, and this is one that exists", nil)
	}
	if !begins {
		if err := d.mustBeOpen(); err != nil {
			return err
		}
		if err := d.notKnown(d.s.KeysOf(r.IDs)); err != nil {
			return err
		}
	}
	if submits {
		return submit(r, d)
	}
	if begins {
		if err := d.open(r.Kind, cvd.OriginReport, r.Title, nil); err != nil {
			return err
		}
		d.emit(&caselog.PartyRM{Party: cvd.Owner, State: vultron.RMReceived})
		d.emit(&caselog.VulnAdded{Title: r.Title, TLP: caselog.OrAmber(r.TLP)})
	}
	x := d.newReport(r)
	opens := len(d.c.Reports) == 0
	if x.Reporter = d.knownReporter(r.Reporter); x.Reporter == 0 {
		x.Reporter = d.addReporter(r.Reporter, begins)
	}
	from := caselog.FileAttached{From: x.Reporter, TLP: x.TLP}
	if r.Original != nil {
		x.Original = d.attach(x.Reporter, x.TLP, "original", r.OriginalType)
	}
	x.Files = d.attachFiles(from, r.Files)
	d.emit(&x)
	if opens {
		d.standing(x.Received)
	}
	if !r.PublishOn.IsZero() {
		d.emit(&caselog.DeadlineAnnounced{By: x.Reporter, Ends: r.PublishOn})
	}
	if err := d.proposeOwn(x.Reporter, r.PublishOn); err != nil {
		return err
	}
	return d.tacit(x.Reporter, !r.PublishOn.IsZero())
}

func (d *Decision) newReport(r cvd.Receive) caselog.ReportReceived {
	x := caselog.ReportReceived{
		Channel: r.Channel, Received: r.Received, Protection: r.Protection, Signature: r.Signature, KnownBy: r.KnownBy, Exploited: r.Exploited,
		Credit: r.Credit, TLP: caselog.OrAmber(r.TLP), Title: r.Title, Summary: r.Summary, Products: r.Products,
		Observations: r.Observations, Wish: r.Wish, CreditName: r.CreditName, Fingerprint: r.Fingerprint,
		Keys: d.s.KeysOf(r.IDs), Mail: MailID(r.IDs),
	}
	x.Sketch, x.Marks = d.s.likenessOf(r)
	x.Sealed = d.s.Cfg.Sealer != nil
	if x.Received.IsZero() {
		x.Received = d.now.Time()
	}
	return x
}

// proposeOwn makes a proposal of the date on which a reporter publishes by itself: it
// is the reporter's word to the team, and waits for an answer.
func (d *Decision) proposeOwn(reporter cvd.PartyID, on time.Time) error {
	if _, ok := d.c.Embargo.State.Next(vultron.EMPropose); ok && !on.IsZero() && storage.MillisOf(on) > d.now && d.embargoUntil(on, false) == nil {
		return d.propose(caselog.EmbargoProposed{By: reporter, Ends: on})
	}
	return nil
}

// ids checks identifiers of a report. A case number is given by us: as an ID of a
// report it would make the report a repeat of that case.
func (k *checks) ids(field string, ids []cvd.ExternalID) *checks {
	k.count(field, len(ids), k.d.s.Cfg.Limits.Items)
	for _, x := range ids {
		k.needed(field, x.Kind == "" || x.Value == "").line(field, cvd.Private(x.Kind)).line(field, x.Value)
		if x.Kind == cvd.IDNumber {
			k.fail(field, "a case number is no identifier of a report", nil)
		}
	}
	return k
}

// knownReporter finds who has reported to this case before, by identity. Who is known
// by a code is not: its address is its word only, and the code opens its reports.
func (d *Decision) knownReporter(c cvd.Contact) cvd.PartyID {
	id := d.s.Identity(c)
	for _, p := range d.c.Participants {
		if id != "" && p.Kept(inner.Only{}).Identity == id && p.Roles&cvd.RoleReporter != 0 && !p.Gone() && len(caselog.CodesOf(&d.c.Case, []cvd.PartyID{p.ID}, false)) == 0 {
			return p.ID
		}
	}
	return 0
}

// notKnown ends the decision if this case has one of the keys already. That
// another has it is found by Append.
func (d *Decision) notKnown(keys []storage.Key) error {
	for _, k := range keys {
		switch owner := d.owner(k); owner {
		case cvd.CaseID{}:
		case d.c.ID:
			return errRepeated
		default:
			return &cvd.DuplicateError{Key: k, Owner: owner}
		}
	}
	return nil
}

func (d *Decision) decideOpen(o cvd.Open) error {
	k := d.check().
		enum("Kind", uint8(o.Kind), uint8(cvd.KindAdvice)).
		needed("Title", o.Title == "").line("Title", o.Title).
		text("Summary", o.Summary)
	if o.Origin != cvd.OriginOutbound && o.Origin != cvd.OriginSurprise {
		k.fail("Origin", "it is neither outbound nor surprise; a report is taken in by Receive", nil)
	}
	k.ids("IDs", o.IDs)
	if k.err != nil {
		return k.err
	}
	keys := d.s.KeysOf(o.IDs)
	if err := d.open(o.Kind, o.Origin, o.Title, keys); err != nil {
		return err
	}
	d.emit(&caselog.VulnAdded{Title: o.Title, TLP: tlp.Amber})
	d.emit(&caselog.PartyRM{Party: cvd.Owner, State: vultron.RMReceived})
	if o.Summary != "" {
		d.emit(&caselog.MessagePosted{Purpose: cvd.PurposeNote, From: cvd.Owner, TLP: tlp.Amber, Text: o.Summary})
	}
	if o.Origin == cvd.OriginSurprise {
		return d.observe(caselog.ClaimMade{What: vultron.PublicAware, Vuln: 1, By: cvd.Owner, Observed: d.now.Time()}, true)
	}
	// We found it ourselves: there is nothing left to validate.
	d.emit(&caselog.PartyRM{Party: cvd.Owner, State: vultron.RMValid})
	d.aware(cvd.Owner, d.now.Time())
	return nil
}

func (d *Decision) open(kind cvd.Kind, origin cvd.Origin, title cvd.Private, keys []storage.Key) error {
	d.emit(&caselog.CaseOpened{Number: d.newCase(), Kind: kind, Origin: origin, Title: title, Keys: keys, Check: d.secretCheck()})
	if r := d.s.Cfg.Embargo; r != (cvd.EmbargoRules{}) {
		d.emit(&caselog.EmbargoRuled{Resolve: r.Resolve, Quorum: r.Quorum})
	}
	own := d.ownParty()
	d.emit(&own)
	return nil
}

// newCase draws a number.
func (d *Decision) newCase() string {
	var b [4]byte
	d.random(b[:])
	number := d.s.number(b)
	d.number = d.s.ExternalKey(cvd.ExternalID{Kind: cvd.IDNumber, Value: cvd.Private(number)})
	return number
}

// secretCheck is kept by the first case of a Store.
func (d *Decision) secretCheck() caselog.SecretCheck {
	if !d.first {
		return caselog.SecretCheck{}
	}
	return caselog.CheckOf(d.s.Cfg.Secret, d.c.ID)
}

// ownParty is the owner of a new case.
func (d *Decision) ownParty() caselog.PartyAdded {
	t := &d.s.Cfg.Team
	x := caselog.PartyAdded{
		Roles: t.Roles, Details: true, Routable: len(t.Routes) > 0,
		Organization: cvd.Private(t.Name), Key: cvd.Private(t.Key), Threads: d.newThread(),
	}
	if t.Organization != "" {
		x.Name, x.Organization = cvd.Private(t.Name), cvd.Private(t.Organization)
	}
	return x
}

func (d *Decision) decideAttach(a cvd.Attach) error {
	if err := d.check().line("Name", a.Name).line("Type", a.Type).label("TLP", a.TLP).
		needed("Content", a.Content == nil).err; err != nil {
		return err
	}
	if a.Party == 0 {
		a.Party = cvd.Owner
	}
	if _, err := d.must(a.Party); err != nil {
		return err
	}
	if a.TLP == tlp.Unset {
		a.TLP = tlp.Amber
	}
	d.attach(a.Party, a.TLP, a.Name, a.Type)
	return nil
}

func (d *Decision) attach(from cvd.PartyID, label tlp.Label, name, typ cvd.Private) cvd.AttachmentID {
	return d.attachAs(caselog.FileAttached{From: from, TLP: label, Name: name, Type: typ})
}

// attachAs records the next file that was stored for the current command.
func (d *Decision) attachAs(x caselog.FileAttached) cvd.AttachmentID {
	x = d.nextFile(x)
	d.emit(&x)
	return cvd.AttachmentID(len(d.c.Attachments))
}

// nextFile is the next file that was stored for the current command.
func (d *Decision) nextFile(x caselog.FileAttached) caselog.FileAttached {
	f := d.files[0]
	d.files = d.files[1:]
	x.Blob, x.Size, x.SHA256 = f.Id, f.Size, f.Sum
	return x
}
