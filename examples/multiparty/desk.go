package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/memstore"
	"github.com/cvdkit/cvdkit/cvd/policy"
	"github.com/cvdkit/cvdkit/cvd/service"
)

// The parties, by their numbers in the case.
const (
	coordinator = cvd.Owner
	finder      = cvd.PartyID(2)
	aurora      = cvd.PartyID(3) // fast
	borealis    = cvd.PartyID(4) // rejects the date
	cirrus      = cvd.PartyID(5) // silent
)

// desk is the host of this example: the coordinator's Service and a clock.
type desk struct {
	w    io.Writer
	svc  *service.Service
	zone *time.Location
	now  time.Time
	id   cvd.CaseID
	post
}

func newDesk(w io.Writer) (*desk, error) {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		return nil, err
	}
	d := &desk{w: w, zone: zone, now: time.Date(2026, 9, 7, 9, 0, 0, 0, zone)}
	secret := make([]byte, 32)
	if _, err := rand.Read(secret); err != nil {
		return nil, err
	}
	if err := d.begin(func() time.Time { return d.now }); err != nil {
		return nil, err
	}
	d.svc, err = service.New(cvd.Config{
		Store: memstore.New(), Secret: secret, Now: func() time.Time { return d.now },
		Team:     cvd.Team{Name: "Coordination Centre", Roles: cvd.RoleCoordinator},
		Embargo:  cvd.EmbargoRules{Quorum: 60},
		Calendar: policy.Calendar{Zone: zone}, Policies: []policy.Policy{},
		Transports: map[string]cvd.Transport{cvd.TransportMail: d.transport()},
	})
	return d, err
}

func (d *desk) head(s string) { fmt.Fprintf(d.w, "\n%s\n%s\n", s, strings.Repeat("-", len(s))) }

// say prints a line of the story with its date.
func (d *desk) say(format string, a ...any) {
	fmt.Fprintf(d.w, "\n%s  %s\n", d.now.Format("Mon 2006-01-02 15:04"), fmt.Sprintf(format, a...))
}

// pass moves the clock and sends what is due.
func (d *desk) pass(ctx context.Context, days, hours int) error {
	if _, err := d.svc.Relay(ctx, 100); err != nil {
		return err
	}
	d.now = d.now.AddDate(0, 0, days).Add(time.Duration(hours) * time.Hour)
	return nil
}

// refused shows that the rules hold: the command must be refused.
func (d *desk) refused(ctx context.Context, what string, cmd cvd.Command) error {
	_, err := d.svc.Do(ctx, d.id, cvd.By{Actor: "ana"}, cmd)
	var r *cvd.Refusal
	if !errors.As(err, &r) {
		return fmt.Errorf("%s should be refused: %w", what, err)
	}
	fmt.Fprintf(d.w, "  %s: refused, %s\n    (%s)\n", what, r.Rule.Text(), r.Rule)
	return nil
}

// printTold shows what was sent to each party.
func (d *desk) printTold(c *cvd.Case) {
	d.head("Who was told what, and when")
	for _, p := range c.Participants[1:] {
		fmt.Fprintf(d.w, "\n%s (%s)\n", c.PartyName(p.ID), p.Roles)
		for _, m := range c.Messages {
			for _, x := range m.Deliveries {
				if x.Party == p.ID {
					fmt.Fprintf(d.w, "  %s  %-17s %-13s %s\n", x.At.In(d.zone).Format("01-02 15:04"), m.Purpose, m.TLP, how(x))
				}
			}
		}
	}
}

// how says in which way something went out.
func how(x cvd.DeliveryState) string {
	what := x.State.String()
	if x.State == cvd.DeliveryNoticed {
		what = "a notice sent"
	}
	switch x.Protection {
	case cvd.ProtectNone:
		return what
	case cvd.ProtectSealed:
		return what + " sealed"
	}
	return what + " over " + x.Protection.String()
}

// printProgress shows all vendors at a glance.
func (d *desk) printProgress(c *cvd.Case) {
	d.head("The vendors at a glance")
	for _, x := range c.Progress() {
		heard := "never"
		if !x.Heard.IsZero() {
			heard = x.Heard.In(d.zone).Format("01-02 15:04")
		}
		fmt.Fprintf(d.w, "%-10s %-9s %s  %-19s last heard of: %s\n", c.PartyName(x.Party), x.RM, x.State, x.Statement, heard)
	}
}

// printSight shows what each party can read now.
func (d *desk) printSight(ctx context.Context) error {
	for _, p := range []cvd.PartyID{finder, aurora, borealis, cirrus, 0} {
		name, v := "the public", cvd.Viewer{Party: p}
		c, err := d.svc.View(ctx, d.id, v)
		if p != 0 && err == nil {
			name = c.PartyName(p)
		}
		switch {
		case errors.Is(err, cvd.ErrNotFound):
			fmt.Fprintf(d.w, "  %-12s learns nothing, not even that there is a case\n", name)
			continue
		case err != nil:
			return err
		}
		fmt.Fprintf(d.w, "  %-12s %s\n", name, sight(c, p))
	}
	return nil
}

func count(n int, what string) string {
	if n == 1 {
		return "one " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func sight(c *cvd.Case, p cvd.PartyID) string {
	var s []string
	if c.Title != "" {
		s = append(s, "the title")
	}
	if n := len(c.Reports); n > 0 {
		s = append(s, "the report")
	}
	own, others := 0, 0
	for _, x := range c.Statuses {
		if x.Vendor == p {
			own++
		} else {
			others++
		}
	}
	if own > 0 {
		s = append(s, "its own statement")
	}
	if others > 0 {
		s = append(s, count(others, "statement")+" of others")
	}
	if ends, ok := c.Embargo.Ends(); ok && p != 0 {
		s = append(s, "the embargo until "+ends.Format("2006-01-02 15:04 MST"))
	}
	if len(c.Publications) > 0 {
		s = append(s, "the publication")
	}
	if len(s) == 0 {
		return "sees nothing of the matter"
	}
	return "sees " + strings.Join(s, ", ")
}
