package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/caselog"
)

func (d *Decision) decideMarkRead(x cvd.MarkRead) error {
	if x.Upto == 0 {
		x.Upto = d.c.Seq
	}
	if err := d.check().enum("Over", uint8(x.Over), uint8(cvd.ProtectSealed)).err; err != nil {
		return err
	}
	switch {
	case x.Upto < 0 || x.Upto > d.c.Seq:
		return d.refuse(cvd.RuleKnown, "record %d of %d", x.Upto, d.c.Seq)
	case x.Party > cvd.Owner:
		p, err := d.must(x.Party)
		if err != nil {
			return err
		}
		if ids, more := d.fetched(&p, x.Upto, x.Over); more || len(ids) > 0 {
			d.emit(&caselog.PartyRead{Party: x.Party, Upto: x.Upto, Messages: ids})
		}
		return nil
	case x.Upto <= d.c.Read:
		return d.refuse(cvd.RuleOnce, "the team has read up to %d", d.c.Read)
	}
	d.emit(&caselog.ReadMarked{Upto: x.Upto})
	return nil
}

// DoMany does what Service.DoMany promises.
func (s *Engine) DoMany(ctx context.Context, by cvd.By, ids []cvd.CaseID, cmds ...cvd.Command) ([]cvd.CaseResult, error) {
	if len(ids) > s.Cfg.Limits.Items {
		return nil, &cvd.InputError{Command: "DoMany", Field: "ids", Problem: fmt.Sprintf("there are %d, the limit is %d", len(ids), s.Cfg.Limits.Items), Err: nil}
	}
	if by.If != 0 {
		return nil, &cvd.InputError{Command: "DoMany", Field: "by.If", Problem: "one version cannot be that of many cases", Err: nil}
	}
	for _, cmd := range cmds {
		switch cmd.(type) {
		case cvd.Attach, cvd.Receive, cvd.Open, cvd.RecordSubmission:
			return nil, &cvd.InputError{Command: "DoMany", Field: "cmds", Problem: commandName(cmd) + " is of one case", Err: nil}
		}
		if slices.ContainsFunc(brought(cmd), func(f broughtFile) bool { return f.src != nil }) {
			return nil, &cvd.InputError{Command: "DoMany", Field: "cmds", Problem: commandName(cmd) + " carries a file, which can be read only once", Err: nil}
		}
	}
	if err := s.complete(&by, nil, cmds); err != nil {
		return nil, err
	}
	out := make([]cvd.CaseResult, len(ids))
	for i, id := range ids {
		each := by
		each.ID = derivedID("each %s %s", by.ID, id)
		out[i].ID = id
		if out[i].Err = ctx.Err(); out[i].Err != nil {
			continue
		}
		if id == (cvd.CaseID{}) {
			out[i].Err = cvd.ErrNotFound
			continue
		}
		out[i].Case, out[i].Err = s.Do(ctx, id, each, cmds...)
		if errors.Is(out[i].Err, cvd.ErrInput) {
			return out[:i+1], out[i].Err // it would be the same for all
		}
	}
	return out, nil
}
