package cvd

import (
	"errors"
	"io"
	"time"

	"github.com/cvdkit/cvdkit/advisory/tlp"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// Receive takes a report in, through any channel, also one that staff enter
// after a telephone call. With the zero CaseID it opens a case; else it adds the
// report to the case.
//
// A report whose IDs are known is not taken twice: Do returns the case that has
// it, with Repeated set.
type Receive struct {
	Channel    Channel
	Received   time.Time    // when it reached the team; zero: now
	IDs        []ExternalID // what makes it the same report, such as its Message-ID
	Reporter   Contact      // zero: anonymous
	Protection Protection   // of the channel, as found
	Signature  Signature
	TLP        tlp.Label // as the reporter put it; unset: TLP:AMBER. A new case takes it for the title and the vulnerability
	Kind       Kind      // of a new case

	Title        Private // of the report; a new case takes it too
	Summary      Private
	Products     Private // affected products and versions, in the reporter's words
	Observations Private // details of the observations that led to discovery
	Wish         Private // when and how the reporter wants to disclose
	// PublishOn is the date on which the reporter says it publishes by itself: see
	// AnnounceDeadline. It also stands as the reporter's proposal, for the team to
	// answer, where an embargo is possible. Whoever names one has not accepted the
	// team's own policy. In the future.
	PublishOn   time.Time
	Credit      Credit
	CreditName  Private
	Fingerprint Private // of the key that signed it

	// Original is the report as it came. It is streamed to Config.Blobs.
	Original     io.Reader `json:"-"`
	OriginalType Private   // its media type, for example message/rfc822
}

// Contact is how a participant is known and reached.
type Contact struct {
	Name, Organization Private
	Email, Phone       Private
	Address            Private // postal
	Key                Private // OpenPGP fingerprint
	// Routes are tried in order. nil: by Email through the transport "mail", if
	// there is one.
	Routes []Route
	// Identity is the participant's stable name at the host, for lists of cases
	// by participant. "": Email.
	Identity Private
	// NotForSecurity marks a contact that gets notices without details only.
	NotForSecurity bool
}

func (c Contact) empty() bool {
	return c.Name == "" && c.Organization == "" && c.Email == "" && c.Phone == "" && c.Address == "" &&
		c.Key == "" && c.Identity == "" && len(c.Routes) == 0
}

func (Receive) starts() {}

func (r Receive) decide(d *decision) error {
	k := d.check().
		enum("Channel", uint8(r.Channel), uint8(ChannelMeeting)).
		happened("Received", r.Received).
		enum("Protection", uint8(r.Protection), uint8(ProtectSealed)).
		enum("Signature", uint8(r.Signature), uint8(SignatureBad)).
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
		line("OriginalType", r.OriginalType)
	if !r.PublishOn.IsZero() && MillisOf(r.PublishOn) <= d.now {
		k.fail("PublishOn", "it is not in the future", nil)
	}
	k.ids(r.IDs)
	if k.contact("Reporter", r.Reporter); k.err != nil {
		return k.err
	}
	keys := make([]Key, len(r.IDs))
	for i, x := range r.IDs {
		keys[i] = d.s.externalKey(x)
	}
	begins := d.c.Seq == 0
	if begins {
		if err := d.open(r.Kind, OriginReport, r.Title, nil); err != nil {
			return err
		}
		d.emit(&partyRM{Party: Owner, State: vultron.RMReceived})
		d.emit(&vulnAdded{Title: r.Title, TLP: orAmber(r.TLP)})
	} else if err := d.mustBeOpen(); err != nil {
		return err
	} else if err := d.notKnown(keys); err != nil {
		return err
	}
	x := &reportReceived{
		Channel: r.Channel, Received: r.Received, Protection: r.Protection, Signature: r.Signature,
		Credit: r.Credit, TLP: r.TLP, Title: r.Title, Summary: r.Summary, Products: r.Products,
		Observations: r.Observations, Wish: r.Wish, CreditName: r.CreditName, Fingerprint: r.Fingerprint,
		Keys: keys, Sketch: d.s.sketch(r),
	}
	if x.Received.IsZero() {
		x.Received = d.now.Time()
	}
	if x.TLP == tlp.Unset {
		x.TLP = tlp.Amber
	}
	opens := len(d.c.Reports) == 0
	if x.Reporter = d.knownReporter(r.Reporter); x.Reporter == 0 {
		x.Reporter = d.addParty(r.Reporter, partyAdded{Roles: RoleReporter | RoleFinder, Began: begins})
		// Whoever reports knows of it, and has judged it.
		d.emit(&partyRM{Party: x.Reporter, State: vultron.RMAccepted, Reported: true})
	}
	if r.Original != nil {
		x.Original = d.attach(x.Reporter, x.TLP, "original", r.OriginalType)
	}
	d.emit(x)
	if opens {
		d.standing(x.Received)
	}
	if !r.PublishOn.IsZero() {
		d.emit(&deadlineAnnounced{By: x.Reporter, Ends: r.PublishOn})
		// It is the reporter's word to the team: a proposal that waits for an answer.
		if _, ok := d.c.Embargo.State.Next(vultron.EMPropose); ok && d.embargoUntil(r.PublishOn, false) == nil {
			if err := d.propose(embargoProposed{By: x.Reporter, Ends: r.PublishOn}); err != nil {
				return err
			}
		}
	}
	return d.tacit(x.Reporter, !r.PublishOn.IsZero())
}

// ids checks identifiers of a report. A case number is given by us: as an ID of a
// report it would make the report a repeat of that case.
func (k *checks) ids(ids []ExternalID) {
	k.count("IDs", len(ids), k.d.s.cfg.Limits.Items)
	for _, x := range ids {
		k.needed("IDs", x.Kind == "" || x.Value == "").line("IDs", Private(x.Kind)).line("IDs", x.Value)
		if x.Kind == IDNumber {
			k.fail("IDs", "a case number is no identifier of a report", nil)
		}
	}
}

// knownReporter finds who has reported to this case before, by identity.
func (d *decision) knownReporter(c Contact) PartyID {
	id := d.s.identity(c)
	for i := range d.c.Participants {
		if p := &d.c.Participants[i]; id != "" && p.identity == id && p.Roles&RoleReporter != 0 && !p.gone() {
			return p.ID
		}
	}
	return 0
}

// notKnown ends the decision if this case has one of the keys already. That
// another has it is found by Append.
func (d *decision) notKnown(keys []Key) error {
	for _, k := range keys {
		owner, err := d.s.cfg.Store.Lookup(d.ctx, k)
		if err == nil && owner == d.c.ID {
			return errRepeated
		} else if err == nil {
			return &DuplicateError{Key: k, Owner: owner}
		} else if !errors.Is(err, ErrNotFound) {
			return err
		}
	}
	return nil
}

// Open starts a case without a report: something that the team found itself,
// or that became public before anybody told it.
type Open struct {
	Origin  Origin // OriginOutbound or OriginSurprise
	Kind    Kind
	IDs     []ExternalID
	Title   Private
	Summary Private // becomes a note of the team
}

func (Open) starts() {}

func (o Open) decide(d *decision) error {
	k := d.check().
		enum("Kind", uint8(o.Kind), uint8(KindAdvice)).
		needed("Title", o.Title == "").line("Title", o.Title).
		text("Summary", o.Summary)
	if o.Origin != OriginOutbound && o.Origin != OriginSurprise {
		k.fail("Origin", "it is neither outbound nor surprise; a report is taken in by Receive", nil)
	}
	k.ids(o.IDs)
	if k.err != nil {
		return k.err
	}
	keys := make([]Key, len(o.IDs))
	for i, x := range o.IDs {
		keys[i] = d.s.externalKey(x)
	}
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

func (d *decision) open(kind Kind, origin Origin, title Private, keys []Key) error {
	number, err := d.s.newNumber()
	if err != nil {
		return err
	}
	d.number = d.s.externalKey(ExternalID{IDNumber, Private(number)})
	x := &caseOpened{Number: number, Kind: kind, Origin: origin, Title: title, Keys: keys}
	if d.first {
		x.Check = checkOf(d.s.cfg.Secret, d.c.ID)
	}
	d.emit(x)
	if r := d.s.cfg.Embargo; r != (EmbargoRules{}) {
		d.emit(&embargoRuled{Resolve: r.Resolve, Quorum: r.Quorum})
	}
	t := &d.s.cfg.Team
	team := &partyAdded{
		Roles: t.Roles, Details: true, Routable: len(t.Routes) > 0, Organization: Private(t.Name), Key: Private(t.Key),
	}
	if t.Organization != "" {
		team.Name, team.Organization = Private(t.Name), Private(t.Organization)
	}
	d.emit(team)
	return nil
}

// Attach adds a file to the case. The content is streamed to Config.Blobs and
// never held in memory as a whole; nothing looks into it.
type Attach struct {
	Party   PartyID // 0: the owner
	Name    Private // without a path
	Type    Private // media type as claimed
	TLP     tlp.Label
	Content io.Reader `json:"-"`
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

// attach records the file that was stored for the current command.
func (d *decision) attach(from PartyID, label tlp.Label, name, typ Private) AttachmentID {
	f := d.files[d.file]
	d.emit(&fileAttached{Blob: f.id, Size: f.size, From: from, TLP: label, Name: name, Type: typ, SHA256: f.sum})
	return AttachmentID(len(d.c.Attachments))
}
