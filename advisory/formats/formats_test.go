package formats_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/advisory"
	"github.com/cvdkit/cvdkit/advisory/formats"
	"github.com/cvdkit/cvdkit/advisory/internal/sample"
	"github.com/cvdkit/cvdkit/advisory/jsontree"
	"github.com/cvdkit/cvdkit/advisory/tlp"
)

func Example() {
	a := sample.Small()
	var b bytes.Buffer
	losses, err := formats.Encode(&b, formats.CSAF21, a, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("lost:", losses)
	back, format, _, err := formats.Decode(&b)
	fmt.Println(format, back.Title, back.TLP, err)
	// Output:
	// lost: [/references/0/type: CSAF has no place for it]
	// csaf21 Heap overflow in the Example parser TLP:CLEAR <nil>
}

func TestEveryFormat(t *testing.T) {
	for _, f := range formats.All() {
		got, err := formats.Parse(string(f))
		require.NoError(t, err)
		require.Equal(t, f, got)
		require.NotEmpty(t, f.MediaType())
		require.True(t, strings.HasPrefix(f.Extension(), "."))

		var b bytes.Buffer
		_, err = formats.Encode(&b, f, sample.Full(), nil)
		require.NoError(t, err)
		require.NotZero(t, b.Len())
		back, read, _, err := formats.Decode(bytes.NewReader(b.Bytes()))
		switch f {
		case formats.Markdown, formats.HTML, formats.Text:
			require.Error(t, err)
		default:
			require.NoError(t, err, f)
			require.Equal(t, f, read)
			require.Equal(t, "CVE-2026-11111", back.Vulnerabilities[0].CVE)
		}
	}
	_, err := formats.Parse("pdf")
	require.ErrorIs(t, err, formats.ErrUnknown)
	_, err = formats.Encode(&bytes.Buffer{}, "pdf", sample.Small(), nil)
	require.ErrorIs(t, err, formats.ErrUnknown)
}

// What is not TLP:CLEAR never reaches a public format, and a refusal writes nothing.
func TestNothingConfidentialIsWritten(t *testing.T) {
	for _, l := range append(tlp.Labels(), tlp.Unset) {
		for _, f := range []formats.Format{formats.CVE, formats.OSV, formats.OpenVEX} {
			a := sample.Small()
			a.TLP = l
			var b bytes.Buffer
			_, err := formats.Encode(&b, f, a, nil)
			if l == tlp.Clear {
				require.NoError(t, err)
				continue
			}
			require.ErrorIs(t, err, advisory.ErrConfidential, "%s %v", f, l)
			require.Zero(t, b.Len())
			require.NotContains(t, err.Error(), "Heap")
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	for _, text := range []string{`{}`, `[]`, `"x"`, `{"document":{}}`, `{"document":{"csaf_version":"9"}}`, `{"id":"x_1"}`} {
		_, _, _, err := formats.Decode(strings.NewReader(text))
		require.ErrorIs(t, err, formats.ErrUnknown, text)
	}
	for _, text := range []string{``, `{`, "\xff", `{"a":1,"a":2}`, strings.Repeat(`{"a":`, 10_000)} {
		_, _, _, err := formats.Decode(strings.NewReader(text))
		var e *jsontree.SyntaxError
		require.ErrorAs(t, err, &e, "%.20q", text)
	}
	broken := errors.New("broken")
	_, _, _, err := formats.Decode(&failing{broken})
	require.ErrorIs(t, err, broken)
}

type failing struct{ err error }

func (f *failing) Read([]byte) (int, error) { return 0, f.err }
