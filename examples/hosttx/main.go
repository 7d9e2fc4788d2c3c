// Hosttx changes a case and a table of the host's own in one
// transaction: both are committed, or neither is.
//
//	go run ./examples/hosttx
package main

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net/url"
	"os"
	"path/filepath"

	_ "modernc.org/sqlite"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/sqlstore"
)

func main() {
	file := flag.String("db", "", "the SQLite `FILE` to work in (default: one that is removed at the end)")
	flag.Parse()
	if flag.NArg() > 0 {
		fmt.Fprintf(os.Stderr, "hosttx takes only flags, and %q is none; see -h\n", flag.Arg(0))
		os.Exit(2)
	}
	log.SetFlags(0)
	if err := run(context.Background(), os.Stdout, *file); err != nil {
		log.Fatal("hosttx: ", err)
	}
}

func run(ctx context.Context, w io.Writer, file string) error {
	if file == "" {
		dir, err := os.MkdirTemp("", "hosttx")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		file = filepath.Join(dir, "host.db")
	}
	h, err := open(ctx, w, file)
	if err != nil {
		return fmt.Errorf("%s cannot be used: %w; name another file with -db", file, err)
	}
	defer h.db.Close()
	return h.story(ctx)
}

type host struct { // has tickets in a database of its own
	w     io.Writer
	db    *sql.DB
	store *sqlstore.Store
	svc   *service.Service
}

func open(ctx context.Context, w io.Writer, file string) (*host, error) {
	// A path may hold what means something in a URL, such as # or ?.
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", OmitHost: true, Path: filepath.ToSlash(file)}).String())
	if err != nil {
		return nil, err
	}
	store, err := sqlstore.Open(db, sqlstore.Options{})
	if err == nil {
		err = store.Migrate(ctx)
	}
	if err == nil {
		_, err = db.ExecContext(ctx, "CREATE TABLE IF NOT EXISTS tickets (case_id BLOB PRIMARY KEY, state TEXT NOT NULL CHECK (state IN ('new', 'assigned')))")
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	// This secret is for an example: yours is random, and the same for ever.
	svc, err := service.New(cvd.Config{Store: store, Secret: make([]byte, 32)})
	return &host{w, db, store, svc}, err
}

// within runs change in a transaction. svc writes in it too, and only the host can
// repeat after a conflict, since it must read its own tables again.
func (h *host) within(ctx context.Context, change func(tx *sql.Tx, svc *service.Service) error) error {
	for try := 1; ; try++ {
		tx, err := h.db.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		if err = change(tx, h.svc.Using(h.store.WithTx(tx))); err == nil {
			return tx.Commit()
		}
		if lost := tx.Rollback(); lost != nil || !errors.Is(err, cvd.ErrConflict) || try == 5 {
			return errors.Join(err, lost)
		}
		fmt.Fprintf(h.w, "   try %d: another writer was first; rolled back, and once more\n", try)
	}
}

func (h *host) story(ctx context.Context) (err error) {
	fmt.Fprintln(h.w, "1. A report opens a case and a ticket. Both are committed.")
	var id cvd.CaseID
	err = h.within(ctx, func(tx *sql.Tx, svc *service.Service) error {
		c, err := svc.Do(ctx, cvd.CaseID{}, cvd.By{}, cvd.Receive{Channel: cvd.ChannelMail, Title: "Heap overflow"})
		if err != nil {
			return err
		}
		id = c.ID
		_, err = tx.ExecContext(ctx, "INSERT INTO tickets VALUES (?, 'new')", id[:])
		return err
	})
	if err = errors.Join(err, h.show(ctx, id)); err != nil {
		return err
	}
	fmt.Fprintln(h.w, "2. The case is assigned, but tickets have no such state. Both are rolled back.")
	assign := func(tx *sql.Tx, svc *service.Service, state string) error {
		if _, err := svc.Do(ctx, id, cvd.By{}, cvd.Assign{To: "alice"}); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, "UPDATE tickets SET state = ? WHERE case_id = ?", state, id[:])
		return err
	}
	err = h.within(ctx, func(tx *sql.Tx, svc *service.Service) error { return assign(tx, svc, "nobody knows") })
	fmt.Fprintln(h.w, "   the host's table:", err)
	if err = h.show(ctx, id); err != nil {
		return err
	}
	fmt.Fprintln(h.w, "3. Somebody writes to the case after the host has read. The host repeats.")
	others := 0
	err = h.within(ctx, func(tx *sql.Tx, svc *service.Service) error {
		err := tx.QueryRowContext(ctx, "SELECT state FROM tickets WHERE case_id = ?", id[:]).Scan(new(string))
		if others++; err == nil && others == 1 { // outside of the transaction
			_, err = h.svc.Do(ctx, id, cvd.By{}, cvd.PostMessage{Text: "Release 1.4 has it too."})
		}
		if err != nil {
			return err
		}
		return assign(tx, svc, "assigned")
	})
	return errors.Join(err, h.show(ctx, id))
}

// show prints the case and the ticket as they are committed.
func (h *host) show(ctx context.Context, id cvd.CaseID) error {
	c, err := h.svc.View(ctx, id, cvd.Viewer{Team: true})
	if err != nil {
		return err
	}
	var state string
	err = h.db.QueryRowContext(ctx, "SELECT state FROM tickets WHERE case_id = ?", id[:]).Scan(&state)
	fmt.Fprintf(h.w, "   case: version %d, assigned to %q, notes %d; ticket: %s\n", c.Seq, string(c.Assignee), len(c.Messages), state)
	return err
}
