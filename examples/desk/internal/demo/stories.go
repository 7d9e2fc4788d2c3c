package demo

import (
	"context"
	"crypto/sha256"
	"fmt"

	"github.com/cvdkit/cvdkit/advisory/tlp"
	"github.com/cvdkit/cvdkit/cvd"
)

// stories returns all steps, in no order. The products are the Frobnicator, a gateway
// whose firmware one group looks after, and Harbour, a service in the cloud, the other's.
func stories(s *script) []step {
	for _, tell := range []func(*script){
		waiting, attacked, asked, quarantined, scanned, duplicate, notOurs, appealed, // submissions
		unacknowledged, late, embargo, exploited, release, published, // cases
		sealed, narrow, narrowToo, merged, split, upstream, unverified, undeliverable, held,
	} {
		tell(s)
	}
	return s.steps
}

func fingerprint(address string) cvd.Private {
	return cvd.Private(fmt.Sprintf("%X", sha256.Sum256([]byte(address)))[:40])
}

// portalReport is a report through the form.
func portalReport(story string, r cvd.Receive) cvd.Receive {
	r.IDs, r.Channel, r.Protection, r.KnownBy = known(story), cvd.ChannelPortal, cvd.ProtectPortal, cvd.KnownByAccess
	return r
}

// mailReport is one by encrypted and signed mail.
func mailReport(story string, r cvd.Receive) cvd.Receive {
	r.IDs, r.Channel, r.Protection, r.KnownBy = known(story), cvd.ChannelMail, cvd.ProtectSealed, cvd.KnownBySignature
	r.Signature, r.Fingerprint = cvd.SignatureValid, r.Reporter.Key
	return r
}

// waiting is a good report that nobody has looked at.
func waiting(s *script) {
	t := s.tale("waiting")
	t.begin(2*hour, "", portalReport(t.name, cvd.Receive{
		Submission: true, Title: "Password reset link works twice", Products: "Harbour 2026.10, hosted",
		Summary:      "The link in the mail for a forgotten password can be opened a second time within its hour. Whoever reads the mailbox later takes over the account.",
		Observations: "1. Ask for a reset.\n2. Open the link, set a password.\n3. Open the same link again: the form is there again, and sets another password without asking for the first.",
		Wish:         "I would like to write about it once it is mended.", Credit: cvd.CreditNamed, CreditName: "Noor Haddad",
		Reporter: person("Noor Haddad", "", "noor@finder.example"),
	}))
}

// attacked waits too, and says that it is exploited: its clock is short.
func attacked(s *script) {
	t := s.tale("attacked")
	t.begin(90*60*1e9, "", portalReport(t.name, cvd.Receive{
		Submission: true, Exploited: true, Title: "Strange accounts on three gateways", Products: "Frobnicator 7.3 and 7.4",
		Summary:      "On three of our gateways there is an account named support2 that none of us has made. The web log shows one request to /ping before each.",
		Observations: "The request is POST /ping with host=127.0.0.1;… in the body. I attach the lines. The gateways have 7.3.0 and 7.4.1.",
		Reporter:     person("Jonas Weber", "Municipal IT Nordhafen", "jonas@nordhafen.example"),
		Files:        []cvd.File{file("weblog.txt", "2026-11-20 03:12:44 198.51.100.7 POST /ping 200\n2026-11-20 03:12:45 198.51.100.7 POST /login 302\n")},
	}))
}

// asked waits for an answer of its sender.
func asked(s *script) {
	t := s.tale("asked")
	t.begin(3*day, "", portalReport(t.name, cvd.Receive{
		Submission: true, Title: "Admin page can be bypassed", Products: "Frobnicator",
		Summary: "Your admin page can be bypassed with a header.", Reporter: person("", "", "k9@finder.example"),
	}))
	t.do(2*day+3*hour, ana, cvd.Triage{Outcome: cvd.OutcomeNeedsInformation,
		Reply: "Thank you. Which header is it, with which value, and which version does the page \"About\" show? One request and its answer as text would do."})
}

// quarantined was held apart: the form was filled in faster than people type.
func quarantined(s *script) {
	t := s.tale("quarantined")
	t.begin(5*hour, "", portalReport(t.name, cvd.Receive{
		Submission: true, Quarantine: "the form was filled in within a second", Title: "URGENT bug bounty", Products: "https://harbour.example",
		Summary:  "Dear Team, i found critical vulnerability no SPF record and missing headers. Please tell me the reward first then i share the details.",
		Reporter: person("", "", "bounty4711@mail.example"),
	}))
}

// scanned is the output of a tool, which somebody has dismissed.
func scanned(s *script) {
	t := s.tale("scanned")
	t.begin(9*day, "", portalReport(t.name, cvd.Receive{
		Submission: true, Title: "27 vulnerabilities found", Products: "www.harbour.example",
		Summary:  "Scan result: jquery 3.6.0 (medium), cookie without flag (low), server banner (info) and 24 more.",
		Reporter: person("", "Quickscan", "reports@quickscan.example"),
	}))
	t.do(8*day+20*hour, ben, cvd.Dismiss{Why: cvd.DismissalScanner, Reason: "The three that could matter were looked at: none is reachable.",
		Reply: "We looked at the list. If one of the points can be used for an attack, please show us how, and we look again."})
}

// duplicate tells again what the late one tells.
func duplicate(s *script) {
	t := s.tale("duplicate")
	t.begin(6*day, "", portalReport(t.name, cvd.Receive{
		Submission: true, Title: "Exported configuration has the password in it", Products: "Frobnicator 7.4.2",
		Summary:  "When I export the configuration of the gateway, the file has the administrator's password in clear text in the line admin.secret.",
		Reporter: person("Mia Castellano", "", "mia@castellano.example"),
	}))
	t.step(5*day+21*hour, ana, func(ctx context.Context, p *player, by cvd.By) error {
		first, err := p.id(ctx, "late")
		if err != nil {
			return err
		}
		id, err := p.id(ctx, t.name)
		if err == nil {
			_, err = p.svc.Do(ctx, id, by, cvd.Dismiss{Why: cvd.DismissalDuplicate, DuplicateOf: first, Reason: "The same line of the same file.",
				Reply: "We know of this and work on it. You will be named beside who told us first, if you like."})
		}
		return err
	})
}

// notOurs belongs to somebody else, whose contact the sender is given.
func notOurs(s *script) {
	t := s.tale("not-ours")
	t.begin(20*day, "", mailReport(t.name, cvd.Receive{
		Submission: true, Title: "Crash in Quux viewer", Products: "Quux Viewer 4",
		Summary: "A crafted file makes the viewer crash. It is shipped on your support CD.", Reporter: person("Sven Dahl", "", "sven@dahl.example"),
	}))
	t.do(19*day, cleo, cvd.Dismiss{Why: cvd.DismissalNotOurs, Reason: "The CD was last sold in 2019.",
		Reply: "The viewer is made by Quux, who can be reached at security@quux.example. We can pass your report on, if you allow it."})
}

// appealed was dismissed, and its sender asks for another look.
func appealed(s *script) {
	t := s.tale("appealed")
	t.begin(12*day, "", portalReport(t.name, cvd.Receive{
		Submission: true, Title: "Session stays valid after log-out", Products: "Harbour 2026.9",
		Summary:  "After logging out the old session cookie can be used again from another browser for some minutes.",
		Reporter: person("Tariq Aziz", "", "tariq@finder.example"),
	}))
	t.do(11*day, ben, cvd.Dismiss{Why: cvd.DismissalNoFlaw, Reason: "The cookie is gone from the browser.", Reply: "The log-out removes the cookie, so that we see no weakness."})
	t.do(26*hour, "", cvd.Appeal{Text: "The cookie is removed from my browser, yes. But who copied it before, for example from a shared computer, still gets in: I did, eleven minutes after the log-out. Please look again.",
		Provenance: cvd.Provenance{Channel: cvd.ChannelPortal, Protection: cvd.ProtectPortal, KnownBy: cvd.KnownByAccess}})
}

// sealed came in a sealed mail with the strictest label.
func sealed(s *script) {
	t := s.tale("sealed")
	t.begin(4*day, "", mailReport(t.name, cvd.Receive{
		Title: "Signature check of updates can be skipped", Products: "Frobnicator 7.0 to 7.4.2", TLP: tlp.Red,
		Summary:      "The update program checks the signature of the manifest, and then loads the manifest again from the server. Between the two it can be another one.",
		Observations: "Answer the first request for manifest.json with the genuine file and the second with your own. The program installs what the second one lists. For the named readers only, please: there are many of these gateways in hospitals.",
		Reporter:     person("Dr. Elif Yıldız", "University of Westhaven", "elif@westhaven.example"), Credit: cvd.CreditNamed, CreditName: "Elif Yıldız",
	}))
	t.do(4*day-2*hour, cleo, cvd.Acknowledge{}, cvd.Assign{To: cleo}, cvd.Triage{Outcome: cvd.OutcomeValid}, cvd.Accept{},
		cvd.SetSeverity{Vector: "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:C/C:H/I:H/A:H", Justification: "It takes a place between the gateway and the update server."},
		cvd.Identify{CWE: "CWE-367"})
	t.do(3*day, cleo, cvd.ProposeEmbargo{Ends: t.morning(80), Policy: "example/3"})
	t.do(2*day, "", cvd.AcceptEmbargo{Party: 2, Proposal: 1})
}

// file is a small text file.
func file(name, text string) cvd.File {
	return cvd.File{Name: cvd.Private(name), Type: "text/plain", Content: reader(text)}
}
