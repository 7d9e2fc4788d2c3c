package demo

import (
	"context"

	"github.com/cvdkit/cvdkit/advisory/tlp"
	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/policy"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// narrow is open to one group of the team only.
func narrow(s *script) {
	t := s.tale("narrow")
	t.begin(11*day, ana, cvd.Open{Origin: cvd.OriginOutbound, IDs: known(t.name), Title: "Debug key in the boot loader of the new board",
		Summary: "Found by ourselves in the factory image of a board that is not on sale yet. Nobody but the firmware group needs to know."},
		cvd.SetGroups{Groups: []cvd.Private{firmware}, Reason: "a product that is not announced"}, cvd.Assign{To: ana}, cvd.Accept{},
		cvd.AddProduct{Name: "Frobnicator X", Versions: "board revisions A and B", TLP: tlp.Red}, cvd.Identify{CWE: "CWE-1191"},
		cvd.SetSeverity{Vector: "CVSS:3.1/AV:P/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"})
	t.do(8*day, ana, cvd.PostMessage{Text: "Revision C burns the fuse. The first 200 boards stay in the house."})
}

// narrowToo is open to the other group only.
func narrowToo(s *script) {
	t := s.tale("narrow-too")
	t.begin(13*day, ben, cvd.Open{Origin: cvd.OriginOutbound, IDs: known(t.name), Title: "Key of the billing service in a public repository",
		Summary: "A search engine showed it to us. The key was exchanged within the hour; the logs of the billing service are being read."},
		cvd.SetGroups{Groups: []cvd.Private{cloud}, Reason: "data of customers"}, cvd.Assign{To: ben}, cvd.Accept{}, cvd.Identify{CWE: "CWE-798"}, cvd.SetSeverity{Rating: cvd.RatingHigh})
	t.do(12*day, ben, cvd.PostMessage{Text: "No use of the key by a stranger in the logs of the last 90 days."})
}

// merged are two reports of one flaw, which turned out late.
func merged(s *script) {
	t, u := s.tale("merged"), s.tale("merged-into")
	u.begin(28*day, "", portalReport(u.name, cvd.Receive{
		Title: "Time server answer crashes the gateway", Products: "Frobnicator 7.4", Summary: "A malformed answer to the gateway's NTP request stops its network process, which comes back after a minute.",
		Reporter: person("Bao Nguyen", "", "bao@finder.example"),
	}))
	u.do(27*day, ana, cvd.Acknowledge{}, cvd.Assign{To: ana}, cvd.Triage{Outcome: cvd.OutcomeValid}, cvd.Accept{}, cvd.Identify{CWE: "CWE-20"},
		cvd.AddProduct{Name: "Frobnicator", Versions: "7.4"}, cvd.SetSeverity{Vector: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:L"})
	t.begin(15*day, "", mailReport(t.name, cvd.Receive{
		Title: "Gateway reboots when the clock is set", Products: "Frobnicator 7.4.2", Summary: "With our own time server the gateway loses its network whenever the server sends a leap second.",
		Reporter: person("Helga Brandt", "Stadtwerke Süd", "helga@stadtwerke.example"),
	}))
	t.do(15*day-5*hour, ben, cvd.Acknowledge{}, cvd.Triage{Outcome: cvd.OutcomeValid})
	t.step(13*day, ana, func(ctx context.Context, p *player, by cvd.By) error {
		into, err := p.id(ctx, u.name)
		if err != nil {
			return err
		}
		id, err := p.id(ctx, t.name)
		if err == nil && id != into { // else it was merged already
			_, err = p.svc.Merge(ctx, id, by, cvd.Merge{Into: into, Reason: "The leap second is one of the malformed answers."})
		}
		return err
	})
	u.do(12*day, ana, cvd.PostMessage{To: []cvd.PartyID{2, 3}, Text: "Two of you told us of the same flaw. We go on in one case; the fix is planned for 7.5."})
}

// split were two flaws in one report, of which one can be mended sooner.
func split(s *script) {
	t := s.tale("split")
	t.begin(25*day, "", portalReport(t.name, cvd.Receive{
		Title: "Two flaws in the upload of avatars", Products: "Harbour 2026.9", Summary: "Avatars may be SVG with script in it; and the address from which an avatar is fetched is not checked, so that the server can be made to ask its own network.",
		Reporter: person("Yuki Tanaka", "", "yuki@finder.example"), Credit: cvd.CreditAnonymous,
	}))
	t.do(24*day, ben, cvd.Acknowledge{}, cvd.Assign{To: ben}, cvd.Triage{Outcome: cvd.OutcomeValid, Reply: "Both are right. The first is quickly mended, so that we part them."}, cvd.Accept{},
		cvd.AddVulnerability{Title: "Server can be made to ask its own network"}, cvd.Identify{Vuln: 1, Title: "Script in SVG avatars", CWE: "CWE-79"}, cvd.Identify{Vuln: 2, CWE: "CWE-918"},
		cvd.SetSeverity{Vuln: 1, Vector: "CVSS:3.1/AV:N/AC:L/PR:L/UI:R/S:C/C:L/I:L/A:N"}, cvd.SetSeverity{Vuln: 2, Vector: "CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:C/C:H/I:N/A:N"})
	t.step(23*day, ben, func(ctx context.Context, p *player, by cvd.By) error {
		id, err := p.id(ctx, t.name)
		if err != nil {
			return err
		}
		c, err := p.svc.Split(ctx, id, by, cvd.Split{Title: "Server fetches avatars from its own network", Vulnerabilities: []cvd.VulnID{2}, Reason: "The fix needs a new service."})
		if err == nil {
			_, err = p.svc.Do(ctx, c.ID, cvd.By{ID: step{story: t.name + "-off"}.id(), Actor: by.Actor}, cvd.Assign{To: ben},
				cvd.PostMessage{Text: "Needs a proxy that only reaches the Internet. Planned with the platform team."})
		}
		return err
	})
	t.do(22*day, ben, cvd.Observe{Vuln: 1, What: vultron.FixReady, Adopt: true, Evidence: "2026.10.1"})
}

// upstream is a flaw that the team found in what another makes.
func upstream(s *script) {
	t := s.tale("upstream")
	t.begin(33*day, cleo, cvd.Open{Origin: cvd.OriginOutbound, IDs: known(t.name), Title: "Decoder of libquux reads past the end", Summary: "Found by our fuzzing of the import. We use the library; the maker does not know yet."},
		cvd.Assign{To: cleo}, cvd.Accept{}, cvd.Identify{CWE: "CWE-126"}, cvd.SetSeverity{Rating: cvd.RatingMedium}, cvd.ProposeEmbargo{Ends: t.morning(57), Policy: "example/3"})
	t.do(33*day-hour, cleo, cvd.Invite{Roles: cvd.RoleVendor, Contact: company("Quux", "quux.example"), Text: "We have found a flaw in a library of yours."})
	t.do(25*day, "", cvd.AnswerInvitation{Party: 2, Accept: true}, cvd.ReportState{Party: 2, State: vultron.RMReceived})
	t.do(25*day-hour, cleo, cvd.PostMessage{To: []cvd.PartyID{2}, Text: "Attached is the input, 41 bytes, and the stack. We would like to publish together.", Files: []cvd.File{file("crash.txt", "heap-buffer-overflow READ of size 4 in quux_decode\n")}})
	t.say(23*day, 2, 0, "Received, thank you. Our maintainer is back next week.")
	t.do(22*day, cleo, cvd.PostMessage{To: []cvd.PartyID{2}, Text: "Thank you. Please tell us then which versions are affected."})
}

// unverified has a message of which nobody has shown from whom it is.
func unverified(s *script) {
	t := s.tale("unverified")
	t.begin(10*day, "", mailReport(t.name, cvd.Receive{
		Title: "Log files can be read by every local account", Products: "Frobnicator Manager 3", Summary: "The log folder of the manager program can be read by everybody, and the log holds tokens.",
		Reporter: person("Oliver Grant", "", "oliver@grant.example"), Credit: cvd.CreditNamed, CreditName: "Oliver Grant",
	}))
	t.do(9*day, ben, cvd.Acknowledge{}, cvd.Assign{To: ben}, cvd.Triage{Outcome: cvd.OutcomeValid}, cvd.Accept{}, cvd.SetSeverity{Vector: "CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:N/A:N"})
	t.do(28*hour, "", cvd.PostUnverified{Claimed: 2, Reason: "another address, without a signature", Text: "Hi, this is Oliver, from my private address. Could you send me the draft of the advisory here?",
		Provenance: cvd.Provenance{Channel: cvd.ChannelMail, Protection: cvd.ProtectTLS, Sender: "oliver.grant1987@mail.example"}})
}

// undeliverable has a reporter whose address does not work any more.
func undeliverable(s *script) {
	t := s.tale("undeliverable")
	t.begin(18*day, "", mailReport(t.name, cvd.Receive{
		Title: "Weak key exchange of the remote support", Products: "Frobnicator 6", Summary: "The remote support of version 6 still offers a key exchange of 1024 bits.",
		Reporter: person("Farid Rahimi", "Old Employer Ltd", "farid@old-employer.example"),
	}))
	t.do(17*day, ana, cvd.Acknowledge{}, cvd.Triage{Outcome: cvd.OutcomeValid, Reply: "Right. Version 6 is not maintained any more; we say so in public."})
	t.step(17*day-2*hour, "", func(ctx context.Context, p *player, by cvd.By) error {
		id, err := p.id(ctx, t.name)
		if err != nil {
			return err
		}
		delivery, err := p.delivered(ctx, id, 2)
		if err != nil {
			return err
		}
		_, err = p.svc.Do(ctx, id, by, cvd.RecordBounce{Delivery: delivery, Permanent: true, Detail: "5.1.1 no such mailbox"})
		return err
	})
	t.do(16*day, cleo, cvd.Defer{})
}

// held is closed, and nothing of it may be erased.
func held(s *script) {
	t := s.tale("held")
	t.begin(200*day, "", portalReport(t.name, cvd.Receive{
		Title: "Firmware of a reseller carries a second account", Products: "Frobnicator 7.2, sold by Northtrade", Summary: "Devices bought from one reseller have an account that is not in your image.",
		Reporter: person("Greta Olsen", "", "greta@finder.example"),
	}))
	t.do(199*day, cleo, cvd.Acknowledge{}, cvd.Assign{To: cleo}, cvd.Triage{Outcome: cvd.OutcomeOutOfScope, ForwardedTo: "Northtrade and the police", Reply: "It is not our image. We have told the reseller and the police."})
	t.do(198*day, cleo, cvd.LegalHold{Reason: "a request of the police, file 11-204"}, cvd.Close{Reason: "handed to the authorities"})
	t.do(197*day, cleo, cvd.RecordFact{Fact: policy.FactReporterUpdated, Reason: "told by telephone"})
}
