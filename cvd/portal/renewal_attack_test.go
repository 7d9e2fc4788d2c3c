package portal_test

import (
	"context"
	"errors"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
)

// Who reads a mailbox, but has not the key that a case has of its reporter, makes
// another case from there: the code that comes in clear opens that one alone.
func TestACodeInClearOpensNothingOfWhoHasAKey(t *testing.T) {
	p := newPost(t)
	key := strings.Repeat("AB", 20)
	hers, id := p.known(rita)
	p.do(id, cvd.ChangeParty{Party: 2, Contact: cvd.Contact{Email: rita, Key: cvd.Private(key)}})
	p.mailed(id, rita, cvd.KnownByResults)
	p.known(rita) // the newer one, without a key
	page := p.browser().redeem(p.ask(rita))
	require.Equal(t, key, string(p.got[0].Key), "sealed, because a case is to be")
	require.Len(t, receiptIn.FindAllString(page.body, -1), 2, "who can read that may have both")
	require.Equal(t, 403, p.browser().open(hers).code)

	// A newer key, which the case of the older one does not have.
	_, other := p.known(rita)
	p.do(other, cvd.ChangeParty{Party: 2, Contact: cvd.Contact{Email: rita, Key: cvd.Private(strings.Repeat("CD", 20))}})
	p.mailed(other, rita, cvd.KnownByResults)
	all := receiptIn.FindAllString(page.body, -1)
	p.pass(2 * time.Hour)
	page = p.browser().redeem(p.ask(rita))
	require.Equal(t, strings.Repeat("CD", 20), string(p.got[1].Key))
	require.Len(t, receiptIn.FindAllString(page.body, -1), 2)
	holds := 0
	for _, r := range all {
		if p.browser().open(r).code == 303 {
			holds++
		}
	}
	require.Equal(t, 1, holds, "that of the case with the other key")

	// A key that came after the code was mailed.
	p = newPost(t)
	hers, id = p.known(rita)
	code := p.ask(rita)
	p.do(id, cvd.ChangeParty{Party: 2, Contact: cvd.Contact{Email: rita, Key: cvd.Private(key)}})
	p.mailed(id, rita, cvd.KnownByResults)
	require.Equal(t, 403, p.browser().redeem(code).code)
	require.Equal(t, 303, p.browser().open(hers).code)
}

// A State that was rolled back to before a code was used gives its receipt to nobody
// else.
func TestACodeIsForOneTimeThoughStateWasRolledBack(t *testing.T) {
	p := newPost(t)
	p.known(rita)
	code := p.ask(rita)
	was := map[string][]byte{}
	each(p.state, "portal/", func(k string, v []byte) { was[k] = v })
	got := p.browser().redeem(code).receipt()
	require.NotEmpty(t, got)
	for k, v := range was {
		_, version, err := p.state.Get(context.Background(), k)
		require.NoError(t, err)
		_, err = p.state.Put(context.Background(), k, version, v)
		require.NoError(t, err)
	}
	a := p.browser().redeem(code)
	require.Equal(t, 403, a.code)
	require.Empty(t, a.receipt())
	require.Equal(t, 303, p.browser().open(got).code, "and it holds")
}

// An address that only Unicode takes for another keeps no wish of that one away.
func TestAnotherMailboxKeepsNoWishAway(t *testing.T) {
	p := newPost(t)
	p.known("rita@kernel.example")
	require.Equal(t, 303, p.browser().lost("rita@\u212Aernel.example").code)
	require.Equal(t, 303, p.browser().lost("RITA@kernel.example").code)
	p.renew(1)
}

// Who asks again while the server of mails is slow, and then away, loses nothing.
func TestAskingAgainWhileAMailFailsLosesNothing(t *testing.T) {
	p := newPost(t)
	p.known(rita)
	send := true
	p.onSend = func(context.Context) {
		if send {
			send = false
			require.Equal(t, 303, p.browser().lost(rita).code)
		}
	}
	p.browser().lost(rita)
	p.err = errors.New("the server is away")
	_, err := p.portal.Renew(context.Background(), 10)
	require.Error(t, err)
	p.err = nil
	p.renew(1)
}

// A Transport that panics hinders nobody else, and its value is not told.
func TestAPanicOfMailHindersNoOther(t *testing.T) {
	p := newPost(t)
	p.known(rita)
	p.known("else@finder.example")
	p.browser().lost(rita)
	p.browser().lost("else@finder.example")
	first := true
	p.onSend = func(ctx context.Context) {
		_, ok := ctx.Deadline()
		require.True(t, ok, "nor does one that hangs")
		if first {
			first = false
			panic("no such mailbox: " + rita)
		}
	}
	n, err := p.portal.Renew(context.Background(), 10)
	require.Equal(t, 1, n)
	require.ErrorAs(t, err, new(*cvd.PanicError))
	require.NotContains(t, err.Error(), rita)
	p.renew(1)
}

// No other site sends the forms, and no header of a request gets into the mail.
func TestRenewalsFromOtherSites(t *testing.T) {
	p := newPost(t)
	old, _ := p.known(rita)
	code := p.ask(rita)
	b := p.browser()
	for path, form := range map[string][]sent{
		"/lost":  {{name: "token", value: b.get("/lost").token()}, {name: "email", value: rita}},
		"/renew": {{name: "token", value: b.get("/renew").token()}, {name: "code", value: code}},
	} {
		typ, body := multi(form...)
		r := httptest.NewRequest("POST", "https://psirt.example"+path, body)
		r.Header.Set("Content-Type", typ)
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		require.Equal(t, 403, b.send(r).code)
	}
	require.Equal(t, 303, p.browser().open(old).code)

	p.pass(2 * time.Hour)
	typ, body := multi(sent{name: "token", value: b.get("/lost").token()}, sent{name: "email", value: rita})
	r := httptest.NewRequest("POST", "https://evil.example/lost", body)
	r.Header.Set("Content-Type", typ)
	r.Header.Set("X-Forwarded-Host", "evil.example")
	require.Equal(t, 303, b.send(r).code)
	p.renew(1)
	require.NotContains(t, string(p.got[1].Text), "evil")
	for _, x := range []string{"rita@finder.example\r\nBcc: eve@evil.example", "rita@finder.example, eve@evil.example", "Rita <rita@finder.example>", `"rita@finder.example"@evil.example`} {
		b = p.browser()
		b.addr = "203.0.113.77:1"
		a := b.lost(x)
		require.NotEqual(t, 500, a.code, x)
	}
	p.pass(2 * time.Hour)
	_, err := p.portal.Renew(context.Background(), 10)
	require.NoError(t, err)
	require.Len(t, p.got, 2, "none of them is hers")
}

// Who has come in with the old receipt is out when it is replaced.
func TestARenewalEndsTheSessionsOfTheOldReceipt(t *testing.T) {
	p := newPost(t)
	old, _ := p.known(rita)
	thief := p.browser()
	thief.enter(old)
	require.NotEmpty(t, p.browser().redeem(p.ask(rita)).receipt())
	require.NotContains(t, thief.get("/case").body, "overflows")
	require.NotEqual(t, 200, thief.get("/case").code)
}
