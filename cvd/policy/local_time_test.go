package policy_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd/policy"
)

func TestLocalTimeAsks(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	at, err := policy.LocalTime(berlin, 2026, time.June, 30, 17, 0)
	require.NoError(t, err)
	require.Equal(t, "2026-06-30T17:00:00+02:00", at.Format(time.RFC3339))
	var e *policy.LocalTimeError
	_, err = policy.LocalTime(berlin, 2026, time.March, 29, 2, 30)
	require.ErrorAs(t, err, &e)
	require.True(t, e.Skipped)
	require.Equal(t, "2026-03-29T01:30:00+01:00 2026-03-29T03:30:00+02:00", e.First.Format(time.RFC3339)+" "+e.Second.Format(time.RFC3339))
	_, err = policy.LocalTime(berlin, 2026, time.October, 25, 2, 30)
	require.ErrorAs(t, err, &e)
	require.False(t, e.Skipped)
	require.Equal(t, time.Hour, e.Second.Sub(e.First))
	for _, whole := range []int{0, 1, 3, 4, 23} {
		_, err = policy.LocalTime(berlin, 2026, time.October, 25, whole, 0)
		require.NoError(t, err, whole)
	}
	_, err = policy.LocalTime(berlin, 2026, time.June, 31, 0, 0)
	require.Error(t, err)
}
