// Package fake is what the test servers of adapters have in common: a ticketing
// system in memory behind an API that answers as the documentation of a real one
// says, with its errors, pages, rate limits and ETags.
package fake

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/cvdkit/cvdkit/cvd/tracker"
	"github.com/cvdkit/cvdkit/cvd/tracker/memtracker"
	"github.com/cvdkit/cvdkit/cvd/tracker/trackertest"
)

// Token is the one that the servers take.
const Token = "test-token"

// Server is a test server.
type Server struct {
	*httptest.Server
	M *memtracker.Tracker
	// A is the account of the adapter.
	A memtracker.Account

	mu       sync.Mutex
	fault    func(w http.ResponseWriter, r *http.Request) bool
	requests []string
}

// New starts a server. Requests without the token in this header are refused, in the
// words of the system.
func New(now func() time.Time, header, value string, h func(s *Server) http.Handler) *Server {
	s := &Server{M: memtracker.New(now)}
	s.A = s.M.As("bot")
	inner := h(s)
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		fault := s.fault
		s.requests = append(s.requests, r.Method+" "+r.URL.EscapedPath())
		s.mu.Unlock()
		if fault != nil && fault(w, r) {
			return
		}
		if r.Header.Get(header) != value {
			JSON(w, r, 401, map[string]string{"message": "Bad credentials"})
			return
		}
		inner.ServeHTTP(w, r)
	}))
	return s
}

// Fail has f asked first; true: it has answered.
func (s *Server) Fail(f func(w http.ResponseWriter, r *http.Request) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = f
}

// Requests returns the requests so far.
func (s *Server) Requests() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.requests...)
}

// JSON answers, with an ETag, and 304 where the asker has the answer already.
func JSON(w http.ResponseWriter, r *http.Request, status int, v any) {
	data, _ := json.Marshal(v)
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	if r.Method == http.MethodGet && status == 200 {
		sum := sha256.Sum256(data)
		etag := `W/"` + hex.EncodeToString(sum[:8]) + `"`
		w.Header().Set("ETag", etag)
		if r.Header.Get("If-None-Match") == etag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	w.WriteHeader(status)
	_, _ = w.Write(data)
}

// Body reads a request.
func Body(r *http.Request) (in map[string]any) {
	_ = json.NewDecoder(r.Body).Decode(&in)
	return in
}

// Page cuts a list by the parameters page and per_page.
func Page[T any](r *http.Request, all []T, normal, most int) []T {
	n, _ := strconv.Atoi(r.URL.Query().Get("per_page"))
	if n <= 0 {
		n = normal
	}
	n = min(n, most)
	page, _ := strconv.Atoi(r.URL.Query().Get("page"))
	from := min((max(page, 1)-1)*n, len(all))
	return append([]T{}, all[from:min(from+n, len(all))]...)
}

// Text is a field of a request.
func Text(in map[string]any, key string) string { s, _ := in[key].(string); return s }

// Label is the marker of a label.
func Label(s string) string {
	m, ok := strings.CutPrefix(s, "cvd-")
	if !ok {
		return ""
	}
	return m
}

// Person works in the tracker by hand.
func (s *Server) Person() trackertest.Person {
	status := map[string]string{"closed": "resolved", "opened": "open", "Done": "resolved", "To Do": "open"}
	return trackertest.Person{
		Open:    func(_ context.Context, title, text string) (string, error) { return s.M.Open("joe", title, text), nil },
		Comment: func(_ context.Context, ref, text string) error { return s.M.Comment(ref, "joe", text, false) },
		SetStatus: func(_ context.Context, ref, want string) error {
			if x := status[want]; x != "" {
				want = x
			}
			return s.M.SetStatus(ref, "joe", want)
		},
		SetTitle: func(_ context.Context, ref, title string) error { return s.M.SetTitle(ref, "joe", title) },
		Delete:   func(_ context.Context, ref string) error { return s.M.Delete(ref, "joe") },
	}
}

// History is what happened to a ticket.
func (s *Server) History(ctx context.Context, ref string) []tracker.Change {
	h, _ := s.A.History(ctx, ref)
	return h
}

// Second is an instant as most trackers tell it.
func Second(t time.Time) string { return t.UTC().Truncate(time.Second).Format(time.RFC3339) }
