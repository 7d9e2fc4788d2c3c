package cvd

import (
	"context"
)

// LinkTo says how a case relates to another. It is given to Service.Link.
type LinkTo struct {
	Kind   LinkKind // LinkRelated, LinkDependsOn, LinkNeededBy, LinkDuplicateOf or LinkDuplicatedBy
	Case   CaseID   // the other case, which must exist
	Reason Private  // for the team; may be empty
}

// Link records how two cases relate, in both, in one append. It moves nothing;
// a case that is only a duplicate is better merged. Config.Authorize is asked
// for both cases. The result is the first case.
func (s *Service) Link(ctx context.Context, id CaseID, by By, x LinkTo) (*Case, error) {
	if err := s.complete(&by, nil, x); err != nil {
		return nil, err
	}
	c, b, written, err := s.changeBoth(ctx, id, x.Case, by, x, false, nil, func(a, b *decision) error {
		if err := b.staged(x); err != nil {
			return err
		}
		k := a.check().text("Reason", x.Reason)
		if x.Kind > LinkDuplicatedBy {
			k.fail("Kind", "it is made by Merge, Split and Reopen only", nil)
		}
		if k.err != nil {
			return k.err
		}
		for _, l := range a.c.Links {
			if l.Kind == x.Kind && l.Case == x.Case {
				return a.refuse(RuleOnce, "case %s is %s case %s", a.c.Number, l.Kind, l.Number)
			}
		}
		a.emit(&caseLinked{Kind: x.Kind, Case: b.c.ID, Number: b.c.Number, Reason: x.Reason})
		b.emit(&caseLinked{Kind: x.Kind.other(), Case: a.c.ID, Number: a.c.Number, Reason: x.Reason})
		return nil
	})
	if err == nil && b == nil && !written {
		c = repeated(c)
	}
	return c.handed(), err
}

// HandOver makes another participant the one who coordinates. The owner keeps
// the log and its duties to record; the others are told that the coordination
// has passed, not to whom. Handing over to the owner takes it back.
type HandOver struct {
	To     PartyID // who coordinates from then on
	Reason Private // required; for the team
}

func (x HandOver) decide(d *decision) error {
	if err := d.check().needed("Reason", x.Reason == "").text("Reason", x.Reason).err; err != nil {
		return err
	}
	if err := d.mustBeOpen(); err != nil {
		return err
	}
	if _, err := d.must(x.To); err != nil {
		return err
	}
	lead := max(d.c.Lead, Owner)
	if x.To == lead {
		return d.refuse(RuleOnce, "participant %d leads", x.To)
	}
	if !d.c.mayKnow(x.To, d.now) {
		return d.refuse(RuleAudience, "participant %d has not agreed to the embargo", x.To)
	}
	d.emit(&caseHanded{To: x.To, Reason: x.Reason})
	d.tellOthers(PurposeMoved, 0, Owner)
	return nil
}

// hideTeamwork removes what only the team sees of its own organisation.
func (c *Case) hideTeamwork() {
	c.Links, c.Decisions, c.Read, c.Held = nil, nil, 0, false
	c.IDs, c.RelatedEnds, c.Drafts, c.Groups, c.CVEs = nil, nil, nil, nil, nil
	for i := range c.Streams {
		c.Streams[i].Groups = nil
	}
	c.Updates, c.Closings, c.Waits = nil, nil, nil
	for i := range c.Reports {
		c.Reports[i].MovedTo = CaseID{}
	}
	for i := range c.Vulnerabilities {
		c.Vulnerabilities[i].MovedTo = CaseID{}
	}
}
