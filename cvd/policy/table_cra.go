package policy

const (
	cra          = "Regulation (EU) 2024/2847 "
	craEffective = "2026-09-11" // Art. 71(2)
	craUndue     = "without undue delay and in any event within "
)

var craNotes = []string{
	"The duty began on 11 September 2026, also for products placed on the market before (Art. 69(3), 71(2)): awareness before that day starts no clock.",
	"The notice goes once, through the single platform, to ENISA and the CSIRT designated as coordinator of the Member State of the main establishment: where decisions on the security of the products are mainly taken, else where most employees are (Art. 14(7)).",
	"Without a main establishment in the Union, by what the manufacturer knows, the Member State of: (a) the authorised representative for most of its products, (b) the importer of most, (c) the distributor of most, (d) most users (Art. 14(7)).",
	"Intermediate reports are due on request of the CSIRT (Art. 14(6)).",
	"The clocks run for each manufacturer and each vulnerability or incident. Awareness is a recorded decision with evidence: attacks that were adopted suggest it, and set only the clock for the assessment.",
	"One submission may serve several stages. A later stage that was submitted ends the earlier ones.",
}

var (
	craWarned   = []Fact{FactWarned, FactNotified, FactFinalReported}
	craNotified = []Fact{FactNotified, FactFinalReported}
)

// craShared are the clocks that both procedures have after their reports.
func craShared(aware Fact) []Clock {
	return []Clock{{
		Name: "intermediate-report", Title: "submit the intermediate report that the CSIRT asked for", Force: Must, Source: cra + "Art. 14(6)",
		Rules: oneRule(Rule{From: []Fact{FactIntermediateDue}, Limit: spanHours(0), Say: "when the CSIRT asked to have it"}),
		Stop:  []Fact{FactIntermediateReported}, Remind: []Span{spanDays(1), spanHours(4)}, Escalate: []Span{spanHours(1)},
	}, {
		Name: "inform-users", Title: "inform the affected users, and where appropriate all users, of it and of what they can do", Force: Should,
		Source: cra + "Art. 14(8)",
		Rules: oneRule(Rule{From: []Fact{aware}, Limit: spanHours(72),
			Say: "in a timely manner after becoming aware; the Regulation names no number, 72 hours are the team's own limit"}),
		Stop: []Fact{FactUsersInformed}, Remind: []Span{spanHours(24)}, Escalate: []Span{spanHours(24)},
	}}
}

// craAssessment is the team's own clock from suspicion to a decision. It exists
// once there is one.
func craAssessment(from []Fact, what string, stop ...Fact) Clock {
	var rules []Rule
	for _, f := range from {
		rules = append(rules, Rule{When: []Condition{{Fact: f}}, From: from, Limit: spanHours(24),
			Say: "within 24 hours of the suspicion, which is the team's own limit: awareness is decided with evidence, and only it starts the legal clocks"})
	}
	return Clock{
		Name: "assessment", Title: "decide whether this is awareness of " + what, Force: Should, Source: "cvdkit default; " + cra + "Art. 3(42), 14",
		Rules: rules, Stop: stop, Remind: []Span{spanHours(12), spanHours(4)}, Escalate: []Span{spanHours(1)},
	}
}

func craVulnerability() Policy {
	aware := []Fact{FactExploitAware}
	within := func(h string) string { return craUndue + h + " of becoming aware of the active exploitation" }
	return Policy{
		Name: "cra-vulnerability", Version: 1, Title: "Cyber Resilience Act, actively exploited vulnerability",
		Source: cra + "Art. 14(2)", Effective: craEffective, Begins: aware,
		Clocks: append([]Clock{
			craAssessment([]Fact{FactExploitSuspected, FactExploitObserved}, "active exploitation", FactExploitAware, FactExploitDismissed),
			{
				Name: "early-warning", Title: "submit the early warning to the CSIRT and ENISA", Force: Must, Source: cra + "Art. 14(2)(a)",
				Rules: oneRule(Rule{From: aware, Limit: spanHours(24), Roll: RollEU, Say: within("24 hours")}),
				Stop:  craWarned, Remind: []Span{spanHours(12), spanHours(4)}, Escalate: []Span{spanHours(1)},
			}, {
				Name: "notification", Title: "submit the vulnerability notification", Force: Must, Source: cra + "Art. 14(2)(b)",
				Rules: oneRule(Rule{From: aware, Limit: spanHours(72), Roll: RollEU, Say: within("72 hours")}),
				Stop:  craNotified, Remind: []Span{spanHours(24), spanHours(4)}, Escalate: []Span{spanHours(1)},
			}, {
				Name: "final-report", Title: "submit the final report", Force: Must, Source: cra + "Art. 14(2)(c)",
				Rules: []Rule{{
					When: []Condition{{Fact: FactMeasureNamed}}, From: []Fact{FactMeasureNamed}, After: aware, Limit: spanDays(14), Roll: RollEU,
					Say: "no later than 14 days after the corrective or mitigating measure that the team named is available",
				}, {
					From: []Fact{FactMeasureAvailable, FactFixAvailable, FactWorkaround}, After: aware, Limit: spanDays(14), Roll: RollEU,
					Say: "no later than 14 days after a corrective or mitigating measure is available: the earliest usable one, unless the team names another; a published workaround is one",
				}},
				Stop: []Fact{FactFinalReported}, Remind: []Span{spanDays(7), spanDays(2)}, Escalate: []Span{spanHours(1)},
			}}, craShared(FactExploitAware)...),
		Notes: craNotes,
	}
}

func craIncident() Policy {
	aware := []Fact{FactIncidentAware}
	within := func(h string) string { return craUndue + h + " of becoming aware of the severe incident" }
	month := Span{1, Months}
	return Policy{
		Name: "cra-incident", Version: 1, Title: "Cyber Resilience Act, severe incident",
		Source: cra + "Art. 14(4)", Effective: craEffective, Begins: aware,
		Clocks: append([]Clock{
			craAssessment([]Fact{FactIncidentSuspected}, "a severe incident", FactIncidentAware, FactIncidentDismissed),
			{
				Name: "early-warning", Title: "submit the early warning to the CSIRT and ENISA", Force: Must, Source: cra + "Art. 14(4)(a)",
				Rules: oneRule(Rule{From: aware, Limit: spanHours(24), Roll: RollEU, Say: within("24 hours")}),
				Stop:  craWarned, Remind: []Span{spanHours(12), spanHours(4)}, Escalate: []Span{spanHours(1)},
			}, {
				Name: "notification", Title: "submit the incident notification", Force: Must, Source: cra + "Art. 14(4)(b)",
				Rules: oneRule(Rule{From: aware, Limit: spanHours(72), Roll: RollEU, Say: within("72 hours")}),
				Stop:  craNotified, Remind: []Span{spanHours(24), spanHours(4)}, Escalate: []Span{spanHours(1)},
			}, {
				Name: "final-report", Title: "submit the final report", Force: Must, Source: cra + "Art. 14(4)(c)",
				Rules: []Rule{{
					When: []Condition{{Fact: FactNotified}}, From: []Fact{FactNotified}, After: aware, Limit: month, Roll: RollEU,
					Say: "within one month after the submission of the incident notification",
				}, {
					From: aware, Limit: spanHours(72), Then: month, Roll: RollEU, Projected: true,
					Say: "within one month after the submission of the incident notification, which is missing: projected from its limit of 72 hours",
				}},
				Stop: []Fact{FactFinalReported}, Remind: []Span{spanDays(7), spanDays(2)}, Escalate: []Span{spanHours(1)},
			}}, craShared(FactIncidentAware)...),
		Notes: craNotes,
	}
}
