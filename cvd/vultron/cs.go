package vultron

import "strconv"

// CS is a case state: the set of the six things that have become true, each of
// which stays true. The first three belong to one vendor for one vulnerability
// (vfd), the others to the vulnerability (pxa).
//
// The numeric values are stored in logs and never change. The zero value is the
// initial state, vfdpxa.
type CS uint8

const (
	CSVendorAware     CS = 1 << iota // V: the vendor knows of the vulnerability
	CSFixReady                       // F: a fix exists
	CSFixDeployed                    // D: the fix is deployed
	CSPublicAware                    // P: the public knows of the vulnerability
	CSExploitPublic                  // X: an exploit is public
	CSAttacksObserved                // A: attacks were observed
)

// CSEvent raises one letter of a case state. The numeric values are stored in
// logs and never change; zero is no event and is never allowed.
type CSEvent uint8

const (
	VendorAware     CSEvent = 1 // raises VendorAware
	FixReady        CSEvent = 2 // raises FixReady
	FixDeployed     CSEvent = 3 // raises FixDeployed
	PublicAware     CSEvent = 4 // raises PublicAware
	ExploitPublic   CSEvent = 5 // raises ExploitPublic
	AttacksObserved CSEvent = 6 // raises AttacksObserved
)

const (
	csStates = 64 // of which 32 are valid
	csEvents = 7
	csUpper  = "VFDPXA"
	csLower  = "vfdpxa"
)

// csRules says what each event raises, and which letter must be up before it.
// Attacks do not imply public awareness, where the published texts disagree.
var csRules = [csEvents]struct{ raises, needs CS }{
	VendorAware:     {CSVendorAware, 0},
	FixReady:        {CSFixReady, CSVendorAware},
	FixDeployed:     {CSFixDeployed, CSFixReady},
	PublicAware:     {CSPublicAware, 0},
	ExploitPublic:   {CSExploitPublic, 0},
	AttacksObserved: {CSAttacksObserved, 0},
}

// csEphemeral says which pairs of a letter up and a letter down do not last,
// and the only event that may follow: what the public knows the vendor learns
// at once (vP), and a public exploit makes the public aware (pX).
var csEphemeral = [...]struct {
	up, down CS
	only     CSEvent
}{
	{CSPublicAware, CSVendorAware, VendorAware},
	{CSExploitPublic, CSPublicAware, PublicAware},
}

// CSTransitions returns the table of the case state with the ephemeral rules,
// 58 edges, ordered by state and event. The slice is the caller's own.
func CSTransitions() []Transition[CS, CSEvent] {
	return tabulate(csStates, csEvents, CS.Next)
}

// CSRaises returns the table of [CS.Raise], which has no ephemeral rules: 72
// edges, ordered by state and event. The slice is the caller's own.
func CSRaises() []Transition[CS, CSEvent] {
	return tabulate(csStates, csEvents, CS.Raise)
}

// Next returns the state after e. It reports false, and s itself, if the table
// does not allow e in s: the letter is up already, what it needs is not, or s
// is ephemeral and e is not the event that must come next.
func (s CS) Next(e CSEvent) (CS, bool) {
	if only := s.only(); only != 0 && only != e {
		return s, false
	}
	return s.Raise(e)
}

// Raise is Next without the ephemeral rules, for observations that arrive in
// the order in which somebody noticed them.
func (s CS) Raise(e CSEvent) (CS, bool) {
	if !s.Valid() || e == 0 || e >= csEvents {
		return s, false
	}
	r := csRules[e]
	if s&r.raises != 0 || s&r.needs != r.needs {
		return s, false
	}
	return s | r.raises, true
}

// Ephemeral reports whether s is one of the 12 states that do not last, vP or
// pX, and returns the only event that may come next.
func (s CS) Ephemeral() (CSEvent, bool) {
	only := s.only()
	return only, only != 0
}

func (s CS) only() CSEvent {
	if !s.Valid() {
		return 0
	}
	for _, r := range csEphemeral {
		if s&r.up != 0 && s&r.down == 0 {
			return r.only
		}
	}
	return 0
}

// Valid reports whether s is one of the 32 states: a deployed fix is ready, and
// with a ready fix the vendor is aware.
func (s CS) Valid() bool {
	return s < csStates &&
		(s&CSFixDeployed == 0 || s&CSFixReady != 0) &&
		(s&CSFixReady == 0 || s&CSVendorAware != 0)
}

// Has reports whether all of the given letters are up.
func (s CS) Has(letters CS) bool { return s&letters == letters }

// Final reports whether all six letters are up.
func (s CS) Final() bool { return s == csStates-1 }

// String returns the six letters, those that are up in upper case: vfdpxa is
// the initial state, VFDPXA the last one.
func (s CS) String() string {
	if s >= csStates {
		return "CS(" + strconv.Itoa(int(s)) + ")"
	}
	b := [len(csLower)]byte{}
	for i := range b {
		if s&(1<<i) != 0 {
			b[i] = csUpper[i]
		} else {
			b[i] = csLower[i]
		}
	}
	return string(b[:])
}

// OfVendor tells the letters V, F and D, which belong to a vendor, from P, X and A,
// which belong to the world.
func (e CSEvent) OfVendor() bool {
	return e.Letter()&(CSVendorAware|CSFixReady|CSFixDeployed) != 0
}

// Letter returns the letter that e raises, 0 if e is no event.
func (e CSEvent) Letter() CS {
	if e >= csEvents {
		return 0
	}
	return csRules[e].raises
}

// String returns the letter in upper case.
func (e CSEvent) String() string {
	if e == 0 || e >= csEvents {
		return "CSEvent(" + strconv.Itoa(int(e)) + ")"
	}
	return csUpper[e-1 : e]
}
