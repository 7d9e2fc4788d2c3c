package cvd

import (
	"fmt"

	"github.com/cvdkit/cvdkit/cvd/internal/inner"
)

// Format prints the fields, the texts redacted and readers left out: see print.go.

func (x Acknowledge) Format(f fmt.State, v rune) { type t Acknowledge; inner.Format(f, v, t(x)) }

func (x AddID) Format(f fmt.State, v rune) { type t AddID; inner.Format(f, v, t(x)) }

func (x AddProduct) Format(f fmt.State, v rune) { type t AddProduct; inner.Format(f, v, t(x)) }

func (x AddVulnerability) Format(f fmt.State, v rune) {
	type t AddVulnerability
	inner.Format(f, v, t(x))
}

func (x Admit) Format(f fmt.State, v rune) { type t Admit; inner.Format(f, v, t(x)) }

func (x Alert) Format(f fmt.State, v rune) { type t Alert; inner.Format(f, v, t(x)) }

func (x AnnounceDeadline) Format(f fmt.State, v rune) {
	type t AnnounceDeadline
	inner.Format(f, v, t(x))
}

func (x Announcement) Format(f fmt.State, v rune) { type t Announcement; inner.Format(f, v, t(x)) }

func (x AnswerRelease) Format(f fmt.State, v rune) { type t AnswerRelease; inner.Format(f, v, t(x)) }

func (x Appeal) Format(f fmt.State, v rune) { type t Appeal; inner.Format(f, v, t(x)) }

func (x ApproveRelease) Format(f fmt.State, v rune) { type t ApproveRelease; inner.Format(f, v, t(x)) }

func (x AskConsent) Format(f fmt.State, v rune) { type t AskConsent; inner.Format(f, v, t(x)) }

func (x Assessment) Format(f fmt.State, v rune) { type t Assessment; inner.Format(f, v, t(x)) }

func (x Assign) Format(f fmt.State, v rune) { type t Assign; inner.Format(f, v, t(x)) }

func (x Attach) Format(f fmt.State, v rune) { type t Attach; x.Content = nil; inner.Format(f, v, t(x)) }

func (x Attachment) Format(f fmt.State, v rune) { type t Attachment; inner.Format(f, v, t(x)) }

func (x AuthorityReport) Format(f fmt.State, v rune) {
	type t AuthorityReport
	inner.Format(f, v, t(x))
}

func (x AuthorityRequest) Format(f fmt.State, v rune) {
	type t AuthorityRequest
	inner.Format(f, v, t(x))
}

func (x By) Format(f fmt.State, v rune) { type t By; inner.Format(f, v, t(x)) }

func (x CVERecord) Format(f fmt.State, v rune) { type t CVERecord; inner.Format(f, v, t(x)) }

func (x CancelRelease) Format(f fmt.State, v rune) { type t CancelRelease; inner.Format(f, v, t(x)) }

func (x Case) Format(f fmt.State, v rune) { type t Case; inner.Format(f, v, t(x)) }

func (x CaseResult) Format(f fmt.State, v rune) { type t CaseResult; inner.Format(f, v, t(x)) }

func (x ChangeParty) Format(f fmt.State, v rune) { type t ChangeParty; inner.Format(f, v, t(x)) }

func (x Claim) Format(f fmt.State, v rune) { type t Claim; inner.Format(f, v, t(x)) }

func (x Close) Format(f fmt.State, v rune) { type t Close; inner.Format(f, v, t(x)) }

func (x CompelledDisclosure) Format(f fmt.State, v rune) {
	type t CompelledDisclosure
	inner.Format(f, v, t(x))
}

func (x Contact) Format(f fmt.State, v rune) { type t Contact; inner.Format(f, v, t(x)) }

func (x Defer) Format(f fmt.State, v rune) { type t Defer; inner.Format(f, v, t(x)) }

func (x DeliveryState) Format(f fmt.State, v rune) { type t DeliveryState; inner.Format(f, v, t(x)) }

func (x Describe) Format(f fmt.State, v rune) { type t Describe; inner.Format(f, v, t(x)) }

func (x Dismiss) Format(f fmt.State, v rune) { type t Dismiss; inner.Format(f, v, t(x)) }

func (x Draft) Format(f fmt.State, v rune) { type t Draft; inner.Format(f, v, t(x)) }

func (x Embargo) Format(f fmt.State, v rune) { type t Embargo; inner.Format(f, v, t(x)) }

func (x EndEmbargo) Format(f fmt.State, v rune) { type t EndEmbargo; inner.Format(f, v, t(x)) }

func (x ErasePerson) Format(f fmt.State, v rune) { type t ErasePerson; inner.Format(f, v, t(x)) }

func (x Event) Format(f fmt.State, v rune) { type t Event; inner.Format(f, v, t(x)) }

func (x ExternalID) Format(f fmt.State, v rune) { type t ExternalID; inner.Format(f, v, t(x)) }

func (x File) Format(f fmt.State, v rune) { type t File; x.Content = nil; inner.Format(f, v, t(x)) }

func (x GrantAccess) Format(f fmt.State, v rune) { type t GrantAccess; inner.Format(f, v, t(x)) }

func (x HandOver) Format(f fmt.State, v rune) { type t HandOver; inner.Format(f, v, t(x)) }

func (x Identify) Format(f fmt.State, v rune) { type t Identify; inner.Format(f, v, t(x)) }

func (x InformUsers) Format(f fmt.State, v rune) { type t InformUsers; inner.Format(f, v, t(x)) }

func (x Invite) Format(f fmt.State, v rune) { type t Invite; inner.Format(f, v, t(x)) }

func (x LegalHold) Format(f fmt.State, v rune) { type t LegalHold; inner.Format(f, v, t(x)) }

func (x LiftHold) Format(f fmt.State, v rune) { type t LiftHold; inner.Format(f, v, t(x)) }

func (x LinkTo) Format(f fmt.State, v rune) { type t LinkTo; inner.Format(f, v, t(x)) }

func (x Merge) Format(f fmt.State, v rune) { type t Merge; inner.Format(f, v, t(x)) }

func (x Message) Format(f fmt.State, v rune) { type t Message; inner.Format(f, v, t(x)) }

func (x NotificationList) Format(f fmt.State, v rune) {
	type t NotificationList
	inner.Format(f, v, t(x))
}

func (x NotifyList) Format(f fmt.State, v rune) { type t NotifyList; inner.Format(f, v, t(x)) }

func (x Observe) Format(f fmt.State, v rune) { type t Observe; inner.Format(f, v, t(x)) }

func (x Open) Format(f fmt.State, v rune) { type t Open; inner.Format(f, v, t(x)) }

func (x Outgoing) Format(f fmt.State, v rune) { type t Outgoing; inner.Format(f, v, t(x)) }

func (x OutgoingFile) Format(f fmt.State, v rune) { type t OutgoingFile; inner.Format(f, v, t(x)) }

func (x Participant) Format(f fmt.State, v rune) {
	type t Participant
	x.kept.Threads = nil
	inner.Format(f, v, t(x))
}

func (x PersonCase) Format(f fmt.State, v rune) { type t PersonCase; inner.Format(f, v, t(x)) }

func (x PersonField) Format(f fmt.State, v rune) { type t PersonField; inner.Format(f, v, t(x)) }

func (x PersonRecord) Format(f fmt.State, v rune) { type t PersonRecord; inner.Format(f, v, t(x)) }

func (x PlanNotification) Format(f fmt.State, v rune) {
	type t PlanNotification
	inner.Format(f, v, t(x))
}

func (x PostMessage) Format(f fmt.State, v rune) {
	type t PostMessage
	x.Original = nil
	inner.Format(f, v, t(x))
}

func (x PostUnverified) Format(f fmt.State, v rune) {
	type t PostUnverified
	x.Original = nil
	inner.Format(f, v, t(x))
}

func (x Proposal) Format(f fmt.State, v rune) { type t Proposal; inner.Format(f, v, t(x)) }

func (x ProposeEmbargo) Format(f fmt.State, v rune) { type t ProposeEmbargo; inner.Format(f, v, t(x)) }

func (x Provenance) Format(f fmt.State, v rune) { type t Provenance; inner.Format(f, v, t(x)) }

func (x Publication) Format(f fmt.State, v rune) { type t Publication; inner.Format(f, v, t(x)) }

func (x Publish) Format(f fmt.State, v rune) { type t Publish; inner.Format(f, v, t(x)) }

func (x Receive) Format(f fmt.State, v rune) {
	type t Receive
	x.Original = nil
	inner.Format(f, v, t(x))
}

func (x RecordAnswer) Format(f fmt.State, v rune) { type t RecordAnswer; inner.Format(f, v, t(x)) }

func (x RecordAssessment) Format(f fmt.State, v rune) {
	type t RecordAssessment
	inner.Format(f, v, t(x))
}

func (x RecordBounce) Format(f fmt.State, v rune) { type t RecordBounce; inner.Format(f, v, t(x)) }

func (x RecordCVE) Format(f fmt.State, v rune) { type t RecordCVE; inner.Format(f, v, t(x)) }

func (x RecordCompelledDisclosure) Format(f fmt.State, v rune) {
	type t RecordCompelledDisclosure
	inner.Format(f, v, t(x))
}

func (x RecordFact) Format(f fmt.State, v rune) { type t RecordFact; inner.Format(f, v, t(x)) }

func (x RecordRequest) Format(f fmt.State, v rune) { type t RecordRequest; inner.Format(f, v, t(x)) }

func (x RecordStatus) Format(f fmt.State, v rune) { type t RecordStatus; inner.Format(f, v, t(x)) }

func (x RecordSubmission) Format(f fmt.State, v rune) {
	type t RecordSubmission
	x.Content = nil
	inner.Format(f, v, t(x))
}

func (x RejectEmbargo) Format(f fmt.State, v rune) { type t RejectEmbargo; inner.Format(f, v, t(x)) }

func (x Release) Format(f fmt.State, v rune) { type t Release; inner.Format(f, v, t(x)) }

func (x ReleaseAnswer) Format(f fmt.State, v rune) { type t ReleaseAnswer; inner.Format(f, v, t(x)) }

func (x ReleaseApproval) Format(f fmt.State, v rune) {
	type t ReleaseApproval
	inner.Format(f, v, t(x))
}

func (x ReleaseOutput) Format(f fmt.State, v rune) { type t ReleaseOutput; inner.Format(f, v, t(x)) }

func (x RemoveParty) Format(f fmt.State, v rune) { type t RemoveParty; inner.Format(f, v, t(x)) }

func (x Rendering) Format(f fmt.State, v rune) { type t Rendering; inner.Format(f, v, t(x)) }

func (x Reopen) Format(f fmt.State, v rune) { type t Reopen; inner.Format(f, v, t(x)) }

func (x Report) Format(f fmt.State, v rune) { type t Report; inner.Format(f, v, t(x)) }

func (x RetractAdoption) Format(f fmt.State, v rune) {
	type t RetractAdoption
	inner.Format(f, v, t(x))
}

func (x RevokeAccess) Format(f fmt.State, v rune) { type t RevokeAccess; inner.Format(f, v, t(x)) }

func (x Route) Format(f fmt.State, v rune) { type t Route; inner.Format(f, v, t(x)) }

func (x SSVCDecision) Format(f fmt.State, v rune) { type t SSVCDecision; inner.Format(f, v, t(x)) }

func (x SaveDraft) Format(f fmt.State, v rune) { type t SaveDraft; inner.Format(f, v, t(x)) }

func (x SetGroups) Format(f fmt.State, v rune) { type t SetGroups; inner.Format(f, v, t(x)) }

func (x SetScope) Format(f fmt.State, v rune) { type t SetScope; inner.Format(f, v, t(x)) }

func (x SetSeverity) Format(f fmt.State, v rune) { type t SetSeverity; inner.Format(f, v, t(x)) }

func (x SetTitle) Format(f fmt.State, v rune) { type t SetTitle; inner.Format(f, v, t(x)) }

func (x SetTopic) Format(f fmt.State, v rune) { type t SetTopic; inner.Format(f, v, t(x)) }

func (x Severity) Format(f fmt.State, v rune) { type t Severity; inner.Format(f, v, t(x)) }

func (x Split) Format(f fmt.State, v rune) { type t Split; inner.Format(f, v, t(x)) }

func (x Statement) Format(f fmt.State, v rune) { type t Statement; inner.Format(f, v, t(x)) }

func (x Status) Format(f fmt.State, v rune) { type t Status; inner.Format(f, v, t(x)) }

func (x StepRun) Format(f fmt.State, v rune) { type t StepRun; inner.Format(f, v, t(x)) }

func (x Stream) Format(f fmt.State, v rune) { type t Stream; inner.Format(f, v, t(x)) }

func (x Submission) Format(f fmt.State, v rune) { type t Submission; inner.Format(f, v, t(x)) }

func (x Summary) Format(f fmt.State, v rune) { type t Summary; inner.Format(f, v, t(x)) }

func (x Team) Format(f fmt.State, v rune) { type t Team; inner.Format(f, v, t(x)) }

func (x Ticked) Format(f fmt.State, v rune) { type t Ticked; inner.Format(f, v, t(x)) }

func (x Topic) Format(f fmt.State, v rune) { type t Topic; inner.Format(f, v, t(x)) }

func (x Triage) Format(f fmt.State, v rune) { type t Triage; inner.Format(f, v, t(x)) }

func (x Upload) Format(f fmt.State, v rune) { type t Upload; inner.Format(f, v, t(x)) }

func (x UserNotice) Format(f fmt.State, v rune) { type t UserNotice; inner.Format(f, v, t(x)) }

func (x Viewer) Format(f fmt.State, v rune) { type t Viewer; inner.Format(f, v, t(x)) }

func (x Vulnerability) Format(f fmt.State, v rune) { type t Vulnerability; inner.Format(f, v, t(x)) }

func (x WithdrawProposal) Format(f fmt.State, v rune) {
	type t WithdrawProposal
	inner.Format(f, v, t(x))
}
