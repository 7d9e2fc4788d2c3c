package cvd

// Merge says that a case tells of the same as another and goes on there. It is
// given to Service.Merge.
type Merge struct {
	Into   CaseID  // the case in which it goes on
	Reason Private // for the team; may be empty
}

// WentOn returns the case in which this one goes on.
func (c *Case) WentOn() (CaseID, bool) {
	for _, l := range c.Links {
		if l.Kind == LinkMergedInto || l.Kind == LinkContinuedBy {
			return l.Case, true
		}
	}
	return CaseID{}, false
}
