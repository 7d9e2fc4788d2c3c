package cvd

import (
	"time"

	"github.com/cvdkit/cvdkit/advisory/tlp"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
	"github.com/cvdkit/cvdkit/cvd/policy"
	"github.com/cvdkit/cvdkit/cvd/storage"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// Case is what a team works on, folded from its log. Do returns its structure;
// View adds the texts that a viewer may see, in fields of type Private.
//
// A Case is a snapshot that is shared with the Service's cache. Treat it and
// all that it points to as read-only.
type Case struct {
	ID     CaseID    // for programs: never reused, and the same for ever
	Number string    // for people, for example CVD-2026-7K3QX
	Kind   Kind      // what sort of matter it is
	Origin Origin    // how the team came to know of it
	Title  Private   // the team's name for it
	Opened time.Time `json:",omitzero"` // when its first record was made
	// Submission is how far it has got before it is a case.
	Submission Submission
	// Seq is the version: the number of records. By.If takes it.
	Seq Seq
	Tip storage.Hash // the hash of the newest record
	At  time.Time    `json:",omitzero"` // when the last record was made

	Reports         []Report              // in the order of their numbers, as are all lists here
	Vulnerabilities []Vulnerability       // at least one
	Streams         []Stream              // product streams of vendors
	Statuses        []Status              // the newest of each vendor, vulnerability and stream
	Participants    []*Participant        // the first is the owner: the team itself
	Embargo         Embargo               // the terms, and how they were reached
	Announced       []Announcement        // dates on which parties publish by themselves
	Disclosures     []CompelledDisclosure // required by law; seen by the team only
	Release         Release               // the staged release that is planned; zero: none
	Lists           []NotificationList    // of parties that are told ahead; seen by the team only
	Grants          []Grant               // codes that open the case; a participant sees its own
	Claims          []Claim               // of what happened, adopted or not
	Messages        []Message             // notes of the team among them
	Topics          []Topic               // of the messages
	Attachments     []Attachment          // files of reports, messages and commands
	Publications    []Publication         // what the owner has published
	Drafts          []Draft               // of documents to publish; seen by the team only
	Adopted         []policy.Adopted      // the policies that give the case its dates; seen by the team only
	DateChanges     []policy.DateChange   // of adopted dates, in order
	Reminded        []Reminded            // reminders that were given; seen by the team only
	Recorded        []RecordedFact        // for the clocks, in order; seen by the team only
	Updates         []time.Time           // when a reporter was written to; seen by the team only
	Closings        []time.Time           // when the team was done, each time; seen by the team only
	Waits           []policy.Pause        // from a triage that needs information to what the reporter sends next, or the next triage; seen by the team only
	RelatedEnds     []RelatedEnd          // early ends of related embargoes, as they became known here; seen by the team only
	Events          []Event               // what happened, in order
	Actors          []Private             // who acted; Event.Actor counts from 1

	// Groups are those of the team that may see the case: a viewer needs one of each
	// set; none: the whole team. Only the team sees them, and View their names.
	Groups [][]Private
	// GroupTags are keyed hashes of Groups, by which MaySee goes; not in what View gives.
	GroupTags [][]storage.Term
	// IDs are those that AddID gave; only the team sees them.
	IDs []ExternalID
	// Links lead to other cases; only the team sees them.
	Links []Link
	// Lead is the participant that coordinates since HandOver; 0: the owner.
	Lead      PartyID
	Decisions []SSVCDecision // by SSVC, in order; only the team sees them
	CVEs      []CVERecord    // what became of CVE IDs, in order; only the team sees them
	// What concerns authorities; only the team sees it.
	Assessments      []Assessment       // steps from suspicion to awareness
	AuthorityReports []AuthorityReport  // as they were submitted
	Requests         []AuthorityRequest // of authorities, and to them
	Informed         []UserNotice       // what users were told
	Read             Seq                // the team has read up to here: see Unread
	Held             bool               // a legal hold forbids every erasure

	Assignee Private // the actor who works on it; seen by the team only
	Assigned bool    // there is an Assignee, also where its name is not shown or was erased
	// ReadOnly is set if the log holds a record that only a newer version
	// understands: commands return ErrNewer.
	ReadOnly bool
	// Repeated is set on what Do returns if the commands had been applied
	// before and changed nothing now.
	Repeated bool
	// You is the participant for whom View was asked; 0: the team, or the public.
	You PartyID
}

// The owner is the participant that runs the case: the team itself.
const Owner PartyID = 1

// Numbers of a case's parts, from 1 in the order of their creation. 0 is none.
type (
	ReportID     uint32 // numbers Reports
	VulnID       uint32 // numbers Vulnerabilities
	StreamID     uint32 // numbers Streams
	PartyID      uint32 // numbers Participants; 1 is the owner
	ProposalID   uint32 // numbers Embargo.Proposals
	ClaimID      uint32 // numbers Claims
	MessageID    uint32 // numbers Messages
	AttachmentID uint32 // numbers Attachments
)

// Report is one report as it was received. Several may tell of the same thing.
type Report struct {
	ID           ReportID       // from 1, in the order of receipt
	Reporter     PartyID        // whose it is; 0: nobody known, it is anonymous
	Channel      Channel        // by which it came
	Received     time.Time      `json:",omitzero"` // when it reached the team
	Recorded     time.Time      `json:",omitzero"` // when it was entered here
	Protection   Protection     // of the channel, as found
	Signature    Signature      // what was found of one
	Credit       Credit         // how the reporter wants to be credited
	TLP          tlp.Label      // as the reporter put it; unset: TLP:AMBER
	KnownBy      KnownBy        // by what the reporter is known
	Exploited    bool           // it says that attacks were seen, which is no adopted observation
	Original     AttachmentID   // the bytes as they came; 0 if they were not kept
	Files        []AttachmentID // that came along
	Acknowledged time.Time      `json:",omitzero"` // when its receipt was confirmed to the reporter; zero: not yet
	Outcome      Outcome        // what triage made of it
	Triaged      time.Time      `json:",omitzero"` // when that was recorded; zero: not yet
	DuplicateOf  CaseID         // with Outcome Duplicate, of another case …
	SameAs       ReportID       // … or of another report of this one
	MovedTo      CaseID         // the case that Split made of it; zero: it is here

	Title        Private // in the reporter's words
	Summary      Private // the report itself
	Products     Private // affected products and versions, in the reporter's words
	Observations Private // details of the observations that led to discovery
	Wish         Private // when and how the reporter wants to disclose
	CreditName   Private // the name for the credit; may be empty
	Fingerprint  Private // of the key that signed it
	Mail         Private // Message-ID of the mail by which it came
	Reason       Private // of the triage
	ForwardedTo  Private // with OutcomeOutOfScope

	kept reportKept
}

// Vulnerability is one weakness. Severity, CWE and CVE ID belong to it, and so
// does what the world knows: public, exploited, attacked.
type Vulnerability struct {
	ID      VulnID     // from 1; every case has the first
	State   vultron.CS // the letters p, x and a only; v, f and d belong to a Status
	Rating  Rating     // the highest of Severity
	MovedTo CaseID     // the case that Split made of it; zero: it is here
	// Published is when the team published it; zero: it has not.
	Published time.Time  `json:",omitzero"`
	Title     Private    // a short name
	TLP       tlp.Label  // unset: TLP:AMBER
	CWE       Private    // its weakness, for example CWE-79; may be empty
	CVE       Private    // its CVE ID; empty: none is known
	Severity  []Severity // assessments, in order
	// What the team writes of it, for the advisory.
	Description Private
	Workaround  Private   // what users can do until there is a fix
	References  []Private // public addresses

	kept vulnerabilityKept
}

// Severity is one assessment of a vulnerability. Later ones do not replace
// earlier ones of another source.
type Severity struct {
	Seq    Seq       // the record that brought it
	By     PartyID   // who assessed
	Rating Rating    // in words
	Score  float64   // 0 to 10
	TLP    tlp.Label // unset: TLP:AMBER
	Vector Private   // CVSS 2.0, 3.0, 3.1 or 4.0
	Source Private   // who assessed it, for example "NVD"
	// Justification says why the vector is as it is.
	Justification Private
	kept          severityKept
}

// Stream is a product stream of a vendor: something that is fixed and supported
// as one, for example "Router OS 7.x".
type Stream struct {
	ID       StreamID    // from 1, in the order of their adding
	Vendor   PartyID     // whose product it is
	TLP      tlp.Label   // unset: TLP:AMBER
	Name     Private     // of the product, as people say it
	Versions Private     // in the vendor's words, for example "7.0 to 7.4.2"
	PURL     Private     // package URL; may be empty
	Groups   [][]Private // as Case.Groups, of what is about this stream
	kept     streamKept
}

// Status is what one vendor says of one vulnerability in one of its product
// streams. Stream 0 is all of the vendor's products.
type Status struct {
	Vuln      VulnID     // of which it speaks
	Vendor    PartyID    // who speaks
	Stream    StreamID   // of which it speaks; 0: all of the vendor's products
	Affected  Affected   // whether the stream is
	State     vultron.CS // the letters v, f and d only
	Recorded  time.Time  `json:",omitzero"` // when it was recorded
	TLP       tlp.Label  // unset: TLP:AMBER
	Shared    bool       // other participants may see it before publication
	Fixed     Private    // the version that holds the fix
	Statement Private    // what the vendor says, in words
	kept      statusKept
}

// Participant is a party to the case.
type Participant struct {
	ID       PartyID         // from 1, in the order of joining; never reused
	Roles    Roles           // what it is here, at least one
	RM       vultron.RM      // its own state of report management
	Consent  vultron.Consent // its own state towards the embargo
	Joined   time.Time       `json:",omitzero"` // when it was recorded as a participant
	Answered time.Time       `json:",omitzero"` // when it was last heard of; zero: it is silent
	AnswerBy time.Time       `json:",omitzero"` // until when it has time to answer about the embargo; zero: it was not asked
	Terms    ProposalID      // that it said yes to; 0: to none
	Details  bool            // was given the details although it has not accepted the embargo
	NotFor   bool            // the contact is not for security matters: it gets notices only
	Routable bool            // there is at least one Route
	Bounced  time.Time       `json:",omitzero"` // when a message to it came back for good and nothing was heard of it since
	Limited  bool            // was invited for Scope only
	Scope    []VulnID        // the vulnerabilities that it sees, if Limited
	Erased   bool            // its personal data was removed
	Read     Seq             // it has read up to here: see MarkRead
	Removed  time.Time       `json:",omitzero"` // since when it takes no part any more; zero: it does

	Name         Private // of the person
	Organization Private // for which the person speaks
	Email        Private // an address (RFC 5322); may be empty
	Phone        Private // may be empty
	Address      Private // a postal address; may be empty
	Key          Private // OpenPGP fingerprint
	Tracking     Private // its own number for the case
	Language     Private // BCP 47 tag of the language that it wants to be written to in
	Routes       []Route // ways to it, the one to try first leading
	kept         participantKept
}

// Reporter returns the participant that sent the first report.
func (c *Case) Reporter() (Participant, bool) {
	for i := range c.Reports {
		if p := c.Participant(c.Reports[i].Reporter); p != nil {
			return *p, true
		}
	}
	return Participant{}, false
}

// Route is a way to reach a participant.
type Route struct {
	Transport string  // a name in Config.Transports
	Address   Private // in the terms of that transport
}

// Embargo is what the parties have agreed on keeping secret, and until when.
type Embargo struct {
	State     vultron.EM   // of the negotiation
	Rules     EmbargoRules // which hold for this case
	Active    ProposalID   // the terms in force; 0 if none are
	Proposals []Proposal   // all that were made, in order
	Ended     time.Time    `json:",omitzero"` // when it ended; zero: it has not
	Why       EndReason    // why it ended
	Reason    Private      // what was said of that
}

// Ends returns the instant at which the active embargo ends, in its zone.
func (e *Embargo) Ends() (time.Time, bool) {
	p := inner.At(e.Proposals, e.Active)
	if p == nil || e.State == vultron.EMExited {
		return time.Time{}, false
	}
	return p.Ends, true
}

// Proposal is a proposed end of the embargo.
type Proposal struct {
	ID       ProposalID    // from 1, in the order of their making
	By       PartyID       // who proposed it
	Made     time.Time     `json:",omitzero"` // when it was recorded
	Ends     time.Time     `json:",omitzero"` // an exact instant, in the zone it was proposed in
	Separate Dates         // those that differ from Ends; see Proposal.Dates
	Agreed   []PartyID     // who has accepted it so far, where all must
	Policy   string        // the policy it follows, with its version; may be empty
	State    ProposalState // what became of it
	Answered time.Time     `json:",omitzero"` // when State last changed; zero: it is open
	Assumed  bool          // the acceptance was not spoken out
	Reasoned bool          // a reason was given, which the team sees
	OffDay   bool          // it ends on a day on which the team's calendar does not work
	Reason   Private       // of who proposed it

	kept proposalKept
}

// Claim is what a party says has happened. It acts only once the owner of the
// case adopts it.
type Claim struct {
	ID       ClaimID         // from 1, in the order of their making
	What     vultron.CSEvent // is claimed to have happened
	Vuln     VulnID          // to which
	Vendor   PartyID         // for vendor-aware, fix-ready and fix-deployed
	Stream   StreamID        // likewise; 0 is all of the vendor's products
	By       PartyID         // who says so
	Observed time.Time       `json:",omitzero"` // when it happened, as they say
	Made     time.Time       `json:",omitzero"` // when it was recorded
	Adopted  time.Time       `json:",omitzero"` // zero: only claimed
	TLP      tlp.Label       // unset: TLP:AMBER
	Shared   bool            // other participants may see it before publication
	Evidence Private         // what it rests on; may be empty
	kept     claimKept
}

// Message is what one party tells others through the case. One without
// recipients is a note of the team.
type Message struct {
	ID          MessageID       // from 1, in the order of posting
	Seq         Seq             // the record that brought it
	Purpose     Purpose         // what it is for
	From        PartyID         // who wrote it; 0: nobody who is known
	To          []PartyID       // the recipients; none: a note of the team
	TLP         tlp.Label       // of its text; unset: TLP:AMBER
	Require     Protection      // the protection without which it is not sent
	Posted      time.Time       `json:",omitzero"` // when it was recorded
	Topic       TopicID         // 0: it has none
	About       uint32          // what Purpose is about: a report, a proposal …
	Attachments []AttachmentID  // that go with it
	Deliveries  []DeliveryState // of each recipient, as in To
	InReplyTo   MessageID       // the message that it answers; 0: none that is known
	Original    AttachmentID    // the bytes as they came; 0 if they were not kept
	Provenance  Provenance      // how it came in
	// Statements, Go and Hold are what a vendor says in it: a claim, until the team
	// adopts it by AdoptStatements.
	Statements []Statement
	Go, Hold   bool      // Go and Hold: ready for the planned release, or against it; never both
	Adopted    time.Time `json:",omitzero"` // zero: they are only claimed
	// Claimed is the participant from whom a message says that it comes, which
	// nobody has shown: one of PurposeUnverified is seen by the team only.
	Claimed  PartyID
	Admitted time.Time `json:",omitzero"` // when the team took it for real; zero: it did not
	Report   ReportID  // that it became; 0: none
	kept     messageKept

	Subject Private // not sent in clear
	Text    Private // the message itself; empty for what is rendered from its Purpose
	Reason  Private // why it is unverified
}

// DeliveryState says how a message reached one recipient, or why not.
type DeliveryState struct {
	Party      PartyID    // the recipient
	State      Delivered  // how far it got
	At         time.Time  `json:",omitzero"` // when State last changed
	Transport  string     // the name of the one that took it; "": none has
	Protection Protection // that it went with
	Detail     Private    // what its way says of a delay or a bounce; seen by the team only
	// Fetched is when the recipient was shown it, in a portal for example, whatever
	// else became of it. Zero: it was not. The team and the recipient see it.
	Fetched time.Time `json:",omitzero"`
}

// Attachment is a file of the case. Its content is in the BlobStore.
type Attachment struct {
	ID    AttachmentID   // from 1, in the order of their adding
	Blob  storage.BlobID // where its content is
	Size  int64          // of the content, before sealing
	From  PartyID        // who brought it
	Added time.Time      `json:",omitzero"` // when it was recorded
	TLP   tlp.Label      // of its content; unset: TLP:AMBER
	// Unverified is set on what came with a message of PurposeUnverified.
	Unverified bool
	Name       Private // without a path
	Type       Private // media type as claimed; nobody has checked it
	SHA256     Private // of the content, hexadecimal
	kept       attachmentKept
}

// Publication is a disclosure by the owner.
type Publication struct {
	At         time.Time `json:",omitzero"` // when it was published
	Unchecked  bool      // nobody validated the advisory: Config.CheckAdvisory was not set
	Advisories []string  // their public addresses or numbers
	SHA256     []string  // of the documents, in the same order, where they are known
	// AdvisorySHA256 is of the advisory that was checked, as encoding/json writes it.
	AdvisorySHA256 string
	// Vulnerabilities are those that it is about.
	Vulnerabilities []VulnID
	// Emergency is why it went past a planned release; seen by the team only.
	Emergency Private
}

// RM returns the report management state of the team itself.
func (c *Case) RM() vultron.RM {
	if len(c.Participants) == 0 {
		return vultron.RMStart
	}
	return c.Participants[0].RM
}

// Party returns a copy of a participant, if the case shows it.
func (c *Case) Party(id PartyID) (Participant, bool) {
	if id == 0 || int(id) > len(c.Participants) {
		return Participant{}, false
	}
	return *c.Participants[id-1], true
}

// Status returns what is known of one vulnerability in one product stream of a
// vendor. No statement is not the same as not affected.
func (c *Case) Status(v VulnID, vendor PartyID, s StreamID) Status {
	for t := range c.StatusesOf(vendor) {
		if t.Vuln == v && t.Stream == s {
			return *t
		}
	}
	return Status{Vuln: v, Vendor: vendor, Stream: s}
}
