package csaf_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cvdkit/cvdkit/advisory/csaf"
)

// shared returns the folder of the official data, or skips.
func shared(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("CVD_TEST_SHARED")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared")
	}
	if _, err := os.Stat(filepath.Join(dir, "oracle", "csaf")); err != nil {
		t.Skip("the OASIS cases are not in ../shared/oracle/csaf; set CVD_TEST_SHARED")
	}
	return filepath.Join(dir, "oracle", "csaf")
}

type oracleCase struct {
	test     string
	name     string
	fails    bool
	document []byte
	result   []byte
}

func oracleCases(t testing.TB, version string) []oracleCase {
	dir := filepath.Join(shared(t), "csaf_"+version, "test", "validator", "data")
	type item struct{ Name, Result string }
	var index struct {
		Tests []struct {
			ID              string
			Failures, Valid []item
		}
	}
	b, err := os.ReadFile(filepath.Join(dir, "testcases.json"))
	if err == nil {
		err = json.Unmarshal(b, &index)
	}
	if err != nil {
		t.Fatal(err)
	}
	read := func(name string) []byte {
		if name == "" {
			return nil
		}
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	var out []oracleCase
	for _, x := range index.Tests {
		for _, c := range x.Failures {
			out = append(out, oracleCase{x.ID, c.Name, true, read(c.Name), read(c.Result)})
		}
		for _, c := range x.Valid {
			out = append(out, oracleCase{x.ID, c.Name, false, read(c.Name), read(c.Result)})
		}
	}
	return out
}

// oracleValidator injects what the cases suppose of the world: URLs of the
// cases, a dictionary, and the extensions that OASIS keeps for its tests.
func oracleValidator() *csaf.Validator {
	return &csaf.Validator{
		CheckURL:      oracleURL,
		CheckSpelling: oracleSpelling,
		CheckGrammar:  oracleGrammar,
		Now:           func() time.Time { return time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC) },
		Extensions:    oracleExtensions(),
	}
}

// oracleURL fails for the hosts and paths that the cases name as failing.
func oracleURL(_ context.Context, url string) (int, error) {
	if strings.Contains(url, ".invalid") {
		return 0, errors.New("no such host")
	}
	if strings.Contains(url, "status/4") || strings.Contains(url, "status/5") || strings.Contains(url, "not-available") {
		return 404, nil
	}
	return 200, nil
}

var misspelt = []string{"Secruity", "Pruduct", "Produkt", "combonent", "vulnerapility"}

func oracleSpelling(_ context.Context, lang, text string) ([]string, error) {
	if !strings.HasPrefix(lang, "en") && !strings.HasPrefix(lang, "de") {
		return nil, csaf.ErrLanguage
	}
	var wrong []string
	for _, w := range strings.Fields(text) {
		if slices.Contains(misspelt, strings.Trim(w, ".,")) {
			wrong = append(wrong, w)
		}
	}
	return wrong, nil
}

func oracleGrammar(_ context.Context, lang, text string) ([]string, error) {
	if strings.Contains(text, "must followed") {
		return []string{"must followed"}, nil
	}
	return nil, nil
}

const oracleExtension = "https://raw.githubusercontent.com/oasis-tcs/csaf/refs/heads/master/csaf_2.1/extension/data/valid/documentation-%d/documentation-%[1]d-content_1.0.0.json"

// oracleExtensions are the two extensions of the cases: 11 may stand once at the
// root and goes alone, 12 has notes and may stand often.
func oracleExtensions() map[string]csaf.Extension {
	check := func(notes bool) func([]byte) []csaf.ExtensionFault {
		return func(text []byte) []csaf.ExtensionFault {
			var e struct{ Content map[string]any }
			if err := json.Unmarshal(text, &e); err != nil {
				return []csaf.ExtensionFault{{Path: "", Message: "is no extension"}}
			}
			if e.Content["documentation"] == nil {
				return []csaf.ExtensionFault{{Path: "/content", Message: "lacks documentation"}}
			}
			if e.Content["notes"] != nil && !notes {
				return []csaf.ExtensionFault{{Path: "/content/notes", Message: "is not defined"}}
			}
			return nil
		}
	}
	id11, id12 := fmt.Sprintf(oracleExtension, 11), fmt.Sprintf(oracleExtension, 12)
	const root = "$.x_extensions"
	return map[string]csaf.Extension{
		id11: {Check: check(false), MaxOccurrence: map[string]int{root: 1}},
		id12: {Check: check(true), MaxOccurrence: map[string]int{root: 9}, Incompatible: []string{id11}},
	}
}

func testOracle(t *testing.T, version string) {
	v := oracleValidator()
	wrong := wrongCases(t)
	cases := oracleCases(t, version)
	right, paths := 0, 0
	for _, c := range cases {
		base := strings.TrimSuffix(filepath.Base(c.name), ".json")
		report, err := v.Validate(t.Context(), c.document, csaf.All)
		if err != nil {
			t.Errorf("%s: %v", base, err)
			continue
		}
		if len(report.NotRun) > 0 {
			t.Fatalf("%s: not run: %v", base, report.NotRun)
		}
		failed := slices.ContainsFunc(report.Findings, func(f csaf.Finding) bool { return f.Test == c.test })
		reason, listed := wrong[base]
		if failed == c.fails {
			right++
			if listed {
				t.Errorf("%s is listed as wrong, but as expected", base)
			}
		} else if !listed {
			t.Errorf("%s: test %s failed: %v, expected %v", base, c.test, failed, c.fails)
		} else {
			t.Logf("%s is wrong: %s", base, reason)
		}
		if c.result != nil {
			paths++
			comparePaths(t, base, c.result, report)
		}
	}
	t.Logf("CSAF %s: %d of %d cases as expected, %d with instance paths", version, right, len(cases), paths)
}

// comparePaths requires the instance paths of a result file, for the tests that
// it speaks about.
func comparePaths(t *testing.T, base string, text []byte, report csaf.Report) {
	type entry struct {
		Path string `json:"instance_path"`
	}
	type outcome struct {
		ID                      string
		Errors, Warnings, Infos []entry
	}
	var result struct {
		Primary   outcome   `json:"primary_result"`
		Secondary []outcome `json:"secondary_results"`
	}
	if err := json.Unmarshal(text, &result); err != nil {
		t.Fatal(err)
	}
	for _, o := range append(result.Secondary, result.Primary) {
		want := []string{}
		for _, e := range slices.Concat(o.Errors, o.Warnings, o.Infos) {
			want = append(want, e.Path)
		}
		got := []string{}
		for _, f := range report.Findings {
			if f.Test == o.ID {
				got = append(got, f.Path)
			}
		}
		slices.Sort(want)
		slices.Sort(got)
		_, listed := wrongCases(t)[base+".result"]
		if listed == slices.Equal(want, got) {
			t.Errorf("%s: test %s: paths\n%v, want\n%v", base, o.ID, got, want)
		}
	}
}

// wrongCases reads the list of cases that contradict the standard.
func wrongCases(t *testing.T) map[string]string {
	b, err := os.ReadFile(filepath.Join("testdata", "wrong_cases.txt"))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for line := range strings.Lines(string(b)) {
		if name, reason, ok := strings.Cut(strings.TrimSpace(line), ": "); ok && !strings.HasPrefix(line, "#") {
			out[name] = reason
		}
	}
	return out
}

func TestOracle20(t *testing.T) { testOracle(t, "2.0") }
func TestOracle21(t *testing.T) { testOracle(t, "2.1") }
