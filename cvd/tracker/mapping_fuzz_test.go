package tracker_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/cvdkit/cvdkit/cvd/tracker"
	"github.com/stretchr/testify/require"
)

// FuzzParseMapping: what is read is written and read the same, and can be checked.
func FuzzParseMapping(f *testing.F) {
	for _, s := range []string{
		`{}`, `{"out":[{"open":false,"rm":"Closed","em":"None","published":true,"status":"done"}],"priorities":{"high":"1"}}`,
		`{"in":[{"status":"resolved","claim":"fix-ready"}],"owners":{"joe":"jane"},"products":{"frobd":"FROB"}}`,
		`{"out":[{}]} x`, `{"outs":[]}`, `[`, "null", "{\n\"in\": 1}", "\ufeff{}",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := tracker.ParseMapping(data)
		if err != nil {
			require.Contains(t, err.Error(), "tracker: mapping: ")
			return
		}
		for _, x := range m.Check(tracker.Schema{Statuses: []string{"new"}}) {
			require.NotEmpty(t, x.String())
		}
		out, err := json.Marshal(m)
		require.NoError(t, err)
		again, err := tracker.ParseMapping(out)
		require.NoError(t, err)
		second, err := json.Marshal(again)
		require.NoError(t, err)
		require.JSONEq(t, string(out), string(second))
	})
}

func TestParseMappingNamesTheLine(t *testing.T) {
	for text, want := range map[string]string{
		"{\n\"out\": [\n{\"status\": new}]}": "line 3",
		"{\"in\": []}\n\nmore":               "line 3: something follows the object",
		"{\n\"outs\": []}":                   "line 2",
		strings.Repeat(" ", 1<<20) + "{}":    "more than 1 MiB",
	} {
		_, err := tracker.ParseMapping([]byte(text))
		require.ErrorContains(t, err, want)
	}
	m := tracker.Mapping{In: make([]tracker.InRow, 1001)}
	require.Contains(t, m.Check(tracker.Schema{})[0].String(), "more than 1000 rows")
}
