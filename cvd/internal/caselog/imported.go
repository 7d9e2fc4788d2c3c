package caselog

import (
	"slices"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
	"github.com/cvdkit/cvdkit/cvd/policy"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// HistoryImported ends what was written by one call with By.Silent. In a case into
// which an imported one goes it carries the date on, and nothing else of it.
type HistoryImported struct {
	structural
	At   time.Time // when it was written
	From cvd.Seq   // the first record of it; after this one: of another case
}

func (*HistoryImported) RecordName() string { return "history.imported/1" }

func (x *HistoryImported) Body(w *Wire) {
	w.Instant(&x.At)
	Signed(w, &x.From)
}

func (x *HistoryImported) apply(c *Folded, e *Envelope) {
	c.Imported = inner.Later(c.Imported, x.At)
	for i := len(c.Reports) - 1; i >= 0 && c.Reports[i].Kept(inner.Only{}).Seq >= x.From; i-- {
		c.report(c.Reports[i].ID).Kept(inner.Only{}).Past = true
	}
	for i := len(c.Messages) - 1; i >= 0 && c.Messages[i].Seq >= x.From; i-- {
		m := c.message(c.Messages[i].ID)
		m.Kept(inner.Only{}).Past = true
		m.Deliveries = slices.Clone(m.Deliveries)
		for j := range m.Deliveries {
			m.Deliveries[j].State = cvd.DeliveryHeld // nothing of it goes out from here
		}
	}
	for i, p := range c.Participants {
		if when := Attention(p); when != 0 && when <= storage.MillisOf(x.At) {
			p = c.party(cvd.PartyID(i + 1))
			if p.Kept(inner.Only{}).Reminded = 1; p.AnswerBy.Before(x.At) {
				p.Kept(inner.Only{}).Reminded = 2
			}
		}
	}
	if len(c.Kin) > 0 && x.From <= e.Seq {
		c.Kin = slices.Clone(c.Kin)
		for i := range c.Kin {
			c.Kin[i].Told = true
		}
	}
	u := c.Unread()
	c.unread = len(u.Reports) + len(u.Messages)
	event(&c.Case, e, cvd.Event{When: x.At})
}

// RemindedOf tells the reminders that are done with: those that were recorded, and
// those of dates that had passed when the case was imported.
func (c *Folded) RemindedOf(ds []policy.Deadline) func(id string) bool {
	if c.Imported.IsZero() {
		return func(id string) bool { return reminded(&c.Case, id) }
	}
	past := map[string]bool{}
	for _, d := range ds {
		for _, r := range d.Reminders() {
			if !d.Due.After(c.Imported) || !r.At.After(c.Imported) {
				past[r.ID] = true
			}
		}
	}
	return func(id string) bool { return past[id] || reminded(&c.Case, id) }
}
