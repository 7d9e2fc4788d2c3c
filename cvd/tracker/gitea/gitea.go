// Package gitea lets cases live in the issues of a repository in Gitea or Forgejo.
// It was run against Gitea 1.26.
//
// The marker is a label, "cvd-" and its digits, of which each ticket of ours has
// one. States are "open" and "closed"; there are no priorities. Use a private
// repository: an issue has the readers of its repository. The token needs to read
// and write issues, and to read the user (scopes write:issue and read:user).
//
// # What Gitea does
//
//   - A label that there is already is made a second time under its name, and then a
//     search by it finds nothing: before a label is made, those without issues are
//     looked at, since one that a process left when it died has none.
//   - It cannot tell that an issue has changed since it was read, but for its text.
//   - It tells neither changes of texts nor what was deleted.
//   - A search of texts lags; searches by label do not.
package gitea

import (
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
	"github.com/cvdkit/cvdkit/cvd/tracker/internal/rest"
)

// Config says where a Gitea or Forgejo is. URL, Token, Owner and Repo are required.
type Config struct {
	URL         string // for example "https://git.example"
	Token       string // of the account that the adapter works as
	Owner, Repo string // the repository whose issues are the tickets
	// HTTP is the client. nil: one with a timeout of 30 seconds.
	HTTP *http.Client
}

// Client is the issues of a repository as one account sees them. It is safe for
// concurrent use.
type Client struct {
	cfg  Config
	rest *rest.Client
	repo string // path
}

var (
	_ tracker.Tracker   = (*Client)(nil)
	_ tracker.Lister    = (*Client)(nil)
	_ tracker.Starter   = (*Client)(nil)
	_ tracker.Describer = (*Client)(nil)
)

// New checks the configuration and asks nothing.
func New(cfg Config) (*Client, error) {
	if cfg.Token == "" || cfg.Owner == "" || cfg.Repo == "" {
		return nil, errors.New("gitea: Config.Token, Owner and Repo are required")
	}
	c, err := rest.New(strings.TrimSuffix(cfg.URL, "/")+"/api/v1", cfg.HTTP, func(h http.Header) { h.Set("Authorization", "token "+cfg.Token) })
	return &Client{cfg, c, rest.Path("/repos/%s/%s", cfg.Owner, cfg.Repo)}, err
}

type user struct {
	Login string `json:"login"`
	Name  string `json:"full_name"`
}

type label struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
}

type issue struct {
	Number   int64     `json:"number"`
	User     user      `json:"user"`
	Assignee *user     `json:"assignee"`
	Title    string    `json:"title"`
	Body     string    `json:"body"`
	State    string    `json:"state"`
	Labels   []label   `json:"labels"`
	Created  time.Time `json:"created_at"`
	Updated  time.Time `json:"updated_at"`
	HTML     string    `json:"html_url"`
	Pull     *struct{} `json:"pull_request"`
}

const prefix = "cvd-"

func (c *Client) shown(x *issue) tracker.Ticket {
	t := tracker.Ticket{
		Ref: strconv.FormatInt(x.Number, 10), Version: x.Updated.UTC().Format(time.RFC3339), Project: c.cfg.Owner + "/" + c.cfg.Repo,
		Status: x.State, Closed: x.State == "closed", Created: x.Created.UTC(), Updated: x.Updated.UTC(), URL: x.HTML,
		Title: cvd.Private(x.Title), Body: cvd.Private(x.Body), Author: x.User.Login, AuthorName: cvd.Private(x.User.Name),
	}
	if x.Assignee != nil {
		t.Owner = cvd.Private(x.Assignee.Login)
	}
	for _, l := range x.Labels {
		if m, ok := strings.CutPrefix(l.Name, prefix); ok && len(m) == 32 {
			t.Marker = m
		}
	}
	return t
}

// Self implements tracker.Tracker.
func (c *Client) Self(ctx context.Context) (string, error) {
	var u user
	_, err := c.rest.Do(ctx, rest.Request{Op: "self", Path: "/user", Out: &u})
	return u.Login, err
}

// Find implements tracker.Tracker.
func (c *Client) Find(ctx context.Context, marker string) (out []tracker.Ticket, err error) {
	var found []issue
	_, err = c.rest.Do(ctx, rest.Request{Op: "find", Path: c.repo + "/issues", Out: &found, Query: url.Values{"state": {"all"}, "type": {"issues"}, "labels": {prefix + marker}, "limit": {"20"}}})
	for i := range found {
		if t := c.shown(&found[i]); t.Marker == marker { // an unknown label is ignored by some versions
			out = append(out, t)
		}
	}
	slices.SortFunc(out, func(a, b tracker.Ticket) int { return a.Created.Compare(b.Created)*2 + order(a.Ref, b.Ref) })
	return out, err
}

func order(a, b string) int {
	x, _ := strconv.Atoi(a)
	y, _ := strconv.Atoi(b)
	return max(-1, min(1, x-y))
}

// label returns the number of the label of a marker, and makes it if need be.
func (c *Client) label(ctx context.Context, marker string) (int64, error) {
	name := prefix + marker
	var have []label
	if _, err := c.rest.Do(ctx, rest.Request{Op: "labels", Path: c.repo + "/labels", Out: &have, Query: url.Values{"sort": {"leastissues"}, "limit": {"50"}}}); err != nil {
		return 0, err
	}
	for _, l := range have {
		if l.Name == name {
			return l.ID, nil
		}
	}
	var made label
	_, err := c.rest.Do(ctx, rest.Request{Op: "label", Method: "POST", Path: c.repo + "/labels", Out: &made,
		In: map[string]string{"name": name, "color": "#6a7b8c", "description": "Leads from the ticket to its case. Leave it."}})
	return made.ID, err
}

// cannot refuses what there is not, before anything is written.
func (c *Client) cannot(op string, f tracker.Fields) error {
	refuse := func(format string, a ...any) error {
		return &tracker.Error{Op: op, Refused: true, Hint: fmt.Sprintf(format, a...)}
	}
	switch {
	case f.Status != "" && f.Status != "open" && f.Status != "closed":
		return refuse("Gitea has the states open and closed, not %q", f.Status)
	case f.Priority != "":
		return refuse("Gitea has no priorities: empty Mapping.Priorities")
	case f.Project != "" && f.Project != c.cfg.Owner+"/"+c.cfg.Repo:
		return refuse("this adapter is for one repository: use a Sync for each")
	}
	return nil
}

// Create implements tracker.Tracker.
func (c *Client) Create(ctx context.Context, f tracker.Fields) (tracker.Ticket, error) {
	if err := c.cannot("create", f); err != nil {
		return tracker.Ticket{}, err
	}
	in := map[string]any{"title": f.Title, "body": f.Body, "closed": f.Status == "closed"}
	if f.Marker != "" {
		id, err := c.label(ctx, f.Marker)
		if err != nil {
			return tracker.Ticket{}, refusedToo(err)
		}
		in["labels"] = []int64{id}
	}
	var made issue
	if _, err := c.rest.Do(ctx, rest.Request{Op: "create", Method: "POST", Path: c.repo + "/issues", In: in, Out: &made}); err != nil {
		return tracker.Ticket{}, err
	}
	t := c.shown(&made)
	return t, tracker.NotApplied(f, t)
}

// refusedToo is an error of a step before the one that writes the ticket.
func refusedToo(err error) error {
	var e *tracker.Error
	if errors.As(err, &e) {
		again := *e
		again.Refused = true
		return &again
	}
	return err
}

func (c *Client) path(ref string) (string, error) {
	if _, err := strconv.ParseUint(ref, 10, 63); err != nil {
		return "", tracker.ErrGone
	}
	return c.repo + "/issues/" + ref, nil
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
	if x.Pull != nil {
		return t, asked, tracker.ErrGone // a pull request is no ticket
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
	if f.Marker != "" {
		id, err := c.label(ctx, f.Marker)
		if err != nil {
			return t, err
		}
		if _, err := c.rest.Do(ctx, rest.Request{Op: "update", Method: "POST", Path: path + "/labels", In: map[string]any{"labels": []int64{id}}}); err != nil {
			return t, rest.Gone(err)
		}
	}
	in := map[string]string{}
	for k, v := range map[string]string{"title": f.Title, "body": f.Body, "state": f.Status} {
		if v != "" {
			in[k] = v
		}
	}
	if len(in) > 0 {
		if _, err := c.rest.Do(ctx, rest.Request{Op: "update", Method: "PATCH", Path: path, In: in}); err != nil {
			return t, rest.Gone(err)
		}
	}
	now, err := c.Read(ctx, t.Ref)
	if err != nil {
		return t, rest.Unclear(err)
	}
	return now, tracker.NotApplied(f, now)
}

// Describe implements tracker.Describer.
func (c *Client) Describe(ctx context.Context) (s tracker.Schema, err error) {
	s = tracker.Schema{Statuses: []string{"open", "closed"}, Priorities: []string{}, Projects: []string{c.cfg.Owner + "/" + c.cfg.Repo}}
	var r struct {
		HasIssues bool `json:"has_issues"`
		Private   bool `json:"private"`
		Internal  bool `json:"internal"`
	}
	_, err = c.rest.Do(ctx, rest.Request{Op: "describe", Path: c.repo, Out: &r})
	switch {
	case rest.Status(err) == http.StatusNotFound:
		s.Missing, err = append(s.Missing, "there is no such repository, or the token does not see it"), nil
	case err == nil && !r.HasIssues:
		s.Missing = append(s.Missing, "the repository has no issues: switch them on in its settings")
	case err == nil && !r.Private:
		s.Missing = append(s.Missing, "the repository is not private: everybody would read its issues")
	}
	return s, err
}
