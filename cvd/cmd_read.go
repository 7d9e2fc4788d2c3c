package cvd

import (
	"slices"
)

// MarkRead says that the team, or a participant, has read everything up to a record.
//
// For a participant it records which messages it has fetched, in a portal for
// example: those to it that it may see over the way that it came. It is called when
// they have been shown; where nothing is new to it, it changes nothing.
type MarkRead struct {
	Upto  Seq        // 0: everything
	Party PartyID    // 0: the team
	Over  Protection // of the way to a participant: see Viewer.Over
}

// Unread is what others sent and the team has not marked as read.
type Unread struct {
	Reports  []ReportID  // reports, by number
	Messages []MessageID // messages, by number
}

// Unread returns the reports, and the messages of other participants, after the
// newest MarkRead. What came by an import was read where it comes from: see By.Silent.
func (c *Case) Unread() (u Unread) {
	for i := range c.Reports {
		if r := &c.Reports[i]; r.kept.Seq > c.Read && !r.kept.Past {
			u.Reports = append(u.Reports, c.Reports[i].ID)
		}
	}
	for i := range c.Messages {
		if m := &c.Messages[i]; m.Seq > c.Read && m.From != Owner && !m.kept.Past {
			u.Messages = append(u.Messages, m.ID)
		}
	}
	return u
}

// UnreadBy returns the messages to a participant that it has not fetched, of those that
// this view of the case shows; for the owner the same as Unread.
func (c *Case) UnreadBy(p PartyID) (u Unread) {
	if p == Owner {
		return c.Unread()
	}
	for i := range c.Messages {
		if m := &c.Messages[i]; m.Unfetched(p) {
			u.Messages = append(u.Messages, m.ID)
		}
	}
	return u
}

// OpenClaims returns the claims that wait for the owner: not adopted, and of
// something that the case does not hold to be true anyway.
func (c *Case) OpenClaims() []Claim {
	return slices.DeleteFunc(slices.Clone(c.Claims), func(x Claim) bool {
		return !x.Adopted.IsZero() || c.State(x.Vuln, x.Vendor, x.Stream).Has(x.What.Letter())
	})
}

// CaseResult is what became of one case of DoMany.
type CaseResult struct {
	ID   CaseID // of the case
	Case *Case  // nil if Err is not
	Err  error  // why it was left as it was; nil: it was not
}
