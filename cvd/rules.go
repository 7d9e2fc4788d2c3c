package cvd

// RuleID names a rule of coordinated disclosure that a command can violate.
type RuleID string

// The rules. Text says what each demands, Source where it comes from.
const (
	RuleReportState      RuleID = "rm.transition"
	RuleRegression       RuleID = "rm.regression"
	RuleEmbargoState     RuleID = "em.transition"
	RuleConsentState     RuleID = "consent.transition"
	RuleEmbargoSecret    RuleID = "em.only-while-secret"
	RuleEmbargoDeployed  RuleID = "em.not-after-deployment"
	RuleEmbargoEnd       RuleID = "em.exact-end"
	RuleEmbargoOwn       RuleID = "em.answer-is-of-another"
	RuleEmbargoDone      RuleID = "em.proposal-is-open"
	RuleEmbargoHolds     RuleID = "em.no-publication-before-end"
	RuleEmbargoClose     RuleID = "em.no-close-while-active"
	RuleEmbargoRules     RuleID = "em.rules-before-proposals"
	RuleEmbargoEarliest  RuleID = "em.earliest-first"
	RuleEmbargoUnanimous RuleID = "em.unanimous"
	RuleEmbargoDates     RuleID = "em.dates-in-order"
	RuleEmbargoQuorum    RuleID = "em.early-end-needs-fixes"
	RuleConsentWindow    RuleID = "consent.answer-window"
	RuleTerms            RuleID = "consent.terms"
	RuleVoice            RuleID = "em.voice"
	RuleEmbargoWithdraw  RuleID = "em.withdraw-own"
	RuleEmbargoOver      RuleID = "em.over"
	RuleEmbargoShort     RuleID = "em.short-while-exploited"
	RuleEmbargoLong      RuleID = "em.long-needs-reason"
	RuleReleaseInstant   RuleID = "release.one-instant"
	RuleReleaseHold      RuleID = "release.no-hold"
	RuleReleaseTwo       RuleID = "release.two-people"
	RuleReleaseOrder     RuleID = "release.in-order"
	RuleReleaseEmergency RuleID = "release.emergency"
	RuleListLead         RuleID = "list.lead-time"
	RuleCaseState        RuleID = "cs.transition"
	RuleRetract          RuleID = "cs.retract"
	RuleOnce             RuleID = "once"
	RuleTriage           RuleID = "triage.needs-report"
	RuleAssessed         RuleID = "publish.assessed"
	RulePublishFix       RuleID = "publish.fix-or-word"
	RuleAdvisoryTLP      RuleID = "publish.tlp-clear"
	RuleClosed           RuleID = "case.closed"
	RuleKnown            RuleID = "entity.known"
	RuleRemoved          RuleID = "party.removed"
	RuleAudience         RuleID = "audience"
	RuleNew              RuleID = "case.new"
	RuleHold             RuleID = "erasure.hold"
	RuleMoved            RuleID = "case.moved"
	RuleReopen           RuleID = "case.reopen"
	RuleMergeEmbargo     RuleID = "em.merge"
	RuleCommandID        RuleID = "command.id"
	RuleAccess           RuleID = "access.own"
	RuleInformReason     RuleID = "users.embargo-reason"
	RuleManufacturer     RuleID = "authority.manufacturer"
	RuleAdmit            RuleID = "message.admit"
	RuleSubmission       RuleID = "submission.first"
	RulePerson           RuleID = "submission.person"
	RuleAppeal           RuleID = "submission.appeal"
)

type ruleText struct{ text, source string }

var rules = map[RuleID]ruleText{
	RuleReportState:      {"the report management state has no such transition", "Vultron, report management model"},
	RuleRegression:       {"a participant's reported state does not go back", "Vultron, report management model"},
	RuleEmbargoState:     {"the embargo state has no such transition", "Vultron, embargo management model"},
	RuleConsentState:     {"the consent of the participant has no such transition", "Vultron, participant embargo consent"},
	RuleEmbargoSecret:    {"an embargo is proposed and accepted only while something is not public", "Vultron, embargo principles"},
	RuleEmbargoShort:     {"while it is exploited or attacked an embargo is short, and has a reason", "Vultron, embargo principles"},
	RuleEmbargoLong:      {"an embargo of more than a year has a reason", "CERT Guide to CVD: no open-ended embargo"},
	RuleEmbargoOver:      {"an embargo whose end has come is over and is not prolonged", "Vultron, embargo principles: no open-ended embargo"},
	RuleEmbargoWithdraw:  {"a proposal is withdrawn by whoever made it", "cvdkit"},
	RuleVoice:            {"a participant that has declined or closed its part answers nothing", "Vultron, participant embargo consent"},
	RuleTerms:            {"an answer is about the terms that hold or are proposed: a yes to old terms binds to nothing new", "Vultron, participant embargo consent"},
	RuleEmbargoDeployed:  {"an embargo does not start once the owner has deployed a fix", "Vultron, embargo principles"},
	RuleEmbargoEnd:       {"an embargo ends at an exact instant in the future", "Vultron, embargo principles: no open-ended embargo"},
	RuleEmbargoOwn:       {"a proposal is answered by another party than the one that made it", "Vultron, embargo negotiation"},
	RuleEmbargoDone:      {"only an open proposal is answered", "Vultron, embargo negotiation"},
	RuleEmbargoHolds:     {"nothing is published while an embargo is active and its end has not come", "Vultron, embargo management model"},
	RuleEmbargoClose:     {"a case is not closed while its embargo is active or under revision, unless the close overrides it with a reason", "Vultron, RM and EM interactions"},
	RuleEmbargoRules:     {"the way to resolve proposals does not change while one is open", "cvdkit"},
	RuleEmbargoEarliest:  {"of several proposals the earliest end is answered first", "Vultron, embargo negotiation: the shortest proposal wins"},
	RuleEmbargoUnanimous: {"where all must accept, only they answer: the owner and the signatories, or before an embargo every participant who takes part", "cvdkit"},
	RuleEmbargoDates:     {"existence becomes public not after the end of the embargo, details not before it, a proof of concept not before the details", "CERT Guide to CVD, disclosure choices"},
	RuleEmbargoQuorum:    {"an embargo ends early only once the agreed share of vendors has a fix ready", "FIRST, guidelines for multi-party coordination"},
	RuleConsentWindow:    {"a participant has at least 72 hours to answer about an embargo, and fewer only while it is exploited and with a reason", "cvdkit"},
	RuleReleaseInstant:   {"a staged release has one instant for all parties, which is not before the end of the embargo and not before its time", "FIRST, guidelines for multi-party coordination"},
	RuleReleaseHold:      {"a release does not go ahead while a vendor holds it, unless both approvals say so with a reason", "FIRST, guidelines for multi-party coordination"},
	RuleReleaseTwo:       {"a release is approved by two different people, who are named", "cvdkit"},
	RuleReleaseEmergency: {"past its plan a case is published by one person, who is named, only if all that is published is public, exploited or attacked already", "CERT Guide to CVD: a public exploit changes the schedule; FIRST, guidelines for multi-party coordination"},
	RuleReleaseOrder:     {"the outputs of a release are done in their order", "cvdkit"},
	RuleListLead:         {"a pre-notification list is told once the release is approved and no earlier than its lead time before it", "FIRST, guidelines for multi-party coordination; the rules of the list"},
	RuleCaseState:        {"the case state has no such transition", "Vultron, case state model"},
	RuleRetract:          {"what the team itself has published, or what another fact rests on, is not taken back", "Vultron, case state model"},
	RuleOnce:             {"this has been done already", "cvdkit"},
	RuleTriage:           {"the command needs a report in this case", "ISO/IEC 30111, receipt and verification"},
	RuleAssessed:         {"a case is published only when it is accepted", "Vultron, report management model"},
	RulePublishFix:       {"what has no fix and is not public is published only if it is named", "CERT Guide to CVD, disclosure choices"},
	RuleAdvisoryTLP:      {"what is published to everybody is labelled TLP:CLEAR", "FIRST, Traffic Light Protocol 2.0"},
	RuleClosed:           {"a closed case takes no report, triage, invitation or embargo", "Vultron, report management model: Closed is terminal"},
	RuleKnown:            {"the case has no such report, vulnerability, product stream, participant, claim, message or attachment", "cvdkit"},
	RuleRemoved:          {"a participant that was removed from the case takes no part in it, until it is invited again", "cvdkit"},
	RuleAudience:         {"a party is told details only when it may see them", "FIRST, guidelines for multi-party coordination"},
	RuleNew:              {"the command starts a case and cannot be applied to one that exists", "cvdkit"},
	RuleHold:             {"under a legal hold nothing is erased", "Regulation (EU) 2016/679 Art. 17(3)(e)"},
	RuleMoved:            {"what went on to another case is handled there", "cvdkit"},
	RuleReopen:           {"only a closed case is reopened, once: Closed is final, so its work goes on in a new case", "Vultron, report management model: Closed is terminal"},
	RuleAdmit:            {"only a message of which nobody has shown from whom it is can be admitted", "cvdkit"},
	RuleSubmission:       {"a submission is admitted to a case before its work begins; until then it can be dismissed, its sender asked once, and talked with", "ISO/IEC 30111, receipt and verification"},
	RulePerson:           {"a person who is named dismisses a submission, never a machine", "cvdkit"},
	RuleAppeal:           {"what was dismissed can be appealed once, and then another person decides", "cvdkit"},
	RuleCommandID:        {"the ID of a command stands for that command: with another it needs another ID", "cvdkit"},
	RuleAccess:           {"a code opens a case to one participant that was not erased, not to the owner, and is used for nothing else", "cvdkit"},
	RuleManufacturer:     {"a duty to report is of a manufacturer: a vendor of the case", "Regulation (EU) 2024/2847 Art. 14(1), 14(3)"},
	RuleInformReason:     {"informing users while an embargo is in force needs a recorded reason", "Regulation (EU) 2024/2847 Art. 14(8)"},
	RuleMergeEmbargo:     {"a case under embargo is not merged into one whose secret is out or whose embargo has ended: end the embargo, or merge the other way round", "Vultron, embargo management model: eXited is terminal"},
}

// Text says what the rule demands.
func (r RuleID) Text() string { return rules[r].text }

// Source says where the rule comes from.
func (r RuleID) Source() string { return rules[r].source }
