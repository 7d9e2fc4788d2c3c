package policy

import (
	"fmt"
	"strings"
)

// Explain says in words what is due, by which rule, from which start, by which
// arithmetic, and where it stands. Each instant shows its hour and zone.
func (d Deadline) Explain() string {
	var b strings.Builder
	line := func(name, format string, a ...any) {
		fmt.Fprintf(&b, "  %-12s %s\n", name, fmt.Sprintf(format, a...))
	}
	fmt.Fprintf(&b, "%s: %s (%s)\n", d.ID, d.Title, d.Force)
	line("rule", "%s", d.Rule)
	line("source", "%s", d.Source)
	for i, s := range d.Steps() {
		name := ""
		if i == 0 {
			name = "arithmetic"
		}
		line(name, "%s", s)
	}
	if !d.Due.IsZero() {
		line("due", "%s", d.cal.Format(d.Due))
	}
	if !d.LegalLast.IsZero() {
		line("last moment", "%s", d.cal.Format(d.LegalLast))
	}
	line("state", "%s", d.standing())
	return b.String()
}

// standing says where the deadline stands.
func (d Deadline) standing() string {
	s := string(d.State)
	switch d.State {
	case DeadlineNotOwed:
		s += ": " + d.Waiting
	case DeadlineWaiting:
		if d.Projected {
			return "waiting for " + d.Waiting + "; the date is projected"
		}
		if d.Start.IsZero() {
			return "waiting for " + d.Waiting + "; no date until then"
		}
		return "waiting for its start at " + d.cal.Format(d.Start)
	case DeadlineOverdue:
		s += " since " + d.cal.Format(d.Last())
	case DeadlinePaused:
		if d.Waiting != "" {
			s += ": " + d.Waiting
		}
	case DeadlineMet, DeadlineCancelled:
		s += " by " + d.EndedBy.Words() + " at " + d.cal.Format(d.Ended)
		if d.Missed {
			s += ", late"
		}
	}
	return s
}

// Explain explains several deadlines, one after the other.
func Explain(ds []Deadline) string {
	var b strings.Builder
	for i, d := range ds {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(d.Explain())
	}
	return b.String()
}
