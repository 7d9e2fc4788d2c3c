package rfc2350

import (
	"fmt"
	"sort"
	"strings"
)

// structureFindings are remarks that need no clock: repeated sections, addresses at
// several domains, numbers that are not canonical.
func (r *reader) structureFindings() {
	d := r.d
	if len(d.Sections) == 0 {
		return
	}
	var seen, reported sectionSet
	for i := range d.Sections {
		s := &d.Sections[i]
		if s.ID == "" || s.ID == SecIdentification {
			continue
		}
		bit := s.ID.bit()
		if seen.has(bit) && !reported.has(bit) {
			reported |= 1 << bit
			d.add("duplicate-section", Info, s.ID, s.Line, "the section occurs twice")
		}
		seen |= 1 << bit
	}
	r.domainFindings()
	third := true // RFC 2350 itself describes all of this in its section 3
	for i := range d.Sections {
		n := d.Sections[i].Number
		third = third && (n == "" || n == "3" || strings.HasPrefix(n, "3."))
	}
	odd, first := 0, 0
	for i := range d.Sections {
		s := &d.Sections[i]
		if n := s.ID.canonicalNumber(); n != "" && s.Number != "" && n != s.Number && !(third && (s.Number == "3."+n || s.Number == "3.1")) {
			if odd == 0 {
				first = s.Line
			}
			odd++
		}
	}
	if odd > 0 {
		d.add("number-not-canonical", Info, "", first, fmt.Sprintf("%d sections have another number than in RFC 2350", odd))
	}
	for i := range d.Sections {
		s := &d.Sections[i]
		if s.ID == "" && s.Number != "" && strings.Count(s.Number, ".") <= 1 {
			d.add("unknown-section", Info, "", s.Line, "a section has a title that the outline does not know")
		}
	}
}

// domainFindings compares the domain of the team's addresses with those that other
// contact sections print: teams forget to change them everywhere.
func (r *reader) domainFindings() {
	own := map[string]bool{}
	var listed []foundEmail
	for _, p := range r.parts(SecEmail) {
		listed = append(listed, p.x.findEmails()...)
	}
	for _, e := range listed {
		own[domainOf(e.address)] = true
	}
	if len(own) == 0 {
		return
	}
	var other []string
	line := 0
	for _, p := range r.secs {
		if p.id != SecMembers && p.id != SecPoints && p.id != SecForms && p.id != SecCommunication {
			continue
		}
		for _, e := range p.x.findEmails() {
			// The same mailbox at another domain is a slip; another mailbox may be
			// another organization's.
			if dom := domainOf(e.address); !own[dom] && !contains(other, dom) && sameMailbox(listed, e.address) {
				other = append(other, dom)
				line = p.line
			}
		}
	}
	if len(other) > 0 {
		sort.Strings(other)
		r.d.add("inconsistent-domain", Warning, SecEmail, line, "the same mailbox is also printed at "+strings.Join(other, ", "))
	}
}

func domainOf(address string) string { return address[strings.LastIndexByte(address, '@')+1:] }

func sameMailbox(list []foundEmail, address string) bool {
	local := address[:strings.LastIndexByte(address, '@')]
	for _, e := range list {
		if strings.HasPrefix(e.address, local+"@") {
			return true
		}
	}
	return false
}
