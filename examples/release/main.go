// Release brings out an advisory as a staged release: two people approve the
// documents, and at the planned instant Service.RunReleases publishes the advisory,
// then the CVE record, then tells the subscribers.
//
//	go run ./examples/release -dir DIR
//
// DIR gets the case's database, what is public, and the mails. A program that is
// killed on the way goes on when it is started again with the same DIR; then -url must
// lead to a CVE Services that outlives it (the default is a server inside, which
// behaves as the real one does). The steps are in steps.go: copy them.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/signal"
	"path/filepath"
	"time"

	"github.com/cvdkit/cvdkit/advisory/cve/cveservices"
	"github.com/cvdkit/cvdkit/advisory/cve/cveservices/replay"
)

type options struct{ dir, url, org, user, key string }

func main() {
	o := options{key: os.Getenv("CVE_API_KEY")}
	flag.StringVar(&o.dir, "dir", "", "keep everything in `DIR` (default: a temporary folder)")
	flag.StringVar(&o.url, "url", "", "`ADDRESS` of CVE Services, such as "+cveservices.Test+", with the key in CVE_API_KEY (default: a server inside)")
	flag.StringVar(&o.org, "org", "gateway", "short `NAME` of the CNA")
	flag.StringVar(&o.user, "user", "cna@gateway.example", "user `NAME`")
	flag.Parse()
	if flag.NArg() > 0 {
		fmt.Fprintln(os.Stderr, "release takes no arguments, only flags; see -help")
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdout, o); err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, w io.Writer, o options) error {
	if o.dir == "" {
		tmp, err := os.MkdirTemp("", "release")
		if err != nil {
			return err
		}
		defer os.RemoveAll(tmp)
		o.dir = tmp
	}
	d := &desk{w: w, dir: o.dir, now: planned.Add(-72 * time.Hour)}
	if o.url == "" {
		if _, err := os.Stat(filepath.Join(o.dir, "case.db")); !errors.Is(err, os.ErrNotExist) {
			return errors.New("the folder holds a release, whose CVE ID the server inside does not know: take a new folder, or give -url")
		}
		o.key = "not-a-real-key"
		srv := httptest.NewServer(&replay.Server{Org: o.org, User: o.user, Key: o.key, Quota: 100, Now: d.clock})
		defer srv.Close()
		o.url = srv.URL + "/api"
	}
	c, err := cveservices.New(cveservices.Config{
		URL: o.url, Org: o.org, User: o.user, Key: cveservices.Secret(o.key), HTTP: &http.Client{Timeout: time.Minute}, Now: d.clock,
	})
	if err != nil {
		return err
	}
	done, err := d.openFiles(ctx)
	if err != nil {
		return err
	}
	defer done()
	if err := d.open(c); err != nil {
		return err
	}
	return d.story(ctx)
}
