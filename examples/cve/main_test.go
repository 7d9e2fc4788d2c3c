package main

import (
	"bytes"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/advisory/cve/cveservices"
	"github.com/cvdkit/cvdkit/advisory/cve/cveservices/replay"
)

func TestRun(t *testing.T) {
	s := &replay.Server{Org: "gateway", User: "u", Key: "k", Quota: 10, Now: time.Now}
	srv := httptest.NewServer(s)
	defer srv.Close()
	var b bytes.Buffer
	require.NoError(t, run(t.Context(), &b, cveservices.Config{
		URL: srv.URL + "/api", Org: "gateway", User: "u", Key: "k", HTTP: srv.Client(), Now: time.Now,
	}))
	require.Contains(t, b.String(), "Better text: updated\nBetter text: unchanged\n")
	require.Empty(t, s.Reserved())
}
