package policy

func projectZero() Policy {
	from := []Fact{FactVendorNotified}
	both := []Fact{FactVendorNotified, FactExploitObserved}
	fix := []Fact{FactFixAvailable}
	cancel := []Fact{FactClosed}
	within := func(n int, of Fact) Condition {
		s := spanDays(n)
		return Condition{Fact: FactFixAvailable, Within: &s, Of: of}
	}
	exploited := Condition{Fact: FactExploitObserved}
	grace := Condition{Fact: FactGrace}
	quick := "exploited in the wild and fixed within 7 days: details 30 days after the fix"
	quickGrace := "exploited in the wild and fixed within the grace of 3 days: details on day 37"
	never := []Cap{{Fact: FactVendorNotified, Limit: spanDays(90), Say: "never later than 90 days after the notice"}}
	return Policy{
		Name: "project-zero", Version: 1, Title: "Project Zero, 90+30", Effective: "2025-07-29",
		Source: "https://googleprojectzero.blogspot.com/p/vulnerability-disclosure-policy.html",
		Window: &Window{From: from, Limit: spanDays(90), Max: spanDays(120),
			Say: "details 90 days after the notice to the vendor, or 30 days after a fix in time"},
		Clocks: []Clock{{
			Name: "existence", Title: "publish that a vulnerability was reported", Force: Should, Public: true,
			Rules: oneRule(Rule{From: from, Limit: spanDays(7), Say: "vendor, product and dates are public within a week of the notice; a trial since July 2025"}),
			Stop:  []Fact{FactExistencePublic, FactDisclosed}, Cancel: cancel, Remind: []Span{spanDays(2)},
		}, {
			Name: "fix", Title: "make a fix available to users", Force: Should, Public: true,
			Rules: []Rule{{
				When: []Condition{exploited}, From: both, Latest: true, Limit: spanDays(7), Caps: never,
				Grace: &Grace{When: FactGrace, Add: spanDays(3), Say: "granted on request"},
				Say:   "exploited in the wild: 7 days, with at most 3 days of grace",
			}, {
				From: from, Limit: spanDays(90),
				Grace: &Grace{When: FactGrace, Add: spanDays(14), Say: "granted on request"},
				Say:   "90 days from the notice, with at most 14 days of grace",
			}},
			Stop: fix, Cancel: cancel, Remind: []Span{spanDays(14), spanDays(3)}, Escalate: []Span{spanDays(1)},
		}, {
			Name: "details", Title: "publish the technical details", Force: Should, Public: true,
			Rules: []Rule{
				// Exploitation may be known before the notice or after it; the vendor
				// has 7 days from the later one.
				{When: []Condition{exploited, within(7, FactVendorNotified)}, From: fix, Limit: spanDays(30), Say: quick},
				{When: []Condition{exploited, within(7, FactExploitObserved)}, From: fix, Limit: spanDays(30), Say: quick},
				{When: []Condition{exploited, grace, within(10, FactVendorNotified)}, From: both, Latest: true, Limit: spanDays(37), Say: quickGrace},
				{When: []Condition{exploited, grace, within(10, FactExploitObserved)}, From: both, Latest: true, Limit: spanDays(37), Say: quickGrace},
				{When: []Condition{exploited, grace}, From: both, Latest: true, Limit: spanDays(10), Caps: never,
					Say: "exploited in the wild, with grace: details on day 10 without a fix by then"},
				{When: []Condition{exploited}, From: both, Latest: true, Limit: spanDays(7), Caps: never,
					Say: "exploited in the wild: details on day 7 without a fix by then"},
				{When: []Condition{within(90, FactVendorNotified)}, From: fix, Limit: spanDays(30),
					Say: "fixed within 90 days: details 30 days after the fix"},
				{When: []Condition{grace, within(104, FactVendorNotified)}, From: from, Limit: spanDays(120),
					Say: "fixed within the grace of 14 days: details on day 120"},
				{When: []Condition{grace}, From: from, Limit: spanDays(104),
					Say: "with grace: details on day 104 without a fix by then"},
				{From: from, Limit: spanDays(90), Say: "not fixed within 90 days: details on day 90"},
			},
			Stop: []Fact{FactDetailsPublic}, Cancel: cancel,
			Remind: []Span{spanDays(14), spanDays(3)}, Escalate: []Span{spanDays(1)},
		}},
		Notes: []string{"That the existence of a report is public within a week is a trial since 29 July 2025; it may end or change."},
	}
}

// team holds the everyday clocks. They name no law: a team changes the numbers
// in a policy of its own.
func team() Policy {
	closed := []Fact{FactClosed}
	return Policy{
		Name: "team", Version: 1, Title: "Everyday clocks of a team",
		Source: "cvdkit default; FIRST, Guidelines for Multi-Party Vulnerability Coordination; CERT Guide to CVD",
		Clocks: []Clock{{
			Name: "acknowledge", Title: "acknowledge the report", Force: Should,
			Rules: oneRule(Rule{From: []Fact{FactReceived}, Limit: Span{2, BusinessDays}, Say: "by the end of the second business day after the report"}),
			Stop:  []Fact{FactAcknowledged}, Cancel: closed, Remind: []Span{spanHours(24)}, Escalate: []Span{spanHours(24)},
		}, {
			Name: "assess", Title: "assess the report", Force: Should, Pausable: true,
			Rules: oneRule(Rule{From: []Fact{FactReceived}, Limit: Span{5, BusinessDays}, Say: "a first assessment within 5 business days; the clock pauses while information is missing"}),
			Stop:  []Fact{FactAssessed}, Cancel: closed, Remind: []Span{spanDays(2)}, Escalate: []Span{spanDays(2)},
		}, {
			Name: "status-update", Title: "tell the reporter where the case stands", Force: Should, Pausable: true,
			Rules:  oneRule(Rule{From: []Fact{FactAcknowledged}, Limit: spanDays(14), Roll: RollNextWorkingDay, Say: "every 14 days, on a working day, until disclosure"}),
			Repeat: []Fact{FactReporterUpdated}, Stop: []Fact{FactDisclosed}, Cancel: closed,
			Remind: []Span{spanDays(2)}, Escalate: []Span{spanDays(7)},
		}, {
			Name: "vendor-silent", Title: "remind the vendor, who has not answered", Force: Should,
			Rules:  oneRule(Rule{From: []Fact{FactVendorContacted, FactVendorNotified}, Limit: spanDays(14), Roll: RollNextWorkingDay, Say: "a reminder about every two weeks until the vendor answers"}),
			Repeat: []Fact{FactVendorReminded}, Stop: []Fact{FactVendorReplied, FactDisclosed}, Cancel: closed,
			Escalate: []Span{spanDays(7)},
		}, {
			Name: "embargo-end", Title: "the embargo ends", Force: Must,
			Rules: oneRule(Rule{From: []Fact{FactEmbargoEnds}, Limit: spanHours(0), Say: "the instant that the parties accepted"}),
			Stop:  []Fact{FactEmbargoExited}, Cancel: closed,
			Remind: []Span{spanDays(14), spanDays(3), spanDays(1)}, Escalate: []Span{spanDays(1)},
		}},
	}
}
