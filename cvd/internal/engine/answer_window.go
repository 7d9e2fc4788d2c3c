package engine

import (
	"fmt"
	"strconv"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/caselog"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
	"github.com/cvdkit/cvdkit/cvd/policy"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// clockAnswer is the name of the deadline for answers about the embargo. It needs
// no policy: the window is given with each question.
const clockAnswer = "answer-window"

// windowsAsked looks at those only whom this decision asked. Who has answered may
// leave a time at which there is nothing to do: Tick finds the next one then.
func (d *Decision) windowsAsked() (next storage.Millis) {
	for i := range d.fresh {
		if x, ok := d.fresh[i].x.(*caselog.PartyConsent); ok && !x.AnswerBy.IsZero() {
			if p := d.c.Participant(x.Party); p != nil {
				next = caselog.Soonest(next, caselog.Attention(p))
			}
		}
	}
	return next
}

// answerWindows reminds those whose time to answer runs out, and alerts the team
// of those whose time is over.
func (d *Decision) answerWindows() []cvd.Alert {
	var soon, over []cvd.PartyID
	var due time.Time
	for _, p := range d.c.Participants {
		switch when := caselog.Attention(p); {
		case when == 0 || when > d.now:
		case storage.MillisOf(p.AnswerBy) > d.now:
			soon = append(soon, p.ID)
		default:
			over = append(over, p.ID)
			due = inner.Later(due, p.AnswerBy)
		}
	}
	if len(soon) > 0 {
		d.append(&caselog.ReminderRecorded{Reminder: d.windowID(policy.ReminderSoon), Deadline: clockAnswer, Kind: policy.ReminderSoon, Parties: soon})
		d.tell(cvd.PurposeAnswer, 0, "", soon...)
	}
	if len(over) == 0 {
		return nil
	}
	x := &caselog.ReminderRecorded{Reminder: d.windowID(policy.ReminderDue), Deadline: clockAnswer, Kind: policy.ReminderDue, Parties: over}
	a := cvd.Alert{Case: d.c.ID, Number: d.c.Number, Kind: policy.ReminderDue, Parties: over, Deadline: policy.Deadline{
		ID: clockAnswer, Clock: clockAnswer, Title: "Answers about the embargo", State: policy.DeadlineOverdue, Due: due, Missed: true,
	}}
	x.To, a.To = d.onDuty(x.Kind)
	a.Assignee = x.To != 0 && a.To == ""
	d.append(x)
	if d.c.Participants[0].Routable {
		d.tell(cvd.PurposeReminder, uint32(len(d.c.Reminded)), "", cvd.Owner)
	}
	return []cvd.Alert{a}
}

func (d *Decision) windowID(kind policy.ReminderKind) string {
	return fmt.Sprintf("%s/%s/%s", clockAnswer, kind, strconv.FormatInt(int64(d.now), 36))
}
