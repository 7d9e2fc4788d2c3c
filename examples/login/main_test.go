package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/examples/internal/login"
)

// The walks through the pages, with a passkey that a virtual authenticator holds, are
// in tests/browser/login.test.mjs. Here is what no browser does.

func TestAdd(t *testing.T) {
	o := options{db: filepath.Join(t.TempDir(), "login.db"), add: "rita"}
	var out bytes.Buffer
	require.NoError(t, run(t.Context(), &out, o))
	require.Regexp(t, `password: \w{26}\nauthenticator: otpauth://totp/Example%20PSIRT:rita\?issuer=Example%20PSIRT&secret=[A-Z2-7]{32}\n`, out.String())
	o.add, o.certificate = "", "rita=nowhere.pem"
	require.Error(t, run(t.Context(), &out, o))
}

// page is a host with a browser that keeps cookies.
type page struct {
	t    *testing.T
	h    *host
	in   *login.Users
	jar  map[string]string
	host string
}

func newPage(t *testing.T) *page {
	o := options{db: filepath.Join(t.TempDir(), "login.db")}
	users, err := login.OpenUsers(o.db + ".users.json")
	require.NoError(t, err)
	h, err := open(t.Context(), o, users, "http://localhost:8080")
	require.NoError(t, err)
	t.Cleanup(h.close)
	return &page{t, h, users, map[string]string{}, "localhost:8080"}
}

func (p *page) do(method, path, kind, body string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "http://"+p.host+path, strings.NewReader(body))
	r.Header.Set("Content-Type", kind)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	for k, v := range p.jar {
		r.AddCookie(&http.Cookie{Name: k, Value: v})
	}
	w := httptest.NewRecorder()
	p.h.handler.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		p.jar[c.Name] = c.Value
	}
	return w
}

// A challenge works once and in its own browser; what is no answer of a passkey logs
// nobody in; other sites get nowhere.
func TestPasskeysRefuse(t *testing.T) {
	p := newPage(t)
	forged := `{"id":"AAAA","rawId":"AAAA","type":"public-key","response":{"clientDataJSON":"e30","authenticatorData":"AAAA","signature":"AAAA","userHandle":"AAAA"}}`
	finish := func() int {
		return p.do("POST", "/login/passkey/finish?next=//evil.example", "application/json", forged).Code
	}
	require.Equal(t, 403, finish(), "no challenge was asked for")
	w := p.do("POST", "/login/passkey/begin", "application/json", "{}")
	require.Equal(t, 200, w.Code, w.Body.String())
	require.Contains(t, w.Body.String(), `"userVerification":"required"`)
	require.NotContains(t, w.Body.String(), "allowCredentials", "it tells who has a passkey")
	require.Equal(t, 403, finish())
	require.Equal(t, 403, finish(), "the challenge is gone")
	for name := range p.jar {
		require.NotContains(t, name, "staff", "somebody is logged in")
	}
	require.Equal(t, 403, p.do("POST", "/login/passkey/begin", "application/json", "{}", "Origin", "https://evil.example").Code)
	require.Equal(t, 303, p.do("GET", "/account/", "", "").Code)
	require.Equal(t, 401, p.do("POST", "/account/begin", "application/json", "{}").Code)
}

// Adding and removing passkeys needs the token of the account's page.
func TestAccountFormsNeedTheirToken(t *testing.T) {
	p := newPage(t)
	key, word := login.NewTOTP(), "correct horse battery"
	hashed, err := login.HashPassword(word)
	require.NoError(t, err)
	require.NoError(t, p.in.Put(login.User{Name: "rita", Password: hashed, TOTP: key}))
	token := regexp.MustCompile(`name="csrf" value="([^"]+)"`)
	form := p.do("GET", "/login", "", "").Body.String()
	digits, err := login.Digits(key, time.Now())
	require.NoError(t, err)
	w := p.do("POST", "/login", "application/x-www-form-urlencoded", url.Values{
		"csrf": {token.FindStringSubmatch(form)[1]}, "name": {"rita"}, "password": {word}, "digits": {digits}, "next": {"/account/"},
	}.Encode())
	require.Equal(t, "/account/", w.Header().Get("Location"), w.Body.String())
	w = p.do("GET", "/account/", "", "")
	require.Contains(t, w.Body.String(), "logged in as rita")
	require.Equal(t, 403, p.do("POST", "/account/begin", "application/json", "{}").Code)
	sent := regexp.MustCompile(`data-token="([^"]+)"`).FindStringSubmatch(w.Body.String())[1]
	w = p.do("POST", "/account/begin", "application/json", "{}", "X-CSRF-Token", sent)
	require.Equal(t, 200, w.Code)
	require.NotContains(t, w.Body.String(), "account:rita")
}
