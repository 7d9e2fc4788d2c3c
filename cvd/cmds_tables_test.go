package cvd_test

import (
	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// What the commands that correct a case add to the tables of other tests.
func init() {
	exported = append(exported, cvd.CancelRelease{})
	stories["corrected"] = corrected
	badInput = append(badInput, []struct {
		cmd   cvd.Command
		field string
	}{
		{cvd.CancelRelease{}, "Reason"}, {cvd.CancelRelease{Reason: long}, "Reason"}, {cvd.Publish{Emergency: long}, "Emergency"},
	}...)
	refuse(cvd.RuleReleaseEmergency, releasePlanned, cvd.Publish{Vulnerabilities: []cvd.VulnID{1}, Emergency: "r"})
	refuse(cvd.RuleKnown, intake, cvd.CancelRelease{Reason: "r"})
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
	d.do(id, cvd.Observe{What: vultron.ExploitPublic, Adopt: true})
	d.do(id, cvd.Publish{Vulnerabilities: []cvd.VulnID{1}, Emergency: "an exploit is public"})
	return id
}
