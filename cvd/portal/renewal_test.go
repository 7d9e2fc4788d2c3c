package portal_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/advisory/tlp"
	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/portal"
	"github.com/cvdkit/cvdkit/cvd/service"
)

const rita = "rita@finder.example"

// post is where mails with codes arrive.
type post struct {
	*site
	mu  sync.Mutex
	got []cvd.Outgoing
	err error

	onSend func(context.Context) // before a mail goes out
}

func newPost(t testing.TB, with ...func(*portal.Config)) *post {
	p := &post{}
	p.site = newSite(t, append([]func(*portal.Config){func(c *portal.Config) {
		c.Address = "https://psirt.example/report/"
		c.Mail = cvd.TransportFunc(func(ctx context.Context, m cvd.Outgoing) (cvd.Sent, error) {
			if p.onSend != nil {
				p.onSend(ctx)
			}
			p.mu.Lock()
			defer p.mu.Unlock()
			p.got = append(p.got, m)
			return cvd.Sent{Protection: cvd.ProtectTLS}, p.err
		})
	}}, with...)...)
	return p
}

// known makes a report by the form, and a mail that confirms its address.
func (p *post) known(email string, more ...sent) (receipt string, id cvd.CaseID) {
	p.t.Helper()
	before := map[cvd.CaseID]bool{}
	for _, c := range p.cases() {
		before[c.ID] = true
	}
	b := p.browser()
	b.addr = fmt.Sprintf("198.51.100.%d:1", len(before)+1)
	receipt = b.report(append([]sent{{name: "email", value: email}, {name: "impact", value: fmt.Sprint(len(before))}}, more...)...)
	for _, c := range p.cases() {
		if !before[c.ID] {
			id = c.ID
		}
	}
	p.mailed(id, email, cvd.KnownByResults)
	return receipt, id
}

func (p *post) mailed(id cvd.CaseID, from string, known cvd.KnownBy) {
	p.do(id, cvd.PostMessage{Party: 2, To: []cvd.PartyID{cvd.Owner}, Text: "More by mail.", Provenance: cvd.Provenance{
		Channel: cvd.ChannelMail, KnownBy: known, Sender: cvd.Private(from),
	}})
}

// lost asks for a code, and returns the answer.
func (b *browser) lost(email string) answer {
	return b.post("/lost", sent{name: "token", value: b.get("/lost").token()}, sent{name: "email", value: email})
}

func (p *post) renew(want int) {
	p.t.Helper()
	n, err := p.portal.Renew(context.Background(), 100)
	require.NoError(p.t, err)
	require.Equal(p.t, want, n)
}

func (p *post) code() string {
	p.t.Helper()
	require.NotEmpty(p.t, p.got)
	code := receiptIn.FindString(string(p.got[len(p.got)-1].Text))
	require.NotEmpty(p.t, code)
	return code
}

// ask asks for a code, and returns it as it was mailed.
func (p *post) ask(email string) string {
	p.t.Helper()
	require.Equal(p.t, 303, p.browser().lost(email).code)
	p.renew(1)
	return p.code()
}

func (b *browser) redeem(code string) answer {
	return b.post("/renew", sent{name: "token", value: b.get("/renew").token()}, sent{name: "code", value: code})
}

func TestALostReceiptIsRenewed(t *testing.T) {
	p := newPost(t)
	old, id := p.known(rita)
	require.Equal(t, 303, p.browser().open(old).code)
	require.Contains(t, p.browser().get("/open").body, `<a href="./lost">Lost your receipt?</a>`)

	b := p.browser()
	code := p.ask("Rita@Finder.example") // as people type it
	m := p.got[0]
	require.Equal(t, cvd.Route{Transport: cvd.TransportMail, Address: rita}, m.To, "the address that the case has, not what was typed")
	require.True(t, m.Auto)
	require.Equal(t, cvd.ProtectTLS, m.Require)
	require.Contains(t, string(m.Text), "https://psirt.example/report/renew\n")

	page := b.redeem(strings.ToLower(strings.ReplaceAll(code, "-", " ")))
	require.Equal(t, 200, page.code, page.body)
	require.Contains(t, page.body, "<h1>Your receipt</h1>")
	require.NotEqual(t, old, page.receipt())
	require.NotEqual(t, code, page.receipt())
	require.Equal(t, page.receipt(), b.get("/receipt").receipt(), "it can be loaded again")
	require.Equal(t, 403, p.browser().open(old).code, "the old one is revoked")
	b.enter(page.receipt())
	require.Empty(t, b.get("/receipt").receipt(), "it was used")

	c, err := p.svc.View(context.Background(), id, team)
	require.NoError(t, err)
	require.Len(t, c.Grants, 2)
	require.False(t, c.Grants[0].Ended.IsZero())
	n := 0
	for _, e := range c.Events {
		if e.Kind == cvd.EventAccessGranted {
			n++
		}
	}
	require.Equal(t, 2, n, "the team sees it in the log")
	require.Empty(t, p.errs)
}

func TestEachCaseOfAnAddressGetsItsReceipt(t *testing.T) {
	p := newPost(t)
	first, _ := p.known(rita)
	second, _ := p.known(rita)
	other, _ := p.known("else@finder.example")
	page := p.browser().redeem(p.ask(rita))
	got := receiptIn.FindAllString(page.body, -1)
	require.Len(t, got, 2)
	opened := map[string]bool{}
	for _, r := range got {
		title := p.browser().enter(r).text()
		opened[title[strings.Index(title, "Case CVD-"):][:20]] = true
	}
	require.Len(t, opened, 2)
	require.Equal(t, 403, p.browser().open(first).code)
	require.Equal(t, 403, p.browser().open(second).code)
	require.Equal(t, 303, p.browser().open(other).code, "another address's stays")
}

func TestAnAddressIsNotFlooded(t *testing.T) {
	p := newPost(t)
	p.known(rita)
	for i := range 20 {
		b := p.browser()
		b.addr = fmt.Sprintf("203.0.113.%d:1", i)
		require.Equal(t, 303, b.lost(rita).code)
		_, err := p.portal.Renew(context.Background(), 100)
		require.NoError(t, err)
		p.pass(time.Minute)
	}
	require.Len(t, p.got, 1)
	p.pass(time.Hour)
	p.ask(rita)
	require.Len(t, p.got, 2)
}

func TestASourceAsksOnlySoOften(t *testing.T) {
	p := newPost(t)
	b := p.browser()
	codes := map[int]int{}
	for i := range 10 {
		codes[b.lost(fmt.Sprintf("n%d@finder.example", i)).code]++
	}
	require.Equal(t, map[int]int{303: 3, 429: 7}, codes)
	other := p.browser()
	other.addr = "203.0.113.9:1"
	require.Equal(t, 303, other.lost(rita).code, "nobody else is shut out")
}

// Beyond the limit in all a mail waits, and addresses that nobody confirmed use none of it.
func TestMailsHaveALimitInAll(t *testing.T) {
	p := newPost(t, func(c *portal.Config) { c.Limits.RenewalMails = 2 })
	for i := range 3 {
		p.known(fmt.Sprintf("n%d@finder.example", i))
	}
	for i := range 10 {
		b := p.browser()
		b.addr = fmt.Sprintf("203.0.113.%d:1", i)
		b.lost(fmt.Sprintf("n%d@finder.example", i))
	}
	p.renew(2)
	p.renew(0)
	p.pass(time.Hour - time.Minute)
	p.renew(0)
	p.pass(time.Minute)
	p.renew(1)
	to := map[cvd.Private]bool{}
	for _, m := range p.got {
		to[m.To.Address] = true
	}
	require.Len(t, to, 3, "the one that waited")
}

// Programs that follow the links of a mail use nothing up and see nothing.
func TestALinkScannerUsesNothingUp(t *testing.T) {
	p := newPost(t)
	old, id := p.known(rita)
	code := p.ask(rita)
	for _, path := range []string{"/renew", "/renew?code=" + code, "/renew?done=sent", "/lost"} {
		for _, method := range []string{"GET", "HEAD"} {
			a := p.browser().send(mustRequest(t, method, "https://psirt.example"+path))
			require.Equal(t, 200, a.code)
			require.NotContains(t, a.body, code)
			require.NotContains(t, a.body, rita)
			require.Empty(t, a.receipt())
		}
	}
	c, err := p.svc.View(context.Background(), id, team)
	require.NoError(t, err)
	require.Len(t, c.Grants, 1)
	require.Equal(t, 303, p.browser().open(old).code)
	require.NotEmpty(t, p.browser().redeem(code).receipt())
}

func mustRequest(t *testing.T, method, url string) *http.Request {
	r, err := http.NewRequest(method, url, nil)
	require.NoError(t, err)
	return r
}

func TestACodeIsForOneTimeAndHalfAnHour(t *testing.T) {
	p := newPost(t)
	p.known(rita)
	code := p.ask(rita)
	b := p.browser()
	form := []sent{{name: "token", value: b.get("/renew").token()}, {name: "code", value: code}}
	b.cookies = map[string]string{}
	got := b.post("/renew", form...).receipt()
	require.NotEmpty(t, got)
	require.Equal(t, got, b.post("/renew", form...).receipt(), "a double click shows the same")
	for _, x := range []*browser{p.browser(), b} {
		a := x.redeem(code)
		require.Equal(t, 403, a.code)
		require.Empty(t, a.receipt())
		require.Contains(t, a.body, `role="alert"`)
		require.Contains(t, a.body, `<a href="#f-code">`)
		require.NotContains(t, a.body, code)
	}
	p.browser().enter(got)
	require.Empty(t, b.post("/renew", form...).receipt(), "a browser's history shows it no more once it was used")

	p.pass(2 * time.Hour)
	late := p.ask(rita)
	p.pass(30 * time.Minute)
	require.Equal(t, 403, p.browser().redeem(late).code)
	require.Equal(t, 303, p.browser().open(got).code, "and nothing was revoked")
}

// Of many that send a code at once one gets the receipt.
func TestACodeIsUsedByOne(t *testing.T) {
	p := newPost(t)
	p.known(rita)
	code := p.ask(rita)
	var wg sync.WaitGroup
	got := make([]string, 8)
	for i := range got {
		b := p.browser()
		tok := b.get("/renew").token()
		wg.Go(func() {
			got[i] = b.post("/renew", sent{name: "token", value: tok}, sent{name: "code", value: code}).receipt()
		})
	}
	wg.Wait()
	n := 0
	for _, r := range got {
		if r != "" {
			n++
		}
	}
	require.Equal(t, 1, n)
}

func TestACodeOpensNothingOfAnotherAddress(t *testing.T) {
	p := newPost(t)
	hers, _ := p.known(rita)
	p.known("eve@evil.example")
	page := p.browser().redeem(p.ask("eve@evil.example"))
	require.Len(t, receiptIn.FindAllString(page.body, -1), 1)
	require.Equal(t, 303, p.browser().open(hers).code, "hers holds")
	require.Contains(t, p.browser().enter(page.receipt()).text(), "Case ")
	// A receipt is no code, and a code no receipt.
	require.Equal(t, 403, p.browser().redeem(hers).code)
	p.pass(time.Hour)
	code := p.ask(rita)
	require.Equal(t, 403, p.browser().open(code).code)
}

// Codes cannot be tried at random.
func TestTriesOfCodesAreLimited(t *testing.T) {
	p := newPost(t)
	b := p.browser()
	codes := map[int]int{}
	for i := range 15 {
		codes[b.redeem(string(service.FormatCode([16]byte{byte(i)}))).code]++
	}
	require.Equal(t, map[int]int{403: 10, 429: 5}, codes)
}

// What was typed, what is quarantined and what has ended confirms nothing.
func TestOnlyConfirmedAddressesGetCodes(t *testing.T) {
	for name, make := range map[string]func(p *post){
		"only typed": func(p *post) { p.browser().report(sent{name: "email", value: rita}) },
		"a reply through the receipt": func(p *post) {
			b := p.browser()
			page := b.enter(b.report(sent{name: "email", value: rita}))
			b.post("/reply", sent{name: "token", value: page.token()}, sent{name: "reply", value: "It is me."})
		},
		"a mail by the thread alone": func(p *post) {
			p.browser().report(sent{name: "email", value: rita})
			p.mailed(p.cases()[0].ID, rita, cvd.KnownByToken)
		},
		"quarantined": func(p *post) {
			b := p.browser()
			form := b.fill(sent{name: "email", value: rita})
			form[1].value = "filled" // what people do not see
			require.NotEmpty(p.t, b.post("/", form...).receipt())
			require.True(p.t, p.cases()[0].Submission.Quarantined)
			p.mailed(p.cases()[0].ID, rita, cvd.KnownByResults)
		},
		"erased": func(p *post) {
			_, id := p.known(rita)
			_, err := p.svc.Erase(context.Background(), id, cvd.By{Actor: "alice"}, cvd.ErasePerson{Party: 2, Basis: cvd.EraseRequest})
			require.NoError(p.t, err)
		},
		"dismissed": func(p *post) {
			_, id := p.known(rita)
			p.do(id, cvd.Dismiss{Why: cvd.DismissalSpam})
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPost(t)
			make(p)
			require.Equal(t, 303, p.browser().lost(rita).code)
			p.renew(0)
			require.Empty(t, p.got)
		})
	}
}

// What has changed since a code was mailed counts.
func TestACodeEndsWithTheCase(t *testing.T) {
	p := newPost(t)
	_, id := p.known(rita)
	code := p.ask(rita)
	p.do(id, cvd.Dismiss{Why: cvd.DismissalSpam})
	require.Equal(t, 403, p.browser().redeem(code).code)
}

// The mail says nothing of a case, whatever it holds.
func TestTheMailSaysNothingOfTheCase(t *testing.T) {
	p := newPost(t)
	_, id := p.known(rita, sent{name: "name", value: "Rita Finder"}, sent{name: "creditname", value: "R. F."})
	p.do(id, cvd.Admit{})
	p.do(id, cvd.PostMessage{To: []cvd.PartyID{2}, Subject: "Sealed words", Text: "The secret of frobd.", TLP: tlp.Red, Require: cvd.ProtectSealed})
	p.do(id, cvd.ChangeParty{Party: 2, Contact: cvd.Contact{Name: "Rita Finder", Email: rita, Language: "pl", Key: cvd.Private(strings.Repeat("AB", 20))}})
	p.mailed(id, rita, cvd.KnownByResults)
	c, err := p.svc.View(context.Background(), id, team)
	require.NoError(t, err)
	p.ask(rita)
	m := p.got[0]
	all := fmt.Sprintf("%s\n%s\n%s\n%s\n%s\n%v", m.Subject, m.Text, m.Number, m.Name, m.Thread, m.References)
	for _, word := range []string{c.Number, id.String(), "Frobnicator", "frobd", "overflow", "Rita", "R. F.", "RED", "Sealed"} {
		require.NotContains(t, all, word)
	}
	require.Contains(t, m.Subject, "Kod")
	require.Equal(t, strings.Repeat("AB", 20), string(m.Key), "it is sealed for who has a key")
	require.False(t, m.Notice)
}

// A mail that did not go out is tried again, a few times.
func TestAMailThatFailsIsTriedAgain(t *testing.T) {
	p := newPost(t)
	p.known(rita)
	p.browser().lost(rita)
	p.err = errors.New("the server is away")
	for range 5 {
		_, err := p.portal.Renew(context.Background(), 10)
		if err != nil {
			require.NotContains(t, err.Error(), rita)
		}
	}
	require.Len(t, p.got, 3)
	p.pass(time.Hour)
	p.browser().lost(rita)
	_, err := p.portal.Renew(context.Background(), 10)
	require.Error(t, err)
	p.err = nil
	p.renew(1)
	require.NotEmpty(t, p.browser().redeem(p.code()).receipt())
}

func TestRenewalIsOffWithoutMail(t *testing.T) {
	s := newSite(t)
	require.NotContains(t, s.browser().get("/open").body, "./lost")
	for _, path := range []string{"/lost", "/renew"} {
		require.Equal(t, 404, s.browser().get(path).code)
		require.Equal(t, 404, s.browser().post(path, sent{name: "email", value: rita}, sent{name: "code", value: "x"}).code)
	}
	n, err := s.portal.Renew(context.Background(), 1)
	require.NoError(t, err)
	require.Zero(t, n)
	_, err = portal.New(portal.Config{Service: s.svc, State: s.state, Secret: make([]byte, 32), Mail: cvd.TransportFunc(nil), Address: "http://psirt.example"})
	require.ErrorContains(t, err, "Config.Address")
}

func TestPagesOfARenewal(t *testing.T) {
	p := newPost(t)
	b := p.browser()
	for path, label := range map[string]string{"/lost": `<label for="f-email">E-mail</label>`, "/renew": `<label for="f-code">Code from the e-mail</label>`} {
		a := b.get(path)
		require.Equal(t, 200, a.code)
		require.Contains(t, a.body, label)
		require.NotContains(t, a.body, "<script")
	}
	a := b.lost("no address")
	require.Equal(t, 422, a.code)
	require.Contains(t, a.body, `role="alert"`)
	require.Contains(t, a.body, `<a href="#f-email">`)
	require.Contains(t, a.body, `value="no address"`)
	require.Contains(t, b.get("/renew?done=sent").body, `role="status"`)
	// A form of another page, or none, asks for nothing.
	require.Equal(t, 403, b.post("/lost", sent{name: "token", value: b.get("/renew").token()}, sent{name: "email", value: rita}).code)
	require.Equal(t, 403, b.post("/renew", sent{name: "code", value: "x"}).code)
}
