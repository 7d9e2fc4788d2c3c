package portal_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
)

// A report that went on in another case is read there with the same receipt, and what
// was said before in the one it came from.
func TestOtherCasesOfACode(t *testing.T) {
	s := newSite(t)
	x, y := s.browser(), s.browser()
	y.addr = "198.51.100.4:1"
	x.report(sent{name: "impact", value: "of the first"})
	first := s.cases()[0]
	receipt := y.report()
	var second *cvd.Case
	for _, c := range s.cases() {
		if c.ID != first.ID {
			second = c
		}
	}
	page := y.enter(receipt)
	require.NotContains(t, page.text(), "More cases")
	require.Equal(t, 303, y.post("/reply", sent{name: "token", value: page.token()}, sent{name: "reply", value: "said before"}).code)
	s.do(first.ID, cvd.Admit{})
	s.do(second.ID, cvd.Admit{})
	_, err := s.svc.Merge(context.Background(), second.ID, cvd.By{Actor: "alice"}, cvd.Merge{Into: first.ID})
	require.NoError(t, err)

	page = y.enter(receipt)
	require.Contains(t, page.text(), "Case "+first.Number)
	require.NotContains(t, page.text(), "of the first", "it is another reporter's")
	require.Contains(t, page.text(), "More cases that your code opens")
	require.Contains(t, page.text(), second.Number)

	// Only those of the code, only by a form of this page.
	require.Equal(t, 303, y.post("/other", sent{name: "token", value: page.token()}, sent{name: "id", value: (cvd.CaseID{1}).String()}).code)
	require.Contains(t, y.get("/case").text(), "Case "+first.Number)
	require.Equal(t, 303, y.post("/other", sent{name: "token", value: "x"}, sent{name: "id", value: second.ID.String()}).code)
	require.Contains(t, y.get("/case").text(), "Case "+first.Number)

	old := page.token()
	require.Equal(t, 303, y.post("/other", sent{name: "token", value: old}, sent{name: "id", value: second.ID.String()}).code)
	page = y.get("/case")
	require.Contains(t, page.text(), "Case "+second.Number)
	require.Contains(t, page.text(), "said before")
	require.Contains(t, page.text(), first.Number, "the way back")
	// A form of the first case goes nowhere now, and keeps its text.
	a := y.post("/reply", sent{name: "token", value: old}, sent{name: "reply", value: "for the first"})
	require.Equal(t, 403, a.code)
	require.Contains(t, a.text(), "for the first")

	// Who is logged out, or has another receipt, goes to none of them.
	z := s.browser()
	require.Equal(t, 403, z.post("/other", sent{name: "token", value: page.token()}, sent{name: "id", value: second.ID.String()}).code)
}
