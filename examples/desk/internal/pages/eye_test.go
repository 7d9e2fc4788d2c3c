package pages_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
)

// A reporter is turned away only after what that will tell was seen and confirmed: as
// often as the words to the reporter change.
func TestNotValidIsConfirmed(t *testing.T) {
	for _, outcome := range []string{"invalid", "out of scope"} {
		s := newSite(t)
		c := s.receive("Overflow")
		at := "/cases/" + c.Number
		_, page := s.get(at, "ana")
		a := s.post(at+"/do/triage", "ana", s.form(page, at+"/do/triage", "outcome", outcome, "reply", "Two\r\n<lines>."))
		require.Equal(t, 200, a.code, a.body)
		require.Contains(t, a.body, "Nothing was done yet.")
		require.Contains(t, a.body, "What the reporter is told")
		require.Contains(t, a.body, "Rita is told at once that it is ")
		require.Contains(t, a.body, "Your words to them: Two\n&lt;lines&gt;.")
		require.Contains(t, a.body, "Yes, tell the reporter</button>")
		require.Equal(t, cvd.OutcomeNone, s.view(c.ID).Reports[0].Outcome)

		b := s.post(at+"/do/triage", "ana", s.form(a.body, at+"/do/triage", "outcome", outcome))
		require.Equal(t, 200, b.code)
		require.Contains(t, b.body, "they learn no reason")
		require.Equal(t, cvd.OutcomeNone, s.view(c.ID).Reports[0].Outcome)

		sure := s.form(a.body, at+"/do/triage", "outcome", outcome, "reply", "Two\r\n<lines>.")
		require.Equal(t, 303, s.post(at+"/do/triage", "ana", sure).code)
		got := s.view(c.ID)
		require.Equal(t, outcome, got.Reports[0].Outcome.String())
		require.Equal(t, 303, s.post(at+"/do/triage", "ana", sure).code, "a double click does it once")
		require.Equal(t, got.Seq, s.view(c.ID).Seq)
	}
}

// The label says whether an embargo begins or its end is to change.
func TestLabelOfAnEmbargo(t *testing.T) {
	s := newSite(t)
	c := s.receive("Overflow")
	at := "/cases/" + c.Number
	_, page := s.get(at, "ana")
	require.Contains(t, page, "<summary>Propose an embargo</summary>")
	s.do(c.ID, cvd.ProposeEmbargo{Ends: s.now.AddDate(0, 1, 0)})
	_, page = s.get(at, "ana")
	require.Contains(t, page, "<summary>Propose another end of the embargo</summary>")
	require.NotContains(t, page, "Propose an embargo")
}

// The page of a new code has what its reader needs: code, link, and how to hand them over.
func TestPageOfACode(t *testing.T) {
	s := newSite(t)
	c := s.receive("Overflow")
	at := "/cases/" + c.Number
	_, page := s.get(at, "ana")
	form := s.form(page, at+"/do/code", "party", "2")
	a := s.post(at+"/do/code", "ana", form)
	require.Equal(t, 200, a.code)
	require.Contains(t, a.body, "The code for Rita")
	require.Contains(t, a.body, "by another way")
	require.Contains(t, a.body, `href="`+at+`">Back to the case`)
	code := between(a.body, `readonly value="`, `"`)
	got, err := s.svc.Access(t.Context(), cvd.Private(code))
	require.NoError(t, err)
	require.Equal(t, c.ID, got.Case)
	require.NotContains(t, s.post(at+"/do/code", "ana", form).body, code, "shown once")
}

// A number without its prefix, or its last characters alone, lead to the case from links,
// the search and forms; to nothing for whom the case is not open.
func TestShortNumbers(t *testing.T) {
	s := newSite(t)
	c, other := s.receive("Overflow"), s.receive("The same")
	hidden := s.receive("Hidden")
	s.do(hidden.ID, cvd.SetGroups{Groups: []cvd.Private{"cloud"}})
	for _, short := range []string{strings.TrimPrefix(c.Number, "CVD-"), strings.TrimPrefix(c.Number, "CVD-2026-"), strings.ToLower(c.Number)} {
		a := s.getAnswer("/cases/"+short, "ana")
		require.Equal(t, 303, a.code, short)
		require.Equal(t, "/cases/"+c.Number, a.to)
		require.Equal(t, "/cases/"+c.Number, s.getAnswer("/search?q="+url.QueryEscape(short), "ana").to)
	}
	short := strings.TrimPrefix(hidden.Number, "CVD-2026-")
	require.Equal(t, 404, s.getAnswer("/cases/"+short, "ana").code)
	require.Equal(t, 200, s.getAnswer("/search?q="+short, "ana").code)
	at := "/cases/" + c.Number
	_, page := s.get(at, "ana")
	a := s.post(at+"/do/merge", "ana", s.form(page, at+"/do/merge", "into", strings.TrimPrefix(other.Number, "CVD-2026-")))
	require.Equal(t, 303, a.code, a.body)
	_, page = s.get("/cases/"+c.Number, "ana")
	require.Contains(t, page, "You asked for "+c.Number+": it goes on in this case.")
}
