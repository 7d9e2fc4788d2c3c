package engine

import (
	"fmt"
	"slices"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/caselog"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

func (d *Decision) decideGrantAccess(x cvd.GrantAccess) error {
	k := d.check().instant("Until", x.Until)
	bits, problem := ParseCode(string(x.Code))
	k.fail("Code", problem, nil)
	if !x.Until.IsZero() && storage.MillisOf(x.Until) <= d.now {
		k.fail("Until", "it is not in the future", nil)
	}
	if k.err != nil {
		return k.err
	}
	p, err := d.must(x.Party)
	if err != nil {
		return err
	}
	if to, ok := d.c.WentOn(); ok {
		return d.refuse(cvd.RuleMoved, "case %s goes on in case %s", d.c.Number, to)
	}
	y := &caselog.AccessGranted{Party: x.Party, Key: d.s.CodeKey(bits), Until: x.Until, Leads: true}
	held := 0
	for i := range d.c.Grants {
		g := &d.c.Grants[i]
		if g.Kept(inner.Only{}).Key == y.Key {
			return d.refuse(cvd.RuleAccess, "code %d is the same", g.ID)
		}
		if g.Party == x.Party && g.Ended.IsZero() {
			held++
			if x.Replace {
				y.Ends = append(y.Ends, g.ID)
			}
		}
	}
	switch limit := d.s.Cfg.Limits.Items; {
	case x.Party == cvd.Owner || p.Erased:
		return d.refuse(cvd.RuleAccess, "participant %d", x.Party)
	case held >= limit && !x.Replace:
		return d.bad("Party", fmt.Sprintf("it has %d codes, the limit is %d", held, limit), nil)
	}
	d.endCodes(y.Ends)
	d.emit(y)
	return nil
}

func (d *Decision) decideRevokeAccess(x cvd.RevokeAccess) error {
	if err := d.check().text("Reason", x.Reason).needed("Grant", x.Grant == 0 && x.Party == 0).err; err != nil {
		return err
	}
	if x.Grant != 0 && inner.At(d.c.Grants, x.Grant) == nil {
		return d.refuse(cvd.RuleKnown, "code %d of %d", x.Grant, len(d.c.Grants))
	}
	y := &caselog.AccessRevoked{Reason: x.Reason}
	for i := range d.c.Grants {
		g := &d.c.Grants[i]
		if g.Ended.IsZero() && (x.Grant == g.ID || x.Grant == 0) && (x.Party == g.Party || x.Party == 0) {
			if g.Kept(inner.Only{}).Moved != (cvd.CaseID{}) {
				return d.refuse(cvd.RuleMoved, "code %d leads to case %s now", g.ID, g.Kept(inner.Only{}).Moved)
			}
			y.Grants = append(y.Grants, g.ID)
		}
	}
	if len(y.Grants) == 0 {
		return d.refuse(cvd.RuleOnce, "no such code holds")
	}
	d.endCodes(y.Grants)
	d.emit(y)
	return nil
}

// endCodes gives up the keys of codes that end.
func (d *Decision) endCodes(ids []cvd.GrantID) {
	for _, id := range ids {
		if g := inner.At(d.c.Grants, id); g.Kept(inner.Only{}).Leads {
			d.change.Drop = append(d.change.Drop, g.Kept(inner.Only{}).Key)
		}
	}
}

// access lets codes open the other case too, for participants who were copied into
// it. One that was found there is another, or two were taken for one, by an address
// that anybody can give: a code of theirs opens nothing new. goes tells that the
// case goes on there as a whole.
func (k *carrier) access(gives *Decision, goes bool) {
	became := map[cvd.PartyID]int{}
	for _, to := range k.parties {
		became[to]++
	}
	for i := range k.from.Grants {
		g := &k.from.Grants[i]
		to := k.parties[g.Party]
		if !caselog.Holds(g, k.to.now) || became[to] != 1 || !slices.Contains(k.added, to) {
			continue
		}
		leads := goes && g.Kept(inner.Only{}).Leads
		k.to.emit(&caselog.AccessGranted{Party: to, Key: g.Kept(inner.Only{}).Key, Until: g.Until, Leads: leads, From: k.from.ID, Without: k.moved(g.Kept(inner.Only{}).Without)})
		gives.emit(&caselog.AccessCarried{Grant: g.ID, To: k.to.c.ID, Leads: leads})
		if leads {
			gives.change.Drop = append(gives.change.Drop, g.Kept(inner.Only{}).Key)
		}
	}
	var met []cvd.GrantID
	for i := range k.to.c.Grants {
		if g := &k.to.c.Grants[i]; became[g.Party] > 0 && !slices.Contains(k.added, g.Party) && g.Ended.IsZero() {
			met = append(met, g.ID)
		}
	}
	if len(met) > 0 {
		k.to.emit(&caselog.AccessNarrowed{Grants: met, Without: parts(k.base, k.home)})
	}
}
