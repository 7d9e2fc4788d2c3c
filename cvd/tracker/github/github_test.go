package github_test

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/memstore"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/tracker"
	"github.com/cvdkit/cvdkit/cvd/tracker/github"
	"github.com/cvdkit/cvdkit/cvd/tracker/internal/fake"
	"github.com/cvdkit/cvdkit/cvd/tracker/trackertest"
	"github.com/stretchr/testify/require"
)

type object = map[string]any

func state(t *tracker.Ticket) string {
	if t.Closed {
		return "closed"
	}
	return "open"
}

func shape(t *tracker.Ticket) object {
	labels := []object{}
	if t.Marker != "" {
		labels = append(labels, object{"name": "cvd-" + t.Marker})
	}
	number, _ := strconv.Atoi(t.Ref)
	return object{
		"number": number, "user": object{"login": t.Author}, "title": string(t.Title), "body": string(t.Body), "state": state(t), "labels": labels,
		"created_at": fake.Second(t.Created), "updated_at": fake.Second(t.Updated), "html_url": "https://github.example/issues/" + t.Ref,
		"repository_url": "https://api.github.example/repos/team/security", "assignee": nil,
	}
}

func fields(in map[string]any) tracker.Fields {
	f := tracker.Fields{Title: fake.Text(in, "title"), Body: fake.Text(in, "body"), Status: map[string]string{"open": "open", "closed": "resolved"}[fake.Text(in, "state")]}
	if ls, ok := in["labels"].([]any); ok && len(ls) > 0 {
		name, _ := ls[0].(string)
		f.Marker = fake.Label(name)
	}
	return f
}

// server answers as the documentation of GitHub says.
func server(t *testing.T, now func() time.Time) *fake.Server {
	s := fake.New(now, "Authorization", "Bearer "+fake.Token, func(s *fake.Server) http.Handler {
		mux := http.NewServeMux()
		missing := func(w http.ResponseWriter, r *http.Request) { fake.JSON(w, r, 404, object{"message": "Not Found"}) }
		mux.HandleFunc("GET /user", func(w http.ResponseWriter, r *http.Request) { fake.JSON(w, r, 200, object{"login": "bot"}) })
		const repo = "/repos/team/security"
		mux.HandleFunc("GET "+repo, func(w http.ResponseWriter, r *http.Request) {
			fake.JSON(w, r, 200, object{"has_issues": true, "private": true, "permissions": object{"push": true}})
		})
		mux.HandleFunc("GET "+repo+"/issues", func(w http.ResponseWriter, r *http.Request) {
			q := r.URL.Query()
			since, _ := time.Parse(time.RFC3339, q.Get("since"))
			var list []tracker.Ticket
			for _, x := range s.M.Tickets() {
				if l := q.Get("labels"); (l == "" || l == "cvd-"+x.Marker) && !x.Updated.Truncate(time.Second).Before(since) && (q.Get("state") == "all" || state(&x) == "open") {
					list = append(list, x)
				}
			}
			slices.SortStableFunc(list, func(a, b tracker.Ticket) int {
				if q.Get("sort") == "updated" {
					return a.Updated.Truncate(time.Second).Compare(b.Updated.Truncate(time.Second))
				}
				return a.Created.Compare(b.Created)
			})
			if q.Get("direction") != "asc" {
				slices.Reverse(list)
			}
			out := []object{}
			for _, x := range fake.Page(r, list, 30, 100) {
				out = append(out, shape(&x))
			}
			fake.JSON(w, r, 200, out)
		})
		mux.HandleFunc("POST "+repo+"/issues", func(w http.ResponseWriter, r *http.Request) {
			x, _ := s.A.Create(r.Context(), fields(fake.Body(r)))
			fake.JSON(w, r, 201, shape(&x))
		})
		mux.HandleFunc("GET "+repo+"/issues/{n}", func(w http.ResponseWriter, r *http.Request) {
			x, err := s.A.Read(r.Context(), r.PathValue("n"))
			if err != nil {
				missing(w, r)
				return
			}
			fake.JSON(w, r, 200, shape(&x))
		})
		change := func(w http.ResponseWriter, r *http.Request) {
			x, err := s.A.Update(r.Context(), tracker.Ticket{Ref: r.PathValue("n")}, fields(fake.Body(r)))
			if err != nil {
				missing(w, r)
				return
			}
			fake.JSON(w, r, 200, shape(&x))
		}
		mux.HandleFunc("PATCH "+repo+"/issues/{n}", change)
		mux.HandleFunc("POST "+repo+"/issues/{n}/labels", change)
		mux.HandleFunc("GET "+repo+"/issues/{n}/timeline", func(w http.ResponseWriter, r *http.Request) {
			out := []object{}
			for _, c := range s.History(r.Context(), r.PathValue("n")) {
				id, _ := strconv.Atoi(c.ID)
				e := object{"id": id, "actor": object{"login": c.Actor}, "created_at": fake.Second(c.At)}
				switch c.Kind {
				case tracker.KindCommented:
					e["event"], e["body"], e["user"] = "commented", string(c.Text), object{"login": c.Actor}
				case tracker.KindStatus:
					e["event"] = map[bool]string{true: "closed", false: "reopened"}[c.New == "resolved"]
				case tracker.KindTitle:
					e["event"], e["rename"] = "renamed", object{"from": string(c.Old), "to": string(c.New)}
				default:
					continue
				}
				out = append(out, e)
			}
			fake.JSON(w, r, 200, fake.Page(r, out, 30, 100))
		})
		advisories(mux, repo)
		return mux
	})
	t.Cleanup(s.Close)
	return s
}

// advisories are 130 reports, in pages with cursors.
func advisories(mux *http.ServeMux, repo string) {
	at := func(i int) object {
		day := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(i) * time.Hour)
		return object{"ghsa_id": "GHSA-" + strconv.Itoa(i), "summary": "report " + strconv.Itoa(i), "description": "text", "severity": "high", "state": "triage",
			"author": object{"login": "rita"}, "created_at": fake.Second(day), "updated_at": fake.Second(day)}
	}
	mux.HandleFunc("GET "+repo+"/security-advisories", func(w http.ResponseWriter, r *http.Request) {
		from := 130
		if a := r.URL.Query().Get("after"); a != "" {
			from, _ = strconv.Atoi(a)
		}
		out := []object{}
		for i := from - 1; i >= max(0, from-100); i-- {
			out = append(out, at(i))
		}
		if from > 100 {
			w.Header().Set("Link", "<https://api.github.example"+repo+"/security-advisories?after="+strconv.Itoa(from-100)+`>; rel="next"`)
		}
		fake.JSON(w, r, 200, out)
	})
	mux.HandleFunc("GET "+repo+"/security-advisories/{id}", func(w http.ResponseWriter, r *http.Request) {
		i, _ := strconv.Atoi(strings.TrimPrefix(r.PathValue("id"), "GHSA-"))
		fake.JSON(w, r, 200, at(i))
	})
}

func client(t *testing.T, s *fake.Server) *github.Client {
	c, err := github.New(github.Config{URL: s.URL, Token: fake.Token, Owner: "team", Repo: "security"})
	require.NoError(t, err)
	return c
}

func TestConformance(t *testing.T) {
	trackertest.Test(t, func(t *testing.T) trackertest.Harness {
		s := server(t, time.Now)
		return trackertest.Harness{Tracker: client(t, s), Person: s.Person(), Statuses: [2]string{"open", "closed"}, Unknown: "frobbed", KeepsBody: true}
	})
}

func TestFaults(t *testing.T) {
	s := server(t, time.Now)
	fake.Check(t, s, client(t, s))
}

// A poll that finds nothing new costs nothing of the rate limit.
func TestIdlePollsAreConditional(t *testing.T) {
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	s := server(t, func() time.Time { return now })
	c := client(t, s)
	for i := range 150 {
		now = now.Add(time.Second)
		s.M.Open("joe", "ticket "+strconv.Itoa(i), "")
	}
	cursor, told := "", 0
	for range 300 {
		p, err := c.Changes(t.Context(), cursor, 10)
		require.NoError(t, err)
		told += len(p.Changes)
		if !p.More && p.Cursor == cursor {
			break
		}
		cursor = p.Cursor
	}
	require.GreaterOrEqual(t, told, 150)
	var statuses []int
	s.Fail(func(w http.ResponseWriter, r *http.Request) bool {
		statuses = append(statuses, map[bool]int{true: 1, false: 0}[r.Header.Get("If-None-Match") != ""])
		return false
	})
	before := len(s.Requests())
	_, err := c.Changes(t.Context(), cursor, 10)
	require.NoError(t, err)
	require.Len(t, s.Requests(), before+1)
	require.Equal(t, []int{1}, statuses)
}

// What comes in by private vulnerability reporting becomes cases, each once.
func TestAdvisoriesBecomeCases(t *testing.T) {
	s := server(t, time.Now)
	a, err := github.NewAdvisories(github.Config{URL: s.URL, Token: fake.Token, Owner: "team", Repo: "security"})
	require.NoError(t, err)
	svc, err := service.New(cvd.Config{Store: memstore.New(), Secret: make([]byte, 32), Subscribers: []string{"tracker/ghsa"}})
	require.NoError(t, err)
	sync, err := tracker.New(tracker.Config{Service: svc, State: memstore.NewState(), Tracker: a, Name: "tracker/ghsa", Now: time.Now, ReadOnly: true, Intake: tracker.Report})
	require.NoError(t, err)
	opened := 0
	for range 50 {
		r, err := sync.Pull(t.Context(), 20)
		require.NoError(t, err)
		require.Empty(t, r.Problems)
		opened += r.Opened
		if !r.More {
			break
		}
	}
	require.Equal(t, 130, opened)
	id, err := svc.Lookup(t.Context(), cvd.ExternalID{Kind: "ticket:tracker/ghsa", Value: "GHSA-7"})
	require.NoError(t, err)
	c, err := svc.View(t.Context(), id, cvd.Viewer{Team: true})
	require.NoError(t, err)
	require.Equal(t, "report 7", string(c.Title))
}
