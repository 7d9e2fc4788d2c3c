package pages_test

import (
	"context"
	"mime"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// pagesOf are all pages on which a case can stand.
func pagesOf(c *cvd.Case) []string {
	at := "/cases/" + c.Number
	return []string{"/", "/?view=mine", "/?view=unassigned", "/?view=unread", "/?view=ours", "/?view=silent", "/?view=bouncing", "/?view=closed", "/?view=all", "/?order=newest", "/?product=Frobnicator",
		"/submissions", "/quarantine", "/search?q=" + c.Number, "/search?q=Frobnicator", "/search?q=CVE-1900-12345", at, at + "?all=1", at + "/timeline.svg", at + "/files/1", "/submissions/" + c.Number}
}

// What a reporter can fill holds a script in each field, and no page runs it.
func TestScriptInEveryField(t *testing.T) {
	const evil = `"><script>alert(1)</script><img src=x onerror=alert(1)>{{.}}'` + "\u202e"
	for _, submission := range []bool{false, true} {
		s := newSite(t)
		p := cvd.Private(evil)
		x := cvd.Receive{Submission: submission, Channel: cvd.ChannelPortal, Title: p, Summary: p, Products: p, Observations: p, Wish: p, CreditName: p, Credit: cvd.CreditNamed,
			Reporter: cvd.Contact{Name: p, Organization: p, Phone: p, Address: p, Email: "rita@reporter.example"},
			Files:    []cvd.File{{Name: p, Type: p, Content: strings.NewReader("x")}}, Original: strings.NewReader("x"), OriginalType: p}
		if submission {
			x.Quarantine = p
		}
		c := s.do(cvd.CaseID{}, x)
		if !submission {
			s.do(c.ID, cvd.Triage{Outcome: cvd.OutcomeValid, Reason: p}, cvd.AddProduct{Name: p, Versions: p}, cvd.Identify{Title: p}, cvd.SetTopic{Title: p, Parties: []cvd.PartyID{2}},
				cvd.PostMessage{Party: 2, To: []cvd.PartyID{cvd.Owner}, Text: p, Subject: p, Files: []cvd.File{{Name: p, Content: strings.NewReader("x")}}},
				cvd.Observe{What: vultron.AttacksObserved, Party: 2, Evidence: p}, cvd.SetGroups{Groups: []cvd.Private{p}},
				cvd.PostUnverified{Reason: p, Text: p, Subject: p, Provenance: cvd.Provenance{Sender: p}}, cvd.SaveDraft{Name: p, Type: p, Content: p}, cvd.Assign{To: "ana"})
		} else {
			s.submit("Another", "")
		}
		for _, path := range pagesOf(c) {
			a := s.getAnswer(path, "ana", string(cvd.EveryGroup))
			require.NotContains(t, a.body, "<script", path)
			require.NotContains(t, a.body, "<img src=x", path)
			require.NotContains(t, a.body, "\u202e", "%s turns the direction of text", path)
			require.Less(t, a.code, 500, path)
		}
		// A script that came through all of that would not run.
		w := s.raw("GET", "/", "ana", nil)
		require.Contains(t, w.Header().Get("Content-Security-Policy"), "default-src 'none'")
		require.NotContains(t, w.Header().Get("Content-Security-Policy"), "unsafe")
	}
}

func (s *site) raw(method, path, as string, header map[string]string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, nil)
	r.Header.Set("As", as)
	r.Header.Set("Group", string(cvd.EveryGroup))
	for k, v := range header {
		r.Header.Set(k, v)
	}
	w := httptest.NewRecorder()
	s.desk.ServeHTTP(w, r)
	return w
}

// Nobody but a page of this site sends a form.
func TestForeignPosts(t *testing.T) {
	s := newSite(t)
	c := s.receive("Overflow")
	at := "/cases/" + c.Number
	before := s.view(c.ID).Seq
	for _, h := range []map[string]string{{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.example"}, {"Origin": "null"}} {
		for _, path := range []string{at + "/do/note", at + "/seen", "/submissions/" + c.Number + "/decide"} {
			require.Equal(t, http.StatusForbidden, s.raw("POST", path, "ana", h).Code, "%s %v", path, h)
		}
	}
	require.Equal(t, before, s.view(c.ID).Seq)
	// Nor does a GET change anything.
	for _, path := range append(pagesOf(c), at+"/do/note", at+"/seen") {
		s.raw("GET", path, "ana", nil)
	}
	require.Equal(t, before, s.view(c.ID).Seq)
	_, page := s.get(at, "ana")
	require.Contains(t, page, "everything is new", "reading a page marks nothing as read")
}

// No address that somebody is given leads elsewhere.
func TestNoOpenRedirect(t *testing.T) {
	s := newSite(t)
	c := s.receive("Overflow")
	for _, path := range []string{"//evil.example", "/cases/%2f%2fevil.example", "/\\evil.example", "/search?q=//evil.example", "/submissions/" + c.Number + "?done=//evil.example", "/cases/" + c.Number + "?done=https://evil.example", "/cases/..%2f..%2fevil.example"} {
		r := httptest.NewRequest("GET", "/", nil)
		u, err := url.Parse("http://desk.example" + path)
		require.NoError(t, err)
		r.URL = u
		r.Header.Set("As", "ana")
		w := httptest.NewRecorder()
		s.desk.ServeHTTP(w, r)
		to := w.Header().Get("Location")
		require.False(t, strings.HasPrefix(to, "//") || strings.Contains(to, ":") || strings.HasPrefix(to, "/\\"), "%s leads to %s", path, to)
	}
}

// The name of a file puts nothing into the header, and its type is never believed.
func TestFileNames(t *testing.T) {
	s := newSite(t)
	c := s.do(cvd.CaseID{}, cvd.Receive{Title: "x", Summary: "x", Files: []cvd.File{{Name: "a\"; filename=\"<script>.html", Type: "text/html", Content: strings.NewReader("<script>")}, {Name: "überlauf\"\u202e.svg", Type: "image/svg+xml", Content: strings.NewReader("y")}}})
	for n, want := range []string{"<script>", "y"} {
		w := s.raw("GET", "/cases/"+c.Number+"/files/"+string(rune('1'+n)), "ana", nil)
		require.Equal(t, 200, w.Code)
		require.Equal(t, want, w.Body.String())
		require.Equal(t, "application/octet-stream", w.Header().Get("Content-Type"))
		require.Equal(t, "nosniff", w.Header().Get("X-Content-Type-Options"))
		require.Empty(t, w.Header().Get("Set-Cookie"))
		kind, params, err := mime.ParseMediaType(w.Header().Get("Content-Disposition"))
		require.NoError(t, err)
		require.Equal(t, "attachment", kind)
		require.NotContains(t, params["filename"], `"`)
		require.NotContains(t, params["filename"], "\u202e")
	}
}

// A group that may not see a case learns of it on no page, and cannot act on it.
func TestGroups(t *testing.T) {
	s := newSite(t)
	const title = "Secret of the firmware"
	c := s.receive(title)
	s.do(c.ID, cvd.Triage{Outcome: cvd.OutcomeValid}, cvd.AddProduct{Name: "Frobnicator"}, cvd.Identify{CVE: "CVE-1900-12345"}, cvd.Attach{Name: "poc.c", Content: strings.NewReader("x")}, cvd.SetGroups{Groups: []cvd.Private{"firmware"}})
	sub := s.submit(title, "")
	s.do(sub.ID, cvd.SetGroups{Groups: []cvd.Private{"firmware"}})
	quarantined := s.submit(title, "many links")
	s.do(quarantined.ID, cvd.SetGroups{Groups: []cvd.Private{"firmware"}})
	open := s.receive(title + " again") // its neighbours are not shown to all
	_, err := s.svc.Link(context.Background(), open.ID, cvd.By{Actor: "ana"}, cvd.LinkTo{Case: c.ID})
	require.NoError(t, err)
	s.do(open.ID, cvd.SetTitle{Title: "Neutral"})

	_, page := s.get("/", "ana", "firmware")
	require.Contains(t, page, title)
	for _, x := range []*cvd.Case{c, sub, quarantined} {
		for _, path := range pagesOf(x) {
			a := s.getAnswer(path, "ben", "cloud")
			require.NotContains(t, a.body, title, "%s tells the title to another group", path)
			if !strings.Contains(path, "q="+x.Number) { // who typed it sees it again
				require.NotContains(t, a.body, x.Number, "%s tells the number to another group", path)
			}
			require.NotContains(t, a.to, x.Number, path)
		}
	}
	_, page = s.get("/cases/"+open.Number, "ben", "cloud")
	for _, x := range []*cvd.Case{c, sub} {
		if i := strings.Index(page, x.Number); i >= 0 {
			t.Errorf("the page of a linked case tells the number to another group: %s", page[max(0, i-200):i+20])
		}
	}

	// Forms of somebody who may are of no use to who may not.
	at := "/cases/" + c.Number
	_, page = s.get(at, "ana", "firmware")
	before := s.view(c.ID).Seq
	require.Equal(t, 404, s.post(at+"/do/note", "ben", s.form(page, at+"/do/note", "text", "x"), "cloud").code)
	require.Equal(t, before, s.view(c.ID).Seq)
	_, page = s.get("/cases/"+open.Number, "ben", "cloud")
	for _, name := range []string{"merge", "link"} {
		a := s.post("/cases/"+open.Number+"/do/"+name, "ben", s.form(page, "/cases/"+open.Number+"/do/"+name, map[string]string{"merge": "into", "link": "other"}[name], c.Number), "cloud")
		require.Equal(t, 422, a.code)
		require.Contains(t, a.body, "There is no other case with this number.")
	}
	// Nobody locks themselves out.
	a := s.post("/cases/"+open.Number+"/do/groups", "ben", s.form(page, "/cases/"+open.Number+"/do/groups", "groups", "firmware"), "cloud")
	require.Equal(t, 422, a.code)
}

// Filters stand in the address, and are kept from page to page.
func TestFilters(t *testing.T) {
	s := newSite(t)
	a, b := s.receive("First of them"), s.receive("Second of them")
	s.do(a.ID, cvd.Triage{Outcome: cvd.OutcomeValid}, cvd.SetSeverity{Rating: cvd.RatingHigh}, cvd.AddProduct{Name: "Frobnicator"}, cvd.ProposeEmbargo{Ends: s.now.AddDate(0, 1, 0)})
	for path, has := range map[string][2]bool{"/?severity=High": {true, false}, "/?severity=Not+rated": {false, true}, "/?state=Valid": {true, false}, "/?embargo=Proposed": {true, false}, "/?product=frobnicator": {true, false}, "/?severity=nonsense": {true, true}} {
		_, page := s.get(path, "ana")
		require.Equal(t, has, [2]bool{strings.Contains(page, a.Number), strings.Contains(page, b.Number)}, path)
	}
	_, page := s.get("/?severity=High", "ana")
	require.Contains(t, page, `<option value="High" selected>`)
	for range 60 {
		s.receive("One of many")
	}
	_, page = s.get("/?severity=Not+rated&order=newest", "ana")
	require.Contains(t, page, "severity=Not&#43;rated")
}
