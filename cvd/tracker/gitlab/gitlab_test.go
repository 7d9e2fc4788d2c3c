package gitlab_test

import (
	"net/http"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/cvdkit/cvdkit/cvd/tracker"
	"github.com/cvdkit/cvdkit/cvd/tracker/gitlab"
	"github.com/cvdkit/cvdkit/cvd/tracker/internal/fake"
	"github.com/cvdkit/cvdkit/cvd/tracker/trackertest"
	"github.com/stretchr/testify/require"
)

type object = map[string]any

func state(t *tracker.Ticket) string {
	if t.Closed {
		return "closed"
	}
	return "opened"
}

func milli(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

func shape(t *tracker.Ticket) object {
	labels := []string{}
	if t.Marker != "" {
		labels = append(labels, "cvd-"+t.Marker)
	}
	iid, _ := strconv.Atoi(t.Ref)
	return object{
		"id": 1000 + iid, "iid": iid, "author": object{"username": t.Author}, "title": string(t.Title), "description": string(t.Body), "state": state(t),
		"labels": labels, "created_at": milli(t.Created), "updated_at": milli(t.Updated), "moved_to_id": nil, "confidential": true, "assignee": nil,
	}
}

// server answers as the documentation of GitLab says.
func server(t *testing.T) *fake.Server {
	s := fake.New(time.Now, "Private-Token", fake.Token, func(s *fake.Server) http.Handler {
		mux := http.NewServeMux()
		missing := func(w http.ResponseWriter, r *http.Request) {
			fake.JSON(w, r, 404, object{"message": "404 Issue Not Found"})
		}
		mux.HandleFunc("GET /api/v4/user", func(w http.ResponseWriter, r *http.Request) { fake.JSON(w, r, 200, object{"username": "bot"}) })
		const project = "/api/v4/projects/{id}"
		mux.HandleFunc("GET "+project+"/issues", func(w http.ResponseWriter, r *http.Request) {
			q := r.URL.Query()
			since, _ := time.Parse(time.RFC3339Nano, q.Get("updated_after"))
			var list []tracker.Ticket
			for _, x := range s.M.Tickets() {
				if l := q.Get("labels"); (l == "" || l == "cvd-"+x.Marker) && !x.Updated.Before(since) && (q.Get("state") == "" || q.Get("state") == state(&x)) {
					list = append(list, x)
				}
			}
			slices.SortStableFunc(list, func(a, b tracker.Ticket) int {
				if q.Get("order_by") == "updated_at" {
					return a.Updated.Compare(b.Updated)
				}
				return a.Created.Compare(b.Created)
			})
			if q.Get("sort") != "asc" {
				slices.Reverse(list)
			}
			out := []object{}
			for _, x := range fake.Page(r, list, 20, 100) {
				out = append(out, shape(&x))
			}
			fake.JSON(w, r, 200, out)
		})
		mux.HandleFunc("POST "+project+"/issues", func(w http.ResponseWriter, r *http.Request) {
			in := fake.Body(r)
			if r.PathValue("id") != "team/security" || in["confidential"] != true {
				t.Errorf("project %q, confidential %v", r.PathValue("id"), in["confidential"])
			}
			x, _ := s.A.Create(r.Context(), tracker.Fields{Title: fake.Text(in, "title"), Body: fake.Text(in, "description"), Marker: fake.Label(fake.Text(in, "labels"))})
			fake.JSON(w, r, 201, shape(&x))
		})
		mux.HandleFunc("GET "+project+"/issues/{n}", func(w http.ResponseWriter, r *http.Request) {
			x, err := s.A.Read(r.Context(), r.PathValue("n"))
			if err != nil {
				missing(w, r)
				return
			}
			fake.JSON(w, r, 200, shape(&x))
		})
		mux.HandleFunc("PUT "+project+"/issues/{n}", func(w http.ResponseWriter, r *http.Request) {
			in := fake.Body(r)
			x, err := s.A.Update(r.Context(), tracker.Ticket{Ref: r.PathValue("n")}, tracker.Fields{
				Title: fake.Text(in, "title"), Body: fake.Text(in, "description"), Marker: fake.Label(fake.Text(in, "add_labels")),
				Status: map[string]string{"close": "resolved", "reopen": "open"}[fake.Text(in, "state_event")],
			})
			if err != nil {
				missing(w, r)
				return
			}
			fake.JSON(w, r, 200, shape(&x))
		})
		entries := func(w http.ResponseWriter, r *http.Request, states bool) {
			out := []object{}
			for _, c := range s.History(r.Context(), r.PathValue("n")) {
				id, _ := strconv.Atoi(c.ID)
				who := object{"username": c.Actor}
				switch {
				case states && c.Kind == tracker.KindStatus && c.New == "resolved":
					out = append(out, object{"id": id, "user": who, "created_at": milli(c.At), "state": "closed"})
				case states && c.Kind == tracker.KindStatus && c.Old == "resolved":
					out = append(out, object{"id": id, "user": who, "created_at": milli(c.At), "state": "reopened"})
				case !states && c.Kind == tracker.KindCommented:
					out = append(out, object{"id": id, "author": who, "created_at": milli(c.At), "body": string(c.Text), "system": false})
				case !states && c.Kind == tracker.KindTitle:
					out = append(out, object{"id": id, "author": who, "created_at": milli(c.At), "body": "changed title from **x** to **y**", "system": true})
				}
			}
			fake.JSON(w, r, 200, fake.Page(r, out, 20, 100))
		}
		mux.HandleFunc("GET "+project+"/issues/{n}/notes", func(w http.ResponseWriter, r *http.Request) { entries(w, r, false) })
		mux.HandleFunc("GET "+project+"/issues/{n}/resource_state_events", func(w http.ResponseWriter, r *http.Request) { entries(w, r, true) })
		return mux
	})
	t.Cleanup(s.Close)
	return s
}

func client(t *testing.T, s *fake.Server) *gitlab.Client {
	c, err := gitlab.New(gitlab.Config{URL: s.URL, Token: fake.Token, Project: "team/security"})
	require.NoError(t, err)
	return c
}

func TestConformance(t *testing.T) {
	trackertest.Test(t, func(t *testing.T) trackertest.Harness {
		s := server(t)
		return trackertest.Harness{Tracker: client(t, s), Person: s.Person(), Statuses: [2]string{"opened", "closed"}, Unknown: "frobbed", KeepsBody: true}
	})
}

func TestFaults(t *testing.T) {
	s := server(t)
	fake.Check(t, s, client(t, s))
}

// A page holds a hundred notes.
func TestManyNotes(t *testing.T) {
	s := server(t)
	ref := s.M.Open("joe", "t", "")
	for i := range 250 {
		require.NoError(t, s.M.Comment(ref, "joe", strconv.Itoa(i), false))
	}
	cs, err := client(t, s).History(t.Context(), ref)
	require.NoError(t, err)
	require.Len(t, cs, 251)
}
