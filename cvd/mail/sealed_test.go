package mail_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/mail"
	"github.com/cvdkit/cvdkit/pgp"
	"github.com/cvdkit/cvdkit/pgp/pgpmime"
)

// keys makes a key of each address.
func keys(t *testing.T, addresses ...string) (out []pgp.Secret) {
	for _, a := range addresses {
		s, _, err := (&pgp.Engine{}).Generate(pgp.KeySpec{Address: a})
		require.NoError(t, err)
		out = append(out, s)
	}
	return out
}

// Rule 2: with every key that we hold, whatever the mail says to whom it is. Rule 6:
// a signature of the participant's key says whose words it is.
func TestRule2AndSignatures(t *testing.T) {
	k := keys(t, "security@team.example", "old@team.example", "rita@finder.example", "eve@x.example")
	team, old, rita, eve := k[0], k[1], k[2], k[3]
	d := newDesk(t, func(in *mail.Intake) {
		in.AuthservID = ""
		in.Opener.Keyring = pgp.Keyring{Secrets: []pgp.Secret{old, team}, Certs: []pgp.Cert{rita.Cert(), eve.Cert()}}
	})
	write := func(to, from pgp.Secret, change func(*pgpmime.Draft)) string {
		x := &pgpmime.Draft{From: []string{"rita@finder.example"}, To: to.Cert().Addresses(), Subject: "Overflow in frobd", Text: "A long frame overflows the heap."}
		change(x)
		x.Confirm(x.To[0])
		var b bytes.Buffer
		env := pgp.Envelope{To: []pgp.Recipient{{Address: to.Cert().Addresses()[0], Cert: to.Cert()}}}
		if !from.IsZero() {
			env.From, x.From = []pgp.Secret{from}, from.Cert().Addresses()
		}
		require.NoError(t, x.Encrypt(ctx, &b, &pgp.Engine{}, env))
		return b.String()
	}
	id := func(s string) func(*pgpmime.Draft) { return func(x *pgpmime.Draft) { x.MessageID = s } }
	r := d.take(write(old, rita, id("1@finder.example")), mail.Envelope{})
	require.Equal(t, mail.Submission, r.Outcome, "%+v", r)
	c := d.view(r.CaseID)
	require.Equal(t, "Overflow in frobd", string(c.Title), "of the protected header")
	require.Contains(t, string(c.Reports[0].Summary), "overflows the heap")
	require.Equal(t, cvd.ProtectSealed, c.Reports[0].Protection)
	require.Equal(t, cvd.SignatureValid, c.Reports[0].Signature)
	require.Equal(t, rita.Fingerprint(), string(c.Reports[0].Fingerprint))
	require.Empty(t, c.Participants[1].Key, "a key is never adopted silently")

	// A reply: known once the case has the key.
	_, err := d.svc.Do(ctx, r.CaseID, cvd.By{Actor: "alice"}, cvd.Admit{})
	require.NoError(t, err)
	o := d.out()
	answer := func(n string) func(*pgpmime.Draft) {
		return func(x *pgpmime.Draft) {
			x.MessageID, x.Text, x.InReplyTo = n+"@finder.example", "version 1.3 too "+n, mail.MessageID(o, "team.example")
		}
	}
	x := d.take(write(team, rita, answer("2")), mail.Envelope{})
	require.Equal(t, mail.Unverified, x.Outcome, "%+v", x)
	p := c.Participants[1]
	_, err = d.svc.Do(ctx, r.CaseID, cvd.By{Actor: "alice"}, cvd.ChangeParty{Party: 2, Contact: cvd.Contact{Name: p.Name, Email: p.Email, Key: cvd.Private(rita.Fingerprint())}})
	require.NoError(t, err)
	x = d.take(write(team, rita, answer("3")), mail.Envelope{})
	require.Equal(t, mail.Message, x.Outcome, "%+v", x)
	require.Equal(t, cvd.KnownBySignature, x.Sender.KnownBy)
	last := d.view(r.CaseID).Messages
	m := last[len(last)-1]
	require.Equal(t, cvd.SignatureValid, m.Provenance.Signature)
	require.Equal(t, cvd.ProtectSealed, m.Provenance.Protection)
	// Signed by somebody else, under her name; and not signed.
	for _, s := range []pgp.Secret{eve, {}} {
		x = d.take(write(team, s, answer("4"+s.Fingerprint())), mail.Envelope{})
		require.Equal(t, mail.Unverified, x.Outcome)
	}
	// What no key of ours opens is kept, and said.
	x = d.take(write(eve, rita, func(x *pgpmime.Draft) { x.MessageID, x.Text = "6@finder.example", "not for you" }), mail.Envelope{})
	require.Equal(t, mail.Quarantine, x.Outcome)
	require.Equal(t, 2, x.Rule)
	require.False(t, x.Answered, "nobody has read it")
	c = d.view(x.CaseID)
	require.Contains(t, string(c.Reports[0].Summary), "no text that could be read")
	require.NotZero(t, c.Reports[0].Original)
	require.NotEmpty(t, c.Reports[0].Files, "the closed part is a file")
}

// The bytes of a sealed mail lie nowhere in clear but in the case.
func TestAttachmentsOfAMail(t *testing.T) {
	d := newDesk(t)
	r := d.take(eml(strings.Join([]string{
		"--b", "Content-Type: text/plain", "", "see the files",
		"--b", "Content-Type: application/octet-stream; name=\"../../poc.c\"", "Content-Disposition: attachment; filename=\"../../poc.c\"", "Content-Transfer-Encoding: base64", "", "aW50IG1haW47",
		"--b", "Content-Type: text/html", "Content-Disposition: attachment; filename=\"x.html\"", "", "<script>alert(1)</script>",
		"--b--", "",
	}, "\n"), passes, "From: rita@finder.example", "Message-ID: <1@x>", "MIME-Version: 1.0", "Content-Type: multipart/mixed; boundary=b"),
		mail.Envelope{Received: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC), TLS: true})
	c := d.view(r.CaseID)
	require.Equal(t, "see the files", strings.TrimSpace(string(c.Reports[0].Summary)))
	require.Equal(t, cvd.ProtectTLS, c.Reports[0].Protection)
	require.Equal(t, time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC), c.Reports[0].Received.UTC())
	require.Len(t, c.Reports[0].Files, 2)
	f := c.Attachments[c.Reports[0].Files[0]-1]
	require.Equal(t, "poc.c", string(f.Name))
	require.EqualValues(t, 9, f.Size)
}
