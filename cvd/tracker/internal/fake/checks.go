package fake

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/cvdkit/cvdkit/cvd/tracker"
)

// Check runs what all adapters have to bear from their servers.
func Check(t *testing.T, s *Server, c tracker.Tracker) {
	t.Helper()
	ctx := t.Context()
	calls := func() []error {
		_, e1 := c.Find(ctx, strings.Repeat("0", 32))
		_, e2 := c.Changes(ctx, "", 10)
		_, e3 := c.Read(ctx, "1")
		_, e4 := c.Create(ctx, tracker.Fields{Title: "SECRET", Body: "SECRET", Marker: strings.Repeat("1", 32)})
		return []error{e1, e2, e3, e4}
	}
	for _, x := range []struct {
		name   string
		answer func(w http.ResponseWriter)
		want   func(e *tracker.Error) bool
	}{
		{"Retry-After in seconds", func(w http.ResponseWriter) { w.Header().Set("Retry-After", "7"); w.WriteHeader(429) },
			func(e *tracker.Error) bool { return e.After == 7*time.Second && e.Retry && e.Refused }},
		{"Retry-After as a date", func(w http.ResponseWriter) {
			w.Header().Set("Date", "Mon, 02 Mar 2026 09:00:00 GMT")
			w.Header().Set("Retry-After", "Mon, 02 Mar 2026 09:01:00 GMT")
			w.WriteHeader(429)
		}, func(e *tracker.Error) bool { return e.After == time.Minute }},
		{"a reset of GitHub's", func(w http.ResponseWriter) {
			w.Header().Set("Date", "Mon, 02 Mar 2026 09:00:00 GMT")
			w.Header().Set("X-RateLimit-Remaining", "0")
			w.Header().Set("X-RateLimit-Reset", "1772442030") // 09:00:30
			w.WriteHeader(403)
		}, func(e *tracker.Error) bool { return e.After == 30*time.Second && e.Retry }},
		{"a web page", func(w http.ResponseWriter) {
			w.Header().Set("Content-Type", "text/html")
			_, _ = w.Write([]byte("<html>SECRET log in"))
		}, func(e *tracker.Error) bool { return strings.Contains(e.Hint, "web page") }},
		{"no JSON", func(w http.ResponseWriter) { _, _ = w.Write([]byte(`{"SECRET`)) }, func(e *tracker.Error) bool { return e.Hint != "" }},
		{"a wrong token", func(w http.ResponseWriter) { w.WriteHeader(401) }, func(e *tracker.Error) bool { return e.Refused && strings.Contains(e.Hint, "token") }},
		{"an error of the server", func(w http.ResponseWriter) { w.WriteHeader(503) }, func(e *tracker.Error) bool { return e.Retry }},
		{"a redirect to another host", func(w http.ResponseWriter) {
			w.Header().Set("Location", "https://elsewhere.example/")
			w.WriteHeader(302)
		},
			func(e *tracker.Error) bool { return strings.Contains(e.Hint, "another address") }},
		{"an answer that breaks off", func(w http.ResponseWriter) { panic(http.ErrAbortHandler) }, func(e *tracker.Error) bool { return e.Retry && e.Status == 0 }},
	} {
		t.Run(x.name, func(t *testing.T) {
			s.Fail(func(w http.ResponseWriter, r *http.Request) bool { x.answer(w); return true })
			defer s.Fail(nil)
			for i, err := range calls() {
				var e *tracker.Error
				if !errors.As(err, &e) || !x.want(e) {
					t.Errorf("call %d: %v", i, err)
				} else if strings.Contains(err.Error(), "SECRET") {
					t.Errorf("call %d: the error quotes what was sent or answered", i)
				}
				if i == 3 && e != nil && e.Refused && (e.Status >= 500 || e.Status == 0) {
					t.Errorf("call %d: nobody knows whether it was made", i)
				}
			}
		})
	}
	over, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := c.Read(over, "1"); !errors.Is(err, context.Canceled) {
		t.Errorf("a context that is over gives %v", err)
	}
}
