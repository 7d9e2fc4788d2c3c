package portal

import (
	"context"
	"crypto/hmac"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
)

// announce tells both sides that a party's code was used in a browser that is new
// to it: codes are forwarded, and whoever gave or holds one should know. A
// reporter's receipt is nobody's business.
func (q *request) announce(name string) error {
	c, err := q.svc.View(q.ctx, q.sess.Place.Case, q.sess.viewer())
	if err != nil {
		return err
	}
	me, _ := c.Party(c.You)
	if me.Roles&cvd.RoleReporter != 0 || q.knownBrowser() {
		return nil
	}
	en := q.pages["en"]
	text := en.text("browser.new")
	if name != "" {
		text = en.text("browser.new.name", name)
	}
	// A message to the team is seen by both sides, and is unread for the team.
	_, err = q.svc.Do(context.WithoutCancel(q.ctx), c.ID, cvd.By{},
		cvd.PostMessage{Party: c.You, To: []cvd.PartyID{cvd.Owner}, Text: cvd.Private(text), Provenance: q.provenance()})
	if err != nil {
		return err
	}
	return q.knowBrowser()
}

// A browser that a party's code was used in before has a cookie for it, which names
// neither: a random number and its signature with the place.
const browserLife = 90 * 24 * time.Hour

func (q *request) browserCookie() string {
	h := keyed(q.keys.browser[:], "name", q.sess.place())
	return "cvd-b-" + hex.EncodeToString(h[:6])
}

func (q *request) browserMAC(random []byte) []byte {
	h := keyed(q.keys.browser[:], "known", q.sess.place(), string(random))
	return h[:]
}

func (q *request) knownBrowser() bool {
	c, err := q.r.Cookie(q.cookieName(q.browserCookie()))
	if err != nil {
		return false
	}
	b, err := base64.RawURLEncoding.DecodeString(c.Value)
	return err == nil && len(b) == 48 && hmac.Equal(q.browserMAC(b[:16]), b[16:])
}

func (q *request) knowBrowser() error {
	var random [16]byte
	if _, err := io.ReadFull(q.cfg.Rand, random[:]); err != nil {
		return fmt.Errorf("portal: %w", err)
	}
	c := q.cookie(q.browserCookie(), base64.RawURLEncoding.EncodeToString(append(random[:], q.browserMAC(random[:])...)))
	c.MaxAge = int(browserLife / time.Second)
	http.SetCookie(q.w, c)
	return nil
}
