package service_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/advisory/tlp"
	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/service"
)

// lettered is a case with a message to its reporter and to two vendors, which went out.
func lettered(d *desk) cvd.CaseID {
	id := d.received().ID
	d.do(id, cvd.Triage{Outcome: cvd.OutcomeValid, Quiet: true}, cvd.Accept{},
		cvd.ProposeEmbargo{Ends: d.clock.t.AddDate(0, 0, 30)}, cvd.AcceptEmbargo{Party: 2}, byMail("one"), byMail("two"),
		cvd.AnswerInvitation{Party: 3, Accept: true}, cvd.AnswerInvitation{Party: 4, Accept: true})
	d.relay()
	d.mail.got, d.box.got = nil, nil
	d.do(id, cvd.PostMessage{To: []cvd.PartyID{2, 3, 4}, TLP: tlp.Green, Text: "A fix is being tested."})
	d.relay()
	return id
}

func byMail(name cvd.Private) cvd.Invite {
	return cvd.Invite{Roles: cvd.RoleVendor, Contact: cvd.Contact{Organization: name, Email: name + "@vendor.example"}}
}

func TestSentIsWhatWentOut(t *testing.T) {
	d := newDesk(t)
	id := lettered(d)
	c := d.view(id, team)
	m := c.Messages[len(c.Messages)-1].ID
	require.Len(t, d.mail.got, 3)
	for i, p := range []cvd.PartyID{2, 3, 4} {
		got, err := d.svc.Sent(ctx, id, team, m, p)
		require.NoError(t, err)
		require.Equal(t, string(d.mail.got[i].Text), string(got.Text))
		require.Equal(t, d.mail.got[i].Subject, string(got.Subject))
		require.Equal(t, []any{m, p, d.clock.t, false, false, tlp.Green, "mail", cvd.ProtectTLS},
			[]any{got.Message, got.Party, got.At, got.Notice, got.Erased, got.TLP, got.Transport, got.Protection})
		own, err := d.svc.Sent(ctx, id, cvd.Viewer{Party: p}, m, p)
		require.NoError(t, err)
		require.Equal(t, got, own)
	}
	require.Contains(t, string(d.mail.got[0].Text), "Dear Rita Reporter,")

	// It stays what it was when the texts and the name have changed since.
	d.do(id, cvd.ChangeParty{Party: 2, Contact: cvd.Contact{Name: "Rita Renamed", Email: "rita@finder.example", Language: "de"}})
	cfg := d.cfg
	cfg.Texts = map[string]map[string]string{"en": {"dear": "To {name}"}}
	later, err := service.New(cfg)
	require.NoError(t, err)
	got, err := later.Sent(ctx, id, team, m, 2)
	require.NoError(t, err)
	require.Equal(t, string(d.mail.got[0].Text), string(got.Text))
}

// A text is for the team and for its party, and for nobody else.
func TestSentIsForItsParty(t *testing.T) {
	d := newDesk(t)
	id := lettered(d)
	m := cvd.MessageID(len(d.view(id, team).Messages))
	d.do(id, cvd.PostMessage{To: []cvd.PartyID{3}, Text: "for one alone"})
	for _, x := range []struct {
		v  cvd.Viewer
		m  cvd.MessageID
		to cvd.PartyID
	}{
		{cvd.Viewer{}, m, 2}, {cvd.Viewer{}, m, 0},
		{cvd.Viewer{Party: 3}, m, 2}, {cvd.Viewer{Party: 2}, m, 3}, {cvd.Viewer{Party: 9}, m, 9},
		{cvd.Viewer{Team: true, Groups: []cvd.Private{cvd.EveryGroup}, Clearance: tlp.Green}, m, 2},
		{team, m, 9}, {team, 99, 2}, {team, 0, 2},
		{team, m + 1, 3}, // it has not gone out
	} {
		_, err := d.svc.Sent(ctx, id, x.v, x.m, x.to)
		require.ErrorIs(t, err, cvd.ErrNotFound, "%+v", x)
	}
	_, err := d.svc.Sent(ctx, cvd.CaseID{1}, team, m, 2)
	require.ErrorIs(t, err, cvd.ErrNotFound)

	// Who may not see the message any more gets nothing but notices.
	d.do(id, cvd.RemoveParty{Party: 3, Reason: "left"})
	_, err = d.svc.Sent(ctx, id, cvd.Viewer{Party: 3}, m, 3)
	require.ErrorIs(t, err, cvd.ErrNotFound)
	_, err = d.svc.Sent(ctx, id, team, m, 3)
	require.NoError(t, err)
}

// A notice says nothing of the matter; what it says can be shown too.
func TestSentNotices(t *testing.T) {
	d := newDesk(t)
	id := lettered(d)
	d.mail.got = nil
	d.do(id, cvd.PostMessage{To: []cvd.PartyID{3}, TLP: tlp.AmberStrict, Text: "the secret"})
	d.relay()
	m := cvd.MessageID(len(d.view(id, team).Messages))
	got, err := d.svc.Sent(ctx, id, cvd.Viewer{Party: 3}, m, 3)
	require.NoError(t, err)
	require.True(t, got.Notice)
	require.False(t, got.Erased)
	require.Equal(t, string(d.mail.got[0].Text), string(got.Text))
	require.Equal(t, d.mail.got[0].ID, got.ID)
	require.NotContains(t, string(got.Text), "secret")
}

// Texts lie sealed like others, go with the person, and leave those of others.
func TestSentIsErased(t *testing.T) {
	d := newDesk(t)
	id := lettered(d)
	c := d.view(id, team)
	m := cvd.MessageID(len(c.Messages))
	for _, r := range d.log(id) {
		require.NotContains(t, string(r.Body), "Dear ")
	}
	require.Equal(t, 1, strings.Count(d.contents(), "A fix is being tested."), "the message's own text is kept once")
	out, err := d.svc.Erase(ctx, id, staff, cvd.ErasePerson{Party: 2, Basis: cvd.EraseRequest})
	require.NoError(t, err)
	require.NotContains(t, d.contents(), "Rita")
	require.True(t, slices.IsSorted(out.Records))
	gone, err := d.svc.Sent(ctx, id, team, m, 2)
	require.NoError(t, err)
	require.True(t, gone.Erased)
	require.Empty(t, gone.Text)
	for i, p := range []cvd.PartyID{3, 4} {
		got, err := d.svc.Sent(ctx, id, team, m, p)
		require.NoError(t, err)
		require.Equal(t, string(d.mail.got[i+1].Text), string(got.Text), "the texts of others stay")
	}
	_, err = d.another().svc.View(ctx, id, team)
	require.NoError(t, err)

	// The words that the team wrote are erased with the message.
	seq := d.view(id, team).Messages[m-1].Seq
	_, err = d.svc.EraseRecords(ctx, id, staff, cvd.EraseMistake, seq)
	require.NoError(t, err)
	got, err := d.svc.Sent(ctx, id, team, m, 3)
	require.NoError(t, err)
	require.True(t, got.Erased)
	require.NotContains(t, d.contents(), "A fix is being tested.")
}

func TestSentIsExported(t *testing.T) {
	d := newDesk(t)
	id := lettered(d)
	got, err := d.svc.Export(ctx, service.Person{Identity: "rita@finder.example"})
	require.NoError(t, err)
	n := 0
	for _, r := range got.Cases[0].Records {
		for _, f := range r.Fields {
			if r.Record == cvd.EventMessageDelivered && strings.Contains(string(f.Value), "Dear Rita Reporter") {
				n++
			}
		}
	}
	require.NotZero(t, n)
	require.Equal(t, id, got.Cases[0].ID)
}

// "Embargo ended" and "published" of one moment are one message, whether one command
// says so or two.
func TestEndAndPublicationAreOneMessage(t *testing.T) {
	for name, commands := range map[string][][]cvd.Command{
		"one call":  {{cvd.EndEmbargo{}, cvd.Publish{Vulnerabilities: []cvd.VulnID{1}}}},
		"two calls": {{cvd.EndEmbargo{}}, {cvd.Publish{Vulnerabilities: []cvd.VulnID{1}}}},
	} {
		for _, own := range []bool{false, true} {
			d := newDesk(t, func(c *cvd.Config) {
				if own {
					c.Render = func(r cvd.Rendering) (string, string) { return cvd.RenderTexts(r) }
				}
			})
			c := d.received()
			d.do(c.ID, cvd.Triage{Outcome: cvd.OutcomeValid, Quiet: true}, cvd.Accept{})
			ends := d.clock.t.Add(24 * time.Hour)
			d.do(c.ID, cvd.ProposeEmbargo{Ends: ends}, cvd.AcceptEmbargo{Party: 2})
			d.relay()
			d.mail.got = nil
			d.clock.t = ends
			for _, cmds := range commands {
				d.do(c.ID, cmds...)
				d.clock.pass(time.Second)
			}
			d.relay()
			require.Len(t, d.mail.got, 1, name)
			require.Contains(t, string(d.mail.got[0].Text), "was published. Its embargo has ended: its end was reached.")
		}
	}
	// What has gone out is not said again, and what lies further apart is told apart.
	for _, wait := range []time.Duration{0, time.Hour} {
		d := newDesk(t)
		c := d.received()
		d.do(c.ID, cvd.Triage{Outcome: cvd.OutcomeValid, Quiet: true}, cvd.Accept{})
		ends := d.clock.t.Add(24 * time.Hour)
		d.do(c.ID, cvd.ProposeEmbargo{Ends: ends}, cvd.AcceptEmbargo{Party: 2})
		d.clock.t = ends
		d.relay()
		d.mail.got = nil
		d.do(c.ID, cvd.EndEmbargo{})
		if wait == 0 {
			d.relay()
		}
		d.clock.pass(wait)
		d.do(c.ID, cvd.Publish{Vulnerabilities: []cvd.VulnID{1}})
		d.relay()
		require.Len(t, d.mail.got, 2)
		require.NotContains(t, string(d.mail.got[1].Text), "embargo")
	}
}
