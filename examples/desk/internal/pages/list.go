package pages

import (
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
)

const (
	pageRows = 50  // cases on a page
	mostRead = 200 // cases that are read to put the most urgent first
)

type listData struct {
	Rows     []row
	Views    []choice // filters by one click
	Empty    string
	Next     string // address of the next page
	More     bool   // others follow that are not sorted in
	Problems int
	Sorted   bool // by deadline
}

// choice is a link that may be the present one.
type choice struct {
	Label, Path string
	Here        bool
}

// list shows the cases that the address asks for: open ones by deadline, if it does
// not say otherwise.
func (q *request) list() error {
	if q.r.Method != http.MethodGet && q.r.Method != http.MethodHead {
		return q.lost()
	}
	v := q.r.URL.Query()
	view := v.Get("view")
	f := cvd.Filter{Open: true}
	want, keep := pageRows, func(row) bool { return true }
	switch view {
	case "mine":
		f.Assignee = cvd.Private(q.who.Name)
	case "unassigned":
		f.Unassigned = true
	case "unread":
		f.Unread = true
	case "ours":
		want, keep = mostRead, func(r row) bool { return r.Turn.Us }
	case "silent":
		want, keep = mostRead, func(r row) bool { return r.Silent > 0 }
	case "bouncing":
		want, keep = mostRead, func(r row) bool { return r.Bounced > 0 }
	case "closed":
		f = cvd.Filter{Closed: true}
	case "all":
		f = cvd.Filter{}
	default:
		view = ""
	}
	d := listData{Sorted: f.Open && v.Get("order") != "newest", Empty: "No case is in this list."}
	for _, x := range [][2]string{{"", "Open"}, {"mine", "Mine"}, {"unassigned", "Unassigned"}, {"unread", "Unread"}, {"ours", "Our turn"},
		{"silent", "Silent vendors"}, {"bouncing", "Bouncing addresses"}, {"closed", "Closed"}, {"all", "All"}} {
		path := "/"
		if x[0] != "" {
			path += "?view=" + x[0]
		}
		d.Views = append(d.Views, choice{x[1], path, x[0] == view})
	}
	var found []cvd.Summary
	var err error
	if d.Sorted {
		found, d.More, err = q.urgent(f, want)
	} else {
		var page cvd.Page
		page, err = q.svc.Find(q.ctx, q.viewer(), f, v.Get("page"), pageRows)
		found, d.Problems = page.Cases, len(page.Problems)
		if page.Next != "" {
			d.Next = "/?" + url.Values{"view": {view}, "order": {"newest"}, "page": {page.Next}}.Encode()
		}
	}
	if err != nil {
		return err
	}
	for _, x := range found {
		if r := q.row(x); keep(r) {
			d.Rows = append(d.Rows, r)
		}
		if len(d.Rows) == pageRows {
			d.More = d.More || len(found) > pageRows
			break
		}
	}
	return q.show(q.w, q.r, http.StatusOK, "list", "Cases", d)
}

// urgent returns open cases by their next date, and then those without one, the
// newest first: what is overdue the longest, what is overdue, what is due soon. It
// reads about as many as are wanted, whatever there is. more tells that others follow.
func (q *request) urgent(f cvd.Filter, want int) (out []cvd.Summary, more bool, err error) {
	now := q.cfg.Now()
	most := min(2*want, mostRead)
	for _, days := range []time.Duration{-730, -365, -180, -90, -30, -7, 0, 7, 31, 366} {
		f.DueBefore = now.Add(days * day)
		out = out[:0]
		for page := ""; ; {
			p, err := q.svc.Find(q.ctx, q.viewer(), f, page, most)
			if err != nil {
				return nil, false, err
			}
			out = append(out, p.Cases...)
			if page = p.Next; page == "" || len(out) >= most {
				more = page != ""
				break
			}
		}
		if len(out) > want {
			break
		}
	}
	slices.SortStableFunc(out, func(a, b cvd.Summary) int { return a.Due.Compare(b.Due) })
	if len(out) > want || more {
		return out, true, nil
	}
	f.DueBefore = time.Time{}
	p, err := q.svc.Find(q.ctx, q.viewer(), f, "", most)
	if err != nil {
		return nil, false, err
	}
	for _, x := range p.Cases {
		if !slices.ContainsFunc(out, func(y cvd.Summary) bool { return y.ID == x.ID }) {
			out = append(out, x)
		}
	}
	return out, p.Next != "", nil
}

const day = 24 * time.Hour
