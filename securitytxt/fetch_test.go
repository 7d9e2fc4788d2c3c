package securitytxt

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A site is a TLS server on the loopback, known as example.com, with one handler
// for each path.
type site struct {
	*httptest.Server
	mux  *http.ServeMux
	port string
	mu   sync.Mutex
	seen []string
}

func newSite(t *testing.T, files map[string]http.HandlerFunc) *site {
	t.Helper()
	s := &site{mux: http.NewServeMux()}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.seen = append(s.seen, r.URL.Path)
		s.mu.Unlock()
		s.mux.ServeHTTP(w, r)
	}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0) // refused handshakes are what tests want
	s.StartTLS()
	t.Cleanup(s.Close)
	for path, h := range files {
		s.mux.HandleFunc(path, h)
	}
	_, s.port, _ = net.SplitHostPort(s.Listener.Addr().String())
	return s
}

func (s *site) host() string { return "example.com:" + s.port }

// fetcher resolves every name to the loopback and admits the site's own socket.
func (s *site) fetcher() *Fetcher {
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	own := netip.MustParseAddrPort(s.Listener.Addr().String())
	return &Fetcher{
		Now: clockAt(now).Now, RootCAs: roots, Timeout: 5 * time.Second,
		Resolve:     func(context.Context, string) ([]netip.Addr, error) { return []netip.Addr{own.Addr()}, nil },
		UnsafeAllow: func(a netip.AddrPort) bool { return a == own },
	}
}

// file answers with a body and, unless it is "-", a Content-Type.
func file(body string, media ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		kind := "text/plain; charset=utf-8"
		if len(media) > 0 {
			kind = media[0]
		}
		w.Header().Set("Content-Type", kind)
		if kind == "-" {
			w.Header()["Content-Type"] = nil
		}
		_, _ = w.Write([]byte(body))
	}
}

func redirect(to string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Location", to); w.WriteHeader(302) }
}

func TestFetch(t *testing.T) {
	s := newSite(t, map[string]http.HandlerFunc{WellKnownPath: file(base), TopLevelPath: file(with("X: other"))})
	f := s.fetcher()
	out, err := f.Fetch(t.Context(), strings.ToUpper(s.host()))
	require.NoError(t, err)
	require.Equal(t, s.host(), out.Host)
	require.Equal(t, "https://"+s.host()+WellKnownPath, out.URL)
	require.Equal(t, []Attempt{{Hops: []string{out.URL}, Status: 200}}, out.Attempts)
	require.Equal(t, base, string(out.Document.Bytes()), "well-known wins")
	require.Equal(t, []Code{CodeNotSigned}, codes(out.Findings))
	require.Equal(t, []string{WellKnownPath}, s.seen)

	f.CompareTopLevel = true
	out, err = f.Fetch(t.Context(), s.host())
	require.NoError(t, err)
	require.Len(t, out.Attempts, 2)
	wantCode(t, out.Findings, CodeTopLevelDiffers)
}

func TestFetchSameAtTheTop(t *testing.T) {
	s := newSite(t, map[string]http.HandlerFunc{WellKnownPath: file(base), TopLevelPath: redirect(WellKnownPath)})
	f := s.fetcher()
	f.CompareTopLevel = true
	out, err := f.Fetch(t.Context(), s.host())
	require.NoError(t, err)
	require.Len(t, out.Attempts[1].Hops, 2)
	require.Equal(t, []Code{CodeNotSigned}, codes(out.Findings))
}

func TestFetchTopLevelOnly(t *testing.T) {
	s := newSite(t, map[string]http.HandlerFunc{TopLevelPath: file(base)})
	out, err := s.fetcher().Fetch(t.Context(), s.host())
	require.NoError(t, err)
	require.NotNil(t, out.Document)
	require.Equal(t, []string{WellKnownPath, TopLevelPath}, s.seen)
	require.Equal(t, 404, out.Attempts[0].Status)
	wantCode(t, out.Findings, CodeLocation)
}

func TestFetchNothing(t *testing.T) {
	html := "<!DOCTYPE html><title>Not found</title><p>Contact: us\n"
	for name, files := range map[string]map[string]http.HandlerFunc{
		"404":                     {},
		"soft 404":                {"/": file(html, "text/html")},
		"soft 404 as plain text":  {"/": file("<html><title>x</title>\n")},
		"soft 404 of the contact": {"/": file("<html>\nContact: us\n", "text/html")},
		"soft 404 with a frame":   {"/": file("loading\n", "application/javascript")},
		"soft 404, large":         {"/": file(html+strings.Repeat("<br>\n", 20_000), "text/html")},
		"large 404": {"/": func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(404)
			file(strings.Repeat(html, 2000))(w, r)
		}},
		"410":                     {"/": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(410) }},
		"soft 404 after redirect": {WellKnownPath: redirect("/home"), "/home": file(html, "text/html; charset=utf-8"), "/": file(html, "text/html")},
	} {
		s := newSite(t, files)
		out, err := s.fetcher().Fetch(t.Context(), s.host())
		require.NoError(t, err, name)
		require.Nil(t, out.Document, name)
		require.Len(t, out.Attempts, 2, name)
		require.Equal(t, strings.HasPrefix(name, "soft"), out.Attempts[0].Soft404, name)
		wantCode(t, out.Findings, CodeNoSecurityTxt)
		require.Len(t, out.Findings, 1, name)
	}
	// A page in HTML that was meant as a file is judged as one.
	s := newSite(t, map[string]http.HandlerFunc{WellKnownPath: file(base, "text/html")})
	out, err := s.fetcher().Fetch(t.Context(), s.host())
	require.NoError(t, err)
	wantCode(t, out.Findings, CodeInvalidMedia)
	// A file without a field is a bad file, not another page.
	s = newSite(t, map[string]http.HandlerFunc{WellKnownPath: file("# soon\n")})
	out, err = s.fetcher().Fetch(t.Context(), s.host())
	require.NoError(t, err)
	require.NotNil(t, out.Document)
	noCode(t, out.Findings, CodeNoSecurityTxt)
	wantCode(t, out.Findings, CodeNoContact)
}

// A host that cannot answer now has not said that there is no file.
func TestFetchUnavailable(t *testing.T) {
	for _, status := range []int{204, 304, 400, 401, 402, 403, 405, 406, 408, 418, 421, 425, 429, 451, 500, 501, 503} {
		s := newSite(t, map[string]http.HandlerFunc{
			WellKnownPath: func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }, TopLevelPath: file(base)})
		out, err := s.fetcher().Fetch(t.Context(), s.host())
		require.Error(t, err)
		require.Nil(t, out.Document)
		require.Equal(t, status, out.Attempts[0].Status)
		noCode(t, out.Findings, CodeNoSecurityTxt)
		require.Equal(t, []string{WellKnownPath}, s.seen)
	}
}

func TestFetchMedia(t *testing.T) {
	for media, want := range map[string]Code{
		"text/plain; charset=utf-8":     "",
		"Text/Plain; Charset=\"UTF-8\"": "",
		"-":                             CodeNoContentType,
		"text/plain":                    CodeNoCharset,
		"text/html; charset=utf-8":      CodeInvalidMedia,
		"nonsense;;":                    CodeInvalidMedia,
		"text/plain; charset=latin1":    CodeInvalidCharset,
	} {
		s := newSite(t, map[string]http.HandlerFunc{WellKnownPath: file(base, media)})
		out, err := s.fetcher().Fetch(t.Context(), s.host())
		require.NoError(t, err, media)
		require.NotNil(t, out.Document, media)
		if want == "" {
			require.Equal(t, []Code{CodeNotSigned}, codes(out.Findings), media)
		} else {
			wantCode(t, out.Findings, want)
		}
	}
}

func TestFetchRedirects(t *testing.T) {
	s := newSite(t, map[string]http.HandlerFunc{
		WellKnownPath: redirect("/1"), "/1": redirect("/2"), "/2": file(with("Canonical: https://example.org/.well-known/security.txt")),
	})
	base := "https://" + s.host()
	out, err := s.fetcher().Fetch(t.Context(), s.host())
	require.NoError(t, err)
	require.Equal(t, []string{base + WellKnownPath, base + "/1", base + "/2"}, out.Attempts[0].Hops)
	require.Equal(t, base+"/2", out.URL)
	wantCode(t, out.Findings, CodeNoCanonicalMatch)
	noCode(t, out.Findings, CodeCrossHostRedirect)

	f := s.fetcher()
	f.MaxRedirects = 1
	out, err = f.Fetch(t.Context(), s.host())
	require.Error(t, err)
	require.Nil(t, out.Document)
	wantCode(t, out.Findings, CodeTooManyRedirects)
	f.MaxRedirects = -1
	out, err = f.Fetch(t.Context(), s.host())
	require.Error(t, err)
	require.Equal(t, []string{WellKnownPath, "/1", "/2", WellKnownPath, "/1", WellKnownPath}, s.seen)
	require.Len(t, out.Attempts, 1, "a broken retrieval does not fall back")
}

// The file at either end of a chain may name itself.
func TestFetchCanonicalOfEitherEnd(t *testing.T) {
	var s *site
	files := map[string]http.HandlerFunc{WellKnownPath: redirect("/real")}
	s = newSite(t, files)
	for _, path := range []string{WellKnownPath, "/real"} {
		own := newSite(t, map[string]http.HandlerFunc{WellKnownPath: redirect("/real")})
		own.mux.HandleFunc("/real", file(with("Canonical: https://"+own.host()+path)))
		out, err := own.fetcher().Fetch(t.Context(), own.host())
		require.NoError(t, err)
		noCode(t, out.Findings, CodeNoCanonicalMatch)
	}
	s.mux.HandleFunc("/real", file(with("Canonical: https://"+s.host()+"/middle")))
	out, err := s.fetcher().Fetch(t.Context(), s.host())
	require.NoError(t, err)
	wantCode(t, out.Findings, CodeNoCanonicalMatch)
}

func TestFetchRedirectLoop(t *testing.T) {
	s := newSite(t, map[string]http.HandlerFunc{WellKnownPath: redirect(WellKnownPath)})
	out, err := s.fetcher().Fetch(t.Context(), s.host())
	require.Error(t, err)
	wantCode(t, out.Findings, CodeTooManyRedirects)
	require.Len(t, s.seen, DefaultMaxRedirects+1)
	require.Len(t, out.Attempts[0].Hops, DefaultMaxRedirects+1)
}

func TestFetchInsecureHop(t *testing.T) {
	plain := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("an http hop was followed") }))
	defer plain.Close()
	for _, to := range []string{plain.URL, "http://example.com/", "ftp://example.com/", "https://u:p@example.com/"} {
		s := newSite(t, map[string]http.HandlerFunc{WellKnownPath: redirect(to), TopLevelPath: file(base)})
		out, err := s.fetcher().Fetch(t.Context(), s.host())
		require.Error(t, err)
		require.Nil(t, out.Document)
		if strings.Contains(to, "@") {
			wantCode(t, out.Findings, CodeRedirectUserinfo)
		} else {
			wantCode(t, out.Findings, CodeInsecureRedirect)
		}
		require.Equal(t, []string{WellKnownPath}, s.seen)
	}
}

// The other host answers on port 443, where the test has no server: the hop is
// recorded and reported all the same, and nothing else is asked.
func TestFetchCrossHost(t *testing.T) {
	s := newSite(t, map[string]http.HandlerFunc{WellKnownPath: redirect("https://other.example/x"), TopLevelPath: file(base)})
	out, err := s.fetcher().Fetch(t.Context(), s.host())
	require.ErrorIs(t, err, ErrNotPublic, "port 443 of the loopback is not admitted")
	require.Equal(t, "https://other.example/x", out.Attempts[0].Hops[1])
	wantCode(t, out.Findings, CodeCrossHostRedirect)
	require.Equal(t, []string{WellKnownPath}, s.seen)
}

// Where port 443 of the loopback can be had, the other host has its file.
func TestFetchCrossHostFile(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:443")
	if err != nil {
		t.Skip("port 443 of the loopback cannot be listened on here")
	}
	other := &site{mux: http.NewServeMux()}
	other.mux.HandleFunc("/x", file(base))
	other.Server = httptest.NewUnstartedServer(other.mux)
	require.NoError(t, other.Listener.Close())
	other.Listener = l
	other.StartTLS()
	defer other.Close()
	s := newSite(t, map[string]http.HandlerFunc{WellKnownPath: redirect("https://www.example.com/x")})
	f := s.fetcher()
	f.UnsafeAllow = func(a netip.AddrPort) bool { return a.Addr().IsLoopback() }
	out, err := f.Fetch(t.Context(), s.host())
	require.NoError(t, err)
	require.NotNil(t, out.Document)
	require.Equal(t, "https://www.example.com/x", out.URL)
	wantCode(t, out.Findings, CodeCrossHostRedirect)
	require.True(t, Valid(out.Findings))
}

func TestFetchBodies(t *testing.T) {
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	_, _ = z.Write(make([]byte, 10<<20))
	require.NoError(t, z.Close())
	require.Less(t, bomb.Len(), DefaultMaxBytes)
	endless := func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			if _, err := w.Write(bytes.Repeat([]byte("# and on\n"), 1000)); err != nil {
				return
			}
		}
	}
	t.Run("endless", func(t *testing.T) {
		s := newSite(t, map[string]http.HandlerFunc{WellKnownPath: endless, TopLevelPath: file(base)})
		out, err := s.fetcher().Fetch(t.Context(), s.host())
		require.ErrorIs(t, err, ErrLimit)
		require.Nil(t, out.Document)
		wantCode(t, out.Findings, CodeTooLarge)
	})
	t.Run("announced too large", func(t *testing.T) {
		s := newSite(t, map[string]http.HandlerFunc{WellKnownPath: file(strings.Repeat("#\n", DefaultMaxBytes))})
		_, err := s.fetcher().Fetch(t.Context(), s.host())
		require.ErrorIs(t, err, ErrLimit)
	})
	t.Run("too many lines", func(t *testing.T) {
		s := newSite(t, map[string]http.HandlerFunc{WellKnownPath: file(base + strings.Repeat("\n", 1000))})
		out, err := s.fetcher().Fetch(t.Context(), s.host())
		require.ErrorIs(t, err, ErrLimit)
		require.True(t, out.Document.Truncated)
	})
	t.Run("compressed", func(t *testing.T) {
		s := newSite(t, map[string]http.HandlerFunc{WellKnownPath: func(w http.ResponseWriter, r *http.Request) {
			require.Equal(t, "identity", r.Header.Get("Accept-Encoding"))
			w.Header().Set("Content-Encoding", "gzip")
			w.Header().Set("Content-Type", "text/plain; charset=utf-8")
			_, _ = w.Write(bomb.Bytes())
		}})
		out, err := s.fetcher().Fetch(t.Context(), s.host())
		require.ErrorIs(t, err, errEncoded)
		require.Nil(t, out.Document)
		wantCode(t, out.Findings, CodeInvalidMedia)
	})
	t.Run("slow", func(t *testing.T) {
		stop := make(chan struct{})
		s := newSite(t, map[string]http.HandlerFunc{WellKnownPath: func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte(base))
			w.(http.Flusher).Flush()
			<-stop
		}})
		t.Cleanup(func() { close(stop) })
		f := s.fetcher()
		f.Timeout = 200 * time.Millisecond
		out, err := f.Fetch(t.Context(), s.host())
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Nil(t, out.Document, "half a file is no file")
	})
	t.Run("cancelled", func(t *testing.T) {
		s := newSite(t, nil)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := s.fetcher().Fetch(ctx, s.host())
		require.ErrorIs(t, err, context.Canceled)
	})
}

func TestFetchCertificate(t *testing.T) {
	s := newSite(t, map[string]http.HandlerFunc{WellKnownPath: file(base)})
	f := s.fetcher()
	out, err := f.Fetch(t.Context(), "wrong.test:"+s.port)
	require.Error(t, err)
	wantCode(t, out.Findings, CodeInvalidCert)
	f.RootCAs = x509.NewCertPool()
	out, err = f.Fetch(t.Context(), s.host())
	require.Error(t, err)
	wantCode(t, out.Findings, CodeInvalidCert)
	require.Empty(t, s.seen)
}

func TestFetchPrivateAddresses(t *testing.T) {
	s := newSite(t, map[string]http.HandlerFunc{WellKnownPath: file(base)})
	for _, a := range []string{
		"127.0.0.1", "127.8.8.8", "10.0.0.1", "172.16.0.1", "192.168.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "255.255.255.255", "224.0.0.1",
		"::1", "::", "fe80::1", "fc00::1", "fd00::1", "ff02::1", "fec0::1", "2001:db8::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1",
		"64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::1", "2002:7f00:1::1", "2002:a00:1::", "2001:0:7f00:1::", "::ffff:0:127.0.0.1", "100::1",
	} {
		f := s.fetcher()
		f.UnsafeAllow = nil
		f.Resolve = func(context.Context, string) ([]netip.Addr, error) { return []netip.Addr{netip.MustParseAddr(a)}, nil }
		out, err := f.Fetch(t.Context(), s.host())
		require.ErrorIs(t, err, ErrNotPublic, a)
		require.Nil(t, out.Document)

		f.Resolve = nil // the address itself as host
		host := netip.AddrPortFrom(netip.MustParseAddr(a), 443).String()
		_, err = f.Fetch(t.Context(), host)
		require.ErrorIs(t, err, ErrNotPublic, host)
	}
	require.Empty(t, s.seen)
}

// The name is public when it is asked first, and private when it is asked again:
// for the second path, and for the target of a redirect.
func TestFetchRebinding(t *testing.T) {
	s := newSite(t, map[string]http.HandlerFunc{TopLevelPath: file(base), WellKnownPath: http.NotFound})
	f := s.fetcher()
	own := netip.MustParseAddrPort(s.Listener.Addr().String())
	asked := 0
	f.Resolve = func(context.Context, string) ([]netip.Addr, error) {
		if asked++; asked == 1 {
			return []netip.Addr{own.Addr()}, nil // admitted: it stands for a public one
		}
		return []netip.Addr{netip.MustParseAddr("127.0.0.2")}, nil
	}
	out, err := f.Fetch(t.Context(), s.host())
	require.ErrorIs(t, err, ErrNotPublic)
	require.Nil(t, out.Document)
	require.Equal(t, 2, asked)

	asked = 0
	s.mux = http.NewServeMux()
	s.mux.HandleFunc(WellKnownPath, redirect("/inner"))
	out, err = f.Fetch(t.Context(), s.host())
	require.ErrorIs(t, err, ErrNotPublic)
	require.Nil(t, out.Document)
	require.NotContains(t, s.seen, "/inner")
}

func TestFetchHosts(t *testing.T) {
	f := &Fetcher{Now: clockAt(now).Now, Resolve: func(context.Context, string) ([]netip.Addr, error) { return nil, errors.New("asked") }}
	for _, host := range []string{"", ".", "example.com/path", "ftp://example.com", "https://u@example.com", "https://", "u@example.com", "a b", "a..b", "example.com:0", "example.com:65536",
		"example.com?x", "example.com#x", "[::1", "example.com:x", "a\nb", ":443", "%65xample.com", "fe80::1%eth0", "[fe80::1%25eth0]"} {
		out, err := f.Fetch(t.Context(), host)
		require.ErrorIs(t, err, ErrHost, host)
		require.Nil(t, out)
	}
	out, err := f.Fetch(t.Context(), "example.com")
	require.ErrorContains(t, err, "asked")
	require.Empty(t, out.Findings, "a failure of the network says nothing of the file")
	_, err = (&Fetcher{}).Fetch(t.Context(), "example.com")
	require.Error(t, err, "no clock")
}

type memory map[string]string

func (m memory) Signer(_ context.Context, host string) (string, error) {
	if m["fail"] != "" {
		return "", errors.New("store is down")
	}
	return m[host], nil
}
func (m memory) Remember(_ context.Context, host, fpr string) error { m[host] = fpr; return nil }

func TestFetchRemembersTheSigner(t *testing.T) {
	now := signed(t, base)
	s := newSite(t, map[string]http.HandlerFunc{WellKnownPath: func(w http.ResponseWriter, r *http.Request) { file(now)(w, r) }})
	f, m := s.fetcher(), memory{}
	f.Memory = m
	_, err := f.Fetch(t.Context(), s.host())
	require.NoError(t, err)
	require.Empty(t, m, "without a Verifier nothing is known")

	f.Verifier = fakePGP{key: "k"}
	for range 2 {
		out, err := f.Fetch(t.Context(), s.host())
		require.NoError(t, err)
		require.Equal(t, StatusValid, out.Verified.Signature.Status)
		noCode(t, out.Findings, CodeSignerChanged)
	}
	require.Equal(t, memory{s.host(): "6B"}, m)

	other := fakePGP{key: "other"}
	b, err := other.SignCleartext(t.Context(), []byte(base))
	require.NoError(t, err)
	now, f.Verifier = string(b), other
	out, err := f.Fetch(t.Context(), s.host())
	require.NoError(t, err)
	wantCode(t, out.Findings, CodeSignerChanged)
	require.Equal(t, "6B", m[s.host()], "the first is kept until somebody decides")

	now = base // the signature was taken away
	out, err = f.Fetch(t.Context(), s.host())
	require.NoError(t, err)
	wantCode(t, out.Findings, CodeSignerChanged)

	m["fail"] = "yes"
	_, err = f.Fetch(t.Context(), s.host())
	require.ErrorContains(t, err, "store is down")
}

func TestFetchedErrorsHoldNothingOfTheBody(t *testing.T) {
	s := newSite(t, map[string]http.HandlerFunc{WellKnownPath: file("SECRET " + strings.Repeat("x", DefaultMaxBytes))})
	_, err := s.fetcher().Fetch(t.Context(), s.host())
	require.Error(t, err)
	require.NotContains(t, err.Error(), "SECRET")
}
