package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/cvdkit/cvdkit/cvd"
)

// printParties shows what each party was told, and what was kept from it.
func (d *desk) printParties(ctx context.Context, c *cvd.Case) {
	d.head("What each party was told")
	for _, p := range c.Participants {
		if p.ID == cvd.Owner {
			continue
		}
		fmt.Fprintf(d.w, "\n%s (%s)\n", c.PartyName(p.ID), p.Roles)
		for _, m := range c.Messages {
			for _, x := range m.Deliveries {
				if x.Party == p.ID {
					fmt.Fprintf(d.w, "  %s  %-18s %s\n", x.At.In(d.zone).Format("01-02 15:04"), m.Purpose, told(m, x))
				}
			}
		}
		if v, err := d.svc.View(ctx, c.ID, cvd.Viewer{Party: p.ID}); err == nil {
			fmt.Fprintf(d.w, "  can read now: %s\n", readable(v, p.ID))
		}
	}
	fmt.Fprintf(d.w, "\nThe public\n")
	v, err := d.svc.View(ctx, c.ID, cvd.Viewer{})
	if err != nil {
		fmt.Fprintf(d.w, "  does not learn that the case exists\n")
		return
	}
	fmt.Fprintf(d.w, "  can read now: %s\n", readable(v, 0))
}

func told(m cvd.Message, x cvd.DeliveryState) string {
	switch x.State {
	case cvd.DeliverySent:
		if x.Protection == cvd.ProtectSealed {
			return fmt.Sprintf("%s, sent encrypted", m.TLP)
		}
		return fmt.Sprintf("%s, sent over %s", m.TLP, x.Protection)
	case cvd.DeliveryNoticed:
		return fmt.Sprintf("%s, not sent over %s: only a notice that it waits in the portal", m.TLP, x.Protection)
	case cvd.DeliveryHeld:
		if m.Purpose == cvd.PurposeEmbargoEnded {
			return fmt.Sprintf("%s, not sent: the publication says it too", m.TLP)
		}
	}
	return fmt.Sprintf("%s, %s", m.TLP, x.State)
}

// printSent shows the last text that the reporter got, as it was.
func (d *desk) printSent(ctx context.Context, c *cvd.Case) error {
	for i := len(c.Messages) - 1; i >= 0; i-- {
		got, err := d.svc.Sent(ctx, c.ID, cvd.Viewer{Party: reporter}, c.Messages[i].ID, reporter)
		if errors.Is(err, cvd.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		d.head("The last text to the reporter")
		fmt.Fprintf(d.w, "%s\n%s", got.Subject.Display(), got.Text.DisplayText())
		return nil
	}
	return nil
}

func count(n int, what string) string {
	if n == 1 {
		return "one " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func readable(v *cvd.Case, party cvd.PartyID) string {
	var parts []string
	if v.Title != "" {
		parts = append(parts, "the title")
	}
	own, others := 0, 0
	for _, r := range v.Reports {
		if r.Reporter == party {
			own++
		} else {
			others++
		}
	}
	for _, x := range []struct {
		n    int
		what string
	}{{own, "its own report"}, {others, "the report without its reporter"}, {len(v.Messages), count(len(v.Messages), "message")}, {len(v.Publications), "the publication"}} {
		if x.n > 0 {
			parts = append(parts, x.what)
		}
	}
	if len(parts) == 0 {
		return "nothing"
	}
	return strings.Join(parts, ", ")
}
