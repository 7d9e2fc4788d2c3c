package cvd

import (
	"fmt"
	"slices"
	"time"

	"github.com/cvdkit/cvdkit/cvd/policy"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// backdate lets a decision be made as of By.At.
func (d *decision) backdate() error {
	at, problem := d.by.At, ""
	switch {
	case at.IsZero():
		return nil
	case !d.by.Silent:
		problem = "it goes with By.Silent only"
	case storage.MillisOf(at) > d.clock:
		problem = "the date lies ahead"
	case at.Before(d.clock.Time().Add(-d.s.cfg.Limits.Past)) || storage.MillisOf(at) == 0:
		problem = "the date is too long ago"
	case d.c.Seq > 0 && storage.MillisOf(at) < storage.MillisOf(d.c.At):
		problem = fmt.Sprintf("the newest record of the case is of %s, and records are in order", d.c.At.UTC().Format(time.RFC3339))
	default:
		d.now, d.at = storage.MillisOf(at), storage.MillisOf(at)
		return nil
	}
	return &InputError{"Do", "by.At", problem, nil}
}

// historyImported ends what was written by one call with By.Silent. In a case into
// which an imported one goes it carries the date on, and nothing else of it.
type historyImported struct {
	structural
	At   time.Time // when it was written
	From Seq       // the first record of it; after this one: of another case
}

func (*historyImported) name() string { return "history.imported/1" }
func (x *historyImported) body(w *wire) {
	w.instant(&x.At)
	signed(w, &x.From)
}
func (x *historyImported) apply(c *folded, e *envelope) {
	c.imported = later(c.imported, x.At)
	for i := len(c.Reports) - 1; i >= 0 && c.Reports[i].seq >= x.From; i-- {
		c.report(c.Reports[i].ID).past = true
	}
	for i := len(c.Messages) - 1; i >= 0 && c.Messages[i].Seq >= x.From; i-- {
		m := c.message(c.Messages[i].ID)
		m.past = true
		m.Deliveries = slices.Clone(m.Deliveries)
		for j := range m.Deliveries {
			m.Deliveries[j].State = DeliveryHeld // nothing of it goes out from here
		}
	}
	for i, p := range c.Participants {
		if when := p.attention(); when != 0 && when <= storage.MillisOf(x.At) {
			p = c.party(PartyID(i + 1))
			if p.reminded = 1; p.AnswerBy.Before(x.At) {
				p.reminded = 2
			}
		}
	}
	if len(c.kin) > 0 && x.From <= e.seq {
		c.kin = slices.Clone(c.kin)
		for i := range c.kin {
			c.kin[i].told = true
		}
	}
	u := c.Unread()
	c.unread = len(u.Reports) + len(u.Messages)
	c.event(e, Event{When: x.At})
}

// remindedOf tells the reminders that are done with: those that were recorded, and
// those of dates that had passed when the case was imported.
func (c *folded) remindedOf(ds []policy.Deadline) func(id string) bool {
	if c.imported.IsZero() {
		return func(id string) bool { return c.reminded(id) }
	}
	past := map[string]bool{}
	for _, d := range ds {
		for _, r := range d.Reminders() {
			if !d.Due.After(c.imported) || !r.At.After(c.imported) {
				past[r.ID] = true
			}
		}
	}
	return func(id string) bool { return past[id] || c.reminded(id) }
}
