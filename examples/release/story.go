package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/advisory"
	"github.com/cvdkit/cvdkit/advisory/csaf"
	"github.com/cvdkit/cvdkit/advisory/cve"
	"github.com/cvdkit/cvdkit/advisory/provider"
	"github.com/cvdkit/cvdkit/advisory/provider/notify"
	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/policy"
	"github.com/cvdkit/cvdkit/cvd/storage"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

const advisoryID = "GW-2026-0003"

// The documents of the release, as the case keeps them.
const (
	csaf20    = "csaf-2.0/gw-2026-0003.json"
	csaf21    = "csaf-2.1/gw-2026-0003.json"
	cveRecord = "cve/gw-2026-0003.json"
	mailText  = "mail.txt"
)

// page is where people read the advisory: the provider writes it.
const page = "https://gateway.example" + provider.WellKnown + "/advisories/gw-2026-0003.html"

// planned is the instant of the release.
var planned = time.Date(2026, 3, 5, 14, 0, 0, 0, time.UTC)

var readers = []string{"ada@reader.example", "ben@reader.example", "cho@reader.example"}

// once is the ID of a command of the story: given again after a crash it changes
// nothing.
func once(name string) (id cvd.CommandID) {
	h := sha256.Sum256([]byte("release example: " + name))
	copy(id[:], h[:])
	return id
}

func (d *desk) say(format string, a ...any) {
	fmt.Fprintf(d.w, "%s  %s\n", d.now.Format("Mon 2 Jan 15:04"), fmt.Sprintf(format, a...))
}

func (d *desk) do(ctx context.Context, name, actor string, cmds ...cvd.Command) (*cvd.Case, error) {
	return d.svc.Do(ctx, d.id, cvd.By{ID: once(name), Actor: cvd.Private(actor)}, cmds...)
}

func (d *desk) story(ctx context.Context) error {
	for _, part := range []func(context.Context) error{d.subscribe, d.prepare, d.approve, d.release, d.show} {
		if err := part(ctx); err != nil {
			return err
		}
	}
	return nil
}

// subscribe is what people did long before: they asked, and confirmed.
func (d *desk) subscribe(ctx context.Context) error {
	n, err := d.subscribers.Subscribers(ctx)
	if err != nil || n >= len(readers) {
		return err
	}
	desk := *d.subscribers
	asked := mailbox{d.state}
	desk.Sender = asked
	for _, r := range readers {
		if err := desk.Subscribe(ctx, r); err != nil {
			return err
		}
		token, err := asked.token(ctx, r) // of this run, or of one that died
		if err != nil {
			return err
		}
		if err := desk.Confirm(ctx, token); err != nil && !errors.Is(err, notify.ErrLink) {
			return err
		}
	}
	d.say("%d people have subscribed, and confirmed.", len(readers))
	return nil
}

// prepare opens the case, and gives its vulnerability a CVE ID from the pool.
func (d *desk) prepare(ctx context.Context) error {
	ours := cvd.ExternalID{Kind: "ticket", Value: "GW-117"}
	id, err := d.svc.Lookup(ctx, ours)
	switch {
	case err == nil:
		d.id = id
		c, err := d.svc.View(ctx, id, cvd.Viewer{Team: true})
		if err != nil {
			return err
		}
		if c.At.After(d.now) { // the story's clock goes on where the last run stopped
			d.now = c.At
		}
	case errors.Is(err, cvd.ErrNotFound):
		rules, ok := policy.ByName("cna-rules")
		if !ok {
			return errors.New("there is no policy cna-rules")
		}
		c, err := d.svc.Do(ctx, cvd.CaseID{}, cvd.By{ID: once("open"), Actor: "ada"},
			cvd.Open{Origin: cvd.OriginOutbound, Title: "Heap overflow in the frame parser", IDs: []cvd.ExternalID{ours}},
			cvd.AddProduct{Name: "Gateway OS", Versions: "7.0 to 7.4.2"}, cvd.Accept{},
			cvd.SetSeverity{Vector: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"},
			cvd.RecordStatus{Stream: 1, Affected: cvd.IsAffected, Fixed: "7.4.3", Statement: "Update to 7.4.3."},
			cvd.Observe{What: vultron.VendorAware, Adopt: true}, cvd.Observe{What: vultron.FixReady, Adopt: true},
			cvd.AdoptPolicy{Policy: rules})
		if err != nil {
			return err
		}
		d.id = c.ID
	default:
		return err
	}
	// The same name always gets the same ID: a crash between here and the case loses none.
	cveID, err := d.pool.Assign(ctx, planned.Year(), d.id.String()+" v1")
	if err != nil {
		return err
	}
	c, err := d.do(ctx, "identify", "ada", cvd.Identify{Vuln: 1, CVE: cvd.Private(cveID), CWE: "CWE-787"})
	if err == nil {
		d.say("Case %s has %s, reserved at CVE Services.", c.Number, cveID)
	}
	return err
}

// approve writes the documents as they are to come out at the instant, saves them in
// the case, and lets two people approve them.
func (d *desk) approve(ctx context.Context) error {
	c, err := d.svc.View(ctx, d.id, cvd.Viewer{Team: true})
	if err != nil {
		return err
	}
	if len(c.Release.Approvals) < 2 {
		docs, err := documents(c)
		if err != nil {
			return err
		}
		if _, err := d.do(ctx, "plan", "ada", append(docs, cvd.PlanRelease{At: planned, Outputs: outputs})...); err != nil {
			return err
		}
		for _, who := range []string{"ada", "ben"} {
			if _, err := d.do(ctx, "approve "+who, who, cvd.ApproveRelease{}); err != nil {
				return err
			}
		}
	}
	d.say("The advisory, the CVE record and the mail are saved; ada and ben have approved them.")
	return nil
}

// documents are dated with the instant of the release: each try brings out the same
// bytes, and those are the ones that people read.
func documents(c *cvd.Case) (cmds []cvd.Command, err error) {
	a := c.Advisory(advisoryID, publisher, planned)
	a.References = append(a.References, advisory.Reference{Self: true, URL: page, Summary: "Advisory " + advisoryID})
	if err := a.Release(planned, advisory.Final, "First release."); err != nil {
		return nil, err
	}
	save := func(name, kind string, text []byte) {
		cmds = append(cmds, cvd.SaveDraft{Name: cvd.Private(name), Type: cvd.Private(kind), Content: cvd.Private(text)})
	}
	for name, v := range map[string]csaf.Version{csaf20: csaf.V20, csaf21: csaf.V21} {
		doc, _, err := csaf.FromAdvisory(a, v)
		if err != nil {
			return nil, err
		}
		save(name, "application/json", doc.JSON())
	}
	rec, _, err := cve.FromAdvisory(a, &cve.Options{ShortName: "gateway", Version: "5.1"})
	if err != nil {
		return nil, err
	}
	save(cveRecord, "application/json", rec.JSON())
	save(mailText, "text/plain", []byte(a.Title+"\n\nGateway OS 7.0 to 7.4.2 is affected. Update to 7.4.3."))
	return cmds, nil
}

// release calls RunReleases as a host's scheduler does, every now and then. Here the
// clock jumps to when it says that there is something to do.
func (d *desk) release(ctx context.Context) error {
	for {
		run, err := d.svc.RunReleases(ctx, 10)
		if err != nil {
			return err
		}
		if run.Done > 0 {
			d.say("RunReleases: %d outputs are out.", run.Done)
		}
		for _, p := range run.Problems {
			d.say("RunReleases: %s failed, try %d: %v", p.Output, p.Try, p.Err)
			if p.Output == "" || p.Try >= 5 { // a host goes on; its people see Release.Outputs
				return p.Err
			}
		}
		switch {
		case run.Next.After(d.now):
			d.say("RunReleases: nothing more before %s.", run.Next.UTC().Format("Mon 2 Jan 15:04:05"))
			d.now = run.Next
		case run.Done == 0 && len(run.Problems) == 0:
			return nil
		}
	}
}

// show prints what is out.
func (d *desk) show(ctx context.Context) error {
	c, err := d.svc.View(ctx, d.id, cvd.Viewer{Team: true})
	if err != nil {
		return err
	}
	for _, o := range c.Release.Outputs {
		fmt.Fprintf(d.w, "  %-12s %s, tries: %d\n", o.Name, o.Ref, o.Tries)
	}
	ds, err := d.svc.Deadlines(c, d.now)
	if err != nil {
		return err
	}
	for _, x := range ds {
		if x.Policy == "cna-rules" && !x.Due.IsZero() {
			fmt.Fprintf(d.w, "  clock %s: %s\n", x.ID, x.State)
		}
	}
	rec, err := d.pool.Client.Record(ctx, string(c.Vulnerabilities[0].CVE))
	if err != nil {
		return err
	}
	fmt.Fprintf(d.w, "  %s is %s at CVE Services\n", rec.ID(), rec.State())
	for _, p := range c.Publications {
		fmt.Fprintf(d.w, "  the case records %s\n", strings.Join(p.Advisories, " and "))
	}
	mails, err := filepath.Glob(filepath.Join(d.dir, "mails", "*.eml"))
	if err != nil {
		return err
	}
	fmt.Fprintf(d.w, "  %d mails in %s\n", len(mails), filepath.Join(d.dir, "mails"))
	left, ok := c.Release.Next()
	if ok {
		return fmt.Errorf("the output %s is not out", left.Name)
	}
	return nil
}

// mailbox stands in for the readers, who get the link and click on it.
type mailbox struct{ state storage.State }

func (m mailbox) Send(ctx context.Context, x notify.Mail) error {
	_, version, err := m.state.Get(ctx, "mailbox/"+x.To)
	if err == nil {
		_, err = m.state.Put(ctx, "mailbox/"+x.To, version, []byte(x.Text))
	}
	return err
}

func (m mailbox) token(ctx context.Context, address string) (string, error) {
	text, _, err := m.state.Get(ctx, "mailbox/"+address)
	_, token, _ := strings.Cut(string(text), "?t=")
	return strings.TrimSpace(strings.SplitN(token+"\n", "\n", 2)[0]), err
}
