package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"time"

	_ "modernc.org/sqlite"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/cra"
	"github.com/cvdkit/cvdkit/cvd/policy"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/sqlstore"
)

// existing shows what a case of the quickstart's database has for a report.
func existing(ctx context.Context, w io.Writer, o options, table cra.Table) error {
	secret, err := os.ReadFile(o.db + ".secret")
	if err != nil {
		return fmt.Errorf("the database of the quickstart has a secret beside it: %w", err)
	}
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", OmitHost: true, Path: o.db}).String())
	if err != nil {
		return err
	}
	defer db.Close()
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		return err
	}
	store, err := sqlstore.Open(db, sqlstore.Options{Dialect: sqlstore.SQLite, Now: time.Now})
	if err != nil {
		return err
	}
	d := &desk{w: w, out: o.out, zone: zone, now: time.Now(), table: table, profile: profile()}
	d.svc, err = service.New(cvd.Config{Store: store, Blobs: store.Blobs(), Secret: secret, Now: func() time.Time { return d.now },
		Team: cvd.Team{Name: "Gateway Security Team"}, Calendar: policy.Calendar{Zone: zone}})
	if err != nil {
		return err
	}
	if d.id, err = d.svc.Lookup(ctx, cvd.ExternalID{Kind: cvd.IDNumber, Value: cvd.Private(o.number)}); err != nil {
		return fmt.Errorf("case %s in %s: %w", o.number, o.db, err)
	}
	if err := d.latest(ctx); err != nil {
		return err
	}
	if o.voluntary != "" {
		_, err := d.voluntary(ctx, cra.Voluntary{About: cra.Subject(o.voluntary)}, "draft-voluntary", nil)
		return err
	}
	if o.aware != "" {
		if err := d.do(ctx, cvd.RecordAssessment{Matter: cvd.Matter{Vuln: 1}, Step: cvd.StepAware, Evidence: cvd.Private(o.aware)}); err != nil {
			return err
		}
	}
	_, ps, err := d.procedures(ctx)
	if err != nil && !errors.Is(err, policy.ErrUnknown) {
		return err
	}
	if len(ps) == 0 {
		fmt.Fprintln(w, "The case has no duty to report: nothing is suspected. Record awareness with -aware EVIDENCE to see the drafts.")
	}
	for _, p := range ps {
		next, ok := p.Next()
		fmt.Fprintf(w, "%s %s: %s\n", p.Kind, p.Matter, p.State)
		if !ok {
			continue
		}
		if _, err := d.draft(ctx, p.Matter, next, "draft-"+p.Matter.String(), nil); err != nil {
			return err
		}
	}
	return nil
}

// latest sets the clock to the case's newest record, if the story of the quickstart
// went ahead of ours.
func (d *desk) latest(ctx context.Context) error {
	c, err := d.svc.View(ctx, d.id, cvd.Viewer{Team: true})
	if err == nil && c.At.After(d.now) {
		d.now = c.At.Add(time.Minute)
	}
	return err
}
