package caselog

import (
	"github.com/cvdkit/cvdkit/cvd"
)

// StatementsAdopted says that the team made the statements of a message its own.
type StatementsAdopted struct {
	structural
	Message cvd.MessageID
}

func (*StatementsAdopted) RecordName() string { return "statements.adopted/1" }
func (x *StatementsAdopted) Body(w *Wire)     { num(w, &x.Message) }

func (x *StatementsAdopted) apply(c *Folded, e *Envelope) {
	if m := c.message(x.Message); m != nil {
		m.Adopted = e.At.Time()
	}
	event(&c.Case, e, cvd.Event{}.With(uint32(x.Message), 0))
}
