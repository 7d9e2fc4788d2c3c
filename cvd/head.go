package cvd

import (
	"time"

	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// Open reports whether the team is not done with the case.
func (c *Case) Open() bool {
	return c.Submission.Stage.Open(c.RM())
}

// Rating returns the highest rating of the case's vulnerabilities.
func (c *Case) Rating() Rating {
	var r Rating
	for i := range c.Vulnerabilities {
		r = max(r, c.Vulnerabilities[i].Rating)
	}
	return r
}

// Summary is a line of a list of cases.
type Summary struct {
	ID       CaseID     // of the case
	Number   string     // for people
	Kind     Kind       // what sort of matter it is
	Stage    Stage      // of a submission
	Title    Private    // set by Find
	RM       vultron.RM // the team's own state
	EM       vultron.EM // of the embargo
	Rating   Rating     // the highest of its vulnerabilities
	Reports  int        // how many there are
	Parties  int        // how many participants there are, the owner among them
	Assigned bool       // somebody works on it
	Opened   time.Time  `json:",omitzero"` // when its first record was made
	Changed  time.Time  `json:",omitzero"` // when its newest record was made
	Ends     time.Time  `json:",omitzero"` // of the active embargo
	Seq      Seq        // the version
	// Unread counts the reports and messages of others after the newest MarkRead of the
	// team; for a participant those messages to it that it has not fetched.
	Unread int
	// What follows is for the team's work lists: zero for a participant.
	Due             time.Time `json:",omitzero"` // the date by its policies that comes next, or that is overdue the longest
	Assignee        Private   // set by Find
	Score           float64   // the highest that a vulnerability has
	Vulnerabilities int       // that are handled in this case, of which …
	Published       int       // … so many were published

	kept summaryKept
}
