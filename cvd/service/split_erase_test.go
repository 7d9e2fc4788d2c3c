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
