package portal

import (
	"context"
	"crypto/hmac"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/service"
)

const (
	askPrefix   = "portal/ask/" // addresses for which a renewal was asked, sealed, until Renew has looked
	askLife     = time.Hour
	renewalLife = 30 * time.Minute // of a code that was mailed
	renewalGap  = time.Hour        // between two mails to one address
	renewalTry  = 3                // times a mail is tried, while its server is away
	renewalSend = time.Minute      // for which the Transport may take, each time
)

// ask is a wish for a renewal. It says nothing of whether anybody has the address.
type ask struct {
	Address string
	Lang    string // of the page
	Tries   int
}

// renewal is a code that was mailed. It lies in Config.State under a key, and sealed
// under another, that only the code gives.
type renewal struct {
	Address string
	Key     string // to which the mail was sealed; "": it was in clear
	Ends    time.Time
	Nonce   string // of the form that used it, so that its double click is no replay
}

// stateID is a key in Config.State that tells nothing of what it is of.
func (p *Portal) stateID(prefix, kind, of string) string {
	h := keyed(p.keys.renewal[:], kind, of)
	return prefix + hex.EncodeToString(h[:20])
}

// mailbox is an address in small ASCII letters. Letters that only Unicode takes for one
// another are of different mailboxes, as for Service.Confirmed.
func mailbox(address string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			r += 'a' - 'A'
		}
		return r
	}, address)
}

// The keys of codes, gaps and the count begin as those of sessions, and their values
// with their end, so that Sweep removes them too.
func (p *Portal) codeKey(code string) string   { return p.stateID(statePrefix, "code", code) }
func (p *Portal) gapKey(address string) string { return p.stateID(statePrefix, "gap", address) }
func (p *Portal) countKey() string             { return p.stateID(statePrefix, "count", "") }

// seal makes the value of a key: when it ends, in clear and to the minute, and the
// rest under a key that only who knows secret has.
func (p *Portal) seal(key, secret string, ends time.Time, v any) ([]byte, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	head := binary.BigEndian.AppendUint64(nil, uint64(ends.Truncate(grain).Add(grain).Unix()))
	return p.sealer(keyed(p.keys.renewal[:], "seal", secret)).Seal(head, nil, text, append(head[:8:8], key...)), nil
}

// unseal reads what seal made. false: there is nothing, it has ended, or it is not of
// this key.
func (p *Portal) unseal(key, secret string, b []byte, v any) bool {
	if len(b) < 8 || !endOf(b).After(p.cfg.Now()) {
		return false
	}
	text, err := p.sealer(keyed(p.keys.renewal[:], "seal", secret)).Open(nil, nil, b[8:], append(b[:8:8], key...))
	return err == nil && json.Unmarshal(text, v) == nil
}

// remember keeps a wish. It does the same for every address: it reads one value and
// writes one of the same size. Who has asked already stays as it is.
func (p *Portal) remember(ctx context.Context, x ask) error {
	key := p.stateID(askPrefix, "ask", mailbox(x.Address))
	b, version, err := p.cfg.State.Get(ctx, key)
	if err != nil {
		return err
	}
	mine, err := p.seal(key, "ask", p.cfg.Now().Add(askLife), x)
	if err != nil {
		return err
	}
	var old ask
	if !p.unseal(key, "ask", b, &old) {
		b = mine
	}
	if _, err = p.cfg.State.Put(ctx, key, version, b); errors.Is(err, cvd.ErrConflict) {
		return nil // another request for the same address has done it
	}
	return err
}

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
		x, err := p.reporter(ctx, at)
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

// reporter is the participant of a place, as its case has it.
func (p *Portal) reporter(ctx context.Context, at service.Place) (*cvd.Participant, error) {
	c, err := p.svc.View(ctx, at.Case, cvd.Viewer{Team: true, Groups: []cvd.Private{cvd.EveryGroup}})
	if err != nil {
		return nil, err
	}
	for _, x := range c.Participants {
		if x.ID == at.Party {
			return x, nil
		}
	}
	return nil, cvd.ErrNotFound
}

// free takes one of so many that there are in a time, and reports whether there was one.
func (p *Portal) free(ctx context.Context, key string, most int, in time.Duration) (bool, error) {
	for range 20 {
		b, version, err := p.cfg.State.Get(ctx, key)
		if err != nil {
			return false, err
		}
		now := p.cfg.Now()
		var used struct {
			Begun time.Time
			N     int
		}
		if !p.unseal(key, "count", b, &used) || !now.Before(used.Begun.Add(in)) {
			used.Begun, used.N = now, 0
		}
		if used.N >= most {
			return false, nil
		}
		used.N++
		if b, err = p.seal(key, "count", used.Begun.Add(in), used); err != nil {
			return false, err
		}
		if _, err = p.cfg.State.Put(ctx, key, version, b); !errors.Is(err, cvd.ErrConflict) {
			return err == nil, err
		}
	}
	return false, cvd.ErrConflict
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

// bare is a code as it is hashed: what Service.Access forgives is forgiven here too.
func bare(code string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == 'O':
			return '0'
		case r == 'I', r == 'L':
			return '1'
		case r >= '0' && r <= '9', r >= 'A' && r <= 'Z':
			return r
		}
		return -1
	}, strings.ToUpper(code))
}

// use returns what a code is for, and makes it the one of this form: no other can use
// it from then on. nil: the code opens nothing, or no longer.
func (p *Portal) use(ctx context.Context, code, nonce string) (*renewal, error) {
	key := p.codeKey(code)
	for range 20 {
		b, version, err := p.cfg.State.Get(ctx, key)
		if err != nil {
			return nil, err
		}
		var x renewal
		if !p.unseal(key, code, b, &x) || !p.cfg.Now().Before(x.Ends) {
			return nil, nil
		}
		if x.Nonce != "" {
			if !hmac.Equal([]byte(x.Nonce), []byte(nonce)) {
				return nil, nil
			}
			return &x, nil
		}
		x.Nonce = nonce
		if b, err = p.seal(key, code, x.Ends, x); err != nil {
			return nil, err
		}
		if _, err = p.cfg.State.Put(ctx, key, version, b); !errors.Is(err, cvd.ErrConflict) {
			return &x, err
		}
	}
	return nil, cvd.ErrConflict
}

// waits says how long a source is to wait, and tells its browser.
func (q *request) waits(b *buckets) (text string) {
	wait := b.take(q.cfg.Source(q.r), q.cfg.Now())
	if wait == 0 {
		return ""
	}
	q.w.Header().Set("Retry-After", strconv.Itoa(int(wait/time.Second)+1))
	return q.lang.text("error.wait", int(wait/time.Minute)+1)
}
