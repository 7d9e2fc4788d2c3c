package main

import (
	"bufio"
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/advisory/csaf"
)

// TestMain plays hunspell where a test starts this program under that name.
func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) == "hunspell" {
		playHunspell()
		return
	}
	os.Exit(m.Run())
}

// playHunspell knows English and German, and a few words that are wrong.
func playHunspell() {
	dict := os.Args[len(os.Args)-1]
	if dict != "en_US" && dict != "de_DE" {
		os.Exit(1)
	}
	fmt.Println("@(#) International Ispell Version 3.2.06 (but really a test)")
	in := bufio.NewScanner(os.Stdin)
	for in.Scan() {
		for _, w := range strings.Fields(strings.TrimPrefix(in.Text(), "^")) {
			switch w = strings.Trim(w, ".,"); w {
			case "Secruity", "Pruduct", "Produkt", "combonent", "vulnerapility", "Wiget":
				fmt.Printf("& %s 1 1: better\n", w)
			case "CSIRTX":
				fmt.Printf("# %s 1\n", w)
			default:
				fmt.Println("*")
			}
		}
		fmt.Println()
	}
}

// fakes starts the servers that the switches ask, and puts a hunspell into PATH.
func fakes(t *testing.T) (urls csaf.URLChecker, grammar string) {
	t.Helper()
	certificate := certify(t, "example.com", "example.net", "csaf.io", "github.com")
	web := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Path, "status/4") || strings.Contains(r.URL.Path, "status/5") || strings.Contains(r.URL.Path, "not-available") {
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	web.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}}
	web.Config.ErrorLog = log.New(io.Discard, "", 0)
	web.StartTLS()
	t.Cleanup(web.Close)
	roots := x509.NewCertPool()
	roots.AddCert(certificate.Leaf)
	at := netip.MustParseAddrPort(web.Listener.Addr().String())
	urls = csaf.URLChecker{
		RootCAs: roots, UnsafeAllow: func(netip.AddrPort) bool { return true },
		Hosts: map[string]netip.AddrPort{"example.com": at, "example.net": at, "csaf.io": at, "github.com": at, "example.invalid": {}},
	}
	lt := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path != "/v2/check" || r.Method != http.MethodPost:
			w.WriteHeader(http.StatusNotFound)
		case r.FormValue("language") == "tlh":
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprint(w, "Error: 'tlh' is not a language code known to LanguageTool.")
		case strings.Contains(r.FormValue("text"), "must followed"):
			fmt.Fprint(w, `{"matches":[{"message":"must be \u001bfollowed"}]}`)
		default:
			fmt.Fprint(w, `{"matches":[]}`)
		}
	}))
	t.Cleanup(lt.Close)
	dir := t.TempDir()
	self, err := os.Executable()
	require.NoError(t, err)
	require.NoError(t, os.Symlink(self, filepath.Join(dir, "hunspell")))
	t.Setenv("PATH", dir)
	return urls, lt.URL
}

// certify makes a certificate for names that the suites use.
func certify(t *testing.T, names ...string) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: names, NotBefore: time.Unix(0, 0), NotAfter: time.Now().Add(time.Hour),
		BasicConstraintsValid: true, IsCA: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	leaf, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

func TestSpeller(t *testing.T) {
	fakes(t)
	s, err := newSpeller()
	require.NoError(t, err)
	defer s.close()
	wrong, err := s.check(t.Context(), "en", "A Wiget of the CSIRTX.\n\n*Pruduct https://example.com/Secruity Wiget_1 Wiget.c")
	require.NoError(t, err)
	require.Equal(t, []string{"Wiget"}, wrong[:1], "words in capitals are abbreviations")
	require.Len(t, wrong, 1, "the star is none of the word's letters here; URLs and names of files are skipped")
	_, err = s.check(t.Context(), "de-DE", "Secruity")
	require.NoError(t, err)
	_, err = s.check(t.Context(), "tlh", "x")
	require.ErrorIs(t, err, csaf.ErrLanguage)
	_, err = s.check(t.Context(), "../../etc", "x")
	require.ErrorIs(t, err, csaf.ErrLanguage, "the language names no path")
	t.Setenv("PATH", "")
	require.ErrorContains(t, errors.Join(second(newSpeller())), "hunspell")
}

func second[T any](_ T, err error) error { return err }

func TestRealHunspell(t *testing.T) {
	if _, err := exec.LookPath("hunspell"); err != nil {
		t.Skip("hunspell is not installed")
	}
	s, err := newSpeller()
	require.NoError(t, err)
	defer s.close()
	wrong, err := s.check(t.Context(), "en-US", "A vulnerability in the librarry.")
	if errors.Is(err, csaf.ErrLanguage) {
		t.Skip("hunspell has no English dictionary")
	}
	require.NoError(t, err)
	require.Equal(t, []string{"librarry"}, wrong)
}

func TestGrammar(t *testing.T) {
	_, base := fakes(t)
	check, err := checkGrammar(http.DefaultClient, base)
	require.NoError(t, err)
	wrong, err := check(t.Context(), "en", "It must followed this.")
	require.NoError(t, err)
	require.Equal(t, []string{"must be  followed"}, wrong)
	_, err = check(t.Context(), "tlh", "x")
	require.ErrorIs(t, err, csaf.ErrLanguage)
	check, err = checkGrammar(http.DefaultClient, base+"/elsewhere")
	require.NoError(t, err)
	_, err = check(t.Context(), "en", "x")
	require.ErrorContains(t, err, "status 404")
	_, err = checkGrammar(http.DefaultClient, "localhost:8081")
	require.Error(t, err)
}

const extensionID = "https://ext.example/schema/example-content_1.0.0.json"

func extensionFiles(t *testing.T) (schema, meta string) {
	t.Helper()
	dir := t.TempDir()
	schema, meta = filepath.Join(dir, "schema.json"), filepath.Join(dir, "meta.json")
	require.NoError(t, os.WriteFile(schema, []byte(`{"$id": "`+extensionID+`", "$schema": "https://docs.oasis-open.org/csaf/csaf/v2.1/schema/extension-metaschema.json",
		"type": "object", "properties": {"content": {"type": "object", "required": ["a"], "additionalProperties": false, "properties": {"a": {"type": "string"}}}}}`), 0o600))
	require.NoError(t, os.WriteFile(meta, []byte(`{"$schema": "`+metadataSchema+`", "extension_schema": "`+extensionID+`",
		"incompatible_extensions": ["https://ext.example/other_1.0.0.json"], "last_updated": "1900-01-01T00:00:00Z",
		"requirement": {"$.x_extensions": {"max_occurrence": 1}, "$.product_tree.relationships[*].full_product_name.x_extensions": {"max_occurrence": 2}}}`), 0o600))
	return schema, meta
}

func TestExtensions(t *testing.T) {
	schema, meta := extensionFiles(t)
	m, err := extensions([]string{schema, meta})
	require.NoError(t, err)
	e := m[extensionID]
	require.Equal(t, 1, e.MaxOccurrence["$.x_extensions"])
	require.Equal(t, 2, e.MaxOccurrence["$.product_tree.product_paths[*].full_product_name.x_extensions"])
	require.Len(t, e.Incompatible, 1)
	require.Empty(t, e.Check([]byte(`{"content": {"a": "x"}}`)))
	found := e.Check([]byte(`{"content": {"a": 1, "b": 2}}`))
	require.Len(t, found, 2)
	require.Contains(t, []string{found[0].Path, found[1].Path}, "/content/a")

	bad := filepath.Join(t.TempDir(), "bad.json")
	require.NoError(t, os.WriteFile(bad, []byte(`{"$id": "https://ext.example/b.json", "$ref": "https://elsewhere.example/c.json"}`), 0o600))
	_, err = extensions([]string{bad})
	require.ErrorContains(t, err, "nothing is fetched")
	require.NoError(t, os.WriteFile(bad, []byte(`{"type": "object"}`), 0o600))
	_, err = extensions([]string{bad})
	require.ErrorContains(t, err, "$id")
}

// Through the command: an extension at a place that its metadata does not name.
func TestValidateExtension(t *testing.T) {
	schema, meta := extensionFiles(t)
	text, err := os.ReadFile(write(t, "-release"))
	require.NoError(t, err)
	extended := strings.Replace(string(text), `"document": {`, `"x_extensions": [{"$schema": "`+extensionID+`", "category": "supplementary", "critical": false, "content": {"b": 1}}],
  "document": {`, 1)
	o := run(t, extended, "validate", "-json", "-preset", "all", "-")
	require.Contains(t, o.out, "experimental extension "+extensionID)
	o = run(t, extended, "validate", "-json", "-preset", "all", "-extension", schema, "-extension", meta, "-")
	require.Equal(t, 1, o.code)
	require.Contains(t, o.out, `"6.1.60.2"`)
	require.NotContains(t, o.out, "unsupported")
	o = run(t, strings.Replace(extended, `{"b": 1}`, `{"a": "x"}`, 1), "validate", "-extension", schema, "-extension", meta, "-")
	require.Equal(t, 0, o.code, o.out)
}

// A report that is cut says so.
func TestValidateSaysWhatIsTruncated(t *testing.T) {
	text, err := os.ReadFile(write(t, "-release"))
	require.NoError(t, err)
	var ids []string
	for i := range 1100 {
		ids = append(ids, fmt.Sprintf("%q", fmt.Sprint("NONE-", i)))
	}
	many := strings.Replace(string(text), `"known_affected": [`, `"known_affected": [`+strings.Join(ids, ",")+",", 1)
	o := run(t, many, "validate", "-json", "-")
	require.Equal(t, 1, o.code)
	require.Contains(t, o.out, `"truncated":["6.1.1"]`)
	require.Contains(t, run(t, many, "validate", "-").out, "found more than is listed: 6.1.1")
}

func TestValidateByContent(t *testing.T) {
	for to, format := range map[string]string{"osv": "osv", "openvex": "openvex", "cve": "cve"} {
		args := []string{"convert", "-to", to, "-org", "11111111-1111-4111-8111-111111111111", write(t, "-release")}
		o := run(t, "", args...)
		require.Equal(t, 0, o.code, o.err)
		v := run(t, o.out, "validate", "-json", "-")
		require.NotContains(t, v.out, `"test":"schema"`)
		require.Contains(t, v.out, `"format":"`+format+`"`)
		broken := strings.Replace(o.out, "{", `{"affected": 1, "statements": 1, "containers": 1, "x": 1,`, 1)
		broken = dropSecond(t, broken)
		v = run(t, broken, "validate", "-json", "-")
		require.Equal(t, 1, v.code, v.out)
		require.Contains(t, v.out, `"test":"schema"`)
	}
	require.Contains(t, run(t, "{}", "validate", "-").out, "neither CSAF")
}

// dropSecond keeps the first of members with one name, as encoding/json keeps the last.
func dropSecond(t *testing.T, text string) string {
	t.Helper()
	var m map[string]json.RawMessage
	require.NoError(t, json.Unmarshal([]byte(text), &m))
	for _, name := range []string{"affected", "statements", "containers"} {
		if _, ok := m[name]; ok {
			m[name] = json.RawMessage("1")
		}
	}
	out, err := json.Marshal(m)
	require.NoError(t, err)
	return string(out)
}

// The official suites through the command with all its switches: no case stays "not
// run". The extension files are ours, with the rules that the cases suppose.
func TestSuitesWithAllSwitches(t *testing.T) {
	root := os.Getenv("CVD_TEST_SHARED")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared")
	}
	urls, grammar := fakes(t)
	schemas := suiteExtensions(t)
	for _, version := range []string{"2.0", "2.1"} {
		dir := filepath.Join(root, "oracle", "csaf", "csaf_"+version, "test", "validator", "data")
		files, err := filepath.Glob(filepath.Join(dir, "*", "*.json"))
		require.NoError(t, err)
		if len(files) == 0 {
			t.Skip("the official suites are not in ../shared")
		}
		var out bytes.Buffer
		p := &program{out: &out, err: &out, now: func() time.Time { return time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC) }, urls: urls}
		args := []string{"validate", "-json", "-preset", "all", "-online", "-spell", "-grammar", grammar}
		for _, s := range schemas {
			args = append(args, "-extension", s)
		}
		p.run(t.Context(), append(args, files...))
		results := map[string]result{}
		for line := range strings.Lines(out.String()) {
			var r result
			require.NoError(t, json.Unmarshal([]byte(line), &r), line)
			results[r.File] = r
			require.Empty(t, r.NotRun, r.File)
		}
		right, total, wrong := judge(t, dir, results)
		t.Logf("CSAF %s: %d of %d cases right; as the suite does not want: %v", version, right, total, wrong)
		require.LessOrEqual(t, len(wrong), map[string]int{"2.0": 0, "2.1": 3}[version], "three cases of 2.1 contradict its prose")
	}
}

// judge counts the cases whose test fails or passes as the suite says.
func judge(t *testing.T, dir string, results map[string]result) (right, total int, wrong []string) {
	t.Helper()
	var index struct {
		Tests []struct {
			ID              string
			Failures, Valid []struct{ Name string }
		}
	}
	text, err := os.ReadFile(filepath.Join(dir, "testcases.json"))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &index))
	one := func(id, name string, fails bool) {
		total++
		found := false
		for _, f := range results[filepath.Join(dir, name)].Findings {
			found = found || f.Test == id
		}
		if found == fails {
			right++
		} else {
			wrong = append(wrong, filepath.Base(name))
		}
	}
	for _, test := range index.Tests {
		for _, c := range test.Failures {
			one(test.ID, c.Name, true)
		}
		for _, c := range test.Valid {
			one(test.ID, c.Name, false)
		}
	}
	return right, total, wrong
}

// suiteExtensions writes schemas and metadata for the two extensions of the cases: 11
// stands once at the root and goes alone, 12 may have notes and stands often.
func suiteExtensions(t *testing.T) []string {
	t.Helper()
	const id = "https://raw.githubusercontent.com/oasis-tcs/csaf/refs/heads/master/csaf_2.1/extension/data/valid/documentation-%d/documentation-%[1]d-content_1.0.0.json"
	dir := t.TempDir()
	var files []string
	for n, rules := range map[int][2]string{
		11: {``, `"requirement": {"$.x_extensions": {"max_occurrence": 1}}`},
		12: {`, "notes": {}`, `"incompatible_extensions": ["` + fmt.Sprintf(id, 11) + `"], "requirement": {"$.x_extensions": {"max_occurrence": 9}}`},
	} {
		schema, meta := filepath.Join(dir, fmt.Sprint(n, "-schema.json")), filepath.Join(dir, fmt.Sprint(n, "-meta.json"))
		require.NoError(t, os.WriteFile(schema, fmt.Appendf(nil, `{"$id": %q, "properties": {"content": {"required": ["documentation"],
			"properties": {"documentation": {}%s}, "additionalProperties": false}}}`, fmt.Sprintf(id, n), rules[0]), 0o600))
		require.NoError(t, os.WriteFile(meta, fmt.Appendf(nil, `{"$schema": %q, "extension_schema": %q, %s}`,
			metadataSchema, fmt.Sprintf(id, n), rules[1]), 0o600))
		files = append(files, schema, meta)
	}
	return files
}
