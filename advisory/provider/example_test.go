package provider_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/cvdkit/cvdkit/advisory"
	"github.com/cvdkit/cvdkit/advisory/csaf"
	"github.com/cvdkit/cvdkit/advisory/provider"
	"github.com/cvdkit/cvdkit/advisory/tlp"
)

// exampleSigner stands in for package pgp; examples/provider has the real one.
type exampleSigner struct{}

func (exampleSigner) SignDetached(_ context.Context, dst io.Writer, src io.Reader) error {
	h := sha256.New()
	if _, err := io.Copy(h, src); err != nil {
		return err
	}
	_, err := fmt.Fprintf(dst, "-----BEGIN PGP SIGNATURE-----\n%x\n", h.Sum(nil))
	return err
}
func (exampleSigner) PublicKey() []byte   { return []byte("a public key\n") }
func (exampleSigner) Fingerprint() string { return "8F5F267907B2C4559DB360DB2294BA7D2B2298B1" }
func (exampleSigner) Expires() time.Time  { return time.Time{} }

// newPublisher makes a provider in a temporary folder. It keeps exampleSigner's
// promises only, so it is for examples.
func newPublisher(now time.Time) (*provider.Publisher, string) {
	dir, err := os.MkdirTemp("", "provider")
	must(err)
	p, err := provider.New(provider.Config{
		Dir: filepath.Join(dir, "public"), State: filepath.Join(dir, "state"),
		URL: "https://psirt.example" + provider.WellKnown, Publisher: psirt,
		Signer: exampleSigner{}, Now: func() time.Time { return now },
	})
	must(err)
	return p, dir
}

var psirt = advisory.Publisher{Name: "Example PSIRT", Category: "vendor", Namespace: "https://psirt.example"}

func notice(now time.Time) *csaf.Document {
	doc, _, err := csaf.FromAdvisory(&advisory.Advisory{
		ID: "EX-1900-0001", Title: "A notice", TLP: tlp.Clear, Category: "csaf_base", Publisher: psirt,
		Tracking: advisory.Tracking{
			Status: advisory.Final, Version: "1", Released: now, Updated: now,
			Revisions: []advisory.Revision{{Version: "1", Date: now, Summary: "First release."}},
		},
	}, csaf.V20)
	must(err)
	return doc
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func Example() {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	p, dir := newPublisher(now)
	defer os.RemoveAll(dir)
	for range 2 { // the second time changes nothing
		must(p.Publish(context.Background(), notice(now)))
	}
	changes, err := os.ReadFile(filepath.Join(dir, "public/v2.0/white/changes.csv"))
	must(err)
	fmt.Print(string(changes))
	fmt.Println(p.SecurityTxtLines()[0])
	// Output:
	// "2026/ex-1900-0001.json","2026-03-01T12:00:00Z"
	// https://psirt.example/.well-known/csaf/provider-metadata.json
}

// The advisory is the first step of a release. A host puts the one call into its step
// and repeats it until it returns nil; what comes after it asks Released.
func ExamplePublisher_Release() {
	ctx := context.Background()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	p, dir := newPublisher(now)
	defer os.RemoveAll(dir)
	const id = "release 7/advisory"
	_, ok, err := p.Released(id)
	must(err)
	fmt.Println("released:", ok)
	for range 2 { // the second time it is done already
		r, err := p.Release(ctx, id, notice(now))
		must(err)
		fmt.Println(r.Documents[0])
	}
	_, ok, err = p.Released(id)
	must(err)
	fmt.Println("released:", ok)
	// Output:
	// released: false
	// https://psirt.example/.well-known/csaf/v2.0/white/2026/ex-1900-0001.json
	// https://psirt.example/.well-known/csaf/v2.0/white/2026/ex-1900-0001.json
	// released: true
}
