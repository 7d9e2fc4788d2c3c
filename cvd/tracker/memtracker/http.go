package memtracker

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/tracker"
)

// call is one request of a Client, and its answer.
type call struct {
	Op, Arg string
	N       int
	Ticket  tracker.Ticket
	Fields  tracker.Fields
}

type answer struct {
	Tickets []wireTicket
	Page    wirePage
	Error   string
	Ignored []string
}

const stale, gone = "stale", "gone"

// wireTicket and wirePage carry what the types of package tracker do not show.
type wireTicket struct {
	tracker.Ticket
	TitleText, BodyText string
}

type wirePage struct {
	Changes []wireChange
	Cursor  string
	More    bool
}

type wireChange struct {
	tracker.Change
	OldText, NewText, SaidText string
}

func out(t tracker.Ticket) wireTicket { return wireTicket{t, string(t.Title), string(t.Body)} }

func (w wireTicket) in() tracker.Ticket {
	t := w.Ticket
	t.Title, t.Body = cvd.Private(w.TitleText), cvd.Private(w.BodyText)
	return t
}

// Handler lets other processes work as the account: see Client. Whoever reaches it
// may do everything, so it is for tests on one machine.
func (a Account) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var c call
		var res answer
		err := json.NewDecoder(r.Body).Decode(&c)
		if err == nil {
			switch c.Op {
			case "find":
				var ts []tracker.Ticket
				ts, err = a.Find(r.Context(), c.Arg)
				for _, t := range ts {
					res.Tickets = append(res.Tickets, out(t))
				}
			case "create":
				var t tracker.Ticket
				t, err = a.Create(r.Context(), c.Fields)
				res.Tickets = []wireTicket{out(t)}
			case "update":
				var t tracker.Ticket
				t, err = a.Update(r.Context(), c.Ticket, c.Fields)
				res.Tickets = []wireTicket{out(t)}
			case "read":
				var t tracker.Ticket
				t, err = a.Read(r.Context(), c.Arg)
				res.Tickets = []wireTicket{out(t)}
			case "changes":
				var p tracker.Page
				p, err = a.Changes(r.Context(), c.Arg, c.N)
				res.Page = wirePage{Cursor: p.Cursor, More: p.More}
				for _, ch := range p.Changes {
					res.Page.Changes = append(res.Page.Changes, wireChange{ch, string(ch.Old), string(ch.New), string(ch.Text)})
				}
			}
		}
		switch {
		case errors.Is(err, tracker.ErrStale):
			res.Error = stale
		case errors.Is(err, tracker.ErrGone):
			res.Error = gone
		case err != nil:
			var ignored *tracker.NotAppliedError
			if res.Error = err.Error(); errors.As(err, &ignored) {
				res.Ignored = ignored.Fields
			}
		}
		_ = json.NewEncoder(w).Encode(res)
	})
}

// Client is the tracker in another process, behind a Handler.
type Client struct {
	URL     string       // of the Handler
	Account string       // of the Handler
	HTTP    *http.Client // must not be nil
}

var _ tracker.Tracker = Client{}

func (o Client) call(ctx context.Context, c call) (answer, error) {
	fail := &tracker.Error{Op: c.Op}
	data, err := json.Marshal(c)
	if err != nil {
		return answer{}, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, o.URL, bytes.NewReader(data))
	if err != nil {
		return answer{}, err
	}
	resp, err := o.HTTP.Do(req)
	if err != nil {
		fail.Err, fail.Retry = err, true
		return answer{}, fail
	}
	defer resp.Body.Close()
	var res answer
	if err := json.NewDecoder(resp.Body).Decode(&res); err != nil {
		fail.Err, fail.Retry = err, true
		return res, fail
	}
	switch {
	case res.Error == stale:
		return res, tracker.ErrStale
	case res.Error == gone:
		return res, tracker.ErrGone
	case res.Ignored != nil && len(res.Tickets) > 0:
		return res, &tracker.NotAppliedError{Ref: res.Tickets[0].Ref, Fields: res.Ignored}
	case res.Error != "":
		fail.Err = errors.New(res.Error)
		return res, fail
	}
	return res, nil
}

func (o Client) one(ctx context.Context, c call) (tracker.Ticket, error) {
	r, err := o.call(ctx, c)
	if len(r.Tickets) == 0 {
		return tracker.Ticket{}, err
	}
	return r.Tickets[0].in(), err
}

// Self implements tracker.Tracker.
func (o Client) Self(context.Context) (string, error) { return o.Account, nil }

// Find implements tracker.Tracker.
func (o Client) Find(ctx context.Context, marker string) (found []tracker.Ticket, err error) {
	r, err := o.call(ctx, call{Op: "find", Arg: marker})
	for _, t := range r.Tickets {
		found = append(found, t.in())
	}
	return found, err
}

// Create implements tracker.Tracker.
func (o Client) Create(ctx context.Context, f tracker.Fields) (tracker.Ticket, error) {
	return o.one(ctx, call{Op: "create", Fields: f})
}

// Update implements tracker.Tracker.
func (o Client) Update(ctx context.Context, t tracker.Ticket, f tracker.Fields) (tracker.Ticket, error) {
	return o.one(ctx, call{Op: "update", Ticket: t, Fields: f})
}

// Read implements tracker.Tracker.
func (o Client) Read(ctx context.Context, ref string) (tracker.Ticket, error) {
	return o.one(ctx, call{Op: "read", Arg: ref})
}

// Changes implements tracker.Tracker.
func (o Client) Changes(ctx context.Context, cursor string, n int) (tracker.Page, error) {
	r, err := o.call(ctx, call{Op: "changes", Arg: cursor, N: n})
	p := tracker.Page{Cursor: r.Page.Cursor, More: r.Page.More}
	for _, c := range r.Page.Changes {
		c.Change.Old, c.Change.New, c.Change.Text = cvd.Private(c.OldText), cvd.Private(c.NewText), cvd.Private(c.SaidText)
		p.Changes = append(p.Changes, c.Change)
	}
	return p, err
}
