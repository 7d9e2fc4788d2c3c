package service_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
)

// mailed returns what was sent to an address since the last call.
func (d *desk) mailed(to string) (out []cvd.Outgoing) {
	d.t.Helper()
	require.Empty(d.t, d.relay().Problems)
	for _, p := range []*post{d.mail, d.box} {
		for _, m := range p.got {
			if string(m.To.Address) == to {
				out = append(out, m)
			}
		}
	}
	return out
}

func (d *desk) thread(token string) (cvd.CaseID, cvd.PartyID) {
	d.t.Helper()
	id, p, err := d.svc.Thread(ctx, token)
	require.NoError(d.t, err)
	return id, p
}

// Issue 13, line 4: a participant's token leads back to it.
func TestThreadLeadsBack(t *testing.T) {
	d := newDesk(t)
	a := d.received()
	d.do(a.ID, cvd.Acknowledge{}, cvd.Invite{Roles: cvd.RoleVendor, Contact: cvd.Contact{Email: "psirt@one.example"}})
	rita, one := d.mailed("rita@finder.example")[0].Thread, d.mailed("psirt@one.example")[0].Thread
	require.Regexp(t, "^[0-9a-f]{32}$", rita)
	require.NotEqual(t, rita, one)
	id, p := d.thread(rita)
	require.Equal(t, a.ID, id)
	require.Equal(t, cvd.PartyID(2), p)
	_, p = d.thread(one)
	require.Equal(t, cvd.PartyID(3), p)
	_, _, err := d.svc.Thread(ctx, "0123")
	require.ErrorIs(t, err, cvd.ErrNotFound)

	// After a merge: to a case where one of them is known and the other is not.
	second := report
	second.IDs, second.Reporter = nil, cvd.Contact{Name: "Rita", Email: "rita@finder.example"}
	b := d.do(cvd.CaseID{}, second)
	d.do(b.ID, cvd.Acknowledge{})
	mails := d.mailed("rita@finder.example")
	there := mails[len(mails)-1].Thread
	_, err = d.svc.Merge(ctx, a.ID, staff, cvd.Merge{Into: b.ID})
	require.NoError(t, err)
	for token, who := range map[string]cvd.PartyID{rita: 2, there: 2, one: 3} {
		id, p = d.thread(token)
		require.Equal(t, b.ID, id)
		require.Equal(t, who, p)
	}
	require.NoError(t, d.svc.Reindex(ctx, a.ID), "the keys are those of the other case")
	require.NoError(t, d.svc.Reindex(ctx, b.ID))

	// After reopening.
	d.do(b.ID, cvd.Triage{Report: 1, Outcome: cvd.OutcomeInvalid, Quiet: true}, cvd.Triage{Report: 2, Outcome: cvd.OutcomeInvalid, Quiet: true}, cvd.Close{})
	c, err := d.svc.Reopen(ctx, b.ID, staff, cvd.Reopen{Reason: "it is real"})
	require.NoError(t, err)
	for token, who := range map[string]cvd.PartyID{rita: 2, there: 2, one: 3} {
		id, p = d.thread(token)
		require.Equal(t, c.ID, id)
		require.Equal(t, who, p)
	}
	// Erasing the person ends it, in whichever way it came.
	_, err = d.svc.Erase(ctx, c.ID, staff, cvd.ErasePerson{Party: 2})
	require.NoError(t, err)
	for _, token := range []string{rita, there} {
		_, _, err = d.svc.Thread(ctx, token)
		require.ErrorIs(t, err, cvd.ErrNotFound)
	}
	d.thread(one)
}

func TestThreadAfterSplit(t *testing.T) {
	d := newDesk(t)
	a := d.received()
	second := report
	second.IDs, second.Reporter = nil, cvd.Contact{Email: "zoe@finder.example"}
	d.do(a.ID, second, cvd.Acknowledge{Report: 1}, cvd.Acknowledge{Report: 2}, cvd.AddVulnerability{Title: "the second"},
		cvd.Invite{Roles: cvd.RoleVendor, Contact: cvd.Contact{Email: "psirt@one.example"}})
	rita, zoe, one := d.mailed("rita@finder.example")[0].Thread, d.mailed("zoe@finder.example")[0].Thread, d.mailed("psirt@one.example")[0].Thread
	b, err := d.svc.Split(ctx, a.ID, staff, cvd.Split{Title: "the second", Reports: []cvd.ReportID{2}, Vulnerabilities: []cvd.VulnID{2}, Participants: []cvd.PartyID{4}})
	require.NoError(t, err)
	id, p := d.thread(zoe)
	require.Equal(t, b.ID, id, "whose report went, answers there")
	require.Equal(t, "zoe@finder.example", string(d.view(b.ID, team).Participants[p-1].Email))
	id, _ = d.thread(rita)
	require.Equal(t, a.ID, id)
	id, _ = d.thread(one)
	require.Equal(t, a.ID, id, "who takes part in both answers where it was asked")
	// All have a thread in each case, another one.
	d.mailed("")
	d.mail.got = nil
	d.do(a.ID, cvd.ProposeEmbargo{Ends: d.clock.t.AddDate(0, 0, 30)})
	d.do(b.ID, cvd.ProposeEmbargo{Ends: d.clock.t.AddDate(0, 0, 30)})
	seen := map[string]bool{zoe: true}
	for _, m := range append(d.mailed("zoe@finder.example"), d.mailed("psirt@one.example")...) {
		id, _ := d.thread(m.Thread)
		require.Equal(t, m.Number, d.view(id, team).Number)
		seen[m.Thread] = true
	}
	require.Len(t, seen, 4)
	require.True(t, seen[one])
	require.NoError(t, d.svc.Reindex(ctx, a.ID))
	require.NoError(t, d.svc.Reindex(ctx, b.ID))
}

// A mail names what it answers and what was before it, as the recipient knows it.
func TestReferences(t *testing.T) {
	d := newDesk(t, func(c *cvd.Config) { c.Floor = func(*cvd.Message) cvd.Protection { return cvd.ProtectNone } })
	id := d.received().ID
	d.do(id, cvd.Acknowledge{}, vendor)
	ack := d.mailed("rita@finder.example")[0]
	require.Equal(t, cvd.Private("<1@finder.example>"), ack.InReplyTo)
	require.Equal(t, []cvd.Private{"<1@finder.example>"}, ack.References)
	require.True(t, ack.Auto)
	invitation := d.mailed("n@vendor.example")[0]
	require.Empty(t, invitation.InReplyTo)
	require.Empty(t, invitation.References)

	d.do(id, letter("<2@finder.example>"))
	d.do(id, cvd.PostUnverified{Claimed: 2, Reason: "r", Text: "t", Provenance: cvd.Provenance{IDs: []cvd.ExternalID{{Kind: cvd.IDMessage, Value: "<3@x.example>"}}}})
	d.do(id, cvd.ProposeEmbargo{Ends: d.clock.t.AddDate(0, 0, 30)}, cvd.AcceptEmbargo{Party: 2}, cvd.AnswerInvitation{Party: 3, Accept: true})
	d.relay()
	d.do(id, cvd.PostMessage{To: []cvd.PartyID{2, 3}, Text: "thank you", InReplyTo: 3})
	to := d.mailed("rita@finder.example")
	last := to[len(to)-1]
	require.False(t, last.Auto)
	require.Equal(t, cvd.Private("<2@finder.example>"), last.InReplyTo)
	require.Equal(t, cvd.Private("<1@finder.example>"), last.References[0])
	require.Contains(t, last.References, cvd.Private(ack.ID))
	require.Equal(t, last.InReplyTo, last.References[len(last.References)-1])
	require.NotContains(t, last.References, cvd.Private("<3@x.example>"), "nobody has shown that it is hers")
	others := d.mailed("n@vendor.example")
	theirs := others[len(others)-1]
	require.Equal(t, "thank you", string(theirs.Text)[len(theirs.Text)-len("thank you\n\n-- \nExample PSIRT\n"):][:9])
	require.Empty(t, theirs.InReplyTo, "it does not learn of the mail of another")
	require.Contains(t, theirs.References, cvd.Private(invitation.ID))
	for _, r := range theirs.References {
		require.NotContains(t, string(r), "finder.example")
	}
	for range 20 {
		d.do(id, cvd.PostMessage{To: []cvd.PartyID{2}, Text: "again"})
		d.relay()
	}
	to = d.mailed("rita@finder.example")
	require.Len(t, to[len(to)-1].References, 9)

	// An ID leads back to the message, also from the case into which it went.
	in, m, p, err := d.svc.Delivery(ctx, id, ack.ID)
	require.NoError(t, err)
	require.Equal(t, []any{id, cvd.MessageID(1), cvd.PartyID(2)}, []any{in, m, p})
	other := d.do(cvd.CaseID{}, cvd.Receive{})
	_, err = d.svc.Merge(ctx, id, staff, cvd.Merge{Into: other.ID})
	require.NoError(t, err)
	in, m, _, err = d.svc.Delivery(ctx, other.ID, ack.ID)
	require.NoError(t, err)
	require.Equal(t, id, in)
	require.Equal(t, cvd.MessageID(1), m)
	_, _, _, err = d.svc.Delivery(ctx, other.ID, "0123")
	require.ErrorIs(t, err, cvd.ErrNotFound)
	d.do(id, cvd.RecordBounce{Delivery: ack.ID, Permanent: true}) // a closed case takes it too
}
