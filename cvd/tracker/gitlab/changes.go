package gitlab

import (
	"context"
	"encoding/json"
	"fmt"
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

type note struct {
	ID      int64     `json:"id"`
	Body    string    `json:"body"`
	Author  user      `json:"author"`
	Created time.Time `json:"created_at"`
	System  bool      `json:"system"`
}

type stateEvent struct {
	ID      int64     `json:"id"`
	User    user      `json:"user"`
	Created time.Time `json:"created_at"`
	State   string    `json:"state"`
}

// Changes implements tracker.Tracker.
func (c *Client) Changes(ctx context.Context, at string, n int) (tracker.Page, error) {
	return feed.Source{
		List: func(ctx context.Context, since time.Time, page int) (out []feed.Item, last bool, err error) {
			q := url.Values{"order_by": {"updated_at"}}
			if !since.IsZero() {
				q.Set("updated_after", since.UTC().Format(time.RFC3339Nano))
			}
			part, err := c.list(ctx, "changes", q, page)
			for i := range part {
				out = append(out, feed.Item{Ref: strconv.FormatInt(part[i].IID, 10), Updated: part[i].Updated})
			}
			return out, len(part) < perPage, err
		},
		Read: func(ctx context.Context, ref string, _ time.Time) (t tracker.Ticket, cs []tracker.Change, asked time.Time, err error) {
			if cs, err = c.history(ctx, ref); err != nil {
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

// pages reads all pages of a list.
func (c *Client) pages(ctx context.Context, path string, q url.Values, each func(json.RawMessage) error) error {
	for page := 1; ; page++ {
		q.Set("page", strconv.Itoa(page))
		q.Set("per_page", strconv.Itoa(perPage))
		var part []json.RawMessage
		if _, err := c.rest.Do(ctx, rest.Request{Op: "history", Path: path, Query: q, Out: &part}); err != nil {
			return rest.Gone(err)
		}
		for _, x := range part {
			if err := each(x); err != nil {
				return &tracker.Error{Op: "history", Refused: true, Hint: "the answer is not the JSON that was expected"}
			}
		}
		if len(part) < perPage {
			return nil
		}
	}
}

func (c *Client) history(ctx context.Context, ref string) (out []tracker.Change, err error) {
	path, err := c.path(ref)
	if err != nil {
		return nil, err
	}
	err = c.pages(ctx, path+"/notes", url.Values{"sort": {"asc"}, "order_by": {"created_at"}}, func(raw json.RawMessage) error {
		var n note
		if err := json.Unmarshal(raw, &n); err != nil {
			return err
		}
		out = append(out, said(&n, ref))
		return nil
	})
	if err != nil {
		return nil, err
	}
	before := "opened"
	err = c.pages(ctx, path+"/resource_state_events", url.Values{}, func(raw json.RawMessage) error {
		var e stateEvent
		if err := json.Unmarshal(raw, &e); err != nil {
			return err
		}
		if e.State == "reopened" {
			e.State = "opened"
		}
		out = append(out, tracker.Change{ID: fmt.Sprintf("s%d", e.ID), Ref: ref, Kind: tracker.KindStatus, At: e.Created.UTC(),
			Actor: e.User.Username, ActorName: cvd.Private(e.User.Name), Old: cvd.Private(before), New: cvd.Private(e.State)})
		before = e.State
		return nil
	})
	slices.SortStableFunc(out, func(a, b tracker.Change) int { return a.At.Compare(b.At) })
	return out, err
}

// said reads a note: of a person, or of the system about a change.
func said(n *note, ref string) tracker.Change {
	ch := tracker.Change{ID: fmt.Sprintf("n%d", n.ID), Ref: ref, Kind: tracker.KindCommented, At: n.Created.UTC(), Actor: n.Author.Username, ActorName: cvd.Private(n.Author.Name)}
	if !n.System {
		ch.Text = cvd.Private(n.Body)
		return ch
	}
	switch {
	case strings.HasPrefix(n.Body, "assigned to @"):
		ch.Kind, ch.New = tracker.KindOwner, account(n.Body, "assigned to @")
	case strings.HasPrefix(n.Body, "unassigned @"):
		ch.Kind, ch.Old = tracker.KindOwner, account(n.Body, "unassigned @")
	case strings.HasPrefix(n.Body, "changed title"):
		ch.Kind, ch.New = tracker.KindTitle, cvd.Private(n.Body)
	case strings.HasPrefix(n.Body, "moved to "):
		ch.Kind, ch.New = tracker.KindMoved, cvd.Private(n.Body)
	default:
		ch.Kind, ch.Field, ch.New = tracker.KindField, "system note", cvd.Private(n.Body)
	}
	return ch
}

func account(s, after string) cvd.Private {
	s = strings.TrimPrefix(s, after)
	if i := strings.IndexAny(s, " ,"); i >= 0 {
		s = s[:i]
	}
	return cvd.Private(s)
}

// Tickets implements tracker.Lister.
func (c *Client) Tickets(ctx context.Context, q tracker.TicketQuery, cursor string, n int) (out []tracker.Ticket, next string, err error) {
	page, _ := strconv.Atoi(cursor)
	page = max(page, 1)
	v := url.Values{"order_by": {"created_at"}}
	if q.Open {
		v.Set("state", "opened")
	}
	if !q.Since.IsZero() {
		v.Set("created_after", q.Since.UTC().Format(time.RFC3339))
	}
	part, err := c.list(ctx, "list", v, page)
	if err != nil {
		return nil, "", err
	}
	for i := range part {
		out = append(out, c.shown(&part[i]))
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
	cs, err := c.history(ctx, ref)
	return append([]tracker.Change{opened(&t)}, cs...), err
}
