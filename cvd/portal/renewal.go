package portal

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/service"
)

const (
	renewalLife = 30 * time.Minute // of a code that was mailed
	renewalGap  = time.Hour        // between two mails to one address
	renewalTry  = 3                // times a mail is tried, while its server is away
	renewalSend = time.Minute      // for which the Transport may take, each time
)

// Renew mails codes to those who have lost their receipt and asked for a new one, of
// which it looks at at most n (1 to 1,000), and returns how many it mailed. Call it
// every few seconds, as Service.Relay; without Config.Mail it does nothing. The page on
// which people ask does not look whether an address is known, so it cannot give that
// away: this does. An address is confirmed as Service.Confirmed says, and gets at most
// one mail an hour. Where cases name OpenPGP keys of the reporter, the code goes sealed
// to that of the newest, and opens those that name the same key or none. What hinders
// one hinders no other; the errors come joined, and hold no address.
func (p *Portal) Renew(ctx context.Context, n int) (sent int, err error) {
	if p.cfg.Mail == nil {
		return 0, nil
	}
	keys, err := p.cfg.State.List(ctx, askPrefix, "", min(max(n, 1), 1000))
	if err != nil {
		return 0, err
	}
	var failed []error
	for _, key := range keys {
		did, err := p.renew(ctx, key)
		if did {
			sent++
		}
		if err != nil {
			failed = append(failed, err)
		}
		if ctx.Err() != nil {
			break
		}
	}
	return sent, errors.Join(failed...)
}

// renew deals with one wish. Whoever removes it deals with it: of several processes one.
func (p *Portal) renew(ctx context.Context, key string) (sent bool, err error) {
	b, version, err := p.cfg.State.Get(ctx, key)
	if err != nil || b == nil {
		return false, err
	}
	var x ask
	good := p.unseal(key, "ask", b, &x)
	if version, err = p.cfg.State.Put(ctx, key, version, nil); err != nil || !good {
		return false, unlessConflict(err)
	}
	again := func() error { // later
		ctx := context.WithoutCancel(ctx)
		b, err := p.seal(key, "ask", endOf(b).Add(-grain), x)
		for range 20 {
			if err != nil {
				break
			}
			if _, err = p.cfg.State.Put(ctx, key, version, b); !errors.Is(err, cvd.ErrConflict) {
				break
			}
			// Somebody has asked again. That wish does not know that its hour was begun.
			_, version, err = p.cfg.State.Get(ctx, key)
		}
		return err
	}
	places, problems, err := p.svc.Confirmed(ctx, cvd.Private(x.Address))
	if err != nil {
		return false, errors.Join(err, again())
	}
	for _, y := range problems {
		p.problem(ctx, y.Err)
	}
	if len(places) == 0 {
		return false, nil
	}
	to, err := p.addressee(ctx, places)
	if err != nil {
		return false, errors.Join(err, again())
	}
	if x.Tries == 0 {
		free, err := p.free(ctx, p.gapKey(mailbox(x.Address)), 1, renewalGap)
		if err != nil || !free {
			return false, err
		}
	}
	if free, err := p.free(ctx, p.countKey(), p.cfg.Limits.RenewalMails, time.Hour); err != nil || !free {
		x.Tries = max(x.Tries, 1) // its hour was begun for this mail
		return false, errors.Join(err, again())
	}
	if err := p.mailCode(ctx, to, x); err != nil {
		if x.Tries++; x.Tries < renewalTry && !errors.Is(err, cvd.ErrUnprotected) && !errors.Is(err, cvd.ErrUndeliverable) {
			err = errors.Join(err, again())
		}
		return false, fmt.Errorf("portal: the mail with a code for a new receipt: %w", err)
	}
	return true, nil
}

func unlessConflict(err error) error {
	if errors.Is(err, cvd.ErrConflict) {
		return nil // another process deals with it
	}
	return err
}

// addressee is the reporter as the newest case has it that has a key of it, or else
// the newest: a case without one, which whoever reads the mailbox can make, must not
// have the code for the others go out in clear.
func (p *Portal) addressee(ctx context.Context, places []service.Place) (to *cvd.Participant, err error) {
	var failed error
	for _, at := range places {
		_, x, err := p.reporter(ctx, at)
		if err != nil {
			failed = err
			p.problem(ctx, err)
			continue
		}
		if x.Key != "" {
			return x, nil
		}
		if to == nil {
			to = x
		}
	}
	if to == nil {
		return nil, failed
	}
	return to, nil
}

// reporter is the participant of a place, and its case.
func (p *Portal) reporter(ctx context.Context, at service.Place) (*cvd.Case, *cvd.Participant, error) {
	c, err := p.svc.View(ctx, at.Case, cvd.Viewer{Team: true, Groups: []cvd.Private{cvd.EveryGroup}})
	if err != nil {
		return nil, nil, err
	}
	for _, x := range c.Participants {
		if x.ID == at.Party {
			return c, x, nil
		}
	}
	return nil, nil, cvd.ErrNotFound
}

// mailCode mails a new code. The mail says nothing of any case, and its link nothing of
// the code: a link is followed by programs, and stands in logs.
func (p *Portal) mailCode(ctx context.Context, to *cvd.Participant, x ask) error {
	var random [32]byte
	if _, err := io.ReadFull(p.cfg.Rand, random[:]); err != nil {
		return err
	}
	code := string(service.FormatCode([16]byte(random[:16])))
	key := p.codeKey(bare(code))
	ends := p.cfg.Now().Add(renewalLife)
	b, err := p.seal(key, bare(code), ends, renewal{Address: string(to.Email), Key: string(to.Key), Ends: ends})
	if err != nil {
		return err
	}
	version, err := p.cfg.State.Put(ctx, key, 0, b)
	if err != nil {
		return err
	}
	lang := p.match(string(to.Language))
	if lang == nil {
		lang = p.pages[x.Lang]
	}
	if lang == nil {
		lang = p.pages["en"]
	}
	team := p.cfg.Team
	if team == "" {
		team = lang.text("team")
	}
	err = p.send(ctx, cvd.Outgoing{
		ID: hex.EncodeToString(random[16:]), Auto: true, To: cvd.Route{Transport: cvd.TransportMail, Address: to.Email},
		Key: to.Key, Require: cvd.ProtectTLS, Subject: lang.text("renew.mail.subject", team),
		Text: cvd.Private(lang.text("renew.mail.text", team, strings.TrimSuffix(p.cfg.Address, "/")+"/renew", code, int(renewalLife/time.Minute))),
	})
	if errors.Is(err, cvd.ErrUnprotected) || errors.Is(err, cvd.ErrUndeliverable) {
		_, gone := p.cfg.State.Put(context.WithoutCancel(ctx), key, version, nil)
		err = errors.Join(err, gone)
	}
	return err
}

// send calls the Transport, for a minute at most. A panic is an error, without its
// value: one mail hinders no other.
func (p *Portal) send(ctx context.Context, o cvd.Outgoing) (err error) {
	ctx, cancel := context.WithTimeout(ctx, renewalSend)
	defer cancel()
	defer func() {
		if v := recover(); v != nil {
			err = &cvd.PanicError{Where: "Config.Mail", Type: fmt.Sprintf("%T", v), Stack: debug.Stack()}
		}
	}()
	_, err = p.cfg.Mail.Send(ctx, o)
	return err
}
