package cvd

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
