package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// patience is for what comes within a second on a machine that does nothing else.
const patience = 3 * time.Minute

// watched collects what a running desk writes.
type watched struct {
	mu   sync.Mutex
	text strings.Builder
}

func (o *watched) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(b)
}

// wait waits for a text, and returns the submatches.
func (o *watched) wait(t *testing.T, text string) []string {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		o.mu.Lock()
		m := regexp.MustCompile(text).FindStringSubmatch(o.text.String())
		o.mu.Unlock()
		if m != nil {
			return m
		}
	}
	require.FailNow(t, "it does not say", "%s:\n%s", text, o.text.String())
	return nil
}

// certified is a desk that gets certificates.
type certified struct {
	acme       *acmeServer
	dir        string
	form, team string // addresses to dial
	plain      string
	says, errs watched
	stop       func()
}

const formName, teamName = "psirt.example", "desk.psirt.example"

// newCertified starts one, in a folder, without waiting for certificates.
func newCertified(t *testing.T, a *acmeServer, dir string, more ...string) *certified {
	t.Helper()
	users := filepath.Join(dir, "users.json")
	if _, err := os.Stat(users); err != nil {
		require.NoError(t, addUser(flags(t, "-users", users, "-add-user", "ana", "-groups", "*"), strings.NewReader("a long pass phrase\n"), io.Discard))
	}
	c := &certified{acme: a, dir: dir}
	o := flags(t, append([]string{"-db", filepath.Join(dir, "cases.db"), "-users", users, "-autocert", "PSIRT.example, " + teamName, "-acme", a.URL + "/dir"}, more...)...)
	o.acmeBy, o.errs = a.Client().Transport, &c.errs
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- run(ctx, &c.says, o) }()
	c.stop = sync.OnceFunc(func() { cancel(); require.NoError(t, <-done) })
	t.Cleanup(func() {
		c.stop()
		if t.Failed() {
			t.Log(c.says.text.String(), c.errs.text.String())
		}
	})
	c.form = "127.0.0.1:" + c.says.wait(t, `reporters is at https://psirt\.example:(\d+)/report/`)[1]
	c.team = "127.0.0.1:" + c.says.wait(t, `team is at https://desk\.psirt\.example:(\d+)/`)[1]
	if o.http != "" {
		c.plain = c.says.wait(t, `Plain HTTP at (\S+) leads there`)[1]
	}
	return c
}

func port(t *testing.T, at string) int {
	_, p, err := net.SplitHostPort(at)
	require.NoError(t, err)
	n, err := strconv.Atoi(p)
	require.NoError(t, err)
	return n
}

// closed is a port at which nothing listens.
func closed(t *testing.T) int {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	return port(t, l.Addr().String())
}

// get fetches a page and returns the certificate that the server has shown too.
func (c *certified) get(t *testing.T, at, address string) (int, string, *x509.Certificate) {
	t.Helper()
	r, err := c.acme.browser(at).Get(address)
	require.NoError(t, err)
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	require.NoError(t, err)
	return r.StatusCode, string(b), r.TLS.PeerCertificates[0]
}

// A desk gets the certificates of its names, refuses other names, and keeps what it has
// got for the next start.
func TestCertificates(t *testing.T) {
	a, dir := newACME(t), t.TempDir()
	c := newCertified(t, a, dir)
	a.ports <- [2]int{closed(t), port(t, c.form)}
	c.says.wait(t, `certificate of psirt\.example is good until 2`)
	c.says.wait(t, `certificate of desk\.psirt\.example is good until 2`)
	code, page, first := c.get(t, c.form, "https://"+formName+"/report/")
	require.Equal(t, http.StatusOK, code)
	require.Contains(t, page, "<form")
	require.Equal(t, []string{formName}, first.DNSNames)
	_, page, cert := c.get(t, c.team, "https://"+teamName+"/login")
	require.Contains(t, page, "password")
	require.Equal(t, []string{teamName}, cert.DNSNames)

	orders := a.count("/order-plz")
	require.Equal(t, 2, orders, "one for each name, however often it is asked for")
	for _, name := range []string{"other.example", "www." + formName, ""} {
		conn, err := tls.Dial("tcp", c.form, &tls.Config{ServerName: name, InsecureSkipVerify: true})
		require.Error(t, err, name)
		require.Nil(t, conn)
	}
	_, err := http.Get("http://" + c.form + "/report/")
	if err == nil {
		r, err := http.Get("http://" + c.form + "/report/")
		require.NoError(t, err)
		require.Equal(t, http.StatusBadRequest, r.StatusCode, "in the clear there is nothing")
		r.Body.Close()
	}
	require.Equal(t, orders, a.count("/order-plz"), "nothing is asked for a name of somebody else")

	kept := filepath.Join(dir, "cases.db.certificates")
	files, err := os.ReadDir(kept)
	require.NoError(t, err)
	require.Len(t, files, 3, "two certificates and the key of the account")
	if runtime.GOOS != "windows" {
		in, err := os.Stat(kept)
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o700), in.Mode().Perm())
		for _, f := range files {
			in, err := f.Info()
			require.NoError(t, err)
			require.Equal(t, os.FileMode(0o600), in.Mode().Perm(), f.Name())
		}
	}
	c.stop()
	require.NotContains(t, c.errs.text.String(), "certificates:")

	asked := a.count("/")
	c = newCertified(t, a, dir)
	c.says.wait(t, `certificate of desk\.psirt\.example is good until 2`)
	_, _, again := c.get(t, c.form, "https://"+formName+"/report/")
	require.Equal(t, first.SerialNumber, again.SerialNumber)
	require.Equal(t, asked, a.count("/"), "the second start asks for nothing")
}

// A certificate that is near its end is used, said, and replaced by a new one.
func TestCertificateIsRenewed(t *testing.T) {
	a, dir := newACME(t), t.TempDir()
	old := nearItsEnd(t, formName)
	file := filepath.Join(dir, "cases.db.certificates", formName)
	require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
	require.NoError(t, os.WriteFile(file, old, 0o600))
	c := newCertified(t, a, dir)
	c.errs.wait(t, `certificate of psirt\.example ends at .* and is not renewed yet`)
	a.ports <- [2]int{closed(t), port(t, c.form)}
	require.Eventually(t, func() bool {
		now, err := os.ReadFile(file)
		return err == nil && string(now) != string(old)
	}, patience, 20*time.Millisecond)
	require.Eventually(t, func() bool {
		r, err := a.browser(c.form).Get("https://" + formName + "/report/") // the old one is of an authority that is not trusted
		if err != nil {
			return false
		}
		r.Body.Close()
		return time.Until(r.TLS.PeerCertificates[0].NotAfter) > 48*time.Hour
	}, patience, 20*time.Millisecond)
}

// nearItsEnd is what the folder holds of a name: a key, and a certificate that is good for
// one day of ninety still.
func nearItsEnd(t *testing.T, name string) []byte {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	now := time.Now()
	cert := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name}, NotBefore: now.AddDate(0, 0, -89), NotAfter: now.AddDate(0, 0, 1)}
	der, err := x509.CreateCertificate(rand.Reader, cert, cert, key.Public(), key)
	require.NoError(t, err)
	secret, err := x509.MarshalECPrivateKey(key)
	require.NoError(t, err)
	return append(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: secret}), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...)
}

// What an ACME server refuses is said with its words, and with what to do. (Pebble refuses
// the names below a refused one too.)
func TestCertificateRefused(t *testing.T) {
	a := newACME(t, formName)
	c := newCertified(t, a, t.TempDir())
	a.ports <- [2]int{closed(t), port(t, c.form)}
	c.errs.wait(t, `desk: certificates: the ACME server 127\.0\.0\.1:\d+ refuses: ".*policy.*" \(urn:ietf:params:acme:error:rejectedIdentifier\)`)
	c.errs.wait(t, `desk: certificates: desk\.psirt\.example has no certificate: .*port 443`)
	_, err := a.browser(c.team).Get("https://" + teamName + "/")
	require.Error(t, err)
}

// A name that leads elsewhere is said with what the ACME server has found there.
func TestNameLeadsElsewhere(t *testing.T) {
	a := newACME(t)
	c := newCertified(t, a, t.TempDir())
	a.ports <- [2]int{closed(t), closed(t)}
	c.errs.wait(t, `has tried tls-alpn-01 for psirt\.example, and says: "Failed to connect to 127\.0\.0\.1:\d+ .*`)
	c.errs.wait(t, `psirt\.example has no certificate`)
}

// Without TLS there is the answer to the ACME server, and the way to https; nothing else.
func TestPlainHTTP(t *testing.T) {
	a := newACME(t)
	c := newCertified(t, a, t.TempDir(), "-http", "127.0.0.1:0")
	a.ports <- [2]int{port(t, c.plain), closed(t)} // only by http-01
	c.says.wait(t, `certificate of psirt\.example is good until 2`)
	ask := func(method, host, path string) *http.Response {
		r, err := http.NewRequest(method, "http://"+host+path, strings.NewReader("description=secret"))
		require.NoError(t, err)
		resp, err := a.browser(c.plain).Do(r)
		require.NoError(t, err)
		b, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		resp.Body.Close()
		require.NotContains(t, string(b), "<form")
		return resp
	}
	r := ask("GET", "PSIRT.example:80", "/report/open?case=1")
	require.Equal(t, http.StatusPermanentRedirect, r.StatusCode)
	require.Equal(t, "https://"+formName+":"+strconv.Itoa(port(t, c.form))+"/report/open?case=1", r.Header.Get("Location"))
	r = ask("GET", teamName, "//evil.example/")
	require.Equal(t, "https://"+teamName+":"+strconv.Itoa(port(t, c.team))+"//evil.example/", r.Header.Get("Location"))
	require.Equal(t, http.StatusMisdirectedRequest, ask("GET", "evil.example", "/").StatusCode)
	require.Equal(t, http.StatusForbidden, ask("POST", formName, "/report/").StatusCode)
	require.Equal(t, http.StatusForbidden, ask("GET", "evil.example", "/.well-known/acme-challenge/x").StatusCode)
	require.Equal(t, http.StatusNotFound, ask("GET", formName, "/.well-known/acme-challenge/x").StatusCode)
}

// An ACME server that is not there, or is broken, is said so.
func TestACMEServerIsBroken(t *testing.T) {
	for name, x := range map[string]struct {
		answer func(http.ResponseWriter)
		says   string
	}{
		"broken": {func(w http.ResponseWriter) { w.WriteHeader(http.StatusNotImplemented) }, `answers 501 Not Implemented`},
		"too often": {func(w http.ResponseWriter) {
			w.Header().Set("Retry-After", "7200")
			w.WriteHeader(http.StatusTooManyRequests)
		}, `answers 429 Too Many Requests`},
		"no directory": {func(w http.ResponseWriter) { _, _ = io.WriteString(w, "<html>") }, `psirt\.example has no certificate`},
		"hangs up":     {func(http.ResponseWriter) { panic(http.ErrAbortHandler) }, `cannot be reached`},
	} {
		t.Run(name, func(t *testing.T) {
			a := &acmeServer{Server: httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { x.answer(w) }))}
			t.Cleanup(a.Close)
			c := newCertified(t, a, t.TempDir())
			c.errs.wait(t, x.says)
			c.errs.wait(t, `psirt\.example has no certificate`)
		})
	}
}

// Where certificates cannot be kept the desk does not start: each start would ask for new
// ones.
func TestCertificatesAreKept(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "cases.db.certificates"), nil, 0o600))
	_, err := open(t.Context(), flags(t, "-db", filepath.Join(dir, "cases.db"), "-autocert", formName))
	require.ErrorContains(t, err, "cannot be written")
}
