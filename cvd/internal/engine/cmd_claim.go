package engine

import (
	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/caselog"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

func (d *Decision) decideObserve(x cvd.Observe) error {
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
	m := caselog.ClaimMade{What: x.What, By: by, Observed: x.Observed, TLP: caselog.OrAmber(x.TLP), Shared: x.Shared, Evidence: x.Evidence}
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

func (d *Decision) observe(m caselog.ClaimMade, adopt bool) error {
	d.emit(&m)
	if !adopt {
		return nil
	}
	return d.adopt(cvd.ClaimID(len(d.c.Claims)), false)
}

func (d *Decision) decideAdoptClaim(x cvd.AdoptClaim) error {
	cl := inner.At(d.c.Claims, x.Claim)
	if cl == nil {
		return d.refuse(cvd.RuleKnown, "claim %d of %d", x.Claim, len(d.c.Claims))
	}
	if !cl.Adopted.IsZero() {
		return d.refuse(cvd.RuleOnce, "claim %d was adopted", x.Claim)
	}
	if x.KeepEmbargo && cl.What != vultron.AttacksObserved {
		return d.bad("KeepEmbargo", "only attacks leave a choice", nil)
	}
	return d.adopt(x.Claim, x.KeepEmbargo)
}

func (d *Decision) adopt(id cvd.ClaimID, keep bool) error {
	cl := d.c.Claims[id-1]
	from := d.c.State(cl.Vuln, cl.Vendor, cl.Stream)
	if cl.What.OfVendor() {
		if _, ok := from.Next(cl.What); !ok && !from.Has(cl.What.Letter()) {
			return d.refuse(cvd.RuleCaseState, "%s in state %s", cl.What, from)
		}
		d.emit(&caselog.ClaimAdopted{Claim: id})
		return nil
	}
	if from.Has(cl.What.Letter()) {
		return d.refuse(cvd.RuleOnce, "vulnerability %d is %s", cl.Vuln, from)
	}
	d.emit(&caselog.ClaimAdopted{Claim: id})
	if cl.What == vultron.ExploitPublic && !from.Has(vultron.CSPublicAware) {
		// The state pX lasts no time: a public exploit tells the public.
		m := caselog.ClaimMade{What: vultron.PublicAware, Vuln: cl.Vuln, By: cl.By, Observed: cl.Observed, Follows: id}
		d.emit(&m)
		d.emit(&caselog.ClaimAdopted{Claim: cvd.ClaimID(len(d.c.Claims))})
	}
	if s := d.c.Embargo.State; s == vultron.EMNone || s == vultron.EMExited || cl.What == vultron.AttacksObserved && keep {
		return nil
	}
	if cl.What != vultron.AttacksObserved && caselog.SecretLeft(&d.c.Case) {
		return nil // it has left the embargo's cover; the others stay under it
	}
	d.endEmbargo(map[vultron.CSEvent]cvd.EndReason{
		vultron.PublicAware: cvd.EndPublicAwareness, vultron.ExploitPublic: cvd.EndExploit, vultron.AttacksObserved: cvd.EndAttacks,
	}[cl.What], "")
	return nil
}
