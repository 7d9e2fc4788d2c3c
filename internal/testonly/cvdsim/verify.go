package cvdsim

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/policy"
	"github.com/cvdkit/cvdkit/cvd/storecheck"
	"github.com/cvdkit/cvdkit/internal/testonly/cvdmodel"
)

// verify judges all that is stored.
func (w *world) verify(ctx context.Context) error {
	for _, k := range w.cases {
		rs, err := w.store.Load(ctx, k.id, k.acked-1, 1, false)
		if err != nil {
			return err
		}
		if len(rs) != 1 || !bytes.HasSuffix(rs[0].Body, k.tip[:]) { // a record ends with its link
			return &violation{"something acknowledged is lost", k.label, fmt.Sprintf("record %d is not the one that was acknowledged", k.acked)}
		}
	}
	if err := w.lookAll(ctx, true); err != nil {
		return err
	}
	if err := w.contents(ctx); err != nil {
		return err
	}
	r, err := storecheck.Verify(ctx, w.judge, w.store, storecheck.Options{Now: w.now.Add(skew)})
	if err != nil {
		return err
	}
	w.did["verified"] += r.Records
	for _, f := range r.Findings {
		return &violation{"a log or a row does not verify", w.labelOf(f.Case), f.String()}
	}
	if r.Cases != len(w.cases) {
		return &violation{"cases are missing, or nobody made them", "", fmt.Sprintf("%d are there, %d were acknowledged", r.Cases, len(w.cases))}
	}
	if _, err := cvdmodel.RebuiltBut(ctx, w.judge, w.store, w.late); err != nil {
		return &violation{"the rows are not what the logs say", "", err.Error()}
	}
	if err := errors.Join(w.sent, w.filed(ctx), w.followed(ctx), w.counted(ctx)); err != nil {
		return err
	}
	for id, l := range w.letters {
		if strings.Contains(l.to, " reads ") {
			return &violation{"somebody is sent what nobody gave it", "", id + " to " + l.to}
		}
	}
	for _, k := range w.cases {
		if err := w.reminded(k); err != nil {
			return err
		}
	}
	return nil
}

// reminded judges that a log records each reminder once, and that nobody was reminded
// more often than that; nor less often, unless the answer to a Tick was lost.
func (w *world) reminded(k *simCase) error {
	ids, recorded := map[string]bool{}, map[told]int{}
	for _, r := range k.view.Reminded {
		if ids[r.ID] {
			return &violation{"a reminder is recorded twice", k.label, r.ID}
		}
		ids[r.ID] = true
		recorded[told{k.id, r.Deadline, r.Kind}]++
	}
	for x, n := range w.heard {
		if x.id == k.id && n > recorded[x] {
			return &violation{"a reminder came twice", k.label, fmt.Sprintf("%s %v came %d times and is recorded %d times", x.deadline, x.kind, n, recorded[x])}
		}
	}
	for x, n := range recorded {
		own := x.deadline == "answer-window" && x.kind == policy.ReminderSoon // it goes to the participant
		if !w.tickOff && !own && !k.joined && n > w.heard[x] {
			return &violation{"a reminder is recorded that nobody got", k.label, fmt.Sprintf("%s %v", x.deadline, x.kind)}
		}
	}
	return nil
}

// drain ends a world: everything goes out, and is held against what should have.
func (w *world) drain(ctx context.Context) error {
	h := w.hosts[0]
	for range 500 {
		h.store.arm(nil, nil)
		r, err := h.svc.Relay(ctx, 100)
		if err != nil {
			return err
		}
		if r.Next.IsZero() {
			break
		}
		if next := r.Next.Sub(w.now.Add(h.skew)); next > 0 {
			w.now = w.now.Add(next)
		} else {
			w.now = w.now.Add(time.Second)
		}
	}
	w.now = w.now.Add(8 * time.Hour) // leases of those that died have ended, by fast clocks too
	for range 500 {
		r, err := h.svc.Relay(ctx, 100)
		if err != nil {
			return err
		}
		if r.Next.IsZero() {
			break
		}
		w.now = w.now.Add(10 * time.Minute)
	}
	if err := w.lookAll(ctx, false); err != nil {
		return err
	}
	type place struct {
		id cvd.CaseID
		m  cvd.MessageID
		p  cvd.PartyID
		// A text and the notice of it, after its reader lost sight of it, are two mails.
		notice bool
	}
	at := map[place]string{}
	for id, l := range w.letters {
		of, err := w.judge.Lookup(ctx, cvd.ExternalID{Kind: cvd.IDNumber, Value: cvd.Private(l.number)})
		if errors.Is(err, cvd.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		c, m, p, err := w.judge.Delivery(ctx, of, id)
		if errors.Is(err, cvd.ErrNotFound) {
			continue // erased
		}
		if err != nil {
			return err
		}
		x := place{c, m, p, l.notice}
		if at[x] != "" && at[x] != id {
			return &violation{"a message went out under two IDs", w.labelOf(c), fmt.Sprintf("message %d to %d", m, p)}
		}
		at[x] = id
	}
	for _, k := range w.cases {
		for i := range k.view.Messages {
			m := &k.view.Messages[i]
			for _, d := range m.Deliveries {
				switch d.State {
				case cvd.DeliveryQueued:
					return &violation{"a message never went out", k.label, fmt.Sprintf("message %d to %d", m.ID, d.Party)}
				case cvd.DeliverySent, cvd.DeliveryNoticed:
					if at[place{k.id, m.ID, d.Party, d.State == cvd.DeliveryNoticed}] == "" && !k.moved() {
						return &violation{"a message counts as sent and never arrived", k.label, fmt.Sprintf("message %d to %d", m.ID, d.Party)}
					}
				}
			}
		}
	}
	if err := w.verify(ctx); err != nil {
		return err
	}
	return w.archived(ctx)
}

// moved tells that a case goes on in another, or came of one: its messages are copies.
func (k *simCase) moved() bool { return len(k.view.Links) > 0 }
