package main

import (
	"context"
	"fmt"
	"io"

	"github.com/cvdkit/cvdkit/cvd"
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
		p, err := b.Find(ctx, cvd.Viewer{Team: true}, cvd.Filter{}, page, 100)
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
