// Command embed keeps cases in a Store of its own, FileStore: see store.go for
// what a host writes to keep cases in its own database, and store_test.go for
// how it knows that it got that right.
//
// It opens a case, or goes on with the one that is there, and prints its log.
package main

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/cvdkit/cvdkit/cvd/storage"
)

func main() {
	if err := run(context.Background(), os.Args[1:], os.Stdout); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return
		}
		fmt.Fprintln(os.Stderr, "embed:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("embed", flag.ContinueOnError)
	flags.SetOutput(out)
	path := flags.String("file", filepath.Join(os.TempDir(), "cvdkit-embed.gob"), "the `file` that keeps the cases; it is made if it is missing")
	flags.Usage = func() {
		fmt.Fprintln(out, "usage: embed [-file FILE] [WORDS…]\n\nAppends a record of these words to a case and prints the case's log.")
		flags.PrintDefaults()
	}
	if err := flags.Parse(args); err != nil {
		return err
	}
	for i, a := range flags.Args() {
		// Only behind "--" the first word may begin with a hyphen.
		if i > 0 && strings.HasPrefix(a, "-") && !strings.HasPrefix(flags.Arg(0), "-") {
			return fmt.Errorf("%s stands after a word; flags stand before the words", a)
		}
	}
	text := "somebody ran embed"
	if flags.NArg() > 0 {
		text = strings.Join(flags.Args(), " ")
	}
	var store storage.Store = &FileStore{path: *path}
	heads, err := store.Heads(ctx, storage.Query{Limit: 1})
	if err != nil {
		return fmt.Errorf("%s cannot be read: %w; name another file with -file", *path, err)
	}
	last := storage.Head{ID: storage.CaseID{1}}
	if len(heads) > 0 {
		last = heads[0]
	}
	if err := store.Append(ctx, []storage.Change{next(last, text)}); err != nil {
		return fmt.Errorf("nothing was recorded: %w", err)
	}
	records, err := store.Load(ctx, last.ID, 0, 1000, false)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "case %s\n", last.ID)
	for _, r := range records {
		fmt.Fprintf(out, "%4d  %s\n", r.Seq, r.Body)
	}
	return nil
}

// next is the change of one record after a head. The new tip covers the old one,
// so that a log with a record exchanged ends elsewhere.
func next(last storage.Head, text string) storage.Change {
	head := storage.Head{ID: last.ID, Seq: last.Seq + 1}
	head.Tip = sha256.Sum256(append(binary.BigEndian.AppendUint64(last.Tip[:], uint64(head.Seq)), text...))
	return storage.Change{
		ID: last.ID, After: last.Seq, Tip: last.Tip,
		Records: []storage.Record{{Seq: head.Seq, Body: []byte(text)}},
		Head:    head,
	}
}
