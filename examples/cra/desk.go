package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/cra"
	"github.com/cvdkit/cvdkit/cvd/memstore"
	"github.com/cvdkit/cvdkit/cvd/policy"
	"github.com/cvdkit/cvdkit/cvd/service"
)

// desk is the host of this example: a Service in memory, a clock, and what a
// manufacturer prepares before there is anything to report.
type desk struct {
	w       io.Writer
	out     string
	svc     *service.Service
	zone    *time.Location
	now     time.Time
	id      cvd.CaseID
	table   cra.Table
	profile cra.Profile
}

func newDesk(w io.Writer, out string, table cra.Table) (*desk, error) {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		return nil, err
	}
	d := &desk{w: w, out: out, zone: zone, table: table, profile: profile()}
	d.now = d.at(2, 22, 5) // a Friday; Saturday is a holiday
	secret := make([]byte, 32)
	if _, err := rand.Read(secret); err != nil {
		return nil, err
	}
	clock := func() time.Time { return d.now }
	d.svc, err = service.New(cvd.Config{
		Store: memstore.New(), Blobs: memstore.NewBlobs(clock), Secret: secret, Now: clock, Team: cvd.Team{Name: "Gateway Works"},
		Calendar: policy.Calendar{Name: "de-HB 2026", Zone: zone, Holidays: []policy.Holiday{
			{Year: 2026, Month: 10, Day: 3, Name: "German Unity Day"}, {Year: 2026, Month: 10, Day: 31, Name: "Reformation Day"},
			{Year: 2026, Month: 12, Day: 25, Name: "Christmas Day"}, {Year: 2026, Month: 12, Day: 26, Name: "Boxing Day"}}},
	})
	return d, err
}

// profile is what the team keeps ready: see docs/hosting.md.
func profile() cra.Profile {
	return cra.Profile{
		Manufacturer: "Gateway Works GmbH", MainEstablishment: "Germany",
		Products: map[cvd.StreamID]cra.ProductProfile{0: {
			Type: "Important", Class: "Class II", Category: "Firewalls, intrusion detection and prevention systems", EndOfSupport: "No",
			States: []string{"Austria", "Germany", "Netherlands"},
		}},
	}
}

func readTable(file string) (cra.Table, error) {
	if file == "" {
		return cra.Newest(), nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return cra.Table{}, err
	}
	return cra.ParseTable(text)
}

func (d *desk) do(ctx context.Context, cmds ...cvd.Command) error {
	_, err := d.svc.Do(ctx, d.id, cvd.By{Actor: "ada@gateway.example"}, cmds...)
	return err
}

// procedures are those of the case, as they stand.
func (d *desk) procedures(ctx context.Context) (*cvd.Case, []cra.Procedure, error) {
	c, err := d.svc.View(ctx, d.id, cvd.Viewer{Team: true})
	if err != nil {
		return nil, nil, err
	}
	ds, err := d.svc.Deadlines(c, d.now)
	return c, cra.Procedures(c, ds), err
}

// draft prepares a stage, prints what a team needs to know of it, and writes it.
func (d *desk) draft(ctx context.Context, matter cvd.Matter, stage cvd.ReportStage, name string, given map[string]string) (cra.Draft, error) {
	c, ps, err := d.procedures(ctx)
	if err != nil {
		return cra.Draft{}, err
	}
	for _, p := range ps {
		if p.Matter != matter {
			continue
		}
		x := cra.Prepare(c, p, stage, cra.Options{Table: d.table, Profile: d.profile, Given: given, Now: d.now})
		return x, d.put(x, name)
	}
	return cra.Draft{}, fmt.Errorf("the case has no procedure %s", matter)
}

// voluntary prepares a report without a duty.
func (d *desk) voluntary(ctx context.Context, v cra.Voluntary, name string, given map[string]string) (cra.Draft, error) {
	c, err := d.svc.View(ctx, d.id, cvd.Viewer{Team: true})
	if err != nil {
		return cra.Draft{}, err
	}
	x := cra.PrepareVoluntary(c, v, cra.Options{Table: d.table, Profile: d.profile, Given: given, Now: d.now})
	return x, d.put(x, name)
}

// put shows a draft, and writes it in each form.
func (d *desk) put(x cra.Draft, name string) error {
	d.show(x)
	text, err := json.MarshalIndent(x, "", "  ")
	if err != nil {
		return err
	}
	for _, f := range []struct{ ext, text string }{{".html", x.Page()}, {".md", x.Markdown()}, {".json", string(text) + "\n"}} {
		if err := d.write(name+f.ext, f.text); err != nil {
			return err
		}
	}
	return nil
}

// show prints the clocks, what is missing, and what was carried or changed.
func (d *desk) show(x cra.Draft) {
	about := x.Matter
	if x.Voluntary != "" {
		about = string(x.Voluntary) + " " + x.Matter
	}
	fmt.Fprintf(d.w, "Draft of the %s, %s, checked against %s\n", x.Stage, about, x.Table)
	if to := x.Authority(); to != "" {
		fmt.Fprintf(d.w, "  to the %s\n", to)
	}
	for _, c := range x.Procedure.Deadlines {
		if !c.Due.IsZero() && c.Open() {
			what := c.Format(c.Due)
			if c.Projected {
				what += " (projected)"
			}
			fmt.Fprintf(d.w, "  clock    %-20s %s, %s\n", c.Clock, what, c.State)
		}
	}
	carried := 0
	for _, f := range x.Fields {
		if f.Carried {
			carried++
		}
	}
	for _, f := range x.Check() {
		fmt.Fprintf(d.w, "  %-8s %s %s\n", f.Number, f.Label, f.Say)
	}
	if carried > 0 {
		fmt.Fprintf(d.w, "  %d fields are carried from the last submission\n", carried)
	}
	for _, q := range x.Questions {
		fmt.Fprintf(d.w, "  ?        %s\n", q)
	}
	switch {
	case x.Voluntary != "":
		fmt.Fprintln(d.w, "  nothing must be given (Art. 15)")
	case x.Complete():
		fmt.Fprintln(d.w, "  complete")
	}
}
