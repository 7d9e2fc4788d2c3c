package mail_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/advisory/tlp"
	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/mail"
	"github.com/cvdkit/cvdkit/pgp"
	"github.com/cvdkit/cvdkit/pgp/pgpmime"
)

// kind is a mail and what is to become of it.
type kind struct {
	name    string
	raw     string
	env     mail.Envelope
	want    mail.Outcome
	rule    int
	answer  bool
	from    string // Sender.Address
	in      bool   // it belongs to the case that is there
	subject string // of the new submission
}

// Mails as programs and servers really write them, by the rule that decides.
func TestKindsOfMail(t *testing.T) {
	d := newDesk(t, func(in *mail.Intake) { in.Answers = 1000 })
	first, o := d.begun("first@finder.example")
	ours := "<" + mail.MessageID(o, "team.example") + ">"
	null := mail.Envelope{From: "<>"}
	report := func(typ string, parts ...string) string {
		return "Content-Type: multipart/report; report-type=" + typ + "; boundary=\"b\"\r\nMIME-Version: 1.0\r\n\r\n--b\r\n" + strings.Join(parts, "\r\n--b\r\n") + "\r\n--b--\r\n"
	}
	for i, x := range []kind{
		// 1: what can be read is read.
		{name: "mbox line", raw: "From rita@finder.example Mon Mar  2 09:30:00 2026\nFrom: rita@finder.example\nSubject: mbox\n\ntext", want: mail.Submission, rule: 5, answer: true, from: "rita@finder.example", subject: "mbox"},
		{name: "LF only", raw: "From: rita@finder.example\nSubject: lf\n\ntext\n", want: mail.Submission, rule: 5, answer: true, subject: "lf"},
		{name: "blank before the colon", raw: "From : rita@finder.example\r\nSubject : blank\r\n\r\ntext", want: mail.Submission, rule: 5, answer: true, subject: "blank"},
		{name: "8-bit subject", raw: "From: rita@finder.example\r\nSubject: caf\xc3\xa9\r\n\r\ntext", want: mail.Submission, rule: 5, answer: true, subject: "café"},
		{name: "comment after the address", raw: "From: rita@finder.example (Rita (F))\r\n\r\ntext c", want: mail.Submission, rule: 5, answer: true, from: "rita@finder.example"},
		{name: "open quote in From", raw: "From: \"Rita <rita@finder.example>\r\n\r\ntext q", want: mail.Submission, rule: 5, answer: true, from: "rita@finder.example"},
		{name: "encoded name with a comma", raw: "From: =?utf-8?q?F=2C_Rita?= <rita@finder.example>\r\n\r\ntext e", want: mail.Submission, rule: 5, answer: true, from: "rita@finder.example"},
		{name: "group as author", raw: "From: undisclosed:;\r\n\r\ntext", want: mail.Quarantine, rule: 1},
		{name: "no author", raw: "Subject: x\r\n\r\ntext", want: mail.Quarantine, rule: 1},
		{name: "header only", raw: "From: rita@finder.example\r\nSubject: nothing else", want: mail.Submission, rule: 5, answer: true, subject: "nothing else"},
		{name: "no boundary", raw: "From: rita@finder.example\r\nContent-Type: multipart/mixed\r\n\r\n--x\r\n\r\ntext\r\n", want: mail.Submission, rule: 5, answer: true},
		{name: "broken base64", raw: "From: rita@finder.example\r\nContent-Transfer-Encoding: base64\r\n\r\ndGV4dA==!!\r\n%%%", want: mail.Submission, rule: 5, answer: true},
		{name: "unknown encoding", raw: "From: rita@finder.example\r\nContent-Transfer-Encoding: x-uuencode\r\n\r\ntext u", want: mail.Submission, rule: 5, answer: true},
		{name: "very long line", raw: "From: rita@finder.example\r\nSubject: " + strings.Repeat("long ", 20000) + "\r\n\r\ntext l", want: mail.Submission, rule: 5, answer: true},
		{name: "deep", raw: "From: rita@finder.example\r\n" + strings.Repeat("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n", 300) + "\r\ntext", want: mail.Submission, rule: 5, answer: true},
		{name: "many parts", raw: "From: rita@finder.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" + strings.Repeat("--b\r\n\r\nx\r\n", 20000), want: mail.Submission, rule: 5, answer: true},
		{name: "own field", raw: "From: eve@x.example\r\nX-CVD-Case: " + first.Number + "\r\nX-CVD-Thread: " + o.Thread + "\r\n\r\ntext x", want: mail.Submission, rule: 5, answer: true},
		{name: "two authors", raw: "From: rita@finder.example\r\nFrom: eve@x.example\r\n\r\ntext two", want: mail.Quarantine, rule: 6},

		// 2: S/MIME is recognised.
		{name: "S/MIME encrypted", raw: eml(base64.StdEncoding.EncodeToString([]byte("\x30\x80\x06\x09opaque")), "From: rita@finder.example", "Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m", "Content-Transfer-Encoding: base64"), want: mail.Quarantine, rule: 2},

		// 3: classes in their order.
		{name: "vacation", raw: eml("away", "From: rita@finder.example", "Auto-Submitted: auto-replied (vacation)", "In-Reply-To: "+ours), want: mail.Unverified, rule: 3, in: true},
		{name: "vacation of Exchange", raw: eml("away 2", "From: rita@finder.example", "X-Auto-Response-Suppress: All", "Auto-Submitted: auto-generated", "Subject: Automatic reply: x"), want: mail.Quarantine, rule: 3},
		{name: "no, with a comment", raw: eml("I am a human", "From: h@finder.example", "Auto-Submitted: No (really)"), want: mail.Submission, rule: 5, answer: true},
		{name: "null sender of a pipe", raw: eml("null", "From: x@finder.example"), env: mail.Envelope{From: "MAILER-DAEMON"}, want: mail.Quarantine, rule: 3},
		{name: "it was read", raw: eml("", "From: rita@finder.example", "In-Reply-To: "+ours) + report("disposition-notification", "\r\nYour mail was read", "Content-Type: message/disposition-notification\r\n\r\nDisposition: manual-action/MDN-sent-manually; displayed\r\n"), want: mail.Unverified, rule: 3, in: true},
		{name: "own address behind a name", raw: eml("own", "From: \"rita@finder.example\" <psirt@team.example>"), want: mail.Quarantine, rule: 3},
		{name: "report before automatic", raw: "From: postmaster@google.example\r\nAuto-Submitted: auto-replied\r\nX-Failed-Recipients: rita@finder.example\r\nReferences: " + ours + "\r\n" +
			report("delivery-status", "\r\nno such address", "Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\nFinal-Recipient: rfc822; rita@finder.example\r\nAction: delayed\r\nStatus: 4.4.1\r\n", "Content-Type: text/plain\r\n\r\nno headers"), env: null, want: mail.Report, rule: 4, in: true},
		// 4
		{name: "of another recipient", raw: "From: postmaster@x.example\r\n" + report("delivery-status", "\r\nx", "Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\nFinal-Recipient: rfc822; bob@finder.example\r\nAction: failed\r\nStatus: 5.1.1\r\n", "Content-Type: text/rfc822-headers\r\n\r\nMessage-ID: "+ours+"\r\n"), env: null, want: mail.Quarantine, rule: 4},
		{name: "without the type", raw: "From: postmaster@x.example\r\n" + report("x", "\r\nx", "Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\nFinal-Recipient: rfc822; rita@finder.example\r\nAction: delivered\r\nStatus: 2.0.0\r\n", "Content-Type: message/rfc822\r\n\r\nMessage-ID: "+ours+"\r\n\r\ntext"), env: null, want: mail.Report, rule: 4, in: true},
		{name: "old bounce", raw: eml("Hi. This is the qmail-send program. I'm afraid I wasn't able to deliver", "From: MAILER-DAEMON@x.example", "Subject: failure notice"), env: null, want: mail.Quarantine, rule: 3},

		// 5
		{name: "several in In-Reply-To", raw: rita("r1@finder.example", "r1", "In-Reply-To: <foreign@x.example> "+ours), want: mail.Message, rule: 6, in: true},
		{name: "newest reference", raw: rita("r2@finder.example", "r2", "References: <0@x> "+strings.ToUpper(ours)+"\r\n <9@x>"), want: mail.Message, rule: 6, in: true},
		{name: "token cut off the envelope", raw: rita("r3@finder.example", "r3", "X-Original-To: security+"+o.Thread+"@team.example"), env: mail.Envelope{From: "rita@finder.example", To: []string{"security@team.example"}}, want: mail.Message, rule: 6, in: true},
		{name: "token in capitals", raw: rita("r4@finder.example", "r4"), env: mail.Envelope{To: []string{"SECURITY+" + strings.ToUpper(o.Thread) + "@TEAM.example"}}, want: mail.Message, rule: 6, in: true},
		{name: "forward keeps references", raw: eml("please look", "From: colleague@vendor.example", "Subject: WG: Overflow", "References: "+ours, "Message-ID: <wg@vendor.example>"), want: mail.Unverified, rule: 6, in: true},
		{name: "number only", raw: eml("case "+first.Number, "From: rita@finder.example", passes, "Subject: ["+first.Number+"] more"), want: mail.Submission, rule: 5, answer: true},
		{name: "sibling of a foreign parent, a", raw: eml("a", "From: a@x.example", "Message-ID: <sib-a@x.example>", "In-Reply-To: <parent@y.example>"), want: mail.Submission, rule: 5, answer: true},
		{name: "sibling of a foreign parent, b", raw: eml("b", "From: b@x.example", "Message-ID: <sib-b@x.example>", "In-Reply-To: <parent@y.example>"), want: mail.Submission, rule: 5, answer: true},

		// 6
		{name: "delegate", raw: rita("d1@finder.example", "d1", "Sender: secretary@finder.example", "In-Reply-To: "+ours), want: mail.Message, rule: 6, in: true},
		{name: "her name, another address", raw: eml("i1", "Authentication-Results: mx.team.example; dmarc=pass header.from=evil.example", "From: \"rita@finder.example\" <rita@evil.example>", "In-Reply-To: "+ours, "Message-ID: <i1@evil.example>"), want: mail.Unverified, rule: 6, in: true},
		{name: "subdomain", raw: eml("i2", "Authentication-Results: mx.team.example; dmarc=pass header.from=finder.example", "From: rita@mail.finder.example", "In-Reply-To: "+ours, "Message-ID: <i2@x>"), want: mail.Unverified, rule: 6, in: true},

		// 9
		{name: "list", raw: eml("l1", "From: Rita über Liste <list@lists.example>", "Reply-To: rita@finder.example", "X-Original-From: rita@finder.example", "List-Id: <v.lists.example>", "Message-ID: <l1@x>"), want: mail.Submission, rule: 9},
		{name: "list in a thread", raw: eml("l2", passes, "From: rita@finder.example", "List-Id: <v.lists.example>", "In-Reply-To: "+ours, "Message-ID: <l2@x>"), want: mail.Unverified, rule: 9, in: true},

		// 10
		{name: "no.reply", raw: eml("n1", "From: No.Reply+7@x.example"), want: mail.Submission, rule: 5},
		{name: "notifications-noreply", raw: eml("n2", "From: notifications-noreply@x.example"), want: mail.Submission, rule: 5},
		{name: "newsletter", raw: eml("n3", "From: news@x.example", "List-Unsubscribe: <mailto:u@x.example>"), want: mail.Submission, rule: 5},
		{name: "bounces", raw: eml("n4", "From: bounces-12@x.example"), want: mail.Submission, rule: 5},

		// 11
		{name: "spam", raw: eml("buy now", "From: s@x.example", "X-Spam-Status: Yes, score=99", "Subject: ***SPAM*** cheap"), want: mail.Submission, rule: 5, answer: true},
		{name: "a virus", raw: eml("--b\nContent-Type: application/x-msdownload; name=x.exe\nContent-Disposition: attachment\n\nMZ\n--b--", "From: v@x.example", "Content-Type: multipart/mixed; boundary=b"), want: mail.Submission, rule: 5, answer: true},
	} {
		if !strings.Contains(strings.ToLower(x.raw), "message-id: <") || strings.Contains(x.name, "report") {
			x.raw = strings.Replace(x.raw, "From:", fmt.Sprintf("Message-ID: <k%d@x.example>\r\nFrom:", i), 1)
			if strings.HasPrefix(x.raw, "From ") {
				x.raw = strings.Replace(x.raw, "\r\n", "\n", 1)
			}
		}
		if strings.Contains(x.raw, "\r\n\r\nContent-Type: multipart/report") {
			x.raw = strings.Replace(x.raw, "\r\n\r\nContent-Type", "\r\nContent-Type", 1)
		}
		r := d.take(x.raw, x.env)
		require.Equal(t, x.want, r.Outcome, "%s: %+v", x.name, r)
		require.Equal(t, x.rule, r.Rule, "%s: %+v", x.name, r)
		require.Equal(t, x.answer, r.Answered, "%s: %+v", x.name, r)
		require.Equal(t, x.in, r.CaseID == first.CaseID, "%s: %+v", x.name, r)
		if x.from != "" {
			require.Equal(t, x.from, string(r.Sender.Address), x.name)
		}
		c := d.view(r.CaseID)
		if x.subject != "" {
			require.Equal(t, x.subject, string(c.Title), x.name)
		}
		if !x.in {
			require.NotZero(t, c.Reports[0].Original, x.name)
		}
		if x.want == mail.Quarantine || x.want == mail.Unverified {
			require.NotEmpty(t, r.Reason, x.name)
		}
		require.NotContains(t, r.Reason, "rita", x.name)
		if x.name == "number only" {
			require.Equal(t, first.CaseID, r.Proposed)
		}
	}
}

// The team's own group, by which its mail is delivered, is no list.
func TestOwnList(t *testing.T) {
	d := newDesk(t, func(in *mail.Intake) { in.Lists = []string{"security.team.example"} })
	r := d.take(rita("1@finder.example", "one", "List-Id: Security <Security.team.example>", "List-Post: <mailto:security@team.example>"))
	require.Equal(t, mail.Submission, r.Outcome)
	require.Equal(t, 5, r.Rule)
	require.Equal(t, cvd.KnownByResults, r.Sender.KnownBy)
	require.False(t, r.Answered, "a list field stays a reason to be silent")
	require.Equal(t, 9, d.take(rita("2@finder.example", "two", "List-Id: <other.team.example>")).Rule)
}

func TestSuggestions(t *testing.T) {
	d := newDesk(t)
	r := d.take(rita("1@finder.example", "cve-1900-12345 and CVE-1900-12345, we publish on 2026-06-01, not 2026-13-01.\n> TLP:AMBER+STRICT\n"))
	require.Equal(t, []string{"CVE-1900-12345"}, r.Suggested.CVEs)
	require.Equal(t, []time.Time{time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)}, r.Suggested.Dates)
	c := d.view(r.CaseID)
	require.Equal(t, tlp.AmberStrict, c.Reports[0].TLP)
	require.Empty(t, c.Announced, "a suggestion only")
	require.Equal(t, tlp.Amber, d.view(d.take(rita("2@finder.example", "TLP:CLEAR\n")).CaseID).Reports[0].TLP, "never laxer")
}

// Keys that a mail brings are proposed and not adopted. One that the team has checked
// shows from whom a mail is.
func TestKeysOfMails(t *testing.T) {
	k := keys(t, "rita@finder.example", "eve@x.example")
	ritas, eves := k[0], k[1]
	d := newDesk(t)
	field := "Autocrypt: addr=rita@finder.example; prefer-encrypt=mutual; keydata=" + base64.StdEncoding.EncodeToString(ritas.Cert().Bytes())
	r := d.take(rita("1@finder.example", "one", field))
	require.Len(t, r.Keys, 1)
	require.Equal(t, ritas.Fingerprint(), r.Keys[0].Fingerprint)
	require.Equal(t, "autocrypt", r.Keys[0].Source)
	require.True(t, r.Keys[0].OfSender)
	require.Empty(t, d.view(r.CaseID).Participants[1].Key)
	for name, header := range map[string][]string{
		"of another address": {strings.Replace(field, "addr=rita@", "addr=eve@", 1)}, "two": {field, field}, "critical attribute": {field + "; x=y"}, "no base64": {"Autocrypt: addr=rita@finder.example; keydata=%%"},
	} {
		require.Empty(t, d.take(rita(name+"@finder.example", name, header...)).Keys, name)
	}
	with := func(id string, cert pgp.Cert) string {
		return eml("--b\n\ntext "+id+"\n--b\nContent-Type: application/pgp-keys; name=k.asc\nContent-Disposition: attachment\n\n"+string(cert.Armor())+"\n--b--\n",
			passes, "From: rita@finder.example", "Message-ID: <"+id+"@x>", "Content-Type: multipart/mixed; boundary=b")
	}
	r = d.take(with("2", eves.Cert()))
	require.Len(t, r.Keys, 1)
	require.Equal(t, "attachment", r.Keys[0].Source)
	require.False(t, r.Keys[0].OfSender)

	var b bytes.Buffer
	x := &pgpmime.Draft{From: []string{"rita@finder.example"}, To: []string{"security@team.example"}, Text: "signed", MessageID: "3@finder.example"}
	require.NoError(t, x.Sign(ctx, &b, &pgp.Engine{}, ritas))
	require.Equal(t, cvd.KnownByNothing, d.take(b.String()).Sender.KnownBy)
	checked := newDesk(t, func(in *mail.Intake) {
		in.Checked = mail.Ring{ritas.Cert()}
		in.Opener.Keyring.Certs = []pgp.Cert{ritas.Cert(), eves.Cert()}
	})
	require.Equal(t, cvd.KnownBySignature, checked.take(b.String()).Sender.KnownBy)
	b.Reset()
	x.From, x.MessageID = []string{"eve@x.example"}, "4@finder.example"
	require.NoError(t, x.Sign(ctx, &b, &pgp.Engine{}, eves))
	require.Equal(t, cvd.KnownByNothing, checked.take(b.String()).Sender.KnownBy, "a key that nobody has checked")
}
