package cvd

import (
	"fmt"
	"io"
)

// Private hides itself, but for one case: given a pointer within another value
// and a verb that is not for pointers, such as %s of a []*Case, fmt prints what
// it points to without asking the methods in there. So each type that holds a
// Private formats itself: as its fields, by the same verb.

func format(f fmt.State, verb rune, fields any) {
	_, _ = fmt.Fprintf(f, fmt.FormatString(f, verb), fields)
}

// Format prints no field: fmt cannot ask the Secret in there to hide itself.
func (s Service) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "cvd.Service") }

// Format prints no field: what a Store or a Transport holds is not known here.
func (c Config) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "cvd.Config") }

// Format prints the command without the original, whose reader may print what
// it holds, as bytes.Buffer does.
func (r Receive) Format(f fmt.State, verb rune) {
	type fields Receive
	x := fields(r)
	x.Original = nil
	format(f, verb, x)
}

// Format prints the command without the content.
func (a Attach) Format(f fmt.State, verb rune) {
	type fields Attach
	x := fields(a)
	x.Content = nil
	format(f, verb, x)
}

// Format prints the fields, the texts redacted.
func (x AddProduct) Format(f fmt.State, verb rune) {
	type fields AddProduct
	format(f, verb, fields(x))
}

// Format prints the fields, the texts redacted.
func (x AddVulnerability) Format(f fmt.State, verb rune) {
	type fields AddVulnerability
	format(f, verb, fields(x))
}

// Format prints the fields, the texts redacted.
func (x Acknowledge) Format(f fmt.State, verb rune) {
	type fields Acknowledge
	format(f, verb, fields(x))
}

// Format prints the fields, the texts redacted.
func (x Assign) Format(f fmt.State, verb rune) {
	type fields Assign
	format(f, verb, fields(x))
}

// Format prints the fields, the texts redacted.
func (x Attachment) Format(f fmt.State, verb rune) {
	type fields Attachment
	format(f, verb, fields(x))
}

// Format prints the fields, the texts redacted.
func (x By) Format(f fmt.State, verb rune) {
	type fields By
	format(f, verb, fields(x))
}

// Format prints the fields, the texts redacted.
func (x Case) Format(f fmt.State, verb rune) {
	type fields Case
	x.cves = nil // fmt cannot ask what unexported fields hold to hide itself
	format(f, verb, fields(x))
}

// Format prints the fields, the texts redacted.
func (x Claim) Format(f fmt.State, verb rune) {
	type fields Claim
	format(f, verb, fields(x))
}

// Format prints the fields, the texts redacted.
func (x Close) Format(f fmt.State, verb rune) {
	type fields Close
	format(f, verb, fields(x))
}

// Format prints the fields, the texts redacted.
func (x Contact) Format(f fmt.State, verb rune) {
	type fields Contact
	format(f, verb, fields(x))
}

// Format prints the fields, the texts redacted.
func (x Defer) Format(f fmt.State, verb rune) {
	type fields Defer
	format(f, verb, fields(x))
}

// Format prints the fields, the texts redacted.
func (x Embargo) Format(f fmt.State, verb rune) {
	type fields Embargo
	format(f, verb, fields(x))
}

// Format prints the fields, the texts redacted.
func (x EndEmbargo) Format(f fmt.State, verb rune) {
	type fields EndEmbargo
	format(f, verb, fields(x))
}

// Format prints the fields, the texts redacted.
func (x ExternalID) Format(f fmt.State, verb rune) {
	type fields ExternalID
	format(f, verb, fields(x))
}

// Format prints the fields, the texts redacted.
func (x Filter) Format(f fmt.State, verb rune) {
	type fields Filter
	format(f, verb, fields(x))
}

// Format prints the fields, the texts redacted.
func (x Identify) Format(f fmt.State, verb rune) {
	type fields Identify
	format(f, verb, fields(x))
}

// Format prints the fields, the texts redacted.
func (x Invite) Format(f fmt.State, verb rune) {
	type fields Invite
	format(f, verb, fields(x))
}

// Format prints the fields, the texts redacted.
func (x Message) Format(f fmt.State, verb rune) {
	type fields Message
	format(f, verb, fields(x))
}

// Format prints the fields, the texts redacted.
func (x Observe) Format(f fmt.State, verb rune) {
	type fields Observe
	format(f, verb, fields(x))
}

// Format prints the fields, the texts redacted.
func (x Open) Format(f fmt.State, verb rune) {
	type fields Open
	format(f, verb, fields(x))
}

// Format prints the fields, the texts redacted.
func (x Outgoing) Format(f fmt.State, verb rune) {
	type fields Outgoing
	format(f, verb, fields(x))
}

// Format prints the fields, the texts redacted.
func (x OutgoingFile) Format(f fmt.State, verb rune) {
	type fields OutgoingFile
	format(f, verb, fields(x))
}

// Format prints the fields, the texts redacted.
func (x Page) Format(f fmt.State, verb rune) {
	type fields Page
	format(f, verb, fields(x))
}

// Format prints the fields, the texts redacted.
func (x Participant) Format(f fmt.State, verb rune) {
	type fields Participant
	format(f, verb, fields(x))
}

// Format prints the fields, the texts redacted.
func (x PostMessage) Format(f fmt.State, verb rune) {
	type fields PostMessage
	format(f, verb, fields(x))
}

// Format prints the fields, the texts redacted.
func (x Proposal) Format(f fmt.State, verb rune) {
	type fields Proposal
	format(f, verb, fields(x))
}

// Format prints the fields, the texts redacted.
func (x ProposeEmbargo) Format(f fmt.State, verb rune) {
	type fields ProposeEmbargo
	format(f, verb, fields(x))
}

// Format prints the fields, the texts redacted.
func (x RecordStatus) Format(f fmt.State, verb rune) {
	type fields RecordStatus
	format(f, verb, fields(x))
}

// Format prints the fields, the texts redacted.
func (x RejectEmbargo) Format(f fmt.State, verb rune) {
	type fields RejectEmbargo
	format(f, verb, fields(x))
}

// Format prints the fields, the texts redacted.
func (x Rendering) Format(f fmt.State, verb rune) {
	type fields Rendering
	format(f, verb, fields(x))
}

// Format prints the fields, the texts redacted.
func (x Report) Format(f fmt.State, verb rune) {
	type fields Report
	format(f, verb, fields(x))
}

// Format prints the fields, the texts redacted.
func (x Route) Format(f fmt.State, verb rune) {
	type fields Route
	format(f, verb, fields(x))
}

// Format prints the fields, the texts redacted.
func (x SetSeverity) Format(f fmt.State, verb rune) {
	type fields SetSeverity
	format(f, verb, fields(x))
}

// Format prints the fields, the texts redacted.
func (x SetTitle) Format(f fmt.State, verb rune) {
	type fields SetTitle
	format(f, verb, fields(x))
}

// Format prints the fields, the texts redacted.
func (x Severity) Format(f fmt.State, verb rune) {
	type fields Severity
	format(f, verb, fields(x))
}

// Format prints the fields, the texts redacted.
func (x Status) Format(f fmt.State, verb rune) {
	type fields Status
	format(f, verb, fields(x))
}

// Format prints the fields, the texts redacted.
func (x Stream) Format(f fmt.State, verb rune) {
	type fields Stream
	format(f, verb, fields(x))
}

// Format prints the fields, the texts redacted.
func (x Summary) Format(f fmt.State, verb rune) {
	type fields Summary
	format(f, verb, fields(x))
}

// Format prints the fields, the texts redacted.
func (x Triage) Format(f fmt.State, verb rune) {
	type fields Triage
	format(f, verb, fields(x))
}

// Format prints the fields, the texts redacted.
func (x Vulnerability) Format(f fmt.State, verb rune) {
	type fields Vulnerability
	format(f, verb, fields(x))
}

// Format prints the fields, the texts redacted.
func (x Team) Format(f fmt.State, verb rune) {
	type fields Team
	format(f, verb, fields(x))
}

// Format prints the fields, the texts redacted.
func (x RecordFact) Format(f fmt.State, verb rune) {
	type fields RecordFact
	format(f, verb, fields(x))
}

// Format prints the fields, the texts redacted.
func (x Alert) Format(f fmt.State, verb rune) {
	type fields Alert
	format(f, verb, fields(x))
}

// Format prints the fields, the texts redacted.
func (x Ticked) Format(f fmt.State, verb rune) {
	type fields Ticked
	format(f, verb, fields(x))
}

// Format prints the fields, the texts redacted.
func (x ErasePerson) Format(f fmt.State, verb rune) {
	type fields ErasePerson
	format(f, verb, fields(x))
}

// Format prints the fields, the texts redacted.
func (x LegalHold) Format(f fmt.State, verb rune) {
	type fields LegalHold
	format(f, verb, fields(x))
}

// Format prints the fields, the texts redacted.
func (x LiftHold) Format(f fmt.State, verb rune) {
	type fields LiftHold
	format(f, verb, fields(x))
}

// Format prints the fields, the texts redacted.
func (x Merge) Format(f fmt.State, verb rune) {
	type fields Merge
	format(f, verb, fields(x))
}

// Format prints the fields, the texts redacted.
func (x Split) Format(f fmt.State, verb rune) {
	type fields Split
	format(f, verb, fields(x))
}

// Format prints the fields, the texts redacted.
func (x LinkTo) Format(f fmt.State, verb rune) {
	type fields LinkTo
	format(f, verb, fields(x))
}

// Format prints the fields, the texts redacted.
func (x Reopen) Format(f fmt.State, verb rune) {
	type fields Reopen
	format(f, verb, fields(x))
}

// Format prints the fields, the texts redacted.
func (x HandOver) Format(f fmt.State, verb rune) {
	type fields HandOver
	format(f, verb, fields(x))
}

// Format prints the fields, the texts redacted.
func (x SSVCDecision) Format(f fmt.State, verb rune) {
	type fields SSVCDecision
	format(f, verb, fields(x))
}

// Format prints the fields, the texts redacted.
func (x CaseResult) Format(f fmt.State, verb rune) {
	type fields CaseResult
	format(f, verb, fields(x))
}

// Format prints the fields, the texts redacted.
func (x PersonData) Format(f fmt.State, verb rune) {
	type fields PersonData
	format(f, verb, fields(x))
}

// Format prints the fields, the texts redacted.
func (x PersonCase) Format(f fmt.State, verb rune) {
	type fields PersonCase
	format(f, verb, fields(x))
}

// Format prints the fields, the texts redacted.
func (x PersonRecord) Format(f fmt.State, verb rune) {
	type fields PersonRecord
	format(f, verb, fields(x))
}

// Format prints the fields, the texts redacted.
func (x PersonField) Format(f fmt.State, verb rune) {
	type fields PersonField
	format(f, verb, fields(x))
}

// Format prints the fields, the texts redacted.
func (x Person) Format(f fmt.State, verb rune) {
	type fields Person
	format(f, verb, fields(x))
}
