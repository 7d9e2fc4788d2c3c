package cvdsim

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/cvdkit/cvdkit/advisory/tlp"
	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// generator makes the next step from what the cases have come to: mostly what a team
// would do next, so that cases get from intake to publication, and else anything.
type generator struct {
	*rand.Rand
	w *world
	n int
}

const mostCases = 6 // of one world

func (g *generator) next() *op {
	o := g.plain()
	if behind := g.w.behind(); len(behind) > 0 && g.n > g.w.o.World/3 && g.IntN(2) == 0 {
		if x := g.toward(behind[g.IntN(len(behind))]); x != nil {
			return x
		}
	}
	if g.IntN(5) == 0 {
		kinds := []faultKind{notWritten, written}
		if o.verb == "relay" {
			kinds = append(kinds, claimFails, claimedFails, mailRefused, mailUnknown, mailUnknown)
		}
		o.fault.kind = kinds[g.IntN(len(kinds))]
		o.fault.at = 1
		if g.IntN(4) == 0 {
			o.fault.at += g.IntN(6)
		}
	}
	if (o.verb == "tick" || o.verb == "relay") && g.IntN(12) == 0 {
		o.fault.jump = time.Duration(g.IntN(13)-6) * time.Hour
	}
	if o.label != "" && g.IntN(12) == 0 { // somebody else is faster
		d := g.command(g.w.byID[g.w.labels[o.label]])
		d.pass, d.host = 0, (o.host+1)%hosts
		o.during = d
	}
	return o
}

func (g *generator) op(verb string) *op {
	g.n++
	o := &op{n: g.n, host: g.IntN(hosts), verb: verb, actor: string(mark(g.n, 'a'))}
	switch g.IntN(8) {
	case 0:
		o.pass = time.Duration(1+g.IntN(72)) * time.Hour
	case 1, 2, 3:
		o.pass = time.Duration(g.IntN(180)) * time.Minute
	}
	return o
}

func (g *generator) any() *simCase {
	if len(g.w.cases) == 0 {
		return nil
	}
	return g.w.cases[g.IntN(len(g.w.cases))]
}

func (g *generator) plain() *op {
	k := g.any()
	if k != nil && len(g.w.cases) < mostCases && g.IntN(60) == 0 {
		return g.submit()
	}
	if k == nil || len(g.w.cases) < mostCases && g.IntN(30) == 0 {
		o := g.op("do")
		o.as = fmt.Sprint("c", o.n)
		o.act = g.receive(o.n)
		return o
	}
	switch g.IntN(50) {
	case 0, 1, 2, 3:
		return g.op("tick")
	case 4, 5, 6, 7, 8:
		return g.op("relay")
	case 9, 10:
		return g.op("releases")
	case 11:
		return g.op("restart")
	case 12:
		other := g.any()
		if other == k {
			break
		}
		o := g.op("merge")
		o.label, o.other, o.act = k.label, other.label, cvd.Merge{}
		return o
	case 13:
		return g.split(k)
	case 14:
		other := g.any()
		if other == k {
			break
		}
		o := g.op("link")
		o.label, o.other, o.act = k.label, other.label, cvd.LinkTo{}
		return o
	case 15:
		o := g.op("reopen")
		o.label, o.as, o.act = k.label, fmt.Sprint("c", o.n), cvd.Reopen{Reason: "it is not over"}
		return o
	case 17:
		return g.op("sync")
	case 18:
		return g.op("adds")
	case 19:
		return g.op("sweep")
	case 20, 21, 22:
		return g.aside(k)
	case 23:
		if len(g.w.cases) < mostCases {
			o := g.op("do")
			o.as, o.act, o.silent = fmt.Sprint("c", o.n), g.receive(o.n), true
			return o
		}
		o := g.op("do")
		o.label, o.act, o.silent = k.label, cvd.PostMessage{To: []cvd.PartyID{2}, Text: mark(o.n, 'm')}, true
		return o
	case 16:
		if p := g.party(k); p > cvd.Owner && g.IntN(3) == 0 {
			o := g.op("erase")
			o.label, o.act = k.label, cvd.ErasePerson{Party: p}
			return o
		}
	}
	return g.command(k)
}

// toward is a step to what has not happened yet; nil: any step will do.
func (g *generator) toward(what string) *op {
	k := g.any()
	if k == nil {
		return nil
	}
	c := k.view
	o := g.op("do")
	o.label = k.label
	switch what {
	case "faults":
		o = g.op("tick")
		o.fault = fault{kind: notWritten, at: 1}
		o.pass = 72 * time.Hour
	case "reminders":
		o = g.op("tick")
		o.pass = 72 * time.Hour
	case "repeats":
		o = g.op("relay")
		o.pass = 5 * time.Hour
		if g.IntN(2) == 0 {
			o.fault = fault{kind: mailUnknown, at: 1}
		}
	case "groups", "holds", "codes", "files":
		return g.aside(k)
	case "synced":
		return g.op("sync")
	case "submissions":
		return g.submit()
	case "imported":
		o.label, o.as, o.act, o.silent = "", fmt.Sprint("c", o.n), g.receive(o.n), true
	case "admitted", "dismissed":
		if c.Submission.Stage == cvd.StageCase {
			if g.IntN(4) > 0 {
				return nil
			}
			return g.submit()
		}
		o.act = g.early(o.n)
	case "merges", "splits", "erasures":
		return g.rare(what, k)
	case "reopened":
		if c.RM() != vultron.RMClosed {
			o.act = g.workflow(k, o.n)
			if o.act == nil || c.RM() == vultron.RMAccepted || c.RM() == vultron.RMDeferred {
				o.act = cvd.Close{Reason: mark(o.n, 'r'), Override: true}
			}
			break
		}
		o.verb, o.as, o.act = "reopen", fmt.Sprint("c", o.n), cvd.Reopen{Reason: "it is not over"}
	case "published", "releases":
		if _, secret := c.Embargo.Ends(); secret && g.IntN(2) == 0 {
			o.act = cvd.EndEmbargo{Reason: "there is no need for it"}
		} else if what == "releases" {
			o = g.release(k, o)
		} else if o.act = g.workflow(k, o.n); g.IntN(2) == 0 {
			o.act = cvd.Publish{Vulnerabilities: []cvd.VulnID{g.vuln(k)}}
		}
	}
	if o.verb == "do" && o.act == nil {
		return nil
	}
	return o
}

// release takes the next step of one.
func (g *generator) release(k *simCase, o *op) *op {
	switch r := k.view.Release; {
	case k.view.RM() != vultron.RMAccepted:
		o.act = g.workflow(k, o.n)
	case r.At.IsZero():
		at := g.w.now.Add(time.Hour)
		if ends, secret := k.view.Embargo.Ends(); secret && ends.After(at) {
			at = ends
		}
		o.act, o.pass = cvd.PlanRelease{At: at, Outputs: []string{"csaf"}}, 0
	case len(r.Approvals) < 2:
		o.act = cvd.ApproveRelease{}
	default:
		o.label, o.verb = "", "releases"
		o.pass = max(0, r.At.Sub(g.w.now)) + time.Minute
	}
	return o
}

// rare is a step of two cases, or one that takes something away.
func (g *generator) rare(what string, k *simCase) *op {
	switch what {
	case "splits":
		return g.split(k)
	case "merges":
		other := g.any()
		if len(g.w.cases) == 1 {
			o := g.op("do")
			o.as, o.act = fmt.Sprint("c", o.n), g.receive(o.n)
			return o
		}
		if other == k {
			return nil
		}
		o := g.op("merge")
		o.label, o.other, o.act = k.label, other.label, cvd.Merge{}
		return o
	}
	p := g.party(k)
	if p == cvd.Owner {
		return nil
	}
	o := g.op("erase")
	o.label, o.act = k.label, cvd.ErasePerson{Party: p}
	return o
}

func (g *generator) split(k *simCase) *op {
	o := g.op("split")
	x := cvd.Split{Title: mark(o.n, 't')}
	for i := range k.view.Vulnerabilities {
		if g.IntN(2) == 0 {
			x.Vulnerabilities = append(x.Vulnerabilities, k.view.Vulnerabilities[i].ID)
		}
	}
	for i := range k.view.Reports {
		if g.IntN(2) == 0 {
			x.Reports = append(x.Reports, k.view.Reports[i].ID)
		}
	}
	for _, p := range k.view.Participants[1:] {
		if g.IntN(2) == 0 {
			x.Participants = append(x.Participants, p.ID)
		}
	}
	o.label, o.as, o.act = k.label, fmt.Sprint("c", o.n), x
	return o
}

func (g *generator) party(k *simCase) cvd.PartyID {
	return cvd.PartyID(1 + g.IntN(len(k.view.Participants)))
}

func (g *generator) vuln(k *simCase) cvd.VulnID {
	return cvd.VulnID(1 + g.IntN(max(1, len(k.view.Vulnerabilities))))
}

func contact(n, who int) cvd.Contact {
	return cvd.Contact{
		Name: mark(n, 'n'), Identity: person(who),
		Routes: []cvd.Route{{Transport: cvd.TransportMail, Address: person(who)}},
	}
}

func (g *generator) receive(n int) cvd.Receive {
	x := cvd.Receive{
		Title: mark(n, 't'), Summary: mark(n, 's'), Wish: mark(n, 'w'), Reporter: contact(n, g.IntN(people)),
		IDs: []cvd.ExternalID{{Kind: cvd.IDMessage, Value: cvd.Private(fmt.Sprintf("<%d@finder.example>", n))}},
	}
	if g.IntN(10) == 0 {
		x.PublishOn = g.w.now.AddDate(0, 0, 10+g.IntN(30))
	}
	x.Exploited = g.IntN(12) == 0
	return x
}

// submit makes a submission of a report.
func (g *generator) submit() *op {
	o := g.op("do")
	x := g.receive(o.n)
	x.Submission = true
	o.as, o.act = fmt.Sprint("c", o.n), x
	return o
}

// early is what a team does with a submission.
func (g *generator) early(n int) cvd.Command {
	switch g.IntN(6) {
	case 0, 1:
		return cvd.Dismiss{Why: cvd.DismissalScanner, Reason: mark(n, 'r')}
	case 2:
		return cvd.Appeal{Text: mark(n, 'm')}
	case 3:
		return cvd.Acknowledge{}
	}
	return cvd.Admit{}
}

// aside is a step beside the work on a case.
func (g *generator) aside(k *simCase) *op {
	o := g.op("do")
	o.label = k.label
	switch g.IntN(8) {
	case 0, 1:
		x := cvd.SetGroups{Reason: mark(o.n, 'r')}
		if n := g.IntN(3); n < len(staffGroups) {
			x.Groups = []cvd.Private{staffGroups[n]}
		}
		o.act = x
	case 2:
		if k.held {
			o.act = cvd.LiftHold{Reason: mark(o.n, 'r')}
			break
		}
		o.act = cvd.LegalHold{Reason: mark(o.n, 'r')}
	case 3, 4:
		o.act = cvd.GrantAccess{Party: g.party(k), Code: codeOf(o.n), Replace: false}
	case 5:
		p := g.party(k)
		for _, c := range g.w.codes {
			if c.label == k.label && !c.ended {
				p = c.party
			}
		}
		o.act = cvd.RevokeAccess{Party: p, Reason: mark(o.n, 'r')}
	default:
		o.act = cvd.Attach{Party: g.party(k), Name: mark(o.n, 'f')}
	}
	return o
}

func (g *generator) command(k *simCase) *op {
	o := g.op("do")
	o.label = k.label
	if g.IntN(5) < 3 {
		o.act = g.workflow(k, o.n)
	}
	if o.act == nil {
		o.act = g.anything(k, o.n)
	}
	return o
}

// workflow is what a team does next; nil: nothing in particular.
func (g *generator) workflow(k *simCase, n int) cvd.Command {
	c := k.view
	if c.Submission.Stage != cvd.StageCase {
		return g.early(n)
	}
	for i := range c.Reports {
		if c.Reports[i].Acknowledged.IsZero() {
			return cvd.Acknowledge{Report: c.Reports[i].ID}
		}
	}
	switch c.RM() {
	case vultron.RMReceived, vultron.RMInvalid:
		return cvd.Triage{Report: cvd.ReportID(1 + g.IntN(max(1, len(c.Reports)))), Outcome: cvd.OutcomeValid, Reason: mark(n, 'r')}
	case vultron.RMValid, vultron.RMDeferred:
		return cvd.Accept{}
	case vultron.RMClosed:
		return nil
	}
	ends, secret := c.Embargo.Ends()
	if len(c.Participants) < 4 {
		return cvd.Invite{Roles: cvd.RoleVendor, Contact: contact(n, g.IntN(people))}
	}
	for _, p := range c.Participants[1:] {
		if p.Consent == vultron.Invited && g.IntN(2) == 0 {
			return cvd.AnswerInvitation{Party: p.ID, Accept: g.IntN(5) > 0}
		}
	}
	if !secret && c.Embargo.State == vultron.EMNone && len(c.Publications) == 0 {
		return cvd.ProposeEmbargo{Ends: g.w.now.AddDate(0, 0, 5+g.IntN(15))}
	}
	for _, p := range c.Embargo.Proposals {
		if p.State == cvd.ProposalOpen {
			by := cvd.Owner
			if p.By == cvd.Owner {
				by = g.party(k)
			}
			return cvd.AcceptEmbargo{Proposal: p.ID, Party: by}
		}
	}
	switch g.IntN(12) {
	case 6, 7, 8:
		return cvd.Publish{Vulnerabilities: []cvd.VulnID{g.vuln(k)}}
	case 0:
		return cvd.Observe{What: vultron.FixReady, Vuln: g.vuln(k), Vendor: g.party(k), Party: g.party(k), Adopt: true}
	case 1, 2, 3:
		if c.Release.At.IsZero() && len(c.Publications) == 0 {
			at := g.w.now.AddDate(0, 0, 2)
			if secret && ends.After(at) {
				at = ends
			}
			return cvd.PlanRelease{At: at, Outputs: []string{"csaf"}}
		}
		return cvd.ApproveRelease{}
	case 4:
		x := cvd.Publish{Advisories: []string{"https://example.org/1"}}
		for i := range c.Vulnerabilities {
			x.Vulnerabilities = append(x.Vulnerabilities, c.Vulnerabilities[i].ID)
		}
		return x
	case 5:
		if len(c.Publications) > 0 {
			return cvd.Close{}
		}
	}
	return nil
}

func (g *generator) anything(k *simCase, n int) cvd.Command {
	p, v := g.party(k), g.vuln(k)
	label := tlp.Unset
	if g.IntN(6) == 0 {
		label = tlp.Red
	}
	switch g.IntN(26) {
	case 0:
		return g.receive(n)
	case 1, 2:
		x := cvd.Invite{Roles: cvd.RoleVendor, Contact: contact(n, g.IntN(people)), DetailsFirst: g.IntN(6) == 0, Reason: mark(n, 'r')}
		if len(k.view.Participants) > 7 {
			break
		}
		return x
	case 3, 4:
		return cvd.AnswerInvitation{Party: p, Accept: g.IntN(3) > 0}
	case 5:
		return cvd.Triage{Report: 1, Outcome: cvd.OutcomeInvalid, Reason: mark(n, 'r'), Quiet: g.IntN(2) == 0}
	case 6:
		return cvd.AddVulnerability{Title: mark(n, 't')}
	case 7:
		return cvd.ProposeEmbargo{Party: p, Ends: g.w.now.AddDate(0, 0, 1+g.IntN(60))}
	case 8:
		return cvd.RejectEmbargo{Party: p}
	case 9:
		return cvd.SetSeverity{Vuln: v, Party: p, Rating: cvd.RatingHigh}
	case 10:
		return cvd.RecordStatus{Vuln: v, Party: p, Affected: cvd.IsAffected}
	case 11:
		return cvd.MarkRead{}
	case 12:
		return cvd.Defer{}
	case 13:
		return cvd.ReportState{Party: p, State: vultron.RM(g.IntN(7))}
	case 14:
		return cvd.CancelRelease{Reason: "not yet"}
	case 15:
		return cvd.RemoveParty{Party: p, Reason: "it left"}
	case 16:
		if g.IntN(6) == 0 {
			return cvd.Observe{What: vultron.PublicAware, Vuln: v, Party: p, Adopt: true}
		}
	case 17:
		if g.IntN(4) == 0 {
			return cvd.Close{Reason: mark(n, 'r'), Override: true}
		}
	}
	x := cvd.PostMessage{Party: p, Text: mark(n, 'm'), TLP: label}
	if g.IntN(5) > 0 {
		for range 1 + g.IntN(2) {
			if q := g.party(k); q != p {
				x.To = append(x.To, q)
			}
		}
	}
	if len(x.To) == 0 {
		x.Party = cvd.Owner
	}
	if len(x.To) == 2 && x.To[0] == x.To[1] {
		x.To = x.To[:1]
	}
	return x
}
