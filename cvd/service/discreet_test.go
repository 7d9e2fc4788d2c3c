package service_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/advisory/tlp"
	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/cvdjson"
)

// What a report is labelled holds for who sent it: whoever may not hold the report
// learns no name, and not which of the participants sent it.
func TestALabelHoldsForWhoIsNamed(t *testing.T) {
	for _, label := range []tlp.Label{tlp.Red, tlp.AmberStrict, tlp.Amber} {
		d := newDesk(t)
		r := report
		r.TLP = label
		r.Reporter.Name, r.Reporter.Organization, r.Reporter.Email = "Rita Redname", "Redname Labs", "rita@redname.example"
		id := d.do(cvd.CaseID{}, r).ID
		d.do(id, cvd.Triage{Report: 1, Outcome: cvd.OutcomeValid, Quiet: true, Reason: "Redname is right"},
			cvd.ChangeParty{Party: 2, Tracking: "Redname-7", Contact: r.Reporter},
			cvd.SaveDraft{Name: "draft", Type: "text/plain", Content: "thanks to Redname"},
			cvd.RecordCVE{Vuln: 1, CVE: "CVE-1900-0001", State: cvd.CVERejected, Reason: "as Redname says"})
		for _, clearance := range []tlp.Label{tlp.Clear, tlp.Green, tlp.Amber, tlp.AmberStrict, tlp.Red, tlp.Unset} {
			hidden := clearance != tlp.Unset && !label.AtMost(clearance)
			for _, v := range []cvd.Viewer{{Team: true, Clearance: clearance, Groups: team.Groups}, {Party: 2, Clearance: clearance}} {
				c := d.view(id, v)
				form, err := cvdjson.Marshal(c)
				require.NoError(t, err)
				tl := d.svc.Timeline(c)
				all := dump(c) + string(form) + tl.HTML() + tl.Text() + tl.ICalendar()
				if hidden {
					require.NotContains(t, all, "Redname", "%s, clearance %s", label, clearance)
					require.NotContains(t, all, "redname", "%s, clearance %s", label, clearance)
				} else if label.AtMost(clearance) || clearance == tlp.Unset {
					require.Contains(t, all, "Rita Redname", "%s, clearance %s", label, clearance)
				}
				for _, e := range c.Events {
					if hidden && e.Kind == cvd.EventReportReceived {
						require.Zero(t, e.Party, "who sent it")
					}
				}
			}
		}
	}
}
