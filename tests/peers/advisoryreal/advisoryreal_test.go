// Package advisoryreal converts real documents to every format and holds each result
// against the official JSON schema, which a peer evaluates, and for CSAF against the
// mandatory tests too.
package advisoryreal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/advisory"
	"github.com/cvdkit/cvdkit/advisory/csaf"
	"github.com/cvdkit/cvdkit/advisory/cve"
	"github.com/cvdkit/cvdkit/advisory/formats"
	"github.com/cvdkit/cvdkit/advisory/tlp"
)

func shared() string {
	if dir := os.Getenv("CVD_TEST_SHARED"); dir != "" {
		return dir
	}
	return filepath.Join("..", "..", "..", "..", "shared")
}

// schemas are the official schemas by format. CSAF's schemas are held against the
// package's own structural check by the tests of csafschema.
var schemas = map[formats.Format]string{
	formats.CVE: "cve-5.1.1.json", formats.OSV: "osv.json", formats.OpenVEX: "openvex.json",
}

func load(t *testing.T, name string) *jsonschema.Schema {
	t.Helper()
	f, err := os.Open(filepath.Join(shared(), "oracle", "schemas", name))
	if err != nil {
		t.Skipf("%s is not in ../shared/oracle/schemas", name)
	}
	defer f.Close()
	doc, err := jsonschema.UnmarshalJSON(f)
	require.NoError(t, err)
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	c.UseRegexpEngine(func(expr string) (jsonschema.Regexp, error) { return regexp.Compile(expr) })
	require.NoError(t, c.AddResource("mem:///"+name, doc))
	s, err := c.Compile("mem:///" + name)
	require.NoError(t, err)
	return s
}

// count is what became of the documents of one format in another.
type count struct{ valid, refused, invalid int }

type pair struct{ from, to formats.Format }

// The table counts, by pair of formats, documents that became valid ones, that were
// refused with a place, and that became invalid. CVD_TEST_UPDATE=1 writes it anew.
const table = "testdata/counts.tsv"

func TestRealDocuments(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(shared(), "data", "advisory", "*.json"))
	require.NoError(t, err)
	if len(files) == 0 {
		t.Skip("real documents are not in ../shared/data/advisory")
	}
	official := map[formats.Format]*jsonschema.Schema{}
	for f, name := range schemas {
		official[f] = load(t, name)
	}
	got := map[pair]count{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		d, from, err := formats.Open(bytes.NewReader(text))
		require.NoError(t, err, file)
		for _, to := range formats.All() {
			if to.ForPeople() {
				continue
			}
			c := got[pair{from, to}]
			switch out, err := convert(d, to); {
			case err != nil:
				var e *advisory.Error
				require.ErrorAs(t, err, &e, "%s to %s", file, to)
				require.NotEmpty(t, e.Path, "%s to %s: %v", file, to, err)
				c.refused++
			default:
				if fault := judge(t, official[to], out); fault != nil {
					t.Errorf("%s to %s: %v", filepath.Base(file), to, fault)
					c.invalid++
				} else {
					c.valid++
				}
			}
			got[pair{from, to}] = c
		}
	}
	compare(t, got)
}

func convert(d formats.Document, to formats.Format) ([]byte, error) {
	a, _ := d.Advisory()
	given := advisory.Given{
		Publisher: advisory.Publisher{Name: "Example", Namespace: "https://psirt.example"},
		Date:      time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
	}
	if a.TLP == tlp.Unset {
		given.TLP = tlp.Clear
	}
	if _, err := a.Complete(given); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	_, err := formats.Encode(&b, to, a, &formats.Options{CVE: cve.Options{Version: "5.1"}})
	return b.Bytes(), err
}

// judge is the schema of a format, and for CSAF, where it is nil, the validator.
func judge(t *testing.T, s *jsonschema.Schema, text []byte) error {
	t.Helper()
	if s != nil {
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		require.NoError(t, err)
		return s.Validate(doc)
	}
	report, err := (&csaf.Validator{}).Validate(context.Background(), text, csaf.Basic)
	if err == nil && !report.Valid() {
		err = fmt.Errorf("%v", report.Findings)
	}
	return err
}

// compare holds the counts against the table, which may only improve: no document
// less that becomes a valid one.
func compare(t *testing.T, got map[pair]count) {
	t.Helper()
	if os.Getenv("CVD_TEST_UPDATE") != "" {
		var lines []string
		for p, c := range got {
			lines = append(lines, fmt.Sprintf("%s\t%s\t%d\t%d\t%d\n", p.from, p.to, c.valid, c.refused, c.invalid))
		}
		sort.Strings(lines)
		require.NoError(t, os.WriteFile(table, []byte("from\tto\tvalid\trefused\tinvalid\n"+strings.Join(lines, "")), 0o644))
	}
	text, err := os.ReadFile(table)
	if errors.Is(err, os.ErrNotExist) {
		t.Fatalf("%s is missing; CVD_TEST_UPDATE=1 writes it", table)
	}
	require.NoError(t, err)
	rows := strings.Split(strings.TrimSpace(string(text)), "\n")[1:]
	require.NotEmpty(t, rows)
	for _, row := range rows {
		cells := strings.Split(row, "\t")
		require.Len(t, cells, 5)
		want, err := strconv.Atoi(cells[2])
		require.NoError(t, err)
		p := pair{formats.Format(cells[0]), formats.Format(cells[1])}
		if got[p].valid < want {
			t.Errorf("%s to %s: %d documents became valid ones, and %d did before", p.from, p.to, got[p].valid, want)
		}
		if got[p].invalid > 0 {
			t.Errorf("%s to %s: %d documents became invalid ones", p.from, p.to, got[p].invalid)
		}
	}
}
