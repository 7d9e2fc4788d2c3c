package cvd

import (
	"fmt"
	"time"

	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// Event is one record of the log, without its texts.
type Event struct {
	Seq    Seq       // the record's number
	At     time.Time `json:",omitzero"` // when the record was made
	Kind   EventKind // what sort of record it is
	Actor  uint32    // who did it: see Case.Actor; 0 is the library itself
	Party  PartyID   // whom it is about; 0: nobody in particular
	Vuln   VulnID    // likewise
	When   time.Time `json:",omitzero"` // the instant that it speaks of, if that is another than At
	Reason Private   // that was given for it; only the team sees it
	// TakenBack tells of an adoption, and of an end of the embargo, that RetractAdoption
	// took back later.
	TakenBack bool

	kept eventKept
}

// EventKind says what happened. It is the name of the record without its version.
// Later versions bring further kinds, which keep their version here, for example
// "report.received/2": ignore those that you do not know.
type EventKind string

// The kinds of events.
const (
	EventCaseOpened          EventKind = "case.opened"
	EventCaseTitled          EventKind = "case.titled"
	EventCaseAssigned        EventKind = "case.assigned"
	EventCasePublished       EventKind = "case.published"
	EventCaseClosed          EventKind = "case.closed"
	EventActorSeen           EventKind = "actor.seen"
	EventPartyAdded          EventKind = "party.added"
	EventPartyRM             EventKind = "party.rm"
	EventPartyConsent        EventKind = "party.consent"
	EventPartySight          EventKind = "party.sight"
	EventIDsAdded            EventKind = "ids.added"
	EventPartBegun           EventKind = "part.begun"
	EventReportReceived      EventKind = "report.received"
	EventReportAcknowledged  EventKind = "report.acknowledged"
	EventReportTriaged       EventKind = "report.triaged"
	EventVulnAdded           EventKind = "vuln.added"
	EventVulnIdentified      EventKind = "vuln.identified"
	EventSeveritySet         EventKind = "severity.set"
	EventStreamAdded         EventKind = "stream.added"
	EventStatusRecorded      EventKind = "status.recorded"
	EventEmbargoProposed     EventKind = "embargo.proposed"
	EventEmbargoAccepted     EventKind = "embargo.accepted"
	EventEmbargoRejected     EventKind = "embargo.rejected"
	EventEmbargoClosed       EventKind = "embargo.closed"
	EventEmbargoEnded        EventKind = "embargo.ended"
	EventEmbargoRuled        EventKind = "embargo.ruled"
	EventEmbargoAgreed       EventKind = "embargo.agreed"
	EventDeadlineAnnounced   EventKind = "deadline.announced"
	EventDisclosureCompelled EventKind = "disclosure.compelled"
	EventReleasePlanned      EventKind = "release.planned"
	EventReleaseAnswered     EventKind = "release.answered"
	EventReleaseApproved     EventKind = "release.approved"
	EventReleaseOutput       EventKind = "release.output"
	EventListPlanned         EventKind = "list.planned"
	EventListTold            EventKind = "list.told"
	EventClaimMade           EventKind = "claim.made"
	EventClaimAdopted        EventKind = "claim.adopted"
	EventMessagePosted       EventKind = "message.posted"
	EventMessageDelivered    EventKind = "message.delivered"
	EventSentKept            EventKind = "sent.kept"
	EventMessageAdmitted     EventKind = "message.admitted"
	EventDeliveryBounced     EventKind = "delivery.bounced"
	EventStatementsAdopted   EventKind = "statements.adopted"
	EventPartyThread         EventKind = "party.thread"
	EventSubmissionReceived  EventKind = "submission.received"
	EventSubmissionLifted    EventKind = "submission.lifted"
	EventSubmissionDecided   EventKind = "submission.decided"
	EventSubmissionAppealed  EventKind = "submission.appealed"
	EventFileAttached        EventKind = "file.attached"
	EventPolicyAdopted       EventKind = "policy.adopted"
	EventFactRecorded        EventKind = "fact.recorded"
	EventReminderRecorded    EventKind = "reminder.recorded"
	EventPrivateErased       EventKind = "private.erased"
	EventHoldPlaced          EventKind = "hold.placed"
	EventHoldReleased        EventKind = "hold.released"
	EventCaseLinked          EventKind = "case.linked"
	EventCaseHanded          EventKind = "case.handed"
	EventPartsMoved          EventKind = "parts.moved"
	EventReadMarked          EventKind = "read.marked"
	EventSSVCDecided         EventKind = "ssvc.decided"
	EventTopicSet            EventKind = "topic.set"
	EventPartyRead           EventKind = "party.read"
	EventReleaseBegun        EventKind = "release.begun"
	EventReleaseFailed       EventKind = "release.failed"
	EventAccessGranted       EventKind = "access.granted"
	EventAccessRevoked       EventKind = "access.revoked"
	EventAccessCarried       EventKind = "access.carried"
	EventAccessNarrowed      EventKind = "access.narrowed"
	EventCVERecorded         EventKind = "cve.recorded"
	EventGroupsSet           EventKind = "groups.set"
	EventHistoryImported     EventKind = "history.imported"
	EventVulnDescribed       EventKind = "vuln.described"
	EventDraftSaved          EventKind = "draft.saved"
	EventKinEnded            EventKind = "kin.ended"
	EventKinTold             EventKind = "kin.told"
	EventPauseCarried        EventKind = "pause.carried"
	EventClaimRetracted      EventKind = "claim.retracted"
	EventReleaseCancelled    EventKind = "release.cancelled"
	EventPartyScope          EventKind = "party.scope"
	EventPartyRemoved        EventKind = "party.removed"
	EventPartyChanged        EventKind = "party.changed"
	EventAssessmentRecorded  EventKind = "assessment.recorded"
	EventReportSubmitted     EventKind = "authority.submitted"
	EventRequestRecorded     EventKind = "authority.requested"
	EventRequestAnswered     EventKind = "authority.answered"
	EventUsersInformed       EventKind = "users.informed"
)

// About returns the number of what the event is about in its case: a ReportID,
// ProposalID, ClaimID, MessageID, StreamID or AttachmentID; nil for all other events.
// Party and Vuln are fields.
func (e *Event) About() any {
	switch e.Kind {
	case EventReportReceived, EventReportAcknowledged, EventReportTriaged, EventSubmissionReceived:
		return ReportID(e.kept.Ref)
	case EventEmbargoProposed, EventEmbargoAccepted, EventEmbargoRejected, EventEmbargoClosed, EventEmbargoAgreed:
		return ProposalID(e.kept.Ref)
	case EventClaimMade, EventClaimAdopted:
		return ClaimID(e.kept.Ref)
	case EventMessagePosted, EventMessageAdmitted, EventDeliveryBounced, EventStatementsAdopted:
		return MessageID(e.kept.Ref)
	case EventStreamAdded, EventStatusRecorded:
		return StreamID(e.kept.Ref)
	case EventFileAttached:
		return AttachmentID(e.kept.Ref)
	}
	return nil
}

// Became returns what the event led to, in the type that says it: a vultron.RM, EM,
// Consent or CSEvent, an Outcome, Rating, Affected, Origin, Roles, Purpose, LinkKind,
// ProposalState, EndReason, Resolution or EraseBasis; nil for all other events.
func (e *Event) Became() fmt.Stringer {
	switch e.Kind {
	case EventCaseOpened:
		return Origin(e.kept.Detail)
	case EventPartyAdded:
		return Roles(e.kept.Detail)
	case EventPartyRM:
		return vultron.RM(e.kept.Detail)
	case EventPartyConsent:
		return vultron.Consent(e.kept.Detail)
	case EventReportTriaged:
		return Outcome(e.kept.Detail)
	case EventSeveritySet:
		return Rating(e.kept.Detail)
	case EventStatusRecorded:
		return Affected(e.kept.Detail)
	case EventEmbargoProposed, EventEmbargoAccepted, EventEmbargoRejected:
		return vultron.EM(e.kept.Detail)
	case EventEmbargoClosed:
		return ProposalState(e.kept.Detail)
	case EventEmbargoEnded, EventKinEnded:
		return EndReason(e.kept.Detail)
	case EventEmbargoRuled:
		return Resolution(e.kept.Detail)
	case EventClaimMade, EventClaimAdopted:
		return vultron.CSEvent(e.kept.Detail)
	case EventMessagePosted:
		return Purpose(e.kept.Detail)
	case EventSubmissionDecided:
		return Dismissal(e.kept.Detail)
	case EventDeliveryBounced:
		return Delivered(e.kept.Detail)
	case EventCaseLinked:
		return LinkKind(e.kept.Detail)
	case EventPrivateErased:
		return EraseBasis(e.kept.Detail)
	}
	return nil
}

// Actor returns the name of an Event's actor; it is empty after erasure, and in
// what Do returns.
func (c *Case) Actor(n uint32) Private {
	if n == 0 || int(n) > len(c.Actors) {
		return ""
	}
	return c.Actors[n-1]
}
