package csaf_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/advisory/csaf"
)

func upgraded(t *testing.T, u csaf.Upgrader, edits ...string) (*csaf.Document, []csaf.Warning) {
	t.Helper()
	root := base(t, "2.0")
	for _, line := range edits {
		edit(t, root, line)
	}
	d, err := csaf.FromTree(root)
	require.NoError(t, err)
	before := string(d.JSON())
	out, warnings, err := u.Upgrade(d)
	if !errors.As(err, new(*csaf.InvalidError)) {
		require.NoError(t, err)
	}
	require.Equal(t, csaf.V21, out.Version())
	require.Equal(t, before, string(d.JSON()), "the document of 2.0 was changed")
	return out, warnings
}

func warned(ws []csaf.Warning, path, message string) bool {
	return slices.ContainsFunc(ws, func(w csaf.Warning) bool { return w.Path == path && strings.Contains(w.Message, message) })
}

// The base becomes a valid document with sorted members and without loss.
func TestUpgradeBase(t *testing.T) {
	out, warnings := upgraded(t, csaf.Upgrader{})
	assert.Empty(t, warnings)
	report, err := oracleValidator().Check(t.Context(), out, csaf.All)
	require.NoError(t, err)
	for _, f := range report.Findings {
		// The document of 2.0 has no licence and no CVSS v4.0, and its catalogue
		// version is the newest before the release.
		assert.Contains(t, []string{"6.2.43", "6.3.12"}, f.Test, f)
	}
	assert.Equal(t, "4.13", out.Find("/vulnerabilities/0/cwes/0/version").Text())
	assert.Equal(t, "CLEAR", out.Find("/document/distribution/tlp/label").Text())
	assert.Equal(t, "P-B", out.Find("/product_tree/product_paths/0/subpaths/0/next_product_reference").Text())
	assert.Equal(t, "pkg:maven/com.example/a@2.0.0", out.Find("/product_tree/branches/0/branches/0/branches/1/product/product_identification_helper/purls/0").Text())
	assert.Equal(t, "9.8", out.Find("/vulnerabilities/0/metrics/0/content/cvss_v3/baseScore").Literal())
}

// Every rule of clause 18: edits of the base, what must be in the result, and
// where a warning must point.
func TestUpgradeRules(t *testing.T) {
	const (
		versions = "/product_tree/branches/0/branches/0/branches"
		helperB  = "/product_tree/full_product_names/0/product_identification_helper"
		hash     = versions + "/1/product/product_identification_helper/hashes/0/file_hashes/0"
	)
	for _, c := range []struct {
		name     string
		upgrader csaf.Upgrader
		edits    []string
		want     map[string]string // pointer in the result to JSON, "" for absent
		path     string            // of a warning
		message  string
	}{
		{"additional member", csaf.Upgrader{}, []string{`/document/x = {"a": 1}`}, map[string]string{"/document/x": ""}, "/document/x", "does not define"},
		{"leap second", csaf.Upgrader{}, []string{`/vulnerabilities/0/involvements/0/date = "2016-12-31T23:59:60.5Z"`},
			map[string]string{"/vulnerabilities/0/involvements/0/date": `"2016-12-31T23:59:59.999999Z"`}, "/vulnerabilities/0/involvements/0/date", "was a valid leap second"},
		{"legacy", csaf.Upgrader{}, []string{`/product_tree/branches/0/branches/0/category = "legacy"`},
			map[string]string{"/product_tree/branches/0/branches/0/category": `"product_name"`}, "/product_tree/branches/0/branches/0/category", "does not exist"},
		{"stacked vendor", csaf.Upgrader{}, []string{`/product_tree/branches/0 = {"branches": [{"branches": [{"category": "product_version", "name": "1", "product": {"name": "x", "product_id": "P-A1"}}, {"category": "product_version", "name": "2", "product": {"name": "y", "product_id": "P-A2"}}], "category": "vendor", "name": "Acme"}], "category": "vendor", "name": "Open-Source"}`},
			map[string]string{"/product_tree/branches/0/name": `"Acme"`}, "/product_tree/branches/0/branches/0/branches/0", "was resolved"},
		{"stacked version", csaf.Upgrader{}, []string{versions + `/0 = {"branches": [{"category": "product_version", "name": "1.1", "product": {"name": "x", "product_id": "P-A1"}}], "category": "product_version", "name": "1"}`},
			map[string]string{"/product_tree/branches/0/branches/0/category": `"product_family"`, versions + "/0/name": `"Product A 1"`}, versions + "/0/branches/0", "was resolved"},
		{"stacked language", csaf.Upgrader{}, []string{versions + `/0 = {"branches": [{"category": "language", "name": "de", "product": {"name": "x", "product_id": "P-A1"}}], "category": "language", "name": "de"}`},
			nil, versions + "/0/branches/0", "could not be resolved"},
		{"version and range", csaf.Upgrader{}, []string{versions + `/0 = {"branches": [{"category": "product_version_range", "name": "<1.1", "product": {"name": "x", "product_id": "P-A1"}}], "category": "product_version", "name": "1"}`},
			map[string]string{versions + "/0/category": `"product_name"`}, versions + "/0/branches/0", "was resolved"},
		{"open range", csaf.Upgrader{}, []string{versions + `/0/category = "product_version_range"`, versions + `/0/name = "vers:intdot/>=4.2"`},
			map[string]string{versions + "/0/category": `"product_version"`, versions + "/0/name": `"4.2"`}, versions + "/0/name", "open upwards"},
		{"open range of two", csaf.Upgrader{}, []string{versions + `/0/category = "product_version_range"`, versions + `/0/name = "<1|>=4.2"`},
			map[string]string{versions + "/0/name": `"<1|4.2"`}, versions + "/0/name", "ends with"},
		{"open range that excludes", csaf.Upgrader{}, []string{versions + `/0/category = "product_version_range"`, versions + `/0/name = "<1|>4.2"`},
			map[string]string{versions + "/0/name": `"<1|>4.2"`}, versions + "/0/name", "could not be resolved"},
		{"single version", csaf.Upgrader{}, []string{versions + `/0/category = "product_version_range"`, versions + `/0/name = "vers:intdot/4.2"`},
			map[string]string{versions + "/0/category": `"product_version"`, versions + "/0/name": `"4.2"`}, versions + "/0/name", "single version"},
		{"cpe", csaf.Upgrader{}, []string{helperB + `/cpe = "xcpe:/a:b"`}, map[string]string{helperB: ""}, helperB + "/cpe", "removed"},
		{"hash", csaf.Upgrader{}, []string{hash + `/algorithm = "SHA-256"`, hash + `/value = "ABCDEF0123456789ABCDEF0123456789"`},
			map[string]string{hash + "/algorithm": `"sha256"`, hash + "/value": `"abcdef0123456789abcdef0123456789"`}, "", ""},
		{"unknown hash", csaf.Upgrader{}, []string{hash + `/algorithm = "Tiger"`}, map[string]string{hash + "/algorithm": `"tiger"`}, hash + "/algorithm", "unknown"},
		{"purl", csaf.Upgrader{}, []string{helperB + `/purl = "pkg:NPM/x"`}, map[string]string{helperB + "/purls": `["pkg:npm/x"]`, helperB + "/purl": ""}, "", ""},
		{"purl of 2.0 alone", csaf.Upgrader{}, []string{helperB + `/purl = "pkg:+a/x"`}, map[string]string{helperB + "/purls": ""}, helperB + "/purl", "removed"},
		{"partial number", csaf.Upgrader{}, []string{helperB + `/serial_numbers = ["a\\b"]`}, map[string]string{helperB + "/serial_numbers/0": `"a\\\\b*"`}, helperB + "/serial_numbers/0", "star was added"},
		{"complete number", csaf.Upgrader{CompleteNumbers: true}, []string{helperB + `/skus = ["a", "a"]`}, map[string]string{helperB + "/skus": `["a"]`}, "", ""},
		{"two stars", csaf.Upgrader{}, []string{helperB + `/model_numbers = ["*a*"]`}, map[string]string{helperB + "/model_numbers": ""}, helperB + "/model_numbers/0", "removed"},
		{"no label", csaf.Upgrader{}, []string{`/document/distribution -`}, map[string]string{"/document/distribution/tlp/label": `"CLEAR"`}, "/document/distribution/tlp/label", "default"},
		{"label in text", csaf.Upgrader{LabelFromText: true}, []string{`/document/distribution = {"text": "TLP v2.0: TLP:AMBER+STRICT", "tlp": {"label": "RED"}}`},
			map[string]string{"/document/distribution/tlp/label": `"AMBER+STRICT"`}, "/document/distribution/text", "taken from"},
		{"label in text, not taken", csaf.Upgrader{}, []string{`/document/distribution = {"text": "TLP v2.0: TLP:AMBER+STRICT", "tlp": {"label": "RED"}}`},
			map[string]string{"/document/distribution/tlp/label": `"RED"`}, "/document/distribution/text", "another"},
		{"licence", csaf.Upgrader{}, []string{`/document/notes/1 = {"category": "legal_disclaimer", "text": "SPDX-License-Identifier: CC-BY-4.0"}`},
			map[string]string{"/document/license_expression": `"CC-BY-4.0"`}, "/document/notes/1/text", "set"},
		{"two licences", csaf.Upgrader{}, []string{`/document/notes/1 = {"category": "legal_disclaimer", "text": "MIT\nCC-BY-4.0"}`},
			map[string]string{"/document/license_expression": ""}, "/document/notes/1/text", "more than one"},
		{"note about a product", csaf.Upgrader{}, []string{`/document/notes/0/title = "Summary for Product B"`},
			map[string]string{"/document/notes/0/product_ids": `["P-B"]`}, "/document/notes/0", "bound to P-B"},
		{"note about nothing", csaf.Upgrader{}, []string{`/document/notes/0/title = "Summary for Product Z"`}, map[string]string{"/document/notes/0/product_ids": ""}, "/document/notes/0", "no product"},
		{"publisher", csaf.Upgrader{}, []string{`/document/publisher/category = "other"`}, map[string]string{"/document/publisher/category": `"other"`}, "/document/publisher/category", "multipliers"},
		{"multiplier", csaf.Upgrader{OtherIsMultiplier: true}, []string{`/document/publisher/category = "other"`}, map[string]string{"/document/publisher/category": `"multiplier"`}, "/document/publisher/category", "set"},
		{"title", csaf.Upgrader{}, []string{`/document/title = "EXCSAF-2024-0001: Two flaws"`}, map[string]string{"/document/title": `"Two flaws"`}, "/document/title", "removed"},
		{"old weakness", csaf.Upgrader{}, []string{`/vulnerabilities/0/cwe/name = " Failure to Preserve Web Page Structure ('Cross-site Scripting')"`},
			map[string]string{"/vulnerabilities/0/cwes/0/version": `"1.8.1"`}, "", ""},
		{"wrong weakness", csaf.Upgrader{}, []string{`/vulnerabilities/0/cwe/name = "Nothing"`}, map[string]string{"/vulnerabilities/0/cwes": ""}, "/vulnerabilities/0/cwe", "removed"},
		{"release date", csaf.Upgrader{}, []string{`/vulnerabilities/0/release_date = "2024-01-01T00:00:00Z"`}, map[string]string{"/vulnerabilities/0/disclosure_date": `"2024-01-01T00:00:00Z"`, "/vulnerabilities/0/release_date": ""}, "", ""},
		{"mapped ID", csaf.Upgrader{}, []string{`/vulnerabilities/0/ids/0 = {"system_name": "OASIS Open CSAF TC GitHub Issues", "text": "Issue 007"}`},
			map[string]string{"/vulnerabilities/0/ids/0/text": `"#7"`}, "/vulnerabilities/0/ids/0", "was converted"},
		{"unknown ID system", csaf.Upgrader{}, []string{`/vulnerabilities/0/ids/0/system_name = "Ours"`}, map[string]string{"/vulnerabilities/0/ids/0/system_name": `"Ours"`}, "/vulnerabilities/0/ids/0", "not changed"},
		{"calculator", csaf.Upgrader{}, []string{`/vulnerabilities/0/references = [{"summary": "v4", "url": "https://www.first.org/cvss/calculator/4.0#CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N"}]`},
			map[string]string{"/vulnerabilities/0/metrics/1/content/cvss_v4/baseScore": "9.3", "/vulnerabilities/0/metrics/1/products": `["P-A1"]`}, "", ""},
		{"bad calculator", csaf.Upgrader{}, []string{`/vulnerabilities/0/references = [{"summary": "v4", "url": "https://www.first.org/cvss/calculator/4.0#CVSS:4.0/AV:N"}]`},
			map[string]string{"/vulnerabilities/0/metrics/1": ""}, "/vulnerabilities/0/references/0/url", "malformed"},
		{"ssvc", csaf.Upgrader{}, []string{`/vulnerabilities/0/notes/1 = {"category": "other", "title": "SSVC", "text": "{\"schemaVersion\":\"2.0.0\",\"timestamp\":\"2024-01-01T00:00:00Z\",\"selections\":[{\"namespace\":\"ssvc\",\"key\":\"E\",\"version\":\"1.1.0\",\"values\":[{\"key\":\"N\"}]}]}"}`},
			map[string]string{"/vulnerabilities/0/metrics/1/content/ssvc_v2/schemaVersion": `"2.0.0"`, "/vulnerabilities/0/notes/1": ""}, "", ""},
		{"ssvc vector", csaf.Upgrader{}, []string{`/vulnerabilities/0/notes/1 = {"category": "other", "title": "SSVC", "text": "SSVCv2/E:N/"}`},
			map[string]string{"/vulnerabilities/0/notes/1/title": `"SSVC"`}, "/vulnerabilities/0/notes/1", "kept"},
		{"optional patch", csaf.Upgrader{}, []string{`/vulnerabilities/0/remediations/0/product_ids = ["P-A1", "P-B"]`},
			map[string]string{"/vulnerabilities/0/remediations/0/product_ids": `["P-A1"]`, "/vulnerabilities/0/remediations/1/category": `"optional_patch"`, "/vulnerabilities/0/remediations/1/product_ids": `["P-B"]`},
			"/vulnerabilities/0/remediations/0", "optional_patch"},
		{"fix to come", csaf.Upgrader{}, []string{`/vulnerabilities/0/remediations/1 = {"category": "none_available", "details": "x", "product_ids": ["P-A1"]}`},
			map[string]string{"/vulnerabilities/0/remediations/0/category": `"fix_planned"`, "/vulnerabilities/0/remediations/1": ""}, "/vulnerabilities/0/remediations/1", "fix_planned"},
		{"fix that is there", csaf.Upgrader{Now: time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)}, []string{
			`/vulnerabilities/0/remediations/0/date = "2024-12-31T00:00:00Z"`,
			`/vulnerabilities/0/remediations/1 = {"category": "none_available", "details": "x", "product_ids": ["P-A1"]}`},
			map[string]string{"/vulnerabilities/0/remediations/0/category": `"vendor_fix"`, "/vulnerabilities/0/remediations/1": ""}, "/vulnerabilities/0/remediations/1", "available"},
		{"range in words", csaf.Upgrader{}, []string{versions + `/0/category = "product_version_range"`, versions + `/0/name = "All versions < V1.2 SP1"`},
			map[string]string{versions + "/0/name": `"<V1.2%20SP1"`}, versions + "/0/name", "written as <V1.2%20SP1"},
		{"mitigation beside none", csaf.Upgrader{}, []string{
			`/vulnerabilities/0/remediations = [{"category": "mitigation", "details": "m", "product_ids": ["P-A1"]}, {"category": "none_available", "details": "n", "product_ids": ["P-A1"]}]`},
			map[string]string{"/vulnerabilities/0/remediations/0/category": `"mitigation"`, "/vulnerabilities/0/remediations/1": "",
				"/vulnerabilities/0/notes/1": `{"category":"other","product_ids":["P-A1"],"text":"n","title":"None available"}`},
			"/vulnerabilities/0/remediations/1", "became a note"},
		{"mitigation of what is fixed", csaf.Upgrader{}, []string{
			`/vulnerabilities/0/remediations = [{"category": "mitigation", "details": "m", "product_ids": ["P-A1", "P-B"]}]`},
			map[string]string{"/vulnerabilities/0/remediations/0/product_ids": `["P-A1"]`}, "/vulnerabilities/0/remediations/0", "removed from it"},
		{"advisory profile", csaf.Upgrader{}, []string{`/document/category = "csaf_security_advisory"`}, map[string]string{"/document/category": `"csaf_security_advisory"`}, "", ""},
		{"deprecated profile", csaf.Upgrader{}, []string{`/document/category = "csaf_security_advisory"`, `/vulnerabilities/0/product_status/known_affected -`},
			map[string]string{"/document/category": `"csaf_deprecated_security_advisory"`}, "/document/category", "deprecated"},
		{"fixed product", csaf.Upgrader{}, []string{`/document/category = "csaf_security_advisory"`, versions + `/0/category = "product_version_range"`, versions + `/0/name = "<1.5"`},
			map[string]string{versions + "/2/name": `"1.5"`, "/vulnerabilities/0/product_status/fixed/1": `"CSAFPID-FIXED-1.5"`}, "/vulnerabilities/0", "added as fixed"},
		{"withdrawn", csaf.Upgrader{}, []string{`/document/category = "withdrawn"`}, map[string]string{"/document/category": `"withdrawn"`}, "/document/category", "does not have"},
		{"withdrawn well", csaf.Upgrader{}, []string{`/document/category = "Withdrawn"`, `/vulnerabilities -`, `/product_tree -`,
			`/document/notes/0 = {"category": "description", "text": "x", "title": "Reasoning for Withdrawal"}`},
			map[string]string{"/document/category": `"csaf_withdrawn"`}, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, warnings := upgraded(t, c.upgrader, c.edits...)
			for pointer, want := range c.want {
				n := out.Find(pointer)
				if want == "" {
					assert.Nil(t, n, pointer)
				} else {
					assert.Equal(t, want, string(n.AppendJSON(nil)), pointer)
				}
			}
			if c.message != "" {
				assert.True(t, warned(warnings, c.path, c.message), "%+v", warnings)
			}
			report, err := new(csaf.Validator).Check(t.Context(), out, csaf.Schema)
			require.NoError(t, err)
			assert.Empty(t, report.Findings)
		})
	}
}

// A document of the suites that has the structure of 2.0 gets that of 2.1.
func TestUpgradeOracle(t *testing.T) {
	count := 0
	for _, c := range oracleCases(t, "2.0") {
		d, err := csaf.Parse(c.document)
		require.NoError(t, err)
		if r, _ := new(csaf.Validator).Check(t.Context(), d, csaf.Schema); !r.Valid() {
			continue
		}
		out, _, err := csaf.Upgrader{AllowInvalid: true}.Upgrade(d)
		require.NoError(t, err, c.name)
		r, err := new(csaf.Validator).Check(t.Context(), out, csaf.Schema)
		require.NoError(t, err)
		assert.Empty(t, r.Findings, c.name)
		count++
	}
	assert.Greater(t, count, 200)
}

func TestUpgradeRefusesOtherVersions(t *testing.T) {
	d, err := csaf.FromTree(base(t, "2.1"))
	require.NoError(t, err)
	_, _, err = csaf.Upgrade(d)
	require.ErrorIs(t, err, csaf.ErrNot20)
}
