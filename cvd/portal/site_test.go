package portal_test

import (
	"bytes"
	"context"
	"html"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/memstore"
	"github.com/cvdkit/cvdkit/cvd/portal"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

var team = cvd.Viewer{Team: true}

// site is a portal with its team, and a clock that the test moves.
type site struct {
	t      testing.TB
	svc    *service.Service
	store  *memstore.Store
	blobs  *memstore.Blobs
	state  *memstore.State
	portal *portal.Portal
	mu     sync.Mutex
	now    time.Time
	errs   []error
	asked  trace
}

func (s *site) clock() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

func (s *site) pass(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = s.now.Add(d)
}

func newSite(t testing.TB, with ...func(*portal.Config)) *site {
	t.Helper()
	s := &site{t: t, now: time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC), store: memstore.New(), state: memstore.NewState()}
	s.blobs = memstore.NewBlobs(s.clock)
	var err error
	s.svc, err = service.New(cvd.Config{Store: tracedStore{s.store, &s.asked}, Blobs: tracedBlobs{s.blobs, &s.asked}, State: tracedState{s.state, &s.asked}, Now: s.clock, Secret: bytes.Repeat([]byte{1}, 32)})
	require.NoError(t, err)
	cfg := portal.Config{
		Service: s.svc, State: tracedState{s.state, &s.asked}, Secret: bytes.Repeat([]byte{2}, 32), Now: s.clock, Team: "Example PSIRT",
		OnError: func(_ context.Context, err error) { s.mu.Lock(); s.errs = append(s.errs, err); s.mu.Unlock() },
	}
	for _, f := range with {
		f(&cfg)
	}
	s.portal, err = portal.New(cfg)
	require.NoError(t, err)
	return s
}

// browser keeps cookies, as a browser does over TLS.
type browser struct {
	*site
	cookies map[string]string
	addr    string
	lang    string
}

func (s *site) browser() *browser {
	return &browser{site: s, cookies: map[string]string{}, addr: "192.0.2.7:1234"}
}

// answer is a page that came.
type answer struct {
	code   int
	header http.Header
	body   string
}

func (b *browser) send(r *http.Request) answer {
	r.RemoteAddr = b.addr
	if b.lang != "" {
		r.Header.Set("Accept-Language", b.lang)
	}
	for k, v := range b.cookies {
		r.AddCookie(&http.Cookie{Name: k, Value: v})
	}
	w := httptest.NewRecorder()
	b.portal.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		if c.MaxAge < 0 {
			delete(b.cookies, c.Name)
		} else {
			b.cookies[c.Name] = c.Value
		}
	}
	return answer{w.Code, w.Header(), w.Body.String()}
}

func (b *browser) get(path string) answer {
	return b.send(httptest.NewRequest("GET", "https://psirt.example"+path, nil))
}

// sent is one part of a form, in its order; a file has a name.
type sent struct{ name, file, value string }

func multi(parts ...sent) (typ string, body *bytes.Buffer) {
	body = &bytes.Buffer{}
	w := multipart.NewWriter(body)
	for _, p := range parts {
		if p.file == "" {
			_ = w.WriteField(p.name, p.value)
			continue
		}
		f, _ := w.CreateFormFile(p.name, p.file)
		_, _ = io.WriteString(f, p.value)
	}
	_ = w.Close()
	return w.FormDataContentType(), body
}

func (b *browser) post(path string, parts ...sent) answer {
	typ, body := multi(parts...)
	return b.postBody(path, typ, body)
}

func (b *browser) postBody(path, typ string, body io.Reader) answer {
	r := httptest.NewRequest("POST", "https://psirt.example"+path, body)
	r.Header.Set("Content-Type", typ)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	a := b.send(r)
	if a.header.Get("Location") == "./receipt" {
		return b.get("/receipt")
	}
	return a
}

var (
	tokenIn   = regexp.MustCompile(`name="token" value="([^"]+)"`)
	receiptIn = regexp.MustCompile(`(?:[0-9A-Z]{4}-){6}[0-9A-Z]{4}`)
)

func (a answer) token() string {
	if m := tokenIn.FindStringSubmatch(a.body); m != nil {
		return m[1]
	}
	return ""
}

func (a answer) receipt() string { return receiptIn.FindString(a.body) }

// text is the page without its tags.
func (a answer) text() string {
	return html.UnescapeString(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(a.body, " "))
}

// fill opens the form, waits as long as a person does, and returns what is sent.
func (b *browser) fill(more ...sent) []sent {
	page := b.get("/")
	require.Equal(b.t, 200, page.code)
	b.pass(time.Minute)
	return append([]sent{
		{name: "token", value: page.token()}, {name: "website"},
		{name: "product", value: "Frobnicator 3.1"}, {name: "description", value: "It overflows."},
	}, more...)
}

// report sends a report, and returns its receipt.
func (b *browser) report(more ...sent) string {
	b.t.Helper()
	page := b.post("/", b.fill(more...)...)
	require.Equal(b.t, 200, page.code, page.body)
	require.NotEmpty(b.t, page.receipt(), page.body)
	return page.receipt()
}

// open comes back with a receipt.
func (b *browser) open(receipt string) answer {
	return b.post("/open", sent{name: "token", value: b.get("/open").token()}, sent{name: "receipt", value: receipt})
}

// enter comes back with a receipt, and returns the page of the case.
func (b *browser) enter(receipt string) answer {
	b.t.Helper()
	a := b.open(receipt)
	require.Equal(b.t, 303, a.code, a.body)
	require.Equal(b.t, "./case", a.header.Get("Location"))
	page := b.get("/case")
	require.Equal(b.t, 200, page.code, page.body)
	return page
}

// cases are all that there are, as the team sees them.
func (s *site) cases() (out []*cvd.Case) {
	s.t.Helper()
	for page := ""; ; {
		list, err := s.svc.Find(context.Background(), team, service.Filter{}, page, 1000)
		require.NoError(s.t, err)
		for _, x := range list.Cases {
			c, err := s.svc.View(context.Background(), x.ID, team)
			require.NoError(s.t, err)
			out = append(out, c)
		}
		if page = list.Next; page == "" {
			return out
		}
	}
}

func (s *site) stored() int {
	list, err := s.blobs.List(context.Background(), storage.BlobID{}, 1000)
	require.NoError(s.t, err)
	return len(list)
}

func (s *site) do(id cvd.CaseID, cmds ...cvd.Command) *cvd.Case {
	s.t.Helper()
	c, err := s.svc.Do(context.Background(), id, cvd.By{Actor: "alice"}, cmds...)
	require.NoError(s.t, err)
	return c
}
