package service_test

import (
	"crypto/sha256"
	"encoding/hex"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/advisory"
	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/service"
)

func described(d *desk) cvd.CaseID {
	id := embargoed(d)
	d.do(id, vendor, cvd.AddProduct{Vendor: 3, Name: "frobd", Versions: "< 1.5"}, cvd.RecordStatus{Party: 3, Affected: cvd.IsAffected},
		cvd.Describe{Description: "A long frame overflows the heap.", Workaround: "Filter port 7.", References: []cvd.Private{"https://example.org/frobd"}},
		cvd.SetSeverity{Vector: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", Justification: "any frame will do"},
		cvd.SaveDraft{Name: "EX-1", Type: "application/json", Content: "{}"}, cvd.SaveDraft{Name: "EX-1", Content: "{ }"})
	return id
}

// Issue 12, line 19: what an advisory needs is in the case, and only the team sees
// the draft.
func TestDescribe(t *testing.T) {
	d := newDesk(t, func(c *cvd.Config) {
		c.Team.Organization, c.Team.Portal, c.Team.Key = "Example Corporation", "https://psirt.example/portal", "AABBCCDD"
	})
	id := described(d)
	c := d.view(id, team)
	a := c.Advisory("EX-1", advisory.Publisher{Name: "us"}, d.clock.t)
	v := a.Vulnerabilities[0]
	require.Equal(t, "A long frame overflows the heap.", v.Notes[0].Text)
	require.Equal(t, "https://example.org/frobd", v.References[0].URL)
	require.Equal(t, advisory.Workaround, v.Remediations[len(v.Remediations)-1].Category)
	require.Equal(t, "any frame will do", v.Notes[1].Text)
	require.Equal(t, "Example Corporation", c.PartyName(cvd.Owner), "the vendor of the team's products")
	require.Len(t, c.Drafts, 1)
	require.Equal(t, 2, c.Drafts[0].Versions)
	sum := sha256.Sum256([]byte("{ }"))
	require.Equal(t, hex.EncodeToString(sum[:]), string(c.Drafts[0].SHA256))
	for p := cvd.PartyID(2); p < 4; p++ {
		require.Empty(t, d.view(id, cvd.Viewer{Party: p}).Drafts)
	}
	require.NotEmpty(t, d.view(id, cvd.Viewer{Party: 2}).Vulnerabilities[0].Description, "it knows the matter")
	require.Empty(t, d.view(id, cvd.Viewer{Party: 3}).Vulnerabilities[0].Description)
	d.do(id, cvd.Acknowledge{})
	d.relay()
	require.Contains(t, string(d.mail.got[len(d.mail.got)-1].Text), "Portal: https://psirt.example/portal\nOpenPGP key: AABBCCDD")
	d.clock.t = days(31)
	d.do(id, cvd.Publish{Vulnerabilities: []cvd.VulnID{1}, Advisories: []string{"https://psirt.example/EX-1"}, SHA256: []string{string(c.Drafts[0].SHA256)}})
	require.Equal(t, string(c.Drafts[0].SHA256), d.view(id, team).Publications[0].SHA256[0])
	cfg := d.cfg
	cfg.Team.Portal = "http://psirt.example"
	_, err := service.New(cfg)
	require.Error(t, err)
}

// Issue 12, line 19: it goes along to the child and the merged case, to no new eyes.
func TestDescriptionsMove(t *testing.T) {
	d := newDesk(t)
	id := described(d)
	d.do(id, cvd.AddVulnerability{Title: "second"})
	child, err := d.svc.Split(ctx, id, staff, cvd.Split{Title: "first", Vulnerabilities: []cvd.VulnID{1}})
	require.NoError(t, err)
	v := d.view(child.ID, team).Vulnerabilities[0]
	require.Equal(t, "Filter port 7.", string(v.Workaround))
	require.Equal(t, "any frame will do", string(v.Severity[0].Justification))

	d = newDesk(t)
	id = described(d)
	into := d.do(cvd.CaseID{}, reportBy("zoe")).ID
	d.do(into, cvd.Triage{Outcome: cvd.OutcomeValid})
	_, err = d.svc.Merge(ctx, id, staff, cvd.Merge{Into: into})
	require.NoError(t, err)
	c := d.view(into, team)
	require.Equal(t, "A long frame overflows the heap.", string(c.Vulnerabilities[0].Description))
	require.Len(t, c.Drafts, 1)
	require.Empty(t, d.view(into, cvd.Viewer{Party: 2}).Vulnerabilities[0].Description, "the reporter of the other case")
}
