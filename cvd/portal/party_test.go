package portal_test

import (
	"context"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/portal"
	"github.com/cvdkit/cvdkit/cvd/storage"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// admitted is a case with a reporter and an invited vendor, and their codes.
func admitted(t *testing.T) (s *site, id cvd.CaseID, receipt, code string) {
	s = newSite(t)
	receipt = s.browser().report()
	id = s.cases()[0].ID
	c, err := s.svc.NewCode()
	require.NoError(t, err)
	s.do(id, cvd.Admit{})
	s.do(id, cvd.Invite{Roles: cvd.RoleVendor, Contact: cvd.Contact{Name: "Vera", Organization: "Vendor"}})
	s.do(id, cvd.GrantAccess{Party: 3, Code: c}, cvd.AddProduct{Vendor: 3, Name: "Router OS", Versions: "7.x"})
	return s, id, receipt, string(c)
}

func (b *browser) openCode(code, name string) answer {
	page := b.get("/open?case=CVD-2026-AAAAA")
	return b.post("/open", sent{name: "token", value: page.token()}, sent{name: "case", value: "CVD-2026-AAAAA"},
		sent{name: "receipt", value: code}, sent{name: "name", value: name})
}

func TestAVendorComesByLinkAndCode(t *testing.T) {
	s, id, _, code := admitted(t)
	b := s.browser()
	require.Equal(t, 200, b.get("/open?case=CVD-2026-AAAAA&receipt="+code).code)
	require.Equal(t, 403, b.get("/case").code, "a link opens nothing")
	require.Equal(t, 303, b.openCode(code, "Vera's colleague").code)
	page := b.get("/case")
	require.Equal(t, 200, page.code)
	require.Contains(t, page.text(), "new to it, by somebody who gave the name Vera's colleague")
	require.Contains(t, page.text(), "Router OS 7.x")

	c := s.cases()[0]
	n := len(c.Messages)
	require.Equal(t, cvd.PartyID(3), c.Messages[n-1].From)
	require.Len(t, c.Unread().Messages, 1, "the team is told")
	// The same browser, once more: nobody is told again. The code is not spent.
	require.Equal(t, 303, b.openCode(code, "").code)
	require.Len(t, s.cases()[0].Messages, n)
	require.Equal(t, 303, s.browser().openCode(code, "").code)
	require.Len(t, s.cases()[0].Messages, n+1)

	// It states how its product stands, and the team adopts that.
	stream := regexp.MustCompile(`value="(\d+)">Router OS`).FindStringSubmatch(page.body)[1]
	got := b.post("/statement", sent{name: "token", value: b.get("/case").token()}, sent{name: "product", value: stream},
		sent{name: "vuln", value: "1"}, sent{name: "affected", value: "fixed"}, sent{name: "statement", value: "Done."})
	require.Equal(t, 422, got.code)
	require.Contains(t, got.body, `href="#f-fixed"`)
	require.Contains(t, got.body, "Done.")
	got = b.post("/statement", sent{name: "token", value: got.token()}, sent{name: "product", value: stream},
		sent{name: "vuln", value: "1"}, sent{name: "affected", value: "fixed"}, sent{name: "fixed", value: "7.4.3"})
	require.Equal(t, 303, got.code, got.body)
	c = s.cases()[0]
	m := c.Messages[len(c.Messages)-1]
	require.Len(t, m.Statements, 1)
	s.do(id, cvd.AdoptStatements{Message: m.ID})
	require.Contains(t, b.get("/case").text(), "7.4.3")

	// Revoked, it opens nothing, and what was open ends.
	s.do(id, cvd.RevokeAccess{Party: 3})
	require.Equal(t, 403, b.get("/case").code)
	require.Equal(t, 403, b.openCode(code, "").code)
	require.Empty(t, s.errs)
}

func TestTermsAreAgreedOrCountered(t *testing.T) {
	s, id, receipt, _ := admitted(t)
	ends := s.clock().AddDate(0, 0, 60)
	s.do(id, cvd.ProposeEmbargo{Ends: ends})
	b := s.browser()
	page := b.enter(receipt)
	require.Contains(t, page.text(), ends.Format("2006-01-02 15:04"))

	// A date that cannot be keeps what was typed.
	got := b.post("/propose", sent{name: "token", value: page.token()}, sent{name: "ends", value: "2026-03-29"},
		sent{name: "endstime", value: "02:30"}, sent{name: "endszone", value: "Europe/Berlin"}, sent{name: "counterreason", value: "a talk"})
	require.Equal(t, 422, got.code)
	require.Contains(t, got.body, `href="#f-endstime"`, "this hour does not exist")
	require.Contains(t, got.body, "a talk")
	counter := []sent{{name: "token", value: page.token()}, {name: "ends", value: "2026-03-29"},
		{name: "endstime", value: "15:30"}, {name: "endszone", value: "+02:00"}, {name: "counterreason", value: "a talk"}}
	for range 2 {
		require.Equal(t, 303, b.post("/propose", counter...).code)
	}
	c := s.cases()[0]
	require.Len(t, c.Embargo.Proposals, 2, "sent twice, it is one proposal")
	require.True(t, c.Embargo.Proposals[1].Ends.Equal(time.Date(2026, 3, 29, 13, 30, 0, 0, time.UTC)))
	require.Equal(t, cvd.PartyID(2), c.Embargo.Proposals[1].By)

	page = b.get("/case")
	require.Contains(t, page.text(), "2026-03-29 15:30 +02:00")
	agree := func(word, to string) answer {
		return b.post("/embargo", sent{name: "token", value: page.token()}, sent{name: "proposal", value: to}, sent{name: "answer", value: word})
	}
	got = agree("agree", "1")
	require.Equal(t, 409, got.code)
	require.Contains(t, got.text(), "withdraw it before you agree")
	require.Equal(t, 303, agree("withdraw", "2").code)
	require.Equal(t, 303, agree("agree", "1").code)
	c = s.cases()[0]
	require.True(t, c.Embargo.State.InForce(), c.Embargo.State)
	require.Contains(t, b.get("/case").text(), "It stays secret until")
	require.Empty(t, s.errs)
}

func TestAnInvitedVendorAgreesToWhatHolds(t *testing.T) {
	s, id, _, _ := admitted(t)
	s.do(id, cvd.ProposeEmbargo{Ends: s.clock().AddDate(0, 0, 60)})
	s.do(id, cvd.AcceptEmbargo{Party: 2})
	code, err := s.svc.NewCode()
	require.NoError(t, err)
	s.do(id, cvd.Invite{Roles: cvd.RoleVendor, Contact: cvd.Contact{Name: "Vic"}})
	s.do(id, cvd.GrantAccess{Party: 4, Code: code})
	b := s.browser()
	require.Equal(t, 303, b.openCode(string(code), "").code)
	page := b.get("/case")
	require.NotContains(t, page.text(), "It overflows.")
	m := regexp.MustCompile(`name="proposal" value="(\d+)"`).FindStringSubmatch(page.body)
	require.NotNil(t, m, page.text())
	got := b.post("/embargo", sent{name: "token", value: page.token()}, sent{name: "proposal", value: m[1]}, sent{name: "answer", value: "agree"})
	require.Equal(t, 303, got.code, got.text())
	p, _ := s.cases()[0].Party(4)
	require.Equal(t, vultron.Signatory, p.Consent)

	s.do(id, cvd.PlanRelease{At: s.clock().AddDate(0, 0, 61), Outputs: []string{"csaf"}})
	page = b.get("/case")
	got = b.post("/release", sent{name: "token", value: page.token()}, sent{name: "answer", value: "hold"})
	require.Equal(t, 422, got.code)
	require.Contains(t, got.body, `href="#f-holdreason"`)
	got = b.post("/release", sent{name: "token", value: page.token()}, sent{name: "answer", value: "go"})
	require.Equal(t, 303, got.code, got.text())
	require.Contains(t, b.get("/case").text(), "You said that you are ready.")
	require.Empty(t, s.errs)
}

func TestAnAppealIsPossibleOnce(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	b.enter(b.report())
	s.do(s.cases()[0].ID, cvd.Dismiss{Why: cvd.DismissalNoFlaw})
	page := b.get("/case")
	require.Contains(t, page.text(), "take it no further")
	got := b.post("/appeal", sent{name: "token", value: page.token()}, sent{name: "appeal", value: "But see."})
	require.Equal(t, 303, got.code, got.text())
	require.NotContains(t, b.get("/case").body, "./appeal")
	require.False(t, s.cases()[0].Submission.Appealed.IsZero())
}

func TestAnEndedSessionKeepsWhatWasWrittenElsewhere(t *testing.T) {
	s, id, receipt, _ := admitted(t)
	s.do(id, cvd.ProposeEmbargo{Ends: s.clock().AddDate(0, 0, 60)})
	b := s.browser()
	page := b.enter(receipt)
	s.pass(time.Hour)
	got := b.post("/embargo", sent{name: "token", value: page.token()}, sent{name: "proposal", value: "1"},
		sent{name: "answer", value: "disagree"}, sent{name: "embargoreason", value: "too long for me"})
	require.Equal(t, 403, got.code)
	require.Contains(t, got.text(), "too long for me")
	require.Contains(t, got.text(), "Do not agree")
	require.Contains(t, got.body, `name="receipt"`)
}

// TestTheServiceFails: what is nobody's mistake says so, tells the host, and tells
// neither what went wrong nor where.
func TestTheServiceFails(t *testing.T) {
	s := newSite(t, func(c *portal.Config) { c.State = failing{c.State} })
	b := s.browser()
	receipt := b.report()
	got := b.open(receipt)
	require.Equal(t, 500, got.code)
	require.NotContains(t, got.body, "disk")
	require.Len(t, s.errs, 2) // of the receipt's page, which was then the answer, and of the session
}

type failing struct{ storage.State }

func (failing) Put(context.Context, string, int64, []byte) (int64, error) {
	return 0, context.DeadlineExceeded
}
