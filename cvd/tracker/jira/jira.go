// Package jira lets cases live in a project of Jira, Cloud or Data Center.
//
// It was not run against Jira itself: its tests use a server that answers as
// Atlassian's documentation says (REST API 2), with its pages, errors and rate
// limits.
//
// The marker is a label, "cvd-" and its digits. A ticket is known by the number of
// the issue, which stays when it is moved and gets another key. Give the project an
// issue security scheme, and Config.Security its level, if not all of its readers
// may see the tickets. The account needs the rights to browse, create, edit and
// transition issues.
//
// # What Jira does
//
//   - A state is reached by a transition of the workflow: one that the workflow does
//     not have from where the issue is, is refused.
//   - It cannot tell that an issue has changed since it was read.
//   - Its search lags behind by seconds: New of a Sync takes no lease below 40 s.
//   - It does not tell what was deleted; the next write finds out.
package jira

import (
	"cmp"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/tracker"
	"github.com/cvdkit/cvdkit/cvd/tracker/internal/feed"
	"github.com/cvdkit/cvdkit/cvd/tracker/internal/rest"
)

// Config says which project. URL, Token and Project are required.
type Config struct {
	URL     string // for example "https://example.atlassian.net"
	Email   string // of the account, on Cloud; "" on Data Center
	Token   string // API token on Cloud, personal access token on Data Center
	Project string // key, for example "SEC"
	Type    string // of the issues that are made. "": Task
	// Security is the level of the project's issue security scheme, by its number.
	Security string
	// HTTP is the client. nil: one with a timeout of 30 seconds.
	HTTP *http.Client
}

// Client is a project as one account sees it. It is safe for concurrent use.
type Client struct {
	cfg  Config
	rest *rest.Client
}

var (
	_ tracker.Tracker   = (*Client)(nil)
	_ tracker.Lister    = (*Client)(nil)
	_ tracker.Starter   = (*Client)(nil)
	_ tracker.Describer = (*Client)(nil)
	_ tracker.Lagging   = (*Client)(nil)
)

// New checks the configuration and asks nothing.
func New(cfg Config) (*Client, error) {
	if cfg.Token == "" || cfg.Project == "" {
		return nil, errors.New("jira: Config.Token and Project are required")
	}
	if strings.ContainsFunc(cfg.Project, func(r rune) bool { return r != '_' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') }) {
		return nil, errors.New("jira: Config.Project is a key, of capitals, digits and _")
	}
	cfg.Type = cmp.Or(cfg.Type, "Task")
	auth := "Bearer " + cfg.Token
	if cfg.Email != "" {
		auth = "Basic " + base64.StdEncoding.EncodeToString([]byte(cfg.Email+":"+cfg.Token))
	}
	c, err := rest.New(cfg.URL, cfg.HTTP, func(h http.Header) {
		h.Set("Authorization", auth)
		h.Set("X-Atlassian-Token", "no-check")
	})
	return &Client{cfg, c}, err
}

// FindLag implements tracker.Lagging: how long a search may not see a new issue.
func (c *Client) FindLag() time.Duration { return lag }

const (
	lag     = 20 * time.Second
	prefix  = "cvd-"
	perPage = 100
	fields  = "summary,description,status,priority,labels,creator,assignee,created,updated,project"
)

type user struct {
	AccountID string `json:"accountId"` // on Cloud
	Key       string `json:"key"`       // on Data Center
	Name      string `json:"name"`
	Display   string `json:"displayName"`
	Email     string `json:"emailAddress"`
}

func (u *user) id() string {
	if u == nil {
		return ""
	}
	return cmp.Or(u.AccountID, u.Key, u.Name)
}

type status struct {
	Name     string `json:"name"`
	Category struct {
		Key string `json:"key"` // new, indeterminate or done
	} `json:"statusCategory"`
}

type issue struct {
	ID     string `json:"id"`
	Key    string `json:"key"`
	Fields struct {
		Summary     string                 `json:"summary"`
		Description string                 `json:"description"`
		Status      status                 `json:"status"`
		Priority    *struct{ Name string } `json:"priority"`
		Labels      []string               `json:"labels"`
		Creator     *user                  `json:"creator"`
		Assignee    *user                  `json:"assignee"`
		Created     stamp                  `json:"created"`
		Updated     stamp                  `json:"updated"`
		Project     struct{ Key string }   `json:"project"`
	} `json:"fields"`
	Changelog struct {
		Total     int       `json:"total"`
		Histories []history `json:"histories"`
	} `json:"changelog"`
}

// stamp is an instant as Jira writes it: its zone has no colon.
type stamp struct{ time.Time }

// UnmarshalJSON reads 2026-03-02T09:00:00.000+0000, and RFC 3339.
func (s *stamp) UnmarshalJSON(b []byte) error {
	text := strings.Trim(string(b), `"`)
	if text == "null" || text == "" {
		return nil
	}
	t, err := time.Parse("2006-01-02T15:04:05.999-0700", text)
	if err != nil {
		t, err = time.Parse(time.RFC3339Nano, text)
	}
	s.Time = t.UTC()
	return err
}

func (c *Client) shown(x *issue) tracker.Ticket {
	f := &x.Fields
	t := tracker.Ticket{
		Ref: x.ID, Version: f.Updated.Format(time.RFC3339Nano), Project: f.Project.Key, Status: f.Status.Name, Closed: f.Status.Category.Key == "done",
		Created: f.Created.Time, Updated: f.Updated.Time, URL: strings.TrimSuffix(c.cfg.URL, "/") + "/browse/" + url.PathEscape(x.Key),
		Title: cvd.Private(f.Summary), Body: cvd.Private(f.Description), Author: f.Creator.id(), Owner: cvd.Private(f.Assignee.id()),
	}
	if f.Priority != nil {
		t.Priority = f.Priority.Name
	}
	if f.Creator != nil {
		t.AuthorName, t.AuthorEmail = cvd.Private(f.Creator.Display), cvd.Private(f.Creator.Email)
	}
	for _, l := range f.Labels {
		if m, ok := strings.CutPrefix(l, prefix); ok && len(m) == 32 {
			t.Marker = m
		}
	}
	return t
}

// Self implements tracker.Tracker.
func (c *Client) Self(ctx context.Context) (string, error) {
	var u user
	_, err := c.rest.Do(ctx, rest.Request{Op: "self", Path: "/rest/api/2/myself", Out: &u})
	return u.id(), err
}

// search returns a page of issues. Cloud hands out tokens for the next page, Data
// Center counts.
func (c *Client) search(ctx context.Context, op, jql, at string, n int) (out []issue, next string, err error) {
	var found struct {
		Issues    []issue `json:"issues"`
		Total     int     `json:"total"`
		NextToken string  `json:"nextPageToken"`
	}
	q := url.Values{"jql": {jql}, "fields": {fields}, "maxResults": {strconv.Itoa(n)}}
	path := "/rest/api/2/search"
	if c.cfg.Email != "" {
		path += "/jql"
		if at != "" {
			q.Set("nextPageToken", at)
		}
	} else if at != "" {
		q.Set("startAt", at)
	}
	if _, err := c.rest.Do(ctx, rest.Request{Op: op, Path: path, Query: q, Out: &found}); err != nil {
		return nil, "", err
	}
	next = found.NextToken
	if c.cfg.Email == "" && len(found.Issues) > 0 {
		start, _ := strconv.Atoi(at)
		if start += len(found.Issues); start < found.Total {
			next = strconv.Itoa(start)
		}
	}
	return found.Issues, next, nil
}

// Find implements tracker.Tracker.
func (c *Client) Find(ctx context.Context, marker string) (out []tracker.Ticket, err error) {
	if strings.ContainsAny(marker, `"\`) {
		return nil, errors.New("jira: a marker holds no quotes")
	}
	found, _, err := c.search(ctx, "find", fmt.Sprintf(`labels = "%s%s" ORDER BY created ASC`, prefix, marker), "", 20)
	for i := range found {
		if t := c.shown(&found[i]); t.Marker == marker {
			out = append(out, t)
		}
	}
	slices.SortStableFunc(out, func(a, b tracker.Ticket) int { return a.Created.Compare(b.Created) })
	return out, err
}

// Create implements tracker.Tracker.
func (c *Client) Create(ctx context.Context, f tracker.Fields) (tracker.Ticket, error) {
	in := map[string]any{
		"project": map[string]string{"key": cmp.Or(f.Project, c.cfg.Project)}, "issuetype": map[string]string{"name": c.cfg.Type},
		"summary": f.Title, "description": f.Body,
	}
	if f.Marker != "" {
		in["labels"] = []string{prefix + f.Marker}
	}
	if f.Priority != "" {
		in["priority"] = map[string]string{"name": f.Priority}
	}
	if c.cfg.Security != "" {
		in["security"] = map[string]string{"id": c.cfg.Security}
	}
	var made struct {
		ID string `json:"id"`
	}
	if _, err := c.rest.Do(ctx, rest.Request{Op: "create", Method: "POST", Path: "/rest/api/2/issue", In: map[string]any{"fields": in}, Out: &made}); err != nil {
		return tracker.Ticket{}, err
	}
	t, err := c.Read(ctx, made.ID)
	if err == nil && f.Status != "" && t.Status != f.Status { // the workflow says where an issue begins
		var now tracker.Ticket
		if now, err = c.Update(ctx, t, tracker.Fields{Status: f.Status}); err == nil {
			t = now
		} else if e := (*tracker.Error)(nil); errors.As(err, &e) && e.Refused {
			err = nil // said below
		}
	}
	if err != nil {
		return tracker.Ticket{Ref: made.ID}, rest.Unclear(err)
	}
	return t, tracker.NotApplied(f, t)
}

func (c *Client) path(ref string) (string, error) {
	if _, err := strconv.ParseUint(ref, 10, 63); err != nil {
		return "", tracker.ErrGone
	}
	return "/rest/api/2/issue/" + ref, nil
}

// Read implements tracker.Tracker.
func (c *Client) Read(ctx context.Context, ref string) (tracker.Ticket, error) {
	path, err := c.path(ref)
	if err != nil {
		return tracker.Ticket{}, err
	}
	var x issue
	if _, err := c.rest.Do(ctx, rest.Request{Op: "read", Path: path, Query: url.Values{"fields": {fields}}, Out: &x}); err != nil {
		return tracker.Ticket{}, rest.Gone(err)
	}
	return c.shown(&x), nil
}

// Update implements tracker.Tracker.
func (c *Client) Update(ctx context.Context, t tracker.Ticket, f tracker.Fields) (tracker.Ticket, error) {
	path, err := c.path(t.Ref)
	if err == nil && f.Project != "" && f.Project != t.Project {
		err = &tracker.Error{Op: "update", Refused: true, Hint: "Jira moves no issue by its API"}
	}
	if err != nil {
		return t, err
	}
	set, update := map[string]any{}, map[string]any{}
	if f.Title != "" {
		set["summary"] = f.Title
	}
	if f.Body != "" {
		set["description"] = f.Body
	}
	if f.Priority != "" {
		set["priority"] = map[string]string{"name": f.Priority}
	}
	if f.Marker != "" {
		update["labels"] = []any{map[string]string{"add": prefix + f.Marker}}
	}
	if len(set)+len(update) > 0 {
		if _, err := c.rest.Do(ctx, rest.Request{Op: "update", Method: "PUT", Path: path, In: map[string]any{"fields": set, "update": update}}); err != nil {
			return t, rest.Gone(err)
		}
	}
	if f.Status != "" && f.Status != t.Status {
		if err := c.transition(ctx, path, f.Status); err != nil {
			return t, rest.Gone(err)
		}
	}
	now, err := c.Read(ctx, t.Ref)
	if err != nil {
		return t, rest.Unclear(err)
	}
	return now, tracker.NotApplied(f, now)
}

// transition leads an issue to a state.
func (c *Client) transition(ctx context.Context, path, to string) error {
	var can struct {
		Transitions []struct {
			ID string `json:"id"`
			To status `json:"to"`
		} `json:"transitions"`
	}
	if _, err := c.rest.Do(ctx, rest.Request{Op: "transitions", Path: path + "/transitions", Out: &can}); err != nil {
		return err
	}
	var names []string
	for _, x := range can.Transitions {
		if x.To.Name == to {
			_, err := c.rest.Do(ctx, rest.Request{Op: "transition", Method: "POST", Path: path + "/transitions", In: map[string]any{"transition": map[string]string{"id": x.ID}}})
			return err
		}
		names = append(names, x.To.Name)
	}
	return &tracker.Error{Op: "transition", Refused: true, Hint: fmt.Sprintf("the workflow has no transition to %q from where the issue is; it leads to: %s", to, strings.Join(names, ", "))}
}

// Describe implements tracker.Describer.
func (c *Client) Describe(ctx context.Context) (s tracker.Schema, err error) {
	var types []struct {
		Name     string   `json:"name"`
		Statuses []status `json:"statuses"`
	}
	_, err = c.rest.Do(ctx, rest.Request{Op: "describe", Path: rest.Path("/rest/api/2/project/%s/statuses", c.cfg.Project), Out: &types})
	if rest.Status(err) == http.StatusNotFound {
		s.Missing = append(s.Missing, fmt.Sprintf("there is no project %q, or the account does not see it", c.cfg.Project))
		return s, nil
	}
	if err != nil {
		return s, err
	}
	known := false
	for _, t := range types {
		if t.Name == c.cfg.Type {
			known = true
			for _, x := range t.Statuses {
				s.Statuses = append(s.Statuses, x.Name)
			}
		}
	}
	if !known {
		s.Missing = append(s.Missing, fmt.Sprintf("the project has no issue type %q: set Config.Type", c.cfg.Type))
	}
	var ps []struct {
		Name string `json:"name"`
	}
	if _, err := c.rest.Do(ctx, rest.Request{Op: "describe", Path: "/rest/api/2/priority", Out: &ps}); err != nil {
		return s, err
	}
	for _, p := range ps {
		s.Priorities = append(s.Priorities, p.Name)
	}
	return s, nil
}

// CursorAt implements tracker.Starter.
func (c *Client) CursorAt(_ context.Context, t time.Time) (string, error) { return feed.At(t) }
