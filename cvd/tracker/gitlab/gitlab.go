// Package gitlab lets cases live in the confidential issues of a GitLab project.
//
// It was not run against GitLab itself: its tests use a server that answers as
// GitLab's documentation says (REST API v4), with its pages, errors and rate limits.
//
// The marker is a label, "cvd-" and its digits, which GitLab makes when it is first
// used. States are "opened" and "closed"; there are no priorities. The token needs
// the scope api, and the account the role Reporter (Planner since 17.7) or more.
//
// # What GitLab does
//
//   - Issues are made confidential, unless Config.Public says otherwise.
//   - It cannot tell that an issue has changed since it was read.
//   - An issue that was moved to another project is gone for this one: its successor
//     has another number there, and belongs to a Sync of its own.
//   - Changes of titles and owners come as notes of the system, in English.
package gitlab

import (
	"cmp"
	"context"
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

// Config says which project. Token and Project are required.
type Config struct {
	URL     string // "": https://gitlab.com
	Token   string // of the account that the adapter works as
	Project string // "group/name", or its number
	Public  bool   // makes issues that everybody in the project sees
	// HTTP is the client. nil: one with a timeout of 30 seconds.
	HTTP *http.Client
}

// Client is the issues of a project as one account sees them. It is safe for
// concurrent use.
type Client struct {
	cfg     Config
	rest    *rest.Client
	project string // path
}

var (
	_ tracker.Tracker   = (*Client)(nil)
	_ tracker.Lister    = (*Client)(nil)
	_ tracker.Starter   = (*Client)(nil)
	_ tracker.Describer = (*Client)(nil)
)

// New checks the configuration and asks nothing.
func New(cfg Config) (*Client, error) {
	if cfg.Token == "" || cfg.Project == "" {
		return nil, errors.New("gitlab: Config.Token and Project are required")
	}
	c, err := rest.New(strings.TrimSuffix(cmp.Or(cfg.URL, "https://gitlab.com"), "/")+"/api/v4", cfg.HTTP, func(h http.Header) { h.Set("PRIVATE-TOKEN", cfg.Token) })
	return &Client{cfg, c, rest.Path("/projects/%s", cfg.Project)}, err
}

type user struct {
	Username string `json:"username"`
	Name     string `json:"name"`
}

type issue struct {
	IID          int64     `json:"iid"`
	Author       user      `json:"author"`
	Assignee     *user     `json:"assignee"`
	Title        string    `json:"title"`
	Description  string    `json:"description"`
	State        string    `json:"state"`
	Labels       []string  `json:"labels"`
	Created      time.Time `json:"created_at"`
	Updated      time.Time `json:"updated_at"`
	WebURL       string    `json:"web_url"`
	MovedTo      int64     `json:"moved_to_id"`
	Confidential bool      `json:"confidential"`
}

const (
	prefix  = "cvd-"
	perPage = 100
)

func (c *Client) shown(x *issue) tracker.Ticket {
	t := tracker.Ticket{
		Ref: strconv.FormatInt(x.IID, 10), Version: x.Updated.UTC().Format(time.RFC3339Nano), Project: c.cfg.Project,
		Status: x.State, Closed: x.State == "closed", Created: x.Created.UTC(), Updated: x.Updated.UTC(), URL: x.WebURL,
		Title: cvd.Private(x.Title), Body: cvd.Private(x.Description), Author: x.Author.Username, AuthorName: cvd.Private(x.Author.Name),
	}
	if x.Assignee != nil {
		t.Owner = cvd.Private(x.Assignee.Username)
	}
	for _, l := range x.Labels {
		if m, ok := strings.CutPrefix(l, prefix); ok && len(m) == 32 {
			t.Marker = m
		}
	}
	return t
}

func (c *Client) path(ref string) (string, error) {
	if _, err := strconv.ParseUint(ref, 10, 63); err != nil {
		return "", tracker.ErrGone
	}
	return c.project + "/issues/" + ref, nil
}

// Self implements tracker.Tracker.
func (c *Client) Self(ctx context.Context) (string, error) {
	var u user
	_, err := c.rest.Do(ctx, rest.Request{Op: "self", Path: "/user", Out: &u})
	return u.Username, err
}

func (c *Client) list(ctx context.Context, op string, q url.Values, page int) (part []issue, err error) {
	q.Set("scope", "all")
	q.Set("sort", "asc")
	q.Set("per_page", strconv.Itoa(perPage))
	q.Set("page", strconv.Itoa(page))
	_, err = c.rest.Do(ctx, rest.Request{Op: op, Path: c.project + "/issues", Query: q, Out: &part})
	return part, err
}

// Find implements tracker.Tracker.
func (c *Client) Find(ctx context.Context, marker string) (out []tracker.Ticket, err error) {
	found, err := c.list(ctx, "find", url.Values{"labels": {prefix + marker}, "order_by": {"created_at"}}, 1)
	for i := range found {
		if t := c.shown(&found[i]); t.Marker == marker && found[i].MovedTo == 0 {
			out = append(out, t)
		}
	}
	slices.SortStableFunc(out, func(a, b tracker.Ticket) int { return a.Created.Compare(b.Created) })
	return out, err
}

func (c *Client) cannot(op string, f tracker.Fields) error {
	refuse := func(format string, a ...any) error {
		return &tracker.Error{Op: op, Refused: true, Hint: fmt.Sprintf(format, a...)}
	}
	switch {
	case f.Status != "" && f.Status != "opened" && f.Status != "closed":
		return refuse("GitLab has the states opened and closed, not %q", f.Status)
	case f.Priority != "":
		return refuse("GitLab has no priorities: empty Mapping.Priorities")
	case f.Project != "" && f.Project != c.cfg.Project:
		return refuse("this adapter is for one project: use a Sync for each")
	}
	return nil
}

// Create implements tracker.Tracker.
func (c *Client) Create(ctx context.Context, f tracker.Fields) (tracker.Ticket, error) {
	if err := c.cannot("create", f); err != nil {
		return tracker.Ticket{}, err
	}
	in := map[string]any{"title": f.Title, "description": f.Body, "confidential": !c.cfg.Public}
	if f.Marker != "" {
		in["labels"] = prefix + f.Marker
	}
	var made issue
	if _, err := c.rest.Do(ctx, rest.Request{Op: "create", Method: "POST", Path: c.project + "/issues", In: in, Out: &made}); err != nil {
		return tracker.Ticket{}, err
	}
	t := c.shown(&made)
	if !c.cfg.Public && !made.Confidential {
		return t, &tracker.NotAppliedError{Ref: t.Ref, Fields: []string{"confidential"}}
	}
	if f.Status == "closed" { // an issue begins open
		now, err := c.Update(ctx, t, tracker.Fields{Status: f.Status})
		if err != nil {
			return t, rest.Unclear(err)
		}
		t = now
	}
	return t, tracker.NotApplied(f, t)
}

// Read implements tracker.Tracker.
func (c *Client) Read(ctx context.Context, ref string) (tracker.Ticket, error) {
	t, _, err := c.read(ctx, ref)
	return t, err
}

func (c *Client) read(ctx context.Context, ref string) (t tracker.Ticket, asked time.Time, err error) {
	path, err := c.path(ref)
	if err != nil {
		return t, asked, err
	}
	var x issue
	if asked, err = c.rest.Read(ctx, rest.Request{Op: "read", Path: path, Out: &x}); err != nil {
		return t, asked, err
	}
	if x.MovedTo != 0 {
		return t, asked, tracker.ErrGone
	}
	return c.shown(&x), asked, nil
}

// Update implements tracker.Tracker.
func (c *Client) Update(ctx context.Context, t tracker.Ticket, f tracker.Fields) (tracker.Ticket, error) {
	path, err := c.path(t.Ref)
	if err == nil {
		err = c.cannot("update", f)
	}
	if err != nil {
		return t, err
	}
	in := map[string]string{}
	event := map[string]string{"closed": "close", "opened": "reopen"}[f.Status]
	if f.Status == t.Status {
		event = "" // GitLab refuses to reopen what is open
	}
	label := ""
	if f.Marker != "" {
		label = prefix + f.Marker
	}
	for k, v := range map[string]string{"title": f.Title, "description": f.Body, "state_event": event, "add_labels": label} {
		if v != "" {
			in[k] = v
		}
	}
	var now issue
	if len(in) > 0 {
		// What it answers is the issue as it is then.
		if _, err := c.rest.Do(ctx, rest.Request{Op: "update", Method: "PUT", Path: path, In: in, Out: &now}); err != nil {
			return t, rest.Gone(err)
		}
	}
	out, err := c.Read(ctx, t.Ref)
	if err != nil {
		return t, rest.Unclear(err)
	}
	return out, tracker.NotApplied(f, out)
}

// Describe implements tracker.Describer.
func (c *Client) Describe(ctx context.Context) (s tracker.Schema, err error) {
	s = tracker.Schema{Statuses: []string{"opened", "closed"}, Priorities: []string{}, Projects: []string{c.cfg.Project}}
	_, err = c.rest.Do(ctx, rest.Request{Op: "describe", Path: c.project})
	if rest.Status(err) == http.StatusNotFound {
		s.Missing = append(s.Missing, "there is no such project, or the token does not see it")
		return s, nil
	}
	return s, err
}

// CursorAt implements tracker.Starter.
func (c *Client) CursorAt(_ context.Context, t time.Time) (string, error) { return feed.At(t) }
