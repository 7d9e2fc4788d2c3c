// Package github lets cases live in the issues of a repository on GitHub or GitHub
// Enterprise Server, and takes reports in from its security advisories, where
// private vulnerability reporting puts them ([Advisories]).
//
// It was not run against GitHub itself: its tests use a server that answers as
// GitHub's documentation says (REST API version 2022-11-28), with its pages, errors,
// rate limits and ETags.
//
// The marker is a label, "cvd-" and its digits, which GitHub makes when it is first
// used. States are "open" and "closed"; there are no priorities. Use a private
// repository: an issue has the readers of its repository. The token needs to read
// and write issues, and with Advisories to read repository security advisories.
//
// # What GitHub does
//
//   - It drops labels without a word if the account may not push: the marker is then
//     reported as not applied.
//   - It cannot tell that an issue has changed since it was read.
//   - A poll that finds nothing new costs nothing of the rate limit (ETag).
//   - A transferred issue is followed to its new repository.
package github

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/tracker"
	"github.com/cvdkit/cvdkit/cvd/tracker/internal/feed"
	"github.com/cvdkit/cvdkit/cvd/tracker/internal/rest"
)

// Config says which repository. Token, Owner and Repo are required.
type Config struct {
	URL         string // of the API. "": https://api.github.com; of a server of one's own https://HOST/api/v3
	Token       string // of the account that the adapter works as
	Owner, Repo string // the repository whose issues are the tickets
	// User is the account, for tokens of an app, which may not ask: "NAME[bot]".
	User string
	// HTTP is the client. nil: one with a timeout of 30 seconds.
	HTTP *http.Client
}

func (c *Config) client() (*rest.Client, string, error) {
	if c.Token == "" || c.Owner == "" || c.Repo == "" {
		return nil, "", errors.New("github: Config.Token, Owner and Repo are required")
	}
	r, err := rest.New(cmp.Or(c.URL, "https://api.github.com"), c.HTTP, func(h http.Header) {
		h.Set("Authorization", "Bearer "+c.Token)
		h.Set("Accept", "application/vnd.github+json")
		h.Set("X-GitHub-Api-Version", "2022-11-28")
	})
	return r, rest.Path("/repos/%s/%s", c.Owner, c.Repo), err
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
	r, repo, err := cfg.client()
	return &Client{cfg, r, repo}, err
}

type user struct {
	Login string `json:"login"`
}

type label struct {
	Name string `json:"name"`
}

type issue struct {
	Number     int64     `json:"number"`
	User       user      `json:"user"`
	Assignee   *user     `json:"assignee"`
	Title      string    `json:"title"`
	Body       string    `json:"body"`
	State      string    `json:"state"`
	Labels     []label   `json:"labels"`
	Created    time.Time `json:"created_at"`
	Updated    time.Time `json:"updated_at"`
	HTML       string    `json:"html_url"`
	Repository string    `json:"repository_url"`
	Pull       *struct{} `json:"pull_request"`
}

const (
	prefix  = "cvd-"
	perPage = 100
)

func (c *Client) shown(x *issue) tracker.Ticket {
	t := tracker.Ticket{
		Ref: strconv.FormatInt(x.Number, 10), Version: x.Updated.UTC().Format(time.RFC3339), Project: c.cfg.Owner + "/" + c.cfg.Repo,
		Status: x.State, Closed: x.State == "closed", Created: x.Created.UTC(), Updated: x.Updated.UTC(), URL: x.HTML,
		Title: cvd.Private(x.Title), Body: cvd.Private(x.Body), Author: x.User.Login,
	}
	if _, repo, ok := strings.Cut(x.Repository, "/repos/"); ok && !strings.EqualFold(repo, t.Project) {
		t.Ref, t.Project = repo+"#"+t.Ref, repo // it was transferred
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

// path is that of an issue: of a number, or of OWNER/REPO#NUMBER.
func (c *Client) path(ref string) (string, error) {
	repo := c.repo
	if at, number, ok := strings.Cut(ref, "#"); ok {
		owner, name, _ := strings.Cut(at, "/")
		repo, ref = rest.Path("/repos/%s/%s", owner, name), number
	}
	if _, err := strconv.ParseUint(ref, 10, 63); err != nil {
		return "", tracker.ErrGone
	}
	return repo + "/issues/" + ref, nil
}

// Self implements tracker.Tracker.
func (c *Client) Self(ctx context.Context) (string, error) {
	if c.cfg.User != "" {
		return c.cfg.User, ctx.Err()
	}
	var u user
	_, err := c.rest.Do(ctx, rest.Request{Op: "self", Path: "/user", Out: &u})
	return u.Login, err
}

// Find implements tracker.Tracker.
func (c *Client) Find(ctx context.Context, marker string) (out []tracker.Ticket, err error) {
	var found []issue
	_, err = c.rest.Do(ctx, rest.Request{Op: "find", Path: c.repo + "/issues", Out: &found,
		Query: url.Values{"state": {"all"}, "labels": {prefix + marker}, "sort": {"created"}, "direction": {"asc"}}})
	for i := range found {
		if t := c.shown(&found[i]); t.Marker == marker && found[i].Pull == nil {
			out = append(out, t)
		}
	}
	return out, err
}

func cannot(op string, f tracker.Fields) error {
	refuse := func(format string, a ...any) error {
		return &tracker.Error{Op: op, Refused: true, Hint: fmt.Sprintf(format, a...)}
	}
	switch {
	case f.Status != "" && f.Status != "open" && f.Status != "closed":
		return refuse("GitHub has the states open and closed, not %q", f.Status)
	case f.Priority != "":
		return refuse("GitHub has no priorities: empty Mapping.Priorities")
	case f.Project != "":
		return refuse("this adapter is for one repository: use a Sync for each")
	}
	return nil
}

// Create implements tracker.Tracker.
func (c *Client) Create(ctx context.Context, f tracker.Fields) (tracker.Ticket, error) {
	if err := cannot("create", f); err != nil {
		return tracker.Ticket{}, err
	}
	in := map[string]any{"title": f.Title, "body": f.Body}
	if f.Marker != "" {
		in["labels"] = []string{prefix + f.Marker}
	}
	var made issue
	if _, err := c.rest.Do(ctx, rest.Request{Op: "create", Method: "POST", Path: c.repo + "/issues", In: in, Out: &made}); err != nil {
		return tracker.Ticket{}, err
	}
	t := c.shown(&made)
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
	if x.Pull != nil {
		return t, asked, tracker.ErrGone // a pull request is no ticket
	}
	return c.shown(&x), asked, nil
}

// Update implements tracker.Tracker.
func (c *Client) Update(ctx context.Context, t tracker.Ticket, f tracker.Fields) (tracker.Ticket, error) {
	path, err := c.path(t.Ref)
	if err == nil {
		err = cannot("update", f)
	}
	if err != nil {
		return t, err
	}
	if f.Marker != "" {
		if _, err := c.rest.Do(ctx, rest.Request{Op: "update", Method: "POST", Path: path + "/labels", In: map[string]any{"labels": []string{prefix + f.Marker}}}); err != nil {
			return t, moved(rest.Gone(err))
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
			return t, moved(rest.Gone(err))
		}
	}
	now, err := c.Read(ctx, t.Ref)
	if err != nil {
		return t, rest.Unclear(err)
	}
	return now, tracker.NotApplied(f, now)
}

// moved: a write to a transferred issue leads elsewhere, so it is read first.
func moved(err error) error {
	if s := rest.Status(err); s == http.StatusMovedPermanently || s == http.StatusTemporaryRedirect || s == http.StatusPermanentRedirect {
		return tracker.ErrStale
	}
	return err
}

// Describe implements tracker.Describer.
func (c *Client) Describe(ctx context.Context) (s tracker.Schema, err error) {
	s = tracker.Schema{Statuses: []string{"open", "closed"}, Priorities: []string{}, Projects: []string{c.cfg.Owner + "/" + c.cfg.Repo}}
	var r struct {
		HasIssues   bool `json:"has_issues"`
		Private     bool `json:"private"`
		Permissions *struct {
			Push bool `json:"push"`
		} `json:"permissions"`
	}
	_, err = c.rest.Do(ctx, rest.Request{Op: "describe", Path: c.repo, Out: &r})
	if rest.Status(err) == http.StatusNotFound {
		s.Missing = append(s.Missing, "there is no such repository, or the token does not see it")
		return s, nil
	}
	if err == nil && !r.HasIssues {
		s.Missing = append(s.Missing, "the repository has no issues: switch them on in its settings")
	}
	if err == nil && !r.Private {
		s.Missing = append(s.Missing, "the repository is public: everybody would read its issues")
	}
	if err == nil && r.Permissions != nil && !r.Permissions.Push {
		s.Missing = append(s.Missing, "the account may not push, and GitHub would drop the labels that hold the markers")
	}
	return s, err
}

// CursorAt implements tracker.Starter.
func (c *Client) CursorAt(_ context.Context, t time.Time) (string, error) { return feed.At(t) }
