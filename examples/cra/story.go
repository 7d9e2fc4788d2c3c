package main

import (
	"context"
	"fmt"
	"maps"
	"strings"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/cra"
	"github.com/cvdkit/cvdkit/cvd/policy"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

const northlink = cvd.PartyID(2) // another vendor in the case

// say prints what happens, with the story's time.
func (d *desk) say(format string, a ...any) {
	fmt.Fprintf(d.w, "%s  %s\n", d.now.Format("Mon 2 Jan 15:04"), fmt.Sprintf(format, a...))
}

// story goes through both duties.
func (d *desk) story(ctx context.Context) error {
	c, err := d.svc.Do(ctx, cvd.CaseID{}, cvd.By{Actor: "ada@gateway.example"}, cvd.Open{Origin: cvd.OriginOutbound, Title: "Overflow in the frame parser"})
	if err != nil {
		return err
	}
	d.id = c.ID
	if err := d.do(ctx, cvd.AddProduct{Name: "Gateway OS", Versions: "7.0 to 7.4.2"}, cvd.AddProduct{Name: "Gateway Cloud", Versions: "all"},
		cvd.Identify{Vuln: 1, CVE: "CVE-1900-0042", CWE: "CWE-787"}, cvd.SetSeverity{Vector: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}, cvd.Accept{},
		cvd.Invite{Roles: cvd.RoleVendor, Contact: cvd.Contact{Organization: "Northlink"}, DetailsFirst: true, Reason: "it embeds the same parser"}); err != nil {
		return err
	}
	for _, part := range []func(context.Context) error{d.suspicion, d.warning, d.notification, d.final, d.incident, d.nearMiss, d.figures} {
		if err := part(ctx); err != nil {
			return err
		}
	}
	return nil
}

// suspicion comes from a feed, and starts only the team's own clock.
func (d *desk) suspicion(ctx context.Context) error {
	d.head("Suspicion, assessment, awareness")
	feed := `{"vulnerabilities": [{"cveID": "CVE-1900-0042", "dateAdded": "2026-10-02"}]}`
	signals, err := cra.ReadKEV(strings.NewReader(feed))
	if err != nil {
		return err
	}
	c, err := d.svc.View(ctx, d.id, cvd.Viewer{Team: true})
	if err != nil {
		return err
	}
	if err := d.do(ctx, cra.Suspicions(c, signals)...); err != nil {
		return err
	}
	d.say("The feed lists CVE-1900-0042: a suspicion, and the team's clock runs.")
	d.now = d.at(2, 23, 40)
	if err := d.do(ctx, cvd.RecordAssessment{Step: cvd.StepDismissed, Product: 2, Evidence: "Gateway Cloud does not link the parser"},
		cvd.RecordAssessment{Step: cvd.StepAware, Source: "a customer", Evidence: "the customer's logs show the exploit against 7.4.1"},
		cvd.Observe{What: vultron.AttacksObserved, Observed: d.at(1, 14, 20), Adopt: true, Evidence: "the customer's logs"}); err != nil {
		return err
	}
	d.say("Awareness, with evidence. Gateway Cloud is not affected, and not reported.")
	return nil
}

func (d *desk) warning(ctx context.Context) error {
	d.head("Early warning, on a holiday")
	d.now = d.at(3, 9, 30)
	given := map[string]string{"title": "Active exploitation of Gateway OS 7", "sensitivity": "There is no fix yet, and the exploit is not public."}
	x, err := d.draft(ctx, cvd.Matter{Vuln: 1}, cvd.StageEarlyWarning, "vulnerability-1-early-warning", given)
	if err != nil {
		return err
	}
	return d.submit(ctx, x, "SRP-2026-1001")
}

// submit records what a person typed into the form, with the page as what was sent.
func (d *desk) submit(ctx context.Context, x cra.Draft, receipt cvd.Private) error {
	sent := x.Submission()
	sent.Reference, sent.Name, sent.Type, sent.Content = receipt, "submitted.html", "text/html", strings.NewReader(x.Page())
	if len(sent.Forbidden) > 0 {
		sent.Reason = "agreed with the source by telephone"
	}
	if err := d.do(ctx, sent); err != nil {
		return err
	}
	d.say("Submitted, receipt %s.", string(receipt))
	return nil
}

func (d *desk) notification(ctx context.Context) error {
	d.head("Notification, after a workaround on Monday")
	d.now = d.at(5, 10, 0)
	if err := d.do(ctx, cvd.RecordFact{Fact: policy.FactWorkaround, Subject: "v1", Reason: "the parser can be switched off"},
		cvd.InformUsers{Matter: cvd.Matter{Vuln: 1}, Audience: "all customers with Gateway OS 7", Text: "Gateway OS 7 is attacked.", Mitigation: "Switch the frame parser off: set parser.frames to no.", Way: "mail and portal"}); err != nil {
		return err
	}
	d.say("A workaround is published and users are told of it: it is a mitigating measure.")
	x, err := d.draft(ctx, cvd.Matter{Vuln: 1}, cvd.StageNotification, "vulnerability-1-notification", map[string]string{
		"general": "A frame with a forged length overflows the heap. The exploit needs network access and no account.", "attack-vector": "Network, UDP port 4500, without an account."})
	if err != nil {
		return err
	}
	return d.submit(ctx, x, "SRP-2026-1002")
}

func (d *desk) final(ctx context.Context) error {
	d.head("Final report")
	d.now = d.at(14, 9, 0)
	if err := d.fix(ctx, northlink); err != nil {
		return err
	}
	d.say("Northlink has a fix. Our users cannot use it: the date stays.")
	d.now = d.at(16, 11, 0)
	if err := d.do(ctx, cvd.RecordRequest{Matter: cvd.Matter{Vuln: 1}, Kind: cvd.RequestIntermediate, Authority: "the CSIRT", Due: d.at(19, 12, 0), Text: "How far is the fix?"}); err != nil {
		return err
	}
	d.say("The CSIRT asks for an intermediate report by Monday noon.")
	given := map[string]string{"severity": "Critical: remote code execution without an account.", "impact": "Full control of the gateway. Two customers are known to be attacked."}
	if _, err := d.draft(ctx, cvd.Matter{Vuln: 1}, cvd.StageFinal, "vulnerability-1-final-report-incomplete", given); err != nil {
		return err
	}
	d.say("14 days after the workaround are Monday: the report is due before the fix. It goes out as it is.")
	d.now = d.at(19, 9, 0)
	given["update-details"] = "No update yet, expected on 26 October. The workaround of 5 October stops the attack."
	x, err := d.draft(ctx, cvd.Matter{Vuln: 1}, cvd.StageFinal, "vulnerability-1-final-report", given)
	if err != nil {
		return err
	}
	answer := x.Submission()
	answer.Stages, answer.Request, answer.Reference = []cvd.ReportStage{cvd.StageIntermediate}, 1, "SRP-2026-1003"
	if len(answer.Forbidden) > 0 {
		answer.Reason = "agreed with the source by telephone"
	}
	if err := d.do(ctx, answer); err != nil {
		return err
	}
	if err := d.submit(ctx, x, "SRP-2026-1003"); err != nil {
		return err
	}
	d.now = d.at(26, 10, 0)
	if err := d.fix(ctx, cvd.Owner); err != nil {
		return err
	}
	d.say("Our own fix is out, three weeks after the workaround.")
	return nil
}

func (d *desk) fix(ctx context.Context, vendor cvd.PartyID) error {
	var cmds []cvd.Command
	for _, what := range []vultron.CSEvent{vultron.VendorAware, vultron.FixReady, vultron.FixDeployed} {
		cmds = append(cmds, cvd.Observe{What: what, Vendor: vendor, Adopt: true})
	}
	return d.do(ctx, cmds...)
}

func (d *desk) incident(ctx context.Context) error {
	d.head("A severe incident")
	m := cvd.Matter{Incident: 1}
	d.now = d.at(27, 8, 15)
	if err := d.do(ctx, cvd.RecordAssessment{Matter: m, Step: cvd.StepAware, Source: "our own monitoring", Evidence: "a stranger signed in to the build server"}); err != nil {
		return err
	}
	d.say("Somebody was on the build server: code could have been put into the product (Art. 14(5)).")
	given := map[string]string{"title": "Intrusion into the build server of Gateway OS", "unlawful": "Yes", "incident-occurred": "2026-10-26 02:00 UTC (estimated)"}
	x, err := d.draft(ctx, m, cvd.StageEarlyWarning, "incident-1-early-warning", given)
	if err != nil {
		return err
	}
	if err := d.submit(ctx, x, "SRP-2026-1010"); err != nil {
		return err
	}
	d.now = d.at(28, 16, 0)
	more := map[string]string{
		"incident-nature": "A stolen token was used to sign in to the build server. The signing key was out of reach.", "incident-assessment": "Preliminary: no build was changed.",
		"measures-taken": "2026-10-27: tokens revoked, server rebuilt.", "measures-users": "None is needed.",
	}
	if x, err = d.draft(ctx, m, cvd.StageNotification, "incident-1-notification", more); err != nil {
		return err
	}
	if err := d.submit(ctx, x, "SRP-2026-1011"); err != nil {
		return err
	}
	d.say("The final report counts from this submission, and not from its 72 hours.")
	d.now = d.at(28, 16, 30)
	last := map[string]string{"mitigation": "Tokens live for an hour now.", "incident-severity": "Low: nothing was changed.", "incident-impact": "None on users.", "root-cause": "A token in a log file."}
	maps.Copy(last, more)
	if x, err = d.draft(ctx, m, cvd.StageFinal, "incident-1-final-report", last); err != nil {
		return err
	}
	d.now = d.at(28+9, 10, 0)
	return d.submit(ctx, x, "SRP-2026-1012")
}

// nearMiss is reported without a duty: Art. 15.
func (d *desk) nearMiss(ctx context.Context) error {
	d.head("A near miss, reported voluntarily")
	d.now = d.at(28+13, 11, 0)
	d.say("A forged update was stopped by the signature check: no incident, and no duty.")
	x, err := d.voluntary(ctx, cra.Voluntary{About: cra.NearMiss, Matter: cvd.Matter{Incident: 2}}, "near-miss-2-voluntary", map[string]string{
		"title": "Forged update for Gateway OS, stopped by its signature check", "exploited": "No: nothing was compromised.",
		"incident-nature": "A mirror offered an update that was not ours. Devices refused it, and customers told us.", "attack-vector": "An update mirror, over the network."})
	if err != nil {
		return err
	}
	return d.submit(ctx, x, "ticket 4711 of the CSIRT")
}

// figures writes what a board asks for at the end of the year, and the timeline.
func (d *desk) figures(ctx context.Context) error {
	d.head("The year, and the timeline")
	c, ps, err := d.procedures(ctx)
	if err != nil {
		return err
	}
	ds, err := d.svc.Deadlines(c, d.now)
	if err != nil {
		return err
	}
	y := cra.YearOf([]cra.YearCase{{Measured: d.svc.Measured(c), Opened: c.Opened, Procedures: ps, Deadlines: ds,
		Reasons: map[string]string{"cra-incident/inform-users@i1": "no user is affected"}}}, 2026, d.zone)
	for _, r := range y.Reports {
		if r.Due > 0 {
			fmt.Fprintf(d.w, "%-20s %d of %d in time\n", r.Stage, r.OnTime, r.Due)
		}
	}
	for _, m := range y.Missed {
		fmt.Fprintf(d.w, "missed: %s (%s)\n", m.Clock, m.Reason)
	}
	tl := d.svc.Timeline(c)
	tl.Title, tl.Actors = "An exploited vulnerability and a severe incident", true
	for _, f := range []struct{ name, text string }{
		{"year.csv", y.CSV()}, {"year.svg", y.SVG("Gateway Works, 2026")}, {"timeline.html", tl.HTML()}, {"timeline.md", tl.Markdown()},
	} {
		if err := d.write(f.name, f.text); err != nil {
			return err
		}
	}
	return nil
}
