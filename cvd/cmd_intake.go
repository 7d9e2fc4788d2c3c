package cvd

import (
	"io"
	"time"

	"github.com/cvdkit/cvdkit/advisory/tlp"
	"github.com/cvdkit/cvdkit/cvd/storage"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// Receive takes a report in, through any channel, also one that staff enter
// after a telephone call. With the zero CaseID it opens a case; else it adds the
// report to the case.
//
// A report whose IDs are known is not taken twice: Do returns the case that has
// it, with Repeated set.
type Receive struct {
	Channel    Channel      // by which it came
	Received   time.Time    `json:",omitzero"` // when it reached the team; zero: now
	IDs        []ExternalID // what makes it the same report, such as its Message-ID
	Reporter   Contact      // zero: anonymous
	Protection Protection   // of the channel, as found
	Signature  Signature    // what was found of one
	KnownBy    KnownBy      // by what the reporter is known
	TLP        tlp.Label    // as the reporter put it; unset: TLP:AMBER. A new case takes it for the title and the vulnerability
	Kind       Kind         // of a new case

	Title        Private // of the report; a new case takes it too
	Summary      Private // the report itself
	Products     Private // affected products and versions, in the reporter's words
	Observations Private // details of the observations that led to discovery
	Wish         Private // when and how the reporter wants to disclose
	// PublishOn is the date on which the reporter says it publishes by itself: see
	// AnnounceDeadline. It also stands as the reporter's proposal, for the team to
	// answer, where an embargo is possible. Whoever names one has not accepted the
	// team's own policy. In the future.
	PublishOn   time.Time `json:",omitzero"`
	Credit      Credit    // how the reporter wants to be credited
	CreditName  Private   // the name for the credit; may be empty
	Fingerprint Private   // of the key that signed it

	// Exploited says that exploitation is alleged: the clocks run faster.
	Exploited bool

	// Original is the report as it came. It is streamed to Config.Blobs.
	Original     io.Reader `json:"-"`
	OriginalType Private   // its media type, for example message/rfc822
	Files        []File    // that came along

	// Submission takes the report as a submission, the stage before the case: one
	// record, no vulnerability, no party but the sender, and of all clocks the one of
	// Config.Submissions. A receipt goes out at once, unless it is Quiet: where the
	// channel gives one, or nobody must be answered. Its number and its receipt stay
	// good when Admit makes a case of it, or Merge takes it into one. Dismiss takes
	// it no further. Of the zero CaseID only.
	Submission, Quiet bool
	// Quarantine says why a submission is held apart: no receipt goes out, its sender
	// is told nothing, and lists by Identity do not show it. Acknowledge lifts that.
	Quarantine Private
}

// Contact is how a participant is known and reached.
type Contact struct {
	Name, Organization Private // Name is of the person, who speaks for Organization
	Email, Phone       Private // an address (RFC 5322), and a telephone number in any form
	Address            Private // postal
	Key                Private // OpenPGP fingerprint
	// Routes are tried in order. nil: by Email through the transport "mail", if
	// there is one.
	Routes []Route
	// Identity is the participant's stable name at the host, for lists of cases
	// by participant and for Viewer.Identity. A case that is read does not show it:
	// Case.You says which participant it is. "": Email.
	Identity Private
	// Language is the BCP 47 tag of the language to write in, for example de. "":
	// Config.Language.
	Language Private
	// NotForSecurity marks a contact that gets notices without details only.
	NotForSecurity bool
}

func (c Contact) empty() bool {
	return c.Name == "" && c.Organization == "" && c.Email == "" && c.Phone == "" && c.Address == "" &&
		c.Key == "" && c.Identity == "" && len(c.Routes) == 0
}

func (r Receive) decide(d *decision) error {
	k := d.check().
		enum("Channel", uint8(r.Channel), uint8(ChannelMeeting)).
		happened("Received", r.Received).
		enum("Protection", uint8(r.Protection), uint8(ProtectSealed)).
		enum("Signature", uint8(r.Signature), uint8(SignatureBad)).
		enum("KnownBy", uint8(r.KnownBy), uint8(KnownBySignature)).
		label("TLP", r.TLP).instant("PublishOn", r.PublishOn).
		enum("Kind", uint8(r.Kind), uint8(KindAdvice)).
		line("Title", r.Title).
		text("Summary", r.Summary).
		text("Products", r.Products).
		text("Observations", r.Observations).
		text("Wish", r.Wish).
		enum("Credit", uint8(r.Credit), uint8(CreditAnonymous)).
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
		if err := d.notKnown(d.s.keysOf(r.IDs)); err != nil {
			return err
		}
	}
	if submits {
		return r.submit(d)
	}
	if begins {
		if err := d.open(r.Kind, OriginReport, r.Title, nil); err != nil {
			return err
		}
		d.emit(&partyRM{Party: Owner, State: vultron.RMReceived})
		d.emit(&vulnAdded{Title: r.Title, TLP: orAmber(r.TLP)})
	}
	x := d.newReport(r)
	opens := len(d.c.Reports) == 0
	if x.Reporter = d.knownReporter(r.Reporter); x.Reporter == 0 {
		x.Reporter = d.addReporter(r.Reporter, begins)
	}
	from := fileAttached{From: x.Reporter, TLP: x.TLP}
	if r.Original != nil {
		x.Original = d.attach(x.Reporter, x.TLP, "original", r.OriginalType)
	}
	x.Files = d.attachFiles(from, r.Files)
	d.emit(&x)
	if opens {
		d.standing(x.Received)
	}
	if !r.PublishOn.IsZero() {
		d.emit(&deadlineAnnounced{By: x.Reporter, Ends: r.PublishOn})
	}
	if err := d.proposeOwn(x.Reporter, r.PublishOn); err != nil {
		return err
	}
	return d.tacit(x.Reporter, !r.PublishOn.IsZero())
}

func (d *decision) newReport(r Receive) reportReceived {
	x := reportReceived{
		Channel: r.Channel, Received: r.Received, Protection: r.Protection, Signature: r.Signature, KnownBy: r.KnownBy, Exploited: r.Exploited,
		Credit: r.Credit, TLP: orAmber(r.TLP), Title: r.Title, Summary: r.Summary, Products: r.Products,
		Observations: r.Observations, Wish: r.Wish, CreditName: r.CreditName, Fingerprint: r.Fingerprint,
		Keys: d.s.keysOf(r.IDs), Mail: mailID(r.IDs),
	}
	x.Sketch, x.Marks = d.s.likenessOf(r)
	x.Sealed = d.s.cfg.Sealer != nil
	if x.Received.IsZero() {
		x.Received = d.now.Time()
	}
	return x
}

// proposeOwn makes a proposal of the date on which a reporter publishes by itself: it
// is the reporter's word to the team, and waits for an answer.
func (d *decision) proposeOwn(reporter PartyID, on time.Time) error {
	if _, ok := d.c.Embargo.State.Next(vultron.EMPropose); ok && !on.IsZero() && storage.MillisOf(on) > d.now && d.embargoUntil(on, false) == nil {
		return d.propose(embargoProposed{By: reporter, Ends: on})
	}
	return nil
}

// ids checks identifiers of a report. A case number is given by us: as an ID of a
// report it would make the report a repeat of that case.
func (k *checks) ids(field string, ids []ExternalID) *checks {
	k.count(field, len(ids), k.d.s.cfg.Limits.Items)
	for _, x := range ids {
		k.needed(field, x.Kind == "" || x.Value == "").line(field, Private(x.Kind)).line(field, x.Value)
		if x.Kind == IDNumber {
			k.fail(field, "a case number is no identifier of a report", nil)
		}
	}
	return k
}

// knownReporter finds who has reported to this case before, by identity. Who is known
// by a code is not: its address is its word only, and the code opens its reports.
func (d *decision) knownReporter(c Contact) PartyID {
	id := d.s.identity(c)
	for _, p := range d.c.Participants {
		if id != "" && p.identity == id && p.Roles&RoleReporter != 0 && !p.gone() && len(d.c.codesOf([]PartyID{p.ID}, false)) == 0 {
			return p.ID
		}
	}
	return 0
}

// notKnown ends the decision if this case has one of the keys already. That
// another has it is found by Append.
func (d *decision) notKnown(keys []storage.Key) error {
	for _, k := range keys {
		switch owner := d.owner(k); owner {
		case CaseID{}:
		case d.c.ID:
			return errRepeated
		default:
			return &DuplicateError{Key: k, Owner: owner}
		}
	}
	return nil
}

// Open starts a case without a report: something that the team found itself,
// or that became public before anybody told it.
type Open struct {
	Origin  Origin       // OriginOutbound or OriginSurprise
	Kind    Kind         // what sort of matter it is
	IDs     []ExternalID // that lead to the case from then on
	Title   Private      // of the case and of its first vulnerability
	Summary Private      // becomes a note of the team
}

func (o Open) decide(d *decision) error {
	k := d.check().
		enum("Kind", uint8(o.Kind), uint8(KindAdvice)).
		needed("Title", o.Title == "").line("Title", o.Title).
		text("Summary", o.Summary)
	if o.Origin != OriginOutbound && o.Origin != OriginSurprise {
		k.fail("Origin", "it is neither outbound nor surprise; a report is taken in by Receive", nil)
	}
	k.ids("IDs", o.IDs)
	if k.err != nil {
		return k.err
	}
	keys := d.s.keysOf(o.IDs)
	if err := d.open(o.Kind, o.Origin, o.Title, keys); err != nil {
		return err
	}
	d.emit(&vulnAdded{Title: o.Title, TLP: tlp.Amber})
	d.emit(&partyRM{Party: Owner, State: vultron.RMReceived})
	if o.Summary != "" {
		d.emit(&messagePosted{Purpose: PurposeNote, From: Owner, TLP: tlp.Amber, Text: o.Summary})
	}
	if o.Origin == OriginSurprise {
		return d.observe(claimMade{What: vultron.PublicAware, Vuln: 1, By: Owner, Observed: d.now.Time()}, true)
	}
	// We found it ourselves: there is nothing left to validate.
	d.emit(&partyRM{Party: Owner, State: vultron.RMValid})
	d.aware(Owner, d.now.Time())
	return nil
}

func (d *decision) open(kind Kind, origin Origin, title Private, keys []storage.Key) error {
	d.emit(&caseOpened{Number: d.newCase(), Kind: kind, Origin: origin, Title: title, Keys: keys, Check: d.secretCheck()})
	if r := d.s.cfg.Embargo; r != (EmbargoRules{}) {
		d.emit(&embargoRuled{Resolve: r.Resolve, Quorum: r.Quorum})
	}
	own := d.ownParty()
	d.emit(&own)
	return nil
}

// newCase draws a number.
func (d *decision) newCase() string {
	var b [4]byte
	d.random(b[:])
	number := d.s.number(b)
	d.number = d.s.externalKey(ExternalID{IDNumber, Private(number)})
	return number
}

// secretCheck is kept by the first case of a Store.
func (d *decision) secretCheck() secretCheck {
	if !d.first {
		return secretCheck{}
	}
	return checkOf(d.s.cfg.Secret, d.c.ID)
}

// ownParty is the owner of a new case.
func (d *decision) ownParty() partyAdded {
	t := &d.s.cfg.Team
	x := partyAdded{
		Roles: t.Roles, Details: true, Routable: len(t.Routes) > 0,
		Organization: Private(t.Name), Key: Private(t.Key), Threads: d.newThread(),
	}
	if t.Organization != "" {
		x.Name, x.Organization = Private(t.Name), Private(t.Organization)
	}
	return x
}

// Attach adds a file to the case. The content is streamed to Config.Blobs and
// never held in memory as a whole; nothing looks into it.
type Attach struct {
	Party   PartyID   // 0: the owner
	Name    Private   // without a path
	Type    Private   // media type as claimed
	TLP     tlp.Label // of the content; unset: TLP:AMBER
	Content io.Reader `json:"-"` // required; read to its end
}

func (a Attach) decide(d *decision) error {
	if err := d.check().line("Name", a.Name).line("Type", a.Type).label("TLP", a.TLP).
		needed("Content", a.Content == nil).err; err != nil {
		return err
	}
	if a.Party == 0 {
		a.Party = Owner
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

func (d *decision) attach(from PartyID, label tlp.Label, name, typ Private) AttachmentID {
	return d.attachAs(fileAttached{From: from, TLP: label, Name: name, Type: typ})
}

// attachAs records the next file that was stored for the current command.
func (d *decision) attachAs(x fileAttached) AttachmentID {
	x = d.nextFile(x)
	d.emit(&x)
	return AttachmentID(len(d.c.Attachments))
}

// nextFile is the next file that was stored for the current command.
func (d *decision) nextFile(x fileAttached) fileAttached {
	f := d.files[0]
	d.files = d.files[1:]
	x.Blob, x.Size, x.SHA256 = f.id, f.size, f.sum
	return x
}
