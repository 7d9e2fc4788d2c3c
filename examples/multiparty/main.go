// Multiparty plays a case of five parties who do not trust each other: a
// coordinator, a finder, and three vendors. One vendor is fast, one rejects the
// date, one says nothing; and before the date somebody leaks the matter.
//
//	go run ./examples/multiparty -out DIR
//
// Weeks pass in a second: the program moves a clock of its own. It prints what
// happened and who could see what at each step, and writes the timeline with a
// lane for each party into DIR. Nothing is kept: the store is in memory.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	_ "time/tzdata"

	"github.com/cvdkit/cvdkit/cvd"
)

func main() {
	out := flag.String("out", "", "folder `DIR` for timeline.svg, timeline.html and timeline.md (default: they are not written)")
	flag.Parse()
	if flag.NArg() > 0 {
		fmt.Fprintf(os.Stderr, "multiparty takes only the flag -out DIR, and %q is none; see -help\n", flag.Arg(0))
		os.Exit(2)
	}
	if err := run(context.Background(), os.Stdout, *out); err != nil {
		fmt.Fprintln(os.Stderr, "multiparty:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, w io.Writer, out string) error {
	d, err := newDesk(w)
	if err != nil {
		return err
	}
	if err := d.story(ctx); err != nil {
		return err
	}
	c, err := d.svc.View(ctx, d.id, cvd.Viewer{Team: true})
	if err != nil {
		return err
	}
	d.printProgress(c)
	d.printTold(c)
	t := d.svc.Timeline(c)
	t.Title = "One protocol, three vendors, and a leak"
	if out == "" {
		return nil
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	d.head("Files")
	for _, f := range []struct{ name, text string }{
		{"timeline.svg", t.SVG()}, {"timeline.html", t.HTML()}, {"timeline.md", t.Markdown()},
	} {
		path := filepath.Join(out, f.name)
		// The timeline names the parties: for the team's eyes only.
		if err := os.WriteFile(path, []byte(f.text), 0o600); err != nil {
			return err
		}
		fmt.Fprintln(w, path)
	}
	return nil
}
