package cvd

import (
	"github.com/cvdkit/cvdkit/advisory/tlp"
)

// Acknowledge tells the reporter that the report has arrived. The message never
// repeats what the report says. A submission leaves the quarantine by it.
type Acknowledge struct {
	Report ReportID // 0: the only one
	Text   Private  // added to the acknowledgement
	// TLP is that of Text; unset: TLP:AMBER, so that it goes protected only. Numbers of
	// cases are TLP:GREEN.
	TLP tlp.Label
}

// Triage records what became of a report, and tells the reporter. A team that is a
// vendor is aware of the vulnerabilities then, since the report was received. For a
// submission it is the question for what is missing, once: OutcomeNeedsInformation.
type Triage struct {
	Report  ReportID // 0: the only one
	Outcome Outcome  // what became of it; required
	// Reason is the team's own; the reporter does not see it.
	Reason Private
	// Reply is told to the reporter: a question with OutcomeNeedsInformation, an
	// explanation otherwise.
	Reply Private
	// DuplicateOf or SameAs name the other report's case, or the other report of
	// this case, with OutcomeDuplicate.
	DuplicateOf CaseID
	SameAs      ReportID // see DuplicateOf
	// ForwardedTo names who handles it, with OutcomeOutOfScope.
	ForwardedTo Private
	// Quiet leaves the reporter untold.
	Quiet bool
}

// Accept says that the team works on the case.
type Accept struct{}

// Defer says that the case is valid and is not worked on now. An embargo stays
// in force.
type Defer struct {
	Reason Private // becomes a note of the team
}

// Close says that the team is done.
type Close struct {
	Reason Private // for the team
	// Override closes although an embargo is active. Reason is then required.
	Override bool
}

// Assign gives the case to somebody, or to nobody.
type Assign struct {
	To Private // an actor, in the host's terms; "": nobody
}

// SetTitle changes the title of the case.
type SetTitle struct {
	Title Private // required
}
