package pages_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
)

func (s *site) submit(title, quarantine string) *cvd.Case {
	s.now = s.now.Add(time.Minute) // the oldest stands first
	return s.do(cvd.CaseID{}, cvd.Receive{Submission: true, Quarantine: cvd.Private(quarantine), Title: cvd.Private(title), Products: "Frobnicator 1.2",
		Summary: cvd.Private(title + ": a long header makes the parser write past its buffer, and the daemon crashes with a fault."), Reporter: cvd.Contact{Email: "rita@reporter.example"}})
}

// Each decision acts, and leads to what waits next.
func TestDecisions(t *testing.T) {
	s := newSite(t)
	known := s.receive("Overflow")
	var numbers []string
	for _, title := range []string{"One", "Two", "Three", "Four"} {
		numbers = append(numbers, s.submit(title, "").Number)
	}
	s.submit("Buy pills", "many links")
	code, page := s.get("/submissions", "ana")
	require.Equal(t, 200, code)
	for _, n := range numbers {
		require.Contains(t, page, n)
	}
	require.NotContains(t, page, "Buy pills")
	require.Contains(t, page, "1 in quarantine")
	decide := func(number string, kv ...string) answer {
		at := "/submissions/" + number
		_, page := s.get(at, "ana")
		return s.post(at+"/decide", "ana", s.form(page, at+"/decide", kv...))
	}
	_, page = s.get("/submissions/"+numbers[0], "ana")
	require.Contains(t, page, "% alike", "its neighbours are shown")
	a := decide(numbers[0], "what", "admit", "text", "Thank you.")
	require.Equal(t, 303, a.code, a.body)
	require.Equal(t, "/submissions/"+numbers[1]+"?done=admit&of="+numbers[0], a.to)
	_, page = s.get(a.to, "ana")
	require.Contains(t, page, numbers[0]+`</a> was admitted. This is the next.`)
	a = decide(numbers[1], "what", "dismiss", "text", "It is <no> flaw.")
	require.Equal(t, 422, a.code)
	require.Contains(t, a.body, "Choose a ground.")
	require.Contains(t, a.body, "It is &lt;no&gt; flaw.</textarea>")
	a = decide(numbers[1], "what", "dismiss", "ground", "no-flaw", "text", "It works as designed.", "reason", "By design")
	require.Equal(t, "/submissions/"+numbers[2]+"?done=dismiss&of="+numbers[1], a.to)
	require.Equal(t, 422, decide(numbers[2], "what", "ask").code)
	require.Equal(t, 303, decide(numbers[2], "what", "ask", "text", "Which version?").code)
	require.Equal(t, 422, decide(numbers[3], "what", "merge", "other", "CVD-1999-00000").code)
	a = decide(numbers[3], "what", "merge", "other", known.Number)
	_, page = s.get("/cases/"+numbers[3], "ana")
	require.Contains(t, page, "You asked for "+numbers[3]+": it goes on in this case.")
	require.Equal(t, 303, a.code, a.body)
	require.Len(t, s.view(known.ID).Reports, 2)

	_, page = s.get("/quarantine", "ana")
	require.Contains(t, page, "Buy pills")
	require.Contains(t, page, "many links")
}

// Two people decide at once: the second is told, and loses nothing.
func TestTwoDecide(t *testing.T) {
	s := newSite(t)
	at := "/submissions/" + s.submit("One", "").Number
	_, ana := s.get(at, "ana")
	_, ben := s.get(at, "ben")
	require.Equal(t, 303, s.post(at+"/decide", "ana", s.form(ana, at+"/decide", "what", "admit")).code)
	a := s.post(at+"/decide", "ben", s.form(ben, at+"/decide", "what", "dismiss", "ground", "no-flaw", "text", "Works as designed."))
	require.Equal(t, 409, a.code)
	require.Contains(t, a.body, "Works as designed.</textarea>")
	require.Contains(t, a.body, "the submission was decided on")
}

func TestSearch(t *testing.T) {
	s := newSite(t)
	c := s.receive("Overflow")
	s.do(c.ID, cvd.Triage{Outcome: cvd.OutcomeValid}, cvd.AddProduct{Name: "Frobnicator"}, cvd.Identify{CVE: "CVE-1900-12345"})
	for q, want := range map[string]int{c.Number: 303, "CVE-1900-12345": 303, "Frobnicator": 200, "nothing like it": 200, "": 200, "<script>": 200} {
		a := s.getAnswer("/search?q="+q, "ana")
		require.Equal(t, want, a.code, "%s: %s", q, a.body)
		if want == 303 {
			require.Equal(t, "/cases/"+c.Number, a.to)
		}
	}
	require.Contains(t, s.getAnswer("/search?q=frobnicator", "ana").body, c.Number)
	require.Contains(t, s.getAnswer("/search?q=overflow", "ana").body, c.Number, "by a word of the title")
}
