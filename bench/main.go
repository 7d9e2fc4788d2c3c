// Command bench measures the library at sizes that its benchmarks cannot reach.
//
//	go run ./bench scale -cases 1000000
//
// loads so many cases into a new SQLite database through Service.Do, and a tenth of
// them, or -base, into another, and prints how long reads take in both, made by turns.
// With -db postgres://… it does so in new schemas of PostgreSQL, which it drops at the
// end, or in those of -schema, which it keeps.
//
//	go run ./bench tracker -cases 10000
//
// mirrors so many cases to a ticketing system on this machine, and prints how many
// requests that takes.
//
//	go run ./bench table
//
// runs every benchmark of every package and prints one table as Markdown, with the
// peers that are installed. It is never released.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"regexp"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) > 0 && args[0] == "tracker" {
		var x tickets
		flags := flag.NewFlagSet("tracker", flag.ContinueOnError)
		flags.IntVar(&x.cases, "cases", 10_000, "how many cases to mirror, at least 1")
		if err := flags.Parse(args[1:]); err != nil {
			return err
		}
		if x.cases < 1 || flags.NArg() > 0 {
			return fmt.Errorf("tracker takes -cases of at least 1, and nothing else")
		}
		return x.run(ctx)
	}
	if len(args) > 0 && args[0] == "table" {
		return runTable(ctx, args[1:])
	}
	if len(args) == 0 || args[0] != "scale" {
		return fmt.Errorf("usage: bench scale [-cases N] [-base N] [-db FILE|postgres://… [-schema NAME] [-forget COMMAND]] [-writers N], bench tracker [-cases N], or bench table [-benchtime TIME] [-limit TIME] [-only REGEXP]")
	}
	var x scale
	flags := flag.NewFlagSet("scale", flag.ContinueOnError)
	flags.IntVar(&x.cases, "cases", 20_000, "how many cases to load, at least 1000")
	flags.IntVar(&x.base, "base", 0, "how many cases the database has that it is compared with, at least 100; a tenth of them if 0")
	flags.StringVar(&x.path, "db", "", "the file of the database to make and to keep, or to measure again (FILE.small is the other), or the address of a PostgreSQL; without it temporary files")
	flags.StringVar(&x.schema, "schema", "", "the schema of PostgreSQL to make and to keep, or to measure again (NAME_small is the other); without it new ones, which are dropped")
	flags.StringVar(&x.forget, "forget", "", "the shell command that starts PostgreSQL anew with none of its files in memory; without it nothing is measured with dropped caches")
	flags.IntVar(&x.writers, "writers", 32, "how many load at the same time")
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	if x.base == 0 {
		x.base = x.cases / 10
	}
	if x.cases < 1000 || x.base < 100 || x.base > x.cases || x.writers < 1 || flags.NArg() > 0 || !onServer(x.path) && x.schema+x.forget != "" {
		return fmt.Errorf("scale takes -cases of at least 1000, -base of at least 100 and at most -cases, -writers of at least 1, -schema and -forget where -db is a PostgreSQL, and nothing else")
	}
	return x.run(ctx)
}

func runTable(ctx context.Context, args []string) error {
	t := table{dir: ".", out: os.Stdout, progress: os.Stderr}
	flags := flag.NewFlagSet("table", flag.ContinueOnError)
	flags.StringVar(&t.benchtime, "benchtime", "100ms", "how long each benchmark is repeated, or 10x for so many times; 1s for figures to quote")
	flags.DurationVar(&t.limit, "limit", 15*time.Minute, "what one benchmark may take, with what it sets up: some load 100,000 cases")
	flags.Func("only", "a regular expression for PACKAGE BenchmarkNAME", func(s string) (err error) {
		t.only, err = regexp.Compile(s)
		return err
	})
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 || t.limit <= 0 {
		return fmt.Errorf("table takes -benchtime, a -limit above 0 and -only, and nothing else")
	}
	return t.run(ctx)
}
