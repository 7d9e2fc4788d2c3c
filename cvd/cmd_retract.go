package cvd

// RetractAdoption takes back the adoption of a claim that was a mistake. The claim
// stays a claim; its letter falls, unless another adopted claim holds it up, and so
// does what followed from it. An embargo that ended by it holds again until the end
// that was agreed, for those who were bound by it: a correction of the record, and
// no step of the negotiation. Everybody concerned is told.
type RetractAdoption struct {
	Claim  ClaimID // whose adoption is taken back
	Reason Private // required
}
