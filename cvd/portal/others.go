package portal

import (
	"errors"
	"github.com/cvdkit/cvdkit/cvd/storage"
	"net/http"
	"slices"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/service"
)

// others are the cases besides this one that the code of the session opens still.
func (q *request) others() (out []caseLine, err error) {
	for _, p := range q.sess.Others {
		c, err := q.otherCase(p)
		switch {
		case errors.Is(err, cvd.ErrNotFound):
			continue // the code was revoked there meanwhile
		case err != nil:
			return nil, err
		}
		out = append(out, caseLine{c.ID.String(), c.Number, c.Title.Display(), q.day(c.Opened)})
	}
	return out, nil
}

func (q *request) otherCase(p service.Place) (*cvd.Case, error) {
	s := session{Place: p}
	return q.svc.View(q.ctx, p.Case, s.viewer())
}

// postOther goes to another case of the code. It is a session of its own, so that
// what still stands in a form of this case goes nowhere else.
func (q *request) postOther() error {
	s, err := q.session(q.r)
	if err != nil {
		return err
	}
	f, err := q.readForm(func(*form) (cvd.CaseID, bool) { return cvd.CaseID{}, false })
	if err != nil {
		return err
	}
	if s == nil {
		return q.openForm(http.StatusForbidden, "", "", q.lang.text("error.ended"))
	}
	_, bad := q.readToken(f.values["token"], purposeCase, s.place(), f.began)
	id, err := storage.ParseCaseID(f.values["id"])
	i := slices.IndexFunc(s.Others, func(p service.Place) bool { return p.Case == id })
	if bad != nil || err != nil || i < 0 {
		return q.goTo("case")
	}
	if _, err := q.otherCase(s.Others[i]); err != nil {
		return err
	}
	to := session{Place: s.Others[i], Name: s.Name, Others: append(slices.Delete(slices.Clone(s.Others), i, i+1), s.Place)}
	if q.sess, err = q.begin(q.w, q.r, to); err != nil {
		return err
	}
	return q.goTo("case")
}
