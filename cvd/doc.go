// Package cvd has the words of coordinated vulnerability disclosure: a [Case] and what
// is in it, the commands that change one, the rules that forbid some of them, and the
// [Config] of the Service that keeps cases. Package service has that Service:
//
//	svc, err := service.New(cvd.Config{Store: memstore.New(), Secret: secret})
//	c, err := svc.Do(ctx, cvd.CaseID{}, by, cvd.Receive{Title: "Overflow in frobd"})
//	c, err = svc.Do(ctx, c.ID, by, cvd.Acknowledge{}, cvd.Triage{Outcome: cvd.OutcomeValid})
//
// A command that a rule of disclosure forbids is refused with a [*Refusal] that names
// the rule, [RuleID], and its source.
//
// # Commands, by phase
//
// Intake: [Receive] and [Open] begin a case or a submission; [Acknowledge], [Attach],
// [PostUnverified], [Admit], [Dismiss], [Appeal].
//
// Triage: [Triage], [Accept], [Defer], [SetTitle], [Assign], [Identify], [RecordCVE], [Describe],
// [AddVulnerability],
// [SetSeverity], [DecideSSVC], [AddProduct], [RecordStatus], [AddID].
//
// Parties: [Invite], [AnswerInvitation], [ChangeParty], [SetScope], [RemoveParty],
// [GrantAccess], [RevokeAccess], [SetGroups], [HandOver]; [PostMessage], [SetTopic], [MarkRead],
// [AdoptStatements], [RecordBounce].
//
// Embargo: [ProposeEmbargo], [AcceptEmbargo], [RejectEmbargo], [WithdrawProposal],
// [EndEmbargo], [AskConsent], [SetEmbargoRules], [AnnounceDeadline],
// [RecordCompelledDisclosure].
//
// Fix: [Observe], [AdoptClaim], [RetractAdoption], [ReportState]; clocks by [AdoptPolicy]
// and [RecordFact].
//
// Release: [PlanRelease], [AnswerRelease], [ApproveRelease], [CancelRelease],
// [RecordOutput], [PlanNotification], [NotifyList], [SaveDraft], [Publish].
//
// Authorities: [RecordAssessment], [RecordSubmission], [RecordRequest], [RecordAnswer],
// [InformUsers].
//
// Closing: [Close], [LegalHold], [LiftHold].
//
// Methods of the Service, because they change two cases or answer more than one:
// [Merge], [Split], [LinkTo], [Reopen], [ErasePerson]. Config.Authorize sees them under
// these names.
//
// # What you read
//
// A [Case], as the Service shows it to a [Viewer]: dates, progress by [Case.Progress],
// a draft of an advisory by [Case.Advisory]. Package cvdjson gives cases and commands
// their JSON form.
//
// # What you configure
//
// All in [Config]: the [storage.Store] and the Secret; transports and routes, texts and
// languages, policies and calendars, embargo rules, retention, limits, authorization.
//
// # A case is its log
//
// Every change is a record, and a [Case] is the fold of its records. Each record
// carries a hash of itself and all before it, so damage and partial edits are
// found whenever the case is read: [ErrTampered]. A record has a body, which
// never changes and holds nothing personal, and a private part, which can be
// erased. What somebody wrote or is called is of type [Private], which does not
// print.
//
// # What comes in
//
// [Receive] opens a case, or takes a report as a [Submission], the stage before it:
// one record, a neutral receipt, the team's own clock. [Admit] makes a case of it, [Merge]
// takes it into one, [Dismiss] takes it no further, with one [Appeal]. Messages have a
// [Provenance]: by what their sender is known decides whether they are posted by
// [PostMessage], or kept for the team's eyes by [PostUnverified].
//
// # What a host provides
//
// A [storage.Store] keeps the logs: six methods, or one of the packages memstore and
// sqlstore. A [Transport] reaches participants. A [storage.BlobStore], a [storage.Sealer] and a
// [storage.State] are optional, and so is that a Store is an [storage.Inspector]. Package cvdtest
// checks implementations of each.
//
// # Several parties
//
// Parties propose ends of an embargo and answer to them, by the [EmbargoRules] of
// the case. Each sees what its role, its consent, the scope of its invitation and the
// TLP labels allow; messages are judged by the same rule when they are sent. Inside the
// team [SetGroups] opens a case, or a product stream of it, to some only.
// [Case.Progress] shows all vendors at a glance, and [PlanRelease] prepares one instant
// for all.
//
// # State machines
//
// Four machines of package vultron rule a case: how far a participant is with its own
// work, the embargo, what vendors and the world know, and who has agreed to the embargo.
// They are those of the Vultron protocol of CERT/CC.
package cvd
