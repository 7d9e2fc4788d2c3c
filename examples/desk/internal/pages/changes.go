package pages

import (
	"fmt"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
)

// change is an event in words.
type change struct {
	At   time.Time
	Who  string
	What string
}

// quiet are the events that change nothing on which a person's decision stands.
var quiet = map[cvd.EventKind]bool{
	cvd.EventMessageDelivered: true, cvd.EventReadMarked: true, cvd.EventPartyRead: true, cvd.EventActorSeen: true,
	cvd.EventReminderRecorded: true, cvd.EventPartyThread: true, cvd.EventKinTold: true,
}

// changes are the events after a version, in words.
func (q *request) changes(c *cvd.Case, after cvd.Seq) (out []change) {
	for i := range c.Events {
		e := &c.Events[i]
		if e.Seq <= after || quiet[e.Kind] {
			continue
		}
		x := change{At: e.At, What: eventWords(c, e)}
		switch {
		case e.Actor != 0:
			x.Who = c.Actor(e.Actor).Display()
		case e.Party != 0:
			x.Who = c.PartyName(e.Party)
		}
		out = append(out, x)
	}
	return out
}

var eventTexts = map[cvd.EventKind]string{
	cvd.EventCaseOpened: "the case was opened", cvd.EventCaseTitled: "the title was changed", cvd.EventCaseAssigned: "the case was given to somebody",
	cvd.EventCasePublished: "it was published", cvd.EventCaseClosed: "the case was closed", cvd.EventPartyAdded: "a party joined",
	cvd.EventPartyRM: "the state of the work changed", cvd.EventPartyConsent: "a party answered about the embargo", cvd.EventReportReceived: "a report came in",
	cvd.EventReportAcknowledged: "the report was acknowledged", cvd.EventReportTriaged: "the report was triaged", cvd.EventVulnAdded: "a vulnerability was added",
	cvd.EventVulnIdentified: "the vulnerability was identified", cvd.EventSeveritySet: "the severity was set", cvd.EventStreamAdded: "a product was added",
	cvd.EventStatusRecorded: "a statement of a vendor was recorded", cvd.EventEmbargoProposed: "an end of the embargo was proposed",
	cvd.EventEmbargoAccepted: "the embargo came into force", cvd.EventEmbargoRejected: "a proposal was rejected", cvd.EventEmbargoEnded: "the embargo ended",
	cvd.EventEmbargoClosed: "a proposal was closed", cvd.EventEmbargoAgreed: "a party agreed to the proposal", cvd.EventDeadlineAnnounced: "a party announced a date",
	cvd.EventReleasePlanned: "a release was planned", cvd.EventReleaseAnswered: "a vendor answered to the release", cvd.EventReleaseApproved: "the release was approved",
	cvd.EventReleaseCancelled: "the release was cancelled", cvd.EventReleaseOutput: "an output came out", cvd.EventClaimMade: "somebody claims something",
	cvd.EventClaimAdopted: "a claim was adopted", cvd.EventMessagePosted: "a message was written", cvd.EventMessageAdmitted: "a message was admitted",
	cvd.EventDeliveryBounced: "a mail came back", cvd.EventStatementsAdopted: "statements were adopted", cvd.EventSubmissionReceived: "a submission came in",
	cvd.EventSubmissionLifted: "it was taken out of the quarantine", cvd.EventSubmissionDecided: "the submission was decided on",
	cvd.EventSubmissionAppealed: "the sender asks for another look", cvd.EventFileAttached: "a file was attached", cvd.EventPolicyAdopted: "a policy was adopted",
	cvd.EventCaseLinked: "a link to another case was made", cvd.EventPartsMoved: "a part moved to another case", cvd.EventTopicSet: "a topic was set",
	cvd.EventAccessGranted: "a code was given", cvd.EventAccessRevoked: "a code was revoked", cvd.EventGroupsSet: "the groups were changed",
	cvd.EventVulnDescribed: "the vulnerability was described", cvd.EventDraftSaved: "a draft was saved", cvd.EventPartyRemoved: "a party was removed",
	cvd.EventPartyChanged: "a contact was changed", cvd.EventIDsAdded: "an identifier was added", cvd.EventSSVCDecided: "a decision by SSVC was recorded",
	cvd.EventFactRecorded: "a fact was recorded", cvd.EventCVERecorded: "a CVE ID was recorded",
}

func eventWords(c *cvd.Case, e *cvd.Event) string {
	text := eventTexts[e.Kind]
	if text == "" {
		text = strings.NewReplacer(".", " ", "/", " ").Replace(string(e.Kind))
	}
	switch e.Kind {
	case cvd.EventMessagePosted:
		if id, ok := e.About().(cvd.MessageID); ok {
			if m := message(c, id); m != nil {
				text = purposeWords(m.Purpose)
				if m.From != 0 && m.From != cvd.Owner {
					text += " from " + c.PartyName(m.From)
				}
			}
		}
	case cvd.EventPartyAdded, cvd.EventPartyConsent, cvd.EventStatusRecorded, cvd.EventPartyRemoved:
		if e.Party != 0 {
			text += ": " + c.PartyName(e.Party)
		}
	}
	if became := e.Became(); became != nil && e.Kind != cvd.EventMessagePosted {
		if s := became.String(); s != "" {
			text += " (" + strings.ToLower(s[:1]) + s[1:] + ")"
		}
	}
	return text
}

func message(c *cvd.Case, id cvd.MessageID) *cvd.Message {
	for i := range c.Messages {
		if c.Messages[i].ID == id {
			return &c.Messages[i]
		}
	}
	return nil
}

func purposeWords(p cvd.Purpose) string {
	switch p {
	case cvd.PurposeMessage:
		return "message"
	case cvd.PurposeNote:
		return "note of the team"
	case cvd.PurposeUnverified:
		return "unverified message"
	case cvd.PurposeAcknowledgement:
		return "acknowledgement"
	case cvd.PurposeInvitation:
		return "invitation"
	}
	return fmt.Sprintf("notice: %s", strings.ReplaceAll(p.String(), "-", " "))
}
