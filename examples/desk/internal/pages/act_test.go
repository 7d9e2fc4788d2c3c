package pages_test

import (
	"context"
	"html"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
)

// answer is what a POST gave.
type answer struct {
	code     int
	body, to string
}

func (s *site) getAnswer(path, as string, groups ...string) answer {
	r := httptest.NewRequest("GET", strings.ReplaceAll(path, " ", "%20"), nil)
	r.Header.Set("As", as)
	r.Header["Group"] = groups
	w := httptest.NewRecorder()
	s.desk.ServeHTTP(w, r)
	return answer{w.Code, w.Body.String(), w.Header().Get("Location")}
}

// post sends a form as somebody.
func (s *site) post(path, as string, values url.Values, groups ...string) answer {
	r := httptest.NewRequest("POST", path, strings.NewReader(values.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("As", as)
	r.Header["Group"] = groups
	w := httptest.NewRecorder()
	s.desk.ServeHTTP(w, r)
	return answer{w.Code, w.Body.String(), w.Header().Get("Location")}
}

// form is the form of an action as a page shows it, with values of ours. Fields come
// from the page as a browser would send them.
func (s *site) form(page, action string, kv ...string) url.Values {
	s.t.Helper()
	i := strings.Index(page, `action="`+action+`"`)
	require.GreaterOrEqual(s.t, i, 0, "no form %s", action)
	part, _, _ := strings.Cut(page[i:], "</form>")
	out := url.Values{}
	for _, m := range regexp.MustCompile(`<input type="hidden" name="(\w+)" value="([^"]*)">`).FindAllStringSubmatch(part, -1) {
		out.Set(m[1], html.UnescapeString(m[2]))
	}
	for i := 0; i < len(kv); i += 2 {
		out.Add(kv[i], kv[i+1])
	}
	return out
}

func (s *site) receive(title string) *cvd.Case {
	return s.do(cvd.CaseID{}, cvd.Receive{Title: cvd.Private(title), Summary: "It overflows.", Reporter: cvd.Contact{Name: "Rita", Email: "rita@reporter.example"}})
}

func (s *site) view(id cvd.CaseID) *cvd.Case {
	s.t.Helper()
	c, err := s.svc.View(context.Background(), id, cvd.Viewer{Team: true, Groups: []cvd.Private{cvd.EveryGroup}})
	require.NoError(s.t, err)
	return c
}

// between is what stands in s from a on, up to b.
func between(s, a, b string) string {
	_, s, _ = strings.Cut(s, a)
	s, _, _ = strings.Cut(s, b)
	return s
}

// Each action of the page does what its command does, and the page after it shows it.
func TestActions(t *testing.T) {
	s := newSite(t)
	c := s.receive("Overflow in the parser")
	at := "/cases/" + c.Number
	act := func(name string, kv ...string) {
		t.Helper()
		_, page := s.get(at, "ana")
		a := s.post(at+"/do/"+name, "ana", s.form(page, at+"/do/"+name, kv...))
		require.Equal(t, 303, a.code, "%s: %s", name, a.body)
		require.Equal(t, at+"?done="+name, a.to)
		code, page := s.get(a.to, "ana")
		require.Equal(t, 200, code)
		require.Contains(t, page, ": done.")
	}
	act("acknowledge", "text", "Thank you.")
	act("triage", "outcome", "valid", "reply", "We see it too.")
	act("severity", "vector", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H")
	act("assign", "to", "ana")
	act("accept")
	act("embargo", "ends", "2026-05-01T12:00")
	_, page := s.get(at, "ana")
	require.NotContains(t, between(page, `id="a-embargo-answer"`, "</form>"), "the team itself", "it does not answer its own proposal")
	act("embargo-answer", "proposal", "1", "for", "2", "answer", "accept")
	act("invite", "role", "vendor", "organization", "Frob Inc.", "email", "psirt@frob.example")
	act("answered", "party", "3", "accept", "yes")
	act("reply", "to", "2", "text", "We work on a fix.")
	act("note", "text", "Ask Ben.")
	act("product", "vendor", "1", "name", "Frobnicator")
	act("identify", "cve", "CVE-1900-12345", "cwe", "CWE-787")
	act("status", "vendor", "1", "stream", "1", "affected", "fixed", "fixed", "1.2")
	act("observe", "what", "V", "vendor", "3", "adopt", "yes")
	act("observe", "what", "F", "vendor", "3", "adopt", "yes")
	act("topic", "title", "Dates", "parties", "3")
	act("plan", "at", "2026-05-01T12:00", "outputs", "csaf")
	act("approve")
	_, page = s.get(at, "ana")
	require.Contains(t, page, "approved by ana")
	require.Contains(t, page, "You have approved the release. Somebody else of the team has to approve it too.")
	_, page = s.get(at, "ben")
	require.NotContains(t, page, "You have approved")
	act("cancel", "reason", "Too early.")
	act("embargo-end", "reason", "All agree.")
	act("publish", "advisory", "https://psirt.example/1")
	_, page = s.get(at, "ana")
	require.Regexp(t, `Published</dt><dd>[^<]*https://psirt\.example/1`, page)
	act("title", "title", "A neutral title")
	act("close")
	got := s.view(c.ID)
	require.False(t, got.Open())
	require.Equal(t, "ana", string(got.Assignee))
	require.Equal(t, "A neutral title", string(got.Title))
	require.Equal(t, 9.8, got.Vulnerabilities[0].Severity[0].Score)
	require.Len(t, got.Publications, 1)
}

// A form that was made before somebody else acted does nothing; the answer says what
// changed, and has all that was typed. Sent again it acts.
func TestStale(t *testing.T) {
	s := newSite(t)
	c := s.receive("Overflow in the parser")
	at := "/cases/" + c.Number
	_, page := s.get(at, "ana")
	old := s.form(page, at+"/do/triage", "outcome", "valid", "reply", "We see <it> too.", "reason", "Reproduced on 1.2.")
	s.do(c.ID, cvd.Triage{Outcome: cvd.OutcomeInvalid})
	a := s.post(at+"/do/triage", "ben", old)
	require.Equal(t, 409, a.code)
	require.Contains(t, a.body, "The case has changed meanwhile, and nothing was done")
	require.Contains(t, a.body, "the report was triaged")
	require.Contains(t, a.body, "<b>ana</b>")
	require.Contains(t, a.body, "We see &lt;it&gt; too.</textarea>")
	require.Contains(t, a.body, "Reproduced on 1.2.</textarea>")
	require.Contains(t, a.body, `value="valid" checked`)
	require.Equal(t, cvd.OutcomeInvalid, s.view(c.ID).Reports[0].Outcome)

	again := s.form(a.body, at+"/do/triage", "outcome", "valid", "reply", "We see <it> too.")
	a = s.post(at+"/do/triage", "ben", again)
	require.Equal(t, 303, a.code, a.body)
	require.Equal(t, cvd.OutcomeValid, s.view(c.ID).Reports[0].Outcome)
	seq := s.view(c.ID).Seq
	// The same form once more, as by a double click, changes nothing.
	a = s.post(at+"/do/triage", "ben", again)
	require.Equal(t, 303, a.code, a.body)
	require.Equal(t, seq, s.view(c.ID).Seq)
}

// What the library records meanwhile makes no form stale.
func TestDeliveriesMakeNothingStale(t *testing.T) {
	s := newSite(t)
	c := s.receive("Overflow")
	s.do(c.ID, cvd.Acknowledge{})
	at := "/cases/" + c.Number
	_, page := s.get(at, "ana")
	form := s.form(page, at+"/do/note", "text", "Look here.")
	before := s.view(c.ID).Seq
	_, err := s.svc.Relay(context.Background(), 10)
	require.NoError(t, err)
	s.do(c.ID, cvd.MarkRead{})
	require.Greater(t, s.view(c.ID).Seq, before)
	require.Equal(t, 303, s.post(at+"/do/note", "ana", form).code)
}

// What the rules forbid, or what is no input, comes back with everything typed.
func TestRefused(t *testing.T) {
	s := newSite(t)
	c := s.receive("Overflow")
	at := "/cases/" + c.Number
	_, page := s.get(at, "ana")
	a := s.post(at+"/do/publish", "ana", s.form(page, at+"/do/publish", "advisory", "https://psirt.example/1"))
	require.Equal(t, 422, a.code)
	require.Contains(t, a.body, "Only an accepted case is published. Now the case is: to be triaged. Triage the report as valid and accept it first.")
	require.Contains(t, a.body, `value="https://psirt.example/1"`)
	require.Contains(t, a.body, `<a href="#a-publish">To your form</a>`)
	require.Less(t, strings.Index(a.body, `id="a-publish"`), strings.Index(a.body, `id="a-triage"`), "the form that was refused stands first")
	// A fact that needs another before it.
	a = s.post(at+"/do/observe", "ana", s.form(page, at+"/do/observe", "what", "D", "vendor", "1", "adopt", "yes"))
	require.Equal(t, 422, a.code)
	require.Contains(t, a.body, "This fact is known already, or another one must come before it.")
	require.Contains(t, a.body, "Now: nothing of it is recorded yet.")
	require.NotContains(t, a.body, "in state ")
	a = s.post(at+"/do/severity", "ana", s.form(page, at+"/do/severity", "vector", "CVSS:9", "why", "It is bad."))
	require.Equal(t, 422, a.code)
	require.Contains(t, a.body, `href="#severity-vector"`)
	require.Contains(t, a.body, "It is bad.</textarea>")
	a = s.post(at+"/do/embargo", "ana", s.form(page, at+"/do/embargo", "ends", "tomorrow"))
	require.Equal(t, 422, a.code)
	require.Contains(t, a.body, `value="tomorrow"`)
}

// What is new is so for each person, until they say that they have read it.
func TestNewForMe(t *testing.T) {
	s := newSite(t)
	c := s.receive("Overflow")
	at := "/cases/" + c.Number
	_, page := s.get(at, "ana")
	require.Contains(t, page, "everything is new")
	require.Equal(t, 303, s.post(at+"/seen", "ana", s.form(page, at+"/seen")).code)
	_, page = s.get(at, "ana")
	require.Contains(t, page, "Nothing has changed since")
	s.do(c.ID, cvd.PostMessage{Party: 2, To: []cvd.PartyID{cvd.Owner}, Text: "Any news?"})
	_, page = s.get(at, "ana")
	require.Contains(t, page, "message from Rita")
	_, list := s.get("/", "ana")
	require.Contains(t, list, "1 new")
	_, page = s.get(at, "ben")
	require.Contains(t, page, "everything is new")
}
