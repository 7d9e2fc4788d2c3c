package cvdmodel

import (
	"strconv"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// some returns a number from 1 to n, now and then one more.
func (d *driver) some(n int) int {
	if d.IntN(20) == 0 {
		return n + 1
	}
	return 1 + d.IntN(max(n, 1))
}

func (d *driver) text(p int) cvd.Private {
	if d.IntN(p) == 0 {
		return ""
	}
	return "text"
}

// random returns a command, and what the model says of it.
func (d *driver) random() (cvd.Command, bool) {
	m := d.m
	party, report, v := d.some(len(m.parties)), d.some(len(m.reports)), d.some(len(m.vulns))
	yes := d.IntN(3) > 0
	if d.IntN(40) == 0 {
		return d.groups()
	}
	if m.stage.at != 0 {
		return d.early()
	}
	if d.IntN(24) == 0 {
		return d.letter()
	}
	switch d.IntN(51) {
	case 0:
		who, date := d.IntN(4), d.date()
		return d.report(who, date), m.receive(who, millis(date))
	case 1:
		return cvd.Acknowledge{Report: cvd.ReportID(report)}, m.acknowledge(report)
	case 2, 3:
		x := cvd.Triage{Report: cvd.ReportID(report), Outcome: cvd.OutcomeValid}
		return x, m.triage(report, valid, 0, false)
	case 4, 5:
		return d.triage(report)
	case 6, 7, 8:
		return cvd.Accept{}, m.own('a')
	case 9:
		return cvd.Defer{}, m.own('d')
	case 10:
		override, reason := d.IntN(4) == 0, d.text(2)
		return cvd.Close{Override: override, Reason: reason}, m.shut(override, reason != "")
	case 11, 12, 13, 14:
		ends, reason := d.ahead(), d.text(2)
		if d.IntN(60) == 0 {
			ends = ends.AddDate(2, 0, 0)
		}
		return cvd.ProposeEmbargo{Party: cvd.PartyID(party), Ends: ends, Reason: reason}, m.propose(party, ends.UnixMilli(), reason != "")
	case 15, 16, 17, 18:
		return d.accept(party)
	case 19:
		n := d.proposal()
		if yes && n <= len(m.proposals) {
			party = m.proposals[n-1].by
		}
		return cvd.WithdrawProposal{Proposal: cvd.ProposalID(n), Party: cvd.PartyID(party)}, m.withdraw(n, party)
	case 20:
		n := d.proposal()
		return cvd.RejectEmbargo{Proposal: cvd.ProposalID(n), Party: cvd.PartyID(party)}, m.reject(n, party)
	case 21:
		if !m.inForce() && yes {
			return d.accept(party)
		}
		reason := d.text(2)
		return cvd.EndEmbargo{Reason: reason}, m.end(reason != "")
	case 22, 23:
		return d.invite(yes)
	case 24, 25, 26:
		if !m.inForce() && yes {
			return d.accept(party)
		}
		asked := 0
		if d.IntN(3) == 0 {
			asked = d.proposal()
		}
		return cvd.AnswerInvitation{Party: cvd.PartyID(party), Accept: yes, Proposal: cvd.ProposalID(asked)}, m.answer(party, yes, asked)
	case 27, 28, 29:
		rm := vultron.RM(d.IntN(7))
		return cvd.ReportState{Party: cvd.PartyID(party), State: rm}, m.tells(party, rmLetters[rm])
	case 30:
		return cvd.AddVulnerability{}, m.addVuln()
	case 31, 32, 33, 34:
		return d.claim(v)
	case 35:
		n, keep := d.some(len(m.claims)), d.IntN(4) == 0
		return cvd.AdoptClaim{Claim: cvd.ClaimID(n), KeepEmbargo: keep}, m.adopt(n, keep)
	case 36:
		var named []int
		x := cvd.Publish{}
		for range d.IntN(3) {
			named = append(named, d.some(len(m.vulns)))
			x.Vulnerabilities = append(x.Vulnerabilities, cvd.VulnID(named[len(named)-1]))
		}
		actor := []string{"", "a"}[d.IntN(2)]
		if d.by.Actor = cvd.Private(actor); d.IntN(2) == 0 {
			x.Emergency = "an exploit is public"
		}
		return x, m.publish(named, x.Emergency != "", actor)
	case 37:
		w, reason := d.window(), d.text(2)
		return cvd.AskConsent{To: cvd.PartyID(party), Window: w, Reason: reason}, m.askAgain(party, w.Milliseconds(), reason != "")
	case 38:
		to, quorum := d.IntN(3), []int{0, 0, 50, 100, 101}[d.IntN(5)]
		x := cvd.SetEmbargoRules{Rules: cvd.EmbargoRules{Resolve: cvd.Resolution(to), Quorum: uint8(quorum)}}
		return x, m.rule(resolveLetters[to], quorum)
	case 39:
		at := d.ahead()
		return cvd.AnnounceDeadline{Party: cvd.PartyID(party), At: at}, m.announce(party, at.UnixMilli())
	case 40, 41, 45:
		return d.release(party)
	case 42, 43, 44:
		return d.correct(party, v)
	}
	return d.message()
}

// correct changes or takes back what was there.
func (d *driver) correct(party, v int) (cvd.Command, bool) {
	m, reason := d.m, d.text(4)
	switch d.IntN(8) {
	case 0:
		if d.IntN(3) > 0 {
			return cvd.CancelRelease{Reason: reason}, m.cancel(reason != "")
		}
		return cvd.RemoveParty{Party: cvd.PartyID(party), Reason: reason}, m.remove(party, reason != "")
	case 1:
		vendor, roles := d.IntN(3) > 0, cvd.RoleCoordinator
		if vendor {
			roles = cvd.RoleVendor
		}
		if party <= len(m.parties) && m.parties[party-1].reporter {
			roles |= cvd.RoleReporter
		}
		return cvd.ChangeParty{Party: cvd.PartyID(party), Roles: roles}, m.change(party, vendor)
	case 2, 3:
		says := []cvd.Affected{cvd.NoStatement, cvd.UnderInvestigation, cvd.IsAffected, cvd.IsFixed, cvd.IsFixed}[d.IntN(5)]
		return cvd.RecordStatus{Vuln: cvd.VulnID(v), Party: cvd.PartyID(party), Affected: says},
			m.states(party, v, says != cvd.NoStatement, says == cvd.IsFixed)
	}
	n := d.some(len(m.claims))
	return cvd.RetractAdoption{Claim: cvd.ClaimID(n), Reason: reason}, m.retract(n, reason != "")
}

// ahead is an instant within weeks, now and then in the past.
func (d *driver) ahead() time.Time {
	at := d.now.Add(time.Duration(d.IntN(12)-1) * 6 * time.Hour)
	if d.IntN(3) == 0 {
		at = at.AddDate(0, 0, d.IntN(20))
	}
	return at
}

func (d *driver) window() time.Duration {
	return []time.Duration{0, 0, 72 * time.Hour, 71 * time.Hour}[d.IntN(4)]
}

// date is one on which a reporter publishes: mostly none, now and then a past one.
func (d *driver) date() time.Time {
	switch d.IntN(16) {
	case 0:
		return d.now
	case 1, 2, 3:
		return d.now.AddDate(0, 0, 14)
	}
	return time.Time{}
}

func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// report of one of three people, or of somebody unknown.
func (d *driver) report(who int, date time.Time) cvd.Receive {
	x := cvd.Receive{Title: "a"}
	if who != 0 {
		x.Reporter = cvd.Contact{Identity: cvd.Private("r" + strconv.Itoa(who))}
	}
	x.PublishOn = date
	return x
}

func (d *driver) invite(vendor bool) (cvd.Command, bool) {
	x := cvd.Invite{Roles: cvd.RoleVendor, Contact: cvd.Contact{Name: "x"}, Window: d.window()}
	if !vendor {
		x.Roles = cvd.RoleExpert
	}
	if d.IntN(4) == 0 {
		x.DetailsFirst, x.Reason = true, "a standing agreement"
	}
	return x, d.m.invite(vendor, x.DetailsFirst, x.Window.Milliseconds())
}

// release plans a release, or answers or approves the planned one.
func (d *driver) release(party int) (cvd.Command, bool) {
	yes, reason := d.IntN(4) == 0, d.text(2)
	switch d.IntN(7) {
	case 0:
		at := d.ahead()
		return cvd.PlanRelease{At: at, Outputs: []string{"csaf"}}, d.m.plan(at.UnixMilli())
	case 1, 2:
		x := cvd.AnswerRelease{Party: cvd.PartyID(party), Hold: yes, Reason: reason}
		return x, d.m.hold(party, yes, reason != "")
	}
	actor := []string{"", "a", "b", "c"}[d.IntN(4)]
	d.by.Actor = cvd.Private(actor)
	return cvd.ApproveRelease{DespiteHold: yes, Reason: reason}, d.m.approve(actor, yes, reason != "")
}

// accept mostly lets the one answer who can: the owner, or another party where
// the proposal is the owner's.
func (d *driver) accept(party int) (cvd.Command, bool) {
	n := d.proposal()
	if d.IntN(4) > 0 && n <= len(d.m.proposals) {
		if party = 1; d.m.proposals[n-1].by == 1 {
			party = 1 + d.IntN(len(d.m.parties))
		}
	}
	return cvd.AcceptEmbargo{Proposal: cvd.ProposalID(n), Party: cvd.PartyID(party)}, d.m.accept(n, party)
}

func (d *driver) triage(report int) (cvd.Command, bool) {
	outcomes := map[byte]cvd.Outcome{
		valid: cvd.OutcomeValid, invalid: cvd.OutcomeInvalid, duplicate: cvd.OutcomeDuplicate,
		outOfScope: cvd.OutcomeOutOfScope, needsInformation: cvd.OutcomeNeedsInformation,
	}
	o, same, reply := invalid+byte(d.IntN(4)), 0, d.text(3)
	if o == duplicate && d.IntN(4) > 0 {
		same = d.some(len(d.m.reports))
	}
	x := cvd.Triage{Report: cvd.ReportID(report), Outcome: outcomes[o], SameAs: cvd.ReportID(same), Reply: reply}
	return x, d.m.triage(report, o, same, reply != "")
}

// proposal prefers the open ones.
func (d *driver) proposal() int {
	for range 4 {
		if n := d.some(len(d.m.proposals)); n <= len(d.m.proposals) && d.m.proposals[n-1].open {
			return n
		}
	}
	return d.some(len(d.m.proposals))
}

func (d *driver) claim(v int) (cvd.Command, bool) {
	// What ends an embargo is rarer, or there would be none to test.
	e := vultron.VendorAware + vultron.CSEvent(d.IntN(3))
	if d.IntN(8) == 0 {
		e = vultron.PublicAware + vultron.CSEvent(d.IntN(3))
	}
	vendor, by, adopt := d.some(len(d.m.parties)), d.some(len(d.m.parties)), d.IntN(3) > 0
	if d.IntN(2) == 0 {
		vendor = 1
	}
	x := cvd.Observe{What: e, Vuln: cvd.VulnID(v), Vendor: cvd.PartyID(vendor), Party: cvd.PartyID(by), Adopt: adopt}
	return x, d.m.observe(csLetters[e], v, vendor, by, adopt)
}

func (d *driver) message() (cvd.Command, bool) {
	x := cvd.PostMessage{Party: cvd.PartyID(d.some(len(d.m.parties))), Text: "text"}
	var to []int
	for range d.IntN(3) {
		p := d.some(len(d.m.parties))
		to = append(to, p)
		x.To = append(x.To, cvd.PartyID(p))
	}
	return x, d.m.post(int(x.Party), to)
}
