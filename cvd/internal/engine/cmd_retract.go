package engine

import (
	"slices"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/caselog"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

func (d *Decision) decideRetractAdoption(x cvd.RetractAdoption) error {
	if err := d.check().text("Reason", x.Reason).needed("Reason", x.Reason == "").err; err != nil {
		return err
	}
	cl := inner.At(d.c.Claims, x.Claim)
	switch {
	case cl == nil:
		return d.refuse(cvd.RuleKnown, "claim %d of %d", x.Claim, len(d.c.Claims))
	case cl.Adopted.IsZero():
		return d.refuse(cvd.RuleOnce, "claim %d is not adopted", x.Claim)
	}
	if _, err := d.mustVuln(cl.Vuln); err != nil {
		return err
	}
	if v := d.c.Vulnerabilities[cl.Vuln-1]; cl.What == vultron.PublicAware && !v.Published.IsZero() {
		return d.refuse(cvd.RuleRetract, "vulnerability %d was published by the team", v.ID)
	}
	e := &caselog.ClaimRetracted{Claims: []cvd.ClaimID{x.Claim}, Reason: x.Reason}
	for i := range d.c.Claims {
		if y := &d.c.Claims[i]; y.Kept(inner.Only{}).Follows == x.Claim && !y.Adopted.IsZero() {
			e.Claims = append(e.Claims, y.ID)
		}
	}
	// Whether the embargo holds again is to be seen in the case as it is then.
	after := d.c.Working()
	after.Retract(e.Claims)
	for _, t := range append(slices.Clone(after.Statuses), cvd.Status{Vuln: cl.Vuln}) {
		if s := after.State(t.Vuln, t.Vendor, t.Stream); t.Vuln == cl.Vuln && (!s.Valid() || s.Has(vultron.CSExploitPublic) && !s.Has(vultron.CSPublicAware)) {
			return d.refuse(cvd.RuleRetract, "vulnerability %d would be %s: take back first what rests on it", t.Vuln, s)
		}
	}
	e.Restored = after.EndedByMistake(d.now)
	d.emit(e)
	if !e.Restored {
		return nil
	}
	for _, q := range d.c.Participants {
		if q.Consent == vultron.NoEmbargo && q.RM != vultron.RMClosed && !q.Gone() && q.ID != cvd.Owner {
			if err := d.moveConsent(q.ID, vultron.ConsentInvite); err != nil {
				return err
			}
		}
	}
	d.tellOthers(cvd.PurposeEmbargoRestored, uint32(d.c.Embargo.Active), cvd.Owner)
	return nil
}
