// Package rt lets cases live in Request Tracker 5, through its REST 2 API
// (RT::REST2). It was run against Request Tracker 5.0.3 of Debian 12.
//
// The marker stands in a custom field of tickets, one that takes a single free
// text: make it for the queue, with the rights SeeCustomField, ModifyCustomField
// and SetInitialCustomField for the account. Further rights that the account needs:
// SeeQueue, CreateTicket, ShowTicket, ShowTicketComments, CommentOnTicket,
// ModifyTicket.
//
// # What Request Tracker does
//
//   - By its scrips it mails tickets to their requestors and to the watchers of the
//     queue. The API does not tell which scrips there are, so a Sync refuses to
//     write until tracker.Config.Echoes holds the sentence of Client.Echo: somebody
//     has looked.
//   - It answers 200 to changes that it ignored: each write is read back.
//   - It can tell that a ticket has changed (ETag and If-Match): stale writes are
//     found.
//   - The text of a ticket cannot be replaced: a new text becomes a comment.
//   - A merged ticket is read as the one it was merged into.
package rt

import (
	"cmp"
	"context"
	"encoding/json"
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

// Config says where a Request Tracker is. URL, Token, User and Queue are required.
type Config struct {
	URL   string // for example "https://rt.example"
	Token string // an authentication token of User
	User  string // the name of the account
	Queue string // where tickets are made and looked for
	// Field is the custom field for markers. "": "cvd_ref".
	Field string
	// Closed are the states of closed tickets. nil: resolved, rejected and deleted.
	Closed []string
	// HTTP is the client. nil: one with a timeout of 30 seconds.
	HTTP *http.Client
}

// Client is a Request Tracker as one account sees it. It is safe for concurrent use.
type Client struct {
	cfg  Config
	rest *rest.Client

	mu    sync.Mutex
	users map[string]string // names by number
}

var (
	_ tracker.Tracker   = (*Client)(nil)
	_ tracker.Lister    = (*Client)(nil)
	_ tracker.Starter   = (*Client)(nil)
	_ tracker.Describer = (*Client)(nil)
	_ tracker.Echoing   = (*Client)(nil)
)

// New checks the configuration and asks nothing.
func New(cfg Config) (*Client, error) {
	if cfg.Token == "" || cfg.User == "" || cfg.Queue == "" {
		return nil, errors.New("rt: Config.Token, User and Queue are required")
	}
	cfg.Field = cmp.Or(cfg.Field, "cvd_ref")
	if strings.ContainsAny(cfg.Field+cfg.Queue, "'\\{}") {
		return nil, errors.New("rt: Config.Field and Queue hold no quotes, braces and backslashes")
	}
	if cfg.Closed == nil {
		cfg.Closed = []string{"resolved", "rejected", "deleted"}
	}
	c, err := rest.New(strings.TrimSuffix(cfg.URL, "/")+"/REST/2.0", cfg.HTTP, func(h http.Header) { h.Set("Authorization", "token "+cfg.Token) })
	return &Client{cfg: cfg, rest: c, users: map[string]string{}}, err
}

type ref struct {
	ID   text
	Name string
}

// UnmarshalJSON takes the number alone too, which lists of tickets give.
func (r *ref) UnmarshalJSON(b []byte) error {
	var x struct {
		ID   text `json:"id"`
		Name string
	}
	if len(b) > 0 && b[0] != '{' {
		return r.ID.UnmarshalJSON(b)
	}
	err := json.Unmarshal(b, &x)
	r.ID, r.Name = x.ID, x.Name
	return err
}

// text is a string, or a number written as one.
type text string

func (t *text) UnmarshalJSON(b []byte) error {
	*t = text(strings.Trim(string(b), `"`))
	if *t == "null" {
		*t = ""
	}
	return nil
}

type ticket struct {
	ID                                 text `json:"id"`
	Subject, Status                    string
	Priority                           text
	Created, LastUpdated               time.Time
	Creator, Owner, Queue, EffectiveId ref
	Requestor                          []ref
	CustomFields                       []struct {
		Name   string   `json:"name"`
		Values []string `json:"values"`
	}
}

func (c *Client) shown(t *ticket, etag string) tracker.Ticket {
	out := tracker.Ticket{
		Ref: string(t.ID), Version: etag, Project: t.Queue.Name, Status: t.Status, Priority: string(t.Priority),
		Closed: slices.Contains(c.cfg.Closed, t.Status), Created: t.Created, Updated: t.LastUpdated,
		URL:   strings.TrimSuffix(c.cfg.URL, "/") + "/Ticket/Display.html?id=" + url.QueryEscape(string(t.ID)),
		Title: cvd.Private(t.Subject), Author: string(t.Creator.ID),
	}
	if t.Owner.ID != "Nobody" {
		out.Owner = cvd.Private(t.Owner.ID)
	}
	for _, f := range t.CustomFields {
		if f.Name == c.cfg.Field && len(f.Values) > 0 {
			out.Marker = f.Values[0]
		}
	}
	for _, r := range t.Requestor {
		if out.AuthorEmail == "" && strings.Contains(string(r.ID), "@") {
			out.AuthorEmail = cvd.Private(r.ID)
		}
	}
	return out
}

// Self implements tracker.Tracker.
func (c *Client) Self(ctx context.Context) (string, error) {
	var u struct{ Name string }
	_, err := c.rest.Do(ctx, rest.Request{Op: "self", Path: rest.Path("/user/%s", c.cfg.User), Out: &u})
	if err == nil && u.Name == "" {
		err = errors.New("rt: the account of Config.User is not there")
	}
	return u.Name, err
}

// Echo implements tracker.Echoing.
func (c *Client) Echo(context.Context) (string, error) {
	return "the scrips of Request Tracker mail tickets of queue " + c.cfg.Queue + " to requestors and watchers", nil
}

const ticketFields = "Subject,Status,CustomFields,Created,LastUpdated,Creator,Owner,Priority,Queue,Requestor,EffectiveId"

type tickets struct {
	Items []ticket `json:"items"`
	Count int      `json:"count"`
	Pages text     `json:"pages"`
}

func (c *Client) search(ctx context.Context, op, query string, page, n int) (out tickets, err error) {
	_, err = c.rest.Do(ctx, rest.Request{Op: op, Path: "/tickets", Out: &out, Query: url.Values{
		"query": {query}, "fields": {ticketFields}, "fields[Queue]": {"Name"}, "orderby": {"id"},
		"page": {strconv.Itoa(page)}, "per_page": {strconv.Itoa(n)},
	}})
	return out, err
}

// Find implements tracker.Tracker. It also finds tickets that were moved to another
// queue that the account sees.
func (c *Client) Find(ctx context.Context, marker string) (out []tracker.Ticket, err error) {
	if strings.ContainsAny(marker, "'\\") {
		return nil, errors.New("rt: a marker holds no quotes")
	}
	found, err := c.search(ctx, "find", fmt.Sprintf("'CF.{%s}' = '%s' AND Status != 'deleted'", c.cfg.Field, marker), 1, 20)
	for i := range found.Items {
		if t := c.shown(&found.Items[i], ""); t.Marker == marker {
			out = append(out, t)
		}
	}
	return out, err
}

// Create implements tracker.Tracker.
func (c *Client) Create(ctx context.Context, f tracker.Fields) (tracker.Ticket, error) {
	var made struct {
		ID text `json:"id"`
	}
	_, err := c.rest.Do(ctx, rest.Request{Op: "create", Method: "POST", Path: "/ticket", Out: &made, In: map[string]any{
		"Queue": cmp.Or(f.Project, c.cfg.Queue), "Subject": f.Title, "Content": f.Body, "ContentType": "text/plain",
		"Status": f.Status, "Priority": f.Priority, "CustomFields": map[string]string{c.cfg.Field: f.Marker},
	}})
	if err != nil {
		return tracker.Ticket{}, err
	}
	t, err := c.Read(ctx, string(made.ID))
	if err != nil {
		return tracker.Ticket{Ref: string(made.ID)}, rest.Unclear(err)
	}
	if t.Author != c.cfg.User {
		return t, fmt.Errorf("rt: the token is not of the account %q that Config.User names: changes of our own could not be told from those of others", c.cfg.User)
	}
	return t, tracker.NotApplied(f, t, "Body")
}

// Read implements tracker.Tracker.
func (c *Client) Read(ctx context.Context, id string) (tracker.Ticket, error) {
	var t ticket
	r, err := c.rest.Do(ctx, rest.Request{Op: "read", Path: rest.Path("/ticket/%s", id), Query: url.Values{"fields[Queue]": {"Name"}, "fields": {"Queue"}}, Out: &t})
	if err != nil {
		if rest.Status(err) == http.StatusForbidden {
			err = tracker.ErrGone
		}
		return tracker.Ticket{}, rest.Gone(err)
	}
	if t.Status == "deleted" {
		return tracker.Ticket{}, tracker.ErrGone
	}
	out := c.shown(&t, r.Header.Get("ETag"))
	if out.Marker == "" {
		// Nobody needs the text of a ticket of ours; one that somebody opened is read.
		out.Body, err = c.text(ctx, string(t.ID))
	}
	return out, err
}

// Update implements tracker.Tracker.
func (c *Client) Update(ctx context.Context, t tracker.Ticket, f tracker.Fields) (tracker.Ticket, error) {
	in := map[string]any{}
	for k, v := range map[string]string{"Queue": f.Project, "Subject": f.Title, "Status": f.Status, "Priority": f.Priority} {
		if v != "" {
			in[k] = v
		}
	}
	if f.Marker != "" {
		in["CustomFields"] = map[string]string{c.cfg.Field: f.Marker}
	}
	if t.Version == "" { // then it is read, which also follows it to where it went
		now, err := c.Read(ctx, t.Ref)
		if err != nil {
			return t, err
		}
		if now.Ref != t.Ref {
			return t, tracker.ErrStale
		}
		t.Version = now.Version
	}
	if len(in) > 0 {
		_, err := c.rest.Do(ctx, rest.Request{Op: "update", Method: "PUT", Path: rest.Path("/ticket/%s", t.Ref), In: in, Header: http.Header{"If-Match": {t.Version}}})
		if rest.Status(err) == http.StatusPreconditionFailed {
			err = tracker.ErrStale
		}
		if err != nil {
			return t, rest.Gone(err)
		}
	}
	if f.Body != "" {
		if _, err := c.rest.Do(ctx, rest.Request{Op: "comment", Method: "POST", Path: rest.Path("/ticket/%s/comment", t.Ref),
			In: map[string]string{"Content": f.Body, "ContentType": "text/plain"}}); err != nil {
			return t, rest.Unclear(rest.Gone(err))
		}
	}
	now, err := c.Read(ctx, t.Ref)
	if err != nil {
		return t, rest.Unclear(err)
	}
	return now, tracker.NotApplied(f, now, "Body")
}
