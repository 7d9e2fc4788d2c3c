// Package numbers reads the number of a case as people say it: whole, without the prefix
// of the team, or its last five characters alone.
package numbers

import (
	"context"
	"errors"
	"regexp"
	"strconv"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/service"
)

// prefix begins the numbers of the desk: it leaves cvd.Config.Prefix as it is.
const prefix = "CVD"

// years is how far back the last characters alone are looked up.
const years = 10

var (
	tail     = regexp.MustCompile(`^[0-9A-Z]{5}$`)
	yearTail = regexp.MustCompile(`^\d{4}-[0-9A-Z]{5}$`)
)

// Forms are the whole numbers that a text may stand for, normalized, the newest year first. One that is
// whole, or is no number at all, stands for itself only.
func Forms(text string, now time.Time) []string {
	n := service.NormalizeNumber(text)
	switch {
	case yearTail.MatchString(n):
		return []string{prefix + "-" + n}
	case tail.MatchString(n):
		out := []string{n}
		for y := range years {
			out = append(out, prefix+"-"+strconv.Itoa(now.Year()-y)+"-"+n)
		}
		return out
	}
	return []string{n}
}

// Find returns the case that a text stands for and that the viewer may see, with the
// number by which it was found. Of cases of several years with the same last characters
// it is the newest.
func Find(ctx context.Context, svc *service.Service, viewer cvd.Viewer, text string, now time.Time) (*cvd.Case, string, error) {
	for _, n := range Forms(text, now) {
		id, err := svc.Lookup(ctx, cvd.ExternalID{Kind: cvd.IDNumber, Value: cvd.Private(n)})
		if err == nil {
			var c *cvd.Case
			if c, err = svc.View(ctx, id, viewer); err == nil {
				return c, n, nil
			}
		}
		if !errors.Is(err, cvd.ErrNotFound) {
			return nil, "", err
		}
	}
	return nil, "", cvd.ErrNotFound
}
