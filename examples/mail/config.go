package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	_ "modernc.org/sqlite"

	"github.com/cvdkit/cvdkit/cvd"
	cvdmail "github.com/cvdkit/cvdkit/cvd/mail"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/sqlstore"
	"github.com/cvdkit/cvdkit/cvd/storage"
	"github.com/cvdkit/cvdkit/pgp"
	"github.com/cvdkit/cvdkit/pgp/pgpmime"
)

// config is the configuration file. Its paths are relative to it.
type config struct {
	Address    string   `json:"address"`
	Name       string   `json:"name"` // of the team, for From and the end of texts
	Aliases    []string `json:"aliases"`
	Domain     string   `json:"domain"`
	AuthservID string   `json:"authserv_id"`
	Separator  string   `json:"separator"`
	Lists      []string `json:"lists"` // List-Ids of the team's own lists and groups
	// Keys are files with the team's secret keys, the one that signs first. The
	// passphrase of a locked one is in the environment variable PassphraseEnv.
	Keys          []string `json:"keys"`
	PassphraseEnv string   `json:"passphrase_env"`
	// Members get what comes in, encrypted to each; Certs are files with certificates
	// of others that the team has checked.
	Members []member `json:"members"`
	Certs   []string `json:"certs"`
	SMTP    server   `json:"smtp"`
	IMAP    server   `json:"imap"`
}

// member is somebody of the team: a file with a certificate, or an address with one.
type member struct {
	Address string `json:"address"`
	Cert    string `json:"cert"`
}

// UnmarshalJSON takes "FILE", "ADDRESS", "ADDRESS=FILE" and {"address": …, "cert": …}.
func (m *member) UnmarshalJSON(data []byte) error {
	var s string
	if json.Unmarshal(data, &s) != nil {
		type plain member
		return json.Unmarshal(data, (*plain)(m))
	}
	m.Cert = s
	if address, file, ok := strings.Cut(s, "="); ok && strings.Contains(address, "@") {
		m.Address, m.Cert = address, file
	}
	return nil
}

// server is one that the team's mail goes over.
type server struct {
	Addr        string `json:"addr"`         // host and port
	User        string `json:"user"`         // empty: no login
	PasswordEnv string `json:"password_env"` // the environment variable that holds the password …
	Password    string `json:"password"`     // … or the file
	TokenEnv    string `json:"token_env"`    // or a token of OAuth 2
	Implicit    bool   `json:"implicit_tls"` // TLS from the first byte on
	CA          string `json:"ca"`           // a file with the certificate that vouches for it; empty: those of the system
	Folder      string `json:"folder"`       // IMAP: where mail lies; empty: INBOX
	Done        string `json:"done"`         // IMAP: where mail goes that was taken; empty: it is marked as seen
}

// UnmarshalJSON takes "HOST:PORT" too.
func (s *server) UnmarshalJSON(data []byte) error {
	if json.Unmarshal(data, &s.Addr) == nil {
		return nil
	}
	type plain server
	return json.Unmarshal(data, (*plain)(s))
}

// team is a configuration that was read, with what it names.
type team struct {
	config
	file    string
	secrets []pgp.Secret
	certs   cvdmail.Ring // of members and others
	members []pgp.Recipient
}

func readConfig(file string) (*team, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	t := &team{file: file}
	if err := json.Unmarshal(data, &t.config); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if t.Address == "" {
		return nil, fmt.Errorf("%s: address is missing: where does the team get its mail?", file)
	}
	for _, name := range t.Keys {
		if err := t.readKeyFile(t.beside(name)); err != nil {
			return nil, err
		}
	}
	for _, name := range t.Certs {
		certs, err := readCerts(t.beside(name))
		if err != nil {
			return nil, err
		}
		t.certs = append(t.certs, certs...)
	}
	for _, m := range t.Members {
		if err := t.readMember(m); err != nil {
			return nil, err
		}
	}
	return t, nil
}

func (t *team) beside(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(filepath.Dir(t.file), name)
}

// readKeyFile reads secret keys. A file may hold certificates too, of old keys or of
// others.
func (t *team) readKeyFile(name string) error {
	data, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	if certs, _, err := pgp.ParseCerts(bytes.NewReader(data), pgp.ParseOptions{}); err == nil {
		t.certs = append(t.certs, certs...)
		return nil
	}
	keys, err := readKeys(options{keys: []string{name}, passEnv: t.PassphraseEnv})
	t.secrets = append(t.secrets, keys...)
	return err
}

// readMember finds the certificate of a member. One that is named by address alone has
// one of Certs, or gets nothing: what comes in is handed on encrypted only.
func (t *team) readMember(m member) error {
	if _, err := os.Stat(t.beside(m.Cert)); m.Address == "" && errors.Is(err, os.ErrNotExist) && strings.Contains(m.Cert, "@") {
		m.Address, m.Cert = m.Cert, ""
	}
	var certs []pgp.Cert
	if m.Cert == "" {
		for _, c := range t.certs {
			if c.HasAddress(m.Address) {
				certs = append(certs, c)
			}
		}
		if certs = certs[:min(1, len(certs))]; len(certs) == 0 {
			t.members = append(t.members, pgp.Recipient{Address: m.Address}) // is named as a problem when mail goes out
			return nil
		}
	} else {
		var err error
		if certs, err = readCerts(t.beside(m.Cert)); err != nil {
			return err
		}
		t.certs = append(t.certs, certs...)
	}
	for _, c := range certs {
		address := m.Address
		if a := c.Addresses(); address == "" && len(a) > 0 {
			address = a[0]
		}
		t.members = append(t.members, pgp.Recipient{Address: address, Cert: c})
	}
	return nil
}

func (t *team) intake(b *base) *cvdmail.Intake {
	return &cvdmail.Intake{
		Service: b.Service, Addresses: append([]string{t.Address}, t.Aliases...), Domain: t.Domain, Separator: t.Separator, AuthservID: t.AuthservID,
		Lists: t.Lists, Checked: t.certs, Members: t.toMembers(b, nil),
		Opener: pgpmime.Opener{Engine: &pgp.Engine{}, Keyring: pgp.Keyring{Secrets: t.secrets, Certs: t.certs}},
	}
}

// transport writes the team's mails.
func (t *team) transport(to cvdmail.Submitter, now func() time.Time) (*cvdmail.Transport, error) {
	for _, k := range t.secrets {
		if k.Cert().HasAddress(t.Address) {
			return &cvdmail.Transport{
				Submit: to, Address: t.Address, Name: t.Name, Domain: t.Domain, Separator: t.Separator,
				Key: k, Engine: &pgp.Engine{}, Certs: t.certs, Now: now,
			}, nil
		}
	}
	return nil, fmt.Errorf("%s: none of the keys is one of %s, and every mail of the team is signed", t.file, t.Address)
}

// clock reads -now.
func clock(s string) (func() time.Time, error) {
	if s == "" {
		return time.Now, nil
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return nil, fmt.Errorf("-now: %w", err)
	}
	return func() time.Time { return t }, nil
}

// base is the cases of a database.
type base struct {
	*service.Service
	db    *sql.DB
	state storage.State
}

// toMembers hands on what comes in. nil: nobody is configured.
func (t *team) toMembers(b *base, over *cvdmail.Transport) *cvdmail.Members {
	if len(t.members) == 0 {
		return nil
	}
	return &cvdmail.Members{Service: b.Service, State: b.state, Transport: over, Members: t.members}
}

// subscribers follow the cases; they are the same in each command.
func (t *team) subscribers() []string {
	if len(t.members) == 0 {
		return nil
	}
	return []string{cvdmail.SubscriberMembers}
}

func (b *base) Close() error { return b.db.Close() }

// openBase opens a database, and makes it the first time.
func openBase(ctx context.Context, file string, t *team, now func() time.Time, over cvd.Transport) (*base, error) {
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", OmitHost: true, Path: file}).String())
	if err != nil {
		return nil, err
	}
	b, err := openService(ctx, db, file, t, now, over)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return b, nil
}

func openService(ctx context.Context, db *sql.DB, file string, t *team, now func() time.Time, over cvd.Transport) (*base, error) {
	store, err := sqlstore.Open(db, sqlstore.Options{Dialect: sqlstore.SQLite, Now: now})
	if err != nil {
		return nil, err
	}
	if err := store.Migrate(ctx); err != nil {
		return nil, err
	}
	secret, err := secretBeside(file)
	if err != nil {
		return nil, err
	}
	svc, err := service.New(cvd.Config{
		Store: store, Blobs: store.Blobs(), Secret: secret, Now: now, Team: cvd.Team{Name: t.Name}, Subscribers: t.subscribers(),
		Transports: map[string]cvd.Transport{cvd.TransportMail: over},
	})
	return &base{svc, db, store.State()}, err
}

// nothingSent leaves what is due in the outbox.
func nothingSent(context.Context, cvd.Outgoing) (cvd.Sent, error) {
	return cvd.Sent{}, errors.New("this command sends nothing")
}

// secretBeside reads the secret of a database, and makes it the first time.
func secretBeside(file string) ([]byte, error) {
	name := file + ".secret"
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) {
		return os.ReadFile(name)
	}
	if err != nil {
		return nil, err
	}
	s := make([]byte, 32)
	if _, err := rand.Read(s); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	_, err = f.Write(s)
	return s, errors.Join(err, f.Sync(), f.Close())
}
