package cvd

import (
	"fmt"
	"strings"
	"time"
)

// Deadline is one computed date. It explains itself: see Explain.
type Deadline struct {
	// ID is stable: policy/clock, then @subject where Facts had one, then #n for
	// the n-th period of a clock that repeats.
	ID            string
	Policy        string
	PolicyVersion int
	Clock         string
	Title         string
	Rule          string // in words
	Source        string
	Force         Force
	Public        bool

	State   DeadlineState
	Start   time.Time // zero while it waits for one
	StartBy Fact      // the fact that started it
	// Due is the instant to work towards, in the calendar's zone; zero while the
	// clock waits. While it is paused Due does not count the lasting pause.
	Due time.Time
	// LegalLast is the last second that the law allows, where a rule makes it
	// later than the cautious Due; else zero.
	LegalLast time.Time
	// Ended is when the clock was met or cancelled.
	Ended   time.Time
	EndedBy Fact
	// Missed tells that the end passed, whether or not it was met later.
	Missed bool
	// Waiting says what a waiting or paused clock waits for.
	Waiting string
	Steps   []string // the arithmetic in words

	remind, escalate []Span
	cal              Calendar
}

// DeadlineState is where a deadline stands at the instant it was computed for.
type DeadlineState string

// The states of a deadline.
const (
	DeadlineWaiting   DeadlineState = "waiting" // for its start
	DeadlineRunning   DeadlineState = "running"
	DeadlinePaused    DeadlineState = "paused"
	DeadlineDueSoon   DeadlineState = "due soon"
	DeadlineOverdue   DeadlineState = "overdue"
	DeadlineMet       DeadlineState = "met"
	DeadlineCancelled DeadlineState = "cancelled"
)

// Last is the instant after which the deadline is missed: LegalLast if there is
// one, else Due.
func (d Deadline) Last() time.Time {
	if d.LegalLast.After(d.Due) {
		return d.LegalLast
	}
	return d.Due
}

// Open reports whether something is still to be done.
func (d Deadline) Open() bool { return d.State != DeadlineMet && d.State != DeadlineCancelled }

// maxPeriods bounds how many past periods of a clock that repeats are listed.
const maxPeriods = 64

// Deadlines computes the dates of a policy, in the order of its clocks. It is a
// pure function: the same arguments give the same dates, as long as the data of
// the calendar's zone is the same (see Adopted). Facts after now start clocks,
// because an end may be planned, but neither end them nor decide between rules.
// The policy and the calendar are expected to be valid.
func (p Policy) Deadlines(f Facts, c Calendar, now time.Time) []Deadline {
	closed, open := f.pauses(now)
	var ds []Deadline
	for _, k := range p.Clocks {
		r, ok := k.rule(f, c, now)
		if !ok {
			continue
		}
		e := clockEval{policy: p, clock: k, rule: r, facts: f, cal: c, now: now}
		if k.Pausable {
			e.pauses, e.open = closed, open
		}
		ds = append(ds, e.deadlines()...)
	}
	return ds
}

// rule picks the first whose conditions hold.
func (k Clock) rule(f Facts, c Calendar, now time.Time) (Rule, bool) {
	for _, r := range k.Rules {
		ok := true
		for _, w := range r.When {
			ok = ok && w.holds(f, c, now)
		}
		if ok {
			return r, true
		}
	}
	return Rule{}, false
}

func (w Condition) holds(f Facts, c Calendar, now time.Time) bool {
	_, t := f.happened([]Fact{w.Fact}, now)
	if w.Within == nil {
		return t.IsZero() == w.Absent
	}
	of := f.First(w.Of)
	if t.IsZero() || of.IsZero() {
		return false
	}
	return !t.After((&clockRun{cal: c}).add(of, *w.Within))
}

type clockEval struct {
	policy Policy
	clock  Clock
	rule   Rule
	facts  Facts
	cal    Calendar
	now    time.Time
	pauses []Pause
	open   Pause
}

func (e *clockEval) deadlines() []Deadline {
	d := Deadline{
		ID:     e.policy.Name + "/" + e.clock.Name,
		Policy: e.policy.Name, PolicyVersion: e.policy.Version,
		Clock: e.clock.Name, Title: e.clock.Title, Rule: e.rule.Say,
		Source: e.clock.Source, Force: e.clock.Force, Public: e.clock.Public,
		remind: e.clock.Remind, escalate: e.clock.Escalate, cal: e.cal,
	}
	if d.Source == "" {
		d.Source = e.policy.Source
	}
	if e.facts.Subject != "" {
		d.ID += "@" + e.facts.Subject
	}
	d.StartBy, d.Start, d.Waiting = e.rule.start(e.facts)
	d.EndedBy, d.Ended = e.facts.happened(e.clock.Stop, e.now)
	by, cancelled := e.facts.happened(e.clock.Cancel, e.now)
	if d.Ended.IsZero() && !cancelled.IsZero() {
		d.State, d.EndedBy, d.Ended = DeadlineCancelled, by, cancelled
	}
	if len(e.clock.Repeat) == 0 {
		return []Deadline{e.date(d, true)}
	}
	return e.periods(d)
}

// periods lists each period of a clock that repeats; the last one is open.
func (e *clockEval) periods(d Deadline) []Deadline {
	until := e.now
	if !d.Ended.IsZero() {
		until = d.Ended
	}
	var at []time.Time
	if !d.Start.IsZero() {
		at = e.facts.repeats(e.clock.Repeat, d.Start, until)
	}
	first := max(0, len(at)-maxPeriods)
	var ds []Deadline
	for i := first; i <= len(at); i++ {
		x := d
		x.ID = fmt.Sprintf("%s#%d", d.ID, i+1)
		if i > 0 {
			x.Start, x.StartBy = at[i-1], repeatFact(e, at[i-1])
		}
		last := i == len(at)
		if !last {
			x.State, x.Ended, x.EndedBy = "", at[i], repeatFact(e, at[i])
		}
		ds = append(ds, e.date(x, last))
	}
	return ds
}

func repeatFact(e *clockEval, t time.Time) Fact {
	for _, f := range e.clock.Repeat {
		for _, x := range e.facts.Times[f] {
			if x.Equal(t) {
				return f
			}
		}
	}
	return ""
}

// start returns the fact and instant that start a rule, or what it waits for.
func (r Rule) start(f Facts) (by Fact, at time.Time, waiting string) {
	if r.Latest {
		for _, x := range r.From {
			t := f.First(x)
			if t.IsZero() {
				return "", time.Time{}, string(x)
			}
			if t.After(at) {
				by, at = x, t
			}
		}
	} else if by, at = f.earliest(r.From); at.IsZero() {
		return "", at, anyFact(r.From)
	}
	if len(r.After) > 0 {
		x, t := f.earliest(r.After)
		if t.IsZero() {
			return "", time.Time{}, anyFact(r.After)
		}
		if t.After(at) {
			by, at = x, t
		}
	}
	return by, at, ""
}

func anyFact(fs []Fact) string {
	names := make([]string, len(fs))
	for i, f := range fs {
		names[i] = string(f)
	}
	return strings.Join(names, " or ")
}

// date computes the end of one period and its state. What was agreed concerns
// only the current period.
func (e *clockEval) date(d Deadline, current bool) Deadline {
	if !d.Start.IsZero() {
		run := clockRun{cal: e.cal, pauses: e.pauses}
		run.say("starts with %s: %s", d.StartBy, e.cal.Format(d.Start))
		if eff, err := time.Parse(time.DateOnly, e.policy.Effective); err == nil && e.cal.day(d.Start).before(eff) {
			run.say("the policy applies from %s; this start is earlier", e.policy.Effective)
		}
		d.Start = d.Start.In(e.cal.loc())
		d.Due = e.end(&run, d.Start, current)
		if e.rule.Roll == RollEU {
			d.Due, d.LegalLast = run.eu(d.Start, e.rule.Limit, d.Due)
		}
		if d.LegalLast = e.caps(&run, d.LegalLast); e.rule.Roll != RollEU || d.LegalLast.Before(d.Due) {
			d.LegalLast = time.Time{}
		}
		d.Due = e.caps(&run, d.Due).In(e.cal.loc())
		d.Steps = run.steps
	}
	if !d.Ended.IsZero() {
		d.Ended = d.Ended.In(e.cal.loc())
	}
	if d.State == "" {
		d.State = e.state(d)
	}
	if d.State == DeadlinePaused {
		d.Waiting = strings.TrimPrefix(pauseReason(e.open), ": ")
		d.Steps = append(d.Steps, fmt.Sprintf("stands still since %s; the date moves by as long as that lasts",
			e.cal.Format(e.open.From)))
	}
	d.Missed = !d.Due.IsZero() && d.State != DeadlinePaused &&
		(d.State == DeadlineOverdue || !d.Ended.IsZero() && d.Ended.After(d.Last()))
	return d
}

func (d civilDay) before(t time.Time) bool {
	return time.Date(d.y, d.m, d.d, 0, 0, 0, 0, time.UTC).Before(t)
}

// end applies the limit, its extension, what was agreed, grace and rolling.
func (e *clockEval) end(run *clockRun, start time.Time, current bool) time.Time {
	limit, r := e.rule.Limit, e.rule
	if x := r.Extend; x != nil {
		if _, t := e.facts.happened([]Fact{x.When}, e.now); !t.IsZero() {
			limit = x.Limit
			run.say("%s (%s on %s)", x.Say, x.When, e.cal.Format(t))
		}
	}
	due := run.add(start, limit)
	if agreed := e.facts.Agreed[e.clock.Name]; current && !agreed.IsZero() {
		due = agreed
		run.say("agreed instead: %s", e.cal.Format(agreed))
		if r.Extend != nil {
			if most := (&clockRun{cal: e.cal, pauses: e.pauses}).add(start, r.Extend.Limit); due.After(most) {
				due = most
				run.say("but at most %s after the start: %s", r.Extend.Limit, e.cal.Format(most))
			}
		}
	}
	if g := r.Grace; g != nil {
		if _, t := e.facts.happened([]Fact{g.When}, e.now); !t.IsZero() {
			add, _ := g.Add.elapsed()
			due = due.Add(add)
			run.say("%s of grace, %s: %s", g.Add, g.Say, e.cal.Format(due))
		}
	}
	if r.Roll == RollNextWorkingDay {
		due = run.nextWorkingDay(due)
	}
	return due
}

func (e *clockEval) caps(run *clockRun, due time.Time) time.Time {
	if due.IsZero() {
		return due
	}
	for _, c := range e.rule.Caps {
		_, t := e.facts.happened([]Fact{c.Fact}, e.now)
		if t.IsZero() {
			continue
		}
		if most := (&clockRun{cal: e.cal}).add(t, c.Limit); due.After(most) {
			due = most
			run.say("%s: %s", c.Say, e.cal.Format(due))
		}
	}
	return due
}

func (e *clockEval) state(d Deadline) DeadlineState {
	switch {
	case !d.Ended.IsZero():
		return DeadlineMet
	case d.Start.IsZero():
		return DeadlineWaiting
	case e.now.After(d.Last()) && (e.open.From.IsZero() || e.open.From.After(d.Last())):
		return DeadlineOverdue
	case !e.open.From.IsZero():
		return DeadlinePaused
	case d.Start.After(e.now) && d.Start.Before(d.Due):
		return DeadlineWaiting
	}
	soon := d.Due
	for _, s := range d.remind {
		if t := s.before(d.Due, e.cal); t.Before(soon) {
			soon = t
		}
	}
	if !e.now.Before(soon) {
		return DeadlineDueSoon
	}
	return DeadlineRunning
}
