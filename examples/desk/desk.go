package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite"

	"github.com/cvdkit/cvdkit/advisory/provider"
	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/pgpseal"
	"github.com/cvdkit/cvdkit/cvd/policy"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/sqlstore"
	"github.com/cvdkit/cvdkit/cvd/storage"
	"github.com/cvdkit/cvdkit/examples/desk/internal/demo"
	"github.com/cvdkit/cvdkit/examples/desk/internal/known"
	"github.com/cvdkit/cvdkit/pgp"
)

const team = "Example PSIRT"

// desk is all that the program works with.
type desk struct {
	o        options
	zone     *time.Location
	dir      string // temporary, of a demonstration; "": there is none
	db       *sql.DB
	store    *sqlstore.Store
	state    storage.State
	svc      *service.Service
	secret   cvd.Secret // 96 bytes: for the Service, the portal, and the login
	key      pgp.Secret // zero: nothing needs one
	post     *post
	provider *provider.Publisher // nil: nothing is published
	known    *known.Index        // nil: nothing is compared with
	certs    *certs              // nil: none are got
	tour     demo.Tour
	awake    chan struct{}
	last     time.Duration // how long it waits for its work when it stops
}

// open opens the database, and makes it the first time.
func open(ctx context.Context, o options) (_ *desk, err error) {
	d := &desk{o: o, awake: make(chan struct{}, 1), last: lastWait}
	defer func() {
		if err != nil {
			d.close()
		}
	}()
	if d.zone, err = time.LoadLocation(o.zone); err != nil {
		return nil, fmt.Errorf("-zone: %w", err)
	}
	if o.db == "" {
		if d.dir, err = os.MkdirTemp("", "desk"); err != nil {
			return nil, err
		}
		d.o.db = filepath.Join(d.dir, "demonstration.db")
	}
	if err = d.openStore(ctx); err != nil {
		return nil, err
	}
	if d.secret, err = readSecret(d.o.files + ".secret"); err != nil {
		return nil, err
	}
	if o.autocert != "" {
		if d.certs, err = newCerts(d.o, d.problem("certificates")); err != nil {
			return nil, err
		}
	}
	if o.mail != "" || o.sealed || o.publish != "" {
		if d.key, err = d.readKey(); err != nil {
			return nil, err
		}
	}
	cfg := cvd.Config{
		Store: d.store, Blobs: d.store.Blobs(), State: d.state, Secret: d.secret[:32], Now: o.now,
		Team:     cvd.Team{Name: team, Portal: d.portalURL()},
		Calendar: policy.Calendar{Zone: d.zone}, OnCall: nil,
	}
	if !d.key.IsZero() {
		cfg.Team.Key = d.key.Fingerprint()
	}
	if o.sealed {
		cfg.Sealer, err = pgpseal.New(pgpseal.Config{State: d.state, Own: []pgp.Secret{d.key}})
		if err != nil {
			return nil, err
		}
	}
	if err = d.openPost(&cfg); err != nil {
		return nil, err
	}
	if err = d.openProvider(ctx, &cfg); err != nil {
		return nil, err
	}
	if d.svc, err = service.New(cfg); err != nil {
		return nil, err
	}
	if d.dir != "" {
		d.tour, err = demo.Load(ctx, cfg)
		return d, err
	}
	return d, demo.Claim(ctx, d.svc, d.state, demo.Real, time.Now())
}

func (d *desk) openStore(ctx context.Context) (err error) {
	driver, source, o := "sqlite", d.o.db, sqlstore.Options{}
	if strings.HasPrefix(source, "postgres://") || strings.HasPrefix(source, "postgresql://") {
		driver, o.Dialect = "pgx", sqlstore.PostgreSQL
		o.Schema = d.o.schema
		d.o.files = cmp.Or(d.o.files, "desk")
	} else {
		if d.o.schema != "" {
			return errors.New("-schema is for PostgreSQL: an SQLite file has none")
		}
		path, err := filepath.Abs(source)
		if err != nil {
			return err
		}
		source = "file:" + path + "?_pragma=busy_timeout(5000)"
		d.o.files = cmp.Or(d.o.files, path)
	}
	if d.db, err = sql.Open(driver, source); err != nil {
		return errors.New("-db cannot be opened: is it a file, or postgres://user@host/name?") // the driver's words may hold the password
	}
	if d.store, err = sqlstore.Open(d.db, o); err != nil {
		return err
	}
	d.state = d.store.State()
	return d.store.Migrate(ctx)
}

func (d *desk) portalURL() string {
	if d.o.url == "" {
		return ""
	}
	return strings.TrimSuffix(d.o.url, "/") + "/report/"
}

func (d *desk) problem(part string) func(context.Context, error) {
	return func(_ context.Context, err error) { fmt.Fprintf(d.o.errs, "desk: %s: %v\n", part, err) }
}

func (d *desk) close() {
	if d.db != nil {
		d.db.Close()
	}
	if d.dir != "" {
		os.RemoveAll(d.dir)
	}
}

// readKey reads the team's OpenPGP key, and makes one the first time.
func (d *desk) readKey() (pgp.Secret, error) {
	file := cmp.Or(d.o.key, d.o.files+".key.asc")
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) && d.o.key == "" {
		key, _, made := (&pgp.Engine{}).Generate(pgp.KeySpec{Name: team, Address: d.o.mail})
		if made == nil {
			text, made = key.ExportUnlocked()
		}
		if made == nil {
			made = writeNew(file, text)
		}
		if !errors.Is(made, fs.ErrExist) {
			return key, made
		}
		text, err = os.ReadFile(file) // another process was first
	}
	if err != nil {
		return pgp.Secret{}, err
	}
	keys, err := pgp.ParseSecrets(bytes.NewReader(text), func(string) ([]byte, error) {
		return []byte(os.Getenv("DESK_KEY_PASSPHRASE")), nil
	})
	if err != nil {
		return pgp.Secret{}, fmt.Errorf("%s: %w", file, err)
	}
	if len(keys) == 0 {
		return pgp.Secret{}, fmt.Errorf("%s holds no secret key", file)
	}
	return keys[0], nil
}

// fingerprints reads the OpenPGP keys in a file.
func fingerprints(key []byte) (out []string, err error) {
	certs, _, err := pgp.ParseCerts(bytes.NewReader(key), pgp.ParseOptions{})
	for _, c := range certs {
		out = append(out, c.Fingerprint())
	}
	return out, err
}

// readSecret reads the secret beside the database, or makes one.
func readSecret(file string) ([]byte, error) {
	b, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		b = make([]byte, 96)
		rand.Read(b)
		if err = writeNew(file, b); errors.Is(err, fs.ErrExist) {
			b, err = os.ReadFile(file) // another process was first
		}
	}
	if err == nil && len(b) != 96 {
		err = fmt.Errorf("%s does not hold 96 bytes: it is no secret of a desk, or its writing broke off", file)
	}
	return b, err
}

// writeNew writes a file for the service's eyes only, whole or not at all, and never
// over one that is there.
func writeNew(file string, text []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(file), ".desk-*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(text)
	err = errors.Join(err, tmp.Sync(), tmp.Close())
	if err == nil {
		err = os.Link(tmp.Name(), file)
	}
	return err
}
