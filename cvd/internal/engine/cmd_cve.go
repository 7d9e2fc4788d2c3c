package engine

import (
	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/caselog"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

func (d *Decision) decideRecordCVE(x cvd.RecordCVE) error {
	k := d.check().needed("CVE", x.CVE == "").happened("At", x.At).text("Reason", x.Reason)
	if !isCVE(string(x.CVE)) {
		k.fail("CVE", "it is not of the form CVE-2026-12345", nil)
	}
	if x.State != cvd.CVEReserved && x.State != cvd.CVEPublished && x.State != cvd.CVERejected {
		k.fail("State", "it is none of RESERVED, PUBLISHED and REJECTED", nil)
	}
	if err := new(storage.Hash).UnmarshalText([]byte(x.SHA256)); x.SHA256 != "" && err != nil {
		k.fail("SHA256", "it is not of 64 hexadecimal digits", err)
	}
	if k.needed("Reason", x.State == cvd.CVERejected && x.Reason == ""); k.err != nil {
		return k.err
	}
	v, err := d.mustVuln(x.Vuln)
	if err != nil {
		return err
	}
	y := &caselog.CveRecorded{Vuln: v, State: x.State, At: x.At, SHA256: x.SHA256, Mark: d.s.cveMark(string(x.CVE)), CVE: x.CVE, Reason: x.Reason}
	if x.At.IsZero() {
		y.At = d.now.Time()
	}
	for i := len(d.c.CVEs) - 1; i >= 0; i-- {
		if r := &d.c.CVEs[i]; r.Kept(inner.Only{}).Mark == y.Mark {
			if r.Vuln == v && r.State == y.State && r.SHA256 == y.SHA256 {
				return d.refuse(cvd.RuleOnce, "it is %s", r.State)
			}
			break
		}
	}
	if x.State != cvd.CVERejected && d.c.Vulnerabilities[v-1].Kept(inner.Only{}).Mark != y.Mark {
		d.identified(&caselog.VulnIdentified{Vuln: v, CVE: x.CVE})
	}
	d.emit(y)
	return nil
}

// cves carries what became of the CVE IDs of vulnerabilities.
func (k *carrier) cves() {
	for _, x := range k.from.CVEs {
		if v, ok := k.vulns[x.Vuln]; ok {
			k.to.emit(&caselog.CveRecorded{Vuln: v, State: x.State, At: x.At, SHA256: x.SHA256, Mark: x.Kept(inner.Only{}).Mark, CVE: x.CVE, Reason: x.Reason})
		}
	}
}
