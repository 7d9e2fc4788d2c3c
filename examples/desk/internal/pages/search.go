package pages

import (
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/service"
)

type searchData struct {
	Asked string
	Rows  []row
	More  bool
}

var cveID = regexp.MustCompile(`(?i)^CVE-\d{4}-\d{4,}$`)

// search finds a case by its number and leads there; else by a CVE ID, another
// identifier, words of the title, or a product.
func (q *request) search() error {
	text := strings.TrimSpace(q.r.URL.Query().Get("q"))
	d := searchData{Asked: text}
	if text == "" {
		return q.show(q.w, q.r, http.StatusOK, "search", "Search", d)
	}
	if c, _, err := q.byNumber(text); err == nil {
		http.Redirect(q.w, q.r, "/cases/"+url.PathEscape(c.Number), http.StatusSeeOther)
		return nil
	} else if !known404(err) {
		return err
	}
	for _, kind := range []string{cvd.IDCVE, cvd.IDMessage, "ticket"} {
		id, err := q.svc.Lookup(q.ctx, cvd.ExternalID{Kind: kind, Value: cvd.Private(text)})
		if err != nil {
			if errors.Is(err, cvd.ErrNotFound) || errors.Is(err, cvd.ErrInput) {
				continue
			}
			return err
		}
		c, err := q.svc.View(q.ctx, id, q.viewer())
		if errors.Is(err, cvd.ErrNotFound) {
			continue // it is not open to who asks, as if it were not there
		}
		if err != nil {
			return err
		}
		http.Redirect(q.w, q.r, "/cases/"+url.PathEscape(c.Number), http.StatusSeeOther)
		return nil
	}
	filters := []service.Filter{{Text: cvd.Private(text)}, {Product: cvd.Private(text)}}
	if cveID.MatchString(text) {
		filters = []service.Filter{{CVE: cvd.Private(strings.ToUpper(text))}}
	}
	for _, f := range filters {
		p, err := q.svc.Find(q.ctx, q.viewer(), f, "", pageRows)
		if err != nil && !errors.Is(err, cvd.ErrInput) {
			return err
		}
		d.More = d.More || p.Next != ""
		for _, x := range p.Cases {
			if !slices.ContainsFunc(d.Rows, func(r row) bool { return r.ID == x.ID }) {
				d.Rows = append(d.Rows, q.row(x))
			}
		}
	}
	return q.show(q.w, q.r, http.StatusOK, "search", "Search", d)
}
