package rest

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/cvdkit/cvdkit/cvd/tracker"
	"github.com/stretchr/testify/require"
)

const token = "token-that-nobody-sees"

func serve(t *testing.T, h http.HandlerFunc) *Client {
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	c, err := New(srv.URL+"/api/", srv.Client(), func(h http.Header) { h.Set("Authorization", token) })
	require.NoError(t, err)
	return c
}

func failure(t *testing.T, err error) *tracker.Error {
	t.Helper()
	var e *tracker.Error
	require.ErrorAs(t, err, &e)
	return e
}

// A token goes to https, or to this machine, and nowhere else.
func TestNew(t *testing.T) {
	auth := func(http.Header) {}
	for _, bad := range []string{"", "rt.example", "http://rt.example", "https://", "https://user:secret@rt.example", "https://rt.example/?token=secret", "https://rt.example/#x", "ftp://rt.example", "http://127.0.0.1.rt.example"} {
		_, err := New(bad, nil, auth)
		require.Error(t, err, bad)
		require.NotContains(t, err.Error(), "secret")
	}
	for _, good := range []string{"https://rt.example", "https://rt.example:8443/rt/", "http://127.0.0.1:80/x", "http://[::1]/", "http://localhost:1"} {
		_, err := New(good, nil, auth)
		require.NoError(t, err, good)
	}
}

func TestRequest(t *testing.T) {
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if r.URL.EscapedPath() != "/api/items/a%2Fb" || r.URL.RawQuery != "q=x+y" || r.Method != "POST" ||
			r.Header.Get("Authorization") != token || string(body) != `{"a":1}` || r.Header.Get("X-Own") != "1" {
			http.Error(w, "other", http.StatusTeapot)
			return
		}
		io.WriteString(w, `{"b":2}`)
	})
	var out struct{ B int }
	resp, err := c.Do(t.Context(), Request{Op: "add", Method: "POST", Path: Path("/items/%s", "a/b"), Query: url.Values{"q": {"x y"}},
		Header: http.Header{"X-Own": {"1"}}, In: map[string]int{"a": 1}, Out: &out})
	require.NoError(t, err)
	require.Equal(t, 200, resp.Status)
	require.Equal(t, 2, out.B)
}

// What an error says holds nothing of what was sent, asked for or answered.
func TestErrorsHoldNoSecret(t *testing.T) {
	const secret = "SECRET"
	for _, answer := range []http.HandlerFunc{
		func(w http.ResponseWriter, r *http.Request) { http.Error(w, secret, 400) },
		func(w http.ResponseWriter, r *http.Request) { http.Error(w, secret, 500) },
		func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, `{"b":"`+secret+`"`) },
		func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, `{"b":"`+secret+`"}`) // no number
		},
		func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			io.WriteString(w, secret)
		},
		func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", "https://elsewhere.example/"+secret)
			w.WriteHeader(302)
		},
		func(w http.ResponseWriter, r *http.Request) { panic(http.ErrAbortHandler) },
	} {
		c := serve(t, answer)
		var out struct{ B int }
		_, err := c.Do(t.Context(), Request{Op: "read", Path: "/" + secret, Query: url.Values{"q": {secret}}, In: secret, Out: &out})
		failure(t, err)
		require.NotContains(t, err.Error(), secret)
		require.NotContains(t, err.Error(), token)
	}
}

// What an answer means: whether nothing was written, whether it is worth another
// try, and when.
func TestRefusals(t *testing.T) {
	date := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	for name, x := range map[string]struct {
		status         int
		head           map[string]string
		refused, retry bool
		after          time.Duration
	}{
		"bad":                {status: 400, refused: true},
		"token":              {status: 401, refused: true},
		"not allowed":        {status: 403, refused: true},
		"slow down":          {status: 429, refused: true, retry: true, after: time.Second},
		"in a minute":        {status: 429, head: map[string]string{"Retry-After": "60"}, refused: true, retry: true, after: time.Minute},
		"at an instant":      {status: 429, head: map[string]string{"Retry-After": date.Add(time.Hour).Format(http.TimeFormat)}, refused: true, retry: true, after: time.Hour},
		"in the past":        {status: 429, head: map[string]string{"Retry-After": date.Add(-time.Hour).Format(http.TimeFormat)}, refused: true, retry: true, after: time.Second},
		"in years":           {status: 429, head: map[string]string{"Retry-After": "999999999"}, refused: true, retry: true, after: 24 * time.Hour},
		"nonsense":           {status: 429, head: map[string]string{"Retry-After": "-5"}, refused: true, retry: true, after: time.Second},
		"secondary limit":    {status: 403, head: map[string]string{"Retry-After": "30"}, refused: true, retry: true, after: 30 * time.Second},
		"exhausted":          {status: 403, head: map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1772442600"}, refused: true, retry: true, after: 10 * time.Minute},
		"exhausted by draft": {status: 429, head: map[string]string{"RateLimit-Remaining": "0", "RateLimit-Reset": "20"}, refused: true, retry: true, after: 20 * time.Second},
		"not exhausted":      {status: 403, head: map[string]string{"X-RateLimit-Remaining": "7", "X-RateLimit-Reset": "1772442600"}, refused: true},
		"broken":             {status: 500, retry: true},
		"maintenance":        {status: 503, head: map[string]string{"Retry-After": "120"}, retry: true, after: 2 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			c := serve(t, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Date", date.Format(http.TimeFormat))
				for k, v := range x.head {
					w.Header().Set(k, v)
				}
				w.WriteHeader(x.status)
			})
			_, err := c.Do(t.Context(), Request{Op: "write", Method: "POST"})
			e := failure(t, err)
			require.Equal(t, x.status, Status(err))
			require.Equal(t, x.refused, e.Refused)
			require.Equal(t, x.retry, e.Retry)
			require.Equal(t, x.after, e.After)
		})
	}
	require.ErrorIs(t, Gone(&tracker.Error{Status: 404}), tracker.ErrGone)
	require.ErrorIs(t, Gone(&tracker.Error{Status: 410}), tracker.ErrGone)
	require.NotErrorIs(t, Gone(&tracker.Error{Status: 403}), tracker.ErrGone)
	require.False(t, failure(t, Unclear(&tracker.Error{Refused: true})).Refused, "something was written before")
}

// A write that got no answer may have been done; one that never reached the server
// was not.
func TestUnanswered(t *testing.T) {
	c := serve(t, func(w http.ResponseWriter, r *http.Request) { panic(http.ErrAbortHandler) })
	_, err := c.Do(t.Context(), Request{Op: "write", Method: "POST"})
	e := failure(t, err)
	require.True(t, e.Retry)
	require.False(t, e.Refused)

	srv := httptest.NewServer(nil)
	srv.Close()
	c, err = New(srv.URL, nil, func(http.Header) {})
	require.NoError(t, err)
	_, err = c.Do(t.Context(), Request{Op: "write", Method: "POST"})
	e = failure(t, err)
	require.True(t, e.Retry)
	require.True(t, e.Refused)

	ctx, cancel := context.WithCancel(t.Context())
	c = serve(t, func(w http.ResponseWriter, r *http.Request) { cancel() })
	_, err = c.Do(ctx, Request{Op: "read"})
	if err != nil { // the answer may have been faster
		require.True(t, errors.Is(err, context.Canceled))
	}
}

// A read follows on the same host; a write, another host and circles are not followed.
func TestRedirects(t *testing.T) {
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { t.Error("the token went elsewhere") }))
	defer other.Close()
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/api/old":
			http.Redirect(w, r, "/api/new", http.StatusMovedPermanently)
		case "/api/new":
			io.WriteString(w, `{}`)
		case "/api/circle":
			http.Redirect(w, r, "/api/circle", http.StatusFound)
		default:
			http.Redirect(w, r, other.URL, http.StatusTemporaryRedirect)
		}
	})
	_, err := c.Do(t.Context(), Request{Op: "read", Path: "/old"})
	require.NoError(t, err)
	for _, r := range []Request{{Path: "/circle"}, {Path: "/away"}, {Path: "/old", Method: "POST"}} {
		_, err := c.Do(t.Context(), r)
		require.True(t, failure(t, err).Refused)
	}
}

// An answer is kept for its ETag, within bounds.
func TestCache(t *testing.T) {
	full, asked := 0, 0
	body := `{"b":1}`
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		asked++
		w.Header().Set("ETag", `"1"`)
		if r.Header.Get("If-None-Match") == `"1"` {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		full++
		io.WriteString(w, body)
	})
	for range 3 {
		var out struct{ B int }
		_, err := c.Do(t.Context(), Request{Op: "read", Path: "/x", Out: &out, Cache: true})
		require.NoError(t, err)
		require.Equal(t, 1, out.B)
	}
	require.Equal(t, []int{3, 1}, []int{asked, full})

	body = `{"b":1,"c":"` + strings.Repeat("x", maxCachedBody) + `"}`
	for range 2 {
		_, err := c.Do(t.Context(), Request{Op: "read", Path: "/large", Cache: true})
		require.NoError(t, err)
	}
	require.Equal(t, 3, full, "a large answer is not kept")
	for i := range 3 * maxCached {
		_, err := c.Do(t.Context(), Request{Op: "read", Path: "/y", Query: url.Values{"i": {strings.Repeat("i", i)}}, Cache: true})
		require.NoError(t, err)
		require.LessOrEqual(t, len(c.cached), maxCached)
	}
}

func TestLargeAnswer(t *testing.T) {
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		for range maxBody>>20 + 1 {
			w.Write(make([]byte, 1<<20))
		}
	})
	_, err := c.Do(t.Context(), Request{Op: "read"})
	require.Contains(t, failure(t, err).Hint, "16 MiB")
}
