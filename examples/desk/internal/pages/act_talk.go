package pages

import (
	"crypto/sha256"
	"fmt"

	"github.com/cvdkit/cvdkit/advisory/tlp"
	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/vultron"
	"github.com/cvdkit/cvdkit/examples/desk/internal/words"
)

// Groups of actions, as headings.
const (
	groupTalk      = "Conversation"
	groupTriage    = "Triage"
	groupParties   = "Parties"
	groupEmbargo   = "Embargo"
	groupFix       = "Fix"
	groupRelease   = "Release"
	groupAuthority = "Authorities and users"
	groupCase      = "The case"
)

var talkActions = []action{
	{Name: "reply", Label: "Write a message", Button: "Send", Group: groupTalk, Hint: "Each party that you choose gets it by mail or in the portal. Whoever may not see it is left out, and the page says so.",
		next: func(c *cvd.Case) bool { return len(c.Unread().Messages) > 0 },
		fields: func(q *request, c *cvd.Case) []field {
			to := field{Name: "to", Label: "To", Kind: kindChecks, Options: partyOptions(c, others)}
			if r, ok := c.Reporter(); ok && len(c.Participants) == 2 {
				to.Values = []string{number(r.ID)}
			}
			return []field{to, topicField(c), {Name: "text", Label: "Text", Kind: kindArea, Required: true}, tlpField(), q.filesField("Who gets the message gets them with it.")}
		},
		do: func(in *input) []cvd.Command {
			m := cvd.PostMessage{To: in.parties("to"), Topic: cvd.TopicID(in.number("topic")), Text: in.need("text", "Write what you want to say."), TLP: in.tlp("tlp"), Files: in.attached()}
			if len(m.To) == 0 && m.Topic == 0 {
				in.bad("to", "Choose who gets it. What nobody gets is a note.")
			}
			return []cvd.Command{m}
		}},
	{Name: "note", Label: "Write a note", Button: "Keep the note", Group: groupTalk, Hint: "Only the team sees it.",
		fields: func(q *request, _ *cvd.Case) []field {
			return []field{{Name: "text", Label: "Note", Kind: kindArea, Required: true}, q.filesField("Only the team sees them.")}
		},
		do: func(in *input) []cvd.Command {
			return []cvd.Command{cvd.PostMessage{Text: in.need("text", "Write the note."), Files: in.attached()}}
		}},
	{Name: "read", Label: "Mark as read by the team", Group: groupTalk, Hint: "The messages and reports here count as read, for all of the team.",
		when: func(c *cvd.Case) bool { u := c.Unread(); return len(u.Messages)+len(u.Reports) > 0 },
		do:   func(in *input) []cvd.Command { return []cvd.Command{cvd.MarkRead{Upto: in.c.Seq}} }},
	{Name: "topic", Label: "Open a topic", Group: groupTalk, Hint: "Only its members see what is written in it, and nobody who joins later sees what was said before.",
		when: func(c *cvd.Case) bool { return len(c.Participants) > 1 },
		fields: func(_ *request, c *cvd.Case) []field {
			return []field{{Name: "title", Label: "Title", Kind: kindText, Required: true}, {Name: "parties", Label: "Members besides the team", Kind: kindChecks, Options: partyOptions(c, others)}}
		},
		do: func(in *input) []cvd.Command {
			return []cvd.Command{cvd.SetTopic{Title: in.need("title", "Name the topic."), Parties: in.parties("parties")}}
		}},
	{Name: "admit-message", Label: "Take an unverified message for real", Button: "It is from them", Group: groupTalk, Hint: "You know by another way that it is from whom it says, for example because you asked.",
		when: func(c *cvd.Case) bool { return len(unverified(c)) > 0 },
		fields: func(_ *request, c *cvd.Case) []field {
			var os []option
			for _, m := range unverified(c) {
				os = append(os, option{Value: number(m.ID), Label: "Message " + number(m.ID), Hint: m.Provenance.Sender.Display()})
			}
			return []field{{Name: "message", Label: "Message", Kind: kindSelect, Options: os}, {Name: "party", Label: "It is from", Kind: kindSelect, Options: append([]option{{Label: "whom it claims"}}, partyOptions(c, others)...)}}
		},
		do: func(in *input) []cvd.Command {
			return []cvd.Command{cvd.Admit{Message: cvd.MessageID(in.number("message")), Party: cvd.PartyID(in.number("party"))}}
		}},
}

func unverified(c *cvd.Case) (out []cvd.Message) {
	for _, m := range c.Messages {
		if m.Purpose == cvd.PurposeUnverified && m.Admitted.IsZero() {
			out = append(out, m)
		}
	}
	return out
}

func others(p *cvd.Participant) bool { return p.ID != cvd.Owner && p.Removed.IsZero() }
func vendors(p *cvd.Participant) bool {
	return p.Roles&cvd.RoleVendor != 0 && p.Removed.IsZero()
}

func partyOptions(c *cvd.Case, keep func(*cvd.Participant) bool) (out []option) {
	for _, p := range c.Participants {
		if keep(p) {
			o := option{Value: number(p.ID), Label: c.PartyName(p.ID)}
			if o.Hint = p.Roles.String(); p.ID == cvd.Owner {
				o.Hint = "the team itself"
			} else if !p.Routable {
				o.Hint += ", reads in the portal only"
			}
			out = append(out, o)
		}
	}
	return out
}

func topicField(c *cvd.Case) field {
	f := field{Name: "topic", Label: "Topic", Kind: kindSelect, Options: []option{{Label: "none"}}, Hint: "A message in a topic without a recipient goes to all of the topic."}
	for _, t := range c.Topics {
		f.Options = append(f.Options, option{Value: number(t.ID), Label: t.Title.Display()})
	}
	return f
}

// labels are those that a form offers, the default first.
var labels = []struct {
	label tlp.Label
	words string
}{{tlp.Amber, "TLP:AMBER"}, {tlp.AmberStrict, "TLP:AMBER+STRICT"}, {tlp.Red, "TLP:RED"}, {tlp.Green, "TLP:GREEN"}, {tlp.Clear, "TLP:CLEAR"}}

func tlpField() field {
	f := field{Name: "tlp", Label: "Label", Kind: kindSelect, Hint: "How far it may be passed on. AMBER and RED go only where they are protected; else the recipient gets a notice without details."}
	for _, l := range labels {
		f.Options = append(f.Options, option{Value: l.words, Label: l.words})
	}
	return f
}

func (in *input) tlp(name string) tlp.Label {
	for _, l := range labels {
		if l.words == in.values.Get(name) {
			return l.label
		}
	}
	return tlp.Unset
}

var triageActions = []action{
	{Name: "acknowledge", Label: "Acknowledge the report", Group: groupTriage, Hint: "The reporter is told that it has arrived. The message repeats nothing of the report.",
		when: func(c *cvd.Case) bool { return len(unacknowledged(c)) > 0 }, next: func(c *cvd.Case) bool { return len(unacknowledged(c)) > 0 },
		fields: func(_ *request, c *cvd.Case) []field {
			return append(reportField(unacknowledged(c)), field{Name: "text", Label: "Add some words", Kind: kindArea, Hint: "Not needed."})
		},
		do: func(in *input) []cvd.Command {
			return []cvd.Command{cvd.Acknowledge{Report: in.report(unacknowledged(in.c)), Text: in.text("text")}}
		}},
	{Name: "triage", Label: "Triage the report", Button: "Record the result", Sure: "Yes, tell the reporter", Shows: "What the reporter is told", Group: groupTriage, Hint: "The reporter is told the result and your explanation at once. That it is none of yours is shown to you first.",
		when: func(c *cvd.Case) bool { return isCase(c) && len(c.Reports) > 0 && c.RM() != vultron.RMClosed },
		next: func(c *cvd.Case) bool { return isCase(c) && c.RM() == vultron.RMReceived },
		fields: func(_ *request, c *cvd.Case) []field {
			return append(reportField(c.Reports),
				field{Name: "outcome", Label: "Result", Kind: kindRadio, Required: true, Options: []option{
					{"valid", "Valid", "it is a vulnerability of ours"}, {"needs information", "More information is needed", "ask below; the reporter can answer"},
					{"invalid", "Not valid", "it is no vulnerability"}, {"duplicate", "Duplicate", "another case tells of the same"}, {"out of scope", "Not ours", "tell the reporter below who can help"}}},
				field{Name: "reply", Label: "To the reporter", Kind: kindArea, Hint: "Your question, or your explanation."},
				field{Name: "reason", Label: "Reason, for the team", Kind: kindArea, Hint: "The reporter does not see it."},
				field{Name: "other", Label: "Number of the other case", Kind: kindText, Hint: "Of a duplicate."})
		},
		do: triage},
	{Name: "accept", Label: "Accept: work on it", Group: groupTriage, Hint: "The team mends it: the case is in work from then on.", when: canMove(vultron.RMAccept), next: func(c *cvd.Case) bool { return isCase(c) && c.RM() == vultron.RMValid },
		do: func(*input) []cvd.Command { return []cvd.Command{cvd.Accept{}} }},
	{Name: "defer", Label: "Defer: not now", Group: groupTriage, Hint: "It is valid, and is not worked on now. An embargo stays in force.", when: canMove(vultron.RMDefer),
		fields: func(*request, *cvd.Case) []field {
			return []field{{Name: "reason", Label: "Reason", Kind: kindArea, Hint: "It becomes a note of the team."}}
		},
		do: func(in *input) []cvd.Command { return []cvd.Command{cvd.Defer{Reason: in.text("reason")}} }},
	{Name: "severity", Label: "Set the severity", Group: groupTriage, when: func(c *cvd.Case) bool { return isCase(c) && len(c.Vulnerabilities) > 0 },
		next: func(c *cvd.Case) bool {
			return isCase(c) && (c.RM() == vultron.RMValid || c.RM() == vultron.RMAccepted) && c.Rating() == cvd.RatingUnknown
		},
		fields: func(_ *request, c *cvd.Case) []field {
			f := field{Name: "rating", Label: "Or a rating without a vector", Kind: kindSelect, Options: []option{{Label: "none chosen"}}}
			for _, r := range ratings {
				f.Options = append(f.Options, option{Value: words.Severity(r), Label: words.Severity(r)})
			}
			return append(vulnField(c), field{Name: "vector", Label: "CVSS vector", Kind: kindText, Hint: "Version 2.0, 3.0, 3.1 or 4.0, such as CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N"}, f,
				field{Name: "why", Label: "Why", Kind: kindArea})
		},
		do: func(in *input) []cvd.Command {
			x := cvd.SetSeverity{Vuln: cvd.VulnID(in.number("vuln")), Vector: in.text("vector"), Justification: in.text("why")}
			for _, r := range ratings {
				if words.Severity(r) == in.values.Get("rating") && x.Vector == "" {
					x.Rating = r
				}
			}
			if x.Vector == "" && x.Rating == 0 {
				in.bad("vector", "Enter a vector, or choose a rating.")
			}
			return []cvd.Command{x}
		}},
	{Name: "assign", Label: "Give the case to somebody", Group: groupTriage, next: func(c *cvd.Case) bool { return c.Open() && !c.Assigned },
		fields: func(q *request, c *cvd.Case) []field {
			f := field{Name: "to", Label: "Owner of the case", Kind: kindSelect, Value: string(c.Assignee), Options: []option{{Label: "nobody"}, {q.who.Name, "me", q.who.Name}}}
			known := map[string]bool{q.who.Name: true}
			if q.cfg.Colleagues != nil {
				for _, name := range q.cfg.Colleagues(q.ctx) {
					if !known[name] {
						f.Options, known[name] = append(f.Options, option{name, name, ""}), true
					}
				}
			}
			if a := string(c.Assignee); a != "" && !known[a] {
				f.Options = append(f.Options, option{a, c.Assignee.Display(), ""})
			}
			if a := string(c.Assignee); a == "" {
				f.Value = q.who.Name
			}
			return []field{f}
		},
		do: func(in *input) []cvd.Command { return []cvd.Command{cvd.Assign{To: in.text("to")}} }},
	{Name: "identify", Label: "Name the vulnerability", Group: groupTriage, when: isCase, Hint: "Fields left empty stay as they were.",
		fields: func(_ *request, c *cvd.Case) []field {
			return append(vulnField(c), field{Name: "title", Label: "Title of the vulnerability", Kind: kindText}, field{Name: "cve", Label: "CVE ID", Kind: kindText, Hint: "Such as CVE-2026-12345"}, field{Name: "cwe", Label: "CWE", Kind: kindText, Hint: "Such as CWE-787"})
		},
		do: func(in *input) []cvd.Command {
			return []cvd.Command{cvd.Identify{Vuln: cvd.VulnID(in.number("vuln")), Title: in.text("title"), CVE: in.text("cve"), CWE: in.text("cwe")}}
		}},
}

var ratings = []cvd.Rating{cvd.RatingLow, cvd.RatingMedium, cvd.RatingHigh, cvd.RatingCritical}

func isCase(c *cvd.Case) bool { return c.Submission.Stage == cvd.StageCase }

// canMove reports whether the team's own work can make a step.
func canMove(e vultron.RMEvent) func(*cvd.Case) bool {
	return func(c *cvd.Case) bool {
		_, ok := c.RM().Next(e)
		return isCase(c) && ok
	}
}

func unacknowledged(c *cvd.Case) (out []cvd.Report) {
	for _, r := range c.Reports {
		if r.Acknowledged.IsZero() && r.MovedTo == (cvd.CaseID{}) {
			out = append(out, r)
		}
	}
	return out
}

// reportField asks which report, where there are several.
func reportField(rs []cvd.Report) []field {
	if len(rs) < 2 {
		return nil
	}
	f := field{Name: "report", Label: "Report", Kind: kindSelect}
	for _, r := range rs {
		f.Options = append(f.Options, option{number(r.ID), "Report " + number(r.ID) + " " + r.Title.Display(), ""})
	}
	return []field{f}
}

func (in *input) report(rs []cvd.Report) cvd.ReportID {
	if len(rs) == 1 {
		return rs[0].ID
	}
	return cvd.ReportID(in.number("report"))
}

// vulnField asks which vulnerability, where there are several.
func vulnField(c *cvd.Case) []field {
	if len(c.Vulnerabilities) < 2 {
		return nil
	}
	f := field{Name: "vuln", Label: "Vulnerability", Kind: kindSelect}
	for _, v := range c.Vulnerabilities {
		f.Options = append(f.Options, option{number(v.ID), "Vulnerability " + number(v.ID) + " " + v.Title.Display(), v.CVE.Display()})
	}
	return []field{f}
}

func triage(in *input) []cvd.Command {
	x := cvd.Triage{Report: in.report(in.c.Reports), Reply: in.text("reply"), Reason: in.text("reason")}
	switch in.values.Get("outcome") {
	case "valid":
		x.Outcome = cvd.OutcomeValid
	case "needs information":
		x.Outcome = cvd.OutcomeNeedsInformation
		in.need("reply", "Ask what is missing.")
	case "invalid":
		x.Outcome = cvd.OutcomeInvalid
	case "duplicate":
		x.Outcome = cvd.OutcomeDuplicate
		if other := in.otherCase("other"); other != nil {
			x.DuplicateOf = other.ID
		}
	case "out of scope":
		x.Outcome = cvd.OutcomeOutOfScope
	default:
		in.bad("outcome", "Choose a result.")
	}
	if x.Outcome == cvd.OutcomeInvalid || x.Outcome == cvd.OutcomeOutOfScope {
		in.sure(x)
	}
	return []cvd.Command{x}
}

// sure shows what a triage that turns a reporter away will tell, which cannot be unsaid,
// unless that was seen and confirmed.
func (in *input) sure(x cvd.Triage) {
	shown := fmt.Sprintf("%x", sha256.Sum256([]byte(number(x.Report)+" "+x.Outcome.String()+"\n"+string(x.Reply))))
	if in.values.Get("shown") == shown || len(in.problems) > 0 {
		return
	}
	in.values.Set("shown", shown)
	who := "The reporter"
	for _, r := range in.c.Reports {
		if r.ID == x.Report {
			who = in.c.PartyName(r.Reporter)
		}
	}
	says := "it is not yours"
	if x.Outcome == cvd.OutcomeInvalid {
		says = "it is no vulnerability"
	}
	in.shows = []string{who + " is told at once that " + says + ". It cannot be unsaid."}
	if x.Reply == "" {
		in.shows = append(in.shows, "You have written nothing to them: they learn no reason.")
	} else {
		in.shows = append(in.shows, "Your words to them: "+x.Reply.DisplayText())
	}
}
