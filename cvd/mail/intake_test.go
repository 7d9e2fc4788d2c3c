package mail_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/mail"
	"github.com/cvdkit/cvdkit/cvd/memstore"
	"github.com/cvdkit/cvdkit/cvd/service"
)

var ctx = context.Background()

// desk is a team with a mailbox.
type desk struct {
	t    *testing.T
	svc  *service.Service
	in   *mail.Intake
	sent []cvd.Outgoing
	cfg  cvd.Config
}

func (d *desk) limit(l cvd.Limits) {
	d.cfg.Limits = l
	svc, err := service.New(d.cfg)
	require.NoError(d.t, err)
	d.svc, d.in.Service = svc, svc
}

func newDesk(t *testing.T, change ...func(*mail.Intake)) *desk {
	d := &desk{t: t}
	now := func() time.Time { return time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC) }
	d.cfg = cvd.Config{
		Store: memstore.New(), Blobs: memstore.NewBlobs(now), Secret: []byte(strings.Repeat("s", 32)), Now: now,
		Team:  cvd.Team{Name: "Example PSIRT"},
		Floor: func(*cvd.Message) cvd.Protection { return cvd.ProtectNone },
		Transports: map[string]cvd.Transport{cvd.TransportMail: cvd.TransportFunc(func(_ context.Context, m cvd.Outgoing) (cvd.Sent, error) {
			d.sent = append(d.sent, m)
			return cvd.Sent{Protection: cvd.ProtectTLS}, nil
		})},
	}
	svc, err := service.New(d.cfg)
	require.NoError(t, err)
	d.svc = svc
	d.in = &mail.Intake{Service: svc, Addresses: []string{"security@team.example", "psirt@team.example"}, AuthservID: "mx.team.example"}
	for _, f := range change {
		f(d.in)
	}
	return d
}

// eml makes a mail of header lines and a text.
func eml(text string, header ...string) string {
	return strings.Join(header, "\r\n") + "\r\n\r\n" + strings.ReplaceAll(text, "\n", "\r\n")
}

const passes = "Authentication-Results: mx.team.example; dmarc=pass header.from=finder.example"

// rita is a mail of a reporter, whose address our own server vouches for.
func rita(id, text string, header ...string) string {
	return eml(text, append([]string{
		passes, "From: Rita <rita@finder.example>", "To: security@team.example", "Subject: Overflow in frobd", "Message-ID: <" + id + ">",
	}, header...)...)
}

func (d *desk) take(raw string, env ...mail.Envelope) mail.Result {
	d.t.Helper()
	e := mail.Envelope{From: "rita@finder.example", To: []string{"security@team.example"}}
	if len(env) > 0 {
		e = env[0]
	}
	r, err := d.in.Take(ctx, e, strings.NewReader(raw))
	require.NoError(d.t, err)
	return r
}

func (d *desk) view(id cvd.CaseID) *cvd.Case {
	d.t.Helper()
	c, err := d.svc.View(ctx, id, cvd.Viewer{Team: true})
	require.NoError(d.t, err)
	return c
}

// out relays, and returns what was sent last.
func (d *desk) out() cvd.Outgoing {
	d.t.Helper()
	_, err := d.svc.Relay(ctx, 100)
	require.NoError(d.t, err)
	require.NotEmpty(d.t, d.sent)
	return d.sent[len(d.sent)-1]
}

// begun is a case that began with a mail, and the receipt that went out.
func (d *desk) begun(id string) (mail.Result, cvd.Outgoing) {
	d.t.Helper()
	r := d.take(rita(id, "A long frame overflows the heap. "+id))
	require.Equal(d.t, mail.Submission, r.Outcome)
	_, err := d.svc.Do(ctx, r.CaseID, cvd.By{Actor: "alice"}, cvd.Admit{})
	require.NoError(d.t, err)
	d.out()
	for _, o := range d.sent {
		if o.Number == r.Number {
			return r, o
		}
	}
	d.t.Fatal("no receipt went out")
	return r, cvd.Outgoing{}
}

func TestNewReport(t *testing.T) {
	d := newDesk(t)
	r := d.take(rita("1@finder.example", "A long frame overflows the heap."))
	require.Equal(t, mail.Submission, r.Outcome)
	require.True(t, r.Answered)
	require.Equal(t, cvd.KnownByResults, r.Sender.KnownBy)
	require.Equal(t, "rita@finder.example", string(r.Sender.Address))
	c := d.view(r.CaseID)
	require.Equal(t, r.Number, c.Number)
	require.Equal(t, "Overflow in frobd", string(c.Title))
	require.Contains(t, string(c.Reports[0].Summary), "overflows the heap")
	require.NotZero(t, c.Reports[0].Original)
	o := d.out()
	require.NotContains(t, string(o.Text), "frobd", "no word of the reporter")
	require.Equal(t, cvd.Private("<1@finder.example>"), o.InReplyTo)

	cases := newDesk(t, func(in *mail.Intake) { in.Cases = true })
	r = cases.take(rita("1@finder.example", "A long frame overflows the heap."))
	require.Equal(t, mail.Case, r.Outcome)
	require.True(t, r.Answered)
	require.Len(t, cases.view(r.CaseID).Vulnerabilities, 1)
}

// A mail that does not fit the limits of the host is kept all the same.
func TestLimitsOfTheHost(t *testing.T) {
	d := newDesk(t)
	d.limit(cvd.Limits{Text: 100})
	r := d.take(rita("1@finder.example", strings.Repeat("long ", 100)))
	require.Equal(t, mail.Quarantine, r.Outcome, "%+v", r)
	require.NotZero(t, d.view(r.CaseID).Reports[0].Original)
	require.Equal(t, mail.Duplicate, d.take(rita("1@finder.example", strings.Repeat("long ", 100))).Outcome)
	r, o := d.begun("2@finder.example")
	x := d.take(rita("3@finder.example", strings.Repeat("long ", 100), "In-Reply-To: <"+mail.MessageID(o, "team.example")+">"))
	require.Equal(t, mail.Quarantine, x.Outcome)
	require.NotEqual(t, r.CaseID, x.CaseID)
}

// What RFC 2350, section 6, asks for is read where a text has it.
func TestFieldsOfAReport(t *testing.T) {
	d := newDesk(t)
	r := d.take(eml("Hello,\n\n- Name: Rita R.\n- Organization: Finders United\nTelephone number: +49 30 1\n\n"+
		"Systems affected:\n– Product names and versions (all): frobd 1.0\n  and 1.4\n\nDetails of observations: it crashes\nin parse_frame: always\n"+
		"PGP key: 0123 4567\nDisclosure: in 90 days\n",
		passes, "From: rita@finder.example", "Message-ID: <1@x>"))
	c := d.view(r.CaseID)
	p, x := c.Participants[1], c.Reports[0]
	require.Equal(t, "Rita R.", string(p.Name))
	require.Equal(t, "Finders United", string(p.Organization))
	require.Equal(t, "+49 30 1", string(p.Phone))
	require.Empty(t, p.Key, "a key is never adopted silently")
	require.Equal(t, "frobd 1.0\nand 1.4", string(x.Products))
	require.Contains(t, string(x.Observations), "it crashes\nin parse_frame: always")
	require.Equal(t, "in 90 days", string(x.Wish))
	require.Contains(t, string(x.Summary), "Hello,", "the whole text stays")
	r = d.take(eml("No fields here.\nThe name: is a name.\n", passes, "From: Rita <rita@finder.example>", "Message-ID: <2@x>"))
	require.Equal(t, "Rita", string(d.view(r.CaseID).Participants[1].Name))
	require.Empty(t, d.view(r.CaseID).Reports[0].Products)
}

// Rule 1: what can be read is read, and the rest is kept.
func TestRule1Tolerant(t *testing.T) {
	d := newDesk(t)
	for i, raw := range []string{
		"this is no mail at all", "", "From: rita@finder.example\r\nbroken header\r\n\r\ntext",
		eml("caf\xe9", "From: rita@finder.example", "Content-Type: text/plain; charset=x-unknown", "Subject: =?x-unknown?q?=E9?="),
		eml("x", "From: rita@finder.example", "Subject: a\x00b\x1b[31m"),
		"From: rita@finder.example\r\n" + strings.Repeat("X-A: b\r\n", 5000) + "\r\ntext",
		eml("text", "Subject: nobody wrote it"),
		eml("text", "From: <>", "To: security@team.example"),
		eml("--b\r\n\r\none\r\n", "From: rita@finder.example", "Content-Type: multipart/mixed; boundary=b"),
	} {
		r := d.take(raw)
		require.Contains(t, []mail.Outcome{mail.Submission, mail.Quarantine}, r.Outcome, "%d: %+v", i, r)
		c := d.view(r.CaseID)
		f, err := d.svc.Attachment(ctx, r.CaseID, cvd.Viewer{Team: true}, c.Reports[0].Original)
		require.NoError(t, err)
		var b bytes.Buffer
		_, err = b.ReadFrom(f)
		require.NoError(t, err)
		require.Equal(t, raw, b.String(), "its bytes are kept")
	}
	// No own field of a mail that comes in is believed.
	r := d.take(eml("hello", "From: eve@x.example", "X-CVD-Case: "+"CVD-2026-00000", "X-Spam: no", "Message-ID: <7@x.example>"))
	require.Equal(t, mail.Submission, r.Outcome)
}

// Rule 3: the order of classes, and never by words of the subject.
func TestRule3Classes(t *testing.T) {
	d := newDesk(t)
	_, o := d.begun("1@finder.example")
	for name, x := range map[string]struct {
		raw  string
		env  mail.Envelope
		want mail.Outcome
		rule int
	}{
		"own address":           {eml("a1", "From: Security <Security@Team.Example>", "Message-ID: <a1@x>"), mail.Envelope{}, mail.Quarantine, 3},
		"own address, as alias": {eml("a2", "From: psirt+0123@team.example", "Message-ID: <a2@x>"), mail.Envelope{}, mail.Quarantine, 3},
		"own Message-ID":        {eml("a3", "From: eve@x.example", "Message-ID: <"+mail.MessageID(o, "team.example")+">"), mail.Envelope{}, mail.Quarantine, 3},
		"automatic":             {eml("a4", "From: jenkins@x.example", "Auto-Submitted: auto-generated", "Message-ID: <a4@x>"), mail.Envelope{}, mail.Quarantine, 3},
		"null sender":           {eml("a5", "From: x@x.example", "Message-ID: <a5@x>"), mail.Envelope{From: "<>"}, mail.Quarantine, 3},
		"null Return-Path":      {eml("a6", "Return-Path: <>", "From: x@x.example", "Message-ID: <a6@x>"), mail.Envelope{}, mail.Quarantine, 3},
		"a person":              {eml("a7", "From: x@x.example", "Auto-Submitted: no", "Message-ID: <a7@x>"), mail.Envelope{}, mail.Submission, 5},
		"a word in the subject": {eml("a8", "From: x@x.example", "Subject: Out of office: Undelivered Mail Returned to Sender", "Message-ID: <a8@x>"), mail.Envelope{}, mail.Submission, 5},
		"Precedence":            {eml("a9", "From: x@x.example", "Precedence: bulk", "Message-ID: <a9@x>"), mail.Envelope{}, mail.Submission, 5},
	} {
		r := d.take(x.raw, x.env)
		require.Equal(t, x.want, r.Outcome, "%s: %+v", name, r)
		require.Equal(t, x.rule, r.Rule, name)
		require.Equal(t, x.want == mail.Submission && name != "Precedence", r.Answered, name)
		if r.Outcome == mail.Quarantine {
			require.NotEmpty(t, r.Reason)
			require.Equal(t, r.Reason, string(d.view(r.CaseID).Submission.Quarantine))
		}
	}
	// An automatic answer in a thread is for the team's eyes and ends nothing.
	r := d.take(rita("a10@finder.example", "I am away", "Auto-Submitted: auto-replied", "In-Reply-To: <"+mail.MessageID(o, "team.example")+">"))
	require.Equal(t, mail.Unverified, r.Outcome)
	require.Equal(t, 3, r.Rule)
}

func dsn(o cvd.Outgoing, recipient, action, code string) string {
	return eml(strings.Join([]string{
		"--b", "Content-Type: text/plain", "", "It did not work.",
		"--b", "Content-Type: message/delivery-status", "", "Reporting-MTA: dns; mx.finder.example", "",
		"Final-Recipient: rfc822; " + recipient, "Action: " + action, "Status: " + code, "Diagnostic-Code: smtp; 550 no such user",
		"--b", "Content-Type: text/rfc822-headers", "", "Message-ID: <" + mail.MessageID(o, "team.example") + ">", "Subject: [x]",
		"--b--", "",
	}, "\n"), "From: MAILER-DAEMON@mx.finder.example", "Auto-Submitted: auto-replied", "MIME-Version: 1.0",
		"Content-Type: multipart/report; report-type=delivery-status; boundary=b", "Message-ID: <"+recipient+action+code+"@mx>")
}

// Rule 4: a report is consumed only if it names a mail of ours and its recipient.
func TestRule4Bounces(t *testing.T) {
	d := newDesk(t)
	b, o := d.begun("1@finder.example")
	null := mail.Envelope{From: "<>"}
	r := d.take(dsn(o, "other@x.example", "failed", "5.1.1"), null)
	require.Equal(t, mail.Quarantine, r.Outcome, "a forged bounce: %+v", r)
	require.Equal(t, 4, r.Rule)
	forged := o
	forged.Thread = strings.Repeat("0", 32)
	require.Equal(t, mail.Quarantine, d.take(dsn(forged, "rita@finder.example", "failed", "5.1.1"), null).Outcome)
	require.Zero(t, d.view(b.CaseID).Participants[1].Bounced)

	r = d.take(dsn(o, "Rita@finder.example", "delayed", "4.4.1"), null)
	require.Equal(t, mail.Report, r.Outcome)
	require.Equal(t, cvd.DeliveryDelayed, d.view(b.CaseID).Messages[0].Deliveries[0].State)
	r = d.take(dsn(o, "rita@finder.example", "failed", "5.1.1"), null)
	require.Equal(t, mail.Report, r.Outcome)
	require.Equal(t, b.CaseID, r.CaseID)
	require.False(t, r.Answered)
	c := d.view(b.CaseID)
	require.Equal(t, cvd.DeliveryBounced, c.Messages[0].Deliveries[0].State)
	require.Contains(t, string(c.Messages[0].Deliveries[0].Detail), "no such user")
	require.NotZero(t, c.Participants[1].Bounced)
	require.Len(t, c.Participants, 2, "nobody is removed")
	require.Equal(t, mail.Duplicate, d.take(dsn(o, "rita@finder.example", "failed", "5.0.0"), null).Outcome)
}

// Rule 5: by token, by our Message-ID, by a stored one; a number only proposes.
func TestRule5Routes(t *testing.T) {
	d := newDesk(t)
	a, o := d.begun("1@finder.example")
	own := "<" + mail.MessageID(o, "team.example") + ">"
	to := func(address string) mail.Envelope {
		return mail.Envelope{From: "rita@finder.example", To: []string{address}}
	}
	for i, x := range []struct {
		raw string
		env mail.Envelope
	}{
		{rita("2@finder.example", "by sub-address"), to("security+" + o.Thread + "@team.example")},
		{rita("3@finder.example", "by alias and sub-address"), to("PSIRT+" + strings.ToUpper(o.Thread) + "@team.example")},
		{rita("4@finder.example", "by In-Reply-To", "In-Reply-To: "+own), to("security@team.example")},
		{rita("5@finder.example", "by References", "References: <0@x.example> "+own+" <9@x.example>"), to("security@team.example")},
		{rita("6@finder.example", "by a stored Message-ID", "In-Reply-To: <1@finder.example>"), to("security@team.example")},
		{eml("by the header", passes, "From: rita@finder.example", "To: security+"+o.Thread+"@team.example", "Message-ID: <7@finder.example>"), mail.Envelope{}},
	} {
		r := d.take(x.raw, x.env)
		require.Equal(t, mail.Message, r.Outcome, "%d: %+v", i, r)
		require.Equal(t, a.CaseID, r.CaseID)
		require.Equal(t, cvd.PartyID(2), r.Party)
	}
	c := d.view(a.CaseID)
	require.Equal(t, cvd.MessageID(1), c.Messages[3].InReplyTo)

	// A stranger with the right case number gets no further than a proposal.
	r := d.take(eml("more on this", "From: eve@x.example", "Subject: ["+a.Number+"] details?", "Message-ID: <8@x.example>"))
	require.Equal(t, mail.Submission, r.Outcome)
	require.Equal(t, a.CaseID, r.Proposed)
	require.NotEqual(t, a.CaseID, r.CaseID)

	// Tokens of two cases: a human decides.
	_, other := d.begun("20@finder.example")
	r = d.take(rita("21@finder.example", "both", "In-Reply-To: "+own), to("security+"+other.Thread+"@team.example"))
	require.Equal(t, mail.Quarantine, r.Outcome)
	require.Equal(t, 5, r.Rule)
	// A token that leads nowhere does not matter.
	r = d.take(rita("22@finder.example", "forged"), to("security+"+strings.Repeat("0", 32)+"@team.example"))
	require.Equal(t, mail.Submission, r.Outcome)
	// After a merge both threads lead to the one that goes on.
	_, err := d.svc.Merge(ctx, a.CaseID, cvd.By{}, cvd.Merge{Into: func() cvd.CaseID { id, _, _ := d.svc.Thread(ctx, other.Thread); return id }()})
	require.NoError(t, err)
	r = d.take(rita("23@finder.example", "both again", "In-Reply-To: "+own), to("security+"+other.Thread+"@team.example"))
	require.Equal(t, mail.Message, r.Outcome)
	require.Equal(t, mail.Message, d.take(rita("24@finder.example", "old", "In-Reply-To: <1@finder.example>")).Outcome)
}

// Rule 6: routing is no identity.
func TestRule6Identity(t *testing.T) {
	d := newDesk(t)
	a, o := d.begun("1@finder.example")
	reply := "In-Reply-To: <" + mail.MessageID(o, "team.example") + ">"
	for i, x := range []struct{ raw, why string }{
		{eml("u1", "From: rita@finder.example", reply, "Message-ID: <u1@x>"), "nothing shows"},
		{eml("u2", "From: rita@home.example", "Authentication-Results: mx.team.example; dmarc=pass header.from=home.example", reply, "Message-ID: <u2@x>"), "another address"},
		{eml("u3", "Authentication-Results: mx.team.example; dmarc=fail header.from=finder.example", "From: rita@finder.example", reply, "Message-ID: <u3@x>"), "failed"},
		{eml("u4", passes, "From: rita@finder.example, eve@x.example", reply, "Message-ID: <u4@x>"), "several authors"},
	} {
		r := d.take(x.raw)
		require.Equal(t, mail.Unverified, r.Outcome, "%d: %+v", i, r)
		require.Equal(t, 6, r.Rule)
		require.Contains(t, r.Reason, x.why)
		require.Equal(t, cvd.KnownByToken, r.Sender.KnownBy)
		require.False(t, r.Answered)
	}
	c := d.view(a.CaseID)
	require.Len(t, c.Participants, 2, "another address never replaces the participant")
	own, err := d.svc.View(ctx, a.CaseID, cvd.Viewer{Party: 2})
	require.NoError(t, err)
	for _, m := range own.Messages {
		require.NotEqual(t, cvd.PurposeUnverified, m.Purpose)
	}
}

// Rule 7: only the topmost field with exactly our authserv-id.
func TestRule7Results(t *testing.T) {
	for name, x := range map[string]struct {
		header []string
		known  bool
	}{
		"pass":                      {[]string{passes}, true},
		"pass among others":         {[]string{"Authentication-Results: mx.team.example 1; spf=fail smtp.mailfrom=x.example; dkim=pass (good) header.d=finder.example; dmarc=pass (p=reject) policy.dmarc=none header.from=Finder.Example"}, true},
		"below ours":                {[]string{"Authentication-Results: mx.team.example; dmarc=fail header.from=finder.example", passes}, false},
		"a lone forged one":         {[]string{"Authentication-Results: mx.evil.example; dmarc=pass header.from=finder.example"}, false},
		"an id that begins with it": {[]string{"Authentication-Results: mx.team.example.evil.example; dmarc=pass header.from=finder.example"}, false},
		"another's, then ours":      {[]string{"Authentication-Results: other.example; dmarc=fail header.from=finder.example", passes}, true},
		"of another domain":         {[]string{"Authentication-Results: mx.team.example; dmarc=pass header.from=evil.example"}, false},
		"in a comment":              {[]string{"Authentication-Results: mx.team.example; dmarc=fail (dmarc=pass header.from=finder.example) header.from=finder.example"}, false},
		"in a comment, alone":       {[]string{"Authentication-Results: mx.team.example; none (; dmarc=pass header.from=finder.example)"}, false},
		"an open comment":           {[]string{"Authentication-Results: mx.team.example; (dmarc=fail; dmarc=pass header.from=finder.example"}, false},
		"an open quote":             {[]string{`Authentication-Results: mx.team.example; dmarc=pass header.from="finder.example`}, false},
		"SPF and DKIM only":         {[]string{"Authentication-Results: mx.team.example; spf=pass smtp.mailfrom=finder.example; dkim=pass header.d=finder.example"}, false},
		"twice, two words":          {[]string{"Authentication-Results: mx.team.example; dmarc=fail header.from=finder.example; dmarc=pass header.from=finder.example"}, false},
		"pass in a quoted property": {[]string{`Authentication-Results: mx.team.example; dmarc=none reason="; dmarc=pass header.from=finder.example" header.from=finder.example`}, false},
		"without a domain":          {[]string{"Authentication-Results: mx.team.example; dmarc=pass"}, false},
		"empty":                     {[]string{"Authentication-Results: "}, false},
		"folded":                    {[]string{"Authentication-Results: mx.team.example;\r\n\tdmarc=pass\r\n\theader.from=finder.example"}, true},
	} {
		d := newDesk(t)
		r := d.take(eml("text", append(x.header, "From: rita@finder.example", "Message-ID: <1@x>")...))
		require.Equal(t, x.known, r.Sender.KnownBy == cvd.KnownByResults, "%s: %+v", name, r)
	}
	off := newDesk(t, func(in *mail.Intake) { in.AuthservID = "" })
	require.Equal(t, cvd.KnownByNothing, off.take(rita("1@x", "text")).Sender.KnownBy, "off until the host names its server")
}

// Rule 8: the same mail once.
func TestRule8Once(t *testing.T) {
	d := newDesk(t)
	first := rita("1@finder.example", "one")
	a := d.take(first)
	for name, raw := range map[string]string{
		"again":            first,
		"by another alias": strings.Replace(first, "To: security@", "X-Hop: 2\r\nTo: psirt@", 1),
	} {
		r := d.take(raw)
		require.Equal(t, mail.Duplicate, r.Outcome, name)
		require.Equal(t, 8, r.Rule)
		require.Equal(t, a.CaseID, r.CaseID, name)
		require.Equal(t, a.Number, r.Number)
		require.False(t, r.Answered)
	}
	// The same text under another ID goes to the same case, and is not lost.
	r := d.take(strings.Replace(first, "1@finder.example", "2@finder.example", 1))
	require.Equal(t, mail.Message, r.Outcome)
	require.Equal(t, a.CaseID, r.CaseID)
	r = d.take(strings.Replace(strings.Replace(first, "1@finder.example", "3@finder.example", 1), passes, "X-None: 1", 1))
	require.Equal(t, mail.Unverified, r.Outcome)
	require.Equal(t, 8, r.Rule)
	require.Equal(t, mail.Duplicate, d.take(first).Outcome)
	r = d.take(rita("1@finder.example", "other words under the same ID"))
	require.Equal(t, mail.Quarantine, r.Outcome, "both are kept: %+v", r)
	require.NotEqual(t, a.CaseID, r.CaseID)
	// Without a Message-ID all bytes count.
	x := d.take(eml("no id", "From: bob@x.example", "Date: Mon, 2 Mar 2026 09:30:00 +0000"))
	y := d.take(eml("no id, other words", "From: bob@x.example", "Date: Mon, 2 Mar 2026 09:30:00 +0000"))
	require.NotEqual(t, x.CaseID, y.CaseID, "of one sender, subject and second")
	require.Equal(t, mail.Duplicate, d.take(eml("no id", "From: bob@x.example", "Date: Mon, 2 Mar 2026 09:30:00 +0000")).Outcome)
	// Also once it has gone into another case.
	other := d.take(rita("30@finder.example", "the other"))
	_, err := d.svc.Do(ctx, other.CaseID, cvd.By{Actor: "alice"}, cvd.Admit{})
	require.NoError(t, err)
	_, err = d.svc.Merge(ctx, a.CaseID, cvd.By{}, cvd.Merge{Into: other.CaseID})
	require.NoError(t, err)
	r = d.take(first)
	require.Equal(t, mail.Duplicate, r.Outcome)
	require.Equal(t, other.CaseID, r.CaseID)
}

// Rule 9: the list is the sender, the rest a claim. Rule 10: who is answered.
func TestRule9And10Answers(t *testing.T) {
	d := newDesk(t)
	r := d.take(eml("l1", passes, "From: Rita via list <list@lists.example>", "Reply-To: rita@finder.example", "List-Id: Vendors <vendors.lists.example>", "Message-ID: <l1@x>"))
	require.Equal(t, mail.Submission, r.Outcome)
	require.Equal(t, 9, r.Rule)
	require.False(t, r.Answered)
	c := d.view(r.CaseID)
	require.Empty(t, c.Participants[1].Email)
	require.Contains(t, string(c.Participants[1].Name), "vendors.lists.example")
	for i, header := range []string{
		"From: no-reply@x.example", "From: MAILER-DAEMON@x.example", "From: noreply+1@x.example",
		"From: p@finder.example\r\nPrecedence: junk", "From: p@finder.example\r\nX-Auto-Response-Suppress: All",
		"From: p@finder.example\r\nAuthentication-Results: mx.team.example; dmarc=fail header.from=finder.example",
	} {
		r := d.take(eml(fmt.Sprint("n", i), header, fmt.Sprintf("Message-ID: <n%d@x>", i)))
		require.False(t, r.Answered, header)
		require.Equal(t, mail.Submission, r.Outcome, "it is taken all the same: %s", header)
	}
	_, err := d.svc.Relay(ctx, 100)
	require.NoError(t, err)
	require.Empty(t, d.sent)

	// Somebody writes in one name all day.
	flood := newDesk(t)
	answered := 0
	for i := range 20 {
		r := flood.take(rita(fmt.Sprintf("f%d@finder.example", i), fmt.Sprint("flood ", i)), mail.Envelope{Received: time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC)})
		require.Equal(t, mail.Submission, r.Outcome, "all are kept")
		if r.Answered {
			answered++
		}
	}
	require.Equal(t, 5, answered)
	flood.out()
	require.Len(t, flood.sent, 5)

	// Two desks that answer each other: it ends after one.
	d.take(rita("1@finder.example", "a report"))
	for range 5 {
		o := d.out()
		n := len(d.sent)
		r := d.take(eml("Thank you for your mail. "+o.ID, passes, "From: rita@finder.example", "Auto-Submitted: auto-replied",
			"In-Reply-To: <"+mail.MessageID(o, "team.example")+">", "Message-ID: <auto-"+o.ID+"@finder.example>"))
		require.False(t, r.Answered)
		_, err := d.svc.Relay(ctx, 100)
		require.NoError(t, err)
		require.Len(t, d.sent, n)
	}
}

// Rule 11: nothing is refused for what it says, only for its size.
func TestRule11Size(t *testing.T) {
	d := newDesk(t)
	r, err := d.in.Take(ctx, mail.Envelope{}, &endless{n: mail.MaxMail + 1})
	require.NoError(t, err)
	require.Equal(t, mail.Refused, r.Outcome)
	r = d.take(eml("GTUBE "+strings.Repeat("buy now ", 1000), "From: x@x.example", "Subject: \U0001f4b0 viagra", "X-Spam-Flag: YES", "Message-ID: <s@x>"))
	require.Equal(t, mail.Submission, r.Outcome)
	_, err = (&mail.Intake{}).Take(ctx, mail.Envelope{}, strings.NewReader(""))
	require.Error(t, err)
}

type endless struct{ n int }

func (e *endless) Read(b []byte) (int, error) {
	e.n -= len(b)
	if e.n < 0 {
		return max(0, len(b)+e.n), fmt.Errorf("too far")
	}
	return copy(b, bytes.Repeat([]byte("x"), len(b))), nil
}
