package main

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/policy"
	"github.com/cvdkit/cvdkit/cvd/vultron"
	"github.com/cvdkit/cvdkit/pgp"
)

// The parties of the case get their numbers in the order of their arrival; the
// owner, the team itself, is the first.
const (
	reporter  cvd.PartyID = 2
	northlink cvd.PartyID = 3
	okapi     cvd.PartyID = 4
)

const vector = "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N"

var staff = cvd.By{Actor: "jonas@gateway.example"}

// do applies commands as the team, and sends what they queued.
func (d *desk) do(ctx context.Context, id cvd.CaseID, cmds ...cvd.Command) (*cvd.Case, error) {
	c, err := d.svc.Do(ctx, id, staff, cmds...)
	if err != nil {
		return nil, err
	}
	r, err := d.svc.Relay(ctx, 100)
	if err == nil && len(r.Problems) > 0 {
		err = r.Problems[0].Err
	}
	return c, err
}

// story plays the case, or finds that it was played before.
func (d *desk) story(ctx context.Context, r *report, pol policy.Policy) (cvd.CaseID, error) {
	d.head("What happened")
	d.post.know(r.key)
	if !r.secret.IsZero() {
		d.readers = append(d.readers, reader{"Mira Adeyemi", r.secret})
	}
	cmd := r.command
	cmd.Original = bytes.NewReader(r.original)
	c, err := d.do(ctx, cvd.CaseID{}, cmd)
	if err != nil {
		return cvd.CaseID{}, err
	}
	if c.Repeated {
		d.clock.t = c.At
		d.day("This report is known: it is case %s. Nothing was opened.", c.Number)
		return c.ID, nil
	}
	d.day("A report came in by mail. It is case %s now.", c.Number)
	for _, step := range []func(context.Context, cvd.CaseID) error{
		d.triage,
		func(ctx context.Context, id cvd.CaseID) error { return d.embargo(ctx, id, pol, r.received) },
		d.invite,
		d.fix,
		d.publish,
	} {
		if err := step(ctx, c.ID); err != nil {
			return cvd.CaseID{}, err
		}
	}
	return c.ID, nil
}

// pass lets days go by. A host calls Tick when the time that Tick named has come;
// so does this clock.
func (d *desk) pass(ctx context.Context, days int) error {
	return d.until(ctx, d.clock.t.Add(time.Duration(days)*24*time.Hour))
}

func (d *desk) until(ctx context.Context, end time.Time) error {
	for {
		out, err := d.svc.Tick(ctx, 100)
		if err != nil {
			return err
		}
		for _, a := range out.Reminders {
			d.day("  Reminder (%s): %s, due %s.", a.Kind, a.Deadline.Title, a.Deadline.Due.Format("2006-01-02 15:04"))
		}
		if _, err := d.svc.Relay(ctx, 100); err != nil {
			return err
		}
		if out.Next.IsZero() || out.Next.After(end) {
			d.clock.t = end
			return nil
		}
		if out.Next.After(d.clock.t) {
			d.clock.t = out.Next
		}
	}
}

func (d *desk) triage(ctx context.Context, id cvd.CaseID) error {
	if _, err := d.do(ctx, id, cvd.Acknowledge{}, cvd.Assign{To: "lena@gateway.example"}); err != nil {
		return err
	}
	d.day("The report was acknowledged. The answer repeats nothing of it.")
	if err := d.pass(ctx, 1); err != nil {
		return err
	}
	c, err := d.do(ctx, id,
		cvd.Triage{Outcome: cvd.OutcomeValid, Reply: "We can reproduce what you describe."},
		cvd.SetSeverity{Vector: vector, Source: "Gateway Security Team"},
		cvd.Identify{CVE: "CVE-1900-12345", CWE: "CWE-787", Title: "Out-of-bounds write in the frame parser"},
		cvd.AddProduct{Name: "Gateway OS", Versions: "vers:generic/>=4.0|<=4.6.2", PURL: "pkg:generic/gateway-os"},
		cvd.RecordStatus{Stream: 1, Affected: cvd.IsAffected},
		cvd.Observe{What: vultron.VendorAware, Adopt: true},
		cvd.Accept{},
	)
	if err != nil {
		return err
	}
	s := c.Vulnerabilities[0].Severity[0]
	d.day("Triage: valid, %s, CVSS 4.0 score %.1f. The team works on it.", s.Rating, s.Score)
	return nil
}

func (d *desk) embargo(ctx context.Context, id cvd.CaseID, pol policy.Policy, received time.Time) error {
	facts := policy.Facts{}
	for _, f := range []policy.Fact{policy.FactReceived, policy.FactVendorContacted, policy.FactVendorNotified, policy.FactVendorReplied, policy.FactListPosted, policy.FactFixReady} {
		facts.Add(f, received)
	}
	dates, ok := pol.EmbargoDates(facts, policy.Calendar{Zone: d.zone})
	if !ok {
		return fmt.Errorf("policy %s has no embargo window; choose another with -policy", pol.Name)
	}
	version := fmt.Sprintf("%s/%d", pol.Name, pol.Version)
	if _, err := d.do(ctx, id, cvd.ProposeEmbargo{Ends: dates.End, Policy: version}); err != nil {
		return err
	}
	d.day("The team proposes an embargo until %s (%s).", dates.End.Format("2006-01-02 15:04 MST"), dates.Rule)
	if _, err := d.do(ctx, id, cvd.AcceptEmbargo{Party: reporter}); err != nil {
		return err
	}
	d.day("The reporter agrees. The embargo is in force.")
	return nil
}

func (d *desk) invite(ctx context.Context, id cvd.CaseID) error {
	key, _, err := d.post.engine.Generate(pgp.KeySpec{Name: "Northlink PSIRT", Address: "psirt@northlink.example"})
	if err != nil {
		return err
	}
	d.post.know(key.Cert())
	d.readers = append(d.readers, reader{"Northlink", key})
	vendor := func(name, mail, fingerprint string) cvd.Invite {
		return cvd.Invite{Roles: cvd.RoleVendor, Contact: cvd.Contact{
			Organization: cvd.Private(name), Email: cvd.Private(mail), Key: cvd.Private(fingerprint),
		}}
	}
	if _, err := d.do(ctx, id,
		vendor("Northlink", "psirt@northlink.example", key.Fingerprint()),
		vendor("Okapi Networks", "security@okapi.example", ""),
	); err != nil {
		return err
	}
	d.day("Two more vendors are invited. The invitation shows no details.")
	details := cvd.PostMessage{To: []cvd.PartyID{northlink, okapi}, Text: "parse_frame() in libframe 1.8 writes past its buffer; a fix is being prepared."}
	if _, err := d.svc.Do(ctx, id, staff, details); err != nil {
		d.day("Details for both are refused: %s.", refusal(err))
	} else {
		d.day("Details went to both.")
	}
	if err := d.pass(ctx, 1); err != nil {
		return err
	}
	if _, err := d.do(ctx, id,
		cvd.AnswerInvitation{Party: northlink, Accept: true},
		cvd.ReportState{Party: northlink, State: vultron.RMAccepted},
		cvd.PostMessage{To: []cvd.PartyID{northlink}, Text: details.Text},
		cvd.Observe{What: vultron.VendorAware, Vendor: northlink, Party: northlink, Adopt: true},
	); err != nil {
		return err
	}
	d.day("Northlink agrees to the embargo, and gets the details.")
	if err := d.pass(ctx, 4); err != nil {
		return err
	}
	if _, err := d.do(ctx, id,
		cvd.AnswerInvitation{Party: okapi, Accept: true},
		cvd.ReportState{Party: okapi, State: vultron.RMValid},
		cvd.PostMessage{To: []cvd.PartyID{okapi}, Text: details.Text},
		cvd.Observe{What: vultron.VendorAware, Vendor: okapi, Party: okapi, Adopt: true},
	); err != nil {
		return err
	}
	d.day("Okapi Networks agrees too. It has given no key: it gets a notice, and reads in the portal.")
	return nil
}

func (d *desk) fix(ctx context.Context, id cvd.CaseID) error {
	if err := d.pass(ctx, 9); err != nil {
		return err
	}
	if _, err := d.do(ctx, id,
		cvd.Observe{What: vultron.FixReady, Stream: 1, Adopt: true},
		cvd.Observe{What: vultron.FixReady, Vendor: northlink, Party: northlink, Adopt: true},
		cvd.AddProduct{Vendor: northlink, Name: "NL Switch", Versions: "vers:generic/>=9.0|<=9.1.3"},
		cvd.RecordStatus{Party: northlink, Stream: 2, Affected: cvd.IsAffected},
		cvd.PostMessage{To: []cvd.PartyID{reporter}, Text: "A fix is being tested. We keep the agreed date."},
	); err != nil {
		return err
	}
	d.day("The team and Northlink have a fix. The reporter is told where the case stands.")
	c, err := d.do(ctx, id, cvd.Observe{What: vultron.FixReady, Vendor: okapi, Party: okapi})
	if err != nil {
		return err
	}
	d.day("Okapi Networks says it has one too. That is a claim, until the team adopts it.")
	if err := d.pass(ctx, 2); err != nil {
		return err
	}
	if _, err := d.do(ctx, id,
		cvd.AdoptClaim{Claim: c.Claims[len(c.Claims)-1].ID},
		cvd.AddProduct{Vendor: okapi, Name: "Okapi Edge", Versions: "vers:generic/>=2025.01|<=2026.10"},
		cvd.RecordStatus{Party: okapi, Stream: 3, Affected: cvd.IsAffected},
	); err != nil {
		return err
	}
	d.day("The team has seen it, and adopts the claim.")
	if ends, ok := c.Embargo.Ends(); !ok || !ends.After(d.clock.t) {
		return nil
	}
	if _, err := d.svc.Do(ctx, id, staff, cvd.Publish{}); err != nil {
		d.day("Publishing now is refused: %s.", refusal(err))
	}
	return nil
}

func (d *desk) publish(ctx context.Context, id cvd.CaseID) error {
	c, err := d.svc.View(ctx, id, cvd.Viewer{Team: true})
	if err != nil {
		return err
	}
	if ends, ok := c.Embargo.Ends(); ok && ends.After(d.clock.t) {
		if err := d.until(ctx, ends); err != nil {
			return err
		}
	}
	// A draft made under the embargo is labelled for its parties; this one is for
	// the public.
	if _, err := d.do(ctx, id,
		cvd.RecordStatus{Stream: 1, Affected: cvd.IsFixed, Fixed: "4.6.3"},
		cvd.RecordStatus{Stream: 2, Party: northlink, Affected: cvd.IsFixed, Fixed: "9.1.4"},
		cvd.RecordStatus{Stream: 3, Party: okapi, Affected: cvd.IsFixed, Fixed: "2026.11"},
	); err != nil {
		return err
	}
	if c.Embargo.State.InForce() {
		if _, err := d.do(ctx, id, cvd.EndEmbargo{}); err != nil {
			return err
		}
	}
	if c, err = d.svc.View(ctx, id, cvd.Viewer{Team: true}); err != nil {
		return err
	}
	a, err := d.advisory(c)
	if err != nil {
		return err
	}
	if _, err := d.do(ctx, id, cvd.Publish{
		Advisories: []string{"https://gateway.example/advisories/" + advisoryID}, Advisory: a,
	}); err != nil {
		return err
	}
	d.released = a
	d.day("The embargo has ended. The advisory is published, and everybody is told.")
	if err := d.pass(ctx, 7); err != nil {
		return err
	}
	if _, err := d.do(ctx, id,
		cvd.Observe{What: vultron.FixDeployed, Stream: 1, Adopt: true},
		cvd.Close{Reason: "Fixed and published."},
	); err != nil {
		return err
	}
	d.day("The fix is deployed. The case is closed.")
	return nil
}
