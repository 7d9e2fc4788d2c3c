package advisory

import (
	"time"

	"github.com/cvdkit/cvdkit/advisory/tlp"
)

// Advisory is one document about one or more vulnerabilities.
type Advisory struct {
	ID         string      // the publisher's identifier, unique under Publisher.Namespace
	Aliases    []string    // other identifiers of the document
	Title      string      // one line
	Category   string      // CSAF document category; "" lets the writer choose the profile that fits
	Language   string      // BCP 47 tag of the texts; "" means English to formats that must say
	Original   string      // BCP 47 tag of the language from which the texts were translated
	TLP        tlp.Label   // Unset is refused by formats that must carry a label or are public
	Sharing    string      // conditions of distribution, in words
	Severity   string      // the publisher's overall severity, in its own words
	License    string      // SPDX expression for the document (CSAF 2.1)
	Publisher  Publisher   // who speaks
	Tracking   Tracking    // status, version and history
	Notes      []Note      // about the document as a whole
	References []Reference // about the document as a whole
	Credits    []Credit    // of the document; those of one vulnerability stand there
	// Products holds every product that the vulnerabilities name. Its order means nothing.
	Products        []Product
	Vulnerabilities []Vulnerability // in the order in which formats write them
}

// Publisher says who speaks.
type Publisher struct {
	Name      string // of the organisation, for people
	Category  string // coordinator, discoverer, multiplier, other, translator, user, vendor
	Namespace string // a URL that the publisher controls
	Contact   string // how to reach it, in words
	Authority string // on whose behalf, in words
}

// Status is the state of a document.
type Status string

// The states of CSAF, section 3.2.1.12.
const (
	Draft   Status = "draft"   // not for publication
	Interim Status = "interim" // published, expected to change
	Final   Status = "final"   // published
)

// Tracking is the document's history. Revise keeps it consistent.
type Tracking struct {
	Status    Status     // draft, interim or final
	Version   string     // integer ("3") or semantic ("1.2.0"), never mixed; that of the last revision
	Released  time.Time  // first release
	Updated   time.Time  // this release
	Withdrawn time.Time  // zero if it stands
	Revisions []Revision // oldest first
}

// Revision is one entry of the history.
type Revision struct {
	Version string    // that the document had then
	Date    time.Time // when it was published
	Summary string    // what changed
}

// The categories of notes of CSAF, section 3.1.5.
const (
	NoteDescription = "description"
	NoteDetails     = "details"
	NoteFAQ         = "faq"
	NoteGeneral     = "general"
	NoteLegal       = "legal_disclaimer"
	NoteOther       = "other"
	NoteSummary     = "summary"
)

// WithdrawalNote is the title of the note, a description of the document, that says why
// it was withdrawn: CSAF 2.1, section 4.6.
const WithdrawalNote = "Reasoning for Withdrawal"

// Note is a text. Text is plain: no format's markup in it is interpreted.
type Note struct {
	Category string   // one of the Note constants
	Title    string   // may be empty
	Text     string   // may have several lines
	Audience string   // for whom it is; may be empty
	Products []string // IDs of the products it is about, if not all
}

// The types of references, as OSV names them.
const (
	RefAdvisory = "ADVISORY"
	RefArticle  = "ARTICLE"
	RefEvidence = "EVIDENCE" // a demonstration
	RefFix      = "FIX"
	RefReport   = "REPORT"
	RefWeb      = "WEB"
)

// Reference points to more.
type Reference struct {
	URL     string // where it is
	Summary string // what it is, in words
	Self    bool   // this document itself, elsewhere or in another format
	Type    string // an OSV type such as RefFix, or ""
}

// The roles of credits, as the CVE record format names them.
const (
	RoleFinder      = "finder"
	RoleReporter    = "reporter"
	RoleAnalyst     = "analyst"
	RoleCoordinator = "coordinator"
	RoleDeveloper   = "remediation developer"
	RoleReviewer    = "remediation reviewer"
	RoleVerifier    = "remediation verifier"
	RoleTool        = "tool"
	RoleSponsor     = "sponsor"
	RoleOther       = "other"
)

// Roles lists the roles of credits. The caller owns the slice.
func Roles() []string {
	return []string{
		RoleFinder, RoleReporter, RoleAnalyst, RoleCoordinator, RoleDeveloper,
		RoleReviewer, RoleVerifier, RoleTool, RoleSponsor, RoleOther,
	}
}

// Credit thanks somebody, who agreed to be named.
type Credit struct {
	Names        []string // of people; or none, with an Organization
	Organization string   // for which they work; may be empty
	Role         string   // one of the roles, or ""
	Summary      string   // what they did; may be empty
	URLs         []string // of their choice
}
