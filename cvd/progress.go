package cvd

import (
	"time"

	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// VendorProgress is a line of the overview of a case's vendors.
type VendorProgress struct {
	Party     PartyID         // the vendor
	RM        vultron.RM      // its own state
	Consent   vultron.Consent // to the embargo
	AnswerBy  time.Time       `json:",omitzero"` // of a question about the embargo that is open
	State     vultron.CS      // the letters v, f and d that hold for all that is affected
	Statement Affected        // of all its products: see Case.Progress
	Heard     time.Time       `json:",omitzero"` // when it was last heard of; zero: never
}

// Progress returns what is known of each vendor, in the order in which they
// joined. The work is proportional to the vendors and their statuses.
//
// A vendor with several products has the statement that asks for most: affected
// before under investigation, no statement, unreachable, fixed and not affected.
func (c *Case) Progress() []VendorProgress {
	var out []VendorProgress
	for _, p := range c.Participants {
		if p.Roles&RoleVendor == 0 || p.Gone() {
			continue
		}
		x := VendorProgress{Party: p.ID, RM: p.RM, Consent: p.Consent, AnswerBy: p.AnswerBy, Heard: p.Answered}
		x.Statement, x.State = c.standingOf(p.ID)
		out = append(out, x)
	}
	return out
}

// urgency orders statements for Progress.
var urgency = [...]int{NoStatement: 4, UnderInvestigation: 5, IsAffected: 6, NotAffected: 1, IsFixed: 2, Unreachable: 3}

func (c *Case) standingOf(vendor PartyID) (Affected, vultron.CS) {
	said, state := NoStatement, vultron.CS(0)
	first, some := true, false
	for t := range c.StatusesOf(vendor) {
		if int(t.Affected) >= len(urgency) || !c.voiced(t) {
			continue
		}
		if first || urgency[t.Affected] > urgency[said] {
			said = t.Affected
		}
		first = false
		if t.Affected == NotAffected {
			continue
		}
		letters := c.State(t.Vuln, vendor, t.Stream) & (vultron.CSVendorAware | vultron.CSFixReady | vultron.CSFixDeployed)
		if !some {
			state, some = letters, true
		}
		state &= letters
	}
	return said, state
}
