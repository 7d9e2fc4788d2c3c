package policy

import (
	"slices"
	"time"
)

// Policy is a set of rules for dates, as data. It is a value: do not change one
// that is in use; a change of its rules is a new Version.
//
// The end of a clock only reminds and escalates. Nothing publishes by itself.
type Policy struct {
	Name    string `json:"name"`    // lower-case words, unique among the policies of a case
	Version int    `json:"version"` // from 1
	Title   string `json:"title"`   // for people
	Source  string `json:"source"`  // the document, with its section or address
	// Effective is the day from which the rules apply, as 2026-09-11; empty if
	// the source names none.
	Effective string `json:"effective,omitempty"`
	// Begins are the facts by which a duty arises. If the earliest of them lies on
	// a day before Effective, the duty had not begun: the clocks are not owed.
	// Empty: the clocks run whenever their own rules say so.
	Begins []Fact `json:"begins,omitempty"`
	// OptIn says what has to be confirmed before a team adopts the policy, such as
	// that a law applies to it. Empty: nothing.
	OptIn  string   `json:"optIn,omitempty"`
	Window *Window  `json:"window,omitempty"` // how long an embargo usually lasts, and at most; nil: it says nothing of that
	Clocks []Clock  `json:"clocks,omitempty"` // its dated duties
	Notes  []string `json:"notes,omitempty"`  // rules without a date
}

// Window is how long an embargo under a policy lasts.
type Window struct {
	From   []Fact `json:"from"`             // the earliest of these
	Unless []Fact `json:"unless,omitempty"` // any of these: there is no embargo
	Limit  Span   `json:"limit"`            // the usual length
	Max    Span   `json:"max"`              // the longest that may be agreed
	Say    string `json:"say"`              // the rule in words
	Source string `json:"source,omitempty"` // empty: the policy's
}

// Force is how binding a date is.
type Force string

// The forces of a rule.
const (
	Must   Force = "must"
	Should Force = "should"
	May    Force = "may" // from this date on something is allowed or expected
)

// Clock is one dated duty of a policy.
type Clock struct {
	Name   string `json:"name"`             // lower-case words, unique in the policy
	Title  string `json:"title"`            // what is due, in words
	Source string `json:"source,omitempty"` // the section; "": that of the policy
	Force  Force  `json:"force"`            // must, should or may
	// Rules are alternatives: the first whose conditions hold applies. If none
	// does, the clock does not exist for the case at hand.
	Rules []Rule `json:"rules"`
	// Stop ends the clock as met, with the earliest of these facts; Cancel ends
	// it without.
	Stop   []Fact `json:"stop,omitempty"`
	Cancel []Fact `json:"cancel,omitempty"` // see Stop
	// Repeat ends a period and starts the next: an update every N days. It needs
	// a limit that is not zero.
	Repeat []Fact `json:"repeat,omitempty"`
	// Pausable clocks stand still during Facts.Pauses.
	Pausable bool `json:"pausable,omitempty"`
	// Remind lists how long before its end the clock reminds, in hours, days or
	// months; from the first on it is due soon. At its end it always reminds.
	Remind []Span `json:"remind,omitempty"`
	// Escalate lists how long after its end somebody else is told, in hours or
	// days.
	Escalate []Span `json:"escalate,omitempty"`
	// Public dates are published by the policy itself, so that they may be shown to
	// everyone. Others are planned in confidence.
	Public bool `json:"public,omitempty"`
}

// Rule computes one date.
type Rule struct {
	When []Condition `json:"when,omitempty"` // all hold; none: always
	// From are the facts that start the clock: the earliest of them, or with
	// Latest all of them must be there and the latest counts.
	From   []Fact `json:"from"`
	Latest bool   `json:"latest,omitempty"` // see From
	// After holds the start back until the earliest of these facts too.
	After []Fact `json:"after,omitempty"`
	Limit Span   `json:"limit"` // from the start to the end
	// Then is a second limit, which runs from the end of the first.
	Then Span `json:"then,omitzero"`
	// Projected dates are estimates: the clock waits for the start of another of
	// its rules, and this is the date if that happens at its own limit. Nothing is
	// overdue by them, and nobody is reminded.
	Projected bool       `json:"projected,omitempty"`
	Extend    *Extension `json:"extend,omitempty"` // nil: it cannot be extended
	Grace     *Grace     `json:"grace,omitempty"`  // nil: there is none
	Caps      []Cap      `json:"caps,omitempty"`   // the earliest of them bounds the end
	Roll      Roll       `json:"roll,omitempty"`   // what becomes of an end on a day of rest
	Say       string     `json:"say"`              // the rule in words
}

// Condition is about a fact: that it is there, that it is Absent, or that it
// happened Within a span of another.
type Condition struct {
	Fact   Fact  `json:"fact"`             // which one
	Absent bool  `json:"absent,omitempty"` // it is not there
	Within *Span `json:"within,omitempty"` // hours, days or months
	Of     Fact  `json:"of,omitempty"`     // needed with Within
}

// Extension replaces a limit by a longer one, counted from the same start, once
// its fact is there. An end that was agreed (Facts.Agreed) is bounded by it.
type Extension struct {
	When  Fact   `json:"when"`  // the fact that extends
	Limit Span   `json:"limit"` // the longer limit
	Say   string `json:"say"`   // in words
}

// Grace adds hours or days after the end once its fact is there.
type Grace struct {
	When Fact   `json:"when"` // the fact that gives it
	Add  Span   `json:"add"`  // how much
	Say  string `json:"say"`  // in words
}

// Cap is the latest end that any extension, pause or rolling may reach: so long
// after the earliest instant of a fact. So a rule with two limits of which the
// earlier counts is one with a limit and a cap.
type Cap struct {
	Fact  Fact   `json:"fact"`  // from which it counts
	Limit Span   `json:"limit"` // how long after it
	Say   string `json:"say"`   // in words
}

// Roll says what happens to an end on a day of rest.
type Roll string

// The ways to roll.
const (
	RollNone Roll = ""
	// RollNextWorkingDay moves the end to the same time on the next working day.
	RollNextWorkingDay Roll = "next working day"
	// RollEU is Regulation (EEC, Euratom) No 1182/71, Article 3. The hour or day
	// of the event is not counted; the period ends with the last hour of its last
	// day. Periods in hours never roll; in days or months they end on the next
	// working day, and those of two days or more hold two working days. The
	// deadline's Due stays the cautious instant, unrolled and counted from the
	// event itself; its LegalLast is the last moment by the Regulation.
	RollEU Roll = "eu-1182-71"
)

// ForWindow makes a policy from the two numbers that a team's document states,
// such as section 4.2 of an RFC 2350 document: the usual days from the report to
// the disclosure, and the most that may be agreed. A maxDays below days is read as
// days. The result is valid for 1 to 36525 days and a name of lower-case letters,
// digits and hyphens; Validate reports others.
func ForWindow(name string, days, maxDays int) Policy {
	maxDays = max(days, maxDays)
	limit, most := Span{days, Days}, Span{maxDays, Days}
	say := "disclosure is usually " + limit.String() + " after the report"
	if maxDays > days {
		say += ", at most " + most.String() + " if needed"
	}
	r := Rule{From: []Fact{FactReceived}, Limit: limit, Say: say}
	if maxDays > days {
		r.Extend = &Extension{When: FactExtended, Limit: most, Say: "extended, because more time is needed"}
	}
	return Policy{
		Name: name, Version: 1,
		Title:  "Disclosure within " + limit.String(),
		Source: "the team's published policy",
		Window: &Window{From: r.From, Limit: limit, Max: most, Say: say},
		Clocks: []Clock{{
			Name: "disclosure", Title: "publish the fix and the advisory", Force: Should,
			Rules: []Rule{r}, Stop: []Fact{FactDisclosed}, Cancel: []Fact{FactClosed},
			Remind: []Span{{14, Days}, {3, Days}}, Escalate: []Span{{1, Days}},
		}},
	}
}

// All returns the newest version of every policy of the table, by name, but for
// those that a team has to opt in to: see OptIns.
func All() []Policy { return newest(false) }

// OptIns returns the newest version of the policies of the table that a team adopts
// only after what Policy.OptIn names was confirmed, by name.
func OptIns() []Policy { return newest(true) }

func newest(optIn bool) []Policy {
	var ps []Policy
	for i, x := range policyTable {
		if i+1 < len(policyTable) && policyTable[i+1].name == x.name {
			continue
		}
		if p := x.build(); (p.OptIn != "") == optIn {
			ps = append(ps, p)
		}
	}
	return ps
}

// ByName returns the newest version of a policy of the table: cert-cc, cna-rules,
// contact-software, cra-incident, cra-vulnerability, disclose.io, linux-distros,
// linux-kernel, project-zero, submission, team or zdi, or one of OptIns: cert-in,
// china-2021, nis2 or sec-8k. It reports false for other names.
func ByName(name string) (Policy, bool) { return ByVersion(name, 0) }

// ByVersion returns one version of a policy of the table, 0 for the newest. A
// version that was released stays in the table, for the cases that adopted it.
func ByVersion(name string, version int) (Policy, bool) {
	i, ok := tabled(name, version)
	if !ok {
		return Policy{}, false
	}
	return policyTable[i].build(), true
}

// Clock returns a clock by its name.
func (p Policy) Clock(name string) (Clock, bool) {
	i := slices.IndexFunc(p.Clocks, func(c Clock) bool { return c.Name == name })
	if i < 0 {
		return Clock{}, false
	}
	return p.Clocks[i], true
}

// Facts returns every fact that the policy looks at, each once, in the order of
// its clocks: those that start them, then those that end or change them.
func (p Policy) Facts() []Fact {
	var starts, others []Fact
	if p.Window != nil {
		starts = append(starts, p.Window.From...)
		others = append(others, p.Window.Unless...)
	}
	others = append(others, p.Begins...)
	for _, k := range p.Clocks {
		for _, r := range k.Rules {
			starts = append(append(starts, r.From...), r.After...)
			for _, w := range r.When {
				others = append(others, w.Fact)
			}
			if r.Extend != nil {
				others = append(others, r.Extend.When)
			}
			if r.Grace != nil {
				others = append(others, r.Grace.When)
			}
		}
		others = append(append(append(others, k.Stop...), k.Cancel...), k.Repeat...)
	}
	var all []Fact
	for _, f := range append(starts, others...) {
		if !slices.Contains(all, f) {
			all = append(all, f)
		}
	}
	return all
}

// EmbargoDates are the dates that a policy's window gives an embargo.
type EmbargoDates struct {
	Start  time.Time `json:",omitzero"` // from which the window counts
	End    time.Time `json:",omitzero"` // the usual end, as the default proposal
	Latest time.Time `json:",omitzero"` // the longest that may be agreed
	Rule   string    // in words
	Source string    // the document, with its section
	Steps  []string  // the arithmetic in words
}

// EmbargoDates computes the window of a policy. It reports false where the policy
// has none, where a fact of Window.Unless excludes it, or none of the facts that
// start it is there.
func (p Policy) EmbargoDates(f Facts, c Calendar) (e EmbargoDates, ok bool) {
	if p.Window == nil {
		return e, false
	}
	w := p.Window
	name, start := f.earliest(w.From)
	if _, never := f.earliest(w.Unless); start.IsZero() || !never.IsZero() {
		return e, false
	}
	run := clockRun{cal: c, words: true}
	e = EmbargoDates{Start: start.In(c.loc()), Rule: w.Say, Source: w.Source}
	if e.Source == "" {
		e.Source = p.Source
	}
	run.say("starts with %s: %s", name.Words(), start)
	e.End = run.add(start, w.Limit).In(c.loc())
	e.Latest = e.End
	if w.Max != (Span{}) && w.Max != w.Limit {
		e.Latest = (&clockRun{cal: c}).add(start, w.Max).In(c.loc())
		run.say("at most %s: %s", w.Max, e.Latest)
	}
	e.Steps = run.steps
	return e, true
}
