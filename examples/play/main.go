// Play runs scripts of coordinated vulnerability disclosure, to try a workflow
// without writing Go:
//
//	go run ./examples/play docs/scenarios/coordinated.jsonl
//
// A script is one JSON object a line, a command each; play prints one JSON object a
// line, what came of it. docs/play.md describes both.
package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
)

func main() {
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "usage: play FILE...\n\nRuns scripts of commands, one JSON object a line; - is the standard input.\nPrints one JSON object for each. See docs/play.md.")
	}
	if err := flag.CommandLine.Parse(os.Args[1:]); err != nil {
		os.Exit(2)
	}
	if flag.NArg() == 0 {
		flag.CommandLine.SetOutput(os.Stderr)
		flag.Usage()
		os.Exit(2)
	}
	out := bufio.NewWriter(os.Stdout)
	code := 0
	for _, name := range flag.Args() {
		if len(name) > 1 && name[0] == '-' {
			fmt.Fprintf(os.Stderr, "play: %s stands after a file; play has no flags but -h. A file of that name is ./%s\n", name, name)
			os.Exit(2)
		}
	}
	for _, name := range flag.Args() {
		if err := playFile(context.Background(), out, name, flag.NArg() > 1); err != nil {
			out.Flush()
			fmt.Fprintln(os.Stderr, "play:", err)
			code = 1
		}
	}
	if err := out.Flush(); err != nil {
		fmt.Fprintln(os.Stderr, "play:", err)
		code = 1
	}
	os.Exit(code)
}

// playFile runs one script on a desk of its own. named tells the file in each line.
func playFile(ctx context.Context, out io.Writer, name string, named bool) error {
	in := io.Reader(os.Stdin)
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		defer f.Close()
		in = f
	}
	label := ""
	if named {
		label = name
	}
	if err := play(ctx, out, in, label); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// maxLine bounds a line of a script: a report with its files.
const maxLine = 64 << 20

// play runs a script. What is refused or wrong is printed and does not stop it.
func play(ctx context.Context, out io.Writer, in io.Reader, file string) error {
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 64<<10), maxLine)
	d := newDesk()
	for n := 1; lines.Scan(); n++ {
		text := lines.Bytes()
		if n == 1 {
			text = trimMark(text)
		}
		if blank(text) {
			continue
		}
		r := d.line(ctx, text)
		if file != "" {
			r = append(result{{"file", file}}, r...)
		}
		r = append(result{{"line", n}}, r...)
		if _, err := fmt.Fprintf(out, "%s\n", r.json()); err != nil {
			return err
		}
	}
	if errors.Is(lines.Err(), bufio.ErrTooLong) {
		return fmt.Errorf("a line is longer than %d bytes", maxLine)
	}
	if err := lines.Err(); err != nil {
		return err
	}
	if d.failed {
		return errors.New("not all came out as the script expects: see the member unexpected")
	}
	return nil
}
