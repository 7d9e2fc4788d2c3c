package portal

import (
	"github.com/cvdkit/cvdkit/cvd/storage"
	"net/http"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/service"
)

// Authenticator says who makes a request, for hosts that have accounts beside
// receipts and codes: by a passkey, a one-time code, a client certificate. The portal
// asks it at each request of an account, so a log-out at the host counts at once.
type Authenticator interface {
	// Authenticate returns who makes the request. The zero Account: nobody is logged
	// in, which is no error. It is safe for concurrent use.
	Authenticate(r *http.Request) (Account, error)
}

// Account is somebody whom the host knows.
type Account struct {
	// Identity is the stable name at the host, as in cvd.Contact.Identity: the
	// account sees the cases of participants with it. "": nobody.
	Identity cvd.Private
	Name     cvd.Private // for people
}

// AuthenticatorFunc is a function as an Authenticator.
type AuthenticatorFunc func(r *http.Request) (Account, error)

// Authenticate calls f.
func (f AuthenticatorFunc) Authenticate(r *http.Request) (Account, error) { return f(r) }

func (p *Portal) account(r *http.Request) (Account, error) {
	if p.cfg.Accounts == nil {
		return Account{}, nil
	}
	return p.cfg.Accounts.Authenticate(r)
}

const purposeCases = "cases"

// casesPage is the data of the template cases.
type casesPage struct {
	Who   string
	Cases []caseLine
	Next  string
}

type caseLine struct{ ID, Number, Title, At string }

// showCases lists the cases of an account.
func (q *request) showCases() error {
	who, err := q.account(q.r)
	if err != nil {
		return err
	}
	if who.Identity == "" {
		return q.openForm(http.StatusForbidden, "", "", q.lang.text("error.closed"))
	}
	list, err := q.svc.Find(q.ctx, cvd.Viewer{Identity: who.Identity, Over: cvd.ProtectPortal}, service.Filter{}, q.r.URL.Query().Get("after"), 50)
	if err != nil {
		return err
	}
	tok, err := q.newToken(purposeCases, string(who.Identity))
	if err != nil {
		return err
	}
	d := casesPage{Who: who.Name.Display(), Next: list.Next}
	for i := range list.Cases {
		x := &list.Cases[i]
		d.Cases = append(d.Cases, caseLine{x.ID.String(), x.Number, x.Title.Display(), q.day(x.Opened)})
	}
	return q.show(http.StatusOK, "cases", page{Title: q.lang.text("cases.title"), Token: tok, Known: true, Data: d})
}

// postCases opens one of them.
func (q *request) postCases() error {
	who, err := q.account(q.r)
	if err != nil {
		return err
	}
	f, err := q.readForm(func(*form) (cvd.CaseID, bool) { return cvd.CaseID{}, false })
	if err != nil {
		return err
	}
	_, bad := q.readToken(f.values["token"], purposeCases, string(who.Identity), f.began)
	id, err := storage.ParseCaseID(f.values["id"])
	if who.Identity == "" || bad != nil || err != nil {
		return q.goTo("cases")
	}
	c, err := q.svc.View(q.ctx, id, cvd.Viewer{Identity: who.Identity, Over: cvd.ProtectPortal})
	if err != nil {
		return err
	}
	if q.sess, err = q.begin(q.w, q.r, session{Place: service.Place{Case: id, Party: c.You}, Name: who.Name.Display(), Identity: string(who.Identity)}); err != nil {
		return err
	}
	return q.goTo("case")
}
