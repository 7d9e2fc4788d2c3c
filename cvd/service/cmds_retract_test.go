package service_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/policy"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// Issue 12, line 16: public awareness that was adopted by mistake does not end an
// embargo for ever.
func TestRetractAdoption(t *testing.T) {
	d := newDesk(t)
	id := embargoed(d)
	d.do(id, vendorAt("one"), cvd.AnswerInvitation{Party: 3, Accept: true}, vendorAt("two"))
	before := d.view(id, team)
	d.do(id, cvd.Observe{What: vultron.ExploitPublic, Evidence: "a post", Adopt: true})
	c := d.view(id, team)
	require.Equal(t, vultron.EMExited, c.Embargo.State)
	x := cvd.ClaimID(len(c.Claims) - 1) // the exploit; the public's awareness followed
	d.do(id, vendorAt("three"))
	d.clock.pass(time.Hour)
	d.do(id, cvd.RetractAdoption{Claim: x, Reason: "the post was about another product"})
	c = d.view(id, team)
	require.Equal(t, vultron.EMActive, c.Embargo.State)
	was, _ := before.Embargo.Ends()
	ends, ok := c.Embargo.Ends()
	require.True(t, ok && ends.Equal(was))
	require.Zero(t, c.State(1, 0, 0))
	for i, p := range before.Participants {
		require.Equal(t, p.Consent, c.Participants[i].Consent, i)
		require.True(t, p.AnswerBy.Equal(c.Participants[i].AnswerBy), i)
	}
	require.Equal(t, vultron.Invited, c.Participants[4].Consent, "who came since is asked")
	require.NotEmpty(t, d.view(id, cvd.Viewer{Party: 3}).Title)
	require.Empty(t, d.view(id, cvd.Viewer{Party: 4}).Title)
	require.Len(t, c.OpenClaims(), 2, "they are claims as before")
	d.refused(id, cvd.RuleEmbargoHolds, cvd.Publish{Vulnerabilities: []cvd.VulnID{1}})
	d.refused(id, cvd.RuleOnce, cvd.RetractAdoption{Claim: x, Reason: "r"})
	d.relay()
	require.Contains(t, string(d.box.got[len(d.box.got)-1].Text), "It holds: please disclose nothing before")
	// Nothing of it is told in public.
	for _, e := range c.Timeline(d.clock.t, time.UTC).Entries {
		if strings.Contains(e.Label, "taken back") {
			require.False(t, e.Public, e.Label)
		}
	}
	// It can come true later.
	c = d.do(id, cvd.AdoptClaim{Claim: x})
	require.Equal(t, vultron.EMExited, c.Embargo.State)
}

// What else would have ended the embargo, or its own end, keeps it ended.
func TestRetractionRestoresNoMoreThanItMust(t *testing.T) {
	d := newDesk(t)
	id := embargoed(d)
	c := d.do(id, cvd.Observe{What: vultron.PublicAware, Adopt: true}, cvd.Observe{What: vultron.PublicAware}, cvd.Observe{What: vultron.ExploitPublic, Adopt: true})
	n := cvd.ClaimID(len(c.Claims))
	d.refused(id, cvd.RuleRetract, cvd.RetractAdoption{Claim: n - 2, Reason: "an exploit of what nobody knows"})
	d.do(id, cvd.RetractAdoption{Claim: n, Reason: "r"})
	require.Equal(t, vultron.EMExited, d.view(id, team).Embargo.State, "it is public still")
	c = d.do(id, cvd.RetractAdoption{Claim: n - 2, Reason: "r"})
	require.Equal(t, vultron.EMActive, c.Embargo.State)

	d = newDesk(t)
	id = embargoed(d)
	c = d.do(id, cvd.Observe{What: vultron.AttacksObserved, Adopt: true})
	d.clock.t = days(31)
	c = d.do(id, cvd.RetractAdoption{Claim: cvd.ClaimID(len(c.Claims)), Reason: "a scanner"})
	require.Equal(t, vultron.EMExited, c.Embargo.State, "its end has passed")
	c = d.do(id, cvd.Publish{Vulnerabilities: []cvd.VulnID{1}})
	d.refused(id, cvd.RuleRetract, cvd.RetractAdoption{Claim: cvd.ClaimID(len(c.Claims)), Reason: "we published it"})
}

// A letter of a vendor on which another rests is not taken back alone.
func TestRetractionOfAVendorsLetter(t *testing.T) {
	d := newDesk(t)
	id := deployed(d)
	d.refused(id, cvd.RuleRetract, cvd.RetractAdoption{Claim: 2, Reason: "r"})
	c := d.do(id, cvd.RetractAdoption{Claim: 3, Reason: "r"}, cvd.RetractAdoption{Claim: 2, Reason: "r"})
	require.Equal(t, vultron.CSVendorAware, c.State(1, 1, 0))
}

// Issue 12, line 16: one reminder to whoever is to answer, an alert to the team
// when its time is over.
func TestAnswerWindowsRemind(t *testing.T) {
	d := newDesk(t, func(c *cvd.Config) { c.Policies = []policy.Policy{} })
	id := embargoed(d)
	d.do(id, vendorAt("one"), vendorAt("two"), vendorAt("three"), cvd.AnswerInvitation{Party: 4, Accept: true})
	d.relay()
	d.box.got = nil
	x := d.tick()
	require.Zero(t, x.Cases)
	require.True(t, x.Next.Equal(noon.AddDate(0, 0, 5)), "48 hours before the end: %s", x.Next)
	d.clock.t = noon.AddDate(0, 0, 5)
	require.Empty(t, d.tick().Reminders)
	d.relay()
	require.Len(t, d.box.got, 2, "not to the one that has answered")
	require.Contains(t, string(d.box.got[0].Text), "Please tell us before 2026-03-09 12:00")
	d.tick()
	d.relay()
	require.Len(t, d.box.got, 2, "once")
	d.do(id, cvd.AnswerInvitation{Party: 5})
	d.clock.t = noon.AddDate(0, 0, 7).Add(time.Minute)
	x = d.tick()
	require.Len(t, x.Reminders, 1)
	require.Equal(t, []cvd.PartyID{3}, x.Reminders[0].Parties)
	require.Equal(t, "answer-window", x.Reminders[0].Deadline.Clock)
	x = d.tick()
	require.Empty(t, x.Reminders)
	require.True(t, x.Next.IsZero(), "nothing is left to do")
	// Asked again, it has a new window.
	d.do(id, cvd.AskConsent{To: 3, Window: 72 * time.Hour})
	require.True(t, d.tick().Next.Equal(d.clock.t.Add(36*time.Hour)))
}
