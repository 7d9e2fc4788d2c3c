package service_test

import (
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// What the commands that correct a case add to the tables of other tests.
func init() {
	exported = append(exported, cvd.CancelRelease{}, cvd.ChangeParty{}, cvd.RemoveParty{}, cvd.SetScope{}, cvd.RetractAdoption{}, cvd.Contradiction{}, cvd.RelatedEnd{}, service.AgendaItem{}, cvd.Describe{}, cvd.SaveDraft{}, cvd.Draft{})
	stories["corrected"], stories["reopened"], stories["related"] = corrected, reopened, related
	badInput = append(badInput, []struct {
		cmd   cvd.Command
		field string
	}{
		{cvd.CancelRelease{}, "Reason"}, {cvd.CancelRelease{Reason: long}, "Reason"}, {cvd.Publish{Emergency: long}, "Emergency"},
		{cvd.ChangeParty{Party: 2}, "Contact"}, {cvd.ChangeParty{Party: 1, Contact: cvd.Contact{Name: "n"}}, "Contact"},
		{cvd.ChangeParty{Party: 2, Roles: 1 << 15}, "Roles"}, {cvd.ChangeParty{Party: 2, Tracking: line}, "Tracking"},
		{cvd.ChangeParty{Party: 2, Contact: cvd.Contact{Email: "no"}}, "Contact.Email"},
		{cvd.RetractAdoption{Claim: 1}, "Reason"}, {cvd.RetractAdoption{Reason: long}, "Reason"},
		{cvd.Describe{}, "Description"}, {cvd.Describe{Description: long}, "Description"}, {cvd.Describe{Workaround: long}, "Workaround"},
		{cvd.Describe{References: []cvd.Private{"ftp://a.example"}}, "References"}, {cvd.Describe{References: []cvd.Private{line}}, "References"},
		{cvd.SaveDraft{Content: "c"}, "Name"}, {cvd.SaveDraft{Name: "n"}, "Content"}, {cvd.SaveDraft{Name: "n", Content: long}, "Content"},
		{cvd.SaveDraft{Name: "n", Content: "c", Type: line}, "Type"}, {cvd.SetSeverity{Rating: 1, Justification: long}, "Justification"},
		{cvd.Publish{Advisories: []string{"a"}, SHA256: []string{"00"}}, "SHA256"}, {cvd.Publish{SHA256: []string{"00"}}, "SHA256"},
		{cvd.RemoveParty{Party: 2}, "Reason"}, {cvd.RemoveParty{Party: 1, Reason: "r"}, "Party"},
		{cvd.SetScope{Party: 1}, "Party"}, {cvd.SetScope{Party: 2, Scope: []cvd.VulnID{1}}, "Limited"},
		{cvd.SetScope{Party: 2, Limited: true, Scope: []cvd.VulnID{0}}, "Scope"}, {cvd.SetScope{Party: 2, Reason: long}, "Reason"},
	}...)
	refuse(cvd.RuleReleaseEmergency, releasePlanned, cvd.Publish{Vulnerabilities: []cvd.VulnID{1}, Emergency: "r"})
	for _, cmd := range []cvd.Command{
		cvd.CancelRelease{Reason: "r"}, cvd.RetractAdoption{Claim: 9, Reason: "r"}, cvd.ChangeParty{Party: 9, Tracking: "t"}, cvd.RemoveParty{Party: 9, Reason: "r"},
		cvd.SetScope{Party: 2, Limited: true, Scope: []cvd.VulnID{9}},
	} {
		refuse(cvd.RuleKnown, intake, cmd)
	}
	refuse(cvd.RuleOnce, claimed, cvd.RetractAdoption{Claim: 1, Reason: "r"})
	refuse(cvd.RuleRetract, deployed, cvd.RetractAdoption{Claim: 2, Reason: "r"})
	removed := after(invited, cvd.RemoveParty{Party: 3, Reason: "a mistake"})
	for _, cmd := range []cvd.Command{
		cvd.AnswerInvitation{Party: 3, Accept: true}, cvd.RemoveParty{Party: 3, Reason: "r"}, cvd.PostMessage{To: []cvd.PartyID{3}, Text: "t"},
	} {
		refuse(cvd.RuleRemoved, removed, cmd)
	}
}

func refuse(rule cvd.RuleID, prepare func(*desk) cvd.CaseID, cmd cvd.Command) {
	refusals[rule] = append(refusals[rule], struct {
		prepare func(*desk) cvd.CaseID
		cmd     cvd.Command
	}{prepare, cmd})
}

// corrected is a case in which much is changed and taken back.
func corrected(d *desk) cvd.CaseID {
	id := releasePlanned(d)
	d.do(id, cvd.CancelRelease{Reason: "the fix is late"}, cvd.PlanRelease{At: days(33), Outputs: []string{"csaf"}})
	d.do(id, cvd.Observe{What: vultron.ExploitPublic, Adopt: true}, cvd.RetractAdoption{Claim: 1, Reason: "another product"})
	d.do(id, cvd.AdoptClaim{Claim: 1})
	d.do(id, cvd.Describe{Description: "A frame overflows the heap.", Workaround: "Filter port 7.", References: []cvd.Private{"https://example.org/frobd"}},
		cvd.SetSeverity{Vector: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", Justification: "any frame will do"},
		cvd.SaveDraft{Name: "EX-1", Type: "application/json", Content: "{}"}, cvd.SaveDraft{Name: "EX-1", Content: "{ }"})
	d.do(id, cvd.Publish{Vulnerabilities: []cvd.VulnID{1}, Emergency: "an exploit is public", Advisories: []string{"https://example.org/1"}, SHA256: []string{strings.Repeat("0a", 32)}})
	d.do(id, cvd.AddVulnerability{Title: "the second"}, vendorAt("wrong"),
		cvd.Invite{Roles: cvd.RoleExpert, Limited: true, Scope: []cvd.VulnID{1}, Contact: cvd.Contact{Name: "Xaver"}})
	d.do(id, cvd.ChangeParty{Party: 3, Roles: cvd.RoleVendor | cvd.RoleCoordinator, Tracking: "VENDOR-7", Contact: cvd.Contact{
		Organization: "Vendor Uno", Email: "psirt@uno.example", Phone: "+49 30 2", Key: "AABB", Identity: "uno",
	}}, cvd.RemoveParty{Party: 4, Reason: "another company"}, cvd.SetScope{Party: 5, Limited: true, Scope: []cvd.VulnID{2}, Reason: "the other one"})
	return id
}

// reopened is a case that goes on, with what it brings along.
func reopened(d *desk) cvd.CaseID {
	id := intake(d)
	d.do(id, cvd.Acknowledge{}, cvd.Triage{Outcome: cvd.OutcomeNeedsInformation, Reply: "which version?"})
	d.clock.pass(48 * time.Hour)
	d.do(id, cvd.PostMessage{Party: 2, To: []cvd.PartyID{1}, Text: "1.4"}, cvd.Triage{Outcome: cvd.OutcomeValid}, cvd.Accept{},
		cvd.RecordStatus{Affected: cvd.IsFixed, Fixed: "1.5"}, cvd.Publish{}, cvd.Close{Reason: "done"})
	next, err := d.svc.Reopen(ctx, id, staff, cvd.Reopen{Reason: "the fix does not help"})
	require.NoError(d.t, err)
	return next.ID
}

// related is a case whose child ended its embargo early, as another is told.
func related(d *desk) cvd.CaseID {
	parent, one, _ := family(d)
	d.do(one, cvd.Observe{What: vultron.PublicAware, Adopt: true})
	d.tick()
	d.tick()
	return parent
}
