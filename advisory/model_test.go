package advisory_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/advisory"
	"github.com/cvdkit/cvdkit/advisory/internal/sample"
	"github.com/cvdkit/cvdkit/advisory/tlp"
)

func ExampleAdvisory_Revise() {
	a := &advisory.Advisory{ID: "EX-1", Title: "Heap overflow"}
	day := time.Date(2026, 5, 1, 9, 0, 0, 0, time.UTC)
	_ = a.Revise(day, "First draft.")
	_ = a.Revise(day.AddDate(0, 0, 1), "Named the versions.")
	fmt.Println(a.Tracking.Status, a.Tracking.Version, len(a.Tracking.Revisions))
	_ = a.Release(day.AddDate(0, 0, 3), advisory.Final, "First release.")
	_ = a.Revise(day.AddDate(0, 0, 9), "Named the finder.")
	fmt.Println(a.Tracking.Status, a.Tracking.Version, len(a.Tracking.Revisions))
	fmt.Println(a.Revise(day, "Back in time."))
	// Output:
	// draft 0.2.0 2
	// final 1.1.0 2
	// advisory: something that the format needs is missing: /tracking/revisions: the time is before an earlier revision
}

func ExampleSplit() {
	a := &advisory.Advisory{ID: "EX-1", Vulnerabilities: []advisory.Vulnerability{
		{CVE: "CVE-2026-1111"}, {CVE: "CVE-2026-2222"},
	}}
	for _, one := range advisory.Split(a) {
		fmt.Println(one.ID, one.Aliases, len(one.Vulnerabilities))
	}
	// Output:
	// CVE-2026-1111 [EX-1] 1
	// CVE-2026-2222 [EX-1] 1
}

func ExampleParseRange() {
	r := advisory.ParseRange("vers:npm/>=1.0.0|<1.4.2")
	fmt.Println(r.Display())
	fmt.Println(r)
	// Output:
	// from 1.0.0 before 1.4.2
	// vers:npm/>=1.0.0|<1.4.2
}

func TestRevise(t *testing.T) {
	at := sample.Date(5, 20)
	for _, c := range []struct{ before, after string }{
		{"1", "2"}, {"0", "1"}, {"1.2.3", "1.3.0"}, {"1.2.3-rc.1", "1.3.0"}, {"1.2.3+b", "1.3.0"}, {"", "1.0.0"},
	} {
		a := sample.Small()
		a.Tracking.Version = c.before
		require.NoError(t, a.Revise(at, "x"))
		require.Equal(t, c.after, a.Tracking.Version)
		require.Equal(t, at, a.Tracking.Updated)
		require.Equal(t, sample.Date(5, 4), a.Tracking.Released)
	}
	for _, bad := range []string{"1.2", "01", "1.2.x", "v1", "-1", "1-rc"} {
		a := sample.Small()
		a.Tracking.Version = bad
		require.ErrorIs(t, a.Revise(at, "x"), advisory.ErrIncomplete, bad)
		require.Len(t, a.Tracking.Revisions, 1)
	}
	a := sample.Small()
	require.ErrorIs(t, a.Revise(time.Time{}, "x"), advisory.ErrIncomplete)
	require.ErrorIs(t, a.Revise(at, " "), advisory.ErrIncomplete)
	require.ErrorIs(t, a.Revise(at.AddDate(9000, 0, 0), "x"), advisory.ErrIncomplete)
	require.ErrorIs(t, a.Release(at, advisory.Draft, "x"), advisory.ErrIncomplete)
	require.Equal(t, sample.Small(), a, "a refusal changes nothing")

	require.NoError(t, a.Release(at, advisory.Interim, "x"))
	require.Equal(t, "1.1.0", a.Tracking.Version)
	require.Equal(t, advisory.Interim, a.Tracking.Status)

	a = &advisory.Advisory{Tracking: advisory.Tracking{Status: advisory.Draft, Version: "3"}}
	require.NoError(t, a.Release(at, advisory.Final, "x"))
	require.Equal(t, "1", a.Tracking.Version)
	require.Equal(t, at, a.Tracking.Released)
}

func TestSplit(t *testing.T) {
	a := sample.Full()
	a.Vulnerabilities = append(a.Vulnerabilities, advisory.Vulnerability{
		Title: "Another", Status: []advisory.ProductStatus{{State: advisory.Affected, Products: []string{"P-ON-OS"}}},
	})
	parts := advisory.Split(a)
	require.Len(t, parts, 2)
	require.Equal(t, "CVE-2026-11111", parts[0].ID)
	require.Equal(t, []string{"EX-2026-01", "VU#123456"}, parts[0].Aliases)
	require.Equal(t, "EX-2026-01-2", parts[1].ID)
	require.Equal(t, "Another", parts[1].Title)
	var ids []string
	for _, p := range parts[1].Products {
		ids = append(ids, p.ID)
	}
	require.Equal(t, []string{"P-FIX", "OS-1", "P-ON-OS"}, ids, "a combination brings its parts")
	for _, p := range parts {
		require.Empty(t, p.Check())
	}
	one := advisory.Split(sample.Small())
	require.Equal(t, []*advisory.Advisory{sample.Small()}, one)
}

func TestCheck(t *testing.T) {
	require.Empty(t, sample.Full().Check())
	require.Empty(t, sample.Small().Check())
	for path, edit := range map[string]func(a *advisory.Advisory){
		"/id":                                          func(a *advisory.Advisory) { a.ID = " " },
		"/title":                                       func(a *advisory.Advisory) { a.Title = "" },
		"/tlp":                                         func(a *advisory.Advisory) { a.TLP = tlp.Label(99) },
		"/publisher/namespace":                         func(a *advisory.Advisory) { a.Publisher.Namespace = "example" },
		"/tracking/status":                             func(a *advisory.Advisory) { a.Tracking.Status = "done" },
		"/tracking/revisions":                          func(a *advisory.Advisory) { a.Tracking.Revisions = nil },
		"/tracking/version":                            func(a *advisory.Advisory) { a.Tracking.Version = "9.0.0" },
		"/tracking/released":                           func(a *advisory.Advisory) { a.Tracking.Released = time.Time{} },
		"/tracking/updated":                            func(a *advisory.Advisory) { a.Tracking.Updated = sample.Date(1, 1).AddDate(9000, 0, 0) },
		"/tracking/revisions/1/version":                func(a *advisory.Advisory) { a.Tracking.Revisions[1].Version = "2"; a.Tracking.Version = "2" },
		"/tracking/revisions/1/date":                   func(a *advisory.Advisory) { a.Tracking.Revisions[1].Date = sample.Date(5, 1) },
		"/products/4/id":                               func(a *advisory.Advisory) { a.Products[4].ID = "P-FIX" },
		"/products/0/range":                            func(a *advisory.Advisory) { a.Products[0].Version = "1" },
		"/products/0/range/intervals/0":                func(a *advisory.Advisory) { a.Products[0].Range.Intervals[0].Through = "1" },
		"/products/3/of":                               func(a *advisory.Advisory) { a.Products[3].Of = "none" },
		"/products/3/steps":                            func(a *advisory.Advisory) { a.Products[3].Steps = nil },
		"/products/3/steps/0/product":                  func(a *advisory.Advisory) { a.Products[3].Steps[0].Product = "none" },
		"/references/0/url":                            func(a *advisory.Advisory) { a.References[0].URL = "not a url" },
		"/vulnerabilities/0/cve":                       func(a *advisory.Advisory) { a.Vulnerabilities[0].CVE = "CVE-26-1" },
		"/vulnerabilities/0/weaknesses/0/id":           func(a *advisory.Advisory) { a.Vulnerabilities[0].Weaknesses[0].ID = "79" },
		"/vulnerabilities/0/status/0/products/0":       func(a *advisory.Advisory) { a.Vulnerabilities[0].Status[0].Products[0] = "none" },
		"/vulnerabilities/0/status/1/products/0":       func(a *advisory.Advisory) { a.Vulnerabilities[0].Status[1].Products[0] = "P-OLD" },
		"/vulnerabilities/0/status/2/state":            func(a *advisory.Advisory) { a.Vulnerabilities[0].Status[2].State = "fine" },
		"/vulnerabilities/0/scores/0":                  func(a *advisory.Advisory) { a.Vulnerabilities[0].Scores[0].Rating = "low" },
		"/vulnerabilities/0/timeline/1/at":             func(a *advisory.Advisory) { a.Vulnerabilities[0].Timeline[1].At = sample.Date(1, 1) },
		"/vulnerabilities/0/remediations/0/products/0": func(a *advisory.Advisory) { a.Vulnerabilities[0].Remediations[0].Products = []string{"none"} },
		"/vulnerabilities/1": func(a *advisory.Advisory) {
			a.Vulnerabilities = append(a.Vulnerabilities, advisory.Vulnerability{CVE: "CVE-2026-11111"})
		},
	} {
		a := sample.Full()
		edit(a)
		problems := a.Check()
		var paths []string
		for _, p := range problems {
			paths = append(paths, p.Path)
			require.NotEmpty(t, p.Reason)
		}
		require.Contains(t, paths, path)
	}
}

func TestValidCVE(t *testing.T) {
	for s, want := range map[string]bool{
		"CVE-2026-1234": true, "CVE-1999-00001": true, "CVE-2026-123": false, "cve-2026-1234": false,
		"CVE-2026-12a4": false, "CVE-20261234": false, "": false, "CVE-2026-" + "12345678901234567890": false,
		"CVE-2026-1234567890123456789": true,
	} {
		require.Equal(t, want, advisory.ValidCVE(s), s)
	}
}

func TestRange(t *testing.T) {
	for s, want := range map[string]advisory.Range{
		"vers:npm/>=1|<2|>=3|<=4": {Scheme: "npm", Intervals: []advisory.Interval{{From: "1", Before: "2"}, {From: "3", Through: "4"}}},
		"<2":                      {Intervals: []advisory.Interval{{Before: "2"}}},
		"<=2":                     {Intervals: []advisory.Interval{{Through: "2"}}},
		">=2":                     {Intervals: []advisory.Interval{{From: "2"}}},
		"vers:deb/*":              {Scheme: "deb", Intervals: []advisory.Interval{{}}},
		"vers:deb/1|2":            {Scheme: "deb", Intervals: []advisory.Interval{{From: "1", Through: "1"}, {From: "2", Through: "2"}}},
		"vers:generic/>=1%20b":    {Scheme: "generic", Intervals: []advisory.Interval{{From: "1 b"}}},
	} {
		require.Equal(t, want, advisory.ParseRange(s), s)
		require.Equal(t, s, want.String())
	}
	for _, s := range []string{"", "!=2", ">1", ">=1|>=2", "<1|<2", ">=1|2", "before 2", "vers:npm", "vers:/>=1", ">= 1", "=1", ">=", "|", "vers:npm/*|>=1", ">=%zz"} {
		r := advisory.ParseRange(s)
		require.Equal(t, s, r.String())
		require.Empty(t, r.Intervals, s)
	}
}

func FuzzParseRange(f *testing.F) {
	for _, s := range []string{"vers:npm/>=1|<2", "<=3", "*", "vers:a/b|c", "!=", "%41", ">=a|<="} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r := advisory.ParseRange(s)
		if r.String() != s {
			t.Fatalf("%q became %q", s, r.String())
		}
		if r.Text != "" && len(r.Intervals) > 0 {
			t.Fatal("both words and intervals")
		}
		_ = r.Display()
	})
}
