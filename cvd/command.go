package cvd

// Action is whatever somebody can do to a case, as [Config.Authorize] is asked: a
// [Command], or what has a method of its own because it changes two cases or
// answers more than a case: [Merge], [Split], [Reopen], [LinkTo] and [ErasePerson].
// Only types of this package implement it.
type Action interface{ action() }

// Command is an action that [Service.Do] takes. The types that implement it are in
// this package: their names are the verbs. Where a command has a field Party
// and does not say otherwise, that is the participant on whose behalf it is given;
// 0 is the owner. Some name with it whom they concern, as GrantAccess and
// RemoveParty do. Nothing compares it with By: a host that takes commands from
// participants sets it itself, to the Case.You of who is logged in.
type Command interface {
	Action
	decide(d *decision) error
}

func (Accept) action()                    {}
func (AcceptEmbargo) action()             {}
func (Admit) action()                     {}
func (Appeal) action()                    {}
func (Dismiss) action()                   {}
func (AdoptStatements) action()           {}
func (PostUnverified) action()            {}
func (RecordCVE) action()                 {}
func (RecordBounce) action()              {}
func (Acknowledge) action()               {}
func (AddID) action()                     {}
func (AddProduct) action()                {}
func (AddVulnerability) action()          {}
func (AdoptClaim) action()                {}
func (AdoptPolicy) action()               {}
func (AnnounceDeadline) action()          {}
func (AnswerInvitation) action()          {}
func (AnswerRelease) action()             {}
func (ApproveRelease) action()            {}
func (AskConsent) action()                {}
func (Assign) action()                    {}
func (Attach) action()                    {}
func (CancelRelease) action()             {}
func (ChangeParty) action()               {}
func (Close) action()                     {}
func (DecideSSVC) action()                {}
func (Defer) action()                     {}
func (Describe) action()                  {}
func (EndEmbargo) action()                {}
func (GrantAccess) action()               {}
func (HandOver) action()                  {}
func (Identify) action()                  {}
func (InformUsers) action()               {}
func (Invite) action()                    {}
func (LegalHold) action()                 {}
func (LiftHold) action()                  {}
func (MarkRead) action()                  {}
func (NotifyList) action()                {}
func (Observe) action()                   {}
func (Open) action()                      {}
func (PlanNotification) action()          {}
func (PlanRelease) action()               {}
func (PostMessage) action()               {}
func (ProposeEmbargo) action()            {}
func (Publish) action()                   {}
func (Receive) action()                   {}
func (RecordAnswer) action()              {}
func (RecordAssessment) action()          {}
func (RecordCompelledDisclosure) action() {}
func (RecordFact) action()                {}
func (RecordOutput) action()              {}
func (RecordRequest) action()             {}
func (RecordStatus) action()              {}
func (RecordSubmission) action()          {}
func (RejectEmbargo) action()             {}
func (RemoveParty) action()               {}
func (ReportState) action()               {}
func (RevokeAccess) action()              {}
func (SaveDraft) action()                 {}
func (SetEmbargoRules) action()           {}
func (RetractAdoption) action()           {}
func (SetGroups) action()                 {}
func (SetScope) action()                  {}
func (SetSeverity) action()               {}
func (SetTopic) action()                  {}
func (SetTitle) action()                  {}
func (Triage) action()                    {}
func (WithdrawProposal) action()          {}

func (ErasePerson) action() {}
func (LinkTo) action()      {}
func (Merge) action()       {}
func (Reopen) action()      {}
func (Split) action()       {}
