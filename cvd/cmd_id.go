package cvd

// AddID makes identifiers lead to the case: Lookup finds it by them. Examples are
// the number of a ticket that mirrors it, and the Marker that the ticket carries.
// Those that the case has change nothing. One that leads to another case is a
// *DuplicateError with its owner. They are seen by the team only, and a merge
// takes them along.
type AddID struct {
	IDs []ExternalID // at least one
}
