package cveservices

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/advisory/cve"
)

// The behaviours of CVE Services that the client rests on, at the replay server.
func TestBehaviour(t *testing.T) {
	_, c, _ := start(t)
	ctx := t.Context()
	behaves(t, c)

	// The replay server has pages of 3, another organisation that need not exist, and
	// takes containers of authorised data publishers from everybody.
	list, err := c.List(ctx, Filter{})
	require.NoError(t, err)
	require.Greater(t, len(list), 3, "over pages of 3")
	ids, err := c.Reserve(ctx, Reservation{Count: 1})
	require.NoError(t, err)
	_, err = c.Publish(ctx, record(t, ids[0].ID, "Text."))
	require.NoError(t, err)
	require.NoError(t, c.PutADP(ctx, ids[0].ID, json.RawMessage(`{"title":"x"}`)))
	key, err := c.ResetKey(ctx, "cna@gateway.example")
	require.NoError(t, err)
	require.NotEmpty(t, string(key))
	_, err = c.Org(ctx)
	refused(t, err, 401, "UNAUTHORIZED")
}

// The same behaviours at a real CVE Services, which tests/peers/cveserver starts. It
// reserves, publishes and rejects IDs there: name no server but one of your own.
func TestRealServer(t *testing.T) {
	url := os.Getenv("CVD_TEST_CVE_URL")
	if url == "" {
		t.Skip("set CVD_TEST_CVE_URL, CVD_TEST_CVE_ORG, CVD_TEST_CVE_USER and CVD_TEST_CVE_KEY; tests/peers/cveserver starts a server")
	}
	c, err := New(Config{
		URL: url, Org: os.Getenv("CVD_TEST_CVE_ORG"), User: os.Getenv("CVD_TEST_CVE_USER"),
		Key: Secret(os.Getenv("CVD_TEST_CVE_KEY")), HTTP: &http.Client{Timeout: time.Minute}, Now: time.Now,
	})
	require.NoError(t, err)
	behaves(t, c)

	// A wrong key is 401, and so is a wrong user.
	wrong := *c
	wrong.cfg.Key = "not-the-key"
	_, err = wrong.Quota(t.Context())
	refused(t, err, 401, "UNAUTHORIZED")
}

// FerretDB 1.24, as a stand-in for MongoDB, has no $lookup: the server cannot show a
// single ID with it, and answers 500.
var noLookup = os.Getenv("CVD_TEST_CVE_NO_LOOKUP") != ""

func refused(t *testing.T, err error, status int, code string) {
	t.Helper()
	var e *Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, status, e.Status, "%v", err)
	if code != "" {
		require.Equal(t, code, e.Code, "%v", err)
	}
}

// behaves is what holds at every server. It leaves no reserved ID behind.
func behaves(t *testing.T, c *Client) {
	t.Helper()
	ctx := t.Context()
	require.NoError(t, c.Ping(ctx))
	before, err := c.Quota(ctx)
	require.NoError(t, err)
	ids, err := c.Reserve(ctx, Reservation{Count: 4, Sequential: true})
	require.NoError(t, err)
	require.Len(t, ids, 4)
	for _, id := range ids {
		require.Equal(t, Reserved, id.State)
		got, err := c.Get(ctx, id.ID)
		var e *Error
		if errors.As(err, &e) && e.Status == 500 && noLookup {
			continue
		}
		require.NoError(t, err)
		require.Equal(t, id.ID, got.ID)
	}
	after, err := c.Quota(ctx)
	require.NoError(t, err)
	require.Equal(t, Quota{before.Limit, before.Reserved + 4, before.Available - 4}, after)
	n, err := c.Count(ctx, Filter{State: Reserved})
	require.NoError(t, err)
	require.Equal(t, after.Reserved, n)

	id := ids[0].ID
	publishes(t, c, id)
	rejects(t, c, id, ids[1].ID)
	refuses(t, c, ids[2].ID)

	org, err := c.Org(ctx)
	require.NoError(t, err)
	require.Equal(t, c.cfg.Org, org.ShortName)
	users, err := c.Users(ctx)
	require.NoError(t, err)
	require.NotEmpty(t, users)
	for _, x := range ids[2:] {
		out, err := c.Reject(ctx, x.ID, Rejection{Reason: "It was not used."})
		require.NoError(t, err)
		require.Equal(t, Created, out)
	}
	end, err := c.Quota(ctx)
	require.NoError(t, err)
	require.Equal(t, before, end)
}

func publishes(t *testing.T, c *Client, id string) {
	t.Helper()
	ctx := t.Context()
	r := record(t, id, "A crafted file overflows it.")
	for i, want := range []Outcome{Created, Unchanged, Updated, Unchanged} {
		if i == 2 {
			r = record(t, id, "A crafted file overflows the parser.")
		}
		out, err := c.Publish(ctx, r)
		require.NoError(t, err)
		require.Equal(t, want, out, "call %d", i) // providerMetadata is the server's
	}
	got, err := c.Record(ctx, id)
	require.NoError(t, err)
	require.Equal(t, Published, got.State())
	cna, err := container(r)
	require.NoError(t, err)
	refused(t, c.post(ctx, recordPath(id, "/cna"), cna), 403, CodeRecordExists)
	refused(t, c.SetState(ctx, id, Rejected), 403, CodeNoState)
}

func rejects(t *testing.T, c *Client, published, reserved string) {
	t.Helper()
	ctx := t.Context()
	for _, want := range []Outcome{Updated, Unchanged} {
		out, err := c.Reject(ctx, published, Rejection{Reason: "It is not a vulnerability."})
		require.NoError(t, err)
		require.Equal(t, want, out)
	}
	out, err := c.Publish(ctx, record(t, published, "It is one after all."))
	require.NoError(t, err)
	require.Equal(t, Updated, out, "what was rejected is published anew")
	for _, want := range []Outcome{Created, Unchanged} {
		out, err = c.Reject(ctx, reserved, Rejection{Reason: "It was not used.", ReplacedBy: []string{published}})
		require.NoError(t, err)
		require.Equal(t, want, out)
	}
}

// refuses is what the client holds back, and what the server says where it does not.
func refuses(t *testing.T, c *Client, id string) {
	t.Helper()
	ctx := t.Context()
	_, err := c.Record(ctx, id)
	refused(t, err, 404, CodeRecordAbsent)
	_, err = c.Reserve(ctx, Reservation{Count: 11})
	require.ErrorContains(t, err, "1 to 10")
	year := c.cfg.Now().Format("2006")
	query := map[string][]string{"amount": {"11"}, "cve_year": {year}, "batch_type": {"nonsequential"}, "short_name": {c.cfg.Org}}
	refused(t, c.do(ctx, http.MethodPost, "/cve-id", query, nil, nil), 403, "")
	_, err = c.Reserve(ctx, Reservation{Count: 1, Year: 1900})
	refused(t, err, 403, "CANNOT_RESERVE_FOR_YEAR")

	for name, change := range map[string][2]string{
		"repeated":           {`"references": [`, `"references": [{"url": "https://psirt.example/a"},`},
		"repeated solutions": {`"references"`, `"solutions": [{"lang":"en","value":"x"},{"value":"x","lang":"en"}], "references"`},
		"future":             {"2026-02-28T12", c.cfg.Now().AddDate(1, 0, 0).UTC().Format("2006-01-02T15")},
		"no product":         {`"affected"`, `"x_affected"`},
		"no references":      {`"references"`, `"x_references"`},
		"two in English":     {`"descriptions": [`, `"descriptions": [{"lang": "EN", "value": "Other text."},`},
		"no words":           {`"Text."`, `" \n"`},
	} {
		bad := changed(t, record(t, id, "Text."), change[0], change[1])
		_, err := c.Publish(ctx, bad)
		var invalid *InvalidError
		require.ErrorAs(t, err, &invalid, name)
		cna, err := container(bad)
		require.NoError(t, err)
		err = c.post(ctx, recordPath(id, "/cna"), cna)
		refused(t, err, 400, "")
		var e *Error
		require.ErrorAs(t, err, &e)
		require.NotEmpty(t, e.Details, "%s: what the server names is read", name)
	}
	_, err = c.Reject(ctx, id, Rejection{Reason: " "})
	var invalid *InvalidError
	require.ErrorAs(t, err, &invalid)
	_, err = c.Record(ctx, id)
	refused(t, err, 404, CodeRecordAbsent)
}

func changed(t *testing.T, r *cve.Record, old, new string) *cve.Record {
	t.Helper()
	text := string(r.JSON())
	require.Contains(t, text, old)
	bad, err := cve.Parse([]byte(strings.Replace(text, old, new, 1)))
	require.NoError(t, err)
	return bad
}

// post sends a container without looking at it.
func (c *Client) post(ctx context.Context, path string, cna any) error {
	return c.do(ctx, http.MethodPost, path, nil, map[string]any{"cnaContainer": cna}, nil)
}
