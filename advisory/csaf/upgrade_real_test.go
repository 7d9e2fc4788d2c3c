package csaf

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/advisory"
)

// Ranges as vendors write them.
func TestRewriteRange(t *testing.T) {
	for s, want := range map[string]string{
		"< 4.2":                            "<4.2",
		"<= V17 SP1 Update 2":              "<=V17%20SP1%20Update%202",
		"All versions < V4.2":              "<V4.2",
		"All versions >= V2.0 < V3.0":      ">=V2.0|<V3.0",
		">=1.0, <2.0":                      ">=1.0|<2.0",
		">= 1.0 and < 2.0":                 ">=1.0|<2.0",
		"vers:all/<V3.1.4":                 "<V3.1.4",
		"vers:all/anything but 2":          "",
		"vers:INTDOT/ <1.2 ":               "vers:intdot/<1.2",
		"vers:semver/<2.0.0|>=1.0.0":       "vers:semver/>=1.0.0|<2.0.0",
		"All versions":                     "vers:all/*",
		"*":                                "vers:all/*",
		"versions prior to 4.2":            "<4.2",
		"4.2 and earlier":                  "<=4.2",
		"≤ 8.6.0":                          "<=8.6.0",
		"All versions only with a licence": "",
		"< the newest":                     "",
		"<1.0 without patch 3":             "",
		"<4.2":                             "", // is in form
		"":                                 "",
	} {
		got, ok := rewriteRange(s)
		if !ok {
			got = ""
		}
		require.Equal(t, want, got, s)
		if ok {
			_, fault := parseRange(got)
			require.Empty(t, fault, s)
		}
	}
}

func TestUpgradeNeverReturnsInvalidInSilence(t *testing.T) {
	text := []byte(`{"document": {"category": "csaf_base", "csaf_version": "2.0", "distribution": {"tlp": {"label": "WHITE"}},
		"publisher": {"category": "vendor", "name": "Example", "namespace": "https://psirt.example"}, "title": "T",
		"tracking": {"current_release_date": "1900-01-01T00:00:00Z", "id": "E-1", "initial_release_date": "1900-01-01T00:00:00Z",
		"revision_history": [{"date": "1900-01-01T00:00:00Z", "number": "1", "summary": "s"}], "status": "final", "version": "1"}},
		"product_tree": {"branches": [{"category": "product_name", "name": "Widget", "branches": [
			{"category": "product_version_range", "name": "only with the old licence", "product": {"name": "W", "product_id": "A"}}]}]}}`)
	d, err := Parse(text)
	require.NoError(t, err)
	findings, err := mandatory(d)
	require.NoError(t, err)
	require.Empty(t, findings, "the document of 2.0 is valid")
	up, _, err := Upgrade(d)
	var invalid *InvalidError
	require.ErrorAs(t, err, &invalid)
	require.NotNil(t, up)
	require.Equal(t, "/product_tree/branches/0/branches/0/name", invalid.Findings[0].Path)
	require.ErrorContains(t, err, "6.1.50 at /product_tree/branches/0/branches/0/name")
	require.ErrorIs(t, err, advisory.ErrInvalid)
	var place *advisory.Error
	require.True(t, errors.As(err, &place))
	require.Equal(t, invalid.Findings[0].Path, place.Path)
	_, _, err = Upgrader{AllowInvalid: true}.Upgrade(d)
	require.NoError(t, err)
}
