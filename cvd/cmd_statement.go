package cvd

// Statement is what a vendor says of one vulnerability in one of its product
// streams, in a message.
type Statement struct {
	Vuln     VulnID   // 0: the only one
	Stream   StreamID // 0: all of the vendor's products
	Affected Affected // whether the stream is
	Fixed    Private  // the version that holds the fix
	Text     Private  // what the vendor says, in words
}

// states checks the statements of a message, and makes them part of it.
func (d *decision) states(m *messagePosted, says []Statement) error {
	k := d.check().count("Statements", len(says), d.s.cfg.Limits.Items)
	if m.Go && m.Hold {
		k.fail("Hold", "it is either Go or Hold", nil)
	}
	for _, x := range says {
		k.enum("Statements", uint8(x.Affected), uint8(Unreachable)).line("Statements", x.Fixed).text("Statements", x.Text)
	}
	if k.err != nil {
		return k.err
	}
	for _, x := range says {
		v, _, err := d.mustStatus(x.Vuln, m.From, x.Stream)
		if err != nil {
			return err
		}
		m.Statements = append(m.Statements, stated{v, x.Stream, x.Affected})
		m.Said = append(m.Said, x.Fixed, x.Text)
	}
	if m.Go || m.Hold {
		return d.mustAnswerRelease(m.From)
	}
	return nil
}

// AdoptStatements makes what a vendor said in a message act: as RecordStatus and
// AnswerRelease do, on its behalf.
type AdoptStatements struct {
	Message MessageID // that said it
	Shared  bool      // lets other participants see the statements before publication: the vendor wants that
}

func (x AdoptStatements) decide(d *decision) error {
	m, texts, err := d.mustMessage(x.Message)
	if err != nil {
		return err
	}
	switch {
	case len(m.Statements) == 0 && !m.Go && !m.Hold:
		return d.refuse(RuleKnown, "message %d states nothing", m.ID)
	case !m.Adopted.IsZero():
		return d.refuse(RuleOnce, "message %d was adopted", m.ID)
	}
	d.emit(&statementsAdopted{Message: m.ID})
	for i, y := range m.Statements {
		cmd := RecordStatus{Vuln: y.Vuln, Party: m.From, Stream: y.Stream, Affected: y.Affected, TLP: m.TLP, Shared: x.Shared}
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
		d.emit(&releaseAnswered{Party: m.From, Hold: m.Hold, Reason: texts.Text})
	}
	return nil
}

// mustMessage returns a message, and its record for the texts: without them, if
// they were erased.
func (d *decision) mustMessage(id MessageID) (Message, *messagePosted, error) {
	m := at(d.c.Messages, id)
	if m == nil {
		return Message{}, nil, d.refuse(RuleKnown, "message %d of %d", id, len(d.c.Messages))
	}
	texts := &messagePosted{}
	for i := range d.fresh {
		if x, ok := d.fresh[i].x.(*messagePosted); ok && d.fresh[i].e.seq == m.Seq {
			texts = x
		}
	}
	if m.Seq > d.before.Seq {
		return *m, texts, nil
	}
	for _, r := range d.log().records {
		if x, ok := r.x.(*messagePosted); ok && r.ev.Seq == m.Seq {
			texts = x
		}
	}
	return *m, texts, nil
}

// statementsAdopted says that the team made the statements of a message its own.
type statementsAdopted struct {
	structural
	Message MessageID
}

func (*statementsAdopted) name() string   { return "statements.adopted/1" }
func (x *statementsAdopted) body(w *wire) { num(w, &x.Message) }
func (x *statementsAdopted) apply(c *folded, e *envelope) {
	if m := c.message(x.Message); m != nil {
		m.Adopted = e.at.Time()
	}
	c.event(e, Event{}.With(uint32(x.Message), 0))
}
