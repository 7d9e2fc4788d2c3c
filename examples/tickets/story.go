package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/cvdkit/cvdkit/advisory/tlp"
	"github.com/cvdkit/cvdkit/cvd"
)

// receive takes a report in.
func (d *desk) receive(ctx context.Context) (*cvd.Case, error) {
	return d.svc.Do(ctx, cvd.CaseID{}, cvd.By{Actor: "alice"}, cvd.Receive{
		Title: "Overflow in frobd", TLP: tlp.Amber, Observations: "A long header overflows the stack of frobd 1.2.",
		Reporter: cvd.Contact{Name: "Rita", Email: "rita@example.org"},
	})
}

// play is the story with the tracker in memory: a person works in its page.
func (d *desk) play(ctx context.Context, addr string) error {
	home, stop, err := d.listen(addr)
	if err != nil {
		return err
	}
	defer stop()
	fmt.Fprintln(d.out, "A tracker in memory has its page at", home)
	c, err := d.receive(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(d.out, "\nA report comes in and becomes case %s, TLP:AMBER.\n", c.Number)
	if err := d.step(ctx); err != nil {
		return err
	}
	d.tickets()

	fmt.Fprintln(d.out, "\nIn the tracker, joe takes the ticket, comments twice, and resolves it.")
	post := func(path string, form url.Values) error {
		resp, err := http.PostForm(home+path, form)
		if err == nil {
			resp.Body.Close()
		}
		return err
	}
	for _, form := range []url.Values{
		{"ref": {"1"}, "owner": {"joe"}},
		{"ref": {"1"}, "comment": {"reproduced on 1.2.3"}},
		{"ref": {"1"}, "comment": {"/reporter Thank you, we can reproduce it."}},
		{"ref": {"1"}, "status": {"resolved"}},
	} {
		if err := post("change", form); err != nil {
			return err
		}
	}
	if err := post("open", url.Values{"title": {"Weak default password in widgetd"}, "text": {"admin/admin"}}); err != nil {
		return err
	}
	fmt.Fprintln(d.out, "And jane opens a ticket of her own in the security queue.")
	if err := d.step(ctx); err != nil {
		return err
	}
	if err := d.show(ctx, c.ID); err != nil {
		return err
	}

	fmt.Fprintln(d.out, "\nThe team accepts the case.")
	if _, err := d.svc.Do(ctx, c.ID, cvd.By{Actor: "alice"}, cvd.Triage{Outcome: cvd.OutcomeValid}, cvd.Accept{}); err != nil {
		return err
	}
	for range 2 {
		if err := d.step(ctx); err != nil {
			return err
		}
	}
	d.tickets()
	if addr == "" {
		return nil
	}
	fmt.Fprintln(d.out, "\nWork in the page; end with Ctrl-C.")
	return d.follow(ctx, 0)
}

// tickets prints what the tracker shows.
func (d *desk) tickets() {
	for _, t := range d.mem.Tickets() {
		fmt.Fprintf(d.out, "  ticket %s [%s] %s\n", t.Ref, t.Status, string(t.Title))
	}
}

// show prints what the case knows of its ticket.
func (d *desk) show(ctx context.Context, id cvd.CaseID) error {
	c, err := d.svc.View(ctx, id, cvd.Viewer{Team: true})
	if err != nil {
		return err
	}
	fmt.Fprintf(d.out, "Case %s now: assigned to %s, state %s\n", c.Number, string(c.Assignee), c.RM())
	for _, m := range c.Messages {
		to := "note of the team"
		if len(m.To) > 0 {
			to = "to the reporter"
		}
		if m.Text != "" {
			fmt.Fprintf(d.out, "  %s: %s\n", to, string(m.Text))
		}
	}
	for _, k := range c.OpenClaims() {
		fmt.Fprintf(d.out, "  claim, not adopted: %s (%s)\n", k.What, string(k.Evidence))
	}
	return nil
}

// wait makes a ticket in a real tracker, and shows what somebody does in it.
func (d *desk) wait(ctx context.Context, long time.Duration) error {
	c, err := d.receive(ctx)
	if err != nil {
		return err
	}
	if err := d.step(ctx); err != nil {
		return err
	}
	if c, err = d.svc.View(ctx, c.ID, cvd.Viewer{Team: true}); err != nil {
		return err
	}
	for _, id := range c.IDs {
		if id.Kind == "ticket:"+subscriber {
			fmt.Fprintf(d.out, "case %s is ticket %s: comment on it, give it to somebody, close it\n", c.Number, string(id.Value))
		}
	}
	if err := d.follow(ctx, long); err != nil {
		return err
	}
	return d.show(context.WithoutCancel(ctx), c.ID)
}

// follow syncs every two seconds, for some time or until it is interrupted.
func (d *desk) follow(ctx context.Context, long time.Duration) error {
	tick := time.NewTicker(2 * time.Second)
	defer tick.Stop()
	var end <-chan time.Time
	if long > 0 {
		end = time.After(long)
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-end:
			return nil
		case <-tick.C:
			if err := d.step(ctx); err != nil && ctx.Err() == nil {
				return err
			}
		}
	}
}
