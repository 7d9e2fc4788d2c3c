package login

import (
	"context"
	"encoding/base64"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd/memstore"
)

// bench is a guarded page and browsers that come to it.
type bench struct {
	t       *testing.T
	now     time.Time
	l       *Login
	users   *Users
	handler http.Handler
	totp    []byte
	seen    []string // who got through, and what they posted
}

const secretWord = "correct horse battery"

func newBench(t *testing.T, change ...func(*Config)) *bench {
	b := &bench{t: t, now: time.Date(1900, 1, 2, 8, 0, 0, 0, time.UTC).AddDate(100, 0, 0)}
	var err error
	b.users, err = OpenUsers(filepath.Join(t.TempDir(), "users.json"))
	require.NoError(t, err)
	key := NewTOTP()
	b.totp, err = parseTOTP(key)
	require.NoError(t, err)
	hashed, err := HashPassword(secretWord)
	require.NoError(t, err)
	require.NoError(t, b.users.Put(User{Name: "rita", Groups: []string{"psirt"}, Password: hashed, TOTP: key}))
	cfg := Config{
		State: memstore.NewState(), Secret: make([]byte, 32), Users: b.users, Now: func() time.Time { return b.now },
		OnError: func(_ context.Context, err error) { t.Error(err) },
	}
	for _, f := range change {
		f(&cfg)
	}
	b.l, err = New(cfg)
	require.NoError(t, err)
	b.handler = b.l.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who, ok := From(r.Context())
		require.True(t, ok)
		note := r.FormValue("note")
		b.seen = append(b.seen, who.Name+" "+strings.Join(who.Groups, ",")+" "+note)
		io.WriteString(w, `<input name="csrf" value="`+Token(r.Context())+`"> hello `+who.Name)
	}))
	return b
}

func (b *bench) digits() string { return hotp(b.totp, uint64(b.now.Unix())/totpStep) }

type browser struct {
	b       *bench
	cookies map[string]string
	from    string // the source
}

func (b *bench) browser() *browser { return &browser{b, map[string]string{}, "192.0.2.1:99"} }

func (x *browser) send(r *http.Request) *httptest.ResponseRecorder {
	r.RemoteAddr = x.from
	for k, v := range x.cookies {
		r.AddCookie(&http.Cookie{Name: k, Value: v})
	}
	w := httptest.NewRecorder()
	x.b.handler.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		require.True(x.b.t, c.HttpOnly && c.Secure && c.SameSite == http.SameSiteStrictMode && strings.HasPrefix(c.Name, "__Host-"), c)
		if c.MaxAge < 0 {
			delete(x.cookies, c.Name)
		} else {
			x.cookies[c.Name] = c.Value
		}
	}
	return w
}

func (x *browser) get(path string) *httptest.ResponseRecorder {
	return x.send(httptest.NewRequest("GET", "https://desk.example"+path, nil))
}

func (x *browser) post(path string, v url.Values) *httptest.ResponseRecorder {
	return x.send(posted(path, v))
}

func posted(path string, v url.Values) *http.Request {
	r := httptest.NewRequest("POST", "https://desk.example"+path, strings.NewReader(v.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r
}

var tokenField = regexp.MustCompile(`name="csrf" value="([^"]+)"`)

func tokenIn(t *testing.T, w *httptest.ResponseRecorder) string {
	m := tokenField.FindStringSubmatch(w.Body.String())
	require.NotNil(t, m, w.Body.String())
	return m[1]
}

func (x *browser) fill() url.Values {
	return url.Values{
		"csrf": {tokenIn(x.b.t, x.get("/login"))}, "name": {"rita"}, "password": {secretWord}, "digits": {x.b.digits()},
	}
}

// in logs rita in.
func (x *browser) in() *browser {
	x.b.now = x.b.now.Add(totpStep * time.Second) // digits work once
	w := x.post("/login", x.fill())
	require.Equal(x.b.t, 303, w.Code, w.Body.String())
	return x
}

func TestLogIn(t *testing.T) {
	b := newBench(t)
	x := b.browser()
	w := x.get("/cases/7?view=all")
	require.Equal(t, 303, w.Code)
	require.Equal(t, "/login?next=%2Fcases%2F7%3Fview%3Dall", w.Header().Get("Location"))
	v := x.fill()
	v.Set("next", "/cases/7?view=all")
	w = x.post("/login", v)
	require.Equal(t, 303, w.Code)
	require.Equal(t, "/cases/7?view=all", w.Header().Get("Location"))
	w = x.get("/cases/7")
	require.Equal(t, 200, w.Code)
	require.Equal(t, "no-store", w.Header().Get("Cache-Control"))
	require.Equal(t, 200, x.post("/cases/7", url.Values{"csrf": {tokenIn(t, w)}, "note": {"hi"}}).Code)
	require.Equal(t, []string{"rita psirt ", "rita psirt hi"}, b.seen)
}

// An ID that was set by somebody else never becomes somebody's session, and the one
// from before a login opens nothing after it.
func TestFixation(t *testing.T) {
	b := newBench(t)
	x := b.browser()
	planted := base64.RawURLEncoding.EncodeToString(make([]byte, 32))
	x.cookies["__Host-cvd-staff"] = planted
	x.in()
	first := x.cookies["__Host-cvd-staff"]
	require.NotEqual(t, planted, first)
	attacker := b.browser()
	attacker.cookies["__Host-cvd-staff"] = planted
	require.Equal(t, 303, attacker.get("/").Code)
	x.in()
	attacker.cookies["__Host-cvd-staff"] = first
	require.Equal(t, 303, attacker.get("/").Code, "the session from before a login still opens")
	require.Equal(t, 200, x.get("/").Code)
}

func TestSessionsEnd(t *testing.T) {
	b := newBench(t)
	x := b.browser().in()
	for range 11 {
		b.now = b.now.Add(50 * time.Minute)
		require.Equal(t, 200, x.get("/").Code, "in use")
	}
	b.now = b.now.Add(62 * time.Minute)
	require.Equal(t, 303, x.get("/").Code, "not used for an hour")
	x.in()
	for range 14 {
		b.now = b.now.Add(50 * time.Minute)
		x.get("/")
	}
	b.now = b.now.Add(21 * time.Minute)
	require.Equal(t, 303, x.get("/").Code, "older than twelve hours")
	x.in()
	require.NoError(t, b.users.Put(User{Name: "rita"})) // no password any more
	require.Equal(t, 303, x.get("/").Code, "what she logged in with is gone")
	keys, err := b.l.cfg.State.List(t.Context(), sessionPrefix, "", 9)
	require.NoError(t, err)
	require.Empty(t, keys)
}

func TestSweep(t *testing.T) {
	b := newBench(t)
	x, y := b.browser().in(), b.browser()
	_, err := b.l.Link(t.Context(), Staff{Name: "vera"})
	require.NoError(t, err)
	b.now = b.now.Add(2 * time.Hour)
	y.in()
	next, err := b.l.Sweep(t.Context(), "", 100)
	require.NoError(t, err)
	require.Empty(t, next)
	keys, err := b.l.cfg.State.List(t.Context(), "login/", "", 99)
	require.NoError(t, err)
	require.Len(t, keys, 2, "a session, and the last digits")
	require.Equal(t, 200, y.get("/").Code)
	require.Equal(t, 303, x.get("/").Code)
}

func TestLogOut(t *testing.T) {
	b := newBench(t)
	x := b.browser().in()
	old := x.cookies["__Host-cvd-staff"]
	require.Equal(t, 303, x.get("/logout").Code)
	require.Equal(t, 200, x.get("/").Code, "a link logs nobody out")
	w := x.post("/logout", nil)
	require.Equal(t, `"cache", "cookies", "storage"`, w.Header().Get("Clear-Site-Data"))
	require.Empty(t, x.cookies)
	require.Contains(t, x.get(w.Header().Get("Location")).Body.String(), "You are logged out")
	x.cookies["__Host-cvd-staff"] = old
	require.Equal(t, 303, x.get("/").Code, "the cookie still opens")
}

func TestLocal(t *testing.T) {
	for _, s := range []string{"/", "/cases/7?view=all&x=%2F", "/a%20b"} {
		require.Equal(t, s, local(s))
	}
	for _, s := range []string{
		"", "x", "//evil.example", "///evil.example", `/\evil.example`, `\\evil.example`, "https://evil.example", "javascript:alert(1)",
		"/\r\nSet-Cookie: a=b", "/\t/evil.example", "/%2f/evil.example", "/%5cevil.example", " /x", "/x y", "/" + strings.Repeat("a", 5000), "/%zz",
	} {
		require.Equal(t, "/", local(s), "%q", s)
	}
}

// No address in next leads to another site, in the answer to a login and on no page.
func TestOpenRedirects(t *testing.T) {
	b := newBench(t)
	for _, next := range []string{"//evil.example", `/\evil.example`, "https://evil.example/", "/\r\nX-Bad: 1"} {
		x := b.browser()
		require.NotContains(t, x.get("/login?next="+url.QueryEscape(next)).Body.String(), "evil")
		b.now = b.now.Add(totpStep * time.Second)
		v := x.fill()
		v.Set("next", next)
		w := x.post("/login", v)
		require.Equal(t, "/", w.Header().Get("Location"))
		require.Empty(t, w.Header().Get("X-Bad"))
	}
	// A path that a browser takes for another host is not bounced to, or asked for.
	r := httptest.NewRequest("GET", "https://desk.example//evil.example/", nil)
	r.URL.Path = "//evil.example/"
	require.NotContains(t, b.browser().send(r).Header().Get("Location"), "evil")
}

func TestCrossSitePosts(t *testing.T) {
	b := newBench(t)
	x := b.browser().in()
	token := tokenIn(t, x.get("/"))
	b.seen = nil
	for _, h := range []http.Header{
		{"Sec-Fetch-Site": {"cross-site"}}, {"Sec-Fetch-Site": {"same-site"}}, {"Origin": {"https://evil.example"}}, {"Origin": {"null"}},
	} {
		for _, path := range []string{"/cases/7", "/logout", "/login"} {
			r := posted(path, url.Values{"csrf": {token}, "note": {"evil"}})
			for k, v := range h {
				r.Header[k] = v
			}
			require.Equal(t, 403, x.send(r).Code, "%s %v", path, h)
		}
	}
	// An old browser sends neither header: without the token of this session nothing is done.
	other := b.browser().in()
	foreign := tokenIn(t, other.get("/"))
	b.seen = nil
	for _, tok := range []string{"", "x", token[:20] + "AAA" + token[23:], foreign} {
		w := x.post("/cases/7", url.Values{"csrf": {tok}, "note": {"evil"}})
		require.GreaterOrEqual(t, w.Code, 400)
	}
	require.Empty(t, b.seen)
	require.Equal(t, 200, x.get("/").Code, "still in")
	b.now = b.now.Add(25 * time.Hour)
	require.False(t, b.l.tokenFits(token, x.cookies["__Host-cvd-staff"]), "a token lasts a day")
}

// Nobody is logged in as somebody else: the form of the login belongs to its browser.
func TestLoginFormOfAnother(t *testing.T) {
	b := newBench(t)
	v := b.browser().fill()
	victim := b.browser()
	require.Equal(t, 403, victim.post("/login", v).Code)
	require.NotContains(t, victim.cookies, "__Host-cvd-staff")
}

func TestFormWithFiles(t *testing.T) {
	b := newBench(t)
	x := b.browser().in()
	send := func(token string) int {
		body := &strings.Builder{}
		m := multipart.NewWriter(body)
		require.NoError(t, m.WriteField("csrf", token))
		f, err := m.CreateFormFile("file", "a.txt")
		require.NoError(t, err)
		io.WriteString(f, strings.Repeat("x", 200<<10))
		require.NoError(t, m.WriteField("note", "with a file"))
		require.NoError(t, m.Close())
		r := httptest.NewRequest("POST", "https://desk.example/cases/7", strings.NewReader(body.String()))
		r.Header.Set("Content-Type", m.FormDataContentType())
		return x.send(r).Code
	}
	token := tokenIn(t, x.get("/"))
	b.seen = nil
	require.Equal(t, 200, send(token))
	require.Equal(t, []string{"rita psirt with a file"}, b.seen)
	require.Equal(t, 403, send("x"))
	require.Len(t, b.seen, 1)
}

// What was typed in a session that has ended is shown again after the login, with a
// button, to the one who typed it only.
func TestNothingTypedIsLost(t *testing.T) {
	b := newBench(t)
	x := b.browser().in()
	token := tokenIn(t, x.get("/"))
	b.now = b.now.Add(3 * time.Hour)
	b.seen = nil
	w := x.post("/cases/7/note", url.Values{"csrf": {token}, "note": {`a "long" <b>text</b>`}})
	require.Equal(t, 401, w.Code)
	page := w.Body.String()
	require.Contains(t, page, "What you wrote is kept")
	hidden := url.Values{}
	for _, m := range regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)">`).FindAllStringSubmatch(page, -1) {
		hidden.Set(m[1], htmlText(m[2]))
	}
	require.Equal(t, `a "long" <b>text</b>`, hidden.Get("f:note"))
	hidden.Set("name", "rita")
	hidden.Set("password", "wrong")
	hidden.Set("digits", "000000")
	w = x.post("/login", hidden)
	require.Equal(t, 403, w.Code)
	require.Contains(t, w.Body.String(), `name="f:note"`, "a wrong password loses the text")
	hidden.Set("password", secretWord)
	hidden.Set("digits", b.digits())
	w = x.post("/login", hidden)
	require.Equal(t, 200, w.Code, w.Body.String())
	require.Contains(t, w.Body.String(), `action="/cases/7/note"`)
	require.Contains(t, w.Body.String(), `a &#34;long&#34; &lt;b&gt;text&lt;/b&gt;`)
	require.Empty(t, b.seen, "it is sent by a button only")
	require.Equal(t, 200, x.post("/cases/7/note", url.Values{"csrf": {tokenIn(t, w)}, "note": {"typed"}}).Code)
	require.Equal(t, []string{"rita psirt typed"}, b.seen)

	// Two tabs: she logged in anew in one, and sends what stands in the other.
	x.in()
	w = x.post("/cases/7/note", url.Values{"csrf": {token}, "note": {"in the other tab"}})
	require.Equal(t, 409, w.Code)
	require.Contains(t, w.Body.String(), "in the other tab")

	// What another site typed is dropped.
	y := b.browser()
	w = y.post("/cases/7/note", url.Values{"csrf": {"x"}, "note": {"evil"}})
	require.Equal(t, 401, w.Code)
	require.NotContains(t, w.Body.String(), "evil")
	b.now = b.now.Add(totpStep * time.Second)
	v := y.fill()
	v.Set("to", "/cases/7/note")
	v.Set("f:note", "evil")
	require.Equal(t, 303, y.post("/login", v).Code)
}

func htmlText(s string) string {
	return strings.NewReplacer("&#34;", `"`, "&lt;", "<", "&gt;", ">", "&amp;", "&").Replace(s)
}

// A link in a mail comes without the Strict cookie, and does not end at the login.
func TestLinksFromElsewhere(t *testing.T) {
	b := newBench(t)
	r := httptest.NewRequest("GET", "https://desk.example/cases/7?a=%22%3E%3Cb", nil)
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	r.Header.Set("Sec-Fetch-Dest", "document")
	w := b.browser().send(r)
	require.Equal(t, 200, w.Code)
	require.Equal(t, "0;url=/cases/7?a=%22%3E%3Cb", w.Header().Get("Refresh"))
	require.Empty(t, b.seen)
}

func TestHosts(t *testing.T) {
	b := newBench(t, func(c *Config) {
		c.Hosts = []string{"desk.example"}
		c.Identify = func(*http.Request) (Staff, error) { return Staff{Name: "trial"}, nil }
	})
	require.Equal(t, 200, b.browser().get("/").Code)
	r := httptest.NewRequest("GET", "http://rebound.example/", nil)
	require.Equal(t, 421, b.browser().send(r).Code)
	require.Len(t, b.seen, 1)
}

// Beside a portal everybody gets through, and it asks who it is.
func TestBeside(t *testing.T) {
	b := newBench(t)
	b.handler = b.l.Beside(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who, err := b.l.Who(r)
		require.NoError(t, err)
		b.seen = append(b.seen, who.Name)
	}))
	x := b.browser()
	require.Equal(t, 200, x.get("/").Code)
	x.in()
	require.Equal(t, 200, x.get("/").Code)
	require.Equal(t, []string{"", "rita"}, b.seen)
}
