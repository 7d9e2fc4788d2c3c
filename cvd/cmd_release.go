package cvd

import (
	"time"
)

// PlanRelease plans a staged release: the instant for all parties, and the
// outputs in their order. Until it is approved and its instant has come, Publish
// is refused. It publishes nothing itself.
type PlanRelease struct {
	At time.Time `json:",omitzero"` // an exact instant, not before the end of the embargo
	// Outputs are names of lower-case words with dots, such as "csaf" or
	// "cve-record", in the order in which they are to be done.
	Outputs []string
}

// AnswerRelease records whether a vendor is ready for the planned release, go,
// or holds it. A later answer replaces an earlier one.
type AnswerRelease struct {
	Party  PartyID // the vendor who answers
	Hold   bool    // it holds the release, with a Reason; false: go
	Reason Private // required with Hold
}

// ApproveRelease records that By.Actor approves the planned release. It takes
// two people.
type ApproveRelease struct {
	// DespiteHold approves although a vendor holds the release, with a Reason. A
	// hold is overruled only if both approvals say so.
	DespiteHold bool
	Reason      Private // required with DespiteHold
}

// CancelRelease ends the planned release, also one of which some outputs are out:
// those stay out, and the rest can be planned anew. Lists that were not told wait
// for the next plan.
type CancelRelease struct {
	Reason Private // required
}

// RecordOutput records that one output of the release is out. Recording it again
// changes nothing.
type RecordOutput struct {
	Output string // as in PlanRelease
	Ref    string // where it is: a public address or number
}

// PlanNotification plans that the parties of a list are told of the release
// ahead. They have agreed to the list's rules, which counts as consent to the
// embargo.
type PlanNotification struct {
	List      string        // its name, of lower-case words with dots
	Parties   []PartyID     // who is on the list
	Lead      time.Duration // how long ahead at most
	Agreement Private       // the rules that they have agreed to; required
}

// NotifyList gives the parties of a list the details, once the release is
// approved and within the list's lead time. Who has declined the embargo is left
// out.
type NotifyList struct {
	List string  // its name, as planned
	Text Private // what the parties are told
}
