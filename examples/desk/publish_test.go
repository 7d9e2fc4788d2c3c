package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/advisory/csaf"
	"github.com/cvdkit/cvdkit/advisory/provider/client"
	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/examples/internal/login"
	"github.com/cvdkit/cvdkit/pgp"
)

// publishing is a desk with a provider, and with two people at it. Its clock can be put
// forward.
type publishing struct {
	t        *testing.T
	d        *desk
	dir      string
	ahead    time.Duration
	public   http.Handler
	ana, ben *house
}

func newPublishing(t *testing.T, args ...string) *publishing {
	p := &publishing{t: t, dir: t.TempDir()}
	o := flags(t, append(args, "-db", filepath.Join(t.TempDir(), "cases.db"), "-mail", "psirt@psirt.example", "-url", "https://psirt.example", "-publish", p.dir)...)
	o.now = func() time.Time { return time.Now().Add(p.ahead) }
	var err error
	p.d, err = open(t.Context(), o)
	require.NoError(t, err)
	t.Cleanup(p.d.close)
	p.public, _, err = p.d.public(t.Context())
	require.NoError(t, err)
	server := httptest.NewUnstartedServer(nil)
	l, users, err := p.d.staff(t.Context(), server.Listener.Addr())
	require.NoError(t, err)
	server.Config.Handler, err = p.d.team(l, users, &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1})
	require.NoError(t, err)
	server.Start()
	t.Cleanup(server.Close)
	for _, x := range []struct {
		name string
		to   **house
	}{{"ana", &p.ana}, {"ben", &p.ben}} {
		path, err := l.Link(t.Context(), login.Staff{Name: x.name, Groups: []string{string(cvd.EveryGroup)}})
		require.NoError(t, err)
		at := &program{team: server.URL + path}
		c, err := at.staff()
		require.NoError(t, err)
		*x.to = &house{t: t, all: []*program{at}, c: c}
	}
	return p
}

// act does an action of a case's page as somebody.
func (p *publishing) act(as *house, c *cvd.Case, name string, kv ...string) {
	p.t.Helper()
	v := url.Values{}
	for i := 0; i < len(kv); i += 2 {
		v.Add(kv[i], kv[i+1])
	}
	page := as.post(as.all[0], "/cases/"+c.Number, "/cases/"+c.Number+"/do/"+name, v)
	require.Contains(p.t, page, ": done.")
}

// at is an instant some time ahead, as a form takes it.
func (p *publishing) at(ahead time.Duration) string {
	return p.d.o.now().Add(ahead).UTC().Format("2006-01-02T15:04")
}

// ready is a case that lacks nothing but its release.
func (p *publishing) ready(cve string) *cvd.Case {
	c, err := p.d.svc.Do(p.t.Context(), cvd.CaseID{}, cvd.By{Actor: "test"}, cvd.Receive{Title: "Overflow in the parser", Summary: "SECRET-REPORT", Reporter: cvd.Contact{Name: "Rita", Email: "rita@finder.example"}})
	require.NoError(p.t, err)
	p.act(p.ana, c, "triage", "outcome", "valid")
	p.act(p.ana, c, "accept")
	p.act(p.ana, c, "identify", "title", "Overflow in the parser of "+cve, "cve", cve, "cwe", "CWE-787")
	p.act(p.ana, c, "severity", "vector", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H")
	p.act(p.ana, c, "product", "vendor", "1", "name", "Frobnicator", "versions", "1.0 to 1.4")
	p.act(p.ana, c, "embargo", "ends", p.at(30*24*time.Hour))
	p.act(p.ana, c, "embargo-answer", "proposal", "1", "for", "2", "answer", "accept")
	p.act(p.ana, c, "status", "vendor", "1", "stream", "1", "affected", "fixed", "fixed", "1.5")
	p.act(p.ana, c, "observe", "what", "F", "vendor", "1", "adopt", "yes")
	p.act(p.ana, c, "describe", "description", "A long frame writes past the end of a buffer.")
	p.act(p.ana, c, "note", "text", "SECRET-NOTE")
	return c
}

// run does what is due.
func (p *publishing) run() cvd.ReleaseRun {
	p.t.Helper()
	_, err := p.d.svc.Tick(p.t.Context(), 1000)
	require.NoError(p.t, err)
	out, err := p.d.svc.RunReleases(p.t.Context(), 100)
	require.NoError(p.t, err)
	return out
}

// get asks the public pages.
func (p *publishing) get(_ context.Context, u string, _ int64) (*client.Response, error) {
	w := httptest.NewRecorder()
	p.public.ServeHTTP(w, httptest.NewRequest("GET", u, nil))
	return &client.Response{Status: w.Code, Header: w.Header(), Body: w.Body.Bytes()}, nil
}

func (p *publishing) body(u string) string {
	r, err := p.get(p.t.Context(), u, 0)
	require.NoError(p.t, err)
	require.Equal(p.t, http.StatusOK, r.Status, u)
	return string(r.Body)
}

// nowhere: no file that is served names a text, in its name or in it.
func (p *publishing) nowhere(texts ...string) {
	p.t.Helper()
	require.NoError(p.t, filepath.WalkDir(filepath.Join(p.dir, "public"), func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		b := []byte(strings.ToLower(path))
		if info, err := os.Stat(path); err == nil && !info.IsDir() {
			f, err := os.Open(path)
			if err != nil {
				return err
			}
			defer f.Close()
			more, err := io.ReadAll(f)
			if err != nil {
				return err
			}
			b = append(b, more...)
		}
		for _, x := range texts {
			require.NotContains(p.t, string(b), x, path)
		}
		return nil
	}))
}

// verifier is package pgp as client.Verifier.
type verifier struct{}

func (verifier) VerifyDetached(ctx context.Context, text, signature []byte, certs [][]byte) (string, error) {
	list, _, err := pgp.ParseCerts(bytes.NewReader(bytes.Join(certs, []byte("\n"))), pgp.ParseOptions{})
	if err != nil {
		return "", err
	}
	sigs, err := (&pgp.Engine{}).VerifyDetached(ctx, bytes.NewReader(text), bytes.NewReader(signature), list)
	if err != nil || len(sigs) != 1 || sigs[0].Status != pgp.Valid {
		return "", fmt.Errorf("no valid signature: %w", err)
	}
	return sigs[0].Signer, nil
}

func (verifier) Fingerprint(cert []byte) (string, error) {
	list, _, err := pgp.ParseCerts(bytes.NewReader(cert), pgp.ParseOptions{})
	if err != nil || len(list) != 1 {
		return "", fmt.Errorf("one certificate was expected: %w", err)
	}
	return list[0].Fingerprint(), nil
}

// From the case to the world: two people bring out a case under embargo through the
// pages, and at its time, and not before, the advisory is there with hash and signature,
// in each list, for everybody. Nothing else of the case is, and nothing of another one.
func TestFromCaseToWorld(t *testing.T) {
	p := newPublishing(t)
	other := p.ready("CVE-1900-20002") // stays in: its release is approved by one only
	p.act(p.ana, other, "plan", "at", p.at(31*24*time.Hour), "outputs", "csaf")
	p.act(p.ana, other, "draft")
	p.act(p.ana, other, "approve")

	c := p.ready("CVE-1900-10001")
	planned := p.at(31 * 24 * time.Hour)
	p.act(p.ana, c, "plan", "at", planned, "outputs", "csaf")
	p.act(p.ana, c, "draft")
	p.act(p.ana, c, "approve")
	p.act(p.ben, c, "approve")
	require.Empty(t, p.run().Problems)
	p.nowhere("CVE-1900-10001", "CVE-1900-20002")

	p.ahead = 31*24*time.Hour + 2*time.Minute
	out := p.run()
	require.Empty(t, out.Problems)

	x := &client.Client{Verifier: verifier{}, Get: p.get, Public: p.get}
	who, problems, err := x.Discover(t.Context(), "psirt.example")
	require.NoError(t, err)
	require.Empty(t, problems)
	list, problems, err := x.List(t.Context(), who)
	require.NoError(t, err)
	require.Empty(t, problems)
	require.Len(t, list, 1)
	require.Equal(t, "WHITE", strings.ToUpper(list[0].TLP))
	require.NotEmpty(t, list[0].Hashes)
	got, err := x.Fetch(t.Context(), who, list[0]) // hash and signature
	require.NoError(t, err)
	require.Equal(t, p.d.key.Fingerprint(), got.Signer)
	text := string(got.Text)
	for _, has := range []string{"CVE-1900-10001", "Frobnicator", `"1.5"`, "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "CWE-787", "A long frame writes past", `"label": "WHITE"`} {
		require.Contains(t, text, has)
	}
	require.Contains(t, text, `"url": "`+list[0].URL+`"`, "it names the address at which it is")
	valid, err := (&csaf.Validator{}).Validate(t.Context(), got.Text, csaf.Basic)
	require.NoError(t, err)
	for _, f := range valid.Findings {
		require.NotEqual(t, csaf.SeverityError, f.Severity, "%s: %s", f.Path, f.Message)
	}
	_, current := got.Document.Released()
	require.Equal(t, planned, current.UTC().Format("2006-01-02T15:04"), "it is dated when it comes out, and not when it was written")

	// The lists for those who read no feed name it, and the security.txt leads to it.
	base := list[0].URL[:strings.Index(list[0].URL, "/white/")+len("/white/")]
	name := strings.TrimPrefix(list[0].URL, base)
	require.Equal(t, name, strings.TrimSpace(p.body(base+"index.txt")))
	require.Contains(t, p.body(base+"changes.csv"), `"`+name+`"`)
	require.Contains(t, p.body("https://psirt.example/.well-known/security.txt"), "CSAF: https://psirt.example/.well-known/csaf/")
	r, err := x.Check(t.Context(), "psirt.example", client.CheckOptions{Now: p.d.o.now()})
	require.NoError(t, err)
	for _, f := range r.Findings {
		require.NotEqual(t, client.Error, f.Level, "%+v", f)
	}

	// The case says where it is, and nothing that was not in the advisory came out.
	page := p.ana.page(p.ana.all[0], "/cases/"+c.Number)
	require.Contains(t, page, "Published")
	seen, err := p.d.svc.View(t.Context(), c.ID, cvd.Viewer{Team: true, Groups: []cvd.Private{cvd.EveryGroup}})
	require.NoError(t, err)
	require.Len(t, seen.Publications, 1)
	require.Equal(t, []string{list[0].URL}, seen.Publications[0].Advisories)
	p.nowhere("CVE-1900-20002", "SECRET-NOTE", "SECRET-REPORT", "rita@finder.example")
	p.run()
	p.nowhere("CVE-1900-20002")
}

// An advisory with another label than TLP:CLEAR never comes out, whoever approves it.
func TestRedStaysIn(t *testing.T) {
	p := newPublishing(t)
	c := p.ready("CVE-1900-30003")
	p.act(p.ana, c, "plan", "at", p.at(31*24*time.Hour), "outputs", "csaf")
	p.act(p.ana, c, "draft")
	all := cvd.Viewer{Team: true, Groups: []cvd.Private{cvd.EveryGroup}}
	seen, err := p.d.svc.View(t.Context(), c.ID, all)
	require.NoError(t, err)
	red := strings.Replace(string(seen.Drafts[0].Content), `"label": "WHITE"`, `"label": "RED"`, 1)
	require.NotEqual(t, string(seen.Drafts[0].Content), red)
	_, err = p.d.svc.Do(t.Context(), c.ID, cvd.By{Actor: "ana"}, cvd.SaveDraft{Name: output, Type: "application/json", Content: cvd.Private(red)})
	require.NoError(t, err)
	p.act(p.ana, c, "approve")
	p.act(p.ben, c, "approve")
	p.ahead = 31*24*time.Hour + 2*time.Minute
	require.NotEmpty(t, p.run().Problems)
	p.nowhere("CVE-1900-30003")
	seen, err = p.d.svc.View(t.Context(), c.ID, all)
	require.NoError(t, err)
	require.Empty(t, seen.Publications)
}
