package mail

import (
	"context"
	"errors"
	"net/mail"
	"regexp"
	"slices"
	"strings"

	"github.com/cvdkit/cvdkit/cvd"
)

// ourID is the form of our Message-IDs: Outgoing.ID, a dot, Outgoing.Thread.
var ourID = regexp.MustCompile(`^([0-9a-f]{32})\.([0-9a-f]{32})@(.+)$`)

// MessageID returns the Message-ID of a mail that goes out, without angle brackets:
// it leads back to the recipient's thread.
func MessageID(m cvd.Outgoing, domain string) string {
	return m.ID + "." + m.Thread + "@" + strings.ToLower(domain)
}

// ours reads a Message-ID of our own.
func (in *Intake) ours(id string) (delivery, token string, ok bool) {
	m := ourID.FindStringSubmatch(strings.ToLower(strings.Trim(id, "<> \t")))
	if m == nil || m[3] != in.domain() {
		return "", "", false
	}
	return m[1], m[2], true
}

// place in a case where a mail belongs.
type thread struct {
	id       cvd.CaseID
	party    cvd.PartyID // whose token led there; 0: a Message-ID did
	delivery string      // that it answers
	inside   bool        // it answers what the team alone was told
}

// route finds where a mail belongs (rule 5), by the first that leads somewhere: the
// token in the envelope's recipient, our Message-IDs that it answers, a Message-ID
// that a case knows. several tells that tokens of different cases stand in it.
func (l *letter) route(ctx context.Context) (t thread, found, several bool, err error) {
	cases := map[cvd.CaseID]bool{}
	try := func(token, delivery string) error {
		id, party, err := l.in.Service.Thread(ctx, token)
		inside := false
		if errors.Is(err, cvd.ErrNotFound) && l.in.Members != nil {
			if id, inside, err = l.in.Members.thread(ctx, token); err == nil && !inside {
				return nil
			}
		}
		if errors.Is(err, cvd.ErrNotFound) {
			return nil
		}
		if err == nil {
			if cases[id] = true; !found {
				t, found = thread{id, party, delivery, inside}, true
			} else if t.id == id && t.delivery == "" {
				t.delivery = delivery
			}
		}
		return err
	}
	for _, list := range [][]string{l.env.To, l.headerRecipients()} {
		for _, to := range list {
			if token, _ := l.in.own(to); token != "" {
				if err := try(token, ""); err != nil {
					return t, false, false, err
				}
			}
		}
		if found {
			break // one copy of a mail to two threads belongs where it was sent
		}
	}
	answers := l.answers()
	for _, id := range answers {
		if delivery, token, ok := l.in.ours(id); ok {
			if err := try(token, delivery); err != nil {
				return t, false, false, err
			}
		}
	}
	for _, id := range answers {
		if found {
			break
		}
		at, err := l.in.Service.Lookup(ctx, cvd.ExternalID{Kind: cvd.IDMessage, Value: cvd.Private("<" + id + ">")})
		if err == nil {
			at, err = l.in.Service.Follow(ctx, at)
		}
		if err != nil && !errors.Is(err, cvd.ErrNotFound) {
			return t, false, false, err
		}
		if err == nil {
			t, found = thread{id: at}, true
		}
	}
	return t, found, len(cases) > 1, nil
}

// answers are the messages that this one follows: In-Reply-To, then References, the
// newest first.
func (l *letter) answers() (ids []string) {
	for _, word := range strings.FieldsFunc(l.m.Header("In-Reply-To"), func(r rune) bool { return r <= ' ' || r == '<' || r == '>' }) {
		if strings.Contains(word, "@") && len(ids) < 10 {
			ids = append(ids, word)
		}
	}
	if id := l.m.InReplyTo(); id != "" && !slices.Contains(ids, id) {
		ids = append(ids, id)
	}
	refs := l.m.References()
	for i := len(refs) - 1; i >= 0 && len(ids) < 50; i-- {
		ids = append(ids, refs[i])
	}
	return ids
}

// headerRecipients are those that the open header names: servers cut the token off
// the envelope, or do not tell it.
func (l *letter) headerRecipients() (to []string) {
	for _, name := range []string{"X-Original-To", "Envelope-To", "Delivered-To", "To", "Cc"} {
		for _, f := range l.m.Outer.Fields() {
			if !strings.EqualFold(f.Name, name) || len(to) > 100 {
				continue
			}
			if list, err := mail.ParseAddressList(f.Value); err == nil {
				for _, a := range list {
					to = append(to, a.Address)
				}
			} else {
				to = append(to, strings.FieldsFunc(f.Value, func(r rune) bool { return r == ',' || r == ' ' || r == '<' || r == '>' })...)
			}
		}
	}
	return to[:min(len(to), 100)]
}

var caseNumber = regexp.MustCompile(`\b[A-Za-z]{1,16}-20[0-9]{2}-[0-9A-Za-z]{5}\b`)

// propose looks for a case number that the subject, the text or a file names. That
// is no route: anybody can write one.
func (l *letter) propose(ctx context.Context) error {
	text, _ := l.m.Text()
	text = l.m.Subject() + "\n" + cut(text, 1<<20)
	for _, p := range l.m.Parts[:min(len(l.m.Parts), 50)] {
		text += "\n" + p.Name
		if p.Attached && strings.HasPrefix(p.Type, "text/") && p.Size < 64<<10 {
			s, _ := p.Text()
			text += "\n" + s
		}
	}
	for _, number := range caseNumber.FindAllString(text, 10) {
		id, err := l.in.Service.Lookup(ctx, cvd.ExternalID{Kind: cvd.IDNumber, Value: cvd.Private(number)})
		if err == nil && id != l.r.CaseID {
			l.r.Proposed = id
			return nil
		}
		if err != nil && !errors.Is(err, cvd.ErrNotFound) {
			return err
		}
	}
	return nil
}
