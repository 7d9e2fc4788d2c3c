package archive

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"strings"
	"time"
)

// writer writes the files of an archive, and its manifest at the end.
type writer struct {
	z        *zip.Writer
	manifest Manifest
}

func newWriter(w io.Writer, form Form, created time.Time, team string) *writer {
	return &writer{z: zip.NewWriter(w), manifest: Manifest{
		Format: formatName, Form: form, Created: created.UTC().Truncate(time.Second), Team: team, Cases: []Entry{}, Files: []File{},
	}}
}

// create begins a file. Nothing is compressed: an archive cannot grow when it is read,
// and what is sealed does not shrink.
func (w *writer) create(name string) (io.Writer, error) {
	return w.z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store, Modified: w.manifest.Created})
}

// add writes a file as a stream.
func (w *writer) add(name string, r io.Reader) error {
	out, err := w.create(name)
	if err != nil {
		return err
	}
	h := sha256.New()
	n, err := io.Copy(io.MultiWriter(out, h), r)
	w.manifest.Files = append(w.manifest.Files, File{name, n, hex.EncodeToString(h.Sum(nil))})
	return err
}

func (w *writer) close(ctx context.Context, s Signer) error {
	b, err := json.MarshalIndent(w.manifest, "", "  ")
	if err != nil {
		return err
	}
	if len(b) > mostManifest || len(w.manifest.Files) > mostFiles {
		return fmt.Errorf("archive: too many cases for one archive: %d files", len(w.manifest.Files))
	}
	put := func(name string, b []byte) error {
		out, err := w.create(name)
		if err == nil {
			_, err = out.Write(b)
		}
		return err
	}
	if err := put(manifestName, b); err != nil {
		return err
	}
	if s != nil {
		sig, err := s.SignCleartext(ctx, statement(b))
		if err != nil {
			return fmt.Errorf("archive: signing: %w", err)
		}
		if err := put(signatureName, sig); err != nil {
			return err
		}
	}
	return w.z.Close()
}

// Archive is one that was opened. It is safe for concurrent use.
type Archive struct {
	manifest  Manifest
	raw       []byte // of the manifest
	signature []byte
	files     map[string]*zip.File
	named     map[string]File
}

// Open reads the manifest of an archive. What is damaged, in another form, larger than
// the limits, or not named in the manifest is ErrFormat. The signature is not looked
// at: see Verify. r is read later too.
func Open(r io.ReaderAt, size int64) (*Archive, error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	if len(z.File) > mostFiles+2 {
		return nil, fmt.Errorf("%w: more than %d files", ErrFormat, mostFiles)
	}
	a := &Archive{files: map[string]*zip.File{}, named: map[string]File{}}
	for _, f := range z.File {
		if a.files[f.Name] != nil || f.Method != zip.Store || f.CompressedSize64 != f.UncompressedSize64 || f.UncompressedSize64 > uint64(size) {
			return nil, fmt.Errorf("%w: a file is there twice, or compressed", ErrFormat)
		}
		a.files[f.Name] = f
	}
	if a.raw, err = a.small(manifestName, mostManifest); err != nil {
		return nil, err
	}
	if a.manifest, err = parseManifest(a.raw); err != nil {
		return nil, err
	}
	extra := 1
	if a.files[signatureName] != nil {
		extra++
		if a.signature, err = a.small(signatureName, mostSignature); err != nil {
			return nil, err
		}
	}
	if len(a.files) != len(a.manifest.Files)+extra {
		return nil, fmt.Errorf("%w: it holds files that the manifest does not name, or lacks some", ErrFormat)
	}
	for _, f := range a.manifest.Files {
		if z := a.files[f.Name]; z == nil || z.UncompressedSize64 != uint64(f.Size) {
			return nil, fmt.Errorf("%w: a file is missing, or has another size", ErrFormat)
		}
		a.named[f.Name] = f
	}
	return a, nil
}

func (a *Archive) small(name string, most uint64) ([]byte, error) {
	f := a.files[name]
	if f == nil || f.UncompressedSize64 > most {
		return nil, fmt.Errorf("%w: %s is missing or too large", ErrFormat, name)
	}
	r, err := f.Open()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	defer r.Close()
	b, err := io.ReadAll(io.LimitReader(r, int64(most)+1))
	if err != nil || uint64(len(b)) != f.UncompressedSize64 {
		return nil, fmt.Errorf("%w: %s cannot be read", ErrFormat, name)
	}
	return b, nil
}

// Manifest returns what the archive says of itself. Unless Verify was called it is a
// claim.
func (a *Archive) Manifest() Manifest { return a.manifest }

// Verify verifies the signature, and with it all that the manifest says; what is read
// later is held against that. ErrUnsigned if there is none, the Verifier's error, or
// ErrFormat if the signature is of another archive.
func (a *Archive) Verify(ctx context.Context, v Verifier) error {
	if a.signature == nil {
		return ErrUnsigned
	}
	text, err := v.VerifyCleartext(ctx, a.signature)
	if err != nil {
		return fmt.Errorf("archive: the signature: %w", err)
	}
	if !sameText(text, statement(a.raw)) {
		return fmt.Errorf("%w: the signature is of another one", ErrFormat)
	}
	return nil
}

// open returns the content of a file. At its end the reader returns ErrFormat instead
// of io.EOF if it was not what the manifest says.
func (a *Archive) open(name string) (io.ReadCloser, error) {
	f, ok := a.named[name]
	if !ok {
		return nil, fmt.Errorf("%w: it has no %s", ErrFormat, name)
	}
	r, err := a.files[name].Open()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return &checked{r: r, f: f, h: sha256.New()}, nil
}

// bytes returns the whole of a file that is not larger than most.
func (a *Archive) bytes(name string, most int64) ([]byte, error) {
	f, ok := a.named[name]
	if ok && f.Size > most {
		return nil, fmt.Errorf("%w: %s has %d bytes, more than %d", ErrFormat, name, f.Size, most)
	}
	r, err := a.open(name)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	var b bytes.Buffer
	_, err = b.ReadFrom(r)
	return b.Bytes(), err
}

// checked is a file that is held against the manifest as it is read.
type checked struct {
	r io.ReadCloser
	f File
	h hash.Hash
	n int64
}

func (c *checked) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	c.h.Write(p[:n])
	switch {
	case c.n > c.f.Size, err == io.EOF && (c.n != c.f.Size || hex.EncodeToString(c.h.Sum(nil)) != c.f.SHA256):
		return n, fmt.Errorf("%w: a file is not the one that the manifest names", ErrFormat)
	case err != nil && err != io.EOF:
		return n, errors.Join(ErrFormat, err)
	}
	return n, err
}

func (c *checked) Close() error { return c.r.Close() }

func caseDir(id interface{ String() string }) string {
	return strings.ToLower("cases/" + id.String() + "/")
}
