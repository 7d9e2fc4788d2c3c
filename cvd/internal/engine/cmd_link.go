package engine

import (
	"context"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/caselog"
)

// Link does what Service.Link promises.
func (s *Engine) Link(ctx context.Context, id cvd.CaseID, by cvd.By, x cvd.LinkTo) (*cvd.Case, error) {
	if err := s.complete(&by, nil, x); err != nil {
		return nil, err
	}
	c, b, written, err := s.changeBoth(ctx, id, x.Case, by, x, false, nil, func(a, b *Decision) error {
		if err := b.staged(x); err != nil {
			return err
		}
		k := a.check().text("Reason", x.Reason)
		if x.Kind > cvd.LinkDuplicatedBy {
			k.fail("Kind", "it is made by Merge, Split and Reopen only", nil)
		}
		if k.err != nil {
			return k.err
		}
		for _, l := range a.c.Links {
			if l.Kind == x.Kind && l.Case == x.Case {
				return a.refuse(cvd.RuleOnce, "case %s is %s case %s", a.c.Number, l.Kind, l.Number)
			}
		}
		a.emit(&caselog.CaseLinked{Kind: x.Kind, Case: b.c.ID, Number: b.c.Number, Reason: x.Reason})
		b.emit(&caselog.CaseLinked{Kind: other(x.Kind), Case: a.c.ID, Number: a.c.Number, Reason: x.Reason})
		return nil
	})
	if err == nil && b == nil && !written {
		c = repeated(c)
	}
	return c.Handed(), err
}

func (d *Decision) decideHandOver(x cvd.HandOver) error {
	if err := d.check().needed("Reason", x.Reason == "").text("Reason", x.Reason).err; err != nil {
		return err
	}
	if err := d.mustBeOpen(); err != nil {
		return err
	}
	if _, err := d.must(x.To); err != nil {
		return err
	}
	lead := max(d.c.Lead, cvd.Owner)
	if x.To == lead {
		return d.refuse(cvd.RuleOnce, "participant %d leads", x.To)
	}
	if !caselog.MayKnow(&d.c.Case, x.To, d.now) {
		return d.refuse(cvd.RuleAudience, "participant %d has not agreed to the embargo", x.To)
	}
	d.emit(&caselog.CaseHanded{To: x.To, Reason: x.Reason})
	d.tellOthers(cvd.PurposeMoved, 0, cvd.Owner)
	return nil
}

// other returns the kind of the other end.
func other(k cvd.LinkKind) cvd.LinkKind {
	if k == cvd.LinkRelated {
		return k
	}
	return (k - 1) ^ 1 + 1
}
