package cvd

// Action is whatever somebody can do to a case, as [Config.Authorize] is asked: a
// [Command], or what has a method of its own because it changes two cases or
// answers more than a case: [Merge], [Split], [Reopen], [LinkTo] and [ErasePerson].
// Only types of this package implement it.
type Action interface{ action() }

// Command is an action that [service.Service.Do] takes. The types that implement it are in
// this package: their names are the verbs. Where a command has a field Party
// and does not say otherwise, that is the participant on whose behalf it is given;
// 0 is the owner. Some name with it whom they concern, as GrantAccess and
// RemoveParty do. Nothing compares it with By: a host that takes commands from
// participants sets it itself, to the Case.You of who is logged in.
type Command interface {
	Action
	command()
}

func (Accept) action()                     {}
func (AcceptEmbargo) action()              {}
func (Acknowledge) action()                {}
func (AddID) action()                      {}
func (AddProduct) action()                 {}
func (AddVulnerability) action()           {}
func (Admit) action()                      {}
func (AdoptClaim) action()                 {}
func (AdoptPolicy) action()                {}
func (AdoptStatements) action()            {}
func (AnnounceDeadline) action()           {}
func (AnswerInvitation) action()           {}
func (AnswerRelease) action()              {}
func (Appeal) action()                     {}
func (ApproveRelease) action()             {}
func (AskConsent) action()                 {}
func (Assign) action()                     {}
func (Attach) action()                     {}
func (CancelRelease) action()              {}
func (ChangeParty) action()                {}
func (Close) action()                      {}
func (DecideSSVC) action()                 {}
func (Defer) action()                      {}
func (Describe) action()                   {}
func (Dismiss) action()                    {}
func (EndEmbargo) action()                 {}
func (GrantAccess) action()                {}
func (HandOver) action()                   {}
func (Identify) action()                   {}
func (InformUsers) action()                {}
func (Invite) action()                     {}
func (LegalHold) action()                  {}
func (LiftHold) action()                   {}
func (MarkRead) action()                   {}
func (NotifyList) action()                 {}
func (Observe) action()                    {}
func (Open) action()                       {}
func (PlanNotification) action()           {}
func (PlanRelease) action()                {}
func (PostMessage) action()                {}
func (PostUnverified) action()             {}
func (ProposeEmbargo) action()             {}
func (Publish) action()                    {}
func (Receive) action()                    {}
func (RecordAnswer) action()               {}
func (RecordAssessment) action()           {}
func (RecordBounce) action()               {}
func (RecordCVE) action()                  {}
func (RecordCompelledDisclosure) action()  {}
func (RecordFact) action()                 {}
func (RecordOutput) action()               {}
func (RecordRequest) action()              {}
func (RecordStatus) action()               {}
func (RecordSubmission) action()           {}
func (RejectEmbargo) action()              {}
func (RemoveParty) action()                {}
func (ReportState) action()                {}
func (RetractAdoption) action()            {}
func (RevokeAccess) action()               {}
func (SaveDraft) action()                  {}
func (SetEmbargoRules) action()            {}
func (SetGroups) action()                  {}
func (SetScope) action()                   {}
func (SetSeverity) action()                {}
func (SetTitle) action()                   {}
func (SetTopic) action()                   {}
func (Triage) action()                     {}
func (WithdrawProposal) action()           {}
func (Accept) command()                    {}
func (AcceptEmbargo) command()             {}
func (Acknowledge) command()               {}
func (AddID) command()                     {}
func (AddProduct) command()                {}
func (AddVulnerability) command()          {}
func (Admit) command()                     {}
func (AdoptClaim) command()                {}
func (AdoptPolicy) command()               {}
func (AdoptStatements) command()           {}
func (AnnounceDeadline) command()          {}
func (AnswerInvitation) command()          {}
func (AnswerRelease) command()             {}
func (Appeal) command()                    {}
func (ApproveRelease) command()            {}
func (AskConsent) command()                {}
func (Assign) command()                    {}
func (Attach) command()                    {}
func (CancelRelease) command()             {}
func (ChangeParty) command()               {}
func (Close) command()                     {}
func (DecideSSVC) command()                {}
func (Defer) command()                     {}
func (Describe) command()                  {}
func (Dismiss) command()                   {}
func (EndEmbargo) command()                {}
func (GrantAccess) command()               {}
func (HandOver) command()                  {}
func (Identify) command()                  {}
func (InformUsers) command()               {}
func (Invite) command()                    {}
func (LegalHold) command()                 {}
func (LiftHold) command()                  {}
func (MarkRead) command()                  {}
func (NotifyList) command()                {}
func (Observe) command()                   {}
func (Open) command()                      {}
func (PlanNotification) command()          {}
func (PlanRelease) command()               {}
func (PostMessage) command()               {}
func (PostUnverified) command()            {}
func (ProposeEmbargo) command()            {}
func (Publish) command()                   {}
func (Receive) command()                   {}
func (RecordAnswer) command()              {}
func (RecordAssessment) command()          {}
func (RecordBounce) command()              {}
func (RecordCVE) command()                 {}
func (RecordCompelledDisclosure) command() {}
func (RecordFact) command()                {}
func (RecordOutput) command()              {}
func (RecordRequest) command()             {}
func (RecordStatus) command()              {}
func (RecordSubmission) command()          {}
func (RejectEmbargo) command()             {}
func (RemoveParty) command()               {}
func (ReportState) command()               {}
func (RetractAdoption) command()           {}
func (RevokeAccess) command()              {}
func (SaveDraft) command()                 {}
func (SetEmbargoRules) command()           {}
func (SetGroups) command()                 {}
func (SetScope) command()                  {}
func (SetSeverity) command()               {}
func (SetTitle) command()                  {}
func (SetTopic) command()                  {}
func (Triage) command()                    {}
func (WithdrawProposal) command()          {}

// These have methods of their own.

func (ErasePerson) action() {}
func (LinkTo) action()      {}
func (Merge) action()       {}
func (Reopen) action()      {}
func (Split) action()       {}
