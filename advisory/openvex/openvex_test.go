package openvex_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/advisory"
	"github.com/cvdkit/cvdkit/advisory/internal/sample"
	"github.com/cvdkit/cvdkit/advisory/jsontree"
	"github.com/cvdkit/cvdkit/advisory/openvex"
	"github.com/cvdkit/cvdkit/advisory/tlp"
)

func ExampleFromAdvisory() {
	d, _, err := openvex.FromAdvisory(sample.Small())
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(d.ID(), d.Version(), len(d.Check()))
	secret := sample.Small()
	secret.TLP = tlp.Red
	_, _, err = openvex.FromAdvisory(secret)
	fmt.Println(err)
	// Output:
	// https://psirt.example.com/EX-2026-01 1 0
	// advisory: the TLP label does not permit this format: /tlp: OpenVEX cannot carry a label; it must be TLP:CLEAR
}

func compact(d *openvex.Document) string {
	text, _ := d.MarshalJSON()
	return string(text)
}

func TestWrittenDocumentsAreSound(t *testing.T) {
	for _, a := range []*advisory.Advisory{sample.Small(), sample.Full()} {
		d, _, err := openvex.FromAdvisory(a)
		require.NoError(t, err)
		require.Empty(t, d.Check(), "%s", d.JSON())
		again, err := openvex.Parse(d.JSON())
		require.NoError(t, err)
		require.Equal(t, d.JSON(), again.JSON())
	}
	d, losses, err := openvex.FromAdvisory(sample.Full())
	require.NoError(t, err)
	text := compact(d)
	require.Contains(t, text, `"status":"affected","action_statement":"Update to 1.4.2. https://example.com/parser/1.4.2\nRefuse files above 1 MB."`)
	require.Contains(t, text, `"status":"not_affected","status_notes":"The app has its own parser.","justification":"vulnerable_code_not_present"}`)
	require.NotContains(t, text, "impact_statement", "exactly one of the two")
	require.Contains(t, text, `"@id":"pkg:npm/%40example/parser@1.4.2"`)
	require.Contains(t, text, `"subcomponents":[{`)
	require.Contains(t, fmt.Sprint(losses), "/vulnerabilities/0/scores")
}

func TestNotAffectedNeedsAReason(t *testing.T) {
	a := sample.Full()
	v := &a.Vulnerabilities[0]
	v.Flags = nil
	d, _, err := openvex.FromAdvisory(a)
	require.NoError(t, err)
	require.Contains(t, compact(d), `"impact_statement":"The app has its own parser."`)
	v.Threats = nil
	d, losses, err := openvex.FromAdvisory(a)
	require.NoError(t, err)
	require.NotContains(t, compact(d), "not_affected")
	require.Contains(t, losses, advisory.Loss{
		Path: "/vulnerabilities/0/status", Reason: "OpenVEX needs a reason for not_affected; the product was left out",
	})
}

func TestRoundTrip(t *testing.T) {
	for name, a := range map[string]*advisory.Advisory{"small": sample.Small(), "full": sample.Full()} {
		d, losses, err := openvex.FromAdvisory(a)
		require.NoError(t, err)
		back, unread := d.Advisory()
		require.Empty(t, unread, name)
		require.Empty(t, sample.Unlisted(a, back, losses), name)
		v := back.Vulnerabilities[0]
		require.Equal(t, []string{"pkg:npm/%40example/parser"}, v.Of(advisory.Affected))
		require.Equal(t, []string{"pkg:npm/%40example/parser@1.4.2"}, v.Of(advisory.Fixed))
		back.TLP, back.Publisher.Namespace = tlp.Clear, a.Publisher.Namespace
		again, _, err := openvex.FromAdvisory(back)
		require.NoError(t, err)
		require.Empty(t, again.Check())
	}
}

func TestLaterStatementWins(t *testing.T) {
	d, err := openvex.Parse([]byte(`{"@context":"https://openvex.dev/ns/v0.2.0","@id":"https://e.example/1","author":"A",
		"timestamp":"2026-01-01T00:00:00Z","version":2,"x":1.50,"statements":[
		{"vulnerability":{"name":"CVE-2026-1234","aliases":["GHSA-1"]},"products":[{"@id":"pkg:npm/a"},{"@id":"pkg:npm/b"}],"status":"under_investigation"},
		{"vulnerability":{"name":"CVE-2026-1234"},"products":[{"@id":"pkg:npm/a"}],"status":"fixed"}]}`))
	require.NoError(t, err)
	require.Equal(t, []advisory.Problem{{Path: "/x", Reason: "it is not defined by the schema"}}, d.Check())
	require.Contains(t, string(d.JSON()), `"x": 1.50`)
	a, losses := d.Advisory()
	require.Equal(t, []advisory.Loss{
		{Path: "/statements/0", Reason: "a later statement about the same product replaces it", Kind: advisory.Contradicts},
		{Path: "/x", Reason: "the model has no place for it"},
	}, losses)
	require.Len(t, a.Vulnerabilities, 1)
	require.Equal(t, []string{"pkg:npm/b"}, a.Vulnerabilities[0].Of(advisory.UnderInvestigation))
	require.Equal(t, []string{"pkg:npm/a"}, a.Vulnerabilities[0].Of(advisory.Fixed))
	require.Equal(t, "2", a.Tracking.Version)
	require.Equal(t, tlp.Unset, a.TLP)
}

func TestRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		edit func(a *advisory.Advisory)
		rule error
	}{
		"unset":     {func(a *advisory.Advisory) { a.TLP = tlp.Unset }, advisory.ErrConfidential},
		"green":     {func(a *advisory.Advisory) { a.TLP = tlp.Green }, advisory.ErrConfidential},
		"author":    {func(a *advisory.Advisory) { a.Publisher.Name = "" }, advisory.ErrIncomplete},
		"namespace": {func(a *advisory.Advisory) { a.Publisher.Namespace = "" }, advisory.ErrIncomplete},
		"time":      {func(a *advisory.Advisory) { a.Tracking.Released = time.Time{} }, advisory.ErrIncomplete},
		"nothing":   {func(a *advisory.Advisory) { a.Vulnerabilities = nil }, advisory.ErrIncomplete},
	} {
		a := sample.Small()
		c.edit(a)
		_, _, err := openvex.FromAdvisory(a)
		require.ErrorIs(t, err, c.rule, name)
	}
}

// Each edit makes a sound document unsound at the place named.
func TestCheck(t *testing.T) {
	base, _, err := openvex.FromAdvisory(sample.Full())
	require.NoError(t, err)
	sound := compact(base)
	for name, c := range map[string]struct{ old, new, path string }{
		"author":        {`"author":"Example PSIRT",`, ``, ""},
		"version":       {`"version":2`, `"version":0`, "/version"},
		"fraction":      {`"version":2`, `"version":1.5`, "/version"},
		"time":          {`"timestamp":"2026-05-04T00:00:00Z"`, `"timestamp":"4 May"`, "/timestamp"},
		"status":        {`"status":"affected"`, `"status":"broken"`, "/statements/0/status"},
		"action":        {`"action_statement"`, `"supplier"`, "/statements/0"},
		"justification": {`vulnerable_code_not_present`, `because`, "/statements/2/justification"},
		"reason":        {`,"justification":"vulnerable_code_not_present"`, ``, "/statements/2"},
		"name":          {`"name":"CVE-2026-11111",`, ``, "/statements/0/vulnerability"},
		"id":            {`"@id":"pkg:npm/%40example/parser"`, `"@id":"no iri"`, "/statements/0/products/0/@id"},
		"identifier":    {`"purl":`, `"swid":`, "/statements/0/products/0/identifiers/swid"},
		"hash":          {`"sha-256":`, `"sha256":`, "/statements/1/products/0/hashes/sha256"},
	} {
		text := strings.Replace(sound, c.old, c.new, 1)
		require.NotEqual(t, sound, text, name)
		d, err := openvex.Parse([]byte(text))
		require.NoError(t, err)
		var paths []string
		for _, p := range d.Check() {
			paths = append(paths, p.Path)
		}
		require.Contains(t, paths, c.path, name)
	}
}

func TestBadInput(t *testing.T) {
	for _, text := range []string{"", "{", `{"@context":"","@context":""}`, "\xff", strings.Repeat("[", 10_000)} {
		_, err := openvex.Parse([]byte(text))
		var e *jsontree.SyntaxError
		require.ErrorAs(t, err, &e, "%.40q", text)
	}
	_, err := openvex.Parse([]byte(`{"@context":"https://example.com"}`))
	require.ErrorIs(t, err, advisory.ErrFormat)
	_, err = openvex.Read(strings.NewReader(`[`))
	require.Error(t, err)
}

func FuzzDocument(f *testing.F) {
	for _, a := range []*advisory.Advisory{sample.Small(), sample.Full()} {
		d, _, err := openvex.FromAdvisory(a)
		if err != nil {
			f.Fatal(err)
		}
		text, _ := d.MarshalJSON()
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		d, err := openvex.Parse(text)
		if err != nil {
			return
		}
		d.Check()
		a, _ := d.Advisory()
		a.TLP, a.Publisher.Namespace = tlp.Clear, "https://e.example"
		again, _, err := openvex.FromAdvisory(a)
		if err == nil && len(again.Check()) > 0 {
			t.Fatalf("a document that was written is not sound: %v", again.Check())
		}
	})
}
