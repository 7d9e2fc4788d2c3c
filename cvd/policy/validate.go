package policy

import (
	"fmt"
	"github.com/cvdkit/cvdkit/cvd/internal/plain"
	"time"
)

// The limits of a policy.
const (
	maxClocks     = 64
	maxRules      = 16
	maxFacts      = 16
	maxSpans      = 16
	maxPolicyText = 1024
)

// Error says which rule a policy breaks.
type Error struct {
	Path string // where, such as clocks[2].rules[0].limit
	Rule string // what is asked of it
}

// Error says where in the policy, and what is wrong.
func (e *Error) Error() string { return "policy: " + e.Path + ": " + e.Rule }

// Validate reports the first rule that a policy breaks, as an *Error.
func (p Policy) Validate() error {
	var v policyValidator
	v.name("name", p.Name)
	v.is(p.Version >= 1 && p.Version <= 1<<30, "version", "is 1 or more")
	v.text("title", p.Title, true)
	v.text("source", p.Source, true)
	if p.Effective != "" {
		_, err := time.Parse(time.DateOnly, p.Effective)
		v.is(err == nil, "effective", "is a day such as 2026-09-11")
	}
	v.is(p.Window != nil || len(p.Clocks) > 0 || len(p.Notes) > 0, "clocks", "a policy has a window, a clock or a note")
	v.facts("begins", p.Begins, false)
	v.is(len(p.Begins) == 0 || p.Effective != "", "begins", "needs the day from which the policy is effective")
	v.text("optIn", p.OptIn, false)
	v.is(len(p.Clocks) <= maxClocks, "clocks", "are at most 64")
	v.is(len(p.Notes) <= maxClocks, "notes", "are at most 64")
	for i, n := range p.Notes[:min(len(p.Notes), maxClocks)] {
		v.text(fmt.Sprintf("notes[%d]", i), n, true)
	}
	if w := p.Window; w != nil {
		v.facts("window.from", w.From, true)
		v.facts("window.unless", w.Unless, false)
		v.span("window.limit", w.Limit, false)
		v.is(w.Limit.N > 0, "window.limit", "is not zero")
		v.span("window.max", w.Max, false)
		v.text("window.say", w.Say, true)
		v.text("window.source", w.Source, false)
	}
	names := map[string]bool{}
	for i, c := range p.Clocks[:min(len(p.Clocks), maxClocks)] {
		at := fmt.Sprintf("clocks[%d]", i)
		v.is(!names[c.Name], at+".name", "is used once")
		names[c.Name] = true
		v.clock(at, c)
	}
	return v.err
}

type policyValidator struct{ err error }

func (v *policyValidator) is(ok bool, path, rule string) {
	if !ok && v.err == nil {
		v.err = &Error{Path: path, Rule: rule}
	}
}

func (v *policyValidator) clock(at string, c Clock) {
	v.name(at+".name", c.Name)
	v.text(at+".title", c.Title, true)
	v.text(at+".source", c.Source, false)
	v.is(c.Force == Must || c.Force == Should || c.Force == May, at+".force", "is must, should or may")
	v.is(len(c.Rules) > 0 && len(c.Rules) <= maxRules, at+".rules", "are 1 to 16")
	v.facts(at+".stop", c.Stop, false)
	v.facts(at+".cancel", c.Cancel, false)
	v.facts(at+".repeat", c.Repeat, false)
	v.is(len(c.Remind) <= maxSpans, at+".remind", "are at most 16")
	v.is(len(c.Escalate) <= maxSpans, at+".escalate", "are at most 16")
	for i, s := range c.Remind {
		v.is(!businessUnit(s.Unit), fmt.Sprintf("%s.remind[%d]", at, i), "counts hours, days or months")
		v.span(fmt.Sprintf("%s.remind[%d]", at, i), s, false)
	}
	for i, s := range c.Escalate {
		_, ok := s.elapsed()
		v.is(ok, fmt.Sprintf("%s.escalate[%d]", at, i), "counts hours or days")
		v.span(fmt.Sprintf("%s.escalate[%d]", at, i), s, false)
	}
	for i, r := range c.Rules {
		p := fmt.Sprintf("%s.rules[%d]", at, i)
		v.rule(p, r)
		v.is(len(c.Repeat) == 0 || r.Limit.N > 0, p+".limit", "a clock that repeats has a limit")
		v.is(r.Roll != RollEU || !c.Pausable, p+".roll", "a period of EU law does not pause")
	}
}

func (v *policyValidator) rule(at string, r Rule) {
	v.facts(at+".from", r.From, true)
	v.facts(at+".after", r.After, false)
	v.span(at+".limit", r.Limit, true)
	v.span(at+".then", r.Then, false)
	v.is(r.Then == (Span{}) || r.Roll != RollEU || !businessUnit(r.Then.Unit), at+".then", "EU periods count hours, days or months")
	v.text(at+".say", r.Say, true)
	v.is(len(r.When) <= maxFacts, at+".when", "are at most 16")
	v.is(len(r.Caps) <= maxFacts, at+".caps", "are at most 16")
	v.is(r.Roll == RollNone || r.Roll == RollNextWorkingDay || r.Roll == RollEU,
		at+".roll", `is empty, "next working day" or "eu-1182-71"`)
	v.is(r.Roll != RollEU || !businessUnit(r.Limit.Unit), at+".roll", "EU periods count hours, days or months")
	for i, w := range r.When {
		p := fmt.Sprintf("%s.when[%d]", at, i)
		v.fact(p+".fact", w.Fact)
		v.is((w.Within == nil) == (w.Of == ""), p, "has both within and of, or neither")
		v.is(w.Within == nil || !w.Absent, p, "is not both absent and within")
		if w.Within != nil {
			v.fact(p+".of", w.Of)
			v.span(p+".within", *w.Within, false)
			v.is(!businessUnit(w.Within.Unit), p+".within", "counts hours, days or months")
		}
	}
	if e := r.Extend; e != nil {
		v.fact(at+".extend.when", e.When)
		v.span(at+".extend.limit", e.Limit, true)
		v.text(at+".extend.say", e.Say, true)
	}
	if g := r.Grace; g != nil {
		v.fact(at+".grace.when", g.When)
		v.span(at+".grace.add", g.Add, false)
		_, ok := g.Add.elapsed()
		v.is(ok, at+".grace.add", "counts hours or days")
		v.text(at+".grace.say", g.Say, true)
	}
	for i, c := range r.Caps {
		p := fmt.Sprintf("%s.caps[%d]", at, i)
		v.fact(p+".fact", c.Fact)
		v.span(p+".limit", c.Limit, false)
		v.text(p+".say", c.Say, true)
	}
}

func businessUnit(u Unit) bool { return u == BusinessDays || u == BusinessHours }

func (v *policyValidator) span(path string, s Span, unit bool) {
	err := s.check()
	v.is(err == nil, path, `is a number and a unit within the limits, such as "30 days"`)
	v.is(!unit || s.Unit != "" || s.N == 0, path, "has a unit")
}

func (v *policyValidator) facts(path string, fs []Fact, needed bool) {
	v.is(!needed || len(fs) > 0, path, "names a fact")
	v.is(len(fs) <= maxFacts, path, "are at most 16")
	for i, f := range fs {
		if i == maxFacts {
			break
		}
		v.fact(fmt.Sprintf("%s[%d]", path, i), f)
	}
}

func (v *policyValidator) fact(path string, f Fact) {
	v.is(plain.Name(string(f), "._-"), path, "is 1 to 64 lower-case letters, digits, dots, hyphens")
}

func (v *policyValidator) name(path, s string) {
	v.is(plain.Name(s, ".-"), path, "is 1 to 64 lower-case letters, digits, dots, hyphens")
}

func (v *policyValidator) text(path, s string, needed bool) {
	v.is(!needed || s != "", path, "is not empty")
	v.is(len(s) <= maxPolicyText, path, "is at most 1024 bytes")
	for _, r := range s {
		v.is(r >= ' ' && r != 0x7f && r != 0xfffd, path, "has no control characters")
	}
}
