package csaf

import (
	"slices"
	"strings"
	"testing"

	"github.com/cvdkit/cvdkit/advisory/internal/instant"
	"github.com/cvdkit/cvdkit/advisory/internal/shape"
)

func TestPurls(t *testing.T) {
	for s, ok := range map[string]bool{
		"pkg:maven/com.example/a@1": true, "pkg:npm/%40scope/name@1.0.0": true, "pkg:npm/@scope/name": true, "pkg:pypi/x": true,
		"pkg:oci/a@sha256%3Aabc?repository_url=example.com": true, "pkg:golang/example.com/a@v1#sub/dir": true,
		"pkg:generic/a?x=1&y=2": true,
		"":                      false, "pkg:": false, "pkg:a": false, "pkg:a/": false, "pkg://a/b": false, "pkg:A/b": false, "pkg:1a/b": false,
		"pkg:maven/a": false, "pkg:pypi/a/b": false, "pkg:generic/a@": false, "pkg:generic/a%2": false, "pkg:generic/a?x": false,
		"pkg:generic/a?x=1&x=2": false, "pkg:generic/a?X=1": false, "pkg:generic/a#../b": false, "pkg:generic/a//b": false,
	} {
		if _, fault := parsePurl(s); (fault == "") != ok {
			t.Errorf("%q: %q", s, fault)
		}
	}
}

// The ranges are sorted from early to late; each pair must compare so.
func TestVersionOrders(t *testing.T) {
	for kind, list := range map[string]string{
		"semver":        "0.9.0 1.0.0-alpha 1.0.0-alpha.1 1.0.0-beta.2 1.0.0-beta.11 1.0.0-rc.1 1.0.0 1.0.1 1.10.0 2.0.0",
		"intdot":        "0.1 1 1.2 1.10 1.10.1 2",
		"deb":           "1.0~rc1-1 1.0-1 1.0-1+b1 1.0-2 1.0a-1 1.0+x-1 1.0.1-1 1:0.5-1",
		"datetime":      "2024-01-01T00:00:00+01:00 2024-01-01T00:00:00Z 2024-01-01T00:00:00.1Z",
		"lexicographic": "1.10 1.2 1.9",
		"generic":       "1.0-rc1 1.0 1.0.1 10.9 10.9a 10.9c",
	} {
		versions := strings.Fields(list)
		for i, a := range versions {
			for j, b := range versions {
				got := versOrders[kind](a, b)
				if want := i - j; (got < 0) != (want < 0) || (got > 0) != (want > 0) {
					t.Errorf("%s: %s and %s compare as %d", kind, a, b, got)
				}
			}
		}
	}
}

func TestRanges(t *testing.T) {
	for _, c := range []struct{ span, inside, outside string }{
		{"vers:npm/1.2.3|>=2.0.0|<5.0.0", "1.2.3 2.0.0 4.9.9", "1.2.2 1.2.4 5.0.0"},
		{"vers:semver/<1.0.0|>=2.0.0|!=2.1.0|<3.0.0|>4.0.0", "0.1.0 2.0.0 2.1.1 4.0.1", "1.0.0 2.1.0 3.0.0 4.0.0"},
		{"vers:intdot/*", "1 99", ""},
		{">10.9a|!=10.9c|<=10.9k", "10.9b 10.9k", "10.9a 10.9c 10.10"},
		{"<=2", "1 2 2.0", "2.0.1"},
		{"4.2", "4.2 v4.2", "4.1 4.3"},
	} {
		set, fault := parseRange(c.span)
		if fault != "" {
			t.Errorf("%s: %s", c.span, fault)
			continue
		}
		for _, v := range strings.Fields(c.inside) {
			if !set.contains(v) {
				t.Errorf("%s lacks %s", c.span, v)
			}
		}
		for _, v := range strings.Fields(c.outside) {
			if set.contains(v) {
				t.Errorf("%s has %s", c.span, v)
			}
		}
	}
	for _, bad := range []string{
		"", "vers:", "vers:npm", "vers:npm/", "vers:NPM/1", "vers:npm/=1", "vers:npm/1|1", "vers:npm/2.0.0|1.0.0", "vers:npm/<1.0.0|<2.0.0",
		"vers:npm/>1.0.0|>2.0.0", "vers:npm/1.0.0|<2.0.0", "vers:all/1", "vers:npm/1 ", "> 1", "<>1", "1||2", "all versions",
	} {
		if _, fault := parseRange(bad); fault == "" {
			t.Errorf("%q is a range", bad)
		}
	}
}

func TestOverlap(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{">1|<2", ">=2|<3", false}, {">1|<=2", ">=2|<3", true}, {"<1", ">1", false}, {"<1|>5", ">2|<3", false}, {"<1|>5", ">2", true},
		{"1|2", "2|3", true}, {"1", "2", false}, {">1|!=2|<3", "2", false}, {"<2", "<1", true},
	} {
		a, _ := parseRange(c.a)
		b, _ := parseRange(c.b)
		if a.overlaps(b) != c.want || b.overlaps(a) != c.want {
			t.Errorf("%s and %s: want %v", c.a, c.b, c.want)
		}
	}
}

func TestInstants(t *testing.T) {
	order := []string{
		"2024-01-01T00:00:00+01:00", "2024-01-01T00:00:00Z", "2024-01-01T00:00:00.0000000001Z", "2024-01-01T00:00:00.1Z",
		"2024-01-01T00:00:01Z", "9999-12-31T23:59:59Z",
	}
	for i := 1; i < len(order); i++ {
		a, ok1 := instant.Parse(order[i-1])
		b, ok2 := instant.Parse(order[i])
		if !ok1 || !ok2 || !b.After(a) || a.After(b) {
			t.Errorf("%s is not before %s", order[i-1], order[i])
		}
	}
	if got := (instant.Instant{}).Time(); !got.IsZero() {
		t.Error(got)
	}
}

func TestDecimals(t *testing.T) {
	order := []string{"-1e400", "-10", "-0.1", "0", "1e-400", "0.09", "0.1", "1", "9.99", "10", "10.00000000000000000001", "1e400"}
	for i, a := range order {
		for j, b := range order {
			if got := shape.CompareDecimals(a, b); (got < 0) != (i < j) || (got > 0) != (i > j) {
				t.Errorf("%s and %s: %d", a, b, got)
			}
		}
	}
	for _, same := range [][2]string{{"1", "1.0"}, {"10", "1e1"}, {"-0", "0e9"}, {"0.10", "1E-1"}} {
		if shape.CompareDecimals(same[0], same[1]) != 0 {
			t.Error(same)
		}
	}
}

func TestLicenses(t *testing.T) {
	for s, ok := range map[string]bool{
		"MIT": true, "(MIT OR Apache-2.0) AND BSD-3-Clause": true, "GPL-2.0-only WITH Classpath-exception-2.0": true, "Apache-2.0+": true,
		"mit or any-OSI": true, "LicenseRef-x": true,
		"": false, "MIT AND": false, "(MIT": false, "MIT)": false, "MIT MIT": false, "WITH x": false, "MIT WITH": false, "LicenseRef-": false,
		"LicenseRef-x+": false, "DocumentRef-a:LicenseRef-b": false, "a_b": false,
	} {
		if _, got := parseLicense(s); got != ok {
			t.Errorf("%q: %v", s, got)
		}
	}
	if _, ok := parseLicense(strings.Repeat("(", 1_000_000)); ok {
		t.Error("a million brackets")
	}
}

// The data is whole: what the lists promise can be read.
func TestData(t *testing.T) {
	c := cweCatalogue()
	if len(c.weaknesses) < 900 || c.versions[0] != "1.0" || c.latest("2023-11-01") != "4.13" {
		t.Error("CWE", len(c.weaknesses))
	}
	if !slices.IsSorted(c.dates) {
		t.Error("the catalogues are not in the order of their dates")
	}
	for _, kind := range []string{"language", "extlang", "script", "region", "variant", "grandfathered", "extlang-prefix"} {
		if len(subtags()[kind]) < 20 {
			t.Error(kind)
		}
	}
	for _, kind := range []string{"license", "exception", "scancode"} {
		if len(licenseLists()[kind]) < 60 {
			t.Error(kind)
		}
	}
	if len(decisionPoints()) < 50 {
		t.Error("SSVC", len(decisionPoints()))
	}
}

func FuzzRange(f *testing.F) {
	for _, s := range []string{"vers:npm/1|>=2|<3", ">1|!=2|<3", "vers:deb/1:0~a-1", "*"} {
		f.Add(s, "1.5", "<2")
	}
	f.Fuzz(func(t *testing.T, a, version, b string) {
		x, fault := parseRange(a)
		y, fault2 := parseRange(b)
		if fault != "" || fault2 != "" || len(x.constraints)+len(y.constraints) > 50 || x.compare == nil && !x.all {
			return
		}
		x.contains(version)
		x.openEnded()
		if x.overlaps(y) != y.overlaps(x) {
			t.Fatalf("%q and %q overlap one way only", a, b)
		}
		parsePurl(a)
		parseLicense(b)
		readLanguage(b)
	})
}
