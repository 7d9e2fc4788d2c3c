package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestIntake(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		name = filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(name, []byte(text), 0o600))
		return name
	}
	conf := file("config.json", `{"address": "security@team.example", "aliases": ["psirt@team.example"], "authserv_id": "mx.team.example"}`)
	a := file("a.eml", "Authentication-Results: mx.team.example; dmarc=pass header.from=finder.example\r\nFrom: rita@finder.example\r\nMessage-ID: <1@finder.example>\r\nSubject: Overflow\r\n\r\ntext\r\n")
	b := file("b.eml", "Authentication-Results: mx.team.example; dmarc=pass header.from=finder.example\r\nFrom: rita@finder.example\r\nMessage-ID: <2@finder.example>\r\nIn-Reply-To: <1@finder.example>\r\n\r\nmore\r\n")
	args := []string{"intake", "-db", filepath.Join(dir, "cases.db"), "-config", conf, "-now", "2026-03-02T09:30:00Z", "-json"}
	var out, errs bytes.Buffer
	require.Zero(t, run(t.Context(), append(args, a, b, a), strings.NewReader(""), &out, &errs), errs.String())
	var results []string
	for d := json.NewDecoder(&out); d.More(); {
		var x taken
		require.NoError(t, d.Decode(&x))
		require.NotEmpty(t, x.Case)
		results = append(results, string(x.Result))
		if x.Result == "message" {
			require.Equal(t, "rita@finder.example", x.Sender.Address)
			require.Equal(t, "authentication results", x.Sender.KnownBy.String())
			require.EqualValues(t, 2, x.Party)
		}
	}
	require.Equal(t, []string{"submission", "message", "duplicate"}, results)

	// Another process knows them, and a pipe gives the mail by the standard input.
	out.Reset()
	raw, err := os.ReadFile(a)
	require.NoError(t, err)
	require.Zero(t, run(t.Context(), append(args, "-"), bytes.NewReader(raw), &out, &errs), errs.String())
	require.Contains(t, out.String(), `"duplicate"`)
	require.Equal(t, tempFail, run(t.Context(), append(args, filepath.Join(dir, "none.eml")), nil, &out, &errs))
	require.Equal(t, 2, run(t.Context(), []string{"intake", a}, nil, &out, &errs))
	info, err := os.Stat(filepath.Join(dir, "cases.db.secret"))
	require.NoError(t, err)
	require.Zero(t, info.Mode().Perm()&0o077)
}
