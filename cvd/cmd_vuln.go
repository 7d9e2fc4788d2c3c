package cvd

import (
	"github.com/cvdkit/cvdkit/advisory/tlp"
)

// AddVulnerability adds one more weakness to the case. Every case has a first
// one from its beginning.
type AddVulnerability struct {
	Title Private   // a short name
	TLP   tlp.Label // unset: TLP:AMBER
}

// Identify names a vulnerability. Empty fields stay as they were.
type Identify struct {
	Vuln  VulnID  // 0: the only one
	Title Private // a short name
	CWE   Private // for example CWE-787
	CVE   Private // for example CVE-2026-12345; leads back to the case
	// TLP labels the vulnerability anew. Only who labelled it may relax it: record
	// here what its source has allowed.
	TLP tlp.Label
}

// SetSeverity records an assessment of a vulnerability: a CVSS vector, or only a
// rating where there is none.
type SetSeverity struct {
	Vuln   VulnID  // 0: the only one
	Party  PartyID // who assessed it; 0: the owner
	Vector Private // CVSS 2.0, 3.0, 3.1 or 4.0
	Rating Rating  // without a vector
	Source Private // for example "NVD"
	// Justification says why the vector is as it is.
	Justification Private
	TLP           tlp.Label // unset: TLP:AMBER
}

// AddProduct adds a product stream of a vendor.
type AddProduct struct {
	Vendor   PartyID   // 0: the owner
	Name     Private   // of the product, as people say it; required
	Versions Private   // for example "7.0 to 7.4.2"
	PURL     Private   // package URL; may be empty
	TLP      tlp.Label // unset: TLP:AMBER
}

// RecordStatus records a vendor's statement on a vulnerability in one of its
// product streams. Whoever makes a statement is aware of the vulnerability, and
// whoever says IsFixed has a fix ready: both are adopted with it.
type RecordStatus struct {
	Vuln      VulnID    // 0: the only one
	Party     PartyID   // 0: the owner
	Stream    StreamID  // 0: each of the vendor's product streams in the case; if it has none, all that it makes
	Affected  Affected  // whether the stream is; required
	Fixed     Private   // the version that holds the fix
	Statement Private   // what the vendor says, in words
	TLP       tlp.Label // unset: TLP:AMBER
	// Shared lets other participants see the statement before publication: the
	// vendor wants that.
	Shared bool
}
