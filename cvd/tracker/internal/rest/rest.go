// Package rest is what adapters of trackers have in common: JSON over HTTP with an
// account's token, and errors that say what happened and hold nothing of what was
// sent or answered.
package rest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/cvdkit/cvdkit/cvd/tracker"
)

// maxBody bounds an answer.
const maxBody = 16 << 20

// Of the answers that are kept for their ETag: how many, and how large.
const (
	maxCached     = 64
	maxCachedBody = 256 << 10
)

// Client talks to one API.
type Client struct {
	base *url.URL
	http *http.Client
	auth func(http.Header)

	mu     sync.Mutex
	cached map[string]cached
}

type cached struct {
	etag string
	body []byte
	head http.Header
}

// New returns a client for the API at base, an https address, or an http one of
// this machine. hc is the host's; nil is one with a timeout of 30 seconds. Where an
// answer leads elsewhere it is not followed, because the token would go there.
func New(base string, hc *http.Client, auth func(http.Header)) (*Client, error) {
	u, err := url.Parse(strings.TrimSuffix(base, "/"))
	switch {
	case err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return nil, errors.New("tracker: the address is not of the form https://host/path")
	case u.Scheme != "https" && !(u.Scheme == "http" && loopback(u.Hostname())):
		return nil, errors.New("tracker: the address does not begin with https://, and a token is sent there")
	}
	c := http.Client{Timeout: 30 * time.Second}
	if hc != nil {
		c = *hc
	}
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Client{base: u, http: &c, auth: auth, cached: map[string]cached{}}, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Request is one call.
type Request struct {
	Op     string // for errors
	Method string // "": GET
	Path   string // below the base, escaped
	Query  url.Values
	Header http.Header
	In     any  // as JSON
	Out    any  // from JSON; nil: the answer is not read
	Cache  bool // ask whether it has changed, and use the answer of before if not
}

// Response is what came back, besides the body.
type Response struct {
	Status int
	Header http.Header
}

// Do does a call. An answer other than 2xx is a *tracker.Error.
func (c *Client) Do(ctx context.Context, r Request) (Response, error) {
	u := *c.base
	path := c.base.EscapedPath() + r.Path
	u.Path, u.RawPath = unescaped(path), path
	u.RawQuery = r.Query.Encode()
	for range 3 {
		resp, next, err := c.once(ctx, r, &u)
		if err != nil || next == nil {
			return resp, err
		}
		u = *next
	}
	return Response{}, &tracker.Error{Op: r.Op, Refused: r.get(), Hint: "the address leads round in circles"}
}

// Read asks for a ticket, and says when the server answered by its own clock: zero
// if it does not tell, so that nothing counts as settled. What is not there, or not
// any more, is tracker.ErrGone.
func (c *Client) Read(ctx context.Context, r Request) (asked time.Time, err error) {
	answer, err := c.Do(ctx, r)
	if err != nil {
		return time.Time{}, Gone(err)
	}
	asked, _ = http.ParseTime(answer.Header.Get("Date"))
	return asked, nil
}

func unescaped(path string) string {
	if p, err := url.PathUnescape(path); err == nil {
		return p
	}
	return path
}

func (r *Request) get() bool { return r.Method == "" || r.Method == http.MethodGet }

func (c *Client) once(ctx context.Context, r Request, u *url.URL) (out Response, next *url.URL, err error) {
	fail := &tracker.Error{Op: r.Op, Refused: r.get()}
	req, old, err := c.request(ctx, r, u)
	if err != nil {
		fail.Err, fail.Refused = err, true
		return out, nil, fail
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return out, nil, unanswered(ctx, fail, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	out = Response{resp.StatusCode, resp.Header}
	fail.Status = resp.StatusCode
	switch {
	case err != nil:
		return out, nil, unanswered(ctx, fail, err)
	case len(body) > maxBody:
		fail.Hint = "the answer has more than 16 MiB"
		return out, nil, fail
	case resp.StatusCode == http.StatusNotModified && old.etag != "":
		body, out.Header = old.body, old.head
	case resp.StatusCode/100 == 3:
		next, err := c.follow(r, u, resp)
		return out, next, err
	case resp.StatusCode/100 != 2:
		refusal(fail, resp)
		return out, nil, fail
	}
	if r.Cache && resp.StatusCode == 200 {
		c.keep(u.String(), cached{resp.Header.Get("ETag"), body, resp.Header})
	}
	if r.Out == nil || resp.StatusCode == http.StatusNoContent {
		return out, nil, nil
	}
	if t, _, _ := mime.ParseMediaType(out.Header.Get("Content-Type")); t == "text/html" {
		fail.Hint = "it answered with a web page: is this the address of the API, and does the token hold?"
		return out, nil, fail
	}
	if err := json.Unmarshal(body, r.Out); err != nil {
		// The error of the decoder may quote a value.
		fail.Hint = "the answer is not the JSON that was expected: is this the address of the API, and of this system?"
		return out, nil, fail
	}
	return out, nil, nil
}

func (c *Client) request(ctx context.Context, r Request, u *url.URL) (*http.Request, cached, error) {
	var body io.Reader
	if r.In != nil {
		data, err := json.Marshal(r.In)
		if err != nil {
			return nil, cached{}, errors.New("it cannot be written as JSON")
		}
		body = bytes.NewReader(data)
	}
	method := r.Method
	if method == "" {
		method = http.MethodGet
	}
	req, err := http.NewRequestWithContext(ctx, method, u.String(), body)
	if err != nil {
		return nil, cached{}, errors.New("the address cannot be used")
	}
	for k, v := range r.Header {
		req.Header[k] = v
	}
	if req.Header.Get("Accept") == "" {
		req.Header.Set("Accept", "application/json")
	}
	if r.In != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	req.Header.Set("User-Agent", "cvdkit")
	c.auth(req.Header)
	var old cached
	if r.Cache {
		c.mu.Lock()
		old = c.cached[u.String()]
		c.mu.Unlock()
		if old.etag != "" {
			req.Header.Set("If-None-Match", old.etag)
		}
	}
	return req, old, nil
}

func (c *Client) keep(key string, x cached) {
	if x.etag == "" || len(x.body) > maxCachedBody {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.cached) >= maxCached {
		clear(c.cached)
	}
	c.cached[key] = x
}

// follow returns where a read goes on, on the same host.
func (c *Client) follow(r Request, from *url.URL, resp *http.Response) (*url.URL, error) {
	to, err := resp.Location()
	if err == nil && r.get() && to.Scheme == from.Scheme && to.Host == from.Host {
		return to, nil
	}
	return nil, &tracker.Error{Op: r.Op, Status: resp.StatusCode, Refused: true,
		Hint: "it leads to another address, where the token was not sent: give the address that it leads to"}
}

// unanswered says why there was no answer, without the address of the request.
func unanswered(ctx context.Context, fail *tracker.Error, err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	var op *net.OpError
	if errors.As(err, &op) && op.Op == "dial" {
		fail.Refused = true
	}
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	fail.Err, fail.Retry = err, true
	return fail
}

// refusal says what an answer means, and when to ask again.
func refusal(fail *tracker.Error, resp *http.Response) {
	fail.After = wait(resp.Header)
	limited := resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode == http.StatusForbidden && fail.After > 0
	switch {
	case limited:
		fail.Refused, fail.Retry = true, true
		fail.After = max(fail.After, time.Second)
		fail.Hint = "the tracker wants fewer requests"
	case resp.StatusCode >= 500:
		fail.Retry = true
	default:
		fail.Refused, fail.After = true, 0
	}
	switch resp.StatusCode {
	case http.StatusUnauthorized:
		fail.Hint = "the token does not hold, or is none of this system"
	case http.StatusForbidden:
		if !limited {
			fail.Hint = "the account may not do this"
		}
	case http.StatusBadRequest, http.StatusUnprocessableEntity:
		fail.Hint = "a value is not one that the tracker takes: Sync.Check says which it has"
	}
}

// wait reads Retry-After (RFC 9110, section 10.2.3), and the reset of an exhausted
// X-RateLimit or RateLimit. Instants are taken relative to the tracker's own Date.
func wait(h http.Header) time.Duration {
	date, err := http.ParseTime(h.Get("Date"))
	until := func(t time.Time) time.Duration {
		if err != nil || t.Before(date) {
			return 0
		}
		return min(t.Sub(date), 24*time.Hour)
	}
	if s := h.Get("Retry-After"); s != "" {
		if n, err := strconv.Atoi(s); err == nil && n >= 0 {
			return time.Duration(min(n, 24*60*60)) * time.Second
		}
		if t, err := http.ParseTime(s); err == nil {
			return until(t)
		}
	}
	for _, p := range []string{"X-RateLimit-", "RateLimit-"} {
		if h.Get(p+"Remaining") == "0" {
			if n, err := strconv.ParseInt(h.Get(p+"Reset"), 10, 64); err == nil && n > 0 {
				if n < 1e6 {
					return time.Duration(n) * time.Second
				}
				return until(time.Unix(n, 0))
			}
		}
	}
	return 0
}

// Status returns the status of an error of Do, 0 if it has none.
func Status(err error) int {
	var e *tracker.Error
	if errors.As(err, &e) {
		return e.Status
	}
	return 0
}

// Gone is for calls that name a ticket: what is not there, or may not be seen, is
// tracker.ErrGone.
func Gone(err error) error {
	switch Status(err) {
	case http.StatusNotFound, http.StatusGone:
		return tracker.ErrGone
	}
	return err
}

// Unclear is the error of the look that follows a write: something was written.
func Unclear(err error) error {
	var e *tracker.Error
	if errors.As(err, &e) {
		again := *e
		again.Refused = false
		return &again
	}
	return err
}

// Path builds a path of a format and escaped parts.
func Path(format string, parts ...string) string {
	a := make([]any, len(parts))
	for i, p := range parts {
		a[i] = url.PathEscape(p)
	}
	return fmt.Sprintf(format, a...)
}
