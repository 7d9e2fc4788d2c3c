package main

import (
	"fmt"
	"io"
	"path/filepath"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/examples/desk/internal/known"
)

const mostToldKnown = 10 // files of a path that cannot be read and are named

// readKnown reads the advisories that submissions are compared with, and says how many
// there are and which files cannot be read. Those cannot stop the others, or the desk.
func (d *desk) readKnown(w io.Writer) {
	if len(d.o.known) == 0 && d.o.publish == "" {
		return
	}
	d.known = known.New(known.Limits{})
	d.readOwn()
	for _, path := range d.o.known {
		n, errs := d.known.Read(path, false)
		fmt.Fprintf(w, "Submissions are compared with what is in %s; advisories: %d\n", path, n)
		for i, err := range errs {
			if i == mostToldKnown {
				fmt.Fprintf(w, "  and %d more files cannot be read\n", len(errs)-i)
				break
			}
			fmt.Fprintf(w, "  %s\n", cvd.Private(err.Error()).Display())
		}
	}
}

// readOwn reads what the team has published, also since the last time and by other
// processes.
func (d *desk) readOwn() {
	if d.o.publish != "" {
		d.known.Read(filepath.Join(d.o.publish, "public"), true)
	}
}
