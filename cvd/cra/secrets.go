package cra

import (
	"fmt"
	"strings"

	"github.com/cvdkit/cvdkit/advisory/tlp"
	"github.com/cvdkit/cvdkit/cvd"
)

// leastText is how long a text of another is before it is looked for, in bytes:
// shorter ones are words that anybody uses.
const leastText = 12

// secrets looks in a value for what others said in confidence and for names of
// reporters, wherever it came from: a team copies and pastes.
func (f *filler) secrets(value string) (ms []Mark) {
	if value == "" {
		return nil
	}
	lower := strings.ToLower(strings.Join(strings.Fields(value), " "))
	holds := func(s cvd.Private, least int) bool {
		text := strings.ToLower(strings.Join(strings.Fields(string(s)), " "))
		return len(text) >= least && strings.Contains(lower, text)
	}
	for _, p := range f.c.Participants {
		if p.ID == cvd.Owner || p.Roles&(cvd.RoleReporter|cvd.RoleFinder) == 0 {
			continue
		}
		if holds(p.Name, 3) || holds(p.Email, 5) || holds(p.Organization, 3) && p.Roles&cvd.RoleVendor == 0 {
			ms = append(ms, Mark{Party: p.ID, What: fmt.Sprintf("names participant %d, who reported", p.ID), TLP: tlp.Amber, Forbidden: true})
		}
	}
	for _, r := range f.c.Reports {
		if holds(r.Summary, leastText) || holds(r.Observations, leastText) || holds(r.Title, leastText) {
			ms = f.mark(ms, r.Reporter, "text of a report", r.TLP)
		}
	}
	for _, s := range f.c.Statuses {
		if holds(s.Statement, leastText) {
			ms = f.mark(ms, s.Vendor, "statement", s.TLP)
		}
	}
	for _, x := range f.c.Claims {
		if holds(x.Evidence, leastText) {
			ms = f.mark(ms, x.By, "evidence", x.TLP)
		}
	}
	for _, m := range f.c.Messages {
		if holds(m.Text, leastText) {
			ms = f.mark(ms, m.From, "message", m.TLP)
		}
	}
	return ms
}

// questions are asked of the team, because the form cannot.
func (f *filler) questions(fields []Field) (qs []string) {
	if !f.p.Own {
		qs = append(qs, "The owner of this case is not the manufacturer: the report is the manufacturer's to make.")
	}
	if f.o.Profile.Steward {
		qs = append(qs, "A steward reports exploited vulnerabilities as far as it takes part in the development, and severe incidents of the systems that it provides for that; of those it informs users (Art. 24(3)). The duty begins on 11 December 2027.")
	}
	if f.p.State == NotOwed {
		qs = append(qs, "Nothing is owed: "+f.p.Why+".")
	}
	if f.p.State == Suspected || f.p.State == Suggested {
		qs = append(qs, "Awareness is not recorded: decide on it with evidence, only then do the clocks run.")
	}
	if f.stage == cvd.StageEarlyWarning && f.c.Embargo.State.InForce() {
		qs = append(qs, "An embargo is in force: is the information sensitive, and should dissemination be delayed (Art. 16(2))?")
	}
	if f.o.Profile.Route().MemberState == "" {
		qs = append(qs, "To which CSIRT does it go? "+f.o.Profile.Route().Why+".")
	}
	if f.stage == cvd.StageFinal && f.p.Kind == Vulnerability {
		named, own := false, 0
		for _, m := range f.p.Measures {
			named = named || m.Named
			if m.Own {
				own++
			}
		}
		if !named && (own > 1 || len(f.p.Measures) > own) {
			qs = append(qs, "Several measures are known: the earliest that users can use starts the 14 days, unless the team names another and records that.")
		}
	}
	for _, x := range fields {
		if x.Key == "component" && x.Value != "" {
			qs = append(qs, "It is in a component: were those told who make or maintain it (Art. 13(6), from 11 December 2027)? That is a case of its own.")
		}
	}
	if len(f.p.Informed) == 0 {
		qs = append(qs, "Were the users informed (Art. 14(8))? It is a duty from awareness on.")
	}
	return qs
}
