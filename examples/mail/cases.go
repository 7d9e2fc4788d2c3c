package main

import (
	"context"
	"fmt"
	"io"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/cvdjson"
	"github.com/cvdkit/cvdkit/cvd/service"
)

// cases lists what is in a database, as the team sees it, the newest first.
func cases(ctx context.Context, o deskOptions, out io.Writer) error {
	now, err := clock(o.now)
	if err != nil {
		return err
	}
	b, err := openBase(ctx, o.db, &team{}, now, cvd.TransportFunc(nothingSent))
	if err != nil {
		return err
	}
	defer b.Close()
	for page := ""; ; {
		p, err := b.Find(ctx, cvd.Viewer{Team: true}, service.Filter{}, page, 100)
		if err != nil {
			return err
		}
		for _, s := range p.Cases {
			c, err := b.View(ctx, s.ID, cvd.Viewer{Team: true})
			if err == nil {
				err = printCase(c, o.json, out)
			}
			if err != nil {
				return fmt.Errorf("%s: %w", s.Number, err)
			}
		}
		if page = p.Next; page == "" {
			return nil
		}
	}
}

// printCase prints a case as the team sees it, texts included.
func printCase(c *cvd.Case, asJSON bool, out io.Writer) error {
	if !asJSON {
		_, err := fmt.Fprintf(out, "%s  %s  %s  %d reports, %d messages\n", c.Number, c.Opened.Format("2006-01-02 15:04 MST"), c.Submission.Stage, len(c.Reports), len(c.Messages))
		return err
	}
	data, err := cvdjson.Marshal(c)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "%s\n", data)
	return err
}
