package portal

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/service"
)

const (
	purposeLost  = "lost"
	purposeRenew = "renew"
)

// renewPage is the data of the templates lost and renew.
type renewPage struct {
	Sent   bool   // an address was sent
	Value  string // that was typed; never a code
	Errors bool
}

// showLost asks for the address of who has lost a receipt.
func (q *request) showLost() error { return q.lostForm(http.StatusOK, "", "") }

func (q *request) lostForm(status int, value, problemText string) error {
	return q.renewalForm(status, purposeLost, "email", renewPage{Value: value}, problemText)
}

// showRenew asks for the code that was mailed. Following its link does nothing else:
// programs that look at mails do that before people.
func (q *request) showRenew() error {
	if _, err := q.r.Cookie(q.cookieName(cookieForm)); err != nil {
		http.SetCookie(q.w, q.cookie(cookieForm, "1")) // as showReport does
	}
	return q.renewForm(http.StatusOK, q.r.URL.Query().Get("done") == "sent", "")
}

func (q *request) renewForm(status int, sent bool, problemText string) error {
	return q.renewalForm(status, purposeRenew, "code", renewPage{Sent: sent}, problemText)
}

func (q *request) renewalForm(status int, name, field string, d renewPage, problemText string) error {
	if q.cfg.Mail == nil {
		q.say(http.StatusNotFound, "lost.title", "lost.text")
		return nil
	}
	tok, err := q.newToken(name, "")
	if err != nil {
		return err
	}
	d.Errors = problemText != ""
	p := page{Title: q.lang.text("renew.title"), Token: tok, Data: d}
	if name == purposeRenew {
		p.Title = q.lang.text("renew.code.title")
	}
	if d.Errors {
		p.Errors = []problem{{field, problemText}}
	}
	return q.show(status, name, p)
}

// postLost takes an address. The answer, and the work for it, are the same whether it
// is known or not: see Renew.
func (q *request) postLost() error {
	f, err := q.readForm(func(*form) (cvd.CaseID, bool) { return cvd.CaseID{}, false })
	if err != nil {
		return err
	}
	if q.cfg.Mail == nil {
		return q.showLost()
	}
	address := strings.TrimSpace(line(f.values["email"]))
	if _, err := q.readToken(f.values["token"], purposeLost, "", f.began); err != nil {
		return q.lostForm(http.StatusForbidden, address, q.lang.text("error.token"))
	}
	if len(address) > maxAddress || !isAddress(address) {
		return q.lostForm(http.StatusUnprocessableEntity, address, q.lang.text("error.renew.email"))
	}
	if text := q.waits(q.renewals); text != "" {
		return q.lostForm(http.StatusTooManyRequests, address, text)
	}
	if err := q.remember(context.WithoutCancel(q.ctx), ask{Address: address, Lang: q.lang.tag}); err != nil {
		return err
	}
	return q.goTo("renew?done=sent")
}

const maxAddress = 254 // bytes of an address in mail (RFC 5321, 4.5.3.1.3, without the brackets)

// postRenew takes a code that was mailed, and gives new receipts. A code that opens
// nothing counts against the source, as in enter.
func (q *request) postRenew() error {
	f, err := q.readForm(func(*form) (cvd.CaseID, bool) { return cvd.CaseID{}, false })
	if err != nil {
		return err
	}
	if q.cfg.Mail == nil {
		return q.showRenew()
	}
	tok, err := q.readToken(f.values["token"], purposeRenew, "", f.began)
	if err != nil {
		return q.renewForm(http.StatusForbidden, false, q.lang.text("error.token"))
	}
	if text := q.waits(q.guesses); text != "" {
		return q.renewForm(http.StatusTooManyRequests, false, text)
	}
	ctx := context.WithoutCancel(q.ctx) // what is begun is done as a whole
	code := bare(f.values["code"])
	x, err := q.use(ctx, code, hex.EncodeToString(tok.nonce[:]))
	if err != nil {
		return err
	}
	var given []givenReceipt
	if x != nil {
		if given, err = q.renewAll(ctx, code, x); err != nil {
			return err
		}
	}
	if len(given) == 0 {
		return q.renewForm(http.StatusForbidden, false, q.lang.text("error.renew.code"))
	}
	q.guesses.give(q.cfg.Source(q.r), q.cfg.Now())
	d := receiptPage{Receipt: given[0].Receipt, Number: given[0].Number, Until: given[0].Until, Mail: true, Renewed: true, More: given[1:]}
	return q.giveReceipt(given[0].at, d)
}

// givenReceipt is a receipt of one of several cases.
type givenReceipt struct {
	Receipt string
	Number  string
	Until   string // when it ends; "": it does not
	at      service.Place
}

// renewAll gives a new receipt for each open case of the address, and ends the old
// ones. The receipts follow from the code and the form, so the same form gives the
// same; the log takes no other form, should State have been rolled back. That an
// address is confirmed is looked up again: much may happen in half an hour. A case that
// names a key opens to a code that was sealed to it alone: who reads the mailbox may
// not have the key.
func (q *request) renewAll(ctx context.Context, code string, x *renewal) (out []givenReceipt, err error) {
	places, problems, err := q.svc.Confirmed(ctx, cvd.Private(x.Address))
	if err != nil {
		return nil, err
	}
	for _, p := range problems {
		q.problem(ctx, p.Err)
	}
	var failed error
	for _, at := range places {
		c, who, err := q.reporter(ctx, at)
		if err != nil {
			failed = err
			q.problem(ctx, err)
			continue
		}
		if who.Key != "" && bare(string(who.Key)) != bare(x.Key) {
			continue
		}
		bits := keyed(q.keys.receipt[:], "renewed", code, x.Nonce, at.Case.String())
		receipt := service.FormatCode([16]byte(bits[:16]))
		bits = keyed(q.keys.receipt[:], "renewal", code, at.Case.String())
		id := cvd.CommandID(bits[:16])
		id[6], id[8] = id[6]&0x0f|0x80, id[8]&0x3f|0x80 // RFC 9562, version 8
		until := q.lasts(c, at.Party)
		c, err = q.svc.Do(ctx, at.Case, cvd.By{ID: id}, cvd.GrantAccess{Party: at.Party, Code: receipt, Until: until, Replace: true})
		var refused *cvd.Refusal
		if errors.As(err, &refused) && refused.Rule == cvd.RuleCommandID {
			continue // another form has used the code
		}
		if err != nil {
			failed = err
			q.problem(ctx, err)
			continue
		}
		for _, g := range c.Grants { // the last one that holds is the new one
			if g.Party == at.Party && g.Ended.IsZero() {
				at.Grant = g.ID
			}
		}
		if c.Repeated {
			if used, err := q.wasUsed(at.Case, at.Grant); err != nil || used {
				failed = cmp.Or(err, failed)
				continue // whoever sent the form has it
			}
		}
		got := givenReceipt{Receipt: string(receipt), Number: c.Number, at: at}
		if !until.IsZero() {
			got.Until = q.minute(until)
		}
		out = append(out, got)
	}
	if len(out) == 0 {
		return nil, failed
	}
	return out, nil
}

// lasts is when a receipt ends that replaces those of a participant: with the last of
// them that still opens the case, so that to lose one gives nobody more time than the
// team has given. The zero time is no end: one of them has none, or none opens it
// any more.
func (p *Portal) lasts(c *cvd.Case, party cvd.PartyID) (until time.Time) {
	now := p.cfg.Now()
	for _, g := range c.Grants {
		switch {
		case g.Party != party || !g.Ended.IsZero() || !g.Until.IsZero() && !g.Until.After(now):
		case g.Until.IsZero():
			return time.Time{}
		case g.Until.After(until):
			until = g.Until
		}
	}
	return until
}
