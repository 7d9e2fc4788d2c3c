package demo

import (
	"context"
	"io"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

func reader(text string) io.Reader { return strings.NewReader(text) }

// unacknowledged came this morning.
func unacknowledged(s *script) {
	t := s.tale("unacknowledged")
	t.begin(7*hour, "", mailReport(t.name, cvd.Receive{
		Title: "Stored script in the name of a device", Products: "Harbour 2026.10",
		Summary:      "The name of a device is shown in the list without being escaped. A technician who may rename a device runs script in the browser of the administrator.",
		Observations: "Rename a device to <img src=x onerror=alert(1)> and let an administrator open the list of devices.",
		Reporter:     person("Ines Moreau", "Atelier Sécurité", "ines@atelier.example"), Credit: cvd.CreditNamed, CreditName: "Ines Moreau, Atelier Sécurité",
	}))
}

// late was assessed late, and its reporter waits for news.
func late(s *script) {
	t := s.tale("late")
	t.begin(47*day, "", portalReport(t.name, cvd.Receive{
		Title: "Exported configuration holds the administrator's password", Products: "Frobnicator 7.4.2",
		Summary:      "When I export the configuration of the gateway, the file has the administrator's password in clear text in the line admin.secret. Many send such files to a support forum.",
		Observations: "System, Export, open the file in an editor, search for admin.secret.", Reporter: person("Piotr Zielinski", "", "piotr@zielinski.example"),
		Wish: "I plan to publish after 60 days.",
	}))
	t.do(43*day, ana, cvd.Acknowledge{}, cvd.Assign{To: ana})
	t.do(38*day, ana, cvd.Triage{Outcome: cvd.OutcomeValid, Reply: "We see it too. The export will leave the line out."}, cvd.Accept{},
		cvd.AddProduct{Name: "Frobnicator", Versions: "7.4.0 to 7.4.2", PURL: "pkg:generic/frobnicator@7.4.2"},
		cvd.SetSeverity{Vector: "CVSS:3.1/AV:L/AC:L/PR:L/UI:R/S:U/C:H/I:N/A:N"}, cvd.Identify{CWE: "CWE-312"})
	t.say(4*day, 2, 0, "It has been more than a month. Is there a date for the fix? My 60 days end in two weeks.")
}

// embargo is the large one: three vendors who do not trust each other.
func embargo(s *script) {
	t := s.tale("embargo")
	end := t.morning(24)
	const finder, aurora, borealis, cirrus = 2, 3, 4, 5
	t.begin(40*day, "", mailReport(t.name, cvd.Receive{
		Title: "Length field overflow in the link protocol", Products: "everything that speaks Linkproto 2, such as Frobnicator 7 and Aurora OS",
		Summary:      "The length field of a keep-alive frame is trusted. A short frame with a large length makes the receiver answer with memory that is not its own.",
		Observations: "Send a keep-alive frame of 8 bytes with the length 0xffff to UDP port 4500. The answer holds up to 64 kB of the heap; in our lab there were session keys in it.",
		Reporter:     person("Rita Kowalczyk", "Independent", "rita@finder.example"), Credit: cvd.CreditNamed, CreditName: "Rita Kowalczyk",
		Files: []cvd.File{file("frame.hex", "4c 4b 02 07 ff ff 00 00\n")},
	}), cvd.GrantAccess{Party: 2, Code: s.tour.Receipt})
	t.do(40*day-3*hour, ana, cvd.Acknowledge{}, cvd.Assign{To: ana}, cvd.Triage{Outcome: cvd.OutcomeValid, Reply: "We can repeat it with 7.4.2. Others use the same code, and we would like to bring them in."},
		cvd.Accept{}, cvd.ProposeEmbargo{Ends: end, Policy: "example/3", Dates: cvd.Dates{ProofOfConcept: end.AddDate(0, 0, 30)}})
	t.do(39*day, "", cvd.AcceptEmbargo{Party: finder, Proposal: 1})
	t.do(39*day-2*hour, ana, cvd.AddProduct{Name: "Frobnicator", Versions: "7.0 to 7.4.2", PURL: "pkg:generic/frobnicator@7.4.2"},
		cvd.Identify{Title: "Out-of-bounds read in the keep-alive of Linkproto 2", CWE: "CWE-125", CVE: "CVE-1900-0101"},
		cvd.SetSeverity{Vector: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N", Justification: "The answer holds memory of the process, with session keys."},
		cvd.DecideSSVC{Table: "supplier", Inputs: map[string]string{"E": "P", "U": "E", "TI": "P", "PSI": "M"}},
		cvd.Describe{Description: "A receiver of Linkproto 2 trusts the length in a keep-alive frame and answers with memory beyond it.", Workaround: "Let no frames of strangers through to UDP port 4500."})
	t.do(38*day, ana, cvd.Invite{Roles: cvd.RoleVendor, Contact: company("Aurora", "aurora.example")}, cvd.Invite{Roles: cvd.RoleVendor, Contact: company("Borealis", "borealis.example")},
		cvd.Invite{Roles: cvd.RoleVendor, Contact: cvd.Contact{Organization: "Cirrus", Email: "info@cirrus.example"}})
	t.do(38*day-4*hour, ana, cvd.GrantAccess{Party: aurora, Code: s.tour.Code})
	t.do(37*day, "", cvd.AnswerInvitation{Party: aurora, Accept: true}, cvd.ReportState{Party: aurora, State: vultron.RMAccepted})
	t.do(37*day-hour, ana, cvd.AddProduct{Vendor: aurora, Name: "Aurora OS", Versions: "11 and 12"},
		cvd.SetTopic{Title: "The flaw and its mending", Parties: []cvd.PartyID{finder, aurora}}, cvd.SetTopic{Title: "The date", Parties: []cvd.PartyID{finder, aurora, borealis}},
		cvd.PostMessage{Topic: 1, Text: "Aurora has joined. Here is what we know: the length is compared with the buffer only for data frames. Rita has a frame to try it with."})
	t.say(36*day, aurora, 1, "Confirmed in Aurora OS 11.2 and 12.0. We have a patch in review; does your fix drop the frame or answer it empty? We would like to do the same.")
	t.do(36*day-2*hour, ana, cvd.PostMessage{Topic: 1, InReplyTo: 0, Text: "We drop it and count it. An empty answer would still tell who is listening."})
	t.do(35*day, "", cvd.RecordStatus{Party: aurora, Affected: cvd.IsAffected, Statement: "Aurora OS 11 and 12 are affected."})
	t.do(35*day-hour, "", cvd.AnswerInvitation{Party: borealis},
		cvd.ProposeEmbargo{Party: borealis, Ends: end.AddDate(0, 0, 60), Reason: "our release train leaves every quarter"})
	t.do(34*day, cleo, cvd.RejectEmbargo{Proposal: 2, Reason: "too long for an open network"})
	t.do(33*day, ana, cvd.AskConsent{To: borealis, Text: "The date stays. We can help with a backport."})
	t.do(32*day, "", cvd.AnswerInvitation{Party: borealis, Accept: true}, cvd.ReportState{Party: borealis, State: vultron.RMAccepted},
		cvd.RecordStatus{Party: borealis, Affected: cvd.UnderInvestigation})
	t.say(31*day, borealis, 2, "We can live with the date if the advisory says that a configuration change is enough for our older boxes.")
	t.do(20*day, "", cvd.Observe{What: vultron.FixReady, Vendor: aurora, Party: aurora, Evidence: "build 12.0.3"})
	t.step(19*day+hour, ana, func(ctx context.Context, p *player, by cvd.By) error {
		id, err := p.id(ctx, t.name)
		if err != nil {
			return err
		}
		c, err := p.svc.View(ctx, id, everything())
		if err != nil {
			return err
		}
		for _, x := range c.Claims {
			if x.What == vultron.FixReady && x.By == aurora {
				_, err = p.svc.Do(ctx, id, by, cvd.AdoptClaim{Claim: x.ID})
			}
		}
		return err
	})
	t.do(19*day, ana, cvd.Observe{What: vultron.FixReady, Adopt: true, Evidence: "7.4.3, branch release"},
		cvd.RecordStatus{Affected: cvd.IsFixed, Fixed: "7.4.3"})
	t.do(18*day, ana, cvd.PostMessage{To: []cvd.PartyID{finder}, Text: "Two vendors have a fix now. We are on time."})
	t.do(17*day, ana, cvd.PostMessage{Text: "Note: Cirrus has not answered two mails and a call. Ask the national CSIRT to reach them."})
	t.say(30*hour, finder, 1, "I tried 7.4.3: the answer is gone. One more thought: frames of 7 bytes are dropped before the check, is that meant?")
	t.say(5*hour, aurora, 2, "Could we publish at 14:00 UTC instead of 9:00? Half of our customers are in America.")
}

// exploited is attacked, and the law's clocks run.
func exploited(s *script) {
	t := s.tale("exploited")
	t.begin(6*day, "", mailReport(t.name, cvd.Receive{
		Title: "Command injection in the ping page", Products: "Frobnicator 7.3 and 7.4", Exploited: true,
		Summary:      "The ping page of the web interface puts the host name into a shell command. It can be reached without logging in.",
		Observations: "POST /ping with host=127.0.0.1;id shows the answer of id, which is root.", Reporter: person("Chidi Eze", "Gatewatch", "chidi@gatewatch.example"),
	}))
	t.do(6*day-40*60*1e9, cleo, cvd.Acknowledge{}, cvd.Assign{To: cleo}, cvd.Triage{Outcome: cvd.OutcomeValid, Reply: "Confirmed. Thank you for calling as well."}, cvd.Accept{},
		cvd.AddProduct{Name: "Frobnicator", Versions: "7.3.0 to 7.4.2", PURL: "pkg:generic/frobnicator@7.4.2"},
		cvd.Identify{CWE: "CWE-78", CVE: "CVE-1900-0102"}, cvd.SetSeverity{Vector: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"},
		cvd.RecordAssessment{Matter: cvd.Matter{Vuln: 1}, Step: cvd.StepSuspected, Source: "the report", Evidence: "Gatewatch sees requests to /ping in its sensors."})
	t.do(19*hour, cleo, cvd.RecordAssessment{Matter: cvd.Matter{Vuln: 1}, Step: cvd.StepAware, Source: "a customer", Evidence: "The customer's log shows the request, and the account support2 after it."},
		cvd.Observe{What: vultron.AttacksObserved, Adopt: true, Evidence: "the customer's log"})
	t.do(12*hour, cleo, cvd.InformUsers{Matter: cvd.Matter{Vuln: 1}, Audience: "all customers with Frobnicator 7", Text: "The web interface of Frobnicator 7 is attacked.",
		Mitigation: "Let the web interface be reached from your own network only.", Way: "mail and support page"},
		cvd.Describe{Description: "The ping page hands the name of a host to a shell without checking it.", Workaround: "Let the web interface be reached from your own network only."})
	t.do(3*hour, cleo, cvd.Observe{What: vultron.FixReady, Adopt: true, Evidence: "7.4.3-rc1"})
}

// release is planned for tomorrow, and one of two people has approved it.
func release(s *script) {
	t := s.tale("release")
	at := t.morning(1).Add(5 * hour)
	t.begin(70*day, "", portalReport(t.name, cvd.Receive{
		Title: "Invitations can be accepted by others", Products: "Harbour 2026.7",
		Summary:  "The number in an invitation link is counted up. Whoever guesses the next one joins another customer's account.",
		Reporter: person("Lucía Fernández", "", "lucia@finder.example"), Credit: cvd.CreditNamed, CreditName: "Lucía Fernández",
	}))
	t.do(69*day, ben, cvd.Acknowledge{}, cvd.Assign{To: ben}, cvd.Triage{Outcome: cvd.OutcomeValid, Reply: "You are right. We make them random."}, cvd.Accept{},
		cvd.AddProduct{Name: "Harbour", Versions: "before 2026.11"}, cvd.Identify{CWE: "CWE-340", CVE: "CVE-1900-0103"},
		cvd.SetSeverity{Vector: "CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:H/I:L/A:N"}, cvd.ProposeEmbargo{Ends: at, Policy: "example/3"})
	t.do(68*day, "", cvd.AcceptEmbargo{Party: 2, Proposal: 1})
	t.do(40*day, ben, cvd.PostMessage{To: []cvd.PartyID{2}, Text: "The mended version is tested with a few customers."})
	t.do(10*day, ben, cvd.Observe{What: vultron.FixReady, Adopt: true, Evidence: "2026.11"}, cvd.RecordStatus{Affected: cvd.IsFixed, Fixed: "2026.11"},
		cvd.Describe{Description: "Invitation links of Harbour can be guessed, so that strangers join an account.", Workaround: "None is needed: the service was updated."})
	t.do(3*day, ben, cvd.PlanRelease{At: at, Outputs: []string{"csaf", "cve-record", "web-page"}}, cvd.PostMessage{To: []cvd.PartyID{2}, Text: "The advisory comes out tomorrow week, at the end of the embargo. Is your name right in it?"})
	t.say(2*day, 2, 0, "Yes, with both accents, please.")
	t.do(20*hour, ben, cvd.ApproveRelease{})
}

// published is done: it shows a whole story.
func published(s *script) {
	t := s.tale("published")
	out := t.until.AddDate(0, 0, -14).Truncate(day).Add(13 * hour)
	ago := t.until.Sub(out)
	t.begin(ago+85*day, "", portalReport(t.name, cvd.Receive{
		Title: "Default SNMP community can be written", Products: "Frobnicator 7.0 to 7.4.1", Summary: "The community private is there and may write. It changes the routes without a password.",
		Reporter: person("Anders Holm", "Fjord CERT", "anders@fjord-cert.example"), Credit: cvd.CreditNamed, CreditName: "Anders Holm, Fjord CERT",
	}))
	t.do(ago+84*day, ana, cvd.Acknowledge{}, cvd.Assign{To: ana}, cvd.Triage{Outcome: cvd.OutcomeValid, Reply: "Confirmed."}, cvd.Accept{},
		cvd.AddProduct{Name: "Frobnicator", Versions: "7.0 to 7.4.1", PURL: "pkg:generic/frobnicator@7.4.1"}, cvd.Identify{CWE: "CWE-1188", CVE: "CVE-1900-0100"},
		cvd.SetSeverity{Vector: "CVSS:3.1/AV:A/AC:L/PR:N/UI:N/S:U/C:L/I:H/A:H"}, cvd.ProposeEmbargo{Ends: out, Policy: "example/3"})
	t.do(ago+83*day, "", cvd.AcceptEmbargo{Party: 2, Proposal: 1})
	for n := time.Duration(3); n >= 1; n-- {
		t.do(ago+n*20*day, ana, cvd.PostMessage{To: []cvd.PartyID{2}, Text: "We are on time: the community is gone in 7.4.2, which is being tested."})
	}
	t.do(ago+9*day, ana, cvd.Observe{What: vultron.FixReady, Adopt: true, Evidence: "7.4.2"}, cvd.RecordStatus{Affected: cvd.IsFixed, Fixed: "7.4.2"},
		cvd.Describe{Description: "Frobnicator has a default SNMP community with the right to write.", Workaround: "Remove the community private.", References: []cvd.Private{"https://example.example/advisories/ex-1900-07"}})
	t.do(ago+5*day, ana, cvd.PlanRelease{At: out, Outputs: []string{"csaf", "cve-record"}}, cvd.ApproveRelease{})
	t.do(ago+4*day, cleo, cvd.ApproveRelease{})
	t.do(ago, ana, cvd.RecordOutput{Output: "csaf", Ref: "https://example.example/csaf/ex-1900-07.json"}, cvd.RecordOutput{Output: "cve-record", Ref: "CVE-1900-0100"},
		cvd.Publish{Advisories: []string{"https://example.example/advisories/ex-1900-07"}}, cvd.RecordCVE{CVE: "CVE-1900-0100", State: cvd.CVEPublished},
		cvd.Observe{What: vultron.FixDeployed, Adopt: true, Evidence: "7.4.2 is on the download page"})
	t.say(ago-day, 2, 0, "Thank you, that was a pleasure.")
	t.do(ago-2*day, ana, cvd.MarkRead{}, cvd.Close{})
}
