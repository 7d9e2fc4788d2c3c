package cvd

import (
	"fmt"

	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// StreamsOf are the product streams of a vendor in the case; 0 alone if there are
// none: all of its products.
func (c *Case) StreamsOf(vendor PartyID) (out []StreamID) {
	for i := range c.Streams {
		if s := &c.Streams[i]; s.Vendor == vendor {
			out = append(out, s.ID)
		}
	}
	if len(out) == 0 {
		out = []StreamID{0}
	}
	return out
}

// voiced reports whether a status counts where statements are summed up. What is
// known of all products of a vendor is no statement beside those on its streams.
func (c *Case) voiced(t *Status) bool {
	if t.Stream != 0 || !t.Recorded.IsZero() {
		return true
	}
	for o := range c.StatusesOf(t.Vendor) {
		if o.Vuln == t.Vuln && !o.Recorded.IsZero() {
			return false
		}
	}
	return true
}

// standing is what holds of a status: its statement, or IsFixed where the vendor
// is known to have a fix and has not yet said so.
func (c *Case) standing(t *Status) Affected {
	switch t.Affected {
	case NoStatement, UnderInvestigation, IsAffected:
		if c.State(t.Vuln, t.Vendor, t.Stream).Has(vultron.CSFixReady) {
			return IsFixed
		}
	}
	return t.Affected
}

// Contradiction is something that two records of a case say differently, for a
// human to settle. No record is refused for it: either may be the mistake.
type Contradiction struct {
	Vuln    VulnID   // of which the records speak
	Vendor  PartyID  // who is meant
	Stream  StreamID // of which they speak; 0: all of the vendor's products
	Report  ReportID // that it is about; 0: it is about none
	Problem string   // in words
}

// Contradictions lists what the case says differently in two places. Where one of
// two facts follows from the other, the command that records it derives that.
func (c *Case) Contradictions() (out []Contradiction) {
	for i := range c.Statuses {
		t := &c.Statuses[i]
		state := c.State(t.Vuln, t.Vendor, t.Stream)
		say := func(problem string) {
			out = append(out, Contradiction{Vuln: t.Vuln, Vendor: t.Vendor, Stream: t.Stream, Problem: problem})
		}
		switch p := c.Participant(t.Vendor); {
		case t.Affected == NotAffected && state.Has(vultron.CSFixReady):
			say("the vendor says that it is not affected, and has a fix")
		case (t.Affected == IsAffected || t.Affected == UnderInvestigation) && state.Has(vultron.CSFixDeployed):
			say(fmt.Sprintf("the vendor says %q, and its fix is deployed", t.Affected))
		case t.Affected == IsFixed && !state.Has(vultron.CSFixReady) && p != nil && p.Roles&RoleVendor != 0:
			say("the vendor says that it is fixed, and no fix is known")
		case t.Affected == Unreachable && p != nil && p.Answered.After(t.Recorded):
			say("the vendor is recorded as unreachable, and has answered since")
		}
	}
	worked := c.RM() == vultron.RMValid || c.RM() == vultron.RMAccepted || c.RM() == vultron.RMDeferred
	for i := range c.Reports {
		if r := &c.Reports[i]; worked && len(c.Reports) == 1 && (r.Outcome == OutcomeInvalid || r.Outcome == OutcomeOutOfScope) {
			out = append(out, Contradiction{Report: r.ID, Problem: fmt.Sprintf("the only report is %s, and the case is %s", r.Outcome, c.RM())})
		}
	}
	return out
}
