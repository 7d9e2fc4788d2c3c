package cvd

import (
	"io"
	"time"
)

// RecordAssessment records a step from a suspicion to awareness of active
// exploitation or of a severe incident. Awareness is a decision with evidence: a
// suspicion, a feed or an adopted observation of attacks never makes it. The first
// step makes the case follow the clocks of the Cyber Resilience Act for this
// matter, if it does not yet: those of Config.Policies of that name, or of the
// table. The manufacturer is a vendor of the case: a coordinator has no such duty of
// its own.
type RecordAssessment struct {
	Matter  Matter    // a zero Vuln without an Incident is the only vulnerability
	Step    Step      // required
	At      time.Time `json:",omitzero"` // zero: now
	Product StreamID  // of StepDismissed: in which it is not exploitable; 0: in all
	// Instead corrects what was recorded of this step before.
	Instead  bool
	Source   Private // where it comes from, for example a feed
	Evidence Private // required, but for StepSuspected
}

// RecordSubmission records a report that was submitted to an authority: it stops
// the clocks of its stages and of those before, starts the next, and is evidence.
// What happened can always be recorded, late, early or incomplete. A voluntary report
// touches no clock, needs no vendor, and may be about what nobody has to report.
type RecordSubmission struct {
	Matter Matter // a zero Vuln without an Incident is the only vulnerability
	// Stages that the submission served, at least one; StageVoluntary stands alone.
	Stages    []ReportStage
	At        time.Time `json:",omitzero"` // zero: now
	Request   RequestID // that an intermediate report answers; 0: none
	Authority Private   // required
	Reference Private   // the receipt number
	Table     string    // the version of the field table that it was checked against
	Values    Private   // of its fields; see the package cra
	// Forbidden names fields that held what the label of their source does not let
	// out. With any, a Reason is required.
	Forbidden []string
	Reason    Private // required with Forbidden, else empty or what there is to say
	// Name, Type and Content are the bytes that were submitted: kept, and sealed, like
	// the original of a report. Without Content none are.
	Name    Private
	Type    Private   // media type
	Content io.Reader `json:"-"` // is streamed to Config.Blobs
}

// RecordRequest records that an authority asks for an intermediate report, with the
// date it set, or that the team asks it to delay the dissemination of a report.
type RecordRequest struct {
	Matter    Matter      // a zero Vuln without an Incident is the only vulnerability
	Kind      RequestKind // required
	At        time.Time   `json:",omitzero"` // zero: now
	Due       time.Time   `json:",omitzero"` // required for RequestIntermediate
	Authority Private     // required
	Reference Private     // the authority's number for it; may be empty
	Text      Private     // what is asked and why; required for RequestDelay
}

// RecordAnswer records what an authority answered to a request of the team.
type RecordAnswer struct {
	Request RequestID // that is answered, one of the team
	At      time.Time `json:",omitzero"` // zero: now
	Granted bool      // the delay is granted
	Answer  Private   // in the authority's words; may be empty
}

// InformUsers records that users were told of a matter and of what they can do. It
// is a duty from awareness on, usually before an advisory exists. Under an embargo it
// needs a reason; the embargo stays in force.
type InformUsers struct {
	Matter     Matter    // a zero Vuln without an Incident is the only vulnerability
	At         time.Time `json:",omitzero"` // zero: now
	Machine    bool      // also in a structured, machine-readable form
	Audience   Private   // required
	Text       Private   // required
	Mitigation Private   // what users can do
	Way        Private   // how they were told
	Reason     Private   // required while an embargo is in force
}
