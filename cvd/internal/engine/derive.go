package engine

import (
	"slices"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/caselog"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// derive adopts what follows from a fact that was recorded by another command: one
// fact is told once. What holds already is not said again.
func (d *Decision) derive(upto vultron.CSEvent, v cvd.VulnID, vendor cvd.PartyID, s cvd.StreamID, observed time.Time) {
	if p := d.c.Participant(vendor); p == nil || p.Roles&cvd.RoleVendor == 0 {
		return
	}
	for _, e := range []vultron.CSEvent{vultron.VendorAware, vultron.FixReady} {
		if !d.c.State(v, vendor, s).Has(e.Letter()) {
			d.emit(&caselog.ClaimMade{What: e, Vuln: v, Vendor: vendor, Stream: s, By: vendor, Observed: observed})
			d.emit(&caselog.ClaimAdopted{Claim: cvd.ClaimID(len(d.c.Claims))})
		}
		if e == upto {
			return
		}
	}
}

// aware says that a vendor knows of the vulnerabilities of the case: it has judged
// them, or says that it works on them.
func (d *Decision) aware(vendor cvd.PartyID, observed time.Time) {
	p := d.c.Participants[vendor-1]
	for i := range d.c.Vulnerabilities {
		v := &d.c.Vulnerabilities[i]
		if v.MovedTo == (cvd.CaseID{}) && (!p.Limited || slices.Contains(p.Scope, v.ID)) {
			d.derive(vultron.VendorAware, v.ID, vendor, 0, observed)
		}
	}
}
