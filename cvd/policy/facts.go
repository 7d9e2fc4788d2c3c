package policy

import (
	"slices"
	"time"
)

// Fact names something that happened, or that is planned, at an instant. Rules
// start and end with facts. Hosts may use names of their own: lower-case words
// with dots, at most 64 bytes.
type Fact string

// The facts that the policies of the table use.
const (
	FactReceived             Fact = "report.received"        // the report reached the team
	FactExploitAlleged       Fact = "exploit.alleged"        // its reporter says that it is exploited; nobody has checked
	FactDecided              Fact = "submission.decided"     // it was admitted to a case, or dismissed
	FactAppealed             Fact = "submission.appealed"    // its sender asks for another look
	FactAcknowledged         Fact = "report.acknowledged"    // its reporter was answered
	FactAssessed             Fact = "report.assessed"        // valid, invalid, duplicate or out of scope
	FactReporterUpdated      Fact = "reporter.updated"       // the reporter was told the state; repeats
	FactVendorContacted      Fact = "vendor.contacted"       // the first attempt to reach the vendor
	FactVendorNotified       Fact = "vendor.notified"        // the vendor got the details
	FactVendorReplied        Fact = "vendor.replied"         // the vendor's first answer
	FactVendorReminded       Fact = "vendor.reminded"        // a silent vendor was asked again; repeats
	FactListPosted           Fact = "list.posted"            // posted to a closed list
	FactFixReady             Fact = "fix.ready"              // a fix exists, not yet released
	FactFixAvailable         Fact = "fix.available"          // users can get the fix
	FactWorkaround           Fact = "workaround.published"   // users can get a mitigation
	FactMeasureAvailable     Fact = "measure.available"      // any corrective or mitigating measure
	FactMeasureNamed         Fact = "measure.named"          // the team's decision which measure counts
	FactExploitObserved      Fact = "exploit.observed"       // exploitation is known
	FactKnown                Fact = "vulnerability.known"    // the manufacturer knows of the vulnerability
	FactExploitSuspected     Fact = "exploitation.suspected" // something suggests active exploitation
	FactExploitDismissed     Fact = "exploitation.dismissed" // it was assessed and is none
	FactExploitAware         Fact = "exploitation.aware"     // the manufacturer is aware of active exploitation
	FactIncidentSuspected    Fact = "incident.suspected"     // something suggests a severe incident
	FactIncidentDismissed    Fact = "incident.dismissed"     // it was assessed and is none
	FactIncidentAware        Fact = "incident.aware"         // the manufacturer is aware of a severe incident
	FactWarned               Fact = "authority.warned"       // the early warning was submitted
	FactNotified             Fact = "authority.notified"     // the notification was submitted
	FactFinalReported        Fact = "authority.reported"     // the final report was submitted
	FactIntermediateDue      Fact = "intermediate.due"       // when an intermediate report is to be there, as the authority asked
	FactIntermediateReported Fact = "intermediate.reported"  // it was submitted
	FactUsersInformed        Fact = "users.informed"         // the users were told what happened and what they can do
	FactDisclosed            Fact = "disclosed"              // we published
	FactDisclosedByOther     Fact = "disclosed.elsewhere"    // we learned that somebody else published
	FactDetailsPublic        Fact = "details.published"      // the technical details were published
	FactExistencePublic      Fact = "existence.published"    // that a vulnerability exists was published
	FactCVEPublished         Fact = "cve.published"          // the CVE record was published
	FactIntermediary         Fact = "intermediary.contacted" // somebody else was asked to reach the vendor
	FactAIAssisted           Fact = "finding.ai-assisted"    // it was found with the assistance of AI
	FactExtended             Fact = "extension.granted"      // more time was agreed
	FactGrace                Fact = "grace.granted"          // a period of grace was agreed
	FactEmbargoEnds          Fact = "embargo.ends"           // the planned end of the embargo
	FactEmbargoExited        Fact = "embargo.exited"         // the embargo has ended
	FactClosed               Fact = "case.closed"            // nothing more is to be done

	// Those of laws that a team opts in to.
	FactNIS2Aware     Fact = "nis2.aware"        // an entity is aware of a significant incident
	FactNIS2Warned    Fact = "nis2.warned"       // its early warning was submitted
	FactNIS2Notified  Fact = "nis2.notified"     // its notification was submitted
	FactNIS2Reported  Fact = "nis2.reported"     // its final report was submitted
	FactCERTInNoticed Fact = "cert-in.noticed"   // an incident was noticed, or brought to notice
	FactCERTInReport  Fact = "cert-in.reported"  // it was reported to CERT-In
	FactMIITReported  Fact = "miit.reported"     // the vulnerability was reported to MIIT
	FactMaterial      Fact = "incident.material" // an incident was determined to be material
	FactSECDelay      Fact = "sec.delayed"       // the Attorney General allowed a delay
	FactSECFiled      Fact = "sec.filed"         // Form 8-K was filed
)

// Pause is an interval in which clocks that can pause stand still, such as while
// the team waits for information. A zero To means that it lasts. Hours, days and
// months stand still to the second; a business day is spared only if a pause
// covers all of its hours.
type Pause struct {
	From, To time.Time `json:",omitzero"` // From counts, To does not
	Reason   string    // shown by Explain and in timelines: nothing of the report
}

// Facts are what a policy is applied to. Those of a case that are not about one
// party have no Subject; clocks that run for each vendor are evaluated once for
// each, with the vendor's facts and a Subject.
type Facts struct {
	// Subject makes the deadlines of several parties distinct. It appears in
	// their IDs: use a number or key, not a name.
	Subject string
	// Times holds the instants of each fact, as they are adopted now: a corrected
	// one replaces the old. The order does not matter; zero times are ignored.
	Times map[Fact][]time.Time
	// Pauses may overlap and may be in any order.
	Pauses []Pause
	// Agreed holds, by the name of a clock, an end that was agreed instead of the
	// one computed. A rule's longest extension still bounds it.
	Agreed map[string]time.Time
}

// Add notes a fact. Copies of f made before share its map.
func (f *Facts) Add(fact Fact, at time.Time) {
	if f.Times == nil {
		f.Times = make(map[Fact][]time.Time)
	}
	f.Times[fact] = append(f.Times[fact], at)
}

// First returns the earliest instant of a fact, or the zero time.
func (f Facts) First(fact Fact) (t time.Time) {
	for _, x := range f.Times[fact] {
		if !x.IsZero() && (t.IsZero() || x.Before(t)) {
			t = x
		}
	}
	return t
}

// earliest returns the first of several facts and its name.
func (f Facts) earliest(facts []Fact) (name Fact, t time.Time) {
	for _, x := range facts {
		if a := f.First(x); !a.IsZero() && (t.IsZero() || a.Before(t)) {
			name, t = x, a
		}
	}
	return name, t
}

// happened returns the earliest of several facts that is not after now.
func (f Facts) happened(facts []Fact, now time.Time) (Fact, time.Time) {
	name, t := f.earliest(facts)
	if t.After(now) {
		return "", time.Time{}
	}
	return name, t
}

// repeats returns the instants of several facts after a start and not after now,
// in order and without repetition.
func (f Facts) repeats(facts []Fact, start, now time.Time) []time.Time {
	var ts []time.Time
	for _, x := range facts {
		for _, t := range f.Times[x] {
			if t.After(start) && !t.After(now) {
				ts = append(ts, t)
			}
		}
	}
	slices.SortFunc(ts, time.Time.Compare)
	return slices.CompactFunc(ts, time.Time.Equal)
}

// pauses returns the closed pauses, merged and in order, and the start of the one
// that lasts at now.
func (f Facts) pauses(now time.Time) (closed []Pause, open Pause) {
	ps := slices.Clone(f.Pauses)
	slices.SortFunc(ps, func(a, b Pause) int { return a.From.Compare(b.From) })
	for _, p := range ps {
		if p.From.IsZero() || p.From.After(now) {
			continue
		}
		if p.To.IsZero() || p.To.After(now) {
			if open.From.IsZero() {
				open = p
			}
			continue
		}
		if !p.To.After(p.From) {
			continue
		}
		if n := len(closed); n > 0 && !p.From.After(closed[n-1].To) {
			if p.To.After(closed[n-1].To) {
				closed[n-1].To = p.To
			}
			continue
		}
		closed = append(closed, p)
	}
	// What a lasting pause covers is not counted twice.
	for n := len(closed); n > 0 && !open.From.IsZero() && closed[n-1].To.After(open.From); n = len(closed) {
		if closed[n-1].From.Before(open.From) {
			closed[n-1].To = open.From
			break
		}
		closed = closed[:n-1]
	}
	return closed, open
}
