package caselog

import (
	"strings"

	"github.com/cvdkit/cvdkit/cvd"
)

// reasoned is an entry that says why. TestReasonsAreShown holds every entry with a
// field Reason to it.
type reasoned interface{ reason() cvd.Private }

func (x *AccessRevoked) reason() cvd.Private     { return x.Reason }
func (x *CaseClosed) reason() cvd.Private        { return x.Reason }
func (x *CaseHanded) reason() cvd.Private        { return x.Reason }
func (x *CaseLinked) reason() cvd.Private        { return x.Reason }
func (x *CasePublished) reason() cvd.Private     { return x.Reason }
func (x *ClaimRetracted) reason() cvd.Private    { return x.Reason }
func (x *DeadlineAnnounced) reason() cvd.Private { return x.Reason }
func (x *EmbargoEnded) reason() cvd.Private      { return x.Reason }
func (x *EmbargoProposed) reason() cvd.Private   { return x.Reason }
func (x *EmbargoRejected) reason() cvd.Private   { return x.Reason }
func (x *FactRecorded) reason() cvd.Private      { return x.Reason }
func (x *CveRecorded) reason() cvd.Private       { return x.Reason }
func (x *GroupsSet) reason() cvd.Private         { return x.Reason }
func (x *HoldPlaced) reason() cvd.Private        { return x.Reason }
func (x *HoldReleased) reason() cvd.Private      { return x.Reason }
func (x *MessagePosted) reason() cvd.Private     { return x.Reason }
func (x *PartyAdded) reason() cvd.Private        { return x.Reason }
func (x *PartyRemoved) reason() cvd.Private      { return x.Reason }
func (x *PartyScope) reason() cvd.Private        { return x.Reason }
func (x *ProposalsClosed) reason() cvd.Private   { return x.Reason }
func (x *ReleaseCancelled) reason() cvd.Private  { return x.Reason }
func (x *ReleaseAnswered) reason() cvd.Private   { return x.Reason }
func (x *ReleaseApproved) reason() cvd.Private   { return x.Reason }
func (x *ReportSubmitted) reason() cvd.Private   { return x.Reason }
func (x *ReportTriaged) reason() cvd.Private     { return x.Reason }
func (x *UsersInformed) reason() cvd.Private     { return x.Reason }
func (x *SubmissionDecided) reason() cvd.Private { return x.Reason }

func (x *SubmissionReceived) reason() cvd.Private {
	return x.Reason
}

// kindOf cuts the version from the name of a record.
func kindOf(name string) cvd.EventKind {
	if i := strings.LastIndexByte(name, '/'); i >= 0 {
		name = name[:i]
	}
	return cvd.EventKind(name)
}
