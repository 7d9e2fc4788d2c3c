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
	"github.com/cvdkit/cvdkit/examples/desk/internal/words"
)

// listHead are the columns, in the words of the pages.
var listHead = []string{"number", "title", "kind", "state", "embargo", "embargo ends", "severity", "score", "owner", "reports", "parties",
	"unread", "opened", "changed", "next date", "overdue", "vulnerabilities", "published"}

// filterOf reads the view of a list from the address: what the page of the same name shows.
func filterOf(view string, who Staff) (service.Filter, bool) {
	open := func(s cvd.Stage) service.Filter { return service.Filter{Open: true, Stage: &s} }
	f := open(cvd.StageCase) // what is not a case yet has views of its own
	switch view {
	case "":
		return f, true
	case "mine":
		f.Assignee = cvd.Private(who.Name)
		return f, true
	case "unassigned":
		f.Unassigned = true
		return f, true
	case "unread":
		f.Unread = true
		return f, true
	case "submissions":
		return open(cvd.StageSubmission), true
	case "quarantine":
		return open(cvd.StageQuarantine), true
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
			name := "cases.csv"
			if view != "" {
				name = "cases-" + view + ".csv"
			}
			download(v.w, name, "text/csv; charset=utf-8")
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
	cells := []string{x.Number, string(x.Title), x.Kind.String(), words.State(x.Stage, x.RM), words.Embargo(x.EM), stamp(x.Ends), words.Severity(x.Rating), score,
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
