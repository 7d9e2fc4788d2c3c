package portal_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"html"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/portal"
	"github.com/cvdkit/cvdkit/cvd/service"
)

// What people type stands on pages as they typed it, and never acts.
func TestScriptsInEveryField(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	const evil = `"><script>alert(1)</script><img src=x onerror=alert(1)>'--><svg/onload=alert(1)>{{.}}`
	harmless := func(a answer) {
		t.Helper()
		require.NotContains(t, a.body, "<script")
		require.NotContains(t, a.body, "<img")
		require.NotContains(t, a.body, "<svg")
		require.NotRegexp(t, `<[^>]*[\s/]on[a-z]+\s*=`, regexp.MustCompile(`"[^"]*"`).ReplaceAllString(a.body, `""`))
	}
	var fields []sent
	for _, name := range []string{"product", "description", "impact", "told", "known", "exploited", "date", "time", "zone",
		"name", "email", "key", "language", "pass", "credit", "creditname"} {
		fields = append(fields, sent{name: name, value: evil})
	}
	page := b.get("/")
	bad := b.post("/", append([]sent{{name: "token", value: page.token()}}, append(fields, sent{"files", evil + ".html", evil})...)...)
	require.Equal(t, 422, bad.code)
	harmless(bad)
	require.Contains(t, html.UnescapeString(bad.body), evil)
	good := []sent{{name: "token", value: page.token()}}
	for _, f := range fields {
		switch f.name {
		case "date", "time", "zone", "email":
		default:
			good = append(good, f)
		}
	}
	s.pass(time.Minute)
	done := b.post("/", append(good, sent{"files", evil + ".html", evil}, sent{"files", "x.svg", evil})...)
	require.Equal(t, 200, done.code, done.text())
	harmless(done)
	page = b.enter(done.receipt())
	harmless(page)
	b.post("/reply", sent{name: "token", value: page.token()}, sent{name: "reply", value: evil}, sent{"files", evil, evil})
	harmless(b.get("/case"))
	harmless(b.openCode(evil, evil))
	for i := range 5 {
		a := b.get(fmt.Sprintf("/file?n=%d", i+1))
		if a.code == 200 {
			require.Equal(t, "application/octet-stream", a.header.Get("Content-Type"))
			require.True(t, strings.HasPrefix(a.header.Get("Content-Disposition"), "attachment"))
			require.Equal(t, "nosniff", a.header.Get("X-Content-Type-Options"))
			require.NotContains(t, a.header.Get("Content-Disposition"), "\n")
		}
	}
	for _, path := range []string{"/%22%3E%3Cscript%3E", "/open?case=%3Cscript%3E", "/file?n=%3Cscript%3E", "/case?done=%3Cscript%3E"} {
		harmless(b.get(path))
	}
}

// No address that somebody sends decides where a browser goes, and none is fetched.
func TestNoOpenRedirect(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	receipt := b.report(sent{name: "told", value: "http://127.0.0.1:1/"})
	for _, path := range []string{"/open?next=https://evil.example", "//evil.example/open", "/open?return=//evil.example"} {
		a := b.post(path, sent{name: "token", value: b.get("/open").token()}, sent{name: "receipt", value: receipt},
			sent{name: "next", value: "https://evil.example"})
		if loc := a.header.Get("Location"); loc != "" {
			require.Equal(t, "./case", loc)
		}
	}
	r := httptest.NewRequest("GET", "https://psirt.example/reply", nil)
	r.Host = "evil.example"
	require.Equal(t, "./case", b.send(r).header.Get("Location"))
}

// Whether there is a case, a person or a file nobody learns who may not see it.
func TestNothingIsEnumerated(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	first := b.report(sent{name: "email", value: "rita@finder.example"}, sent{"files", "a", "secret of the first"})
	b.report(sent{"files", "b", "secret of the second"})
	real := s.cases()[0].Number
	ask := func(number string) string {
		a := s.browser().get("/open?case=" + number)
		return strings.ReplaceAll(tokenIn.ReplaceAllString(a.body, ""), number, "N")
	}
	require.Equal(t, ask(real), ask("CVD-2026-ZZZZZ"))
	// A code that was never given and one that was revoked answer alike.
	never := string(service.FormatCode([16]byte{9}))
	c, err := s.svc.Access(context.Background(), cvd.Private(first))
	require.NoError(t, err)
	s.do(c.Case, cvd.RevokeAccess{Party: 2})
	x, y := s.browser().open(never), s.browser().open(first)
	require.Equal(t, x.code, y.code)
	require.Equal(t, tokenIn.ReplaceAllString(x.body, ""), tokenIn.ReplaceAllString(y.body, ""))
	// A file needs the session of its case.
	require.Equal(t, 403, s.browser().get("/file?n=1").code)
	second := s.browser()
	second.enter(second.report())
	for _, n := range []string{"1", "2", "0", "-1", "99999999999", ""} {
		require.Equal(t, 404, second.get("/file?n="+n).code)
	}
	// A known address changes nothing of what the form answers.
	a, d := s.browser().post("/", s.browser().fill(sent{name: "email", value: "rita@finder.example"})...), s.browser().post("/", s.browser().fill(sent{name: "email", value: "new@finder.example"})...)
	strip := func(x answer) string {
		return regexp.MustCompile(`CVD-2026-\w+`).ReplaceAllString(receiptIn.ReplaceAllString(x.body, ""), "")
	}
	require.Equal(t, strip(a), strip(d))
}

func TestTamperedTokens(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	parts := b.fill()
	good := parts[0].value
	raw, err := base64.RawURLEncoding.DecodeString(good)
	require.NoError(t, err)
	var bad []string
	for i := range raw {
		c := bytes.Clone(raw)
		c[i] ^= 1
		bad = append(bad, base64.RawURLEncoding.EncodeToString(c))
	}
	bad = append(bad, "", good+"A", good[:len(good)-1], strings.ToLower(good), b.get("/open").token())
	for _, tok := range bad {
		parts[0].value = tok
		a := b.post("/", parts...)
		require.Equal(t, 422, a.code, tok)
		require.Contains(t, a.body, "It overflows.")
	}
	require.Empty(t, s.cases())
	// The token of one case's form is none of another's.
	first, second := b.report(), b.report(sent{name: "impact", value: "2"})
	page := b.enter(first)
	other := s.browser()
	other.enter(second)
	require.Equal(t, 403, other.post("/reply", sent{name: "token", value: page.token()}, sent{name: "reply", value: "x"}).code)
}

// Forms come from here: not from another site, nor from a neighbour of this one.
func TestFormsOfOtherSites(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	page := b.enter(b.report())
	for _, h := range []map[string]string{
		{"Sec-Fetch-Site": "cross-site"},
		{"Sec-Fetch-Site": "same-site", "Origin": "https://other.psirt.example"},
		{"Origin": "https://evil.example"},
		{"Origin": "null"},
		{"Origin": "https://psirt.example.evil.example"},
	} {
		for _, path := range []string{"/", "/open", "/reply", "/logout", "/embargo"} {
			typ, body := multi(sent{name: "token", value: page.token()}, sent{name: "reply", value: "forged"})
			r := httptest.NewRequest("POST", "https://psirt.example"+path, body)
			r.Header.Set("Content-Type", typ)
			for k, v := range h {
				r.Header.Set(k, v)
			}
			a := b.send(r)
			require.Equal(t, 403, a.code, "%v %s", h, path)
			require.NotContains(t, a.body, "forged")
		}
	}
	require.Empty(t, s.cases()[0].Messages)
	require.Equal(t, 200, b.get("/case").code, "nobody was logged out")
	// Where a browser says neither, the token decides.
	typ, body := multi(sent{name: "token", value: "forged"}, sent{name: "reply", value: "forged"})
	r := httptest.NewRequest("POST", "http://psirt.example/reply", body)
	r.Header.Set("Content-Type", typ)
	require.Equal(t, 403, b.send(r).code)
	require.Empty(t, s.cases()[0].Messages)
}

// What is typed reaches no header, of an answer or a mail.
func TestHeaderInjection(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	const evil = "x\r\nSet-Cookie: a=b\r\nBcc: all@example.org\u2028\u0085y"
	receipt := b.report(sent{name: "name", value: evil}, sent{name: "creditname", value: evil}, sent{"files", "a\nb\".txt", "x"},
		sent{name: "product", value: "ignored twice"})
	c := s.cases()[0]
	for _, p := range []cvd.Private{c.Title, c.Participants[1].Name, c.Reports[0].CreditName, c.Attachments[0].Name} {
		require.NotRegexp(t, "[\r\n\u0085\u2028]", string(p))
	}
	page := b.enter(receipt)
	file := b.get("/" + regexp.MustCompile(`file\?n=\d+`).FindString(page.body))
	require.Len(t, file.header["Content-Disposition"], 1)
	require.NotRegexp(t, "[\r\n]", file.header.Get("Content-Disposition"))
	// An address that is no single address is refused.
	for _, mail := range []string{"a@b.example\r\nBcc: c@d.example", "a@b.example, c@d.example", "A <a@b.example>", "a@b.example c@d.example"} {
		require.Equal(t, 422, b.post("/", b.fill(sent{name: "email", value: mail})...).code, mail)
	}
}

// Programs that follow links in mails open nothing, whatever they fetch and send.
func TestLinkScanners(t *testing.T) {
	s, _, _, code := admitted(t)
	n := len(s.cases()[0].Messages)
	scanner := s.browser()
	for range 3 {
		page := scanner.get("/open?case=CVD-2026-AAAAA")
		require.Equal(t, 200, page.code)
		scanner.post("/open", sent{name: "token", value: page.token()}, sent{name: "case", value: "CVD-2026-AAAAA"}, sent{name: "receipt"})
		r := httptest.NewRequest("HEAD", "https://psirt.example/open?case=CVD-2026-AAAAA", nil)
		require.Empty(t, scanner.send(r).body)
	}
	require.Empty(t, scanner.cookies)
	require.Len(t, s.cases()[0].Messages, n)
	require.Equal(t, 303, s.browser().openCode(code, "").code, "the code is not spent")
}

// The form sends nothing to the address that somebody typed into it.
func TestTheFormIsNoRelay(t *testing.T) {
	mails := 0
	s := newSite(t)
	svc, err := service.New(cvd.Config{Store: s.store, Blobs: s.blobs, State: s.state, Now: s.clock, Secret: bytes.Repeat([]byte{1}, 32),
		Transports: map[string]cvd.Transport{cvd.TransportMail: counting{&mails}}})
	require.NoError(t, err)
	s.svc = svc
	s.portal, err = portal.New(portal.Config{Service: svc, State: s.state, Secret: bytes.Repeat([]byte{2}, 32), Now: s.clock})
	require.NoError(t, err)
	b := s.browser()
	b.report(sent{name: "email", value: "victim@example.org"})
	_, err = svc.Relay(context.Background(), 100)
	require.NoError(t, err)
	require.Zero(t, mails)
	// The team's answer is told there, in a person's own time.
	s.do(s.cases()[0].ID, cvd.PostMessage{To: []cvd.PartyID{2}, Text: "hello"})
	_, err = svc.Relay(context.Background(), 100)
	require.NoError(t, err)
	require.Equal(t, 1, mails)
}

type counting struct{ n *int }

func (c counting) Send(_ context.Context, m cvd.Outgoing) (cvd.Sent, error) {
	if strings.Contains(string(m.Text), "overflows") || strings.Contains(string(m.Subject), "Frobnicator") {
		return cvd.Sent{}, fmt.Errorf("the notice tells of the report")
	}
	*c.n++
	return cvd.Sent{}, nil
}

// Spam and floods are quarantined, and whoever sends them sees no difference.
func TestSuspiciousReportsWait(t *testing.T) {
	s := newSite(t)
	quarantined := func() (n int, why string) {
		for _, c := range s.cases() {
			if c.Submission.Quarantined {
				n, why = n+1, why+string(c.Submission.Quarantine)
			}
		}
		return n, why
	}
	bot := s.browser()
	parts := bot.fill()
	parts[1].value = "http://spam.example"
	require.NotEmpty(t, bot.post("/", parts...).receipt())
	n, why := quarantined()
	require.Equal(t, 1, n)
	require.Contains(t, why, "do not see")
	fast := s.browser()
	page := fast.get("/")
	receipt := fast.post("/", sent{name: "token", value: page.token()}, sent{name: "product", value: "x"}, sent{name: "description", value: "y"}).receipt()
	require.NotEmpty(t, receipt)
	n, _ = quarantined()
	require.Equal(t, 2, n)
	require.NotContains(t, fast.enter(receipt).text(), "quarantine")
	flood := s.browser()
	flood.addr = "203.0.113.1:1"
	for i := range 8 {
		parts := flood.fill()
		parts[3].value = fmt.Sprint(i)
		require.NotEmpty(t, flood.post("/", parts...).receipt())
		s.pass(-time.Minute)
	}
	n, why = quarantined()
	require.Equal(t, 5, n)
	require.Contains(t, why, "one source")
	honest := s.browser()
	honest.addr = "203.0.113.2:1"
	honest.report()
	n, _ = quarantined()
	require.Equal(t, 5, n)
}

// After a log-out the browser is told to keep nothing, and sending the report again
// from its history shows no receipt.
func TestHistoryAfterLogOut(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	parts := b.fill()
	first := b.post("/", parts...)
	require.Equal(t, first.receipt(), b.post("/", parts...).receipt())
	page := b.enter(first.receipt())
	for _, a := range []answer{first, page, b.get("/"), b.get("/open")} {
		require.Contains(t, a.header.Get("Cache-Control"), "no-store")
	}
	id := b.cookies["__Host-cvd-portal"]
	require.Equal(t, 303, b.post("/logout").code)
	require.Empty(t, b.cookies)
	b.cookies["__Host-cvd-portal"] = id
	require.Equal(t, 403, b.get("/case").code, "the server has ended it too")
	again := b.post("/", parts...)
	require.Equal(t, 200, again.code)
	require.Empty(t, again.receipt())
	require.Len(t, s.cases(), 1)
}

// Nothing is compressed beside a secret, and what is secret differs on each page.
func TestNoCompressionBesideSecrets(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	page := b.enter(b.report())
	r := httptest.NewRequest("GET", "https://psirt.example/case", nil)
	r.Header.Set("Accept-Encoding", "gzip, br, zstd, deflate")
	a := b.send(r)
	require.Empty(t, a.header.Get("Content-Encoding"))
	require.Contains(t, a.header.Get("Cache-Control"), "no-transform")
	require.NotEqual(t, page.token()[11:32], a.token()[11:32])
}

func TestHeaders(t *testing.T) {
	s := newSite(t, func(c *portal.Config) { c.Onion = "http://example.onion/report" })
	b := s.browser()
	for _, path := range []string{"/", "/open", "/case", "/nothing", "/style.css", "/bye"} {
		h := b.get(path).header
		require.Equal(t, "default-src 'none'; form-action 'self'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'", h.Get("Content-Security-Policy"), path)
		require.Equal(t, "same-origin", h.Get("Referrer-Policy"))
		require.Equal(t, "nosniff", h.Get("X-Content-Type-Options"))
		require.Equal(t, "same-origin", h.Get("Cross-Origin-Opener-Policy"))
		require.Empty(t, h.Get("Strict-Transport-Security"), "that is the host's")
		require.True(t, strings.HasPrefix(h.Get("Onion-Location"), "http://example.onion/report/"), path)
		require.Empty(t, h.Get("Server"))
	}
	r := httptest.NewRequest("GET", "http://example.onion/", nil)
	require.Empty(t, b.send(r).header.Get("Onion-Location"))
	for _, m := range []string{"PUT", "DELETE", "TRACE", "PATCH", "OPTIONS"} {
		require.Equal(t, 405, b.send(httptest.NewRequest(m, "https://psirt.example/", nil)).code, m)
	}
	require.Equal(t, 405, b.post("/case").code)
}

// No address of a source is in what is stored.
func TestNoAddressIsStored(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	b.addr = "198.51.100.77:4711"
	b.enter(b.report())
	for _, c := range s.cases() {
		records, err := s.store.Load(context.Background(), c.ID, 0, 1000, true)
		require.NoError(t, err)
		for _, r := range records {
			for _, x := range []string{"198.51.100.77", hex.EncodeToString([]byte{198, 51, 100, 77})} {
				require.NotContains(t, string(r.Body)+string(r.Private), x)
			}
			require.NotContains(t, string(r.Body)+string(r.Private), string([]byte{198, 51, 100, 77}))
		}
	}
}

func filesIn(t *testing.T, dir string) []string {
	m, err := filepath.Glob(filepath.Join(dir, "*"))
	require.NoError(t, err)
	return m
}

// One source cannot fill the disk with files, and takes nobody else's place. The text
// of who is stopped is kept, and can be sent without them.
func TestBytesOfASource(t *testing.T) {
	s := newSite(t, func(c *portal.Config) {
		c.Limits = portal.Limits{Upload: 1 << 20, Bytes: 2 << 20, Reports: 100}
	})
	b := s.browser()
	content := strings.Repeat("x", 900<<10)
	fields := func(b *browser, text string) []sent {
		return b.fill(sent{name: "impact", value: text}, sent{"files", "a.bin", content})
	}
	for i := range 3 {
		require.NotEmpty(t, b.post("/", fields(b, fmt.Sprint(i))...).receipt())
	}
	stored := s.stored()
	a := b.post("/", fields(b, "the fourth")...)
	require.Equal(t, 429, a.code)
	require.NotEmpty(t, a.header.Get("Retry-After"))
	require.Contains(t, a.text(), "Many files came from your network")
	require.Contains(t, a.text(), "the fourth")
	require.Equal(t, stored, s.stored())
	require.NotEmpty(t, b.post("/", b.fill(sent{name: "impact", value: "without files"})...).receipt())

	other := s.browser()
	other.addr = "198.51.100.9:1"
	require.NotEmpty(t, other.post("/", fields(other, "of another")...).receipt())

	// What was not kept is not counted: the form without a description stores nothing.
	third := s.browser()
	third.addr = "198.51.100.10:1"
	for range 5 {
		a = third.post("/", sent{name: "token", value: third.get("/").token()}, sent{name: "product", value: "x"},
			sent{name: "description", value: "y"}, sent{name: "email", value: "none"}, sent{"files", "a.bin", content})
		require.Equal(t, 422, a.code)
	}
	s.pass(13 * time.Hour)
	require.NotEmpty(t, b.post("/", fields(b, "half a day later")...).receipt())
}
