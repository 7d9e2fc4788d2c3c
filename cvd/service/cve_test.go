package service_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/policy"
)

// Issue 13, line 7: what becomes of an ID of the pool is recorded with its case.
func TestRecordCVE(t *testing.T) {
	d := newDesk(t)
	id := embargoed(d)
	d.do(id, aCVE)
	d.leads(cvd.IDCVE, "CVE-1900-0001", id)
	c := d.view(id, team)
	require.Equal(t, cvd.Private("CVE-1900-0001"), c.Vulnerabilities[0].CVE)
	require.Equal(t, cvd.CVEReserved, c.CVEs[0].State)
	require.True(t, c.CVEs[0].At.Equal(d.clock.t))
	require.Empty(t, d.view(id, cvd.Viewer{Party: 2}).CVEs)
	require.Zero(t, d.done(id, policy.FactCVEPublished))

	sum := strings.Repeat("0a", 32)
	d.clock.pass(time.Hour)
	d.do(id, cvd.RecordCVE{CVE: "CVE-1900-0001", State: cvd.CVEPublished, At: d.clock.t.Add(-time.Minute), SHA256: sum})
	d.do(id, cvd.RecordCVE{CVE: "CVE-1900-0001", State: cvd.CVEPublished, SHA256: strings.Repeat("0b", 32)})
	require.Equal(t, 2, d.done(id, policy.FactCVEPublished))
	d.do(id, cvd.RecordCVE{CVE: "CVE-1900-0002", State: cvd.CVERejected, Reason: "it was meant for another"})
	c = d.view(id, team)
	require.Equal(t, cvd.Private("CVE-1900-0001"), c.Vulnerabilities[0].CVE, "a rejected one names nothing")
	require.Equal(t, cvd.Private("it was meant for another"), c.CVEs[3].Reason)
	// What another case has is not taken.
	other := d.do(cvd.CaseID{}, reportBy("zoe")).ID
	_, err := d.svc.Do(ctx, other, staff, aCVE)
	var dup *cvd.DuplicateError
	require.ErrorAs(t, err, &dup)
	// It goes along where the vulnerability goes.
	_, err = d.svc.Merge(ctx, id, staff, cvd.Merge{Into: other})
	require.NoError(t, err)
	c = d.view(other, team)
	require.Len(t, c.CVEs, 4)
	require.Equal(t, cvd.CVEPublished, c.CVEs[2].State)
	require.Equal(t, cvd.Private("CVE-1900-0001"), c.CVEs[2].CVE)
	d.leads(cvd.IDCVE, "CVE-1900-0001", other)
	d.rebuilt("CVE records")
}

// done counts the instants of a fact.
func (d *desk) done(id cvd.CaseID, f policy.Fact) int {
	return len(d.view(id, team).Facts("").Times[f])
}
