package redmine

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/tracker"
	"github.com/cvdkit/cvdkit/cvd/tracker/internal/feed"
)

// perPage is the most that Redmine gives at once.
const perPage = 100

type journal struct {
	ID      int       `json:"id"`
	User    named     `json:"user"`
	Notes   string    `json:"notes"`
	Created time.Time `json:"created_on"`
	Details []struct {
		Property string `json:"property"`
		Name     string `json:"name"`
		Old      string `json:"old_value"`
		New      string `json:"new_value"`
	} `json:"details"`
}

// Changes implements tracker.Tracker.
func (c *Client) Changes(ctx context.Context, at string, n int) (tracker.Page, error) {
	w, err := c.vocabulary(ctx)
	if err != nil {
		return tracker.Page{}, err
	}
	return feed.Source{
		List: func(ctx context.Context, since time.Time, page int) (out []feed.Item, last bool, err error) {
			q := url.Values{"project_id": {c.cfg.Project}, "sort": {"updated_on:asc,id:asc"}, "limit": {strconv.Itoa(perPage)}, "offset": {strconv.Itoa((page - 1) * perPage)}}
			if !since.IsZero() {
				q.Set("updated_on", ">="+since.UTC().Format(time.RFC3339))
			}
			found, err := c.list(ctx, "changes", q)
			for i := range found.Items {
				out = append(out, feed.Item{Ref: strconv.Itoa(found.Items[i].ID), Updated: found.Items[i].Updated})
			}
			return out, len(found.Items) < perPage, err
		},
		Read: func(ctx context.Context, ref string, _ time.Time) (tracker.Ticket, []tracker.Change, time.Time, error) {
			x, asked, err := c.get(ctx, ref, "journals")
			if err != nil {
				return tracker.Ticket{}, nil, asked, err
			}
			return c.shown(&x, w), c.changes(&x, w), asked, nil
		},
	}.Changes(ctx, at, n)
}

// changes are all that happened to an issue.
func (c *Client) changes(x *issue, w *words) (out []tracker.Change) {
	ref := strconv.Itoa(x.ID)
	out = append(out, tracker.Change{ID: "i" + ref, Ref: ref, Kind: tracker.KindOpened, At: x.Created.UTC(), Actor: strconv.Itoa(x.Author.ID), ActorName: cvd.Private(x.Author.Name)})
	for _, j := range x.Journals {
		base := tracker.Change{Ref: ref, At: j.Created.UTC(), Actor: strconv.Itoa(j.User.ID), ActorName: cvd.Private(j.User.Name)}
		if j.Notes != "" {
			ch := base
			ch.ID, ch.Kind, ch.Text = fmt.Sprintf("j%d", j.ID), tracker.KindCommented, cvd.Private(j.Notes)
			out = append(out, ch)
		}
		for i, d := range j.Details {
			ch := base
			ch.ID, ch.Kind, ch.Field = fmt.Sprintf("j%d.%d", j.ID, i), tracker.KindField, d.Property+" "+d.Name
			ch.Old, ch.New = cvd.Private(d.Old), cvd.Private(d.New)
			if d.Property == "attr" {
				switch d.Name {
				case "status_id":
					ch.Kind, ch.Old, ch.New = tracker.KindStatus, name(w.status, d.Old), name(w.status, d.New)
				case "priority_id":
					ch.Kind, ch.Old, ch.New = tracker.KindPriority, name(w.priority, d.Old), name(w.priority, d.New)
				case "assigned_to_id":
					ch.Kind = tracker.KindOwner
				case "subject":
					ch.Kind = tracker.KindTitle
				case "project_id":
					ch.Kind = tracker.KindMoved
				}
			}
			out = append(out, ch)
		}
	}
	return out
}

// name is the word for a number; the number if there is none any more.
func name(words map[string]int, id string) cvd.Private {
	for w, n := range words {
		if strconv.Itoa(n) == id {
			return cvd.Private(w)
		}
	}
	return cvd.Private(id)
}

// CursorAt implements tracker.Starter.
func (c *Client) CursorAt(_ context.Context, t time.Time) (string, error) {
	return feed.At(t)
}

// Tickets implements tracker.Lister.
func (c *Client) Tickets(ctx context.Context, q tracker.TicketQuery, at string, n int) (out []tracker.Ticket, next string, err error) {
	w, err := c.vocabulary(ctx)
	if err != nil {
		return nil, "", err
	}
	offset, _ := strconv.Atoi(at)
	v := url.Values{"project_id": {c.cfg.Project}, "sort": {"id"}, "limit": {strconv.Itoa(min(n, perPage))}, "offset": {strconv.Itoa(offset)}}
	if !q.Since.IsZero() {
		v.Set("created_on", ">="+q.Since.UTC().Format(time.RFC3339))
	}
	if q.Open {
		v.Set("status_id", "open")
	}
	found, err := c.list(ctx, "list", v)
	if err != nil {
		return nil, "", err
	}
	for i := range found.Items {
		out = append(out, c.shown(&found.Items[i], w))
	}
	if offset += len(found.Items); offset < found.Total && len(found.Items) > 0 {
		next = strconv.Itoa(offset)
	}
	return out, next, nil
}

// History implements tracker.Lister.
func (c *Client) History(ctx context.Context, ref string) ([]tracker.Change, error) {
	w, err := c.vocabulary(ctx)
	if err != nil {
		return nil, err
	}
	x, err := c.read(ctx, ref, "journals")
	if err != nil {
		return nil, err
	}
	return c.changes(&x, w), nil
}
