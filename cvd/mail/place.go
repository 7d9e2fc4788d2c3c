package mail

import (
	"context"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/pgp/pgpmime"
)

// place decides what becomes of a mail.
func (l *letter) place(ctx context.Context) (Result, error) {
	k, v := l.classify(), l.results()
	if k == ofDelivery {
		done, err := l.bounce(ctx)
		if done || err != nil {
			return l.r, err
		}
	}
	t, found, several, err := l.route(ctx)
	switch {
	case err != nil:
		return l.r, err
	case several:
		return l.hold(ctx, 5, "it answers mails of different cases")
	case found:
		return l.reply(ctx, t, k, v)
	case l.same != (cvd.CaseID{}):
		return l.reply(ctx, thread{id: l.same}, k, v)
	case k == ofDelivery:
		return l.hold(ctx, 4, "it is a delivery report that names no mail of ours and its recipient")
	case k == ofList: // the list is the sender, the rest a claim
		return l.open(ctx, 9, k, v, "")
	case k != ofPerson:
		return l.hold(ctx, 3, string(k))
	case l.closed() != "":
		return l.hold(ctx, 2, l.closed())
	case l.from == "":
		return l.hold(ctx, 1, "it has no author that can be read")
	case l.twoAuthors():
		return l.hold(ctx, 6, "it names several authors")
	case l.twice:
		return l.hold(ctx, 8, "it has the Message-ID of another mail")
	}
	return l.open(ctx, 5, k, v, "")
}

// reply puts a mail into its case: as the words of a participant if it is known, else
// for the team's eyes.
func (l *letter) reply(ctx context.Context, t thread, k class, v verdict) (Result, error) {
	who, err := l.identify(ctx, t, v)
	if err != nil {
		return l.r, err
	}
	l.r.Sender.KnownBy = who.known
	if t.inside && k == ofPerson {
		return l.inside(ctx, t, v)
	}
	inReplyTo := l.replied(ctx, t)
	switch {
	case k == ofDelivery:
		return l.unverified(ctx, t, who, inReplyTo, 4, "it is a delivery report that names no mail of ours and its recipient")
	case k == ofList:
		return l.unverified(ctx, t, who, inReplyTo, 9, string(k))
	case k != ofPerson:
		return l.unverified(ctx, t, who, inReplyTo, 3, string(k))
	case l.same == t.id && t.party == 0 && who.why != "":
		return l.unverified(ctx, t, who, inReplyTo, 8, "the same text of the same sender is in the case, under another Message-ID")
	case l.twice:
		return l.unverified(ctx, t, who, inReplyTo, 8, "it has the Message-ID of another mail")
	case who.why != "":
		return l.unverified(ctx, t, who, inReplyTo, 6, who.why)
	}
	cmd := cvd.PostMessage{
		Party: who.party, To: []cvd.PartyID{cvd.Owner}, Subject: l.subject(), Text: l.text(), InReplyTo: inReplyTo,
		Provenance: l.provenance(who.known), Original: l.raw.Open(), OriginalType: "message/rfc822", Files: l.files(),
	}
	if cmd.Text == "" && len(cmd.Files) == 0 {
		cmd.Text = emptyText
	}
	c, err := l.in.Service.Do(ctx, t.id, l.in.by(), cmd)
	if errors.Is(err, cvd.ErrInput) {
		return l.misfit(ctx)
	}
	if errors.Is(err, cvd.ErrRefused) { // for example, it was removed
		return l.unverified(ctx, t, who, inReplyTo, 6, "the case does not take it as a message of the participant")
	}
	return l.done(c, err, Message, who.party, 6, "")
}

// inside makes a note of what a member answers: what was said inside stays inside.
func (l *letter) inside(ctx context.Context, t thread, v verdict) (Result, error) {
	member, known := l.in.Members.of(l, v)
	if member == "" || l.twoAuthors() || v == failed {
		return l.unverified(ctx, t, voice{}, 0, 6, "it answers what the team alone was told, and nothing shows that it is from a member")
	}
	l.r.Sender.KnownBy = known
	cmd := cvd.PostMessage{
		Subject: l.subject(), Text: l.text(), Provenance: l.provenance(known), Original: l.raw.Open(), OriginalType: "message/rfc822", Files: l.files(),
	}
	if cmd.Text == "" && len(cmd.Files) == 0 {
		cmd.Text = emptyText
	}
	by := l.in.by()
	by.Actor = cvd.Private(member)
	c, err := l.in.Service.Do(ctx, t.id, by, cmd)
	if errors.Is(err, cvd.ErrInput) || errors.Is(err, cvd.ErrRefused) {
		return l.misfit(ctx)
	}
	return l.done(c, err, Message, cvd.Owner, 6, "")
}

const emptyText = "(no text that could be read; see the original)"

func (l *letter) unverified(ctx context.Context, t thread, who voice, inReplyTo cvd.MessageID, rule int, why string) (Result, error) {
	c, err := l.in.Service.Do(ctx, t.id, l.in.by(), cvd.PostUnverified{
		Claimed: who.party, Reason: cvd.Private(why), Subject: l.subject(), Text: l.text(), InReplyTo: inReplyTo,
		Provenance: l.provenance(who.known), Original: l.raw.Open(), OriginalType: "message/rfc822", Files: l.files(),
	})
	if errors.Is(err, cvd.ErrInput) {
		return l.misfit(ctx)
	}
	return l.done(c, err, Unverified, who.party, rule, why)
}

// replied returns the message that the mail answers, if the case has it.
func (l *letter) replied(ctx context.Context, t thread) cvd.MessageID {
	if t.delivery == "" {
		return 0
	}
	id, m, _, err := l.in.Service.Delivery(ctx, t.id, t.delivery)
	if err != nil || id != t.id {
		return 0
	}
	return m
}

// open takes a mail as a report. With a reason it is held in quarantine.
func (l *letter) open(ctx context.Context, rule int, k class, v verdict, why string) (Result, error) {
	x := cvd.Receive{
		Channel: cvd.ChannelMail, Received: l.env.Received, IDs: l.ids, Original: l.raw.Open(), OriginalType: "message/rfc822",
		Submission: !l.in.Cases, Quarantine: cvd.Private(why), Quiet: true,
	}
	answer := false
	if l.m != nil {
		x.Protection, x.Title, x.Summary, x.Files = l.protection(), l.subject(), l.text(), l.files()
		x.Signature, x.Fingerprint = l.signature()
		switch x.KnownBy = cvd.KnownByNothing; {
		case k != ofList && l.from != "" && !l.twoAuthors() && l.signedByChecked(l.from):
			x.KnownBy = cvd.KnownBySignature
		case v == passed:
			x.KnownBy = cvd.KnownByResults
		}
		x.TLP = l.label()
		switch {
		case k == ofList:
			x.Reporter = cvd.Contact{Name: plain(l.m.Outer.Get("List-Id"), 1000)}
		case l.from != "":
			x.Reporter = l.sender()
			form(&x, string(x.Summary))
		}
		l.r.Sender.KnownBy = x.KnownBy
		answer = l.answerable(k, v) && why == ""
	}
	if answer {
		few, err := l.fewAnswers(ctx)
		if err != nil {
			return l.r, err
		}
		answer = few
	}
	x.Quiet = !answer
	cmds := []cvd.Command{x}
	if l.in.Cases && answer {
		cmds = append(cmds, cvd.Acknowledge{})
	}
	c, err := l.in.Service.Do(ctx, cvd.CaseID{}, l.in.by(), cmds...)
	if errors.Is(err, cvd.ErrInput) {
		return l.misfit(ctx)
	}
	outcome := Submission
	switch {
	case why != "":
		outcome = Quarantine
	case l.in.Cases:
		outcome = Case
	}
	r, err := l.done(c, err, outcome, 2, rule, why)
	if err != nil || r.Outcome == Duplicate {
		return r, err
	}
	if l.r.Answered = answer && len(c.Messages) > 0; l.r.Answered {
		l.in.answered(l.env.Received)
	}
	if l.m == nil {
		return l.r, nil
	}
	l.r.Suggested = suggested(string(x.Title) + "\n" + string(x.Summary))
	return l.r, l.propose(ctx)
}

// hold keeps a mail in quarantine, in sight.
func (l *letter) hold(ctx context.Context, rule int, why string) (Result, error) {
	return l.open(ctx, rule, ofMachine, unsaid, why)
}

// misfit keeps the bytes of a mail that has more than Config.Limits lets a report
// have, in quarantine.
func (l *letter) misfit(ctx context.Context) (Result, error) {
	const why = "it has more than the limits of the service let a report have"
	c, err := l.in.Service.Do(ctx, cvd.CaseID{}, l.in.by(), cvd.Receive{
		Channel: cvd.ChannelMail, IDs: l.ids[:min(1, len(l.ids))], Quarantine: why, Original: l.raw.Open(), OriginalType: "message/rfc822",
	})
	l.r.Answered = false
	return l.done(c, err, Quarantine, 0, 1, why)
}

// done fills in the result of a command.
func (l *letter) done(c *cvd.Case, err error, o Outcome, party cvd.PartyID, rule int, why string) (Result, error) {
	var dup *cvd.DuplicateError
	switch {
	case errors.As(err, &dup): // another process was first, or a case that this one went into
		l.r = Result{Outcome: Duplicate, Rule: 8, CaseID: dup.Owner, Reason: "the same mail was taken before"}
		return l.r, nil
	case err != nil:
		return l.r, err
	}
	l.r.Outcome, l.r.CaseID, l.r.Number, l.r.Party, l.r.Rule, l.r.Reason = o, c.ID, c.Number, party, rule, why
	if c.Repeated {
		l.r.Outcome, l.r.Rule, l.r.Reason, l.r.Answered = Duplicate, 8, "the same mail was taken before", false
	}
	return l.r, nil
}

// at names the case that an identifier led to.
func (l *letter) at(ctx context.Context, id cvd.CaseID) error {
	id, err := l.in.Service.Follow(ctx, id)
	if err != nil {
		return err
	}
	c, err := l.in.Service.View(ctx, id, cvd.Viewer{Team: true, Groups: []cvd.Private{cvd.EveryGroup}})
	if err == nil {
		l.r.CaseID, l.r.Number = c.ID, c.Number
	}
	return err
}

func (in *Intake) by() cvd.By {
	by := in.By
	by.ID = cvd.CommandID{}
	return by
}

func (l *letter) sender() cvd.Contact {
	c := cvd.Contact{Email: plain(l.from, 1000)}
	if f := l.m.From(); len(f) > 0 {
		c.Name = plain(f[0].Name, 1000)
	}
	if local, domain, ok := cutAddress(string(c.Email)); !ok || strings.ContainsAny(local+domain, " \t,;<>()[]\\\"@") {
		c.Email = "" // no address that could be written to
	}
	return c
}

// closed says why nothing of a mail's text can be read, if that is so (rule 2).
func (l *letter) closed() string {
	if text, _ := l.m.Text(); strings.TrimSpace(text) != "" {
		return ""
	}
	for _, u := range l.m.Unread {
		switch u.Kind {
		case pgpmime.UnreadEncrypted:
			return "it is encrypted, and none of the keys opens it"
		case pgpmime.UnreadSMIMEEncrypted:
			return "it is encrypted with S/MIME, which is not read here"
		case pgpmime.UnreadSMIMESigned:
			return "its text lies inside of an S/MIME signature, which is not read here"
		}
	}
	return ""
}

func (l *letter) subject() cvd.Private { return plain(l.m.Subject(), 1000) }

// text is that of the mail, or why there is none.
func (l *letter) text() cvd.Private {
	s, _ := l.m.Text()
	for _, u := range l.m.Unread {
		if s == "" && u.Kind != pgpmime.UnreadLimit {
			s = emptyText
		}
	}
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\ufffd"), "\x00", "\ufffd")
	return cvd.Private(cut(s, 1<<20))
}

func (l *letter) files() (out []cvd.File) {
	for _, p := range l.m.Parts {
		if (p.Attached || p.Closed) && len(out) < 500 {
			out = append(out, cvd.File{Name: plain(p.Name, 1000), Type: plain(p.Type, 200), Content: lazily(p)})
		}
	}
	return out
}

func lazily(p pgpmime.Part) io.Reader { return p.Open() }

// plain is a line: without line breaks and other control characters.
func plain(s string, most int) cvd.Private {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\ufffd"))
	return cvd.Private(cut(strings.TrimSpace(s), most))
}

// cut shortens at a rune.
func cut(s string, most int) string {
	if len(s) <= most {
		return s
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most]
}
