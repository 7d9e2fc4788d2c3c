// Command advisory validates, converts, upgrades, scores and begins security
// advisories. Without arguments it says how.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"

	"github.com/cvdkit/cvdkit/advisory/csaf"
	"github.com/cvdkit/cvdkit/examples/internal/anywhere"
)

const usage = `Usage: advisory COMMAND [FLAGS] [ARGUMENTS]

  validate [-json] [-preset schema|basic|extended|full|all] [-online] [-spell]
           [-grammar URL] [-extension FILE] FILE…
        check CSAF 2.0 and 2.1 documents with the tests of the standard, and the
        structure of CVE records, OSV and OpenVEX
  convert -to csaf20|csaf21|cve|osv|openvex|md|html|text FILE
        read CSAF, a CVE record, OSV or OpenVEX and write another format;
        what the format cannot hold is listed on standard error
  upgrade [-allow-invalid] FILE
        turn a CSAF 2.0 document into a CSAF 2.1 document
  score [VECTOR…]
        score CVSS vectors, from standard input if none are given
  new -id ID -title TITLE -publisher NAME -namespace URL [FLAGS]
        begin an advisory as a CSAF 2.1 draft

FILE may be - for standard input. "advisory COMMAND -h" lists a command's flags.
Exit status: 0 if all is well, 1 if a document or vector is not, 2 for wrong usage.
`

// program is what the commands share.
type program struct {
	in       io.Reader
	out, err io.Writer
	now      func() time.Time
	urls     csaf.URLChecker
}

// errBad says that the command ran and something that it looked at is not well; what
// it is was said already.
var errBad = errors.New("not well")

// errUsage says that the command line is wrong; flag said why already.
var errUsage = errors.New("wrong usage")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	p := &program{in: os.Stdin, out: os.Stdout, err: os.Stderr, now: time.Now}
	os.Exit(p.run(ctx, os.Args[1:]))
}

func (p *program) run(ctx context.Context, args []string) int {
	commands := map[string]func(context.Context, []string) error{
		"validate": p.validate, "convert": p.convert, "upgrade": p.upgrade, "score": p.score, "new": p.begin,
	}
	if len(args) == 0 {
		fmt.Fprint(p.err, usage)
		return 2
	}
	if args[0] == "help" || args[0] == "-h" || args[0] == "--help" {
		fmt.Fprint(p.out, usage)
		return 0
	}
	command := commands[args[0]]
	if command == nil {
		fmt.Fprintf(p.err, "advisory: there is no command %q\n\n%s", args[0], usage)
		return 2
	}
	switch err := command(ctx, args[1:]); {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return 0
	case errors.Is(err, errBad):
		return 1
	case errors.Is(err, errUsage):
		return 2
	default:
		fmt.Fprintf(p.err, "advisory %s: %v\n", args[0], err)
		return 1
	}
}

// flags makes the flags of a command.
func (p *program) flags(name, arguments string) *flag.FlagSet {
	f := flag.NewFlagSet(name, flag.ContinueOnError)
	f.SetOutput(p.err)
	f.Usage = func() {
		fmt.Fprintf(p.err, "Usage: advisory %s %s\n", name, arguments)
		f.PrintDefaults()
	}
	return f
}

// parse parses flags; after it, every error of a command line is errUsage.
func parse(f *flag.FlagSet, args []string) error {
	if err := anywhere.Parse(f, args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return err
		}
		return errUsage
	}
	return nil
}

// misuse says what is wrong with a command line.
func misuse(f *flag.FlagSet, format string, args ...any) error {
	fmt.Fprintf(f.Output(), "advisory "+f.Name()+": "+format+"\n", args...)
	f.Usage()
	return errUsage
}

// open opens a file, or standard input for "-".
func (p *program) open(name string) (io.ReadCloser, error) {
	if name == "-" {
		return io.NopCloser(p.in), nil
	}
	return os.Open(name)
}
