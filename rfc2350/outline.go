package rfc2350

import "slices"

// SectionID names the meaning of a section, whatever its number, title and
// language. The empty SectionID is a section that the outline does not know.
type SectionID string

// The sections of RFC 2350, appendix D, of its example (appendix E), and those
// that teams add in practice.
const (
	SecDocument       SectionID = "document"
	SecUpdated        SectionID = "document.updated"
	SecDistribution   SectionID = "document.distribution"
	SecLocations      SectionID = "document.locations"
	SecAuthentication SectionID = "document.authentication" // appendix E only
	SecIdentification SectionID = "document.identification" // in practice
	SecContact        SectionID = "contact"
	SecName           SectionID = "contact.name"
	SecAddress        SectionID = "contact.address"
	SecTimeZone       SectionID = "contact.timezone"
	SecPhone          SectionID = "contact.phone"
	SecFax            SectionID = "contact.fax"
	SecTelecom        SectionID = "contact.telecom"
	SecEmail          SectionID = "contact.email"
	SecKeys           SectionID = "contact.keys"
	SecMembers        SectionID = "contact.members"
	SecOther          SectionID = "contact.other"
	SecPoints         SectionID = "contact.points"
	SecHours          SectionID = "contact.hours" // in practice
	SecWeb            SectionID = "contact.web"   // in practice
	SecCharter        SectionID = "charter"
	SecMission        SectionID = "charter.mission"
	SecVision         SectionID = "charter.vision" // in practice
	SecConstituency   SectionID = "charter.constituency"
	SecScope          SectionID = "charter.scope" // in practice
	SecAffiliation    SectionID = "charter.affiliation"
	SecAuthority      SectionID = "charter.authority"
	SecPolicies       SectionID = "policies"
	SecSupport        SectionID = "policies.support"
	SecDisclosure     SectionID = "policies.disclosure"
	SecCommunication  SectionID = "policies.communication"
	SecServices       SectionID = "services"
	SecResponse       SectionID = "services.response"
	SecTriage         SectionID = "services.triage"
	SecCoordination   SectionID = "services.coordination"
	SecResolution     SectionID = "services.resolution"
	SecProactive      SectionID = "services.proactive"
	SecForms          SectionID = "forms"
	SecDisclaimers    SectionID = "disclaimers"
)

// OutlineItem is one section of the canonical outline.
type OutlineItem struct {
	Number string    // as RFC 2350 numbers it, empty for sections of practice
	ID     SectionID // names it in Document.Section
	Title  string    // in English
}

// Outline returns the sections in canonical order. The caller owns the slice.
func Outline() []OutlineItem { return slices.Clone(outline[:]) }

// outline is the outline as data. Nobody changes it.
var outline = [...]OutlineItem{
	{"1", SecDocument, "Document Information"},
	{"1.1", SecUpdated, "Date of Last Update"},
	{"1.2", SecDistribution, "Distribution List for Notifications"},
	{"1.3", SecLocations, "Locations where this Document May Be Found"},
	{"1.4", SecAuthentication, "Authenticating this Document"},
	{"1.5", SecIdentification, "Document Identification"},
	{"2", SecContact, "Contact Information"},
	{"2.1", SecName, "Name of the Team"},
	{"2.2", SecAddress, "Address"},
	{"2.3", SecTimeZone, "Time Zone"},
	{"2.4", SecPhone, "Telephone Number"},
	{"2.5", SecFax, "Facsimile Number"},
	{"2.6", SecTelecom, "Other Telecommunication"},
	{"2.7", SecEmail, "Electronic Mail Address"},
	{"2.8", SecKeys, "Public Keys and Encryption Information"},
	{"2.9", SecMembers, "Team Members"},
	{"2.10", SecOther, "Other Information"},
	{"2.11", SecPoints, "Points of Customer Contact"},
	{"", SecHours, "Hours of Operation"},
	{"", SecWeb, "World Wide Web"},
	{"3", SecCharter, "Charter"},
	{"3.1", SecMission, "Mission Statement"},
	{"", SecVision, "Vision"},
	{"3.2", SecConstituency, "Constituency"},
	{"", SecScope, "Domains and IP Ranges"},
	{"3.3", SecAffiliation, "Sponsorship and/or Affiliation"},
	{"3.4", SecAuthority, "Authority"},
	{"4", SecPolicies, "Policies"},
	{"4.1", SecSupport, "Types of Incidents and Level of Support"},
	{"4.2", SecDisclosure, "Co-operation, Interaction and Disclosure of Information"},
	{"4.3", SecCommunication, "Communication and Authentication"},
	{"5", SecServices, "Services"},
	{"5.1", SecResponse, "Incident Response"},
	{"5.1.1", SecTriage, "Incident Triage"},
	{"5.1.2", SecCoordination, "Incident Coordination"},
	{"5.1.3", SecResolution, "Incident Resolution"},
	{"5.2", SecProactive, "Proactive Activities"},
	{"6", SecForms, "Incident Reporting Forms"},
	{"7", SecDisclaimers, "Disclaimers"},
}

// canonicalNumber is the number that RFC 2350 gives a section, empty if none.
func (id SectionID) canonicalNumber() string {
	if b := id.bit(); b > 0 {
		return outline[b-1].Number
	}
	return ""
}

// bit numbers the sections of the outline from 1, in its order, for a sectionSet; any
// other has 0.
func (id SectionID) bit() uint8 {
	if id == "" {
		return 0
	}
	for at := id.hash(); ; at++ {
		if b := sectionBits[at]; b == 0 || outline[b-1].ID == id {
			return b
		}
	}
}

// hash is where to begin to look for a section's bit. Most IDs differ in their length or
// at their end.
func (id SectionID) hash() uint8 {
	n := len(id)
	return id[n-1] + id[n/2] + 13*uint8(n)
}

// sectionBits are the bits by their hashes; 0 is none. Nobody changes them.
var sectionBits = func() (table [256]uint8) {
	for i := range outline {
		at := outline[i].ID.hash()
		for table[at] != 0 {
			at++
		}
		table[at] = uint8(i + 1)
	}
	return table
}()
