package policy

// The policies that a team opts in to, once it is confirmed that the law applies.

func china2021() Policy {
	known := []Fact{FactKnown}
	return Policy{
		Name: "china-2021", Version: 1, Title: "China, report of a vulnerability to MIIT", Effective: "2021-09-01", Begins: known,
		OptIn:  "that the provisions apply to the provider, and that reporting is compatible with its other duties: ask a lawyer",
		Source: "Provisions on the Management of Network Product Security Vulnerabilities (2021), Article 7",
		Clocks: []Clock{{
			Name: "miit-report", Title: "report the vulnerability to MIIT", Force: Must,
			Rules: oneRule(Rule{From: known, Limit: spanDays(2), Say: "within 2 days of knowing of the vulnerability"}),
			Stop:  []Fact{FactMIITReported}, Cancel: []Fact{FactClosed},
			Remind: []Span{spanHours(24), spanHours(4)}, Escalate: []Span{spanHours(1)},
		}},
	}
}

func nis2() Policy {
	const source = "Directive (EU) 2022/2555 "
	aware := []Fact{FactNIS2Aware}
	month := Span{1, Months}
	return Policy{
		Name: "nis2", Version: 1, Title: "NIS2, significant incident of an entity", Effective: "2024-10-18", Begins: aware,
		OptIn:  "that the organisation is an essential or important entity, and what its national law says",
		Source: source + "Art. 23; in Germany section 32 BSIG",
		Clocks: []Clock{{
			Name: "early-warning", Title: "submit the early warning", Force: Must, Source: source + "Art. 23(4)(a)",
			Rules: oneRule(Rule{From: aware, Limit: spanHours(24), Say: craUndue + "24 hours of becoming aware of the significant incident"}),
			Stop:  []Fact{FactNIS2Warned, FactNIS2Notified, FactNIS2Reported}, Remind: []Span{spanHours(12), spanHours(4)}, Escalate: []Span{spanHours(1)},
		}, {
			Name: "notification", Title: "submit the incident notification", Force: Must, Source: source + "Art. 23(4)(b)",
			Rules: oneRule(Rule{From: aware, Limit: spanHours(72), Say: craUndue + "72 hours of becoming aware of the significant incident"}),
			Stop:  []Fact{FactNIS2Notified, FactNIS2Reported}, Remind: []Span{spanHours(24), spanHours(4)}, Escalate: []Span{spanHours(1)},
		}, {
			Name: "final-report", Title: "submit the final report", Force: Must, Source: source + "Art. 23(4)(d)",
			Rules: []Rule{{
				When: []Condition{{Fact: FactNIS2Notified}}, From: []Fact{FactNIS2Notified}, After: aware, Limit: month,
				Say: "not later than one month after the submission of the incident notification",
			}, {
				From: aware, Limit: spanHours(72), Then: month, Projected: true,
				Say: "one month after the incident notification, which is missing: projected from its limit of 72 hours",
			}},
			Stop: []Fact{FactNIS2Reported}, Remind: []Span{spanDays(7), spanDays(2)}, Escalate: []Span{spanHours(1)},
		}},
		Notes: []string{
			"The directive is national law: whether a period is moved by a weekend or holiday is for that law; these dates are not moved.",
			"Providers of trust services notify within 24 hours (Art. 23(4)). An incident that lasts is answered by a progress report, and the final one follows a month after it was handled (Art. 23(4)(e)).",
		},
	}
}

func certIn() Policy {
	noticed := []Fact{FactCERTInNoticed}
	return Policy{
		Name: "cert-in", Version: 1, Title: "CERT-In, report of a cyber incident", Effective: "2022-06-28", Begins: noticed,
		OptIn:  "that the organisation is a service provider, intermediary, data centre or body corporate under the directions",
		Source: "CERT-In directions of 28 April 2022, No. 20(3)/2022-CERT-In, (ii)",
		Clocks: []Clock{{
			Name: "report", Title: "report the incident to CERT-In", Force: Must,
			Rules: oneRule(Rule{From: noticed, Limit: spanHours(6), Say: "within 6 hours of noticing the incident or being brought to notice about it"}),
			Stop:  []Fact{FactCERTInReport}, Remind: []Span{spanHours(3), spanHours(1)}, Escalate: []Span{spanHours(1)},
		}},
	}
}

func sec8K() Policy {
	material := []Fact{FactMaterial}
	return Policy{
		Name: "sec-8k", Version: 1, Title: "SEC Form 8-K, material cybersecurity incident", Effective: "2023-12-18", Begins: material,
		OptIn:  "that the company files with the SEC; use the calendar of USCalendar",
		Source: "SEC Form 8-K, Item 1.05 and General Instruction B.1",
		Clocks: []Clock{{
			Name: "form-8k", Title: "file Form 8-K, Item 1.05", Force: Must,
			Rules: oneRule(Rule{
				From: material, Limit: Span{4, BusinessDays},
				Grace: &Grace{When: FactSECDelay, Add: spanDays(30), Say: "delay that the Attorney General determined (Item 1.05(c))"},
				Caps:  []Cap{{Fact: FactMaterial, Limit: spanDays(150), Say: "never more than 120 days of delay in all, and the 4 business days"}},
				Say:   "within 4 business days after it was determined, without unreasonable delay, that the incident is material",
			}),
			Stop: []Fact{FactSECFiled}, Remind: []Span{spanDays(2), spanHours(6)}, Escalate: []Span{spanHours(1)},
		}},
		Notes: []string{"A filing after 17:30 Eastern time counts for the next business day."},
	}
}
