package formats_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/advisory"
	"github.com/cvdkit/cvdkit/advisory/csaf"
	"github.com/cvdkit/cvdkit/advisory/formats"
	"github.com/cvdkit/cvdkit/advisory/tlp"
)

const (
	cveHead = `{"dataType":"CVE_RECORD","dataVersion":"5.1","cveMetadata":{"cveId":"CVE-1900-0001","assignerOrgId":"b5d2c2a6-1111-4222-8333-944455566677",` +
		`"state":"PUBLISHED","datePublished":"2026-01-02T00:00:00","dateUpdated":"2026-01-03T00:00:00Z"},"containers":{"cna":{` +
		`"providerMetadata":{"orgId":"b5d2c2a6-1111-4222-8333-944455566677","shortName":"example"},"descriptions":[{"lang":"en","value":"A fault."}],` +
		`"references":[{"url":"https://example.com/1"}],`
	cveADP = `,"adp":[{"providerMetadata":{"orgId":"b5d2c2a6-1111-4222-8333-944455566678"},"metrics":[{"other":{"type":"ssvc","content":{` +
		`"id":"CVE-1900-0001","timestamp":"2026-01-02T10:00:00Z","options":[{"Exploitation":"poc"},{"Automatable":"no"},{"Technical Impact":"total"}]}}},` +
		`{"other":{"type":"kev","content":{"dateAdded":"2026-01-02","reference":"https://kev.example/1"}}},` +
		`{"cvssV3_1":{"version":"3.1","vectorString":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H","baseScore":9.8,"baseSeverity":"CRITICAL","attackVector":"LOCAL","scope":"UNCHANGED"}}]}]`
	osvHead = `{"id":"x_1","modified":"2026-01-02T00:00:00Z","summary":"S","details":"D","affected":[`
	vexHead = `{"@context":"https://openvex.dev/ns/v0.2.0","author":"Example","version":1,"timestamp":"2026-01-02T00:00:00Z","statements":[`
)

func record(rest string) string { return cveHead + rest + `}}}` }

func affected(versions string) string {
	return record(`"affected":[{"vendor":"Example","product":"Widget","versions":[` + versions + `]}]`)
}

// asCSAF is a document as CSAF 2.1, which is valid by the mandatory tests.
func asCSAF(t *testing.T, text string) (string, []advisory.Loss) {
	t.Helper()
	a, _, read, err := formats.Decode(strings.NewReader(text))
	require.NoError(t, err)
	given := advisory.Given{Publisher: advisory.Publisher{Name: "Example", Namespace: "https://psirt.example"}}
	if a.TLP == tlp.Unset {
		given.TLP = tlp.Clear
	}
	made, err := a.Complete(given)
	require.NoError(t, err)
	var b bytes.Buffer
	written, err := formats.Encode(&b, formats.CSAF21, a, nil)
	require.NoError(t, err)
	report, err := (&csaf.Validator{}).Validate(context.Background(), b.Bytes(), csaf.Basic)
	require.NoError(t, err)
	require.True(t, report.Valid(), "%v", report.Findings)
	return b.String(), append(append(read, made...), written...)
}

// What real documents say in each format becomes valid CSAF that says it too.
func TestReadersAndCSAF(t *testing.T) {
	for name, c := range map[string]struct{ text, has, lacks string }{
		"time without offset is GMT": {affected(`{"version":"1","status":"affected"}`), `"initial_release_date": "2026-01-02T00:00:00Z"`, ""},
		"range in words":             {affected(`{"version":"< 4.2","status":"affected"}`), `"name": "<4.2"`, ""},
		"list of constraints":        {affected(`{"version":">= 1.2.0, < 1.4.7","status":"affected"}`), `">=1.2.0|<1.4.7"`, ""},
		"unspecified start":          {affected(`{"version":"unspecified","lessThan":"5.1","status":"affected","versionType":"custom"}`), `"<5.1"`, "unspecified"},
		"no version":                 {affected(`{"version":"n/a","status":"affected"}`), `"name": "Widget"`, "n/a"},
		"star":                       {affected(`{"version":"*","status":"affected"}`), `"vers:all/*"`, "%2A"},
		"star in an end":             {affected(`{"version":"1.3.0","lessThan":"1.3.0*","status":"affected","versionType":"custom"}`), `from 1.3.0 before 1.3.0*`, "%2A"},
		"changes split a range": {affected(`{"version":"1.0.0","lessThanOrEqual":"2.5.0","status":"affected","versionType":"semver","changes":[{"at":"2.3.0","status":"unaffected"}]}`),
			`vers:semver/>=1.0.0|<2.3.0`, "vers:semver/>=1.0.0|<=2.5.0"},
		"changes of branches": {affected(`{"version":"2.0","lessThan":"2.5","status":"affected","versionType":"custom","changes":[{"at":"2.5","status":"unaffected"},{"at":"2.4.1","status":"unaffected"}]}`),
			`>=2.0|<2.5`, "<2.4.1"},
		"CWE in the text": {record(`"affected":[{"vendor":"E","product":"W","defaultStatus":"affected"}],"problemTypes":[{"descriptions":[{"lang":"en","description":"CWE-79 XSS"}]}]`),
			`"Improper Neutralization of Input During Web Page Generation ('Cross-site Scripting')"`, `"XSS"`},
		"equal remediations": {record(`"affected":[{"vendor":"E","product":"W","defaultStatus":"affected"}],"solutions":[{"lang":"en","value":"Update."},{"lang":"en","value":"Update."}]`),
			`"details": "Update."`, ""},
		"remediation without an affected product": {record(`"affected":[{"vendor":"E","product":"W","defaultStatus":"unaffected"}],"solutions":[{"lang":"en","value":"Update."}]`),
			`"text": "Update."`, "product_ids"},
		"assessments of CISA": {strings.TrimSuffix(record(`"affected":[{"vendor":"E","product":"W","defaultStatus":"affected"}]`), "}}") + cveADP + `}}`,
			`"key": "TI"`, ""},
		"known exploitation": {strings.TrimSuffix(record(`"affected":[{"vendor":"E","product":"W","defaultStatus":"affected"}]`), "}}") + cveADP + `}}`,
			`first_known_exploitation_dates`, ""},
		"rejected": {`{"dataType":"CVE_RECORD","dataVersion":"5.1","cveMetadata":{"cveId":"CVE-1900-0001","assignerOrgId":"b5d2c2a6-1111-4222-8333-944455566677","state":"REJECTED",` +
			`"dateUpdated":"2026-01-03T00:00:00Z"},"containers":{"cna":{"providerMetadata":{"orgId":"b5d2c2a6-1111-4222-8333-944455566677"},"rejectedReasons":[{"lang":"en","value":"It is no vulnerability."}]}}}`,
			`"category": "csaf_withdrawn"`, "product_tree"},
		"unsorted events": {osvHead + `{"package":{"ecosystem":"npm","name":"w"},"ranges":[{"type":"SEMVER","events":[{"fixed":"2.0.0"},{"introduced":"1.0.0"},{"introduced":"3.0.0"},{"last_affected":"3.1.0"}]}]}]}`,
			`vers:npm/>=1.0.0|<2.0.0|>=3.0.0|<=3.1.0`, ""},
		"introduced 0 alone": {osvHead + `{"package":{"ecosystem":"npm","name":"w"},"ranges":[{"type":"SEMVER","events":[{"introduced":"0"}]}]}]}`, `vers:all/*`, ""},
		"package URL":        {osvHead + `{"package":{"ecosystem":"Maven","name":"g:a"},"versions":["1"]}]}`, `pkg:maven/g/a`, ""},
		"limit":              {osvHead + `{"package":{"ecosystem":"npm","name":"w"},"ranges":[{"type":"SEMVER","events":[{"introduced":"1.0.0"},{"limit":"2.0.0"}]}]}]}`, `>=1.0.0|<2.0.0`, ""},
		"last known": {osvHead + `{"package":{"ecosystem":"npm","name":"w"},"ranges":[{"type":"SEMVER","events":[{"introduced":"0"}]}],"database_specific":{"last_known_affected_version_range":"<= 1.2.0"}}]}`,
			`vers:npm/<=1.2.0`, ""},
		"commits": {osvHead + `{"ranges":[{"type":"GIT","repo":"https://git.example/w.git","events":[{"introduced":"0"},{"fixed":"9d34ad0ee8a0dfbbcce06f76c2d5d851085024fc"}]}]}]}`,
			`<9d34ad0ee8a0dfbbcce06f76c2d5d851085024fc`, ""},
		"no affected": {osvHead + `]}`, `"csaf_base"`, "product_tree"},
		"title made":  {vexHead + `{"vulnerability":{"name":"CVE-1900-0001"},"products":[{"@id":"pkg:npm/a@1"}],"status":"fixed"}]}`, `"title": "CVE-1900-0001 in pkg:npm/a@1"`, ""},
		"components": {vexHead + `{"vulnerability":{"name":"CVE-1900-0001"},"products":[{"@id":"pkg:npm/a@1","subcomponents":[{"@id":"pkg:npm/b@1"},{"@id":"pkg:npm/c@1"}]}],"status":"not_affected","justification":"component_not_present"}]}`,
			`"pkg:npm/a@1#pkg:npm/c@1"`, ""},
	} {
		out, _ := asCSAF(t, c.text)
		require.Contains(t, out, c.has, name)
		if c.lacks != "" {
			require.NotContains(t, out, c.lacks, name)
		}
	}
}

func TestLossesHaveKinds(t *testing.T) {
	_, losses := asCSAF(t, strings.TrimSuffix(record(`"affected":[{"vendor":"E","product":"W","defaultStatus":"affected"}]`), "}}")+cveADP+`}}`)
	found := map[string]advisory.LossKind{}
	for _, l := range losses {
		found[l.Path] = l.Kind
		require.NotContains(t, l.Path, "scope", "what the vector repeats is no loss")
	}
	require.Equal(t, advisory.Contradicts, found["/containers/adp/0/metrics/2/cvssV3_1/attackVector"])
	require.Equal(t, advisory.Filled, found["/tracking/revisions"])
	require.Equal(t, advisory.NoPlace, found["/cveMetadata/assignerOrgId"])

	a, _, read, err := formats.Decode(strings.NewReader(osvHead + `],"severity":[{"type":"CVSS_V4","score":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}]}`))
	require.NoError(t, err)
	require.Empty(t, a.Vulnerabilities[0].Scores)
	last := read[len(read)-1]
	require.Equal(t, "/severity/0", last.Path)
	require.Equal(t, "contradiction", last.Kind.String())
	require.Equal(t, advisory.Heavy, last.Weight())
	require.Equal(t, advisory.Light, advisory.Loss{Path: "/containers/cna/providerMetadata"}.Weight())
}

// A document without any time is refused, and what gives it is named.
func TestCompleteNeedsATime(t *testing.T) {
	a, _, _, err := formats.Decode(strings.NewReader(strings.Replace(vexHead, `"timestamp":"2026-01-02T00:00:00Z",`, "", 1) + `]}`))
	require.NoError(t, err)
	_, err = a.Complete(advisory.Given{})
	require.ErrorIs(t, err, advisory.ErrIncomplete)
	require.Contains(t, err.Error(), "timestamp")
}

// Documents become records without texts of a language only, and none without a
// description.
func TestCVENeedsADescription(t *testing.T) {
	a, _, _, err := formats.Decode(strings.NewReader(affected(`{"version":"1","status":"affected"}`)))
	require.NoError(t, err)
	a.Vulnerabilities[0].Notes = nil
	_, err = formats.Encode(&bytes.Buffer{}, formats.CVE, a, nil)
	require.ErrorIs(t, err, advisory.ErrIncomplete)
	require.Contains(t, err.Error(), "Options.Description")
	o := &formats.Options{}
	o.CVE.Description = "A fault."
	var b bytes.Buffer
	_, err = formats.Encode(&b, formats.CVE, a, o)
	require.NoError(t, err)
	require.Contains(t, fmt.Sprint(b.String()), `"value": "A fault."`)
}
