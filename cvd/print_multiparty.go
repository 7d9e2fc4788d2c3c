package cvd

import "fmt"

// See print.go: each type that holds a Private formats itself.

// Format prints the fields, the texts redacted.
func (x WithdrawProposal) Format(f fmt.State, verb rune) {
	type fields WithdrawProposal
	format(f, verb, fields(x))
}

// Format prints the fields, the texts redacted.
func (x AskConsent) Format(f fmt.State, verb rune) {
	type fields AskConsent
	format(f, verb, fields(x))
}

// Format prints the fields, the texts redacted.
func (x AnnounceDeadline) Format(f fmt.State, verb rune) {
	type fields AnnounceDeadline
	format(f, verb, fields(x))
}

// Format prints the fields, the texts redacted.
func (x RecordCompelledDisclosure) Format(f fmt.State, verb rune) {
	type fields RecordCompelledDisclosure
	format(f, verb, fields(x))
}

// Format prints the fields, the texts redacted.
func (x Announcement) Format(f fmt.State, verb rune) {
	type fields Announcement
	format(f, verb, fields(x))
}

// Format prints the fields, the texts redacted.
func (x CompelledDisclosure) Format(f fmt.State, verb rune) {
	type fields CompelledDisclosure
	format(f, verb, fields(x))
}

// Format prints the fields, the texts redacted.
func (x Release) Format(f fmt.State, verb rune) {
	type fields Release
	format(f, verb, fields(x))
}

// Format prints the fields, the texts redacted.
func (x ReleaseAnswer) Format(f fmt.State, verb rune) {
	type fields ReleaseAnswer
	format(f, verb, fields(x))
}

// Format prints the fields, the texts redacted.
func (x ReleaseApproval) Format(f fmt.State, verb rune) {
	type fields ReleaseApproval
	format(f, verb, fields(x))
}

// Format prints the fields, the texts redacted.
func (x NotificationList) Format(f fmt.State, verb rune) {
	type fields NotificationList
	format(f, verb, fields(x))
}

// Format prints the fields, the texts redacted.
func (x AnswerRelease) Format(f fmt.State, verb rune) {
	type fields AnswerRelease
	format(f, verb, fields(x))
}

// Format prints the fields, the texts redacted.
func (x ApproveRelease) Format(f fmt.State, verb rune) {
	type fields ApproveRelease
	format(f, verb, fields(x))
}

// Format prints the fields, the texts redacted.
func (x PlanNotification) Format(f fmt.State, verb rune) {
	type fields PlanNotification
	format(f, verb, fields(x))
}

// Format prints the fields, the texts redacted.
func (x NotifyList) Format(f fmt.State, verb rune) {
	type fields NotifyList
	format(f, verb, fields(x))
}

// Format prints the fields, the texts redacted.
func (x Viewer) Format(f fmt.State, verb rune) {
	type fields Viewer
	format(f, verb, fields(x))
}
