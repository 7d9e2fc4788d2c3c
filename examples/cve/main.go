// Cve walks a CVE ID through its life at CVE Services: reserve, publish after the
// advisory, update, reject.
//
//	go run ./examples/cve
//
// It talks to a server inside of the program that behaves as the real one does. To
// talk to the CVE Program's test server, give -url, -org and -user, and the API key
// in the variable CVE_API_KEY.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/advisory/cve"
	"github.com/cvdkit/cvdkit/advisory/cve/cveservices"
	"github.com/cvdkit/cvdkit/advisory/cve/cveservices/replay"
	"github.com/cvdkit/cvdkit/cvd/memstore"
)

func main() {
	url := flag.String("url", "", "`ADDRESS` of CVE Services, such as "+cveservices.Test+" (default: a server inside)")
	org := flag.String("org", "gateway", "short `NAME` of the CNA")
	user := flag.String("user", "cna@gateway.example", "user `NAME`")
	flag.Parse()
	if flag.NArg() > 0 {
		fmt.Fprintf(os.Stderr, "cve takes only flags, and %q is none; see -h\n", flag.Arg(0))
		os.Exit(2)
	}
	cfg := cveservices.Config{
		URL: *url, Org: *org, User: *user, Key: cveservices.Secret(os.Getenv("CVE_API_KEY")),
		HTTP: &http.Client{Timeout: time.Minute}, Now: time.Now,
	}
	if *url == "" {
		cfg.Key = "not-a-real-key"
		srv := httptest.NewServer(&replay.Server{Org: *org, User: *user, Key: string(cfg.Key), Quota: 100, Now: time.Now})
		defer srv.Close()
		cfg.URL = srv.URL + "/api"
	}
	if err := run(context.Background(), os.Stdout, cfg); err != nil {
		fmt.Fprintln(os.Stderr, "cve:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, w io.Writer, cfg cveservices.Config) error {
	c, err := cveservices.New(cfg)
	if err != nil {
		return err
	}
	q, err := c.Quota(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "%s may reserve %d IDs.\n", cfg.Org, q.Available)

	pool := &cveservices.Pool{Client: c, State: memstore.NewState(), Batch: 2}
	year := cfg.Now().UTC().Year()
	id, err := pool.Assign(ctx, year, "GW-2026-0003 vulnerability 1")
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "Reserved, and assigned to the vulnerability: %s\n", id)

	public := false
	isPublic := func(context.Context) (bool, error) { return public, nil }
	rec, err := record(id, "Gateway 2 copies a header into a buffer that is too short.")
	if err != nil {
		return err
	}
	const step = "GW-2026-0003 release 1: cve"
	if _, err := pool.Release(ctx, step, rec, isPublic); !errors.Is(err, cveservices.ErrTooEarly) {
		return fmt.Errorf("the record was not held back: %w", err)
	}
	fmt.Fprintln(w, "The advisory is not public yet: the record waits.")
	public = true
	if _, err := pool.Release(ctx, step, rec, isPublic); err != nil {
		return err
	}
	fmt.Fprintln(w, "The advisory is public: the record is published.")

	better, err := record(id, "Gateway 2 before 2.4 copies a header into a buffer that is too short.")
	if err != nil {
		return err
	}
	for range 2 {
		outcome, err := c.Publish(ctx, better)
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "Better text: %s\n", outcome)
	}
	if err := pool.Reject(ctx, id, cveservices.Rejection{Reason: "Further investigation showed that it is not a vulnerability."}); err != nil {
		return err
	}
	rejected, err := pool.RejectUnused(ctx, year, "This ID was not used.")
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "Rejected: %s. Rejected unused: %s\n", id, strings.Join(rejected, ", "))
	return nil
}

func record(id, text string) (*cve.Record, error) {
	b, err := json.Marshal(map[string]any{
		"dataType": "CVE_RECORD", "dataVersion": "5.1",
		"cveMetadata": map[string]string{"cveId": id, "assignerOrgId": cve.PlaceholderOrgID, "state": "PUBLISHED"},
		"containers": map[string]any{"cna": map[string]any{
			"providerMetadata": map[string]string{"orgId": cve.PlaceholderOrgID},
			"descriptions":     []map[string]string{{"lang": "en", "value": text}},
			"affected": []map[string]any{{
				"vendor": "Gateway", "product": "Gateway",
				"versions": []map[string]string{{"version": "2.0", "lessThan": "2.4", "status": "affected", "versionType": "semver"}},
			}},
			"references": []map[string]string{{"url": "https://gateway.example/advisories/gw-2026-0003"}},
		}},
	})
	if err != nil {
		return nil, err
	}
	return cve.Parse(b)
}
