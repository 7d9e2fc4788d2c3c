package advisory_test

import (
	"bytes"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/advisory"
	"github.com/cvdkit/cvdkit/advisory/internal/sample"
	"github.com/cvdkit/cvdkit/advisory/tlp"
)

var forms = map[string]func(*bytes.Buffer, *advisory.Advisory) error{
	"html": func(b *bytes.Buffer, a *advisory.Advisory) error { return advisory.HTML(b, a) },
	"md":   func(b *bytes.Buffer, a *advisory.Advisory) error { return advisory.Markdown(b, a) },
	"txt":  func(b *bytes.Buffer, a *advisory.Advisory) error { return advisory.Text(b, a) },
}

func ExampleMarkdown() {
	a := &advisory.Advisory{ID: "EX-1", Title: "Heap overflow <script>", TLP: tlp.Clear}
	var b bytes.Buffer
	if err := advisory.Markdown(&b, a); err != nil {
		fmt.Println(err)
	}
	fmt.Println(b.String())
	// Output:
	// # Heap overflow &lt;script>
	//
	// | Advisory | EX-1 |
	// | --- | --- |
	// | Distribution | **TLP:CLEAR** |
}

func TestForms(t *testing.T) {
	for name, form := range forms {
		var b bytes.Buffer
		require.NoError(t, form(&b, sample.Full()))
		path := "testdata/full." + name
		if os.Getenv("ADVISORY_UPDATE") != "" {
			require.NoError(t, os.WriteFile(path, b.Bytes(), 0o644))
		}
		want, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, string(want), b.String(), "%s (ADVISORY_UPDATE=1 writes it anew)", path)
		for _, text := range []string{
			"CVE-2026-11111", "Heap overflow", "TLP:CLEAR", "8.6", "Update to 1.4.2.", "Ada Example",
			"Grace Example", "CWE-122", "The app has its own parser.", "Vulnerable code not present",
			"Reported.", "Named the finder.", "4 May 2026",
		} {
			require.Contains(t, strings.Join(strings.Fields(b.String()), " "), text, name)
		}
	}
}

// poison puts a hostile text into every string of the model.
func poison(v reflect.Value, text string) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			poison(v.Elem(), text)
		}
	case reflect.Slice:
		for i := range v.Len() {
			poison(v.Index(i), text)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Field(i).CanSet() {
				poison(v.Field(i), text)
			}
		}
	case reflect.String:
		v.SetString(text)
	}
}

func TestNothingIsInjected(t *testing.T) {
	for _, hostile := range []string{
		`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `'"--><svg/onload=alert(1)>`,
		`javascript:alert(1)`, `data:text/html,<script>1</script>`, `{{.}}`, `</style><script>1</script>`,
		"https://example.com/\"onmouseover=\"alert(1)", "https://example.com/<script>",
	} {
		a := sample.Full()
		poison(reflect.ValueOf(a).Elem(), hostile)
		var b bytes.Buffer
		require.NoError(t, advisory.HTML(&b, a))
		out := b.String()
		require.NotContains(t, out, "<script", hostile)
		require.NotContains(t, out, "<img", hostile)
		require.NotContains(t, out, "<svg", hostile)
		require.NotContains(t, out, `href="javascript`, hostile)
		require.NotContains(t, out, `href="data`, hostile)
		require.NotContains(t, out, `"onmouseover=`, hostile)
		require.Equal(t, 1, strings.Count(out, "</style>"), hostile)

		b.Reset()
		require.NoError(t, advisory.Markdown(&b, a))
		require.NotRegexp(t, `<(script|img|svg|style)`, b.String(), hostile)
		require.NotContains(t, b.String(), "](<javascript")
		require.NotContains(t, b.String(), "<javascript")
	}
}

func TestMarkdownEscapes(t *testing.T) {
	for in, want := range map[string]string{
		"# x": `\# x`, "- x": `\- x`, "1. x": `1\. x`, "12) x": `12\) x`, "1.0.0": "1.0.0", "2.5.": "2.5.", "a_b": "a_b", "_a_": `\_a\_`, "< 4.2 & > 3": "< 4.2 & > 3", "C#": "C#", "+ x": `\+ x`, "=== ": `\===`,
		"a*b*_c_`d`": "a\\*b\\*\\_c\\_\\`d\\`", "[x](y)": `\[x\](y)`, "![x](y)": `\!\[x\](y)`, "a|b": `a\|b`,
		"<b>&amp;": "&lt;b>&amp;amp;", "see https://x.example.": `see <https://x.example>.`, "ftp://x.example": `ftp\://x.example`, "https://x.example": "<https://x.example>", "www.x.example": `www\.x.example`,
		"a\nb": "a\\\nb", "~~x~~": `\~\~x\~\~`, "    code": "code", "\tcode": "code", "a\\b": `a\\b`,
		"@someone": `\@someone`, "\x1b[31mred": `\[31mred`, "a\u202eb": "ab", "> q": "&gt; q",
	} {
		a := &advisory.Advisory{Notes: []advisory.Note{{Title: "T", Text: in}}}
		var b bytes.Buffer
		require.NoError(t, advisory.Markdown(&b, a))
		_, body, ok := strings.Cut(b.String(), "## T\n\n")
		require.True(t, ok)
		require.Equal(t, want+"\n\n", body, "%q", in)
	}
}

func TestTextIsSafeForTerminals(t *testing.T) {
	a := sample.Full()
	poison(reflect.ValueOf(a).Elem(), "\x1b]0;owned\x07\x1b[2J a\u202eb \u0085 \r x")
	var b bytes.Buffer
	require.NoError(t, advisory.Text(&b, a))
	for _, r := range b.String() {
		require.False(t, r < 0x20 && r != '\n' || r >= 0x7f && r < 0xa0 || r == '\u202e', "%U", r)
	}
	b.Reset()
	a = sample.Full()
	a.Notes[0].Text = strings.Repeat("word ", 200)
	require.NoError(t, advisory.Text(&b, a))
	for _, l := range strings.Split(b.String(), "\n") {
		if !strings.Contains(l, "://") && !strings.Contains(l, "CVSS:") {
			require.LessOrEqual(t, len([]rune(l)), 76, l)
		}
	}
}

func TestEmptyForms(t *testing.T) {
	for name, form := range forms {
		var b bytes.Buffer
		require.NoError(t, form(&b, &advisory.Advisory{}))
		require.Contains(t, b.String(), "no TLP label", name)
		require.NotContains(t, b.String(), "0001", name)
	}
}
