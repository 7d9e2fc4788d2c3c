package portal_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/service"
)

// Whether an address is known shows in nothing while somebody waits for a page: not in
// the answer, not in what it does to the stores, not in what lies there afterwards.
// Renew alone looks, and nobody waits for it.
func TestNobodyLearnsWhichAddressesAreKnown(t *testing.T) {
	p := newPost(t)
	p.known(rita)
	p.known("keys@finder.example", sent{name: "summary", value: "Another one, whose address has not been asked for."})
	tell := func(email, source string) (a answer, page string, asked []string) {
		b := p.browser()
		b.addr = source + ":1"
		tok := b.get("/lost").token()
		asked = p.asked.during(func() { a = b.post("/lost", sent{name: "token", value: tok}, sent{name: "email", value: email}) })
		asked = append(asked, p.asked.during(func() {
			page = tokenIn.ReplaceAllString(b.get("/"+strings.TrimPrefix(a.header.Get("Location"), "./")).body, "")
		})...)
		a.body = strings.ReplaceAll(tokenIn.ReplaceAllString(a.body, ""), email, "EMAIL") // what was typed is there again
		return a, page, asked
	}
	same := func(known, unknown string, sources ...string) {
		t.Helper()
		a, pageA, askedA := tell(known, sources[0])
		b, pageB, askedB := tell(unknown, sources[1])
		require.Equal(t, a.code, b.code)
		require.Equal(t, a.body, b.body)
		require.True(t, maps.EqualFunc(a.header, b.header, func(x, y []string) bool { return fmt.Sprint(x) == fmt.Sprint(y) }))
		require.Equal(t, pageA, pageB)
		require.Equal(t, askedA, askedB, "reads and writes, in their order and sizes")
	}
	const nemo = "nemo@finder.example"             // nobody's, as long as rita's
	same(rita, nemo, "203.0.113.1", "203.0.113.2") // for the first time
	same(rita, nemo, "203.0.113.3", "203.0.113.4") // asked for already
	require.Empty(t, p.got, "nothing is sent while somebody waits for the page")
	p.renew(1)
	require.Len(t, p.got, 1)
	same(rita, nemo, "203.0.113.5", "203.0.113.6") // one has got a mail
	same(rita, nemo, "203.0.113.5", "203.0.113.5") // and the same source goes on asking
	for range 10 {
		same(rita, nemo, "203.0.113.7", "203.0.113.8") // until it is to wait
	}
	// No address stands in State, nor the code.
	var dump strings.Builder
	each(p.state, "portal/", func(k string, v []byte) { fmt.Fprintf(&dump, "%s %s\n", k, v) })
	require.NotContains(t, dump.String(), "finder")
	require.NotContains(t, dump.String(), p.code())
	require.NotContains(t, dump.String(), strings.ReplaceAll(p.code(), "-", ""))
}

// A code that was never mailed, one that has run out, and one that was used are told
// apart by nothing either.
func TestNobodyLearnsWhichCodesWere(t *testing.T) {
	p := newPost(t)
	p.known(rita)
	tell := func(code, source string) (a answer, asked []string) {
		b := p.browser()
		b.addr = source + ":1"
		tok := b.get("/renew").token()
		asked = p.asked.during(func() { a = b.post("/renew", sent{name: "token", value: tok}, sent{name: "code", value: code}) })
		a.body = tokenIn.ReplaceAllString(a.body, "")
		return a, asked
	}
	used := p.ask(rita)
	require.Equal(t, 200, p.browser().redeem(used).code)
	a, askedA := tell("0000-0000-0000-0000-0000-0000-0000", "203.0.113.1")
	b, askedB := tell(used, "203.0.113.2")
	require.Equal(t, 403, a.code)
	require.Equal(t, a.code, b.code)
	require.Equal(t, a.body, b.body)
	require.Len(t, askedA, len(askedB))
	for i := range askedA {
		require.Equal(t, strings.Split(askedA[i], ":")[0], strings.Split(askedB[i], ":")[0], "the same questions")
	}
}

// A new receipt lasts no longer than what it replaces.
func TestARenewedReceiptEndsWithTheOldOnes(t *testing.T) {
	p := newPost(t)
	grant := func(id cvd.CaseID, code byte, in time.Duration) {
		x := cvd.GrantAccess{Party: 2, Code: service.FormatCode([16]byte{code})}
		if in > 0 {
			x.Until = p.clock().Add(in)
		}
		p.do(id, x)
	}
	until := func(id cvd.CaseID) time.Duration {
		t.Helper()
		c, err := p.svc.View(t.Context(), id, team)
		require.NoError(t, err)
		g := c.Grants[len(c.Grants)-1]
		require.True(t, g.Ended.IsZero())
		if g.Until.IsZero() {
			return 0
		}
		return g.Until.Sub(p.clock())
	}
	revoke := func(id cvd.CaseID) { p.do(id, cvd.RevokeAccess{Party: 2}) }
	_, id := p.known(rita)

	revoke(id)
	grant(id, 1, 10*time.Hour)
	grant(id, 2, 30*time.Hour)
	b := p.browser()
	page := b.redeem(p.ask(rita))
	require.Equal(t, 30*time.Hour, until(id), "the last one that holds")
	require.Contains(t, page.text(), "It opens your case until "+p.clock().Add(30*time.Hour).Format("2006-01-02 15:04")+" UTC.")
	b.enter(page.receipt())

	p.pass(2 * time.Hour)
	grant(id, 3, 0)
	page = p.browser().redeem(p.ask(rita))
	require.Zero(t, until(id), "one of them had no end")
	require.NotContains(t, page.body, "It opens your case until")

	revoke(id)
	grant(id, 4, time.Hour)
	p.pass(2 * time.Hour)
	p.browser().redeem(p.ask(rita))
	require.Zero(t, until(id), "all have run out")

	revoke(id)
	p.pass(2 * time.Hour)
	p.browser().redeem(p.ask(rita))
	require.Zero(t, until(id), "all were revoked")
}
