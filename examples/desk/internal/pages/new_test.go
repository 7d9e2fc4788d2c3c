package pages_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/service"
)

// What comes by no form and no mail gets a case too: an own find, with who may see it from
// the beginning, and what somebody has told on the phone.
func TestOpenACase(t *testing.T) {
	s := newSite(t)
	_, list := s.get("/", "ana")
	require.Contains(t, list, `href="/new"`)
	send := func(who string, kv ...string) (answer, string) {
		_, page := s.get("/new", who)
		form := s.form(page, "/new", kv...)
		a := s.post("/new", who, form)
		if a.code == 303 {
			require.Equal(t, a.to, s.post("/new", who, form).to, "a double click opens one")
			_, page = s.get(a.to, who)
			return a, page
		}
		return a, a.body
	}
	a, page := send("ana")
	require.Equal(t, 422, a.code)
	require.Contains(t, page, "Enter a title.")
	require.Contains(t, page, "Choose how it came.")
	a, page = send("ana", "title", "A <key>", "how", "found", "name", "Rita")
	require.Equal(t, 422, a.code)
	require.Contains(t, page, "choose how they did")
	require.Contains(t, page, `value="A &lt;key&gt;"`, "nothing typed is lost")

	a, page = send("ana", "title", "Debug key", "how", "found", "products", "Board A", "summary", "Found by ourselves.")
	require.Equal(t, 303, a.code)
	require.Contains(t, page, "Found by ourselves.")
	require.Contains(t, page, "The case began without a report.")

	a, page = send("ana", "title", "By phone", "how", "phone", "products", "Harbour", "summary", "It crashes.", "name", "Rita", "email", "rita@finder.example")
	require.Equal(t, 303, a.code)
	require.Contains(t, page, "From Rita &lt;rita@finder.example&gt;")
	require.Contains(t, page, "by phone")
	require.Contains(t, page, "acknowledge the report")

	a, _ = send("ana", "title", "Narrow", "how", "found", "groups", "nobody's")
	require.Equal(t, 422, a.code)
	require.Contains(t, a.body, "You are in none of these groups")
	p, err := s.svc.Find(t.Context(), cvd.Viewer{Team: true, Groups: []cvd.Private{cvd.EveryGroup}}, service.Filter{}, "", 10)
	require.NoError(t, err)
	require.Len(t, p.Cases, 2)
}
