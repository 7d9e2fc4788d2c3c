package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/cra"
	"github.com/cvdkit/cvdkit/cvd/policy"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/tracker"
)

// look takes the open tickets of two years in and shows what is due and why. It
// writes nothing to the tracker. With a folder, each case gets a page of its timeline
// and a draft of what it would have to say to an authority.
func (d *desk) look(ctx context.Context, dir string) error {
	im := tracker.Importer{Sync: d.sync, Query: tracker.TicketQuery{Open: true, Since: time.Now().AddDate(-2, 0, 0)}, By: cvd.By{Actor: "import"}}
	im.Progress = func(r tracker.Imported) {
		if r.Seen%100 == 0 {
			fmt.Fprintf(d.out, "  %d tickets read\n", r.Seen)
		}
	}
	r, err := im.Run(ctx, "", 10_000)
	if err != nil {
		return err
	}
	fmt.Fprintf(d.out, "%d tickets, %d became cases here; the tracker was not written\n", r.Seen, r.Made)
	for _, p := range append(r.Failed, r.Unmapped...) {
		fmt.Fprintln(d.out, "  not taken over as it was:", p)
	}
	for after := ""; ; {
		list, err := d.svc.Find(ctx, cvd.Viewer{Team: true}, service.Filter{}, after, 100)
		if err != nil {
			return err
		}
		for _, s := range list.Cases {
			if err := d.lookAt(ctx, s.ID, dir); err != nil {
				return err
			}
		}
		if after = list.Next; after == "" {
			return nil
		}
	}
}

func (d *desk) lookAt(ctx context.Context, id cvd.CaseID, dir string) error {
	c, err := d.svc.View(ctx, id, cvd.Viewer{Team: true})
	if err != nil {
		return err
	}
	now := time.Now()
	ds, err := d.svc.Deadlines(c, now)
	if err != nil {
		return err
	}
	fmt.Fprintf(d.out, "\n%s %s\n", c.Number, string(c.Title))
	for _, x := range ds {
		if x.Open() && !x.Due.IsZero() {
			fmt.Fprint(d.out, x.Explain())
		}
	}
	if dir == "" {
		return nil
	}
	t := d.svc.Timeline(c)
	t.Actors = true
	draft := d.draft(c, ds, now)
	for _, f := range []struct{ name, text string }{
		{c.Number + "-timeline.html", t.HTML()}, {c.Number + "-cra.html", draft.Page()}, {c.Number + "-cra.md", draft.Markdown()},
	} {
		path := filepath.Join(dir, f.name)
		if err := os.WriteFile(path, []byte(f.text), 0o600); err != nil {
			return err
		}
		fmt.Fprintln(d.out, "  wrote", path)
	}
	return nil
}

// some puts tickets of the last weeks into the tracker in memory.
func (d *desk) some() error {
	day := 24 * time.Hour
	d.ago = 20 * day
	a := d.mem.Open("rita", "Overflow in frobd", "A long header overflows the stack of frobd 1.2.")
	d.ago -= day
	if err := d.mem.Comment(a, "joe", "Thank you for the report, we look into it.", true); err != nil {
		return err
	}
	if err := d.mem.SetOwner(a, "joe", "jane"); err != nil {
		return err
	}
	d.ago -= 4 * day
	if err := d.mem.SetStatus(a, "jane", "open"); err != nil {
		return err
	}
	d.ago = 2 * day
	d.mem.Open("max", "Weak default password in widgetd", "admin/admin")
	d.ago = 0
	return nil
}

// draft is the next report of a duty that the case has, or of one that it has none:
// what could be reported without a duty, which shows what the tickets hold for a
// form and what is missing.
func (d *desk) draft(c *cvd.Case, ds []policy.Deadline, now time.Time) cra.Draft {
	o := cra.Options{Now: now, Profile: cra.Profile{Manufacturer: d.maker}}
	for _, p := range cra.Procedures(c, ds) {
		if stage, ok := p.Next(); ok {
			return cra.Prepare(c, p, stage, o)
		}
	}
	return cra.PrepareVoluntary(c, cra.Voluntary{About: cra.AnyVulnerability}, o)
}
