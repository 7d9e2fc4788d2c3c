package csaf

import (
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/cvdkit/cvdkit/advisory/internal/cwe"
)

// weakness is one CWE over the versions of the catalogue.
type weakness []weaknessRun

type weaknessRun struct {
	first, last int  // indexes of catalogue versions
	usage       byte // A, R, D, P, or - where the catalogue says nothing
	deprecated  bool
	name        string
}

type catalogue struct {
	versions   []string
	dates      []string // YYYY-MM-DD
	weaknesses map[int]weakness
}

var cweCatalogue = sync.OnceValue(func() *catalogue {
	c := &catalogue{weaknesses: map[int]weakness{}}
	for line := range strings.Lines(cwe.Data()) {
		line = strings.TrimSuffix(line, "\n")
		switch {
		case strings.HasPrefix(line, "#"):
		case c.versions == nil:
			for f := range strings.FieldsSeq(line) {
				v, date, _ := strings.Cut(f, "=")
				c.versions = append(c.versions, v)
				c.dates = append(c.dates, date)
			}
		default:
			fields := strings.Split(line, "\t")
			id, _ := strconv.Atoi(fields[0])
			c.weaknesses[id] = readRuns(fields[1:])
		}
	}
	return c
})

// readRuns reads runs such as "0-14Ax Name".
func readRuns(fields []string) weakness {
	var out weakness
	for _, f := range fields {
		span, name, named := strings.Cut(f, " ")
		i := strings.IndexAny(span, "ARDP")
		if i < 0 {
			i = strings.LastIndex(span, "-")
		}
		first, last, _ := strings.Cut(span[:i], "-")
		var w weaknessRun
		w.first, _ = strconv.Atoi(first)
		w.last, _ = strconv.Atoi(last)
		w.usage = span[i]
		w.deprecated = strings.HasSuffix(span, "x")
		if w.name = name; !named && len(out) > 0 {
			w.name = out[len(out)-1].name
		}
		out = append(out, w)
	}
	return out
}

// find returns the weakness as of a catalogue version. A version is written
// with or without a last part that is zero.
func (c *catalogue) find(id, version string) (w weaknessRun, known bool, exists bool) {
	i := c.index(version)
	if i < 0 {
		return w, false, false
	}
	for _, run := range c.runs(id) {
		if run.first <= i && i <= run.last {
			return run, true, true
		}
	}
	return w, true, false
}

func (c *catalogue) index(version string) int {
	if i := slices.Index(c.versions, version); i >= 0 {
		return i
	}
	return slices.Index(c.versions, strings.TrimSuffix(version, ".0"))
}

func (c *catalogue) runs(id string) weakness {
	n, err := strconv.Atoi(strings.TrimPrefix(id, "CWE-"))
	if err != nil || !isCWE(id) {
		return nil
	}
	return c.weaknesses[n]
}

// latest returns the version that was the newest at the end of a day, or "".
func (c *catalogue) latest(day string) string {
	var best string
	for i, d := range c.dates {
		if d <= day {
			best = c.versions[i]
		}
	}
	return best
}
