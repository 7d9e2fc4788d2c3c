package portal_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The receipt's page can be reloaded and come back to, without the form being sent
// again, until the receipt is used; then, and after a session's time, it says nothing.
func TestTheReceiptsPage(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	receipt := b.report()
	require.Equal(t, receipt, b.get("/receipt").receipt())
	b.lang = "de"
	require.Equal(t, receipt, b.get("/receipt?lang=de").receipt(), "in another language")
	require.NotContains(t, b.cookies["__Host-cvd-receipt"], receipt)
	require.Empty(t, s.browser().get("/receipt").receipt(), "in another browser")
	require.Len(t, s.cases(), 1)

	other := s.browser()
	other.enter(receipt)
	page := b.get("/receipt")
	require.Equal(t, 200, page.code)
	require.Empty(t, page.receipt(), "it was used")
	require.NotContains(t, b.cookies, "__Host-cvd-receipt")

	b.report()
	s.pass(32 * time.Minute)
	require.Empty(t, b.get("/receipt").receipt(), "a session's time has passed")

	receipt = b.report()
	b.enter(receipt)
	require.NotContains(t, b.cookies, "__Host-cvd-receipt")
	keys, err := s.state.List(t.Context(), "portal/", "", 10)
	require.NoError(t, err)
	require.Len(t, keys, 2, "two sessions, and no receipt")
}

// A browser without cookies, or a State that is away, has the receipt as the answer.
func TestAReceiptWithoutCookies(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	fields := b.fill()
	clear(b.cookies)
	a := b.post("/", fields...)
	require.Equal(t, 200, a.code)
	require.NotEmpty(t, a.receipt())
	require.NotContains(t, strings.Join(a.header.Values("Set-Cookie"), " "), "receipt")
}

// What has ended is swept.
func TestShownReceiptsAreSwept(t *testing.T) {
	s := newSite(t)
	s.browser().report()
	s.pass(time.Hour)
	_, err := s.portal.Sweep(context.Background(), "", 100)
	require.NoError(t, err)
	keys, err := s.state.List(t.Context(), "portal/", "", 10)
	require.NoError(t, err)
	require.Empty(t, keys)
}

// Who switches the language after following a vendor's link stays at its case.
func TestTheLanguageSwitchKeepsTheCase(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	page := b.get("/open?case=CVD-2026-7K3QX")
	require.Contains(t, page.body, `href="./open?case=CVD-2026-7K3QX&amp;lang=de"`)
	require.Contains(t, b.get("/open?case=CVD-2026-7K3QX&lang=de").body, "CVD-2026-7K3QX")
}
