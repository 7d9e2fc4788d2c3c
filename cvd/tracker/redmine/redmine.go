// Package redmine lets cases live in Redmine, through its REST API. It was run
// against Redmine 5.0 of Debian 12.
//
// The marker stands in a custom field of issues: format "Text", used as a filter,
// for the project and its trackers, editable by the account. Switch the REST API on
// in the administration, and give the account a role that may view, add and edit
// issues, see private ones, and add notes.
//
// # What Redmine does
//
//   - It answers 204 to changes that it ignored: each write is read back.
//   - It cannot tell that an issue has changed since it was read: the last write of a
//     field stands. A Sync writes only fields that say something new.
//   - Its clock counts whole seconds, and changes of an issue come with the issue: a
//     look at what is new takes one request, and one more for each changed issue.
//   - It does not tell what was deleted; the next write finds out.
//   - By its settings it mails changes to members of the project.
package redmine

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
	"sync"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/tracker"
	"github.com/cvdkit/cvdkit/cvd/tracker/internal/rest"
)

// Config says where a Redmine is. URL, Key, Project and Field are required.
type Config struct {
	URL     string // for example "https://redmine.example"
	Key     string // the API key of the account
	Project string // identifier of the project for tickets
	Field   int    // number of the custom field for markers
	// Tracker is the kind of the issues that are made, by its number. 0: the first of
	// the project.
	Tracker int
	// Public makes issues that everybody in the project sees. Without it they are
	// private.
	Public bool
	// HTTP is the client. nil: one with a timeout of 30 seconds.
	HTTP *http.Client
}

// Client is a Redmine as one account sees it. It is safe for concurrent use.
type Client struct {
	cfg  Config
	rest *rest.Client

	mu    sync.Mutex
	words *words
}

// words are the values of fields, by name and by number.
type words struct {
	status, priority map[string]int
	closed           map[string]bool
}

var (
	_ tracker.Tracker   = (*Client)(nil)
	_ tracker.Lister    = (*Client)(nil)
	_ tracker.Starter   = (*Client)(nil)
	_ tracker.Describer = (*Client)(nil)
)

// New checks the configuration and asks nothing.
func New(cfg Config) (*Client, error) {
	if cfg.Key == "" || cfg.Project == "" || cfg.Field <= 0 {
		return nil, errors.New("redmine: Config.Key, Project and Field are required")
	}
	c, err := rest.New(cfg.URL, cfg.HTTP, func(h http.Header) { h.Set("X-Redmine-API-Key", cfg.Key) })
	return &Client{cfg: cfg, rest: c}, err
}

type named struct {
	ID   int    `json:"id"`
	Name string `json:"name"`
}

type issue struct {
	ID          int       `json:"id"`
	Project     named     `json:"project"`
	Status      named     `json:"status"`
	Priority    named     `json:"priority"`
	Author      named     `json:"author"`
	AssignedTo  named     `json:"assigned_to"`
	Subject     string    `json:"subject"`
	Description string    `json:"description"`
	Created     time.Time `json:"created_on"`
	Updated     time.Time `json:"updated_on"`
	Custom      []struct {
		ID    int `json:"id"`
		Value any `json:"value"`
	} `json:"custom_fields"`
	Journals []journal `json:"journals"`
}

func (c *Client) shown(x *issue, w *words) tracker.Ticket {
	t := tracker.Ticket{
		Ref: strconv.Itoa(x.ID), Version: x.Updated.UTC().Format(time.RFC3339), Project: strconv.Itoa(x.Project.ID), Status: x.Status.Name,
		Priority: x.Priority.Name, Closed: w.closed[x.Status.Name], Created: x.Created.UTC(), Updated: x.Updated.UTC(),
		URL:   strings.TrimSuffix(c.cfg.URL, "/") + "/issues/" + strconv.Itoa(x.ID),
		Title: cvd.Private(x.Subject), Body: cvd.Private(x.Description),
		Author: strconv.Itoa(x.Author.ID), AuthorName: cvd.Private(x.Author.Name),
	}
	if x.AssignedTo.ID != 0 {
		t.Owner = cvd.Private(strconv.Itoa(x.AssignedTo.ID))
	}
	for _, f := range x.Custom {
		if s, ok := f.Value.(string); ok && f.ID == c.cfg.Field {
			t.Marker = s
		}
	}
	return t
}

// vocabulary asks once for the states and priorities that there are.
func (c *Client) vocabulary(ctx context.Context) (*words, error) {
	c.mu.Lock()
	w := c.words
	c.mu.Unlock()
	if w != nil {
		return w, nil
	}
	var s struct {
		Items []struct {
			named
			Closed bool `json:"is_closed"`
		} `json:"issue_statuses"`
	}
	var p struct {
		Items []named `json:"issue_priorities"`
	}
	if _, err := c.rest.Do(ctx, rest.Request{Op: "states", Path: "/issue_statuses.json", Out: &s}); err != nil {
		return nil, err
	}
	if _, err := c.rest.Do(ctx, rest.Request{Op: "priorities", Path: "/enumerations/issue_priorities.json", Out: &p}); err != nil {
		return nil, err
	}
	w = &words{map[string]int{}, map[string]int{}, map[string]bool{}}
	for _, x := range s.Items {
		w.status[x.Name], w.closed[x.Name] = x.ID, x.Closed
	}
	for _, x := range p.Items {
		w.priority[x.Name] = x.ID
	}
	c.mu.Lock()
	c.words = w
	c.mu.Unlock()
	return w, nil
}

// Self implements tracker.Tracker.
func (c *Client) Self(ctx context.Context) (string, error) {
	var u struct{ User named }
	_, err := c.rest.Do(ctx, rest.Request{Op: "self", Path: "/users/current.json", Out: &u})
	return strconv.Itoa(u.User.ID), err
}

type issues struct {
	Items []issue `json:"issues"`
	Total int     `json:"total_count"`
}

func (c *Client) list(ctx context.Context, op string, q url.Values) (out issues, err error) {
	if q.Get("status_id") == "" {
		q.Set("status_id", "*")
	}
	_, err = c.rest.Do(ctx, rest.Request{Op: op, Path: "/issues.json", Query: q, Out: &out})
	return out, err
}

// Find implements tracker.Tracker.
func (c *Client) Find(ctx context.Context, marker string) (out []tracker.Ticket, err error) {
	w, err := c.vocabulary(ctx)
	if err != nil {
		return nil, err
	}
	found, err := c.list(ctx, "find", url.Values{"cf_" + strconv.Itoa(c.cfg.Field): {marker}, "sort": {"id"}, "limit": {"20"}})
	for i := range found.Items {
		// A field that is no filter is ignored by Redmine, which then lists all.
		if t := c.shown(&found.Items[i], w); t.Marker == marker {
			out = append(out, t)
		}
	}
	if err == nil && len(out) == 0 && len(found.Items) > 0 {
		err = fmt.Errorf("redmine: custom field %d is no filter: tick \"Used as a filter\" in its settings", c.cfg.Field)
	}
	return out, err
}

// fields are what is written, with numbers in place of names.
func (c *Client) fields(ctx context.Context, op string, f tracker.Fields) (map[string]any, error) {
	w, err := c.vocabulary(ctx)
	if err != nil {
		return nil, err
	}
	in := map[string]any{}
	for k, v := range map[string]string{"subject": f.Title, "description": f.Body, "project_id": f.Project} {
		if v != "" {
			in[k] = v
		}
	}
	if f.Marker != "" {
		in["custom_fields"] = []any{map[string]any{"id": c.cfg.Field, "value": f.Marker}}
	}
	for _, x := range []struct {
		key, what, name string
		of              map[string]int
	}{{"status_id", "state", f.Status, w.status}, {"priority_id", "priority", f.Priority, w.priority}} {
		if x.name == "" {
			continue
		}
		id, ok := x.of[x.name]
		if !ok {
			return nil, &tracker.Error{Op: op, Refused: true, Hint: fmt.Sprintf("Redmine has no %s %q", x.what, x.name)}
		}
		in[x.key] = id
	}
	return in, nil
}

// Create implements tracker.Tracker.
func (c *Client) Create(ctx context.Context, f tracker.Fields) (tracker.Ticket, error) {
	in, err := c.fields(ctx, "create", f)
	if err != nil {
		return tracker.Ticket{}, err
	}
	in["project_id"] = cmp.Or(f.Project, c.cfg.Project)
	if !c.cfg.Public {
		in["is_private"] = true
	}
	if c.cfg.Tracker != 0 {
		in["tracker_id"] = c.cfg.Tracker
	}
	var made struct{ Issue issue }
	if _, err := c.rest.Do(ctx, rest.Request{Op: "create", Method: "POST", Path: "/issues.json", In: map[string]any{"issue": in}, Out: &made}); err != nil {
		return tracker.Ticket{}, err
	}
	w, err := c.vocabulary(ctx)
	if err != nil {
		return tracker.Ticket{}, err
	}
	t := c.shown(&made.Issue, w) // what Redmine made of it
	if f.Status != "" && t.Status != f.Status {
		// Many workflows let a new issue have its first state only, and go on from there.
		now, err := c.Update(ctx, t, tracker.Fields{Status: f.Status})
		var ignored *tracker.NotAppliedError
		if err != nil && !errors.As(err, &ignored) {
			return t, rest.Unclear(err)
		}
		t = now
	}
	return t, tracker.NotApplied(f, t, "Project")
}

func (c *Client) read(ctx context.Context, ref, include string) (issue, error) {
	x, _, err := c.get(ctx, ref, include)
	return x, err
}

// get reads an issue, and says when that was by Redmine's clock.
func (c *Client) get(ctx context.Context, ref, include string) (x issue, asked time.Time, err error) {
	var out struct{ Issue issue }
	q := url.Values{}
	if include != "" {
		q.Set("include", include)
	}
	asked, err = c.rest.Read(ctx, rest.Request{Op: "read", Path: rest.Path("/issues/%s.json", ref), Query: q, Out: &out})
	if rest.Status(err) == http.StatusForbidden {
		err = tracker.ErrGone
	}
	return out.Issue, asked, err
}

// Read implements tracker.Tracker.
func (c *Client) Read(ctx context.Context, ref string) (tracker.Ticket, error) {
	w, err := c.vocabulary(ctx)
	if err != nil {
		return tracker.Ticket{}, err
	}
	x, err := c.read(ctx, ref, "")
	if err != nil {
		return tracker.Ticket{}, err
	}
	return c.shown(&x, w), nil
}

// Update implements tracker.Tracker.
func (c *Client) Update(ctx context.Context, t tracker.Ticket, f tracker.Fields) (tracker.Ticket, error) {
	in, err := c.fields(ctx, "update", f)
	if err != nil {
		return t, err
	}
	_, err = c.rest.Do(ctx, rest.Request{Op: "update", Method: "PUT", Path: rest.Path("/issues/%s.json", t.Ref), In: map[string]any{"issue": in}})
	if err != nil {
		return t, rest.Gone(err)
	}
	now, err := c.Read(ctx, t.Ref)
	if err != nil {
		return t, rest.Unclear(err)
	}
	return now, tracker.NotApplied(f, now, "Project")
}

// Describe implements tracker.Describer.
func (c *Client) Describe(ctx context.Context) (s tracker.Schema, err error) {
	w, err := c.vocabulary(ctx)
	if err != nil {
		return s, err
	}
	for name := range w.status {
		s.Statuses = append(s.Statuses, name)
	}
	for name := range w.priority {
		s.Priorities = append(s.Priorities, name)
	}
	slices.Sort(s.Statuses)
	slices.Sort(s.Priorities)
	_, err = c.rest.Do(ctx, rest.Request{Op: "describe", Path: rest.Path("/projects/%s.json", c.cfg.Project)})
	if st := rest.Status(err); st == 404 || st == 403 {
		s.Missing, err = append(s.Missing, fmt.Sprintf("there is no project %q, or the account is no member", c.cfg.Project)), nil
	}
	return s, err
}
