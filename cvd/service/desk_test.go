package service_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

func TestUnreadAndOpenClaims(t *testing.T) {
	d := newDesk(t)
	c := d.received()
	id := c.ID
	require.Equal(t, cvd.Unread{Reports: []cvd.ReportID{1}}, c.Unread())
	c = d.do(id, cvd.MarkRead{})
	require.Equal(t, cvd.Unread{}, c.Unread())
	c = d.do(id, cvd.PostMessage{To: []cvd.PartyID{2}, Text: "ours"}, cvd.PostMessage{Party: 2, To: []cvd.PartyID{1}, Text: "theirs"})
	require.Equal(t, cvd.Unread{Messages: []cvd.MessageID{2}}, c.Unread())
	d.refused(id, cvd.RuleOnce, cvd.MarkRead{Upto: 1})
	d.refused(id, cvd.RuleKnown, cvd.MarkRead{Upto: 1000})
	c = d.do(id, cvd.MarkRead{Upto: c.Messages[1].Seq})
	require.Equal(t, cvd.Unread{}, c.Unread())

	c = d.do(id, cvd.Observe{What: vultron.PublicAware, Party: 2}, cvd.Observe{What: vultron.PublicAware, Party: 2}, cvd.Observe{What: vultron.AttacksObserved, Party: 2})
	require.Len(t, c.OpenClaims(), 3)
	c = d.do(id, cvd.AdoptClaim{Claim: 1})
	require.Len(t, c.OpenClaims(), 1, "the second says what is known by now")
	require.Equal(t, vultron.AttacksObserved, c.OpenClaims()[0].What)
}

func TestDoMany(t *testing.T) {
	d := newDesk(t)
	var ids []cvd.CaseID
	for _, name := range []string{"ann", "bob", "cid"} {
		ids = append(ids, d.do(cvd.CaseID{}, reportBy(name)).ID)
	}
	d.do(ids[1], cvd.Triage{Outcome: cvd.OutcomeInvalid}, cvd.Close{})
	by := cvd.By{ID: cvd.CommandID{3}, Actor: "alice"}
	cmd := cvd.Triage{Outcome: cvd.OutcomeInvalid, Reply: "a header is no vulnerability"}
	d.relay()
	d.mail.got = nil
	got, err := d.svc.DoMany(ctx, by, append(ids, cvd.CaseID{9}), cmd)
	require.NoError(t, err)
	require.Len(t, got, 4)
	require.NoError(t, got[0].Err)
	require.ErrorIs(t, got[1].Err, cvd.ErrRefused)
	require.NoError(t, got[2].Err)
	require.ErrorIs(t, got[3].Err, cvd.ErrNotFound)
	require.Equal(t, cvd.OutcomeInvalid, got[2].Case.Reports[0].Outcome)
	d.relay()
	require.Len(t, d.mail.got, 2, "each reporter has a mail of its own")
	require.NotEqual(t, d.mail.got[0].Name, d.mail.got[1].Name)
	got, err = d.svc.DoMany(ctx, by, ids, cmd)
	require.NoError(t, err)
	require.True(t, got[0].Case.Repeated)
	require.True(t, got[2].Case.Repeated)

	done, cancel := context.WithCancel(ctx)
	cancel()
	got, err = d.svc.DoMany(done, cvd.By{}, ids, cmd)
	require.NoError(t, err)
	require.ErrorIs(t, got[2].Err, context.Canceled)
	for _, bad := range []func() error{
		func() error { _, err := d.svc.DoMany(ctx, cvd.By{If: 1}, ids, cmd); return err },
		func() error {
			_, err := d.svc.DoMany(ctx, cvd.By{}, ids, cvd.PostMessage{Text: "t", Files: []cvd.File{{Content: strings.NewReader("x")}}})
			return err
		},
		func() error { _, err := d.svc.DoMany(ctx, by, make([]cvd.CaseID, 1001), cmd); return err },
		func() error { _, err := d.svc.DoMany(ctx, by, ids, report); return err },
		func() error { _, err := d.svc.DoMany(ctx, by, ids, cvd.Triage{Outcome: 99}); return err },
	} {
		require.ErrorIs(t, bad(), cvd.ErrInput)
	}
}

func TestSimilar(t *testing.T) {
	d := newDesk(t)
	words := "the parser of frames in the network daemon overflows the heap when length field exceeds buffer size during reassembly"
	receive := func(name, text string) *cvd.Case {
		r := reportBy(name)
		r.Title, r.Products, r.Observations, r.Summary, r.Original = "", "", "", cvd.Private(text), nil
		return d.do(cvd.CaseID{}, r)
	}
	a := receive("a", words)
	copied := receive("b", "Hello! "+words+" Please pay.")
	receive("c", "cross site scripting within search results page allows attackers stealing session cookies from administrators")
	half := receive("d", "the parser of frames in the network daemon overflows the heap, crashing everything whenever somebody sends malicious traffic quickly")
	closed := receive("e", words)
	d.do(closed.ID, cvd.Triage{Outcome: cvd.OutcomeInvalid}, cvd.Close{})
	got, err := d.svc.Similar(ctx, a.ID, team, 10)
	require.NoError(t, err)
	require.NotEmpty(t, got)
	require.Equal(t, copied.ID, got[0].Case)
	require.Greater(t, got[0].Score, 0.7)
	for _, m := range got[1:] {
		require.Equal(t, half.ID, m.Case, "nothing else is near, and closed cases are not listed")
		require.Less(t, m.Score, got[0].Score)
	}
	one, err := d.svc.Similar(ctx, a.ID, team, 1)
	require.NoError(t, err)
	require.Len(t, one, 1)
	none, err := d.svc.Similar(ctx, receive("f", "too short").ID, team, 10)
	require.NoError(t, err)
	require.Empty(t, none)
	_, err = d.svc.Similar(ctx, a.ID, team, 0)
	require.ErrorIs(t, err, cvd.ErrInput)
	// No plain word in anything but private parts, and none of the erased remains.
	for _, r := range d.log(a.ID) {
		require.NotContains(t, string(r.Body), "reassembly")
	}
	_, err = d.svc.Erase(ctx, copied.ID, staff, cvd.ErasePerson{Party: 2})
	require.NoError(t, err)
	got, err = d.svc.Similar(ctx, a.ID, team, 10)
	require.NoError(t, err)
	for _, m := range got {
		require.NotEqual(t, copied.ID, m.Case)
	}
}

func TestSSVCDecision(t *testing.T) {
	d := newDesk(t)
	id := d.received().ID
	low := map[string]string{"E": "N", "U": "L", "TI": "P", "PSI": "M"}
	high := map[string]string{"E": "active", "U": "super effective", "TI": "total", "PSI": "significant"}
	c := d.do(id, cvd.DecideSSVC{Table: "supplier", Inputs: high})
	_, ok := c.SuggestedMove()
	require.False(t, ok, "it is not valid yet")
	require.Equal(t, vultron.RMReceived, c.RM(), "a decision moves nothing")
	c = d.do(id, cvd.Triage{Outcome: cvd.OutcomeValid})
	move, ok := c.SuggestedMove()
	require.True(t, ok)
	require.Equal(t, vultron.RMAccept, move)
	c = d.do(id, cvd.DecideSSVC{Table: "supplier", Inputs: low})
	move, _ = c.SuggestedMove()
	require.Equal(t, vultron.RMDefer, move)
	c = d.do(id, cvd.AddVulnerability{}, cvd.DecideSSVC{Vuln: 2, Table: "supplier", Inputs: high})
	move, _ = c.SuggestedMove()
	require.Equal(t, vultron.RMAccept, move, "one of two is worth it")
	c = d.do(id, cvd.DecideSSVC{Vuln: 2, Table: "utility", Inputs: map[string]string{"A": "no", "VD": "diffuse"}})
	require.Zero(t, c.Decisions[3].Suggested)
	require.Empty(t, string(c.Decisions[0].Vector))
	full := d.view(id, team)
	require.Equal(t, "Immediate", string(full.Decisions[0].Outcome))
	require.Equal(t, "SSVCv2/E:A/U:S/TI:T/PSI:S/DSOI:I/2026-03-02T09:30:00Z/", string(full.Decisions[0].Vector))
	require.Empty(t, d.view(id, cvd.Viewer{Party: 2}).Decisions)
	_, err := d.svc.Do(ctx, id, staff, cvd.DecideSSVC{Vuln: 1, Table: "supplier", Inputs: map[string]string{"E": "A"}})
	require.ErrorIs(t, err, cvd.ErrInput)
}

// Forward jumps that a remote party reports are accepted and noted; regressions
// are refused, never silently.
func TestReportedStates(t *testing.T) {
	d := newDesk(t)
	id := d.received().ID
	d.do(id, cvd.Invite{Roles: cvd.RoleVendor, Contact: cvd.Contact{Name: "V"}})
	c := d.do(id, cvd.ReportState{Party: 3, State: vultron.RMAccepted})
	last := c.Events[len(c.Events)-1]
	require.Equal(t, cvd.EventPartyRM, last.Kind)
	require.Equal(t, cvd.PartyID(3), last.Party)
	require.Equal(t, vultron.RMAccepted, last.Became())
	require.Equal(t, c.At, c.Participants[2].Answered)
	for _, s := range []vultron.RM{vultron.RMStart, vultron.RMReceived, vultron.RMInvalid, vultron.RMValid} {
		d.refused(id, cvd.RuleRegression, cvd.ReportState{Party: 3, State: s})
	}
	d.refused(id, cvd.RuleOnce, cvd.ReportState{Party: 3, State: vultron.RMAccepted})
	d.do(id, cvd.ReportState{Party: 3, State: vultron.RMDeferred}, cvd.ReportState{Party: 3, State: vultron.RMAccepted})
	d.do(id, cvd.ReportState{Party: 3, State: vultron.RMClosed})
	d.refused(id, cvd.RuleRegression, cvd.ReportState{Party: 3, State: vultron.RMAccepted})
}
