package jira

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/tracker"
	"github.com/cvdkit/cvdkit/cvd/tracker/internal/feed"
	"github.com/cvdkit/cvdkit/cvd/tracker/internal/rest"
)

// history is one change of an issue, of one or more fields.
type history struct {
	ID      string `json:"id"`
	Author  *user  `json:"author"`
	Created stamp  `json:"created"`
	Items   []struct {
		Field      string `json:"field"`
		From, To   string
		FromString string `json:"fromString"`
		ToString   string `json:"toString"`
	} `json:"items"`
}

type comment struct {
	ID      string `json:"id"`
	Author  *user  `json:"author"`
	Body    string `json:"body"`
	Created stamp  `json:"created"`
}

// Changes implements tracker.Tracker.
func (c *Client) Changes(ctx context.Context, at string, n int) (tracker.Page, error) {
	next := "" // page of the search
	return feed.Source{
		Overlap: lag,
		List: func(ctx context.Context, since time.Time, page int) (out []feed.Item, last bool, err error) {
			jql := "project = " + c.cfg.Project
			if !since.IsZero() {
				// Milliseconds: a date would be of the account's zone, in minutes.
				jql += fmt.Sprintf(" AND updated >= %d", since.UnixMilli())
			}
			if page == 1 {
				next = ""
			}
			var found []issue
			found, next, err = c.search(ctx, "changes", jql+" ORDER BY updated ASC", next, perPage)
			for i := range found {
				out = append(out, feed.Item{Ref: found[i].ID, Updated: found[i].Fields.Updated.Time})
			}
			return out, next == "", err
		},
		Read: c.changes,
	}.Changes(ctx, at, n)
}

// changes reads an issue with its changes, and when that was by Jira's clock.
func (c *Client) changes(ctx context.Context, ref string, _ time.Time) (t tracker.Ticket, out []tracker.Change, asked time.Time, err error) {
	path, err := c.path(ref)
	if err != nil {
		return t, nil, asked, err
	}
	if out, err = c.comments(ctx, path, ref); err != nil {
		return t, nil, asked, err
	}
	var x issue
	history := rest.Request{Op: "history", Path: path, Query: url.Values{"fields": {fields}, "expand": {"changelog"}}, Out: &x}
	if asked, err = c.rest.Read(ctx, history); err != nil {
		return t, nil, asked, err
	}
	hs := x.Changelog.Histories
	if c.cfg.Email != "" && x.Changelog.Total > len(hs) { // Cloud gives the newest hundred
		if hs, err = c.changelog(ctx, path); err != nil {
			return t, nil, asked, err
		}
	}
	for i := range hs {
		out = append(out, told(&hs[i], ref)...)
	}
	t = c.shown(&x)
	out = append(out, tracker.Change{ID: "i" + ref, Ref: ref, Kind: tracker.KindOpened, At: t.Created, Actor: t.Author, ActorName: t.AuthorName})
	slices.SortStableFunc(out, func(a, b tracker.Change) int { return a.At.Compare(b.At) })
	return t, out, asked, nil
}

func (c *Client) comments(ctx context.Context, path, ref string) (out []tracker.Change, err error) {
	for start := 0; ; {
		var part struct {
			Comments []comment `json:"comments"`
			Total    int       `json:"total"`
		}
		q := url.Values{"startAt": {strconv.Itoa(start)}, "maxResults": {strconv.Itoa(perPage)}, "orderBy": {"created"}}
		if _, err := c.rest.Do(ctx, rest.Request{Op: "history", Path: path + "/comment", Query: q, Out: &part}); err != nil {
			return nil, rest.Gone(err)
		}
		for _, x := range part.Comments {
			ch := tracker.Change{ID: "c" + x.ID, Ref: ref, Kind: tracker.KindCommented, At: x.Created.Time, Actor: x.Author.id(), Text: cvd.Private(x.Body)}
			if x.Author != nil {
				ch.ActorName = cvd.Private(x.Author.Display)
			}
			out = append(out, ch)
		}
		if start += len(part.Comments); start >= part.Total || len(part.Comments) == 0 {
			return out, nil
		}
	}
}

func (c *Client) changelog(ctx context.Context, path string) (out []history, err error) {
	for {
		var part struct {
			Values []history `json:"values"`
			IsLast bool      `json:"isLast"`
		}
		q := url.Values{"startAt": {strconv.Itoa(len(out))}, "maxResults": {strconv.Itoa(perPage)}}
		if _, err := c.rest.Do(ctx, rest.Request{Op: "history", Path: path + "/changelog", Query: q, Out: &part}); err != nil {
			return nil, rest.Gone(err)
		}
		out = append(out, part.Values...)
		if part.IsLast || len(part.Values) == 0 {
			return out, nil
		}
	}
}

// told reads one entry of the history.
func told(h *history, ref string) (out []tracker.Change) {
	for i, x := range h.Items {
		ch := tracker.Change{ID: fmt.Sprintf("h%s.%d", h.ID, i), Ref: ref, Kind: tracker.KindField, Field: x.Field, At: h.Created.Time,
			Actor: h.Author.id(), Old: cvd.Private(x.FromString), New: cvd.Private(x.ToString)}
		if h.Author != nil {
			ch.ActorName = cvd.Private(h.Author.Display)
		}
		switch x.Field {
		case "status":
			ch.Kind = tracker.KindStatus
		case "assignee":
			ch.Kind, ch.Old, ch.New = tracker.KindOwner, cvd.Private(x.From), cvd.Private(x.To)
		case "summary":
			ch.Kind = tracker.KindTitle
		case "priority":
			ch.Kind = tracker.KindPriority
		case "project", "Key":
			ch.Kind = tracker.KindMoved
		}
		out = append(out, ch)
	}
	return out
}

// Tickets implements tracker.Lister.
func (c *Client) Tickets(ctx context.Context, q tracker.TicketQuery, cursor string, n int) (out []tracker.Ticket, next string, err error) {
	jql := "project = " + c.cfg.Project
	if q.Open {
		jql += " AND statusCategory != Done"
	}
	if !q.Since.IsZero() {
		jql += fmt.Sprintf(" AND created >= %d", q.Since.UnixMilli())
	}
	found, next, err := c.search(ctx, "list", jql+" ORDER BY created ASC", cursor, min(n, perPage))
	for i := range found {
		out = append(out, c.shown(&found[i]))
	}
	return out, next, err
}

// History implements tracker.Lister.
func (c *Client) History(ctx context.Context, ref string) ([]tracker.Change, error) {
	_, out, _, err := c.changes(ctx, ref, time.Time{})
	return out, err
}
