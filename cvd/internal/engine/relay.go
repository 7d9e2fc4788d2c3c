package engine

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/caselog"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// Settle records outcomes together. If a lease was lost to another process,
// each is tried alone, so that one does not undo the rest.
func (s *Engine) Settle(ctx context.Context, id cvd.CaseID, done []storage.Delivery, items []caselog.DeliveredItem, out *cvd.Relayed) error {
	// What was sent is recorded also where the host is about to stop.
	_, _, err := s.change(context.WithoutCancel(ctx), id, cvd.By{ID: settlement(done)}, false, nil, func(d *Decision) error {
		x := &caselog.MessageDelivered{Items: items}
		for i := range items {
			x.Texts.Add(items[i].Frame)
		}
		d.emit(x)
		d.change.Settle = done
		return nil
	})
	switch {
	case errors.Is(err, storage.ErrLeaseLost) && len(done) > 1:
		for i := range done {
			if err := s.Settle(ctx, id, done[i:i+1], items[i:i+1], out); err != nil {
				return err
			}
		}
		return nil
	case errors.Is(err, storage.ErrLeaseLost):
		return nil // whoever has it now sends it again, under the same ID
	case err != nil:
		return err
	}
	for _, it := range items {
		switch it.State {
		case cvd.DeliverySent:
			out.Sent++
		case cvd.DeliveryNoticed:
			out.Noticed++
		case cvd.DeliveryHeld:
			out.Held++
		case cvd.DeliveryFailed:
			out.Failed++
		}
	}
	return nil
}

// Growing is the wait after the nth time: a minute, doubled each time up to four
// hours.
func Growing(n int64) time.Duration { return min(time.Minute<<min(n-1, 16), 4*time.Hour) }

// settlement names the command that records these outcomes, so that a record
// whose append had no known outcome is not made twice.
func settlement(done []storage.Delivery) cvd.CommandID {
	var b []byte
	for _, d := range done {
		b = fmt.Appendf(b, "%s %s %d %d;", d.Case, d.Lane, d.Ref, d.Token)
	}
	return derivedID("settle %s", b)
}

func Panicked(where string, value any) error {
	return &cvd.PanicError{Where: where, Type: fmt.Sprintf("%T", value), Stack: debug.Stack()}
}
