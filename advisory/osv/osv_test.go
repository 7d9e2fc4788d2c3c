package osv_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/advisory"
	"github.com/cvdkit/cvdkit/advisory/internal/sample"
	"github.com/cvdkit/cvdkit/advisory/jsontree"
	"github.com/cvdkit/cvdkit/advisory/osv"
	"github.com/cvdkit/cvdkit/advisory/tlp"
)

func ExampleFromAdvisory() {
	e, losses, err := osv.FromAdvisory(sample.Small())
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(e.ID(), e.Modified().Format(time.DateOnly), len(e.Check()))
	fmt.Println(losses[0])
	// Output:
	// x_EX-2026-01 2026-05-04 0
	// /id: the entry's ID has a registered prefix or x_
}

func TestWrittenEntriesAreSound(t *testing.T) {
	for _, a := range []*advisory.Advisory{sample.Small(), sample.Full()} {
		e, _, err := osv.FromAdvisory(a)
		require.NoError(t, err)
		require.Empty(t, e.Check(), "%s", e.JSON())
		again, err := osv.Parse(e.JSON())
		require.NoError(t, err)
		require.Equal(t, e.JSON(), again.JSON())
	}
	e, _, err := osv.FromAdvisory(sample.Full())
	require.NoError(t, err)
	text := strings.Join(strings.Fields(string(e.JSON())), "")
	require.Contains(t, text, `"package":{"ecosystem":"npm","name":"@example/parser","purl":"pkg:npm/%40example/parser"}`)
	require.Contains(t, text, `"ranges":[{"type":"SEMVER","events":[{"introduced":"1.0.0"},{"fixed":"1.4.2"}]}]`)
	require.Contains(t, text, `"id":"GHSA-xxxx-yyyy-zzzz"`)
	require.Contains(t, text, `"aliases":["CVE-2026-11111"]`)
}

func TestRoundTrip(t *testing.T) {
	for name, a := range map[string]*advisory.Advisory{"small": sample.Small(), "full": sample.Full()} {
		e, losses, err := osv.FromAdvisory(a)
		require.NoError(t, err)
		back, unread := e.Advisory()
		require.Empty(t, unread, name)
		require.Empty(t, sample.Unlisted(a, back, losses), name)
		require.Equal(t, a.Products[0].Range, back.Products[0].Range)
	}
}

func TestIDs(t *testing.T) {
	for id, want := range map[string]string{
		"GHSA-1": "GHSA-1", "CVE-2026-11111": "CVE-2026-11111", "EX-1": "x_EX-1", "x_1": "x_1", "RUSTSEC-2026-1": "RUSTSEC-2026-1",
		"ghsa-1": "x_ghsa-1", "SUSE-SU-1": "SUSE-SU-1", "SUSE-XU-1": "x_SUSE-XU-1",
	} {
		a := sample.Small()
		a.ID = id
		e, _, err := osv.FromAdvisory(a)
		require.NoError(t, err)
		require.Equal(t, want, e.ID())
		require.Empty(t, e.Check())
	}
}

func TestPackages(t *testing.T) {
	for purl, want := range map[string]string{
		"pkg:golang/github.com/a/b@v1.0.0": `"ecosystem":"Go","name":"github.com/a/b"`,
		"pkg:maven/org.a/b@1?type=jar":     `"ecosystem":"Maven","name":"org.a:b"`,
		"pkg:pypi/django":                  `"ecosystem":"PyPI","name":"django"`,
		"pkg:composer/a/b":                 `"ecosystem":"Packagist","name":"a/b"`,
		"pkg:npm/%40s/n@1.0.0-rc.1#sub":    `"ecosystem":"npm","name":"@s/n"`,
		"pkg:generic/x":                    "", "nonsense": "", "pkg:npm/": "", "pkg:npm/%zz": "",
	} {
		a := sample.Small()
		a.Products[0].PURLs = []string{purl}
		e, losses, err := osv.FromAdvisory(a)
		require.NoError(t, err)
		text := strings.Join(strings.Fields(string(e.JSON())), "")
		if want == "" {
			require.NotContains(t, text, `"affected"`, purl)
			require.Contains(t, fmt.Sprint(losses), "/products/0:")
			continue
		}
		require.Contains(t, text, want)
	}
}

func TestRanges(t *testing.T) {
	a := sample.Small()
	for want, r := range map[string]advisory.Range{
		`"events":[{"introduced":"0"}]`:                                              {},
		`"type":"ECOSYSTEM","events":[{"introduced":"1.0"},{"last_affected":"2.0"}]`: {Intervals: []advisory.Interval{{From: "1.0", Through: "2.0"}}},
		`"type":"SEMVER","events":[{"introduced":"0"},{"fixed":"2.0.0"}]`:            {Intervals: []advisory.Interval{{Before: "2.0.0"}}},
		`"versions":["3.1"]`: {Intervals: []advisory.Interval{{From: "3.1", Through: "3.1"}}},
		`"events":[{"introduced":"1.0.0"},{"fixed":"1.1.0"}]},{"type":"SEMVER","events":[{"introduced":"2.0.0"}]`: {Intervals: []advisory.Interval{{From: "1.0.0", Before: "1.1.0"}, {From: "2.0.0"}}},
	} {
		a.Products[0].Range = r
		e, _, err := osv.FromAdvisory(a)
		require.NoError(t, err)
		require.Contains(t, strings.Join(strings.Fields(string(e.JSON())), ""), want)
		require.Empty(t, e.Check())
	}
}

func TestRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		edit func(a *advisory.Advisory)
		rule error
	}{
		"unset": {func(a *advisory.Advisory) { a.TLP = tlp.Unset }, advisory.ErrConfidential},
		"green": {func(a *advisory.Advisory) { a.TLP = tlp.Green }, advisory.ErrConfidential},
		"none":  {func(a *advisory.Advisory) { a.Vulnerabilities = nil }, advisory.ErrIncomplete},
		"time":  {func(a *advisory.Advisory) { a.Tracking.Updated = time.Time{} }, advisory.ErrIncomplete},
		"two": {func(a *advisory.Advisory) {
			a.Vulnerabilities = append(a.Vulnerabilities, advisory.Vulnerability{})
		}, advisory.ErrSeveral},
	} {
		a := sample.Small()
		c.edit(a)
		e, _, err := osv.FromAdvisory(a)
		require.ErrorIs(t, err, c.rule, name)
		require.Nil(t, e)
	}
}

// Each edit makes a sound entry unsound at the place named.
func TestCheck(t *testing.T) {
	const sound = `{"id":"x_1","modified":"2026-01-01T00:00:00Z","severity":[{"type":"CVSS_V3","score":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],` +
		`"affected":[{"package":{"ecosystem":"npm","name":"a"},"ranges":[{"type":"SEMVER","events":[{"introduced":"0"},{"fixed":"2.0.0"}]}]}],` +
		`"references":[{"type":"WEB","url":"https://example.com"}],"credits":[{"name":"A","type":"FINDER"}]}`
	e, err := osv.Parse([]byte(sound))
	require.NoError(t, err)
	require.Empty(t, e.Check())
	for name, c := range map[string]struct{ old, new, path string }{
		"prefix":    {`"x_1"`, `"EX-1"`, "/id"},
		"zone":      {`00Z"`, `00+00:00"`, "/modified"},
		"closed":    {`{"id"`, `{"more":1,"id"`, "/more"},
		"vector":    {`CVSS:3.1/AV:N`, `CVSS:3.1/AV:Q`, "/severity/0/score"},
		"mixed":     {`CVSS_V3`, `CVSS_V4`, "/severity/0/score"},
		"priority":  {`{"type":"CVSS_V3","score":"`, `{"type":"Ubuntu","score":"`, "/severity/0/score"},
		"ecosystem": {`"npm"`, `"NPM"`, "/affected/0/package/ecosystem"},
		"name":      {`,"name":"a"`, ``, "/affected/0/package"},
		"start":     {`{"introduced":"0"},`, ``, "/affected/0/ranges/0/events"},
		"both":      {`{"fixed":"2.0.0"}`, `{"fixed":"2.0.0"},{"last_affected":"1"}`, "/affected/0/ranges/0/events"},
		"event":     {`{"fixed":"2.0.0"}`, `{"fixed":"2.0.0","limit":"3"}`, "/affected/0/ranges/0/events/1"},
		"repo":      {`"SEMVER"`, `"GIT"`, "/affected/0/ranges/0"},
		"commit":    {`"SEMVER"`, `"GIT","repo":"https://e.example"`, "/affected/0/ranges/0/events/1/fixed"},
		"reference": {`"WEB"`, `"PAGE"`, "/references/0/type"},
		"credit":    {`"FINDER"`, `"FRIEND"`, "/credits/0/type"},
		"twice":     {`"package":`, `"severity":[],"package":`, "/affected/0/severity"},
	} {
		text := strings.Replace(sound, c.old, c.new, 1)
		require.NotEqual(t, sound, text, name)
		e, err := osv.Parse([]byte(text))
		require.NoError(t, err)
		var paths []string
		for _, p := range e.Check() {
			paths = append(paths, p.Path)
		}
		require.Contains(t, paths, c.path, name)
	}
}

func TestUnknownMembersSurvive(t *testing.T) {
	e, err := osv.Parse([]byte(`{"id":"x_1","modified":"2026-01-01T00:00:00Z","database_specific":{"z":1.50,"a":[]}}`))
	require.NoError(t, err)
	require.Contains(t, string(e.JSON()), `"z": 1.50`)
	_, losses := e.Advisory()
	require.Equal(t, []advisory.Loss{{Path: "/database_specific", Reason: "the model has no place for it"}}, losses)
}

func TestBadInput(t *testing.T) {
	for _, text := range []string{"", "{", `{"id":"x_1","id":"x_2"}`, "\xff", strings.Repeat("[", 10_000)} {
		_, err := osv.Parse([]byte(text))
		var e *jsontree.SyntaxError
		require.ErrorAs(t, err, &e, "%.40q", text)
	}
	_, err := osv.Parse([]byte(`{"id":"x_1"}`))
	require.ErrorIs(t, err, advisory.ErrFormat)
	_, err = osv.Read(strings.NewReader(`[`))
	require.Error(t, err)
}

func FuzzEntry(f *testing.F) {
	for _, a := range []*advisory.Advisory{sample.Small(), sample.Full()} {
		e, _, err := osv.FromAdvisory(a)
		if err != nil {
			f.Fatal(err)
		}
		text, _ := e.MarshalJSON()
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		e, err := osv.Parse(text)
		if err != nil {
			return
		}
		e.Check()
		a, _ := e.Advisory()
		again, _, err := osv.FromAdvisory(a)
		if err != nil {
			return
		}
		if again.ID() != a.ID && !strings.HasPrefix(again.ID(), "x_") && len(a.Vulnerabilities[0].IDs) == 0 {
			t.Fatal("the entry changed its ID")
		}
	})
}
