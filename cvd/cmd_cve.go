package cvd

import (
	"time"

	"github.com/cvdkit/cvdkit/cvd/storage"
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

	mark uint64 // of CVE
	seq  Seq
}

func (x RecordCVE) decide(d *decision) error {
	k := d.check().needed("CVE", x.CVE == "").happened("At", x.At).text("Reason", x.Reason)
	if !isCVE(string(x.CVE)) {
		k.fail("CVE", "it is not of the form CVE-2026-12345", nil)
	}
	if x.State != CVEReserved && x.State != CVEPublished && x.State != CVERejected {
		k.fail("State", "it is none of RESERVED, PUBLISHED and REJECTED", nil)
	}
	if err := new(storage.Hash).UnmarshalText([]byte(x.SHA256)); x.SHA256 != "" && err != nil {
		k.fail("SHA256", "it is not of 64 hexadecimal digits", err)
	}
	if k.needed("Reason", x.State == CVERejected && x.Reason == ""); k.err != nil {
		return k.err
	}
	v, err := d.mustVuln(x.Vuln)
	if err != nil {
		return err
	}
	y := &cveRecorded{Vuln: v, State: x.State, At: x.At, SHA256: x.SHA256, Mark: d.s.cveMark(string(x.CVE)), CVE: x.CVE, Reason: x.Reason}
	if x.At.IsZero() {
		y.At = d.now.Time()
	}
	for i := len(d.c.CVEs) - 1; i >= 0; i-- {
		if r := &d.c.CVEs[i]; r.mark == y.Mark {
			if r.Vuln == v && r.State == y.State && r.SHA256 == y.SHA256 {
				return d.refuse(RuleOnce, "it is %s", r.State)
			}
			break
		}
	}
	if x.State != CVERejected && d.c.Vulnerabilities[v-1].mark != y.Mark {
		d.identified(&vulnIdentified{Vuln: v, CVE: x.CVE})
	}
	d.emit(y)
	return nil
}

// cves carries what became of the CVE IDs of vulnerabilities.
func (k *carrier) cves() {
	for _, x := range k.from.CVEs {
		if v, ok := k.vulns[x.Vuln]; ok {
			k.to.emit(&cveRecorded{Vuln: v, State: x.State, At: x.At, SHA256: x.SHA256, Mark: x.mark, CVE: x.CVE, Reason: x.Reason})
		}
	}
}

type cveRecorded struct {
	Vuln   VulnID
	State  CVEState
	At     time.Time
	SHA256 string
	Mark   uint64 // of the ID: see Similar

	CVE, Reason Private
}

func (*cveRecorded) name() string { return "cve.recorded/1" }
func (x *cveRecorded) body(w *wire) {
	num(w, &x.Vuln)
	text(w, &x.State)
	w.instant(&x.At)
	text(w, &x.SHA256)
	num(w, &x.Mark)
}
func (x *cveRecorded) private(w *wire) {
	text(w, &x.CVE)
	text(w, &x.Reason)
}
func (x *cveRecorded) apply(c *folded, e *envelope) {
	y := CVERecord{Vuln: x.Vuln, State: x.State, At: x.At, SHA256: x.SHA256}
	y.mark, y.seq = x.Mark, e.seq
	c.CVEs = append(c.CVEs[:len(c.CVEs):len(c.CVEs)], y)
	c.event(e, Event{Vuln: x.Vuln, When: x.At})
}
func (x *cveRecorded) reveal(c *folded, e *envelope) {
	for i := range c.CVEs {
		if r := &c.CVEs[i]; r.seq == e.seq {
			r.CVE, r.Reason = x.CVE, x.Reason
		}
	}
}
