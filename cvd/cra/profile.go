package cra

import (
	"github.com/cvdkit/cvdkit/cvd"
)

// Profile is what a team prepares once, before there is anything to report.
type Profile struct {
	Manufacturer string // as it is registered at the platform
	// Steward tells of a steward of open-source software: it reports exploited
	// vulnerabilities as far as it takes part in the development, and severe incidents
	// of the systems that it provides for it (Art. 24(3)), from 11 December 2027.
	Steward bool
	// MainEstablishment is the Member State in which decisions on the security of the
	// products are mainly taken, else of the establishment with most employees; empty
	// if none is in the Union. Names or codes, as the team wants them shown.
	MainEstablishment string
	// What decides without one, in this order (Art. 14(7)): the Member State of the
	// authorised representative for most products, of the importer of most, of the
	// distributor of most, and of most users.
	Representative, Importer, Distributor, MostUsers string
	// FirstReported is the Member State to whose CSIRT the first report went, where
	// MostUsers decided: further reports may go there.
	FirstReported string
	// Products by their product stream; 0 is what holds for all.
	Products map[cvd.StreamID]ProductProfile
}

// ProductProfile is what the form asks of a product, and the case does not hold.
type ProductProfile struct {
	Name         string   // the official one; empty: the stream's
	Type         string   // Default, Important or Critical
	Class        string   // Class I or Class II
	Category     string   // of Annex III or IV
	EndOfSupport string   // Yes or No
	States       []string // Member States where it was made available
}

// Route is to which CSIRT a report goes, and why.
type Route struct {
	MemberState string // empty: not known; of a voluntary report it can be "ENISA"
	Why         string // what that rests on, in words
}

// Authority names the receivers of a report under Art. 14.
func (r Route) Authority() string {
	if r.MemberState == "" {
		return ""
	}
	return "CSIRT designated as coordinator, " + r.MemberState + ", and ENISA"
}

// Route returns the Member State whose CSIRT designated as coordinator gets the
// report, with ENISA at the same time, by the order of Art. 14(7).
func (p Profile) Route() Route {
	for _, x := range []Route{
		{p.MainEstablishment, "main establishment, Art. 14(7)"},
		{p.Representative, "authorised representative for most products (Art. 14(7)(a))"},
		{p.Importer, "importer of most products (Art. 14(7)(b))"},
		{p.Distributor, "distributor of most products (Art. 14(7)(c))"},
		{p.FirstReported, "the CSIRT to which the first report went (Art. 14(7)(d))"},
		{p.MostUsers, "most users (Art. 14(7)(d))"},
	} {
		if x.MemberState != "" {
			return x
		}
	}
	return Route{Why: "the profile names no Member State: see Art. 14(7)"}
}

// product returns the profile of a product stream, with what holds for all.
func (p Profile) product(id cvd.StreamID) ProductProfile {
	x, all := p.Products[id], p.Products[0]
	for _, s := range []struct{ to, from *string }{
		{&x.Type, &all.Type}, {&x.Class, &all.Class}, {&x.Category, &all.Category}, {&x.EndOfSupport, &all.EndOfSupport},
	} {
		if *s.to == "" {
			*s.to = *s.from
		}
	}
	if len(x.States) == 0 {
		x.States = all.States
	}
	return x
}
