// Provider publishes CSAF documents as a trusted provider, serves them over TLS on
// loopback, reads them back as a client does, and prints what it found by the
// requirements of CSAF, as csaf_checker would:
//
//	go run ./examples/provider -dir DIR -listen 127.0.0.1:8443 -key KEY.asc
//
// Without arguments it publishes what the quickstart wrote into a temporary folder,
// with a key of its own, checks it, and ends.
package main

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"time"

	"github.com/cvdkit/cvdkit/advisory"
	"github.com/cvdkit/cvdkit/advisory/csaf"
	"github.com/cvdkit/cvdkit/advisory/jsontree"
	"github.com/cvdkit/cvdkit/advisory/provider"
)

//go:embed testdata/*.json
var quickstart embed.FS

type options struct{ dir, listen, key, from, domain string }

func main() {
	var o options
	flag.StringVar(&o.dir, "dir", "", "publish into `DIR`/public, and keep what is private in DIR/state (default: a temporary folder)")
	flag.StringVar(&o.listen, "listen", "", "serve at this `address` until interrupted (default: only for the check)")
	flag.StringVar(&o.key, "key", "", "sign with the OpenPGP secret key in `FILE`, which has no passphrase (default: a new key)")
	flag.StringVar(&o.from, "from", "", "publish the CSAF documents in `DIR` (default: the quickstart's advisory)")
	flag.StringVar(&o.domain, "domain", "gateway.example", "the `name` under which it is published")
	flag.Parse()
	if flag.NArg() > 0 {
		fmt.Fprintln(os.Stderr, "provider takes no arguments, only flags; see -help")
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdout, o); err != nil {
		fmt.Fprintln(os.Stderr, "provider:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, w io.Writer, o options) error {
	docs, err := read(o.from)
	if err != nil {
		return err
	}
	now := time.Now
	if o.from == "" {
		now = clock(docs)
	}
	if o.dir == "" {
		tmp, err := os.MkdirTemp("", "provider")
		if err != nil {
			return err
		}
		defer os.RemoveAll(tmp)
		o.dir = tmp
	}
	key, err := openKey(o.key, o.domain, now)
	if err != nil {
		return err
	}
	p, err := provider.New(provider.Config{
		Dir: filepath.Join(o.dir, "public"), State: filepath.Join(o.dir, "state"),
		URL: "https://" + o.domain + provider.WellKnown,
		Publisher: advisory.Publisher{
			Name: "Gateway Security Team", Category: "vendor", Namespace: "https://" + o.domain, Contact: "security@" + o.domain,
		},
		Signer: key, Now: now,
	})
	if err != nil {
		return err
	}
	if err := p.Publish(ctx, docs...); err != nil {
		return err
	}
	var thanks []provider.Thanks
	for _, d := range docs {
		if a, _ := d.Advisory(); d.Version() == csaf.V21 {
			thanks = append(thanks, provider.ThanksOf(a, ""))
		}
	}
	if err := p.PublishCredits(thanks); err != nil {
		return err
	}
	fmt.Fprintf(w, "Published %d documents of %s, signed by %s.\n", len(docs), o.domain, key.Fingerprint())
	return serve(ctx, w, o, p, key, now)
}

// read returns the CSAF documents of a folder, or the quickstart's.
func read(dir string) ([]*csaf.Document, error) {
	files, root := fs.FS(quickstart), "testdata"
	if dir != "" {
		files, root = os.DirFS(dir), "."
	}
	var docs []*csaf.Document
	err := fs.WalkDir(files, root, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || filepath.Ext(path) != ".json" {
			return err
		}
		text, err := fs.ReadFile(files, path)
		if err != nil {
			return err
		}
		d, err := csaf.Read(bytes.NewReader(text), jsontree.Limits{})
		if errors.Is(err, csaf.ErrNotCSAF) {
			return nil // such as OSV beside it
		}
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		docs = append(docs, d)
		return nil
	})
	if err == nil && len(docs) == 0 {
		err = fmt.Errorf("there is no CSAF document in %s; write some with: go run ./examples/quickstart -out DIR", dir)
	}
	return docs, err
}

// clock goes on from the quickstart's own clock, if that is ahead: what lies in the
// future is not published.
func clock(docs []*csaf.Document) func() time.Time {
	var ahead time.Duration
	for _, d := range docs {
		if _, at := d.Released(); time.Until(at) > ahead {
			ahead = time.Until(at)
		}
	}
	return func() time.Time { return time.Now().Add(ahead) }
}
