package service_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/advisory/tlp"
	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

func days(n int) time.Time { return noon.AddDate(0, 0, n) }

func vendorAt(box cvd.Private) cvd.Invite {
	return cvd.Invite{Roles: cvd.RoleVendor, Contact: cvd.Contact{
		Organization: "Vendor " + box, Identity: box, Routes: []cvd.Route{{Transport: "box", Address: box}},
	}}
}

var bob = cvd.By{Actor: "bob@psirt.example"}

// by applies commands in the name of somebody else.
func (d *desk) by(by cvd.By, id cvd.CaseID, cmds ...cvd.Command) *cvd.Case {
	d.t.Helper()
	c, err := d.svc.Do(ctx, id, by, cmds...)
	require.NoError(d.t, err)
	return c
}

// Cases for the refusals, and for the tests below.
var (
	twoProposed     = after(proposed, cvd.ProposeEmbargo{Ends: days(20)})
	twoRevisions    = after(embargoed, cvd.ProposeEmbargo{Ends: days(60)}, cvd.ProposeEmbargo{Ends: days(50)})
	unanimousRule   = cvd.SetEmbargoRules{Rules: cvd.EmbargoRules{Resolve: cvd.ResolveUnanimous}}
	unanimousLate   = after(after(embargoed, unanimousRule, vendor), cvd.ProposeEmbargo{Ends: days(50)})
	quorum          = after(after(embargoed, cvd.SetEmbargoRules{Rules: cvd.EmbargoRules{Quorum: 50}}, vendorAt("one"), vendorAt("two")), cvd.RecordStatus{Party: 1, Affected: cvd.NotAffected})
	releasePlanned  = after(embargoed, vendorAt("one"), cvd.PlanRelease{At: days(31), Outputs: []string{"csaf", "cve"}})
	releaseHeld     = approvedBy(after(releasePlanned, cvd.AnswerRelease{Party: 3, Hold: true, Reason: "not ready"}), cvd.ApproveRelease{DespiteHold: true, Reason: "late"}, cvd.ApproveRelease{})
	releaseApproved = approvedBy(releasePlanned, cvd.ApproveRelease{}, cvd.ApproveRelease{})
)

func approvedBy(prepare func(*desk) cvd.CaseID, first, second cvd.Command) func(*desk) cvd.CaseID {
	return func(d *desk) cvd.CaseID {
		id := prepare(d)
		d.do(id, first)
		d.by(bob, id, second)
		return id
	}
}

func releaseDue(d *desk) cvd.CaseID {
	id := releaseApproved(d)
	d.clock.t = days(32)
	return id
}

// multiparty writes every kind of record that several parties add to a case.
func multiparty(d *desk) cvd.CaseID {
	d.clock.t = noon
	berlin := time.FixedZone("Europe/Berlin", 7200)
	r := report
	r.PublishOn = days(45).In(berlin)
	id := d.do(cvd.CaseID{}, r).ID
	d.do(id, cvd.Triage{Outcome: cvd.OutcomeValid}, cvd.Accept{}, cvd.AddVulnerability{Title: "second", TLP: tlp.Green},
		cvd.RejectEmbargo{Reason: "too early"}, cvd.SetEmbargoRules{Rules: cvd.EmbargoRules{Resolve: cvd.ResolveUnanimous, Quorum: 50}},
		vendorAt("one"), vendorAt("two"),
		cvd.Invite{Roles: cvd.RoleExpert, Limited: true, Scope: []cvd.VulnID{2}, Contact: cvd.Contact{Name: "Xaver"}, Window: 96 * time.Hour})
	d.do(id, cvd.ProposeEmbargo{Ends: days(30).In(berlin), Dates: cvd.Dates{Existence: days(7).In(berlin), Details: days(60), ProofOfConcept: days(90)}})
	for p := cvd.PartyID(2); p <= 5; p++ {
		d.do(id, cvd.AcceptEmbargo{Party: p})
	}
	d.do(id, cvd.ProposeEmbargo{Ends: days(40)}, cvd.ProposeEmbargo{Party: 3, Ends: days(50)})
	d.do(id, cvd.RejectEmbargo{Proposal: 3, Party: 4})
	d.do(id, cvd.AnswerInvitation{Party: 3}, cvd.AskConsent{To: 3, Text: "Please."})
	d.do(id, cvd.AddProduct{Vendor: 4, Name: "router", TLP: tlp.Green},
		cvd.RecordStatus{Vuln: 1, Party: 4, Stream: 1, Affected: cvd.IsAffected, Statement: "we are", Shared: true, TLP: tlp.Green},
		cvd.Observe{What: vultron.VendorAware, Vuln: 1, Vendor: 4, Stream: 1, Party: 4, Adopt: true, Shared: true, TLP: tlp.AmberStrict},
		cvd.SetSeverity{Vuln: 2, Party: 4, Rating: cvd.RatingLow, TLP: tlp.Red})
	d.do(id, cvd.AnnounceDeadline{Party: 4, At: days(100), Reason: "our own policy"},
		cvd.RecordCompelledDisclosure{Basis: "court order 17", Recipient: "the court", What: "the report"})
	d.do(id, cvd.PlanRelease{At: days(30).Add(time.Hour).In(berlin), Outputs: []string{"csaf", "cve"}},
		cvd.AnswerRelease{Party: 3, Hold: true, Reason: "tests run"},
		cvd.PlanNotification{List: "distros", Parties: []cvd.PartyID{3, 5}, Lead: 48 * time.Hour, Agreement: "the list's rules"},
		cvd.ApproveRelease{DespiteHold: true, Reason: "agreed"})
	d.by(bob, id, cvd.ApproveRelease{DespiteHold: true, Reason: "agreed too"})
	d.clock.t = days(29)
	d.do(id, cvd.NotifyList{List: "distros", Text: "tomorrow"})
	d.clock.t = days(31)
	d.do(id, cvd.AnswerRelease{Party: 3}, cvd.RecordOutput{Output: "csaf", Ref: "https://example.org/1"})
	d.relay()
	return id
}

// Each rule of the embargo section of the design has a test of its name.

func TestEmbargoOnlyWhileNothingIsPublic(t *testing.T) {
	for _, e := range []vultron.CSEvent{vultron.PublicAware, vultron.ExploitPublic} {
		d := newDesk(t)
		id := intake(d)
		d.do(id, cvd.Observe{What: e, Adopt: true})
		d.refused(id, cvd.RuleEmbargoSecret, propose)
	}
	// A claim that nobody has adopted does not act.
	d := newDesk(t)
	id := intake(d)
	d.do(id, cvd.Observe{What: vultron.PublicAware}, propose)
}

func TestEmbargoDoesNotStartWithADeployedFix(t *testing.T) {
	d := newDesk(t)
	d.refused(deployed(d), cvd.RuleEmbargoDeployed, propose)
	d = newDesk(t)
	id := embargoed(d)
	d.do(id, cvd.Observe{What: vultron.VendorAware, Adopt: true}, cvd.Observe{What: vultron.FixReady, Adopt: true}, cvd.Observe{What: vultron.FixDeployed, Adopt: true})
	d.do(id, cvd.ProposeEmbargo{Ends: days(9)}, cvd.AcceptEmbargo{Party: 2})
}

func TestAdoptedObservationsEndTheEmbargo(t *testing.T) {
	for e, why := range map[vultron.CSEvent]cvd.EndReason{
		vultron.PublicAware: cvd.EndPublicAwareness, vultron.ExploitPublic: cvd.EndExploit, vultron.AttacksObserved: cvd.EndAttacks,
	} {
		d := newDesk(t)
		id := embargoed(d)
		c := d.do(id, cvd.Observe{What: e, Party: 2})
		require.Equal(t, vultron.EMActive, c.Embargo.State, "a claim alone ends nothing")
		c = d.do(id, cvd.AdoptClaim{Claim: c.OpenClaims()[0].ID})
		require.Equal(t, vultron.EMExited, c.Embargo.State)
		require.Equal(t, why, c.Embargo.Why)
		require.Empty(t, c.Publications, "ending is no duty to publish, and publishes nothing")
	}
	d := newDesk(t)
	id := embargoed(d)
	c := d.do(id, cvd.Observe{What: vultron.AttacksObserved}, cvd.AdoptClaim{Claim: 2, KeepEmbargo: true})
	require.Equal(t, vultron.EMActive, c.Embargo.State, "attacks end it by default only")
	_, err := d.svc.Do(ctx, id, staff, cvd.Observe{What: vultron.PublicAware}, cvd.AdoptClaim{Claim: 3, KeepEmbargo: true})
	require.ErrorIs(t, err, cvd.ErrInput, "only they leave a choice")
}

func TestEmbargoEndIsAnExactInstantWithItsZone(t *testing.T) {
	d := newDesk(t)
	id := intake(d)
	d.refused(id, cvd.RuleEmbargoEnd, cvd.ProposeEmbargo{})
	ends := days(30).Add(1234567 * time.Microsecond).In(time.FixedZone("Asia/Tokyo", 9*3600))
	c := d.do(id, cvd.ProposeEmbargo{Ends: ends}, cvd.AcceptEmbargo{Party: 2})
	got, ok := c.Embargo.Ends()
	require.True(t, ok)
	require.Equal(t, "2026-04-01T21:00:01.234+09:00", got.Format("2006-01-02T15:04:05.000Z07:00"))
	require.Contains(t, d.svc.Timeline(c).Text(), "2026-04-01 21:00 +0900 (Asia/Tokyo)")
}

func TestOneActiveEmbargoAndARevisionDoesNotInterruptIt(t *testing.T) {
	d := newDesk(t)
	id := embargoed(d)
	c := d.do(id, cvd.ProposeEmbargo{Party: 2, Ends: days(60)})
	require.Equal(t, vultron.EMRevise, c.Embargo.State)
	ends, _ := c.Embargo.Ends()
	require.True(t, ends.Equal(days(30)), "the old terms hold")
	d.refused(id, cvd.RuleEmbargoHolds, cvd.Publish{})
	c = d.do(id, cvd.RejectEmbargo{})
	require.Equal(t, vultron.EMActive, c.Embargo.State)
	c = d.do(id, cvd.ProposeEmbargo{Party: 2, Ends: days(60)}, cvd.AcceptEmbargo{})
	ends, _ = c.Embargo.Ends()
	require.True(t, ends.Equal(days(60)))
	require.Equal(t, cvd.ProposalReplaced, c.Embargo.Proposals[0].State, "there is one in force")
}

func TestUnilateralDeadlineIsNoEmbargo(t *testing.T) {
	d := newDesk(t)
	id := intake(d)
	c := d.do(id, cvd.AnnounceDeadline{Party: 2, At: days(45), Reason: "I publish then"})
	require.Equal(t, vultron.EMNone, c.Embargo.State)
	require.Equal(t, cvd.PartyID(2), c.Announced[0].By)
	require.Contains(t, d.svc.Timeline(c).Text(), "publishes by itself")
	_, ok := c.Embargo.Ends()
	require.False(t, ok)
}

func TestSeparateDates(t *testing.T) {
	d := newDesk(t)
	id := intake(d)
	x := cvd.Dates{Existence: days(7), Details: days(60), ProofOfConcept: days(90)}
	c := d.do(id, cvd.ProposeEmbargo{Ends: days(30), Dates: x}, cvd.AcceptEmbargo{Party: 2})
	require.Equal(t, x, c.Embargo.Proposals[0].Dates())
	text := d.svc.Timeline(c).Text()
	for _, s := range []string{"Existence may be public", "Details may be public", "Proof of concept may be public"} {
		require.Contains(t, text, s)
	}
	p := cvd.Proposal{Ends: days(30)}
	require.Equal(t, cvd.Dates{Existence: days(30), Details: days(30), ProofOfConcept: days(30)}, p.Dates(), "all the same unless said")
}

func TestShortestProposalWins(t *testing.T) {
	d := newDesk(t)
	id := twoProposed(d) // 30 and 20 days
	d.refused(id, cvd.RuleEmbargoEarliest, cvd.AcceptEmbargo{Proposal: 1, Party: 2})
	c := d.do(id, cvd.AcceptEmbargo{Proposal: 2, Party: 2})
	ends, _ := c.Embargo.Ends()
	require.True(t, ends.Equal(days(20)))
	require.Equal(t, vultron.EMRevise, c.Embargo.State, "the longer one is a revision now")
}

func TestOwnerDecides(t *testing.T) {
	d := newDesk(t, func(c *cvd.Config) { c.Embargo.Resolve = cvd.ResolveOwner })
	id := twoProposed(d)
	c := d.do(id, cvd.AcceptEmbargo{Proposal: 1, Party: 2})
	ends, _ := c.Embargo.Ends()
	require.True(t, ends.Equal(days(30)))
}

func TestUnanimous(t *testing.T) {
	d := newDesk(t, func(c *cvd.Config) { c.Embargo.Resolve = cvd.ResolveUnanimous })
	id := after(intake, vendorAt("one"), vendorAt("two"))(d)
	d.do(id, cvd.ProposeEmbargo{Party: 3, Ends: days(30)})
	c := d.do(id, cvd.AcceptEmbargo{}, cvd.AcceptEmbargo{Party: 2})
	require.Equal(t, vultron.EMProposed, c.Embargo.State, "one is missing")
	d.refused(id, cvd.RuleOnce, cvd.AcceptEmbargo{Party: 2})
	c = d.do(id, cvd.AcceptEmbargo{Party: 4})
	require.Equal(t, vultron.EMActive, c.Embargo.State)
	for _, p := range c.Participants {
		require.Equal(t, vultron.Signatory, p.Consent, "who accepted is bound at once")
	}
	// Who comes later has no vote on a revision before it has signed.
	d.do(id, vendorAt("three"), cvd.ProposeEmbargo{Ends: days(40)})
	d.refused(id, cvd.RuleEmbargoUnanimous, cvd.AcceptEmbargo{Party: 5})
	c = d.do(id, cvd.AcceptEmbargo{Party: 2}, cvd.AcceptEmbargo{Party: 3}, cvd.AcceptEmbargo{Party: 4})
	ends, _ := c.Embargo.Ends()
	require.True(t, ends.Equal(days(40)))
}

func TestRevisionsEarliestFirstAndStopAtTheFirstRejection(t *testing.T) {
	d := newDesk(t)
	id := after(embargoed, cvd.ProposeEmbargo{Ends: days(60)}, cvd.ProposeEmbargo{Ends: days(40)}, cvd.ProposeEmbargo{Ends: days(50)})(d)
	d.refused(id, cvd.RuleEmbargoEarliest, cvd.AcceptEmbargo{Proposal: 4, Party: 2})
	d.refused(id, cvd.RuleEmbargoEarliest, cvd.RejectEmbargo{Proposal: 4, Party: 2})
	d.do(id, cvd.AcceptEmbargo{Proposal: 3, Party: 2})
	c := d.do(id, cvd.RejectEmbargo{Proposal: 4, Party: 2})
	require.Equal(t, cvd.ProposalStopped, c.Embargo.Proposals[1].State, "60 days are not considered any more")
	require.Equal(t, vultron.EMActive, c.Embargo.State)
	ends, _ := c.Embargo.Ends()
	require.True(t, ends.Equal(days(40)))
}

func TestStandingPolicyIsAssumed(t *testing.T) {
	offer := func(c *cvd.Config) { c.Standing = cvd.StandingEmbargo{Days: 90, Policy: "team/3"} }
	d := newDesk(t, offer)
	c := d.do(cvd.CaseID{}, report)
	require.Equal(t, vultron.EMActive, c.Embargo.State)
	require.True(t, c.Embargo.Proposals[0].Assumed)
	require.Equal(t, "team/3", c.Embargo.Proposals[0].Policy)
	require.Contains(t, d.svc.Timeline(c).Text(), "acceptance assumed")
	// A reporter with a date of its own has said something.
	d = newDesk(t, offer)
	r := report
	r.PublishOn = d.clock.t.AddDate(0, 0, 14)
	c = d.do(cvd.CaseID{}, r)
	require.Equal(t, vultron.EMProposed, c.Embargo.State)
	require.Len(t, c.Announced, 1)
}

func TestReportingWhileOneIsProposedIsAcceptance(t *testing.T) {
	d := newDesk(t)
	id := d.do(cvd.CaseID{}, cvd.Open{Origin: cvd.OriginOutbound, Title: "found"}).ID
	d.do(id, cvd.ProposeEmbargo{Ends: d.clock.t.AddDate(0, 0, 30)})
	c := d.do(id, report)
	require.Equal(t, vultron.EMActive, c.Embargo.State)
	require.True(t, c.Embargo.Proposals[0].Assumed)
	require.Equal(t, vultron.Signatory, c.Participants[1].Consent)
	// One who reports later is asked, and sees no other's report meanwhile.
	c = d.do(id, cvd.Receive{Title: "the same", Reporter: cvd.Contact{Name: "second"}})
	require.Equal(t, vultron.Invited, c.Participants[2].Consent)
	require.Len(t, d.view(id, cvd.Viewer{Party: 3}).Reports, 1)
}

func TestInvitationShowsNothingBeforeAcceptance(t *testing.T) {
	d := newDesk(t)
	id := invited(d)
	v := d.view(id, cvd.Viewer{Party: 3})
	require.Empty(t, v.Title)
	require.Empty(t, v.Reports)
	ends, ok := v.Embargo.Ends()
	require.True(t, ok, "it sees the terms that it is asked to agree to")
	require.True(t, ends.Equal(days(30)))
	d.do(id, cvd.AnswerInvitation{Party: 3, Accept: true})
	v = d.view(id, cvd.Viewer{Party: 3})
	require.NotEmpty(t, v.Title)
	require.Len(t, v.Reports, 1)
}

func TestDetailsFirstNeedsARecordedReason(t *testing.T) {
	d := newDesk(t)
	id := embargoed(d)
	x := vendorAt("one")
	x.DetailsFirst = true
	_, err := d.svc.Do(ctx, id, staff, x)
	require.ErrorIs(t, err, cvd.ErrInput)
	x.Reason = "standing agreement"
	c := d.do(id, x)
	require.Equal(t, vultron.Invited, c.Participants[2].Consent)
	require.NotEmpty(t, d.view(id, cvd.Viewer{Party: 3}).Title)
}

func TestAnswerWindow(t *testing.T) {
	d := newDesk(t)
	id := invited(d)
	c := d.view(id, team)
	require.True(t, c.Participants[2].AnswerBy.Equal(d.clock.t.AddDate(0, 0, 7)), "seven days by default")
	d.refused(id, cvd.RuleConsentWindow, cvd.AskConsent{To: 3, Window: 71 * time.Hour})
	_, err := service.New(func() cvd.Config { c := d.cfg; c.AnswerWindow = time.Hour; return c }())
	require.Error(t, err)
	c = d.do(id, cvd.AnswerInvitation{Party: 3}, cvd.AskConsent{To: 3, Window: 72 * time.Hour})
	require.True(t, c.Participants[2].AnswerBy.Equal(d.clock.t.Add(72*time.Hour)))
}

func TestSilenceIsNoRefusalAndALateAnswerCounts(t *testing.T) {
	d := newDesk(t)
	id := invited(d)
	d.clock.pass(8 * 24 * time.Hour)
	c := d.view(id, team)
	p := c.Participants[2]
	require.True(t, p.Silent(d.clock.t))
	require.Equal(t, vultron.Invited, p.Consent, "it has not declined")
	c = d.do(id, cvd.AnswerInvitation{Party: 3, Accept: true})
	require.Equal(t, vultron.Signatory, c.Participants[2].Consent, "never refused only for being late")
	require.False(t, c.Participants[2].Silent(d.clock.t))
}

func TestASignatoryMayWithdraw(t *testing.T) {
	d := newDesk(t)
	id := after(invited, cvd.AnswerInvitation{Party: 3, Accept: true})(d)
	c := d.do(id, cvd.AnswerInvitation{Party: 3})
	require.Equal(t, vultron.Declined, c.Participants[2].Consent)
	require.Equal(t, vultron.EMActive, c.Embargo.State, "the others stay bound")
	require.Empty(t, d.view(id, cvd.Viewer{Party: 3}).Title)
	c = d.do(id, cvd.AskConsent{To: 3}, cvd.AnswerInvitation{Party: 3, Accept: true})
	require.Equal(t, vultron.Signatory, c.Participants[2].Consent)
}

func TestLapsedKeepsAccessUntilItsWindowEnds(t *testing.T) {
	d := newDesk(t)
	id := after(invited, cvd.AnswerInvitation{Party: 3, Accept: true})(d)
	c := d.do(id, cvd.ProposeEmbargo{Ends: days(60)}, cvd.AcceptEmbargo{Party: 2})
	require.Equal(t, vultron.Lapsed, c.Participants[2].Consent)
	require.NotEmpty(t, d.view(id, cvd.Viewer{Party: 3}).Title, "under the old terms")
	d.do(id, cvd.PostMessage{To: []cvd.PartyID{3}, Text: "t"})
	d.clock.t = c.Participants[2].AnswerBy.Add(time.Millisecond)
	require.Empty(t, d.view(id, cvd.Viewer{Party: 3}).Title)
	d.refused(id, cvd.RuleAudience, cvd.PostMessage{To: []cvd.PartyID{3}, Text: "t"})
	d.do(id, cvd.AnswerInvitation{Party: 3, Accept: true})
	require.NotEmpty(t, d.view(id, cvd.Viewer{Party: 3}).Title)
}

func TestEmbargoMessagesReachDeclinedAndLapsed(t *testing.T) {
	d := newDesk(t)
	id := after(embargoed, vendorAt("declined"), vendorAt("lapsed"), vendorAt("closed"))(d)
	d.do(id, cvd.AnswerInvitation{Party: 3}, cvd.AnswerInvitation{Party: 4, Accept: true}, cvd.AnswerInvitation{Party: 5, Accept: true},
		cvd.ReportState{Party: 5, State: vultron.RMClosed},
		cvd.ProposeEmbargo{Ends: days(60)}, cvd.AcceptEmbargo{Party: 2})
	d.clock.pass(8 * 24 * time.Hour)
	d.relay()
	d.box.got = nil
	d.do(id, cvd.EndEmbargo{Reason: "agreed"})
	d.relay()
	got := map[string]bool{}
	for _, m := range d.box.got {
		require.False(t, m.Notice)
		require.Contains(t, string(m.Text), "has ended")
		got[string(m.To.Address)] = true
	}
	require.Equal(t, map[string]bool{"declined": true, "lapsed": true, "closed": true}, got)
}

func TestCompelledDisclosurePassesTheEmbargo(t *testing.T) {
	d := newDesk(t)
	id := embargoed(d)
	c := d.do(id, cvd.RecordCompelledDisclosure{Basis: "court order", Recipient: "the court", What: "the report"})
	require.Equal(t, vultron.EMActive, c.Embargo.State, "it holds for the others")
	full := d.view(id, team)
	require.Equal(t, "court order", string(full.Disclosures[0].Basis))
	require.Equal(t, "the court", string(full.Disclosures[0].Recipient))
	require.Empty(t, d.view(id, cvd.Viewer{Party: 2}).Disclosures)
}

func TestClosingNeedsAnOverrideAndDeferringDoesNotEndIt(t *testing.T) {
	d := newDesk(t)
	id := embargoed(d)
	c := d.do(id, cvd.Defer{Reason: "r"})
	require.Equal(t, vultron.EMActive, c.Embargo.State)
	d.refused(id, cvd.RuleEmbargoClose, cvd.Close{})
	c = d.do(id, cvd.Close{Override: true, Reason: "handed over"})
	require.Equal(t, vultron.EMActive, c.Embargo.State)
}

func TestEarlyEndNeedsAQuorumOfFixes(t *testing.T) {
	d := newDesk(t)
	id := quorum(d) // two vendors count, the owner is not affected
	fix := func(p cvd.PartyID) {
		d.do(id, cvd.Observe{What: vultron.VendorAware, Vendor: p, Adopt: true}, cvd.Observe{What: vultron.FixReady, Vendor: p, Adopt: true})
	}
	d.refused(id, cvd.RuleEmbargoQuorum, cvd.EndEmbargo{Reason: "early"})
	fix(3)
	c := d.do(id, cvd.EndEmbargo{Reason: "early"})
	require.Equal(t, vultron.EMExited, c.Embargo.State)
	d = newDesk(t)
	id = quorum(d)
	d.clock.t = days(31)
	d.do(id, cvd.EndEmbargo{}) // at its end no quorum is asked for
}

func TestRulesDoNotChangeWhileAProposalIsOpen(t *testing.T) {
	d := newDesk(t)
	id := proposed(d)
	d.refused(id, cvd.RuleEmbargoRules, unanimousRule)
	c := d.do(id, cvd.AcceptEmbargo{Party: 2}, unanimousRule)
	require.Equal(t, cvd.ResolveUnanimous, c.Embargo.Rules.Resolve)
}

// A report is taken in whatever its reporter has said of the embargo before: as
// a signatory, with a question open, or with a vote that it has used or lost.
func TestNoReportIsRefusedForTheEmbargo(t *testing.T) {
	again := func(what cvd.Private) cvd.Receive { return cvd.Receive{Title: what, Reporter: report.Reporter} }
	d := newDesk(t)
	id := embargoed(d)
	c := d.do(id, again("second"))
	require.Equal(t, vultron.Signatory, c.Participants[1].Consent)
	d.do(id, cvd.AnswerInvitation{Party: 2})
	c = d.do(id, again("third"))
	require.Equal(t, vultron.Invited, c.Participants[1].Consent, "it is asked anew")
	c = d.do(id, again("fourth"))
	require.Equal(t, vultron.Invited, c.Participants[1].Consent)
	require.Len(t, c.Reports, 4)
	require.Len(t, c.Participants, 2)

	unanimous := func(c *cvd.Config) { c.Embargo.Resolve = cvd.ResolveUnanimous }
	d = newDesk(t, unanimous)
	id = after(intake, vendorAt("one"), propose)(d)
	d.do(id, cvd.AcceptEmbargo{Party: 2})
	c = d.do(id, again("second"))
	require.Equal(t, []cvd.PartyID{2}, c.Embargo.Proposals[0].Agreed, "once")
	d = newDesk(t, unanimous)
	id = after(intake, vendorAt("one"), propose)(d)
	d.do(id, cvd.ReportState{Party: 2, State: vultron.RMClosed})
	c = d.do(id, again("second"))
	require.Empty(t, c.Embargo.Proposals[0].Agreed, "it takes no part any more")
	require.Len(t, c.Reports, 2)
}

// What a party agreed to or proposed before it withdrew does not bind it.
func TestAWithdrawalIsTheLastWord(t *testing.T) {
	d := newDesk(t)
	id := embargoed(d)
	d.do(id, cvd.ProposeEmbargo{Party: 2, Ends: days(60)}, cvd.AnswerInvitation{Party: 2})
	c := d.do(id, cvd.AcceptEmbargo{})
	require.Equal(t, vultron.Invited, c.Participants[1].Consent, "it is asked about its own proposal")

	d = newDesk(t)
	id = after(embargoed, vendorAt("one"), cvd.AnswerInvitation{Party: 3, Accept: true}, unanimousRule, cvd.ProposeEmbargo{Ends: days(60)})(d)
	d.do(id, cvd.AcceptEmbargo{Party: 3}, cvd.AnswerInvitation{Party: 3})
	c = d.do(id, cvd.AcceptEmbargo{Party: 2})
	ends, _ := c.Embargo.Ends()
	require.True(t, ends.Equal(days(60)), "the others all agree")
	require.Equal(t, vultron.Invited, c.Participants[2].Consent)
	require.Equal(t, vultron.Signatory, c.Participants[1].Consent)
}

func TestAskingAgainDoesNotCutTheWindowOfTheLapsed(t *testing.T) {
	d := newDesk(t)
	id := after(invited, cvd.AnswerInvitation{Party: 3, Accept: true}, cvd.ProposeEmbargo{Ends: days(60)}, cvd.AcceptEmbargo{Party: 2})(d)
	d.refused(id, cvd.RuleConsentState, cvd.AskConsent{To: 3})
	require.NotEmpty(t, d.view(id, cvd.Viewer{Party: 3}).Title)
	d.clock.pass(8 * 24 * time.Hour)
	c := d.do(id, cvd.AskConsent{To: 3})
	require.Equal(t, vultron.Invited, c.Participants[2].Consent)
}
