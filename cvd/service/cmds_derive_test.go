package service_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/advisory"
	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// Issue 12, line 18: a team that triages is aware, a vendor that says "fixed" has a
// fix, and neither is told twice.
func TestOneFactOneCommand(t *testing.T) {
	d := newDesk(t)
	id := intake(d)
	received := d.view(id, team).Reports[0].Received
	c := d.do(id, cvd.Triage{Outcome: cvd.OutcomeValid}, cvd.Accept{})
	require.Equal(t, vultron.CSVendorAware, c.State(1, cvd.Owner, 0))
	require.True(t, c.Claims[0].Observed.Equal(received), "since it has the report")
	c = d.do(id, cvd.RecordStatus{Affected: cvd.IsFixed, Fixed: "1.5"})
	require.True(t, c.State(1, cvd.Owner, 0).Has(vultron.CSFixReady))
	m := d.svc.Measured(c)
	require.Equal(t, vultron.CSHistory{vultron.VendorAware, vultron.FixReady}, m.History)
	n := len(c.Claims)
	c = d.do(id, cvd.RecordStatus{Affected: cvd.IsFixed, Fixed: "1.5.1"}, cvd.Triage{Outcome: cvd.OutcomeValid})
	require.Len(t, c.Claims, n)
	// The word of the host, with an earlier time, is taken too.
	d.do(id, cvd.Observe{What: vultron.VendorAware, Observed: received.AddDate(0, 0, -1), Adopt: true})

	d.do(id, vendor, cvd.ProposeEmbargo{Ends: days(9)}, cvd.AcceptEmbargo{Party: 2}, cvd.AnswerInvitation{Party: 3, Accept: true})
	c = d.do(id, cvd.ReportState{Party: 3, State: vultron.RMAccepted})
	require.Equal(t, vultron.CSVendorAware, c.State(1, 3, 0))
	c = d.do(id, vendorAt("two"), cvd.ReportState{Party: 4, State: vultron.RMReceived})
	require.Zero(t, c.State(1, 4, 0), "it has not agreed, and knows nothing of it yet")
}

// Issue 12, line 18: what a vendor says without naming a stream is of its streams in
// this case. "Not affected: all products" was published.
func TestAStatementIsOfTheStreamsOfTheCase(t *testing.T) {
	d := newDesk(t)
	id := embargoed(d)
	d.do(id, vendor, cvd.AddProduct{Vendor: 3, Name: "router"}, cvd.AddProduct{Vendor: 3, Name: "switch"}, cvd.AddProduct{Name: "ours"})
	c := d.do(id, cvd.RecordStatus{Party: 3, Affected: cvd.NotAffected})
	require.Equal(t, cvd.NotAffected, c.Status(1, 3, 1).Affected)
	require.Equal(t, cvd.NotAffected, c.Status(1, 3, 2).Affected)
	require.Equal(t, cvd.NoStatement, c.Status(1, 3, 0).Affected)
	require.Equal(t, cvd.NotAffected, c.Progress()[1].Statement)
	names := func() (out []string) {
		a := d.view(id, team).Advisory("X-1", advisory.Publisher{Name: "us"}, d.clock.t)
		for _, p := range a.Products {
			out = append(out, p.Name)
		}
		return out
	}
	require.Equal(t, []string{"router", "switch"}, names())
	// One that names no product says nothing of all that it makes.
	d.do(id, vendorAt("two"), cvd.RecordStatus{Party: 4, Affected: cvd.NotAffected})
	require.Equal(t, "products that this advisory is about", names()[2])
	d.do(id, cvd.AddProduct{Vendor: 4, Name: "bridge"})
	require.Equal(t, []string{"router", "switch", "bridge"}, names())
	// A fix that is known is no "there is no fix yet".
	d.do(id, cvd.RecordStatus{Affected: cvd.IsAffected}, cvd.Observe{What: vultron.FixReady, Stream: 3, Adopt: true})
	for _, v := range d.view(id, team).Advisory("X-1", advisory.Publisher{Name: "us"}, d.clock.t).Vulnerabilities {
		for _, r := range v.Remediations {
			require.NotEqual(t, advisory.NoneAvailable, r.Category)
		}
	}
}

// Issue 12, line 18: what contradicts itself is listed for a human.
func TestContradictions(t *testing.T) {
	d := newDesk(t)
	id := embargoed(d)
	require.Empty(t, d.view(id, team).Contradictions())
	d.do(id, cvd.RecordStatus{Affected: cvd.IsFixed})
	require.Empty(t, d.view(id, team).Contradictions())
	c := d.do(id, cvd.RecordStatus{Affected: cvd.NotAffected})
	require.Len(t, c.Contradictions(), 1)
	require.Contains(t, c.Contradictions()[0].Problem, "not affected, and has a fix")
	c = d.do(id, cvd.RecordStatus{Affected: cvd.IsFixed}, cvd.RetractAdoption{Claim: cvd.ClaimID(len(c.Claims)), Reason: "the fix does not help"})
	require.Contains(t, c.Contradictions()[0].Problem, "no fix is known")
	c = d.do(id, cvd.Triage{Outcome: cvd.OutcomeInvalid})
	require.Len(t, c.Contradictions(), 2)
	require.Equal(t, cvd.ReportID(1), c.Contradictions()[1].Report)
}

// A fix that was taken back publishes nothing by default: the model found it.
func TestAStatementAloneIsNoFix(t *testing.T) {
	d := newDesk(t)
	id := after(valid, cvd.Accept{})(d)
	c := d.do(id, cvd.RecordStatus{Affected: cvd.IsFixed})
	d.do(id, cvd.RetractAdoption{Claim: cvd.ClaimID(len(c.Claims)), Reason: "it does not help"})
	d.refused(id, cvd.RulePublishFix, cvd.Publish{})
}
