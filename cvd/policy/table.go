package policy

import "sync"

// The texts of this table are ours; each source says the rule itself.

func oneRule(r Rule) []Rule { return []Rule{r} }

func spanHours(n int) Span { return Span{n, Hours} }
func spanDays(n int) Span  { return Span{n, Days} }

// policyTable holds every version of every policy, by name and version. A version
// that was released is never changed; its digest is held by a test.
var policyTable = [...]struct {
	name    string
	version int
	build   func() Policy
}{
	{"cert-cc", 1, certCC},
	{"cert-in", 1, certIn},
	{"china-2021", 1, china2021},
	{"cna-rules", 1, cnaRules},
	{"contact-software", 1, contactSoftware},
	{"cra-incident", 1, craIncident},
	{"cra-vulnerability", 1, craVulnerability},
	{"disclose.io", 1, discloseIO},
	{"linux-distros", 1, linuxDistros},
	{"linux-kernel", 1, linuxKernel},
	{"nis2", 1, nis2},
	{"project-zero", 1, projectZero},
	{"sec-8k", 1, sec8K},
	{"submission", 1, submission},
	{"team", 1, team},
	{"zdi", 1, zdi},
}

// tabled is where ByVersion finds a policy in the table.
func tabled(name string, version int) (int, bool) {
	for i := len(policyTable) - 1; i >= 0; i-- {
		if x := &policyTable[i]; x.name == name && (version == 0 || x.version == version) {
			return i, true
		}
	}
	return 0, false
}

// builtTable is for who only reads it: to build a policy takes longer than to compute
// its dates.
var builtTable = sync.OnceValue(func() []Policy {
	out := make([]Policy, len(policyTable))
	for i, x := range policyTable {
		out[i] = x.build()
	}
	return out
})

func certCC() Policy {
	from := []Fact{FactVendorContacted, FactVendorNotified}
	say := "disclosure 45 days after the first attempt to contact the vendor, with or without a fix"
	return Policy{
		Name: "cert-cc", Version: 1, Title: "CERT/CC, 45 days",
		Source: "CERT/CC Vulnerability Disclosure Policy, https://certcc.github.io/certcc_disclosure_policy/",
		Window: &Window{From: from, Limit: spanDays(45), Max: spanDays(45), Say: say},
		Clocks: []Clock{{
			Name: "disclosure", Title: "disclose the vulnerability", Force: Should,
			Rules: oneRule(Rule{From: from, Limit: spanDays(45), Say: say}),
			Stop:  []Fact{FactDisclosed}, Cancel: []Fact{FactClosed},
			Remind: []Span{spanDays(14), spanDays(3)}, Escalate: []Span{spanDays(1)},
		}, {
			Name: "exploited", Title: "decide on an earlier disclosure", Force: Should,
			Rules: oneRule(Rule{
				When: []Condition{{Fact: FactExploitObserved}},
				From: []Fact{FactExploitObserved}, After: from, Limit: spanHours(0),
				Say: "active exploitation may bring the disclosure forward: decide when it becomes known",
			}),
			Stop: []Fact{FactDisclosed}, Cancel: []Fact{FactClosed}, Escalate: []Span{spanDays(1)},
		}},
	}
}

func contactSoftware() Policy {
	p := ForWindow("contact-software", 30, 90)
	p.Title = "CONTACT Software, 30 to 90 days"
	p.Source = "CONTACT Software Security Team, RFC 2350 document, section 4.2"
	return p
}

func zdi() Policy {
	say := "disclosure 120 days after the vendor responded"
	contacted := []Fact{FactVendorContacted, FactVendorNotified}
	answered := []Fact{FactVendorReplied, FactDisclosed}
	closed := []Fact{FactClosed}
	return Policy{
		Name: "zdi", Version: 1, Title: "Zero Day Initiative, 120 days",
		Source: "ZDI Disclosure Policy, https://www.zerodayinitiative.com/advisories/disclosure_policy/",
		Window: &Window{From: []Fact{FactVendorReplied}, Limit: spanDays(120), Max: spanDays(120), Say: say},
		Clocks: []Clock{{
			Name: "disclosure", Title: "publish an advisory", Force: Should,
			Rules: oneRule(Rule{From: []Fact{FactVendorReplied}, Limit: spanDays(120), Say: say}),
			Stop:  []Fact{FactDisclosed}, Cancel: closed,
			Remind: []Span{spanDays(14), spanDays(3)}, Escalate: []Span{spanDays(1)},
		}, {
			Name: "second-contact", Title: "contact the silent vendor a second time", Force: Should,
			Rules: oneRule(Rule{
				From: contacted, Limit: Span{5, BusinessDays},
				Say: "a vendor that has not responded within 5 business days is contacted a second time",
			}),
			Stop: append([]Fact{FactVendorReminded}, answered...), Cancel: closed, Remind: []Span{spanDays(1)},
		}, {
			Name: "intermediary", Title: "ask an intermediary to reach the silent vendor", Force: May,
			Rules: []Rule{{
				When: []Condition{{Fact: FactVendorReminded}}, From: []Fact{FactVendorReminded}, After: contacted, Limit: Span{5, BusinessDays},
				Say: "an intermediary may be asked 5 business days after the second contact",
			}, {
				From: contacted, Limit: Span{10, BusinessDays},
				Say: "an intermediary may be asked 5 business days after the second contact, which is due after 5",
			}},
			Stop: append([]Fact{FactIntermediary}, answered...), Cancel: closed, Remind: []Span{spanDays(1)},
		}, {
			Name: "vendor-silent", Title: "publication becomes possible because the vendor is silent", Force: May,
			Rules: oneRule(Rule{
				From: contacted, Limit: Span{15, BusinessDays},
				Say: "a vendor that has not responded for 15 business days may see a limited advisory",
			}),
			Stop: answered, Cancel: closed,
			Remind: []Span{spanDays(7)},
		}},
	}
}

func linuxDistros() Policy {
	from := []Fact{FactListPosted}
	stop, cancel := []Fact{FactDisclosed, FactEmbargoExited}, []Fact{FactClosed}
	return Policy{
		Name: "linux-distros", Version: 1, Title: "linux-distros list, at most 14 days",
		Source: "https://oss-security.openwall.org/wiki/mailing-lists/distros",
		Window: &Window{
			From: from, Limit: spanDays(7), Max: spanDays(14),
			Say: "an embargo of less than 7 days is preferred; 14 days is the most",
		},
		Clocks: []Clock{{
			Name: "preferred", Title: "make the issue public, preferably by now", Force: Should,
			Rules: oneRule(Rule{From: from, Limit: spanDays(7), Say: "less than 7 days from the post is preferred"}),
			Stop:  stop, Cancel: cancel, Remind: []Span{spanDays(2)},
		}, {
			Name: "maximum", Title: "make the issue public", Force: Must,
			Rules: oneRule(Rule{
				From: from, Limit: spanDays(14), Say: "at most 14 days from the post",
				Caps: []Cap{{Fact: FactListPosted, Limit: spanDays(14), Say: "never later than 14 days after the post"}},
			}),
			Stop: stop, Cancel: cancel, Remind: []Span{spanDays(3), spanDays(1)}, Escalate: []Span{spanHours(4)},
		}},
		Notes: []string{"An issue of the Linux kernel goes to the kernel security team first, and to the list once a fix is ready."},
	}
}

func linuxKernel() Policy {
	from := []Fact{FactFixReady}
	say := "release at most 7 days after a fix is ready, exceptionally 14 days"
	return Policy{
		Name: "linux-kernel", Version: 1, Title: "Linux kernel security team, 7 days",
		Source: "https://docs.kernel.org/process/security-bugs.html",
		Window: &Window{From: from, Unless: []Fact{FactAIAssisted}, Limit: spanDays(7), Max: spanDays(14), Say: say},
		Clocks: []Clock{{
			Name: "release", Title: "release the fix", Force: Must,
			Rules: []Rule{{
				When: []Condition{{Fact: FactAIAssisted}}, From: from, Limit: spanHours(0),
				Say: "what was found with the assistance of AI is treated as public: the fix is released as soon as it is ready",
			}, {
				From: from, Limit: spanDays(7), Say: say,
				Extend: &Extension{When: FactExtended, Limit: spanDays(14), Say: "extended for exceptional circumstances"},
				Caps:   []Cap{{Fact: FactFixReady, Limit: spanDays(14), Say: "never later than 14 days after the fix"}},
			}},
			Stop: []Fact{FactFixAvailable, FactDisclosed}, Cancel: []Fact{FactClosed},
			Remind: []Span{spanDays(2), spanDays(1)}, Escalate: []Span{spanDays(1)},
		}},
		Notes: []string{"Since Linux 7.1 (May 2026) a finding with the assistance of AI is treated as public and has no embargo: record finding.ai-assisted."},
	}
}

func discloseIO() Policy {
	return Policy{
		Name: "disclose.io", Version: 1, Title: "disclose.io core terms",
		Source: "disclose.io core terms, https://github.com/disclose/diosts",
		Notes: []string{
			"Reports are answered, and vulnerabilities are fixed, promptly. The terms name no number of hours or days, so no date follows from them.",
		},
	}
}
