package cvd

// Split takes parts of a case into a new case of their own. It is given to
// Service.Split.
type Split struct {
	Title           Private    // of the new case
	Reports         []ReportID // their reporters come along
	Vulnerabilities []VulnID   // with claims and statements of the vendors that come along
	Participants    []PartyID  // who also takes part in the new case
	Reason          Private    // for the team; may be empty
}

// Reopen continues a closed case. It is given to Service.Reopen.
type Reopen struct {
	Reason Private // required; for the team
}
