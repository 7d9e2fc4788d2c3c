package openvex_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/advisory"
	"github.com/cvdkit/cvdkit/advisory/openvex"
)

const (
	head = `{"@context":"https://openvex.dev/ns/v0.2.0","@id":"https://vex.example/1","author":"Example","version":1,`
	old  = head + `"timestamp":"2026-01-01T00:00:00Z","statements":[{"vulnerability":{"name":"CVE-1900-0001","aliases":["X-1"]},` +
		`"products":[{"@id":"pkg:npm/a@1"},{"@id":"pkg:npm/b@2","subcomponents":[{"@id":"pkg:npm/c@3"}]}],"status":"under_investigation"}]}`
	later = head + `"timestamp":"2026-02-01T00:00:00Z","statements":[{"vulnerability":{"name":"CVE-1900-0001"},` +
		`"products":[{"@id":"pkg:npm/a@1"}],"status":"fixed"},{"vulnerability":{"name":"CVE-1900-0002"},"products":[{"@id":"pkg:npm/a@1"}],"status":"fixed"}]}`
)

func parse(t *testing.T, text string) *openvex.Document {
	t.Helper()
	d, err := openvex.Parse([]byte(text))
	require.NoError(t, err)
	return d
}

func ExampleMerge() {
	a, _ := openvex.Parse([]byte(old))
	b, _ := openvex.Parse([]byte(later))
	d, err := openvex.Merge(openvex.Merged{ID: "https://vex.example/2", Author: "Example", At: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)}, b, a)
	if err != nil {
		fmt.Println(err)
		return
	}
	model, _ := d.Advisory()
	fmt.Println(model.Vulnerabilities[0].Of(advisory.Fixed), model.Vulnerabilities[0].Of(advisory.UnderInvestigation))
	// Output:
	// [pkg:npm/a@1] [pkg:npm/b@2#pkg:npm/c@3]
}

func TestMergeRefuses(t *testing.T) {
	at := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	for path, m := range map[string]openvex.Merged{
		"/@id": {Author: "E", At: at}, "/author": {ID: "https://vex.example", At: at}, "/timestamp": {ID: "https://vex.example", Author: "E"},
		"/statements": {ID: "https://vex.example", Author: "E", At: at},
	} {
		_, err := openvex.Merge(m)
		var e *advisory.Error
		require.ErrorAs(t, err, &e)
		require.Equal(t, path, e.Path)
	}
}

func TestFilter(t *testing.T) {
	d := parse(t, old)
	for _, c := range []struct {
		vulnerabilities, products []string
		want                      int
	}{
		{nil, nil, 2}, {[]string{"X-1"}, nil, 2}, {nil, []string{"pkg:npm/a"}, 1}, {nil, []string{"pkg:npm/c@3"}, 1},
		{nil, []string{"pkg:npm/a@2"}, 0}, {[]string{"CVE-1900-9999"}, nil, 0},
	} {
		got, err := d.Filter(c.vulnerabilities, c.products)
		if c.want == 0 {
			require.ErrorIs(t, err, advisory.ErrIncomplete)
			continue
		}
		require.NoError(t, err)
		a, _ := got.Advisory()
		require.Len(t, a.Vulnerabilities[0].Of(advisory.UnderInvestigation), c.want, c)
	}
	require.Equal(t, old, func() string { b, _ := d.MarshalJSON(); return string(b) }(), "the document is not changed")
}
