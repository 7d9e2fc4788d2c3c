package memtracker_test

import (
	"context"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/cvdkit/cvdkit/cvd/tracker/memtracker"
	"github.com/cvdkit/cvdkit/cvd/tracker/trackertest"
)

// The tracker behind HTTP is the same tracker.
func TestConformanceOverHTTP(t *testing.T) {
	trackertest.Test(t, func(t *testing.T) trackertest.Harness {
		m := memtracker.New(time.Now)
		s := httptest.NewServer(m.As("bot").Handler())
		t.Cleanup(s.Close)
		return trackertest.Harness{
			Tracker:  memtracker.Client{URL: s.URL, Account: "bot", HTTP: s.Client()},
			Statuses: [2]string{"open", "resolved"}, Unknown: "frobbed", Stale: true, KeepsBody: true,
			Person: trackertest.Person{
				Open:      func(_ context.Context, title, text string) (string, error) { return m.Open("joe", title, text), nil },
				Comment:   func(_ context.Context, ref, text string) error { return m.Comment(ref, "joe", text, false) },
				SetStatus: func(_ context.Context, ref, status string) error { return m.SetStatus(ref, "joe", status) },
				SetTitle:  func(_ context.Context, ref, title string) error { return m.SetTitle(ref, "joe", title) },
				Delete:    func(_ context.Context, ref string) error { return m.Delete(ref, "joe") },
				Merge:     func(_ context.Context, ref, into string) (string, error) { return into, m.Merge(ref, "joe", into) },
			},
		}
	})
}
