package cvd

import (
	"time"

	"github.com/cvdkit/cvdkit/advisory/tlp"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// Observe records a claim: that a vendor is aware, that a fix is ready or
// deployed, that the vulnerability or an exploit is public, that attacks were
// observed. It changes nothing until the owner adopts it.
type Observe struct {
	What     vultron.CSEvent // one of the events of vultron.CS
	Vuln     VulnID          // 0: the only one
	Vendor   PartyID         // whose, of VendorAware, FixReady and FixDeployed; 0: the owner
	Stream   StreamID        // likewise; 0: all of the vendor's products
	Party    PartyID         // who says so; 0: the owner
	Observed time.Time       `json:",omitzero"` // zero: now
	TLP      tlp.Label       // of the claim and its evidence; unset: TLP:AMBER
	// Shared lets other participants see the claim before publication.
	Shared   bool
	Evidence Private // what it rests on; may be empty
	// Adopt adopts it at once: the team has checked it.
	Adopt bool
}

// AdoptClaim makes a claim act. That a vendor is aware or has a fix can be adopted
// again: another claim of it, perhaps of an earlier time, holds it up. What is public, or has a public exploit, leaves
// the embargo's cover, and the embargo ends when nothing is left under it.
// Attacks end it, unless KeepEmbargo says otherwise.
type AdoptClaim struct {
	Claim       ClaimID // that is adopted
	KeepEmbargo bool    // with AttacksObserved only
}

// State returns the case state of a vulnerability for one product stream of a
// vendor: what holds for all of the vendor's products holds for each stream, and
// once the public knows, so does the vendor. Vendor 0 gives what the world knows.
func (c *Case) State(v VulnID, vendor PartyID, s StreamID) vultron.CS {
	vu := inner.At(c.Vulnerabilities, v)
	if vu == nil {
		return 0
	}
	state := vu.State
	if vendor == 0 {
		return state
	}
	if state.Has(vultron.CSPublicAware) {
		state |= vultron.CSVendorAware
	}
	for t := range c.StatusesOf(vendor) {
		if t.Vuln == v && (t.Stream == 0 || t.Stream == s) {
			state |= t.State
		}
	}
	return state
}
