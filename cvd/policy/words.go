package policy

import "strings"

// factWords say of the facts of the table what they are, so that a sentence can
// begin with "waiting for" or "starts with".
var factWords = map[Fact]string{
	FactReceived: "the report", FactAcknowledged: "the answer to the reporter", FactAssessed: "the assessment of the report",
	FactReporterUpdated: "news to the reporter", FactVendorContacted: "the first attempt to reach the vendor",
	FactVendorNotified: "the notice to the vendor", FactVendorReplied: "the vendor's answer", FactVendorReminded: "a reminder to the vendor",
	FactListPosted: "the post to the list", FactFixReady: "a fix that is ready", FactFixAvailable: "a fix that users can get",
	FactWorkaround: "a published workaround", FactMeasureAvailable: "a corrective or mitigating measure",
	FactMeasureNamed: "the measure that the team named", FactExploitObserved: "observed exploitation",
	FactKnown: "knowledge of the vulnerability", FactExploitSuspected: "the suspicion of active exploitation",
	FactExploitDismissed: "the assessment that there is none", FactExploitAware: "awareness of active exploitation",
	FactIncidentSuspected: "the suspicion of a severe incident", FactIncidentDismissed: "the assessment that there is none",
	FactIncidentAware: "awareness of a severe incident", FactWarned: "the early warning", FactNotified: "the notification",
	FactFinalReported: "the final report", FactIntermediateDue: "the date that the authority set",
	FactIntermediateReported: "the intermediate report", FactUsersInformed: "the information of the users",
	FactDisclosed: "our disclosure", FactDisclosedByOther: "another's disclosure", FactDetailsPublic: "the publication of the details",
	FactExistencePublic: "the publication that it exists", FactCVEPublished: "the CVE record", FactIntermediary: "the call on an intermediary",
	FactAIAssisted: "a finding with the assistance of AI", FactExtended: "an agreed extension", FactGrace: "granted grace",
	FactEmbargoEnds: "the agreed end of the embargo", FactEmbargoExited: "the end of the embargo", FactClosed: "the closing of the case",
	FactNIS2Aware: "awareness of a significant incident", FactNIS2Warned: "the early warning", FactNIS2Notified: "the incident notification",
	FactNIS2Reported: "the final report", FactCERTInNoticed: "the notice of the incident", FactCERTInReport: "the report to CERT-In",
	FactMIITReported: "the report to MIIT", FactMaterial: "the decision that the incident is material",
	FactSECDelay: "a delay by the Attorney General", FactSECFiled: "the filing of Form 8-K",
}

// Words says what the fact is, for people: "awareness of active exploitation". A
// host's own fact shows its name, with spaces for dots and hyphens.
func (f Fact) Words() string {
	if s, ok := factWords[f]; ok {
		return s
	}
	return strings.NewReplacer(".", " ", "-", " ", "_", " ").Replace(string(f))
}
