package policy

import (
	"fmt"
	"github.com/cvdkit/cvdkit/cvd/internal/civil"
	"strings"
	"time"
)

// running does the arithmetic of one date and keeps its steps in words.
type clockRun struct {
	cal    Calendar
	pauses []Pause // merged, in order
	words  bool    // steps are wanted; without them nothing is formatted
	steps  []string
}

// say notes a step; instants are shown in the calendar's zone.
func (r *clockRun) say(format string, a ...any) {
	if !r.words {
		return
	}
	for i, x := range a {
		if t, ok := x.(time.Time); ok {
			a[i] = r.cal.Format(t)
		}
	}
	r.steps = append(r.steps, fmt.Sprintf(format, a...))
}

// add returns the instant a span after start, standing still in the pauses.
func (r *clockRun) add(start time.Time, s Span) time.Time {
	switch s.Unit {
	case Months:
		return r.months(start, s)
	case BusinessDays:
		return r.businessDays(start, s)
	case BusinessHours:
		return r.businessHours(start, s)
	}
	d, _ := s.elapsed()
	end, used := elapse(start, d, r.pauses)
	if s.N > 0 {
		unit := s.String()
		if s.Unit == Days {
			unit += " of 24 hours"
		}
		r.sayPauses(used)
		r.say("%s later: %s", unit, end)
	}
	return end
}

// elapse walks a duration of time that is not paused, and returns the pauses it
// met.
func elapse(start time.Time, d time.Duration, pauses []Pause) (end time.Time, used []Pause) {
	at := start
	for _, p := range pauses {
		if !p.To.After(at) {
			continue
		}
		if run := p.From.Sub(at); run > 0 {
			if d <= run {
				break
			}
			d -= run
		}
		at = p.To
		used = append(used, p)
	}
	return at.Add(d), used
}

func (r *clockRun) sayPauses(used []Pause) {
	for _, p := range used {
		why := ""
		if p.Reason != "" {
			why = " (" + p.Reason + ")"
		}
		r.say("stands still from %s to %s%s", p.From, p.To, why)
	}
}

func (r *clockRun) months(start time.Time, s Span) time.Time {
	end := r.cal.addMonths(start, s.N)
	day, want := r.cal.day(end), r.cal.day(start)
	clamp := ""
	if day.Day != want.Day {
		clamp = ", the last day of that month"
	}
	r.say("%s later%s: %s", s, clamp, end)
	var used []Pause
	for _, p := range r.pauses {
		if !p.To.After(start) || !p.From.Before(end) {
			continue
		}
		from := p.From
		if from.Before(start) {
			from = start
		}
		end = end.Add(p.To.Sub(from))
		used = append(used, p)
	}
	if used != nil {
		r.sayPauses(used)
		r.say("moved by as long: %s", end)
	}
	return end
}

func (r *clockRun) businessDays(start time.Time, s Span) time.Time {
	if s.N == 0 {
		return start
	}
	d := r.cal.day(start)
	skip := clockSkips{words: r.words}
	for n := 0; n < s.N; {
		d = d.Add(1)
		if why := r.cal.rest(d); why != "" {
			if skip.add(d, why); skip.run > maxRest {
				break
			}
			continue
		}
		skip.run = 0
		if len(r.pauses) > 0 {
			if p, ok := r.covers(r.cal.hours(d)); ok {
				skip.add(d, "paused"+pauseReason(p))
				continue
			}
		}
		n++
	}
	skip.say(r)
	_, end := r.cal.hours(d)
	if r.cal.Close == 0 {
		end = end.Add(-time.Second)
	}
	r.say("%s later, the day of the start not counted: end of hours on %s: %s", s, d, end)
	return end
}

// covers returns the pause that holds all of an interval. One that holds a part
// of a working day does not spare the day: the earlier end is the safe one.
func (r *clockRun) covers(open, end time.Time) (Pause, bool) {
	for _, p := range r.pauses {
		if !p.From.After(open) && !p.To.Before(end) {
			return p, true
		}
	}
	return Pause{}, false
}

func (r *clockRun) businessHours(start time.Time, s Span) time.Time {
	left := time.Duration(s.N) * time.Hour
	if left == 0 {
		return start
	}
	at, d := start, r.cal.day(start)
	skip := clockSkips{words: r.words}
	var used []Pause
	for {
		if why := r.cal.rest(d); why != "" {
			if skip.add(d, why); skip.run > maxRest {
				break
			}
			d = d.Add(1)
			continue
		}
		skip.run = 0
		open, end := r.cal.hours(d)
		if at.After(open) {
			open = at
		}
		if open.Before(end) {
			to, met := elapse(open, left, r.pauses)
			// Pauses beyond this day's end are met again on their own day.
			for len(met) > 0 && !met[len(met)-1].From.Before(end) {
				met = met[:len(met)-1]
			}
			if !to.After(end) {
				at, used = to, append(used, met...)
				break
			}
			left -= unpaused(open, end, r.pauses)
			used = append(used, met...)
		}
		d = d.Add(1)
		at = r.cal.at(d, 0)
	}
	skip.say(r)
	for i, p := range used {
		if i == 0 || used[i-1] != p {
			r.sayPauses(used[i : i+1])
		}
	}
	r.say("%s later: %s", s, at)
	return at
}

// unpaused is how much of an interval no pause covers.
func unpaused(from, to time.Time, pauses []Pause) time.Duration {
	d := to.Sub(from)
	for _, p := range pauses {
		a, b := p.From, p.To
		if a.Before(from) {
			a = from
		}
		if b.After(to) {
			b = to
		}
		if b.After(a) {
			d -= b.Sub(a)
		}
	}
	return d
}

// nextWorkingDay moves an end on a day of rest to the same time on a working day.
func (r *clockRun) nextWorkingDay(t time.Time) time.Time {
	d := r.cal.day(t)
	why := r.cal.rest(d)
	if why == "" {
		return t
	}
	to := r.cal.nextWorking(d)
	end := r.cal.at(to, r.cal.clockOf(t))
	r.say("%s is a day of rest (%s): moves to %s", d, why, end)
	return end
}

// skipped collects the days of rest within a span.
type clockSkips struct {
	words bool
	names []string
	more  int
	run   int
}

func (s *clockSkips) add(d civil.Day, why string) {
	s.run++
	if !s.words {
		return
	}
	if why == d.Weekday().String() {
		why = ""
	} else {
		why = " (" + why + ")"
	}
	if len(s.names) < 12 {
		s.names = append(s.names, d.String()+why)
		return
	}
	s.more++
}

func (s *clockSkips) say(r *clockRun) {
	if len(s.names) == 0 {
		return
	}
	list := strings.Join(s.names, ", ")
	if s.more > 0 {
		list += fmt.Sprintf(" and %d more", s.more)
	}
	r.say("does not count %s", list)
}

func pauseReason(p Pause) string {
	if p.Reason == "" {
		return ""
	}
	return ": " + p.Reason
}
