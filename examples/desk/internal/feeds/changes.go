package feeds

import (
	"cmp"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/service"
)

// A feed holds so many entries, of cases among so many.
const (
	maxEntries = 50
	maxCases   = 200
	newFor     = 14 * 24 * time.Hour // how long a case of nobody's counts as new
)

type atomFeed struct {
	XMLName xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
	ID      string      `xml:"id"`
	Title   string      `xml:"title"`
	Updated string      `xml:"updated"`
	Author  string      `xml:"author>name"`
	Link    atomLink    `xml:"link"`
	Entries []atomEntry `xml:"entry"`
}

type atomLink struct {
	Rel  string `xml:"rel,attr,omitempty"`
	Href string `xml:"href,attr"`
}

type atomEntry struct {
	ID      string   `xml:"id"`
	Title   string   `xml:"title"`
	Updated string   `xml:"updated"`
	Link    atomLink `xml:"link"`
	Summary string   `xml:"summary"`
}

// changes shows what others did in the cases of somebody, and cases that are new and
// nobody's: one entry for each case and time of its last change (RFC 4287).
func (f *Feeds) changes(r *http.Request, who Staff) (string, error) {
	ctx := r.Context()
	mine, err := f.newest(ctx, who, service.Filter{Assignee: cvd.Private(who.Name), Open: true})
	if err != nil {
		return "", err
	}
	nobodys, err := f.newest(ctx, who, service.Filter{Unassigned: true, Open: true})
	if err != nil {
		return "", err
	}
	now := f.cfg.Now()
	nobodys = slices.DeleteFunc(nobodys, func(x cvd.Summary) bool { return now.Sub(x.Opened) > newFor })
	all := append(mine, nobodys...)
	slices.SortStableFunc(all, func(a, b cvd.Summary) int {
		return cmp.Or(b.Changed.Compare(a.Changed), cmp.Compare(a.Number, b.Number))
	})
	base := f.base(r)
	feed := atomFeed{
		ID: "tag:cvdkit.example,2026:desk/" + slot(changesFeed, who.Name), Title: strings.TrimSpace(f.cfg.Team + ": what changed for " + who.Name),
		Updated: now.UTC().Format(time.RFC3339), Author: cmp.Or(f.cfg.Team, "desk"), Link: atomLink{Href: base + "/"},
	}
	for _, x := range all {
		e, ok, err := f.entry(ctx, who, x, base)
		if err != nil {
			return "", err
		}
		if ok {
			feed.Entries = append(feed.Entries, e)
		}
		if len(feed.Entries) == maxEntries {
			break
		}
	}
	if len(feed.Entries) > 0 {
		feed.Updated = feed.Entries[0].Updated
	}
	text, err := xml.MarshalIndent(feed, "", " ")
	return xml.Header + string(text) + "\n", err
}

// newest lists cases that somebody may see.
func (f *Feeds) newest(ctx context.Context, who Staff, filter service.Filter) ([]cvd.Summary, error) {
	p, err := f.svc.Find(ctx, who.viewer(), filter, "", maxCases)
	return p.Cases, err
}

// entry tells what others did last in a case. It reports false if nobody else did
// anything, or the case cannot be read.
func (f *Feeds) entry(ctx context.Context, who Staff, x cvd.Summary, base string) (e atomEntry, ok bool, err error) {
	v := who.viewer()
	v.Last = 30
	c, err := f.svc.View(ctx, x.ID, v)
	if err != nil {
		if ctx.Err() != nil {
			return e, false, err
		}
		if !errors.Is(err, cvd.ErrNotFound) && f.cfg.OnError != nil {
			f.cfg.OnError(ctx, err)
		}
		return e, false, nil
	}
	var last time.Time
	var seq cvd.Seq
	n := 0
	for _, ev := range slices.Backward(c.Events) {
		if c.Actor(ev.Actor) == cvd.Private(who.Name) {
			break // what was before that is known
		}
		if last.IsZero() {
			last, seq = ev.At, ev.Seq
		}
		n++
	}
	if n == 0 {
		return e, false, nil
	}
	what := fmt.Sprintf("%d changes by others since you last acted", n)
	if n == 1 {
		what = "One change by others since you last acted"
	}
	switch {
	case !x.Assigned:
		what = "New, and nobody has taken it"
	case x.Unread > 0:
		what += fmt.Sprintf("; unread by the team: %d", x.Unread)
	}
	return atomEntry{
		ID: fmt.Sprintf("urn:uuid:%s#%d", x.ID, seq), Title: x.Number + ": " + strings.ToLower(what[:1]) + what[1:], Updated: last.UTC().Format(time.RFC3339),
		Link: atomLink{Href: base + "/cases/" + x.Number}, Summary: what + ". What it is, the desk shows.",
	}, true, nil
}
