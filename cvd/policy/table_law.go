package policy

func cnaRules() Policy {
	stop, cancel := []Fact{FactCVEPublished}, []Fact{FactClosed}
	return Policy{
		Name: "cna-rules", Version: 1, Title: "CVE Numbering Authority rules, publication of records",
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
		Notes: []string{"A CVE record is never itself the first disclosure (CNA rules 5.3.1)."},
	}
}

func china2021() Policy {
	return Policy{
		Name: "china-2021", Version: 1, Title: "China, report of a vulnerability to MIIT", Effective: "2021-09-01",
		Source: "Provisions on the Management of Network Product Security Vulnerabilities (2021), Article 7",
		Clocks: []Clock{{
			Name: "miit-report", Title: "report the vulnerability to MIIT", Force: Must,
			Rules: oneRule(Rule{From: []Fact{FactKnown}, Limit: spanDays(2), Say: "within 2 days of knowing of the vulnerability"}),
			Stop:  []Fact{FactNotified}, Cancel: []Fact{FactClosed},
			Remind: []Span{spanHours(24), spanHours(4)}, Escalate: []Span{spanHours(1)},
		}},
	}
}

const (
	cra          = "Regulation (EU) 2024/2847 "
	craEffective = "2026-09-11"
)

var craNotes = []string{
	"The notice goes once to the coordinator CSIRT of the main establishment and to ENISA, through the single platform (Art. 14(7)).",
	"Intermediate reports are due on request of the CSIRT (Art. 14(6)).",
	"Users are informed after awareness (Art. 14(8)).",
	"The clocks run for each manufacturer and vulnerability. Awareness is a recorded instant with evidence.",
}

func craVulnerability() Policy {
	aware := []Fact{FactExploitAware}
	return Policy{
		Name: "cra-vulnerability", Version: 1, Title: "Cyber Resilience Act, actively exploited vulnerability",
		Source: cra + "Art. 14(2)", Effective: craEffective,
		Clocks: []Clock{{
			Name: "early-warning", Title: "submit the early warning to the CSIRT and ENISA", Force: Must, Source: cra + "Art. 14(2)(a)",
			Rules: oneRule(Rule{From: aware, Limit: spanHours(24), Roll: RollEU, Say: "within 24 hours of becoming aware of the active exploitation"}),
			Stop:  []Fact{FactWarned, FactNotified}, Remind: []Span{spanHours(12), spanHours(4)}, Escalate: []Span{spanHours(1)},
		}, {
			Name: "notification", Title: "submit the vulnerability notification", Force: Must, Source: cra + "Art. 14(2)(b)",
			Rules: oneRule(Rule{From: aware, Limit: spanHours(72), Roll: RollEU, Say: "within 72 hours of becoming aware of the active exploitation"}),
			Stop:  []Fact{FactNotified}, Remind: []Span{spanHours(24), spanHours(4)}, Escalate: []Span{spanHours(1)},
		}, {
			Name: "final-report", Title: "submit the final report", Force: Must, Source: cra + "Art. 14(2)(c)",
			Rules: oneRule(Rule{
				From: []Fact{FactMeasureAvailable, FactFixAvailable, FactWorkaround}, After: aware,
				Limit: spanDays(14), Roll: RollEU,
				Say: "no later than 14 days after a corrective or mitigating measure is available; a published workaround is one",
			}),
			Stop: []Fact{FactFinalReported}, Remind: []Span{spanDays(7), spanDays(2)}, Escalate: []Span{spanHours(1)},
		}},
		Notes: craNotes,
	}
}

func craIncident() Policy {
	aware := []Fact{FactIncidentAware}
	return Policy{
		Name: "cra-incident", Version: 1, Title: "Cyber Resilience Act, severe incident",
		Source: cra + "Art. 14(4)", Effective: craEffective,
		Clocks: []Clock{{
			Name: "early-warning", Title: "submit the early warning to the CSIRT and ENISA", Force: Must, Source: cra + "Art. 14(4)(a)",
			Rules: oneRule(Rule{From: aware, Limit: spanHours(24), Roll: RollEU, Say: "within 24 hours of becoming aware of the severe incident"}),
			Stop:  []Fact{FactWarned, FactNotified}, Remind: []Span{spanHours(12), spanHours(4)}, Escalate: []Span{spanHours(1)},
		}, {
			Name: "notification", Title: "submit the incident notification", Force: Must, Source: cra + "Art. 14(4)(b)",
			Rules: oneRule(Rule{From: aware, Limit: spanHours(72), Roll: RollEU, Say: "within 72 hours of becoming aware of the severe incident"}),
			Stop:  []Fact{FactNotified}, Remind: []Span{spanHours(24), spanHours(4)}, Escalate: []Span{spanHours(1)},
		}, {
			Name: "final-report", Title: "submit the final report", Force: Must, Source: cra + "Art. 14(4)(c)",
			Rules: oneRule(Rule{From: []Fact{FactNotified}, After: aware, Limit: Span{1, Months}, Roll: RollEU,
				Say: "within one month of the submission of the incident notification"}),
			Stop: []Fact{FactFinalReported}, Remind: []Span{spanDays(7), spanDays(2)}, Escalate: []Span{spanHours(1)},
		}},
		Notes: craNotes,
	}
}
