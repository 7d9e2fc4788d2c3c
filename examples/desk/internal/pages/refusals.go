package pages

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/vultron"
	"github.com/cvdkit/cvdkit/examples/desk/internal/words"
)

// refusal is a rule of the library as somebody at the desk needs it: why it is not
// possible now, and what to do instead.
type refusal struct {
	why, instead string
	detail       bool // the library's detail says more: a date, a name, a case
}

var refusals = map[cvd.RuleID]refusal{
	cvd.RuleReportState:      {"The work on this case is not at a point where this is possible.", "A report is triaged first, a valid one is accepted or deferred, and what is invalid, deferred or published can be closed.", false},
	cvd.RuleRegression:       {"A party's work does not go back to an earlier state.", "Write what has changed as a note or a message.", false},
	cvd.RuleEmbargoState:     {"The embargo is not at a point where this is possible.", "An embargo is proposed, then accepted or rejected; in force, its end can be changed or it can be ended.", false},
	cvd.RuleConsentState:     {"The party cannot be asked or answer about the embargo at this point.", "Wait for the answer that is owed, or propose an end anew.", true},
	cvd.RuleEmbargoSecret:    {"It is public, so there is nothing left that an embargo could protect.", "Go on without one: publish, and tell the parties.", false},
	cvd.RuleEmbargoDeployed:  {"Your own fix is deployed, and no embargo begins after that.", "Plan the publication instead.", false},
	cvd.RuleEmbargoEnd:       {"An embargo ends at an exact time in the future.", "Enter a later date and time.", false},
	cvd.RuleEmbargoOwn:       {"Whoever made a proposal does not answer it.", "Wait for the other side, or withdraw the proposal.", false},
	cvd.RuleEmbargoDone:      {"This proposal was answered, withdrawn or replaced.", "Look at the case again, and make a new proposal if one is needed.", false},
	cvd.RuleEmbargoHolds:     {"The embargo is in force, and nothing is published before its end.", "Wait for its end, or end the embargo first.", true},
	cvd.RuleEmbargoClose:     {"The embargo is in force, and a case under embargo is not closed.", "End the embargo first, or close it all the same, with a reason.", false},
	cvd.RuleEmbargoRules:     {"A proposal is open, and the way to decide on proposals does not change meanwhile.", "Answer or withdraw the open proposal first.", false},
	cvd.RuleEmbargoEarliest:  {"Another proposal ends earlier, and the earliest is answered first.", "Answer that one first.", false},
	cvd.RuleEmbargoUnanimous: {"All who take part in the embargo must agree, and this party has no vote.", "Ask those who have agreed to the embargo.", false},
	cvd.RuleEmbargoDates:     {"The dates are not in order: first that it exists, then the end of the embargo and the details, then a proof of concept.", "Put the dates into this order.", true},
	cvd.RuleEmbargoQuorum:    {"Too few vendors have a fix ready to end the embargo early.", "Wait for their fixes, or for its end.", false},
	cvd.RuleConsentWindow:    {"A party has at least 72 hours to answer about an embargo.", "Give more time; less is possible only while it is exploited, with a reason.", false},
	cvd.RuleTerms:            {"The answer is about terms that do not hold any more.", "Look at what is proposed now, and answer that.", false},
	cvd.RuleVoice:            {"This party has declined or finished its part, and answers nothing.", "Invite it again if it is needed.", false},
	cvd.RuleEmbargoWithdraw:  {"Only whoever made a proposal withdraws it.", "Reject it, if you do not agree.", false},
	cvd.RuleEmbargoOver:      {"The end of the embargo has come, so it is over and cannot be prolonged.", "End the embargo, then publish.", true},
	cvd.RuleEmbargoShort:     {"It is exploited or attacked, so an embargo is short and has a reason.", "Choose an earlier end, and write the reason.", true},
	cvd.RuleEmbargoLong:      {"An embargo of more than a year needs a reason.", "Choose an earlier end, or write the reason.", false},
	cvd.RuleReleaseInstant:   {"A release has one time for all, not before the end of the embargo, and does not begin before it.", "Choose a time that fits, or wait for it.", true},
	cvd.RuleReleaseHold:      {"A vendor holds the release.", "Talk with that vendor, or have both approvals say that it goes ahead, with a reason.", false},
	cvd.RuleReleaseTwo:       {"A release is approved by two different people.", "Ask a colleague to approve it.", false},
	cvd.RuleReleaseOrder:     {"What a release brings out comes in its order, and one before this is not done.", "Do that one first.", false},
	cvd.RuleReleaseEmergency: {"Past its plan, a case is published at once only if all of it is public, exploited or attacked already.", "Record that fact first, or follow the plan.", false},
	cvd.RuleListLead:         {"The list is told once the release is approved, and not earlier than its time before it.", "Approve the release, and wait for that time.", true},
	cvd.RuleCaseState:        {"This fact is known already, or another one must come before it.", "For a vendor: it is aware, then a fix is ready, then it is deployed. An exploit or details that are public make the flaw public first.", false},
	cvd.RuleRetract:          {"What the team itself has published, or what another fact rests on, is not taken back.", "Take back first what rests on it; a publication is corrected by a new one.", false},
	cvd.RuleOnce:             {"This has been done already.", "There is nothing more to do: look at the case again.", false},
	cvd.RuleTriage:           {"There is no report in this case that this could be about.", "Use what the page offers for a case without a report.", false},
	cvd.RuleAssessed:         {"Only an accepted case is published.", "Triage the report as valid and accept it first.", false},
	cvd.RulePublishFix:       {"There is no fix, and it is not public yet.", "Record the fix first, or say in the form that it is published without one.", false},
	cvd.RuleAdvisoryTLP:      {"What goes to everybody is labelled TLP:CLEAR.", "Set the label of the advisory to TLP:CLEAR.", false},
	cvd.RuleClosed:           {"The case is closed, and takes no report, triage, invitation or embargo.", "Reopen it: its work goes on in a new case.", false},
	cvd.RuleKnown:            {"What this is about is not in the case any more.", "Load the page again, and choose from what it shows.", false},
	cvd.RuleRemoved:          {"This party was removed from the case.", "Invite it again if it is to take part.", false},
	cvd.RuleAudience:         {"Somebody among the recipients may not see this: they have not agreed to the embargo, or are not in the topic.", "Leave them out, or ask for their agreement first.", true},
	cvd.RuleNew:              {"This begins a case, and cannot be done to one that exists.", "Use what the page offers.", false},
	cvd.RuleHold:             {"A legal hold is on this case, and nothing is erased.", "Have the hold lifted first.", false},
	cvd.RuleMoved:            {"This went on to another case, and is handled there.", "Open that case.", false},
	cvd.RuleReopen:           {"Only a closed case is reopened, and only once.", "Work on in the case that is open.", false},
	cvd.RuleMergeEmbargo:     {"This case is under embargo, and the other's secret is out or its embargo has ended.", "End the embargo here first, or merge the other case into this one.", false},
	cvd.RuleCommandID:        {"This form was used for something else.", "Load the page again, and send it once more.", false},
	cvd.RuleAccess:           {"A code is for one party of the case, not for the team, and for nothing else.", "Choose the party that is to have it.", false},
	cvd.RuleInformReason:     {"Users are told while an embargo is in force only with a reason.", "Write the reason.", false},
	cvd.RuleManufacturer:     {"Only a manufacturer, a vendor of the case, has this duty to report.", "Choose a vendor.", false},
	cvd.RuleAdmit:            {"Only a message of which nobody has shown from whom it is can be taken for real.", "This one needs nothing: it is from whom it says.", false},
	cvd.RuleSubmission:       {"This is still a submission, or is one no more.", "Admit it before working on it; until then it can be dismissed, and its sender asked once. One that was decided on is opened among the cases.", false},
	cvd.RulePerson:           {"A submission is dismissed by a person with a name.", "Log in, and dismiss it yourself.", false},
	cvd.RuleAppeal:           {"An appeal is decided by somebody else than whoever dismissed it, and there is one appeal only.", "Ask a colleague to decide.", false},
}

// refused says in plain words why the library did not take a command, what stands
// against it in this case, and what to do instead.
func (q *request) refused(c *cvd.Case, no *cvd.Refusal) string {
	x, ok := refusals[no.Rule]
	if !ok {
		return "The rules of disclosure do not allow that: " + no.Rule.Text() + "."
	}
	out := []string{x.why}
	switch no.Rule {
	case cvd.RuleReportState, cvd.RuleAssessed:
		out = append(out, "Now the case is: "+strings.ToLower(words.State(c.Submission.Stage, c.RM()))+".")
	case cvd.RuleEmbargoState, cvd.RuleEmbargoClose:
		now := "Now there is no embargo."
		if c.Embargo.State != vultron.EMNone {
			now = "Now the embargo is: " + strings.ToLower(words.Embargo(c.Embargo.State)) + "."
		}
		out = append(out, now)
	case cvd.RuleCaseState:
		out = append(out, "Now: "+knownFacts(c)+".")
	}
	if s := q.detail(c, no.Detail); x.detail && s != "" {
		out = append(out, strings.ToUpper(s[:1])+s[1:]+".")
	}
	return strings.Join(append(out, x.instead), " ")
}

// knownFacts are the facts of a case, in words.
func knownFacts(c *cvd.Case) string {
	var out []string
	for _, x := range []struct {
		flag  vultron.CS
		words string
	}{
		{vultron.CSVendorAware, "the vendor is aware"}, {vultron.CSFixReady, "a fix is ready"}, {vultron.CSFixDeployed, "the fix is deployed"},
		{vultron.CSPublicAware, "it is public"}, {vultron.CSExploitPublic, "an exploit is public"}, {vultron.CSAttacksObserved, "attacks are seen"},
	} {
		for _, v := range c.Vulnerabilities {
			if v.State&x.flag != 0 {
				out = append(out, x.words)
				break
			}
		}
	}
	if len(out) == 0 {
		return "nothing of it is recorded yet"
	}
	return strings.Join(out, ", ")
}

var (
	partyOf   = regexp.MustCompile(`participant (\d+)`)
	instantOf = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)`)
)

// detail puts names and dates of the desk into the library's detail.
func (q *request) detail(c *cvd.Case, s string) string {
	s = partyOf.ReplaceAllStringFunc(s, func(m string) string {
		n, _ := strconv.ParseUint(m[len("participant "):], 10, 32)
		if name := c.PartyName(cvd.PartyID(n)); name != "" {
			return name
		}
		return m
	})
	return instantOf.ReplaceAllStringFunc(s, func(m string) string {
		if t, err := time.Parse(time.RFC3339, m); err == nil {
			return q.When(t)
		}
		return m
	})
}
