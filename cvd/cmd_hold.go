package cvd

import (
	"time"
)

// LegalHold forbids every erasure in the case, by request or by retention, until
// LiftHold.
type LegalHold struct {
	Reason Private // required; for the team
}

// LiftHold ends a LegalHold. It erases nothing.
type LiftHold struct {
	Reason Private // required; for the team
}

// Retention is a rule for how long a closed case keeps personal data.
type Retention struct {
	After time.Duration // since the case was closed last
	What  Erasable      // is erased then
}

// Erasable is a set of what a rule of retention removes.
type Erasable uint8

// What can be removed. They can be combined.
const (
	EraseReporters Erasable = 1 << iota // reporters and finders, as ErasePerson does
	EraseParties                        // all participants but the owner, likewise
	EraseStaff                          // the names of actors
	EraseTexts                          // every private part of the case, and every file
)

// Retained is what one call of Retain did.
type Retained struct {
	Cases  int      // looked at
	Erased []Erased // what each erasure removed
	Held   int      // kept by a legal hold
	Next   CaseID   // gives the next call; zero at the end
}
