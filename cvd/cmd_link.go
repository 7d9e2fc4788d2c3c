package cvd

import (
	"time"
)

// LinkTo says how a case relates to another. It is given to Service.Link.
type LinkTo struct {
	Kind   LinkKind // LinkRelated, LinkDependsOn, LinkNeededBy, LinkDuplicateOf or LinkDuplicatedBy
	Case   CaseID   // the other case, which must exist
	Reason Private  // for the team; may be empty
}

// HandOver makes another participant the one who coordinates. The owner keeps
// the log and its duties to record; the others are told that the coordination
// has passed, not to whom. Handing over to the owner takes it back.
type HandOver struct {
	To     PartyID // who coordinates from then on
	Reason Private // required; for the team
}

// LinkKind says how a case relates to another. The numbers are stored.
type LinkKind uint8

// The kinds of links. Each has its other end.
const (
	LinkRelated LinkKind = iota
	LinkDependsOn
	LinkNeededBy
	LinkDuplicateOf
	LinkDuplicatedBy
	LinkMergedInto  // made by Service.Merge
	LinkMergedFrom  // its other end
	LinkSplitInto   // made by Service.Split
	LinkSplitFrom   // its other end
	LinkContinuedBy // made by Service.Reopen
	LinkContinues   // its other end
)

// Link leads to another case.
type Link struct {
	Kind   LinkKind  // how this case relates to the other
	Case   CaseID    // the other case
	Number string    // its number, for people
	At     time.Time `json:",omitzero"` // when it was recorded
}

// RelatedEnd is the early end of the embargo of a case that this one was split from
// or merged with, or that was split from it: what is secret here may be so no longer.
type RelatedEnd struct {
	Case   CaseID    // whose embargo ended
	Number string    // its number, for people
	Why    EndReason // it ended
	At     time.Time `json:",omitzero"` // when it ended
}
