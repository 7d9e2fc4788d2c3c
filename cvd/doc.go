// Package cvd keeps cases of coordinated vulnerability disclosure: from the
// report, through triage, embargo and fix, to publication.
//
// A [service.Service] takes commands. [service.Service.Do] applies them to a case, all or none. A
// command that a rule of disclosure forbids is refused with a [*Refusal] that
// names the rule and its source. [service.Service.View] reads a case as a [Viewer] may
// see it, [service.Service.Find] lists cases, and [service.Service.Relay] sends what is due.
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
// Closing and erasing: [Close], [LegalHold], [LiftHold]; [service.Service.Erase].
//
// Of two cases: [service.Service.Merge], [service.Service.Split], [service.Service.Link], [service.Service.Reopen].
//
// # What you read
//
// [Case] by [service.Service.View], lists by [service.Service.Find], dates by [service.Service.Deadlines], the story by
// [service.Service.Timeline], a draft by [Case.Advisory], progress by [Case.Progress], files by
// [service.Service.Attachment], copies of a person's data by [service.Service.Export]. Package cvdjson
// gives cases and commands their JSON form.
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
// one record, a neutral receipt, the team's own clock. [Admit] makes a case of it,
// [service.Service.Merge] takes it into one, [Dismiss] takes it no further, with one
// [Appeal]. Messages have a [Provenance]: by what their sender is known decides
// whether they are posted by [PostMessage], or kept for the team's eyes by
// [PostUnverified]. [service.Service.Thread] says where an answer belongs.
//
// # What a host provides
//
// A [storage.Store] keeps the logs: six methods, or one of the packages memstore and
// sqlstore. A [Transport] reaches participants. A [storage.BlobStore], a [storage.Sealer] and a
// [storage.State] are optional, and so is that a Store is an [storage.Inspector]. Package cvdtest
// checks implementations of each. The host calls Relay and [service.Service.Tick], for
// example every minute and after each command; the library itself starts nothing,
// logs nothing and reads no clock but [Config].Now.
//
// # What adapters use
//
// A portal lets people in by codes, [GrantAccess] and [service.Service.Access], and stores
// files ahead by [service.Service.Upload]. A tracker is told of what has changed by
// [service.Service.Changed] and [service.Service.Done], and reads as a [Viewer] with a Clearance.
// [service.Service.RunReleases] takes the steps of a staged release in order.
//
// # Several parties
//
// Parties propose ends of an embargo and answer to them, by the [EmbargoRules] of
// the case. [service.Service.View] and [service.Service.Find] give a participant what its role,
// its consent, the scope of its invitation and the TLP labels allow; messages are
// judged by the same rule when they are sent. Inside the team [SetGroups] opens a
// case, or a product stream of it, to some only. [Case.Progress] shows all vendors
// at a glance, and [PlanRelease] prepares one instant for all.
//
// # State machines
//
// Four machines rule a case, as exported tables: [RM], how far a participant is
// with its own work; [EM], the embargo; [CS], what vendors and the world know;
// and [Consent], who has agreed to the embargo. They are those of the Vultron
// protocol of CERT/CC.
package cvd
