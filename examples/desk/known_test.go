package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/advisory"
	"github.com/cvdkit/cvdkit/advisory/csaf"
	"github.com/cvdkit/cvdkit/advisory/tlp"
	"github.com/cvdkit/cvdkit/examples/desk/internal/known"
)

// What the team has published is known, also once it is published after the start; the
// other files of the provider are no bad ones.
func TestOwnAdvisoriesAreKnown(t *testing.T) {
	dir := t.TempDir()
	d, err := open(t.Context(), flags(t, "-db", filepath.Join(dir, "cases.db"), "-url", "https://psirt.example", "-publish", filepath.Join(dir, "out")))
	require.NoError(t, err)
	defer d.close()
	d.readKnown(io.Discard)
	report := known.Report{Text: "Is it ADV-1900-0001?"}
	require.Empty(t, d.known.Match(report, 1))
	now := time.Now().Add(-time.Hour).UTC().Truncate(time.Second)
	doc, _, err := csaf.FromAdvisory(&advisory.Advisory{
		ID: "ADV-1900-0001", Title: "A notice", TLP: tlp.Clear, Category: "csaf_base", Publisher: d.publisher(),
		Tracking: advisory.Tracking{Status: advisory.Final, Version: "1", Released: now, Updated: now, Revisions: []advisory.Revision{{Version: "1", Date: now, Summary: "First release."}}},
	}, csaf.V20)
	require.NoError(t, err)
	require.NoError(t, d.provider.Publish(context.Background(), doc))
	d.readOwn()
	ms := d.known.Match(report, 5)
	require.Len(t, ms, 1)
	require.True(t, ms[0].Ours)
	require.Equal(t, "A notice", ms[0].Title)
	_, errs := known.New(known.Limits{}).Read(filepath.Join(dir, "out", "public"), true)
	require.Empty(t, errs)
	require.NoError(t, os.RemoveAll(filepath.Join(dir, "out", "public")))
	d.readOwn()
	require.Empty(t, d.known.Match(report, 1))
}
