package service_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/policy"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/storage"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// The rules of who sees what, and of the negotiation, as an attack on the core
// found them broken (design page, "Who sees what" and "Embargo rules").

// blind reports whether a party sees nothing of the matter.
func (d *desk) blind(id cvd.CaseID, p cvd.PartyID) bool {
	c := d.view(id, cvd.Viewer{Party: p})
	seen := string(c.Title)
	for _, v := range c.Vulnerabilities {
		seen += string(v.Title)
	}
	for _, r := range c.Reports {
		seen += string(r.Summary)
	}
	return seen == ""
}

func TestInvitedSeesNothingBeforeItsYes(t *testing.T) {
	d := newDesk(t)
	id := intake(d)
	d.do(id, vendor) // participant 3, while there are no terms
	require.True(t, d.blind(id, 3), "where there is no embargo yet")
	d.refused(id, cvd.RuleEmbargoState, cvd.AnswerInvitation{Party: 3, Accept: true})
	d.do(id, propose, vendorAt("four"))
	require.True(t, d.blind(id, 3), "while one is proposed")
	require.Equal(t, vultron.Invited, d.view(id, team).Participants[3].Consent, "there are terms to answer")
	d.relay()
	require.Contains(t, string(d.box.got[0].Text), "2026-", "the invitation shows them")
	d.do(id, cvd.AnswerInvitation{Party: 4, Accept: true})
	require.False(t, d.blind(id, 4), "its own yes opens the case")
	d.do(id, cvd.AcceptEmbargo{Party: 2})
	require.False(t, d.blind(id, 4), "and the reporter's yes to the same terms does not shut it")
	require.Equal(t, vultron.Signatory, d.view(id, team).Participants[3].Consent)
	d.do(id, cvd.Triage{Outcome: cvd.OutcomeValid}, cvd.Accept{}, cvd.RecordStatus{Party: 4, Affected: cvd.IsFixed, Statement: "a statement"})
	d.clock.t = noon.AddDate(0, 0, 31)
	d.do(id, cvd.Publish{Vulnerabilities: []cvd.VulnID{1}})
	require.True(t, d.blind(id, 3), "nor does the publication open it for one that was never heard of")
	require.Empty(t, d.view(id, cvd.Viewer{Party: 3}).Statuses)
	require.Len(t, d.view(id, cvd.Viewer{Party: 3}).Publications, 1)
	require.False(t, d.blind(id, 4))
}

func TestWindowsMoveAlong(t *testing.T) {
	d := newDesk(t)
	id := embargoed(d)
	d.do(id, vendorAt("one"), cvd.AnswerInvitation{Party: 3, Accept: true}, vendorAt("two"),
		cvd.ProposeEmbargo{Ends: noon.AddDate(0, 0, 20)}, cvd.AcceptEmbargo{Party: 2})
	parent := d.view(id, team)
	child, err := d.svc.Split(ctx, id, staff, cvd.Split{Title: "t", Vulnerabilities: []cvd.VulnID{1}, Participants: []cvd.PartyID{3, 4}})
	require.NoError(t, err)
	c := d.view(child.ID, team)
	require.Equal(t, vultron.Lapsed, c.Participants[1].Consent)
	require.Equal(t, parent.Participants[2].AnswerBy, c.Participants[1].AnswerBy)
	require.Equal(t, vultron.Invited, c.Participants[2].Consent)
	require.Equal(t, parent.Participants[3].AnswerBy, c.Participants[2].AnswerBy)
	require.False(t, d.blind(child.ID, 2), "it has time to answer")
	d.clock.pass(300 * 24 * time.Hour)
	require.True(t, d.blind(child.ID, 2), "its time is over")
}

func TestANoShutsTheCase(t *testing.T) {
	for name, invite := range map[string]cvd.Command{
		"details first": cvd.Invite{Roles: cvd.RoleVendor, Contact: cvd.Contact{Name: "n"}, DetailsFirst: true, Reason: "an agreement"},
		"as a reporter": cvd.Invite{Roles: cvd.RoleReporter, Contact: cvd.Contact{Name: "n"}},
	} {
		d := newDesk(t)
		id := embargoed(d)
		d.do(id, invite)
		require.Equal(t, name != "details first", d.blind(id, 3), name)
		d.do(id, cvd.AnswerInvitation{Party: 3})
		require.True(t, d.blind(id, 3), name)
		d.refused(id, cvd.RuleAudience, cvd.PostMessage{To: []cvd.PartyID{3}, Text: "the matter"})
		d.do(id, cvd.AskConsent{To: 3})
		require.True(t, d.blind(id, 3), "%s: to be asked again is no yes", name)
	}
	d := newDesk(t)
	id := embargoed(d)
	d.do(id, cvd.AnswerInvitation{Party: 2}) // the reporter withdraws
	v := d.view(id, cvd.Viewer{Party: 2})
	require.Empty(t, v.Title)
	require.Len(t, v.Reports, 1, "its own report stays its own")
	d.refused(id, cvd.RuleAudience, cvd.PostMessage{To: []cvd.PartyID{2}, Text: "the matter"})
	sent := len(d.mail.got)
	d.do(id, cvd.EndEmbargo{Reason: "agreed"})
	d.relay()
	require.Greater(t, len(d.mail.got), sent, "the terms of an embargo still reach it")
}

func TestSecondReporterSeesItsOwnReport(t *testing.T) {
	d := newDesk(t, func(c *cvd.Config) { c.Standing = cvd.StandingEmbargo{Days: 30, Policy: "team/1"} })
	d.clock.t = noon
	second := report
	second.IDs, second.Reporter, second.Summary = nil, cvd.Contact{Email: "second@finder.example"}, "seen by a second one"
	id := d.do(cvd.CaseID{}, report).ID
	d.do(id, second) // under the embargo of the team's policy
	require.Equal(t, vultron.EMActive, d.view(id, team).Embargo.State)
	v := d.view(id, cvd.Viewer{Party: 3})
	require.Empty(t, v.Title)
	require.Empty(t, v.Vulnerabilities[0].Title)
	require.Len(t, v.Reports, 1)
	require.Equal(t, "seen by a second one", string(v.Reports[0].Summary))
	require.False(t, v.Embargo.Proposals[0].Ends.IsZero(), "and the terms")
	d.do(id, cvd.AnswerInvitation{Party: 3, Accept: true})
	require.NotEmpty(t, d.view(id, cvd.Viewer{Party: 3}).Title)
}

func TestForgedTitlesDoNotShow(t *testing.T) {
	var f *faulty
	d := newDesk(t, onFaulty(&f))
	d.received()
	real := d.log(d.do(cvd.CaseID{}, cvd.Receive{Title: "another"}).ID)
	f.alter = func(rs []storage.Record) []storage.Record {
		for i := range rs {
			for _, r := range real {
				if len(rs[i].Private) > 0 && len(r.Private) > 0 && service.NameIn(rs[i].Body) == "case.opened/1" && service.NameIn(r.Body) == "case.opened/1" {
					rs[i].Private = r.Private // a title that was never this case's
				}
			}
		}
		return rs
	}
	page, err := d.svc.Find(ctx, team, service.Filter{}, "", 10)
	require.NoError(t, err)
	require.Len(t, page.Problems, 1)
	require.ErrorIs(t, page.Problems[0].Err, cvd.ErrTampered)
	titles := map[string]int{}
	for _, x := range page.Cases {
		titles[string(x.Title)]++
	}
	require.Equal(t, map[string]int{"": 1, "another": 1}, titles)
	f.alter = nil
	heads, err := d.store.Heads(ctx, storage.Query{Limit: 1})
	require.NoError(t, err)
	h := heads[0]
	h.Data[3] ^= 1
	require.NoError(t, d.store.Append(ctx, []storage.Change{{ID: h.ID, After: h.Seq, Tip: h.Tip, Head: h}}))
	page, err = d.another().svc.Find(ctx, team, service.Filter{}, "", 10)
	require.NoError(t, err)
	require.Len(t, page.Cases, 1, "a head that somebody else made")
	require.ErrorIs(t, page.Problems[0].Err, cvd.ErrTampered)
}

func TestProposalsThatHoldUpNobody(t *testing.T) {
	d := newDesk(t)
	id := intake(d)
	d.do(id, cvd.ProposeEmbargo{Ends: days(5)})
	c := d.do(id, cvd.WithdrawProposal{Reason: "a slip"})
	require.Equal(t, cvd.ProposalWithdrawn, c.Embargo.Proposals[0].State)
	require.Equal(t, vultron.EMNone, c.Embargo.State)
	d.do(id, cvd.ProposeEmbargo{Ends: days(5)}, cvd.ProposeEmbargo{Ends: days(40)})
	d.refused(id, cvd.RuleEmbargoEarliest, cvd.AcceptEmbargo{Proposal: 3, Party: 2})
	d.clock.t = days(6)
	c = d.do(id, cvd.AcceptEmbargo{Proposal: 3, Party: 2})
	require.Equal(t, cvd.ProposalVoid, c.Embargo.Proposals[1].State)
	require.Equal(t, vultron.EMActive, c.Embargo.State)
	d.do(id, cvd.ProposeEmbargo{Party: 2, Ends: days(60)}, cvd.ProposeEmbargo{Ends: days(50)})
	c = d.do(id, cvd.AcceptEmbargo{Proposal: 5, Party: 2})
	require.Equal(t, cvd.ProposalWithdrawn, c.Embargo.Proposals[3].State, "who accepts a shorter date gives up its own longer one")
	d.clock.t = days(51)
	d.refused(id, cvd.RuleEmbargoOver, cvd.ProposeEmbargo{Ends: days(70)})
}

func TestUnanimityWithoutThoseWhoLeft(t *testing.T) {
	for name, leaves := range map[string]cvd.Command{
		"declined": cvd.AnswerInvitation{Party: 3}, "closed": cvd.ReportState{Party: 3, State: vultron.RMClosed},
	} {
		d := newDesk(t, func(c *cvd.Config) { c.Embargo.Resolve = cvd.ResolveUnanimous })
		id := intake(d)
		d.do(id, propose, vendor, cvd.AcceptEmbargo{Party: 2})
		require.Equal(t, vultron.EMProposed, d.view(id, team).Embargo.State, "the vendor's word is missing")
		c := d.do(id, leaves)
		require.Equal(t, vultron.EMActive, c.Embargo.State, name)
		d.do(id, cvd.ProposeEmbargo{Ends: days(20)})
		d.refused(id, cvd.RuleVoice, cvd.AcceptEmbargo{Party: 3})
	}
}

func TestAnswersNameTheirTerms(t *testing.T) {
	d := newDesk(t)
	id := embargoed(d)
	d.do(id, vendorAt("one"), cvd.ProposeEmbargo{Ends: days(20)}, cvd.AcceptEmbargo{Party: 2})
	d.refused(id, cvd.RuleTerms, cvd.AnswerInvitation{Party: 3, Accept: true, Proposal: 1})
	c := d.do(id, cvd.AnswerInvitation{Party: 3, Accept: true, Proposal: 2})
	require.Equal(t, cvd.ProposalID(2), c.Participants[2].Terms)
	// New terms, new time: a week again, though a day was left, and not beyond the end.
	d.do(id, vendorAt("two"))
	d.clock.pass(6 * 24 * time.Hour)
	c = d.do(id, cvd.ProposeEmbargo{Ends: days(15)}, cvd.AcceptEmbargo{Party: 2})
	require.Equal(t, days(13), c.Participants[3].AnswerBy.In(days(13).Location()))
	c = d.do(id, cvd.ProposeEmbargo{Ends: days(10)}, cvd.AcceptEmbargo{Party: 2})
	require.Equal(t, days(10), c.Participants[3].AnswerBy.In(days(10).Location()))
}

func TestShortEmbargoUnderAttack(t *testing.T) {
	d := newDesk(t)
	id := attacked(d)
	short := cvd.ProposeEmbargo{Ends: days(5), Reason: "the fix comes on Friday"}
	d.do(id, short, cvd.AcceptEmbargo{Party: 2})
	require.Equal(t, vultron.EMActive, d.view(id, team).Embargo.State)
	d.refused(id, cvd.RuleConsentWindow, cvd.Invite{Roles: cvd.RoleVendor, Contact: cvd.Contact{Name: "n"}, Window: time.Hour})
	d.do(id, cvd.Invite{Roles: cvd.RoleVendor, Contact: cvd.Contact{Name: "n"}, Window: time.Hour, Reason: "it is attacked"})
	// One other vendor's deployed fix does not hinder the rest.
	d = newDesk(t)
	id = intake(d)
	d.do(id, vendorAt("one"), cvd.Observe{What: vultron.VendorAware, Vendor: 3, Adopt: true},
		cvd.Observe{What: vultron.FixReady, Vendor: 3, Adopt: true}, cvd.Observe{What: vultron.FixDeployed, Vendor: 3, Adopt: true})
	d.do(id, propose)
}

func TestDecisionsGoByTheClock(t *testing.T) {
	d := newDesk(t)
	id := embargoed(d) // for 30 days
	ahead := d.another()
	ahead.clock = &clock{t: noon.AddDate(0, 0, 100)}
	ahead = ahead.another(func(c *cvd.Config) { c.Now = ahead.clock.Now })
	ahead.do(id, cvd.PostMessage{Text: "a note from a clock that is 100 days ahead"})
	_, err := d.svc.Do(ctx, id, staff, cvd.Publish{Vulnerabilities: []cvd.VulnID{1}})
	require.ErrorIs(t, err, cvd.ErrAhead)
	_, err = d.svc.View(ctx, id, team)
	require.NoError(t, err, "it can be read")
	r, err := d.svc.Relay(ctx, 10)
	require.NoError(t, err)
	for _, p := range r.Problems {
		require.ErrorIs(t, p.Err, cvd.ErrAhead)
	}
	patient := d.another(func(c *cvd.Config) { c.MaxAhead = 200 * 24 * time.Hour })
	patient.refused(id, cvd.RuleEmbargoHolds, cvd.Publish{Vulnerabilities: []cvd.VulnID{1}})
}

func TestEndsOnADayOfRest(t *testing.T) {
	d := newDesk(t, func(c *cvd.Config) {
		c.Calendar = policy.Calendar{Zone: time.UTC, Holidays: []policy.Holiday{{Name: "a holiday", Year: 2026, Month: time.March, Day: 11}}}
	})
	id := intake(d) // on a Monday, 2 March
	for _, x := range []struct {
		day int
		off bool
	}{{4, false}, {5, true}, {9, true}} {
		c := d.do(id, cvd.ProposeEmbargo{Ends: days(x.day)})
		require.Equal(t, x.off, c.Embargo.Proposals[len(c.Embargo.Proposals)-1].OffDay, days(x.day))
	}
	d.do(id, cvd.ProposeEmbargo{Ends: noon.AddDate(3, 0, 0), Reason: "hardware in the field"})
}

func TestReportersDateIsAProposal(t *testing.T) {
	d := newDesk(t, func(c *cvd.Config) { c.Standing = cvd.StandingEmbargo{Days: 30} })
	d.clock.t = noon
	r := report
	r.PublishOn = noon
	_, err := d.svc.Do(ctx, cvd.CaseID{}, staff, r)
	require.ErrorIs(t, err, cvd.ErrInput, "a past one is refused")
	r.PublishOn = days(14)
	c := d.do(cvd.CaseID{}, r)
	require.Len(t, c.Announced, 1)
	require.Len(t, c.Embargo.Proposals, 2, "the team's own, and the reporter's")
	require.Equal(t, cvd.PartyID(2), c.Embargo.Proposals[1].By)
	require.Equal(t, vultron.NoEmbargo, c.Participants[1].Consent, "which is no consent")
	c = d.do(c.ID, cvd.AcceptEmbargo{Proposal: 2})
	require.Equal(t, vultron.EMActive, c.Embargo.State)
}

func TestPublicationIsOfVulnerabilities(t *testing.T) {
	d := newDesk(t)
	id := embargoed(d)
	d.do(id, cvd.AddVulnerability{Title: "the second"})
	d.refused(id, cvd.RuleEmbargoHolds, cvd.Publish{Vulnerabilities: []cvd.VulnID{1}})
	c := d.do(id, cvd.Observe{What: vultron.PublicAware, Vuln: 1, Adopt: true})
	require.Equal(t, vultron.EMActive, c.Embargo.State, "one is left under it")
	c = d.do(id, cvd.Publish{}) // what is public needs neither fix nor word
	require.False(t, c.Vulnerabilities[0].Published.IsZero())
	require.True(t, c.Vulnerabilities[1].Published.IsZero())
	require.Equal(t, vultron.EMActive, c.Embargo.State)
	d.clock.t = days(31)
	d.refused(id, cvd.RuleOnce, cvd.Observe{What: vultron.PublicAware, Vuln: 1, Adopt: true})
	c = d.do(id, cvd.Publish{Vulnerabilities: []cvd.VulnID{2}})
	require.Equal(t, vultron.EMExited, c.Embargo.State)
	require.Equal(t, cvd.EndPublished, c.Embargo.Why)

	// Never the unfixed ones in silence.
	d = newDesk(t)
	id = after(valid, cvd.Accept{}, cvd.AddVulnerability{Title: "the second"}, cvd.RecordStatus{Vuln: 2, Affected: cvd.IsFixed})(d)
	c = d.do(id, cvd.Publish{})
	require.True(t, c.Vulnerabilities[0].Published.IsZero())
	require.False(t, c.Vulnerabilities[1].Published.IsZero())
	// What stays can have an embargo, also after a split of the public one.
	d.do(id, propose)
}
