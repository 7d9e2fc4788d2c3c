package github

import (
	"context"
	"net/url"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/tracker"
	"github.com/cvdkit/cvdkit/cvd/tracker/internal/feed"
	"github.com/cvdkit/cvdkit/cvd/tracker/internal/rest"
)

// Advisories are the security advisories of a repository as a source of cases: what
// comes in by private vulnerability reporting is there in the state "triage". It
// writes nothing: give it to a Sync that is ReadOnly, with an Intake.
//
// GitHub tells no history of an advisory: a change of its state is told once, as it
// is when it is seen, and who made it is not told.
type Advisories struct {
	rest *rest.Client
	repo string
	self string
}

var _ tracker.Tracker = (*Advisories)(nil)

// NewAdvisories checks the configuration and asks nothing.
func NewAdvisories(cfg Config) (*Advisories, error) {
	r, repo, err := cfg.client()
	return &Advisories{r, repo, cfg.User}, err
}

type advisory struct {
	GHSA        string    `json:"ghsa_id"`
	CVE         string    `json:"cve_id"`
	Summary     string    `json:"summary"`
	Description string    `json:"description"`
	Severity    string    `json:"severity"`
	State       string    `json:"state"`
	Author      *user     `json:"author"`
	Created     time.Time `json:"created_at"`
	Updated     time.Time `json:"updated_at"`
	HTML        string    `json:"html_url"`
}

func shown(x *advisory) tracker.Ticket {
	t := tracker.Ticket{
		Ref: x.GHSA, Version: x.Updated.UTC().Format(time.RFC3339), Status: x.State, Priority: x.Severity,
		Closed: x.State == "closed" || x.State == "published" || x.State == "withdrawn", Created: x.Created.UTC(), Updated: x.Updated.UTC(), URL: x.HTML,
		Title: cvd.Private(x.Summary), Body: cvd.Private(x.Description),
	}
	if x.Author != nil {
		t.Author = x.Author.Login
	}
	return t
}

// Self implements tracker.Tracker.
func (a *Advisories) Self(ctx context.Context) (string, error) {
	c := Client{cfg: Config{User: a.self}, rest: a.rest}
	return c.Self(ctx)
}

// Find implements tracker.Tracker: advisories carry no markers.
func (a *Advisories) Find(ctx context.Context, _ string) ([]tracker.Ticket, error) {
	return nil, ctx.Err()
}

// Create implements tracker.Tracker.
func (a *Advisories) Create(context.Context, tracker.Fields) (tracker.Ticket, error) {
	return tracker.Ticket{}, tracker.ErrReadOnly
}

// Update implements tracker.Tracker.
func (a *Advisories) Update(_ context.Context, t tracker.Ticket, _ tracker.Fields) (tracker.Ticket, error) {
	return t, tracker.ErrReadOnly
}

// Read implements tracker.Tracker.
func (a *Advisories) Read(ctx context.Context, ref string) (tracker.Ticket, error) {
	t, _, err := a.read(ctx, ref)
	return t, err
}

func (a *Advisories) read(ctx context.Context, ref string) (t tracker.Ticket, asked time.Time, err error) {
	if !strings.HasPrefix(ref, "GHSA-") {
		return t, asked, tracker.ErrGone
	}
	var x advisory
	if asked, err = a.rest.Read(ctx, rest.Request{Op: "read", Path: a.repo + rest.Path("/security-advisories/%s", ref), Out: &x}); err != nil {
		return t, asked, err
	}
	return shown(&x), asked, nil
}

// Changes implements tracker.Tracker.
func (a *Advisories) Changes(ctx context.Context, at string, n int) (tracker.Page, error) {
	return feed.Source{
		List: func(ctx context.Context, since time.Time, _ int) (out []feed.Item, last bool, err error) {
			// GitHub cannot be asked for those since: the newest come first, until one is
			// older.
			q := url.Values{"sort": {"updated"}, "direction": {"desc"}, "per_page": {"100"}}
			for {
				var part []advisory
				r, err := a.rest.Do(ctx, rest.Request{Op: "changes", Path: a.repo + "/security-advisories", Query: q, Out: &part, Cache: true})
				if err != nil {
					return nil, false, err
				}
				done := false
				for i := range part {
					if done = part[i].Updated.Before(since); done {
						break
					}
					out = append([]feed.Item{{Ref: part[i].GHSA, Updated: part[i].Updated}}, out...)
				}
				next := after(r.Header.Get("Link"))
				if done || next == "" {
					return out, true, nil
				}
				q.Set("after", next)
			}
		},
		Read: func(ctx context.Context, ref string, _ time.Time) (tracker.Ticket, []tracker.Change, time.Time, error) {
			t, asked, err := a.read(ctx, ref)
			if err != nil {
				return t, nil, asked, err
			}
			cs := []tracker.Change{{ID: ref, Ref: ref, Kind: tracker.KindOpened, At: t.Created, Actor: t.Author}}
			if t.Updated.After(t.Created) {
				cs = append(cs, tracker.Change{ID: ref + "/" + t.Status, Ref: ref, Kind: tracker.KindStatus, At: t.Updated, New: cvd.Private(t.Status)})
			}
			return t, cs, asked, nil
		},
	}.Changes(ctx, at, n)
}

// after is the cursor of the next page, from the header Link (RFC 8288).
func after(link string) string {
	for _, l := range strings.Split(link, ",") {
		target, rel, _ := strings.Cut(l, ";")
		if !strings.Contains(rel, `rel="next"`) {
			continue
		}
		if u, err := url.Parse(strings.Trim(strings.TrimSpace(target), "<>")); err == nil {
			return u.Query().Get("after")
		}
	}
	return ""
}
