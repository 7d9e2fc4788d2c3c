package cvd

// The numbers of all constants below are stored: they never change their
// meaning, and new ones are added at the end.

// Kind says what a case is about.
type Kind uint8

// The kinds.
const (
	KindVulnerability Kind = iota
	KindIncident
	KindAdvice // a request for advice
)

// Origin says how a case began.
type Origin uint8

// The origins.
const (
	OriginReport   Origin = iota
	OriginOutbound        // we found it, and tell another vendor
	OriginSurprise        // it was public before anybody told us
)

// Channel says how a report came in.
type Channel uint8

// The channels.
const (
	ChannelOther Channel = iota
	ChannelMail
	ChannelPortal
	ChannelPhone
	ChannelPost // on paper
	ChannelTracker
	ChannelMeeting
)

// Protection says how a channel protects what passes through it, in ascending
// order.
type Protection uint8

// The protections.
const (
	ProtectNone   Protection = iota
	ProtectTLS               // encrypted between servers
	ProtectPortal            // fetched over TLS by a recipient that has identified itself
	ProtectSealed            // encrypted to the recipient's own key
)

// Signature says what was found out about the signature of a report.
type Signature uint8

// The signatures.
const (
	SignatureNone       Signature = iota
	SignatureUnverified           // there is one, and nobody could judge it
	SignatureValid
	SignatureBad
)

// Credit says whether and how a reporter wants to be named.
type Credit uint8

// The credit preferences.
const (
	CreditUnstated Credit = iota
	CreditNamed
	CreditAnonymous
)

// Outcome is the result of a report's triage.
type Outcome uint8

// The outcomes.
const (
	OutcomeNone Outcome = iota
	OutcomeValid
	OutcomeInvalid
	OutcomeDuplicate
	OutcomeOutOfScope
	OutcomeNeedsInformation
)

// Rating is a qualitative severity.
type Rating uint8

// The ratings, in ascending order.
const (
	RatingUnknown Rating = iota
	RatingNone
	RatingLow
	RatingMedium
	RatingHigh
	RatingCritical
)

// Affected is a vendor's statement. The zero value is no statement yet: silence
// never means that something is not affected.
type Affected uint8

// The statements.
const (
	NoStatement Affected = iota
	UnderInvestigation
	IsAffected
	NotAffected
	IsFixed
	Unreachable
)

// Roles is a set of roles.
type Roles uint16

// The roles.
const (
	RoleFinder Roles = 1 << iota
	RoleReporter
	RoleVendor
	RoleCoordinator
	RoleDeployer
	RoleExpert // invited with a limited scope
	RoleOther
)

// ProposalState is the state of an embargo proposal.
type ProposalState uint8

// The states of a proposal.
const (
	ProposalOpen ProposalState = iota
	ProposalAccepted
	ProposalRejected
	ProposalReplaced  // by a later one that was accepted, or by the end of the embargo
	ProposalStopped   // not considered: a revision that ends earlier was rejected
	ProposalWithdrawn // by whoever made it, also by accepting a shorter one
	ProposalVoid      // its end passed before it was answered
)

// EndReason says why an embargo ended.
type EndReason uint8

// The reasons.
const (
	EndNone EndReason = iota
	EndReached
	EndPublished
	EndPublicAwareness
	EndExploit
	EndAttacks
	EndAgreed
)

// Purpose says what a message is for.
type Purpose uint8

// The purposes.
const (
	PurposeMessage Purpose = iota
	PurposeNote
	PurposeAcknowledgement
	PurposeInvitation
	PurposeEmbargoProposed
	PurposeEmbargoAgreed
	PurposeEmbargoRejected
	PurposeEmbargoEnded
	PurposeTriage
	PurposePublished
	PurposeReminder        // to the team: a date has come
	PurposeSilence         // to vendors: nothing was heard of them
	PurposeMoved           // the case goes on elsewhere, or another party leads it
	PurposeEmbargoRestored // its end was recorded by mistake
	PurposeAnswer          // the time to answer about the embargo runs out
	// PurposeUnverified: it came in, and nobody has shown from whom. Only the team
	// sees it; see PostUnverified.
	PurposeUnverified
	PurposeDismissed // to the sender of a submission that is taken no further
	PurposeRelated   // to the team: the embargo of a related case ended early
)

// Delivered says what became of a delivery.
type Delivered uint8

// The states of a delivery.
const (
	DeliveryQueued  Delivered = iota
	DeliverySent              // the transport took the whole message
	DeliveryNoticed           // only a notice without details could be sent
	DeliveryFailed            // given up
	DeliveryHeld              // there is no route to this party, it may no longer see the message, or another says the same
	DeliveryDelayed           // it was sent, and its way says that it is not there yet
	DeliveryBounced           // it was sent, and came back for good
)

var enumNames = struct {
	kind, origin, channel, protection, signature, credit, outcome, rating, affected, proposal, end, purpose, delivered []string
	resolution, link, basis, role, erasable, knownBy, stage, dismissal                                                 []string
}{
	kind:       []string{"vulnerability", "incident", "advice"},
	origin:     []string{"report", "outbound", "surprise"},
	channel:    []string{"other", "mail", "portal", "phone", "post", "tracker", "meeting"},
	protection: []string{"none", "TLS", "portal", "sealed"},
	signature:  []string{"none", "unverified", "valid", "bad"},
	credit:     []string{"unstated", "named", "anonymous"},
	outcome:    []string{"none", "valid", "invalid", "duplicate", "out of scope", "needs information"},
	rating:     []string{"unknown", "none", "low", "medium", "high", "critical"},
	affected:   []string{"no statement yet", "under investigation", "affected", "not affected", "fixed", "unreachable"},
	proposal:   []string{"open", "accepted", "rejected", "replaced", "not considered", "withdrawn", "void"},
	end:        []string{"none", "its end was reached", "publication", "public awareness", "public exploit", "attacks observed", "agreement"},
	purpose:    []string{"message", "note", "acknowledgement", "invitation", "embargo proposed", "embargo agreed", "embargo rejected", "embargo ended", "triage", "published", "reminder", "inquiry", "moved", "embargo restored", "answer awaited", "unverified", "dismissed", "related end"},
	delivered:  []string{"queued", "sent", "notice only", "failed", "held", "delayed", "bounced"},
	resolution: []string{"shortest wins", "the owner decides", "unanimous"},
	link: []string{
		"related to", "depends on", "needed by", "duplicate of", "duplicated by", "merged into", "merged from",
		"split into", "split from", "continued by", "continues",
	},
	stage:     []string{"case", "submission", "quarantine", "dismissed", "merged"},
	dismissal: []string{"unstated", "spam", "no flaw", "not ours", "duplicate", "incomplete", "scanner", "test"},
	knownBy:   []string{"none", "token", "authentication results", "access", "signature"},
	basis:     []string{"unstated", "request", "retention", "mistake"},
	erasable:  []string{"reporters", "parties", "staff", "texts"},
	role:      []string{"finder", "reporter", "vendor", "coordinator", "deployer", "expert", "other"},
}
