package pages

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/vultron"
	"github.com/cvdkit/cvdkit/examples/desk/internal/views"
	"github.com/cvdkit/cvdkit/examples/desk/internal/words"
)

const (
	pageRows = 50  // cases on a page
	mostRead = 200 // cases that are read where a filter is none of the index
)

type listData struct {
	Filters  []field // by choice, kept in the address
	View     string
	Reset    string // address of the same list without them
	Rows     []row
	Views    []choice // filters by one click
	Empty    string
	Next     string // address of the next page
	First    string // address of the first page; "": this is it
	Read     int    // how many cases were looked at to find these; 0: these
	Problems int
	Sorted   bool   // by the next date
	Export   bool   // there is a page from which the list is exported
	Other    string // address of the list in the other order; "": it has one only
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
	view, ok := views.Find(v.Get("view"))
	if !ok || view.Apart != "" {
		view = views.All[0]
	}
	f := view.Filter(q.who.Name)
	fields, narrowed := narrow(v, &f)
	d := listData{Filters: fields, View: view.Name, Sorted: f.Open && v.Get("order") != "newest", Empty: "No case is in this list."}
	d.Export = slices.ContainsFunc(q.nav, func(n navItem) bool { return n.Path == "/exchange" })
	for _, x := range views.All {
		if x.Apart != "" {
			continue
		}
		path := "/"
		if x.Name != "" {
			path += "?view=" + x.Name
		}
		here := x.Name == view.Name
		if narrowed && here {
			d.Reset = path
		}
		d.Views = append(d.Views, choice{x.Label, path, here})
	}
	if f.Open {
		d.Other = address(v, "order", "newest", "page", "")
		if !d.Sorted {
			d.Other = address(v, "order", "", "page", "")
		}
	}
	after := v.Get("page")
	if after != "" {
		d.First = address(v, "page", "")
	}
	f.ByDue = d.Sorted
	for read := 0; ; {
		page, err := q.svc.Find(q.ctx, q.viewer(), f, after, pageRows)
		if bad := (*cvd.InputError)(nil); errors.As(err, &bad) && after != "" {
			return q.lost() // an address that somebody has changed
		}
		if err != nil {
			return err
		}
		for _, x := range page.Cases {
			if r := q.row(x); view.Keep == nil || r.Problem || view.Keep(r.Facts) {
				d.Rows = append(d.Rows, r)
			}
		}
		d.Problems += len(page.Problems)
		if read += len(page.Cases); view.Keep != nil {
			d.Read = read
		}
		if after = page.Next; after == "" || view.Keep == nil || len(d.Rows) >= pageRows || read >= mostRead {
			break
		}
	}
	if after != "" {
		d.Next = address(v, "page", after)
	}
	return q.show(q.w, q.r, http.StatusOK, "list", "Cases", d)
}

// address is that of the list with some values replaced.
func address(v url.Values, kv ...string) string {
	out := url.Values{}
	for _, k := range []string{"view", "order", "page", "severity", "embargo", "state", "product"} {
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
func narrow(v url.Values, f *service.Filter) (fields []field, any bool) {
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
		names[0] = append(names[0], words.State(cvd.StageCase, s))
	}
	for _, s := range grades {
		names[1] = append(names[1], words.Severity(s))
	}
	for _, s := range embargoes {
		names[2] = append(names[2], words.Embargo(s))
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
