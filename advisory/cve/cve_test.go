package cve_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/advisory"
	"github.com/cvdkit/cvdkit/advisory/cve"
	"github.com/cvdkit/cvdkit/advisory/internal/sample"
	"github.com/cvdkit/cvdkit/advisory/jsontree"
	"github.com/cvdkit/cvdkit/advisory/tlp"
)

const org = "b5d2c2a6-1111-4222-8333-944455566677"

func ExampleFromAdvisory() {
	r, _, err := cve.FromAdvisory(sample.Small(), &cve.Options{OrgID: org, ShortName: "example"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(r.ID(), r.State(), len(r.Check()))
	secret := sample.Small()
	secret.TLP = tlp.Amber
	_, _, err = cve.FromAdvisory(secret, nil)
	fmt.Println(err)
	// Output:
	// CVE-2026-11111 PUBLISHED 0
	// advisory: the TLP label does not permit this format: /tlp: a CVE record is public; the label must be TLP:CLEAR
}

func TestWrittenRecordsAreSound(t *testing.T) {
	for _, a := range []*advisory.Advisory{sample.Small(), sample.Full()} {
		for _, version := range []string{"", "5.1", "5.2"} {
			r, _, err := cve.FromAdvisory(a, &cve.Options{Version: version})
			require.NoError(t, err)
			require.Empty(t, r.Check(), "%s", r.JSON())
			again, err := cve.Parse(r.JSON())
			require.NoError(t, err)
			require.Equal(t, r.JSON(), again.JSON())
			require.Equal(t, version != "5.1", strings.Contains(string(r.JSON()), "packageURL"))
		}
	}
}

func TestRoundTrip(t *testing.T) {
	for name, a := range map[string]*advisory.Advisory{"small": sample.Small(), "full": sample.Full()} {
		r, losses, err := cve.FromAdvisory(a, nil)
		require.NoError(t, err)
		back, unread := r.Advisory()
		require.Equal(t, []advisory.Loss{ // the placeholder only
			{Path: "/cveMetadata/assignerOrgId", Reason: "the model has no place for it"},
			{Path: "/containers/cna/providerMetadata", Reason: "the model has no place for it"},
		}, unread)
		require.Empty(t, sample.Unlisted(a, back, losses), name)
		for _, l := range losses {
			t.Log(name, l)
		}
	}
	r, _, err := cve.FromAdvisory(sample.Full(), nil)
	require.NoError(t, err)
	back, _ := r.Advisory()
	old := back.Product(back.Vulnerabilities[0].Of(advisory.Affected)[0])
	require.Equal(t, sample.Small().Products[0].Range, old.Range)
	require.Equal(t, "Example", old.Vendor)
	require.Equal(t, []string{"pkg:npm/%40example/parser"}, old.PURLs)
	var unaffected []string
	for _, id := range back.Vulnerabilities[0].Of(advisory.NotAffected) {
		unaffected = append(unaffected, back.Product(id).Display())
	}
	require.Equal(t, []string{"Example parser 1.4.2", "Example app all versions"}, unaffected)
}

func TestRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		edit func(a *advisory.Advisory, o *cve.Options)
		rule error
	}{
		"unset":    {func(a *advisory.Advisory, _ *cve.Options) { a.TLP = tlp.Unset }, advisory.ErrConfidential},
		"green":    {func(a *advisory.Advisory, _ *cve.Options) { a.TLP = tlp.Green }, advisory.ErrConfidential},
		"red":      {func(a *advisory.Advisory, _ *cve.Options) { a.TLP = tlp.Red }, advisory.ErrConfidential},
		"no id":    {func(a *advisory.Advisory, _ *cve.Options) { a.Vulnerabilities[0].CVE = "" }, advisory.ErrIncomplete},
		"none":     {func(a *advisory.Advisory, _ *cve.Options) { a.Vulnerabilities = nil }, advisory.ErrIncomplete},
		"no state": {func(a *advisory.Advisory, _ *cve.Options) { a.Vulnerabilities[0].Status = nil }, advisory.ErrIncomplete},
		"german":   {func(a *advisory.Advisory, _ *cve.Options) { a.Language = "de" }, advisory.ErrIncomplete},
		"org":      {func(_ *advisory.Advisory, o *cve.Options) { o.OrgID = "x" }, advisory.ErrIncomplete},
		"short":    {func(_ *advisory.Advisory, o *cve.Options) { o.ShortName = "x" }, advisory.ErrIncomplete},
		"version":  {func(_ *advisory.Advisory, o *cve.Options) { o.Version = "4.0" }, advisory.ErrFormat},
		"two": {func(a *advisory.Advisory, _ *cve.Options) {
			a.Vulnerabilities = append(a.Vulnerabilities, advisory.Vulnerability{CVE: "CVE-2026-2222"})
		}, advisory.ErrSeveral},
	} {
		a, o := sample.Small(), &cve.Options{}
		c.edit(a, o)
		r, losses, err := cve.FromAdvisory(a, o)
		require.ErrorIs(t, err, c.rule, name)
		require.Nil(t, r)
		require.Nil(t, losses)
	}
}

func TestLongTextsAreCutAndListed(t *testing.T) {
	a := sample.Small()
	a.Vulnerabilities[0].Title = strings.Repeat("ä", 300)
	a.Vulnerabilities[0].Notes[0].Text = strings.Repeat("ö", 5000)
	r, losses, err := cve.FromAdvisory(a, nil)
	require.NoError(t, err)
	require.Empty(t, r.Check())
	var paths []string
	for _, l := range losses {
		paths = append(paths, l.Path)
	}
	require.Contains(t, paths, "/vulnerabilities/0/title")
	require.Contains(t, paths, "/vulnerabilities/0/notes/0/text")
}

func TestUnknownMembersSurvive(t *testing.T) {
	r, _, err := cve.FromAdvisory(sample.Small(), nil)
	require.NoError(t, err)
	text := strings.Replace(string(r.JSON()), `"cna": {`, `"cna": {"x_legacy": {"b": 1.50, "a": [true]},`, 1)
	r, err = cve.Parse([]byte(text))
	require.NoError(t, err)
	require.Empty(t, r.Check(), "x_ members are allowed")
	require.Contains(t, string(r.JSON()), `"b": 1.50`)
	_, losses := r.Advisory()
	require.Contains(t, losses, advisory.Loss{Path: "/containers/cna/x_legacy", Reason: "the model has no place for it"})
}

// Each edit makes a sound record unsound at the place named.
func TestCheck(t *testing.T) {
	base, _, err := cve.FromAdvisory(sample.Full(), nil)
	require.NoError(t, err)
	for name, c := range map[string]struct{ old, new, path string }{
		"closed":    {`"dataType"`, `"more": 1, "dataType"`, "/more"},
		"version":   {`"dataVersion": "5.2.0"`, `"dataVersion": "4.0"`, "/dataVersion"},
		"id":        {`"cveId": "CVE-2026-11111"`, `"cveId": "CVE-1"`, "/cveMetadata/cveId"},
		"uuid":      {`"assignerOrgId": "0000`, `"assignerOrgId": "zzzz`, "/cveMetadata/assignerOrgId"},
		"state":     {`"state": "PUBLISHED"`, `"state": "OPEN"`, "/cveMetadata/state"},
		"rejected":  {`"state": "PUBLISHED"`, `"state": "REJECTED"`, "/containers/cna"},
		"time":      {`"datePublic": "2026-05-04T00:00:00Z"`, `"datePublic": "soon"`, "/containers/cna/datePublic"},
		"english":   {`"lang": "en"`, `"lang": "de"`, "/containers/cna/descriptions"},
		"lang":      {`"lang": "en"`, `"lang": "english language"`, "/containers/cna/descriptions/0/lang"},
		"number":    {`"baseScore": 8.8`, `"baseScore": 11`, "/containers/cna/metrics/0/cvssV3_1/baseScore"},
		"severity":  {`"baseSeverity": "HIGH"`, `"baseSeverity": "LOW"`, "/containers/cna/metrics/0/cvssV3_1/baseSeverity"},
		"vector":    {`CVSS:3.1/AV:N`, `CVSS:3.0/AV:N`, "/containers/cna/metrics/0/cvssV3_1/vectorString"},
		"two ends":  {`"lessThan": "1.4.2"`, `"lessThan": "1.4.2", "lessThanOrEqual": "2"`, "/containers/cna/affected/0/versions/0"},
		"cwe":       {`"cweId": "CWE-122"`, `"cweId": "122"`, "/containers/cna/problemTypes/0/descriptions/0/cweId"},
		"purl":      {`"packageURL": "pkg:npm/`, `"packageURL": "npm/`, "/containers/cna/affected/0/packageURL"},
		"tag":       {`"patch"`, `"good"`, "/containers/cna/references/0/tags/0"},
		"credit":    {`"type": "coordinator"`, `"type": "friend"`, "/containers/cna/credits/0/type"},
		"no vendor": {`"vendor": "Example"`, `"seller": "Example"`, "/containers/cna/affected/0"},
		"kind":      {`"title": "Heap overflow"`, `"title": 7`, "/containers/cna/title"},
	} {
		text := strings.Replace(string(base.JSON()), c.old, c.new, 1)
		require.NotEqual(t, string(base.JSON()), text, name)
		r, err := cve.Parse([]byte(text))
		require.NoError(t, err)
		var paths []string
		for _, p := range r.Check() {
			paths = append(paths, p.Path)
		}
		require.Contains(t, paths, c.path, name)
	}
}

func TestBadInput(t *testing.T) {
	for _, text := range []string{
		"", "{", `{"dataType":"CVE_RECORD"`, `{"dataType":"CVE_RECORD","dataType":"CVE_RECORD"}`, "\xff",
		`{"dataType":"CVE_RECORD","n":1e` + strings.Repeat("9", 1000) + `}`, strings.Repeat("[", 10_000), `{"a":"` + "\xc3\x28" + `"}`,
	} {
		_, err := cve.Parse([]byte(text))
		var e *jsontree.SyntaxError
		require.ErrorAs(t, err, &e, "%.40q", text)
	}
	_, err := cve.Parse([]byte(`{}`))
	require.ErrorIs(t, err, advisory.ErrFormat)
	_, err = cve.Read(&endless{})
	var e *jsontree.SyntaxError
	require.ErrorAs(t, err, &e, "a text without end is refused at the limit")
}

// endless is a reader of blanks.
type endless struct{}

func (*endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

func FuzzRecord(f *testing.F) {
	for _, a := range []*advisory.Advisory{sample.Small(), sample.Full()} {
		r, _, err := cve.FromAdvisory(a, nil)
		if err != nil {
			f.Fatal(err)
		}
		text, _ := r.MarshalJSON()
		f.Add(text)
	}
	f.Add([]byte(`{"dataType":"CVE_RECORD"}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := cve.Parse(text)
		if err != nil {
			return
		}
		r.Check()
		a, _ := r.Advisory()
		again, _, err := cve.FromAdvisory(a, nil)
		if err != nil {
			return
		}
		back, _ := again.Advisory()
		if len(back.Vulnerabilities) != 1 || back.Vulnerabilities[0].CVE != a.Vulnerabilities[0].CVE {
			t.Fatal("the record changed its ID")
		}
	})
}
