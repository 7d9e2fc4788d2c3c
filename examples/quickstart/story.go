package main

import (
	"context"
	"fmt"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/mail"
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
	return c, d.send(ctx)
}

// send sends what is queued. A mail that cannot be written to its recipient, for
// example because the report had no address, stops nothing.
func (d *desk) send(ctx context.Context) error {
	r, err := d.svc.Relay(ctx, 100)
	for _, p := range r.Problems {
		d.day("  A mail to participant %d was not sent: %v.", p.Party, p.Err)
	}
	return err
}

// story plays the case, or finds that it was played before.
func (d *desk) story(ctx context.Context, r *report, pol policy.Policy) (cvd.CaseID, error) {
	got, err := d.take(ctx, r)
	if err != nil {
		return cvd.CaseID{}, err
	}
	d.head("What happened")
	c, err := d.svc.View(ctx, got.CaseID, cvd.Viewer{Team: true})
	if err != nil {
		return cvd.CaseID{}, err
	}
	d.cveID, d.advisoryID = r.ids()
	if !r.secret.IsZero() {
		d.readers = append(d.readers, reader{"Mira Adeyemi", r.secret})
	}
	switch got.Outcome {
	case mail.Case:
		d.day("A report came in by mail. It is case %s now.", c.Number)
	case mail.Quarantine:
		d.day("A mail came in that waits in quarantine as %s: %s.", c.Number, got.Reason)
		d.day("Somebody of the team looks at it, and admits it as a report.")
		if c, err = d.do(ctx, c.ID, cvd.Admit{}); err != nil {
			return cvd.CaseID{}, err
		}
	default:
		d.clock.t = c.At
		d.day("This report is known: it is case %s. Nothing was opened.", c.Number)
		return c.ID, nil
	}
	if err := d.send(ctx); err != nil {
		return cvd.CaseID{}, err
	}
	d.proposed = got.Keys
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

// part is so many days of an embargo of 30; of a shorter one as much less, so that the
// fix is there in time.
func (d *desk) part(days int) int { return max(1, days*min(d.window, 30)/30) }

func (d *desk) triage(ctx context.Context, id cvd.CaseID) error {
	c, err := d.do(ctx, id, cvd.Assign{To: "lena@gateway.example"})
	if err == nil && c.Reports[0].Acknowledged.IsZero() { // the intake answers people only
		_, err = d.do(ctx, id, cvd.Acknowledge{})
	}
	if err != nil {
		return err
	}
	d.day("The report was acknowledged. The answer repeats nothing of it.")
	if err := d.adopt(ctx, id); err != nil {
		return err
	}
	if err := d.pass(ctx, 1); err != nil {
		return err
	}
	c, err = d.do(ctx, id,
		cvd.Triage{Outcome: cvd.OutcomeValid, Reply: "We can reproduce what you describe."},
		cvd.SetSeverity{Vector: vector, Source: "Gateway Security Team"},
		cvd.Identify{CVE: d.cveID, CWE: "CWE-787", Title: "Out-of-bounds write in the frame parser"},
		cvd.AddProduct{Name: "Gateway OS", Versions: "vers:golang/>=4.0.0|<=4.6.2", PURL: "pkg:golang/gateway.example/os"},
		cvd.RecordStatus{Stream: 1, Affected: cvd.IsAffected},
		cvd.Observe{What: vultron.VendorAware, Adopt: true},
		cvd.Accept{},
	)
	if err != nil {
		return err
	}
	s := c.Vulnerabilities[0].Severity[0]
	d.day("Triage: valid, %s, CVSS 4.0 score %.1f. The team works on it, as %s.", s.Rating, s.Score, d.cveID.Display())
	return nil
}

// adopt takes over the key that the mail brought along. Anybody can send one for any
// address, so a person compares the fingerprint first.
func (d *desk) adopt(ctx context.Context, id cvd.CaseID) error {
	for _, k := range d.proposed {
		if !k.OfSender {
			continue
		}
		c, err := d.svc.View(ctx, id, cvd.Viewer{Team: true})
		if err != nil {
			return err
		}
		p := c.Participants[reporter-1]
		d.post.know(k.Cert)
		if _, err := d.do(ctx, id, cvd.ChangeParty{Party: reporter, Contact: cvd.Contact{
			Name: p.Name, Organization: p.Organization, Address: p.Address, Email: p.Email, Phone: p.Phone, Key: cvd.Private(k.Fingerprint),
		}}); err != nil {
			return err
		}
		d.day("The mail brought a key along. Its fingerprint is compared on the phone, then it is used.")
		return nil
	}
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
	d.window = int(dates.End.Sub(received).Hours() / 24)
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
	if err := d.pass(ctx, d.part(5)); err != nil {
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
	if err := d.pass(ctx, d.part(8)); err != nil {
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
	if err := d.pass(ctx, d.part(2)); err != nil {
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
		cvd.RecordStatus{Stream: 3, Party: okapi, Affected: cvd.IsFixed, Fixed: "2026.11.0"},
	); err != nil {
		return err
	}
	if c.Embargo.State.InForce() {
		// Nothing is sent yet: the end and the publication are one message.
		if _, err := d.svc.Do(ctx, id, staff, cvd.EndEmbargo{}); err != nil {
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
		Advisories: []string{"https://gateway.example/advisories/" + d.advisoryID}, Advisory: a,
	}); err != nil {
		return err
	}
	d.released = a
	if day := d.clock.now().In(d.zone).Weekday(); day == time.Saturday || day == time.Sunday {
		d.day("It is a %s. That is the instant that was agreed; a team chooses a better one, by a revision.", day)
	}
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
