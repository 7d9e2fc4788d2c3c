package cvd

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// MarkRead says that the team, or a participant, has read everything up to a record.
//
// For a participant it records which messages it has fetched, in a portal for
// example: those to it that it may see over the way that it came. It is called when
// they have been shown; where nothing is new to it, it changes nothing.
type MarkRead struct {
	Upto  Seq        // 0: everything
	Party PartyID    // 0: the team
	Over  Protection // of the way to a participant: see Viewer.Over
}

func (x MarkRead) decide(d *decision) error {
	if x.Upto == 0 {
		x.Upto = d.c.Seq
	}
	if err := d.check().enum("Over", uint8(x.Over), uint8(ProtectSealed)).err; err != nil {
		return err
	}
	switch {
	case x.Upto < 0 || x.Upto > d.c.Seq:
		return d.refuse(RuleKnown, "record %d of %d", x.Upto, d.c.Seq)
	case x.Party > Owner:
		p, err := d.must(x.Party)
		if err != nil {
			return err
		}
		if ids, more := d.fetched(&p, x.Upto, x.Over); more || len(ids) > 0 {
			d.emit(&partyRead{Party: x.Party, Upto: x.Upto, Messages: ids})
		}
		return nil
	case x.Upto <= d.c.Read:
		return d.refuse(RuleOnce, "the team has read up to %d", d.c.Read)
	}
	d.emit(&readMarked{Upto: x.Upto})
	return nil
}

// Unread is what others sent and the team has not marked as read.
type Unread struct {
	Reports  []ReportID  // reports, by number
	Messages []MessageID // messages, by number
}

// Unread returns the reports, and the messages of other participants, after the
// newest MarkRead. What came by an import was read where it comes from: see By.Silent.
func (c *Case) Unread() (u Unread) {
	for i := range c.Reports {
		if r := &c.Reports[i]; r.seq > c.Read && !r.past {
			u.Reports = append(u.Reports, c.Reports[i].ID)
		}
	}
	for i := range c.Messages {
		if m := &c.Messages[i]; m.Seq > c.Read && m.From != Owner && !m.past {
			u.Messages = append(u.Messages, m.ID)
		}
	}
	return u
}

// UnreadBy returns the messages to a participant that it has not fetched, of those that
// this view of the case shows; for the owner the same as Unread.
func (c *Case) UnreadBy(p PartyID) (u Unread) {
	if p == Owner {
		return c.Unread()
	}
	for i := range c.Messages {
		if m := &c.Messages[i]; m.unfetched(p) {
			u.Messages = append(u.Messages, m.ID)
		}
	}
	return u
}

// OpenClaims returns the claims that wait for the owner: not adopted, and of
// something that the case does not hold to be true anyway.
func (c *Case) OpenClaims() []Claim {
	return slices.DeleteFunc(slices.Clone(c.Claims), func(x Claim) bool {
		return !x.Adopted.IsZero() || c.State(x.Vuln, x.Vendor, x.Stream).Has(x.What.Letter())
	})
}

// CaseResult is what became of one case of DoMany.
type CaseResult struct {
	ID   CaseID // of the case
	Case *Case  // nil if Err is not
	Err  error  // why it was left as it was; nil: it was not
}

// DoMany applies the same commands to many cases: one decision on reports
// that a scanner sent, each answered on its own. Every case is decided for
// itself; one that is refused does not stop the others. If ctx ends, the cases
// that were not reached have its error.
//
// With By.ID a repeat changes nothing, also where the first call got only half
// way. By.If must be 0. At most Limits.Items cases; no command may carry a file.
func (s *Service) DoMany(ctx context.Context, by By, ids []CaseID, cmds ...Command) ([]CaseResult, error) {
	if len(ids) > s.cfg.Limits.Items {
		return nil, &InputError{"DoMany", "ids", fmt.Sprintf("there are %d, the limit is %d", len(ids), s.cfg.Limits.Items), nil}
	}
	if by.If != 0 {
		return nil, &InputError{"DoMany", "by.If", "one version cannot be that of many cases", nil}
	}
	for _, cmd := range cmds {
		switch cmd.(type) {
		case Attach, Receive, Open, RecordSubmission:
			return nil, &InputError{"DoMany", "cmds", commandName(cmd) + " is of one case", nil}
		}
		if slices.ContainsFunc(brought(cmd), func(f broughtFile) bool { return f.src != nil }) {
			return nil, &InputError{"DoMany", "cmds", commandName(cmd) + " carries a file, which can be read only once", nil}
		}
	}
	if err := s.complete(&by, nil, cmds); err != nil {
		return nil, err
	}
	out := make([]CaseResult, len(ids))
	for i, id := range ids {
		each := by
		each.ID = derivedID("each %s %s", by.ID, id)
		out[i].ID = id
		if out[i].Err = ctx.Err(); out[i].Err != nil {
			continue
		}
		if id == (CaseID{}) {
			out[i].Err = ErrNotFound
			continue
		}
		out[i].Case, out[i].Err = s.Do(ctx, id, each, cmds...)
		if errors.Is(out[i].Err, ErrInput) {
			return out[:i+1], out[i].Err // it would be the same for all
		}
	}
	return out, nil
}
