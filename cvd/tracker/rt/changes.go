package rt

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/tracker"
	"github.com/cvdkit/cvdkit/cvd/tracker/internal/rest"
)

// overlap is how many transactions are asked for again: one with a lower number may
// become visible after one with a higher.
const overlap = 20

// perPage is the most that REST 2 gives at once.
const perPage = 100

type transaction struct {
	ID          text `json:"id"`
	Type, Field string
	// Lower takes "type", which is "transaction" and would else be taken for Type.
	Lower                    string `json:"type"`
	ObjectType               string
	ObjectId                 text
	OldValue, NewValue, Data text
	Created                  time.Time
	Creator                  person
}

// person is the creator of a transaction; "" if the account may not see it.
type person struct{ ID string }

func (p *person) UnmarshalJSON(b []byte) error {
	var x struct {
		ID string `json:"id"`
	}
	if json.Unmarshal(b, &x) == nil {
		p.ID = x.ID
	}
	return nil
}

const transactionFields = "Type,ObjectType,ObjectId,Created,Creator,Field,OldValue,NewValue,Data"

// Changes implements tracker.Tracker. The cursor is the number of a transaction and,
// of a feed that began in the middle, a comma and the number that it began after.
func (c *Client) Changes(ctx context.Context, cursor string, n int) (p tracker.Page, err error) {
	at, start, _ := strings.Cut(cursor, ",")
	last, _ := strconv.ParseInt(at, 10, 64)
	first, _ := strconv.ParseInt(start, 10, 64)
	n = min(n+overlap, perPage)
	var found struct {
		Items []transaction `json:"items"`
	}
	_, err = c.rest.Do(ctx, rest.Request{Op: "changes", Path: "/transactions", Out: &found, Query: url.Values{
		"query":  {fmt.Sprintf("id > %d AND ObjectType = 'RT::Ticket' AND TicketQueue = '%s'", max(last-overlap, first), c.cfg.Queue)},
		"fields": {transactionFields}, "orderby": {"id"}, "per_page": {strconv.Itoa(n)},
	}})
	if err != nil {
		return p, err
	}
	for i := range found.Items {
		x := &found.Items[i]
		if id, _ := strconv.ParseInt(string(x.ID), 10, 64); id > last {
			last = id
		}
		ch, ok, err := c.change(ctx, x)
		if err != nil {
			return tracker.Page{}, err
		}
		if ok {
			p.Changes = append(p.Changes, ch)
		}
	}
	p.Cursor, p.More = strconv.FormatInt(last, 10), len(found.Items) == n
	if first > 0 {
		p.Cursor += "," + start
	}
	return p, nil
}

// change reads a transaction. It reports false for what is no change of a ticket's
// own: mails that were sent, watchers, and what the account may not see.
func (c *Client) change(ctx context.Context, x *transaction) (ch tracker.Change, ok bool, err error) {
	ch = tracker.Change{ID: string(x.ID), Ref: string(x.ObjectId), At: x.Created, Actor: x.Creator.ID, Old: cvd.Private(x.OldValue), New: cvd.Private(x.NewValue)}
	switch {
	case x.Type == "Create":
		ch.Kind = tracker.KindOpened
	case x.Type == "Comment", x.Type == "Correspond":
		ch.Kind, ch.Reply = tracker.KindCommented, x.Type == "Correspond"
		ch.Text, err = c.said(ctx, string(x.ID))
	case x.Type == "Status":
		ch.Kind = tracker.KindStatus
		if x.NewValue == "deleted" {
			ch.Kind = tracker.KindGone
		}
	case x.Type == "SetWatcher" && x.Field == "Owner": // "Set" of Owner comes with it
		ch.Kind = tracker.KindOwner
		if ch.Old, err = c.user(ctx, string(x.OldValue)); err == nil {
			ch.New, err = c.user(ctx, string(x.NewValue))
		}
	case x.Type == "Set" && x.Field == "Subject":
		ch.Kind = tracker.KindTitle
	case x.Type == "Set" && strings.HasSuffix(x.Field, "Priority"):
		ch.Kind = tracker.KindPriority
	case x.Type == "Set" && x.Field == "Queue":
		ch.Kind = tracker.KindMoved
	case x.Type == "AddLink" && x.Field == "MergedInto":
		ch.Kind = tracker.KindMerged
	case x.Type == "CustomField":
		ch.Kind, ch.Field = tracker.KindField, "custom field "+x.Field
	default:
		return ch, false, nil
	}
	return ch, true, err
}

// said is the text of a comment or a reply.
func (c *Client) said(ctx context.Context, id string) (cvd.Private, error) {
	return c.attached(ctx, rest.Path("/transaction/%s/attachments", id))
}

// text is what a ticket was made with.
func (c *Client) text(ctx context.Context, id string) (cvd.Private, error) {
	var h struct {
		Items []transaction `json:"items"`
	}
	_, err := c.rest.Do(ctx, rest.Request{Op: "read", Path: rest.Path("/ticket/%s/history", id), Out: &h, Query: url.Values{"fields": {"Type"}, "per_page": {"1"}}})
	if err != nil || len(h.Items) == 0 {
		return "", err
	}
	return c.said(ctx, string(h.Items[0].ID))
}

// attached is the first plain text among attachments.
func (c *Client) attached(ctx context.Context, path string) (cvd.Private, error) {
	var found struct {
		Items []struct{ Content, ContentType string } `json:"items"`
	}
	_, err := c.rest.Do(ctx, rest.Request{Op: "read", Path: path, Out: &found, Query: url.Values{"fields": {"Content,ContentType"}, "per_page": {"20"}}})
	if err != nil {
		return "", err
	}
	for _, a := range found.Items {
		if strings.HasPrefix(a.ContentType, "text/plain") && a.Content != "" {
			return cvd.Private(a.Content), nil
		}
	}
	for _, a := range found.Items {
		if strings.HasPrefix(a.ContentType, "text/") {
			return cvd.Private(a.Content), nil // HTML, as it stands
		}
	}
	return "", nil
}

// nobody is the number of the user that stands for no owner.
const nobody = "Nobody"

// user is the name of a user by its number; "" for nobody.
func (c *Client) user(ctx context.Context, id string) (cvd.Private, error) {
	if id == "" || id == "0" {
		return "", nil
	}
	c.mu.Lock()
	name, ok := c.users[id]
	c.mu.Unlock()
	if !ok {
		var u struct{ Name string }
		if _, err := c.rest.Do(ctx, rest.Request{Op: "user", Path: rest.Path("/user/%s", id), Out: &u}); err != nil && rest.Status(err) == 0 {
			return "", err
		} else if err != nil {
			u.Name = "user " + id // the account may not see users
		}
		name = u.Name
		c.mu.Lock()
		c.users[id] = name
		c.mu.Unlock()
	}
	if name == nobody {
		name = ""
	}
	return cvd.Private(name), nil
}

// CursorAt implements tracker.Starter.
func (c *Client) CursorAt(ctx context.Context, t time.Time) (string, error) {
	var found struct {
		Items []transaction `json:"items"`
	}
	_, err := c.rest.Do(ctx, rest.Request{Op: "cursor", Path: "/transactions", Out: &found, Query: url.Values{
		"query":  {fmt.Sprintf("ObjectType = 'RT::Ticket' AND TicketQueue = '%s' AND Created < '%s'", c.cfg.Queue, t.UTC().Format("2006-01-02 15:04:05"))},
		"fields": {"Created"}, "orderby": {"id"}, "order": {"DESC"}, "per_page": {"1"},
	}})
	if err != nil || len(found.Items) == 0 {
		return "", err
	}
	return string(found.Items[0].ID) + "," + string(found.Items[0].ID), nil
}

// Tickets implements tracker.Lister.
func (c *Client) Tickets(ctx context.Context, q tracker.TicketQuery, cursor string, n int) (out []tracker.Ticket, next string, err error) {
	page, _ := strconv.Atoi(cursor)
	page = max(page, 1)
	n = min(n, perPage)
	query := "Queue = '" + c.cfg.Queue + "' AND Status != 'deleted'"
	if !q.Since.IsZero() {
		query += " AND Created > '" + q.Since.UTC().Format("2006-01-02 15:04:05") + "'"
	}
	if q.Open {
		for _, s := range c.cfg.Closed {
			query += " AND Status != '" + strings.ReplaceAll(s, "'", "") + "'"
		}
	}
	found, err := c.search(ctx, "list", query, page, n)
	if err != nil {
		return nil, "", err
	}
	for i := range found.Items {
		t := c.shown(&found.Items[i], "")
		if t.Marker == "" {
			if t.Body, err = c.text(ctx, t.Ref); err != nil {
				return nil, "", err
			}
		}
		out = append(out, t)
	}
	if len(found.Items) == n {
		next = strconv.Itoa(page + 1)
	}
	return out, next, nil
}

// History implements tracker.Lister.
func (c *Client) History(ctx context.Context, id string) (out []tracker.Change, err error) {
	for page := 1; ; page++ {
		var found struct {
			Items []transaction `json:"items"`
		}
		_, err := c.rest.Do(ctx, rest.Request{Op: "history", Path: rest.Path("/ticket/%s/history", id), Out: &found, Query: url.Values{
			"fields": {transactionFields}, "per_page": {strconv.Itoa(perPage)}, "page": {strconv.Itoa(page)}}})
		if err != nil {
			return nil, rest.Gone(err)
		}
		for i := range found.Items {
			ch, ok, err := c.change(ctx, &found.Items[i])
			if err != nil {
				return nil, err
			}
			if ch.Ref = id; ok {
				out = append(out, ch)
			}
		}
		if len(found.Items) < perPage {
			return out, nil
		}
	}
}

// Describe implements tracker.Describer.
func (c *Client) Describe(ctx context.Context) (s tracker.Schema, err error) {
	var q struct {
		Name               string
		TicketCustomFields []struct {
			Name string `json:"name"`
		}
	}
	_, err = c.rest.Do(ctx, rest.Request{Op: "describe", Path: rest.Path("/queue/%s", c.cfg.Queue), Out: &q})
	if rest.Status(err) == 404 || rest.Status(err) == 403 {
		s.Missing = append(s.Missing, fmt.Sprintf("there is no queue %q, or the account lacks the right SeeQueue", c.cfg.Queue))
		return s, nil
	}
	if err != nil {
		return s, err
	}
	for _, f := range q.TicketCustomFields {
		if f.Name == c.cfg.Field {
			return s, nil
		}
	}
	s.Missing = append(s.Missing, fmt.Sprintf("queue %s has no custom field %q that the account sees: make one for tickets, \"Enter one value\", apply it to the queue, and grant SeeCustomField, ModifyCustomField and SetInitialCustomField", c.cfg.Queue, c.cfg.Field))
	return s, nil
}
