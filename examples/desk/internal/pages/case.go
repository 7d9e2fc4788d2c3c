package pages

import (
	"net/http"

	"github.com/cvdkit/cvdkit/cvd"
)

type caseData struct {
	Case *cvd.Case
	Row  row
}

// find returns the case of the address, as who makes the request may see it.
func (q *request) find() (*cvd.Case, error) {
	id, err := q.svc.Lookup(q.ctx, cvd.ExternalID{Kind: cvd.IDNumber, Value: cvd.Private(q.r.PathValue("number"))})
	if err != nil {
		return nil, err
	}
	return q.svc.View(q.ctx, id, q.viewer())
}

func (q *request) showCase() error {
	c, err := q.find()
	if err != nil {
		return err
	}
	return q.show(q.w, q.r, http.StatusOK, "case", c.Number, caseData{Case: c})
}
