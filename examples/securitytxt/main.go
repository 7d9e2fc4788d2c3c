// Command securitytxt checks, fetches, mends, signs, verifies, renews, writes and serves
// security.txt files (RFC 9116).
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/securitytxt"
)

const usage = `usage: securitytxt COMMAND [OPTION]… ARGUMENT…

  check  [-json] [-now RFC3339] [-expires-soon DAYS] [-from URL] [-keys FILE]… FILE…
  fetch  [-json] [-now RFC3339] [-expires-soon DAYS] [-keys FILE]… [-top] HOST
  fix    [-w] [-drop-signature] FILE
  sign   -key FILE [-passphrase-file FILE] [-now RFC3339] [-origin URL] FILE
  verify [-json] [-now RFC3339] [-expires-soon DAYS] -keys FILE… FILE
  renew  [-days N] [-now RFC3339] [-key FILE] [-passphrase-file FILE] [-origin URL] [-w] FILE
  new    -contact URI… [-days N] [OPTION]…
  serve  [-addr ADDR] [-key FILE] [-passphrase-file FILE] [-days N] FILE

FILE may be - for standard input. "securitytxt COMMAND -h" lists the options.
The exit status is 0 if all is well, 1 if a file is not valid or its signature is
not good, 2 if the command could not do its work.
`

// errInvalid makes the exit status 1 without a message: the report has said why.
var errInvalid = errors.New("not valid")

// app is what a command works with.
type app struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	now            func() time.Time
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	a := app{os.Stdin, os.Stdout, os.Stderr, time.Now}
	os.Exit(a.run(ctx, os.Args[1:]))
}

// run runs one command and returns the exit status.
func (a app) run(ctx context.Context, args []string) int {
	commands := map[string]func(context.Context, *flag.FlagSet, []string) error{
		"check": a.check, "fetch": a.fetch, "fix": a.fix, "sign": a.sign, "verify": a.verify, "renew": a.renew, "new": a.new, "serve": a.serve,
	}
	if len(args) > 0 && slices.Contains([]string{"-h", "-help", "--help", "help"}, args[0]) {
		fmt.Fprint(a.stdout, usage)
		return 0
	}
	if len(args) == 0 || commands[args[0]] == nil {
		fmt.Fprint(a.stderr, usage)
		return 2
	}
	fs := flag.NewFlagSet("securitytxt "+args[0], flag.ContinueOnError)
	fs.SetOutput(a.stderr)
	err := commands[args[0]](ctx, fs, args[1:])
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return 0
	case errors.Is(err, errInvalid):
		return 1
	}
	fmt.Fprintf(a.stderr, "securitytxt %s: %v\n", args[0], err)
	return 2
}

// files collects an option that may be given several times.
type files []string

func (f *files) String() string     { return strings.Join(*f, ", ") }
func (f *files) Set(s string) error { *f = append(*f, s); return nil }

// instant is an option that replaces the clock.
type instant struct{ now *func() time.Time }

func (i instant) String() string { return "" }
func (i instant) Set(s string) error {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return errors.New("write a time like 2026-11-22T18:00:00Z")
	}
	*i.now = func() time.Time { return t }
	return nil
}

// maxFile is far past what RFC 9116 suggests, so that a file which is too large
// for others is still judged.
const maxFile = 16 << 20

var limits = securitytxt.Limits{Bytes: maxFile, Lines: maxFile, Field: maxFile}

func (a app) read(name string) ([]byte, error) {
	if name == "-" {
		return io.ReadAll(io.LimitReader(a.stdin, maxFile+1))
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxFile+1))
}

// readOne reads and parses the one file that a command is about.
func (a app) readOne(fs *flag.FlagSet) (*securitytxt.Document, error) {
	if fs.NArg() != 1 {
		return nil, errors.New("name one FILE, or - for standard input")
	}
	raw, err := a.read(fs.Arg(0))
	if err != nil {
		return nil, err
	}
	return limits.Parse(raw)
}
