package pages

import (
	"context"
	"strings"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

var roles = []struct {
	role  cvd.Roles
	words string
}{{cvd.RoleVendor, "vendor"}, {cvd.RoleCoordinator, "coordinator"}, {cvd.RoleFinder, "finder"}, {cvd.RoleReporter, "reporter"}, {cvd.RoleDeployer, "deployer"}, {cvd.RoleExpert, "expert"}}

var partyActions = []action{
	{Name: "invite", Label: "Invite a party", Group: groupParties, Hint: "The invitation shows no details. While an embargo is in force the party learns them once it has agreed to it; without one it can read the case at once.",
		when: func(c *cvd.Case) bool { return isCase(c) && c.Open() },
		fields: func(_ *request, c *cvd.Case) []field {
			f := field{Name: "role", Label: "Role", Kind: kindSelect}
			for _, r := range roles {
				f.Options = append(f.Options, option{r.words, r.words, ""})
			}
			return []field{f, {Name: "organization", Label: "Organization", Kind: kindText}, {Name: "name", Label: "Name of the person", Kind: kindText}, {Name: "email", Label: "E-mail", Kind: kindText, Hint: "Without one nothing is sent: give them a code for the portal afterwards."},
				{Name: "key", Label: "Fingerprint of the OpenPGP key", Kind: kindText, Hint: "With it the mail is encrypted to them."}, {Name: "text", Label: "Add to the invitation", Kind: kindArea, Hint: "It must not tell what the case is about."}}
		},
		do: func(in *input) []cvd.Command {
			x := cvd.Invite{Contact: cvd.Contact{Organization: in.text("organization"), Name: in.text("name"), Email: in.text("email"), Key: in.text("key")}, Text: in.text("text")}
			for _, r := range roles {
				if r.words == in.values.Get("role") {
					x.Roles = r.role
				}
			}
			if x.Contact.Organization == "" && x.Contact.Name == "" {
				in.bad("organization", "Enter an organization or a name.")
			}
			return []cvd.Command{x}
		}},
	{Name: "code", Label: "Give a code for the portal", Button: "Make a code", Group: groupParties, Hint: "The code opens the case in the portal. It is shown once, here. Tell it by another way than the link, such as the telephone.",
		when: func(c *cvd.Case) bool { return len(c.Participants) > 1 },
		fields: func(_ *request, c *cvd.Case) []field {
			return []field{{Name: "party", Label: "For", Kind: kindSelect, Options: partyOptions(c, others)},
				{Name: "replace", Label: "End the codes that this party has", Kind: kindCheck, Hint: "For one that was lost."}}
		},
		run: func(in *input, by cvd.By) (*cvd.Case, error) {
			code, err := in.q.svc.NewCode()
			if err != nil {
				return nil, err
			}
			c, err := in.q.svc.DoView(in.q.ctx, in.c.ID, by, in.q.viewer(), cvd.GrantAccess{Party: cvd.PartyID(in.number("party")), Code: code, Replace: in.values.Get("replace") != ""})
			if err == nil && !c.Repeated {
				in.values.Set("code", string(code))
			}
			return c, err
		},
		once: func(in *input, c *cvd.Case) messageData {
			code := in.values.Get("code")
			if code == "" {
				return messageData{Text: "This code was made already, and is shown once only. Make another if it was lost."}
			}
			v := codeView{For: c.PartyName(cvd.PartyID(in.number("party"))), Code: code, Case: c.Number}
			if p := in.q.cfg.Public; p != "" {
				v.Link = strings.TrimSuffix(p, "/") + "/open?case=" + c.Number
			}
			return messageData{Code: &v}
		}},
	{Name: "answered", Label: "Record an answer to the invitation", Button: "Record", Group: groupParties, Hint: "A party has told you by telephone or mail whether it keeps the matter secret.",
		when: func(c *cvd.Case) bool { return len(undecided(c)) > 0 },
		fields: func(_ *request, c *cvd.Case) []field {
			return []field{{Name: "party", Label: "Party", Kind: kindSelect, Options: undecided(c)}, {Name: "accept", Label: "It says", Kind: kindRadio, Value: "yes", Options: []option{{"yes", "Yes", "it keeps the embargo"}, {"no", "No", "it does not"}}}}
		},
		do: func(in *input) []cvd.Command {
			return []cvd.Command{cvd.AnswerInvitation{Party: cvd.PartyID(in.number("party")), Accept: in.values.Get("accept") == "yes"}}
		}},
	{Name: "remove", Label: "Remove a party", Group: groupParties, Hint: "It gets no more messages and sees nothing any more but what it reported itself. What it said stays in the log.",
		when: func(c *cvd.Case) bool { return len(c.Participants) > 1 && isCase(c) },
		fields: func(_ *request, c *cvd.Case) []field {
			return []field{{Name: "party", Label: "Party", Kind: kindSelect, Options: append([]option{{Label: "choose one"}}, partyOptions(c, others)...)}, {Name: "reason", Label: "Reason", Kind: kindArea, Required: true}}
		},
		do: func(in *input) []cvd.Command {
			if in.number("party") == 0 {
				in.bad("party", "Choose a party.")
			}
			return []cvd.Command{cvd.RemoveParty{Party: cvd.PartyID(in.number("party")), Reason: in.need("reason", "Say why.")}}
		}},
}

// undecided are those who have not said whether they keep an embargo.
func undecided(c *cvd.Case) (out []option) {
	return partyOptions(c, func(p *cvd.Participant) bool {
		return others(p) && (p.Consent == vultron.Invited || p.Consent == vultron.Lapsed)
	})
}

var embargoActions = []action{
	{Name: "embargo", Label: "Propose an embargo", Button: "Propose", Group: groupEmbargo, Hint: "All parties are told, and it is in force once they accept it; the team that proposes it has agreed. What is in force holds until then.",
		label: func(c *cvd.Case) string {
			if c.Embargo.State == vultron.EMNone {
				return "Propose an embargo"
			}
			return "Propose another end of the embargo"
		},
		when: func(c *cvd.Case) bool { return isCase(c) && c.Open() && c.Embargo.State != vultron.EMExited },
		next: func(c *cvd.Case) bool {
			return isCase(c) && c.Open() && c.Embargo.State == vultron.EMNone && (c.RM() == vultron.RMValid || c.RM() == vultron.RMAccepted) && len(c.Publications) == 0 && !attacked(c)
		},
		fields: func(q *request, c *cvd.Case) []field {
			return []field{{Name: "ends", Label: "Secret until", Kind: kindDate, Required: true, Value: q.cfg.Now().In(q.cfg.Zone).AddDate(0, 0, 90).Format("2006-01-02T15:00")}, {Name: "reason", Label: "Reason", Kind: kindArea}}
		},
		do: func(in *input) []cvd.Command {
			return []cvd.Command{cvd.ProposeEmbargo{Ends: in.date("ends"), Reason: in.text("reason")}}
		}},
	{Name: "embargo-answer", Label: "Answer a proposed end", Button: "Answer", Group: groupEmbargo, Hint: "Parties answer in the portal or by mail. Here you record what one has told you, or what the team says to a proposal of others.",
		when: func(c *cvd.Case) bool { return len(openProposals(c, nil)) > 0 }, next: func(c *cvd.Case) bool { return len(openProposals(c, nil)) > 0 },
		fields: func(q *request, c *cvd.Case) []field {
			return []field{{Name: "proposal", Label: "Proposal", Kind: kindSelect, Options: openProposals(c, q)},
				{Name: "for", Label: "Who answers", Kind: kindSelect, Options: answerers(c)},
				{Name: "answer", Label: "Answer", Kind: kindRadio, Required: true, Options: []option{{"accept", "Accept", ""}, {"reject", "Reject", "an embargo in force stays so"}}},
				{Name: "reply", Label: "Why, to the others", Kind: kindArea, Hint: "Only if it is rejected."}}
		},
		do: func(in *input) []cvd.Command {
			id, party := cvd.ProposalID(in.number("proposal")), cvd.PartyID(in.number("for"))
			switch in.values.Get("answer") {
			case "accept":
				return []cvd.Command{cvd.AcceptEmbargo{Proposal: id, Party: party}}
			case "reject":
				return []cvd.Command{cvd.RejectEmbargo{Proposal: id, Party: party, Reply: in.text("reply")}}
			}
			in.bad("answer", "Choose an answer.")
			return nil
		}},
	{Name: "embargo-end", Label: "End the embargo", Group: groupEmbargo, Hint: "Because all agree, or its end has come. It publishes nothing. Before the agreed end it needs a reason.",
		when: func(c *cvd.Case) bool {
			return isCase(c) && c.Embargo.State >= vultron.EMActive && c.Embargo.State != vultron.EMExited
		},
		fields: func(*request, *cvd.Case) []field {
			return []field{{Name: "reason", Label: "Reason", Kind: kindArea}}
		},
		do: func(in *input) []cvd.Command { return []cvd.Command{cvd.EndEmbargo{Reason: in.text("reason")}} }},
}

// answerers are those who may answer an open proposal: whoever made the only ones does not.
func answerers(c *cvd.Case) []option {
	by := map[cvd.PartyID]bool{}
	for _, p := range c.Embargo.Proposals {
		if p.State == cvd.ProposalOpen {
			by[p.By] = true
		}
	}
	return partyOptions(c, func(p *cvd.Participant) bool { return p.Removed.IsZero() && (len(by) > 1 || !by[p.ID]) })
}

func openProposals(c *cvd.Case, q *request) (out []option) {
	for _, p := range c.Embargo.Proposals {
		if p.State == cvd.ProposalOpen {
			o := option{Value: number(p.ID)}
			if q != nil {
				o.Label = q.When(p.Ends) + ", by " + c.PartyName(p.By)
			}
			out = append(out, o)
		}
	}
	return out
}

var caseActions = []action{
	{Name: "title", Label: "Change the title", Group: groupCase, Hint: "Keep it neutral: it stands in lists.",
		fields: func(_ *request, c *cvd.Case) []field {
			return []field{{Name: "title", Label: "Title", Kind: kindText, Required: true, Value: c.Title.Display()}}
		},
		do: func(in *input) []cvd.Command {
			return []cvd.Command{cvd.SetTitle{Title: in.need("title", "Enter a title.")}}
		}},
	splitAction,
	{Name: "groups", Label: "Choose who of the team sees it", Button: "Set the groups", Group: groupCase, Hint: "Names of groups, with commas between them. Empty: the whole team. You need to be in one of them.",
		fields: func(_ *request, c *cvd.Case) []field {
			var names []string
			for _, set := range c.Groups {
				for _, g := range set {
					names = append(names, g.Display())
				}
			}
			return []field{{Name: "groups", Label: "Groups", Kind: kindText, Value: strings.Join(names, ", ")}, {Name: "reason", Label: "Reason", Kind: kindText}}
		},
		do: func(in *input) []cvd.Command {
			x := cvd.SetGroups{Reason: in.text("reason")}
			var mine bool
			if x.Groups, mine = in.groups(); len(x.Groups) > 0 && !mine {
				in.bad("groups", "You are in none of these groups, and would not see the case any more.")
			}
			return []cvd.Command{x}
		}},
	{Name: "merge", Label: "Merge it into another case", Group: groupCase, Hint: "The case tells of the same as another, and goes on there, with its parties and reports. Its number and its receipts lead there. This cannot be undone.",
		when: func(c *cvd.Case) bool { return c.Open() },
		fields: func(q *request, c *cvd.Case) []field {
			return []field{{Name: "into", Label: "Number of the other case", Kind: kindText, Required: true}, {Name: "reason", Label: "Reason", Kind: kindArea}}
		},
		run: merge},
	{Name: "link", Label: "Link it to another case", Group: groupCase, Hint: "Both stay as they are, and each shows the other.",
		fields: func(*request, *cvd.Case) []field {
			return []field{{Name: "other", Label: "Number of the other case", Kind: kindText, Required: true},
				{Name: "kind", Label: "It is", Kind: kindSelect, Options: []option{{"related", "related", ""}, {"depends", "needs the other", ""}, {"needed", "is needed by the other", ""}}}}
		},
		run: func(in *input, by cvd.By) (*cvd.Case, error) {
			other := in.otherCase("other")
			if other == nil {
				return nil, nil
			}
			kind := map[string]cvd.LinkKind{"depends": cvd.LinkDependsOn, "needed": cvd.LinkNeededBy}[in.values.Get("kind")]
			if _, err := in.q.svc.Link(in.q.ctx, in.c.ID, by, cvd.LinkTo{Kind: kind, Case: other.ID}); err != nil {
				return nil, err
			}
			return in.q.svc.View(in.q.ctx, in.c.ID, in.q.viewer())
		}},
	{Name: "close", Label: "Close the case", Group: groupCase, Hint: "Its dates end, and it leaves the list of open cases. It can be reopened.", when: canMove(vultron.RMClose),
		next: func(c *cvd.Case) bool { return isCase(c) && c.Open() && (c.RM() == vultron.RMInvalid || published(c)) },
		do:   func(*input) []cvd.Command { return []cvd.Command{cvd.Close{}} }},
	{Name: "reopen", Label: "Reopen the case", Group: groupCase, Hint: "It goes on in a new case, with its parties and its number.",
		when: func(c *cvd.Case) bool { return isCase(c) && c.RM() == vultron.RMClosed },
		fields: func(*request, *cvd.Case) []field {
			return []field{{Name: "reason", Label: "Reason", Kind: kindArea, Required: true}}
		},
		run: func(in *input, by cvd.By) (*cvd.Case, error) {
			x := cvd.Reopen{Reason: in.need("reason", "Say why.")}
			if len(in.problems) > 0 {
				return nil, nil
			}
			c, err := in.q.svc.Reopen(in.q.ctx, in.c.ID, by, x)
			if err != nil {
				return nil, err
			}
			return in.q.svc.View(in.q.ctx, c.ID, in.q.viewer())
		}},
}

// in reports whether who makes the request belongs to a group.
func (q *request) in(group string) bool {
	for _, g := range q.who.Groups {
		if g == cvd.EveryGroup || strings.EqualFold(strings.TrimSpace(string(g)), group) {
			return true
		}
	}
	return false
}

func merge(in *input, by cvd.By) (*cvd.Case, error) {
	other := in.otherCase("into")
	if other == nil {
		return nil, nil
	}
	c, err := in.q.svc.Merge(in.q.ctx, in.c.ID, by, cvd.Merge{Into: other.ID, Reason: in.text("reason")})
	if err != nil {
		return nil, err
	}
	return in.q.svc.View(context.WithoutCancel(in.q.ctx), c.ID, in.q.viewer())
}

func published(c *cvd.Case) bool { return len(c.Publications) > 0 }
