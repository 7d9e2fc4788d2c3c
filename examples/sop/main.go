// Sop is a Stateless OpenPGP command line (draft-dkg-openpgp-stateless-cli) on
// package pgp. It keeps nothing: keys, certificates and passwords are files,
// environment variables (@ENV:NAME) or open descriptors (@FD:n).
//
// An interoperability suite can drive it as it drives sqop. As a program for
// daily use it has no more to offer than its ancestors.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
)

// Exit codes of the draft, section 7.
const (
	exitUnspecified       = 1
	exitNoSignature       = 3
	exitCertCannotEncrypt = 17
	exitMissingArg        = 19
	exitCannotDecrypt     = 29
	exitPasswordUnhuman   = 31
	exitUnsupportedOption = 37
	exitBadData           = 41
	exitExpectedText      = 53
	exitOutputExists      = 59
	exitMissingInput      = 61
	exitKeyIsProtected    = 67
	exitUnsupportedSub    = 69
	exitUnsupportedPrefix = 71
	exitAmbiguousInput    = 73
	exitKeyCannotSign     = 79
	exitUnsupportedProf   = 89
)

// failure is an error with its exit code.
type failure struct {
	code int
	err  error
}

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

func fail(code int, format string, a ...any) error {
	return &failure{code, fmt.Errorf(format, a...)}
}

const usage = `sop: Stateless OpenPGP on github.com/cvdkit/cvdkit/pgp

  sop version [--backend|--extended|--sop-spec]
  sop list-profiles generate-key|encrypt
  sop generate-key [--no-armor] [--with-key-password=P] [--profile=N] USERID
  sop extract-cert [--no-armor]                        < KEY     > CERT
  sop sign [--no-armor] [--as=binary|text] [--micalg-out=F] [--with-key-password=P] KEY...
                                                       < DATA    > SIGNATURES
  sop verify [--not-before=T] [--not-after=T] SIGNATURES CERT...
                                                       < DATA    > VERIFICATIONS
  sop encrypt [--no-armor] [--as=binary|text] [--with-password=P] [--sign-with=KEY]
              [--with-key-password=P] [--profile=N] CERT...
                                                       < DATA    > CIPHERTEXT
  sop decrypt [--with-password=P] [--with-session-key=P] [--session-key-out=F]
              [--verify-with=CERT] [--verifications-out=F]
              [--verify-not-before=T] [--verify-not-after=T] [--with-key-password=P] KEY...
                                                       < CIPHERTEXT > DATA
  sop inline-sign [--no-armor] [--as=binary|text|clearsigned] [--with-key-password=P] KEY...
                                                       < DATA    > INLINESIGNED
  sop inline-verify [--not-before=T] [--not-after=T] [--verifications-out=F] CERT...
                                                       < INLINESIGNED > DATA
  sop inline-detach [--no-armor] --signatures-out=F    < INLINESIGNED > DATA
  sop armor | dearmor                                  < OPENPGP > OPENPGP

P, F, KEY, CERT and SIGNATURES are file names, @ENV:NAME or @FD:n. T is a date
such as 2026-01-31T12:00:00Z, "now", or "-" for none.
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run is the program: it returns the exit code.
func run(ctx context.Context, args []string, in io.Reader, out, errs io.Writer) int {
	if len(args) == 0 || args[0] == "help" || args[0] == "--help" || args[0] == "-h" {
		fmt.Fprint(errs, usage)
		if len(args) == 0 {
			return exitMissingArg
		}
		return 0
	}
	cmd, ok := commands[args[0]]
	if !ok {
		fmt.Fprintf(errs, "sop: there is no subcommand %q; try \"sop help\"\n", args[0])
		return exitUnsupportedSub
	}
	err := cmd(ctx, args[1:], in, out)
	if err == nil {
		return 0
	}
	fmt.Fprintf(errs, "sop %s: %v\n", args[0], err)
	var f *failure
	if errors.As(err, &f) {
		return f.code
	}
	return exitUnspecified
}
