package service_test

import (
	"testing"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/stretchr/testify/require"
)

// The title that the team gave to what it split off stays when the reporter is
// erased; what the report said goes.
func TestErasingAReporterKeepsTheTitleOfASplit(t *testing.T) {
	d := newDesk(t)
	id := d.do(cvd.CaseID{}, report).ID
	child, err := d.svc.Split(ctx, id, staff, cvd.Split{Title: "the part in the firmware", Reports: []cvd.ReportID{1}, Participants: []cvd.PartyID{2}, Vulnerabilities: []cvd.VulnID{1}})
	require.NoError(t, err)
	_, err = d.svc.Erase(ctx, child.ID, staff, cvd.ErasePerson{Party: 2})
	require.NoError(t, err)
	c := d.view(child.ID, team)
	require.Equal(t, cvd.Private("the part in the firmware"), c.Title)
	require.Empty(t, c.Reports[0].Title)
	require.Empty(t, c.Vulnerabilities[0].Title)
}

// A title that the team took over from the report goes with it. One of its own words
// stays, is named for review, and is said to hold the name if it does.
func TestAnErasureNamesTheTitleOfASplitForReview(t *testing.T) {
	for _, x := range []struct {
		title, after cvd.Private
		named        bool
	}{
		{report.Title, "", false},
		{"the part in the firmware", "the part in the firmware", false},
		{"what " + report.Reporter.Name + " found", "what " + report.Reporter.Name + " found", true},
	} {
		d := newDesk(t)
		id := d.do(cvd.CaseID{}, report).ID
		child, err := d.svc.Split(ctx, id, staff, cvd.Split{Title: x.title, Reports: []cvd.ReportID{1}, Participants: []cvd.PartyID{2}, Vulnerabilities: []cvd.VulnID{1}})
		require.NoError(t, err)
		out, err := d.svc.Erase(ctx, child.ID, staff, cvd.ErasePerson{Party: 2})
		require.NoError(t, err)
		require.Equal(t, x.after, d.view(child.ID, team).Title)
		named := false
		for _, m := range out.Review {
			named = named || m.Named
		}
		require.Equal(t, x.named, named)
	}
}
