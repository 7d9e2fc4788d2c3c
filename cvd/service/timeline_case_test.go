package service_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/policy"
	"github.com/cvdkit/cvdkit/cvd/timeline"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

func labelled(tl timeline.Timeline, label string) (es []timeline.Entry) {
	for _, e := range tl.Entries {
		if strings.HasPrefix(e.Label, label) {
			es = append(es, e)
		}
	}
	return es
}

func tablePolicy(t testing.TB, name string) policy.Policy {
	t.Helper()
	p, ok := policy.ByName(name)
	require.True(t, ok)
	return p
}

// Reminders that nothing asked for do not appear; one that was asked for names
// the vendors, and each deadline the team.
func TestTimelineShowsOnlyRemindersThatWereNeeded(t *testing.T) {
	d := newDesk(t)
	id := d.received().ID
	vendor := func(name string) cvd.Invite {
		return cvd.Invite{Roles: cvd.RoleVendor, Contact: cvd.Contact{Name: cvd.Private(name), Email: cvd.Private(name + "@vendor.example")}}
	}
	d.do(id, cvd.AdoptPolicy{Policy: tablePolicy(t, "team")}, cvd.Acknowledge{}, cvd.Triage{Outcome: cvd.OutcomeValid}, vendor("borealis"))
	d.do(id, cvd.PostMessage{Party: 3, To: []cvd.PartyID{1}, Text: "we look"})
	tl := d.svc.Timeline(d.view(id, team))
	require.NotContains(t, tl.Text(), "Remind the vendor", "it answered at once")

	d.do(id, vendor("aurora"))
	tl = d.svc.Timeline(d.view(id, team))
	es := labelled(tl, "Remind the vendor")
	require.Len(t, es, 1)
	require.Contains(t, es[0].Detail, "aurora")
	require.NotContains(t, es[0].Detail, "borealis")
	for _, e := range tl.Entries {
		require.True(t, e.Kind != "deadline" || e.Lane == "Example PSIRT", e.Label)
	}
	// A status update that only publication ended was never owed.
	d.do(id, cvd.Accept{}, cvd.Publish{Vulnerabilities: []cvd.VulnID{1}})
	for _, e := range labelled(d.svc.Timeline(d.view(id, team)), "Tell the reporter") {
		require.False(t, e.Met && e.Due.After(e.At.AddDate(0, 0, 10)), "%+v", e)
	}
	require.Empty(t, labelled(d.svc.Timeline(d.view(id, team)), "Remind the vendor"))
}

// The embargo's end stands once while it is planned, and once when it is over.
func TestEmbargoEndStandsOnce(t *testing.T) {
	d := newDesk(t)
	id := d.received().ID
	ends := d.clock.Now().Add(20 * 24 * time.Hour)
	d.do(id, cvd.AdoptPolicy{Policy: tablePolicy(t, "team")}, cvd.ProposeEmbargo{Ends: ends}, cvd.AcceptEmbargo{Party: 2, Proposal: 1})
	at := func() (n int) {
		for _, e := range d.svc.Timeline(d.view(id, team)).Entries {
			if e.At.Equal(ends) && strings.Contains(strings.ToLower(e.Label), "embargo end") {
				n++
			}
		}
		return n
	}
	require.Equal(t, 1, at())
	d.clock.t = ends
	d.do(id, cvd.EndEmbargo{})
	require.Equal(t, 1, at())
	tl := d.svc.Timeline(d.view(id, team))
	require.False(t, tl.Bands[0].To.Before(tl.Bands[0].Agreed), "it was not broken off")
}

// Plans that another replaced and an embargo that was broken off are marked.
func TestTimelineMarksWhatCountsNoMore(t *testing.T) {
	d := newDesk(t)
	id := d.received().ID
	start := d.clock.Now()
	day := func(n int) time.Time { return start.AddDate(0, 0, n) }
	d.do(id, cvd.ProposeEmbargo{Ends: day(20)}, cvd.AcceptEmbargo{Party: 2, Proposal: 1})
	d.do(id, cvd.ProposeEmbargo{Ends: day(30)}, cvd.AcceptEmbargo{Party: 2, Proposal: 2})
	d.do(id, cvd.PlanRelease{At: day(30), Outputs: []string{"advisory"}})
	d.do(id, cvd.PlanRelease{At: day(31), Outputs: []string{"advisory"}})
	d.do(id, cvd.AnnounceDeadline{Party: 2, At: day(40)})
	d.do(id, cvd.AnnounceDeadline{Party: 2, At: day(50)})
	void := func(label string) (all []string) {
		for _, e := range labelled(d.svc.Timeline(d.view(id, team)), label) {
			all = append(all, e.Void)
		}
		return all
	}
	require.Equal(t, []string{"superseded", ""}, void("Embargo agreed until"))
	require.Equal(t, []string{"superseded", ""}, void("Embargo proposed until"))
	require.Equal(t, []string{"superseded", ""}, void("Release planned for"))
	require.Equal(t, []string{"superseded", ""}, void("Says that it publishes by itself"))
	require.Len(t, labelled(d.svc.Timeline(d.view(id, team)), "The date on which it publishes by itself"), 1)

	d.clock.t = day(5)
	d.do(id, cvd.Observe{What: vultron.PublicAware, Adopt: true})
	require.Equal(t, []string{"superseded", "broken off"}, void("Embargo agreed until"))
	tl := d.svc.Timeline(d.view(id, team))
	require.True(t, tl.Bands[0].To.Before(tl.Bands[0].Agreed))
	require.Contains(t, tl.Text(), "Embargo, broken off: ")
}

// What people recorded for the clocks stands in words, where it happened.
func TestTimelineSaysFactsInWords(t *testing.T) {
	d := newDesk(t)
	id := d.received().ID
	aware := d.clock.Now().Add(-3 * time.Hour)
	d.do(id, cvd.AdoptPolicy{Policy: tablePolicy(t, "cra-vulnerability")}, cvd.RecordFact{Fact: policy.FactExploitAware, At: aware})
	d.do(id, cvd.RecordFact{Fact: policy.FactWarned}, cvd.RecordFact{Fact: "host.own-fact"})
	tl := d.svc.Timeline(d.view(id, team))
	es := labelled(tl, "Recorded: awareness of active exploitation")
	require.Len(t, es, 1)
	require.True(t, es[0].At.Equal(aware))
	for _, form := range []string{tl.Text(), tl.Markdown(), tl.SVG(), tl.HTML(), tl.ICalendar()} {
		for _, raw := range []string{"exploitation.aware", "authority.warned", "host.own-fact", "measure.available"} {
			require.NotContains(t, form, raw)
		}
	}
	// Nobody but the team sees them, and only the team can see who acted.
	require.NotContains(t, d.svc.Timeline(d.view(id, cvd.Viewer{Party: 2})).Text(), "exploitation")
	tl.Actors = true
	require.Contains(t, tl.Text(), "by alice")
	theirs := d.svc.Timeline(d.view(id, cvd.Viewer{Party: 2}))
	theirs.Actors = true
	require.NotContains(t, theirs.Text(), "by alice")
}
