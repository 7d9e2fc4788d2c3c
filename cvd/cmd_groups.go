package cvd

// EveryGroup in Viewer.Groups stands for all groups: who has it sees every case.
const EveryGroup Private = "*"

// SetGroups says which groups of the team may see a case, or one of its product
// streams: need-to-know inside the team. Without groups it is open to the whole team
// again, as every case is at first. A viewer needs one of the groups; it needs one of
// the case's to see anything, and also one of the stream's to see that stream, what
// was said of it, and the topics about it. Nothing else of a case is about one stream
// alone: what is to be hidden must not stand in a report or a description.
//
// Groups are names in the host's terms, for example of its directory; as with
// By.Actor, case and blanks do not matter. The index and the bodies of records hold
// keyed hashes of them.
//
// A case into which another is merged is open to who may see both, and one that
// comes from another to who may see that: nobody gains sight by it. The team's own
// routes, Config.Team.Routes, get notices without details of a case that is not open
// to the whole team. Who may act is for the host to decide: see Service.MaySee.
type SetGroups struct {
	Stream StreamID  // 0: the case
	Groups []Private // none: the whole team
	Reason Private   // for the team; may be empty
}
