package jira_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cvdkit/cvdkit/cvd/tracker"
	"github.com/cvdkit/cvdkit/cvd/tracker/internal/fake"
	"github.com/cvdkit/cvdkit/cvd/tracker/jira"
	"github.com/cvdkit/cvdkit/cvd/tracker/trackertest"
	"github.com/stretchr/testify/require"
)

type object = map[string]any

var names = map[string]string{"new": "To Do", "open": "To Do", "resolved": "Done", "stalled": "In Progress"}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000+0000") }

func shape(t *tracker.Ticket, cloud bool) object {
	labels := []string{}
	if t.Marker != "" {
		labels = append(labels, "cvd-"+t.Marker)
	}
	return object{"id": t.Ref, "key": "SEC-" + t.Ref, "fields": object{
		"summary": string(t.Title), "description": string(t.Body), "labels": labels, "creator": who(t.Author, cloud), "assignee": nil,
		"status": status(names[t.Status]), "created": stamp(t.Created), "updated": stamp(t.Updated), "project": object{"key": "SEC"}, "priority": nil,
	}}
}

func status(name string) object {
	return object{"name": name, "statusCategory": object{"key": map[bool]string{true: "done", false: "new"}[name == "Done"]}}
}

func who(name string, cloud bool) object {
	if cloud {
		return object{"accountId": name, "displayName": "The " + name}
	}
	return object{"key": name, "name": name, "displayName": "The " + name}
}

var (
	labelJQL   = regexp.MustCompile(`labels = "cvd-([0-9a-f]+)"`)
	updatedJQL = regexp.MustCompile(`updated >= (\d+)`)
)

// server answers as the documentation of Jira says, of Cloud or of Data Center.
func server(t *testing.T, cloud bool) *fake.Server {
	auth := "Bearer " + fake.Token
	if cloud {
		auth = "Basic " + base64.StdEncoding.EncodeToString([]byte("bot@example.org:"+fake.Token))
	}
	s := fake.New(time.Now, "Authorization", auth, func(s *fake.Server) http.Handler {
		mux := http.NewServeMux()
		missing := func(w http.ResponseWriter, r *http.Request) {
			fake.JSON(w, r, 404, object{"errorMessages": []string{"Issue does not exist or you do not have permission to see it."}})
		}
		mux.HandleFunc("GET /rest/api/2/myself", func(w http.ResponseWriter, r *http.Request) { fake.JSON(w, r, 200, who("bot", cloud)) })
		search := func(w http.ResponseWriter, r *http.Request) {
			q := r.URL.Query()
			jql := q.Get("jql")
			var list []tracker.Ticket
			for _, x := range s.M.Tickets() {
				if m := labelJQL.FindStringSubmatch(jql); m != nil && x.Marker != m[1] {
					continue
				}
				if m := updatedJQL.FindStringSubmatch(jql); m != nil {
					ms, _ := strconv.ParseInt(m[1], 10, 64)
					if x.Updated.Before(time.UnixMilli(ms)) {
						continue
					}
				}
				list = append(list, x)
			}
			slices.SortStableFunc(list, func(a, b tracker.Ticket) int {
				if strings.Contains(jql, "BY updated") {
					return a.Updated.Compare(b.Updated)
				}
				return a.Created.Compare(b.Created)
			})
			n, _ := strconv.Atoi(q.Get("maxResults"))
			n = min(max(n, 1), 50) // it may give fewer than it is asked for
			start, _ := strconv.Atoi(q.Get("startAt") + q.Get("nextPageToken"))
			end := min(start+n, len(list))
			issues := []object{}
			for i := min(start, end); i < end; i++ {
				issues = append(issues, shape(&list[i], cloud))
			}
			out := object{"issues": issues}
			if cloud && end < len(list) {
				out["nextPageToken"] = strconv.Itoa(end)
			} else if !cloud {
				out["total"], out["startAt"] = len(list), start
			}
			fake.JSON(w, r, 200, out)
		}
		if cloud {
			mux.HandleFunc("GET /rest/api/2/search/jql", search)
		} else {
			mux.HandleFunc("GET /rest/api/2/search", search)
		}
		mux.HandleFunc("POST /rest/api/2/issue", func(w http.ResponseWriter, r *http.Request) {
			in, _ := fake.Body(r)["fields"].(map[string]any)
			f := tracker.Fields{Title: fake.Text(in, "summary"), Body: fake.Text(in, "description")}
			if ls, ok := in["labels"].([]any); ok {
				f.Marker = fake.Label(fmt.Sprint(ls[0]))
			}
			x, _ := s.A.Create(r.Context(), f)
			fake.JSON(w, r, 201, object{"id": x.Ref, "key": "SEC-" + x.Ref})
		})
		const issue = "/rest/api/2/issue/{id}"
		mux.HandleFunc("GET "+issue, func(w http.ResponseWriter, r *http.Request) {
			x, err := s.A.Read(r.Context(), r.PathValue("id"))
			if err != nil {
				missing(w, r)
				return
			}
			out := shape(&x, cloud)
			if r.URL.Query().Get("expand") == "changelog" {
				hs := histories(s, r, cloud)
				total := len(hs)
				if cloud && total > 100 {
					hs = hs[total-100:]
				}
				out["changelog"] = object{"total": total, "histories": hs}
			}
			fake.JSON(w, r, 200, out)
		})
		mux.HandleFunc("GET "+issue+"/changelog", func(w http.ResponseWriter, r *http.Request) {
			hs := histories(s, r, cloud)
			start, _ := strconv.Atoi(r.URL.Query().Get("startAt"))
			end := min(start+100, len(hs))
			fake.JSON(w, r, 200, object{"values": hs[min(start, end):end], "isLast": end == len(hs)})
		})
		mux.HandleFunc("GET "+issue+"/comment", func(w http.ResponseWriter, r *http.Request) {
			all := []object{}
			for _, c := range s.History(r.Context(), r.PathValue("id")) {
				if c.Kind == tracker.KindCommented {
					all = append(all, object{"id": c.ID, "author": who(c.Actor, cloud), "body": string(c.Text), "created": stamp(c.At)})
				}
			}
			start, _ := strconv.Atoi(r.URL.Query().Get("startAt"))
			end := min(start+50, len(all))
			fake.JSON(w, r, 200, object{"comments": all[min(start, end):end], "total": len(all)})
		})
		mux.HandleFunc("PUT "+issue, func(w http.ResponseWriter, r *http.Request) {
			body := fake.Body(r)
			in, _ := body["fields"].(map[string]any)
			f := tracker.Fields{Title: fake.Text(in, "summary"), Body: fake.Text(in, "description")}
			if up, ok := body["update"].(map[string]any); ok {
				if ls, ok := up["labels"].([]any); ok {
					add, _ := ls[0].(map[string]any)
					f.Marker = fake.Label(fake.Text(add, "add"))
				}
			}
			if _, err := s.A.Update(r.Context(), tracker.Ticket{Ref: r.PathValue("id")}, f); err != nil {
				missing(w, r)
				return
			}
			w.WriteHeader(204)
		})
		mux.HandleFunc("GET "+issue+"/transitions", func(w http.ResponseWriter, r *http.Request) {
			if _, err := s.A.Read(r.Context(), r.PathValue("id")); err != nil {
				missing(w, r)
				return
			}
			fake.JSON(w, r, 200, object{"transitions": []object{{"id": "11", "to": status("To Do")}, {"id": "31", "to": status("Done")}}})
		})
		mux.HandleFunc("POST "+issue+"/transitions", func(w http.ResponseWriter, r *http.Request) {
			in, _ := fake.Body(r)["transition"].(map[string]any)
			to := map[string]string{"11": "open", "31": "resolved"}[fake.Text(in, "id")]
			if _, err := s.A.Update(r.Context(), tracker.Ticket{Ref: r.PathValue("id")}, tracker.Fields{Status: to}); err != nil {
				missing(w, r)
				return
			}
			w.WriteHeader(204)
		})
		return mux
	})
	t.Cleanup(s.Close)
	return s
}

func histories(s *fake.Server, r *http.Request, cloud bool) []object {
	out := []object{}
	for _, c := range s.History(r.Context(), r.PathValue("id")) {
		item := object{"fromString": string(c.Old), "toString": string(c.New)}
		switch c.Kind {
		case tracker.KindStatus:
			item["field"], item["fromString"], item["toString"] = "status", names[string(c.Old)], names[string(c.New)]
		case tracker.KindTitle:
			item["field"] = "summary"
		default:
			continue
		}
		out = append(out, object{"id": c.ID, "author": who(c.Actor, cloud), "created": stamp(c.At), "items": []object{item}})
	}
	return out
}

func client(t *testing.T, s *fake.Server, cloud bool) *jira.Client {
	cfg := jira.Config{URL: s.URL, Token: fake.Token, Project: "SEC"}
	if cloud {
		cfg.Email = "bot@example.org"
	}
	c, err := jira.New(cfg)
	require.NoError(t, err)
	return c
}

func TestConformance(t *testing.T) {
	for _, cloud := range []bool{false, true} {
		t.Run(map[bool]string{false: "data-center", true: "cloud"}[cloud], func(t *testing.T) {
			trackertest.Test(t, func(t *testing.T) trackertest.Harness {
				s := server(t, cloud)
				return trackertest.Harness{Tracker: client(t, s, cloud), Person: s.Person(), Statuses: [2]string{"To Do", "Done"}, Unknown: "frobbed", KeepsBody: true}
			})
		})
	}
}

func TestFaults(t *testing.T) {
	s := server(t, true)
	fake.Check(t, s, client(t, s, true))
}

// Searches, comments and histories come in pages.
func TestPages(t *testing.T) {
	for _, cloud := range []bool{false, true} {
		s := server(t, cloud)
		c := client(t, s, cloud)
		for i := range 120 {
			s.M.Open("joe", strconv.Itoa(i), "")
			require.NoError(t, s.M.Comment("1", "joe", strconv.Itoa(i), false))
			require.NoError(t, s.M.SetTitle("1", "joe", "title "+strconv.Itoa(i)))
		}
		cs, err := c.History(t.Context(), "1")
		require.NoError(t, err)
		require.Len(t, cs, 241)
		told, cursor := map[string]bool{}, ""
		for range 300 {
			p, err := c.Changes(t.Context(), cursor, 10)
			require.NoError(t, err)
			for _, x := range p.Changes {
				told[x.ID] = true
			}
			if !p.More {
				break
			}
			cursor = p.Cursor
		}
		require.Len(t, told, 360)
		var all int
		for cursor := ""; ; {
			ts, next, err := c.Tickets(t.Context(), tracker.TicketQuery{}, cursor, 40)
			require.NoError(t, err)
			all += len(ts)
			if cursor = next; next == "" {
				break
			}
		}
		require.Equal(t, 120, all)
	}
}
