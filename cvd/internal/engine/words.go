package engine

import (
	"context"
	"errors"
	"slices"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/caselog"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// reworded adds to the change how the words of the title have moved.
func (d *Decision) reworded(ctx context.Context) error {
	was, is := d.before.Titled, d.c.Titled
	if d.s.Cfg.Sealer != nil || was == is && !slices.Contains(d.change.Erase, is) {
		return nil
	}
	var now []storage.Term
	for i := range d.fresh {
		if f := &d.fresh[i]; f.e.Seq == is {
			title, _ := caselog.TitleOf(f.x)
			now = d.s.TitleTerms(title)
		}
	}
	old, err := d.s.OneText(ctx, d.c.ID, was, d.before.TitleHash)
	if err != nil && !errors.Is(err, cvd.ErrTampered) { // of a title that cannot be read Reindex removes what is left
		return err
	}
	lost, won := caselog.Difference(d.s.TitleTerms(old), now)
	d.change.Untag, d.change.Tag = append(d.change.Untag, lost...), append(d.change.Tag, won...)
	return nil
}
