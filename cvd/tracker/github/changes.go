package github

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/tracker"
	"github.com/cvdkit/cvdkit/cvd/tracker/internal/feed"
	"github.com/cvdkit/cvdkit/cvd/tracker/internal/rest"
)

// event is one line of the timeline of an issue.
type event struct {
	ID       int64     `json:"id"`
	Event    string    `json:"event"`
	Actor    *user     `json:"actor"`
	User     *user     `json:"user"` // of a comment
	Body     string    `json:"body"`
	Created  time.Time `json:"created_at"`
	Assignee *user     `json:"assignee"`
	Label    *label    `json:"label"`
	Rename   *struct{ From, To string }
}

func (c *Client) list(ctx context.Context, op string, q url.Values, page int) (part []issue, err error) {
	q.Set("state", "all")
	q.Set("direction", "asc")
	q.Set("per_page", strconv.Itoa(perPage))
	q.Set("page", strconv.Itoa(page))
	_, err = c.rest.Do(ctx, rest.Request{Op: op, Path: c.repo + "/issues", Query: q, Out: &part, Cache: page == 1})
	return part, err
}

// Changes implements tracker.Tracker.
func (c *Client) Changes(ctx context.Context, at string, n int) (tracker.Page, error) {
	return feed.Source{
		List: func(ctx context.Context, since time.Time, page int) (out []feed.Item, last bool, err error) {
			q := url.Values{"sort": {"updated"}}
			if !since.IsZero() {
				q.Set("since", since.UTC().Format(time.RFC3339))
			}
			part, err := c.list(ctx, "changes", q, page)
			for i := range part {
				if part[i].Pull == nil {
					out = append(out, feed.Item{Ref: strconv.FormatInt(part[i].Number, 10), Updated: part[i].Updated})
				}
			}
			return out, len(part) < perPage, err
		},
		Read: func(ctx context.Context, ref string, _ time.Time) (t tracker.Ticket, cs []tracker.Change, asked time.Time, err error) {
			if cs, err = c.timeline(ctx, ref); err != nil {
				return t, nil, asked, err
			}
			// Read after its history: if it still has the instant of the list, the
			// history is whole.
			if t, asked, err = c.read(ctx, ref); err != nil {
				return t, nil, asked, err
			}
			return t, append([]tracker.Change{opened(&t, ref)}, cs...), asked, nil
		},
	}.Changes(ctx, at, n)
}

func opened(t *tracker.Ticket, ref string) tracker.Change {
	return tracker.Change{ID: "i" + ref, Ref: ref, Kind: tracker.KindOpened, At: t.Created, Actor: t.Author}
}

func (c *Client) timeline(ctx context.Context, ref string) (out []tracker.Change, err error) {
	path, err := c.path(ref)
	if err != nil {
		return nil, err
	}
	for page := 1; ; page++ {
		var part []event
		q := url.Values{"per_page": {strconv.Itoa(perPage)}, "page": {strconv.Itoa(page)}}
		if _, err := c.rest.Do(ctx, rest.Request{Op: "history", Path: path + "/timeline", Query: q, Out: &part}); err != nil {
			return nil, rest.Gone(err)
		}
		for i := range part {
			if ch, ok := change(&part[i], ref); ok {
				out = append(out, ch)
			}
		}
		if len(part) < perPage {
			return out, nil
		}
	}
}

// change reads an event. It reports false for what does not concern a case.
func change(x *event, ref string) (tracker.Change, bool) {
	ch := tracker.Change{ID: fmt.Sprintf("e%d", x.ID), Ref: ref, At: x.Created.UTC()}
	if x.Actor != nil {
		ch.Actor = x.Actor.Login
	}
	switch x.Event {
	case "commented":
		ch.ID, ch.Kind, ch.Text = fmt.Sprintf("c%d", x.ID), tracker.KindCommented, cvd.Private(x.Body)
		if x.User != nil {
			ch.Actor = x.User.Login
		}
	case "closed":
		ch.Kind, ch.Old, ch.New = tracker.KindStatus, "open", "closed"
	case "reopened":
		ch.Kind, ch.Old, ch.New = tracker.KindStatus, "closed", "open"
	case "renamed":
		ch.Kind = tracker.KindTitle
		if x.Rename != nil {
			ch.Old, ch.New = cvd.Private(x.Rename.From), cvd.Private(x.Rename.To)
		}
	case "assigned", "unassigned":
		ch.Kind = tracker.KindOwner
		if x.Assignee != nil && x.Event == "assigned" {
			ch.New = cvd.Private(x.Assignee.Login)
		} else if x.Assignee != nil {
			ch.Old = cvd.Private(x.Assignee.Login)
		}
	case "labeled", "unlabeled":
		ch.Kind, ch.Field = tracker.KindField, "label"
		if x.Label != nil && x.Event == "labeled" {
			ch.New = cvd.Private(x.Label.Name)
		} else if x.Label != nil {
			ch.Old = cvd.Private(x.Label.Name)
		}
	case "transferred":
		ch.Kind = tracker.KindMoved
	default:
		return ch, false
	}
	return ch, true
}

// Tickets implements tracker.Lister.
func (c *Client) Tickets(ctx context.Context, q tracker.TicketQuery, cursor string, n int) (out []tracker.Ticket, next string, err error) {
	page, _ := strconv.Atoi(cursor)
	page = max(page, 1)
	v := url.Values{"sort": {"created"}}
	part, err := c.list(ctx, "list", v, page)
	if err != nil {
		return nil, "", err
	}
	for i := range part {
		x := &part[i]
		if x.Pull == nil && (!q.Open || x.State == "open") && !x.Created.Before(q.Since) {
			out = append(out, c.shown(x))
		}
	}
	if len(part) == perPage {
		next = strconv.Itoa(page + 1)
	}
	return out, next, nil
}

// History implements tracker.Lister.
func (c *Client) History(ctx context.Context, ref string) ([]tracker.Change, error) {
	t, err := c.Read(ctx, ref)
	if err != nil {
		return nil, err
	}
	cs, err := c.timeline(ctx, ref)
	return append([]tracker.Change{opened(&t, ref)}, cs...), err
}
