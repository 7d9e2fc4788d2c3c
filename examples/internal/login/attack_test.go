package login

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"

	"github.com/stretchr/testify/require"
)

// The test values of RFC 6238 appendix B, cut to six digits.
func TestTOTP(t *testing.T) {
	key := []byte("12345678901234567890")
	for at, want := range map[int64]string{59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037", 20000000000: "353130"} {
		require.Equal(t, want, hotp(key, uint64(at)/totpStep))
		for _, d := range []int64{-30, 0, 30} {
			step, ok := CheckTOTP(key, want[:3]+" "+want[3:], time.Unix(at+d, 0))
			require.True(t, ok)
			require.Equal(t, uint64(at)/totpStep, step)
		}
		_, ok := CheckTOTP(key, want, time.Unix(at+60, 0))
		require.False(t, ok)
		_, ok = CheckTOTP(key, "", time.Unix(at, 0))
		require.False(t, ok)
	}
	require.Equal(t, "otpauth://totp/Desk:rita?issuer=Desk&secret=ABC", TOTPAddress("Desk", "rita", "ABC"))
}

// Digits that somebody saw being typed open nothing, also not in another process.
func TestDigitsWorkOnce(t *testing.T) {
	b := newBench(t)
	x, y := b.browser(), b.browser()
	v, w := x.fill(), y.fill()
	require.Equal(t, 303, x.post("/login", v).Code)
	require.Equal(t, 403, y.post("/login", w).Code)
	b.now = b.now.Add(totpStep * time.Second)
	w.Set("digits", hotp(b.totp, uint64(b.now.Unix())/totpStep-1))
	require.Equal(t, 403, y.post("/login", w).Code, "the step before is spent too")
	w.Set("digits", b.digits())
	require.Equal(t, 303, y.post("/login", w).Code)
}

// Whether the name, the password or the digits are wrong: one status, one page, one
// cost (every attempt hashes once; see verify).
func TestEnumeration(t *testing.T) {
	b := newBench(t, func(c *Config) { c.Tries = 100 })
	require.NoError(t, b.users.Put(User{Name: "cert-only", Certificates: []string{strings.Repeat("ab", 32)}}))
	var pages []string
	for _, c := range []struct{ name, password, digits string }{
		{"rita", "wrong password", "000000"}, {"rita", secretWord, "000000"}, {"rita", "wrong password", b.digits()},
		{"nobody", secretWord, "000000"}, {"nobody", "", ""}, {"cert-only", secretWord, "000000"}, {"", "", ""},
	} {
		x := b.browser()
		v := x.fill()
		v.Set("name", c.name)
		v.Set("password", c.password)
		v.Set("digits", c.digits)
		w := x.post("/login", v)
		require.Equal(t, 403, w.Code)
		page := tokenField.ReplaceAllString(w.Body.String(), "")
		page = strings.Replace(page, `value="`+c.name+`"`, `value=""`, 1)
		require.NotContains(t, page, secretWord)
		pages = append(pages, page)
	}
	for _, p := range pages[1:] {
		require.Equal(t, pages[0], p)
	}
	// Hashes of another strength, by which time would tell, are not taken.
	for _, h := range []string{"x", "$argon2id$v=19$m=1024,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAA", strings.Replace(nobody, "t=2", "t=3", 1), strings.TrimSuffix(nobody, "AAAA")} {
		require.Error(t, b.users.Put(User{Name: "other", Password: h, TOTP: NewTOTP()}))
	}
	require.Error(t, b.users.Put(User{Name: "other", Password: nobody}), "no second factor")
	require.Error(t, b.users.Put(User{Name: "a\r\nb"}))
}

func BenchmarkWrongName(b *testing.B)     { benchWrong(b, "nobody") }
func BenchmarkWrongPassword(b *testing.B) { benchWrong(b, "rita") }

func benchWrong(b *testing.B, name string) {
	hashed, err := HashPassword(secretWord)
	require.NoError(b, err)
	u := &Users{path: b.TempDir() + "/users.json"}
	require.NoError(b, u.Put(User{Name: "rita", Password: hashed, TOTP: NewTOTP()}))
	l := &Login{cfg: Config{Users: u, Now: time.Now}, work: make(chan struct{}, 1)}
	for b.Loop() {
		if _, ok, err := l.verify(context.Background(), name, "a wrong password", "000000"); ok || err != nil {
			b.Fatal(ok, err)
		}
	}
}

// One source's attempts end, and nobody else's with them.
func TestGuessing(t *testing.T) {
	b := newBench(t)
	x := b.browser()
	v := x.fill()
	v.Set("password", "wrong password")
	for range 8 {
		require.Equal(t, 403, x.post("/login", v).Code)
	}
	v.Set("password", secretWord)
	w := x.post("/login", v)
	require.Equal(t, 429, w.Code, "also the right password waits, or guessing would go on")
	require.NotEmpty(t, w.Header().Get("Retry-After"))
	other := b.browser()
	other.from = "198.51.100.7:99"
	other.in()
	require.Equal(t, 200, other.get("/").Code, "rita herself is locked out by others")
	b.now = b.now.Add(time.Minute)
	v.Set("digits", b.digits())
	require.Equal(t, 303, x.post("/login", v).Code)
}

// Many guesses at once gain nothing over one after the other.
func TestParallelGuesses(t *testing.T) {
	l := newLimiter(8, time.Minute)
	now := time.Unix(0, 0)
	var wg sync.WaitGroup
	var mu sync.Mutex
	passed := 0
	for range 100 {
		wg.Go(func() {
			if l.take("a", now) == 0 {
				mu.Lock()
				passed++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	require.Equal(t, 8, passed)
}

func TestLimiterMemory(t *testing.T) {
	l := newLimiter(8, time.Minute)
	for i := range 2*maxSources + 10 {
		require.Zero(t, l.take(fmt.Sprint(i), time.Unix(0, 0)))
	}
	require.LessOrEqual(t, len(l.full), maxSources)
}

// A scanner that follows the link spends nothing; a button does, once, in time.
func TestLink(t *testing.T) {
	b := newBench(t)
	path, err := b.l.Link(t.Context(), Staff{Name: "vera", Groups: []string{"lead"}})
	require.NoError(t, err)
	scanner, x, y := b.browser(), b.browser(), b.browser()
	for range 3 {
		require.Equal(t, 200, scanner.get(path).Code)
	}
	u, err := url.Parse(path)
	require.NoError(t, err)
	once := u.Query().Get("once")
	send := func(x *browser) *httptest.ResponseRecorder {
		return x.post("/login/link", url.Values{"csrf": {tokenIn(t, x.get(path))}, "once": {once}})
	}
	require.Equal(t, 403, x.post("/login/link", url.Values{"once": {once}}).Code, "without the form's token")
	require.Equal(t, 303, send(x).Code)
	require.Equal(t, 200, x.get("/").Code)
	require.Equal(t, []string{"vera lead "}, b.seen)
	require.Equal(t, 403, send(y).Code, "twice")
	path, err = b.l.Link(t.Context(), Staff{Name: "vera"})
	require.NoError(t, err)
	u, _ = url.Parse(path)
	once = u.Query().Get("once")
	b.now = b.now.Add(16 * time.Minute)
	require.Equal(t, 403, send(y).Code, "late")
}

// What State keeps opens nothing to who reads it.
func TestWhatIsStored(t *testing.T) {
	b := newBench(t)
	x := b.browser().in()
	path, err := b.l.Link(t.Context(), Staff{Name: "vera"})
	require.NoError(t, err)
	keys, err := b.l.cfg.State.List(t.Context(), "", "", 100)
	require.NoError(t, err)
	require.Len(t, keys, 3)
	for _, k := range keys {
		v, _, err := b.l.cfg.State.Get(t.Context(), k)
		require.NoError(t, err)
		for _, secret := range []string{x.cookies["__Host-cvd-staff"], strings.TrimPrefix(path, "/login/link?once="), secretWord} {
			require.NotContains(t, k+string(v), secret)
		}
	}
}

func TestCertificate(t *testing.T) {
	b := newBench(t)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	make := func(serial int64) *x509.Certificate {
		c := &x509.Certificate{SerialNumber: big.NewInt(serial), NotBefore: b.now.Add(-time.Hour), NotAfter: b.now.Add(time.Hour)}
		raw, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
		require.NoError(t, err)
		c, err = x509.ParseCertificate(raw)
		require.NoError(t, err)
		return c
	}
	hers, other := make(1), make(2)
	sum := sha256.Sum256(hers.Raw)
	require.NoError(t, b.users.Put(User{Name: "vera", Groups: []string{"lead"}, Certificates: []string{hex.EncodeToString(sum[:])}}))
	b.l.cfg.Identify = b.users.Certificate(b.l.cfg.Now)
	x := b.browser()
	ask := func(method string, c *x509.Certificate, token string) int {
		r := httptest.NewRequest(method, "https://desk.example/", nil)
		r.Header.Set("X-CSRF-Token", token)
		r.TLS = &tls.ConnectionState{}
		if c != nil {
			r.TLS.PeerCertificates = []*x509.Certificate{c}
		}
		return x.send(r).Code
	}
	require.Equal(t, 303, ask("GET", nil, ""))
	require.Equal(t, 303, ask("GET", other, ""))
	require.Equal(t, 200, ask("GET", hers, ""))
	require.Equal(t, []string{"vera lead "}, b.seen)
	// A certificate goes with every request, also one that another site makes.
	require.Equal(t, 403, ask("POST", hers, ""))
	require.Equal(t, 200, ask("POST", hers, b.l.token("identity vera", "vera")))
	b.now = b.now.Add(2 * time.Hour)
	require.Equal(t, 303, ask("GET", hers, ""), "it has ended")
}

// A way of the host ends in Enter, and says at each request whether it still holds.
func TestWay(t *testing.T) {
	var l *Login
	still := true
	b := newBench(t, func(c *Config) {
		c.Users = nil
		c.Ways = []Way{{
			Name: "oidc", Label: "Log in with Example",
			Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				require.Equal(t, "/callback", r.URL.Path)
				require.NoError(t, l.Enter(w, r, "oidc", Staff{Name: "vera"}, r.URL.Query().Get("next")))
			}),
			Still: func(context.Context, Staff) (Staff, bool, error) { return Staff{"vera", []string{"new"}}, still, nil },
		}}
	})
	l = b.l
	x := b.browser()
	require.Contains(t, x.get("/login").Body.String(), `href="/login/oidc/?next=%2f"`)
	require.Equal(t, 404, x.get("/login/other/").Code)
	w := x.get("/login/oidc/callback?next=//evil.example")
	require.Equal(t, "/", w.Header().Get("Location"))
	require.Equal(t, 200, x.get("/").Code)
	require.Equal(t, []string{"vera new "}, b.seen)
	still = false
	require.Equal(t, 303, x.get("/").Code)
}

// Script in a name or in what was typed stays text.
func TestScript(t *testing.T) {
	b := newBench(t)
	x := b.browser()
	v := x.fill()
	v.Set("name", `"><script>alert(1)</script>`)
	v.Set("f:<script>", "</textarea><script>")
	v.Set("to", "/x")
	w := x.post("/login", v)
	require.NotContains(t, w.Body.String(), "<script")
	require.Contains(t, w.Header().Get("Content-Security-Policy"), "default-src 'none'")
}
