package portal

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/service"
)

const purposeOpen = "open"

// openPage is the data of the template open.
type openPage struct {
	Number string // of a case that a link names; "": a receipt is asked for
	Name   string
	Errors bool
}

// showOpen asks for the receipt, or for the code of the case that a link names. It
// does nothing else, whoever follows the link, and takes no code from the address.
func (q *request) showOpen() error { return q.openForm(http.StatusOK, q.linked(), "", "") }

// linked is the number of the case that a link names. Whether there is such a case
// nobody learns here.
func (q *request) linked() string { return caseNumber(q.r.URL.Query().Get("case")) }

// caseNumber is a number as a case has it, such as CVD-2026-7K3QX; "" if it cannot be
// one. Whatever else stands there, such as a code, is not shown.
func caseNumber(s string) string {
	n := service.NormalizeNumber(s)
	parts := strings.Split(n, "-")
	if len(n) > 40 || len(parts) != 3 || len(parts[1]) != 4 {
		return ""
	}
	for _, r := range n {
		if r != '-' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') {
			return ""
		}
	}
	return n
}

func (q *request) openForm(status int, number, name, problemText string) error {
	tok, err := q.newToken(purposeOpen, "")
	if err != nil {
		return err
	}
	d := page{Title: q.lang.text("open.title"), Token: tok, Case: number, Data: openPage{number, name, problemText != ""}}
	if number != "" {
		d.Title = q.lang.text("open.title.case", number)
	}
	if problemText != "" {
		d.Errors = []problem{{"receipt", problemText}}
	}
	return q.show(status, "open", d)
}

func (q *request) postOpen() error {
	f, err := q.readForm(func(*form) (cvd.CaseID, bool) { return cvd.CaseID{}, false })
	if err != nil {
		return err
	}
	number, name := caseNumber(f.values["case"]), line(f.values["name"])
	if len(name) > maxLine {
		name = strings.ToValidUTF8(name[:maxLine], "")
	}
	if _, err := q.readToken(f.values["token"], purposeOpen, "", f.began); err != nil {
		return q.openForm(http.StatusForbidden, number, name, q.lang.text("error.token"))
	}
	a, status, text, err := q.enter(f.values["receipt"])
	if err != nil {
		return err
	}
	if text != "" {
		return q.openForm(status, number, name, text)
	}
	if q.sess, err = q.begin(q.w, q.r, session{Place: a.Place, Others: a.Others, Name: name}); err != nil {
		return err
	}
	if err := q.dropShown(); err != nil {
		q.problem(q.ctx, err)
	}
	if err := q.announce(name); err != nil {
		q.problem(q.ctx, err)
	}
	return q.goTo("case")
}

// enter looks what a receipt or code opens. text says what is wrong with it. What
// opens nothing counts against the source; all attempts count while they are made,
// so that many at once gain nothing.
func (q *request) enter(code string) (a service.Accessed, status int, text string, err error) {
	source, now := q.cfg.Source(q.r), q.cfg.Now()
	if wait := q.guesses.take(source, now); wait > 0 {
		q.w.Header().Set("Retry-After", strconv.Itoa(int(wait/time.Second)+1))
		return a, http.StatusTooManyRequests, q.lang.text("error.wait", int(wait/time.Minute)+1), nil
	}
	a, err = q.svc.Access(q.ctx, cvd.Private(code))
	switch {
	case errors.Is(err, cvd.ErrNotFound):
		return a, http.StatusForbidden, q.lang.text("error.receipt"), nil
	case errors.Is(err, cvd.ErrInput):
		return a, http.StatusUnprocessableEntity, q.lang.text("error.receipt.form"), nil
	case err != nil:
		return a, 0, "", err
	}
	q.guesses.give(source, now)
	for _, p := range a.Problems {
		q.problem(q.ctx, p.Err)
	}
	return a, 0, "", nil
}

// postLogout ends the session, in the browser too, whatever its token says: nobody
// is harmed by being logged out.
func (q *request) postLogout() error {
	s, err := q.session(q.r)
	if err != nil {
		return err
	}
	if s != nil {
		if err := q.end(context.WithoutCancel(q.ctx), s); err != nil {
			return err
		}
	}
	if err := q.dropShown(); err != nil {
		return err
	}
	q.forget(q.w, cookieSession)
	q.forget(q.w, cookieForm)
	q.w.Header().Set("Clear-Site-Data", q.cfg.ClearSiteData)
	return q.goTo("bye")
}

func (q *request) showBye() error {
	q.say(http.StatusOK, "bye.title", "bye.text")
	return nil
}
