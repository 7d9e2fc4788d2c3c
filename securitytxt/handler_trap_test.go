package securitytxt

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const topLevel = "https://example.com/security.txt"

// expires is that of base.
var expires = time.Date(2027, 2, 1, 0, 0, 0, 0, time.UTC)

// judged is a Verifier that says what it is told to.
type judged struct {
	sig  Signature
	err  error
	wait chan struct{} // if set, Verify ignores its context until it is closed
}

func (j *judged) VerifyCleartext(ctx context.Context, message []byte) ([]byte, Signature, error) {
	if j.wait != nil {
		<-j.wait
	}
	text, _, _ := fakePGP{key: "k"}.VerifyCleartext(ctx, message)
	return text, j.sig, j.err
}

// TestHandlerPlaces: which Canonical fields a Handler takes, and where it serves the
// file then. 0 is a refusal.
func TestHandlerPlaces(t *testing.T) {
	const here = "https://example.com"
	for _, c := range []struct {
		name, origin string
		canonical    []string
		known, top   int
	}{
		{"no canonical", "", nil, 200, 200},
		{"no canonical, an origin", here, nil, 200, 200},
		{"another path", "", []string{"https://example.com/sec/security.txt"}, 0, 0},
		{"another name", "", []string{"https://example.com/.well-known/security.md"}, 0, 0},
		{"a query is another place", "", []string{wellKnown + "?v=2"}, 0, 0},
		{"a query with an origin", here, []string{wellKnown + "?v=2"}, 0, 0},
		{"case of a path counts", here, []string{"https://example.com/.well-known/Security.txt"}, 0, 0},
		{"another host, no origin", "", []string{"https://other.example/.well-known/security.txt"}, 200, 301},
		{"another host", here, []string{"https://other.example/.well-known/security.txt"}, 0, 0},
		{"a subdomain", here, []string{"https://www.example.com/.well-known/security.txt"}, 0, 0},
		{"the parent", "https://www.example.com", []string{wellKnown}, 0, 0},
		{"one of two hosts", here, []string{"https://other.example/.well-known/security.txt", wellKnown}, 200, 301},
		{"only the top", here, []string{topLevel}, 301, 200},
		{"only the top, no origin", "", []string{topLevel}, 301, 200},
		{"both", here, []string{topLevel, wellKnown}, 200, 200},
		{"top here, well-known elsewhere", here, []string{topLevel, "https://other.example/.well-known/security.txt"}, 301, 200},
		{"default port", here, []string{"https://example.com:443/.well-known/security.txt"}, 200, 301},
		{"default port of the origin", "https://example.com:443", []string{wellKnown}, 200, 301},
		{"a port", "https://example.com:8443", []string{"https://example.com:8443/.well-known/security.txt"}, 200, 301},
		{"no port where one is", "https://example.com:8443", []string{wellKnown}, 0, 0},
		{"a port where none is", here, []string{"https://example.com:8443/.well-known/security.txt"}, 0, 0},
		{"case of a host", "https://EXAMPLE.com", []string{"HTTPS://Example.COM/.well-known/security.txt"}, 200, 301},
		{"final dot", "https://example.com.", []string{wellKnown}, 200, 301},
		{"a slash", here + "/", []string{wellKnown}, 200, 301},
		{"letters of a name", "https://bücher.example", []string{"https://xn--bcher-kva.example/.well-known/security.txt"}, 200, 301},
		{"percent-encoded", here, []string{"https://example.com/%2Ewell-known/security%2etxt"}, 200, 301},
		{"an address", "https://[2001:DB8::1]", []string{"https://[2001:db8::1]/.well-known/security.txt"}, 200, 301},
		{"http", here, []string{"http://example.com/.well-known/security.txt"}, 0, 0},
		{"dots in a path", here, []string{"https://example.com/x/../.well-known/security.txt"}, 200, 301},
	} {
		text := base
		for _, u := range c.canonical {
			text += "Canonical: " + u + "\n"
		}
		h, err := NewHandler(t.Context(), Static(text), HandlerOptions{Now: clockAt(now).Now, Origin: c.origin})
		if c.known == 0 {
			assert.Error(t, err, c.name)
			continue
		}
		if !assert.NoError(t, err, c.name) {
			continue
		}
		for path, want := range map[string]int{WellKnownPath: c.known, TopLevelPath: c.top} {
			w := get(h, "GET", path)
			assert.Equal(t, want, w.Code, "%s: %s", c.name, path)
			if want == 301 {
				other := map[string]string{WellKnownPath: TopLevelPath, TopLevelPath: WellKnownPath}[path]
				assert.Equal(t, other, w.Header().Get("Location"), c.name)
			}
		}
	}
}

// TestHandlerOrigins: what is no origin is refused, and said to be none.
func TestHandlerOrigins(t *testing.T) {
	for _, origin := range []string{"http://example.com", "https://user@example.com", "https://example.com/path", "https://example.com?x", "https://example.com#f",
		"//example.com", "https://", "https://exa mple.com", "https://example.com:99999", "https://example.com:0x", "mailto:a@example.com", "https://example..com"} {
		_, err := NewHandler(t.Context(), Static(base), HandlerOptions{Now: clockAt(now).Now, Origin: origin})
		assert.ErrorIs(t, err, ErrHost, origin)
	}
}

// TestHandlerVerifier: only a signature that is found valid is served.
func TestHandlerVerifier(t *testing.T) {
	file := signed(t, base)
	for _, status := range []SignatureStatus{StatusNone, StatusUnverified, StatusUnknownKey, StatusNotValidAtTime, StatusRevoked, StatusUnsupported, StatusBad, "", "VALID"} {
		_, err := NewHandler(t.Context(), Static(file), HandlerOptions{Now: clockAt(now).Now, Verifier: &judged{sig: Signature{Status: status}}})
		assert.Error(t, err, status)
	}
	gone := errors.New("keyring is gone")
	_, err := NewHandler(t.Context(), Static(file), HandlerOptions{Now: clockAt(now).Now, Verifier: &judged{sig: Signature{Status: StatusValid}, err: gone}})
	require.ErrorIs(t, err, gone)
	_, err = NewHandler(t.Context(), Static(strings.Replace(file, "/report", "/forged", 1)), HandlerOptions{Now: clockAt(now).Now, Verifier: fakePGP{key: "k"}})
	require.Error(t, err)

	// What a renewal brings is verified too; the file before stays.
	c := clockAt(now)
	next := file
	told := []error{}
	h, err := NewHandler(t.Context(), SourceFunc(func(context.Context) ([]byte, error) { return []byte(next), nil }),
		HandlerOptions{Now: c.Now, Verifier: fakePGP{key: "k"}, OnError: func(e error) { told = append(told, e) }})
	require.NoError(t, err)
	c.set(expires.Add(-time.Hour))
	for _, bad := range []string{base, strings.Replace(file, "/report", "/forged", 1), "", strings.Replace(base, "2027", "2028", 1)} {
		next = bad
		require.Equal(t, file, get(h, "GET", WellKnownPath).Body.String())
		require.Error(t, h.Renew(t.Context()))
		c.set(c.Now().Add(2 * time.Minute))
	}
	require.Len(t, told, 4)
}

// TestHandlerVerifierHangs: a Verifier that ignores its context holds up nobody.
func TestHandlerVerifierHangs(t *testing.T) {
	c := clockAt(now)
	v := &judged{sig: Signature{Status: StatusValid}}
	file := signed(t, base)
	var told atomic.Int32
	h, err := NewHandler(t.Context(), Static(file), HandlerOptions{Now: c.Now, Verifier: v, SourceTimeout: 20 * time.Millisecond, OnError: func(error) { told.Add(1) }})
	require.NoError(t, err)
	v.wait = make(chan struct{})
	defer close(v.wait)
	c.set(expires.Add(-time.Hour))
	done := make(chan int)
	go func() { done <- get(h, "GET", WellKnownPath).Code }()
	select {
	case code := <-done:
		require.Equal(t, 200, code)
	case <-time.After(20 * time.Second):
		require.Fail(t, "the request hangs with the Verifier")
	}
	require.EqualValues(t, 1, told.Load())
	_, err = NewHandler(t.Context(), Static(file), HandlerOptions{Now: c.Now, Verifier: v, SourceTimeout: 20 * time.Millisecond})
	require.ErrorIs(t, err, context.DeadlineExceeded)
}

// TestHandlerKeyExpires: the key ends before the file. That is no reason to refuse it,
// but to renew it in time, and answers are not kept past it.
func TestHandlerKeyExpires(t *testing.T) {
	c := clockAt(now)
	ends := now.Add(20 * 24 * time.Hour)
	v := &judged{sig: Signature{Status: StatusValid, KeyExpires: ends}}
	asked := 0
	h, err := NewHandler(t.Context(), SourceFunc(func(context.Context) ([]byte, error) { asked++; return []byte(signed(t, base)), nil }),
		HandlerOptions{Now: c.Now, Verifier: v})
	require.NoError(t, err)
	require.Equal(t, 200, get(h, "GET", WellKnownPath).Code)
	require.Equal(t, 1, asked)
	c.set(ends.Add(-time.Hour))
	require.Equal(t, 200, get(h, "GET", WellKnownPath).Code)
	require.Equal(t, 2, asked, "the Source is asked before the key ends")
	require.Equal(t, "public, max-age=3600", get(h, "GET", WellKnownPath).Header().Get("Cache-Control"))
	v.sig.KeyExpires = expires.AddDate(1, 0, 0) // the key was extended
	c.set(ends.Add(-time.Minute))
	require.Equal(t, 200, get(h, "GET", WellKnownPath).Code)
	require.Equal(t, 3, asked)
	c.set(ends.Add(time.Hour))
	require.Equal(t, "public, max-age=86400", get(h, "GET", WellKnownPath).Header().Get("Cache-Control"))
	require.Equal(t, 3, asked)
}

// TestHandlerExpiresMeanwhile: from Expires on nothing of the file is served, whatever
// the request.
func TestHandlerExpiresMeanwhile(t *testing.T) {
	c := clockAt(now)
	asked, told := 0, 0
	h, err := NewHandler(t.Context(), SourceFunc(func(context.Context) ([]byte, error) { asked++; return []byte(base), nil }),
		HandlerOptions{Now: c.Now, OnError: func(error) { told++ }})
	require.NoError(t, err)
	etag := get(h, "GET", WellKnownPath).Header().Get("ETag")
	c.set(expires.Add(-time.Nanosecond))
	w := get(h, "GET", WellKnownPath)
	require.Equal(t, 200, w.Code)
	require.Contains(t, []string{"no-store", "public, max-age=0", "no-cache"}, w.Header().Get("Cache-Control"))
	for _, at := range []time.Time{expires, expires.Add(time.Nanosecond), expires.AddDate(3, 0, 0)} {
		c.set(at)
		for _, header := range [][]string{nil, {"If-None-Match", etag}, {"If-None-Match", "*"}, {"Range", "bytes=0-6"}, {"If-Modified-Since", at.UTC().Format(http.TimeFormat)}} {
			for _, method := range []string{"GET", "HEAD"} {
				w := get(h, method, WellKnownPath, header...)
				assert.Equal(t, 503, w.Code, "%s %v", method, header)
				assert.Empty(t, w.Header().Get("ETag"))
				assert.Empty(t, w.Header().Get("Last-Modified"))
				assert.Equal(t, "no-store", w.Header().Get("Cache-Control"))
				assert.NotEmpty(t, w.Header().Get("Retry-After"))
				assert.NotContains(t, w.Body.String(), "report")
			}
		}
		require.Equal(t, 503, get(h, "GET", TopLevelPath).Code)
		require.Equal(t, 404, get(h, "GET", "/x").Code)
		require.Equal(t, 405, get(h, "DELETE", WellKnownPath).Code)
	}
	require.LessOrEqual(t, asked, 1+4, "RetryAfter holds for an expired file too")
	require.Equal(t, asked-2, told, "one brought the same file while it was good")
	// A clock that was wrong is mended: the file is good again.
	c.set(now)
	require.Equal(t, 200, get(h, "GET", WellKnownPath).Code)
}

// TestHandlerNoClock: a clock that gives zero never makes a file good.
func TestHandlerNoClock(t *testing.T) {
	zero := func() time.Time { return time.Time{} }
	_, err := NewHandler(t.Context(), Static(base), HandlerOptions{Now: zero})
	require.ErrorIs(t, err, ErrNoClock)
	at := now
	h, err := NewHandler(t.Context(), Static(base), HandlerOptions{Now: func() time.Time { return at }})
	require.NoError(t, err)
	at = time.Time{}
	require.Equal(t, 503, get(h, "GET", WellKnownPath).Code)
	require.ErrorIs(t, h.Renew(t.Context()), ErrNoClock)
}

// TestHandlerSourceBytes: what the Source does with its bytes later is not served, and
// what it gave is served byte for byte.
func TestHandlerSourceBytes(t *testing.T) {
	b := []byte("# ü\r\nContact: tel:+1\r\nExpires: 2027-02-01T00:00:00Z\r\n\r\n# end")
	want := string(b)
	h, err := NewHandler(t.Context(), SourceFunc(func(context.Context) ([]byte, error) { return b, nil }), HandlerOptions{Now: clockAt(now).Now})
	if err != nil { // the last line has no end, which is an error
		b = append(b, "\r\n"...)
		want = string(b)
		h, err = NewHandler(t.Context(), SourceFunc(func(context.Context) ([]byte, error) { return b, nil }), HandlerOptions{Now: clockAt(now).Now})
	}
	require.NoError(t, err)
	copy(b, "XXXXXXXXXXXXXXXXXXXXXX")
	require.Equal(t, want, get(h, "GET", WellKnownPath).Body.String())

	for name, file := range map[string]string{"nothing": "", "a mark": "\ufeff" + base, "two expiries": with("Expires: 2027-02-01T00:00:00Z"),
		"no end": strings.TrimSuffix(base, "\n"), "at Expires": "Contact: tel:+1\nExpires: " + now.Format(time.RFC3339) + "\n", "a page": "<html></html>\n"} {
		_, err := NewHandler(t.Context(), Static(file), HandlerOptions{Now: clockAt(now).Now})
		assert.Error(t, err, name)
		var rule *RuleError
		assert.True(t, errors.As(err, &rule), "%s: the error names the rule: %v", name, err)
	}
	_, err = NewHandler(t.Context(), SourceFunc(func(context.Context) ([]byte, error) { return nil, nil }), HandlerOptions{Now: clockAt(now).Now})
	require.Error(t, err)
}

// TestHandlerHangingSource: one request waits for a Source that hangs, and no longer
// than SourceTimeout; all get the file before.
func TestHandlerHangingSource(t *testing.T) {
	c := clockAt(now)
	var asked, told atomic.Int32
	hold := make(chan struct{})
	var late atomic.Bool
	h, err := NewHandler(t.Context(), SourceFunc(func(context.Context) ([]byte, error) {
		if asked.Add(1) == 2 {
			<-hold
			late.Store(true)
			return []byte(strings.Replace(base, "report", "late", 1)), nil
		}
		return []byte(base), nil
	}), HandlerOptions{Now: c.Now, SourceTimeout: 20 * time.Millisecond, RetryAfter: time.Hour, OnError: func(err error) {
		if errors.Is(err, context.DeadlineExceeded) {
			told.Add(1)
		}
	}})
	require.NoError(t, err)
	c.set(expires.Add(-48 * time.Hour))
	for range 20 {
		require.Equal(t, base, get(h, "GET", WellKnownPath).Body.String())
	}
	require.EqualValues(t, 2, asked.Load())
	require.EqualValues(t, 1, told.Load())
	c.set(expires) // and then the file expires while it hangs
	require.Equal(t, 503, get(h, "GET", WellKnownPath).Code)
	require.EqualValues(t, 2, asked.Load(), "it is not asked again while it hangs")
	close(hold)
	require.Eventually(t, late.Load, 20*time.Second, time.Millisecond)
	require.NotContains(t, get(h, "GET", WellKnownPath).Body.String(), "late", "what comes late is dropped")
}

// TestHandlerSourceMemory: an answer of a Source that is larger than any file costs a
// refusal, not more.
func TestHandlerSourceMemory(t *testing.T) {
	_, err := NewHandler(t.Context(), Static(base+strings.Repeat("# x\n", 1<<20)), HandlerOptions{Now: clockAt(now).Now})
	require.ErrorIs(t, err, ErrLimit)
}

// TestHandlerRenewed: a renewal changes the tag and the date, and one that brings the
// same bytes keeps the tag.
func TestHandlerRenewed(t *testing.T) {
	c := clockAt(now)
	file := base
	h, err := NewHandler(t.Context(), SourceFunc(func(context.Context) ([]byte, error) { return []byte(file), nil }), HandlerOptions{Now: c.Now})
	require.NoError(t, err)
	first := get(h, "GET", WellKnownPath).Header()
	c.set(now.Add(time.Hour))
	require.NoError(t, h.Renew(t.Context()))
	same := get(h, "GET", WellKnownPath).Header()
	require.Equal(t, first.Get("ETag"), same.Get("ETag"))
	require.Equal(t, 304, get(h, "GET", WellKnownPath, "If-None-Match", "W/"+first.Get("ETag")).Code)
	file = with("# new")
	require.NoError(t, h.Renew(t.Context()))
	w := get(h, "GET", WellKnownPath, "If-None-Match", first.Get("ETag"), "If-Modified-Since", first.Get("Last-Modified"))
	require.Equal(t, 200, w.Code)
	require.Equal(t, file, w.Body.String())
	require.Equal(t, 200, get(h, "GET", WellKnownPath, "If-Modified-Since", first.Get("Last-Modified")).Code)

	stop, cancel := context.WithCancel(t.Context())
	cancel()
	file = with("# newer")
	require.ErrorIs(t, h.Renew(stop), context.Canceled)
	require.Equal(t, with("# new"), get(h, "GET", WellKnownPath).Body.String())
	_, err = NewHandler(stop, Static(base), HandlerOptions{Now: c.Now})
	require.ErrorIs(t, err, context.Canceled)
}

// TestHandlerPaths: only the two paths are ours, and only by GET and HEAD.
func TestHandlerPaths(t *testing.T) {
	h := serveOf(t, base, HandlerOptions{})
	for path, want := range map[string]int{"/.well-known/security.txt?x=1": 200, "/%2ewell-known/security.txt": 200, "/.well-known//security.txt": 404, "/.WELL-KNOWN/security.txt": 404,
		"/.well-known/security.txt.asc": 404, "/.well-known": 404, "/security.txt/": 404, "/Security.txt": 404, "/a/../security.txt": 404} {
		require.Equal(t, want, get(h, "GET", path).Code, path)
	}
	for _, method := range []string{"OPTIONS", "PUT", "TRACE", "PROPFIND", "get"} {
		w := get(h, method, TopLevelPath)
		require.Equal(t, 405, w.Code, method)
		require.Equal(t, "GET, HEAD", w.Header().Get("Allow"))
		require.Equal(t, 404, get(h, method, "/other").Code)
	}
	w := get(serveOf(t, with("Canonical: "+wellKnown), HandlerOptions{}), "GET", TopLevelPath+"?next=https://evil.example")
	require.Equal(t, WellKnownPath, w.Header().Get("Location"), "nothing of the request enters the redirect")
	require.NotContains(t, w.Body.String(), "evil")
}

// TestHandlerOptions: options that make no sense are refused or bounded.
func TestHandlerOptions(t *testing.T) {
	for name, o := range map[string]HandlerOptions{"age": {MaxAge: -time.Hour}, "renew": {RenewBefore: -time.Hour}, "retry": {RetryAfter: -time.Hour}, "timeout": {SourceTimeout: -time.Second}} {
		o.Now = clockAt(now).Now
		h, err := NewHandler(t.Context(), Static(base), o)
		if err != nil {
			continue
		}
		w := get(h, "GET", WellKnownPath)
		assert.Equal(t, 200, w.Code, name)
		assert.NotContains(t, w.Header().Get("Cache-Control"), "-1", name)
		assert.NotContains(t, w.Header().Get("Cache-Control"), "=-", name)
	}
	h := serveOf(t, base, HandlerOptions{MaxAge: 400 * 24 * time.Hour})
	require.Equal(t, "public, max-age=7905600", get(h, "GET", WellKnownPath).Header().Get("Cache-Control"))
	h = serveOf(t, base, HandlerOptions{MaxAge: 900 * time.Millisecond})
	require.Contains(t, []string{"public, max-age=0", "no-cache", "public, max-age=1"}, get(h, "GET", WellKnownPath).Header().Get("Cache-Control"))
}
