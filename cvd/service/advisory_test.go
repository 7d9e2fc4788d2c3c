package service_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/advisory"
	"github.com/cvdkit/cvdkit/advisory/tlp"
	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

var publisher = advisory.Publisher{Name: "Example PSIRT", Category: "vendor", Namespace: "https://psirt.example"}

// fixed is a case that is ready to be published.
func (d *desk) fixed() cvd.CaseID {
	id := d.received().ID
	d.do(id, cvd.Triage{Outcome: cvd.OutcomeValid}, cvd.Accept{},
		cvd.Identify{CVE: "CVE-1900-12345", CWE: "CWE-787", Title: "Out-of-bounds write in frobd"},
		cvd.SetSeverity{Vector: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"},
		cvd.AddProduct{Name: "frobd", Versions: "vers:generic/>=1.0|<=1.4", PURL: "pkg:generic/frobd"},
		cvd.Observe{What: vultron.VendorAware, Adopt: true},
		cvd.Observe{What: vultron.FixReady, Stream: 1, Adopt: true},
		cvd.RecordStatus{Stream: 1, Affected: cvd.IsFixed, Fixed: "1.5"})
	return id
}

func TestAdvisoryOfACase(t *testing.T) {
	d := newDesk(t)
	id := d.fixed()
	a := d.view(id, team).Advisory("EX-2026-1", publisher, d.clock.Now())
	require.Empty(t, a.Check())
	require.Equal(t, tlp.Clear, a.TLP)
	require.Equal(t, advisory.Draft, a.Tracking.Status)
	v := a.Vulnerabilities[0]
	require.Equal(t, "CVE-1900-12345", v.CVE)
	require.Equal(t, "Out-of-bounds write in frobd", v.Title)
	require.Equal(t, 9.8, v.Scores[0].CVSS.Score())
	require.Equal(t, []string{"Rita R."}, a.Credits[0].Names, "in the words of her choice")
	require.Len(t, a.Products, 2)
	for _, s := range v.Status {
		require.Contains(t, []advisory.State{advisory.Affected, advisory.Fixed}, s.State)
	}
	for _, text := range []string{a.Title, v.Title, v.Description()} {
		require.NotContains(t, text, "Heap overflow", "nothing that the report says")
	}
	d.do(id, cvd.ProposeEmbargo{Ends: d.clock.Now().AddDate(0, 0, 30)}, cvd.AcceptEmbargo{Party: 2})
	require.Equal(t, tlp.Amber, d.view(id, team).Advisory("x", publisher, d.clock.Now()).TLP, "an embargo is in force")
}

func TestPublishChecksTheAdvisory(t *testing.T) {
	var asked int
	var verdict error
	d := newDesk(t, func(c *cvd.Config) {
		c.CheckAdvisory = func(context.Context, *advisory.Advisory) error { asked++; return verdict }
	})
	id := d.fixed()
	a := d.view(id, team).Advisory("EX-2026-1", publisher, d.clock.Now())
	try := func() error {
		_, err := d.svc.Do(context.Background(), id, staff, cvd.Publish{Advisory: a})
		return err
	}
	require.ErrorIs(t, try(), cvd.ErrInput, "it is a draft")
	require.NoError(t, a.Release(d.clock.Now(), advisory.Final, "First release."))
	title := a.Title
	a.Title = ""
	require.ErrorIs(t, try(), cvd.ErrInput, "it has a fault")
	a.Title = title
	verdict = errors.New("6.1.1")
	require.ErrorIs(t, try(), verdict)
	verdict = nil
	require.NoError(t, try())
	require.GreaterOrEqual(t, asked, 2)
	require.False(t, d.view(id, team).Publications[0].Unchecked)
}
