package service_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

func of(groups ...cvd.Private) cvd.Viewer { return cvd.Viewer{Team: true, Groups: groups} }

// learns reports whether a viewer of the team comes to know of a case by any list.
func (d *desk) learns(v cvd.Viewer, id cvd.CaseID) bool {
	d.t.Helper()
	_, err := d.svc.View(ctx, id, v)
	sees := err == nil
	if !sees {
		require.ErrorIs(d.t, err, cvd.ErrNotFound)
		_, err = d.svc.Similar(ctx, id, v, 5)
		require.ErrorIs(d.t, err, cvd.ErrNotFound)
		_, err = d.svc.AccessUses(ctx, id, v)
		require.ErrorIs(d.t, err, cvd.ErrNotFound)
		_, err = d.svc.Attachment(ctx, id, v, 1)
		require.ErrorIs(d.t, err, cvd.ErrNotFound)
		_, err = d.svc.DoView(ctx, id, staff, v, cvd.SetTitle{Title: "taken over"})
		require.ErrorIs(d.t, err, cvd.ErrNotFound)
	}
	all, err := d.svc.View(ctx, id, of(cvd.EveryGroup))
	require.NoError(d.t, err)
	require.NotEqual(d.t, cvd.Private("taken over"), all.Title)
	require.Equal(d.t, sees, d.svc.MaySee(all, v))
	listed := false
	for page := ""; ; {
		p, err := d.svc.Find(ctx, v, service.Filter{}, page, 2)
		require.NoError(d.t, err)
		for _, x := range p.Cases {
			listed = listed || x.ID == id
		}
		for _, x := range p.Problems {
			listed = listed || x.Case == id
		}
		if p.Next != "" {
			require.Len(d.t, p.Cases, 2, "what others see makes no page shorter")
		}
		if page = p.Next; page == "" {
			break
		}
	}
	require.Equal(d.t, sees, listed)
	items, _, err := d.svc.Agenda(ctx, v, d.clock.t.AddDate(1, 0, 0))
	require.NoError(d.t, err)
	for _, x := range items {
		require.True(d.t, sees || x.Case != id)
	}
	return sees
}

// Issue 13, line 5: a case is open to the whole team, or to groups of it.
func TestGroups(t *testing.T) {
	d := newDesk(t)
	id := embargoed(d)
	r := reportBy("zoe")
	r.Title, r.Summary, r.Observations = report.Title, report.Summary, report.Observations
	copied := d.do(cvd.CaseID{}, r).ID
	d.do(id, cvd.GrantAccess{Party: 2, Code: d.code()})
	for i := range 3 {
		d.do(cvd.CaseID{}, reportBy(fmt.Sprint("n", i)))
	}
	require.True(t, d.learns(of(), id), "as every case is at first")
	near, err := d.svc.Similar(ctx, copied, of(), 5)
	require.NoError(t, err)
	require.Equal(t, id, near[0].Case)

	c := d.do(id, cvd.SetGroups{Groups: []cvd.Private{"Router Team", "router  team", "core"}, Reason: "a key customer"})
	require.Equal(t, [][]cvd.Private{{"", ""}}, c.Groups, "names are texts")
	d.refused(id, cvd.RuleOnce, cvd.SetGroups{Groups: []cvd.Private{"CORE", "routerteam"}})
	for i, sees := range map[*cvd.Viewer]bool{
		{Team: true}: false, {Team: true, Groups: []cvd.Private{"web"}}: false, {Party: cvd.Owner}: false,
		{Team: true, Groups: []cvd.Private{"web", "router team"}}: true, {Team: true, Groups: []cvd.Private{cvd.EveryGroup}}: true,
	} {
		if i.Team {
			require.Equal(t, sees, d.learns(*i, id), "%v", i.Groups)
		}
		_, err := d.svc.View(ctx, id, *i)
		require.Equal(t, sees, err == nil)
	}
	near, err = d.svc.Similar(ctx, copied, of("web"), 5)
	require.NoError(t, err)
	for _, m := range near {
		require.NotEqual(t, id, m.Case)
	}
	near, err = d.svc.Similar(ctx, copied, of("core"), 5)
	require.NoError(t, err)
	require.Equal(t, id, near[0].Case)
	c = d.view(id, of("core"))
	require.Equal(t, [][]cvd.Private{{"Router Team", "core"}}, c.Groups)
	require.Equal(t, cvd.Private("a key customer"), c.Events[len(c.Events)-1].Reason)
	// Participants see what they saw, and nothing of the groups.
	mine := d.view(id, cvd.Viewer{Party: 2})
	require.Empty(t, mine.Groups)
	require.NotContains(t, dump(mine), "core")
	require.Len(t, d.find(service.Filter{}), 5)
	page, err := d.svc.Find(ctx, cvd.Viewer{Identity: report.Reporter.Email}, service.Filter{}, "", 5)
	require.NoError(t, err)
	require.Len(t, page.Cases, 1)
	// Another process knows the same, and the index can be made anew.
	require.False(t, d.another().learns(of("web"), id))
	d.rebuilt("groups")

	d.do(id, cvd.SetGroups{})
	require.True(t, d.learns(of(), id))
	require.Empty(t, d.view(id, of()).Groups)
	for _, v := range []cvd.Viewer{{}, {Party: 2}, {Identity: "x"}} {
		_, err = d.svc.Similar(ctx, id, v, 5)
		require.ErrorIs(t, err, cvd.ErrDenied)
		_, _, err = d.svc.Agenda(ctx, v, d.clock.t)
		require.ErrorIs(t, err, cvd.ErrDenied)
		_, err = d.svc.AccessUses(ctx, id, v)
		require.ErrorIs(t, err, cvd.ErrDenied)
	}
}

// A submission can be opened to groups in the call that takes it in.
func TestGroupsOfSubmissions(t *testing.T) {
	d := newDesk(t)
	r := report
	r.Submission, r.Original = true, nil
	id := d.do(cvd.CaseID{}, r, cvd.SetGroups{Groups: []cvd.Private{"router"}}).ID
	require.False(t, d.learns(of(), id))
	into := d.do(cvd.CaseID{}, reportBy("zoe")).ID
	_, err := d.svc.Merge(ctx, id, staff, cvd.Merge{Into: into})
	require.NoError(t, err)
	require.False(t, d.learns(of(), into), "what came into it is not for all")
	require.True(t, d.learns(of("router"), into))
}

// What the library sends to the team's own address tells nothing of a case that is
// not open to all of it.
func TestGroupsOfTheTeamsMail(t *testing.T) {
	d := newDesk(t, func(c *cvd.Config) { c.Team.Routes = []cvd.Route{{Transport: "mail", Address: "psirt@vendor.example"}} })
	id := embargoed(d)
	say := cvd.PostMessage{Party: 2, To: []cvd.PartyID{cvd.Owner}, Subject: "the subject", Text: "the exploit"}
	sent := func() string {
		d.mail.got = nil
		d.do(id, say)
		d.relay()
		require.NotEmpty(t, d.mail.got)
		return d.mail.got[len(d.mail.got)-1].Subject + string(d.mail.got[len(d.mail.got)-1].Text)
	}
	d.relay()
	d.mail.can = cvd.ProtectSealed
	require.Contains(t, sent(), "the exploit")
	d.do(id, cvd.SetGroups{Groups: []cvd.Private{"router"}})
	require.NotContains(t, sent(), "the exploit")
}

// Of a case that it may see a viewer does not see the product streams of others, nor
// what was said of them.
func TestGroupsOfStreams(t *testing.T) {
	d := newDesk(t)
	id := embargoed(d)
	d.do(id, vendor, cvd.AnswerInvitation{Party: 3, Accept: true},
		cvd.AddProduct{Name: "Shown"}, cvd.AddProduct{Name: "Secret Chip", PURL: "pkg:generic/chip"},
		cvd.RecordStatus{Vuln: 1, Stream: 2, Affected: cvd.Affected(1), Statement: "chip statement"},
		cvd.Observe{What: vultron.FixReady, Vendor: cvd.Owner, Stream: 2, Evidence: "chip evidence"},
		cvd.SetTopic{Title: "chip topic", Parties: []cvd.PartyID{2, 3}, Stream: 2},
		cvd.PostMessage{Party: 3, Topic: 1, Subject: "chip subject", Text: "chip text", Files: []cvd.File{{Name: "chip file", Content: strings.NewReader("chip bytes")}}},
		cvd.PostMessage{Party: 3, To: []cvd.PartyID{1}, Text: "ours", Statements: []cvd.Statement{{Vuln: 1, Text: "shown statement"}}},
	)
	mark := d.view(id, of())
	file := mark.Attachments[len(mark.Attachments)-1]
	require.Equal(t, cvd.Private("chip file"), file.Name)
	d.do(id, cvd.SetGroups{Stream: 2, Groups: []cvd.Private{"chips"}})
	d.refused(id, cvd.RuleKnown, cvd.SetGroups{Stream: 9, Groups: []cvd.Private{"chips"}})
	for _, v := range []cvd.Viewer{of(), of("web")} {
		require.True(t, d.learns(v, id))
		c := d.view(id, v)
		text := dump(c) + d.svc.Timeline(c).Text()
		require.Contains(t, text, "Shown")
		require.Contains(t, text, "shown statement")
		require.NotContains(t, strings.ToLower(text), "chip")
		for _, x := range c.Statuses {
			require.NotEqual(t, cvd.StreamID(2), x.Stream)
		}
		_, err := d.svc.Attachment(ctx, id, v, file.ID)
		require.ErrorIs(t, err, cvd.ErrNotFound)
		p, err := d.svc.Find(ctx, v, service.Filter{Product: "secret chip"}, "", 10)
		require.NoError(t, err)
		require.Empty(t, p.Cases)
		p, err = d.svc.Find(ctx, v, service.Filter{Product: "shown"}, "", 10)
		require.NoError(t, err)
		require.Len(t, p.Cases, 1)
	}
	c := d.view(id, of("chips"))
	for _, s := range []string{"Secret Chip", "chip statement", "chip evidence", "chip topic", "chip text", "chip file"} {
		require.Contains(t, dump(c), s)
	}
	p, err := d.svc.Find(ctx, of("chips"), service.Filter{Product: "pkg:generic/chip"}, "", 10)
	require.NoError(t, err)
	require.Len(t, p.Cases, 1)
	require.Contains(t, dump(d.view(id, cvd.Viewer{Party: 3})), "chip topic", "groups are of the team")
	// It stays so in the case in which this one goes on, whichever it is.
	into := d.do(cvd.CaseID{}, reportBy("zoe")).ID
	_, err = d.svc.Merge(ctx, id, staff, cvd.Merge{Into: into})
	require.NoError(t, err)
	require.NotContains(t, dump(d.view(into, of())), "Secret Chip")
	require.Contains(t, dump(d.view(into, of("chips"))), "Secret Chip")
}

// Nobody in the team gains sight by a merge, a split, a reopening or a link: whoever
// sees a case afterwards saw those it comes from.
func TestGroupsOfRelatedCases(t *testing.T) {
	names := []cvd.Private{"a", "b", "c"}
	for seed := range uint64(10) {
		r := rand.New(rand.NewPCG(seed, 11))
		d := newDesk(t)
		var ids []cvd.CaseID

		groups := func() (out []cvd.Private) {
			for _, g := range names {
				if r.IntN(3) == 0 {
					out = append(out, g)
				}
			}
			return out
		}
		var viewers []cvd.Viewer
		for n := range 8 {
			v := of()
			for i, g := range names {
				if n>>i&1 == 1 {
					v.Groups = append(v.Groups, g)
				}
			}
			viewers = append(viewers, v)
		}
		sees := func(id cvd.CaseID) (out [8]bool) {
			for i, v := range viewers {
				out[i] = d.learns(v, id)
				if c, err := d.svc.View(ctx, id, v); err == nil {
					for _, l := range c.Links {
						_, err := d.svc.View(ctx, l.Case, v)
						require.NoError(t, err, "a link tells of a case that is not for all")
					}
					for _, x := range c.Reports {
						if x.DuplicateOf != (cvd.CaseID{}) {
							_, err := d.svc.View(ctx, x.DuplicateOf, v)
							require.NoError(t, err)
						}
					}
				}
			}
			return out
		}
		for i := range 4 {
			x := reportBy(fmt.Sprint("r", i))
			if x.Submission = i == 3; x.Submission {
				x.Original = nil
			}
			c := d.do(cvd.CaseID{}, x)
			_, _ = d.svc.Do(ctx, c.ID, staff, cvd.SetGroups{Groups: groups()})
			ids = append(ids, c.ID)
			d.clock.pass(time.Hour)
		}
		before := map[cvd.CaseID][8]bool{}
		for _, id := range ids {
			before[id] = sees(id)
		}
		for range 6 {
			a, b := ids[r.IntN(len(ids))], ids[r.IntN(len(ids))]
			var c *cvd.Case
			var err error
			from := []cvd.CaseID{a}
			switch r.IntN(5) {
			case 0, 1:
				c, err = d.svc.Merge(ctx, a, staff, cvd.Merge{Into: b})
				from = append(from, b)
			case 2:
				c, err = d.svc.Split(ctx, a, staff, cvd.Split{Title: "part", Reports: []cvd.ReportID{1}})
			case 3:
				_, _ = d.svc.Do(ctx, a, staff, cvd.Triage{Outcome: cvd.OutcomeInvalid, Quiet: true}, cvd.Close{})
				c, err = d.svc.Reopen(ctx, a, staff, cvd.Reopen{Reason: "new facts"})
			default:
				_, err = d.svc.Link(ctx, a, staff, cvd.LinkTo{Kind: cvd.LinkRelated, Case: b})
			}
			if err != nil || c == nil {
				continue
			}
			now := sees(c.ID)
			for i := range now {
				for _, id := range from {
					require.True(t, !now[i] || before[id][i], "seed %d: %v sees what it did not", seed, viewers[i].Groups)
				}
			}
			if _, known := before[c.ID]; !known {
				ids = append(ids, c.ID)
			}
			before[c.ID] = now

		}
		for _, id := range ids {
			require.Equal(t, before[id], sees(id), "the others are as they were")
		}
		d.rebuilt("groups of related cases")
	}
}

// A list of a viewer who sees few of many cases is full and complete, and its page
// tokens name none of the others.
func TestGroupsPages(t *testing.T) {
	d := newDesk(t)
	var mine []cvd.CaseID
	for i := range 60 {
		c := d.do(cvd.CaseID{}, cvd.Open{Origin: cvd.OriginOutbound, Title: cvd.Private(fmt.Sprint("case ", i))})
		if i%20 == 7 {
			mine = append(mine, c.ID)
		} else {
			d.do(c.ID, cvd.SetGroups{Groups: []cvd.Private{"others"}})
		}
		d.clock.pass(time.Second)
	}
	var got []cvd.CaseID
	for page := ""; ; {
		p, err := d.svc.Find(ctx, of("web"), service.Filter{Open: true}, page, 1)
		require.NoError(t, err)
		require.Empty(t, p.Problems)
		for _, x := range p.Cases {
			got = append(got, x.ID)
		}
		if page = p.Next; page == "" {
			break
		}
		require.Len(t, p.Cases, 1)
	}
	require.Len(t, got, 3)
	for i := range got {
		require.Equal(t, mine[2-i], got[i])
	}
}
