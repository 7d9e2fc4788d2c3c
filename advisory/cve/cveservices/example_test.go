package cveservices_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/advisory/cve"
	"github.com/cvdkit/cvdkit/advisory/cve/cveservices"
	"github.com/cvdkit/cvdkit/advisory/cve/cveservices/replay"
)

// memory stands in for the State of the host's cvd Service.
type memory map[string][]byte

func (m memory) Get(_ context.Context, key string) ([]byte, int64, error) {
	if v, ok := m[key]; ok {
		return v, 1, nil
	}
	return nil, 0, nil
}

func (m memory) Put(_ context.Context, key string, version int64, value []byte) (int64, error) {
	if _, ok := m[key]; ok != (version == 1) {
		return 0, errors.New("somebody was faster")
	}
	if value == nil {
		delete(m, key)
		return 0, nil
	}
	m[key] = value
	return 1, nil
}

func (m memory) List(_ context.Context, prefix, after string, n int) ([]string, error) {
	var keys []string
	for k := range m {
		if strings.HasPrefix(k, prefix) && k > after {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	return keys[:min(n, len(keys))], nil
}

// connect starts a server that behaves as CVE Services does. A CNA gives
// cveservices.Test or cveservices.Production as the URL.
func connect() (*cveservices.Client, func()) {
	now := func() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }
	srv := httptest.NewServer(&replay.Server{Org: "gateway", User: "cna@gateway.example", Key: "not-a-real-key", Quota: 100, Now: now})
	c, err := cveservices.New(cveservices.Config{
		URL: srv.URL + "/api", Org: "gateway", User: "cna@gateway.example", Key: "not-a-real-key",
		HTTP: &http.Client{Timeout: time.Minute}, Now: now,
	})
	must(err)
	return c, srv.Close
}

func record(id, text string) *cve.Record {
	r, err := cve.Parse(fmt.Appendf(nil, `{
  "dataType": "CVE_RECORD", "dataVersion": "5.1",
  "cveMetadata": {"cveId": %q, "assignerOrgId": %q, "state": "PUBLISHED"},
  "containers": {"cna": {
    "providerMetadata": {"orgId": %q},
    "descriptions": [{"lang": "en", "value": %q}],
    "affected": [{"vendor": "Gateway", "product": "Gateway", "versions": [{"version": "2.0", "status": "affected"}]}],
    "references": [{"url": "https://gateway.example/advisories/gw-1900-0003"}]
  }}}`, id, cve.PlaceholderOrgID, cve.PlaceholderOrgID, text))
	must(err)
	return r
}

// Publish makes the server say what the record says, whatever it said before.
func ExampleClient_Publish() {
	ctx := context.Background()
	c, stop := connect()
	defer stop()
	ids, err := c.Reserve(ctx, cveservices.Reservation{Count: 1})
	must(err)
	for _, text := range []string{"A header overflows a buffer.", "A header overflows a buffer.", "A long header overflows a buffer."} {
		outcome, err := c.Publish(ctx, record(ids[0].ID, text))
		must(err)
		fmt.Println(outcome)
	}
	// What the server would refuse is not sent.
	_, err = c.Publish(ctx, record(ids[0].ID, " "))
	fmt.Println(strings.SplitN(err.Error(), ";", 2)[0])
	// Output:
	// created
	// unchanged
	// updated
	// cveservices: the record of CVE-2026-10001 was not sent
}

// A Pool remembers which ID is for which vulnerability.
func ExamplePool() {
	ctx := context.Background()
	c, stop := connect()
	defer stop()
	pool := &cveservices.Pool{Client: c, State: memory{}, Batch: 2}
	for _, v := range []string{"GW-1900-0003 1", "GW-1900-0003 1"} {
		id, err := pool.Assign(ctx, 2026, v)
		must(err)
		fmt.Println(id)
	}
	unused, err := pool.RejectUnused(ctx, 2026, "This ID was not used in 2026.")
	must(err)
	fmt.Println("rejected:", unused)
	// Output:
	// CVE-2026-10001
	// CVE-2026-10001
	// rejected: [CVE-2026-10009]
}

// The record is a step of a release, after the advisory and never before. A host puts
// the one call into its step; public is Publisher.Released of package provider.
func ExamplePool_Release() {
	ctx := context.Background()
	c, stop := connect()
	defer stop()
	pool := &cveservices.Pool{Client: c, State: memory{}}
	id, err := pool.Assign(ctx, 2026, "GW-1900-0003 1")
	must(err)
	released := false
	public := func(context.Context) (bool, error) { return released, nil }
	step := func(ctx context.Context, release string) error {
		r, err := pool.Release(ctx, release+"/cve", record(id, "A header overflows a buffer."), public)
		if err == nil {
			fmt.Println(r.CVE, r.Outcome)
		}
		return err
	}
	fmt.Println(step(ctx, "release 7"))
	released = true
	for range 2 { // the second time it is done already
		must(step(ctx, "release 7"))
	}
	// Output:
	// cveservices: the advisory is not public yet; the record comes after it
	// CVE-2026-10001 created
	// CVE-2026-10001 created
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
