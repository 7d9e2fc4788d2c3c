package policy

import "time"

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
