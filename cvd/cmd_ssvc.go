package cvd

import (
	"time"

	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// Decide records a decision by a table of SSVC, with its inputs. It suggests what
// the team may do next and does nothing itself.
type DecideSSVC struct {
	Vuln   VulnID            // 0: the only one
	Table  string            // a name or ID of a table of package ssvc
	Inputs map[string]string // the value of each decision point, by its name, as the table spells both
}

// Decision is a recorded decision by SSVC.
type SSVCDecision struct {
	Vuln      VulnID          // of which it decides
	At        time.Time       `json:",omitzero"` // when it was recorded
	Table     string          // for example "ssvc:DT_SP:1.0.0"
	Suggested vultron.RMEvent // 0: none
	Outcome   Private         // for example "Out-of-Cycle"
	Vector    Private         // the inputs and the outcome in SSVC's vector form

	kept ssvcDecisionKept
}

// SuggestedMove returns what the newest decisions on the vulnerabilities of the
// case suggest for the team's own report management: to accept if one of them
// says so, else to defer. It reports false if nothing was decided, or the move is
// not possible in the present state.
func (c *Case) SuggestedMove() (vultron.RMEvent, bool) {
	newest := map[VulnID]vultron.RMEvent{}
	for i := range c.Decisions {
		if x := &c.Decisions[i]; x.Suggested != 0 {
			newest[x.Vuln] = x.Suggested
		}
	}
	var move vultron.RMEvent
	for v, e := range newest {
		if c.Vulnerabilities[v-1].MovedTo == (CaseID{}) && (move == 0 || e == vultron.RMAccept) {
			move = e
		}
	}
	if _, ok := c.RM().Next(move); !ok {
		return 0, false
	}
	return move, true
}
