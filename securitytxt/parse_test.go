package securitytxt

import (
	"bytes"
	"strings"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
)

func TestLines(t *testing.T) {
	d, err := Parse([]byte("# c\r\n\n \t\nPolicy : x \nbad\n"))
	require.NoError(t, err)
	require.Equal(t, []Line{
		{Text: "# c", End: "\r\n", Kind: LineComment},
		{Text: "", End: "\n", Kind: LineBlank},
		{Text: " \t", End: "\n", Kind: LineBlank},
		{Text: "Policy : x ", End: "\n", Kind: LineField, Name: "Policy", Value: "x"},
		{Text: "bad", End: "\n", Kind: LineInvalid},
	}, d.Lines)
}

func TestLinesOfTheEnvelope(t *testing.T) {
	d, err := Parse([]byte("before\n" + beginMessage + "\nHash: SHA256\nX: 1\n\n- -X: 2\n" + beginSignature + "\nV: 1\n\nAAAA\n" + endSignature + "\nX: 3\n"))
	require.NoError(t, err)
	kinds := []LineKind{}
	for _, l := range d.Lines {
		kinds = append(kinds, l.Kind)
	}
	require.Equal(t, []LineKind{LineOutside, LineArmor, LineArmor, LineOutside, LineArmor, LineField, LineArmor,
		LineArmor, LineArmor, LineArmor, LineArmor, LineOutside}, kinds)
	require.Equal(t, []Field{{"-X", "2"}}, d.File.Extensions)
	require.Equal(t, "-X: 2\n", string(d.Text()))
}

func TestArmorLineMustStandAlone(t *testing.T) {
	for _, s := range []string{"x" + beginMessage + "\n", "# " + beginMessage + "\n", beginMessage + "x\n", beginMessage + "\rx\n"} {
		d, err := Parse([]byte(s + base))
		require.NoError(t, err)
		require.False(t, d.Signed(), s)
		require.Len(t, d.File.Contact, 1)
	}
	d, err := Parse([]byte("x" + beginMessage + "\n" + beginMessage + "\t\r\n\n" + base))
	require.NoError(t, err)
	require.True(t, d.Signed(), "the second one does")
}

func TestEmptyInput(t *testing.T) {
	for _, s := range []string{"", "\ufeff"} {
		d, err := Parse([]byte(s))
		require.NoError(t, err)
		require.Empty(t, d.Lines)
		fs := d.Check(CheckOptions{Now: now})
		wantCode(t, fs, CodeNoContact)
		wantCode(t, fs, CodeNoExpire)
		noCode(t, fs, CodeNoLineSeparators)
	}
}

func TestParseKeepsNothingOfItsArgument(t *testing.T) {
	b := []byte(base)
	d, err := Parse(b)
	require.NoError(t, err)
	for i := range b {
		b[i] = 'x'
	}
	require.Equal(t, base, string(d.Bytes()))
	require.Equal(t, "https://example.com/report", d.File.Contact[0])
}

func TestLimits(t *testing.T) {
	big := base + strings.Repeat("# 9 bytes\n", 4000)
	for _, c := range []struct {
		name   string
		limits Limits
		file   string
		code   Code
		line   int
		lines  int
	}{
		{"bytes", Limits{Lines: 1 << 20}, big, CodeTooLarge, 0, 3272},
		{"bytes, in mid line", Limits{Bytes: len(base) + 5}, base + "Contact: https://example.com/other\n", CodeTooLarge, 0, 2},
		{"lines", Limits{Bytes: 1 << 20}, big, CodeTooManyLines, 1001, 1000},
		{"lines, own", Limits{Lines: 1}, base, CodeTooManyLines, 2, 1},
		{"field", Limits{}, with("Contact: https://example.com/" + strings.Repeat("x", 2048)), CodeFieldTooLong, 3, 3},
		{"field, own", Limits{Field: 40}, with("Contact: https://example.com/" + strings.Repeat("x", 40)), CodeFieldTooLong, 3, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, err := c.limits.Parse([]byte(c.file))
			require.ErrorIs(t, err, ErrLimit)
			var limit *LimitError
			require.ErrorAs(t, err, &limit)
			require.Equal(t, c.code, limit.Code)
			require.Equal(t, c.line, limit.Line)
			require.NotContains(t, err.Error(), "example", "an error holds nothing of the file")
			require.True(t, d.Truncated)
			require.Equal(t, c.lines, len(d.Lines))
			require.Equal(t, []string{"https://example.com/report"}, d.File.Contact)
		})
	}
	t.Run("what is absent is unknown", func(t *testing.T) {
		d, err := Limits{Lines: 1}.Parse([]byte("# only\n" + base))
		require.ErrorIs(t, err, ErrLimit)
		require.Empty(t, d.Check(CheckOptions{Now: now}))
		d, err = Limits{Lines: 4}.Parse([]byte(signed(t, base)))
		require.ErrorIs(t, err, ErrLimit)
		noCode(t, d.Findings, CodeSignedFormatIssue)
		_, err = d.Verify(t.Context(), fakePGP{})
		require.ErrorIs(t, err, ErrLimit)
		_, _, err = d.Fix(FixOptions{DropSignature: true})
		require.ErrorIs(t, err, ErrLimit)
	})
	t.Run("just within", func(t *testing.T) {
		d, err := Limits{Bytes: len(base), Lines: 2, Field: 35}.Parse([]byte(base))
		require.NoError(t, err)
		require.False(t, d.Truncated)
	})
}

// A finding or an error must not carry the file: both end up in logs.
func TestFindingsAreSmall(t *testing.T) {
	require.LessOrEqual(t, unsafe.Sizeof(Finding{}), uintptr(56))
}

// A million of the worst lines must cost linear memory and no more than one
// finding or two a line.
func TestHostileInputIsBounded(t *testing.T) {
	prefix := map[string]string{
		"hash headers":  beginMessage + "\n",
		"armor headers": beginMessage + "\n",
		"after the end": beginMessage + "\nHash: SHA512\n\n" + strings.Repeat("x\n", 100_000) + beginSignature + "\n\nAAAA\n" + endSignature + "\n",
	}
	for name, unit := range map[string]string{
		"begin lines":    beginMessage + "x\n",
		"blank lines":    "\n",
		"invalid":        "x\n",
		"marks":          "e\u0301\n",
		"bare cr":        "\r\r\r\n",
		"lone bytes":     "\xff\n",
		"armor headers":  "H\n",
		"hash headers":   "Hash: " + strings.Repeat("x,", 40) + "\n",
		"after the end":  "\n# x\n",
		"long languages": "Preferred-Languages: " + strings.Repeat("a,", 40) + "\n",
	} {
		in := append([]byte(prefix[name]), bytes.Repeat([]byte(unit), 1<<20/len(unit))...)
		d, err := Limits{Bytes: 1 << 22, Lines: 1 << 22, Field: 1 << 22}.Parse(in)
		require.NoError(t, err, name)
		require.LessOrEqual(t, len(d.Findings), 2*len(d.Lines)+4, name)
		require.Equal(t, in, d.Bytes(), name)
	}
}
