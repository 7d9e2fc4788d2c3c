package policy

import (
	"github.com/cvdkit/cvdkit/cvd/internal/civil"
	"time"
)

// eu returns the cautious and the last instant of a period of EU law, by
// Regulation (EEC, Euratom) No 1182/71, Article 3.
//
// The cautious one counts from the event itself, never rolls, and takes the
// earlier of elapsed time and the same time of day, so that it is never after
// the last one.
func (r *clockRun) eu(start time.Time, s Span, due time.Time) (cautious, last time.Time) {
	c := r.cal
	first := c.day(start)
	if s.Unit == Hours {
		begin := start.In(c.loc())
		begin = begin.Add(time.Hour - time.Duration(begin.Minute())*time.Minute -
			time.Duration(begin.Second())*time.Second - time.Duration(begin.Nanosecond()))
		last = begin.Add(time.Duration(s.N)*time.Hour - time.Second)
		r.say("by Regulation 1182/71 Art. 3(1) the hour of the event is not counted: last moment %s", last)
		r.say("periods in hours do not roll (Art. 3(4)); whether Art. 3(5), two working days, covers them is disputed: cautiously it does not")
		return due, last
	}
	end := first.Add(s.N)
	if s.Unit == Months {
		end = first.AddMonths(s.N)
	}
	cautious = due
	if wall := c.at(end, c.clockOf(start)); wall.Before(cautious) {
		cautious = wall
		r.say("cautiously at the same time of day: %s", wall)
	}
	r.say("by Regulation 1182/71 Art. 3(1) the day of the event is not counted: the last day is %s", end)
	if why := c.rest(end); why != "" {
		to := c.nextWorking(end)
		r.say("%s is a day of rest (%s): by Art. 3(4) the period ends on %s", end, why, to)
		end = to
	}
	if s.Unit == Months || s.N >= 2 {
		end = r.twoWorkingDays(first, end)
	}
	last = c.at(end.Add(1), 0).Add(-time.Second)
	r.say("it ends with the last hour of that day: last moment %s", last)
	return cautious, last
}

// twoWorkingDays is Article 3(5): a period of two days or more includes at least
// two working days.
func (r *clockRun) twoWorkingDays(first, end civil.Day) civil.Day {
	working := 0
	for d := first; d != end && working < 2; {
		if d = d.Add(1); r.cal.rest(d) == "" {
			working++
		}
	}
	for ; working < 2; working++ {
		end = r.cal.nextWorking(end.Add(1))
		r.say("by Art. 3(5) the period holds two working days: it ends on %s", end)
	}
	return end
}
