package cvd

import (
	"fmt"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/advisory/tlp"
	"github.com/cvdkit/cvdkit/cvd/policy"
)

// Rendering is what the text of a message is made from.
type Rendering struct {
	Team    Team
	Case    *Case // as the recipient may see it over the way that the message takes
	Message *Message
	To      *Participant
	Notice  bool // say only that there is something to read, not what
}

const noticeLabel = tlp.Green

// RenderEnglish is the default of Config.Render. The subject is the case number
// and a neutral word; the text begins with the TLP label. No message of the
// library's own repeats anything that a report says.
func RenderEnglish(r Rendering) (subject, text string) {
	m := r.Message
	label := m.TLP
	if r.Notice {
		label = noticeLabel
	}
	subject = "[" + r.Case.Number + "] " + subjects[m.Purpose]
	if r.Notice {
		subject = "[" + r.Case.Number + "] Message waiting"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n", label)
	if r.To.Name != "" {
		fmt.Fprintf(&b, "Dear %s,\n\n", r.To.Name.Display())
	}
	b.WriteString(wording(r))
	if m.Text != "" && !r.Notice {
		fmt.Fprintf(&b, "\n\n%s", string(m.Text))
	}
	if r.Team.Name != "" {
		fmt.Fprintf(&b, "\n\n-- \n%s", Private(r.Team.Name).Display())
		for _, line := range []struct{ what, is string }{{"Portal: ", r.Team.Portal}, {"OpenPGP key: ", r.Team.Key}} {
			if line.is != "" {
				fmt.Fprintf(&b, "\n%s%s", line.what, line.is)
			}
		}
	}
	b.WriteString("\n")
	return subject, b.String()
}

var subjects = map[Purpose]string{
	PurposeMessage:         "Message",
	PurposeAcknowledgement: "Your report has arrived",
	PurposeInvitation:      "Invitation to a vulnerability case",
	PurposeEmbargoProposed: "Proposed embargo",
	PurposeEmbargoAgreed:   "Embargo agreed",
	PurposeEmbargoRejected: "Embargo proposal rejected",
	PurposeEmbargoEnded:    "Embargo ended",
	PurposeTriage:          "Your report was assessed",
	PurposePublished:       "Published",
	PurposeReminder:        "Reminder",
	PurposeSilence:         "Waiting for your answer",
	PurposeMoved:           "The case has moved",
	PurposeEmbargoRestored: "The embargo holds again",
	PurposeAnswer:          "Waiting for your answer",
	PurposeDismissed:       "We have looked at your report",
	PurposeRelated:         "A related embargo has ended",
}

func wording(r Rendering) string {
	n := r.Case.Number
	if r.Notice {
		return fmt.Sprintf("there is a message for you in case %s. It cannot be sent to you here, because this way is not protected well enough, or because you have not agreed to the embargo yet. Please get in touch with us, and tell us your OpenPGP key or use our portal.", n)
	}
	m := r.Message
	switch m.Purpose {
	case PurposeAcknowledgement:
		return fmt.Sprintf("your report has arrived. Its case number is %s. Please name it when you write to us.", n)
	case PurposeInvitation:
		return fmt.Sprintf("we invite you to take part in vulnerability case %s as %s.%s Please tell us whether you take part, and how we can send you details in confidence.", n, r.To.Roles, termsOf(r.Case))
	case PurposeEmbargoProposed:
		return fmt.Sprintf("for case %s it is proposed to disclose nothing before %s. Please tell us whether you agree.", n, endOf(r.Case, ProposalID(m.About)))
	case PurposeEmbargoAgreed:
		return fmt.Sprintf("for case %s it is agreed to disclose nothing before %s.", n, endOf(r.Case, ProposalID(m.About)))
	case PurposeEmbargoRejected:
		return fmt.Sprintf("in case %s a proposed embargo was rejected. %s", n, strings.TrimSpace(termsOf(r.Case)))
	case PurposeEmbargoEnded:
		return fmt.Sprintf("the embargo of case %s has ended: %s.", n, EndReason(m.About))
	case PurposeEmbargoRestored:
		return fmt.Sprintf("we told you that the embargo of case %s had ended. That was a mistake. It holds: please disclose nothing before %s.", n, endOf(r.Case, ProposalID(m.About)))
	case PurposeRelated:
		return relatedWording(r.Case, int(m.About))
	case PurposeAnswer:
		return fmt.Sprintf("we asked you whether you agree to the embargo of case %s.%s Please tell us before %s.", n, termsOf(r.Case), when(r.To.AnswerBy))
	case PurposeTriage:
		return triageWording(r.Case, ReportID(m.About))
	case PurposeDismissed:
		return fmt.Sprintf("we have looked at your report %s and take it no further. If you think that this is wrong, please tell us why, once: another person will look at it then.", n)
	case PurposePublished:
		return publishedWording(r.Case, int(m.About))
	case PurposeReminder:
		return reminderWording(r.Case, int(m.About))
	case PurposeMoved:
		return movedWording(r.Case, int(m.About))
	case PurposeSilence:
		return fmt.Sprintf("we invited you to vulnerability case %s on %s and have not heard from you.%s Please tell us whether you take part.", n, when(r.To.Joined), termsOf(r.Case))
	}
	return fmt.Sprintf("this is about case %s.", n)
}

// reportByID searches, because what a viewer sees has gaps.
func (c *Case) reportByID(id ReportID) *Report {
	for i := range c.Reports {
		if c.Reports[i].ID == id {
			return &c.Reports[i]
		}
	}
	return nil
}

func triageWording(c *Case, id ReportID) string {
	r := c.reportByID(id)
	if r == nil {
		return fmt.Sprintf("your report in case %s was assessed.", c.Number)
	}
	return fmt.Sprintf("we have assessed your report in case %s. Result: %s.", c.Number, r.Outcome)
}

func publishedWording(c *Case, n int) string {
	s := fmt.Sprintf("case %s was published.", c.Number)
	if n >= 1 && n <= len(c.Publications) {
		for _, a := range c.Publications[n-1].Advisories {
			s += "\n" + a
		}
	}
	return s
}

func reminderWording(c *Case, n int) string {
	if n < 1 || n > len(c.Reminded) {
		return fmt.Sprintf("a date of case %s needs you.", c.Number)
	}
	r := c.Reminded[n-1]
	s := map[policy.ReminderKind]string{
		policy.ReminderSoon: "comes near", policy.ReminderDue: "is here", policy.ReminderEscalate: "has passed",
	}[r.Kind]
	if n := len(r.Parties); n > 0 {
		return fmt.Sprintf("in case %s %d participants have not answered about the embargo in time.", c.Number, n)
	}
	who := ""
	if a := c.Actor(r.To); a != "" {
		who = " For: " + string(a) + "."
	}
	return fmt.Sprintf("in case %s the date %s %s.%s", c.Number, r.Deadline, s, who)
}

// termsOf says what holds now, for whoever is asked to join.
func termsOf(c *Case) string {
	ends, ok := c.Embargo.Ends()
	if !ok {
		return ""
	}
	return fmt.Sprintf(" An embargo holds until %s.", when(ends))
}

func endOf(c *Case, id ProposalID) string {
	if p := at(c.Embargo.Proposals, id); p != nil {
		return when(p.Ends)
	}
	return "a date to be agreed"
}

// when writes an instant with hour and zone: an embargo never ends on a mere day.
func when(t time.Time) string {
	s := t.Format("2006-01-02 15:04 -0700")
	if zone := t.Location().String(); zone != "" {
		s += " (" + zone + ")"
	}
	return s
}
