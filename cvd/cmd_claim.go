package cvd

import (
	"time"

	"github.com/cvdkit/cvdkit/advisory/tlp"
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

func (x Observe) decide(d *decision) error {
	k := d.check().happened("Observed", x.Observed).text("Evidence", x.Evidence).label("TLP", x.TLP)
	if x.What.Letter() == 0 {
		k.fail("What", "it is no event of the case state", nil)
	}
	if k.err != nil {
		return k.err
	}
	by, err := d.signatory(x.Party)
	if err != nil {
		return err
	}
	m := claimMade{What: x.What, By: by, Observed: x.Observed, TLP: orAmber(x.TLP), Shared: x.Shared, Evidence: x.Evidence}
	if m.Observed.IsZero() {
		m.Observed = d.now.Time()
	}
	if x.What.OfVendor() {
		m.Stream = x.Stream
		m.Vuln, m.Vendor, err = d.mustStatus(x.Vuln, x.Vendor, x.Stream)
	} else {
		m.Vuln, err = d.mustVuln(x.Vuln)
	}
	if err != nil {
		return err
	}
	return d.observe(m, x.Adopt)
}

func (d *decision) observe(m claimMade, adopt bool) error {
	d.emit(&m)
	if !adopt {
		return nil
	}
	return d.adopt(ClaimID(len(d.c.Claims)), false)
}

// AdoptClaim makes a claim act. That a vendor is aware or has a fix can be adopted
// again: another claim of it, perhaps of an earlier time, holds it up. What is public, or has a public exploit, leaves
// the embargo's cover, and the embargo ends when nothing is left under it.
// Attacks end it, unless KeepEmbargo says otherwise.
type AdoptClaim struct {
	Claim       ClaimID // that is adopted
	KeepEmbargo bool    // with AttacksObserved only
}

func (x AdoptClaim) decide(d *decision) error {
	cl := at(d.c.Claims, x.Claim)
	if cl == nil {
		return d.refuse(RuleKnown, "claim %d of %d", x.Claim, len(d.c.Claims))
	}
	if !cl.Adopted.IsZero() {
		return d.refuse(RuleOnce, "claim %d was adopted", x.Claim)
	}
	if x.KeepEmbargo && cl.What != vultron.AttacksObserved {
		return d.bad("KeepEmbargo", "only attacks leave a choice", nil)
	}
	return d.adopt(x.Claim, x.KeepEmbargo)
}

func (d *decision) adopt(id ClaimID, keep bool) error {
	cl := d.c.Claims[id-1]
	from := d.c.State(cl.Vuln, cl.Vendor, cl.Stream)
	if cl.What.OfVendor() {
		if _, ok := from.Next(cl.What); !ok && !from.Has(cl.What.Letter()) {
			return d.refuse(RuleCaseState, "%s in state %s", cl.What, from)
		}
		d.emit(&claimAdopted{Claim: id})
		return nil
	}
	if from.Has(cl.What.Letter()) {
		return d.refuse(RuleOnce, "vulnerability %d is %s", cl.Vuln, from)
	}
	d.emit(&claimAdopted{Claim: id})
	if cl.What == vultron.ExploitPublic && !from.Has(vultron.CSPublicAware) {
		// The state pX lasts no time: a public exploit tells the public.
		m := claimMade{What: vultron.PublicAware, Vuln: cl.Vuln, By: cl.By, Observed: cl.Observed, Follows: id}
		d.emit(&m)
		d.emit(&claimAdopted{Claim: ClaimID(len(d.c.Claims))})
	}
	if s := d.c.Embargo.State; s == vultron.EMNone || s == vultron.EMExited || cl.What == vultron.AttacksObserved && keep {
		return nil
	}
	if cl.What != vultron.AttacksObserved && d.c.secretLeft() {
		return nil // it has left the embargo's cover; the others stay under it
	}
	d.endEmbargo(map[vultron.CSEvent]EndReason{
		vultron.PublicAware: EndPublicAwareness, vultron.ExploitPublic: EndExploit, vultron.AttacksObserved: EndAttacks,
	}[cl.What], "")
	return nil
}

// State returns the case state of a vulnerability for one product stream of a
// vendor: what holds for all of the vendor's products holds for each stream, and
// once the public knows, so does the vendor. Vendor 0 gives what the world knows.
func (c *Case) State(v VulnID, vendor PartyID, s StreamID) vultron.CS {
	vu := at(c.Vulnerabilities, v)
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
	for t := range c.statusesOf(vendor) {
		if t.Vuln == v && (t.Stream == 0 || t.Stream == s) {
			state |= t.State
		}
	}
	return state
}
