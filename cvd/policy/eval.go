package policy

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// clockEval computes the deadlines of one clock.
type clockEval struct {
	policy *Policy
	clock  *Clock
	rule   *Rule
	facts  Facts
	cal    Calendar
	now    time.Time
	pauses []Pause
	open   Pause
	held   *Adopted // nil: dates are computed
}

// deadlines appends them to those of other clocks.
func (e *clockEval) deadlines(ds []Deadline) []Deadline {
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
	if why := e.policy.notOwed(e.facts, e.cal); why != "" {
		d.State, d.Waiting = DeadlineNotOwed, why
		return append(ds, d)
	}
	d.EndedBy, d.Ended = e.facts.happened(e.clock.Stop, e.now)
	by, cancelled := e.facts.happened(e.clock.Cancel, e.now)
	if d.Ended.IsZero() && !cancelled.IsZero() {
		d.State, d.EndedBy, d.Ended = DeadlineCancelled, by, cancelled
	}
	if len(e.clock.Repeat) == 0 {
		return append(ds, e.date(d, true))
	}
	return e.periods(ds, d)
}

// notOwed says why the policy's duties had not begun, or "".
func (p *Policy) notOwed(f Facts, c Calendar) string {
	eff, err := time.Parse(time.DateOnly, p.Effective)
	if err != nil {
		return ""
	}
	name, t := f.earliest(p.Begins)
	if t.IsZero() || !c.day(t).Before(eff) {
		return ""
	}
	return "the duty began on " + p.Effective + "; " + name.Words() + " is earlier: " + c.Format(t)
}

// periods lists each period of a clock that repeats; the last one is open until
// the clock stops. If it stops before that period's end, nothing was done and
// nothing was owed: the period is cancelled, and not met.
func (e *clockEval) periods(ds []Deadline, d Deadline) []Deadline {
	until := e.now
	if !d.Ended.IsZero() {
		until = d.Ended
	}
	var at []time.Time
	if !d.Start.IsZero() {
		at = e.facts.repeats(e.clock.Repeat, d.Start, until)
	}
	first := max(0, len(at)-maxPeriods)
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
		x = e.date(x, last)
		if last && x.State == DeadlineMet && !x.Missed {
			x.State = DeadlineCancelled // nothing was asked for: it ended with what it repeats for
		}
		ds = append(ds, x)
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
func (r *Rule) start(f Facts) (by Fact, at time.Time, waiting string) {
	if r.Latest {
		for _, x := range r.From {
			t := f.First(x)
			if t.IsZero() {
				return "", time.Time{}, x.Words()
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
		names[i] = f.Words()
	}
	last := len(names) - 1
	if last == 0 {
		return names[0]
	}
	return strings.Join(names[:last], ", ") + " or " + names[last]
}

// date computes the end of one period and its state. What was agreed concerns
// only the current period.
func (e *clockEval) date(d Deadline, current bool) Deadline {
	d.again = func() []string {
		run := clockRun{cal: e.cal, pauses: e.pauses, words: true}
		e.compute(&run, d, current)
		return run.steps
	}
	return e.compute(&clockRun{cal: e.cal, pauses: e.pauses}, d, current)
}

func (e *clockEval) compute(run *clockRun, d Deadline, current bool) Deadline {
	if !d.Start.IsZero() {
		run.say("starts with %s: %s", d.StartBy.Words(), d.Start)
		if eff, err := time.Parse(time.DateOnly, e.policy.Effective); err == nil && e.cal.day(d.Start).Before(eff) {
			run.say("the policy applies from %s; this start is earlier", e.policy.Effective)
		}
		d.Start = d.Start.In(e.cal.loc())
		e.earlierFacts(run, d)
		d.Due = e.end(run, d.Start, current)
		start, limit := d.Start, e.rule.Limit
		if then := e.rule.Then; then != (Span{}) {
			start, limit = d.Due, then
			d.Due = run.add(start, then)
		}
		if e.rule.Roll == RollEU {
			d.Due, d.LegalLast = run.eu(start, limit, d.Due)
		}
		if d.LegalLast = e.caps(run, d.LegalLast); e.rule.Roll != RollEU || d.LegalLast.Before(d.Due) {
			d.LegalLast = time.Time{}
		}
		d.Due = e.caps(run, d.Due).In(e.cal.loc())
		d.inputs = e.inputs(d, current)
		e.hold(run, &d)
	}
	if e.rule.Projected {
		e.project(run, &d)
	}
	if !d.Ended.IsZero() {
		d.Ended = d.Ended.In(e.cal.loc())
	}
	if d.State == "" {
		d.State = e.state(d)
	}
	if d.State == DeadlinePaused {
		d.Waiting = strings.TrimPrefix(pauseReason(e.open), ": ")
		run.say("stands still since %s; the date moves by as long as that lasts", e.open.From)
	}
	d.Missed = !d.Due.IsZero() && !d.Projected && d.State != DeadlinePaused &&
		(d.State == DeadlineOverdue || !d.Ended.IsZero() && d.Ended.After(d.Last()))
	return d
}

// project makes the date an estimate, if what it waits for is missing. What ended
// without it never had a date.
func (e *clockEval) project(run *clockRun, d *Deadline) {
	if d.Start.IsZero() || !d.Ended.IsZero() {
		d.Due, d.LegalLast = time.Time{}, time.Time{}
		return
	}
	d.Projected, d.State, d.LegalLast = true, DeadlineWaiting, time.Time{}
	for _, r := range e.clock.Rules {
		if !r.Projected {
			_, _, d.Waiting = r.start(e.facts)
			break
		}
	}
	run.say("this date is projected; it counts from %s", d.Waiting)
}

// earlierFacts says so where a rule's fact is older than what holds the start back.
func (e *clockEval) earlierFacts(run *clockRun, d Deadline) {
	if len(e.rule.After) == 0 || e.rule.Latest {
		return
	}
	if name, t := e.facts.earliest(e.rule.From); !t.IsZero() && t.Before(d.Start) {
		run.say("%s is older (%s): the time counts from %s", name.Words(), t, d.StartBy.Words())
	}
}

// hold replaces computed instants by those that were adopted.
func (e *clockEval) hold(run *clockRun, d *Deadline) {
	x, ok := e.held.date(d.ID)
	if !ok || x.Due.Equal(milli(d.Due)) && x.LegalLast.Equal(milli(d.LegalLast)) {
		return
	}
	run.say("computed now; held at %s, as adopted on %s", x.Due, e.held.At)
	d.Due, d.LegalLast = x.Due.In(e.cal.loc()), time.Time{}
	if !x.LegalLast.IsZero() {
		d.LegalLast = x.LegalLast.In(e.cal.loc())
	}
}

// inputs lists everything but the calendar that the date depends on, so that a
// later change of the zone's data can be told from a change of facts.
func (e *clockEval) inputs(d Deadline, current bool) string {
	r := e.rule
	b := make([]byte, 0, 256)
	b = append(append(b, d.Policy...), ' ')
	b = strconv.AppendInt(b, int64(d.PolicyVersion), 10)
	b = append(append(append(append(b, ' '), d.ID...), ' '), r.Say...)
	put := func(t time.Time) { b = strconv.AppendInt(append(b, ' '), toMilli(t), 10) }
	put(d.Start)
	first := func(fact Fact) {
		_, t := e.facts.happened([]Fact{fact}, e.now)
		put(t)
	}
	if r.Extend != nil {
		first(r.Extend.When)
	}
	if r.Grace != nil {
		first(r.Grace.When)
	}
	for _, c := range r.Caps {
		first(c.Fact)
	}
	if current {
		put(e.facts.Agreed[e.clock.Name])
	}
	for _, p := range e.pauses {
		if p.To.After(d.Start) && p.From.Before(d.Due) {
			put(p.From)
			put(p.To)
		}
	}
	return string(b)
}

// end applies the limit, its extension, what was agreed, grace and rolling.
func (e *clockEval) end(run *clockRun, start time.Time, current bool) time.Time {
	limit, r := e.rule.Limit, e.rule
	if x := r.Extend; x != nil {
		if _, t := e.facts.happened([]Fact{x.When}, e.now); !t.IsZero() {
			limit = x.Limit
			run.say("%s (%s)", x.Say, t)
		}
	}
	due := run.add(start, limit)
	if agreed := e.facts.Agreed[e.clock.Name]; current && !agreed.IsZero() {
		due = agreed
		run.say("agreed instead: %s", agreed)
		if r.Extend != nil {
			if most := (&clockRun{cal: e.cal, pauses: e.pauses}).add(start, r.Extend.Limit); due.After(most) {
				due = most
				run.say("but at most %s after the start: %s", r.Extend.Limit, most)
			}
		}
	}
	if g := r.Grace; g != nil {
		if _, t := e.facts.happened([]Fact{g.When}, e.now); !t.IsZero() {
			add, _ := g.Add.elapsed()
			due = due.Add(add)
			run.say("%s of grace, %s: %s", g.Add, g.Say, due)
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
			run.say("%s: %s", c.Say, due)
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
