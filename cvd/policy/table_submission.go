package policy

// submission is the team's own clock for what came in and nobody has looked at. It
// stops when the submission is admitted to a case or dismissed, and starts anew
// with an appeal.
func submission() Policy {
	alleged, appealed := Condition{Fact: FactExploitAlleged}, Condition{Fact: FactAppealed}
	received, again := []Fact{FactReceived}, []Fact{FactAppealed}
	quick := "within four hours, since exploitation is alleged"
	return Policy{
		Name: "submission", Version: 1, Title: "First look at a submission",
		Source: "cvdkit default; ISO/IEC 30111, receipt and verification",
		Clocks: []Clock{{
			Name: "look", Title: "admit or dismiss the submission", Force: Should, Pausable: true,
			Rules: []Rule{
				{When: []Condition{alleged, appealed}, From: again, Limit: spanHours(4), Say: quick},
				{When: []Condition{alleged}, From: received, Limit: spanHours(4), Say: quick},
				{When: []Condition{appealed}, From: again, Limit: Span{1, BusinessDays}, Say: "by the end of the first business day after the appeal"},
				{From: received, Limit: Span{1, BusinessDays}, Say: "by the end of the first business day after it came in; the clock pauses while information is missing"},
			},
			Stop: []Fact{FactDecided}, Cancel: []Fact{FactClosed}, Remind: []Span{spanHours(2)}, Escalate: []Span{spanHours(4)},
		}},
	}
}
