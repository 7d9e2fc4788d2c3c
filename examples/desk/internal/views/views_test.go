package views_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/memstore"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/examples/desk/internal/views"
)

// A deferred case is nobody's turn, until a date of it is over.
func TestTurnOfADeferredCase(t *testing.T) {
	now := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
	svc, err := service.New(cvd.Config{Store: memstore.New(), Secret: bytes.Repeat([]byte("s"), 32), Now: func() time.Time { return now }})
	require.NoError(t, err)
	c, err := svc.Do(t.Context(), cvd.CaseID{}, cvd.By{Actor: "ana"}, cvd.Receive{Title: "One", Reporter: cvd.Contact{Name: "Rita"}},
		cvd.Acknowledge{}, cvd.Triage{Outcome: cvd.OutcomeValid}, cvd.Defer{})
	require.NoError(t, err)
	require.Empty(t, views.Judge(c, time.Time{}, now).Turn.Who)
	require.Empty(t, views.Judge(c, now.Add(time.Hour), now).Turn.Who)
	x := views.Judge(c, now.Add(-time.Hour), now).Turn
	require.True(t, x.Us)
	require.Equal(t, "keep a date that is over", x.What)
}

// Each view has a name and a label of its own, and the first is what is shown if
// nothing is asked for.
func TestViews(t *testing.T) {
	seen := map[string]bool{}
	for _, v := range views.All {
		got, ok := views.Find(v.Name)
		require.True(t, ok)
		require.Equal(t, v.Label, got.Label)
		require.False(t, seen[v.Label])
		seen[v.Label] = true
	}
	require.Empty(t, views.All[0].Name)
	_, ok := views.Find("nonsense")
	require.False(t, ok)
}
