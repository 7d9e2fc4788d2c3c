package csaf_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/advisory/csaf"
	"github.com/cvdkit/cvdkit/advisory/jsontree"
)

// Bad texts give a typed error with the offset of the fault.
func TestBadTexts(t *testing.T) {
	good := string(base(t, "2.0").AppendJSON(nil))
	for name, text := range map[string]string{
		"empty":          "",
		"truncated":      good[:len(good)/2],
		"100 MB":         strings.Repeat(" ", 100_000_000),
		"10,000 levels":  strings.Repeat("[", 10_000),
		"duplicate name": `{"document": 1, "document": 2}`,
		"invalid UTF-8":  "{\"document\": \"\xff\"}",
		"lone surrogate": `{"document": "\ud800"}`,
		"huge number":    `{"document": ` + strings.Repeat("9", 1_000_000) + `}`,
		"trailing":       good + "x",
	} {
		_, err := csaf.Parse([]byte(text))
		var syntax *jsontree.SyntaxError
		require.ErrorAs(t, err, &syntax, name)
		assert.LessOrEqual(t, syntax.Offset, int64(len(text)), name)
		assert.Less(t, len(err.Error()), 200, name)
	}
	for _, text := range []string{`1`, `{}`, `[]`, `{"document": {"csaf_version": "3.0"}}`, `{"document": {"csaf_version": 2.0}}`} {
		_, err := csaf.Parse([]byte(text))
		require.ErrorIs(t, err, csaf.ErrNotCSAF, text)
	}
	_, err := csaf.Read(strings.NewReader(good), jsontree.Limits{MaxBytes: 10})
	require.Error(t, err)
}

// Each preset has the tests of the one before and more.
func TestPresets(t *testing.T) {
	root := base(t, "2.0")
	edit(t, root, "/document/title -")                // schema
	edit(t, root, `/document/tracking/version = "9"`) // 6.1.16
	edit(t, root, "/document/lang -")                 // 6.2.12
	edit(t, root, "/vulnerabilities/0/cwe -")         // 6.3.4
	d, err := csaf.FromTree(root)
	require.NoError(t, err)
	v := oracleValidator()
	want := []string{"schema", "6.1.16", "6.2.12", "6.3.4"}
	for i, p := range []csaf.Preset{csaf.Schema, csaf.Basic, csaf.Extended, csaf.Full} {
		report, err := v.Check(t.Context(), d, p)
		require.NoError(t, err)
		var got []string
		for _, f := range report.Findings {
			got = append(got, f.Test)
		}
		assert.Equal(t, want[:i+1], got)
	}
	full, _ := v.Check(t.Context(), d, csaf.Full)
	all, _ := v.Check(t.Context(), d, csaf.All)
	assert.Equal(t, full, all)
	_, err = v.Check(t.Context(), d, "most")
	require.ErrorIs(t, err, csaf.ErrPreset)
}

func TestNotRun(t *testing.T) {
	for version, want := range map[string][]string{
		"2.0": {"6.3.6", "6.3.7", "6.3.8"}, "2.1": {"6.2.33", "6.3.6", "6.3.7", "6.3.8", "6.3.16"},
	} {
		d, err := csaf.FromTree(base(t, version))
		require.NoError(t, err)
		report, err := new(csaf.Validator).Check(t.Context(), d, csaf.All)
		require.NoError(t, err)
		assert.Equal(t, want, report.NotRun)
		report, err = new(csaf.Validator).Check(t.Context(), d, csaf.Basic)
		require.NoError(t, err)
		assert.Empty(t, report.NotRun)
	}
}

// What a host cannot judge is named: extensions and types of ranges.
func TestUnsupported(t *testing.T) {
	root := base(t, "2.1")
	edit(t, root, `/x_extensions = [{"$schema": "https://example.com/x_1.0.0.json", "category": "significant", "content": {"a": 1}, "critical": false}]`)
	edit(t, root, `/product_tree/branches/0/branches/0/branches/0/category = "product_version_range"`)
	edit(t, root, `/product_tree/branches/0/branches/0/branches/0/name = "vers:maven/<1"`)
	d, err := csaf.FromTree(root)
	require.NoError(t, err)
	report, err := new(csaf.Validator).Check(t.Context(), d, csaf.Basic)
	require.NoError(t, err)
	assert.ElementsMatch(t, []string{"experimental extension https://example.com/x_1.0.0.json", "VERS type maven"}, report.Unsupported)
}

func TestCancelAndCheckerErrors(t *testing.T) {
	d, err := csaf.FromTree(base(t, "2.0"))
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = new(csaf.Validator).Check(ctx, d, csaf.All)
	require.ErrorIs(t, err, context.Canceled)

	broken := errors.New("no dictionary")
	v := csaf.Validator{CheckSpelling: func(context.Context, string, string) ([]string, error) { return nil, broken }}
	_, err = v.Check(t.Context(), d, csaf.All)
	require.ErrorIs(t, err, broken)

	// A URL is requested once, and an error is a finding.
	asked := map[string]int{}
	v = csaf.Validator{CheckURL: func(_ context.Context, u string) (int, error) { asked[u]++; return 0, broken }}
	report, err := v.Check(t.Context(), d, csaf.All)
	require.NoError(t, err)
	assert.True(t, slices.ContainsFunc(report.Findings, func(f csaf.Finding) bool { return f.Test == "6.3.6" }))
	for u, n := range asked {
		assert.Equal(t, 1, n, u)
	}
}

// A document cannot make a validation grow with the square of its size.
func TestCostIsBounded(t *testing.T) {
	ids := make([]string, 20_000)
	for i := range ids {
		ids[i] = fmt.Sprintf("P-%d", i)
	}
	root := base(t, "2.1")
	root.Get("document").Set("category", jsontree.NewString("csaf_security_advisory"))
	root.Find("/product_tree/product_groups/0").Set("product_ids", jsontree.NewStrings(ids...))
	d, err := csaf.FromTree(root)
	require.NoError(t, err)

	// Many products in every list: linear, and the findings are cut off.
	status := root.Find("/vulnerabilities/0/product_status")
	for _, name := range []string{"fixed", "known_affected", "known_not_affected"} {
		status.Set(name, jsontree.NewStrings(ids...))
	}
	report, err := oracleValidator().Check(t.Context(), d, csaf.All)
	require.NoError(t, err)
	assert.Contains(t, report.Truncated, "6.1.1")
	assert.Less(t, len(report.Findings), 20_000)

	// Many remediations that name a large group: refused.
	remediation := root.Find("/vulnerabilities/1/remediations/0")
	for range 20_000 {
		root.Find("/vulnerabilities/1/remediations").Append(remediation)
	}
	_, err = oracleValidator().Check(t.Context(), d, csaf.All)
	require.ErrorIs(t, err, csaf.ErrTooComplex)

	// Many sibling ranges, of which every pair would be compared: refused.
	root = base(t, "2.1")
	versions := root.Find("/product_tree/branches/0/branches/0/branches")
	for i := range 5000 {
		b := versions.Item(0).Clone()
		b.Set("category", jsontree.NewString("product_version_range"))
		b.Set("name", jsontree.NewString(fmt.Sprintf("vers:intdot/>%d|<%d", i, i+2)))
		versions.Append(b)
	}
	d, err = csaf.FromTree(root)
	require.NoError(t, err)
	_, err = oracleValidator().Check(t.Context(), d, csaf.All)
	require.ErrorIs(t, err, csaf.ErrTooComplex)
}

func TestDocument(t *testing.T) {
	d, err := csaf.FromTree(base(t, "2.1"))
	require.NoError(t, err)
	assert.Equal(t, []string{"EXCSAF-2024-0001", "Two flaws in Product A", "csaf_base", "https://psirt.example.com", "2", "final", "excsaf-2024-0001.json", "TLP:CLEAR"},
		[]string{d.ID(), d.Title(), d.Category(), d.Namespace(), d.Revision(), d.Status(), d.Filename(), d.TLP().String()})
	initial, current := d.Released()
	assert.Equal(t, "2024-01-21T10:00:00Z 2024-01-22T11:00:00Z", initial.Format("2006-01-02T15:04:05Z")+" "+current.Format("2006-01-02T15:04:05Z"))
	c := d.Clone()
	c.Root().Get("document").Set("title", jsontree.NewString("x"))
	assert.NotEqual(t, c.Title(), d.Title())
	again, err := csaf.Parse(d.JSON())
	require.NoError(t, err)
	assert.Equal(t, string(d.JSON()), string(again.JSON()))
}
