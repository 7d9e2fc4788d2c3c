package feeds

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/service"
)

var listHead = []string{"number", "title", "kind", "stage", "state", "embargo", "embargo ends", "rating", "score", "owner", "reports", "parties",
	"unread", "opened", "changed", "next date", "overdue", "vulnerabilities", "published"}

// filterOf reads the view of a list from the address: the same words as on the list.
func filterOf(view string, who Staff) (service.Filter, bool) {
	switch view {
	case "":
		return service.Filter{Open: true}, true
	case "mine":
		return service.Filter{Open: true, Assignee: cvd.Private(who.Name)}, true
	case "unassigned":
		return service.Filter{Open: true, Unassigned: true}, true
	case "unread":
		return service.Filter{Open: true, Unread: true}, true
	case "closed":
		return service.Filter{Closed: true}, true
	case "all":
		return service.Filter{}, true
	}
	return service.Filter{}, false
}

// list writes the cases of a view as CSV (RFC 4180), as they are read. A cell that a
// spreadsheet would take for a formula gets an apostrophe in front.
func (f *Feeds) list(v visit) error {
	view := v.r.URL.Query().Get("view")
	filter, ok := filterOf(view, v.who)
	if !ok {
		return cvd.ErrNotFound
	}
	now := f.cfg.Now()
	var w *csv.Writer
	for page := ""; ; {
		p, err := f.svc.Find(v.r.Context(), v.who.viewer(), filter, page, 500)
		if err != nil {
			if w != nil {
				panic(http.ErrAbortHandler) // the file has begun: break the connection, so that nobody takes it for whole
			}
			return err
		}
		if w == nil {
			download(v.w, "cases.csv", "text/csv; charset=utf-8")
			w = csv.NewWriter(v.w)
			w.UseCRLF = true
			_ = w.Write(listHead)
		}
		for i := range p.Cases {
			_ = w.Write(f.line(&p.Cases[i], now))
		}
		for _, x := range p.Problems {
			_ = w.Write([]string{x.Case.String(), "this case cannot be read"})
		}
		if w.Flush(); w.Error() != nil {
			return nil // the reader has gone
		}
		if page = p.Next; page == "" {
			return nil
		}
	}
}

func (f *Feeds) line(x *cvd.Summary, now time.Time) []string {
	score := ""
	if x.Score > 0 {
		score = strconv.FormatFloat(x.Score, 'f', 1, 64)
	}
	cells := []string{x.Number, string(x.Title), x.Kind.String(), x.Stage.String(), x.RM.String(), x.EM.String(), stamp(x.Ends), x.Rating.String(), score,
		string(x.Assignee), strconv.Itoa(x.Reports), strconv.Itoa(x.Parties), strconv.Itoa(x.Unread), stamp(x.Opened), stamp(x.Changed), stamp(x.Due),
		fmt.Sprint(x.Overdue(now)), strconv.Itoa(x.Vulnerabilities), strconv.Itoa(x.Published)}
	for i := range cells {
		cells[i] = cell(cells[i])
	}
	return cells
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// cell makes a text safe for spreadsheets, which take some beginnings for a formula,
// also after blanks and in full width.
func cell(s string) string {
	first, _ := utf8.DecodeRuneInString(strings.TrimLeft(s, " \t\r\n\v\f\u00a0\ufeff\u3000"))
	if strings.ContainsRune("=+-@|%＝＋－＠", first) && s != "" || strings.HasPrefix(s, "\t") || strings.HasPrefix(s, "\r") || strings.HasPrefix(s, "\n") {
		return "'" + s
	}
	return s
}
