package main

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// Who has lost a receipt can ask for a new one where the desk sends mail and has an
// address for the link.
func TestLostReceipt(t *testing.T) {
	m := ownMail(t)
	m.use(t)
	at := func(more ...string) int {
		d, err := open(t.Context(), flags(t, append([]string{"-db", filepath.Join(t.TempDir(), "cases.db")}, more...)...))
		require.NoError(t, err)
		defer d.close()
		h, p, err := d.public(t.Context())
		require.NoError(t, err)
		_, err = p.Renew(t.Context(), 10)
		require.NoError(t, err)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/report/lost", nil))
		return w.Code
	}
	require.Equal(t, http.StatusNotFound, at())
	require.Equal(t, http.StatusNotFound, at(m.flags...))
	require.Equal(t, http.StatusOK, at(append(m.flags, "-url", "https://psirt.example")...))
}

// The made-up team has a policy, so that its page can be seen; a real one has its own or
// none.
func TestPolicyOfTheDemonstration(t *testing.T) {
	at := func(more ...string) (policy, securityTxt *httptest.ResponseRecorder) {
		d, err := open(t.Context(), flags(t, more...))
		require.NoError(t, err)
		defer d.close()
		h, _, err := d.public(t.Context())
		require.NoError(t, err)
		policy, securityTxt = httptest.NewRecorder(), httptest.NewRecorder()
		h.ServeHTTP(policy, httptest.NewRequest(http.MethodGet, "/report/policy", nil))
		h.ServeHTTP(securityTxt, httptest.NewRequest(http.MethodGet, "/.well-known/security.txt", nil))
		return policy, securityTxt
	}
	page, file := at()
	require.Equal(t, http.StatusOK, page.Code)
	require.Contains(t, page.Body.String(), "after 90 days at the latest")
	require.Contains(t, file.Body.String(), "Policy: https://psirt.example/report/policy")
	page, file = at("-db", filepath.Join(t.TempDir(), "cases.db"))
	require.Equal(t, http.StatusNotFound, page.Code)
	require.NotContains(t, file.Body.String(), "Policy:")
}
