package policy

import "time"

// Deadline is one computed date. It explains itself: see Explain.
type Deadline struct {
	// ID is stable: policy/clock, then @subject where Facts had one, then #n for
	// the n-th period of a clock that repeats.
	ID            string
	Policy        string // Policy.Name
	PolicyVersion int    // Policy.Version
	Clock         string // Clock.Name
	Title         string // what is due, in words
	Rule          string // in words
	Source        string // of the clock, else of the policy
	Force         Force  // must, should or may
	Public        bool   // Clock.Public

	State   DeadlineState // waiting, running, paused, met …
	Start   time.Time     `json:",omitzero"` // zero while it waits for one
	StartBy Fact          // the fact that started it
	// Due is the instant to work towards, in the calendar's zone; zero while the
	// clock waits. While it is paused Due does not count the lasting pause.
	Due time.Time `json:",omitzero"`
	// LegalLast is the last second that the law allows, where a rule makes it
	// later than the cautious Due; else zero.
	LegalLast time.Time `json:",omitzero"`
	// Ended is when the clock was met or cancelled.
	Ended   time.Time `json:",omitzero"`
	EndedBy Fact      // the fact that met or cancelled it
	// Missed tells that the end passed, whether or not it was met later.
	Missed bool
	// Waiting says in words what a waiting or paused clock waits for, or why
	// nothing is owed.
	Waiting string
	// Projected tells that Due is an estimate for a clock that waits: see
	// Rule.Projected.
	Projected bool

	remind, escalate []Span
	cal              Calendar
	inputs           string          // what the date was computed from
	again            func() []string // computes once more, with words
}

// Steps returns the arithmetic in words. It is computed when it is asked for.
func (d Deadline) Steps() []string {
	if d.again == nil {
		return nil
	}
	return d.again()
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
	DeadlineNotOwed   DeadlineState = "not owed" // the duty had not begun: see Policy.Begins
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
func (d Deadline) Open() bool {
	return d.State != DeadlineMet && d.State != DeadlineCancelled && d.State != DeadlineNotOwed
}

// maxPeriods bounds how many past periods of a clock that repeats are listed.
const maxPeriods = 64

// Deadlines computes the dates of a policy, in the order of its clocks. It is a
// pure function: the same arguments give the same dates, as long as the data of
// the calendar's zone is the same (see Adopted). Facts after now start clocks,
// because an end may be planned, but neither end them nor decide between rules.
// The policy and the calendar are expected to be valid.
func (p Policy) Deadlines(f Facts, c Calendar, now time.Time) []Deadline {
	return p.deadlines(f, c, now, nil)
}

func (p Policy) deadlines(f Facts, c Calendar, now time.Time, held *Adopted) []Deadline {
	closed, open := f.pauses(now)
	ds := make([]Deadline, 0, len(p.Clocks))
	for i := range p.Clocks {
		k := &p.Clocks[i]
		r := k.rule(f, c, now)
		if r == nil {
			continue
		}
		e := &clockEval{policy: &p, clock: k, rule: r, facts: f, cal: c, now: now, held: held}
		if k.Pausable {
			e.pauses, e.open = closed, open
		}
		ds = e.deadlines(ds)
	}
	return ds
}

// rule picks the first whose conditions hold, or nil.
func (k *Clock) rule(f Facts, c Calendar, now time.Time) *Rule {
	for i := range k.Rules {
		ok := true
		for _, w := range k.Rules[i].When {
			ok = ok && w.holds(f, c, now)
		}
		if ok {
			return &k.Rules[i]
		}
	}
	return nil
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

// Format shows an instant in the zone of the calendar that the deadline was
// computed with; see Calendar.Format.
func (d Deadline) Format(t time.Time) string { return d.cal.Format(t) }
