package cvd

import (
	"time"

	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// Invite brings a participant into the case and sends an invitation that shows
// no details. While an embargo is in force the participant learns them once it
// has accepted.
type Invite struct {
	Roles   Roles   // at least one
	Contact Contact // how it is known and reached
	// DetailsFirst lets the participant see details before it accepts, with a
	// Reason: a standing agreement, the rules of a list.
	DetailsFirst bool
	Reason       Private // required with DetailsFirst
	// Limited shows the participant the vulnerabilities of Scope only, and what is
	// addressed to it: no report, no title of the case, no names of others.
	Limited bool
	Scope   []VulnID // with Limited: what it sees, at least one
	// Window is the time to answer about an embargo that is in force. 0:
	// Config.AnswerWindow; at least 72 hours.
	Window time.Duration
	// Text is added to the invitation. It must not tell what the case is about.
	Text Private
}

// AnswerInvitation records whether a participant agrees to the terms of secrecy:
// those that hold, or those that are proposed. With its yes it sees the case. A
// late yes is never refused only for being late.
type AnswerInvitation struct {
	Party  PartyID // who answers
	Accept bool    // it agrees; false: it declines
	// Proposal names the terms that the answer is about. 0: those that hold, or
	// the only ones that are proposed.
	Proposal ProposalID
}

// ReportState records what another participant says of its own work. It may be
// several steps ahead of what was known; it does not go back. A vendor that knows
// the details and says something of its work is aware of the vulnerabilities.
type ReportState struct {
	Party PartyID    // whose state it is; not the owner
	State vultron.RM // that it has reached
}
