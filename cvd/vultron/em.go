package vultron

import "strconv"

// EM is a state of embargo management. Each case has one.
//
// The numeric values are stored in logs and never change. The zero value is
// the initial state.
type EM uint8

const (
	EMNone     EM = 0 // no embargo, none proposed
	EMProposed EM = 1 // proposed, not in force
	EMActive   EM = 2 // in force
	EMRevise   EM = 3 // in force, a change is proposed
	EMExited   EM = 4 // ended; final
)

// EMEvent is an event of embargo management. The numeric values are stored in
// logs and never change; zero is no event and is never allowed.
type EMEvent uint8

const (
	EMPropose   EMEvent = 1 // somebody proposes terms: first ones, or a revision
	EMAccept    EMEvent = 2 // the proposed terms are accepted
	EMReject    EMEvent = 3 // they are rejected
	EMTerminate EMEvent = 4 // the embargo in force ends
)

const (
	emStates = 5
	emEvents = 5
)

// emNext is Vultron's table for embargo management. A proposal during Proposed
// or Revise is a counter-proposal. A rejected revision leaves the embargo as it
// was. An embargo that has ended does not begin again.
var emNext = [emStates][emEvents]EM{
	EMNone:     {EMPropose: edge | EMProposed},
	EMProposed: {EMPropose: edge | EMProposed, EMAccept: edge | EMActive, EMReject: edge | EMNone},
	EMActive:   {EMPropose: edge | EMRevise, EMTerminate: edge | EMExited},
	EMRevise:   {EMPropose: edge | EMRevise, EMAccept: edge | EMActive, EMReject: edge | EMActive, EMTerminate: edge | EMExited},
	EMExited:   {},
}

var emNames = [emStates]string{"None", "Proposed", "Active", "Revise", "Exited"}

var emEventNames = [emEvents]string{"", "propose", "accept", "reject", "terminate"}

// EMTransitions returns the table of embargo management, ordered by state and
// event. The slice is the caller's own.
func EMTransitions() []Transition[EM, EMEvent] {
	return tabulate(emStates, emEvents, EM.Next)
}

// Next returns the state after e. It reports false, and s itself, if the table
// does not allow e in s.
func (s EM) Next(e EMEvent) (EM, bool) {
	if !s.Valid() || e >= emEvents || emNext[s][e] == 0 {
		return s, false
	}
	return emNext[s][e] &^ edge, true
}

// Valid reports whether s is one of the five states.
func (s EM) Valid() bool { return s < emStates }

// Final reports whether a case may end in s: None or Exited.
func (s EM) Final() bool { return s == EMNone || s == EMExited }

// InForce reports whether an embargo binds its signatories in s. A proposed
// revision does not interrupt the embargo.
func (s EM) InForce() bool { return s == EMActive || s == EMRevise }

// String returns the name of the state.
func (s EM) String() string {
	if !s.Valid() {
		return "EM(" + strconv.Itoa(int(s)) + ")"
	}
	return emNames[s]
}

// String returns the name of the event, in lower case.
func (e EMEvent) String() string {
	if e == 0 || e >= emEvents {
		return "EMEvent(" + strconv.Itoa(int(e)) + ")"
	}
	return emEventNames[e]
}
