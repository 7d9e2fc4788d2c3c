package mail

import (
	"context"
	"errors"
	"net/mail"
	"regexp"
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
}

// route finds where a mail belongs (rule 5), by the first that leads somewhere: the
// token in the envelope's recipient, our Message-IDs that it answers, a Message-ID
// that a case knows. several tells that tokens of different cases stand in it.
func (l *letter) route(ctx context.Context) (t thread, found, several bool, err error) {
	cases := map[cvd.CaseID]bool{}
	try := func(token, delivery string) error {
		id, party, err := l.in.Service.Thread(ctx, token)
		if errors.Is(err, cvd.ErrNotFound) {
			return nil
		}
		if err == nil {
			if cases[id] = true; !found {
				t, found = thread{id, party, delivery}, true
			} else if t.id == id && t.delivery == "" {
				t.delivery = delivery
			}
		}
		return err
	}
	for _, to := range l.recipients() {
		if token, _ := l.in.own(to); token != "" {
			if err := try(token, ""); err != nil {
				return t, false, false, err
			}
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
	if id := l.m.InReplyTo(); id != "" {
		ids = append(ids, id)
	}
	refs := l.m.References()
	for i := len(refs) - 1; i >= 0 && len(ids) < 50; i-- {
		ids = append(ids, refs[i])
	}
	return ids
}

// recipients are those of the envelope, or else of the open header.
func (l *letter) recipients() (to []string) {
	if l.env.To != nil {
		return l.env.To
	}
	for _, name := range []string{"Delivered-To", "To", "Cc"} {
		for _, f := range l.m.Outer.Fields() {
			if !strings.EqualFold(f.Name, name) || len(to) > 100 {
				continue
			}
			if list, err := mail.ParseAddressList(f.Value); err == nil {
				for _, a := range list {
					to = append(to, a.Address)
				}
			} else {
				to = append(to, f.Value)
			}
		}
	}
	return to
}

var caseNumber = regexp.MustCompile(`\b[A-Za-z]{1,16}-20[0-9]{2}-[0-9A-Za-z]{5}\b`)

// propose looks for a case number that the subject or the text names. That is no
// route: anybody can write one.
func (l *letter) propose(ctx context.Context) error {
	text, _ := l.m.Text()
	for i, number := range caseNumber.FindAllString(l.m.Subject()+"\n"+text, 10) {
		id, err := l.in.Service.Lookup(ctx, cvd.ExternalID{Kind: cvd.IDNumber, Value: cvd.Private(number)})
		if err == nil && id != l.r.CaseID {
			l.r.Proposed = id
			return nil
		}
		if err != nil && !errors.Is(err, cvd.ErrNotFound) || i > 10 {
			return err
		}
	}
	return nil
}
