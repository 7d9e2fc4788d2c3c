package cvd

import (
	"time"

)

// Release is a staged release: one instant for all parties, an answer of each
// vendor, the approval of two people, and outputs in their order. Planning again
// replaces it, with its answers and approvals.
type Release struct {
	At        time.Time         `json:",omitzero"` // the instant, in the zone it was planned in
	Planned   time.Time         `json:",omitzero"` // zero: none is planned
	Answers   []ReleaseAnswer   // the newest of each vendor
	Approvals []ReleaseApproval // seen by the team only
	Outputs   []ReleaseOutput   // in the order in which they come out
	// Emergency is when a publication went past the plan: the outputs wait for
	// nobody since. Zero: none did.
	Emergency time.Time `json:",omitzero"`
}

// ReleaseAnswer is what a vendor says of the planned release. No answer is
// neither go nor hold.
type ReleaseAnswer struct {
	Party  PartyID   // the vendor
	Hold   bool      // it holds the release; false: go
	At     time.Time `json:",omitzero"` // when it was recorded
	Reason Private   // may be empty for go
}

// ReleaseApproval is the approval of one person of the team.
type ReleaseApproval struct {
	Actor       uint32    // see Case.Actor
	At          time.Time `json:",omitzero"` // when it was recorded
	DespiteHold bool      // it overrules a vendor's hold
	Reason      Private   // given with DespiteHold
}

// ReleaseOutput is one thing that the release brings out, such as an advisory or
// a CVE record.
type ReleaseOutput struct {
	Name string    // by which Config.Steps knows it
	Done time.Time `json:",omitzero"` // zero: not yet
	Ref  string    // where it is: a public address or number
	// What became of its ReleaseStep, for the team: how often it was tried, and since when,
	// and why the newest try failed. Failed is zero while it runs, or if it ended with
	// its process.
	Tries         int       `json:",omitempty"`
	Begun, Failed time.Time `json:",omitzero"`  // when the newest try began, and when it failed
	Problem       Private   `json:",omitempty"` // the error of the newest try that failed
	kept          releaseOutputKept
}

// NotificationList is a list of parties that agreed to be told of a release
// ahead, and how long ahead.
type NotificationList struct {
	Name      string        // of lower-case words with dots
	Parties   []PartyID     // who is on it
	Lead      time.Duration // how long before the release they may be told
	Told      time.Time     `json:",omitzero"` // zero: not yet
	Agreement Private       // the list's rules, to which they have agreed
}

// IsPlanned reports whether there is a plan.
func (r *Release) IsPlanned() bool { return !r.Planned.IsZero() }

// Held returns the vendors that hold the release.
func (r *Release) Held() (by []PartyID) {
	for _, a := range r.Answers {
		if a.Hold {
			by = append(by, a.Party)
		}
	}
	return by
}

// Next returns the output whose turn it is.
func (r *Release) Next() (ReleaseOutput, bool) {
	for _, o := range r.Outputs {
		if o.Done.IsZero() {
			return o, true
		}
	}
	return ReleaseOutput{}, false
}
