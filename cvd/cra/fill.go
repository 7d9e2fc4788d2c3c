package cra

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/advisory/tlp"
	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/policy"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// filler takes the values of fields from a case.
type filler struct {
	c     *cvd.Case
	p     *Procedure
	o     *Options
	stage cvd.ReportStage
	// voluntary is set for a voluntary report, which is not the manufacturer's alone.
	voluntary *Voluntary
}

// manufacturer is the name that a report gives: another's is not in the profile.
func manufacturer(p *Procedure, o *Options) string {
	if p.Own || p.Manufacturer == "" {
		return cmp.Or(o.Profile.Manufacturer, p.Manufacturer)
	}
	return p.Manufacturer
}

// value returns what the case says for a field, where that comes from, and whose it
// is. A key that is not known here has none.
func (f *filler) value(key string) (value, from string, marks []Mark) {
	say := func(v, from string) (string, string, []Mark) { return v, from, nil }
	if f.voluntary != nil {
		if v, from := f.ofVoluntary(key); v != "" {
			return say(v, from)
		}
	}
	switch key {
	case "type":
		if f.p.Kind == Incident {
			return say("Incident", "the procedure")
		}
		return say("Vulnerability", "the procedure")
	case "level":
		return say(map[cvd.ReportStage]string{cvd.StageEarlyWarning: "24h", cvd.StageNotification: "72h", cvd.StageIntermediate: "72h", cvd.StageFinal: "Final"}[f.stage], "the stage")
	case "title":
		return f.title()
	case "summary":
		return f.summary()
	case "manufacturer":
		if name := manufacturer(f.p, f.o); name != f.p.Manufacturer {
			return say(name, "the profile")
		}
		return say(f.p.Manufacturer, "the participant")
	case "states":
		return say(strings.Join(f.states(), ", "), "the profile's products")
	case "product":
		return say(f.names(), "product streams")
	case "version":
		return say(f.versions(), "product streams")
	case "product-type", "product-class", "product-category", "end-of-support":
		return say(f.ofProducts(key), "the profile's products")
	case "aware", "incident-detected":
		if f.p.State == Aware || f.p.State == Reported || f.p.State == NotOwed {
			return say(utc(f.facts().First(f.p.awareFact())), "the recorded awareness")
		}
	}
	if v := f.vuln(); v != nil {
		return f.ofVulnerability(key, v)
	}
	return "", "", nil
}

func (p *Procedure) awareFact() policy.Fact {
	if p.Kind == Incident {
		return policy.FactIncidentAware
	}
	return policy.FactExploitAware
}

func (f *filler) facts() policy.Facts { return f.c.Facts(f.p.Matter.String()) }

func (f *filler) vuln() *cvd.Vulnerability {
	for i := range f.c.Vulnerabilities {
		if v := &f.c.Vulnerabilities[i]; v.ID == f.p.Matter.Vuln {
			return v
		}
	}
	return nil
}

// utc is how the form writes an instant.
func utc(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04 UTC")
}

func (f *filler) ofVulnerability(key string, v *cvd.Vulnerability) (value, from string, marks []Mark) {
	switch key {
	case "cve":
		return v.CVE.Display(), "the vulnerability", nil
	case "nature-vulnerability", "general":
		if v.CWE != "" && v.Title != "" {
			return v.Title.Display() + " (" + v.CWE.Display() + ")", "the vulnerability", f.ofTitle(v)
		}
	case "measure-date":
		for _, m := range f.p.Measures {
			if m.Named || m.Own && !slices.ContainsFunc(f.p.Measures, func(x Measure) bool { return x.Named }) {
				return utc(m.At), m.What, nil
			}
		}
	case "severity":
		return f.severity(v)
	case "measures-taken":
		var lines []string
		for _, m := range f.p.Measures {
			if m.Own {
				lines = append(lines, utc(m.At)+": "+m.What+" available")
			}
		}
		return strings.Join(lines, "\n"), "measures of the case", nil
	case "measures-users", "user-action":
		return f.userMeasures(v)
	case "update-details":
		return f.updates(v)
	case "occurred":
		for _, x := range f.c.Claims {
			if x.What == vultron.AttacksObserved && x.Vuln == v.ID && !x.Adopted.IsZero() {
				return utc(x.Observed), "the adopted observation of attacks", nil
			}
		}
	}
	return "", "", nil
}

// title is the vulnerability's; of an incident, the case's. What a report gave it is
// the reporter's.
func (f *filler) title() (string, string, []Mark) {
	if v := f.vuln(); v != nil && v.Title != "" {
		return v.Title.Display(), "the vulnerability", f.ofTitle(v)
	}
	return f.c.Title.Display(), "the case", f.titleMarks(f.c.Title)
}

func (f *filler) ofTitle(v *cvd.Vulnerability) []Mark { return f.titleMarks(v.Title) }

func (f *filler) titleMarks(title cvd.Private) []Mark {
	for _, r := range f.c.Reports {
		if r.Title != "" && r.Title == title {
			return f.mark(nil, r.Reporter, "title of a report", r.TLP)
		}
	}
	return nil
}

// mark notes what is another party's.
func (f *filler) mark(ms []Mark, party cvd.PartyID, what string, label tlp.Label) []Mark {
	if party == cvd.Owner || party == 0 || f.voluntary == nil && party == f.p.Matter.Manufacturer() {
		return ms
	}
	if label == tlp.Unset {
		label = tlp.Amber
	}
	return append(ms, Mark{Party: party, What: fmt.Sprintf("%s of participant %d, %s", what, party, label),
		TLP: label, Forbidden: label.Stricter(tlp.Green)})
}

// summary is put together from facts alone.
func (f *filler) summary() (string, string, []Mark) {
	var b strings.Builder
	kind := "An actively exploited vulnerability affects "
	switch {
	case f.voluntary != nil:
		kind = map[Subject]string{AnyVulnerability: "A vulnerability affects ", CyberThreat: "A cyber threat concerns ",
			AnyIncident: "An incident affects ", NearMiss: "A near miss concerned "}[f.voluntary.About]
	case f.p.Kind == Incident:
		kind = "A severe incident affects "
	}
	names := f.names()
	if names == "" {
		return "", "", nil
	}
	b.WriteString(kind + names)
	if v := f.versions(); v != "" {
		b.WriteString(" (" + v + ")")
	}
	b.WriteString(".")
	if own := f.p.ownMeasures(); len(own) > 0 {
		last := own[len(own)-1]
		b.WriteString(" Mitigation: " + last.What + " available since " + utc(last.At) + ".")
	} else if f.p.Kind == Vulnerability {
		b.WriteString(" No measure is available yet.")
	}
	return b.String(), "the case's facts", nil
}

func (p *Procedure) ownMeasures() (ms []Measure) {
	for _, m := range p.Measures {
		if m.Own {
			ms = append(ms, m)
		}
	}
	return ms
}

func (f *filler) names() string {
	var names []string
	for _, x := range f.p.Products {
		name := f.o.Profile.product(x.Stream).Name
		if name == "" {
			name = x.Name
		}
		if name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}

func (f *filler) versions() string {
	var all []string
	for _, x := range f.p.Products {
		if x.Versions == "" {
			continue
		}
		v := x.Versions
		if len(f.p.Products) > 1 {
			v = x.Name + " " + v
		}
		all = append(all, v)
	}
	return strings.Join(all, "; ")
}

func (f *filler) states() (all []string) {
	for _, x := range f.p.Products {
		for _, s := range f.o.Profile.product(x.Stream).States {
			if !slices.Contains(all, s) {
				all = append(all, s)
			}
		}
	}
	slices.Sort(all)
	return all
}

// ofProducts is the value that all products share; where they differ people decide.
func (f *filler) ofProducts(key string) string {
	value := ""
	for i, x := range f.p.Products {
		p := f.o.Profile.product(x.Stream)
		v := map[string]string{"product-type": p.Type, "product-class": p.Class, "product-category": p.Category, "end-of-support": p.EndOfSupport}[key]
		if i > 0 && v != value {
			return ""
		}
		value = v
	}
	return value
}

func (f *filler) severity(v *cvd.Vulnerability) (string, string, []Mark) {
	var lines []string
	var marks []Mark
	for _, s := range v.Severity {
		line := s.Rating.String()
		if s.Score > 0 {
			line = fmt.Sprintf("%s, %.1f", line, s.Score)
		}
		if s.Vector != "" {
			line += " (" + s.Vector.Display() + ")"
		}
		if s.Source != "" {
			line += ", by " + s.Source.Display()
		}
		lines = append(lines, line)
		marks = f.mark(marks, s.By, "assessment", s.TLP)
	}
	return strings.Join(lines, "\n"), "assessments of the vulnerability", marks
}

// userMeasures are what users were told last, and the versions that hold the fix.
func (f *filler) userMeasures(v *cvd.Vulnerability) (string, string, []Mark) {
	var lines []string
	for _, x := range f.fixed(v) {
		lines = append(lines, "Update "+x)
	}
	from := "statements on products"
	if n := len(f.p.Informed); n > 0 && f.p.Informed[n-1].Mitigation != "" {
		lines = append(lines, f.p.Informed[n-1].Mitigation.DisplayText())
		from = "what users were told"
	}
	return strings.Join(lines, "\n"), from, nil
}

// fixed are the products of the manufacturer that have a fix, with its version.
func (f *filler) fixed(v *cvd.Vulnerability) (all []string) {
	for _, x := range f.p.Products {
		if s := f.c.Status(v.ID, f.p.Matter.Manufacturer(), x.Stream); s.Fixed != "" {
			all = append(all, x.Name+" to "+s.Fixed.Display())
		}
	}
	return all
}

func (f *filler) updates(v *cvd.Vulnerability) (string, string, []Mark) {
	lines := f.fixed(v)
	for _, p := range f.c.Publications {
		if slices.Contains(p.Vulnerabilities, v.ID) {
			lines = append(lines, p.Advisories...)
		}
	}
	return strings.Join(lines, "\n"), "statements and publications", nil
}
