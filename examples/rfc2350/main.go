// Command rfc2350 reads, checks, renders, writes, signs and verifies RFC 2350
// documents. It is an example of package rfc2350; run it without arguments for its
// usage.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
)

const usage = `usage: rfc2350 COMMAND [FLAGS] [FILE…]

  parse   [-json] [-now TIME] FILE…        print what the documents say
  check   [-profile rfc|practice] [-now TIME] FILE…
                                           print findings; exit 1 if there are errors
  render  -to text|md|html FILE            write a document anew
  new     [-o FILE]                        ask the questions of the outline, write text;
                                           one line answers, "<" goes back, Ctrl-C ends
                                           and keeps the answers
  sign    -key SECRETKEY [-pass-file FILE] [-now TIME] FILE
                                           write the document clearsigned
  verify  -certs KEYS [-sig SIGNATURE] [-now TIME] FILE
                                           check a clearsigned document, or one with a
                                           detached signature, against keys that you trust

FILE "-" is standard input. TIME is RFC 3339, such as 2026-11-22T12:00:00Z; without
it the present time counts.

Exit status: 0 good, 1 the document is not good, 2 it could not be done.
`

// errNotGood ends a command that worked but has bad news.
var errNotGood = errors.New("")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run is main without the process, for the tests.
func run(ctx context.Context, args []string, in io.Reader, out, errs io.Writer) int {
	commands := map[string]func(context.Context, []string, io.Reader, io.Writer) error{
		"parse": parse, "check": check, "render": render, "new": create, "sign": sign, "verify": verify,
	}
	if len(args) == 0 || commands[args[0]] == nil {
		fmt.Fprint(errs, usage)
		if len(args) > 0 && (args[0] == "help" || args[0] == "-h" || args[0] == "-help" || args[0] == "--help") {
			return 0
		}
		return 2
	}
	switch err := commands[args[0]](ctx, args[1:], in, out); {
	case err == nil:
		return 0
	case errors.Is(err, errNotGood):
		return 1
	default:
		fmt.Fprintf(errs, "rfc2350 %s: %v\n", args[0], err)
		return 2
	}
}
