package securitytxt

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func fullFile() File {
	yes := true
	return File{
		Contact:            []string{"https://example.com/report", "mailto:a@example.com"},
		Expires:            now.Add(24 * time.Hour),
		Encryption:         []string{"https://example.com/key"},
		Acknowledgments:    []string{"https://example.com/thanks"},
		Canonical:          []string{wellKnown},
		Policy:             []string{"https://example.com/policy"},
		Hiring:             []string{"https://example.com/jobs"},
		CSAF:               []string{"https://example.com/.well-known/csaf/provider-metadata.json"},
		PreferredLanguages: []string{"en", "pt-BR"},
		BugBounty:          &yes,
		Extensions:         []Field{{"X-Scope", "all of it"}},
	}
}

func TestAppendText(t *testing.T) {
	f := fullFile()
	out, err := f.AppendText([]byte("# kept\n"))
	require.NoError(t, err)
	require.Equal(t, `# kept
Contact: https://example.com/report
Contact: mailto:a@example.com
Expires: 2026-11-02T12:00:00Z
Encryption: https://example.com/key
Acknowledgments: https://example.com/thanks
Preferred-Languages: en, pt-BR
Canonical: https://example.com/.well-known/security.txt
Policy: https://example.com/policy
Hiring: https://example.com/jobs
CSAF: https://example.com/.well-known/csaf/provider-metadata.json
Bug-Bounty: True
X-Scope: all of it
`, string(out))
	d, err := Parse(out)
	require.NoError(t, err)
	require.Equal(t, f, d.File)
}

func TestAppendTextRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		edit func(*File)
		code Code
	}{
		"no contact":           {func(f *File) { f.Contact = nil }, CodeNoContact},
		"no expiry":            {func(f *File) { f.Expires = time.Time{} }, CodeNoExpire},
		"year 10000":           {func(f *File) { f.Expires = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC) }, CodeInvalidExpiry},
		"line break":           {func(f *File) { f.Policy = []string{"https://example.com/\nContact: https://evil.example/"} }, CodeInvalidURI},
		"http":                 {func(f *File) { f.Policy = []string{"http://example.com/"} }, CodeNoHTTPS},
		"address":              {func(f *File) { f.Contact = []string{"a@example.com"} }, CodeNoURI},
		"key":                  {func(f *File) { f.Encryption = []string{"data:,x"} }, CodeKeyInEncryption},
		"empty":                {func(f *File) { f.Hiring = []string{""} }, CodeEmptyValue},
		"language":             {func(f *File) { f.PreferredLanguages = []string{"en, de"} }, CodeInvalidLang},
		"CSAF":                 {func(f *File) { f.CSAF = []string{"https://example.com/"} }, CodeNoCSAFFile},
		"extension is known":   {func(f *File) { f.Extensions = []Field{{"contact", "https://evil.example/"}} }, CodeInvalidLine},
		"extension is comment": {func(f *File) { f.Extensions = []Field{{"#x", "y"}} }, CodeInvalidLine},
		"extension name":       {func(f *File) { f.Extensions = []Field{{"a:b", "y"}} }, CodeInvalidLine},
		"extension blank":      {func(f *File) { f.Extensions = []Field{{"a", " y"}} }, CodeInvalidLine},
		"extension empty":      {func(f *File) { f.Extensions = []Field{{"a", "\t"}} }, CodeEmptyValue},
		"extension no name":    {func(f *File) { f.Extensions = []Field{{"", "y"}} }, CodeEmptyKey},
		"extension control":    {func(f *File) { f.Extensions = []Field{{"a", "x\ny: z"}} }, CodeCtlChar},
		"extension C1":         {func(f *File) { f.Extensions = []Field{{"a", "x\u0085"}} }, CodeCtlChar},
		"extension bytes":      {func(f *File) { f.Extensions = []Field{{"a", "\xff"}} }, CodeUTF8},
		"long field":           {func(f *File) { f.Policy = []string{"https://example.com/" + strings.Repeat("x", 2048)} }, CodeFieldTooLong},
		"many lines":           {func(f *File) { f.Hiring = strings.Split(strings.Repeat("a:,", 1000)+"a:", ",") }, CodeTooManyLines},
		"large": {func(f *File) {
			f.Hiring = strings.Split(strings.Repeat("a:"+strings.Repeat("x", 100)+",", 400)+"a:", ",")
		}, CodeTooLarge},
	} {
		f := fullFile()
		c.edit(&f)
		out, err := f.AppendText([]byte("kept"))
		var rule *RuleError
		require.ErrorAs(t, err, &rule, name)
		require.Equal(t, c.code, rule.Finding.Code, name)
		require.Equal(t, "kept", string(out), "nothing is appended after an error")
		require.NotContains(t, err.Error(), "evil")
	}
}

func TestFix(t *testing.T) {
	in := "\ufeff# Comment stays : as is\t \r\n" +
		"Contact: security@example.com\r\n" +
		" Contact :+47 55 26 00 00\r\n" +
		"Policy:https://example.com/p \r\n" +
		"Hiring: \r\n" +
		"Acknowledgements: https://example.com/t\r\n" +
		"Contact: a at example dot com\r\n" +
		"Policy: http://example.com/\r\n" +
		"Bug-Bounty: true\r\n" +
		"no colon\r\n" +
		"# one\rX-A: 1\r\r\n" +
		"X-B: 2\r\r\n" +
		"Expires: Sat, 01 Jan 2028 00:00:00 +0100"
	d, err := Parse([]byte(in))
	require.NoError(t, err)
	out, done, err := d.Fix(FixOptions{})
	require.NoError(t, err)
	require.Equal(t, "# Comment stays : as is\t \r\n"+
		"Contact: mailto:security@example.com\r\n"+
		"Contact: tel:+47-55-26-00-00\r\n"+
		"Policy: https://example.com/p \r\n"+
		"Acknowledgments: https://example.com/t\r\n"+
		"Contact: a at example dot com\r\n"+ // not for a program to guess
		"Policy: http://example.com/\r\n"+
		"Bug-Bounty: True\r\n"+
		"no colon\r\n"+
		"# one\r\nX-A: 1\r\n"+
		"X-B: 2\r\n"+
		"Expires: 2027-12-31T23:00:00Z\r\n", string(out))
	require.Equal(t, []Finding{{Code: CodeBOMInFile, Line: 1}, {Code: CodeNoURI, Line: 2}, {Code: CodeInvalidLine, Line: 3}, {Code: CodePrecWS, Line: 3},
		{Code: CodeNoSpace, Line: 3}, {Code: CodeNoURI, Line: 3}, {Code: CodeNoSpace, Line: 4}, {Code: CodeEmptyValue, Line: 5}, {Code: CodeUnknownField, Line: 6},
		{Code: CodeInvalidBugBounty, Line: 9}, {Code: CodeBareCR, Line: 11}, {Code: CodeBareCR, Line: 12}, {Code: CodeNoLineSeparators, Line: 13}, {Code: CodeInvalidExpiry, Line: 13}}, done)

	again, err := Parse(out)
	require.NoError(t, err)
	out2, done, err := again.Fix(FixOptions{})
	require.NoError(t, err)
	require.Empty(t, done)
	require.Equal(t, out, out2)
}

func TestFixTimes(t *testing.T) {
	for in, want := range map[string]string{
		"2028-01-01 00:00:00Z":          "2028-01-01T00:00:00Z",
		"2028-01-01 00:00:00.5+01:00":   "2027-12-31T23:00:00.5Z",
		"Sat, 01 Jan 2028 00:00:00 GMT": "2028-01-01T00:00:00Z",
		"Sat, 01 Jan 2028 00:00:00 CET": "Sat, 01 Jan 2028 00:00:00 CET", // Go would read it as UTC
		"2028-01-01":                    "2028-01-01",
	} {
		got, _ := mendValue(fieldExpires, in)
		require.Equal(t, want, got)
	}
}

// An edit must not leave a signature standing that no longer covers the text.
func TestFixSigned(t *testing.T) {
	msg := strings.Replace(signed(t, base+"#\n-X:1\nX:1\n"), "Hash", "Evil: 1\nHash", 1) + "X: outside\n"
	d, err := Parse([]byte(msg))
	require.NoError(t, err)
	_, _, err = d.Fix(FixOptions{})
	require.ErrorIs(t, err, ErrSigned)
	out, done, err := d.Fix(FixOptions{DropSignature: true})
	require.NoError(t, err)
	require.Equal(t, base+"#\n-X:1\nX: 1\n", string(out))
	require.Len(t, done, 1)
}
