package portal_test

import (
	"context"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/memstore"
	"github.com/cvdkit/cvdkit/cvd/portal"
	"github.com/cvdkit/cvdkit/cvd/service"
)

func TestReportAndComeBack(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	receipt := b.report(sent{name: "impact", value: "Anybody becomes root."}, sent{"files", "poc.txt", "run it"},
		sent{name: "email", value: "rita@finder.example"}, sent{name: "exploited", value: "yes"})
	c := s.cases()[0]
	r := c.Reports[0]
	require.Equal(t, "Frobnicator 3.1", string(r.Products))
	require.Equal(t, "It overflows.", string(r.Summary))
	require.Contains(t, string(r.Observations), "Anybody becomes root.")
	require.True(t, r.Exploited)
	require.Equal(t, cvd.StageSubmission, c.Submission.Stage)
	require.False(t, c.Submission.Quarantined)
	require.Equal(t, "rita@finder.example", string(c.Participants[1].Email))
	require.Equal(t, 1, s.stored())

	s.do(c.ID, cvd.PostMessage{To: []cvd.PartyID{2}, Text: "We see it too."})
	other := s.browser() // another device
	page := other.enter(strings.ToLower(strings.ReplaceAll(receipt, "-", " ")))
	require.Contains(t, page.text(), "We see it too.")
	require.Contains(t, page.text(), "It overflows.")
	require.Empty(t, page.receipt(), "the receipt stands on no other page")

	got := other.post("/reply", sent{name: "token", value: page.token()}, sent{name: "reply", value: "Version 3.0 too."}, sent{"files", "log.txt", "lines"})
	require.Equal(t, 303, got.code, got.body)
	page = other.get("/case?done=reply")
	require.Contains(t, page.text(), "Version 3.0 too.")
	require.Contains(t, page.text(), "log.txt")
	c = s.cases()[0]
	m := c.Messages[len(c.Messages)-1]
	require.Equal(t, cvd.PartyID(2), m.From)
	require.Equal(t, cvd.KnownByAccess, m.Provenance.KnownBy)

	file := other.get(regexp.MustCompile(`\./(file\?n=\d+)`).ReplaceAllString(regexp.MustCompile(`\./file\?n=\d+`).FindString(page.body), "/$1"))
	require.Equal(t, 200, file.code)
	require.Equal(t, "lines", file.body)
	require.Equal(t, "application/octet-stream", file.header.Get("Content-Type"))
	require.Contains(t, file.header.Get("Content-Disposition"), "attachment")
	require.Contains(t, file.header.Get("Content-Security-Policy"), "sandbox")

	bye := other.post("/logout", sent{name: "token", value: page.token()})
	require.Equal(t, 303, bye.code)
	require.Equal(t, `"cache", "cookies", "storage"`, bye.header.Get("Clear-Site-Data"))
	require.Equal(t, 403, other.get("/case").code)
	require.Empty(t, s.errs)
}

func TestErrorsKeepTheText(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	parts := b.fill(sent{"files", "a.txt", "text"}, sent{name: "email", value: "no address"}, sent{name: "date", value: "2020-01-01"})
	parts[2].value = ""
	page := b.post("/", parts...)
	require.Equal(t, 422, page.code)
	require.Contains(t, page.body, `role="alert"`)
	for _, f := range []string{"product", "email", "date", "files"} {
		require.Contains(t, page.body, `<a href="#f-`+f+`">`)
		require.Contains(t, page.body, `id="f-`+f+`"`)
	}
	require.Contains(t, page.body, "It overflows.")
	require.Contains(t, page.body, "no address")
	require.Empty(t, s.cases())
	require.Zero(t, s.stored())
	// What is mended goes through.
	s.pass(time.Minute)
	page = b.post("/", sent{name: "token", value: page.token()}, sent{name: "product", value: "x"}, sent{name: "description", value: "y"})
	require.NotEmpty(t, page.receipt())
}

func TestTheSameFormTwiceIsOneReport(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	parts := b.fill(sent{"files", "poc.txt", "run it"})
	var wg sync.WaitGroup
	receipts := make([]string, 8)
	for i := range receipts {
		wg.Add(1)
		go func() {
			defer wg.Done()
			typ, body := multi(parts...)
			r := httptest.NewRequest("POST", "https://psirt.example/", body)
			r.Header.Set("Content-Type", typ)
			w := httptest.NewRecorder()
			s.portal.ServeHTTP(w, r)
			receipts[i] = answer{body: w.Body.String()}.receipt()
		}()
	}
	wg.Wait()
	for _, r := range receipts {
		require.Equal(t, receipts[0], r)
	}
	require.Len(t, s.cases(), 1)
	require.Equal(t, 1, s.stored(), "the files of the others are gone")
	require.Contains(t, b.enter(receipts[0]).text(), "poc.txt")

	// Other content under the same nonce is another report.
	parts[3].value = "It underflows."
	page := b.post("/", parts...)
	require.NotEmpty(t, page.receipt())
	require.NotEqual(t, receipts[0], page.receipt())
	require.Len(t, s.cases(), 2)
}

func TestAReplyTwiceIsOneMessage(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	page := b.enter(b.report())
	for range 2 {
		a := b.post("/reply", sent{name: "token", value: page.token()}, sent{name: "reply", value: "once"}, sent{"files", "f", "x"})
		require.Equal(t, 303, a.code)
	}
	require.Len(t, s.cases()[0].Messages, 1)
	require.Equal(t, 1, s.stored())
}

func TestAnEndedSessionKeepsTheReply(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	receipt := b.report()
	page := b.enter(receipt)
	s.pass(32 * time.Minute)
	kept := b.post("/reply", sent{name: "token", value: page.token()}, sent{name: "reply", value: "a long text"}, sent{"files", "f", "x"})
	require.Equal(t, 403, kept.code)
	require.Contains(t, kept.body, "a long text")
	require.Contains(t, kept.body, `name="receipt"`)
	require.Contains(t, kept.body, `href="#f-receipt"`)
	require.Contains(t, kept.body, `href="#f-files"`)
	require.Zero(t, s.stored())
	a := b.post("/reply", sent{name: "token", value: kept.token()}, sent{name: "receipt", value: receipt}, sent{name: "reply", value: "a long text"})
	require.Equal(t, 303, a.code, a.body)
	require.Contains(t, b.get("/case").text(), "a long text")
}

func TestAReplyGoesNowhereElse(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	first, second := b.report(), b.report(sent{name: "impact", value: "another"})
	page := b.enter(first)
	b.enter(second) // in another tab of the same browser
	kept := b.post("/reply", sent{name: "token", value: page.token()}, sent{name: "reply", value: "for the first"})
	require.Equal(t, 403, kept.code)
	require.Contains(t, kept.body, "for the first")
	for _, c := range s.cases() {
		require.Empty(t, c.Messages)
	}
	a := b.post("/reply", sent{name: "token", value: kept.token()}, sent{name: "receipt", value: first}, sent{name: "reply", value: "for the first"})
	require.Equal(t, 303, a.code)
	require.Contains(t, b.get("/case").text(), "for the first")
}

func TestAnExpiredTokenKeepsTheText(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	parts := b.fill()
	s.pass(24 * time.Hour)
	page := b.post("/", parts...)
	require.Equal(t, 422, page.code)
	require.Contains(t, page.body, "It overflows.")
	require.Empty(t, s.cases())
	parts[0].value = page.token()
	require.NotEmpty(t, b.post("/", parts...).receipt())
}

func TestTooLargeKeepsTheText(t *testing.T) {
	s := newSite(t, func(c *portal.Config) { c.Limits.Upload = 1 << 20; c.Limits.Text = 64 << 10 })
	b := s.browser()
	page := b.post("/", b.fill(sent{"files", "big", strings.Repeat("x", 2<<20)}, sent{name: "email", value: "rita@finder.example"})...)
	require.Equal(t, 413, page.code)
	require.Contains(t, page.body, "It overflows.")
	require.Contains(t, page.body, "rita@finder.example", "what stands behind the files is kept too")
	require.Contains(t, page.body, `href="#f-files"`)
	require.Empty(t, s.cases())
	require.Zero(t, s.stored())
	// Beyond what is read and thrown away, what was read is kept.
	page = b.post("/", b.fill(sent{"files", "big", strings.Repeat("x", 8<<20)})...)
	require.Equal(t, 413, page.code)
	require.Contains(t, page.body, "It overflows.")
	require.Empty(t, s.cases())
}

func TestABrokenUploadLeavesNothing(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	typ, body := multi(b.fill(sent{"files", "one", "whole"}, sent{"files", "two", strings.Repeat("x", 1<<20)})...)
	cut := io.MultiReader(io.LimitReader(body, int64(body.Len()-1000)), broken{})
	page := b.postBody("/", typ, cut)
	require.Equal(t, 400, page.code)
	require.Empty(t, page.receipt())
	require.Empty(t, s.cases())
	require.Zero(t, s.stored())
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestLinksWorkUnderAnyPrefix(t *testing.T) {
	s := newSite(t)
	mux := http.NewServeMux()
	mux.Handle("/a/report/", http.StripPrefix("/a/report", s.portal))
	srv := httptest.NewTLSServer(mux)
	defer srv.Close()
	resp, err := srv.Client().Get(srv.URL + "/a/report/")
	require.NoError(t, err)
	page, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	resp.Body.Close()
	require.NotContains(t, string(page), `href="/`)
	require.NotContains(t, string(page), `action="/`)
	base, _ := url.Parse(srv.URL + "/a/report/")
	for _, m := range regexp.MustCompile(`href="([^"#]+)"`).FindAllStringSubmatch(string(page), -1) {
		u, err := base.Parse(html.UnescapeString(m[1]))
		require.NoError(t, err)
		resp, err := srv.Client().Get(u.String())
		require.NoError(t, err)
		resp.Body.Close()
		require.Equal(t, 200, resp.StatusCode, u)
	}
}

func TestThePageSaysWhereItIs(t *testing.T) {
	b := newSite(t).browser()
	require.Contains(t, b.get("/").body, `href="./" aria-current="page"`)
	require.Contains(t, b.get("/open").body, `href="./open" aria-current="page"`)
	require.NotContains(t, b.get("/nothing").body, `aria-current="page"`)
	require.NotContains(t, b.get("/bye").body, `aria-current="page"`)
}

func TestPolicyPage(t *testing.T) {
	page := "<!DOCTYPE html>\n<html lang=\"en\"><head><title>T</title><style>body{color:teal}</style></head>\n<body>\n<h1>Our policy</h1></body></html>"
	s := newSite(t, func(c *portal.Config) {
		c.PolicyPage = func(context.Context) ([]byte, error) { return []byte(page), nil }
		c.Key, c.SecurityTxt, c.Advisories = "/key.asc", "/.well-known/security.txt", "/advisories/"
	})
	b := s.browser()
	require.Contains(t, b.get("/").body, `href="./policy"`)
	a := b.get("/policy")
	require.Equal(t, 200, a.code)
	for _, want := range []string{"Our policy", `href="./"`, `href="/key.asc"`, `href="/.well-known/security.txt"`, `href="/advisories/"`} {
		require.Contains(t, a.body, want)
	}
	require.Contains(t, a.header.Get("Content-Security-Policy"), "style-src 'self' 'sha256-W4GPTJJ9EL65bjtVBCgE2eAsaF/b3QW6diIh4IkwDY0='")
	require.NotContains(t, a.header.Get("Content-Security-Policy"), "unsafe")
	require.Equal(t, 404, newSite(t).browser().get("/policy").code)
}

// A participant that was removed is heard all the same, by the team alone.
func TestARemovedPartyIsStillHeard(t *testing.T) {
	s, id, _, code := admitted(t)
	b := s.browser()
	require.Equal(t, 303, b.openCode(code, "").code)
	page := b.get("/case")
	s.do(id, cvd.RemoveParty{Party: 3, Reason: "sold"})
	a := b.post("/reply", sent{name: "token", value: page.token()}, sent{name: "reply", value: "one more thing"})
	if a.code == 303 {
		c := s.cases()[0]
		require.Equal(t, cvd.PurposeUnverified, c.Messages[len(c.Messages)-1].Purpose)
		return
	}
	require.Contains(t, a.body, "one more thing", "or the text is kept")
}

func ExampleNew() {
	svc, err := service.New(cvd.Config{
		Store: memstore.New(), Blobs: memstore.NewBlobs(time.Now), State: memstore.NewState(),
		Secret: make([]byte, 32), // of real use: random, and kept
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	handler, err := portal.New(portal.Config{
		Service: svc, State: memstore.NewState(), Team: "Example PSIRT",
		Secret: make([]byte, 32), // another one than the Service's
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	mux := http.NewServeMux()
	mux.Handle("/report/", http.StripPrefix("/report", handler))
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, httptest.NewRequest("GET", "https://psirt.example/report/", nil))
	fmt.Println(w.Code, w.Header().Get("Content-Type"), strings.Contains(w.Body.String(), "Send report"))
	// Output: 200 text/html; charset=utf-8 true
}

func TestForwardedSources(t *testing.T) {
	for _, x := range []struct{ header, want string }{
		{"", "192.0.2.1"}, {"198.51.100.1", "198.51.100.1"}, {"6.6.6.6, 198.51.100.1", "198.51.100.1"},
		{"6.6.6.6, ", "192.0.2.1"}, {"2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		if x.header != "" {
			r.Header.Set("X-Forwarded-For", x.header)
		}
		require.Equal(t, x.want, portal.Forwarded(1)(r), x.header)
	}
}
