package csaf_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/advisory"
	"github.com/cvdkit/cvdkit/advisory/csaf"
	"github.com/cvdkit/cvdkit/advisory/internal/sample"
	"github.com/cvdkit/cvdkit/advisory/tlp"
)

func ExampleFromAdvisory() {
	d, losses, err := csaf.FromAdvisory(sample.Small(), csaf.V20)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(d.Filename(), d.Category())
	for _, l := range losses {
		fmt.Println(l)
	}
	report, err := new(csaf.Validator).Check(context.Background(), d, csaf.Basic)
	fmt.Println(len(report.Findings), err)
	// Output:
	// ex-2026-01.json csaf_security_advisory
	// /references/0/type: CSAF has no place for it
	// /vulnerabilities/0/weaknesses/0/version: CSAF 2.0 has no place for it
	// 0 <nil>
}

func TestWrittenDocumentsAreValid(t *testing.T) {
	for name, a := range map[string]*advisory.Advisory{"small": sample.Small(), "full": sample.Full()} {
		for _, v := range []csaf.Version{csaf.V20, csaf.V21} {
			d, _, err := csaf.FromAdvisory(a, v)
			require.NoError(t, err)
			report, err := new(csaf.Validator).Check(t.Context(), d, csaf.Basic)
			require.NoError(t, err)
			for _, f := range report.Findings {
				t.Errorf("%s %s: %v\n%s", name, v, f, d.JSON())
			}
			again, err := csaf.Parse(d.JSON())
			require.NoError(t, err)
			require.Equal(t, d.JSON(), again.JSON())
		}
	}
}

func TestRoundTripThroughCSAF(t *testing.T) {
	for name, a := range map[string]*advisory.Advisory{"small": sample.Small(), "full": sample.Full()} {
		for _, v := range []csaf.Version{csaf.V20, csaf.V21} {
			d, losses, err := csaf.FromAdvisory(a, v)
			require.NoError(t, err)
			back, unread := d.Advisory()
			require.Empty(t, unread, "%s %s: what was written can be read", name, v)
			back.Category = a.Category // chosen by the writer
			require.Empty(t, sample.Unlisted(a, back, losses), "%s %s", name, v)
			for _, l := range losses {
				t.Logf("%s %s: %s", name, v, l)
			}
		}
	}
	_, losses, err := csaf.FromAdvisory(sample.Full(), csaf.V21)
	require.NoError(t, err)
	require.Len(t, losses, 4, "2.1 loses the types of the four references only: %v", losses)
}

// Every document of the official suite: reading it into the model and writing it
// again gives a document that reads the same, but for the losses of the writer. The
// reader's own losses are complete because it marks what it takes.
func TestRoundTripOfTheSuite(t *testing.T) {
	root := os.Getenv("CVD_TEST_SHARED")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared")
	}
	n, refused := 0, 0
	for v, glob := range map[csaf.Version]string{
		csaf.V20: "oracle/csaf/csaf_2.0/test/validator/data/*/*.json",
		csaf.V21: "oracle/csaf/csaf_2.1/test/validator/data/*/*.json",
	} {
		files, err := filepath.Glob(filepath.Join(root, glob))
		require.NoError(t, err)
		for _, file := range files {
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			d, err := csaf.Parse(text)
			if err != nil || d.Version() != v {
				continue
			}
			a, _ := d.Advisory()
			again, losses, err := csaf.FromAdvisory(a, v)
			if v == csaf.V21 && a.TLP == tlp.Unset {
				require.ErrorIs(t, err, advisory.ErrIncomplete)
				continue
			}
			if err != nil {
				// Only what is invalid itself, and cannot be mended by leaving it out, is refused.
				var e *advisory.Error
				require.ErrorAs(t, err, &e, file)
				require.NotEmpty(t, e.Path, file)
				report, err := (&csaf.Validator{}).Check(context.Background(), d, csaf.Basic)
				require.NoError(t, err)
				require.False(t, report.Valid(), "%s: %v", file, e)
				refused++
				continue
			}
			n++
			report, err := (&csaf.Validator{}).Check(context.Background(), again, csaf.Basic)
			require.NoError(t, err)
			require.True(t, report.Valid(), "%s: %v", file, report.Findings)
			back, unread := again.Advisory()
			if a.Category == "" {
				back.Category = ""
			}
			require.Empty(t, sample.Unlisted(a, back, losses), "%s\n%s", file, again.JSON())
			require.Empty(t, unread, file)
		}
	}
	if n == 0 {
		t.Skip("the official suite is not in ../shared")
	}
	t.Logf("%d documents, %d invalid ones refused", n, refused)
}

func TestReaderListsWhatItDoesNotTake(t *testing.T) {
	d, _, err := csaf.FromAdvisory(sample.Small(), csaf.V21)
	require.NoError(t, err)
	text := d.JSON()
	d, err = csaf.Parse([]byte(`{"x_new":{"a":[1,2]},` + string(text[1:])))
	require.NoError(t, err)
	a, losses := d.Advisory()
	require.Equal(t, []advisory.Loss{{Path: "/x_new", Reason: "the model has no place for it"}}, losses)
	require.Equal(t, "EX-2026-01", a.ID)
	require.Contains(t, string(d.JSON()), "x_new", "the document keeps it")
}

func TestConfidentiality(t *testing.T) {
	a := sample.Small()
	a.TLP = tlp.AmberStrict
	_, _, err := csaf.FromAdvisory(a, csaf.V20)
	require.ErrorIs(t, err, advisory.ErrConfidential)
	d, _, err := csaf.FromAdvisory(a, csaf.V21)
	require.NoError(t, err)
	require.Equal(t, tlp.AmberStrict, d.TLP())
	a.TLP = tlp.Unset
	_, _, err = csaf.FromAdvisory(a, csaf.V21)
	require.ErrorIs(t, err, advisory.ErrIncomplete)
	d, _, err = csaf.FromAdvisory(a, csaf.V20)
	require.NoError(t, err)
	require.Nil(t, d.Find("/document/distribution/tlp"))
	_, _, err = csaf.FromAdvisory(a, "1.2")
	require.ErrorIs(t, err, advisory.ErrFormat)
	for _, l := range tlp.Labels() {
		a.TLP = l
		d, _, err := csaf.FromAdvisory(a, csaf.V21)
		require.NoError(t, err)
		back, _ := d.Advisory()
		require.Equal(t, l, back.TLP)
	}
}
