package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/advisory/csaf"
	"github.com/cvdkit/cvdkit/advisory/provider"
	"github.com/cvdkit/cvdkit/advisory/tlp"
)

// A Level says how bad a finding is, with the numbers of csaf_checker's messages.
type Level int

// The levels. A provider with an Error does not meet the requirement.
const (
	Info Level = iota
	Warning
	Error
)

// String returns the word of the level.
func (l Level) String() string { return [...]string{"info", "warning", "error"}[l] }

// A Finding is what Check found about a requirement of CSAF 7.1.
type Finding struct {
	Requirement int    // number in CSAF 7.1
	Level       Level  // how bad it is
	URL         string // what it is about
	Message     string // one sentence in English
}

// Report is what Check found, by requirement.
type Report struct {
	Provider  *Provider // nil if none was found
	Documents int       // that were fetched and verified
	Findings  []Finding // by requirement
}

// Passed reports whether no finding is an error.
func (r Report) Passed() bool {
	return !slices.ContainsFunc(r.Findings, func(f Finding) bool { return f.Level == Error })
}

// Text writes the report in lines: requirement, level, address, message.
func (r Report) Text() string {
	var b strings.Builder
	for _, f := range r.Findings {
		fmt.Fprintf(&b, "%2d %-7s %s: %s\n", f.Requirement, f.Level, f.URL, f.Message)
	}
	verdict := "passed"
	if !r.Passed() {
		verdict = "failed"
	}
	fmt.Fprintf(&b, "%s: %d documents verified, %d findings\n", verdict, r.Documents, len(r.Findings))
	return b.String()
}

// CheckOptions belong to Check.
type CheckOptions struct {
	// Now is the time of the check. It is required.
	Now time.Time
	// Validator checks the documents; nil means one without checkers.
	Validator *csaf.Validator
}

// Check reads everything that a provider publishes and judges it by the requirements
// of CSAF 7.1 for a trusted provider. Metadata, feeds and documents are of one
// version, the one that the domain's metadata is of. The error is ErrNoProvider or
// that of ctx.
func (c *Client) Check(ctx context.Context, domain string, o CheckOptions) (Report, error) {
	p, problems, err := c.Discover(ctx, domain)
	k := &check{c: c, o: o, p: p, v: o.Validator}
	if k.v == nil {
		k.v = &csaf.Validator{}
	}
	for _, x := range problems {
		k.add(20, Error, x.URL, "%s", x.Message)
	}
	if err != nil {
		return k.r, err
	}
	k.r.Provider = p
	k.places(ctx, domain)
	k.metadata(ctx)
	k.feeds(ctx)
	k.folders(ctx)
	k.documents(ctx)
	slices.SortStableFunc(k.r.Findings, func(a, b Finding) int { return a.Requirement - b.Requirement })
	return k.r, ctx.Err()
}

type check struct {
	c       *Client
	o       CheckOptions
	v       *csaf.Validator
	p       *Provider
	r       Report
	entries []checked
}

// A checked is an entry of a feed with what the folders must say of it too.
type checked struct {
	Entry
	updated string
}

func (k *check) add(req int, l Level, u, format string, a ...any) {
	k.r.Findings = append(k.r.Findings, Finding{req, l, u, fmt.Sprintf(format, a...)})
}

// get fetches what must be there, and judges how it was served.
func (k *check) get(ctx context.Context, req int, u string, max int64) ([]byte, bool) {
	if !strings.HasPrefix(u, "https://") {
		k.add(3, Error, u, "it is not served by https")
		return nil, false
	}
	r, err := k.c.get(ctx, u, max)
	switch {
	case err != nil:
		k.add(req, Error, u, "%v", err)
		return nil, false
	case r.Status != http.StatusOK:
		k.add(req, Error, u, "status %d", r.Status)
		return nil, false
	}
	if r.Redirects > 0 {
		k.add(6, Warning, u, "%d redirects", r.Redirects)
	}
	if path.Ext(u) == ".json" && r.Header.Get("Content-Type") != "application/json" {
		k.add(7, Warning, u, "the type is %q, not application/json", r.Header.Get("Content-Type"))
	}
	if r.Header.Get("Access-Control-Allow-Origin") == "" {
		k.add(25, Warning, u, "programs in browsers cannot read it: Access-Control-Allow-Origin is missing")
	}
	return r.Body, true
}

// places checks where a domain announces its metadata (8, 9, 10); one is enough.
func (k *check) places(ctx context.Context, domain string) {
	if strings.HasPrefix(domain, "https://") {
		return
	}
	well := "https://" + domain + provider.WellKnown + "/" + provider.MetadataName
	found := false
	for _, x := range []struct {
		req int
		url string
	}{{9, well}, {10, "https://csaf.data.security." + domain + "/"}, {8, "https://" + domain + "/.well-known/security.txt"}} {
		r, err := k.c.get(ctx, x.url, MaxSmall)
		if err != nil || r.Status != http.StatusOK || x.req == 8 && len(csafFields(r.Body)) == 0 {
			k.add(x.req, Info, x.url, "no provider metadata is announced here")
			continue
		}
		if r.Redirects > 0 && x.req != 8 {
			k.add(x.req, Error, x.url, "a redirect is not allowed here")
			continue
		}
		found = true
	}
	if !found {
		k.add(8, Error, domain, "neither security.txt nor well-known address nor DNS path lead to the metadata")
	}
}

func (k *check) metadata(ctx context.Context) {
	m := k.p.Metadata
	canonical, ok := k.get(ctx, 7, m.CanonicalURL, MaxSmall)
	if at, ok2 := k.get(ctx, 7, k.p.URL, MaxSmall); ok && ok2 && string(at) != string(canonical) {
		k.add(7, Error, k.p.URL, "it differs from what lies at its canonical_url")
	}
	if m.Role != provider.RoleTrustedProvider {
		k.add(7, Warning, k.p.URL, "the role is %s", m.Role)
	}
	if len(m.Keys) == 0 {
		k.add(20, Error, k.p.URL, "it names no key")
	}
	for _, key := range m.Keys {
		if key.Fingerprint == "" {
			k.add(20, Warning, key.URL, "the metadata does not state its fingerprint")
		}
	}
	if until := m.MaintainedUntil; until != nil {
		switch left := until.Sub(k.o.Now); {
		case left < 0:
			k.add(7, Error, k.p.URL, "it was maintained until %s", until.Format(time.DateOnly))
		case left < 90*24*time.Hour:
			k.add(7, Warning, k.p.URL, "it is maintained until %s", until.Format(time.DateOnly))
		}
	}
}

// feeds checks 15 to 17.
func (k *check) feeds(ctx context.Context) {
	feeds, _ := sources(k.p.Metadata)
	if len(feeds) == 0 {
		k.add(15, Error, k.p.URL, "it names no ROLIE feed")
		return
	}
	if !slices.ContainsFunc(feeds, func(f provider.Feed) bool {
		return f.TLP == "WHITE" || f.TLP == "CLEAR" || f.TLP == "GREEN"
	}) {
		k.add(15, Error, k.p.URL, "there is neither a feed of TLP:CLEAR nor one of TLP:GREEN")
	}
	for _, f := range feeds {
		if text, ok := k.get(ctx, 15, f.URL, MaxFeed); ok {
			k.feed(f, text)
		}
	}
	k.service(ctx, feeds)
	for _, d := range k.p.Metadata.Distributions {
		if d.ROLIE == nil {
			continue
		}
		for _, u := range d.ROLIE.Categories {
			var doc struct {
				Categories struct{ Category []struct{ Term string } }
			}
			if text, ok := k.get(ctx, 17, u, MaxSmall); ok && (json.Unmarshal(text, &doc) != nil || len(doc.Categories.Category) == 0) {
				k.add(17, Error, u, "it is no ROLIE category document")
			}
		}
	}
}

func (k *check) feed(f provider.Feed, text []byte) {
	doc, err := parseFeed(text)
	if err != nil {
		k.add(15, Error, f.URL, "%v", err)
		return
	}
	if !slices.ContainsFunc(doc.Feed.Link, func(l link) bool { return l.Rel == "self" && l.Href == f.URL }) {
		k.add(15, Error, f.URL, "its link \"self\" is another address")
	}
	if !slices.ContainsFunc(doc.Feed.Category, func(c struct{ Scheme, Term string }) bool {
		return c.Scheme == "urn:ietf:params:rolie:category:information-type" && c.Term == "csaf"
	}) {
		k.add(15, Error, f.URL, "the category csaf is missing")
	}
	base, _ := url.Parse(f.URL)
	for i, e := range doc.Feed.Entry {
		entry, err := e.entry(base)
		if err != nil {
			k.add(15, Error, f.URL, "entry %d: %v", i, err)
			continue
		}
		entry.TLP = f.TLP
		if entry.Signature == "" {
			k.add(19, Error, entry.URL, "the feed links no signature")
		}
		if len(entry.Hashes) == 0 {
			k.add(18, Error, entry.URL, "the feed links no hash")
		}
		if e.Content.Type != "application/json" {
			k.add(15, Error, entry.URL, "the type of its content is %q", e.Content.Type)
		}
		k.entries = append(k.entries, checked{Entry: entry, updated: e.Updated})
	}
}

// service checks that the service documents list each feed (7.1.16).
func (k *check) service(ctx context.Context, feeds []provider.Feed) {
	var services []string
	for _, d := range k.p.Metadata.Distributions {
		if d.ROLIE != nil {
			services = append(services, d.ROLIE.Services...)
		}
	}
	if len(services) == 0 {
		k.add(16, Warning, k.p.URL, "it names no service document")
		return
	}
	listed := map[string]bool{}
	for _, u := range services {
		text, ok := k.get(ctx, 16, u, MaxSmall)
		if !ok {
			continue
		}
		var doc struct {
			Service struct {
				Workspace []struct{ Collection []struct{ Href string } }
			}
		}
		if err := json.Unmarshal(text, &doc); err != nil || len(doc.Service.Workspace) == 0 {
			k.add(16, Error, u, "it is no ROLIE service document")
			continue
		}
		for _, w := range doc.Service.Workspace {
			for _, c := range w.Collection {
				listed[c.Href] = true
			}
		}
	}
	for _, f := range feeds {
		if !listed[f.URL] {
			k.add(16, Error, f.URL, "no service document lists this feed")
		}
	}
}

// documents fetches each document with what belongs to it (1 to 5, 11, 18, 19).
func (k *check) documents(ctx context.Context) {
	for i := range k.entries {
		if ctx.Err() != nil {
			return
		}
		e := &k.entries[i]
		f, err := k.c.Fetch(ctx, k.p, e.Entry)
		if err != nil {
			req := 1
			switch {
			case errors.Is(err, ErrName):
				req = 2
			case errors.Is(err, ErrHash):
				req = 18
			case errors.Is(err, ErrSignature), errors.Is(err, ErrUnsigned):
				req = 19
			}
			k.add(req, Error, e.URL, "%v", err)
		} else {
			k.r.Documents++
		}
		if f != nil && f.Document != nil {
			k.document(ctx, e, f)
		}
	}
}

func (k *check) document(ctx context.Context, e *checked, f *Fetched) {
	d := f.Document
	r, err := k.v.Validate(ctx, f.Text, csaf.Basic)
	if err != nil {
		k.add(1, Error, e.URL, "%v", err)
	}
	for _, x := range r.Findings {
		if x.Severity == csaf.SeverityError {
			k.add(1, Error, e.URL, "test %s at %s: %s", x.Test, x.Path, x.Message)
		}
	}
	if d.Status() == "draft" {
		k.add(1, Error, e.URL, "a draft is published")
	}
	if string(d.Version()) != k.p.Metadata.Version {
		k.add(1, Error, e.URL, "it is of CSAF %s, and the metadata of %s", d.Version(), k.p.Metadata.Version)
	}
	label, _ := tlp.Parse(e.TLP)
	if label != d.TLP() {
		k.add(15, Error, e.URL, "it is TLP:%s in a feed of TLP:%s", d.TLP().Name(), e.TLP)
	}
	initial, current := d.Released()
	if year := initial.UTC().Format("2006"); path.Base(path.Dir(e.URL)) != year {
		k.add(11, Error, e.URL, "it is not in the folder %s", year)
	}
	if at, err := time.Parse(time.RFC3339, e.updated); err != nil || !at.Equal(current) {
		k.add(15, Error, e.URL, "the feed says it was updated %s, and the document %s", e.updated, current.Format(time.RFC3339))
	}
	if current.After(k.o.Now) {
		k.add(1, Error, e.URL, "its release lies in the future")
	}
	if k.c.Get == nil || d.TLP() == tlp.Green {
		return // it was fetched without a login; GREEN may be either
	}
	open, err := k.c.anonymous(ctx, e.URL, MaxDocument)
	free := err == nil && open.Status == http.StatusOK
	switch {
	case d.TLP() == tlp.Clear && !free:
		k.add(4, Error, e.URL, "it is TLP:CLEAR, and needs a login")
	case d.TLP() != tlp.Clear && free:
		k.add(5, Error, e.URL, "it is TLP:%s, and needs no login", d.TLP().Name())
	}
}
