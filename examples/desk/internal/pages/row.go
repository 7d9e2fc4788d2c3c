package pages

import (
	"fmt"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/vultron"
	"github.com/cvdkit/cvdkit/examples/desk/internal/views"
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
	State    string
	Rating   string
	Score    string
	Attacked bool
	Owner    string
	Embargo  string
	Over     bool // the embargo has run out
	Ends     time.Time
	IDs      []string
	views.Facts
}

// row reads a case for the list. The work is that of one View.
func (q *request) row(x cvd.Summary) row {
	c, err := q.svc.View(q.ctx, x.ID, q.viewer())
	if err != nil {
		c = nil
	}
	return q.rowOf(x, c)
}

// rowOf is the row of a case that was read; c nil: it cannot be.
func (q *request) rowOf(x cvd.Summary, c *cvd.Case) row {
	now := q.cfg.Now()
	out := row{
		ID: x.ID, Number: x.Number, Title: x.Title.Display(), State: words.State(x.Stage, x.RM), Rating: words.Severity(x.Rating),
		Owner: x.Assignee.Display(), Embargo: words.Embargo(x.EM), Ends: x.Ends, Over: x.EmbargoOver(now), Due: x.Due, Late: x.Overdue(now),
	}
	if x.Score > 0 {
		out.Score = fmt.Sprintf("%.1f", x.Score)
	}
	if c == nil {
		out.Problem = true
		return out
	}
	out.Facts = views.Judge(c, x.Due, now)
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
