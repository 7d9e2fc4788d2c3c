package client_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"time"

	"github.com/cvdkit/cvdkit/advisory"
	"github.com/cvdkit/cvdkit/advisory/csaf"
	"github.com/cvdkit/cvdkit/advisory/provider"
	"github.com/cvdkit/cvdkit/advisory/provider/client"
	"github.com/cvdkit/cvdkit/advisory/tlp"
)

// digests stands in for package pgp, as Signer and as Verifier; examples/provider has
// the real ones.
type digests struct{}

func (digests) SignDetached(_ context.Context, dst io.Writer, src io.Reader) error {
	text, err := io.ReadAll(src)
	if err == nil {
		_, err = fmt.Fprintf(dst, "-----BEGIN PGP SIGNATURE-----\n%x\n", sha256.Sum256(text))
	}
	return err
}
func (digests) PublicKey() []byte   { return []byte("a public key\n") }
func (digests) Fingerprint() string { return "8F5F267907B2C4559DB360DB2294BA7D2B2298B1" }
func (digests) Expires() time.Time  { return time.Time{} }

func (d digests) VerifyDetached(_ context.Context, text, sig []byte, _ [][]byte) (string, error) {
	if !bytes.Contains(sig, fmt.Appendf(nil, "%x", sha256.Sum256(text))) {
		return "", errors.New("no signature is valid")
	}
	return d.Fingerprint(), nil
}

type verifier struct{ digests }

func (v verifier) Fingerprint([]byte) (string, error) { return v.digests.Fingerprint(), nil }

// upstream publishes one advisory, and returns how it is fetched: a Client without Get
// fetches over https.
func upstream(now time.Time) (get func(context.Context, string, int64) (*client.Response, error), stop func()) {
	dir, err := os.MkdirTemp("", "upstream")
	if err != nil {
		panic(err)
	}
	vendor := advisory.Publisher{Name: "Example PSIRT", Category: "vendor", Namespace: "https://psirt.example"}
	p, err := provider.New(provider.Config{
		Dir: filepath.Join(dir, "public"), State: filepath.Join(dir, "state"),
		URL: "https://psirt.example" + provider.WellKnown, Publisher: vendor,
		Signer: digests{}, Now: func() time.Time { return now },
	})
	if err != nil {
		panic(err)
	}
	doc, _, err := csaf.FromAdvisory(&advisory.Advisory{
		ID: "EX-1900-0001", Title: "Overflow in the parser", TLP: tlp.Clear, Category: "csaf_base", Publisher: vendor,
		Tracking: advisory.Tracking{
			Status: advisory.Final, Version: "1", Released: now, Updated: now,
			Revisions: []advisory.Revision{{Version: "1", Date: now, Summary: "First release."}},
		},
		Products: []advisory.Product{{
			ID: "P-1", Title: "Example parser 1.4.1", Vendor: "Example", Name: "parser", Version: "1.4.1",
			PURLs: []string{"pkg:npm/%40example/parser@1.4.1"},
		}},
	}, csaf.V20)
	if err != nil {
		panic(err)
	}
	if err := p.Publish(context.Background(), doc); err != nil {
		panic(err)
	}
	get = func(_ context.Context, url string, _ int64) (*client.Response, error) {
		w := httptest.NewRecorder()
		p.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, url, nil))
		return &client.Response{Status: w.Code, Header: w.Header(), Body: w.Body.Bytes()}, nil
	}
	return get, func() { os.RemoveAll(dir) }
}

// A team watches an upstream: it finds the provider of a domain, and asks now and then
// what is new, and what of it is about a component of its own.
func ExampleClient_Updates() {
	ctx := context.Background()
	get, stop := upstream(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	defer stop()
	c := &client.Client{Verifier: verifier{}, Get: get}
	p, _, err := c.Discover(ctx, "psirt.example")
	if err != nil {
		panic(err)
	}
	seen := client.Seen{} // the host keeps it as JSON
	ours := client.Watch{PURLs: []string{"pkg:npm/%40example/parser"}}
	for range 2 {
		n := 0
		problems, err := c.Updates(ctx, p, seen, ours, func(news client.News) error {
			n++
			for _, m := range news.Matches {
				fmt.Printf("%s: %s (ours: %s)\n", news.Document.ID(), m.Title, m.Watched)
			}
			return nil // here the host opens a submission
		})
		if err != nil {
			panic(err)
		}
		fmt.Println(n, "new,", len(problems), "problems")
	}
	// Output:
	// EX-1900-0001: Example parser 1.4.1 (ours: pkg:npm/%40example/parser)
	// 1 new, 0 problems
	// 0 new, 0 problems
}

// A provider checks itself as csaf_checker would, and the lists that it does not judge.
func ExampleClient_Check() {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	get, stop := upstream(now)
	defer stop()
	c := &client.Client{Verifier: verifier{}, Get: get, Public: get}
	r, err := c.Check(context.Background(), "psirt.example", client.CheckOptions{Now: now})
	if err != nil {
		panic(err)
	}
	fmt.Print(r.Text())
	// Output:
	//  8 info    https://psirt.example/.well-known/security.txt: no provider metadata is announced here
	// passed: 1 documents verified, 1 findings
}
