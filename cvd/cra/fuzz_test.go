package cra_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd/cra"
)

func FuzzParseTable(f *testing.F) {
	text, err := json.Marshal(cra.Newest())
	require.NoError(f, err)
	f.Add(text)
	f.Add([]byte(`{"format":1,"name":"x","version":"1","date":"2026-10-01","source":"s","fields":[{"number":"1","key":"a","label":"A","for":"both","codes":["X","C","C"]}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		table, err := cra.ParseTable(b)
		if err != nil {
			return
		}
		again, err := json.Marshal(table)
		require.NoError(t, err)
		_, err = cra.ParseTable(again)
		require.NoError(t, err)
	})
}

func FuzzReadFeeds(f *testing.F) {
	f.Add([]byte(`{"vulnerabilities":[{"cveID":"CVE-1900-0001","dateAdded":"2026-11-05"}]}`))
	f.Add([]byte(`[{"id":"EUVD-1900-7","aliases":"CVE-1900-0001","exploitedSince":"Nov 5, 2026, 12:00:00 AM"}]`))
	f.Fuzz(func(t *testing.T, b []byte) {
		if ss, err := cra.ReadKEV(bytes.NewReader(b)); err == nil {
			for _, s := range ss {
				require.NotEmpty(t, s.CVE)
			}
		}
		_, _ = cra.ReadEUVD(bytes.NewReader(b))
	})
}
