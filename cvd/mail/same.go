package mail

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/cvdkit/cvdkit/cvd"
)

// The kinds of identifiers by which a mail is the same: by Message-ID and content,
// and by sender, subject and content.
const (
	idMail    = "mail"
	idContent = "mail-content"
)

// identifiers computes what makes it the same mail (rule 8): its Message-ID with a
// digest of the decoded parts; without a Message-ID, all of its bytes.
func (l *letter) identifiers() error {
	content := sha256.New()
	for _, p := range l.m.Parts {
		fmt.Fprintf(content, "%s\x00%d\x00", p.Type, p.Size)
		if _, err := io.Copy(content, p.Open()); err != nil {
			return err
		}
	}
	sum := content.Sum(nil)
	if id := l.m.MessageID(); id != "" && len(id) < 900 {
		l.mail = "<" + id + ">"
	}
	whole := sha256.New()
	if l.mail != "" {
		fmt.Fprintf(whole, "%s\x00%x", l.mail, sum)
	} else if _, err := io.Copy(whole, l.raw.Open()); err != nil {
		return err
	}
	l.ids = []cvd.ExternalID{{Kind: idMail, Value: cvd.Private(hex.EncodeToString(whole.Sum(nil)))}}
	if f := l.m.From(); len(f) > 0 && f[0].Address != "" {
		sender := sha256.New()
		fmt.Fprintf(sender, "%s\x00%s\x00%x", strings.ToLower(f[0].Address), l.m.Subject(), sum) // many texts are "see the file"
		l.content = cvd.ExternalID{Kind: idContent, Value: cvd.Private(hex.EncodeToString(sender.Sum(nil)))}
	}
	return nil
}

// known ends the intake for a mail that was here before. The same text of the same
// sender under another Message-ID is no repeat: people say the same twice. It goes
// where the first went.
func (l *letter) known(ctx context.Context) (bool, error) {
	look := func(x cvd.ExternalID) (id cvd.CaseID, found bool, err error) {
		if x.Kind == "" {
			return id, false, nil
		}
		if id, err = l.in.Service.Lookup(ctx, x); errors.Is(err, cvd.ErrNotFound) {
			return id, false, nil
		}
		return id, err == nil, err
	}
	id, found, err := look(l.ids[0])
	if found {
		l.r = Result{Outcome: Duplicate, Rule: 8, Reason: "the same mail was taken before"}
		err = l.at(ctx, id)
	}
	if found || err != nil {
		return true, err
	}
	for _, x := range []cvd.ExternalID{l.content, l.byID()} {
		id, found, err := look(x)
		switch {
		case err != nil:
			return true, err
		case !found && x.Kind != "":
			l.ids = append(l.ids, x)
		case found && x.Kind == idContent:
			if l.same, err = l.in.Service.Follow(ctx, id); err != nil {
				return true, err
			}
		case found:
			l.twice = true // same Message-ID, other content: both are kept
		}
	}
	return false, nil
}

// byID is the Message-ID as an identifier.
func (l *letter) byID() cvd.ExternalID {
	if l.mail == "" {
		return cvd.ExternalID{}
	}
	return cvd.ExternalID{Kind: cvd.IDMessage, Value: cvd.Private(l.mail)}
}
