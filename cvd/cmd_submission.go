package cvd

// Dismiss says that the team takes a submission no further. A person decides that,
// so By.Actor is needed; after an appeal, another person than before. The sender is
// told so in neutral words, without the ground, unless the submission is in
// quarantine; it has one appeal. Admit takes back a dismissal.
type Dismiss struct {
	Why         Dismissal // the ground; required
	DuplicateOf CaseID    // with DismissalDuplicate, if it is known
	Reason      Private   // the team's own; the sender does not see it
	Reply       Private   // added to what the sender is told
	Quiet       bool      // leaves the sender untold
}

// Appeal asks for another look at a submission that was dismissed, once, by another
// person. Its text is a message of the sender to the team.
type Appeal struct {
	Text       Private    // why it should be looked at again
	Provenance Provenance // how it came in; zero: it was written here
}
