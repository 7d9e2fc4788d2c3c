package pages

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

const (
	pageRows = 50  // cases on a page
	mostRead = 200 // cases that are read to put the most urgent first
)

type listData struct {
	Filters  []field // by choice, kept in the address
	View     string
	Reset    string // address of the same list without them
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
	stage := cvd.StageCase // what is not a case yet has pages of its own
	f := cvd.Filter{Open: true, Stage: &stage}
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
	fields, narrowed := narrow(v, &f)
	d := listData{Filters: fields, View: view, Sorted: f.Open && v.Get("order") != "newest", Empty: "No case is in this list."}
	for _, x := range [][2]string{{"", "Open"}, {"mine", "Mine"}, {"unassigned", "Unassigned"}, {"unread", "Unread"}, {"ours", "Our turn"},
		{"silent", "Silent vendors"}, {"bouncing", "Bouncing addresses"}, {"closed", "Closed"}, {"all", "All"}} {
		path := "/"
		if x[0] != "" {
			path += "?view=" + x[0]
		}
		if narrowed && x[0] == view {
			d.Reset = path
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
			d.Next = address(v, "order", "newest", "page", page.Next)
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
	if d.More && d.Sorted {
		d.Next = address(v, "order", "newest", "page", "")
	}
	return q.show(q.w, q.r, http.StatusOK, "list", "Cases", d)
}

// address is that of the list with some values replaced.
func address(v url.Values, kv ...string) string {
	out := url.Values{}
	for _, k := range []string{"view", "order", "severity", "embargo", "state", "product"} {
		if s := v.Get(k); s != "" {
			out.Set(k, s)
		}
	}
	for i := 0; i < len(kv); i += 2 {
		if out.Set(kv[i], kv[i+1]); kv[i+1] == "" {
			out.Del(kv[i])
		}
	}
	return "/?" + out.Encode()
}

// narrow reads the filters of the address into f, and shows them as fields.
func narrow(v url.Values, f *cvd.Filter) (fields []field, any bool) {
	choose := func(name, label string, words []string) int {
		x := field{Name: name, Label: label, Kind: kindSelect, ID: "f-" + name, Value: v.Get(name), Options: []option{{Label: "any"}}}
		at := -1
		for i, w := range words {
			x.Options = append(x.Options, option{Value: w, Label: w})
			if w == x.Value {
				at, any = i, true
			}
		}
		fields = append(fields, x)
		return at
	}
	states := []vultron.RM{vultron.RMReceived, vultron.RMInvalid, vultron.RMValid, vultron.RMDeferred, vultron.RMAccepted}
	embargoes := []vultron.EM{vultron.EMNone, vultron.EMProposed, vultron.EMActive, vultron.EMRevise, vultron.EMExited}
	grades := append([]cvd.Rating{cvd.RatingUnknown}, ratings...)
	var names [3][]string
	for _, s := range states {
		names[0] = append(names[0], stateWords(cvd.StageCase, s))
	}
	for _, s := range grades {
		names[1] = append(names[1], ratingWords(s))
	}
	for _, s := range embargoes {
		names[2] = append(names[2], embargoWords(s))
	}
	if i := choose("state", "State", names[0]); i >= 0 {
		f.RM = &states[i]
	}
	if i := choose("severity", "Severity", names[1]); i >= 0 {
		f.Rating = &grades[i]
	}
	if i := choose("embargo", "Embargo", names[2]); i >= 0 {
		f.EM = &embargoes[i]
	}
	product := strings.TrimSpace(v.Get("product"))
	fields = append(fields, field{Name: "product", Label: "Product", Kind: kindText, ID: "f-product", Value: product})
	if f.Product = cvd.Private(product); product != "" {
		any = true
	}
	return fields, any
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
