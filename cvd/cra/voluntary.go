package cra

import (
	"cmp"
	"slices"
	"strings"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// Subject is what a voluntary report is about (Art. 15).
type Subject string

// The subjects. Anybody may report them, and not only the manufacturer.
const (
	AnyVulnerability Subject = "vulnerability" // in a product, exploited or not: Art. 15(1)
	CyberThreat      Subject = "cyber threat"  // that could change a product's risk profile: Art. 15(1)
	AnyIncident      Subject = "incident"      // with an impact on a product's security, severe or not: Art. 15(2)
	NearMiss         Subject = "near miss"     // that could have been such an incident: Art. 15(2)
)

// Subjects are all of them, in the order of Art. 15.
func Subjects() []Subject {
	return []Subject{AnyVulnerability, CyberThreat, AnyIncident, NearMiss}
}

// Voluntary is what somebody wants to report without a duty (Art. 15): a manufacturer
// below the thresholds of Art. 14, a coordinator, a steward, a researcher. It has no
// stages, no clocks and no field that must be given, and makes no obligation that
// would not be there without it (Art. 15(5)).
type Voluntary struct {
	About Subject // a vulnerability, a threat, an incident or a near miss
	// Matter is a vulnerability of the case, or for the other subjects an incident: a
	// number that the team gives, from 1. Zero: the only vulnerability, or incident 1.
	// Vendor is the manufacturer of the product.
	Matter cvd.Matter
	// To is "ENISA" or the Member State whose CSIRT designated as coordinator gets it:
	// one of them is enough. Empty: that of Profile.Route.
	To string
	// Reporter is who reports, if that is not the manufacturer.
	Reporter string
}

// PrepareVoluntary makes the draft of a voluntary report from the team's view of a
// case. The platform has no form for it yet, so the draft has the fields of the form of
// Art. 14 in their order, as far as they make sense, behind what Art. 15 asks: what it
// is about, who reports, and whether the manufacturer knows. None must be given; Check
// names those without which a reader can do little. Submission makes the command that
// records it, which touches no clock. Where there is a duty, Questions say so.
func PrepareVoluntary(c *cvd.Case, v Voluntary, o Options) Draft {
	if len(o.Table.Fields) == 0 {
		o.Table = Newest()
	}
	kind := Vulnerability
	if v.About != AnyVulnerability {
		kind = Incident
	}
	if v.Matter.Vuln == 0 && v.Matter.Incident == 0 {
		if kind == Incident {
			v.Matter.Incident = 1
		} else if len(c.Vulnerabilities) == 1 {
			v.Matter.Vuln = c.Vulnerabilities[0].ID
		}
	}
	p := procedure(c, v.Matter)
	p.Kind = kind
	p.Submissions = slices.DeleteFunc(submissions(c, p.Matter), func(x cvd.AuthorityReport) bool { return !voluntary(x) })
	to := Route{MemberState: v.To, Why: "Art. 15(1), (2): a CSIRT designated as coordinator, or ENISA"}
	if v.To == "" {
		to = o.Profile.Route()
		if to.MemberState != "" {
			to.Why = "as for a duty; another coordinator or ENISA would do, Art. 15(1), (2)"
		}
	}
	d := Draft{
		Case: c.Number, Kind: kind, Voluntary: v.About, Matter: p.Matter.String(), Manufacturer: manufacturer(&p, &o), Stage: cvd.StageVoluntary,
		Table: o.Table.ID(), TableSource: o.Table.Source, Made: o.Now, Route: to, Procedure: p, matter: p.Matter,
	}
	f := filler{c: c, p: &p, o: &o, stage: cvd.StageVoluntary, voluntary: &v}
	d.Fields = f.fields(voluntaryTable(o.Table, kind), 0)
	for i, x := range d.Fields {
		if x.State == FieldNotChoice { // there is no form that would refuse it
			d.Fields[i].State = FieldFilled
		}
	}
	d.Questions = f.voluntaryQuestions()
	return d
}

// Authority names who gets the report: the CSIRT and ENISA under Art. 14, one of them
// if it is voluntary; "" if that is not known.
func (d Draft) Authority() string {
	switch {
	case d.Voluntary == "" || d.Route.MemberState == "":
		return d.Route.Authority()
	case strings.EqualFold(d.Route.MemberState, "ENISA"):
		return "ENISA"
	}
	return "CSIRT designated as coordinator, " + d.Route.MemberState
}

// words say what a code asks for in this draft.
func (d Draft) words(c Code) string {
	if d.Voluntary != "" && c == IfKnown {
		return "helps who reads it"
	}
	return c.Words()
}

// against says what the fields were taken from.
func (d Draft) against() string {
	if d.Voluntary != "" {
		return "No field is obligatory (Art. 15). The fields follow the form for duties: " + d.TableSource
	}
	return "Checked against " + d.TableSource
}

// title is that of the fields.
func (d Draft) title() string {
	if d.Voluntary != "" {
		return "The report"
	}
	return "The form"
}

// voluntary tells that a submission was a voluntary report.
func voluntary(x cvd.AuthorityReport) bool { return slices.Contains(x.Stages, cvd.StageVoluntary) }

// askedOfVoluntary are the fields that Art. 15 makes useful.
var askedOfVoluntary = []FieldDef{
	{Number: "a1", Key: "about", Label: "What is reported", For: Both, Codes: []Code{IfKnown, IfKnown, IfKnown},
		Help: "a vulnerability, cyber threat, incident or near miss (Art. 15(1), (2))"},
	{Number: "a2", Key: "reporter", Label: "Who reports", For: Both, Codes: []Code{IfKnown, IfKnown, IfKnown},
		Help: "with a contact; say if the name is not to be passed on (Art. 15(5))"},
	{Number: "a3", Key: "exploited", Label: "Whether it is actively exploited, or the incident severe", For: Both, Codes: []Code{IfKnown, IfKnown, IfKnown},
		Help: "then the CSIRT tells the manufacturer without undue delay (Art. 15(4))"},
	{Number: "a4", Key: "manufacturer-told", Label: "Whether the manufacturer was told, and what was agreed", For: Both, Codes: []Code{Optional, Optional, Optional},
		Help: "the coordination, its embargo, whom to speak to"},
}

// usefulToAll are the keys without which a reader can do little.
var usefulToAll = []string{"title", "summary", "manufacturer", "product", "version", "general", "nature-vulnerability", "incident-nature"}

// ofDutiesOnly are the keys that make sense only where a duty is.
var ofDutiesOnly = []string{"type", "level", "time-24h", "time-72h", "time-final", "reporter", "aware", "pec", "pec-reason", "csirt-note"}

// voluntaryTable makes of the form of a duty the fields of a voluntary report: a newer
// form needs no second list.
func voluntaryTable(t Table, kind Kind) Table {
	fields := slices.Clone(askedOfVoluntary)
	for _, def := range t.Fields {
		if def.For != Both && def.For != kind || slices.Contains(ofDutiesOnly, def.Key) {
			continue
		}
		code := Optional
		if slices.Contains(usefulToAll, def.Key) {
			code = IfKnown
		}
		def.Codes = []Code{code, code, code}
		if def.Key == "manufacturer" { // the platform knows it of registered ones only
			def.Help = "as it is on the product"
		}
		fields = append(fields, def)
	}
	t.Fields = fields
	return t
}

// ofVoluntary is what the case says for the fields that only a voluntary report has.
func (f *filler) ofVoluntary(key string) (value, from string) {
	switch key {
	case "about":
		return string(f.voluntary.About), "the team"
	case "reporter":
		if f.voluntary.Reporter != "" {
			return f.voluntary.Reporter, "the team"
		}
		if f.p.Own && f.o.Profile.Manufacturer != "" {
			return f.o.Profile.Manufacturer, "the profile"
		}
		if owner, ok := f.c.Party(cvd.Owner); ok {
			return cmp.Or(owner.Organization.Display(), owner.Name.Display()), "the participant"
		}
	case "exploited":
		if v := f.vuln(); v != nil && v.State.Has(vultron.CSAttacksObserved) {
			return "Yes", "the adopted observation of attacks"
		}
	case "manufacturer-told":
		if v := f.vuln(); v != nil && f.p.Manufacturer != "" && !f.p.Own && f.p.Matter.Vendor != 0 {
			return f.p.Manufacturer + " takes part in the coordination", "the participants"
		}
	}
	return "", ""
}

// voluntaryQuestions are asked of the team before it reports what it need not.
func (f *filler) voluntaryQuestions() (qs []string) {
	if f.p.Own {
		switch f.p.State {
		case Aware, Reported:
			qs = append(qs, "This is no voluntary matter: awareness is recorded, and Art. 14 asks for a report.")
		case Suspected, Suggested:
			qs = append(qs, "Something suggests active exploitation or a severe incident: assess that first. A voluntary report stands in for no report under Art. 14.")
		}
	} else {
		qs = append(qs, "If it is actively exploited or severe, the CSIRT tells the manufacturer without undue delay (Art. 15(4)): does the manufacturer know it from you?")
	}
	if f.c.Embargo.State.InForce() {
		qs = append(qs, "An embargo is in force: do its participants agree to this report? A CSIRT passes it on by Art. 16, unless grounds of security stand against that.")
	}
	if f.voluntary.To == "" && f.o.Profile.Route().MemberState == "" {
		qs = append(qs, "To whom does it go? One CSIRT designated as coordinator, or ENISA, is enough (Art. 15(1), (2)).")
	}
	return append(qs, "ENISA's platform takes no voluntary reports yet: how does the receiver want them, and encrypted how?")
}
