package gitea

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

// perPage is the most that Gitea gives at once.
const perPage = 50

// entry is one line of the timeline of an issue.
type entry struct {
	ID       int64     `json:"id"`
	Type     string    `json:"type"`
	User     *user     `json:"user"`
	Body     string    `json:"body"`
	Created  time.Time `json:"created_at"`
	OldTitle string    `json:"old_title"`
	NewTitle string    `json:"new_title"`
	Assignee *user     `json:"assignee"`
	Removed  bool      `json:"removed_assignee"`
	Label    *label    `json:"label"`
}

// list returns all issues that changed since an instant. Gitea gives the newest
// first, whatever it is asked for, so the whole list is needed.
func (c *Client) list(ctx context.Context, op string, q url.Values) (all []issue, err error) {
	q.Set("state", "all")
	q.Set("type", "issues")
	q.Set("limit", strconv.Itoa(perPage))
	for page := 1; ; page++ {
		q.Set("page", strconv.Itoa(page))
		var part []issue
		if _, err := c.rest.Do(ctx, rest.Request{Op: op, Path: c.repo + "/issues", Query: q, Out: &part}); err != nil {
			return nil, err
		}
		all = append(all, part...)
		if len(part) < perPage {
			return all, nil
		}
	}
}

// Changes implements tracker.Tracker.
func (c *Client) Changes(ctx context.Context, at string, n int) (tracker.Page, error) {
	return feed.Source{
		List: func(ctx context.Context, since time.Time, _ int) (out []feed.Item, last bool, err error) {
			q := url.Values{}
			if !since.IsZero() {
				q.Set("since", since.UTC().Format(time.RFC3339))
			}
			all, err := c.list(ctx, "changes", q)
			for i := range all {
				out = append(out, feed.Item{Ref: strconv.FormatInt(all[i].Number, 10), Updated: all[i].Updated})
			}
			slices.SortStableFunc(out, func(a, b feed.Item) int { return a.Updated.Compare(b.Updated) })
			return out, true, err
		},
		Read: func(ctx context.Context, ref string, since time.Time) (t tracker.Ticket, cs []tracker.Change, asked time.Time, err error) {
			if cs, err = c.timeline(ctx, ref, since); err != nil {
				return t, nil, asked, err
			}
			// Read after its history: if it still has the instant of the list, the
			// history is whole.
			if t, asked, err = c.read(ctx, ref); err != nil {
				return t, nil, asked, err
			}
			return t, append([]tracker.Change{opened(&t)}, cs...), asked, nil
		},
	}.Changes(ctx, at, n)
}

func opened(t *tracker.Ticket) tracker.Change {
	return tracker.Change{ID: "i" + t.Ref, Ref: t.Ref, Kind: tracker.KindOpened, At: t.Created, Actor: t.Author, ActorName: t.AuthorName}
}

// timeline is the history of an issue since an instant.
func (c *Client) timeline(ctx context.Context, ref string, since time.Time) (out []tracker.Change, err error) {
	path, err := c.path(ref)
	if err != nil {
		return nil, err
	}
	q := url.Values{"limit": {strconv.Itoa(perPage)}}
	if !since.IsZero() {
		q.Set("since", since.UTC().Format(time.RFC3339))
	}
	for page := 1; ; page++ {
		q.Set("page", strconv.Itoa(page))
		var part []entry
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

// change reads an entry. It reports false for what does not concern a case.
func change(x *entry, ref string) (tracker.Change, bool) {
	ch := tracker.Change{ID: fmt.Sprintf("c%d", x.ID), Ref: ref, At: x.Created.UTC()}
	if x.User != nil {
		ch.Actor, ch.ActorName = x.User.Login, cvd.Private(x.User.Name)
	}
	switch x.Type {
	case "comment":
		ch.Kind, ch.Text = tracker.KindCommented, cvd.Private(x.Body)
	case "close":
		ch.Kind, ch.Old, ch.New = tracker.KindStatus, "open", "closed"
	case "reopen":
		ch.Kind, ch.Old, ch.New = tracker.KindStatus, "closed", "open"
	case "change_title":
		ch.Kind, ch.Old, ch.New = tracker.KindTitle, cvd.Private(x.OldTitle), cvd.Private(x.NewTitle)
	case "assignees":
		ch.Kind = tracker.KindOwner
		if x.Assignee != nil && x.Removed {
			ch.Old = cvd.Private(x.Assignee.Login)
		} else if x.Assignee != nil {
			ch.New = cvd.Private(x.Assignee.Login)
		}
	case "label":
		ch.Kind, ch.Field = tracker.KindField, "label"
		if x.Label != nil && x.Body == "" {
			ch.Old = cvd.Private(x.Label.Name)
		} else if x.Label != nil {
			ch.New = cvd.Private(x.Label.Name)
		}
	default:
		return ch, false
	}
	return ch, true
}

// CursorAt implements tracker.Starter.
func (c *Client) CursorAt(_ context.Context, t time.Time) (string, error) { return feed.At(t) }

// Tickets implements tracker.Lister.
func (c *Client) Tickets(ctx context.Context, q tracker.TicketQuery, cursor string, n int) (out []tracker.Ticket, next string, err error) {
	v := url.Values{}
	if !q.Since.IsZero() {
		v.Set("since", q.Since.UTC().Format(time.RFC3339)) // changed since, so made since or before
	}
	all, err := c.list(ctx, "list", v)
	if err != nil {
		return nil, "", err
	}
	slices.SortFunc(all, func(a, b issue) int { return order(strconv.FormatInt(a.Number, 10), strconv.FormatInt(b.Number, 10)) })
	after, _ := strconv.ParseInt(cursor, 10, 64)
	for i := range all {
		x := &all[i]
		if x.Number <= after || q.Open && x.State != "open" || x.Created.Before(q.Since) {
			continue
		}
		if len(out) == n {
			return out, out[n-1].Ref, nil
		}
		out = append(out, c.shown(x))
	}
	return out, "", nil
}

// History implements tracker.Lister.
func (c *Client) History(ctx context.Context, ref string) ([]tracker.Change, error) {
	t, err := c.Read(ctx, ref)
	if err != nil {
		return nil, err
	}
	cs, err := c.timeline(ctx, ref, time.Time{})
	return append([]tracker.Change{opened(&t)}, cs...), err
}
