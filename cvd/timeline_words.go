package cvd

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cvdkit/cvdkit/cvd/policy"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

func (c *Case) wording(e *Event) (kind, label string) {
	switch e.Kind {
	case EventCaseOpened:
		if Origin(e.detail) != OriginReport {
			return "case", "Case opened: " + Origin(e.detail).String()
		}
	case EventCaseAssigned:
		return "case", "Case assigned"
	case EventCasePublished:
		return "publication", "Published"
	case EventCaseClosed:
		return "case", "Case closed"
	case EventSubmissionDecided:
		if e.detail != 0 {
			return "case", "Dismissed"
		}
		return "case", "Admitted"
	case EventSubmissionAppealed:
		return "case", "Appeal"
	case EventReportReceived, EventSubmissionReceived:
		return "report", fmt.Sprintf("Report %d received", e.ref)
	case EventReportAcknowledged:
		return "report", fmt.Sprintf("Report %d acknowledged", e.ref)
	case EventReportTriaged:
		return "triage", fmt.Sprintf("Report %d: %s", e.ref, Outcome(e.detail))
	case EventPartyAdded:
		if e.Party != Owner {
			return "party", "Joined as " + Roles(e.detail).String()
		}
	case EventPartyRemoved:
		return "party", "Takes no part any more"
	case EventPartyRM:
		// Valid, invalid and closed have entries of their own.
		if s := vultron.RM(e.detail); e.Party == Owner && (s == vultron.RMAccepted || s == vultron.RMDeferred) {
			return "state", "Handling: " + s.String()
		}
	case EventFactRecorded:
		return c.factWording(e)
	case EventAssessmentRecorded, EventReportSubmitted, EventRequestRecorded, EventRequestAnswered, EventUsersInformed:
		return "authority", c.authorityWording(e)
	case EventPartyConsent:
		return "consent", consentWords[vultron.Consent(e.detail)]
	case EventVulnIdentified:
		return "vulnerability", fmt.Sprintf("Vulnerability %d identified", e.Vuln)
	case EventSeveritySet:
		return "severity", "Severity " + Rating(e.detail).String() + score(e.ref)
	case EventStatusRecorded:
		return "status", "Says: " + Affected(e.detail).String()
	case EventPrivateErased:
		return "case", "Personal data erased"
	}
	return c.embargoWording(e)
}

// factWording shows what people recorded for the clocks, in words.
func (c *Case) factWording(e *Event) (kind, label string) {
	f := at(c.Recorded, e.ref)
	if f == nil || f.Fact == policy.FactVendorReminded { // its deadline says so
		return "", ""
	}
	label = f.Fact.Words()
	if f.Instead {
		label += " (corrected)"
	}
	return "fact", "Recorded: " + label
}

func score(tenths uint32) string {
	if tenths == 0 {
		return ""
	}
	return fmt.Sprintf(" (%d.%d)", tenths/10, tenths%10)
}

func (c *Case) embargoWording(e *Event) (kind, label string) {
	switch e.Kind {
	case EventEmbargoProposed:
		return "embargo", "Embargo proposed until " + when(e.When)
	case EventEmbargoAccepted:
		s := "Embargo agreed until " + when(e.When)
		if p := at(c.Embargo.Proposals, ProposalID(e.ref)); p != nil && p.Assumed {
			s += " (acceptance assumed)"
		}
		return "embargo", s
	case EventEmbargoAgreed:
		return "embargo", "Accepts the proposal"
	case EventDeadlineAnnounced:
		return "announcement", "Says that it publishes by itself on " + when(e.When)
	case EventDisclosureCompelled:
		return "disclosure", "Disclosure required by law"
	case EventReleasePlanned:
		return "release", "Release planned for " + when(e.When)
	case EventReleaseCancelled:
		return "release", "Release cancelled"
	case EventReleaseAnswered:
		if e.detail != 0 {
			return "release", "Holds the release"
		}
		return "release", "Ready for the release"
	case EventReleaseApproved:
		return "release", fmt.Sprintf("Release approved (%d)", e.ref)
	case EventReleaseOutput:
		if o := at(c.Release.Outputs, e.ref); o != nil {
			return "release", "Released: " + o.Name
		}
	case EventListTold:
		return "release", "Pre-notification list told"
	case EventEmbargoRejected:
		return "embargo", "Embargo proposal rejected"
	case EventEmbargoEnded:
		return "embargo", "Embargo ended: " + EndReason(e.detail).String()
	case EventClaimMade:
		if x := at(c.Claims, ClaimID(e.ref)); x == nil || !x.Adopted.Equal(x.Made) {
			return "claim", "Claim: " + strings.ToLower(claimWords[vultron.CSEvent(e.detail)])
		}
	case EventClaimAdopted:
		if vultron.CSEvent(e.detail) == vultron.PublicAware && slices.ContainsFunc(c.Publications, func(p Publication) bool { return p.At.Equal(e.When) }) {
			return "", "" // published says so
		}
		return "fact", claimWords[vultron.CSEvent(e.detail)]
	case EventClaimRetracted:
		return "fact", "Taken back: " + strings.ToLower(claimWords[vultron.CSEvent(e.detail)])
	case EventMessagePosted:
		if p := Purpose(e.detail); p == PurposeMessage {
			return "message", "Message"
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
