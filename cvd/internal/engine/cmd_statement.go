package engine

import (
	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/caselog"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
)

// states checks the statements of a message, and makes them part of it.
func (d *Decision) states(m *caselog.MessagePosted, says []cvd.Statement) error {
	k := d.check().count("Statements", len(says), d.s.Cfg.Limits.Items)
	if m.Go && m.Hold {
		k.fail("Hold", "it is either Go or Hold", nil)
	}
	for _, x := range says {
		k.enum("Statements", uint8(x.Affected), uint8(cvd.Unreachable)).line("Statements", x.Fixed).text("Statements", x.Text)
	}
	if k.err != nil {
		return k.err
	}
	for _, x := range says {
		v, _, err := d.mustStatus(x.Vuln, m.From, x.Stream)
		if err != nil {
			return err
		}
		m.Statements = append(m.Statements, caselog.Stated{Vuln: v, Stream: x.Stream, Affected: x.Affected})
		m.Said = append(m.Said, x.Fixed, x.Text)
	}
	if m.Go || m.Hold {
		return d.mustAnswerRelease(m.From)
	}
	return nil
}

func (d *Decision) decideAdoptStatements(x cvd.AdoptStatements) error {
	m, texts, err := d.mustMessage(x.Message)
	if err != nil {
		return err
	}
	switch {
	case len(m.Statements) == 0 && !m.Go && !m.Hold:
		return d.refuse(cvd.RuleKnown, "message %d states nothing", m.ID)
	case !m.Adopted.IsZero():
		return d.refuse(cvd.RuleOnce, "message %d was adopted", m.ID)
	}
	d.emit(&caselog.StatementsAdopted{Message: m.ID})
	for i, y := range m.Statements {
		cmd := cvd.RecordStatus{Vuln: y.Vuln, Party: m.From, Stream: y.Stream, Affected: y.Affected, TLP: m.TLP, Shared: x.Shared}
		if 2*i+1 < len(texts.Said) {
			cmd.Fixed, cmd.Statement = texts.Said[2*i], texts.Said[2*i+1]
		}
		if err := d.decide(cmd); err != nil {
			return err
		}
	}
	if m.Go || m.Hold {
		if err := d.mustAnswerRelease(m.From); err != nil {
			return err
		}
		d.emit(&caselog.ReleaseAnswered{Party: m.From, Hold: m.Hold, Reason: texts.Text})
	}
	return nil
}

// mustMessage returns a message, and its record for the texts: without them, if
// they were erased.
func (d *Decision) mustMessage(id cvd.MessageID) (cvd.Message, *caselog.MessagePosted, error) {
	m := inner.At(d.c.Messages, id)
	if m == nil {
		return cvd.Message{}, nil, d.refuse(cvd.RuleKnown, "message %d of %d", id, len(d.c.Messages))
	}
	texts := &caselog.MessagePosted{}
	for i := range d.fresh {
		if x, ok := d.fresh[i].x.(*caselog.MessagePosted); ok && d.fresh[i].e.Seq == m.Seq {
			texts = x
		}
	}
	if m.Seq > d.before.Seq {
		return *m, texts, nil
	}
	for _, r := range d.log().records {
		if x, ok := r.x.(*caselog.MessagePosted); ok && r.ev.Seq == m.Seq {
			texts = x
		}
	}
	return *m, texts, nil
}
