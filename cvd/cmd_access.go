package cvd

import (
	"fmt"
	"slices"
	"time"

	"github.com/cvdkit/cvdkit/cvd/storage"
)

// GrantAccess gives a participant a code that opens the case to it: a reporter's
// receipt, a vendor's access code. Service.Access takes it. The code is shown to
// its holder once, by the host, and never sent by mail; the log and the index keep
// keyed hashes.
//
// It opens what View shows the participant, until it ends: by Until, by
// RevokeAccess, or when the participant is erased. If the case goes on in another,
// or a part of it does, the code opens that too, as far as the participant was
// copied. Where it was taken for one that took part there already, by an address
// that nobody has proved, a code of either opens what it opened before, and no more.
type GrantAccess struct {
	Party   PartyID   // takes part, and is not the owner; the reporter of a new case is 2
	Code    Private   // from Service.NewCode or FormatCode
	Until   time.Time `json:",omitzero"` // zero: until it is revoked
	Replace bool      // ends the codes that the participant has: for one that was lost
}

// RevokeAccess ends a code, or all codes of a participant. Where the case goes on in
// another, and the code leads there now, it is refused by RuleMoved: it would go on
// opening that one. End it there, and it opens neither.
type RevokeAccess struct {
	Grant  GrantID // 0: all of Party
	Party  PartyID // with Grant 0: the participant whose codes all end
	Reason Private // for the team; may be empty
}

// GrantID numbers the codes of a case, from 1.
type GrantID uint32

// Grant is a code that was given, without the code. The team sees all, a
// participant its own.
type Grant struct {
	ID    GrantID   // from 1, in the order of their giving
	Party PartyID   // whose eyes it gives
	Given time.Time `json:",omitzero"` // when it was recorded
	Until time.Time `json:",omitzero"` // zero: until it is revoked
	Ended time.Time `json:",omitzero"` // zero: it was not revoked
	key   storage.Key
	leads bool     // the key leads to this case
	moved CaseID   // the case that it leads to since this one went on there
	cases []CaseID // which it opens too
	// without are parts of the case that came with a participant that was taken for
	// this one, by an address: the holder of the code may be somebody else.
	without []uint32
}

func (g *Grant) holds(now storage.Millis) bool {
	return g.Ended.IsZero() && (g.Until.IsZero() || now < storage.MillisOf(g.Until))
}

func (x GrantAccess) decide(d *decision) error {
	k := d.check().instant("Until", x.Until)
	bits, problem := parseCode(string(x.Code))
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
	if to, ok := d.c.wentOn(); ok {
		return d.refuse(RuleMoved, "case %s goes on in case %s", d.c.Number, to)
	}
	y := &accessGranted{Party: x.Party, Key: d.s.codeKey(bits), Until: x.Until, Leads: true}
	held := 0
	for i := range d.c.Grants {
		g := &d.c.Grants[i]
		if g.key == y.Key {
			return d.refuse(RuleAccess, "code %d is the same", g.ID)
		}
		if g.Party == x.Party && g.Ended.IsZero() {
			held++
			if x.Replace {
				y.Ends = append(y.Ends, g.ID)
			}
		}
	}
	switch limit := d.s.cfg.Limits.Items; {
	case x.Party == Owner || p.Erased:
		return d.refuse(RuleAccess, "participant %d", x.Party)
	case held >= limit && !x.Replace:
		return d.bad("Party", fmt.Sprintf("it has %d codes, the limit is %d", held, limit), nil)
	}
	d.endCodes(y.Ends)
	d.emit(y)
	return nil
}

func (x RevokeAccess) decide(d *decision) error {
	if err := d.check().text("Reason", x.Reason).needed("Grant", x.Grant == 0 && x.Party == 0).err; err != nil {
		return err
	}
	if x.Grant != 0 && at(d.c.Grants, x.Grant) == nil {
		return d.refuse(RuleKnown, "code %d of %d", x.Grant, len(d.c.Grants))
	}
	y := &accessRevoked{Reason: x.Reason}
	for i := range d.c.Grants {
		g := &d.c.Grants[i]
		if g.Ended.IsZero() && (x.Grant == g.ID || x.Grant == 0) && (x.Party == g.Party || x.Party == 0) {
			if g.moved != (CaseID{}) {
				return d.refuse(RuleMoved, "code %d leads to case %s now", g.ID, g.moved)
			}
			y.Grants = append(y.Grants, g.ID)
		}
	}
	if len(y.Grants) == 0 {
		return d.refuse(RuleOnce, "no such code holds")
	}
	d.endCodes(y.Grants)
	d.emit(y)
	return nil
}

// endCodes gives up the keys of codes that end.
func (d *decision) endCodes(ids []GrantID) {
	for _, id := range ids {
		if g := at(d.c.Grants, id); g.leads {
			d.change.Drop = append(d.change.Drop, g.key)
		}
	}
}

// codesOf are those of participants that hold; all: of everybody.
func (c *Case) codesOf(parties []PartyID, all bool) (out []GrantID) {
	for i := range c.Grants {
		if g := &c.Grants[i]; g.Ended.IsZero() && (all || slices.Contains(parties, g.Party)) {
			out = append(out, g.ID)
		}
	}
	return out
}

func (c *Case) endGrants(ids []GrantID, at time.Time) {
	if len(ids) == 0 {
		return
	}
	c.Grants = slices.Clone(c.Grants)
	for _, id := range ids {
		if int(id)-1 < len(c.Grants) && id > 0 {
			c.Grants[id-1].Ended = at
		}
	}
}

// access lets codes open the other case too, for participants who were copied into
// it. One that was found there is another, or two were taken for one, by an address
// that anybody can give: a code of theirs opens nothing new. goes tells that the
// case goes on there as a whole.
func (k *carrier) access(gives *decision, goes bool) {
	became := map[PartyID]int{}
	for _, to := range k.parties {
		became[to]++
	}
	for i := range k.from.Grants {
		g := &k.from.Grants[i]
		to := k.parties[g.Party]
		if !g.holds(k.to.now) || became[to] != 1 || !slices.Contains(k.added, to) {
			continue
		}
		leads := goes && g.leads
		k.to.emit(&accessGranted{Party: to, Key: g.key, Until: g.Until, Leads: leads, From: k.from.ID, Without: k.moved(g.without)})
		gives.emit(&accessCarried{Grant: g.ID, To: k.to.c.ID, Leads: leads})
		if leads {
			gives.change.Drop = append(gives.change.Drop, g.key)
		}
	}
	var met []GrantID
	for i := range k.to.c.Grants {
		if g := &k.to.c.Grants[i]; became[g.Party] > 0 && !slices.Contains(k.added, g.Party) && g.Ended.IsZero() {
			met = append(met, g.ID)
		}
	}
	if len(met) > 0 {
		k.to.emit(&accessNarrowed{Grants: met, Without: parts(k.base, k.home)})
	}
}
