package cvd

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/cvdkit/cvdkit/cvd/internal/inner"
	"github.com/cvdkit/cvdkit/cvd/internal/texts"
	"github.com/cvdkit/cvdkit/cvd/policy"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// Say words a label of a timeline: the English text is its key in the catalogues, so
// that without one it stands for itself.
func (t *Texts) Say(english string, pairs ...string) string {
	if t != nil {
		if own, ok := t.by["timeline."+english]; ok {
			english = own
		}
	}
	return texts.Fill(english, pairs...)
}

func number[T ~uint32 | ~int](n T) string { return strconv.Itoa(int(n)) }

func (c *Case) wording(e *Event, t *Texts) (kind, label string) {
	switch e.Kind {
	case EventCaseOpened:
		if Origin(e.kept.Detail) != OriginReport {
			return "case", t.Say("Case opened: {origin}", "origin", t.Say(Origin(e.kept.Detail).String()))
		}
	case EventCaseAssigned:
		return "case", t.Say("Case assigned")
	case EventCasePublished:
		return "publication", t.Say("Published")
	case EventCaseClosed:
		return "case", t.Say("Case closed")
	case EventSubmissionDecided:
		if e.kept.Detail != 0 {
			return "case", t.Say("Dismissed")
		}
		return "case", t.Say("Admitted")
	case EventSubmissionAppealed:
		return "case", t.Say("Appeal")
	case EventReportReceived, EventSubmissionReceived:
		return "report", t.Say("Report {number} received", "number", number(e.kept.Ref))
	case EventReportAcknowledged:
		return "report", t.Say("Report {number} acknowledged", "number", number(e.kept.Ref))
	case EventReportTriaged:
		return "triage", t.Say("Report {number}: {outcome}", "number", number(e.kept.Ref), "outcome", t.Say(Outcome(e.kept.Detail).String()))
	case EventPartyAdded:
		if e.Party != Owner {
			return "party", t.Say("Joined as {roles}", "roles", t.roles(Roles(e.kept.Detail)))
		}
	case EventPartyRemoved:
		return "party", t.Say("Takes no part any more")
	case EventPartyRM:
		// Valid, invalid and closed have entries of their own.
		if s := vultron.RM(e.kept.Detail); e.Party == Owner && (s == vultron.RMAccepted || s == vultron.RMDeferred) {
			return "state", t.Say("Handling: {state}", "state", t.Say(s.String()))
		}
	case EventFactRecorded:
		return c.factWording(e, t)
	case EventAssessmentRecorded, EventReportSubmitted, EventRequestRecorded, EventRequestAnswered, EventUsersInformed:
		return "authority", c.authorityWording(e, t)
	case EventPartyConsent:
		return "consent", t.Say(consentWords[vultron.Consent(e.kept.Detail)])
	case EventVulnIdentified:
		return "vulnerability", t.Say("Vulnerability {number} identified", "number", number(e.Vuln))
	case EventSeveritySet:
		return "severity", t.Say("Severity {rating}", "rating", t.Say(Rating(e.kept.Detail).String())) + score(e.kept.Ref)
	case EventStatusRecorded:
		return "status", t.Say("Says: {status}", "status", t.Say(Affected(e.kept.Detail).String()))
	case EventPrivateErased:
		return "case", t.Say("Personal data erased")
	}
	return c.embargoWording(e, t)
}

// factWording shows what people recorded for the clocks, in words.
func (c *Case) factWording(e *Event, t *Texts) (kind, label string) {
	f := inner.At(c.Recorded, e.kept.Ref)
	if f == nil || f.Fact == policy.FactVendorReminded { // its deadline says so
		return "", ""
	}
	label = t.Say("Recorded: {fact}", "fact", t.Say(f.Fact.Words()))
	if f.Instead {
		label += " " + t.Say("(corrected)")
	}
	return "fact", label
}

func score(tenths uint32) string {
	if tenths == 0 {
		return ""
	}
	return fmt.Sprintf(" (%d.%d)", tenths/10, tenths%10)
}

func (c *Case) embargoWording(e *Event, t *Texts) (kind, label string) {
	switch e.Kind {
	case EventEmbargoProposed:
		return "embargo", t.Say("Embargo proposed until {date}", "date", when(e.When))
	case EventEmbargoAccepted:
		s := t.Say("Embargo agreed until {date}", "date", when(e.When))
		if p := inner.At(c.Embargo.Proposals, ProposalID(e.kept.Ref)); p != nil && p.Assumed {
			s += " " + t.Say("(acceptance assumed)")
		}
		return "embargo", s
	case EventEmbargoAgreed:
		return "embargo", t.Say("Accepts the proposal")
	case EventDeadlineAnnounced:
		return "announcement", t.Say("Says that it publishes by itself on {date}", "date", when(e.When))
	case EventDisclosureCompelled:
		return "disclosure", t.Say("Disclosure required by law")
	case EventReleasePlanned:
		return "release", t.Say("Release planned for {date}", "date", when(e.When))
	case EventReleaseCancelled:
		return "release", t.Say("Release cancelled")
	case EventReleaseAnswered:
		if e.kept.Detail != 0 {
			return "release", t.Say("Holds the release")
		}
		return "release", t.Say("Ready for the release")
	case EventReleaseApproved:
		return "release", t.Say("Release approved ({number})", "number", number(e.kept.Ref))
	case EventReleaseOutput:
		if o := inner.At(c.Release.Outputs, e.kept.Ref); o != nil {
			return "release", t.Say("Released: {output}", "output", o.Name)
		}
	case EventListTold:
		return "release", t.Say("Pre-notification list told")
	case EventEmbargoRejected:
		return "embargo", t.Say("Embargo proposal rejected")
	case EventEmbargoEnded:
		return "embargo", t.Say("Embargo ended: {why}", "why", t.Say(EndReason(e.kept.Detail).String()))
	case EventClaimMade:
		if x := inner.At(c.Claims, ClaimID(e.kept.Ref)); x == nil || !x.Adopted.Equal(x.Made) {
			return "claim", t.Say("Claim: {what}", "what", t.Say(strings.ToLower(claimWords[vultron.CSEvent(e.kept.Detail)])))
		}
	case EventClaimAdopted:
		if vultron.CSEvent(e.kept.Detail) == vultron.PublicAware && slices.ContainsFunc(c.Publications, func(p Publication) bool { return p.At.Equal(e.When) }) {
			return "", "" // published says so
		}
		return "fact", t.Say(claimWords[vultron.CSEvent(e.kept.Detail)])
	case EventClaimRetracted:
		return "fact", t.Say("Taken back: {what}", "what", t.Say(strings.ToLower(claimWords[vultron.CSEvent(e.kept.Detail)])))
	case EventMessagePosted:
		if p := Purpose(e.kept.Detail); p == PurposeMessage {
			return "message", t.Say("Message")
		}
	}
	return "", ""
}

var claimWords = map[vultron.CSEvent]string{
	vultron.VendorAware: "Vendor aware", vultron.FixReady: "Fix ready", vultron.FixDeployed: "Fix deployed",
	vultron.PublicAware: "Public", vultron.ExploitPublic: "Exploit public", vultron.AttacksObserved: "Attacks observed",
}

var consentWords = map[vultron.Consent]string{
	vultron.NoEmbargo: "Not asked about the embargo", vultron.Invited: "Asked to agree to the embargo",
	vultron.Signatory: "Agreed to the embargo", vultron.Lapsed: "Asked to agree to new terms", vultron.Declined: "Declined the embargo",
}
