package cvd

import (
	"time"

	"github.com/cvdkit/cvdkit/advisory/ssvc"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// Decide records a decision by a table of SSVC, with its inputs. It suggests what
// the team may do next and does nothing itself.
type DecideSSVC struct {
	Vuln   VulnID            // 0: the only one
	Table  string            // a name or ID of a table of package ssvc
	Inputs map[string]string // the value of each decision point, by its name, as the table spells both
}

func (x DecideSSVC) decide(d *decision) error {
	v, err := d.mustVuln(x.Vuln)
	if err != nil {
		return err
	}
	got, err := ssvc.Decide(x.Table, x.Inputs)
	if err != nil {
		return d.bad("Inputs", "the table and its decision points must be known and answered", err)
	}
	d.emit(&ssvcDecided{
		Vuln: v, Table: got.TableID, Suggested: suggestion(got),
		Outcome: Private(got.Outcome.Value.Name), Vector: Private(got.Vector(d.now.Time())),
	})
	return nil
}

// suggestion maps an outcome to a move of report management: what is not worth
// work now is deferred, everything else accepted. Tables that say nothing of
// the team's own work suggest nothing.
func suggestion(x ssvc.Decision) vultron.RMEvent {
	t, ok := ssvc.Lookup(x.TableID)
	if !ok || len(t.Outcome.Values) == 0 {
		return 0
	}
	mildest := x.Outcome.Value.Key == t.Outcome.Values[0].Key
	switch t.Name {
	case ssvc.Supplier, ssvc.Deployer:
		if mildest {
			return vultron.RMDefer
		}
		return vultron.RMAccept
	case ssvc.Triage: // decline, track, coordinate
		if x.Outcome.Value.Key == t.Outcome.Values[len(t.Outcome.Values)-1].Key {
			return vultron.RMAccept
		}
		return vultron.RMDefer
	}
	return 0
}

// Decision is a recorded decision by SSVC.
type SSVCDecision struct {
	Vuln      VulnID          // of which it decides
	At        time.Time       `json:",omitzero"` // when it was recorded
	Table     string          // for example "ssvc:DT_SP:1.0.0"
	Suggested vultron.RMEvent // 0: none
	Outcome   Private         // for example "Out-of-Cycle"
	Vector    Private         // the inputs and the outcome in SSVC's vector form

	seq Seq
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

type ssvcDecided struct {
	Vuln      VulnID
	Table     string
	Suggested vultron.RMEvent

	Outcome, Vector Private
}

func (*ssvcDecided) name() string { return "ssvc.decided/1" }
func (x *ssvcDecided) body(w *wire) {
	num(w, &x.Vuln)
	text(w, &x.Table)
	num(w, &x.Suggested)
}
func (x *ssvcDecided) private(w *wire) {
	text(w, &x.Outcome)
	text(w, &x.Vector)
}
func (x *ssvcDecided) apply(c *folded, e *envelope) {
	c.event(e, Event{Vuln: x.Vuln}.With(0, uint16(x.Suggested)))
	if at(c.Vulnerabilities, x.Vuln) == nil {
		return
	}
	y := SSVCDecision{Vuln: x.Vuln, At: e.at.Time(), Table: x.Table, Suggested: x.Suggested}
	y.seq = e.seq
	// Full slice expression: snapshots share the array and must not see this.
	c.Decisions = append(c.Decisions[:len(c.Decisions):len(c.Decisions)], y)
}
func (x *ssvcDecided) reveal(c *folded, e *envelope) {
	for i := range c.Decisions {
		if y := &c.Decisions[i]; y.seq == e.seq {
			y.Outcome, y.Vector = x.Outcome, x.Vector
		}
	}
}
