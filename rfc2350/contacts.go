package rfc2350

import (
	"strings"
)

// deriveContacts reads addresses, zones, phones, e-mail, lists and places.
func (d *Document) deriveContacts() {
	if len(d.Sections) > 0 {
		d.deriveAddress()
		d.deriveZones()
	}
	d.derivePhones()
	d.deriveEmails()
	if len(d.Sections) == 0 {
		return
	}
	text := d.bodies(SecDistribution)
	for _, e := range emailsOf(text) {
		d.Distribution = append(d.Distribution, e.Address)
	}
	d.Distribution = append(d.Distribution, findURLs(text)...)
	d.Locations = findURLs(d.bodies(SecLocations))
}

func (d *Document) deriveAddress() {
	body := d.bodies(SecAddress)
	if body == "" || statesAbsence(body) {
		return
	}
	var lines []string
	for _, l := range strings.Split(body, "\n") {
		if l = squeeze(l); l != "" && len(lines) < 40 {
			lines = append(lines, clip(l, 500))
		}
	}
	if len(lines) == 0 {
		return
	}
	d.Team.Addresses = []Address{{Lines: lines, Country: countryOf(lines)}}
}

func (d *Document) deriveZones() {
	body := d.bodies(SecTimeZone)
	if body == "" || statesAbsence(body) {
		return
	}
	zones, conflict := findZones(body)
	d.Team.TimeZones = zones
	if conflict {
		d.add("timezone-conflict", Warning, SecTimeZone, d.lineOf(SecTimeZone), "the offset is not that of the named zone")
	}
}

func (d *Document) derivePhones() {
	phones, doubled, national := findPhones(d.bodies(SecPhone))
	fax, faxDoubled, _ := findPhones(d.sectionText(SecFax))
	if len(d.Sections) == 0 || d.sectionText(SecPhone) == "" && !d.has(SecPhone) {
		// No section of its own: only numbers that are called a telephone number.
		phones, doubled, _ = findPhones(d.bodies(SecContact, SecPoints))
		kept := phones[:0:0]
		for _, p := range phones {
			if p.E164 != "" && (phoneWord(p.Label) || faxLabel.MatchString(p.Label)) {
				kept = append(kept, p)
			}
		}
		phones, national = kept, false
	}
	for _, p := range phones {
		if faxLabel.MatchString(p.Label) {
			d.Team.Fax = append(d.Team.Fax, p)
		} else {
			d.Team.Phones = append(d.Team.Phones, p)
		}
	}
	if len(d.Team.Fax) == 0 {
		d.Team.Fax = fax
	}
	if doubled || faxDoubled {
		d.add("phone-doubled-plus", Info, SecPhone, d.lineOf(SecPhone), `a number is printed with "++"`)
	}
	if national {
		d.add("phone-no-country", Warning, SecPhone, d.lineOf(SecPhone), "a telephone number has no country code")
	}
}

func phoneWord(label string) bool {
	f := fold(label)
	for _, w := range []string{"tel", "phone", "mobil", "hotline", "ruf", "call", "fon"} {
		if strings.Contains(f, w) {
			return true
		}
	}
	return false
}

func (d *Document) sectionText(id SectionID) string {
	if len(d.Sections) == 0 {
		return ""
	}
	return d.bodies(id)
}

func (d *Document) has(id SectionID) bool {
	_, ok := d.Section(id)
	return ok
}

func (d *Document) deriveEmails() {
	d.Team.Emails = emailsOf(d.bodies(SecEmail))
	// The points of contact name more addresses of the team, sometimes the only one.
	for _, e := range emailsOf(d.sectionText(SecPoints)) {
		if !hasAddress(d.Team.Emails, e.Address) {
			d.Team.Emails = append(d.Team.Emails, e)
		}
	}
	if len(d.Team.Emails) == 0 {
		d.Team.Emails = emailsOf(d.sectionText(SecContact))
	}
}

func hasAddress(list []Email, address string) bool {
	for _, e := range list {
		if e.Address == address {
			return true
		}
	}
	return false
}

func (d *Document) deriveDisclosure() {
	if len(d.Sections) == 0 {
		return
	}
	var ambiguous bool
	at := SecDisclosure
	d.Disclosure, ambiguous = FindDisclosure(d.bodies(SecDisclosure))
	if d.Disclosure.IsZero() {
		for _, s := range d.Sections {
			if c := chapterOf(s.ID); s.ID == SecDisclosure || c == "document" || c == "contact" {
				continue
			}
			if w, amb := FindDisclosure(s.head()); !w.IsZero() {
				d.Disclosure, ambiguous, at = w, amb, s.ID
				break
			}
		}
	}
	if ambiguous {
		d.add("disclosure-ambiguous", Info, at, d.lineOf(at), "the document states several times for disclosure; the first was taken")
	}
}

func (d *Document) deriveHours() {
	if len(d.Sections) == 0 {
		return
	}
	for _, id := range []SectionID{SecHours, SecPoints, SecTimeZone, SecPhone, SecEmail, SecOther} {
		for _, h := range findHours(d.bodies(id)) {
			if !contains(d.Hours, h) {
				d.Hours = append(d.Hours, h)
			}
		}
	}
}
