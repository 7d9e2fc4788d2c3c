package vultron

import "strconv"

// RM is a state of report management. Each participant of a case has one; it
// says how far that party is with its own handling of the report.
//
// The numeric values are stored in logs and never change. The zero value is
// the initial state.
type RM uint8

const (
	RMStart    RM = 0 // has not seen the report
	RMReceived RM = 1 // has it, has not judged it
	RMInvalid  RM = 2 // judged it not to be a valid report; may still change its mind
	RMValid    RM = 3 // judged it valid, has not decided on its priority
	RMDeferred RM = 4 // valid, not worked on now
	RMAccepted RM = 5 // valid, being worked on
	RMClosed   RM = 6 // nothing more to do; final
)

// RMEvent is an event of report management. The numeric values are stored in
// logs and never change; zero is no event and is never allowed.
type RMEvent uint8

const (
	RMReceive    RMEvent = 1 // a report arrives
	RMValidate   RMEvent = 2 // it is found valid
	RMInvalidate RMEvent = 3 // it is not, or not yet
	RMAccept     RMEvent = 4 // somebody takes it on
	RMDefer      RMEvent = 5 // nobody works on it for now
	RMClose      RMEvent = 6 // the work is done
)

const (
	rmStates = 7
	rmEvents = 7
)

// rmNext is Vultron's table for report management. There is no way from Valid
// to Closed: who closes a valid report first says whether it was deferred or
// worked on. Invalidate leads only from Received, where the published texts
// disagree.
var rmNext = [rmStates][rmEvents]RM{
	RMStart:    {RMReceive: edge | RMReceived},
	RMReceived: {RMValidate: edge | RMValid, RMInvalidate: edge | RMInvalid},
	RMInvalid:  {RMValidate: edge | RMValid, RMClose: edge | RMClosed},
	RMValid:    {RMAccept: edge | RMAccepted, RMDefer: edge | RMDeferred},
	RMDeferred: {RMAccept: edge | RMAccepted, RMClose: edge | RMClosed},
	RMAccepted: {RMDefer: edge | RMDeferred, RMClose: edge | RMClosed},
	RMClosed:   {},
}

var rmNames = [rmStates]string{"Start", "Received", "Invalid", "Valid", "Deferred", "Accepted", "Closed"}

var rmEventNames = [rmEvents]string{"", "receive", "validate", "invalidate", "accept", "defer", "close"}

// RMTransitions returns the table of report management, ordered by state and
// event. The slice is the caller's own.
func RMTransitions() []Transition[RM, RMEvent] {
	return tabulate(rmStates, rmEvents, RM.Next)
}

// Next returns the state after e. It reports false, and s itself, if the table
// does not allow e in s. A party's own state moves only by Next; for what a
// remote party tells of itself see [RM.StepTo].
func (s RM) Next(e RMEvent) (RM, bool) {
	if !s.Valid() || e >= rmEvents || rmNext[s][e] == 0 {
		return s, false
	}
	return rmNext[s][e] &^ edge, true
}

// Valid reports whether s is one of the seven states.
func (s RM) Valid() bool { return s < rmStates }

// Final reports whether s is Closed.
func (s RM) Final() bool { return s == RMClosed }

// Progress orders the states: Start 0, Received 1, Invalid and Valid 2,
// Deferred and Accepted 3, Closed 4. It is -1 for a value that is no state.
func (s RM) Progress() int {
	if !s.Valid() {
		return -1
	}
	return [rmStates]int{0, 1, 2, 2, 3, 3, 4}[s]
}

// String returns the name of the state.
func (s RM) String() string {
	if !s.Valid() {
		return "RM(" + strconv.Itoa(int(s)) + ")"
	}
	return rmNames[s]
}

// String returns the name of the event, in lower case.
func (e RMEvent) String() string {
	if e == 0 || e >= rmEvents {
		return "RMEvent(" + strconv.Itoa(int(e)) + ")"
	}
	return rmEventNames[e]
}

// RMStep says how a remote party's state may be taken to have moved.
type RMStep uint8

const (
	RMStepRefused RMStep = iota // backward, sideways, or not a state: refuse it with an error
	RMStepSame                  // nothing changed
	RMStepEdge                  // one edge of the table
	RMStepForward               // several edges at once: accept it, and note it in the log
)

// StepTo says what it means when a remote party, last known in s, reports that
// it is in to. Messages get lost, so a party may be further than we know; it
// cannot be less far. RMStepForward is a higher [RM.Progress] that no single
// edge reaches. A change at equal progress must be an edge.
func (s RM) StepTo(to RM) RMStep {
	if !s.Valid() || !to.Valid() {
		return RMStepRefused
	}
	if s == to {
		return RMStepSame
	}
	for _, n := range rmNext[s] {
		if n == edge|to {
			return RMStepEdge
		}
	}
	if to.Progress() > s.Progress() {
		return RMStepForward
	}
	return RMStepRefused
}

// String returns the name of the step, in lower case.
func (p RMStep) String() string {
	switch p {
	case RMStepRefused:
		return "refused"
	case RMStepSame:
		return "same"
	case RMStepEdge:
		return "edge"
	case RMStepForward:
		return "forward"
	}
	return "RMStep(" + strconv.Itoa(int(p)) + ")"
}
