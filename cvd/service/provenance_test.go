package service_test

import (
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/advisory/tlp"
	"github.com/cvdkit/cvdkit/cvd"
)

// letters is a case whose messages came by mail: one of a known sender, others of
// which nobody knows from whom they are, an answer with statements, a bounce.
func letters(d *desk) cvd.CaseID {
	c := d.received()
	id := c.ID
	d.do(id, cvd.Invite{Roles: cvd.RoleVendor, Contact: cvd.Contact{
		Organization: "Vendor One", Routes: []cvd.Route{{Transport: "box", Address: "one"}}, Identity: "one",
	}}, cvd.ProposeEmbargo{Ends: d.clock.t.AddDate(0, 0, 30)}, cvd.AcceptEmbargo{Party: 2}, cvd.AnswerInvitation{Party: 3, Accept: true})
	d.do(id, cvd.Acknowledge{}, cvd.AddProduct{Vendor: 3, Name: "frobd"}, cvd.PlanRelease{At: d.clock.t.AddDate(0, 0, 31), Outputs: []string{"csaf"}})
	d.relay()
	d.do(id, letter("<2@finder.example>"))
	d.do(id, cvd.PostUnverified{
		Claimed: 2, Reason: "no signature", Subject: "and more", Text: "it also crashes", InReplyTo: 1, Original: strings.NewReader("raw"),
		Files:      []cvd.File{{Name: "core", Content: strings.NewReader("dump")}},
		Provenance: cvd.Provenance{IDs: []cvd.ExternalID{{Kind: cvd.IDMessage, Value: "<3@finder.example>"}}, Channel: cvd.ChannelMail, Sender: "rita@other.example"},
	})
	n := cvd.MessageID(len(d.view(id, team).Messages))
	d.do(id, cvd.Admit{Message: n})
	d.do(id, cvd.PostUnverified{Reason: "unknown", Subject: "another", Text: "the parser reads beyond its end in version two"})
	d.do(id, cvd.Admit{Message: n + 1, AsReport: true, Reporter: cvd.Contact{Name: "Zoe", Email: "zoe@finder.example"}})
	d.do(id, cvd.PostMessage{
		Party: 3, To: []cvd.PartyID{1}, Text: "not before ours", Hold: true,
		Statements: []cvd.Statement{{Vuln: 1, Stream: 1, Affected: cvd.IsFixed, Fixed: "1.5", Text: "update"}},
	})
	d.do(id, cvd.AdoptStatements{Message: cvd.MessageID(len(d.view(id, team).Messages))})
	sent := d.box.got[len(d.box.got)-1]
	d.do(id, cvd.RecordBounce{Delivery: sent.ID, Permanent: true, Detail: "550 5.1.1 one"})
	other := d.do(cvd.CaseID{}, cvd.Receive{Reporter: cvd.Contact{Identity: "one"}})
	_, err := d.svc.Merge(ctx, other.ID, staff, cvd.Merge{Into: id})
	require.NoError(d.t, err)
	return id
}

func letter(mail cvd.Private) cvd.PostMessage {
	return cvd.PostMessage{
		Party: 2, To: []cvd.PartyID{1}, Subject: "Re: frobd", Text: "version 1.3 too", InReplyTo: 1,
		Provenance: cvd.Provenance{
			IDs: []cvd.ExternalID{{Kind: cvd.IDMessage, Value: mail}}, Received: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC),
			Channel: cvd.ChannelMail, Protection: cvd.ProtectSealed, Signature: cvd.SignatureValid, Fingerprint: "0123ABCD",
			KnownBy: cvd.KnownBySignature, Sender: "rita@finder.example",
		},
		Original: strings.NewReader("the raw mail"), OriginalType: "message/rfc822",
		Files: []cvd.File{{Name: "poc.c", Type: "text/x-c", TLP: tlp.AmberStrict, Content: strings.NewReader("int main;")}},
	}
}

// Issue 13, line 4.
func TestProvenanceOfMessages(t *testing.T) {
	d := newDesk(t)
	id := d.received().ID
	d.do(id, cvd.Acknowledge{}, vendor)
	x := letter("<2@finder.example>")
	c := d.do(id, x)
	require.Equal(t, cvd.KnownBySignature, c.Messages[2].Provenance.KnownBy)
	require.Empty(t, c.Messages[2].Provenance.Sender, "Do returns no texts")
	m := d.view(id, team).Messages[2]
	require.Equal(t, x.Provenance, m.Provenance)
	require.Equal(t, cvd.MessageID(1), m.InReplyTo)
	require.Equal(t, tlp.AmberStrict, m.TLP, "a message has the label of what it carries")
	require.Equal(t, "the raw mail", d.file(id, team, m.Original))
	require.Equal(t, "int main;", d.file(id, team, m.Attachments[0]))
	require.Equal(t, "the raw mail", d.file(id, cvd.Viewer{Party: 2}, m.Original))
	_, err := d.svc.Attachment(ctx, id, cvd.Viewer{Party: 3}, m.Original)
	require.ErrorIs(t, err, cvd.ErrNotFound)

	// The same mail again, or by another alias, changes nothing and leaves no file.
	before := d.contents()
	x = letter("<2@finder.example>")
	c = d.do(id, x)
	require.True(t, c.Repeated)
	require.Equal(t, before, d.contents())
	to, err := d.svc.Lookup(ctx, cvd.ExternalID{Kind: cvd.IDMessage, Value: "<2@finder.example>"})
	require.NoError(t, err)
	require.Equal(t, id, to)
	// One that is of another case is not taken here.
	_, err = d.svc.Do(ctx, d.do(cvd.CaseID{}, cvd.Receive{}).ID, staff, cvd.PostMessage{Text: "t", Provenance: x.Provenance})
	var dup *cvd.DuplicateError
	require.ErrorAs(t, err, &dup)
	require.Equal(t, id, dup.Owner)

	// What one party wrote is told to another without how it came.
	d.do(id, cvd.ProposeEmbargo{Ends: d.clock.t.AddDate(0, 0, 30)}, cvd.AcceptEmbargo{Party: 2}, cvd.AnswerInvitation{Party: 3, Accept: true})
	y := letter("<4@finder.example>")
	y.To, y.Files = []cvd.PartyID{1, 3}, nil
	d.do(id, y)
	seen := d.view(id, cvd.Viewer{Party: 3}).Messages
	last := seen[len(seen)-1]
	require.Equal(t, "version 1.3 too", string(last.Text))
	require.Zero(t, last.Provenance)
	require.Zero(t, last.Original)
	require.Zero(t, last.InReplyTo, "it does not see the message before")
}

func (d *desk) file(id cvd.CaseID, v cvd.Viewer, a cvd.AttachmentID) string {
	d.t.Helper()
	r, err := d.svc.Attachment(ctx, id, v, a)
	require.NoError(d.t, err)
	b, err := io.ReadAll(r)
	require.NoError(d.t, err)
	require.NoError(d.t, r.Close())
	return string(b)
}

func TestFilesOfAReport(t *testing.T) {
	d := newDesk(t)
	r := report
	r.KnownBy = cvd.KnownByAccess
	r.Original = strings.NewReader("raw")
	r.Files = []cvd.File{{Name: "a", Content: strings.NewReader("first")}, {Name: "b", Content: strings.NewReader("second"), TLP: tlp.Red}}
	c := d.do(cvd.CaseID{}, r)
	got := d.view(c.ID, cvd.Viewer{Party: 2}).Reports[0]
	require.Equal(t, cvd.KnownByAccess, got.KnownBy)
	require.Equal(t, "<1@finder.example>", string(got.Mail))
	require.Len(t, got.Files, 2)
	require.Equal(t, "raw", d.file(c.ID, cvd.Viewer{Party: 2}, got.Original))
	require.Equal(t, "second", d.file(c.ID, cvd.Viewer{Party: 2}, got.Files[1]))
	require.Equal(t, tlp.Red, d.view(c.ID, team).Attachments[2].TLP)

	// A second file that breaks off leaves no case and no file.
	before := d.contents()
	r.IDs, r.Original = nil, nil
	r.Files = []cvd.File{{Content: strings.NewReader("first")}, {Content: readerFunc(func([]byte) (int, error) { return 0, io.ErrUnexpectedEOF })}}
	_, err := d.svc.Do(ctx, cvd.CaseID{}, staff, r)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	require.Equal(t, before, d.contents())
}

// What nobody vouches for is for the team's eyes and changes nothing.
func TestUnverifiedMessages(t *testing.T) {
	d := newDesk(t)
	id := d.received().ID
	d.do(id, cvd.Triage{Outcome: cvd.OutcomeNeedsInformation, Reply: "Which version?"})
	d.do(id, vendor)
	x := cvd.PostUnverified{
		Claimed: 2, Reason: "from another address", Subject: "s", Text: "it is version 9", Original: strings.NewReader("raw"),
		Files:      []cvd.File{{Name: "f", Content: strings.NewReader("file")}},
		Provenance: cvd.Provenance{IDs: []cvd.ExternalID{{Kind: cvd.IDMessage, Value: "<9@x.example>"}}, KnownBy: cvd.KnownByToken, Sender: "r@x.example"},
	}
	before := d.view(id, team)
	c := d.do(id, x)
	n := cvd.MessageID(len(c.Messages))
	require.Equal(t, before.Participants[1].Answered, c.Participants[1].Answered)
	require.Equal(t, before.Adopted, c.Adopted, "no date has moved")
	require.True(t, c.Facts("").Pauses[0].To.IsZero(), "the clock still waits for the reporter")
	m := d.view(id, team).Messages[n-1]
	require.Equal(t, cvd.PurposeUnverified, m.Purpose)
	require.Equal(t, "from another address", string(m.Reason))
	require.Equal(t, cvd.PartyID(2), m.Claimed)
	require.Zero(t, m.From)
	require.Contains(t, c.Unread().Messages, n)
	for p := cvd.PartyID(0); p <= 3; p++ {
		v, err := d.svc.View(ctx, id, cvd.Viewer{Party: p})
		if p == cvd.Owner {
			continue // the team itself
		}
		if err == nil {
			require.NotContains(t, dump(v), "version 9")
			require.NotContains(t, dump(v), "x.example")
			for _, a := range []cvd.AttachmentID{m.Original, m.Attachments[0]} {
				_, err = d.svc.Attachment(ctx, id, cvd.Viewer{Party: p}, a)
				require.ErrorIs(t, err, cvd.ErrNotFound)
			}
		}
	}
	d.clock.pass(time.Hour)
	c = d.do(id, cvd.Admit{Message: n})
	require.Equal(t, d.clock.t, c.Participants[1].Answered)
	require.Equal(t, d.clock.t, c.Facts("").Pauses[0].To, "the reporter has answered, when the team took it for that")
	own := d.view(id, cvd.Viewer{Party: 2})
	require.Contains(t, dump(own), "version 9", "the sender sees its own message")
	require.NotContains(t, dump(own), "from another address")
	require.Equal(t, "file", d.file(id, cvd.Viewer{Party: 2}, m.Attachments[0]))
	require.NotContains(t, dump(d.view(id, cvd.Viewer{Party: 3})), "version 9")

	// Erasing the person reaches what the team took for its own, and what only
	// says that it is.
	x.Original, x.Files, x.Provenance.IDs = nil, nil, []cvd.ExternalID{{Kind: cvd.IDMessage, Value: "<10@x.example>"}}
	d.do(id, x)
	_, err := d.svc.Erase(ctx, id, staff, cvd.ErasePerson{Party: 2, Basis: cvd.EraseRequest})
	require.NoError(t, err)
	require.NotContains(t, dump(d.view(id, team)), "version 9")
	_, err = d.svc.Attachment(ctx, id, team, m.Attachments[0])
	require.ErrorIs(t, err, cvd.ErrNotFound)
	for _, mail := range []cvd.Private{"<9@x.example>", "<10@x.example>"} {
		_, err = d.svc.Lookup(ctx, cvd.ExternalID{Kind: cvd.IDMessage, Value: mail})
		require.ErrorIs(t, err, cvd.ErrNotFound)
	}
}

func TestAdmitAsReport(t *testing.T) {
	d := newDesk(t)
	id := d.received().ID
	d.do(id, cvd.PostUnverified{Reason: "a stranger", Subject: "frobd", Text: "it crashes for me as well",
		Original: strings.NewReader("raw"), Provenance: cvd.Provenance{Channel: cvd.ChannelMail, IDs: []cvd.ExternalID{{Kind: cvd.IDMessage, Value: "<7@zoe.example>"}}}})
	d.do(id, cvd.Admit{Message: 1, AsReport: true, Reporter: cvd.Contact{Name: "Zoe", Email: "zoe@finder.example"}})
	c := d.view(id, team)
	r := c.Reports[1]
	require.Equal(t, "it crashes for me as well", string(r.Summary))
	require.Equal(t, cvd.ChannelMail, r.Channel)
	require.Equal(t, "<7@zoe.example>", string(r.Mail))
	require.Equal(t, cvd.PartyID(3), r.Reporter)
	require.Equal(t, cvd.ReportID(2), c.Messages[0].Report)
	require.Equal(t, cvd.PurposeUnverified, c.Messages[0].Purpose, "the message itself stays with the team")
	require.Equal(t, "raw", d.file(id, cvd.Viewer{Party: 3}, r.Original))
	_, err := d.svc.Erase(ctx, id, staff, cvd.ErasePerson{Party: 3})
	require.NoError(t, err)
	require.NotContains(t, dump(d.view(id, team)), "for me as well")
}

// A vendor's answer by mail carries statements and go or hold. They are a claim.
func TestStatementsByReply(t *testing.T) {
	d := newDesk(t)
	id := letters(d)
	c := d.view(id, team)
	require.Equal(t, cvd.IsFixed, c.Status(1, 3, 1).Affected)
	require.Equal(t, "1.5", string(c.Status(1, 3, 1).Fixed))
	require.True(t, c.Release.Answers[0].Hold)
	require.Equal(t, "not before ours", string(c.Release.Answers[0].Reason))
	d.do(id, cvd.PostMessage{Party: 3, To: []cvd.PartyID{1, 2}, Text: "on second thoughts", Go: true, Statements: []cvd.Statement{{Vuln: 1, Affected: cvd.NotAffected}}})
	c = d.view(id, team)
	require.Equal(t, cvd.NoStatement, c.Status(1, 3, 0).Affected, "only claimed")
	require.True(t, c.Release.Answers[0].Hold)
	m := c.Messages[len(c.Messages)-1]
	require.True(t, m.Go)
	require.True(t, m.Adopted.IsZero())
	seen := d.view(id, cvd.Viewer{Party: 2}).Messages
	require.Nil(t, seen[len(seen)-1].Statements)
	d.do(id, cvd.AdoptStatements{Message: m.ID})
	c = d.view(id, team)
	require.Equal(t, cvd.NotAffected, c.Status(1, 3, 1).Affected, "of its only product stream")
	require.False(t, c.Release.Answers[0].Hold)
	d.refused(id, cvd.RuleOnce, cvd.AdoptStatements{Message: m.ID})
}

func TestBounces(t *testing.T) {
	d := newDesk(t)
	id := d.received().ID
	d.do(id, cvd.Acknowledge{})
	d.relay()
	sent := d.mail.got[0]
	d.do(id, cvd.RecordBounce{Delivery: sent.ID, Detail: "4.4.1 rita@finder.example"})
	c := d.view(id, team)
	require.Equal(t, cvd.DeliveryDelayed, c.Messages[0].Deliveries[0].State)
	require.Zero(t, c.Participants[1].Bounced)
	d.refused(id, cvd.RuleOnce, cvd.RecordBounce{Delivery: sent.ID})
	d.do(id, cvd.RecordBounce{Delivery: sent.ID, Permanent: true, Detail: "550 5.1.1 rita@finder.example"})
	c = d.view(id, team)
	require.Equal(t, cvd.DeliveryBounced, c.Messages[0].Deliveries[0].State)
	require.Equal(t, "550 5.1.1 rita@finder.example", string(c.Messages[0].Deliveries[0].Detail))
	require.Equal(t, d.clock.t, c.Participants[1].Bounced)
	require.Len(t, c.Participants, 2, "nobody is removed by a bounce, which anybody can forge")
	d.refused(id, cvd.RuleOnce, cvd.RecordBounce{Delivery: sent.ID, Permanent: true})
	c = d.do(id, letter("<2@finder.example>"))
	require.Zero(t, c.Participants[1].Bounced, "it was heard of again")
	_, err := d.svc.Erase(ctx, id, staff, cvd.ErasePerson{Party: 2})
	require.NoError(t, err)
	require.NotContains(t, dump(d.view(id, team)), "5.1.1")
}
