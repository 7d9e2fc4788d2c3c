package vultron

import "strconv"

// Consent is a participant's consent to the embargo of a case. Each
// participant has one.
//
// The numeric values are stored in logs and never change. The zero value is
// the initial state.
type Consent uint8

const (
	NoEmbargo Consent = 0 // was not asked
	Invited   Consent = 1 // was asked, has not answered; silence is not a refusal
	Signatory Consent = 2 // agreed
	Lapsed    Consent = 3 // agreed to earlier terms, has not answered to the new ones
	Declined  Consent = 4 // refused, or withdrew
)

// ConsentEvent is an event of embargo consent. The numeric values are stored in
// logs and never change; zero is no event and is never allowed.
type ConsentEvent uint8

const (
	ConsentInvite   ConsentEvent = 1 // a participant is asked to keep the embargo
	ConsentAccept   ConsentEvent = 2 // it agrees
	ConsentDecline  ConsentEvent = 3 // it does not, or not any more
	ConsentRevise   ConsentEvent = 4 // the terms changed
	ConsentReset    ConsentEvent = 5 // the embargo is over, or the participant left
	ConsentWithdraw ConsentEvent = 6 // a signatory leaves; Vultron calls that a decline too
)

const (
	consentStates = 5
	consentEvents = 7
)

// consentNext is Vultron's table for embargo consent. NoEmbargo is its UNBOUND: no
// embargo is in scope, and consent need not come by an invitation (ADR-0048). A
// signatory may decline at any time (ADR-0093, September 2026); here that has an
// event of its own, withdraw, so that logs tell it from an answer. A revision turns Signatory into Lapsed, not into Invited, where
// the published texts disagree. No edge depends on time, so an acceptance is
// never refused only for being late.
var consentNext = [consentStates][consentEvents]Consent{
	NoEmbargo: {
		ConsentInvite: edge | Invited,
		ConsentAccept: edge | Signatory, ConsentDecline: edge | Declined,
		ConsentReset: edge | NoEmbargo,
	},
	Invited: {
		ConsentAccept: edge | Signatory, ConsentDecline: edge | Declined,
		ConsentReset: edge | NoEmbargo,
	},
	Signatory: {
		ConsentRevise: edge | Lapsed, ConsentReset: edge | NoEmbargo,
		ConsentWithdraw: edge | Declined,
	},
	Lapsed: {
		ConsentInvite: edge | Invited,
		ConsentAccept: edge | Signatory, ConsentDecline: edge | Declined,
		ConsentReset: edge | NoEmbargo,
	},
	Declined: {
		ConsentInvite: edge | Invited, ConsentReset: edge | NoEmbargo,
	},
}

var consentNames = [consentStates]string{"NoEmbargo", "Invited", "Signatory", "Lapsed", "Declined"}

var consentEventNames = [consentEvents]string{"", "invite", "accept", "decline", "revise", "reset", "withdraw"}

// ConsentTransitions returns the table of embargo consent, ordered by state and
// event: Vultron's of September 2026. The slice is the caller's own.
func ConsentTransitions() []Transition[Consent, ConsentEvent] {
	return tabulate(consentStates, consentEvents, Consent.Next)
}

// Next returns the state after e. It reports false, and s itself, if the table
// does not allow e in s.
func (s Consent) Next(e ConsentEvent) (Consent, bool) {
	if !s.Valid() || e >= consentEvents || consentNext[s][e] == 0 {
		return s, false
	}
	return consentNext[s][e] &^ edge, true
}

// Valid reports whether s is one of the five states.
func (s Consent) Valid() bool { return s < consentStates }

// String returns the name of the state.
func (s Consent) String() string {
	if !s.Valid() {
		return "Consent(" + strconv.Itoa(int(s)) + ")"
	}
	return consentNames[s]
}

// Vultron returns the event by the name that Vultron has for it: a withdrawal is a
// decline there.
func (e ConsentEvent) Vultron() ConsentEvent {
	if e == ConsentWithdraw {
		return ConsentDecline
	}
	return e
}

// String returns the name of the event, in lower case.
func (e ConsentEvent) String() string {
	if e == 0 || e >= consentEvents {
		return "ConsentEvent(" + strconv.Itoa(int(e)) + ")"
	}
	return consentEventNames[e]
}
