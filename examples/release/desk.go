package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"
	_ "time/tzdata"

	_ "modernc.org/sqlite"

	"github.com/cvdkit/cvdkit/advisory"
	"github.com/cvdkit/cvdkit/advisory/cve/cveservices"
	"github.com/cvdkit/cvdkit/advisory/provider"
	"github.com/cvdkit/cvdkit/advisory/provider/notify"
	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/sqlstore"
	"github.com/cvdkit/cvdkit/cvd/storage"
	"github.com/cvdkit/cvdkit/pgp"
)

// desk is the host: what a team wires together once.
type desk struct {
	w   io.Writer
	dir string
	now time.Time // the story's clock

	store  storage.Store
	state  storage.State
	secret []byte
	sender notify.Sender
	signer provider.Signer

	svc         *service.Service
	provider    *provider.Publisher
	pool        *cveservices.Pool
	subscribers *notify.Desk

	id cvd.CaseID
}

func (d *desk) clock() time.Time { return d.now }

var publisher = advisory.Publisher{
	Name: "Gateway Security Team", Category: "vendor", Namespace: "https://gateway.example", Contact: "security@gateway.example",
}

// open wires the parts. The steps, the pool and the subscribers keep what they did in
// one State, which is that of the Service's database.
func (d *desk) open(c *cveservices.Client) (err error) {
	if d.provider, err = provider.New(provider.Config{
		Dir: filepath.Join(d.dir, "public"), State: filepath.Join(d.dir, "private"), URL: "https://gateway.example" + provider.WellKnown,
		Publisher: publisher, Signer: d.signer, Now: d.clock,
	}); err != nil {
		return err
	}
	d.pool = &cveservices.Pool{Client: c, State: d.state}
	d.subscribers = &notify.Desk{
		State: d.state, Sender: d.sender, Key: d.secret, URL: "https://gateway.example/subscribe", Team: publisher.Name, Now: d.clock,
	}
	d.svc, err = service.New(cvd.Config{
		Store: d.store, State: d.state, Secret: d.secret, Now: d.clock, Team: cvd.Team{Name: publisher.Name}, Steps: d.steps(),
	})
	return err
}

// openFiles opens what is kept in the folder.
func (d *desk) openFiles(ctx context.Context) (done func(), err error) {
	if err := os.MkdirAll(filepath.Join(d.dir, "mails"), 0o700); err != nil {
		return nil, err
	}
	if d.secret, err = keep(filepath.Join(d.dir, "secret"), func() ([]byte, error) {
		s := make([]byte, 32)
		_, err := rand.Read(s)
		return s, err
	}); err != nil {
		return nil, err
	}
	key, err := keep(filepath.Join(d.dir, "key.asc"), func() ([]byte, error) {
		k, _, err := (&pgp.Engine{Now: d.clock}).Generate(pgp.KeySpec{Name: publisher.Name, Address: publisher.Contact})
		if err != nil {
			return nil, err
		}
		return k.ExportUnlocked()
	})
	if err != nil {
		return nil, err
	}
	keys, err := pgp.ParseSecrets(strings.NewReader(string(key)), nil)
	if err != nil || len(keys) != 1 {
		return nil, errors.Join(errors.New("key.asc holds no secret key"), err)
	}
	d.signer, d.sender = signer{&pgp.Engine{Now: d.clock}, keys[0]}, outbox(filepath.Join(d.dir, "mails"))
	file := url.URL{Scheme: "file", OmitHost: true, Path: filepath.Join(d.dir, "case.db")}
	db, err := sql.Open("sqlite", file.String())
	if err != nil {
		return nil, err
	}
	store, err := sqlstore.Open(db, sqlstore.Options{Dialect: sqlstore.SQLite, Now: d.clock})
	if err == nil {
		err = store.Migrate(ctx)
	}
	if err != nil {
		db.Close()
		return nil, err
	}
	d.store, d.state = store, store.State()
	return func() { db.Close() }, nil
}

// keep reads a secret file, and makes it the first time: whole or not at all.
func keep(file string, generate func() ([]byte, error)) ([]byte, error) {
	text, err := os.ReadFile(file)
	if !errors.Is(err, os.ErrNotExist) {
		return text, err
	}
	if text, err = generate(); err != nil {
		return nil, err
	}
	if err := os.WriteFile(file+".new", text, 0o600); err != nil {
		return nil, err
	}
	return text, os.Rename(file+".new", file)
}

// signer is package pgp as provider.Signer.
type signer struct {
	engine *pgp.Engine
	key    pgp.Secret
}

func (s signer) SignDetached(ctx context.Context, dst io.Writer, src io.Reader) error {
	_, err := s.engine.SignDetached(ctx, dst, src, s.key, pgp.Form{})
	return err
}
func (s signer) PublicKey() []byte   { return s.key.Cert().Armor() }
func (s signer) Fingerprint() string { return s.key.Fingerprint() }
func (s signer) Expires() time.Time  { return s.key.Cert().Expires() }

// outbox stands in for the team's mail server: it takes a mail by writing a file, and
// the same mail again is the same file.
type outbox string

func (o outbox) Send(_ context.Context, m notify.Mail) error {
	var b strings.Builder
	fmt.Fprintf(&b, "To: %s\nSubject: %s\nMessage-ID: <%s@gateway.example>\n", m.To, m.Subject, m.ID)
	for _, name := range []string{"List-Unsubscribe", "List-Unsubscribe-Post"} {
		if v := m.Header[name]; v != "" {
			fmt.Fprintf(&b, "%s: %s\n", name, v)
		}
	}
	b.WriteString("\n" + m.Text)
	for _, f := range m.Files {
		fmt.Fprintf(&b, "\n[attached: %s, %d bytes, SHA-256 %x]\n", f.Name, len(f.Data), sha256.Sum256(f.Data))
	}
	file := filepath.Join(string(o), m.ID+".eml")
	if err := os.WriteFile(file+".new", []byte(b.String()), 0o600); err != nil {
		return err
	}
	return os.Rename(file+".new", file)
}
