package pages_test

import (
	"html"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
)

// two is a case of two matters: two reports, of which the second has a file and a script
// in its title, and two vulnerabilities.
func (s *site) two() *cvd.Case {
	c := s.receive("Two things at once")
	s.do(c.ID, cvd.Receive{Title: "The <script>alert(1)</script> second", Summary: "It leaks.", Reporter: cvd.Contact{Name: "Sam", Email: "sam@reporter.example"}, Files: []cvd.File{{Name: "poc.txt", Content: strings.NewReader("x")}}})
	s.do(c.ID, cvd.Invite{Roles: cvd.RoleVendor, Contact: cvd.Contact{Organization: "Frob Inc."}})
	return s.do(c.ID, cvd.AddVulnerability{Title: "A leak"}, cvd.Identify{Vuln: 2, CVE: "CVE-1900-2222"})
}

// A split shows what will move before it is done, and does just that.
func TestSplit(t *testing.T) {
	s := newSite(t)
	c := s.two()
	s.do(c.ID, cvd.SetGroups{Groups: []cvd.Private{"firmware"}})
	at := "/cases/" + c.Number
	_, page := s.get(at, "ana", "firmware")
	before := s.view(c.ID).Seq
	typed := []string{"title", "The leak", "reports", "2", "vulnerabilities", "2", "participants", "4", "reason", "Another <cause>"}
	a := s.post(at+"/do/split", "ana", s.form(page, at+"/do/split", typed...), "firmware")
	require.Equal(t, 200, a.code, a.body)
	require.Equal(t, before, s.view(c.ID).Seq, "nothing was done yet")
	_, shown, _ := strings.Cut(a.body, "What will move")
	shown, _, _ = strings.Cut(shown, "</ul>")
	shown = html.UnescapeString(shown)
	for _, x := range []string{"Report 2 “The <script>alert(1)</script> second”, with its file, moves", "Vulnerability 2 “A leak”, with CVE-1900-2222, moves", "are told so: Sam, Frob Inc.", "Only the groups", "Here stay 1 report and 1 vulnerability"} {
		require.Contains(t, shown, x)
	}
	require.NotContains(t, a.body, "<script")
	require.Contains(t, a.body, "Another &lt;cause&gt;</textarea>")
	require.Contains(t, a.body, "Split it off now")

	// Other parts than those that were shown are shown first.
	b := s.post(at+"/do/split", "ana", s.form(a.body, at+"/do/split", "title", "The leak", "reports", "2", "reason", "Another"), "firmware")
	require.Equal(t, 200, b.code)
	require.Contains(t, b.body, "begins with a vulnerability of its own")
	require.Equal(t, before, s.view(c.ID).Seq)

	sure := s.form(a.body, at+"/do/split", typed...)
	a = s.post(at+"/do/split", "ana", sure, "firmware")
	require.Equal(t, 303, a.code, a.body)
	require.NotEqual(t, at+"?done=split", a.to, "it leads to the new case")
	twice := s.post(at+"/do/split", "ana", sure, "firmware")
	require.Equal(t, a.to, twice.to, "a double click splits once")
	code, page := s.get(a.to, "ana", "firmware")
	require.Equal(t, 200, code)
	require.Contains(t, page, "The leak")
	require.Contains(t, page, "Split off a new case: done.")
	require.Contains(t, page, "Sam")
	for _, x := range []string{at, a.to} {
		code, _ = s.get(x, "ben", "cloud")
		require.Equal(t, 404, code, "the groups hold for both")
	}
	old := s.view(c.ID)
	require.NotZero(t, old.Reports[1].MovedTo)
	require.Zero(t, old.Reports[0].MovedTo)
	moved := s.view(old.Reports[1].MovedTo)
	require.Equal(t, old.Groups, moved.Groups)
	require.Equal(t, "CVE-1900-2222", string(moved.Vulnerabilities[0].CVE))
	_, page = s.get(at, "ana", "firmware")
	require.NotContains(t, page, at+"/do/split", "one matter is left")
}

// What is missing or cannot be comes back in plain words, with all that was typed.
func TestSplitRefused(t *testing.T) {
	s := newSite(t)
	c := s.two()
	at := "/cases/" + c.Number
	_, page := s.get(at, "ana")
	for _, x := range []struct {
		kv   []string
		says string
	}{
		{[]string{"title", "The <leak>", "reason", "Why"}, "Choose at least one report or vulnerability."},
		{[]string{"title", "The <leak>", "reports", "2"}, "Say why."},
		{[]string{"reports", "2", "reason", "The <leak>"}, "Enter a title for the new case."},
	} {
		a := s.post(at+"/do/split", "ana", s.form(page, at+"/do/split", x.kv...))
		require.Equal(t, 422, a.code)
		require.Contains(t, a.body, x.says)
		require.Contains(t, a.body, "The &lt;leak&gt;")
	}
	// What is not there.
	a := s.post(at+"/do/split", "ana", s.form(page, at+"/do/split", "title", "The <leak>", "reports", "9", "reason", "Why", "shown", "9;;"))
	require.Equal(t, 422, a.code, a.body)
	require.Contains(t, a.body, "not in the case any more")
	require.Contains(t, a.body, "The &lt;leak&gt;")
	// A case with one matter has nothing to split off.
	one := s.receive("One thing")
	_, page = s.get("/cases/"+one.Number, "ana")
	require.NotContains(t, page, "/do/split")
}

// Between what was shown and the confirmation somebody else acts: nothing is done,
// nothing typed is lost, and what moves is shown again.
func TestSplitStale(t *testing.T) {
	s := newSite(t)
	c := s.two()
	at := "/cases/" + c.Number
	_, page := s.get(at, "ana")
	typed := []string{"title", "The leak", "reports", "2", "reason", "Another <cause>"}
	old := s.form(page, at+"/do/split", typed...)
	shown := s.post(at+"/do/split", "ana", old)
	require.Equal(t, 200, shown.code)
	s.do(c.ID, cvd.AddVulnerability{Title: "A third"})
	for _, form := range []url.Values{old, s.form(shown.body, at+"/do/split", typed...)} {
		a := s.post(at+"/do/split", "ben", form)
		require.Equal(t, 409, a.code)
		require.Contains(t, a.body, "The case has changed meanwhile, and nothing was done")
		require.Contains(t, a.body, "Another &lt;cause&gt;</textarea>")
		require.Contains(t, a.body, `name="reports" value="2" checked`)
		again := s.post(at+"/do/split", "ben", s.form(a.body, at+"/do/split", typed...))
		require.Equal(t, 200, again.code)
		require.Contains(t, again.body, "What will move")
	}
	require.Empty(t, s.view(c.ID).Links)
}

// Who may not see the case cannot split it, and neither can another site.
func TestSplitByOthers(t *testing.T) {
	s := newSite(t)
	c := s.two()
	s.do(c.ID, cvd.SetGroups{Groups: []cvd.Private{"firmware"}})
	at := "/cases/" + c.Number + "/do/split"
	_, page := s.get("/cases/"+c.Number, "ana", "firmware")
	form := s.form(page, at, "title", "The leak", "reports", "2", "reason", "Why", "shown", "2;;")
	require.Equal(t, 404, s.post(at, "ben", form, "cloud").code)
	r := httptest.NewRequest("POST", at, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("As", "ana")
	r.Header.Set("Group", "firmware")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	w := httptest.NewRecorder()
	s.desk.ServeHTTP(w, r)
	require.Equal(t, 403, w.Code)
	require.Empty(t, s.view(c.ID).Links)
	require.Equal(t, 303, s.post(at, "ana", form, "firmware").code)
}
