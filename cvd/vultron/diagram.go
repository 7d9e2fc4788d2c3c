package vultron

import (
	"fmt"
	"slices"
	"strings"
)

// Transition is one edge of a state machine: in From, Event leads to To.
type Transition[S, E any] struct {
	From  S // the state before
	Event E // what happens
	To    S // the state after
}

// edge marks a cell of a table that is an edge; a zero cell refuses. It keeps
// an edge to the state numbered 0 apart from no edge.
const edge = 0x80

// tabulate lists the edges of next over all states and events.
func tabulate[S, E ~uint8](states S, events E, next func(S, E) (S, bool)) []Transition[S, E] {
	var ts []Transition[S, E]
	for s := range states {
		for e := range events {
			if to, ok := next(s, e); ok {
				ts = append(ts, Transition[S, E]{s, e, to})
			}
		}
	}
	return ts
}

// RMDiagram returns the table of report management as a Mermaid state diagram.
func RMDiagram() string { return mermaid(RMStart, RM.Final, RMTransitions()) }

// EMDiagram returns the table of embargo management as a Mermaid state diagram.
func EMDiagram() string { return mermaid(EMNone, EM.Final, EMTransitions()) }

// CSDiagram returns the table of the case state, with the ephemeral rules, as a
// Mermaid state diagram.
func CSDiagram() string { return mermaid(CS(0), CS.Final, CSTransitions()) }

// ConsentDiagram returns the table of embargo consent as a Mermaid state
// diagram.
func ConsentDiagram() string {
	return mermaid(NoEmbargo, func(Consent) bool { return false }, ConsentTransitions())
}

// mermaid writes one line for each edge, and one for each start and end.
func mermaid[S, E fmt.Stringer](start S, final func(S) bool, ts []Transition[S, E]) string {
	var b strings.Builder
	b.WriteString("stateDiagram-v2\n")
	fmt.Fprintf(&b, "    [*] --> %s\n", start)
	var ended []string
	end := func(s S) {
		if name := s.String(); final(s) && !slices.Contains(ended, name) {
			ended = append(ended, name)
		}
	}
	for _, t := range ts {
		fmt.Fprintf(&b, "    %s --> %s : %s\n", t.From, t.To, t.Event)
		end(t.From)
		end(t.To)
	}
	for _, name := range ended {
		fmt.Fprintf(&b, "    %s --> [*]\n", name)
	}
	return b.String()
}
