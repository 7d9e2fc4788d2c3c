package cvd

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/cvdkit/cvdkit/cvd/internal/texts"
	"github.com/cvdkit/cvdkit/cvd/policy"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// say words a label of a timeline: the English text is its key in the catalogues, so
// that without one it stands for itself.
func (t *Texts) say(english string, pairs ...string) string {
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
		if Origin(e.detail) != OriginReport {
			return "case", t.say("Case opened: {origin}", "origin", t.say(Origin(e.detail).String()))
		}
	case EventCaseAssigned:
		return "case", t.say("Case assigned")
	case EventCasePublished:
		return "publication", t.say("Published")
	case EventCaseClosed:
		return "case", t.say("Case closed")
	case EventSubmissionDecided:
		if e.detail != 0 {
			return "case", t.say("Dismissed")
		}
		return "case", t.say("Admitted")
	case EventSubmissionAppealed:
		return "case", t.say("Appeal")
	case EventReportReceived, EventSubmissionReceived:
		return "report", t.say("Report {number} received", "number", number(e.ref))
	case EventReportAcknowledged:
		return "report", t.say("Report {number} acknowledged", "number", number(e.ref))
	case EventReportTriaged:
		return "triage", t.say("Report {number}: {outcome}", "number", number(e.ref), "outcome", t.say(Outcome(e.detail).String()))
	case EventPartyAdded:
		if e.Party != Owner {
			return "party", t.say("Joined as {roles}", "roles", t.roles(Roles(e.detail)))
		}
	case EventPartyRemoved:
		return "party", t.say("Takes no part any more")
	case EventPartyRM:
		// Valid, invalid and closed have entries of their own.
		if s := vultron.RM(e.detail); e.Party == Owner && (s == vultron.RMAccepted || s == vultron.RMDeferred) {
			return "state", t.say("Handling: {state}", "state", t.say(s.String()))
		}
	case EventFactRecorded:
		return c.factWording(e, t)
	case EventAssessmentRecorded, EventReportSubmitted, EventRequestRecorded, EventRequestAnswered, EventUsersInformed:
		return "authority", c.authorityWording(e, t)
	case EventPartyConsent:
		return "consent", t.say(consentWords[vultron.Consent(e.detail)])
	case EventVulnIdentified:
		return "vulnerability", t.say("Vulnerability {number} identified", "number", number(e.Vuln))
	case EventSeveritySet:
		return "severity", t.say("Severity {rating}", "rating", t.say(Rating(e.detail).String())) + score(e.ref)
	case EventStatusRecorded:
		return "status", t.say("Says: {status}", "status", t.say(Affected(e.detail).String()))
	case EventPrivateErased:
		return "case", t.say("Personal data erased")
	}
	return c.embargoWording(e, t)
}

// factWording shows what people recorded for the clocks, in words.
func (c *Case) factWording(e *Event, t *Texts) (kind, label string) {
	f := at(c.Recorded, e.ref)
	if f == nil || f.Fact == policy.FactVendorReminded { // its deadline says so
		return "", ""
	}
	label = t.say("Recorded: {fact}", "fact", t.say(f.Fact.Words()))
	if f.Instead {
		label += " " + t.say("(corrected)")
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
		return "embargo", t.say("Embargo proposed until {date}", "date", when(e.When))
	case EventEmbargoAccepted:
		s := t.say("Embargo agreed until {date}", "date", when(e.When))
		if p := at(c.Embargo.Proposals, ProposalID(e.ref)); p != nil && p.Assumed {
			s += " " + t.say("(acceptance assumed)")
		}
		return "embargo", s
	case EventEmbargoAgreed:
		return "embargo", t.say("Accepts the proposal")
	case EventDeadlineAnnounced:
		return "announcement", t.say("Says that it publishes by itself on {date}", "date", when(e.When))
	case EventDisclosureCompelled:
		return "disclosure", t.say("Disclosure required by law")
	case EventReleasePlanned:
		return "release", t.say("Release planned for {date}", "date", when(e.When))
	case EventReleaseCancelled:
		return "release", t.say("Release cancelled")
	case EventReleaseAnswered:
		if e.detail != 0 {
			return "release", t.say("Holds the release")
		}
		return "release", t.say("Ready for the release")
	case EventReleaseApproved:
		return "release", t.say("Release approved ({number})", "number", number(e.ref))
	case EventReleaseOutput:
		if o := at(c.Release.Outputs, e.ref); o != nil {
			return "release", t.say("Released: {output}", "output", o.Name)
		}
	case EventListTold:
		return "release", t.say("Pre-notification list told")
	case EventEmbargoRejected:
		return "embargo", t.say("Embargo proposal rejected")
	case EventEmbargoEnded:
		return "embargo", t.say("Embargo ended: {why}", "why", t.say(EndReason(e.detail).String()))
	case EventClaimMade:
		if x := at(c.Claims, ClaimID(e.ref)); x == nil || !x.Adopted.Equal(x.Made) {
			return "claim", t.say("Claim: {what}", "what", t.say(strings.ToLower(claimWords[vultron.CSEvent(e.detail)])))
		}
	case EventClaimAdopted:
		if vultron.CSEvent(e.detail) == vultron.PublicAware && slices.ContainsFunc(c.Publications, func(p Publication) bool { return p.At.Equal(e.When) }) {
			return "", "" // published says so
		}
		return "fact", t.say(claimWords[vultron.CSEvent(e.detail)])
	case EventClaimRetracted:
		return "fact", t.say("Taken back: {what}", "what", t.say(strings.ToLower(claimWords[vultron.CSEvent(e.detail)])))
	case EventMessagePosted:
		if p := Purpose(e.detail); p == PurposeMessage {
			return "message", t.say("Message")
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
