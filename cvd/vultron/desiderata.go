package vultron

import (
	"slices"
	"strconv"
)

// Desideratum is an order of two events that good disclosure strives for, such
// as a fix that is ready before the public knows.
type Desideratum struct {
	First, Then CSEvent // First is to happen before Then
	// Chance is how often complete histories meet it when each next event is
	// drawn evenly from those that the table allows. A team that meets it no
	// more often than that shows no skill.
	Chance Ratio
}

// Ratio is an exact fraction.
type Ratio struct{ Num, Den int }

// Order says whether a history meets a Desideratum.
type Order uint8

const (
	OrderOpen   Order = iota // neither event has happened
	OrderMet                 // First happened, and Then did not happen before it
	OrderMissed              // Then happened first
)

// CSHistory is the order in which the letters of a case state were raised,
// starting at vfdpxa. It may be partial.
type CSHistory []CSEvent

var desiderata = [...]Desideratum{
	{VendorAware, PublicAware, Ratio{1, 3}},
	{VendorAware, ExploitPublic, Ratio{2, 3}},
	{VendorAware, AttacksObserved, Ratio{3, 4}},
	{FixReady, PublicAware, Ratio{1, 9}},
	{FixReady, ExploitPublic, Ratio{1, 3}},
	{FixReady, AttacksObserved, Ratio{3, 8}},
	{FixDeployed, PublicAware, Ratio{1, 27}},
	{FixDeployed, ExploitPublic, Ratio{1, 6}},
	{FixDeployed, AttacksObserved, Ratio{3, 16}},
	{PublicAware, ExploitPublic, Ratio{1, 2}},
	{PublicAware, AttacksObserved, Ratio{2, 3}},
	{ExploitPublic, AttacksObserved, Ratio{1, 2}},
}

// Desiderata returns the twelve orders that the Vultron papers ask for. The
// slice is the caller's own.
func Desiderata() []Desideratum { return slices.Clone(desiderata[:]) }

// Order says whether h meets d. It looks only at the order of the two events,
// also in a history that the table would refuse. What is met or missed stays so
// however the history goes on.
func (h CSHistory) Order(d Desideratum) Order {
	for _, e := range h {
		switch e {
		case d.First:
			return OrderMet
		case d.Then:
			return OrderMissed
		}
	}
	return OrderOpen
}

// Quality counts how many of the twelve desiderata h meets and misses. The rest
// is open; a complete history leaves none.
func (h CSHistory) Quality() (met, missed int) {
	for _, d := range desiderata {
		switch h.Order(d) {
		case OrderMet:
			met++
		case OrderMissed:
			missed++
		}
	}
	return met, missed
}

// State returns the state that h leads to. It reports false, and the last state
// before it, at the first event that the table does not allow.
func (h CSHistory) State() (CS, bool) {
	var s CS
	for _, e := range h {
		next, ok := s.Next(e)
		if !ok {
			return s, false
		}
		s = next
	}
	return s, true
}

// String returns the order as in V≺P.
func (d Desideratum) String() string { return d.First.String() + "≺" + d.Then.String() }

// String returns the fraction as in 1/3.
func (r Ratio) String() string { return strconv.Itoa(r.Num) + "/" + strconv.Itoa(r.Den) }

// String returns the name of the order, in lower case.
func (o Order) String() string {
	switch o {
	case OrderOpen:
		return "open"
	case OrderMet:
		return "met"
	case OrderMissed:
		return "missed"
	}
	return "Order(" + strconv.Itoa(int(o)) + ")"
}
