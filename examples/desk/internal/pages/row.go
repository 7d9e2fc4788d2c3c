package pages

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/vultron"
	"github.com/cvdkit/cvdkit/examples/desk/internal/words"
)

// row is a case as the list shows it.
type row struct {
	ID       cvd.CaseID
	Number   string
	Title    string
	Problem  bool // it cannot be read
	Unread   int  // by who looks
	Due      time.Time
	DueWhat  string
	Late     bool
	Turn     turn
	Heard    time.Time // last word of the other side
	State    string
	Rating   string
	Score    string
	Attacked bool
	Owner    string
	Embargo  string
	Over     bool // the embargo has run out
	Ends     time.Time
	IDs      []string
	Vendors  string // that are open
	Silent   int
	Bounced  int
}

// row reads a case for the list. The work is that of one View.
func (q *request) row(x cvd.Summary) row {
	now := q.cfg.Now()
	out := row{
		ID: x.ID, Number: x.Number, Title: x.Title.Display(), State: words.State(x.Stage, x.RM), Rating: words.Severity(x.Rating),
		Owner: x.Assignee.Display(), Embargo: words.Embargo(x.EM), Ends: x.Ends, Over: x.EmbargoOver(now), Due: x.Due, Late: x.Overdue(now),
	}
	if x.Score > 0 {
		out.Score = fmt.Sprintf("%.1f", x.Score)
	}
	c, err := q.svc.View(q.ctx, x.ID, q.viewer())
	if err != nil {
		out.Problem = true
		return out
	}
	out.Turn = whoseTurn(c, now)
	out.Heard = heard(c)
	seen := q.seen(c.ID)
	for i := range c.Events {
		if e := &c.Events[i]; e.Seq > seen && fromOthers(c, e) {
			out.Unread++
		}
	}
	for _, v := range c.Vulnerabilities {
		out.Attacked = out.Attacked || v.State&vultron.CSAttacksObserved != 0
		if v.CVE != "" {
			out.IDs = append(out.IDs, v.CVE.Display())
		}
	}
	for _, r := range c.Reports {
		out.Attacked = out.Attacked || r.Exploited
	}
	for _, id := range c.IDs {
		if id.Kind != cvd.IDMessage && len(out.IDs) < 4 {
			out.IDs = append(out.IDs, id.Kind+" "+id.Value.Display())
		}
	}
	for _, p := range c.Participants {
		if !p.Bounced.IsZero() {
			out.Bounced++
		}
	}
	out.Vendors, out.Silent = openVendors(c, now)
	if ds, err := q.svc.Deadlines(c, now); err == nil {
		for _, d := range ds {
			if d.Open() && d.Due.Equal(x.Due) {
				out.DueWhat = d.Title
			}
		}
	}
	return out
}

// fromOthers reports whether an event is something that somebody else brought, and
// that a reader of the case wants to know.
func fromOthers(c *cvd.Case, e *cvd.Event) bool {
	switch e.Kind {
	case cvd.EventReportReceived, cvd.EventSubmissionReceived, cvd.EventSubmissionAppealed, cvd.EventClaimMade, cvd.EventDeadlineAnnounced, cvd.EventReleaseAnswered:
		return true
	case cvd.EventEmbargoProposed, cvd.EventEmbargoAccepted, cvd.EventEmbargoRejected, cvd.EventPartyConsent:
		return e.Party != cvd.Owner && e.Party != 0 && e.Actor == 0
	case cvd.EventMessagePosted:
		if id, ok := e.About().(cvd.MessageID); ok && int(id) <= len(c.Messages) && id > 0 {
			for i := range c.Messages {
				if m := &c.Messages[i]; m.ID == id {
					return m.From != cvd.Owner || m.Purpose == cvd.PurposeUnverified
				}
			}
		}
	}
	return false
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
func openVendors(c *cvd.Case, now time.Time) (words string, silent int) {
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

// turn says who is to do something next, and what.
type turn struct {
	Us   bool
	Who  string // "us", or who else; "": nobody
	What string
}

// whoseTurn judges by the first of what usually comes first.
func whoseTurn(c *cvd.Case, now time.Time) turn {
	us := func(what string) turn { return turn{true, "us", what} }
	switch c.Submission.Stage {
	case cvd.StageQuarantine:
		return us("look at it: it is in quarantine")
	case cvd.StageSubmission:
		if !c.Submission.Asked.IsZero() && heard(c).Before(c.Submission.Asked) {
			return turn{Who: "reporter", What: "answer our question"}
		}
		return us("admit or dismiss it")
	case cvd.StageDismissed:
		if !c.Submission.Appealed.IsZero() {
			return us("decide on the appeal")
		}
		return turn{}
	}
	if !c.Open() {
		return turn{}
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
			return turn{Who: "reporter", What: "answer our question"}
		}
		return us("triage")
	case vultron.RMValid:
		return us("accept or defer")
	case vultron.RMInvalid:
		return us("close it")
	}
	if n := len(waiting(c, now)); n > 0 {
		return turn{Who: plural(n, "vendor", "vendors"), What: "make a statement"}
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

func embargoTurn(c *cvd.Case, now time.Time) (turn, bool) {
	for _, p := range c.Embargo.Proposals {
		if p.State != cvd.ProposalOpen {
			continue
		}
		if p.By != cvd.Owner {
			return turn{true, "us", "answer a proposed end of the embargo"}, true
		}
		return turn{Who: "the others", What: "answer our proposal"}, true
	}
	if ends, ok := c.Embargo.Ends(); ok && !ends.After(now) {
		return turn{true, "us", "end the embargo: its end has come"}, true
	}
	return turn{}, false
}

func releaseTurn(c *cvd.Case, now time.Time) (turn, bool) {
	r := &c.Release
	switch {
	case r.Planned.IsZero():
		return turn{}, false
	case len(r.Held()) > 0:
		return turn{true, "us", "a vendor holds the release"}, true
	case len(r.Approvals) < 2:
		return turn{true, "us", fmt.Sprintf("approve the release (%d of 2)", len(r.Approvals))}, true
	}
	if _, ok := r.Next(); ok && !r.At.After(now) {
		return turn{true, "us", "publish: the instant has come"}, true
	}
	return turn{}, false
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

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
