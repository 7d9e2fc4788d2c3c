package portal_test

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/portal"
)

// Who is logged in at the host comes without a receipt, sees their own cases only, and
// is out when the host says so.
func TestAccountsOfTheHost(t *testing.T) {
	who := portal.Account{Identity: "user-1", Name: "Rita"}
	s := newSite(t, func(c *portal.Config) {
		c.Accounts = portal.AuthenticatorFunc(func(*http.Request) (portal.Account, error) { return who, nil })
		c.Login = "/login"
	})
	b := s.browser()
	require.Contains(t, b.get("/").body, `href="/login"`)
	b.report()
	who = portal.Account{Identity: "user-2"}
	s.browser().report(sent{name: "impact", value: "of another"})
	who = portal.Account{Identity: "user-1", Name: "Rita"}
	page := b.get("/cases")
	require.Equal(t, 200, page.code)
	var mine, other *cvd.Case
	for _, c := range s.cases() {
		if c.Reports[0].Observations == "" {
			mine = c
		} else {
			other = c
		}
	}
	require.Contains(t, page.body, mine.Number)
	require.NotContains(t, page.body, other.Number)
	require.Equal(t, 404, b.post("/cases", sent{name: "token", value: page.token()}, sent{name: "id", value: other.ID.String()}).code)
	require.Equal(t, 303, b.post("/cases", sent{name: "token", value: page.token()}, sent{name: "id", value: mine.ID.String()}).code)
	page = b.get("/case")
	require.Equal(t, 200, page.code)
	require.Equal(t, 303, b.post("/reply", sent{name: "token", value: page.token()}, sent{name: "reply", value: "hello"}).code)
	require.Contains(t, b.get("/case").text(), "hello")
	// The host logs out, or somebody else is there.
	who = portal.Account{Identity: "user-2"}
	require.Equal(t, 403, b.get("/case").code)
	who = portal.Account{}
	require.Equal(t, 403, b.get("/cases").code)
}

// byCertificate takes the name in a client certificate that the server has verified.
func byCertificate(r *http.Request) (portal.Account, error) {
	if r.TLS == nil || len(r.TLS.VerifiedChains) == 0 {
		return portal.Account{}, nil
	}
	name := r.TLS.VerifiedChains[0][0].Subject.CommonName
	return portal.Account{Identity: cvd.Private("cert:" + name), Name: cvd.Private(name)}, nil
}

func TestAnAccountByClientCertificate(t *testing.T) {
	s := newSite(t, func(c *portal.Config) { c.Accounts = portal.AuthenticatorFunc(byCertificate) })
	b := s.browser()
	ask := func(state *tls.ConnectionState) answer {
		r := httptest.NewRequest("GET", "https://psirt.example/cases", nil)
		r.TLS = state
		return b.send(r)
	}
	cert := &x509.Certificate{Subject: pkix.Name{CommonName: "vera"}}
	require.Equal(t, 403, ask(nil).code)
	require.Equal(t, 403, ask(&tls.ConnectionState{PeerCertificates: []*x509.Certificate{cert}}).code, "shown, not verified")
	a := ask(&tls.ConnectionState{VerifiedChains: [][]*x509.Certificate{{cert}}})
	require.Equal(t, 200, a.code)
	require.Contains(t, a.text(), "vera")
}

// Whom the host knows is no program, however fast the form is filled: the report
// stands among the account's cases at once. What others of the same network send
// does not count against it.
func TestAnAccountIsNoProgram(t *testing.T) {
	who := portal.Account{Identity: "user-1", Name: "Rita"}
	s := newSite(t, func(c *portal.Config) {
		c.Accounts = portal.AuthenticatorFunc(func(*http.Request) (portal.Account, error) { return who, nil })
	})
	b := s.browser()
	page := b.get("/")
	b.post("/", sent{name: "token", value: page.token()}, sent{name: "website", value: "filled"}, sent{name: "product", value: "x"}, sent{name: "description", value: "y"})
	require.False(t, s.cases()[0].Submission.Quarantined)
	require.Contains(t, b.get("/cases").text(), s.cases()[0].Number)
	quarantined := func() (n int) {
		for _, c := range s.cases() {
			if c.Submission.Quarantined {
				n++
			}
		}
		return n
	}
	for range 4 {
		b.report()
	}
	who = portal.Account{Identity: "user-2", Name: "Vera"}
	for range 5 {
		b.report()
	}
	require.Zero(t, quarantined())
	b.report()
	require.Equal(t, 1, quarantined())
}
