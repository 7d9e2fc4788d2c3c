package service_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
)

// titles are those of a case and of its vulnerabilities, as the team sees them.
func titles(c *cvd.Case) []cvd.Private {
	out := []cvd.Private{c.Title}
	for _, v := range c.Vulnerabilities {
		out = append(out, v.Title)
	}
	return out
}

// Whoever is erased takes along the titles of its reports, in whatever case and under
// whatever number they stand, and none that the team gave.
func TestErasingAReporterTakesItsTitles(t *testing.T) {
	his := report.Title
	other := report
	other.IDs = []cvd.ExternalID{{Kind: cvd.IDMessage, Value: "<2@finder.example>"}}
	other.Title, other.Reporter = "overflow in the pager", cvd.Contact{Name: "Otto", Email: "otto@finder.example"}
	reopen := func(d *desk, id cvd.CaseID) cvd.CaseID {
		d.do(id, cvd.Triage{Outcome: cvd.OutcomeValid}, cvd.Accept{})
		d.do(id, cvd.Close{Override: true, Reason: "over"})
		c, err := d.svc.Reopen(ctx, id, staff, cvd.Reopen{Reason: "it is not over"})
		require.NoError(d.t, err)
		return c.ID
	}
	for _, x := range []struct {
		name       string
		make       func(d *desk, id cvd.CaseID) cvd.CaseID
		party      cvd.PartyID
		want, both []cvd.Private // without the titles of the erased; before
	}{
		{"as reported", func(d *desk, id cvd.CaseID) cvd.CaseID { return id }, 2, []cvd.Private{"", ""}, []cvd.Private{his, his}},
		{"another vulnerability", func(d *desk, id cvd.CaseID) cvd.CaseID {
			d.do(id, cvd.AddVulnerability{Title: "the team's"})
			return id
		}, 2, []cvd.Private{"", "", "the team's"}, []cvd.Private{his, his, "the team's"}},
		{"reopened without the first vulnerability", func(d *desk, id cvd.CaseID) cvd.CaseID {
			_, err := d.svc.Split(ctx, id, staff, cvd.Split{Title: "part", Vulnerabilities: []cvd.VulnID{1}})
			require.NoError(d.t, err)
			id = reopen(d, id)
			d.do(id, cvd.AddVulnerability{Title: "the team's"})
			return id
		}, 2, []cvd.Private{"", "the team's"}, []cvd.Private{his, "the team's"}},
		{"split off without a vulnerability", func(d *desk, id cvd.CaseID) cvd.CaseID {
			c, err := d.svc.Split(ctx, id, staff, cvd.Split{Title: "part", Reports: []cvd.ReportID{1}})
			require.NoError(d.t, err)
			return c.ID
		}, 2, []cvd.Private{"part", "part"}, []cvd.Private{"part", "part"}},
		{"split off and reopened", func(d *desk, id cvd.CaseID) cvd.CaseID {
			c, err := d.svc.Split(ctx, id, staff, cvd.Split{Title: "part", Reports: []cvd.ReportID{1}, Vulnerabilities: []cvd.VulnID{1}})
			require.NoError(d.t, err)
			return reopen(d, c.ID)
		}, 2, []cvd.Private{"part", ""}, []cvd.Private{"part", his}},
		{"merged into another", func(d *desk, id cvd.CaseID) cvd.CaseID {
			into := d.do(cvd.CaseID{}, other).ID
			d.do(into, cvd.AddVulnerability{Title: "the team's"})
			_, err := d.svc.Merge(ctx, id, staff, cvd.Merge{Into: into})
			require.NoError(d.t, err)
			return into
		}, 3, []cvd.Private{other.Title, other.Title, "the team's", ""}, []cvd.Private{other.Title, other.Title, "the team's", his}},
	} {
		t.Run(x.name, func(t *testing.T) {
			d := newDesk(t)
			id := x.make(d, d.do(cvd.CaseID{}, report).ID)
			require.Equal(t, x.both, titles(d.view(id, team)))
			_, err := d.svc.Erase(ctx, id, staff, cvd.ErasePerson{Party: x.party})
			require.NoError(t, err)
			require.Equal(t, x.want, titles(d.view(id, team)))
		})
	}
}
