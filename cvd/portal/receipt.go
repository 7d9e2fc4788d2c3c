package portal

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"slices"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/service"
)

// receiptPage is the data of the template receipt.
type receiptPage struct {
	Receipt string
	Number  string
	Until   string // when it ends; "": it does not
	Files   []file
	Keys    []string
	Mail    bool
	Renewed bool           // instead of one that was lost
	More    []givenReceipt // of further cases of the same address
}

// shown is a receipt page that the browser may show again, by its buttons for back
// and reload, until the receipt was used. It lies in Config.State as a session
// does: sealed under a key that only a cookie gives, for as long as a session lasts.
type shown struct {
	At   service.Place // with the code's number; Grant 0: whichever the case has
	Page receiptPage
}

// giveReceipt shows the receipt. A browser that keeps cookies is sent to a page of its
// own, to which it can come back without sending the form again; any other has it
// as the answer, for it could not come back.
func (q *request) giveReceipt(at service.Place, d receiptPage) error {
	if _, err := q.r.Cookie(q.cookieName(cookieForm)); err == nil {
		key, err := randomID(q.cfg.Rand)
		if err == nil {
			err = q.keepShown(context.WithoutCancel(q.ctx), key, shown{at, d})
		}
		if err == nil {
			http.SetCookie(q.w, q.cookie(cookieReceipt, key))
			return q.goTo("receipt")
		}
		q.problem(q.ctx, err)
	}
	return q.receiptPage(d)
}

func (q *request) receiptPage(d receiptPage) error {
	return q.show(http.StatusOK, "receipt", page{Title: q.lang.text("receipt.title"), Bare: true, Data: d})
}

func (p *Portal) shownKey(id string) string {
	h := keyed(p.keys.session[:], "shown", id)
	return statePrefix + hex.EncodeToString(h[:20])
}

func (p *Portal) keepShown(ctx context.Context, id string, s shown) error {
	text, err := json.Marshal(s)
	if err != nil {
		return err
	}
	ends := p.cfg.Now().Add(p.cfg.Limits.Idle).Truncate(grain).Add(grain)
	head := binary.BigEndian.AppendUint64(nil, uint64(ends.Unix()))
	_, err = p.cfg.State.Put(ctx, p.shownKey(id), 0, p.sessionSeal(id).Seal(head, nil, text, head))
	return err
}

// showReceipt shows the receipt of the form that this browser sent last.
func (q *request) showReceipt() error {
	c, err := q.r.Cookie(q.cookieName(cookieReceipt))
	if err != nil || len(c.Value) != 43 {
		return q.goTo("open")
	}
	b, version, err := q.cfg.State.Get(q.ctx, q.shownKey(c.Value))
	if err != nil {
		return err
	}
	var s shown
	if len(b) >= 8 && endOf(b).After(q.cfg.Now()) {
		if text, err := q.sessionSeal(c.Value).Open(nil, nil, b[8:], b[:8]); err == nil && json.Unmarshal(text, &s) == nil {
			used, err := q.wasUsed(s.At.Case, s.At.Grant)
			if err != nil {
				return err
			}
			if !used {
				return q.receiptPage(s.Page)
			}
		}
	}
	if b != nil {
		if _, err := q.cfg.State.Put(q.ctx, q.shownKey(c.Value), version, nil); err != nil && !errors.Is(err, cvd.ErrConflict) {
			return err
		}
	}
	q.forget(q.w, cookieReceipt)
	q.say(http.StatusOK, "again.title", "again.text")
	return nil
}

// dropShown forgets the receipt that this browser could still show.
func (q *request) dropShown() error {
	c, err := q.r.Cookie(q.cookieName(cookieReceipt))
	if err != nil || len(c.Value) != 43 {
		return nil
	}
	q.forget(q.w, cookieReceipt)
	ctx := context.WithoutCancel(q.ctx)
	b, version, err := q.cfg.State.Get(ctx, q.shownKey(c.Value))
	if err != nil || b == nil {
		return err
	}
	_, err = q.cfg.State.Put(ctx, q.shownKey(c.Value), version, nil)
	if errors.Is(err, cvd.ErrConflict) {
		return nil // another request has removed it
	}
	return err
}

// wasUsed reports whether a code of the case has opened it: then whoever sent the
// form has its receipt, and what sends it again is a browser's history. grant 0: any.
func (q *request) wasUsed(id cvd.CaseID, grant cvd.GrantID) (bool, error) {
	uses, err := q.svc.AccessUses(q.ctx, id, cvd.Viewer{Team: true, Groups: []cvd.Private{cvd.EveryGroup}})
	used := slices.ContainsFunc(uses, func(u service.AccessUse) bool { return grant == 0 || u.Grant == grant })
	return used, err
}
