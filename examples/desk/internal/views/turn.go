package views

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/vultron"
	"github.com/cvdkit/cvdkit/examples/desk/internal/words"
)

// Facts are what a list tells of a case and no index has.
type Facts struct {
	Turn    Turn
	Heard   time.Time // last word of the other side
	Vendors string    // that are open
	Silent  int       // vendors
	Bounced []string  // addresses whose mail came back
}

// Judge reads the facts from a case, whose next date is due; zero: it has none.
func Judge(c *cvd.Case, due, now time.Time) Facts {
	f := Facts{Turn: whoseTurn(c, now), Heard: heard(c)}
	if f.Turn.Who == "" && c.Open() && !due.IsZero() && !due.After(now) {
		f.Turn = Turn{true, "us", "keep a date that is over"}
	}
	f.Vendors, f.Silent = openVendors(c, now)
	for _, p := range c.Participants {
		if !p.Bounced.IsZero() {
			f.Bounced = append(f.Bounced, p.Email.Display())
		}
	}
	return f
}

// heard is when somebody else wrote last.
func heard(c *cvd.Case) (at time.Time) {
	for i := range c.Reports {
		if t := c.Reports[i].Received; t.After(at) {
			at = t
		}
	}
	for i := range c.Messages {
		if m := &c.Messages[i]; m.From != cvd.Owner && m.Posted.After(at) {
			at = m.Posted
		}
	}
	return at
}

// openVendors says which vendors are not done. Silent is not the same as not affected.
func openVendors(c *cvd.Case, now time.Time) (text string, silent int) {
	var open []string
	asked, fixing := 0, 0
	for _, v := range c.Progress() {
		if v.Party == cvd.Owner {
			continue
		}
		p, _ := c.Party(v.Party)
		switch {
		case !p.Removed.IsZero() || v.Statement == cvd.NotAffected || v.RM == vultron.RMClosed:
		case p.Silent(now) || v.Statement == cvd.Unreachable:
			silent++
		case v.Statement == cvd.NoStatement || v.Statement == cvd.UnderInvestigation:
			asked++
		case v.Statement == cvd.IsAffected:
			fixing++
		}
	}
	if silent > 0 {
		open = append(open, fmt.Sprintf("%d silent", silent))
	}
	if asked > 0 {
		open = append(open, fmt.Sprintf("%d without statement", asked))
	}
	if fixing > 0 {
		open = append(open, fmt.Sprintf("%d to fix", fixing))
	}
	return strings.Join(open, ", "), silent
}

// Turn says who is to do something next, and what.
type Turn struct {
	Us   bool
	Who  string // "us", or who else; "": nobody
	What string
}

// whoseTurn judges by the first of what usually comes first.
func whoseTurn(c *cvd.Case, now time.Time) Turn {
	us := func(what string) Turn { return Turn{true, "us", what} }
	switch c.Submission.Stage {
	case cvd.StageQuarantine:
		return us("look at it: it is in quarantine")
	case cvd.StageSubmission:
		if !c.Submission.Asked.IsZero() && heard(c).Before(c.Submission.Asked) {
			return Turn{Who: "reporter", What: "answer our question"}
		}
		return us("admit or dismiss it")
	case cvd.StageDismissed:
		if !c.Submission.Appealed.IsZero() {
			return us("decide on the appeal")
		}
		return Turn{}
	}
	if !c.Open() {
		return Turn{}
	}
	if u := c.Unread(); len(u.Messages) > 0 {
		return us("read and answer")
	}
	if t, ok := embargoTurn(c, now); ok {
		return t
	}
	if len(c.OpenClaims()) > 0 {
		return us("check a claim")
	}
	if t, ok := releaseTurn(c, now); ok {
		return t
	}
	switch c.RM() {
	case vultron.RMReceived, vultron.RMStart:
		if asked := lastAsked(c); asked.After(heard(c)) {
			return Turn{Who: "reporter", What: "answer our question"}
		}
		return us("triage")
	case vultron.RMValid:
		return us("accept or defer")
	case vultron.RMInvalid:
		return us("close it")
	case vultron.RMDeferred:
		return Turn{} // put off: nobody is to do anything until somebody takes it up
	}
	if n := len(waiting(c, now)); n > 0 {
		return Turn{Who: words.Plural(n, "vendor", "vendors"), What: "make a statement"}
	}
	if len(c.Publications) > 0 {
		return us("close it")
	}
	return us("fix and publish")
}

func lastAsked(c *cvd.Case) (at time.Time) {
	for _, r := range c.Reports {
		if r.Outcome == cvd.OutcomeNeedsInformation && r.Triaged.After(at) {
			at = r.Triaged
		}
	}
	return at
}

func embargoTurn(c *cvd.Case, now time.Time) (Turn, bool) {
	for _, p := range c.Embargo.Proposals {
		if p.State != cvd.ProposalOpen {
			continue
		}
		if p.By != cvd.Owner {
			return Turn{true, "us", "answer a proposed end of the embargo"}, true
		}
		return Turn{Who: "the others", What: "answer our proposal"}, true
	}
	if ends, ok := c.Embargo.Ends(); ok && !ends.After(now) {
		return Turn{true, "us", "end the embargo: its end has come"}, true
	}
	return Turn{}, false
}

func releaseTurn(c *cvd.Case, now time.Time) (Turn, bool) {
	r := &c.Release
	switch {
	case r.Planned.IsZero():
		return Turn{}, false
	case len(r.Held()) > 0:
		return Turn{true, "us", "a vendor holds the release"}, true
	case len(r.Approvals) < 2:
		return Turn{true, "us", fmt.Sprintf("approve the release (%d of 2)", len(r.Approvals))}, true
	}
	if _, ok := r.Next(); ok && !r.At.After(now) {
		return Turn{true, "us", "publish: the instant has come"}, true
	}
	return Turn{}, false
}

// waiting are the vendors of whom a statement is missing.
func waiting(c *cvd.Case, now time.Time) (out []cvd.PartyID) {
	for _, v := range c.Progress() {
		if p, ok := c.Party(v.Party); ok && v.Party != cvd.Owner && p.Removed.IsZero() && slices.Contains([]cvd.Affected{cvd.NoStatement, cvd.UnderInvestigation}, v.Statement) {
			out = append(out, v.Party)
		}
	}
	return out
}
