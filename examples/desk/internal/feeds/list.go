package feeds

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/examples/desk/internal/views"
	"github.com/cvdkit/cvdkit/examples/desk/internal/words"
)

// listHead are the columns, in the words of the pages.
var listHead = []string{"number", "title", "kind", "state", "embargo", "embargo ends", "severity", "score", "owner", "reports", "parties",
	"unread", "opened", "changed", "next date", "overdue", "vulnerabilities", "published"}

// factsHead are further columns of the views that read each case whole.
var factsHead = []string{"whose turn", "what to do", "last word of the others", "open vendors", "silent vendors", "bouncing addresses"}

// list writes the cases of a view as CSV (RFC 4180), as they are read. A cell that a
// spreadsheet would take for a formula gets an apostrophe in front.
func (f *Feeds) list(v visit) error {
	view, ok := views.Find(v.r.URL.Query().Get("view"))
	if !ok {
		return cvd.ErrNotFound
	}
	filter := view.Filter(v.who.Name)
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
			if view.Name != "" {
				name = "cases-" + view.Name + ".csv"
			}
			download(v.w, name, "text/csv; charset=utf-8")
			w = csv.NewWriter(v.w)
			w.UseCRLF = true
			head := listHead
			if view.Keep != nil {
				head = slices.Concat(listHead, factsHead)
			}
			_ = w.Write(head)
		}
		for i := range p.Cases {
			x := &p.Cases[i]
			var facts []string
			if view.Keep != nil {
				c, err := f.svc.View(v.r.Context(), x.ID, v.who.viewer())
				if v.r.Context().Err() != nil {
					return nil
				}
				if err != nil {
					_ = w.Write([]string{x.Number, unreadable})
					continue
				}
				at := views.Judge(c, x.Due, now)
				if !view.Keep(at) {
					continue
				}
				facts = []string{at.Turn.Who, at.Turn.What, stamp(at.Heard), at.Vendors, strconv.Itoa(at.Silent), strings.Join(at.Bounced, "; ")}
			}
			_ = w.Write(f.line(x, now, facts))
		}
		for _, x := range p.Problems {
			_ = w.Write([]string{x.Case.String(), unreadable})
		}
		if w.Flush(); w.Error() != nil {
			return nil // the reader has gone
		}
		if page = p.Next; page == "" {
			return nil
		}
	}
}

const unreadable = "this case cannot be read"

func (f *Feeds) line(x *cvd.Summary, now time.Time, more []string) []string {
	score := ""
	if x.Score > 0 {
		score = strconv.FormatFloat(x.Score, 'f', 1, 64)
	}
	cells := []string{x.Number, string(x.Title), x.Kind.String(), words.State(x.Stage, x.RM), words.Embargo(x.EM), stamp(x.Ends), words.Severity(x.Rating), score,
		string(x.Assignee), strconv.Itoa(x.Reports), strconv.Itoa(x.Parties), strconv.Itoa(x.Unread), stamp(x.Opened), stamp(x.Changed), stamp(x.Due),
		fmt.Sprint(x.Overdue(now)), strconv.Itoa(x.Vulnerabilities), strconv.Itoa(x.Published)}
	cells = append(cells, more...)
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
