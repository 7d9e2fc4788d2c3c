package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"

	"github.com/cvdkit/cvdkit/advisory/csaf"
	"github.com/cvdkit/cvdkit/advisory/cve"
	"github.com/cvdkit/cvdkit/advisory/provider/notify"
	"github.com/cvdkit/cvdkit/cvd"
)

// The outputs of a release, in their order. What follows is called again after every
// crash, so each step first looks what it did under its ID.
const (
	advisoryOutput = "advisory"
	recordOutput   = "cve-record"
	mailsOutput    = "mails"
)

var outputs = []string{advisoryOutput, recordOutput, mailsOutput}

// steps are what Config.Steps gets.
func (d *desk) steps() map[string]cvd.ReleaseStep {
	return map[string]cvd.ReleaseStep{advisoryOutput: d.publishAdvisory, recordOutput: d.publishRecord, mailsOutput: d.sendMails}
}

// publishAdvisory puts the approved documents into the provider's tree, and tells the
// case that it is public: the embargo ends, and the participants are told.
func (d *desk) publishAdvisory(ctx context.Context, r cvd.StepRun) (string, error) {
	done, ok, err := d.provider.Released(r.ID)
	if err != nil {
		return "", err
	}
	if !ok {
		var docs []*csaf.Document
		for _, name := range []string{csaf20, csaf21} {
			text, err := approved(r.Case, name)
			if err != nil {
				return "", err
			}
			doc, err := csaf.Parse(text)
			if err != nil {
				return "", err
			}
			docs = append(docs, doc)
		}
		if done, err = d.provider.Release(ctx, r.ID, docs...); err != nil {
			return "", err
		}
	}
	publish := cvd.Publish{At: done.At, Advisories: done.Documents}
	for _, name := range []string{csaf20, csaf21} {
		publish.SHA256 = append(publish.SHA256, string(draft(r.Case, name).SHA256))
	}
	// The command has an ID of its own, which is the same in every try.
	if _, err := d.svc.Do(ctx, r.Case.ID, cvd.By{ID: r.Command, Actor: "release"}, publish); err != nil {
		return "", err
	}
	return done.Pages[0], nil
}

// publishRecord publishes the CVE record, after the advisory and never before, and tells
// the case, whose clocks for it end.
func (d *desk) publishRecord(ctx context.Context, r cvd.StepRun) (string, error) {
	done, err := d.pool.Released(ctx, r.ID)
	if err != nil {
		return "", err
	}
	if done.ID == "" {
		text, err := approved(r.Case, cveRecord)
		if err != nil {
			return "", err
		}
		rec, err := cve.Parse(text)
		if err != nil {
			return "", err
		}
		if done, err = d.pool.Release(ctx, r.ID, rec, d.public(r.Case)); err != nil {
			return "", err
		}
	}
	published := cvd.RecordCVE{CVE: cvd.Private(done.CVE), State: cvd.CVEPublished, At: done.At}
	for _, v := range r.Case.Vulnerabilities {
		if v.CVE == published.CVE {
			published.Vuln = v.ID
		}
	}
	_, err = d.svc.Do(ctx, r.Case.ID, cvd.By{ID: r.Command, Actor: "release"}, published)
	return done.CVE, err
}

// sendMails tells each subscriber once. The notice is made of what was approved and of
// where the advisory is, so that every try has the same.
func (d *desk) sendMails(ctx context.Context, r cvd.StepRun) (string, error) {
	text, err := approved(r.Case, mailText)
	if err != nil {
		return "", err
	}
	document, err := approved(r.Case, csaf21)
	if err != nil {
		return "", err
	}
	n := notify.Notice{
		ID: r.ID, Subject: advisoryID + ": " + r.Case.Vulnerabilities[0].Title.Display(), Text: string(text) + "\n\n" + refOf(r.Case, advisoryOutput) + "\n",
		Files: []notify.File{{Name: strings.ToLower(advisoryID) + ".json", Data: document}},
	}
	if err := d.subscribers.Release(ctx, n, d.public(r.Case)); err != nil {
		return "", err
	}
	return "subscribers of " + advisoryID, nil
}

// public tells whether everybody can read the advisory. A host asks its public
// address, from outside; here that is the handler which would serve it.
func (d *desk) public(c *cvd.Case) func(context.Context) (bool, error) {
	return func(ctx context.Context) (bool, error) {
		u, err := url.Parse(refOf(c, advisoryOutput))
		if err != nil || u.Path == "" {
			return false, err
		}
		w := httptest.NewRecorder()
		d.provider.Handler().ServeHTTP(w, httptest.NewRequestWithContext(ctx, http.MethodGet, u.Path, nil))
		return w.Code == http.StatusOK, nil
	}
}

func refOf(c *cvd.Case, output string) string {
	for _, o := range c.Release.Outputs {
		if o.Name == output && !o.Done.IsZero() {
			return o.Ref
		}
	}
	return ""
}

func draft(c *cvd.Case, name string) cvd.Draft {
	for _, x := range c.Drafts {
		if string(x.Name) == name {
			return x
		}
	}
	return cvd.Draft{}
}

// approved returns the saved bytes of a document. What was saved after the approvals
// is not what two people approved, and does not come out.
func approved(c *cvd.Case, name string) ([]byte, error) {
	x := draft(c, name)
	if x.Content == "" {
		return nil, fmt.Errorf("%s was not saved", name)
	}
	for _, a := range c.Release.Approvals {
		if x.Saved.After(a.At) {
			return nil, fmt.Errorf("%s was saved after it was approved: plan and approve the release anew", name)
		}
	}
	return []byte(x.Content), nil
}
