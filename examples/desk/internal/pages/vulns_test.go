package pages_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// What the team has found out and written stands on the page: it is what an advisory is
// made of.
func TestPageShowsTheVulnerability(t *testing.T) {
	s := newSite(t)
	c := s.receive("Overflow")
	at := "/cases/" + c.Number
	_, page := s.get(at, "ana")
	require.Contains(t, page, "Nothing was written of it yet")
	s.do(c.ID, cvd.Triage{Outcome: cvd.OutcomeValid}, cvd.Accept{}, cvd.Identify{Title: "A short name", CWE: "CWE-125", CVE: "CVE-1900-0101"},
		cvd.SetSeverity{Vector: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N", Justification: "It holds <keys>."},
		cvd.Describe{Description: "A receiver trusts the length.", Workaround: "Let no strangers in.", References: []cvd.Private{"https://example.example/a"}},
		cvd.DecideSSVC{Table: "supplier", Inputs: map[string]string{"E": "P", "U": "E", "TI": "P", "PSI": "M"}},
		cvd.AddProduct{Name: "Frobnicator", Versions: "7.0 to 7.4.2"}, cvd.AddProduct{Name: "Harbour"},
		cvd.Observe{What: vultron.ExploitPublic, Adopt: true}, cvd.RecordStatus{Stream: 1, Affected: cvd.IsFixed, Fixed: "7.4.3", Statement: "Update it."})
	_, page = s.get(at, "ana")
	for _, x := range []string{"A short name", "CWE-125", "<dd>CVE-1900-0101", "AV:N/AC:L", "It holds &lt;keys&gt;.", "A receiver trusts the length.", "Let no strangers in.",
		"https://example.example/a", "Decision (SSVC)", "an exploit is public", "Frobnicator", "7.0 to 7.4.2", "fixed in 7.4.3", "Update it.", "Harbour", "no statement"} {
		require.Contains(t, page, x)
	}
	require.NotContains(t, page, "Nothing was written of it yet")
	require.NotContains(t, page, "It holds <keys>.")
}

// Who wrote is told whole: a reporter is more than an organization.
func TestReporterIsNamedWhole(t *testing.T) {
	s := newSite(t)
	c, err := s.svc.Do(t.Context(), cvd.CaseID{}, cvd.By{}, cvd.Receive{Submission: true, Title: "One", Reporter: cvd.Contact{Name: "Rita", Organization: "Gatewatch", Email: "rita@finder.example"}})
	require.NoError(t, err)
	nameless, err := s.svc.Do(t.Context(), cvd.CaseID{}, cvd.By{}, cvd.Receive{Submission: true, Title: "Two", Reporter: cvd.Contact{Email: "k9@finder.example"}})
	require.NoError(t, err)
	_, page := s.get("/submissions", "ana")
	require.Contains(t, page, "Rita, Gatewatch &lt;rita@finder.example&gt;")
	require.Contains(t, page, "k9@finder.example")
	for id, want := range map[string]string{c.Number: "From Rita, Gatewatch &lt;rita@finder.example&gt;", nameless.Number: "From k9@finder.example,"} {
		_, page = s.get("/submissions/"+id, "ana")
		require.Contains(t, page, want)
	}
}
