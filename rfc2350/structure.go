package rfc2350

import (
	"fmt"
	"sort"
	"strings"
	"sync"
)

// canonicalNumbers are the numbers of the outline. Nobody changes the map.
var canonicalNumbers = sync.OnceValue(func() map[SectionID]string {
	m := map[SectionID]string{}
	for _, o := range Outline() {
		m[o.ID] = o.Number
	}
	return m
})

// structureFindings are remarks that need no clock: repeated sections, addresses at
// several domains, numbers that are not canonical.
func (r *reader) structureFindings() {
	d := r.d
	if len(d.Sections) == 0 {
		return
	}
	var seen, reported sectionSet
	bits := sectionBits()
	for i := range d.Sections {
		s := &d.Sections[i]
		if s.ID == "" || s.ID == SecIdentification {
			continue
		}
		bit := bits[s.ID]
		if seen.has(bit) && !reported.has(bit) {
			reported |= 1 << bit
			d.add("duplicate-section", Info, s.ID, s.Line, "the section occurs twice")
		}
		seen |= 1 << bit
	}
	r.domainFindings()
	canonical := canonicalNumbers()
	odd, first := 0, 0
	for i := range d.Sections {
		s := &d.Sections[i]
		if n := canonical[s.ID]; n != "" && s.Number != "" && n != s.Number {
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
