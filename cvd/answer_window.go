package cvd

import (
	"fmt"
	"strconv"
	"time"

	"github.com/cvdkit/cvdkit/cvd/policy"
	"github.com/cvdkit/cvdkit/cvd/storage"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// clockAnswer is the name of the deadline for answers about the embargo. It needs
// no policy: the window is given with each question.
const clockAnswer = "answer-window"

// answerNotice is how long before its end a participant is reminded, or half the
// window if that is less.
const answerNotice = 48 * time.Hour

// attention is when Tick is to look at the participant's window: to remind it,
// once, and to tell the team that it is over. 0: never.
func (p *Participant) attention() storage.Millis {
	waits := p.Consent == vultron.Invited || p.Consent == vultron.Lapsed
	if !waits || p.AnswerBy.IsZero() || p.reminded > 1 || p.gone() || p.RM == vultron.RMClosed || p.ID == Owner {
		return 0
	}
	by := storage.MillisOf(p.AnswerBy)
	if p.reminded == 1 {
		return by
	}
	return max(by-storage.Millis(answerNotice.Milliseconds()), p.asked+(by-p.asked)/2)
}

// nextWindow looks at all participants.
func (c *Case) nextWindow() (next storage.Millis) {
	for i := range c.Participants {
		next = soonest(next, c.Participants[i].attention())
	}
	return next
}

// windowsAsked looks at those only whom this decision asked. Who has answered may
// leave a time at which there is nothing to do: Tick finds the next one then.
func (d *decision) windowsAsked() (next storage.Millis) {
	for i := range d.fresh {
		if x, ok := d.fresh[i].x.(*partyConsent); ok && !x.AnswerBy.IsZero() {
			if p := d.c.member(x.Party); p != nil {
				next = soonest(next, p.attention())
			}
		}
	}
	return next
}

// soonest is the earlier of two instants of which 0 is none.
func soonest(a, b storage.Millis) storage.Millis {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}

// answerWindows reminds those whose time to answer runs out, and alerts the team
// of those whose time is over.
func (d *decision) answerWindows() []Alert {
	var soon, over []PartyID
	var due time.Time
	for _, p := range d.c.Participants {
		switch when := p.attention(); {
		case when == 0 || when > d.now:
		case storage.MillisOf(p.AnswerBy) > d.now:
			soon = append(soon, p.ID)
		default:
			over = append(over, p.ID)
			due = later(due, p.AnswerBy)
		}
	}
	if len(soon) > 0 {
		d.append(&reminderRecorded{Reminder: d.windowID(policy.ReminderSoon), Deadline: clockAnswer, Kind: policy.ReminderSoon, Parties: soon})
		d.tell(PurposeAnswer, 0, "", soon...)
	}
	if len(over) == 0 {
		return nil
	}
	x := &reminderRecorded{Reminder: d.windowID(policy.ReminderDue), Deadline: clockAnswer, Kind: policy.ReminderDue, Parties: over}
	a := Alert{Case: d.c.ID, Number: d.c.Number, Kind: policy.ReminderDue, Parties: over, Deadline: policy.Deadline{
		ID: clockAnswer, Clock: clockAnswer, Title: "Answers about the embargo", State: policy.DeadlineOverdue, Due: due, Missed: true,
	}}
	x.To, a.To = d.onDuty(x.Kind)
	a.Assignee = x.To != 0 && a.To == ""
	d.append(x)
	if d.c.Participants[0].Routable {
		d.tell(PurposeReminder, uint32(len(d.c.Reminded)), "", Owner)
	}
	return []Alert{a}
}

func (d *decision) windowID(kind policy.ReminderKind) string {
	return fmt.Sprintf("%s/%s/%s", clockAnswer, kind, strconv.FormatInt(int64(d.now), 36))
}
