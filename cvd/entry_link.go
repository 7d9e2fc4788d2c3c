package cvd

import (
	"time"
)

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
