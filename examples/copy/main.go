// Command copy copies a whole store into another one: all cases with their files, and
// what adapters keep.
//
//	go run ./examples/copy -secret FILE FROM TO
//	go run ./examples/copy -secret FILE -check STORE
//
// FROM and TO each name a store: postgres://… (see https://pkg.go.dev/github.com/jackc/pgx/v5)
// or the file of an SQLite database. FILE holds the Secret of the cases, as the
// host gives it to cvd.Config. A run that was interrupted is simply begun again: it
// writes what is lacking. With -check it looks whether a store is sound, and repairs
// what can be. A host whose cases are sealed adds its Sealer in newService.
package main

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver of PostgreSQL
	_ "modernc.org/sqlite"             // the driver of SQLite

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/sqlstore"
	"github.com/cvdkit/cvdkit/cvd/storecheck"
	"github.com/cvdkit/cvdkit/cvd/storecopy"
	"github.com/cvdkit/cvdkit/examples/internal/anywhere"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	switch err := run(ctx, os.Args[1:], os.Stdout); {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		fmt.Fprintln(os.Stderr, "copy:", err)
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, w io.Writer) error {
	flags := flag.NewFlagSet("copy", flag.ContinueOnError)
	secretFile := flags.String("secret", "", "the file that holds the Secret of the cases")
	schema := flags.String("schema", "", "the schema in PostgreSQL; without it public")
	demo := flags.Int("demo", 0, "first fill FROM with so many invented reports, under a Secret that everybody knows")
	verify := flags.Bool("check", false, "copy nothing: verify one STORE, and repair what can be")
	if err := anywhere.Parse(flags, args); err != nil {
		return err
	}
	stores := 2
	if *verify {
		stores = 1
	}
	if flags.NArg() != stores || (*secretFile == "") == (*demo == 0) || *verify && *demo > 0 {
		return errors.New("usage: copy [-schema NAME] -secret FILE FROM TO, or copy [-schema NAME] -secret FILE -check STORE")
	}
	secret := []byte(strings.Repeat("demo", 8))
	if *secretFile != "" {
		var err error
		if secret, err = os.ReadFile(*secretFile); err != nil {
			return err
		}
	}
	from, closeFrom, err := open(ctx, flags.Arg(0), *schema, secret, *demo > 0)
	if err != nil {
		return fmt.Errorf("from: %w", err)
	}
	defer closeFrom()
	if *verify {
		return check(ctx, from, w)
	}
	to, closeTo, err := open(ctx, flags.Arg(1), *schema, secret, true)
	if err != nil {
		return fmt.Errorf("to: %w", err)
	}
	defer closeTo()
	if *demo > 0 {
		if err := fill(ctx, from, *demo); err != nil {
			return err
		}
	}
	var last time.Time
	result, err := storecopy.Copy(ctx, from, to, storecopy.Options{Progress: func(p storecopy.Progress) {
		if time.Since(last) > time.Second {
			last = time.Now()
			fmt.Fprintf(w, "%d cases looked at, %d copied, %d records, %d files\n", p.Cases, p.Copied, p.Records, p.Files)
		}
	}})
	fmt.Fprintf(w, "%d cases looked at, %d copied, %d records, %d files, %d values of adapters\n",
		result.Cases, result.Copied, result.Records, result.Files, result.Values)
	for _, p := range result.Problems {
		fmt.Fprintf(w, "case %s was left: %v\n", p.Case, p.Err)
	}
	switch {
	case errors.Is(err, cvd.ErrSecret):
		return fmt.Errorf("%w: -secret is to name a file with its bytes, not with their base64 and without a line end", err)
	case err != nil:
		return fmt.Errorf("%w; begin again, and it goes on from here", err)
	case len(result.Problems) > 0:
		return fmt.Errorf("%d cases were not copied whole", len(result.Problems))
	case result.Only > 0:
		return fmt.Errorf("the copy has %d cases that are not here", result.Only)
	}
	return nil
}

// check verifies a store and repairs what can be.
func check(ctx context.Context, s storecopy.Side, w io.Writer) error {
	report, err := storecheck.Verify(ctx, s.Service, s.Store, storecheck.Options{Blobs: s.Blobs, Now: time.Now()})
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "%d cases, %d findings\n", report.Cases, len(report.Findings))
	for _, f := range report.Findings {
		fmt.Fprintln(w, f)
	}
	left, err := storecheck.Repair(ctx, s.Service, report.Findings)
	if err == nil && len(left) > 0 {
		err = fmt.Errorf("%d of %d findings cannot be repaired", len(left), len(report.Findings))
	}
	return err
}

// open opens a store by its name. One that is not to be made must be there.
func open(ctx context.Context, name, schema string, secret []byte, make bool) (storecopy.Side, func() error, error) {
	driver, o := "pgx", sqlstore.Options{Dialect: sqlstore.PostgreSQL, Schema: schema}
	if !strings.HasPrefix(name, "postgres://") && !strings.HasPrefix(name, "postgresql://") {
		if scheme, _, ok := strings.Cut(name, "://"); ok {
			return storecopy.Side{}, nil, fmt.Errorf("%s:// names no store: postgres://… does, and the file of an SQLite database", scheme)
		}
		if _, err := os.Stat(name); err != nil && !make {
			return storecopy.Side{}, nil, err
		}
		driver, o = "sqlite", sqlstore.Options{Dialect: sqlstore.SQLite}
		name = (&url.URL{Scheme: "file", OmitHost: true, Path: filepath.ToSlash(name)}).String()
	}
	db, err := sql.Open(driver, name)
	if err != nil {
		return storecopy.Side{}, nil, err
	}
	store, err := sqlstore.Open(db, o)
	if err == nil {
		err = store.Migrate(ctx)
	}
	var svc *service.Service
	if err == nil {
		svc, err = newService(store, secret)
	}
	if err != nil {
		db.Close()
		return storecopy.Side{}, nil, err
	}
	return storecopy.Side{Service: svc, Store: store, Blobs: store.Blobs(), State: store.State()}, db.Close, nil
}

func newService(store *sqlstore.Store, secret []byte) (*service.Service, error) {
	return service.New(cvd.Config{Store: store, Blobs: store.Blobs(), Secret: secret})
}

// fill opens cases, each with a file.
func fill(ctx context.Context, s storecopy.Side, n int) error {
	for i := range n {
		_, err := s.Service.Do(ctx, cvd.CaseID{}, cvd.By{Actor: "demo"},
			cvd.Receive{
				IDs:      []cvd.ExternalID{{Kind: cvd.IDMessage, Value: cvd.Private(fmt.Sprintf("<%d@finder.example>", i))}},
				Reporter: cvd.Contact{Name: "Rita", Email: "rita@finder.example"}, Title: "Heap overflow in frobd",
			},
			cvd.Attach{Name: "crash.bin", Content: strings.NewReader(strings.Repeat("crash", 1000))})
		if err != nil && !errors.As(err, new(*cvd.DuplicateError)) {
			return err
		}
	}
	return nil
}
