package cvd

import (
	"time"
)

// RecordCVE records what became of a CVE ID at the CVE Program, for one of the team's
// pool: that it is reserved for a vulnerability, that its record was published or was
// rejected. It sends nothing; a host records what its client of CVE Services has done,
// in a step of a release with StepRun.Command as By.ID. An ID that is reserved or
// published becomes that of the vulnerability, as by Identify.
//
// A published record is the fact policy.FactCVEPublished, on which the clocks of the
// CNA rules (4.5.1) end.
type RecordCVE struct {
	Vuln   VulnID    // 0: the only one
	CVE    Private   // the ID, for example CVE-1900-0001; required
	State  CVEState  // what became of it; required
	At     time.Time `json:",omitzero"` // when; zero: now
	SHA256 string    // of the record as it was published, in hexadecimal; "": not known
	Reason Private   // why it was rejected
}

// CVEState is that of a CVE ID, as CVE Services names it.
type CVEState string

// The states of a CVE ID.
const (
	CVEReserved  CVEState = "RESERVED"
	CVEPublished CVEState = "PUBLISHED" // also once more, after an update or a rejection
	CVERejected  CVEState = "REJECTED"
)

// CVERecord is a change of a CVE ID that RecordCVE told of.
type CVERecord struct {
	Vuln   VulnID    // whose ID it is
	CVE    Private   // the ID
	State  CVEState  // what became of it
	At     time.Time `json:",omitzero"` // when that happened
	SHA256 string    // of the published record, in hexadecimal; "": not known
	Reason Private   // why it was rejected; may be empty

	kept cveRecordKept
}
