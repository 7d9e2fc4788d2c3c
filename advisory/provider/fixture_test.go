package provider

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/advisory"
	"github.com/cvdkit/cvdkit/advisory/csaf"
	"github.com/cvdkit/cvdkit/advisory/tlp"
)

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// A testSigner signs so that a test sees which key signed which text. The other
// tests sign with real keys in tests/csafpeer.
type testSigner struct {
	fpr     string
	expires time.Time
}

func (s *testSigner) SignDetached(_ context.Context, dst io.Writer, src io.Reader) error {
	text, err := io.ReadAll(src)
	if err != nil {
		return err
	}
	_, err = dst.Write(signature(s.fpr, text))
	return err
}

func signature(fpr string, text []byte) []byte {
	return fmt.Appendf(nil, "-----BEGIN PGP SIGNATURE-----\n%s %s\n-----END PGP SIGNATURE-----\n", fpr, sum(text))
}
func (s *testSigner) PublicKey() []byte   { return []byte("key " + s.fpr + "\n") }
func (s *testSigner) Fingerprint() string { return s.fpr }
func (s *testSigner) Expires() time.Time  { return s.expires }

var keyA, keyB = strings.Repeat("A", 40), strings.Repeat("B", 40)

type site struct {
	dir string
	cfg Config
	now time.Time
	p   *Publisher
}

func newSite(t testing.TB, change ...func(*Config)) *site {
	t.Helper()
	s := &site{dir: t.TempDir(), now: start}
	s.cfg = Config{
		Dir: filepath.Join(s.dir, "public"), State: filepath.Join(s.dir, "state"),
		Restricted: filepath.Join(s.dir, "restricted"), URL: "https://psirt.example/.well-known/csaf",
		Labels:    []tlp.Label{tlp.Green, tlp.Amber},
		Publisher: advisory.Publisher{Name: "Example PSIRT", Category: "vendor", Namespace: "https://psirt.example"},
		Signer:    &testSigner{fpr: keyA}, Now: func() time.Time { return s.now },
		Guard: func(w http.ResponseWriter, r *http.Request, _ tlp.Label) bool {
			if r.Header.Get("Authorization") == "Bearer let-me-in" {
				return true
			}
			w.Header().Set("WWW-Authenticate", "Bearer")
			w.WriteHeader(http.StatusUnauthorized)
			return false
		},
	}
	for _, f := range change {
		f(&s.cfg)
	}
	s.open(t)
	return s
}

func (s *site) open(t testing.TB) {
	t.Helper()
	p, err := New(s.cfg)
	require.NoError(t, err)
	s.p = p
}

func (s *site) read(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(s.dir, filepath.FromSlash(name)))
	require.NoError(t, err)
	return string(b)
}

// snapshot returns the content of every file with its time, but the lock.
func (s *site) snapshot(t testing.TB) map[string]string {
	t.Helper()
	m := map[string]string{}
	require.NoError(t, filepath.WalkDir(s.dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		m[path] = info.ModTime().String() + " " + fmt.Sprint(info.Size())
		return nil
	}))
	return m
}

func draft(id string, released, updated time.Time, label tlp.Label, version string) *advisory.Advisory {
	a := &advisory.Advisory{
		ID: id, Title: "Overflow in the parser of " + id, TLP: label, Category: "csaf_security_advisory",
		Publisher: advisory.Publisher{Name: "Example PSIRT", Category: "vendor", Namespace: "https://psirt.example", Contact: "psirt@psirt.example"},
		Tracking:  advisory.Tracking{Status: advisory.Final, Version: version, Released: released, Updated: updated},
		Notes:     []advisory.Note{{Category: advisory.NoteSummary, Title: "Summary", Text: "A crafted file makes the parser of <b>" + id + "</b> write past its buffer."}},
		References: []advisory.Reference{{
			URL:     "https://psirt.example/.well-known/csaf/v2.0/white/" + released.Format("2006") + "/" + filename(id),
			Summary: "This advisory", Self: true,
		}},
		Products: []advisory.Product{
			{ID: "P-1", Title: "Example parser 1.4.1", Vendor: "Example", Name: "parser", Version: "1.4.1"},
			{ID: "P-2", Title: "Example parser 1.4.2", Vendor: "Example", Name: "parser", Version: "1.4.2"},
		},
		Vulnerabilities: []advisory.Vulnerability{{
			CVE: "CVE-1900-12345", Title: "Overflow",
			Notes: []advisory.Note{{Category: advisory.NoteDescription, Title: "Description", Text: "A length is not checked."}},
			Status: []advisory.ProductStatus{
				{State: advisory.Affected, Products: []string{"P-1"}}, {State: advisory.Fixed, Products: []string{"P-2"}},
			},
			Remediations: []advisory.Remediation{{Category: "vendor_fix", Details: "Update to 1.4.2.", Products: []string{"P-1"}}},
		}},
		Credits: []advisory.Credit{{Names: []string{"Nora <Finder>"}, Organization: "Lab Example", Role: advisory.RoleFinder, Summary: "for the report"}},
	}
	for i := 1; i < int(version[0]-'0'); i++ {
		a.Tracking.Revisions = append(a.Tracking.Revisions, advisory.Revision{Version: fmt.Sprint(i), Date: released.Add(time.Duration(i-1) * time.Second), Summary: "Release."})
	}
	a.Tracking.Revisions = append(a.Tracking.Revisions, advisory.Revision{Version: version, Date: updated, Summary: "This release."})
	return a
}

func document(t testing.TB, v csaf.Version, id string, released, updated time.Time, label tlp.Label, version string) *csaf.Document {
	t.Helper()
	d, _, err := csaf.FromAdvisory(draft(id, released, updated, label, version), v)
	require.NoError(t, err)
	return d
}

// edited returns the document with a piece of its text replaced.
func edited(t testing.TB, d *csaf.Document, old, new string) *csaf.Document {
	t.Helper()
	text := d.JSON()
	require.Contains(t, string(text), old)
	e, err := csaf.Parse(bytes.ReplaceAll(text, []byte(old), []byte(new)))
	require.NoError(t, err)
	return e
}
