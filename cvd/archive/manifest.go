package archive

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
)

var (
	// ErrFormat means that a file is no archive, is damaged, or exceeds a limit.
	ErrFormat = errors.New("archive: not a sound archive")
	// ErrUnsigned means that the archive has no signature.
	ErrUnsigned = errors.New("archive: it is not signed")
	// ErrForm means that an archive of views was given where one of logs is
	// needed, or the other way round.
	ErrForm = errors.New("archive: it has the other form")
)

// Form is what an archive holds.
type Form string

// The forms.
const (
	FormLog  Form = "log"
	FormView Form = "view"
)

// Manifest says what is in an archive.
type Manifest struct {
	Format  string    `json:"format"`         // "cvdkit archive 1"
	Form    Form      `json:"form"`           // view or log
	Created time.Time `json:"created"`        // when it was written
	Team    string    `json:"team,omitempty"` // who wrote it
	Cases   []Entry   `json:"cases"`          // at least one
	Files   []File    `json:"files"`          // in the order in which they stand
}

// Entry is a case of an archive.
type Entry struct {
	ID     cvd.CaseID `json:"id"`     // of the case
	Number string     `json:"number"` // its number, for people
	Seq    cvd.Seq    `json:"seq"`    // the number of its last record
	Tip    string     `json:"tip"`    // the hash that it ends with, hexadecimal
	// Marker shows whether logs were written under the same Config.Secret.
	Marker string `json:"marker,omitempty"`
}

// File is one file of an archive.
type File struct {
	Name   string `json:"name"`   // with slashes, relative to the archive
	Size   int64  `json:"size"`   // in bytes, unpacked
	SHA256 string `json:"sha256"` // of the content, in hexadecimal
}

const (
	formatName    = "cvdkit archive 1"
	manifestName  = "manifest.json"
	signatureName = "manifest.sig"

	mostManifest  = 64 << 20
	mostSignature = 1 << 20
	mostFiles     = 1_000_000
)

// Signer signs a short text: an OpenPGP cleartext signature (RFC 9580 7), for
// example by package pgp. storecheck.SignerFunc is one.
type Signer interface {
	// SignCleartext returns the text with its signature.
	SignCleartext(ctx context.Context, text []byte) ([]byte, error)
}

// Verifier returns the text that a signature covers. The error is nil only if the
// signature is good, of a key that is trusted for this. storecheck.VerifierFunc is
// one.
type Verifier interface {
	// VerifyCleartext returns what was signed, and nothing that was not.
	VerifyCleartext(ctx context.Context, message []byte) (text []byte, err error)
}

// statement is what is signed.
func statement(manifest []byte) []byte {
	return fmt.Appendf(nil, "%s\nmanifest %x\n", formatName, sha256.Sum256(manifest))
}

func sameText(a, b []byte) bool {
	plain := func(b []byte) []byte { return bytes.TrimRight(bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n")), "\n") }
	return bytes.Equal(plain(a), plain(b))
}

const uuidPattern = `[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`

// names are those that files may have: nothing that is unpacked leaves its folder.
var names = map[Form]*regexp.Regexp{
	FormLog:  regexp.MustCompile(`^cases/(` + uuidPattern + `)/(log|blobs/` + uuidPattern + `|state/([0-9a-f]{2}){1,200})$`),
	FormView: regexp.MustCompile(`^cases/(` + uuidPattern + `)/(case\.json|files/[1-9][0-9]{0,9})$`),
}

// parseManifest reads a manifest and checks that it is sound in itself.
func parseManifest(b []byte) (m Manifest, err error) {
	bad := func(format string, args ...any) (Manifest, error) {
		return Manifest{}, fmt.Errorf("%w: manifest: %s", ErrFormat, fmt.Sprintf(format, args...))
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&m); err != nil {
		return bad("it is no JSON of this format")
	}
	if _, err := d.Token(); err != io.EOF {
		return bad("something follows it")
	}
	pattern := names[m.Form]
	switch {
	case m.Format != formatName:
		return bad("it has another format")
	case pattern == nil:
		return bad("it has an unknown form")
	case len(m.Files) > mostFiles || len(m.Cases) > mostFiles:
		return bad("it names more than %d files", mostFiles)
	case m.Form == FormView && len(m.Cases) != 1:
		return bad("a view is of one case")
	}
	cases, files := map[string]bool{}, map[string]bool{}
	for i, c := range m.Cases {
		if cases[c.ID.String()] || c.Seq < 1 || len(c.Tip) != 64 || !isHex(c.Tip) || len(c.Number) > 64 {
			return bad("case %d is named twice, or is not sound", i+1)
		}
		cases[c.ID.String()] = true
	}
	for i, f := range m.Files {
		of := pattern.FindStringSubmatch(f.Name)
		if of == nil || !cases[of[1]] || files[f.Name] || f.Size < 0 || len(f.SHA256) != 64 || !isHex(f.SHA256) {
			return bad("file %d is named twice, is of no case, or is not sound", i+1)
		}
		files[f.Name] = true
	}
	need := map[Form]string{FormLog: "/log", FormView: "/case.json"}[m.Form]
	for id := range cases {
		if !files["cases/"+id+need] {
			return bad("a case lacks its %s", strings.TrimPrefix(need, "/"))
		}
	}
	return m, nil
}

func isHex(s string) bool {
	_, err := hex.DecodeString(s)
	return err == nil && strings.ToLower(s) == s
}
