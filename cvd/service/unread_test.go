package service_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/service"
)

// Issue 13, line 6: what is unread, for each party, in its own list too.
func TestUnreadOfParties(t *testing.T) {
	d := newDesk(t)
	id := embargoed(d)
	unread := func() int {
		p, err := d.svc.Find(ctx, cvd.Viewer{Identity: report.Reporter.Email}, service.Filter{}, "", 5)
		require.NoError(t, err)
		require.Len(t, p.Cases, 1)
		return p.Cases[0].Unread
	}
	d.do(id, cvd.MarkRead{Party: 2})
	require.Zero(t, unread())
	d.do(id, vendor, cvd.AnswerInvitation{Party: 3, Accept: true}, cvd.MarkRead{Party: 2})
	d.do(id, cvd.PostMessage{To: []cvd.PartyID{2}, Text: "to it"}, cvd.PostMessage{To: []cvd.PartyID{3}, Text: "to another"},
		cvd.PostMessage{Party: 2, To: []cvd.PartyID{1}, Text: "its own"})
	require.Equal(t, 1, unread())
	d.do(id, cvd.MarkRead{Party: 2})
	require.Zero(t, unread())
}
