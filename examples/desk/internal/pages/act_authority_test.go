package pages_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// What the law asks of a manufacturer can be recorded: the report to the authority is
// what comes next once the team is aware.
func TestReportsToAuthorities(t *testing.T) {
	s := newSite(t)
	c := s.receive("Overflow")
	at := "/cases/" + c.Number
	s.do(c.ID, cvd.Triage{Outcome: cvd.OutcomeValid}, cvd.Accept{}, cvd.Observe{What: vultron.AttacksObserved, Adopt: true})
	_, page := s.get(at, "ana")
	require.NotContains(t, between(page, `id="next"`, "</section>"), `id="a-embargo"`, "nobody keeps secret what is attacked")
	refused := func(name, says string, kv ...string) {
		t.Helper()
		_, page := s.get(at, "ana")
		a := s.post(at+"/do/"+name, "ana", s.form(page, at+"/do/"+name, kv...))
		require.Equal(t, 422, a.code)
		require.Contains(t, a.body, says)
	}
	act := func(name string, kv ...string) string {
		t.Helper()
		_, page := s.get(at, "ana")
		a := s.post(at+"/do/"+name, "ana", s.form(page, at+"/do/"+name, kv...))
		require.Equal(t, 303, a.code, a.body)
		_, page = s.get(at, "ana")
		return page
	}
	refused("assess", "Choose what the team knows.")
	refused("assess", "Write what shows it.", "step", "aware")
	page = act("assess", "step", "suspected", "source", "a feed")
	require.NotContains(t, between(page, `id="next"`, "</section>"), `id="a-reported"`)
	page = act("assess", "step", "aware", "evidence", "The customer's log shows it.")
	require.Contains(t, between(page, `id="next"`, "</section>"), `id="a-reported"`)
	refused("reported", "Choose what it was.", "authority", "CSIRT")
	page = act("reported", "stages", "early warning", "authority", "The national CSIRT", "at", s.now.Format("2006-01-02T15:04"), "reference", "4711")
	require.NotContains(t, between(page, `id="next"`, "</section>"), `id="a-reported"`)
	refused("inform", "Say what they were told.", "audience", "all customers")
	act("inform", "audience", "all customers", "text", "It is attacked.", "mitigation", "Switch it off.", "way", "mail")
	got := s.view(c.ID)
	require.Len(t, got.Assessments, 2)
	require.Equal(t, []cvd.ReportStage{cvd.StageEarlyWarning}, got.AuthorityReports[0].Stages)
	require.Equal(t, "4711", string(got.AuthorityReports[0].Reference))
	require.Equal(t, "Switch it off.", string(got.Informed[0].Mitigation))
}
