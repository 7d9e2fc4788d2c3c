package main

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/advisory"
	"github.com/cvdkit/cvdkit/advisory/csaf"
	"github.com/cvdkit/cvdkit/advisory/formats"
	"github.com/cvdkit/cvdkit/advisory/provider"
	"github.com/cvdkit/cvdkit/advisory/tlp"
	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/pgp"
	"github.com/cvdkit/cvdkit/rfc2350"
	"github.com/cvdkit/cvdkit/securitytxt"
)

// output is what a release brings out where there is a provider: the advisory in CSAF,
// which was saved as a draft of this name before two people approved it.
const output = "csaf"

// openProvider sets up what is published, and how a release does it.
func (d *desk) openProvider(ctx context.Context, cfg *cvd.Config) error {
	if d.o.publish == "" {
		return nil
	}
	dir, err := filepath.Abs(d.o.publish)
	if err != nil {
		return err
	}
	base := strings.TrimSuffix(d.o.url, "/")
	d.provider, err = provider.New(provider.Config{
		Dir: filepath.Join(dir, "public"), State: filepath.Join(dir, "state"), URL: base + provider.WellKnown,
		Publisher: d.publisher(), Signer: signer{&pgp.Engine{}, d.key}, Now: d.o.now,
	})
	if err != nil {
		return err
	}
	cfg.Steps = map[string]cvd.ReleaseStep{output: d.release}
	return d.provider.Publish(ctx) // what a crash left is finished
}

func (d *desk) publisher() advisory.Publisher {
	p := advisory.Publisher{Name: team, Category: "vendor", Namespace: strings.TrimSuffix(d.o.url, "/"), Contact: d.o.mail}
	if p.Namespace == "" {
		p.Namespace = "https://psirt.example"
	}
	return p
}

// draft writes the advisory of a case as it comes out: at the planned time, if there is
// one, and for everybody. Until then an embargo may hold, but the document says how it is
// to be treated once it is out; what keeps it in until then is the release.
func (d *desk) draft(ctx context.Context, c *cvd.Case) (cvd.SaveDraft, error) {
	now := d.o.now()
	if at := c.Release.At; at.After(now) {
		now = at
	}
	a := c.Advisory(strings.ReplaceAll(c.Number, "CVD", "ADV"), d.publisher(), now)
	a.TLP = tlp.Clear
	if err := a.Release(now, advisory.Final, "First release."); err != nil {
		return cvd.SaveDraft{}, err
	}
	doc, _, err := csaf.FromAdvisory(a, csaf.V20)
	if err != nil {
		return cvd.SaveDraft{}, err
	}
	for i := range a.References {
		if r := &a.References[i]; r.Self {
			if r.URL, err = d.provider.URLOf(doc); err != nil {
				return cvd.SaveDraft{}, err
			}
		}
	}
	var b bytes.Buffer
	if _, err := formats.Encode(&b, formats.CSAF20, a, nil); err != nil {
		return cvd.SaveDraft{}, err
	}
	v := csaf.Validator{}
	r, err := v.Validate(ctx, b.Bytes(), csaf.Basic)
	if err != nil {
		return cvd.SaveDraft{}, err
	}
	for _, x := range r.Findings {
		if x.Severity == csaf.SeverityError {
			return cvd.SaveDraft{}, fmt.Errorf("at %s: %s (test %s)", x.Path, x.Message, x.Test)
		}
	}
	return cvd.SaveDraft{Name: output, Type: "application/json", Content: cvd.Private(b.String())}, nil
}

// release brings the approved advisory out, and tells the case. It is called again after
// a crash, under the same ID.
func (d *desk) release(ctx context.Context, r cvd.StepRun) (string, error) {
	done, ok, err := d.provider.Released(r.ID)
	if err != nil {
		return "", err
	}
	if !ok {
		var draft *cvd.Draft
		for i := range r.Case.Drafts {
			if r.Case.Drafts[i].Name == output {
				draft = &r.Case.Drafts[i]
			}
		}
		if draft == nil {
			return "", errors.New("no advisory was saved as a draft")
		}
		for _, a := range r.Case.Release.Approvals {
			if draft.Saved.After(a.At) {
				return "", errors.New("the advisory was saved after it was approved: plan and approve the release anew")
			}
		}
		doc, err := csaf.Parse([]byte(draft.Content))
		if err != nil {
			return "", err
		}
		if done, err = d.provider.Release(ctx, r.ID, doc); err != nil {
			return "", err
		}
	}
	if _, err := d.svc.Do(ctx, r.Case.ID, cvd.By{ID: r.Command, Actor: "release"}, cvd.Publish{At: done.At, Advisories: done.Documents}); err != nil {
		return "", err
	}
	return done.Pages[0], nil
}

// signer is package pgp as provider.Signer.
type signer struct {
	engine *pgp.Engine
	key    pgp.Secret
}

func (s signer) SignDetached(ctx context.Context, dst io.Writer, src io.Reader) error {
	_, err := s.engine.SignDetached(ctx, dst, src, s.key, pgp.Form{})
	return err
}
func (s signer) PublicKey() []byte   { return s.key.Cert().Armor() }
func (s signer) Fingerprint() string { return s.key.Fingerprint() }
func (s signer) Expires() time.Time  { return s.key.Cert().Expires() }

// securityTxt serves RFC 9116, and writes it anew before it expires. A demonstration
// names an address that leads nowhere.
func (d *desk) securityTxt(ctx context.Context) (http.Handler, error) {
	base := strings.TrimSuffix(d.o.url, "/")
	if base == "" {
		base = "https://psirt.example"
	}
	f := securitytxt.File{Contact: []string{base + "/report/"}, Canonical: []string{base + securitytxt.WellKnownPath}, PreferredLanguages: []string{"en", "de", "fr", "es", "pl"}}
	if d.o.mail != "" {
		f.Contact = append(f.Contact, "mailto:"+d.o.mail)
	}
	if d.o.policy != "" || d.dir != "" {
		f.Policy = []string{base + "/report/policy"}
	}
	if d.provider != nil {
		f.CSAF = d.provider.SecurityTxtLines()
	}
	if !d.key.IsZero() {
		f.Encryption = []string{base + "/key.asc"}
	}
	return securitytxt.NewHandler(ctx, securitytxt.Template{File: f, Now: time.Now}, securitytxt.HandlerOptions{
		Now: time.Now, OnError: func(err error) { d.problem("security.txt")(ctx, err) },
	})
}

// demonstrationPolicy is that of the made-up team.
//
//go:embed demonstration.txt
var demonstrationPolicy []byte

// policyPage makes the page of the team's RFC 2350 document.
func (d *desk) policyPage() (func(context.Context) ([]byte, error), error) {
	raw := demonstrationPolicy
	switch {
	case d.o.policy != "":
		var err error
		if raw, err = os.ReadFile(d.o.policy); err != nil {
			return nil, err
		}
	case d.dir == "":
		return nil, nil
	}
	doc, err := rfc2350.Parse(raw, rfc2350.Options{})
	if err != nil {
		return nil, fmt.Errorf("-policy: %w", err)
	}
	page := doc.HTML()
	return func(context.Context) ([]byte, error) { return page, nil }, nil
}
