package policy

func cnaRules() Policy {
	stop, cancel := []Fact{FactCVEPublished}, []Fact{FactClosed}
	return Policy{
		Name: "cna-rules", Version: 1, Title: "CVE Numbering Authority rules, publication of records", Effective: "2026-08-25",
		Source: "CNA Operational Rules 4.2.0, https://www.cve.org/ResourcesSupport/AllResources/CNARules",
		Clocks: []Clock{{
			Name: "record-should", Title: "publish the CVE record", Force: Should, Source: "CNA rules 4.5.1.3",
			Rules: oneRule(Rule{From: []Fact{FactDisclosed}, Limit: spanHours(24), Say: "should be published within 24 hours of one's own disclosure"}),
			Stop:  stop, Cancel: cancel, Remind: []Span{spanHours(6)},
		}, {
			Name: "record-must", Title: "publish the CVE record", Force: Must, Source: "CNA rules 4.5.1.4",
			Rules: oneRule(Rule{From: []Fact{FactDisclosed}, Limit: spanHours(72), Say: "must be published within 72 hours of one's own disclosure"}),
			Stop:  stop, Cancel: cancel, Remind: []Span{spanHours(24)}, Escalate: []Span{spanHours(1)},
		}, {
			Name: "record-other", Title: "publish the CVE record of another's disclosure", Force: Should, Source: "CNA rules 4.5.1.6",
			Rules: oneRule(Rule{From: []Fact{FactDisclosedByOther}, Limit: spanHours(72), Say: "should be published within 72 hours of learning of another's disclosure"}),
			Stop:  stop, Cancel: cancel, Remind: []Span{spanHours(24)},
		}},
		Notes: []string{
			"A CVE record is never itself the first disclosure; both at the same time is allowed (CNA rules 5.3.1).",
			"Whoever reported the vulnerability is told the CVE ID (CNA rules 4.3.3).",
			"The CNA of the upstream product goes first: ask it before assigning an ID for what it made (CNA rules 4.2.16.6).",
		},
	}
}
